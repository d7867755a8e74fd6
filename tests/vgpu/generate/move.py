#!/usr/bin/env python3
"""Opcode cases of mov: values, vectors, special registers, addresses. PTX ISA 9.0, 9.7.9 (mov) and 10."""
from lane_case import Case, filled, mask, mixed


def values():
    for width in (16, 32, 64):
        a = mixed(48, width, 3)
        kinds = [f"{k}{width}" for k in "bus"] + ([f"f{width}"] if width > 16 else [])
        case = Case(f"mov_b{width}", "mov of a register in every type of its width, and of constants").input("a", f"b{width}", a)
        body = ""
        for kind in kinds:
            case.output(f"d_{kind}", f"b{width}", a)
            body += f"mov.{kind} %d_{kind}, %a;\n"
        case.output("c", f"b{width}", [mask(width) - 41] * 48)
        body += f"mov.b{width} %c, {(1 << width) - 42 if width < 64 else -42};\n"
        if width == 32:
            case.output("f", "f32", [0x3FC00000] * 48).output("g", "f32", [0x80000000] * 48)
            body += "mov.f32 %f, 0f3FC00000;\nmov.f32 %g, 0f80000000;\n"
        if width == 64:
            case.output("f", "f64", [0x3FF8000000000000] * 48)
            body += "mov.f64 %f, 0d3FF8000000000000;\n"
        case.write(body)


def vectors():
    a, b = mixed(48, 64, 3), mixed(48, 64, 4)
    part = lambda v, i, n: v >> (i * n) & mask(n)
    Case("mov_pack", "mov of a vector into one register: the first element is the lowest; constants").input("a", "b64", a) \
        .output("d32", "b32", [part(v, 3, 16) | part(v, 0, 16) << 16 for v in a]) \
        .output("d64", "b64", [part(v, 1, 32) | part(v, 0, 32) << 32 for v in a]) \
        .output("d64x4", "b64", [part(v, 3, 16) | part(v, 2, 16) << 16 | part(v, 1, 16) << 32 | part(v, 0, 16) << 48 for v in a]) \
        .output("d8x4", "b32", [part(v, 1, 8) | part(v, 0, 8) << 8 | part(v, 3, 8) << 16 | part(v, 2, 8) << 24 for v in a]) \
        .output("d8x2", "b16", [part(v, 1, 8) | part(v, 0, 8) << 8 for v in a]) \
        .output("constant", "b32", [part(v, 0, 16) | 0x12340000 for v in a]) \
        .write("""
        .reg .b16 %h<4>;
        .reg .b32 %r<2>;
        .reg .b8 %c<4>;
        mov.b64 {%h0, %h1, %h2, %h3}, %a;
        mov.b64 {%r0, %r1}, %a;
        mov.b32 %d32, {%h3, %h0};
        mov.b64 %d64, {%r1, %r0};
        mov.b64 %d64x4, {%h3, %h2, %h1, %h0};
        mov.b32 {%c0, %c1, %c2, %c3}, %r0;
        mov.b32 %d8x4, {%c1, %c0, %c3, %c2};
        mov.b16 %d8x2, {%c1, %c0};
        mov.b32 %constant, {%h0, 0x1234};
        """)
    Case("mov_unpack", "mov of one register into a vector, with sinks; a destination that is part of the next source") \
        .input("a", "b64", a) \
        .output("low", "b32", [part(v, 0, 32) for v in a]).output("high", "b32", [part(v, 1, 32) for v in a]) \
        .output("second", "b16", [part(v, 1, 16) for v in a]).output("fourth", "b16", [part(v, 3, 16) for v in a]) \
        .output("swapped", "b64", [part(v, 1, 32) | part(v, 0, 32) << 32 for v in a]) \
        .output("byte", "b16", [part(v, 2, 8) for v in a]) \
        .write("""
        .reg .b64 %x;
        .reg .b32 %r<2>;
        .reg .b8 %c;
        .reg .b16 %zero, %one;
        mov.b64 {%low, _}, %a;
        mov.b64 {_, %high}, %a;
        mov.b64 {_, %second, _, %fourth}, %a;
        mov.b64 {%r0, %r1}, %a;
        mov.b64 %x, {%r1, %r0};
        mov.b64 %swapped, %x;
        mov.b32 {_, _, %c, _}, %r0;
        cvt.u16.u8 %byte, %c;
        """)
    Case("mov_b128", "mov of 128-bit registers", "sm_80", "8.3").input("a", "b64", a).input("b", "b64", b) \
        .output("c", "b64", b).output("d", "b64", a).output("low", "b32", [part(v, 0, 32) for v in b]) \
        .output("top", "b32", [part(v, 1, 32) for v in a]) \
        .write("""
        .reg .b128 %q<2>;
        .reg .b32 %r<4>;
        mov.b128 %q0, {%b, %a};
        mov.b128 %q1, %q0;
        mov.b128 {%c, %d}, %q1;
        mov.b64 {%low, %r1}, %b;
        mov.b64 {%r2, %top}, %a;
        """)
    w = [[part(x, 0, 32), part(x, 1, 32), part(y, 0, 32), part(y, 1, 32)] for x, y in zip(a, b)]
    case = Case("mov_vector", "mov.v2 and .v4: all elements are read before any is written").input("a", "b64", a).input("b", "b64", b)
    for i, element in enumerate((3, 0, 1, 2)):
        case.output(f"d{i}", "b32", [x[element] for x in w])
    case.output("thread_x", "b32", list(range(48))).output("swap0", "b64", b).output("swap1", "b64", a).write("""
        .reg .v4 .b32 %v, %t;
        .reg .b64 %x, %y;
        mov.b64 {%v.x, %v.y}, %a;
        mov.b64 {%v.z, %v.w}, %b;
        mov.v4.b32 %v, {%v.w, %v.x, %v.y, %v.z};
        mov.b32 %d0, %v.x;
        mov.b32 %d1, %v.y;
        mov.b32 %d2, %v.z;
        mov.b32 %d3, %v.w;
        mov.v4.u32 %t, %tid;
        mov.b32 %tid_, %t.x;
        mov.u64 %x, %a;
        mov.u64 %y, %b;
        mov.v2.u64 {%x, %y}, {%y, %x};
        mov.u64 %swap0, %x;
        mov.u64 %swap1, %y;
        """.replace("%tid_,", "%thread_x,"), "")


def write(name, text):
    from lane_case import FOLDER
    (FOLDER / f"{name}.ptx").write_text("\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n", encoding="utf-8")


def numbers(values):
    return " ".join(str(v) for v in values)


def specials():
    """Two blocks of 4 x 3 x 2 threads: what each thread sees."""
    names = ["tid.x", "tid.y", "tid.z", "ntid.x", "ntid.y", "ntid.z", "ctaid.x", "ctaid.y", "ctaid.z", "nctaid.x", "nctaid.y",
             "nctaid.z", "laneid", "warpid", "lanemask_eq", "lanemask_le", "lanemask_lt", "lanemask_ge", "lanemask_gt"]
    grid, block = (1, 2, 1), (5, 4, 2)
    rows = {name: [] for name in names}
    for by in range(2):
        for z in range(2):
            for y in range(4):
                for x in range(5):
                    linear = x + 5 * (y + 4 * z)
                    lane = linear % 32
                    seen = [x, y, z, *block, 0, by, 0, *grid, lane, linear // 32, 1 << lane, (2 << lane) - 1, (1 << lane) - 1,
                            mask(32) << lane & mask(32), mask(32) << (lane + 1) & mask(32)]
                    for name, value in zip(names, seen):
                        rows[name].append(value)
    head = "\n".join(f"// out {name.replace('.', '_')}: u32 {numbers(values)}" for name, values in rows.items())
    parameters = ", ".join(f".param .u64 p{i}" for i in range(len(names)))
    body = "\n".join(f"  mov.u32 %v, %{name};\n  ld.param.u64 %at, [p{i}];\n  mad.wide.u32 %at, %i, 4, %at;\n  st.global.u32 [%at], %v;"
                     for i, name in enumerate(names))
    write("mov_special", f"""
// special registers of two blocks of 5 x 4 x 2 threads
// launch grid=1,2,1 block=5,4,2
{head}

.version 7.8
.target sm_80
.address_size 64

.visible .entry test({parameters})
{{
  .reg .u32 %v, %i, %x, %y, %z, %b, %n;
  .reg .u64 %at;
  mov.u32 %x, %tid.x;
  mov.u32 %y, %tid.y;
  mov.u32 %z, %tid.z;
  mov.u32 %b, %ctaid.y;
  mad.lo.u32 %i, %z, 4, %y;
  mad.lo.u32 %i, %i, 5, %x;
  mad.lo.u32 %i, %b, 40, %i;
{body}
  ret;
}}
""")


def clocks():
    write("mov_clock", f"""
// clocks go on: %clock, %clock64, %globaltimer later in the program are not earlier; a 16-bit read of %tid.x
// launch grid=1 block=40
// out r: u32 {numbers([7] * 40)}
// out t: u16 {numbers(range(40))}

.version 7.8
.target sm_80
.address_size 64

.visible .entry test(.param .u64 r, .param .u64 t)
{{
  .reg .u32 %a, %b, %i, %bits, %v;
  .reg .u64 %c, %d, %at;
  .reg .u16 %h;
  .reg .pred %p;
  mov.u32 %i, %tid.x;
  mov.u32 %bits, 0;
  mov.u32 %a, %clock;
  mov.u32 %b, %clock;
  setp.lt.u32 %p, %a, %b;
  @%p or.b32 %bits, %bits, 1;
  mov.u64 %c, %clock64;
  mov.u64 %d, %clock64;
  setp.lt.u64 %p, %c, %d;
  @%p or.b32 %bits, %bits, 2;
  mov.u64 %c, %globaltimer;
  mov.u64 %d, %globaltimer;
  setp.le.u64 %p, %c, %d;
  @%p or.b32 %bits, %bits, 4;
  mov.u32 %v, %clock_hi;
  mov.u32 %v, %globaltimer_lo;
  mov.u32 %v, %globaltimer_hi;
  ld.param.u64 %at, [r];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %bits;
  mov.u16 %h, %tid.x;
  ld.param.u64 %at, [t];
  mad.wide.u32 %at, %i, 2, %at;
  st.global.u16 [%at], %h;
  ret;
}}
""")


def addresses():
    """Of variables in every space, with offsets; loads through them."""
    threads = range(40)
    write("mov_address", f"""
// addresses of variables in every space: global, constant, shared, local; with offsets and as 32-bit numbers
// launch grid=1 block=40
// out g: u32 {numbers([103] * 40)}
// out c: u32 {numbers([202] * 40)}
// out s: u32 {numbers([300 + i for i in threads])}
// out l: u32 {numbers([400 + i for i in threads])}
// out m: u32 {numbers([500 + 2 * i for i in threads])}
// out d: u32 {numbers([4] * 40)}

.version 7.8
.target sm_80
.address_size 64

.global .align 4 .u32 table[4] = {{100, 101, 102, 103}};
.const .align 4 .u32 values[3] = {{200, 201, 202}};

.visible .entry test(.param .u64 g, .param .u64 c, .param .u64 s, .param .u64 l, .param .u64 m, .param .u64 d)
{{
  .shared .align 4 .u32 tile[40];
  .local .align 4 .u32 first[2];
  .local .align 8 .u32 second[4];
  .reg .u32 %v, %i, %a32, %b32, %w;
  .reg .u64 %at, %p, %q;
  mov.u32 %i, %tid.x;

  mov.u64 %p, table;
  ld.global.u32 %v, [%p+12];
  ld.param.u64 %at, [g];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %v;

  mov.u64 %p, values+4;
  ld.const.u32 %v, [%p+4];
  ld.param.u64 %at, [c];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %v;

  mov.u32 %a32, tile;
  mad.lo.u32 %a32, %i, 4, %a32;
  add.u32 %w, %i, 300;
  st.shared.u32 [%a32], %w;
  ld.shared.u32 %v, [%a32];
  ld.param.u64 %at, [s];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %v;

  mov.u64 %p, second;
  add.u32 %w, %i, 400;
  st.local.u32 [%p+8], %w;
  ld.local.u32 %v, [second+8];
  ld.param.u64 %at, [l];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %v;

  mov.u32 %a32, first;
  mad.lo.u32 %w, %i, 2, 500;
  st.local.u32 [first+4], %w;
  ld.local.u32 %v, [%a32+4];
  ld.param.u64 %at, [m];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %v;

  mov.u64 %p, first;
  mov.u64 %q, first+4;
  sub.u64 %q, %q, %p;
  cvt.u32.u64 %v, %q;
  ld.param.u64 %at, [d];
  mad.wide.u32 %at, %i, 4, %at;
  st.global.u32 [%at], %v;
  ret;
}}
""")


def main():
    values()
    vectors()
    specials()
    clocks()
    addresses()


if __name__ == "__main__":
    main()

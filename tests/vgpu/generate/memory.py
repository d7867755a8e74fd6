#!/usr/bin/env python3
"""Opcode cases of ld, st, cvta, isspacep and prefetch, in all state spaces.

Expected values are moved and cut with Python's integers, as the PTX ISA says: a load of a narrower type extends to the width
of the register (the sign of .s types, zeros else), a store cuts.
"""
from memory_case import THREADS, KernelCase, extended, mask, mixed, places

NARROW = ["b8", "u8", "s8", "b16", "u16", "s16"]
WORDS = ["b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"]


def bits(type_name):
    return int(type_name[1:])


def buffer_type(type_name):
    return f"u{bits(type_name)}"


def global_widths():
    """ld.global and st.global of each type with registers as wide as the type and wider."""
    for type_name in NARROW + WORDS:
        width = bits(type_name)
        values = mixed(THREADS, width, 11)
        values[:4] = [0, mask(width), 1 << (width - 1), (1 << (width - 1)) - 1]
        case = KernelCase(f"ld_st_global_{type_name}", f"ld.global.{type_name}, st.global.{type_name}: wider registers too")
        case.buffer("in", "x", buffer_type(type_name), values)
        registers = [r for r in (16, 32, 64) if r >= width]
        if type_name[0] == "f":
            registers = [width]
        for r in registers:
            case.buffer("out", f"r{r}", f"u{r}", [extended(v, type_name, r) for v in values])
        case.buffer("out", "cut", buffer_type(type_name), values)
        body = places("x", width // 8)
        for r in registers:
            body += f"\nld.global.{type_name} %v{r}, [%a];"
        for r in registers:
            body += f"\n{places(f'r{r}', r // 8)}\nst.global.b{r} [%a], %v{r};"
        body += f"\n{places('cut', width // 8)}\nst.global.{type_name} [%a], %v{registers[-1]};"
        kind = "f" if type_name[0] == "f" else "b"
        case.write(body, ".reg .u64 %a;\n" + "\n".join(f".reg .{kind}{r} %v{r};" for r in registers))


def vectors():
    """.v2 and .v4 loads and stores with the elements turned round, immediates and sinks, in global and shared memory."""
    for space in ["global", "shared"]:
        for type_name, count in [("b8", 4), ("u16", 2), ("u16", 4), ("b32", 2), ("f32", 4), ("u64", 2), ("f64", 2)]:
            width = bits(type_name)
            values = mixed(THREADS * count, width, 12)
            turned = [values[t * count + (i + 1) % count] for t in range(THREADS) for i in range(count)]
            case = KernelCase(f"ld_st_{space}_v{count}_{type_name}",
                              f"ld.{space}.v{count}.{type_name}, st.{space}.v{count}.{type_name}: elements turned round")
            case.buffer("in", "x", buffer_type(type_name), values).buffer("out", "r", buffer_type(type_name), turned)
            row = [f"%v{i}" for i in range(count)]
            load, store = "{" + ", ".join(row) + "}", "{" + ", ".join(row[1:] + row[:1]) + "}"
            size = width // 8 * count
            register = f"f{width}" if type_name[0] == "f" else f"b{max(16, width)}"
            body = places("x", size) + f"\nld.global.v{count}.{type_name} {load}, [%a];\n"
            declarations = ""
            if space == "shared":
                declarations = f".shared .align 16 .b8 tile[{size * THREADS}];"
                body += f"""mov.u32 %s, tile;
                    mad.lo.u32 %s, %t, {size}, %s;
                    st.shared.v{count}.{type_name} [%s], {load};
                    bar.sync 0;
                    ld.shared.v{count}.{type_name} {load}, [%s];\n"""
            body += places("r", size) + f"\nst.global.v{count}.{type_name} [%a], {store};"
            case.write(body, f".reg .u64 %a;\n.reg .u32 %s;\n.reg .{register} {', '.join(row)};", declarations)
    values = mixed(THREADS * 4, 32, 13)
    expected = [x for t in range(THREADS) for x in (values[t * 4 + 2], 7, 0xffffffff, values[t * 4 + 2])]
    case = KernelCase("ld_st_global_v4_sinks", "ld.global.v4 with sinks, st.global.v4 with immediates")
    case.buffer("in", "x", "u32", values).buffer("out", "r", "u32", expected)
    case.write(places("x", 16) + "\nld.global.v4.u32 {_, _, %v, _}, [%a];\n" + places("r", 16) +
               "\nst.global.v4.u32 [%a], {%v, 7, -1, %v};", ".reg .u64 %a;\n.reg .u32 %v;")


def wide_vectors():
    """256-bit vectors of sm_100 and 128-bit values."""
    values = mixed(THREADS * 8, 32, 14)
    case = KernelCase("ld_st_global_v8_b32", "ld.global.v8.b32, st.global.v8.b32: elements turned round", target="sm_100",
                      version="8.8")
    case.buffer("in", "x", "u32", values)
    case.buffer("out", "r", "u32", [values[t * 8 + (i + 3) % 8] for t in range(THREADS) for i in range(8)])
    row = [f"%v{i}" for i in range(8)]
    case.write(places("x", 32) + "\nld.global.v8.b32 {" + ", ".join(row) + "}, [%a];\n" + places("r", 32) +
               "\nst.global.v8.b32 [%a], {" + ", ".join(row[3:] + row[:3]) + "};",
               ".reg .u64 %a;\n.reg .b32 " + ", ".join(row) + ";")
    values = mixed(THREADS * 4, 64, 15)
    case = KernelCase("ld_st_global_v4_b64", "ld.global.v4.b64, st.global.v4.b64: elements turned round", target="sm_100",
                      version="8.8")
    case.buffer("in", "x", "u64", values)
    case.buffer("out", "r", "u64", [values[t * 4 + (i + 1) % 4] for t in range(THREADS) for i in range(4)])
    row = [f"%v{i}" for i in range(4)]
    case.write(places("x", 32) + "\nld.global.v4.b64 {" + ", ".join(row) + "}, [%a];\n" + places("r", 32) +
               "\nst.global.v4.b64 [%a], {" + ", ".join(row[1:] + row[:1]) + "};",
               ".reg .u64 %a;\n.reg .b64 " + ", ".join(row) + ";")
    values = mixed(THREADS * 2, 64, 16)
    case = KernelCase("ld_st_global_b128", "ld.relaxed.global.b128, st.relaxed.global.b128", target="sm_90", version="8.4")
    case.buffer("in", "x", "u64", values).buffer("out", "r", "u64", values)
    case.write(places("x", 16) + "\nld.relaxed.gpu.global.b128 %v, [%a];\n" + places("r", 16) +
               "\nst.relaxed.gpu.global.b128 [%a], %v;", ".reg .u64 %a;\n.reg .b128 %v;")


def patterns():
    """Addresses of all kinds: the same for all, reversed, strided, scattered, with 32- and 64-bit bases."""
    values = mixed(256, 32, 17)
    forms = {"same": lambda t: 5, "rows": lambda t: t // 16, "straight": lambda t: t, "half": lambda t: t % 16,
             "reversed": lambda t: 47 - t, "stride3": lambda t: 3 * t, "scattered": lambda t: t * 37 % 251}
    for space, base in [("global", "b64"), ("shared", "b32"), ("shared", "b64")]:
        case = KernelCase(f"ld_{space}_patterns_{base}", f"ld.{space}: lanes that go everywhere, address in a .{base}")
        case.buffer("in", "x", "u32", values)
        case.buffer("in", "i", "u32", [f(t) for f in forms.values() for t in range(THREADS)])
        case.buffer("out", "r", "u32", [values[f(t)] for f in forms.values() for t in range(THREADS)])
        body = ""
        if space == "shared":
            body = """mov.u32 %k, %t;
                fill: mad.wide.u32 %a, %k, 4, %p_x;
                ld.global.u32 %v, [%a];
                mov.u32 %s, tile;\nmad.lo.u32 %s, %k, 4, %s;
                st.shared.u32 [%s], %v;
                add.u32 %k, %k, 48;
                setp.lt.u32 %p, %k, 256;
                @%p bra fill;
                bar.sync 0;"""
        for n in range(len(forms)):
            body += f"\nmad.wide.u32 %a, %t, 4, %p_i;\nld.global.u32 %k, [%a+{n * THREADS * 4}];"
            if space == "global":
                body += "\nmad.wide.u32 %a, %k, 4, %p_x;\nld.global.u32 %v, [%a];"
            elif base == "b32":
                # A negative offset behind a 32-bit base that is beyond the array: sums wrap at 32 bits.
                body += "\nmov.u32 %s, tile;\nmad.lo.u32 %s, %k, 4, %s;\nadd.u32 %s, %s, 64;\nld.shared.u32 %v, [%s+-64];"
            else:
                body += "\nmov.u64 %a, tile;\nmad.wide.u32 %a, %k, 4, %a;\nld.shared.u32 %v, [%a];"
            body += f"\nmad.wide.u32 %a, %t, 4, %p_r;\nst.global.u32 [%a+{n * THREADS * 4}], %v;"
        case.write(body, ".reg .u64 %a;\n.reg .u32 %v, %k, %s;\n.reg .pred %p;",
                   ".shared .align 4 .b8 tile[1024];" if space == "shared" else "")


def local_and_const():
    values = mixed(THREADS, 64, 18)
    case = KernelCase("ld_st_local", "ld.local, st.local: each lane has its own, any width, addresses that differ")
    case.buffer("in", "x", "u64", values)
    case.buffer("out", "low", "u32", [v & mask(32) for v in values]).buffer("out", "high", "u32", [v >> 32 for v in values])
    case.buffer("out", "byte", "u8", [v >> (t % 8 * 8) & 255 for t, v in enumerate(values)])
    case.buffer("out", "both", "u64", values).buffer("out", "top", "s32", [(v >> 63) * -1 for v in values])
    case.write(f"""{places("x", 8)}
        ld.global.u64 %v, [%a];
        st.local.u64 [mine+8], %v;
        ld.local.u32 %w, [mine+8];
        {places("low", 4)}
        st.global.u32 [%a], %w;
        mov.u64 %l, mine;
        ld.local.v2.u32 {{_, %w}}, [%l+8];
        {places("high", 4)}
        st.global.u32 [%a], %w;
        and.b32 %k, %t, 7;
        cvt.u64.u32 %o, %k;
        add.u64 %l, %l, %o;
        ld.local.u8 %h, [%l+8];
        {places("byte", 1)}
        st.global.u8 [%a], %h;
        st.local.v4.u8 [mine+16], {{%h, %h, %h, %h}};
        ld.local.u64 %v, [mine+8];
        {places("both", 8)}
        st.global.u64 [%a], %v;
        ld.local.s8 %w, [mine+15];
        shr.s32 %w, %w, 31;
        {places("top", 4)}
        st.global.u32 [%a], %w;""",
               ".local .align 8 .b8 mine[24];\n.reg .u64 %a, %v, %l, %o;\n.reg .u32 %w, %k;\n.reg .u16 %h;")
    table = mixed(16, 32, 19)
    case = KernelCase("ld_const", "ld.const: the same for all, by lane, and a vector")
    case.buffer("out", "r", "u32", [x for t in range(THREADS) for x in (table[3], table[t % 16], table[4], table[5])])
    case.write(f"""ld.const.u32 %v0, [table+12];
        and.b32 %k, %t, 15;
        mov.u64 %a, table;
        mad.wide.u32 %a, %k, 4, %a;
        ld.const.u32 %v1, [%a];
        ld.const.v2.u32 {{%v2, %v3}}, [table+16];
        {places("r", 16)}
        st.global.v4.u32 [%a], {{%v0, %v1, %v2, %v3}};""",
               ".reg .u64 %a;\n.reg .u32 %k, %v0, %v1, %v2, %v3;",
               f".const .align 16 .u32 table[16] = {{{', '.join(str(x) for x in table)}}};")


def generic():
    """Lanes of one instruction in four spaces, and the predicates that tell them apart."""
    values = mixed(THREADS, 32, 20)
    const = [0x1000 + i for i in range(4)]
    case = KernelCase("ld_generic_mixed", "ld through generic addresses: global, shared, local and const in one instruction")
    case.buffer("in", "x", "u32", values)
    case.buffer("out", "r", "u32", [(values[t], values[t] ^ 1, values[t] ^ 2, const[t // 4 % 4])[t % 4] for t in range(THREADS)])
    case.buffer("out", "s", "u32", [1 << t % 4 for t in range(THREADS)])
    case.write(f"""{places("x", 4)}
        ld.global.u32 %v, [%a];
        mov.u32 %k, tile;
        mad.lo.u32 %k, %t, 4, %k;
        xor.b32 %w, %v, 1;
        st.shared.u32 [%k], %w;
        cvt.u64.u32 %b, %k;
        cvta.shared.u64 %b, %b;
        xor.b32 %w, %v, 2;
        st.local.u32 [mine+4], %w;
        cvta.local.u64 %c, mine;
        add.u64 %c, %c, 4;
        mov.u64 %d, table;
        cvta.const.u64 %d, %d;
        shr.u32 %k, %t, 2;
        and.b32 %k, %k, 3;
        mad.wide.u32 %d, %k, 4, %d;
        and.b32 %k, %t, 3;
        setp.eq.u32 %p, %k, 1;
        selp.b64 %a, %b, %a, %p;
        setp.eq.u32 %p, %k, 2;
        selp.b64 %a, %c, %a, %p;
        setp.eq.u32 %p, %k, 3;
        selp.b64 %a, %d, %a, %p;
        ld.u32 %v, [%a];
        mov.u32 %w, 0;
        isspacep.global %p, %a;
        @%p or.b32 %w, %w, 1;
        isspacep.shared %p, %a;
        @%p or.b32 %w, %w, 2;
        isspacep.local %p, %a;
        @%p or.b32 %w, %w, 4;
        isspacep.const %p, %a;
        @%p or.b32 %w, %w, 8;
        {places("r", 4)}
        st.global.u32 [%a], %v;
        {places("s", 4)}
        st.global.u32 [%a], %w;""",
               ".local .align 4 .b8 mine[8];\n.reg .u64 %a, %b, %c, %d;\n.reg .u32 %v, %w, %k;\n.reg .pred %p;",
               f".shared .align 4 .b8 tile[192];\n.const .u32 table[4] = {{{', '.join(map(str, const))}}};")
    case = KernelCase("st_generic_mixed", "st through generic addresses: global, shared and local in one instruction")
    case.buffer("out", "r", "u32", [t * 3 if t % 3 == 0 else 0 for t in range(THREADS)])
    case.buffer("out", "s", "u32", [t * 3 if t % 3 == 1 else 0 for t in range(THREADS)])
    case.buffer("out", "l", "u32", [t * 3 if t % 3 == 2 else 0 for t in range(THREADS)])
    case.write(f"""mul.lo.u32 %v, %t, 3;
        mov.u32 %z, 0;
        mov.u64 %b, tile;
        mad.wide.u32 %b, %t, 4, %b;
        st.shared.u32 [%b], %z;
        cvta.shared.u64 %g, %b;
        st.local.u32 [mine], %z;
        cvta.local.u64 %c, mine;
        rem.u32 %k, %t, 3;
        {places("r", 4)}
        setp.eq.u32 %p, %k, 1;
        selp.b64 %a, %g, %a, %p;
        setp.eq.u32 %p, %k, 2;
        selp.b64 %a, %c, %a, %p;
        st.u32 [%a], %v;
        ld.shared.u32 %v, [%b];
        {places("s", 4)}
        st.global.u32 [%a], %v;
        cvta.to.local.u64 %c, %c;
        ld.local.u32 %v, [%c];
        {places("l", 4)}
        st.global.u32 [%a], %v;""",
               ".local .align 4 .b8 mine[4];\n.reg .u64 %a, %b, %c, %g;\n.reg .u32 %v, %k, %z;\n.reg .pred %p;",
               ".shared .align 4 .b8 tile[192];")


def parameters():
    case = KernelCase("ld_param", "ld.param of an entry: all widths, extension, vectors, guarded lanes")
    case.scalar("a", "u8", 0x85).scalar("b", "s16", -2).scalar("c", "u32", 0xdeadbeef).scalar("d", "u64", 0x0123456789abcdef)
    expected = []
    for t in range(THREADS):
        expected += [0x85, 0xffffff85, 0xfffffffe, 0xfffe, 0xdeadbeef, 0x89abcdef, 0x01234567, 0xdeadbeef if t % 2 else 1]
    case.buffer("out", "r", "u32", expected)
    case.write(f"""ld.param.u8 %v0, [a];
        ld.param.s8 %v1, [a];
        ld.param.s16 %v2, [b];
        ld.param.u16 %v3, [b];
        ld.param.b32 %v4, [c];
        ld.param.v2.u32 {{%v5, %v6}}, [d];
        mov.u32 %v7, 1;
        and.b32 %k, %t, 1;
        setp.eq.u32 %p, %k, 1;
        @%p ld.param.u32 %v7, [c];
        {places("r", 32)}
        st.global.v4.u32 [%a], {{%v0, %v1, %v2, %v3}};
        st.global.v4.u32 [%a+16], {{%v4, %v5, %v6, %v7}};""",
               ".reg .u64 %a;\n.reg .u32 %v0, %v1, %v2, %v3, %v4, %v5, %v6, %v7, %k;\n.reg .pred %p;")
    values = mixed(THREADS, 32, 21)
    case = KernelCase("ld_st_param_call", "st.param and ld.param of a call: bytes, words and vectors, each lane its own")
    case.buffer("in", "x", "u32", values)
    case.buffer("out", "r", "u32", [(v & 255) + (v >> 16) + t & mask(32) for t, v in enumerate(values)])
    case.write(f"""{places("x", 4)}
        ld.global.u32 %v, [%a];
        shr.u32 %w, %v, 16;
        {{
        .param .align 8 .b8 given[16];
        .param .b32 result;
        st.param.b8 [given+1], %v;
        st.param.v2.b32 [given+8], {{%w, %t}};
        call.uni (result), add_up, (given);
        ld.param.b32 %v, [result];
        }}
        {places("r", 4)}
        st.global.u32 [%a], %v;""", ".reg .u64 %a;\n.reg .u32 %v, %w;", """
.func (.param .b32 sum) add_up(.param .align 8 .b8 given[16])
{
  .reg .u32 %a, %b, %c;
  ld.param.u8 %a, [given+1];
  ld.param.v2.u32 {%b, %c}, [given+8];
  add.u32 %a, %a, %b;
  add.u32 %a, %a, %c;
  st.param.b32 [sum], %a;
  ret;
}""")


def modifiers():
    values = mixed(THREADS, 32, 22)
    case = KernelCase("ld_st_modifiers", "ld and st with orders, scopes, cache operators and hints: the same values", version="8.2")
    case.buffer("in", "x", "u32", values).buffer("out", "r", "u32", [6 * v & mask(32) for v in values])
    loads = ["ld.volatile.global.u32", "ld.relaxed.gpu.global.u32", "ld.acquire.sys.global.u32", "ld.weak.global.u32",
             "ld.global.ca.u32", "ld.global.cg.u32", "ld.global.cs.u32", "ld.global.lu.u32", "ld.global.cv.u32",
             "ld.global.nc.u32", "ld.global.nc.L1::no_allocate.u32", "ld.global.L1::evict_last.L2::128B.u32", "ldu.global.u32",
             "ld.mmio.relaxed.sys.global.u32"]
    stores = ["st.volatile.global.u32", "st.relaxed.cta.global.u32", "st.release.gpu.global.u32", "st.weak.global.u32",
              "st.global.wb.u32", "st.global.cg.u32", "st.global.cs.u32", "st.global.wt.u32", "st.global.L1::evict_first.u32",
              "st.mmio.relaxed.sys.global.u32"]
    body = places("x", 4) + "\nmov.u32 %s, 0;\nmov.u32 %z, 0;\ncreatepolicy.fractional.L2::evict_last.b64 %h, 1.0;"
    for n, load in enumerate(loads):
        body += f"\n{load} %v, [%a];\n{'add' if n % 2 == 0 else 'sub'}.u32 %s, %s, %v;"
    body += "\nld.global.L2::cache_hint.u32 %v, [%a], %h;\nmad.lo.u32 %s, %v, 6, %s;\n" + places("r", 4)
    for store in stores:
        body += f"\n{store} [%a], %z;\nmembar.gl;"
    body += "\nst.global.L2::cache_hint.u32 [%a], %s, %h;\nfence.acq_rel.gpu;\nfence.sc.sys;\nmembar.cta;\nmembar.sys;"
    case.write(body, ".reg .u64 %a, %h;\n.reg .u32 %v, %s, %z;")
    case = KernelCase("prefetch", "prefetch, prefetchu, discard, applypriority, createpolicy: nothing to be seen")
    case.buffer("in", "x", "u32", [5] * 64).buffer("out", "r", "u32", [5] * THREADS)
    case.write(f"""prefetch.global.L1 [%p_x];
        prefetch.global.L2 [%p_x+64];
        prefetch.L2 [%p_x];
        prefetch.global.L2::evict_last [%p_x];
        prefetchu.L1 [%p_x];
        applypriority.global.L2::evict_normal [%p_x], 128;
        createpolicy.range.global.L2::evict_last.L2::evict_unchanged.b64 %h, [%p_x], 128, 256;
        ld.global.u32 %v, [%p_x];
        {places("r", 4)}
        discard.global.L2 [%p_r], 128;
        st.global.u32 [%a], %v;""", ".reg .u64 %a, %h;\n.reg .u32 %v;")


def chases():
    """The destination is the address register: all lanes read their addresses before any is overwritten."""
    count = 64
    following = [(i * 29 + 7) % count for i in range(count)]
    case = KernelCase("ld_global_chase", "ld.global.u64 into its own address register")
    case.buffer("in", "n", "u64", following)
    case.buffer("out", "r", "u64", [following[following[t]] for t in range(THREADS)])
    case.write(f"""cvt.u64.u32 %a, %t;
        mad.lo.u64 %a, %a, 8, %p_n;
        ld.global.u64 %a, [%a];
        mad.lo.u64 %a, %a, 8, %p_n;
        ld.global.v2.u64 {{%b, %a}}, [%p_n];
        cvt.u64.u32 %a, %t;
        mad.lo.u64 %a, %a, 8, %p_n;
        ld.global.u64 %a, [%a];
        mad.lo.u64 %a, %a, 8, %p_n;
        ld.global.u64 %a, [%a];
        {places("r", 8, "%b")}
        st.global.u64 [%b], %a;""", ".reg .u64 %a, %b;")
    case = KernelCase("ld_global_v2_chase", "ld.global.v2 into its own address register")
    pairs = mixed(2 * THREADS, 64, 24)
    case.buffer("in", "x", "u64", pairs)
    case.buffer("out", "r", "u64", [pairs[2 * (t * 5 % THREADS)] ^ pairs[2 * (t * 5 % THREADS) + 1] for t in range(THREADS)])
    case.write(f"""mul.lo.u32 %k, %t, 5;
        rem.u32 %k, %k, {THREADS};
        mad.wide.u32 %a, %k, 16, %p_x;
        ld.global.v2.u64 {{%a, %b}}, [%a];
        xor.b64 %a, %a, %b;
        {places("r", 8, "%b")}
        st.global.u64 [%b], %a;""", ".reg .u64 %a, %b;\n.reg .u32 %k;")


def faults():
    def one(name, title, fault, body, registers="", declarations=""):
        case = KernelCase(f"fault_{name}", title, fault=fault)
        case.buffer("in", "x", "u32", [1, 2, 3, 4])
        case.write(body, ".reg .u64 %a, %b;\n.reg .u32 %v, %w;\n.reg .pred %p;\n" + registers, declarations)

    one("ld_global_misaligned", "ld.global.u32 at an odd address", "misaligned", "ld.global.u32 %v, [%p_x+2];")
    one("ld_global_v2_misaligned", "a vector is aligned as a whole", "misaligned", "ld.global.v2.u32 {%v, %w}, [%p_x+4];")
    one("ld_global_behind", "ld.global one element behind the end", "out_of_bounds", "ld.global.u32 %v, [%p_x+16];")
    one("st_global_before", "st.global one element before the beginning", "out_of_bounds", "st.global.u32 [%p_x+-4], %t;")
    one("ld_global_straddles", "ld.global.u64: half of it is behind the end", "out_of_bounds",
        "mov.u64 %b, odd;\nld.global.u64 %a, [%b+8];", "", ".global .align 8 .b8 odd[12];")
    one("ld_null", "ld through a null pointer", "out_of_bounds", "mov.u64 %a, 0;\nld.u32 %v, [%a];")
    one("ld_global_one_lane", "one lane of a warp is out of bounds", "out_of_bounds",
        "setp.eq.u32 %p, %t, 30;\nselp.b64 %a, 0, %p_x, %p;\nld.global.u32 %v, [%a];")
    one("ld_shared_behind", "ld.shared behind the block's shared memory", "out_of_bounds",
        "mov.u32 %v, tile;\nld.shared.u32 %w, [%v+64];", "", ".shared .align 4 .b8 tile[64];")
    one("st_shared_misaligned", "st.shared.u16 at an odd address", "misaligned",
        "mov.u32 %v, tile;\nst.shared.u16 [%v+1], %h;", ".reg .u16 %h;", ".shared .align 4 .b8 tile[64];")
    one("ld_local_behind", "ld.local behind the lane's memory", "out_of_bounds",
        "mov.u64 %a, mine;\nadd.u64 %a, %a, 1000000;\nld.local.u32 %v, [%a];", ".local .align 4 .b8 mine[64];")
    one("st_const", "st to a constant through its generic address", "read_only",
        "mov.u64 %a, table;\ncvta.const.u64 %a, %a;\nst.u32 [%a], %t;", "", ".const .u32 table[4] = {1, 2, 3, 4};")
    one("atom_const", "atom on a constant through its generic address", "read_only",
        "mov.u64 %a, table;\ncvta.const.u64 %a, %a;\natom.add.u32 %v, [%a], 1;", "", ".const .u32 table[4] = {1, 2, 3, 4};")
    one("atom_misaligned", "atom.global.add.u64 at a multiple of 4", "misaligned", "atom.global.add.u64 %a, [%p_x+4], 1;")
    one("atom_behind", "atom.global.add.u32 behind the end", "out_of_bounds", "atom.global.add.u32 %v, [%p_x+16], 1;")
    one("atom_local", "atom on a lane's local memory", "bad_operand",
        "cvta.local.u64 %a, mine;\natom.add.u32 %v, [%a], 1;", ".local .align 4 .b8 mine[8];")


def clusters():
    case = KernelCase("mapa", "mapa, getctarank: a cluster is one block", target="sm_90", version="8.0", threads=32)
    case.buffer("out", "r", "u32", [9, 0])
    case.write("""mov.u32 %s, tile;
        mapa.shared::cluster.u32 %m, %s, 0;
        mov.u32 %v, 9;
        st.shared::cluster.u32 [%m], %v;
        ld.shared.u32 %v, [tile];
        st.global.u32 [%p_r], %v;
        getctarank.shared::cluster.u32 %v, %m;
        st.global.u32 [%p_r+4], %v;""", ".reg .u32 %s, %m, %v;", ".shared .align 4 .b8 tile[4];")


if __name__ == "__main__":
    for write in (global_widths, vectors, wide_vectors, patterns, local_and_const, generic, parameters, modifiers, chases,
                  faults, clusters):
        write()

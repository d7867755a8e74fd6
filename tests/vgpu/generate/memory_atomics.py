#!/usr/bin/env python3
"""Opcode cases of atom and red: every operation and type on global, shared and generic addresses.

Each thread has a place of its own, where the old value and the new one are known, and all threads share one, where only
the end is known, whatever the order. Sums of floats are exact fractions, rounded to nearest by formats.py. As the PTX ISA
says, atom.add.f32 flushes subnormal numbers to zero in global memory and keeps them in shared memory.
"""
from fractions import Fraction

import formats
from memory_case import KernelCase, as_type, mask, mixed

THREADS = 48
INTEGER_OPERATIONS = {
    "add": (lambda x, b, t: x + b, ["u32", "s32", "u64"]),
    "min": (lambda x, b, t: min(as_type(x, t), as_type(b, t)), ["u32", "s32", "u64", "s64"]),
    "max": (lambda x, b, t: max(as_type(x, t), as_type(b, t)), ["u32", "s32", "u64", "s64"]),
    "inc": (lambda x, b, t: 0 if x >= b else x + 1, ["u32"]),
    "dec": (lambda x, b, t: b if x == 0 or x > b else x - 1, ["u32"]),
    "and": (lambda x, b, t: x & b, ["b32", "b64"]),
    "or": (lambda x, b, t: x | b, ["b32", "b64"]),
    "xor": (lambda x, b, t: x ^ b, ["b32", "b64"]),
}


def bits(type_name):
    return int(type_name.strip("usbf"))


def operands(type_name, seed):
    """Edges against each other, then mixed numbers."""
    width = bits(type_name)
    edges = [0, 1, mask(width), 1 << (width - 1), (1 << (width - 1)) - 1, 5]
    pairs = [(x, b) for x in edges for b in edges] + list(zip(mixed(12, width, seed), mixed(12, width, seed + 1)))
    return [x for x, _ in pairs[:THREADS]], [b for _, b in pairs[:THREADS]]


# ---- Kernels: %a is the address of the thread's place, %o of the common one

def load(name, width, register):
    return f"mad.wide.u32 %q, %t, {width // 8}, %p_{name};\nld.global.b{width} {register}, [%q];\n"


def store(name, width, register):
    return f"mad.wide.u32 %q, %t, {width // 8}, %p_{name};\nst.global.b{width} [%q], {register};\n"


def point(space, width):
    """Where the places are: in the buffers x and all themselves, or in shared memory, where they are copied to."""
    size = width // 8
    if space != "shared":
        return f"mad.wide.u32 %a, %t, {size}, %p_x;\nmov.u64 %o, %p_all;\n"
    return (f"mov.u32 %a, tile;\nmad.lo.u32 %a, %t, {size}, %a;\nmov.u32 %o, one;\n" + load("x", width, "%v") +
            f"st.shared.b{width} [%a], %v;\nld.global.b{width} %v, [%p_all];\nst.shared.b{width} [%o], %v;\nbar.sync 0;\n")


def finish(space, width):
    if space != "shared":
        return ""
    return (f"bar.sync 0;\nld.shared.b{width} %v, [%a];\n" + store("x", width, "%v") +
            f"ld.shared.b{width} %v, [%o];\nst.global.b{width} [%p_all], %v;\n")


def write(name, title, space, type_name, instruction, reduction, x, b, old, new, all_before, all_after, c=None,
          target="sm_80", version="7.8", kind=None):
    """instruction and reduction: text with {d}, {at}, {b}, {c}. all_*: the common place; None: there is none."""
    width = bits(kind or type_name)
    case = KernelCase(name, title, THREADS, target, version)
    case.buffer("inout", "x", kind or type_name, x, new)
    case.buffer("inout", "all", kind or type_name, [all_before], [all_after]).buffer("in", "b", kind or type_name, b)
    if c is not None:
        case.buffer("in", "c", kind or type_name, c)
    case.buffer("out", "old", kind or type_name, old)
    body = load("b", width, "%b") + (load("c", width, "%c") if c is not None else "") + point(space, width)
    body += instruction.format(d="%d", at="[%a]", b="%b", c="%c") + "\n" + store("old", width, "%d")
    body += reduction.format(d="%d", at="[%o]", b="%b", c="%c") + "\n" if reduction else ""
    address = "u32" if space == "shared" else "u64"
    declared = f".shared .align 8 .b8 tile[{width // 8 * THREADS}];\n.shared .align 8 .b8 one[8];" if space == "shared" else ""
    case.write(body + finish(space, width), f".reg .u64 %q;\n.reg .{address} %a, %o;\n.reg .b{width} %v, %b, %c, %d;", declared)


def spaced(space):
    return "" if space == "generic" else f".{space}"


def integers():
    for operation, (function, types) in INTEGER_OPERATIONS.items():
        for type_name in types:
            for n, space in enumerate(["global", "shared", "generic"]):
                width = bits(type_name)
                x, b = operands(type_name, 31 + n)
                new = [function(x[t], b[t], type_name) & mask(width) for t in range(THREADS)]
                # inc and dec: with one bound for all, the end does not depend on the order.
                bound = 11
                total = 7
                for t in range(THREADS):
                    total = function(total, bound if operation in ("inc", "dec") else b[t], type_name) & mask(width)
                where = spaced(space)
                common = str(bound) if operation in ("inc", "dec") else "{b}"
                reduction = f"red{where}.{operation}.{type_name} {{at}}, {common};"
                if space == "generic":
                    reduction = f"atom.{operation}.relaxed.gpu.{type_name} {{d}}, {{at}}, {common};"
                    if operation == "add":
                        reduction = "atom.add.acq_rel.cta." + type_name + " _, {at}, {b};"
                write(f"atom_{space}_{operation}_{type_name}", f"atom{where}.{operation}.{type_name}, red", space, type_name,
                      f"atom{where}.{operation}.{type_name} {{d}}, {{at}}, {{b}};", reduction, x, b, x, new, 7, total,
                      kind=f"u{width}")


def exchanges():
    for width in (32, 64):
        for space in ["global", "shared", "generic"]:
            x, b = mixed(THREADS, width, 41), mixed(THREADS, width, 42)
            write(f"atom_{space}_exch_b{width}", f"atom{spaced(space)}.exch.b{width}", space, f"u{width}",
                  f"atom{spaced(space)}.exch.b{width} {{d}}, {{at}}, {{b}};",
                  f"atom{spaced(space)}.exch.b{width} {{d}}, {{at}}, 9;", x, b, x, b, 5, 9)
    for width in (16, 32, 64):
        for space in ["global", "shared", "generic"]:
            x = mixed(THREADS, width, 43)
            b = [v if t % 3 != 1 else v ^ 1 << (width - 1) for t, v in enumerate(x)]
            c = mixed(THREADS, width, 44)
            new = [c[t] if b[t] == x[t] else x[t] for t in range(THREADS)]
            # From 0 on only the first to come changes it, and all write the same.
            write(f"atom_{space}_cas_b{width}", f"atom{spaced(space)}.cas.b{width}: equal and not", space, f"u{width}",
                  f"atom{spaced(space)}.cas.b{width} {{d}}, {{at}}, {{b}}, {{c}};",
                  f"atom{spaced(space)}.cas.b{width} {{d}}, {{at}}, 0, 77;", x, b, x, new, 0, 77, c=c)


def wide():
    """128 bits: exch and cas."""
    x, b = mixed(2 * THREADS, 64, 45), mixed(2 * THREADS, 64, 46)
    expect = [v if t // 2 % 2 == 0 else v ^ 1 for t, v in enumerate(x)]
    swapped = [b[i] if i // 2 % 2 == 0 else x[i] for i in range(2 * THREADS)]
    case = KernelCase("atom_global_cas_exch_b128", "atom.global.cas.b128 and exch.b128", THREADS, "sm_90", "8.4")
    case.buffer("inout", "x", "u64", x, b).buffer("in", "e", "u64", expect).buffer("in", "b", "u64", b)
    case.buffer("out", "old", "u64", x).buffer("out", "mid", "u64", swapped)
    wide_load = "mad.wide.u32 %q, %t, 16, %p_{0};\nld.global.v2.b64 {{%l, %h}}, [%q];\nmov.b128 {1}, {{%l, %h}};\n"
    wide_store = "mad.wide.u32 %q, %t, 16, %p_{0};\nmov.b128 {{%l, %h}}, {1};\nst.global.v2.b64 [%q], {{%l, %h}};\n"
    case.write(wide_load.format("e", "%e") + wide_load.format("b", "%b") + "mad.wide.u32 %a, %t, 16, %p_x;\n"
               "atom.global.cas.b128 %d, [%a], %e, %b;\n" + wide_store.format("old", "%d") +
               "atom.global.exch.b128 %d, [%a], %b;\n" + wide_store.format("mid", "%d"),
               ".reg .u64 %q, %a, %l, %h;\n.reg .b128 %b, %e, %d;")


# ---- Floating point

def exact_sum(type_name, x, b, flush=False):
    f = formats.FORMATS[type_name]
    sign = 1 << (f.bits - 1)

    def flushed(v):
        return v & sign if flush and v & ~sign & mask(f.bits) < 1 << f.mantissa else v

    p, q = f.decode(flushed(x)), f.decode(flushed(b))
    infinite = [n.negative for n in (p, q) if n.size == formats.INFINITY]
    if p.is_nan() or q.is_nan() or len(set(infinite)) == 2:
        return "nan" if type_name == "f64" else f.nan
    if infinite:
        return f.infinity_bits() | (sign if infinite[0] else 0)
    total = (-p.size if p.negative else p.size) + (-q.size if q.negative else q.size)
    negative = total < 0 or (total == 0 and p.negative and q.negative)
    return flushed(f.encode(formats.Number(negative, abs(total))))


def float_pairs(type_name):
    special = [v for v in formats.special_values(type_name)]
    pairs = [(special[i], special[(i * 7 + 3) % len(special)]) for i in range(len(special))]
    f = formats.FORMATS[type_name]
    for v, w in zip(mixed(THREADS, f.bits, 51), mixed(THREADS, f.bits, 52)):
        # Near each other, so that digits are lost and rounded.
        pairs.append((v & ~(f.infinity_bits()) | (f.bias + 3) << f.mantissa, w & ~f.infinity_bits() | (f.bias + v % 5) << f.mantissa))
    return [x for x, _ in pairs[:THREADS]], [b for _, b in pairs[:THREADS]]


def float_adds():
    for type_name in ["f32", "f64", "f16", "bf16"]:
        modifier = ".noftz" if "16" in type_name else ""
        width = formats.FORMATS[type_name].bits
        for space in ["global", "shared", "generic"]:
            x, b = float_pairs(type_name)
            flush = type_name == "f32" and space != "shared"
            new = [exact_sum(type_name, x[t], b[t], flush) for t in range(THREADS)]
            one, end = formats.bits(type_name, 1), formats.bits(type_name, 1 + THREADS)
            hexes = [v if isinstance(v, str) else f"0x{v:0{width // 4}x}" for v in new]
            text = [f"0x{v:0{width // 4}x}" for v in x]
            target, version = ("sm_90", "7.8") if type_name == "bf16" else ("sm_80", "7.8")
            case_name = f"atom_{space}_add_{type_name}"
            instruction = f"atom{spaced(space)}.add{modifier}.{type_name} {{d}}, {{at}}, {{b}};"
            literal = {"f32": "0f3f800000", "f64": "0d3ff0000000000000"}.get(type_name)
            reduction = f"red{spaced(space)}.add{modifier}.{type_name} {{at}}, {literal};" if literal else ""
            write(case_name, f"atom{spaced(space)}.add{modifier}.{type_name}: special values, rounding", space, type_name,
                  instruction, reduction, text, [f"0x{v:0{width // 4}x}" for v in b], text, hexes,
                  f"0x{one:0{width // 4}x}", f"0x{end if reduction else one:0{width // 4}x}", target=target,
                  version=version, kind=type_name)


def packed_adds():
    for type_name in ["f16", "bf16"]:
        x, b = float_pairs(type_name)
        low, high = exact_sums(type_name, x, b), exact_sums(type_name, x[::-1], b)
        case = KernelCase(f"atom_global_add_{type_name}x2", f"atom.global.add.noftz.{type_name}x2: both halves", THREADS,
                          "sm_90", "7.8")
        pack = lambda lower, upper: [lower[t] | upper[t] << 16 for t in range(THREADS)]
        case.buffer("inout", "x", "u32", pack(x, x[::-1]), pack(low, high)).buffer("in", "b", "u32", pack(b, b))
        case.buffer("out", "old", "u32", pack(x, x[::-1]))
        case.write(load("b", 32, "%b") + f"mad.wide.u32 %a, %t, 4, %p_x;\natom.global.add.noftz.{type_name}x2 %d, [%a], %b;\n" +
                   store("old", 32, "%d"), ".reg .u64 %q, %a;\n.reg .b32 %b, %d;")


def exact_sums(type_name, x, b):
    return [exact_sum(type_name, v, w) for v, w in zip(x, b)]


def vectors():
    """sm_90: each element is an atomic of its own."""
    x, b = float_pairs("f32")
    x, b = x * 4, b * 2 + b[::-1] * 2
    new = [exact_sum("f32", v, w, True) for v, w in zip(x, b)]
    hexes = lambda values, digits: [f"0x{v:0{digits}x}" for v in values]
    case = KernelCase("atom_global_v4_add_f32", "atom.global.v4.f32.add, red.global.v2.f32.add", THREADS, "sm_90", "8.1")
    case.buffer("inout", "x", "f32", hexes(x, 8), hexes(new, 8)).buffer("in", "b", "f32", hexes(b, 8))
    case.buffer("out", "old", "f32", hexes(x, 8)).buffer("inout", "all", "f32", ["1", "2"], [str(1 + THREADS), str(2 + 3 * THREADS)])
    row = lambda name: "{" + ", ".join(f"%{name}{i}" for i in range(4)) + "}"
    case.write(f"""mad.wide.u32 %q, %t, 16, %p_b;
        ld.global.v4.f32 {row("b")}, [%q];
        mad.wide.u32 %a, %t, 16, %p_x;
        atom.global.v4.f32.add {row("d")}, [%a], {row("b")};
        mad.wide.u32 %q, %t, 16, %p_old;
        st.global.v4.f32 [%q], {row("d")};
        mov.f32 %b0, 0f3f800000;
        mov.f32 %b1, 0f40400000;
        red.global.v2.f32.add [%p_all], {{%b0, %b1}};""",
               ".reg .u64 %q, %a;\n.reg .f32 %b0, %b1, %b2, %b3, %d0, %d1, %d2, %d3;")
    for operation in ("add", "min", "max"):
        x, b = float_pairs("f16")
        x, b = x * 2, b + b[::-1]
        new = [exact_sum("f16", v, w) if operation == "add" else extreme("f16", v, w, operation) for v, w in zip(x, b)]
        case = KernelCase(f"atom_global_v2_{operation}_f16", f"atom.global.v2.f16.{operation}.noftz", THREADS, "sm_90", "8.1")
        case.buffer("inout", "x", "f16", hexes(x, 4), hexes(new, 4)).buffer("in", "b", "f16", hexes(b, 4))
        case.buffer("out", "old", "f16", hexes(x, 4))
        case.write(f"""mad.wide.u32 %q, %t, 4, %p_b;
            ld.global.v2.b16 {{%b0, %b1}}, [%q];
            mad.wide.u32 %a, %t, 4, %p_x;
            atom.global.v2.f16.{operation}.noftz {{%d0, %d1}}, [%a], {{%b0, %b1}};
            mad.wide.u32 %q, %t, 4, %p_old;
            st.global.v2.b16 [%q], {{%d0, %d1}};""", ".reg .u64 %q, %a;\n.reg .b16 %b0, %b1, %d0, %d1;")


def extreme(type_name, x, b, operation):
    """min and max: a NaN loses against a number, -0 is less than +0."""
    f = formats.FORMATS[type_name]
    numbers = [(f.decode(v), v) for v in (x, b)]
    numbers = [(n.order(), not n.negative, v) for n, v in numbers if not n.is_nan()]
    if not numbers:
        return f.nan
    return (min if operation == "min" else max)(numbers)[2]


if __name__ == "__main__":
    for make in (integers, exchanges, wide, float_adds, packed_adds, vectors):
        make()

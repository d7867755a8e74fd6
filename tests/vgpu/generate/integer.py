#!/usr/bin/env python3
"""Opcode cases of integer arithmetic: Python's integers do the arithmetic, as the PTX ISA 9.0 (9.7.1, 9.7.2) says it.

Division by zero is not in the ISA: all ones for quotients and remainders is what NVIDIA's assembler makes of it (the last
instructions of what ptxas 13.0 makes of div and rem replace the result where the divisor is zero).
"""
from lane_case import Case, as_type, bits_of, edges, filled, mask, mixed, pairs

TYPES = ["u16", "s16", "u32", "s32", "u64", "s64"]
SIGNED = ["s16", "s32", "s64"]


def clamp(value, low, high):
    return max(low, min(high, value))


def saturated(value):
    return clamp(value, -(1 << 31), (1 << 31) - 1)


def numbers(values, type_name):
    return [as_type(v, type_name) for v in values]


def binary(opcode, type_name, title, operation, target="sm_80", suffix="", version="7.8"):
    a, b = pairs(type_name)
    d = [operation(x, y) for x, y in zip(numbers(a, type_name), numbers(b, type_name))]
    full = f"{opcode}{suffix}.{type_name}"
    Case(full.replace(".", "_"), f"{full}: {title}", target, version).input("a", type_name, a).input("b", type_name, b) \
        .output("d", type_name, d).write(f"{full} %d, %a, %b;")


def truncated_quotient(a, b):
    if b == 0:
        return -1
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def remainder(a, b):
    return -1 if b == 0 else a - b * truncated_quotient(a, b)


def sums():
    for t in TYPES:
        binary("add", t, "wraps", lambda a, b: a + b)
        binary("sub", t, "wraps", lambda a, b: a - b)
        binary("min", t, "the smaller", min)
        binary("max", t, "the larger", max)
        binary("div", t, "towards zero; by zero: all ones; the least by -1 wraps", truncated_quotient)
        binary("rem", t, "the sign of a; by zero: all ones", remainder)
    binary("add", "s32", "stops at both ends", lambda a, b: saturated(a + b), suffix=".sat")
    binary("sub", "s32", "stops at both ends", lambda a, b: saturated(a - b), suffix=".sat")
    binary("min", "s32", "at least zero", lambda a, b: max(0, min(a, b)), "sm_90", ".relu", "8.0")
    binary("max", "s32", "at least zero", lambda a, b: max(0, a, b), "sm_90", ".relu", "8.0")


def packed():
    """Two 16-bit numbers in a register."""
    a, b = pairs("u32")
    for name, kind, operation, suffix in [
            ("add", "u", lambda x, y: x + y, ""), ("add", "s", lambda x, y: x + y, ""),
            ("min", "u", min, ""), ("min", "s", min, ""), ("max", "u", max, ""), ("max", "s", max, ""),
            ("min", "s", lambda x, y: max(0, min(x, y)), ".relu"), ("max", "s", lambda x, y: max(0, x, y), ".relu")]:
        element = kind + "16"
        d = []
        for x, y in zip(a, b):
            halves = [operation(as_type(x >> s, element), as_type(y >> s, element)) & 0xFFFF for s in (0, 16)]
            d.append(halves[0] | halves[1] << 16)
        full = f"{name}{suffix}.{kind}16x2"
        Case(full.replace(".", "_"), f"{full}: each half by itself", "sm_90", "8.0").input("a", "b32", a) \
            .input("b", "b32", b).output("d", "b32", d).write(f"{full} %d, %a, %b;")


def products():
    for t in TYPES:
        n = bits_of(t)
        a, b = pairs(t)
        c = filled(edges(t)[::-1])
        x, y, z = numbers(a, t), numbers(b, t), numbers(c, t)
        product = [p * q for p, q in zip(x, y)]
        case = Case(f"mul_{t}", f"mul.lo, .hi, .wide.{t}").input("a", t, a).input("b", t, b)
        body = f"mul.lo.{t} %lo, %a, %b;\nmul.hi.{t} %hi, %a, %b;\n"
        case.output("lo", t, product).output("hi", t, [p >> n for p in product])
        wide = t[0] + str(2 * n)
        if n < 64:
            case.output("wide", wide, product)
            body += f"mul.wide.{t} %wide, %a, %b;"
        case.write(body)
        case = Case(f"mad_{t}", f"mad.lo, .hi, .wide.{t}").input("a", t, a).input("b", t, b).input("c", t, c)
        body = f"mad.lo.{t} %lo, %a, %b, %c;\nmad.hi.{t} %hi, %a, %b, %c;\n"
        case.output("lo", t, [p + q for p, q in zip(product, z)])
        case.output("hi", t, [(p >> n) + q for p, q in zip(product, z)])
        if n < 64:
            w = filled(edges(wide) + mixed(5, 2 * n))
            case.input("w", wide, w).output("wide", wide, [p + as_type(q, wide) for p, q in zip(product, w)])
            body += f"mad.wide.{t} %wide, %a, %b, %w;"
        case.write(body)
        Case(f"sad_{t}", f"sad.{t}: c + |a - b|").input("a", t, a).input("b", t, b).input("c", t, c) \
            .output("d", t, [abs(p - q) + r for p, q, r in zip(x, y, z)]).write(f"sad.{t} %d, %a, %b, %c;")
    a, b = pairs("s32")
    c = filled(edges("s32")[::-1])
    d = [saturated((p * q >> 32) + r) for p, q, r in zip(*(numbers(v, "s32") for v in (a, b, c)))]
    Case("mad_hi_sat_s32", "mad.hi.sat.s32: the sum stops at both ends").input("a", "s32", a).input("b", "s32", b) \
        .input("c", "s32", c).output("d", "s32", d).write("mad.hi.sat.s32 %d, %a, %b, %c;")


def products_24():
    values = [0, 1, 0xFFFFFF, 0x7FFFFF, 0x800000, 0xFF000001, 0x12800000, 0xFFFFFFFF, 0x80000000]
    both = [(p, q) for p in values[:6] for q in values] + list(zip(mixed(48, 32, 8), mixed(48, 32, 9)))
    a, b = [p for p, _ in both[:48]], [q for _, q in both[:48]]
    c = filled(edges("u32")[::-1])
    for t in ("u32", "s32"):
        def cut(v):
            v &= 0xFFFFFF
            return v - (1 << 24) if t == "s32" and v >> 23 else v
        product = [cut(p) * cut(q) for p, q in zip(a, b)]
        low, high = [p & mask(32) for p in product], [p >> 16 & mask(32) for p in product]
        Case(f"mul24_{t}", f"mul24.lo and .hi.{t}: bits 0..31 and 16..47 of the product of the low 24 bits") \
            .input("a", t, a).input("b", t, b).output("lo", t, low).output("hi", t, high) \
            .write(f"mul24.lo.{t} %lo, %a, %b;\nmul24.hi.{t} %hi, %a, %b;")
        Case(f"mad24_{t}", f"mad24.lo and .hi.{t}").input("a", t, a).input("b", t, b).input("c", t, c) \
            .output("lo", t, [p + q for p, q in zip(low, c)]).output("hi", t, [p + q for p, q in zip(high, c)]) \
            .write(f"mad24.lo.{t} %lo, %a, %b, %c;\nmad24.hi.{t} %hi, %a, %b, %c;")
    high = [as_type(p >> 16, "s32") for p in product]
    Case("mad24_hi_sat_s32", "mad24.hi.sat.s32: the sum stops at both ends").input("a", "s32", a).input("b", "s32", b) \
        .input("c", "s32", c).output("d", "s32", [saturated(p + as_type(q, "s32")) for p, q in zip(high, c)]) \
        .write("mad24.hi.sat.s32 %d, %a, %b, %c;")


def signs():
    for t in SIGNED:
        a = filled(edges(t) + mixed(13, bits_of(t)))
        Case(f"abs_{t}", f"abs.{t}: the least stays").input("a", t, a) \
            .output("d", t, [abs(v) for v in numbers(a, t)]).write(f"abs.{t} %d, %a;")
        Case(f"neg_{t}", f"neg.{t}: the least stays").input("a", t, a) \
            .output("d", t, [-v for v in numbers(a, t)]).write(f"neg.{t} %d, %a;")


def aliases():
    """Where the destination is also a source, and a constant one: a wrong order of reading shows."""
    a, b = mixed(48, 32, 5), mixed(48, 32, 6)
    d = [(((p + q) * p + p) - 77) & mask(32) for p, q in zip(a, b)]
    e = [(-(((p + q) * p + p) - 77)) & mask(32) for p, q in zip(a, b)]
    Case("integer_alias", "destinations that are sources as well; constants; a guard keeps the other lanes' values") \
        .input("a", "u32", a).input("b", "u32", b).output("d", "u32", [x if i % 3 else y for i, (x, y) in enumerate(zip(d, e))]) \
        .write("""
        .reg .pred %third;
        .reg .u32 %r;
        add.u32 %d, %a, %b;
        mad.lo.u32 %d, %d, %a, %a;
        sub.u32 %d, %d, 77;
        rem.u32 %r, %thread, 3;
        setp.eq.u32 %third, %r, 0;
        @%third neg.s32 %d, %d;
        """)


def main():
    sums()
    packed()
    products()
    products_24()
    signs()
    aliases()


if __name__ == "__main__":
    main()

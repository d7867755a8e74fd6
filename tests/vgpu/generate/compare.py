#!/usr/bin/env python3
"""Opcode cases of setp, set, testp, selp and slct. PTX ISA 9.0, 9.7.6, 9.7.7 and 9.7.3 (testp).

Floats are compared as exact fractions.
"""
from formats import FORMATS, INFINITY, special_values
from lane_case import Case, as_type, bits_of, edges, filled, mask, mixed, pairs

ORDERED = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
           "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b}
UNSIGNED = {"lo": "lt", "ls": "le", "hi": "gt", "hs": "ge"}
FLOATS = list(ORDERED) + [name + "u" for name in ORDERED] + ["num", "nan"]
# What true is in a register of the type.
TRUE = {"u32": mask(32), "s32": mask(32), "u16": 0xFFFF, "s16": 0xFFFF, "f32": 0x3F800000, "f16": 0x3C00, "bf16": 0x3F80}


def flushed(t, value):
    """.ftz: subnormal numbers are zero."""
    f = FORMATS[t]
    return 0 if value & f.infinity_bits() == 0 else value


def float_result(name, t, a, b, ftz=False):
    if ftz:
        a, b = flushed(t, a), flushed(t, b)
    x, y = FORMATS[t].decode(a), FORMATS[t].decode(b)
    unordered = x.is_nan() or y.is_nan()
    if name in ("num", "nan"):
        return unordered == (name == "nan")
    if unordered:
        return name.endswith("u")
    return ORDERED[name.removesuffix("u")](x.order(), y.order())


def integers():
    for t in ["u16", "s16", "u32", "s32", "u64", "s64", "b16", "b32", "b64"]:
        names = ["eq", "ne"] if t[0] == "b" else list(ORDERED) + (list(UNSIGNED) if t[0] == "u" else [])
        a, b = pairs("u" + t[1:])
        b[-3:] = a[-3:]
        kind = t if t[0] != "b" else "u" + t[1:]
        case = Case(f"setp_{t}", f"setp.{t}: every comparison").input("a", t, a).input("b", t, b)
        body = ".reg .pred %p;\n"
        for name in names:
            operation = ORDERED[UNSIGNED.get(name, name)]
            case.output(name, "u32", [int(operation(as_type(x, kind), as_type(y, kind))) for x, y in zip(a, b)])
            body += f"setp.{name}.{t} %p, %a, %b;\nselp.u32 %{name}, 1, 0, %p;\n"
        case.write(body)
    a, b = pairs("s32")
    case = Case("set_s32", "set.u32, .s32 and .f32 of .s32, .u32 and .b32").input("a", "s32", a).input("b", "s32", b)
    case.output("x", "u32", [mask(32) * (as_type(p, "s32") < as_type(q, "s32")) for p, q in zip(a, b)])
    case.output("y", "f32", [TRUE["f32"] * (p >= q) for p, q in zip(a, b)])
    case.output("z", "s32", [-1 * (p != q) for p, q in zip(a, b)])
    case.write("set.lt.u32.s32 %x, %a, %b;\nset.hs.f32.u32 %y, %a, %b;\nset.ne.s32.b32 %z, %a, %b;")


def float_pairs(t):
    values = special_values(t)
    f = FORMATS[t]
    one = f.bias << f.mantissa
    both = [(values[i], values[(i * 5 + 3) % len(values)]) for i in range(len(values))]
    both += [(v, v) for v in values[:18]] + [(0, 1 << (f.bits - 1)), (one, one), (1, 2), (one, one + 1)]
    return [p for p, _ in both[:48]], [q for _, q in both[:48]]


def floats():
    for t, target in [("f32", "sm_80"), ("f64", "sm_80"), ("f16", "sm_80"), ("bf16", "sm_90")]:
        a, b = float_pairs(t)
        for ftz in ((False, True) if t in ("f32", "f16") else (False,)):
            suffix = ".ftz" if ftz else ""
            case = Case(f"setp_{t}{suffix.replace('.', '_')}", f"setp{suffix}.{t}: every comparison, NaNs, zeros, subnormals", target)
            case.input("a", t, a).input("b", t, b)
            body = ".reg .pred %p;\n"
            for name in FLOATS:
                case.output(name, "u32", [int(float_result(name, t, x, y, ftz)) for x, y in zip(a, b)])
                body += f"setp.{name}{suffix}.{t} %p, %a, %b;\nselp.u32 %{name}, 1, 0, %p;\n"
            case.write(body)
    for t, names, target in [("f32", ["u32", "f32"], "sm_80"), ("f64", ["s32", "f32"], "sm_80"),
                             ("f16", ["u32", "u16", "f16"], "sm_80"), ("bf16", ["s32", "s16", "bf16"], "sm_90")]:
        a, b = float_pairs(t)
        case = Case(f"set_{t}", f"set of .{t} into " + ", ".join("." + n for n in names), target).input("a", t, a).input("b", t, b)
        body = ""
        for kind in names:
            for name in ("ltu", "ge"):
                case.output(f"{name}_{kind}", kind, [TRUE[kind] * float_result(name, t, x, y) for x, y in zip(a, b)])
                body += f"set.{name}.{kind}.{t} %{name}_{kind}, %a, %b;\n"
        case.write(body)


def combined():
    """p = BoolOp(a < b, c), q = BoolOp(!(a < b), c)."""
    a, b, c = filled([1, 2, 3]), filled([2, 2, 1, 5]), filled([0, 1, 1, 0, 1])
    operations = {"and": lambda x, y: x & y, "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y}
    case = Case("setp_combined", "setp.lt.BoolOp p|q: with a predicate, negated or not; sinks; a destination that is a source")
    case.input("a", "s32", a).input("b", "s32", b).input("c", "u32", c)
    body = ".reg .pred %p, %q, %c0;\nsetp.ne.u32 %c0, %c, 0;\n"
    for name, operation in operations.items():
        for negated in (False, True):
            sign, tail = ("!", "n") if negated else ("", "")
            c_values = [1 - v if negated else v for v in c]
            t = [int(x < y) for x, y in zip(a, b)]
            case.output(f"p_{name}{tail}", "u32", [operation(x, y) for x, y in zip(t, c_values)])
            case.output(f"q_{name}{tail}", "u32", [operation(1 - x, y) for x, y in zip(t, c_values)])
            body += f"setp.lt.{name}.s32 %p|%q, %a, %b, {sign}%c0;\n"
            body += f"selp.u32 %p_{name}{tail}, 1, 0, %p;\nselp.u32 %q_{name}{tail}, 1, 0, %q;\n"
    t = [int(x < y) for x, y in zip(a, b)]
    case.output("plain", "u32", [x + 2 * (1 - x) for x in t])
    case.output("sunk", "u32", [1 - x for x in t]).output("same", "u32", [x & y for x, y in zip(t, c)])
    case.output("whole", "u32", [mask(32) * (x | y) for x, y in zip(t, c)])
    case.write(body + """
        .reg .u32 %x, %y;
        setp.lt.s32 %p|%q, %a, %b;
        selp.u32 %x, 1, 0, %p;
        selp.u32 %y, 2, 0, %q;
        or.b32 %plain, %x, %y;
        setp.lt.s32 _|%q, %a, %b;
        selp.u32 %sunk, 1, 0, %q;
        set.lt.or.u32.s32 %whole, %a, %b, %c0;
        setp.lt.and.s32 %c0, %a, %b, %c0;
        selp.u32 %same, 1, 0, %c0;
        """)


def halves():
    """Two halves in a register: setp into p|q, set into each half."""
    for t, target in (("f16", "sm_80"), ("bf16", "sm_90")):
        low_a, low_b = float_pairs(t)
        high_a, high_b = low_b[::-1], low_a[::-1]
        a = [x | y << 16 for x, y in zip(low_a, high_a)]
        b = [x | y << 16 for x, y in zip(low_b, high_b)]
        case = Case(f"setp_{t}x2", f"setp.{t}x2 p|q: the lower halves, the upper ones; set.{t}x2 and .u32", target)
        case.input("a", "b32", a).input("b", "b32", b)
        body = ".reg .pred %p, %q;\n"
        one = TRUE[t]
        for name in ("eq", "ne", "lt", "geu", "nan"):
            low = [int(float_result(name, t, x, y)) for x, y in zip(low_a, low_b)]
            high = [int(float_result(name, t, x, y)) for x, y in zip(high_a, high_b)]
            case.output(f"p_{name}", "u32", low).output(f"q_{name}", "u32", high)
            case.output(f"f_{name}", "b32", [one * x | one * y << 16 for x, y in zip(low, high)])
            case.output(f"u_{name}", "b32", [0xFFFF * x | 0xFFFF * y << 16 for x, y in zip(low, high)])
            body += f"setp.{name}.{t}x2 %p|%q, %a, %b;\nselp.u32 %p_{name}, 1, 0, %p;\nselp.u32 %q_{name}, 1, 0, %q;\n"
            body += f"set.{name}.{t}x2.{t}x2 %f_{name}, %a, %b;\nset.{name}.u32.{t}x2 %u_{name}, %a, %b;\n"
        case.write(body)


def classes():
    for t in ("f32", "f64"):
        f = FORMATS[t]
        a = filled(special_values(t))
        numbers = [f.decode(v) for v in a]
        least = f.decode(1 << f.mantissa).size
        finite = [n.size not in (INFINITY, "nan") for n in numbers]
        rows = {
            "finite": finite, "infinite": [n.size == INFINITY for n in numbers], "number": [not n.is_nan() for n in numbers],
            "notanumber": [n.is_nan() for n in numbers],
            "normal": [ok and n.size >= least for ok, n in zip(finite, numbers)],
            "subnormal": [ok and 0 < n.size < least for ok, n in zip(finite, numbers)],
        }
        case = Case(f"testp_{t}", f"testp.{t}: every class").input("a", t, a)
        body = ".reg .pred %p;\n"
        for name, values in rows.items():
            case.output(name, "u32", [int(v) for v in values])
            body += f"testp.{name}.{t} %p, %a;\nselp.u32 %{name}, 1, 0, %p;\n"
        case.write(body)


def selections():
    c = filled([0, 1, 1])
    for width in (16, 32, 64):
        a, b = mixed(48, width, 3), mixed(48, width, 4)
        case = Case(f"selp_b{width}", f"selp of {width} bits; a negated predicate; a destination that is a source")
        case.input("a", f"b{width}", a).input("b", f"b{width}", b).input("c", "u32", c)
        body = ".reg .pred %p;\nsetp.ne.u32 %p, %c, 0;\n"
        kinds = [f"b{width}", f"u{width}", f"s{width}"] + ([f"f{width}"] if width > 16 else [])
        for kind in kinds:
            case.output(f"d_{kind}", f"b{width}", [x if s else y for x, y, s in zip(a, b, c)])
            body += f"selp.{kind} %d_{kind}, %a, %b, %p;\n"
        case.output("n", f"b{width}", [y if s else x for x, y, s in zip(a, b, c)])
        case.output("same", f"b{width}", [x if s else y for x, y, s in zip(a, b, c)])
        case.write(body + f"selp.b{width} %n, %a, %b, !%p;\nmov.b{width} %same, %a;\nselp.b{width} %same, %same, %b, %p;")
        integers_c = filled([0, -1, 1, -0x80000000, 0x7FFFFFFF])
        floats_c = filled(special_values("f32"))
        f = FORMATS["f32"]

        def chosen(ftz):
            result = []
            for x, y, bits in zip(a, b, floats_c):
                number = f.decode(flushed("f32", bits) if ftz else bits)
                result.append(y if number.is_nan() or number.order() < 0 else x)
            return result

        Case(f"slct_b{width}", f"slct.b{width}: c >= 0; -0 is, a NaN is not").input("a", f"b{width}", a) \
            .input("b", f"b{width}", b).input("c", "s32", integers_c).input("f", "f32", floats_c) \
            .output("d", f"b{width}", [x if v >= 0 else y for x, y, v in zip(a, b, integers_c)]) \
            .output("e", f"b{width}", chosen(False)).output("z", f"b{width}", chosen(True)) \
            .write(f"slct.b{width}.s32 %d, %a, %b, %c;\nslct.b{width}.f32 %e, %a, %b, %f;\nslct.ftz.b{width}.f32 %z, %a, %b, %f;")


def main():
    integers()
    floats()
    combined()
    halves()
    classes()
    selections()


if __name__ == "__main__":
    main()

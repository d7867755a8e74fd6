#!/usr/bin/env python3
"""Opcode cases of the video instructions. PTX ISA 9.0, 9.7.17: the pseudo-code there, in Python's integers."""
from lane_case import Case, as_type, filled, mask, mixed, signed

PARTS = {"": (32, 0), "b0": (8, 0), "b1": (8, 1), "b2": (8, 2), "b3": (8, 3), "h0": (16, 0), "h1": (16, 1)}


def part_of(value, part, kind):
    width, index = PARTS[part]
    return as_type(value >> (width * index), f"{kind}{width}")


def limited(value, kind, width):
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if kind == "s" else (0, mask(width))
    return max(low, min(high, value))


OPERATIONS = {
    "vadd": lambda a, b: a + b, "vsub": lambda a, b: a - b, "vabsdiff": lambda a, b: abs(a - b), "vmin": min, "vmax": max,
}
COMPARES = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
            "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b}
A = filled([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x80808080, 0x7F80FF01, 0x8000FFFF] + mixed(11, 32, 3))
B = filled([0x01020304, 0xFFFFFFFF, 0x80000000, 0x7F7F7F7F, 1] + mixed(14, 32, 4))
C = filled([0, 1000, 0x12345678, 0xFFFFFFF0, 0x80000000, 0x7FFFFFFF] + mixed(5, 32, 5))


def finished(value, kind, sat, second, d_part, c):
    width, index = PARTS[d_part]
    if sat:
        value = limited(value, kind, width)
    third = as_type(c, kind + "32")
    value = {"": lambda: value, "add": lambda: value + third, "min": lambda: min(value, third),
             "max": lambda: max(value, third)}[second]()
    if not d_part:
        return value & mask(32)
    cover = mask(width) << (width * index)
    return c & ~cover | value << (width * index) & cover


def dotted(*words):
    return "".join("." + w for w in words if w)


# dtype, atype, btype, sat, second operation, parts of d, a and b
FORMS = [("s", "s", "s", "", "", "", "", ""), ("u", "u", "u", "sat", "", "", "", ""), ("s", "u", "s", "sat", "", "", "b0", "h0"),
         ("u", "s", "u", "", "add", "", "b3", "h1"), ("s", "s", "u", "sat", "min", "", "h1", ""),
         ("u", "u", "s", "", "max", "", "", "b2"), ("s", "s", "s", "sat", "", "h0", "h1", "h0"),
         ("u", "s", "s", "sat", "", "b2", "", "b1"), ("s", "u", "u", "", "", "b3", "b3", "b0"),
         ("u", "u", "u", "sat", "add", "", "h0", "b1")]


def new_case(name, title):
    return Case(name, title).input("a", "b32", A).input("b", "b32", B).input("c", "b32", C)


def scalars():
    for opcode, operation in OPERATIONS.items():
        case, body = new_case(f"{opcode}_scalar", f"{opcode}: types, .sat, parts, and what is done with c"), ""
        for i, (kd, ka, kb, sat, second, pd, pa, pb) in enumerate(FORMS):
            values = [finished(operation(part_of(a, pa, ka), part_of(b, pb, kb)), kd, sat, second, pd, c) for a, b, c in zip(A, B, C)]
            case.output(f"d{i}", "b32", values)
            body += f"{opcode}.{kd}32.{ka}32.{kb}32{dotted(sat, second)} %d{i}{dotted(pd)}, %a{dotted(pa)}, %b{dotted(pb)}"
            body += ", %c;\n" if second or pd else ";\n"
        case.write(body)


def shifts():
    for opcode in ("vshl", "vshr"):
        case, body = new_case(f"{opcode}_scalar", f"{opcode}: .clamp and .wrap"), ""
        for i, (kd, ka, mode, sat, second, pd, pa, pb) in enumerate([
                ("u", "u", "clamp", "", "", "", "", ""), ("s", "s", "wrap", "", "", "", "", ""), ("s", "s", "clamp", "", "add", "", "h1", "b0"),
                ("u", "u", "wrap", "", "", "b1", "b2", "b3"), ("s", "s", "clamp", "sat", "", "", "h0", "b1")]):
            values = []
            for a, b, c in zip(A, B, C):
                x, n = part_of(a, pa, ka), part_of(b, pb, "u")
                n = min(n, 32) if mode == "clamp" else n & 31
                values.append(finished(x << n if opcode == "vshl" else x >> n, kd, sat, second, pd, c))
            case.output(f"d{i}", "b32", values)
            body += f"{opcode}.{kd}32.{ka}32.u32{dotted(sat, mode, second)} %d{i}{dotted(pd)}, %a{dotted(pa)}, %b{dotted(pb)}"
            body += ", %c;\n" if second or pd else ";\n"
        case.write(body)


def multiplications():
    case, body = new_case("vmad_scalar", "vmad: negated operands, .po, .shr7, .shr15, .sat"), ""
    forms = [("u", "u", "u", "", "", "", "", "", False, False), ("s", "s", "s", "", "", "", "", "", False, False),
             ("s", "s", "s", "", "sat", "", "", "", True, False), ("s", "u", "u", "", "sat", "shr7", "h0", "h1", False, True),
             ("s", "s", "u", "", "", "shr15", "h1", "b2", False, False), ("u", "u", "u", "po", "sat", "shr7", "b0", "b1", False, False),
             ("s", "s", "s", "po", "", "shr15", "", "h0", False, False), ("s", "u", "s", "", "sat", "", "", "", False, True)]
    for i, (kd, ka, kb, po, sat, scale, pa, pb, negate, negate_c) in enumerate(forms):
        values = []
        for a, b, c in zip(A, B, C):
            is_signed = ka == "s" or kb == "s" or negate or negate_c
            product, one = part_of(a, pa, ka) * part_of(b, pb, kb), 0
            if po:
                one = 1
            elif negate:
                product, one = ~product, 1
            elif negate_c:
                c, one = ~c & mask(32), 1
            total = product + (signed(c, 32) if is_signed else c) + one
            total >>= {"": 0, "shr7": 7, "shr15": 15}[scale]
            values.append(limited(total, "s" if is_signed else "u", 32) if sat else total)
        case.output(f"d{i}", "b32", values)
        body += f"vmad.{kd}32.{ka}32.{kb}32{dotted(po, sat, scale)} %d{i}, {'-' if negate else ''}%a{dotted(pa)}, %b{dotted(pb)}, "
        body += f"{'-' if negate_c else ''}%c;\n"
    case.write(body)


def comparisons():
    case, body = new_case("vset_scalar", "vset: comparisons of parts"), ""
    for i, (ka, kb, name, second, pd, pa, pb) in enumerate([
            ("u", "u", "lt", "", "", "", ""), ("s", "s", "lt", "", "", "", ""), ("s", "u", "ge", "add", "", "h0", "h1"),
            ("u", "s", "ne", "max", "", "b0", "b1"), ("s", "s", "le", "", "b2", "b3", "b3"), ("u", "u", "eq", "", "h1", "", ""),
            ("s", "s", "gt", "min", "", "", "")]):
        values = [finished(int(COMPARES[name](part_of(a, pa, ka), part_of(b, pb, kb))), "u", "", second, pd, c) for a, b, c in zip(A, B, C)]
        case.output(f"d{i}", "b32", values)
        body += f"vset.{ka}32.{kb}32.{name}{dotted(second)} %d{i}{dotted(pd)}, %a{dotted(pa)}, %b{dotted(pb)}"
        body += ", %c;\n" if second or pd else ";\n"
    case.write(body)


def average(a, b):
    return (a + b + 1 if a + b >= 0 else a + b) >> 1


def packed():
    """v*2 and v*4: which elements, which of d, sums."""
    operations = dict(OPERATIONS, vavrg=average)
    for count, letter, selectors, masks in [(2, "h", ("", "21", "30", "00"), ("", "0", "1")),
                                            (4, "b", ("", "7654", "0426", "1111"), ("", "0", "210", "31"))]:
        width = 32 // count
        orders = {"a": "".join(str(i) for i in reversed(range(count))), "b": "".join(str(count + i) for i in reversed(range(count)))}
        forms = [("u", "u", "u", "", "", "", "", ""), ("u", "u", "u", "", "add", "", "", ""), ("s", "s", "s", "sat", "", "", "", ""),
                 ("u", "u", "u", "sat", "", "", selectors[1], ""), ("s", "u", "s", "", "", masks[1], "", selectors[2]),
                 ("u", "s", "s", "", "add", masks[2], selectors[3], ""), ("s", "s", "u", "sat", "", masks[-1], selectors[2], selectors[1])]

        def elements(order):
            return [int(digit) for digit in reversed(order)]

        def result(operation, form, a, b, c):
            kd, ka, kb, sat, second, written, order_a, order_b = form
            both = b << 32 | a
            pick = lambda i, kind: as_type(both >> (width * i), f"{kind}{width}")
            xs = [pick(i, ka) for i in elements(order_a or orders["a"])]
            ys = [pick(i, kb) for i in elements(order_b or orders["b"])]
            chosen = elements(written) if written else range(count)
            d = c
            for i in range(count):
                if i not in chosen:
                    continue
                t = operation(xs[i], ys[i])
                if sat:
                    t = limited(t, kd, width)
                d = d + t & mask(32) if second else d & ~(mask(width) << (width * i)) | (t & mask(width)) << (width * i)
            return d

        def selector(digits):
            return f".{letter}{digits}" if digits else ""

        for opcode, operation in operations.items():
            case, body = new_case(f"{opcode}{count}_packed", f"{opcode}{count}: which elements, .sat, .add, masks"), ""
            for i, form in enumerate(forms):
                kd, ka, kb, sat, second, written, order_a, order_b = form
                case.output(f"d{i}", "b32", [result(operation, form, a, b, c) for a, b, c in zip(A, B, C)])
                body += f"{opcode}{count}.{kd}32.{ka}32.{kb}32{dotted(sat, second)} %d{i}{selector(written)}, "
                body += f"%a{selector(order_a)}, %b{selector(order_b)}, %c;\n"
            case.write(body)
        case, body = new_case(f"vset{count}_packed", f"vset{count}: every comparison, .add, masks"), ""
        for i, (name, compare) in enumerate(COMPARES.items()):
            kind = "us"[i % 2]
            form = ("u", kind, kind, "", ["", "add"][i // 3], masks[1] if i == 4 else "", selectors[2] if i == 1 else "", "")
            operation = lambda x, y, compare=compare: int(compare(x, y))
            case.output(f"d{i}", "b32", [result(operation, form, a, b, c) for a, b, c in zip(A, B, C)])
            body += f"vset{count}.{kind}32.{kind}32.{name}{dotted(form[4])} %d{i}{selector(form[5])}, %a{selector(form[6])}, %b, %c;\n"
        case.write(body)


def main():
    scalars()
    shifts()
    multiplications()
    comparisons()
    packed()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Opcode cases of logic, shifts, lop3, shf, prmt and copysign; logic of predicates. PTX ISA 9.0, 9.7.8."""
from formats import special_values
from lane_case import Case, bits_of, edges, filled, mask, mixed, pairs, signed

AMOUNTS = [0, 1, 4, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 255, 256, 0x10001, 0x80000000, 0xFFFFFFFF]


def bitwise():
    for width in (16, 32, 64):
        t = f"b{width}"
        a, b = pairs(f"u{width}")
        a, b = a[20:] + mixed(20, width, 1), b[20:] + mixed(20, width, 2)
        for name, operation in [("and", lambda x, y: x & y), ("or", lambda x, y: x | y), ("xor", lambda x, y: x ^ y)]:
            Case(f"{name}_{t}", f"{name}.{t}").input("a", t, a).input("b", t, b) \
                .output("d", t, [operation(x, y) for x, y in zip(a, b)]).write(f"{name}.{t} %d, %a, %b;")
        Case(f"not_{t}", f"not.{t} and cnot.{t}").input("a", t, a).output("d", t, [~x for x in a]) \
            .output("c", t, [int(x == 0) for x in a]).write(f"not.{t} %d, %a;\ncnot.{t} %c, %a;")


def shifts():
    amounts = filled(AMOUNTS)
    for width in (16, 32, 64):
        a = filled(edges(f"u{width}") + mixed(12, width, 7))
        left = [x << min(n, width) for x, n in zip(a, amounts)]
        Case(f"shl_b{width}", f"shl.b{width}: amounts beyond the width count as the width").input("a", f"b{width}", a) \
            .input("n", "u32", amounts).output("d", f"b{width}", left).write(f"shl.b{width} %d, %a, %n;")
        for kind in "usb":
            t = f"{kind}{width}"
            right = [(signed(x, width) if kind == "s" else x) >> min(n, width) for x, n in zip(a, amounts)]
            Case(f"shr_{t}", f"shr.{t}: amounts beyond the width count as the width").input("a", f"b{width}", a) \
                .input("n", "u32", amounts).output("d", f"b{width}", right).write(f"shr.{t} %d, %a, %n;")


def funnels():
    a, b, amounts = mixed(48, 32, 3), mixed(48, 32, 4), filled(AMOUNTS)
    both = [y << 32 | x for x, y in zip(a, b)]
    case = Case("shf_b32", "shf.l and .r, .clamp and .wrap").input("a", "b32", a).input("b", "b32", b).input("n", "u32", amounts)
    body = ""
    for direction in "lr":
        for mode in ("clamp", "wrap"):
            n = [min(v, 32) if mode == "clamp" else v & 31 for v in amounts]
            d = [(v << k) >> 32 if direction == "l" else v >> k for v, k in zip(both, n)]
            case.output(direction + mode, "b32", d)
            body += f"shf.{direction}.{mode}.b32 %{direction}{mode}, %a, %b, %n;\n"
    case.write(body)


def lop3():
    a, b, c = mixed(48, 32, 3), mixed(48, 32, 4), mixed(48, 32, 5)

    def looked_up(table):
        result = []
        for x, y, z in zip(a, b, c):
            d = 0
            for i in range(32):
                index = (x >> i & 1) << 2 | (y >> i & 1) << 1 | z >> i & 1
                d |= (table >> index & 1) << i
            result.append(d)
        return result

    tables = [0x00, 0xFF, 0x80, 0xFE, 0x96, 0xE8, 0x40, 0x1A, 0xF0, 0xCC, 0xAA, 0xCA, 0x01, 0x37]
    case = Case("lop3_b32", "lop3.b32: tables").input("a", "b32", a).input("b", "b32", b).input("c", "b32", c)
    for table in tables:
        case.output(f"d{table:02x}", "b32", looked_up(table))
    case.write("".join(f"lop3.b32 %d{t:02x}, %a, %b, %c, 0x{t:02x};\n" for t in tables))
    # p = (d != 0) BoolOp q
    x = filled([0, 1, 0xF0F0, 0, 0x80000000])
    y = filled([0, 1, 0x0F0F])
    q = filled([0, 1, 1, 0, 1, 0, 0])
    d = [p & r for p, r in zip(x, y)]
    Case("lop3_predicate_b32", "lop3.or and .and.b32 d|p: (d != 0) with a predicate, also negated", "sm_80", "8.2") \
        .input("a", "b32", x).input("b", "b32", y).input("q", "u32", q).output("d", "b32", d) \
        .output("or", "u32", [int(v != 0 or bool(w)) for v, w in zip(d, q)]) \
        .output("and", "u32", [int(v != 0 and bool(w)) for v, w in zip(d, q)]) \
        .write("""
        .reg .pred %q0, %p0, %p1;
        setp.ne.u32 %q0, %q, 0;
        lop3.or.b32 %d|%p0, %a, %b, 0, 0xc0, %q0;
        selp.u32 %or, 1, 0, %p0;
        lop3.and.b32 _|%p1, %a, %b, 0, 0xc0, %q0;
        selp.u32 %and, 1, 0, %p1;
        """)


# Which bytes of b:a, highest first, for c & 3 = 0, 1, 2, 3: the tables of the ISA (9.7.9, prmt).
MODES = {
    "f4e": ["3210", "4321", "5432", "6543"], "b4e": ["5670", "6701", "7012", "0123"],
    "rc8": ["0000", "1111", "2222", "3333"], "ecl": ["3210", "3211", "3222", "3333"],
    "ecr": ["0000", "1110", "2210", "3210"], "rc16": ["1010", "3232", "1010", "3232"],
}


def permutations():
    a = filled([0x03020100, 0x83828180, 0x7F80FF00] + mixed(5, 32, 3))
    b = filled([0x07060504, 0x87868584] + mixed(3, 32, 4))
    c = filled([0x3210, 0x7654, 0x0123, 0xBA98, 0xFEDC, 0x8F07, 0xFFFF5555, 0x0404] + mixed(9, 16, 5))
    data = [[(v >> (8 * i)) & 255 for v in (x,) for i in range(4)] + [(y >> (8 * i)) & 255 for i in range(4)] for x, y in zip(a, b)]
    d = []
    for bytes_, selector in zip(data, c):
        word = 0
        for i in range(4):
            choice = selector >> (4 * i) & 15
            byte = bytes_[choice & 7]
            word |= ((255 if byte >> 7 else 0) if choice & 8 else byte) << (8 * i)
        d.append(word)
    Case("prmt_b32", "prmt.b32: bytes, and signs of bytes").input("a", "b32", a).input("b", "b32", b).input("c", "b32", c) \
        .output("d", "b32", d).write("prmt.b32 %d, %a, %b, %c;")
    select = filled([0, 1, 2, 3, 4, 7, 0xFFFFFFFE])
    case = Case("prmt_modes_b32", "prmt.b32 .f4e .b4e .rc8 .ecl .ecr .rc16").input("a", "b32", a).input("b", "b32", b) \
        .input("c", "b32", select)
    body = ""
    for mode, rows in MODES.items():
        d = [sum(bytes_[int(digit)] << (8 * (3 - i)) for i, digit in enumerate(rows[s & 3])) for bytes_, s in zip(data, select)]
        case.output(mode, "b32", d)
        body += f"prmt.b32.{mode} %{mode}, %a, %b, %c;\n"
    case.write(body)


def predicates():
    a, b = filled([0, 0, 1, 1]), filled([0, 1, 0, 1])
    rows = {"and": lambda x, y: x & y, "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y, "andn": lambda x, y: x & (1 - y)}
    case = Case("logic_pred", "and, or, xor, not, mov of .pred; a negated source; a guard keeps other lanes' predicates")
    case.input("a", "u32", a).input("b", "u32", b)
    for name, operation in rows.items():
        case.output(name, "u32", [operation(x, y) for x, y in zip(a, b)])
    case.output("no", "u32", [1 - x for x in a]).output("moved", "u32", a).output("one", "u32", [1] * 48)
    case.output("kept", "u32", [x if y else 1 - x for x, y in zip(a, b)])
    case.write("""
        .reg .pred %p, %q, %r;
        setp.ne.u32 %p, %a, 0;
        setp.ne.u32 %q, %b, 0;
        and.pred %r, %p, %q;
        selp.u32 %and, 1, 0, %r;
        or.pred %r, %p, %q;
        selp.u32 %or, 1, 0, %r;
        xor.pred %r, %p, %q;
        selp.u32 %xor, 1, 0, %r;
        and.pred %r, %p, !%q;
        selp.u32 %andn, 1, 0, %r;
        not.pred %r, %p;
        selp.u32 %no, 1, 0, %r;
        mov.pred %r, %p;
        selp.u32 %moved, 1, 0, %r;
        mov.pred %r, 1;
        selp.u32 %one, 1, 0, %r;
        not.pred %r, %p;
        @%q mov.pred %r, %p;
        selp.u32 %kept, 1, 0, %r;
        """)


def signs():
    for t in ("f32", "f64"):
        width = bits_of(t)
        a = filled(special_values(t))
        b = filled(special_values(t)[::-1] + mixed(7, width, 3))
        sign = 1 << (width - 1)
        Case(f"copysign_{t}", f"copysign.{t}: the sign of a, the rest of b; NaNs keep their bits").input("a", t, a) \
            .input("b", t, b).output("d", t, [x & sign | y & (sign - 1) for x, y in zip(a, b)]) \
            .write(f"copysign.{t} %d, %a, %b;")


def main():
    bitwise()
    shifts()
    funnels()
    lop3()
    permutations()
    predicates()
    signs()


if __name__ == "__main__":
    main()

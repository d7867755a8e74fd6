#!/usr/bin/env python3
"""Opcode cases of the carry flag: numbers of several registers, added, subtracted and multiplied by Python.

PTX ISA 9.0, 9.7.2 (extended precision). The flag is a carry: sub.cc sets it where it did not borrow.
"""
from lane_case import Case, mask, mixed, signed


def long_numbers(count, words, width, seed):
    """Runs of ones and zeros as well as anything."""
    total = words * width
    special = [0, 1, mask(total), mask(width), 1 << (total - 1), mask(total) ^ 1, mask(total - 1), 1 << width]
    values = []
    for i in range(count):
        if i % 2 == 0:
            values.append(special[(i // 2 + seed) % len(special)])
        else:
            parts = mixed(words, width, seed * 100 + i)
            values.append(sum(p << (width * k) for k, p in enumerate(parts)))
    return values


def sums(width, words):
    t = f"u{width}"
    a, b = long_numbers(48, words, width, 1), long_numbers(48, words, width, 4)
    for opcode, results in [("add", [p + q for p, q in zip(a, b)]), ("sub", [p - q for p, q in zip(a, b)])]:
        case = Case(f"{opcode}_cc_{t}", f"{opcode}.cc and {opcode}c: numbers of {words} registers, and what is carried out")
        for k in range(words):
            case.input(f"a{k}", t, [p >> (width * k) for p in a]).input(f"b{k}", t, [q >> (width * k) for q in b])
        for k in range(words):
            case.output(f"d{k}", t, [r >> (width * k) for r in results])
        # addc reads the carry: after a difference it is 1 where nothing was borrowed.
        total = 1 << (width * words)
        carried = [r >= total if opcode == "add" else r >= 0 for r in results]
        case.output("carry", t, [int(c) for c in carried])
        body = f"{opcode}.cc.{t} %d0, %a0, %b0;\n"
        body += "".join(f"{opcode}c.cc.{t} %d{k}, %a{k}, %b{k};\n" for k in range(1, words))
        case.write(body + f"addc.{t} %carry, 0, 0;")


def without_out():
    """addc and subc without .cc leave the flag; sources that are destinations."""
    a, b = mixed(48, 32, 5), mixed(48, 32, 6)
    carry = [p + q >> 32 for p, q in zip(a, b)]
    Case("addc_keeps_flag", "addc and subc without .cc leave CC.CF as it is; a destination that is a source") \
        .input("a", "u32", a).input("b", "u32", b).output("first", "u32", [c for c in carry]) \
        .output("second", "u32", [10 + c for c in carry]).output("third", "u32", [7 - (1 - c) for c in carry]) \
        .write("""
        .reg .u32 %sum;
        mov.u32 %sum, %a;
        add.cc.u32 %sum, %sum, %b;
        addc.u32 %first, 0, 0;
        addc.u32 %second, 4, 6;
        subc.u32 %third, 7, 0;
        """)


def guarded():
    """Lanes that are predicated off keep their flag."""
    a = [mask(32) if i % 2 else 1 for i in range(48)]
    # All lanes: a + 1. Every third lane then: 0 + 0.
    carry = [0 if i % 3 == 0 else i % 2 for i in range(48)]
    Case("addc_guarded", "lanes that are predicated off keep their carry").input("a", "u32", a).output("c", "u32", carry) \
        .write("""
        .reg .u32 %sum, %r;
        .reg .pred %third;
        rem.u32 %r, %thread, 3;
        setp.eq.u32 %third, %r, 0;
        add.cc.u32 %sum, %a, 1;
        @%third add.cc.u32 %sum, 0, 0;
        addc.u32 %c, 0, 0;
        """)


def products(width):
    """(a1:a0) * (b1:b0) + c, four registers long, as a compiler writes it."""
    t = f"u{width}"
    a, b = long_numbers(48, 2, width, 2), long_numbers(48, 2, width, 3)
    d = [p * q for p, q in zip(a, b)]
    case = Case(f"mad_cc_{t}", f"mad.lo.cc, madc.hi.cc, ... .{t}: a product of two times two registers")
    for k in range(2):
        case.input(f"a{k}", t, [p >> (width * k) for p in a]).input(f"b{k}", t, [q >> (width * k) for q in b])
    for k in range(4):
        case.output(f"d{k}", t, [r >> (width * k) for r in d])
    case.write(f"""
        mul.lo.{t} %d0, %a0, %b0;
        mul.hi.{t} %d1, %a0, %b0;
        mad.lo.cc.{t} %d1, %a0, %b1, %d1;
        madc.hi.{t} %d2, %a0, %b1, 0;
        mad.lo.cc.{t} %d1, %a1, %b0, %d1;
        madc.hi.cc.{t} %d2, %a1, %b0, %d2;
        madc.hi.{t} %d3, %a1, %b1, 0;
        mad.lo.cc.{t} %d2, %a1, %b1, %d2;
        addc.{t} %d3, %d3, 0;
        """)


def signed_high():
    a, b, c = mixed(48, 32, 8), mixed(48, 32, 9), [mask(32) - i * 12345 for i in range(48)]
    high = [(signed(p, 32) * signed(q, 32) >> 32) & mask(32) for p, q in zip(a, b)]
    total = [p + q for p, q in zip(high, c)]
    again = [p + q + (r >> 32) for p, q, r in zip(high, c, total)]
    Case("mad_hi_cc_s32", "mad.hi.cc.s32 and madc.hi.cc.s32: the high half is signed, the carry that of the sum") \
        .input("a", "s32", a).input("b", "s32", b).input("c", "u32", c).output("d", "u32", total) \
        .output("e", "u32", again).output("carry", "u32", [r >> 32 for r in again]) \
        .write("mad.hi.cc.s32 %d, %a, %b, %c;\nmadc.hi.cc.s32 %e, %a, %b, %c;\naddc.u32 %carry, 0, 0;")


def main():
    sums(32, 4)
    sums(64, 3)
    without_out()
    guarded()
    products(32)
    products(64)
    signed_high()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Opcode cases of popc, clz, bfind, brev, fns, bfe, bfi, bmsk, szext, dp4a and dp2a.

The references work on strings of bits or follow the pseudo-code of the PTX ISA 9.0 (9.7.1) bit by bit.
"""
from lane_case import Case, as_type, edges, filled, mask, mixed, signed


def bits_text(value, width):
    return format(value & mask(width), f"0{width}b")


def sparse(width):
    """One bit, all from one bit on, all below one bit."""
    values = []
    for i in (0, 1, 5, width // 2 - 1, width // 2, width - 2, width - 1):
        values += [1 << i, mask(width) >> i, mask(width) << i & mask(width)]
    return [0] + values + mixed(26, width, 11)


def counting():
    for width in (32, 64):
        t = f"b{width}"
        a = filled(sparse(width))
        Case(f"popc_{t}", f"popc.{t}").input("a", t, a).output("d", "u32", [bits_text(v, width).count("1") for v in a]) \
            .write(f"popc.{t} %d, %a;")
        leading = [width - len(bits_text(v, width).lstrip("0")) for v in a]
        Case(f"clz_{t}", f"clz.{t}: {width} for 0").input("a", t, a).output("d", "u32", leading).write(f"clz.{t} %d, %a;")
        Case(f"brev_{t}", f"brev.{t}").input("a", t, a).output("d", t, [int(bits_text(v, width)[::-1], 2) for v in a]) \
            .write(f"brev.{t} %d, %a;")
        for kind in "us":
            found, shift = [], []
            for v in a:
                text = bits_text(v, width)
                place = text.find("0" if kind == "s" and text[0] == "1" else "1")
                found.append(mask(32) if place < 0 else width - 1 - place)
                shift.append(mask(32) if place < 0 else place)
            Case(f"bfind_{kind}{width}", f"bfind.{kind}{width} and bfind.shiftamt: all ones where nothing is found") \
                .input("a", t, a).output("d", "u32", found).output("s", "u32", shift) \
                .write(f"bfind.{kind}{width} %d, %a;\nbfind.shiftamt.{kind}{width} %s, %a;")


def nth_set(word, base, offset):
    """The ISA's loop."""
    if offset == 0:
        return base if word >> base & 1 else mask(32)
    position, count, step = base, abs(offset) - 1, 1 if offset > 0 else -1
    while 0 <= position < 32:
        if word >> position & 1:
            if count == 0:
                return position
            count -= 1
        position += step
    return mask(32)


def finding():
    words = filled([0xAAAAAAAA, 0, mask(32), 0x80000001, 0x00F000F0] + mixed(7, 32, 2))
    base = filled([3, 0, 31, 16, 4, 7, 2])
    offset = filled([1, -1, 0, 2, -2, 5, -5, 31, 32, -32, 33, 0x7FFFFFFF, -0x80000000])
    d = [nth_set(w, b, o) for w, b, o in zip(words, base, offset)]
    Case("fns_b32", "fns.b32: the n-th set bit from base, upwards or downwards").input("m", "b32", words) \
        .input("b", "u32", base).input("o", "s32", offset).output("d", "b32", d).write("fns.b32 %d, %m, %b, %o;")


def extracted(a, position, length, width, is_signed):
    """The ISA's loop."""
    position, length, top = position & 255, length & 255, width - 1
    sign = 0 if not is_signed or length == 0 else a >> min(position + length - 1, top) & 1
    d = 0
    for i in range(width):
        d |= (a >> (position + i) & 1 if i < length and position + i <= top else sign) << i
    return d


def inserted(a, b, position, length, width):
    position, length = position & 255, length & 255
    for i in range(length):
        if position + i < width:
            b = b & ~(1 << (position + i)) | (a >> i & 1) << (position + i)
    return b


def fields():
    positions = filled([0, 1, 8, 31, 32, 33, 63, 64, 200, 255, 256, 0x1000F, 16])
    lengths = filled([1, 8, 0, 32, 31, 5, 64, 63, 255, 33, 256, 0x101, 17, 2, 24])
    for width in (32, 64):
        a, b = mixed(48, width, 21), mixed(48, width, 22)
        for kind in "us":
            d = [extracted(v, p, n, width, kind == "s") for v, p, n in zip(a, positions, lengths)]
            Case(f"bfe_{kind}{width}", f"bfe.{kind}{width}: beyond the top, empty, lengths cut to 8 bits") \
                .input("a", f"b{width}", a).input("p", "u32", positions).input("n", "u32", lengths) \
                .output("d", f"b{width}", d).write(f"bfe.{kind}{width} %d, %a, %p, %n;")
        d = [inserted(v, w, p, n, width) for v, w, p, n in zip(a, b, positions, lengths)]
        Case(f"bfi_b{width}", f"bfi.b{width}: beyond the top, empty").input("a", f"b{width}", a) \
            .input("b", f"b{width}", b).input("p", "u32", positions).input("n", "u32", lengths) \
            .output("d", f"b{width}", d).write(f"bfi.b{width} %d, %a, %b, %p, %n;")


def bit_mask(a, b, clamp):
    """The ISA's pseudo-code."""
    a1, b1 = a & 31, b & 31
    mask0, mask1 = mask(32) << a1, mask(32) << (a1 + b1)
    overflow = a1 + b1 >= 32
    if clamp:
        if a >= 32:
            overflow, mask0 = True, 0
        if b >= 32:
            overflow = True
    if overflow:
        mask1 = 0
    elif b1 == 0:
        mask1 = mask(32)
    return mask0 & ~mask1 & mask(32)


def extension(a, b, clamp, is_signed):
    """The ISA's pseudo-code."""
    b1, too_large = b & 31, b >= 32 and clamp
    cover = 0 if too_large else mask(32) << b1
    sign = is_signed and b1 != 0 and not too_large and a >> ((b1 - 1) & 31) & 1
    return (a & ~cover | (cover if sign else 0)) & mask(32)


def masks():
    a = filled([0, 1, 31, 32, 5, 33, 16, mask(32), 30])
    b = filled([0, 1, 2, 31, 32, 33, 4, mask(32), 16, 27, 5])
    Case("bmsk_b32", "bmsk.clamp and .wrap.b32").input("a", "u32", a).input("b", "u32", b) \
        .output("c", "b32", [bit_mask(p, q, True) for p, q in zip(a, b)]) \
        .output("w", "b32", [bit_mask(p, q, False) for p, q in zip(a, b)]) \
        .write("bmsk.clamp.b32 %c, %a, %b;\nbmsk.wrap.b32 %w, %a, %b;")
    a = filled(edges("u32") + mixed(6, 32))
    for kind in "us":
        Case(f"szext_{kind}32", f"szext.clamp and .wrap.{kind}32").input("a", "b32", a).input("b", "u32", b) \
            .output("c", "b32", [extension(p, q, True, kind == "s") for p, q in zip(a, b)]) \
            .output("w", "b32", [extension(p, q, False, kind == "s") for p, q in zip(a, b)]) \
            .write(f"szext.clamp.{kind}32 %c, %a, %b;\nszext.wrap.{kind}32 %w, %a, %b;")


def dots():
    a = filled([0xFFFFFFFF, 0x80808080, 0x7F7F7F7F, 0x01020304, 0x8000FFFF] + mixed(11, 32, 31))
    b = filled([0x80808080, 0xFFFFFFFF, 0x04030201, 0x7F80FF01] + mixed(9, 32, 32))
    c = filled([0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1000])
    part = lambda word, i, size, kind: as_type(word >> (i * size), f"{kind}{size}")
    for ka in "us":
        for kb in "us":
            types = f"{ka}32.{kb}32"
            d = [q + sum(part(x, i, 8, ka) * part(y, i, 8, kb) for i in range(4)) for x, y, q in zip(a, b, c)]
            Case(f"dp4a_{ka}32_{kb}32", f"dp4a.{types}: sums wrap").input("a", "b32", a).input("b", "b32", b) \
                .input("c", "b32", c).output("d", "b32", d).write(f"dp4a.{types} %d, %a, %b, %c;")
            low = [q + sum(part(x, i, 16, ka) * part(y, i, 8, kb) for i in range(2)) for x, y, q in zip(a, b, c)]
            high = [q + sum(part(x, i, 16, ka) * part(y, i + 2, 8, kb) for i in range(2)) for x, y, q in zip(a, b, c)]
            Case(f"dp2a_{ka}32_{kb}32", f"dp2a.lo and .hi.{types}").input("a", "b32", a).input("b", "b32", b) \
                .input("c", "b32", c).output("lo", "b32", low).output("hi", "b32", high) \
                .write(f"dp2a.lo.{types} %lo, %a, %b, %c;\ndp2a.hi.{types} %hi, %a, %b, %c;")


def main():
    counting()
    finding()
    fields()
    masks()
    dots()


if __name__ == "__main__":
    main()

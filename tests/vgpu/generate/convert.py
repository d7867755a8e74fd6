#!/usr/bin/env python3
"""Opcode cases of cvt. PTX ISA 9.0, 9.7.9 (cvt), with exact fractions for floating-point numbers (formats.py).

A NaN becomes the integer 0, but where the source is .f64 or the result .s64 or .u64: there the integer that has only its
highest bit set. A NaN becomes any NaN of .f32 and .f64, and the canonical NaN of the smaller formats.
"""
from fractions import Fraction

from formats import FORMATS, INFINITY, Number, bits, special_values, to_whole
from lane_case import Case, as_type, bits_of, edges, filled, mask, mixed

INTEGERS = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"]
ROUNDINGS = ["rn", "rz", "rm", "rp"]
WHOLE = ["rni", "rzi", "rmi", "rpi"]
ONE = Fraction(1)


def target_of(*types):
    return "sm_90" if "bf16" in types else "sm_80"


def least_and_most(t):
    n = bits_of(t)
    return (-(1 << (n - 1)), (1 << (n - 1)) - 1) if t[0] == "s" else (0, mask(n))


def clamped(value, t):
    low, high = least_and_most(t)
    return max(low, min(high, value))


def number_of(value):
    return Number(value < 0, Fraction(abs(value)))


def float_bits(number, t, mode="rn", finite=False):
    """What a case expects: NaNs of the larger formats are any."""
    if number.is_nan() and t in ("f32", "f64"):
        return "nan"
    return FORMATS[t].encode(number, mode, finite)


def saturated(number):
    if number.is_nan() or number.negative:
        return Number(False, Fraction(0))
    return Number(False, ONE) if number.size == INFINITY or number.size > ONE else number


def to_integer(number, t, mode, source):
    if number.is_nan():
        return 1 << (bits_of(t) - 1) if source == "f64" or bits_of(t) == 64 else 0
    if number.size == INFINITY:
        return least_and_most(t)[0 if number.negative else 1]
    whole = int(to_whole(number, mode).size)
    return clamped(-whole if number.negative else whole, t)


def flushed(number):
    """.ftz: what is subnormal as f32 becomes a zero of the same sign."""
    small = number.size not in (INFINITY, "nan") and number.size < Fraction(2) ** -126
    return Number(number.negative, Fraction(0)) if small else number


# ---- Integers to integers

def integers():
    for to in INTEGERS:
        case = Case(f"cvt_{to}_integers", f"cvt.{to} of every integer type: cut, or extended by the source's sign")
        clamp = Case(f"cvt_sat_{to}", f"cvt.sat.{to} of every integer type")
        body = clamp_body = ""
        clamps = False
        for source in INTEGERS:
            a = filled(edges(source) + mixed(10, bits_of(source), 3))
            values = [as_type(v, source) for v in a]
            case.input(f"a_{source}", source, a).output(f"d_{source}", to, values)
            body += f"cvt.{to}.{source} %d_{source}, %a_{source};\n"
            low, high = least_and_most(source)
            if clamped(low, to) != low or clamped(high, to) != high:
                clamps = True
                clamp.input(f"a_{source}", source, a).output(f"d_{source}", to, [clamped(v, to) for v in values])
                clamp_body += f"cvt.sat.{to}.{source} %d_{source}, %a_{source};\n"
        case.write(body)
        if clamps:
            clamp.write(clamp_body)


def wide_registers():
    """Registers wider than the type: sources are cut, results extended as their type says."""
    a, f = mixed(48, 64, 5), [bits("f32", v) for v in filled([-1, 1, 100.5, -100.5, 3e9, -0.75, 0])]
    low = [v & mask(32) for v in a]
    case = Case("cvt_wide_registers", "registers wider than the type: sources are cut, results extended as their type says")
    case.input("a", "b64", a).input("r", "b32", low).input("f", "f32", f)
    decode = FORMATS["f32"].decode
    rows = [
        ("s8_b32", "b32", "cvt.s8.s32", "r", [as_type(v, "s8") for v in low]),
        ("u8_b32", "b32", "cvt.u8.s32", "r", [as_type(v, "u8") for v in low]),
        ("s8_b64", "b64", "cvt.s8.u64", "a", [as_type(v, "s8") for v in a]),
        ("s16_b32", "b32", "cvt.s16.u32", "r", [as_type(v, "s16") for v in low]),
        ("u16_b64", "b64", "cvt.u16.s64", "a", [as_type(v, "u16") for v in a]),
        ("s32_b64", "b64", "cvt.s32.u64", "a", [as_type(v, "s32") for v in a]),
        ("u32_b64", "b64", "cvt.u32.s64", "a", [as_type(v, "u32") for v in a]),
        ("s32_s8", "b32", "cvt.s32.s8", "r", [as_type(v, "s8") for v in low]),
        ("u32_u8", "b32", "cvt.u32.u8", "r", [as_type(v, "u8") for v in low]),
        ("s64_s16", "b64", "cvt.s64.s16", "r", [as_type(v, "s16") for v in low]),
        ("s64_s32", "b64", "cvt.s64.s32", "a", [as_type(v, "s32") for v in a]),
        ("f32_s8", "f32", "cvt.rn.f32.s8", "r", [bits("f32", as_type(v, "s8")) for v in low]),
        ("f32_u16", "f32", "cvt.rn.f32.u16", "a", [bits("f32", as_type(v, "u16")) for v in a]),
        ("f16_b32", "b32", "cvt.rn.f16.f32", "f", [float_bits(decode(v), "f16") for v in f]),
        ("s8_f32", "b32", "cvt.rzi.s8.f32", "f", [to_integer(decode(v), "s8", "rzi", "f32") for v in f]),
        ("u16_f32", "b64", "cvt.rni.u16.f32", "f", [to_integer(decode(v), "u16", "rni", "f32") for v in f]),
        ("s16_f32", "b64", "cvt.rmi.s16.f32", "f", [to_integer(decode(v), "s16", "rmi", "f32") for v in f]),
        ("sat_s8", "b32", "cvt.sat.s8.s32", "r", [clamped(as_type(v, "s32"), "s8") for v in low]),
    ]
    body = ""
    for name, kind, opcode, source, values in rows:
        case.output(name, kind, values)
        body += f"{opcode} %{name}, %{source};\n"
    case.write(body)


# ---- Integers to floats

def integers_to_floats():
    for source in INTEGERS:
        n = bits_of(source)
        # Around the places where f32, f64, f16 and bf16 begin to round, and where f16 ends.
        a = edges(source)
        for power in (8, 11, 16, 24, 53, 63):
            a += [(1 << power) + delta & mask(n) for delta in (-1, 1, 3)] if power < n else []
        a += [v & mask(n) for v in (65519, 65520, 65535, -65520, -257, 257, 259)]
        a = filled((a + mixed(48, n, 3))[:48])
        for to in ("f32", "f64", "f16", "bf16"):
            if to == "bf16" and n == 8:  # the assembler takes none
                continue
            case = Case(f"cvt_{to}_{source}", f"cvt.{to}.{source}: every rounding, .sat", target_of(to)).input("a", source, a)
            body = ""
            numbers = [number_of(as_type(v, source)) for v in a]
            for mode in ROUNDINGS:
                case.output(mode, to if to != "bf16" else "b16", [float_bits(x, to, mode) for x in numbers])
                body += f"cvt.{mode}.{to}.{source} %{mode}, %a;\n"
            if to != "bf16":
                case.output("sat", to, [float_bits(saturated(x), to) for x in numbers])
                body += f"cvt.rn.sat.{to}.{source} %sat, %a;\n"
            case.write(body)


# ---- Floats to integers

def around_integers(t):
    """Halves, ends of integer types and their neighbours, special values."""
    f = FORMATS[t]
    values = special_values(t)[:24]
    numbers = [0.5, 1.5, 2.5, -0.5, -1.5, 0.75, -0.25]
    for power in (7, 8, 15, 16, 31, 32, 63, 64):
        numbers += [1 << power, -(1 << power)]
    coded = [bits(t, v) for v in numbers]
    near = [v + d for v in [bits(t, 1 << p) for p in (31, 32, 63, 64)] for d in (-1, 1) if v + d <= f.infinity_bits()]
    return filled((values + coded + near)[:48])


def floats_to_integers():
    for source in ("f32", "f64", "f16", "bf16"):
        a = around_integers(source)
        b = filled(around_integers(source)[24:])
        numbers = [FORMATS[source].decode(v) for v in b]
        specials = [FORMATS[source].decode(v) for v in a]
        kind = source if source != "bf16" else "b16"
        for to in INTEGERS:
            if source == "bf16" and bits_of(to) == 8:
                continue
            case = Case(f"cvt_{to}_{source}", f"cvt.{to}.{source}: every rounding; the ends of the range; NaN", target_of(source))
            case.input("a", kind, a).input("b", kind, b)
            body = ""
            for mode in WHOLE:
                case.output(mode, to, [to_integer(x, to, mode, source) for x in specials])
                case.output(mode + "_more", to, [to_integer(x, to, mode, source) for x in numbers])
                body += f"cvt.{mode}.{to}.{source} %{mode}, %a;\ncvt.{mode}.{to}.{source} %{mode}_more, %b;\n"
            if source == "f32":
                for mode in WHOLE:
                    case.output(f"{mode}_ftz", to, [to_integer(flushed(x), to, mode, source) for x in specials])
                    body += f"cvt.{mode}.ftz.{to}.{source} %{mode}_ftz, %a;\n"
            case.write(body)


# ---- Floats to floats

def float_values(source, to):
    """Special values, and what lies around the ends and half-way points of the other format."""
    f, g = FORMATS[source], FORMATS[to]
    values = special_values(source)
    if f.mantissa > g.mantissa:
        step = 1 << (f.mantissa - g.mantissa)
        one = f.bias << f.mantissa
        for near in (one, one + step, bits(source, g.decode(g.largest_bits()).size), bits(source, g.decode(1).size)):
            values += [near + delta for delta in (step // 2 - 1, step // 2, step // 2 + 1, -1)]
        values += [bits(source, -g.decode(1).size / 2), bits(source, g.decode(3).size / 2), bits(source, -g.decode(3).size / 4)]
    return filled((values + mixed(48, f.bits, 7))[:48])


def kind_of(t):
    return t if t in ("f16", "f32", "f64") else "b16" if t == "bf16" else "b32"


def narrowing():
    for source, to in [("f64", "f32"), ("f32", "f16"), ("f64", "f16"), ("f32", "bf16"), ("f64", "bf16"), ("f16", "bf16"), ("bf16", "f16")]:
        a = float_values(source, to)
        numbers = [FORMATS[source].decode(v) for v in a]
        case = Case(f"cvt_{to}_{source}", f"cvt.{to}.{source}: every rounding", target_of(source, to)).input("a", kind_of(source), a)
        body = ""
        for mode in ROUNDINGS:
            case.output(mode, kind_of(to), [float_bits(x, to, mode) for x in numbers])
            body += f"cvt.{mode}.{to}.{source} %{mode}, %a;\n"
        if to != "bf16" and source != "bf16":
            case.output("sat", kind_of(to), [float_bits(saturated(x), to) for x in numbers])
            body += f"cvt.rn.sat.{to}.{source} %sat, %a;\n"
        if to == "f32":
            def flushed_result(value):
                return float_bits(flushed(FORMATS[to].decode(value)), to) if value != "nan" else value
            case.output("ftz", to, [flushed_result(float_bits(x, to)) for x in numbers])
            case.output("ftz_rp", to, [flushed_result(float_bits(x, to, "rp")) for x in numbers])
            body += f"cvt.rn.ftz.{to}.{source} %ftz, %a;\ncvt.rp.ftz.{to}.{source} %ftz_rp, %a;\n"
        case.write(body)


def widening():
    for source, to in [("f32", "f64"), ("f16", "f32"), ("f16", "f64"), ("bf16", "f32"), ("bf16", "f64")]:
        a = filled(special_values(source) + mixed(48, FORMATS[source].bits, 7))
        numbers = [FORMATS[source].decode(v) for v in a]
        case = Case(f"cvt_{to}_{source}", f"cvt.{to}.{source}: exact", target_of(source, to)).input("a", kind_of(source), a)
        case.output("d", to, [float_bits(x, to) for x in numbers])
        body = f"cvt.{to}.{source} %d, %a;\n"
        if source != "bf16":
            case.output("sat", to, [float_bits(saturated(x), to) for x in numbers])
            body += f"cvt.sat.{to}.{source} %sat, %a;\n"
        if source == "f32":
            case.output("ftz", to, [float_bits(flushed(x), to) for x in numbers])
            body += f"cvt.ftz.{to}.{source} %ftz, %a;\n"
        case.write(body)


def whole_floats():
    for t in ("f32", "f64", "f16", "bf16"):
        a = around_integers(t)
        numbers = [FORMATS[t].decode(v) for v in a]
        case = Case(f"cvt_{t}_{t}", f"cvt.{t}.{t}: whole numbers in every rounding", target_of(t)).input("a", kind_of(t), a)
        body = ""
        for mode in WHOLE:
            case.output(mode, kind_of(t), [float_bits(to_whole(x, mode), t) for x in numbers])
            body += f"cvt.{mode}.{t}.{t} %{mode}, %a;\n"
        if t != "bf16":
            case.output("sat", t, [float_bits(saturated(x), t) for x in numbers])
            case.output("whole_sat", t, [float_bits(saturated(to_whole(x, "rni")), t) for x in numbers])
            body += f"cvt.sat.{t}.{t} %sat, %a;\ncvt.rni.sat.{t}.{t} %whole_sat, %a;\n"
        if t == "f32":
            case.output("ftz", t, [float_bits(flushed(x), t) for x in numbers])
            case.output("ftz_rpi", t, [float_bits(to_whole(flushed(x), "rpi"), t) for x in numbers])
            case.output("ftz_sat", t, [float_bits(saturated(flushed(x)), t) for x in numbers])
            body += f"cvt.ftz.{t}.{t} %ftz, %a;\ncvt.rpi.ftz.{t}.{t} %ftz_rpi, %a;\ncvt.ftz.sat.{t}.{t} %ftz_sat, %a;\n"
        case.write(body)


# ---- Two results in a register, and formats that have no arithmetic

def relued(number):
    return Number(False, Fraction(0)) if number.negative and not number.is_nan() else number


def variants(to, case, body, first, second, opcode, operands, kind, roundings, with_options):
    """Every rounding, with .relu and .satfinite. opcode: cvt{mods}.to.from."""
    width = FORMATS[to].width

    def packed(mode, finite, relu):
        one = [FORMATS[to].encode(relued(x) if relu else x, mode, finite) for x in first]
        if second is None:
            return one
        other = [FORMATS[to].encode(relued(x) if relu else x, mode, finite) for x in second]
        return [x << width | y for x, y in zip(one, other)]

    for mode in roundings:
        for finite, relu in with_options:
            name = mode + ("_relu" if relu else "") + ("_finite" if finite else "")
            mods = f".{mode}" + (".relu" if relu else "") + (".satfinite" if finite else "")
            case.output(name, kind, packed(mode, finite, relu))
            body += opcode.format(mods) + f" %{name}, {operands};\n"
    return body


def packs():
    every = [(False, False), (False, True), (True, False), (True, True)]
    for to in ("f16", "bf16"):
        a = float_values("f32", to)
        b = a[::-1]
        x, y = ([FORMATS["f32"].decode(v) for v in list_] for list_ in (a, b))
        case = Case(f"cvt_{to}x2_f32", f"cvt.{to}x2.f32: the first source goes into the upper half; .relu, .satfinite", "sm_90", "8.1")
        case.input("a", "f32", a).input("b", "f32", b)
        case.write(variants(to, case, "", x, y, "cvt{}." + to + "x2.f32", "%a, %b", "b32", ("rn", "rz"), every))
        case = Case(f"cvt_{to}_f32_relu", f"cvt.{to}.f32 with .relu and .satfinite", "sm_90", "8.1").input("a", "f32", a)
        case.write(variants(to, case, "", x, None, "cvt{}." + to + ".f32", "%a", "b16", ("rn", "rz"), every[1:]))


def tf32():
    a = float_values("f32", "tf32")
    x = [FORMATS["f32"].decode(v) for v in a]
    case = Case("cvt_tf32_f32", "cvt.rna.tf32.f32: ten bits of mantissa, ties away from zero").input("a", "f32", a)
    case.write(variants("tf32", case, "", x, None, "cvt{}.tf32.f32", "%a", "b32", ("rna",), [(False, False)]))
    case = Case("cvt_tf32_f32_rn", "cvt.rn and .rz.tf32.f32, .relu", "sm_90", "7.8").input("a", "f32", a)
    case.write(variants("tf32", case, "", x, None, "cvt{}.tf32.f32", "%a", "b32", ("rn", "rz"), [(False, False), (False, True)]))


def eights():
    for to in ("e4m3", "e5m2"):
        a = float_values("f32", to)
        b = a[::-1]
        x, y = ([FORMATS["f32"].decode(v) for v in list_] for list_ in (a, b))
        case = Case(f"cvt_{to}x2_f32", f"cvt.rn.satfinite.{to}x2.f32: the first source goes into the upper byte", "sm_90", "8.1")
        case.input("a", "f32", a).input("b", "f32", b)
        case.write(variants(to, case, "", x, y, "cvt{}." + to + "x2.f32", "%a, %b", "b16", ("rn",), [(True, False), (True, True)]))
        low, high = float_values("f16", to), float_values("f16", to)[::-1]
        x, y = ([FORMATS["f16"].decode(v) for v in list_] for list_ in (high, low))
        case = Case(f"cvt_{to}x2_f16x2", f"cvt.rn.satfinite.{to}x2.f16x2", "sm_90", "8.1")
        case.input("a", "b32", [p | q << 16 for p, q in zip(low, high)])
        case.write(variants(to, case, "", x, y, "cvt{}." + to + "x2.f16x2", "%a", "b16", ("rn",), [(True, False), (True, True)]))
        # Back: all 256 values in the lower byte, over six cases of 48 threads.
        a = [i * 5 % 256 | (i * 5 + 128) % 256 << 8 for i in range(48)]
        more = [(i * 5 + 240) % 256 | (i * 5 + 113) % 256 << 8 for i in range(48)]
        case = Case(f"cvt_f16x2_{to}x2", f"cvt.rn.f16x2.{to}x2: exact", "sm_90", "8.1").input("a", "b16", a).input("b", "b16", more)
        body = ""
        for name, values in (("a", a), ("b", more)):
            x = [FORMATS[to].decode(v >> 8) for v in values]
            y = [FORMATS[to].decode(v & 255) for v in values]
            encode = FORMATS["f16"].encode
            case.output(f"d_{name}", "b32", [encode(p) << 16 | encode(q) for p, q in zip(x, y)])
            case.output(f"r_{name}", "b32", [encode(relued(p)) << 16 | encode(relued(q)) for p, q in zip(x, y)])
            body += f"cvt.rn.f16x2.{to}x2 %d_{name}, %{name};\ncvt.rn.relu.f16x2.{to}x2 %r_{name}, %{name};\n"
        case.write(body)


def integer_packs():
    a = filled([0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, 65535, 65536, 0x7FFFFFFF, -0x80000000])
    b, c = a[::-1], mixed(48, 32, 3)
    case = Case("cvt_pack", "cvt.pack.sat: two s32 clamped and put together, above what c shifts up", "sm_80", "7.1")
    case.input("a", "s32", a).input("b", "s32", b).input("c", "b32", c)
    body = ""
    for t in ("u16", "s16"):
        case.output(t, "b32", [(clamped(x, t) & 0xFFFF) << 16 | clamped(y, t) & 0xFFFF for x, y in zip(a, b)])
        body += f"cvt.pack.sat.{t}.s32 %{t}, %a, %b;\n"
    for t in ("u8", "s8", "u4", "s4"):
        n = bits_of(t)
        case.output(t, "b32", [(z << 2 * n) & mask(32) | (clamped(x, t) & mask(n)) << n | clamped(y, t) & mask(n)
                               for x, y, z in zip(a, b, c)])
        body += f"cvt.pack.sat.{t}.s32.b32 %{t}, %a, %b, %c;\n"
    case.write(body)


def main():
    integers()
    wide_registers()
    integers_to_floats()
    floats_to_integers()
    narrowing()
    widening()
    whole_floats()
    packs()
    tf32()
    eights()
    integer_packs()


if __name__ == "__main__":
    main()

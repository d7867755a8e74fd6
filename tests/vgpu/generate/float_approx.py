#!/usr/bin/env python3
"""Opcode cases of approximate functions: values from 60 digits of decimal arithmetic, tolerances and special values from
the tables of the PTX ISA 9.0 (9.7.3.8 to 9.7.3.22, 9.7.4.9, 9.7.4.10)."""
from decimal import Decimal, getcontext
from fractions import Fraction

from float_numbers import BF16, F16, F32, F64, INF
from lane_case import Case, filled, mixed

getcontext().prec = 60
THREADS = 80
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534")


def decimal_of(fraction):
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def sine(x):
    x = x.remainder_near(2 * PI)
    term, total, n = x, Decimal(0), 1
    while abs(term) > Decimal("1e-70"):
        total += term
        term = -term * x * x / ((n + 1) * (n + 2))
        n += 2
    return total


def tanh(x):
    if abs(x) < Decimal("1e-20"):
        return x
    e = (2 * abs(x)).exp() if abs(x) < 200 else Decimal("1e170")
    return ((e - 1) / (e + 1)).copy_sign(x)


FUNCTIONS = {
    "rcp": lambda x: 1 / x,
    "sqrt": lambda x: x.sqrt(),
    "rsqrt": lambda x: 1 / x.sqrt(),
    "ex2": lambda x: (x * Decimal(2).ln()).exp(),
    "lg2": lambda x: x.ln() / Decimal(2).ln(),
    "sin": sine,
    "cos": lambda x: sine(x + PI / 2),
    "tanh": tanh,
}


def nearest(fmt, value):
    return fmt.encode((int(value.is_signed()), abs(Fraction(value))))


def value_of(fmt, opcode, bits):
    """The correctly rounded result of a finite argument in the function's domain."""
    sign, size = fmt.decode(bits)
    return nearest(fmt, FUNCTIONS[opcode](decimal_of(-size if sign else size)))


def between(fmt, low, high, count, seed, both_signs=False):
    """Numbers between two, evenly in their logarithm: that is in their bits."""
    first, last = fmt.encode((0, Fraction(low))), fmt.encode((0, Fraction(high)))
    values = [first + x % (last - first + 1) for x in mixed(count, 60, seed)]
    if both_signs:
        values = [x | (i & 1) * fmt.sign for i, x in enumerate(values)]
    return values


def write(name, title, fmt, opcode, arguments, tolerance, suffixes=(".approx", ".approx.ftz"), target="sm_80"):
    arguments = filled(arguments, THREADS)
    case = Case(name, title, target, "7.8", THREADS)
    case.input("a", fmt.name, arguments)
    body = []
    for i, suffix in enumerate(suffixes):
        case.output(f"d{i}", fmt.name, [value_of(fmt, opcode, x) for x in arguments])
        case.head.append(f"// tolerance d{i}: {tolerance}")
        body.append(f"{opcode}{suffix}.{fmt.name} %d{i}, %a;")
    case.write("\n".join(body))


def f32_functions():
    tiny, huge = Fraction(1, 1 << 120), Fraction(1 << 120)
    write("rcp_approx_f32", "rcp.approx.f32: 1 ulp", F32, "rcp", between(F32, tiny, huge, 80, 1, True), "ulp 1")
    write("sqrt_approx_f32", "sqrt.approx.f32: relative 2^-23", F32, "sqrt", between(F32, tiny, huge, 80, 2),
          "relative 1.1920929e-7")
    write("rsqrt_approx_f32", "rsqrt.approx.f32: relative 2^-22.9", F32, "rsqrt", between(F32, tiny, huge, 80, 3),
          "relative 1.2776e-7")
    write("ex2_approx_f32", "ex2.approx.f32: 2 ulp", F32, "ex2",
          between(F32, Fraction(1, 1 << 30), 125, 80, 4, True), "ulp 2")
    write("lg2_approx_near_one_f32", "lg2.approx.f32 in (0.5, 2): absolute 2^-22", F32, "lg2",
          between(F32, Fraction(50001, 100000), Fraction(19999, 10000), 80, 5), "abs 2.3841858e-7")
    write("lg2_approx_f32", "lg2.approx.f32 elsewhere: relative 2^-22", F32, "lg2",
          between(F32, tiny, Fraction(1, 2), 40, 6) + between(F32, 2, huge, 40, 7), "relative 2.3841858e-7")
    for opcode in ("sin", "cos"):
        write(f"{opcode}_approx_f32", f"{opcode}.approx.f32 in [-2 pi, 2 pi]: absolute 2^-20.5", F32, opcode,
              between(F32, Fraction(1, 1 << 20), Fraction(62831, 10000), 80, 8, True), "abs 6.7434e-7")
        write(f"{opcode}_approx_far_f32", f"{opcode}.approx.f32 in [-100 pi, 100 pi]: absolute 2^-14.7", F32, opcode,
              between(F32, Fraction(62832, 10000), 314, 80, 9, True), "abs 3.7569e-5")
    write("tanh_approx_f32", "tanh.approx.f32: relative 2^-11", F32, "tanh",
          between(F32, Fraction(1, 1 << 40), 40, 80, 10, True), "relative 4.8828e-4", (".approx",))


def subnormals():
    """Subnormal arguments and results, without .ftz and with it."""
    tiny = [1, 2, 3, 0x400000, 0x7FFFFF, 0x123456]
    arguments = filled(tiny, THREADS)
    case = Case("approx_subnormal_f32", "Approximate functions of subnormal numbers", "sm_80", "7.8", THREADS)
    case.input("a", "f32", arguments)
    body = []
    for opcode, flushed, tolerance in (("sqrt", 0, "relative 1.1920929e-7"), ("rsqrt", F32.infinity, "relative 1.2776e-7"),
                                       ("lg2", F32.infinity | F32.sign, "relative 2.3841858e-7"), ("tanh", None, None),
                                       ("ex2", F32.one, "ulp 2"), ("cos", F32.one, "abs 6.7434e-7")):
        case.output(opcode, "f32", [value_of(F32, opcode, x) for x in arguments])
        if tolerance is not None:
            case.head.append(f"// tolerance {opcode}: {tolerance}")
        body.append(f"{opcode}.approx.f32 %{opcode}, %a;")
        if flushed is not None:
            case.output(opcode + "_f", "f32", [flushed] * THREADS)
            body.append(f"{opcode}.approx.ftz.f32 %{opcode}_f, %a;")
    case.write("\n".join(body))
    small = filled(between(F32, 127, Fraction(1485, 10), 40, 11), THREADS)
    small = [x | F32.sign for x in small]
    case = Case("ex2_approx_subnormal_f32", "ex2.approx.f32 with subnormal results; .ftz makes zeros of them", "sm_80",
                "7.8", THREADS)
    case.input("a", "f32", small).output("d", "f32", [value_of(F32, "ex2", x) for x in small])
    case.head.append("// tolerance d: ulp 2")
    case.output("f", "f32", [0] * THREADS)
    case.write("ex2.approx.f32 %d, %a;\nex2.approx.ftz.f32 %f, %a;")


def specials():
    """The tables of special values."""
    inf, minus, one = F32.infinity, F32.sign, F32.one
    arguments = [inf | minus, minus, 0, inf, inf | 0x400000, inf | minus | 1, one | minus, minus | 0x42C80000]
    # Of: -inf, -0, +0, +inf, NaN, another NaN, -1, -100 (not in the tables: left to their own cases where it is a number).
    tables = {
        "rcp": [minus, minus | inf, inf, 0, "nan", "nan", minus | one, None],
        "sqrt": ["nan", minus, 0, inf, "nan", "nan", "nan", "nan"],
        "rsqrt": ["nan", minus | inf, inf, 0, "nan", "nan", "nan", "nan"],
        "sin": ["nan", minus, 0, "nan", "nan", "nan", None, None],
        "cos": ["nan", one, one, "nan", "nan", "nan", None, None],
        "lg2": ["nan", minus | inf, minus | inf, inf, "nan", "nan", "nan", "nan"],
        "ex2": [0, one, one, inf, "nan", "nan", 0x3F000000, None],
        "tanh": [minus | one, minus, 0, one, "nan", "nan", None, minus | one],
    }
    for opcode, results in tables.items():
        known = [i for i, result in enumerate(results) if result is not None]
        a = filled([arguments[i] for i in known], 48)
        d = filled([results[i] for i in known], 48)
        case = Case(f"{opcode}_approx_special_f32", f"{opcode}.approx.f32: infinities, zeros, NaNs", "sm_80", "7.8", 48)
        case.input("a", "f32", a).output("d", "f32", d)
        body = f"{opcode}.approx.f32 %d, %a;"
        if opcode != "tanh":
            case.output("f", "f32", d)
            body += f"\n{opcode}.approx.ftz.f32 %f, %a;"
        case.write(body)


def division():
    a = between(F32, Fraction(1, 1 << 40), 1 << 40, 80, 12, True)
    b = between(F32, Fraction(1, 1 << 60), 1 << 60, 80, 13, True)
    quotients = []
    for x, y in zip(a, b):
        (sx, x), (sy, y) = F32.decode(x), F32.decode(y)
        quotients.append(F32.encode((sx ^ sy, x / y)))
    case = Case("div_approx_f32", "div.approx.f32 and div.full.f32: 2 ulp", "sm_80", "7.8", THREADS)
    case.input("a", "f32", a).input("b", "f32", b)
    body = []
    for output, suffix in (("d", ".approx"), ("f", ".approx.ftz"), ("u", ".full"), ("uf", ".full.ftz")):
        case.output(output, "f32", quotients)
        case.head.append(f"// tolerance {output}: ulp 2")
        body.append(f"div{suffix}.f32 %{output}, %a, %b;")
    case.write("\n".join(body))
    # Divisors beyond 2^126: zero with the sign of the quotient; NaN for infinite dividends.
    big = [0x7E800001, 0x7F000000, 0x7F7FFFFF]
    rows = [(sign_a | x, sign_b | y) for x in (F32.one, 0, 0x7F7FFFFF, F32.infinity) for y in big
            for sign_a in (0, F32.sign) for sign_b in (0, F32.sign)]
    rows = filled(rows, 48)
    d = ["nan" if F32.decode(x)[1] == INF else (x ^ y) & F32.sign for x, y in rows]
    case = Case("div_approx_beyond_f32", "div.approx.f32 by more than 2^126: zero, or NaN", "sm_80", "7.8", 48)
    case.input("a", "f32", [x for x, _ in rows]).input("b", "f32", [y for _, y in rows])
    case.output("d", "f32", d).output("f", "f32", d)
    case.write("div.approx.f32 %d, %a, %b;\ndiv.approx.ftz.f32 %f, %a, %b;")


def doubles():
    arguments = filled(between(F64, Fraction(1, 1 << 1000), 1 << 1000, 78, 14) + [1, 0x000FFFFFFFFFFFFF], THREADS)
    write("rsqrt_approx_f64", "rsqrt.approx.f64", F64, "rsqrt", arguments, "ulp 1", (".approx",))
    normal = between(F64, Fraction(1, 1 << 1000), 1 << 1000, THREADS, 15)
    for opcode in ("rcp", "rsqrt"):
        name = f"{opcode}_approx_ftz_f64"
        case = Case(name, f"{opcode}.approx.ftz.f64: about 20 bits; the lower word is zero", "sm_80", "7.8", THREADS)
        case.input("a", "f64", normal).output("d", "f64", [value_of(F64, opcode, x) for x in normal])
        case.head.append("// tolerance d: relative 2e-6")
        case.output("low", "u32", [0] * THREADS)
        case.write(f"{opcode}.approx.ftz.f64 %d, %a;\nmov.b64 {{%low, %high}}, %d;", ".reg .b32 %high;")
    inf, minus = F64.infinity, F64.sign
    canonical = 0x7FFFFFFF00000000
    tiny = 0x000F000000000000
    arguments = filled([inf | minus, minus | tiny, minus, 0, tiny, inf, inf | 1 << 51, inf | minus | 1 << 40], 48)
    for opcode, results in (("rcp", [minus, inf | minus, inf | minus, inf, inf, 0, canonical, canonical]),
                            ("rsqrt", [canonical, inf | minus, inf | minus, inf, inf, 0, canonical, canonical])):
        case = Case(f"{opcode}_approx_ftz_special_f64", f"{opcode}.approx.ftz.f64: the ISA's table", "sm_80", "7.8", 48)
        case.input("a", "f64", arguments).output("d", "f64", filled(results, 48))
        case.write(f"{opcode}.approx.ftz.f64 %d, %a;")
    arguments = filled([inf | minus, minus, 0, inf, inf | 1 << 51, minus | F64.one, minus | 1], 48)
    case = Case("rsqrt_approx_special_f64", "rsqrt.approx.f64: the ISA's table", "sm_80", "7.8", 48)
    case.input("a", "f64", arguments)
    case.output("d", "f64", filled(["nan", inf | minus, inf, 0, "nan", "nan", "nan"], 48))
    case.write("rsqrt.approx.f64 %d, %a;")


def halves():
    least = Fraction(1, 1 << 10)
    for fmt, target, ex2, most, ex2_error, tanh_error in (
            (F16, "sm_80", "ex2.approx", Fraction(139, 10), "relative 1.0466e-3", "abs 4.9249e-4"),
            (BF16, "sm_90", "ex2.approx.ftz", Fraction(120), "relative 7.8125e-3", "abs 3.90625e-3")):
        for opcode, instruction, limit, tolerance in (("ex2", ex2, most, ex2_error),
                                                      ("tanh", "tanh.approx", Fraction(20), tanh_error)):
            arguments = between(fmt, least, limit, THREADS, 16, True)
            expected = [value_of(fmt, opcode, x) for x in arguments]
            name = f"{opcode}_approx_{fmt.name}"
            case = Case(name, f"{instruction}.{fmt.name} and .{fmt.name}x2: {tolerance}", target, "7.8", THREADS)
            case.input("a", fmt.name, arguments).input("b", fmt.name, arguments[::-1])
            for output, values in (("d", expected), ("low", expected), ("high", expected[::-1])):
                case.output(output, fmt.name, values)
                case.head.append(f"// tolerance {output}: {tolerance}")
            case.write(f"{instruction}.{fmt.name} %d, %a;\nmov.b32 %pair, {{%a, %b}};\n"
                       f"{instruction}.{fmt.name}x2 %pair, %pair;\nmov.b32 {{%low, %high}}, %pair;", ".reg .b32 %pair;")
            inf, minus, one = fmt.infinity, fmt.sign, fmt.one
            special = {"ex2": [0, one, one, inf, "nan"], "tanh": [minus | one, minus, 0, one, "nan"]}[opcode]
            case = Case(f"{opcode}_approx_special_{fmt.name}", f"{instruction}.{fmt.name}: the ISA's table", target, "7.8", 48)
            case.input("a", fmt.name, filled([inf | minus, minus, 0, inf, inf | 1], 48))
            case.output("d", fmt.name, filled(special, 48))
            case.write(f"{instruction}.{fmt.name} %d, %a;")


if __name__ == "__main__":
    f32_functions()
    subnormals()
    specials()
    division()
    doubles()
    halves()

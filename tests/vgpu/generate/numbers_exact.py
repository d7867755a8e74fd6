"""Exact binary floating-point: bits to fractions, and fractions rounded to bits. Independent of any host arithmetic."""
import math
from fractions import Fraction

FORMATS = {"f16": (5, 10), "bf16": (8, 7), "tf32": (8, 10), "f32": (8, 23), "f64": (11, 52), "e5m2": (5, 2)}
NAN, INFINITY = "nan", "inf"  # special values beside Fractions; "-inf" is the other one


def decode(bits, name):
    """A Fraction, "inf", "-inf" or "nan". tf32 is given as the 32 bits of its register, of which the low 13 do not count."""
    if name == "e4m3":
        sign, exponent, mantissa = bits >> 7 & 1, bits >> 3 & 15, bits & 7
        if bits & 0x7F == 0x7F:
            return NAN
        size = Fraction(8 + mantissa, 8) * Fraction(2) ** (exponent - 7) if exponent else Fraction(mantissa, 8) / 64
        return -size if sign else size
    if name == "tf32":
        bits >>= 13
    exponent_bits, mantissa_bits = FORMATS[name]
    sign = bits >> exponent_bits + mantissa_bits & 1
    exponent = bits >> mantissa_bits & (1 << exponent_bits) - 1
    mantissa = bits & (1 << mantissa_bits) - 1
    bias = (1 << exponent_bits - 1) - 1
    if exponent == (1 << exponent_bits) - 1:
        return NAN if mantissa else "-inf" if sign else INFINITY
    if exponent:
        size = Fraction(mantissa + (1 << mantissa_bits), 1 << mantissa_bits) * Fraction(2) ** (exponent - bias)
    else:
        size = Fraction(mantissa, 1 << mantissa_bits) * Fraction(2) ** (1 - bias)
    return -size if sign else size


def encode(value, name, mode="rn", zero_sign=0):
    """The bits of a value in a format. mode: rn (ties to even), rz, rm (down), rp (up). NaN is all ones but the sign."""
    exponent_bits, mantissa_bits = FORMATS[name]
    sign_bit = 1 << exponent_bits + mantissa_bits
    infinity = (1 << exponent_bits) - 1 << mantissa_bits
    if value == NAN:
        return sign_bit - 1
    if isinstance(value, str):
        return infinity | (sign_bit if value[0] == "-" else 0)
    negative = value < 0 or (value == 0 and zero_sign)
    sign = sign_bit if negative else 0
    size = abs(value)
    bias = (1 << exponent_bits - 1) - 1
    power = 1 - bias
    if size:
        power = max(power, size.numerator.bit_length() - size.denominator.bit_length() - 1)
        while size >= Fraction(2) ** (power + 1):
            power += 1
    unit = Fraction(2) ** (power - mantissa_bits)
    units = size / unit
    whole = math.floor(units)
    rest = units - whole
    away = {"rn": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2), "rz": False,
            "rm": rest > 0 and negative, "rp": rest > 0 and not negative}[mode]
    whole += bool(away)
    bits = (power + bias - 1 << mantissa_bits) + whole
    if bits < infinity:
        return sign | bits
    limits = {"rn": True, "rz": False, "rm": negative, "rp": not negative}  # to infinity, or to the largest number
    return sign | (infinity if limits[mode] else infinity - 1)


def multiply(a, b):
    if NAN in (a, b):
        return NAN
    if isinstance(a, str) or isinstance(b, str):
        if 0 in (a, b):
            return NAN
        return "-inf" if is_negative(a) != is_negative(b) else INFINITY
    return a * b


def is_negative(value):
    return value[0] == "-" if isinstance(value, str) else value < 0


def add(a, b):
    if NAN in (a, b):
        return NAN
    if isinstance(a, str) or isinstance(b, str):
        if isinstance(a, str) and isinstance(b, str):
            return a if a == b else NAN
        return a if isinstance(a, str) else b
    return a + b

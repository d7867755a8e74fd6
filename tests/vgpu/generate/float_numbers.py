"""IEEE arithmetic in exact fractions: formats, rounding, and what PTX adds (.ftz, .sat, which NaN).

A number is a pair (sign, magnitude): the magnitude a Fraction, INF or NAN.
"""
from fractions import Fraction
from math import isqrt

INF, NAN = "inf", "nan"
MODES = ["rn", "rz", "rm", "rp"]


class Format:
    def __init__(self, name, mantissa_bits, exponent_bits):
        self.name, self.mantissa_bits, self.exponent_bits = name, mantissa_bits, exponent_bits
        self.bits = 1 + mantissa_bits + exponent_bits
        self.bias = (1 << (exponent_bits - 1)) - 1
        self.infinity = ((1 << exponent_bits) - 1) << mantissa_bits
        self.sign = 1 << (self.bits - 1)
        self.one = self.bias << mantissa_bits

    def decode(self, bits):
        sign, size = bits >> (self.bits - 1), bits & (self.sign - 1)
        if size > self.infinity:
            return sign, NAN
        if size == self.infinity:
            return sign, INF
        exponent, mantissa = size >> self.mantissa_bits, size & ((1 << self.mantissa_bits) - 1)
        if exponent:
            mantissa |= 1 << self.mantissa_bits
        return sign, Fraction(mantissa) * Fraction(2) ** (max(exponent, 1) - self.bias - self.mantissa_bits)

    def encode(self, number, mode="rn"):
        """The nearest number in the direction of the mode; of a NaN the canonical one."""
        sign, size = number
        if size == NAN:
            return self.nan()
        out = sign << (self.bits - 1)
        if size == INF:
            return out | self.infinity
        if size == 0:
            return out
        exponent = size.numerator.bit_length() - size.denominator.bit_length()
        if size < Fraction(2) ** exponent:
            exponent -= 1
        exponent = max(exponent, 1 - self.bias)
        steps = size / Fraction(2) ** (exponent - self.mantissa_bits)
        whole, rest = steps.numerator // steps.denominator, steps - steps.numerator // steps.denominator
        outwards = {"rz": False, "rm": sign == 1, "rp": sign == 0,
                    "rn": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)}[mode]
        if rest and outwards:
            whole += 1
        code = ((exponent + self.bias - 1) << self.mantissa_bits) + whole
        if code >= self.infinity:
            to_infinity = mode == "rn" or (mode == "rm" and sign) or (mode == "rp" and not sign)
            code = self.infinity if to_infinity else self.infinity - 1
        return out | code

    def nan(self):
        """What arithmetic on numbers makes where there is no number: see compute/vgpu/lanes/float_bits.h."""
        return 0xFFF8000000000000 if self.bits == 64 else self.sign - 1

    def is_nan(self, bits):
        return bits & (self.sign - 1) > self.infinity

    def nan_of(self, *operands):
        if self.bits == 64:
            for bits in operands:
                if self.is_nan(bits):
                    return bits | 1 << (self.mantissa_bits - 1)
        return self.nan()

    def flush(self, bits):
        return bits & self.sign if bits & self.infinity == 0 else bits

    def saturate(self, bits):
        sign, size = self.decode(bits)
        if size == NAN or sign or size == 0:
            return 0
        return self.one if size == INF or size > 1 else bits

    def edges(self):
        """Zeros, the ends of the ranges, NaNs with and without the quiet bit, and numbers near 1."""
        quiet = 1 << (self.mantissa_bits - 1)
        least, mantissa = 1 << self.mantissa_bits, (1 << self.mantissa_bits) - 1
        positive = [0, 1, mantissa, least, least + 1, self.one - 1, self.one, self.one + 1, self.one + quiet,
                    self.one + least, self.one + least + quiet, self.infinity - 1, self.infinity]
        negative = [x | self.sign for x in positive]
        both = [x for pair in zip(positive, negative) for x in pair]
        return both + [self.infinity | quiet, self.infinity | quiet | self.sign | 5, self.infinity | 3]


F16, BF16, F32, F64 = Format("f16", 10, 5), Format("bf16", 7, 8), Format("f32", 23, 8), Format("f64", 52, 11)


def negated(number):
    return 1 - number[0], number[1]


def add(a, b, mode):
    if NAN in (a[1], b[1]):
        return 0, NAN
    if INF in (a[1], b[1]):
        if a[1] == INF and b[1] == INF and a[0] != b[0]:
            return 0, NAN
        return a if a[1] == INF else b
    total = (-a[1] if a[0] else a[1]) + (-b[1] if b[0] else b[1])
    if total == 0:
        # Zeros of the same sign keep it; any other exact zero is +0, but -0 when rounding downwards.
        sign = a[0] if a[0] == b[0] else int(mode == "rm")
        return sign, Fraction(0)
    return int(total < 0), abs(total)


def mul(a, b, _mode):
    sign = a[0] ^ b[0]
    if NAN in (a[1], b[1]) or (INF in (a[1], b[1]) and 0 in (a[1], b[1])):
        return 0, NAN
    return (sign, INF) if INF in (a[1], b[1]) else (sign, a[1] * b[1])


def fma(a, b, c, mode):
    return add(mul(a, b, mode), c, mode)


def div(a, b, _mode):
    sign = a[0] ^ b[0]
    if NAN in (a[1], b[1]) or (a[1] == b[1] and a[1] in (INF, 0)):
        return 0, NAN
    if a[1] == INF or b[1] == 0:
        return sign, INF
    return (sign, Fraction(0)) if b[1] == INF else (sign, a[1] / b[1])


def sqrt(a, _mode):
    sign, size = a
    if size == NAN or (sign and size != 0):
        return 0, NAN
    if size in (INF, 0):
        return a
    # More bits than any format has; what is cut off is represented by half a step.
    scale = 1 << 1400
    square = size.numerator * scale * scale // size.denominator
    root = isqrt(square)
    exact = root * root * size.denominator == size.numerator * scale * scale
    return 0, Fraction(2 * root + (0 if exact else 1), 2 * scale)


OPERATIONS = {"add": add, "sub": lambda a, b, mode: add(a, negated(b), mode), "mul": mul, "fma": fma, "mad": fma,
              "div": div, "rcp": lambda a, mode: div((0, Fraction(1)), a, mode), "sqrt": sqrt}


def compute(fmt, opcode, operands, mode="rn", ftz=False, sat=False, relu=False):
    """The bits of the result, of the operands' bits."""
    inputs = [fmt.flush(x) if ftz else x for x in operands]
    number = OPERATIONS[opcode](*[fmt.decode(x) for x in inputs], mode)
    bits = fmt.nan_of(*operands) if number[1] == NAN else fmt.encode(number, mode)
    if ftz:
        bits = fmt.flush(bits)
    if sat:
        bits = fmt.saturate(bits)
    if relu and bits & fmt.sign and not fmt.is_nan(bits):
        bits = 0
    return bits


def pick(fmt, smaller, operands, ftz=False, nan=False, xorsign=False, absolute=False):
    """min or max of two or three; -0 < +0."""
    values = [fmt.flush(x) if ftz else x for x in operands]
    sign = (values[0] ^ values[1]) & fmt.sign
    if xorsign or absolute:
        values = [x & ~fmt.sign for x in values]

    def key(bits):
        size = bits & (fmt.sign - 1)
        return -size - 1 if bits & fmt.sign else size

    def two(a, b):
        if fmt.is_nan(a) or fmt.is_nan(b):
            if nan or (fmt.is_nan(a) and fmt.is_nan(b)):
                return fmt.nan_of(a, b)
            return b if fmt.is_nan(a) else a
        return (min if smaller else max)(a, b, key=key)

    result = values[0]
    for value in values[1:]:
        result = two(result, value)
    if xorsign and not fmt.is_nan(result):
        result = result & ~fmt.sign | sign
    return result

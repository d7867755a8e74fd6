"""Binary floating-point formats as exact fractions, and their rounding: for the cases of set, setp, cvt and the like."""
from fractions import Fraction

INFINITY, NAN = "infinity", "nan"


class Number:
    """A sign, and a Fraction (never negative), INFINITY or NAN."""

    def __init__(self, negative, size):
        self.negative, self.size = negative, size

    def is_nan(self):
        return self.size == NAN

    def order(self):
        """Something that compares like the number (not for NaN)."""
        size = Fraction(2) ** 5000 if self.size == INFINITY else self.size
        return -size if self.negative else size


class Format:
    def __init__(self, exponent, mantissa, nan, has_infinity=True, low_zeros=0):
        self.exponent, self.mantissa, self.nan, self.has_infinity, self.low_zeros = exponent, mantissa, nan, has_infinity, low_zeros
        self.bias = (1 << (exponent - 1)) - 1
        self.bits = 1 + exponent + mantissa
        self.width = self.bits + low_zeros

    def infinity_bits(self):
        return ((1 << self.exponent) - 1) << self.mantissa

    def largest_bits(self):
        return self.infinity_bits() - 1 if self.has_infinity else self.infinity_bits() + (1 << self.mantissa) - 2

    def decode(self, bits):
        bits >>= self.low_zeros
        negative = bool(bits >> (self.bits - 1))
        size = bits & ((1 << (self.bits - 1)) - 1)
        if self.has_infinity and size == self.infinity_bits():
            return Number(negative, INFINITY)
        if size > self.largest_bits():
            return Number(negative, NAN)
        biased, fraction = size >> self.mantissa, size & ((1 << self.mantissa) - 1)
        if biased:
            fraction += 1 << self.mantissa
        return Number(negative, Fraction(fraction) * Fraction(2) ** (max(biased, 1) - self.bias - self.mantissa))

    def encode(self, number, mode="rn", finite=False):
        """The bits of a number, rounded: rn, rna, rz, rm or rp. finite: the largest number instead of infinity."""
        if number.is_nan():
            return self.nan
        sign = int(number.negative) << (self.bits - 1)
        if number.size == INFINITY:
            size = self.largest_bits() if finite else self.infinity_bits() if self.has_infinity else self.nan
        else:
            size = self._rounded(number, mode, finite)
        if size == self.nan and not self.has_infinity:
            return self.nan
        return (sign | size) << self.low_zeros

    def _rounded(self, number, mode, finite):
        size = number.size
        power = 1 - self.bias
        while size >= Fraction(2) ** (power + 1):
            power += 1
        quantum = Fraction(2) ** (power - self.mantissa)
        whole = size // quantum
        whole += self._up(size / quantum - whole, whole, number.negative, mode)
        value = whole * quantum
        if value > self.decode(self.largest_bits() << self.low_zeros).size:
            stays = mode == "rz" or (mode == "rm" and not number.negative) or (mode == "rp" and number.negative)
            return self.largest_bits() if finite or stays else self.infinity_bits() if self.has_infinity else self.nan
        if value < Fraction(2) ** (1 - self.bias):
            return int(value / quantum)
        if value >= Fraction(2) ** (power + 1):
            power, quantum = power + 1, quantum * 2
        return (power + self.bias - 1 << self.mantissa) + int(value / quantum)

    @staticmethod
    def _up(rest, whole, negative, mode):
        half = Fraction(1, 2)
        if mode in ("rn", "rni"):
            return int(rest > half or (rest == half and whole % 2 == 1))
        if mode == "rna":
            return int(rest >= half)
        if mode in ("rm", "rmi"):
            return int(negative and rest > 0)
        if mode in ("rp", "rpi"):
            return int(not negative and rest > 0)
        return 0


def to_whole(number, mode):
    """rni, rzi, rmi, rpi"""
    if number.size in (INFINITY, NAN):
        return number
    whole = number.size // 1
    return Number(number.negative, Fraction(whole + Format._up(number.size - whole, whole, number.negative, mode)))


FORMATS = {
    "f16": Format(5, 10, 0x7FFF), "bf16": Format(8, 7, 0x7FFF), "f32": Format(8, 23, 0x7FFFFFFF),
    "f64": Format(11, 52, 0x7FFFFFFFFFFFFFFF), "tf32": Format(8, 10, 0x7FFFFFFF >> 13, True, 13),
    "e4m3": Format(4, 3, 0x7F, False), "e5m2": Format(5, 2, 0x7F),
}
FORMATS["tf32"].nan = 0x7FFFFFFF


def bits(type_name, value):
    """Of a Python float or int, to the nearest."""
    value = Fraction(value)
    return FORMATS[type_name].encode(Number(value < 0, abs(value)))


def special_values(type_name):
    """Zeros, subnormal numbers, ends, infinities, NaNs, ones."""
    f = FORMATS[type_name]
    sign, infinity, one = 1 << (f.bits - 1), f.infinity_bits(), f.bias << f.mantissa
    half_way = 1 << (f.mantissa - 1)
    sizes = [0, 1, (1 << f.mantissa) - 1, 1 << f.mantissa, one, one + 1, one - 1, infinity - 1, infinity,
             infinity | half_way, infinity | 1, one + (1 << f.mantissa), one + half_way]
    return [s for size in sizes for s in (size, sign | size)]


def is_nan_bits(type_name, value):
    return FORMATS[type_name].decode(value).is_nan()

#include "compute/vgpu/lanes/number.h"

#include <bit>

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Type;

Number normalized(bool negative, std::uint64_t significand, int exponent) {
  Number number;
  number.negative = negative;
  if (significand == 0) return number;
  const int shift = std::countl_zero(significand);
  number.kind = Number::Kind::kFinite;
  number.significand = significand << shift;
  number.exponent = exponent - shift;
  return number;
}

// The highest `kept` bits of a significand (kept may be negative), and what is left: half a unit, and anything below.
struct Cut {
  std::uint64_t kept = 0;
  bool half = false, rest = false;
};
Cut cut(std::uint64_t significand, int kept) {
  if (kept >= 64) return {significand, false, false};
  if (kept < 0) return {0, false, true};
  if (kept == 0) return {0, true, significand << 1 != 0};
  return {significand >> (64 - kept), (significand >> (63 - kept) & 1) != 0, significand << kept << 1 != 0};
}

bool rounds_up(const Cut& cut, bool negative, Modifier rounding) {
  switch (rounding) {
    case Modifier::kRna:
      return cut.half;
    case Modifier::kRz:
    case Modifier::kRzi:
      return false;
    case Modifier::kRm:
    case Modifier::kRmi:
      return negative && (cut.half || cut.rest);
    case Modifier::kRp:
    case Modifier::kRpi:
      return !negative && (cut.half || cut.rest);
    default:
      return cut.half && (cut.rest || (cut.kept & 1) != 0);
  }
}

std::uint64_t beyond_range(bool negative, const FloatFormat& format, Modifier rounding, bool finite) {
  const bool towards_zero =
      rounding == Modifier::kRz || (rounding == Modifier::kRm && !negative) || (rounding == Modifier::kRp && negative);
  if (finite || towards_zero) return format.largest();
  return format.has_infinity ? format.infinity() : format.nan;
}

constexpr FloatFormat kHalf{5, 10, 0x7fff, true, 0};
constexpr FloatFormat kBfloat{8, 7, 0x7fff, true, 0};
constexpr FloatFormat kTf32{8, 10, 0x7fff'ffff, true, 13};
constexpr FloatFormat kFloat{8, 23, 0x7fff'ffff, true, 0};
constexpr FloatFormat kDouble{11, 52, 0x7fff'ffff'ffff'ffff, true, 0};
constexpr FloatFormat kE4m3{4, 3, 0x7f, false, 0};
constexpr FloatFormat kE5m2{5, 2, 0x7f, true, 0};

}  // namespace

const FloatFormat* format_of(Type type) {
  switch (type) {
    case Type::kF16:
      return &kHalf;
    case Type::kBF16:
      return &kBfloat;
    case Type::kTF32:
      return &kTf32;
    case Type::kF32:
      return &kFloat;
    case Type::kF64:
      return &kDouble;
    case Type::kE4M3:
      return &kE4m3;
    case Type::kE5M2:
      return &kE5m2;
    default:
      return nullptr;
  }
}

Number number_of_float(const FloatFormat& format, std::uint64_t bits) {
  const std::uint64_t mantissa_mask = (1ULL << format.mantissa_bits) - 1;
  const std::uint64_t size = bits & (format.infinity() | mantissa_mask);
  Number number;
  number.negative = (bits >> (format.bits() - 1) & 1) != 0;
  if (size > format.largest()) {
    number.kind = format.has_infinity && size == format.infinity() ? Number::Kind::kInfinity : Number::Kind::kNan;
    number.nan_bits = bits;
    return number;
  }
  const int biased = static_cast<int>(size >> format.mantissa_bits);
  const std::uint64_t hidden = biased == 0 ? 0 : 1ULL << format.mantissa_bits;
  const int exponent = (biased == 0 ? 1 : biased) - format.bias() - format.mantissa_bits;
  return normalized(number.negative, (size & mantissa_mask) | hidden, exponent);
}

Number number_of_integer(std::uint64_t bits, int width, bool is_signed) {
  const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
  const std::uint64_t value = bits & mask;
  const bool negative = is_signed && (value >> (width - 1) & 1) != 0;
  return normalized(negative, negative ? (0 - value) & mask : value, 0);
}

Number rounded_to_whole(const Number& number, Modifier rounding) {
  if (number.kind != Number::Kind::kFinite || number.exponent >= 0) return number;
  const Cut whole = cut(number.significand, 64 + (number.exponent < -128 ? -128 : number.exponent));
  return normalized(number.negative, whole.kept + (rounds_up(whole, number.negative, rounding) ? 1 : 0), 0);
}

std::uint64_t float_bits_of(const Number& number, const FloatFormat& format, Modifier rounding, bool finite) {
  if (number.kind == Number::Kind::kNan) return format.nan;
  const std::uint64_t sign = static_cast<std::uint64_t>(number.negative) << (format.bits() - 1 + format.low_zeros);
  if (number.kind == Number::Kind::kZero) return sign;
  std::uint64_t size = 0;
  const int power = number.exponent + 63;  // of the highest bit
  if (number.kind == Number::Kind::kInfinity) {
    size = finite || !format.has_infinity ? beyond_range(number.negative, format, Modifier::kRn, finite)
                                          : format.infinity();
  } else if (power > format.bias() + 1) {
    size = beyond_range(number.negative, format, rounding, finite);
  } else {
    const int smallest = 1 - format.bias();
    const bool normal = power >= smallest;
    const Cut kept = cut(number.significand, format.mantissa_bits + 1 - (normal ? 0 : smallest - power));
    // Of normal numbers the hidden bit adds one to the exponent. A carry out of the mantissa moves into it by itself.
    const std::uint64_t exponent = normal ? static_cast<std::uint64_t>(power + format.bias() - 1) : 0;
    size = (exponent << format.mantissa_bits) + kept.kept + (rounds_up(kept, number.negative, rounding) ? 1 : 0);
    if (size > format.largest()) size = beyond_range(number.negative, format, rounding, finite);
  }
  return sign | size << format.low_zeros;
}

std::uint64_t integer_bits_of(const Number& whole, int width, bool is_signed, std::uint64_t nan) {
  if (whole.kind == Number::Kind::kNan) return nan;
  if (whole.kind == Number::Kind::kZero) return 0;
  const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
  const std::uint64_t top = 1ULL << (width - 1);
  const std::uint64_t most = !is_signed ? (whole.negative ? 0 : mask) : whole.negative ? top : top - 1;
  if (whole.kind == Number::Kind::kInfinity || whole.exponent > 0) return most;
  const std::uint64_t size = whole.exponent > -64 ? whole.significand >> -whole.exponent : 0;
  if (size > most) return most;
  return whole.negative ? (0 - size) & mask : size;
}

}  // namespace warpscope::vgpu::lanes

// vgpu/lanes/number.h: binary numbers of every format of PTX, taken apart and rounded exactly. Floor 2.
#pragma once

#include <cstdint>

#include "compute/ptx/opcodes.h"
#include "compute/ptx/types.h"

namespace warpscope::vgpu::lanes {

// significand x 2^exponent; of finite numbers other than zero bit 63 of the significand is set.
struct Number {
  enum class Kind : std::uint8_t { kZero, kFinite, kInfinity, kNan };
  Kind kind = Kind::kZero;
  bool negative = false;
  int exponent = 0;
  std::uint64_t significand = 0;
  std::uint64_t nan_bits = 0;  // of a NaN: as it was written
};

struct FloatFormat {
  int exponent_bits = 8;
  int mantissa_bits = 23;
  std::uint64_t nan = 0x7fff'ffff;  // what conversions make of a NaN
  bool has_infinity = true;         // e4m3: false; its exponent of all ones has numbers, and one NaN
  int low_zeros = 0;                // tf32: bits below the mantissa, in a 32-bit register

  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  int bits() const { return 1 + exponent_bits + mantissa_bits; }
  std::uint64_t infinity() const { return ((1ULL << exponent_bits) - 1) << mantissa_bits; }
  std::uint64_t largest() const { return has_infinity ? infinity() - 1 : infinity() + (1ULL << mantissa_bits) - 2; }
};

// Null for types that are not one floating-point number.
const FloatFormat* format_of(ptx::Type type);

Number number_of_float(const FloatFormat& format, std::uint64_t bits);
Number number_of_integer(std::uint64_t bits, int width, bool is_signed);

// The whole number that kRni, kRzi, kRmi or kRpi says; a zero keeps the sign.
Number rounded_to_whole(const Number& number, ptx::Modifier rounding);

// kRn (also where nothing is said), kRna, kRz, kRm or kRp. `finite`: beyond the range, and for infinity, the largest
// number.
std::uint64_t float_bits_of(const Number& number, const FloatFormat& format, ptx::Modifier rounding, bool finite);

// A whole number, brought into the range of the type. NaN: `nan`.
std::uint64_t integer_bits_of(const Number& whole, int width, bool is_signed, std::uint64_t nan);

}  // namespace warpscope::vgpu::lanes

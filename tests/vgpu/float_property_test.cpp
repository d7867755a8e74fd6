// Arithmetic of f32, f64, f16 and bf16 on random rows against the machine's own in its rounding modes, one number at a
// time: every instruction set gives the same bits, masked handlers write their lanes and no other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <functional>

#include "tests/vgpu/float_rows.h"

namespace warpscope::vgpu::float_rows {
namespace {

// ---- The reference. Operands and results pass through volatile variables, so that the compiler neither folds the
// operation nor moves it out of the rounding mode.

int mode_of(Modifier rounding) {
  switch (rounding) {
    case Modifier::kRz:
      return FE_TOWARDZERO;
    case Modifier::kRm:
      return FE_DOWNWARD;
    case Modifier::kRp:
      return FE_UPWARD;
    default:
      return FE_TONEAREST;
  }
}

template <class T>
T plain(Opcode opcode, T a, T b, T c) {
  switch (opcode) {
    case Opcode::kAdd:
      return a + b;
    case Opcode::kSub:
      return a - b;
    case Opcode::kMul:
      return a * b;
    case Opcode::kFma:
    case Opcode::kMad:
      return std::fma(a, b, c);
    case Opcode::kDiv:
      return a / b;
    case Opcode::kRcp:
      return T{1} / a;
    case Opcode::kSqrt:
      return std::sqrt(a);
    default:
      ADD_FAILURE();
      return a;
  }
}

template <class T>
T rounded(Opcode opcode, Modifier rounding, T a, T b, T c) {
  volatile T x = a, y = b, z = c;
  std::fesetround(mode_of(rounding));
  volatile T result = plain<T>(opcode, x, y, z);
  std::fesetround(FE_TONEAREST);
  return result;
}

int sources_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::kFma:
    case Opcode::kMad:
      return 3;
    case Opcode::kRcp:
    case Opcode::kSqrt:
    case Opcode::kNeg:
    case Opcode::kAbs:
      return 1;
    default:
      return 2;
  }
}

template <class T>
bool is_subnormal(T value) {
  return std::fpclassify(value) == FP_SUBNORMAL;
}
template <class T>
T flushed(bool ftz, T value) {
  return ftz && is_subnormal(value) ? std::copysign(T{0}, value) : value;
}

std::uint32_t expect_f32(const LaneOp& op, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const auto in = [&](std::uint32_t bits) { return flushed(op.ftz, bits_as<float>(bits)); };
  float result = flushed(op.ftz, rounded(op.opcode, op.rounding, in(a), in(b), in(c)));
  if (op.saturate) result = !(result > 0.0F) ? 0.0F : std::min(result, 1.0F);
  return std::isnan(result) ? 0x7fff'ffffU : bits_as<std::uint32_t>(result);
}

std::uint64_t expect_f64(const LaneOp& op, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const double result = rounded(op.opcode, op.rounding, bits_as<double>(a), bits_as<double>(b), bits_as<double>(c));
  if (!std::isnan(result)) return bits_as<std::uint64_t>(result);
  const std::uint64_t operands[] = {a, b, c};
  for (int s = 0; s < sources_of(op.opcode); ++s) {
    if (std::isnan(bits_as<double>(operands[s]))) return operands[s] | 0x0008'0000'0000'0000U;
  }
  return 0xfff8'0000'0000'0000U;
}

// A double as a number of `mantissa_bits`, to nearest even; `inexact`: it is a little further from zero.
std::uint32_t half_of(double value, bool inexact, int mantissa_bits, int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const std::uint32_t sign = std::signbit(value) ? 0x8000 : 0;
  const std::uint32_t infinity = static_cast<std::uint32_t>((1 << exponent_bits) - 1) << mantissa_bits;
  if (std::isnan(value)) return 0x7fff;
  if (std::isinf(value)) return sign | infinity;
  if (value == 0) return sign;  // nothing that is inexact is that small
  const int exponent = std::max(std::ilogb(value), 1 - bias);
  const double last_bit = std::ldexp(1.0, exponent - mantissa_bits);
  const double steps = std::fabs(value) / last_bit;  // exact: a power of two
  double whole = std::floor(steps);
  const double rest = steps - whole;
  if (rest > 0.5 || (rest == 0.5 && (inexact || std::fmod(whole, 2.0) == 1.0))) whole += 1;
  const double number = whole * last_bit;
  if (number >= std::ldexp(1.0, bias + 1)) return sign | infinity;
  const auto count = static_cast<std::uint32_t>(whole);  // with the hidden bit of normal numbers
  return sign | ((static_cast<std::uint32_t>(exponent + bias - 1) << mantissa_bits) + count);
}

float half_value(bool bfloat, std::uint32_t h) {
  if (bfloat) return bits_as<float>(h << 16);
  const int exponent = static_cast<int>(h >> 10 & 31);
  const float mantissa = static_cast<float>(h & 0x3ff);
  const float sign = (h & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) return mantissa != 0 ? std::copysign(std::nanf(""), sign) : sign * INFINITY;
  return sign * std::ldexp(exponent == 0 ? mantissa : mantissa + 1024.0F, std::max(exponent, 1) - 25);
}

std::uint32_t expect_half(const LaneOp& op, bool bfloat, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const auto flush = [&](std::uint32_t h) { return op.ftz && (h & 0x7c00) == 0 ? h & 0x8000 : h; };
  const double x = half_value(bfloat, flush(a)), y = half_value(bfloat, flush(b)), z = half_value(bfloat, flush(c));
  // Towards zero with the inexact flag is as good as exact for numbers of 11 bits.
  volatile double va = x, vb = y, vc = z;
  std::fesetround(FE_TOWARDZERO);
  std::feclearexcept(FE_ALL_EXCEPT);
  volatile double result = plain<double>(op.opcode, va, vb, vc);
  const bool inexact = std::fetestexcept(FE_INEXACT) != 0;
  std::fesetround(FE_TONEAREST);
  const std::uint32_t half = flush(half_of(result, inexact, bfloat ? 7 : 10, bfloat ? 8 : 5));
  if (op.saturate) {
    const float value = half_value(bfloat, half);
    return !(value > 0.0F) ? 0 : value > 1.0F ? (bfloat ? 0x3f80 : 0x3c00) : half;
  }
  if (op.relu && half != 0x7fff && (half & 0x8000) != 0) return 0;
  return half;
}

// ---- The comparison

using Reference = std::function<std::uint64_t(std::uint64_t, std::uint64_t, std::uint64_t)>;

// Sources that cancel: c close to -a * b, and b close to -a.
template <class T>
void relate(Numbers& numbers, bool is_float, bool three, T& a, T& b, T& c) {
  if (!is_float) return;
  if constexpr (sizeof(T) >= 4) {
    using Number = std::conditional_t<sizeof(T) == 4, float, double>;
    const auto nudge = static_cast<T>(numbers.word() % 5 - 2);
    if (three) {
      c = bits_as<T>(-(bits_as<Number>(a) * bits_as<Number>(b))) + nudge;
    } else {
      b = (a ^ T{1} << (8 * sizeof(T) - 1)) + nudge;
    }
  }
}

template <class T>
void compare(const LaneOp& op, const std::string& name, bool bfloat, const Reference& reference, int rounds = 400) {
  const auto sets = instruction_sets();
  Numbers numbers(0x5eed + static_cast<std::uint64_t>(op.opcode) * 64 + static_cast<std::uint64_t>(op.rounding));
  for (int round = 0; round < rounds; ++round) {
    Row<T> a, b, c, old, expected;
    for (int l = 0; l < 32; ++l) {
      a.lane[l] = static_cast<T>(numbers.of(sizeof(T), bfloat));
      b.lane[l] = static_cast<T>(numbers.of(sizeof(T), bfloat));
      c.lane[l] = static_cast<T>(numbers.of(sizeof(T), bfloat));
      old.lane[l] = static_cast<T>(numbers.word());
      relate<T>(numbers, round % 4 == 1, sources_of(op.opcode) == 3, a.lane[l], b.lane[l], c.lane[l]);
      expected.lane[l] = static_cast<T>(reference(a.lane[l], b.lane[l], c.lane[l]));
    }
    const auto mask = static_cast<LaneMask>(numbers.word());
    for (const InstructionSet& set : sets) {
      const HandlerPair handlers = set.find(op);
      ASSERT_NE(handlers.full, nullptr) << name;
      ASSERT_NE(handlers.masked, nullptr) << name;
      Bench bench;
      bench.set(0, old);
      bench.set(1, a);
      bench.set(2, b);
      bench.set(3, c);
      bench.run(handlers, mask);
      const Row<T> masked = bench.get<T>(0);
      bench.run(handlers, ~LaneMask{0});
      const Row<T> full = bench.get<T>(0);
      bench.run(handlers, ~LaneMask{0}, 1);
      const Row<T> in_place = bench.get<T>(1);
      for (int l = 0; l < 32; ++l) {
        ASSERT_EQ(+full.lane[l], +expected.lane[l])
            << name << " on " << set.name << std::hex << ": 0x" << +a.lane[l] << " 0x" << +b.lane[l] << " 0x"
            << +c.lane[l] << " -> 0x" << +full.lane[l] << ", not 0x" << +expected.lane[l];
        ASSERT_EQ(+masked.lane[l], (mask >> l & 1) != 0 ? +expected.lane[l] : +old.lane[l]) << name << " " << set.name;
        ASSERT_EQ(+in_place.lane[l], +expected.lane[l]) << name << " in place, " << set.name;
      }
    }
  }
}

LaneOp op_of(Opcode opcode, Type type, Modifier rounding = Modifier::kUnknown) {
  LaneOp op;
  op.opcode = opcode;
  op.type = type;
  op.rounding = rounding;
  op.sources = static_cast<std::uint8_t>(sources_of(opcode));
  op.destination_bytes = static_cast<std::uint8_t>(ptx::bytes_of(type));
  return op;
}

std::string name_of(const LaneOp& op) {
  return std::string(ptx::name_of(op.opcode)) + "." + std::string(ptx::name_of(op.rounding)) + (op.ftz ? ".ftz" : "") +
         (op.saturate ? ".sat" : "") + (op.relu ? ".relu" : "") + "." + std::string(ptx::name_of(op.type));
}

constexpr Opcode kArithmetic[] = {Opcode::kAdd, Opcode::kSub, Opcode::kMul, Opcode::kFma,
                                  Opcode::kMad, Opcode::kDiv, Opcode::kRcp, Opcode::kSqrt};
constexpr Modifier kRoundings[] = {Modifier::kRn, Modifier::kRz, Modifier::kRm, Modifier::kRp};

TEST(FloatProperty, SinglePrecisionInEveryRoundingMode) {
  for (const Opcode opcode : kArithmetic) {
    for (const Modifier rounding : kRoundings) {
      for (int variant = 0; variant < 4; ++variant) {
        LaneOp op = op_of(opcode, Type::kF32, rounding);
        op.ftz = (variant & 1) != 0;
        op.saturate = (variant & 2) != 0;
        if (op.saturate && (opcode == Opcode::kDiv || sources_of(opcode) == 1)) continue;
        compare<std::uint32_t>(op, name_of(op), false, [&](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
          return expect_f32(op, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b),
                            static_cast<std::uint32_t>(c));
        });
      }
    }
  }
}

TEST(FloatProperty, DoublePrecisionInEveryRoundingMode) {
  for (const Opcode opcode : kArithmetic) {
    for (const Modifier rounding : kRoundings) {
      const LaneOp op = op_of(opcode, Type::kF64, rounding);
      compare<std::uint64_t>(op, name_of(op), false, [&](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
        return expect_f64(op, a, b, c);
      });
    }
  }
}

TEST(FloatProperty, PairsOfFloats) {
  for (const Opcode opcode : {Opcode::kAdd, Opcode::kSub, Opcode::kMul, Opcode::kFma}) {
    for (const Modifier rounding : kRoundings) {
      for (const bool ftz : {false, true}) {
        LaneOp op = op_of(opcode, Type::kF32x2, rounding);
        op.ftz = ftz;
        compare<std::uint64_t>(
            op, name_of(op), false,
            [&](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
              const auto part = [&](int shift) {
                return static_cast<std::uint64_t>(expect_f32(op, static_cast<std::uint32_t>(a >> shift),
                                                             static_cast<std::uint32_t>(b >> shift),
                                                             static_cast<std::uint32_t>(c >> shift)));
              };
              return part(0) | part(32) << 32;
            },
            100);
      }
    }
  }
}

// f16 and bf16, alone and in pairs.
void compare_halves(LaneOp op, bool bfloat) {
  op.type = bfloat ? Type::kBF16 : Type::kF16;
  compare<std::uint16_t>(op, name_of(op), bfloat, [&](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    return expect_half(op, bfloat, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b),
                       static_cast<std::uint32_t>(c));
  });
  op.type = bfloat ? Type::kBF16x2 : Type::kF16x2;
  compare<std::uint32_t>(
      op, name_of(op), bfloat,
      [&](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
        const auto part = [&](int shift) {
          return expect_half(op, bfloat, static_cast<std::uint32_t>(a >> shift & 0xffff),
                             static_cast<std::uint32_t>(b >> shift & 0xffff),
                             static_cast<std::uint32_t>(c >> shift & 0xffff));
        };
        return part(0) | part(16) << 16;
      },
      100);
}

TEST(FloatProperty, HalfPrecisionRoundsOnce) {
  for (const Opcode opcode : {Opcode::kAdd, Opcode::kSub, Opcode::kMul, Opcode::kFma}) {
    for (const bool ftz : {false, true}) {
      LaneOp op = op_of(opcode, Type::kF16, Modifier::kRn);
      op.ftz = ftz;
      compare_halves(op, false);
      op.saturate = true;
      compare_halves(op, false);
      op.saturate = false;
      op.relu = true;
      if (opcode == Opcode::kFma) compare_halves(op, false);
    }
  }
}

TEST(FloatProperty, Bfloat16RoundsOnce) {
  for (const Opcode opcode : {Opcode::kAdd, Opcode::kSub, Opcode::kMul, Opcode::kFma}) {
    LaneOp op = op_of(opcode, Type::kBF16, Modifier::kRn);
    compare_halves(op, true);
    op.relu = true;
    if (opcode == Opcode::kFma) compare_halves(op, true);
  }
}

// An fma of halves whose rounding to f32 or f64 on the way would fall on a tie: (1 + 2^-10)^2 + 2^-24 and its like.
TEST(FloatProperty, FmaOfHalvesNearTies) {
  for (const bool bfloat : {false, true}) {
    const int mantissa_bits = bfloat ? 7 : 10;
    const std::uint32_t one = bfloat ? 0x3f80 : 0x3c00;
    LaneOp op = op_of(Opcode::kFma, bfloat ? Type::kBF16 : Type::kF16, Modifier::kRn);
    Numbers numbers(7);
    for (int round = 0; round < 20000; ++round) {
      Row<std::uint16_t> a, b, c;
      for (int l = 0; l < 32; ++l) {
        // Products with a one right behind the last bit that stays, and an addend far below it.
        a.lane[l] = static_cast<std::uint16_t>(one + (numbers.word() & ((1U << mantissa_bits) - 1)));
        b.lane[l] = static_cast<std::uint16_t>(one + (1U << (numbers.word() % static_cast<unsigned>(mantissa_bits))));
        const std::uint32_t tiny = static_cast<std::uint32_t>(numbers.word() % (one / 2));
        c.lane[l] = static_cast<std::uint16_t>(tiny | (numbers.word() & 0x8000));
      }
      for (const InstructionSet& set : instruction_sets()) {
        Bench bench;
        bench.set(1, a);
        bench.set(2, b);
        bench.set(3, c);
        bench.run(set.find(op), ~LaneMask{0});
        const auto result = bench.get<std::uint16_t>(0);
        for (int l = 0; l < 32; ++l) {
          ASSERT_EQ(result.lane[l], expect_half(op, bfloat, a.lane[l], b.lane[l], c.lane[l]))
              << set.name << std::hex << " 0x" << a.lane[l] << " 0x" << b.lane[l] << " 0x" << c.lane[l];
        }
      }
    }
  }
}

// ---- min, max, neg and abs, as the ISA's pseudocode has them

std::uint32_t expect_pick(const LaneOp& op, std::uint32_t a, std::uint32_t b) {
  const auto prepared = [&](std::uint32_t bits) {
    const float value = flushed(op.ftz, bits_as<float>(bits));
    return op.xor_sign_abs || op.detail == Modifier::kAbs ? std::fabs(value) : value;
  };
  const float x = prepared(a), y = prepared(b);
  const bool x_nan = std::isnan(x), y_nan = std::isnan(y);
  if ((x_nan && y_nan) || (op.nan_propagates && (x_nan || y_nan))) return 0x7fff'ffffU;
  float result = 0;
  if (x_nan || y_nan) {
    result = x_nan ? y : x;
  } else if (x == y) {
    const bool want_negative = op.opcode == Opcode::kMin;
    result = std::signbit(x) == want_negative ? x : y;
  } else {
    result = (op.opcode == Opcode::kMin) == (x < y) ? x : y;
  }
  if (op.xor_sign_abs) result = std::copysign(result, ((a ^ b) >> 31) != 0 ? -1.0F : 1.0F);
  return bits_as<std::uint32_t>(result);
}

TEST(FloatProperty, MinAndMax) {
  for (const Opcode opcode : {Opcode::kMin, Opcode::kMax}) {
    for (int variant = 0; variant < 32; ++variant) {
      LaneOp op = op_of(opcode, Type::kF32);
      op.ftz = (variant & 1) != 0;
      op.nan_propagates = (variant & 2) != 0;
      op.xor_sign_abs = (variant & 4) != 0;
      if ((variant & 8) != 0) op.detail = Modifier::kAbs;
      if ((variant & 16) != 0) op.sources = 3;
      if (op.xor_sign_abs && variant >= 8) continue;
      if (op.detail == Modifier::kAbs && op.sources != 3) continue;
      compare<std::uint32_t>(op, name_of(op), false, [&](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
        const std::uint32_t two = expect_pick(op, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
        return op.sources == 3 ? expect_pick(op, two, static_cast<std::uint32_t>(c)) : two;
      });
    }
  }
}

TEST(FloatProperty, MinAndMaxOfHalves) {
  for (const Opcode opcode : {Opcode::kMin, Opcode::kMax}) {
    for (int variant = 0; variant < 8; ++variant) {
      LaneOp op = op_of(opcode, Type::kF16);
      op.ftz = (variant & 1) != 0;
      op.nan_propagates = (variant & 2) != 0;
      op.xor_sign_abs = (variant & 4) != 0;
      // On the values as floats, whose subnormal ones are not those of f16.
      LaneOp wide = op;
      wide.ftz = false;
      const auto expected = [&](std::uint64_t a, std::uint64_t b, std::uint64_t) -> std::uint64_t {
        const auto bits = [&](std::uint64_t h) {
          const std::uint64_t flushed_half = op.ftz && (h & 0x7c00) == 0 ? h & 0x8000 : h;
          return bits_as<std::uint32_t>(half_value(false, static_cast<std::uint32_t>(flushed_half)));
        };
        return half_of(bits_as<float>(expect_pick(wide, bits(a), bits(b))), false, 10, 5);
      };
      compare<std::uint16_t>(op, name_of(op), false, expected);
    }
  }
}

TEST(FloatProperty, NegationAndMagnitude) {
  for (const Opcode opcode : {Opcode::kNeg, Opcode::kAbs}) {
    const std::uint32_t clear = opcode == Opcode::kAbs ? 0x8000'0000U : 0;
    const std::uint32_t flip = opcode == Opcode::kNeg ? 0x8000'0000U : 0;
    for (const bool ftz : {false, true}) {
      LaneOp op = op_of(opcode, Type::kF32);
      op.ftz = ftz;
      compare<std::uint32_t>(op, name_of(op), false, [&](std::uint64_t a, std::uint64_t, std::uint64_t) {
        const float value = flushed(ftz, bits_as<float>(static_cast<std::uint32_t>(a)));
        return std::isnan(value) ? 0x7fff'ffffU : (bits_as<std::uint32_t>(value) & ~clear) ^ flip;
      });
    }
    const LaneOp op = op_of(opcode, Type::kF64);
    compare<std::uint64_t>(op, name_of(op), false, [&](std::uint64_t a, std::uint64_t, std::uint64_t) {
      const std::uint64_t other = (a & ~(std::uint64_t{clear} << 32)) ^ std::uint64_t{flip} << 32;
      return std::isnan(bits_as<double>(a)) ? a : other;
    });
  }
}

}  // namespace
}  // namespace warpscope::vgpu::float_rows

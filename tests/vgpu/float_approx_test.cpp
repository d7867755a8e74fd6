// The approximate functions on a million inputs each, all exponents and both signs, against the C library in double
// precision: within what the PTX ISA promises, within what compute/vgpu/lanes/approx.lanes.cpp states, and the same
// bits with every instruction set.
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

#include "tests/vgpu/float_rows.h"

namespace warpscope::vgpu::float_rows {
namespace {

constexpr float kInf = INFINITY;
constexpr double kPi = 3.14159265358979323846;

struct Function {
  const char* name;
  Opcode opcode;
  double (*exact)(double);
  // The error that the ISA allows at x where the result should be y.
  double (*allowed)(double x, double y);
  double ulps;  // that are stated here
};

// Of the float format at y.
double ulp_at(double y) {
  const int exponent = y == 0 ? -149 : std::ilogb(y) - 23;
  return std::ldexp(1.0, exponent < -149 ? -149 : exponent);
}

double reciprocal(double x) {
  return 1 / x;
}
double reciprocal_root(double x) {
  return 1 / std::sqrt(x);
}
double ulps_of_2(double, double y) {
  return 2 * ulp_at(y);
}
double one_ulp(double, double y) {
  return ulp_at(y);
}
// Subnormal results have no relative precision: the last bit instead.
double relative(double y, double exponent) {
  return std::max(std::fabs(y) * std::exp2(exponent), 0.51 * 0x1p-149);
}
double allowed_root(double, double y) {
  return relative(y, -23);
}
double allowed_reciprocal_root(double, double y) {
  return relative(y, -22.9);
}
double allowed_log(double x, double y) {
  return x > 0.5 && x < 2 ? 0x1p-22 : relative(y, -22);
}
double allowed_sine(double x, double) {
  return std::fabs(x) <= 2 * kPi ? std::exp2(-20.5) : std::fabs(x) <= 100 * kPi ? std::exp2(-14.7) : 0x1p-22;
}
double allowed_tanh(double, double y) {
  return relative(y, -11);
}

constexpr Function kFunctions[] = {
    {"rcp.approx.f32", Opcode::kRcp, reciprocal, one_ulp, 0.5000001},
    {"sqrt.approx.f32", Opcode::kSqrt, std::sqrt, allowed_root, 0.5000001},
    {"rsqrt.approx.f32", Opcode::kRsqrt, reciprocal_root, allowed_reciprocal_root, 0.500001},
    {"ex2.approx.f32", Opcode::kEx2, std::exp2, ulps_of_2, 0.500001},
    {"lg2.approx.f32", Opcode::kLg2, std::log2, allowed_log, 0.500001},
    {"sin.approx.f32", Opcode::kSin, std::sin, allowed_sine, 0.500001},
    {"cos.approx.f32", Opcode::kCos, std::cos, allowed_sine, 0.500001},
    {"tanh.approx.f32", Opcode::kTanh, std::tanh, allowed_tanh, 0.500001},
};

LaneOp op_of(Opcode opcode, Type type) {
  LaneOp op;
  op.opcode = opcode;
  op.type = type;
  op.approximate = true;
  op.sources = 1;
  return op;
}

template <class T>
Row<T> run(const LaneOp& op, const InstructionSet& set, const Row<T>& a, const Row<T>& b = {}) {
  Bench bench;
  bench.set(1, a);
  bench.set(2, b);
  bench.run(set.find(op), ~LaneMask{0});
  return bench.get<T>(0);
}

void check(const Function& function, float x, float result) {
  const double y = function.exact(static_cast<double>(x));
  if (std::isnan(y)) {
    ASSERT_EQ(bits_as<std::uint32_t>(result), 0x7fff'ffffU) << function.name << "(" << x << ")";
    return;
  }
  if (std::isinf(y) || std::isinf(result)) {
    // What would round to infinity may be that.
    ASSERT_EQ(result, static_cast<float>(y)) << function.name << "(" << x << ")";
    return;
  }
  const double error = std::fabs(static_cast<double>(result) - y);
  ASSERT_LE(error, function.allowed(static_cast<double>(x), y)) << function.name << "(" << x << ") = " << result;
  const bool sine = function.opcode == Opcode::kSin || function.opcode == Opcode::kCos;
  if (sine && std::fabs(x) >= 0x1p25F) return;
  ASSERT_LE(error, function.ulps * ulp_at(y)) << function.name << "(" << x << ") = " << result;
}

TEST(FloatApprox, WithinTheBoundsOnAMillionInputs) {
  constexpr std::uint32_t kStep = 4093;
  const auto sets = instruction_sets();
  for (const Function& function : kFunctions) {
    const LaneOp op = op_of(function.opcode, Type::kF32);
    for (std::uint64_t begin = 0; begin < 0x1'0000'0000U; begin += 32 * kStep) {
      Row<float> x;
      for (std::uint32_t l = 0; l < 32; ++l) x.lane[l] = bits_as<float>(static_cast<std::uint32_t>(begin + l * kStep));
      const Row<float> result = run(op, sets[0], x);
      for (std::size_t s = 1; s < sets.size(); ++s) {
        const Row<float> other = run(op, sets[s], x);
        ASSERT_EQ(std::memcmp(&result, &other, sizeof result), 0) << function.name << " on " << sets[s].name;
      }
      for (int l = 0; l < 32; ++l) ASSERT_NO_FATAL_FAILURE(check(function, x.lane[l], result.lane[l]));
    }
  }
}

// The tables of the ISA, and what .ftz makes of subnormal numbers.
TEST(FloatApprox, SpecialValues) {
  struct Case {
    Opcode opcode;
    bool ftz;
    float x, y;
  };
  constexpr float kTiny = 0x1p-140F;
  const Case cases[] = {
      {Opcode::kRcp, false, -kInf, -0.0F},   {Opcode::kRcp, false, -0.0F, -kInf},
      {Opcode::kRcp, true, kTiny, kInf},     {Opcode::kRcp, true, -kTiny, -kInf},
      {Opcode::kRcp, true, 0x1p127F, 0.0F},  {Opcode::kRcp, false, 0x1p127F, 0x1p-127F},
      {Opcode::kSqrt, false, -kInf, NAN},    {Opcode::kSqrt, false, -1.0F, NAN},
      {Opcode::kSqrt, false, -0.0F, -0.0F},  {Opcode::kSqrt, true, -kTiny, -0.0F},
      {Opcode::kRsqrt, false, -0.0F, -kInf}, {Opcode::kRsqrt, false, 0.0F, kInf},
      {Opcode::kRsqrt, true, -kTiny, -kInf}, {Opcode::kRsqrt, false, -kTiny, NAN},
      {Opcode::kRsqrt, false, kInf, 0.0F},   {Opcode::kSin, false, -0.0F, -0.0F},
      {Opcode::kSin, false, kInf, NAN},      {Opcode::kSin, true, -kTiny, -0.0F},
      {Opcode::kSin, false, kTiny, kTiny},   {Opcode::kCos, false, -0.0F, 1.0F},
      {Opcode::kCos, false, -kInf, NAN},     {Opcode::kLg2, false, -0.0F, -kInf},
      {Opcode::kLg2, false, -1.0F, NAN},     {Opcode::kLg2, true, -kTiny, -kInf},
      {Opcode::kLg2, false, kTiny, -140.0F}, {Opcode::kLg2, false, kInf, kInf},
      {Opcode::kLg2, false, 1.0F, 0.0F},     {Opcode::kEx2, false, -kInf, 0.0F},
      {Opcode::kEx2, false, kInf, kInf},     {Opcode::kEx2, false, -140.0F, kTiny},
      {Opcode::kEx2, true, -140.0F, 0.0F},   {Opcode::kEx2, true, -0.0F, 1.0F},
      {Opcode::kEx2, false, 128.0F, kInf},   {Opcode::kTanh, false, -kInf, -1.0F},
      {Opcode::kTanh, false, -0.0F, -0.0F},  {Opcode::kTanh, false, kTiny, kTiny},
  };
  for (const Case& c : cases) {
    LaneOp op = op_of(c.opcode, Type::kF32);
    op.ftz = c.ftz;
    Row<float> x;
    for (float& lane : x.lane) lane = c.x;
    for (const InstructionSet& set : instruction_sets()) {
      const float result = run(op, set, x).lane[5];
      const std::uint32_t expected = std::isnan(c.y) ? 0x7fff'ffffU : bits_as<std::uint32_t>(c.y);
      EXPECT_EQ(bits_as<std::uint32_t>(result), expected)
          << ptx::name_of(c.opcode) << (c.ftz ? ".ftz(" : "(") << c.x << ") = " << result << " on " << set.name;
    }
  }
}

TEST(FloatApprox, Division) {
  Numbers numbers(3);
  for (const bool full : {false, true}) {
    LaneOp op = op_of(Opcode::kDiv, Type::kF32);
    op.approximate = !full;
    op.full_range = full;
    for (int round = 0; round < 2000; ++round) {
      Row<float> a, b;
      for (int l = 0; l < 32; ++l) {
        a.lane[l] = bits_as<float>(static_cast<std::uint32_t>(numbers.of(4, false)));
        b.lane[l] = bits_as<float>(static_cast<std::uint32_t>(numbers.of(4, false)));
      }
      for (const InstructionSet& set : instruction_sets()) {
        const Row<float> result = run(op, set, a, b);
        for (int l = 0; l < 32; ++l) {
          const float x = a.lane[l], y = b.lane[l];
          float expected = x / y;
          if (!full && std::fabs(y) > 0x1p126F && std::isfinite(y)) {
            expected = std::isfinite(x) ? std::copysign(0.0F, std::signbit(x) != std::signbit(y) ? -1.0F : 1.0F) : NAN;
          }
          const std::uint32_t bits = std::isnan(expected) ? 0x7fff'ffffU : bits_as<std::uint32_t>(expected);
          ASSERT_EQ(bits_as<std::uint32_t>(result.lane[l]), bits) << x << " / " << y << " on " << set.name;
        }
      }
    }
  }
}

TEST(FloatApprox, DoublePrecision) {
  LaneOp exact = op_of(Opcode::kRsqrt, Type::kF64);
  LaneOp gross = exact, gross_reciprocal = op_of(Opcode::kRcp, Type::kF64);
  gross.ftz = gross_reciprocal.ftz = true;
  Numbers numbers(4);
  const auto sets = instruction_sets();
  for (int round = 0; round < 3000; ++round) {
    Row<double> x;
    for (double& lane : x.lane) lane = bits_as<double>(numbers.of(8, false));
    const Row<double> result = run(exact, sets[0], x);
    const Row<double> roots = run(gross, sets[0], x);
    const Row<double> reciprocals = run(gross_reciprocal, sets[0], x);
    for (const InstructionSet& set : sets) {
      const Row<double> others[] = {run(exact, set, x), run(gross, set, x), run(gross_reciprocal, set, x)};
      ASSERT_EQ(std::memcmp(&result, &others[0], sizeof result), 0) << set.name;
      ASSERT_EQ(std::memcmp(&roots, &others[1], sizeof roots), 0) << set.name;
      ASSERT_EQ(std::memcmp(&reciprocals, &others[2], sizeof reciprocals), 0) << set.name;
    }
    for (int l = 0; l < 32; ++l) {
      const double a = x.lane[l];
      const std::uint64_t upper = bits_as<std::uint64_t>(a) & 0xffff'ffff'0000'0000U;
      const double cut = std::fabs(bits_as<double>(upper)) < DBL_MIN ? std::copysign(0.0, a) : bits_as<double>(upper);
      ASSERT_EQ(bits_as<std::uint64_t>(roots.lane[l]) & 0xffff'ffffU, 0U);
      ASSERT_EQ(bits_as<std::uint64_t>(reciprocals.lane[l]) & 0xffff'ffffU, 0U);
      if (a > 0 && std::isfinite(a)) {
        const long double y = 1 / sqrtl(static_cast<long double>(a));
        const double ulp = std::ldexp(1.0, std::ilogb(static_cast<double>(y)) - 52);
        ASSERT_LE(fabsl(static_cast<long double>(result.lane[l]) - y), 0.501 * ulp) << a;
        if (cut > 0) {
          ASSERT_NEAR(roots.lane[l] * std::sqrt(cut), 1.0, 0x1p-20) << a;
        }
        if (cut > 0 && 1 / cut >= DBL_MIN) {
          ASSERT_NEAR(reciprocals.lane[l] * cut, 1.0, 0x1p-20) << a;
        } else {
          ASSERT_EQ(reciprocals.lane[l], cut > 0 ? 0.0 : kInf) << a;
        }
      } else if (a == 0) {
        ASSERT_EQ(result.lane[l], 1 / a);
        ASSERT_EQ(roots.lane[l], 1 / a);
        ASSERT_EQ(reciprocals.lane[l], 1 / a);
      } else if (std::isnan(a)) {
        ASSERT_EQ(bits_as<std::uint64_t>(result.lane[l]), bits_as<std::uint64_t>(a) | 0x0008'0000'0000'0000U);
        if (std::isnan(bits_as<double>(upper))) {
          ASSERT_EQ(bits_as<std::uint64_t>(reciprocals.lane[l]), 0x7fff'ffff'0000'0000U);
        }
      } else if (a < 0) {
        ASSERT_EQ(bits_as<std::uint64_t>(result.lane[l]), 0xfff8'0000'0000'0000U);
      }
    }
  }
}

// All 65,536 halves.
TEST(FloatApprox, Halves) {
  for (const Opcode opcode : {Opcode::kEx2, Opcode::kTanh}) {
    for (const bool bfloat : {false, true}) {
      LaneOp op = op_of(opcode, bfloat ? Type::kBF16 : Type::kF16);
      op.ftz = bfloat && opcode == Opcode::kEx2;
      const auto value_of = [&](std::uint16_t h) {
        if (bfloat) return static_cast<double>(bits_as<float>(static_cast<std::uint32_t>(h) << 16));
        const int exponent = h >> 10 & 31;
        const double mantissa = h & 0x3ff;
        const double size = exponent == 31
                                ? (mantissa != 0 ? NAN : INFINITY)
                                : std::ldexp(exponent == 0 ? mantissa : mantissa + 1024, std::max(exponent, 1) - 25);
        return (h & 0x8000) != 0 ? -size : size;
      };
      const double least = bfloat ? 0x1p-126 : 0x1p-14;
      for (const InstructionSet& set : instruction_sets()) {
        for (std::uint32_t begin = 0; begin < 0x10000; begin += 32) {
          Row<std::uint16_t> x;
          for (std::uint32_t l = 0; l < 32; ++l) x.lane[l] = static_cast<std::uint16_t>(begin + l);
          const Row<std::uint16_t> result = run(op, set, x);
          for (int l = 0; l < 32; ++l) {
            const double a = value_of(x.lane[l]), r = value_of(result.lane[l]);
            const double y = opcode == Opcode::kEx2 ? std::exp2(a) : std::tanh(a);
            if (std::isnan(a)) {
              ASSERT_EQ(result.lane[l], 0x7fff);
            } else if (std::isinf(r)) {
              ASSERT_GE(y, bfloat ? 0x1p127 * 1.99 : 65519.9) << a;
            } else if (opcode == Opcode::kTanh) {
              ASSERT_LE(std::fabs(r - y), bfloat ? 0x1p-8 : std::exp2(-10.987)) << a;
            } else if (y < least) {
              ASSERT_LE(std::fabs(r - y), op.ftz ? y : 0x1p-25) << a;
            } else {
              ASSERT_LE(std::fabs(r - y), y * (bfloat ? 0x1p-7 : std::exp2(-9.9))) << a;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace warpscope::vgpu::float_rows

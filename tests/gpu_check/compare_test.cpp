#include "tests/gpu_check/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "compute/ptx/parser.h"

namespace warpscope::gpu_check {
namespace {

using kernels::ElementType;

template <class T>
std::vector<std::uint8_t> bytes_of(const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Difference floats(const std::vector<float>& a, const std::vector<float>& b) {
  return compare(ElementType::kF32, bytes_of(a), bytes_of(b));
}

const Allowance kOpen{"something is open"};

TEST(Compare, EqualBitsAreWithinAnything) {
  EXPECT_TRUE(floats({1, NAN, 3}, {1, NAN, 3}).within({}));
}

TEST(Compare, TheLastBitOfAFloatIsTooMuchWhereNothingIsOpen) {
  const Difference difference = floats({1, 2, 100}, {1, std::nextafter(2.0F, 3.0F), 100});
  EXPECT_EQ(difference.differing, 1U);
  EXPECT_FALSE(difference.within({}));
  EXPECT_TRUE(difference.within(kOpen));
}

// 1e-5 of 100 is 1e-3.
TEST(Compare, OpenFloatsAreMeasuredByTheLargest) {
  EXPECT_TRUE(floats({1, 100}, {1.0009F, 100}).within(kOpen));
  EXPECT_FALSE(floats({1, 100}, {1.0011F, 100}).within(kOpen));
}

TEST(Compare, ANumberIsNoNan) {
  EXPECT_FALSE(floats({1, 100}, {NAN, 100}).within(kOpen));
  EXPECT_FALSE(floats({1, 100}, {INFINITY, 100}).within(kOpen));
}

TEST(Compare, OneOpenIntegerInAHundredMayDiffer) {
  std::vector<int> a(200, 5), b = a;
  const auto compared = [&] { return compare(ElementType::kI32, bytes_of(a), bytes_of(b)); };
  b[3] = b[150] = 6;
  EXPECT_TRUE(compared().within(kOpen));
  EXPECT_FALSE(compared().within({}));
  b[4] = 6;
  EXPECT_FALSE(compared().within(kOpen));
}

TEST(Compare, TheWorseBufferCounts) {
  const Difference both = worse(floats({1, 2}, {1, 2}), floats({1, 2}, {1, 3}));
  EXPECT_EQ(both.values, 4U);
  EXPECT_EQ(both.differing, 1U);
  EXPECT_FALSE(both.within(kOpen));
}

Allowance of(const std::string& body) {
  const auto module =
      ptx::parse(".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry k() { .reg .f32 %a, %b, %c;\n" + body +
                     "ret; }\n",
                 "");
  EXPECT_TRUE(module.has_value());
  return module ? allowance_of(*module, "k") : Allowance{};
}

TEST(Open, OnlyWhatThePtxLeavesOpen) {
  EXPECT_TRUE(of("mul.rn.f32 %a, %b, %c; add.f32 %a, %a, %b;\n").exact());
  EXPECT_TRUE(of("mul.f32 %a, %b, %c; add.rn.f32 %a, %a, %b;\n").exact());
  EXPECT_TRUE(of("mul.f32 %a, %b, %c; add.f32 %b, %b, %c;\n").exact()) << "the product goes nowhere";
  EXPECT_TRUE(of("fma.rn.f32 %a, %b, %c, %a; div.rn.f32 %a, %a, %b; sqrt.rn.f32 %a, %b;\n").exact());
  EXPECT_FALSE(of("mul.f32 %a, %b, %c; sub.f32 %b, %b, %a;\n").exact());
  EXPECT_FALSE(of("ex2.approx.f32 %a, %b;\n").exact());
  EXPECT_FALSE(of("div.full.f32 %a, %b, %c;\n").exact());
  EXPECT_FALSE(
      of("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%a, %a, %a, %a}, {%b, %b}, {%c}, {%a, %a, %a, %a};\n")
          .exact());
}

}  // namespace
}  // namespace warpscope::gpu_check

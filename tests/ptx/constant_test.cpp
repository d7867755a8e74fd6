// Constant expressions: PTX ISA 9.0, section 4.5, with values worked out by hand.
#include <gtest/gtest.h>

#include <bit>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

std::int64_t value_of(const std::string& expression) {
  const Instruction move = instruction_of("mov.b64 %rd1, " + expression + ";");
  EXPECT_EQ(move.operands.at(1).kind, OperandKind::kInteger) << expression;
  return move.operands.at(1).value;
}

double number_of(const std::string& expression) {
  const Instruction move = instruction_of("mov.f64 %rd1, " + expression + ";");
  EXPECT_EQ(move.operands.at(1).kind, OperandKind::kFloat64) << expression;
  return std::bit_cast<double>(move.operands.at(1).value);
}

TEST(Constants, AreDecimalHexadecimalOctalOrBinary) {
  EXPECT_EQ(value_of("42"), 42);
  EXPECT_EQ(value_of("0x1F"), 31);
  EXPECT_EQ(value_of("0XfU"), 15);
  EXPECT_EQ(value_of("017"), 15);
  EXPECT_EQ(value_of("0b101"), 5);
  EXPECT_EQ(value_of("0"), 0);
  EXPECT_EQ(value_of("0U"), 0);
  EXPECT_EQ(value_of("0xffffffffffffffff"), -1) << "the bits of an unsigned number";
  EXPECT_EQ(value_of("-9223372036854775808"), INT64_MIN);
}

TEST(Constants, KnowTheSizeOfAWarp) {
  EXPECT_EQ(value_of("WARP_SZ"), 32);
  EXPECT_EQ(value_of("WARP_SZ*2-1"), 63);
}

TEST(Constants, FollowThePrecedenceOfC) {
  EXPECT_EQ(value_of("1 + 2 * 3"), 7);
  EXPECT_EQ(value_of("(1 + 2) * 3"), 9);
  EXPECT_EQ(value_of("10 - 4 - 3"), 3);
  EXPECT_EQ(value_of("1 << 2 + 1"), 8);
  EXPECT_EQ(value_of("6 & 3 == 3"), 0);
  EXPECT_EQ(value_of("1 | 6 ^ 2 & 3"), 5);
  EXPECT_EQ(value_of("0 || 2 && 3"), 1);
  EXPECT_EQ(value_of("0 ? 1 : 0 ? 2 : 3"), 3);
  EXPECT_EQ(value_of("-2 + 5"), 3);
  EXPECT_EQ(value_of("!0 + ~0"), 0);
  EXPECT_EQ(value_of("- - 4"), 4);
  EXPECT_EQ(value_of("7%4"), 3);
  EXPECT_EQ(value_of("7 %4"), 3);
}

TEST(Constants, AreSignedUnlessOneSideIsUnsigned) {
  EXPECT_EQ(value_of("-7 / 2"), -3);
  EXPECT_EQ(value_of("-7 % 2"), -1);
  EXPECT_EQ(value_of("-1 < 1"), 1);
  EXPECT_EQ(value_of("-1 < 1U"), 0);
  EXPECT_EQ(value_of("-8 >> 1"), -4);
  EXPECT_EQ(value_of("(.u64)-8 >> 1"), 0x7ffffffffffffffc);
  EXPECT_EQ(value_of("(.s64)0xffffffffffffffff < 0"), 1);
  EXPECT_EQ(value_of("(.s64)0x8000000000000000 / -1"), INT64_MIN) << "wraps";
  EXPECT_EQ(value_of("(.s64)0x8000000000000000 % -1"), 0);
}

TEST(Constants, ShiftedBeyondTheirWidthAreGone) {
  EXPECT_EQ(value_of("1 << 64"), 0);
  EXPECT_EQ(value_of("1U >> 64"), 0);
  EXPECT_EQ(value_of("-1 >> 99"), -1);
}

TEST(Constants, CanBeFloats) {
  EXPECT_EQ(number_of("1.5 + 2"), 3.5);
  EXPECT_EQ(number_of(".5"), 0.5);
  EXPECT_EQ(number_of("2e-3"), 2e-3);
  EXPECT_EQ(number_of("-1.5"), -1.5);
  EXPECT_EQ(number_of("3.0 / 2.0 * 4.0 - 1.0"), 5.0);
  EXPECT_EQ(number_of("0f3f800000 + 0d3ff0000000000000"), 2.0);
  EXPECT_EQ(value_of("1.5 < 2"), 1);
  EXPECT_EQ(value_of("!1.5"), 0);
  EXPECT_EQ(instruction_of("mov.b32 %r1, -0f3f800000;").operands[1].value, 0xbf800000);
}

TEST(Constants, ThatMeanNothingAreRefused) {
  EXPECT_EQ(errors_in("mov.b32 %r1, 5 / (3 - 3);"), "t.ptx:6:16: a division by zero in a constant expression");
  EXPECT_EQ(errors_in("mov.b32 %r1, 1.5 << 2;"), "t.ptx:6:18: the operator '<<' needs integers on both sides");
  EXPECT_EQ(errors_in("mov.b32 %r1, ~1.5;"), "t.ptx:6:14: the operator '~' needs an integer");
  EXPECT_EQ(errors_in("mov.b32 %r1, 08;"),
            "t.ptx:6:14: '08': expected an integer of at most 64 bits, such as 12, 0x1f, 017, 0b101 or 3U");
  EXPECT_EQ(
      errors_in("mov.b32 %r1, 18446744073709551616;"),
      "t.ptx:6:14: '18446744073709551616': expected an integer of at most 64 bits, such as 12, 0x1f, 017, 0b101 or 3U");
  EXPECT_EQ(errors_in("mov.b32 %r1, 0f3f80;"), "t.ptx:6:14: '0f3f80': expected 8 hexadecimal digits after 0f");
  EXPECT_EQ(errors_in("mov.b32 %r1, 4 + ;"), "t.ptx:6:18: expected a constant, found ';'");
  EXPECT_EQ(errors_in("mov.b32 %r1, 1 ? 2;"), "t.ptx:6:19: expected ':' of a conditional expression, found ';'");
}

}  // namespace
}  // namespace warpscope::ptx

// Texts that ask for more than anything real: refused with an error, quickly and in little memory.
#include <gtest/gtest.h>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

std::string repeated(const std::string& piece, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(Limits, OfRegistersLeaveNoNameWithoutItsRegister) {
  ParseLimits limits;
  limits.max_module_registers = 10;
  const std::string said = errors_of(".func f() { .reg .b32 a<6>; .reg .pred p<6>; @p5 ret; }", limits);
  EXPECT_NE(said.find("there is no register 'p5'"), std::string::npos) << said;
}

TEST(Limits, OfRegistersHoldForAFunctionAndForAModule) {
  EXPECT_EQ(errors_in(".reg .b32 a<4000000000>;"), "t.ptx:6:13: more than 4194304 registers in 'k'");
  EXPECT_EQ(errors_in(".reg .b32 a<18446744073709551615>;"), "t.ptx:6:13: more than 4194304 registers in 'k'");
  ParseLimits limits;
  limits.max_module_registers = 10;
  EXPECT_NE(errors_of(".func f() { .reg .b32 a<6>; }\n.func g() { .reg .b32 a<6>; }", limits)
                .find("more than 10 registers in the module"),
            std::string::npos);
}

TEST(Limits, OfVariablesHoldForTheirSizeAndTheirNumber) {
  EXPECT_EQ(errors_of(".global .u64 x[0xffffffffffff];"), "t.ptx:4:14: 'x' is larger than 1099511627776 bytes");
  EXPECT_EQ(errors_of(".global .u64 x[0xffffffff][0xffffffff][0xffffffff];"),
            "t.ptx:4:14: 'x' is larger than 1099511627776 bytes");
  EXPECT_EQ(module_of(".global .u64 x[1000000000];").variables[0].size_bytes, 8'000'000'000U)
      << "a declaration alone costs nothing";
  EXPECT_EQ(errors_of(".global .u32 x<4000000000>;"), "t.ptx:4:16: more than 1048576 variables in one module");
  EXPECT_EQ(errors_of(".global .u8 x" + repeated("[1]", 65) + ";"), "t.ptx:4:13: 'x' has more than 64 dimensions");
}

TEST(Limits, OfInitialValuesHoldForBytesThatOnlyBracesSkip) {
  EXPECT_EQ(errors_of(".global .u8 x[3][1000000000] = {{1}, {2}, {3}};"),
            "t.ptx:4:39: more than 268435456 bytes of initial values in one module");
  EXPECT_NE(errors_of(".global .u64 x[3][0x7fffffffffffffff] = {{1}, {2}, {3}};"), "");
  EXPECT_NE(errors_of(".global .u64 x[][0xffffffffffffffff] = {{1}, {2}, {3}};"), "");
}

TEST(Limits, OfInstructionsHold) {
  ParseLimits limits;
  limits.max_instructions = 3;
  EXPECT_EQ(errors_in("ret;ret;ret;ret;", limits), "t.ptx:6:13: more than 3 instructions in one module");
}

TEST(Limits, OfNestingHoldForEverythingThatNests) {
  const std::string deep = "nested deeper than 256 levels";
  for (const std::string& body :
       {repeated("{", 100000), "mov.b32 %r1, " + repeated("(", 100000) + "1;",
        "mov.b32 %r1, " + repeated("-", 100001) + "1;", "mov.b32 %r1, " + repeated("!", 100001) + "1;",
        "mov.b32 %r1, " + repeated("(.u64)", 100000) + "1;", "mov.b64 " + repeated("{", 100000) + ";",
        "mov.b32 %r1, " + repeated("1 ? ", 100000) + ";", "mov.b32 %r1, " + repeated("1 ? 1 : ", 100000) + ";",
        "tex.1d [%rd1, " + repeated("[%rd1, ", 100000) + ";"}) {
    EXPECT_NE(errors_in(body).find(deep), std::string::npos) << body.substr(0, 40);
  }
  EXPECT_NE(errors_of(".global .u8 x[2] = " + repeated("{", 100000)), "");
}

TEST(HostileTexts, OfAnyBytesEndInErrors) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_NE(errors_of(bytes), "");
  EXPECT_NE(errors_in(bytes), "");
  for (std::size_t i = 0; i < 256; ++i) EXPECT_NE(errors_in("ret; " + bytes.substr(i, 1) + " ,"), "") << i;
}

TEST(HostileTexts, CutOffAnywhereAreErrorsOrModules) {
  const std::string text = kHeader +
                           ".file 1 \"a.cu\"\n.global .align 8 .u64 x[2] = {generic(x)+8, 0xff};\n.func (.param .b32 "
                           "r) f(.param .b64 a);\n" +
                           kernel(
                               "{ .param .b64 p; call.uni (p), f, (p); } $L: @!%p1 bra $L; tex.2d.v4.f32.f32 {%f1, "
                               "%f2, %f3, _}, [%rd1, {%f1, %f2}];") +
                           ".section .debug_str { .b8 1, 2 $a: .b32 $a-$a }";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto module = parse(text.substr(0, length), "t.ptx");
    if (module) continue;
    for (const base::Error& error : module.error()) {
      EXPECT_FALSE(error.message.empty());
      EXPECT_GT(error.where.line, 0);
      EXPECT_GT(error.where.column, 0);
    }
  }
}

TEST(HostileTexts, OfManyScopesAndLabelsOfOneNameTakeNoLongerThanOthers) {
  const Function function = function_of(repeated("{ L: bra L; }\n", 100000));
  EXPECT_EQ(function.labels.size(), 100000U);
  EXPECT_EQ(function.instructions[99999].operands[0].value, 99999);
}

}  // namespace
}  // namespace warpscope::ptx

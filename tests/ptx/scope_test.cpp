// Names within scopes: registers, variables, labels; and lines of the source.
#include <gmock/gmock.h>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<int> first_registers(const Function& function) {
  std::vector<int> registers;
  for (const Instruction& instruction : function.instructions) registers.push_back(instruction.operands.at(0).reg);
  return registers;
}

Function bare(std::string_view body) {
  return module_of(".func f() {" + std::string(body) + "}").functions.at(0);
}

TEST(Registers, AreDeclaredOneByOneOrInRanges) {
  const Function function = bare(".reg .b32 a, %r<3>, b; .reg .pred p; mov.b32 b, 1; mov.b32 %r2, 1;");
  ASSERT_EQ(function.registers.size(), 6U);
  EXPECT_EQ(function.registers[3].name, "%r2");
  EXPECT_EQ(function.registers[4].name, "b");
  EXPECT_EQ(function.registers[5].type, Type::kPred);
  EXPECT_THAT(first_registers(function), ElementsAre(4, 3));
}

TEST(Registers, OfRangesWhoseBaseEndsInADigitAreFound) {
  const Function function = bare(".reg .b32 %a<2>, %a1<13>; mov.b32 %a1, 1; mov.b32 %a12, 1; mov.b32 %a112, 1;");
  EXPECT_THAT(first_registers(function), ElementsAre(1, 4, 14));
}

TEST(Registers, OfInnerScopesHideThoseOfTheSameName) {
  const Function function = bare(
      ".reg .b32 t, %r<4>; mov.b32 t, 0; { .reg .b32 t, %r<2>; mov.b32 t, 1; mov.b32 %r1, 1; mov.b32 %r3, 1; { .reg "
      ".b32 %r3; mov.b32 %r3, 2; } } mov.b32 t, 3; mov.b32 %r1, 3;");
  EXPECT_THAT(first_registers(function), ElementsAre(0, 5, 7, 4, 8, 0, 2));
  EXPECT_EQ(function.registers[5].name, "t");
}

TEST(Registers, DeclaredInTheMiddleOfAScopeHideFromThereOn) {
  EXPECT_THAT(first_registers(bare(".reg .b32 t; { mov.b32 t, 0; .reg .b32 t; mov.b32 t, 1; }")), ElementsAre(0, 1));
}

TEST(Registers, OfVectorsAreTheirComponents) {
  const Function function = bare(
      ".reg .v2 .f32 %v, %w<2>; .reg .f32 a; mov.f32 %v.y, a; mov.f32 %w1.x, a; mov.f32 %v.r, a; st.global.v2.f32 [0], "
      "%w1;");
  ASSERT_EQ(function.registers.size(), 7U);
  EXPECT_EQ(function.registers[0].name, "%v.x");
  EXPECT_EQ(function.registers[5].name, "%w1.y");
  EXPECT_EQ(function.instructions[0].operands[0].reg, 1);
  EXPECT_EQ(function.instructions[1].operands[0].reg, 4);
  EXPECT_EQ(function.instructions[2].operands[0].reg, 0);
  const Operand& whole = function.instructions[3].operands[1];
  ASSERT_EQ(whole.kind, OperandKind::kVector);
  EXPECT_EQ(whole.list[0].reg, 4);
  EXPECT_EQ(whole.list[1].reg, 5);
}

TEST(Variables, OfABodyLiveInItsScopes) {
  const Module module = module_of(
      ".shared .align 4 .b8 tile[16];\n.func f() { .local .align 8 .b8 depot[24]; .shared .u32 tile[2]; .reg .b64 a;\n"
      "mov.u64 a, depot; mov.u64 a, tile+4; { .param .b64 depot; st.param.b64 [depot], a; } }");
  const Function& f = module.functions[0];
  ASSERT_EQ(f.variables.size(), 3U);
  EXPECT_EQ(f.variables[0].space, Space::kLocal);
  EXPECT_EQ(f.variables[0].size_bytes, 24U);
  EXPECT_EQ(f.instructions[0].operands[1].symbol.index, 0);
  EXPECT_EQ(f.instructions[1].operands[1].symbol.kind, SymbolKind::kFunctionVariable) << "hides the module's";
  EXPECT_EQ(f.instructions[1].operands[1].value, 4);
  EXPECT_EQ(f.instructions[2].operands[0].symbol.index, 2);
}

TEST(Labels, AreSeenWithinTheirScope) {
  const Function function = bare("{ L: bra L; { bra L; } } L: bra L; { L: bra L; }");
  EXPECT_THAT(function.labels, ElementsAre(Pair("L", 0), Pair("L$2", 2), Pair("L$3", 3)));
  std::vector<std::int64_t> targets;
  for (const Instruction& branch : function.instructions) targets.push_back(branch.operands[0].value);
  EXPECT_THAT(targets, ElementsAre(0, 0, 2, 3));
}

TEST(Labels, MayBeginWithAPercentSignAfterALine) {
  EXPECT_THAT(bare(".loc 1 5 3\n%here: bra %here;").labels, ElementsAre(Pair("%here", 0)));
}

TEST(Labels, KeepApartFromNamesThatAreWrittenThatWay) {
  EXPECT_THAT(bare("L$2: { L: } { L: } L$3: { L: }").labels,
              ElementsAre(Pair("L", 0), Pair("L$2", 0), Pair("L$3", 0), Pair("L$3$2", 0), Pair("L$4", 0)));
}

TEST(Lines, BelongToTheInstructionsThatFollow) {
  const Function function = bare("ret; .loc 1 5 3 \n ret; ret; .loc 1 6 0 prologue_end\n ret; .loc 1 7 1 ");
  ASSERT_EQ(function.locs.size(), 3U);
  EXPECT_EQ(function.instructions[0].loc, -1);
  EXPECT_EQ(function.instructions[1].loc, 0);
  EXPECT_EQ(function.instructions[2].loc, 0);
  EXPECT_EQ(function.instructions[3].loc, 1);
  EXPECT_EQ(function.locs[0].column, 3);
}

TEST(Lines, KnowWhereTheyWereInlined) {
  const Function function = bare(
      ".loc 1 12 3\n.loc 1 46 5, function_name $L__info_string0, inlined_at 1 12 3\n.loc 2 7 1, function_name "
      ".debug_str+16, inlined_at 1 46 5\n"
      "ret; .loc 3 1 1, function_name $x, inlined_at 1 99 9\n ret;");
  ASSERT_EQ(function.locs.size(), 5U);
  EXPECT_EQ(function.locs[1].inlined_at, 0);
  EXPECT_EQ(function.locs[1].function, "$L__info_string0");
  EXPECT_EQ(function.locs[2].inlined_at, 1);
  EXPECT_EQ(function.locs[2].function, ".debug_str+16");
  EXPECT_EQ(function.instructions[0].loc, 2);
  EXPECT_EQ(function.locs[3].line, 99) << "a place that nothing named before";
  EXPECT_EQ(function.locs[4].inlined_at, 3);
  EXPECT_EQ(function.instructions[1].loc, 4);
}

TEST(Pragmas, OfABodyBelongToItsFunction) {
  EXPECT_THAT(bare(".pragma \"nounroll\"; ret;").pragmas, ElementsAre("nounroll"));
}

}  // namespace
}  // namespace warpscope::ptx

// Names of instructions and all forms of operands.
#include <gmock/gmock.h>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(InstructionNames, AreTakenApartIntoOpcodeTypesSpacesAndModifiers) {
  const Instruction atom = instruction_of("atom.add.release.gpu.global.u32 %r1, [%rd1], %r2;");
  EXPECT_EQ(atom.opcode, Opcode::kAtom);
  EXPECT_EQ(atom.name, "atom.add.release.gpu.global.u32");
  EXPECT_THAT(atom.types, ElementsAre(Type::kU32));
  EXPECT_EQ(atom.space, Space::kGlobal);
  EXPECT_THAT(atom.modifiers, ElementsAre(Modifier::kAdd, Modifier::kRelease, Modifier::kGpu));
  EXPECT_TRUE(atom.has(Modifier::kRelease));
  EXPECT_FALSE(atom.has(Modifier::kAcquire));
}

TEST(InstructionNames, KeepTheOrderOfTypesAndTheVectorSize) {
  const Instruction cvt = instruction_of("cvt.rn.f32.s32 %f1, %r1;");
  EXPECT_THAT(cvt.types, ElementsAre(Type::kF32, Type::kS32));
  const Instruction load = instruction_of("ld.global.nc.L1::no_allocate.L2::128B.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];");
  EXPECT_EQ(load.vector_size, 4);
  EXPECT_THAT(load.modifiers, ElementsAre(Modifier::kNc, Modifier::kL1NoAllocate, Modifier::kL2128B));
}

TEST(InstructionNames, MayHaveTwoSpaces) {
  const Instruction copy = instruction_of("cp.async.ca.shared::cta.global [%r1], [%rd1], 4;");
  EXPECT_EQ(copy.opcode, Opcode::kCpAsync);
  EXPECT_EQ(copy.space, Space::kShared);
  EXPECT_EQ(copy.second_space, Space::kGlobal);
  EXPECT_THAT(copy.modifiers, ElementsAre(Modifier::kCa));
}

TEST(InstructionNames, OfSeveralWordsAreTheLongestThatFits) {
  const Function function = function_of(
      "bar.warp.sync 0xffffffff; bar.sync 0; barrier.cta.sync 1;\n"
      "cp.async.wait_all; cp.async.bulk.commit_group; cp.async.mbarrier.arrive.noinc.shared.b64 [%r1];\n"
      "st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.u32 [%r1], %r2, [%r3];\n"
      "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.inc.u32 [%r1], %r2, [%r3];\n"
      "red.global.add.u32 [%rd1], 1; cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%rd1], [%r1], 4;");
  std::vector<Opcode> opcodes;
  for (const Instruction& instruction : function.instructions) opcodes.push_back(instruction.opcode);
  EXPECT_THAT(opcodes,
              ElementsAre(Opcode::kBarWarpSync, Opcode::kBar, Opcode::kBarrier, Opcode::kCpAsync, Opcode::kCpAsyncBulk,
                          Opcode::kCpAsync, Opcode::kStAsync, Opcode::kRedAsync, Opcode::kRed, Opcode::kCp));
  EXPECT_THAT(function.instructions[0].modifiers, ElementsAre(Modifier::kSync));
  EXPECT_THAT(function.instructions[2].modifiers, ElementsAre(Modifier::kCta, Modifier::kSync));
}

TEST(InstructionNames, ThatNobodyKnowsAreKept) {
  const Instruction teleport = instruction_of("teleport.far.u32 %r1, %r2;");
  EXPECT_EQ(teleport.opcode, Opcode::kUnknown);
  EXPECT_EQ(teleport.name, "teleport.far.u32");
  EXPECT_EQ(teleport.operands.size(), 2U);
  EXPECT_TRUE(instruction_of("add.sideways.u32 %r1, %r2, 3;").has(Modifier::kUnknown));
}

TEST(InstructionNames, MayBeWrittenWithBlanks) {
  const Instruction move = instruction_of("mov .b32 %r1, 4;");
  EXPECT_EQ(move.name, "mov.b32");
  EXPECT_THAT(move.types, ElementsAre(Type::kB32));
}

TEST(Instructions, HaveTheirPlaceInTheText) {
  const Instruction add = instruction_of("  @%p1 add.s32 %r1, %r2,\n 3;");
  EXPECT_EQ(add.where.line, 6);
  EXPECT_EQ(add.where.column, 8);
  EXPECT_EQ(add.operands[0].where.column, 16);
  EXPECT_EQ(add.operands[2].where.line, 7);
  EXPECT_EQ(add.operands[2].where.column, 2);
}

TEST(Guards, AreAPredicateThatMayBeNegated) {
  const Function function = function_of("@%p1 ret; @!%p2 exit; ret;");
  EXPECT_EQ(function.instructions[0].guard.reg, 1);
  EXPECT_FALSE(function.instructions[0].guard.negated);
  EXPECT_EQ(function.instructions[1].guard.reg, 2);
  EXPECT_TRUE(function.instructions[1].guard.negated);
  EXPECT_EQ(function.instructions[2].guard.reg, -1);
}

TEST(Operands, CanBeRegistersAndNumbers) {
  const Instruction fma = instruction_of("fma.rn.f32 %f1, %f2, 0fBF800000, 1.5;");
  EXPECT_EQ(fma.operands[0].kind, OperandKind::kRegister);
  EXPECT_EQ(fma.operands[2].kind, OperandKind::kFloat32);
  EXPECT_EQ(fma.operands[2].value, 0xbf800000);
  EXPECT_EQ(fma.operands[3].kind, OperandKind::kFloat64);
  EXPECT_EQ(fma.operands[3].value, 0x3ff8000000000000);
  EXPECT_EQ(instruction_of("mov.f64 %rd1, 0d8000000000000000;").operands[1].value, INT64_MIN);
}

TEST(Operands, CanBeSpecialRegisters) {
  EXPECT_EQ(instruction_of("mov.u32 %r1, %ctaid.y;").operands[1].special, SpecialRegister::kCtaidY);
  EXPECT_EQ(instruction_of("mov.u32 %r1, %laneid;").operands[1].special, SpecialRegister::kLaneid);
  EXPECT_EQ(instruction_of("mov.u32 %r1, %tid.w;").operands[1].kind, OperandKind::kInteger) << "is always 0";
  const Instruction whole = instruction_of("mov.v4.u32 {%r1, %r2, %r3, _}, %ntid;");
  ASSERT_EQ(whole.operands[1].kind, OperandKind::kVector);
  EXPECT_EQ(whole.operands[1].list[2].special, SpecialRegister::kNtidZ);
  EXPECT_EQ(whole.operands[0].list[3].kind, OperandKind::kSink);
}

TEST(Operands, CanBePairsAndNegatedPredicates) {
  const Instruction compare = instruction_of("setp.lt.and.s32 %p1|_, %r1, -5, !%p2;");
  ASSERT_EQ(compare.operands[0].kind, OperandKind::kPair);
  EXPECT_EQ(compare.operands[0].list[0].reg, 1);
  EXPECT_EQ(compare.operands[0].list[1].kind, OperandKind::kSink);
  EXPECT_EQ(compare.operands[2].value, -5);
  EXPECT_TRUE(compare.operands[3].negated);
  EXPECT_TRUE(instruction_of("vmad.s32.s32.s32 %r1, %r2, %r3, -%r4;").operands[3].negated);
}

TEST(Operands, CanBePartsOfRegisters) {
  const Instruction add = instruction_of("vadd.s32.s32.u32 %r1, %r2.b3, %r3.h1;");
  EXPECT_EQ(add.operands[0].part, 0U);
  EXPECT_EQ(add.operands[1].part, 0xb3U);
  EXPECT_EQ(add.operands[2].part, 0xa1U);
  EXPECT_EQ(instruction_of("vadd4.s32.s32.s32 %r1.b31, %r2.b7654, %r3.b3210, %r4;").operands[1].part, 0xb7654U);
}

TEST(Addresses, AreRegistersSymbolsOrNumbersWithOffsets) {
  const Operand plus = instruction_of("ld.global.u32 %r1, [%rd1+16];").operands[1];
  EXPECT_EQ(plus.kind, OperandKind::kAddress);
  EXPECT_EQ(plus.base, AddressBase::kRegister);
  EXPECT_EQ(plus.value, 16);
  EXPECT_EQ(instruction_of("ld.global.u32 %r1, [%rd1+-4];").operands[1].value, -4);
  EXPECT_EQ(instruction_of("ld.global.u32 %r1, [%rd1 - 4];").operands[1].value, -4);
  EXPECT_EQ(instruction_of("ld.global.u32 %r1, [%rd1+4*(2+1)];").operands[1].value, 12);
  const Operand absolute = instruction_of("ld.shared.u32 %r1, [16];").operands[1];
  EXPECT_EQ(absolute.base, AddressBase::kAbsolute);
  EXPECT_EQ(absolute.value, 16);
  const Operand parameter = instruction_of("ld.param.u64 %rd1, [out+4];").operands[1];
  EXPECT_EQ(parameter.base, AddressBase::kSymbol);
  EXPECT_EQ(parameter.symbol.kind, SymbolKind::kParameter);
  EXPECT_EQ(parameter.value, 4);
}

TEST(Addresses, CountElementsInSquareBrackets) {
  const Module module = module_of(".global .u16 g[2][4]; .global .v2 .f32 v[4];\n" +
                                  kernel("ld.global.u16 %r1, [g[3]]; ld.global.u16 %r1, g[3]; mov.u64 %rd1, g[3]; "
                                         "mov.u64 %rd1, v[1]; mov.u64 %rd1, g+3;"));
  const std::vector<Instruction>& all = module.functions[0].instructions;
  for (const int i : {0, 1}) {
    EXPECT_EQ(all[i].operands[1].kind, OperandKind::kAddress);
    EXPECT_EQ(all[i].operands[1].value, 6);
  }
  EXPECT_EQ(all[2].operands[1].kind, OperandKind::kSymbol);
  EXPECT_EQ(all[2].operands[1].value, 6);
  EXPECT_EQ(all[3].operands[1].value, 4) << "scalars, not vectors";
  EXPECT_EQ(all[4].operands[1].value, 3) << "bytes";
}

TEST(Textures, HaveTheirCoordinatesInTheBrackets) {
  const Instruction tex = instruction_of("tex.a2d.v4.f32.f32 {%f1, %f2, %f3, %f4}|%p1, [%rd1, {%r1, %f5, %f6, 0}];");
  EXPECT_EQ(tex.operands[0].kind, OperandKind::kPair);
  const Operand& texture = tex.operands[1];
  ASSERT_EQ(texture.kind, OperandKind::kTexture);
  EXPECT_EQ(texture.list[0].kind, OperandKind::kRegister);
  EXPECT_EQ(texture.list[1].list.size(), 4U);
  const Module module = module_of(".global .texref t; .global .samplerref s;\n" +
                                  kernel("tex.1d.v4.f32.f32 {%f1, _, _, _}, [t, s, {%f5}];"));
  ASSERT_EQ(module.functions[0].instructions[0].operands[1].list.size(), 3U);
  EXPECT_EQ(module.functions[0].instructions[0].operands[1].list[0].kind, OperandKind::kSymbol);
}

TEST(Calls, AlwaysHaveReturnsCalleeAndArguments) {
  const Module module =
      module_of(".func (.param .b32 r) f(.param .b32 a) { ret; }\n.func g() { ret; }\n.func h(.reg .b32 a) { ret; }\n" +
                kernel("{ .param .b32 x; .param .b32 y; call.uni (x), f, (y); } call g; call.uni g, (); call h, (5);"));
  const std::vector<Instruction>& calls = module.functions[3].instructions;
  ASSERT_EQ(calls.size(), 4U);
  for (const Instruction& call : calls) {
    ASSERT_EQ(call.operands.size(), 3U);
    EXPECT_EQ(call.operands[0].kind, OperandKind::kArguments);
    EXPECT_EQ(call.operands[1].symbol.kind, SymbolKind::kFunction);
    EXPECT_EQ(call.operands[2].kind, OperandKind::kArguments);
  }
  EXPECT_EQ(calls[0].operands[0].list[0].symbol.kind, SymbolKind::kFunctionVariable);
  EXPECT_EQ(calls[0].operands[2].list[0].symbol.index, 1);
  EXPECT_THAT(calls[1].operands[2].list, IsEmpty());
  EXPECT_EQ(calls[3].operands[2].list[0].value, 5);
}

TEST(Calls, ThroughRegistersNameAPrototypeOrTargets) {
  const Module module = module_of(".func (.param .b32 r) f(.param .b32 a) { ret; }\n" +
                                  kernel("{ .param .b32 x, y; proto: .callprototype (.param .b32 _) _ (.param .b32 _) "
                                         ".noreturn; call (x), %rd1, (y), proto; }\n"
                                         "list: .calltargets f; { .param .b32 x, y; call (x), %rd1, (y), list; "
                                         "call.uni %rd1, none; }\n none: .callprototype _ ();"));
  const Function& k = module.functions[1];
  EXPECT_EQ(k.instructions[0].operands[1].kind, OperandKind::kRegister);
  EXPECT_EQ(k.instructions[0].operands[3].kind, OperandKind::kPrototype);
  EXPECT_EQ(k.instructions[1].operands[3].kind, OperandKind::kTargets);
  EXPECT_EQ(k.instructions[2].operands[3].value, 1);
  EXPECT_TRUE(k.prototypes[0].noreturn);
  EXPECT_EQ(k.prototypes[0].returns[0].size_bytes, 4U);
  EXPECT_THAT(k.target_lists[0].functions, ElementsAre(0));
}

TEST(Calls, CanReachTheFunctionItself) {
  const Module module = module_of(".func f() { call f; ret; }");
  EXPECT_EQ(module.functions[0].instructions[0].operands[1].symbol.index, 0);
}

TEST(Branches, GoToInstructions) {
  const Function function =
      function_of("top: bra end; bra.uni top; list: .branchtargets top, end; brx.idx %r1, list; end:");
  EXPECT_EQ(function.labels.at("top"), 0);
  EXPECT_EQ(function.labels.at("end"), 3) << "one past the last";
  EXPECT_EQ(function.instructions[0].operands[0].kind, OperandKind::kLabel);
  EXPECT_EQ(function.instructions[0].operands[0].value, 3);
  EXPECT_EQ(function.instructions[1].operands[0].value, 0);
  EXPECT_EQ(function.instructions[2].operands[1].kind, OperandKind::kTargets);
  EXPECT_THAT(function.target_lists[0].instructions, ElementsAre(0, 3));
}

TEST(Instructions, WithoutOperandsMayHaveOneAllTheSame) {
  EXPECT_THAT(instruction_of("ret;").operands, IsEmpty());
  EXPECT_EQ(instruction_of("ret 0;").operands.size(), 1U);
}

}  // namespace
}  // namespace warpscope::ptx

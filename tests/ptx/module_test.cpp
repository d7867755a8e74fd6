// What stands outside functions: the header, files, variables, heads of functions.
#include <gtest/gtest.h>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Module, BeginsWithVersionTargetAndAddressSize) {
  const auto module = parse(".version 7.8\n.target sm_90a, debug\n.address_size 32\n", "a.ptx");
  ASSERT_TRUE(module.has_value());
  EXPECT_EQ(module->file, "a.ptx");
  EXPECT_EQ(module->version_major, 7);
  EXPECT_EQ(module->version_minor, 8);
  EXPECT_EQ(module->target, "sm_90a");
  EXPECT_EQ(module->target_options, std::vector<std::string>{"debug"});
  EXPECT_EQ(module->address_size, 32);
}

TEST(Module, MayHoldCommentsAndLinesOfAPreprocessorAnywhere) {
  const auto module = parse(
      "\xef\xbb\xbf// first\n#line 1 \"a.cu\"\n.version /* in\nside */ 8.0\n# 7\n.target sm_80\n@@DWARF .byte 1\n",
      "a.ptx");
  ASSERT_TRUE(module.has_value()) << module.error()[0].text();
  EXPECT_EQ(module->target, "sm_80");
}

TEST(Module, KnowsItsFiles) {
  const Module module =
      module_of(".file 1 \"a \\\"b\\\".cu\", 1699999999, 4096\n.file\t2 \"c.h\"\n.file 3 \"/dir\" \"name.cu\"\n");
  EXPECT_EQ(module.file_path(1), "a \"b\".cu");
  EXPECT_EQ(module.file_path(2), "c.h");
  EXPECT_EQ(module.file_path(3), "/dir/name.cu");
  EXPECT_EQ(module.file_path(4), "");
}

TEST(Module, FindsWhatItHoldsByName) {
  const Module module =
      module_of(".global .u32 x;\n.func f() { ret; }\n.section .debug_str { .b8 0 }\n.pragma \"a\";\n");
  ASSERT_NE(module.find_variable("x"), nullptr);
  ASSERT_NE(module.find_function("f"), nullptr);
  ASSERT_NE(module.find_section(".debug_str"), nullptr);
  EXPECT_EQ(module.find_variable("f"), nullptr);
  EXPECT_EQ(module.find_function("x"), nullptr);
  EXPECT_EQ(module.find_section(".debug_info"), nullptr);
  EXPECT_EQ(module.pragmas, std::vector<std::string>{"a"});
}

TEST(Variables, HaveTheirPlaceInTheText) {
  const Module module = module_of("\n  .global .u32 x;");
  EXPECT_EQ(module.variables[0].where.line, 5);
  EXPECT_EQ(module.variables[0].where.column, 16);
}

TEST(Variables, AreAlignedToTheirTypeUnlessTheySayMore) {
  const Module module =
      module_of(".global .u16 a; .global .v4 .f32 b; .shared .align 16 .b8 c[3]; .global .v2 .f64 d[2];");
  EXPECT_EQ(module.variables[0].align_bytes, 2);
  EXPECT_EQ(module.variables[1].align_bytes, 16);
  EXPECT_EQ(module.variables[1].size_bytes, 16U);
  EXPECT_EQ(module.variables[2].align_bytes, 16);
  EXPECT_EQ(module.variables[2].size_bytes, 3U);
  EXPECT_EQ(module.variables[3].size_bytes, 32U);
}

TEST(Variables, CanBeManyInOneDeclarationOrNumbered) {
  const Module module = module_of(".global .u32 a, b[2][3] = {{1}, {2}}, n<3>;");
  ASSERT_EQ(module.variables.size(), 5U);
  EXPECT_EQ(module.variables[1].dimensions, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(module.variables[4].name, "n2");
}

TEST(Variables, SayHowTheyAreLinked) {
  const Module module = module_of(
      ".visible .global .u32 a; .extern .shared .align 16 .b8 b[]; .weak .const .u32 c; .common .global .u32 d; "
      ".global .attribute(.managed) .align 8 .u64 e; .global .attribute(.unified(1, 2)) .u32 f;");
  EXPECT_EQ(module.variables[0].linkage, Linkage::kVisible);
  EXPECT_EQ(module.variables[1].linkage, Linkage::kExtern);
  EXPECT_EQ(module.variables[1].size_bytes, 0U);
  EXPECT_EQ(module.variables[1].dimensions, std::vector<std::uint64_t>{0});
  EXPECT_EQ(module.variables[2].linkage, Linkage::kWeak);
  EXPECT_EQ(module.variables[2].space, Space::kConst);
  EXPECT_EQ(module.variables[3].linkage, Linkage::kCommon);
  EXPECT_TRUE(module.variables[4].is_managed);
  EXPECT_FALSE(module.variables[5].is_managed);
}

TEST(Variables, DeclaredExternAreTheOnesDefinedLater) {
  const Module module = module_of(".extern .global .u32 x;\n.visible .global .u32 x = 5;\n");
  ASSERT_EQ(module.variables.size(), 1U);
  EXPECT_EQ(module.variables[0].linkage, Linkage::kVisible);
  EXPECT_EQ(module.variables[0].bytes, (Bytes{5, 0, 0, 0}));
}

TEST(Initialisers, AreBytesInLittleEndianOrder) {
  const Module module = module_of(
      ".global .u32 a = 0x01020304; .global .b8 s[4] = {72, 105, 0xff, -1}; .global .s64 n = -2; .global .u16 e = "
      "1+2*3;");
  EXPECT_EQ(module.variables[0].bytes, (Bytes{4, 3, 2, 1}));
  EXPECT_EQ(module.variables[1].bytes, (Bytes{72, 105, 255, 255}));
  EXPECT_EQ(module.variables[2].bytes, (Bytes{254, 255, 255, 255, 255, 255, 255, 255}));
  EXPECT_EQ(module.variables[3].bytes, (Bytes{7, 0}));
}

TEST(Initialisers, OfFloatsTakeEitherWidthAndDecimals) {
  const Module module =
      module_of(".global .f32 a[3] = {0f3f800000, 1.0, 0d3ff0000000000000}; .global .f64 b[2] = {0f3f800000, 1.0};");
  EXPECT_EQ(module.variables[0].bytes, (Bytes{0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f}));
  EXPECT_EQ(module.variables[1].bytes, (Bytes{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f}));
}

TEST(Initialisers, InBracesFollowTheDimensionsAndLeaveTheRestZero) {
  const Module module =
      module_of(".global .u8 a[2][3] = {{1}, {2, 3}}; .global .v2 .u8 v[2] = {{1, 2}, {3, 4}}; .global .u8 z[9];");
  EXPECT_EQ(module.variables[0].bytes, (Bytes{1, 0, 0, 2, 3}));
  EXPECT_EQ(module.variables[0].size_bytes, 6U);
  EXPECT_EQ(module.variables[1].bytes, (Bytes{1, 2, 3, 4}));
  EXPECT_TRUE(module.variables[2].bytes.empty());
}

TEST(Initialisers, GiveAnArrayWithoutSizeItsSize) {
  const Module module = module_of(".global .u32 a[] = {1, 2, 3}; .global .u8 b[][2] = {{1}, {2, 3}};");
  EXPECT_EQ(module.variables[0].size_bytes, 12U);
  EXPECT_EQ(module.variables[0].dimensions, std::vector<std::uint64_t>{3});
  EXPECT_EQ(module.variables[1].size_bytes, 4U);
}

TEST(Initialisers, HoldAddressesOfVariablesAndFunctionsDeclaredAnywhere) {
  const Module module = module_of(
      ".global .u32 x;\n.global .u64 a[4] = {x, generic(x)+8, 7, f};\n.global .u64 late = y;\n.global .u32 y;\n.func "
      "f() { ret; }");
  const Variable& a = module.variables[1];
  ASSERT_EQ(a.relocations.size(), 3U);
  EXPECT_EQ(a.relocations[0].symbol.index, 0);
  EXPECT_FALSE(a.relocations[0].generic);
  EXPECT_TRUE(a.relocations[1].generic);
  EXPECT_EQ(a.relocations[1].offset, 8U);
  EXPECT_EQ(a.relocations[1].addend, 8);
  EXPECT_EQ(a.relocations[2].offset, 24U);
  EXPECT_EQ(a.relocations[2].symbol.kind, SymbolKind::kFunction);
  EXPECT_EQ(a.bytes.size(), 32U);
  EXPECT_EQ(a.bytes[16], 7);
  EXPECT_EQ(module.variables[2].relocations[0].symbol.index, 3);
}

TEST(Initialisers, TakeAddressesApartWithMasks) {
  const Module module =
      module_of(".global .u32 x;\n.global .u8 a[4] = {0xff(x), 0xff00(x), 0xff0000(generic(x)+4), 9};");
  const Variable& a = module.variables[1];
  ASSERT_EQ(a.relocations.size(), 3U);
  EXPECT_EQ(a.relocations[1].offset, 1U);
  EXPECT_EQ(a.relocations[1].size_bytes, 1);
  EXPECT_EQ(a.relocations[1].shift, 8);
  EXPECT_EQ(a.relocations[2].shift, 16);
  EXPECT_EQ(a.relocations[2].addend, 4);
  EXPECT_TRUE(a.relocations[2].generic);
}

TEST(Initialisers, OfSamplersAreProperties) {
  const Module module =
      module_of(".global .samplerref s = { addr_mode_0 = clamp_to_border, filter_mode = nearest }; .global .texref t;");
  ASSERT_EQ(module.variables[0].properties.size(), 2U);
  EXPECT_EQ(module.variables[0].properties[0], (std::pair<std::string, std::string>("addr_mode_0", "clamp_to_border")));
  EXPECT_EQ(module.variables[1].type, Type::kTexref);
}

TEST(Functions, HaveParametersWithAlignmentArraysAndPointers) {
  const Module module = module_of(
      ".visible .entry k(\n.param .u64 .ptr .global .align 16 a,\n.param .align 8 .b8 s[24],\n.param .u64 .ptr .align "
      "1 p, .param .f32 x) { ret; }");
  const Function& k = module.functions[0];
  EXPECT_TRUE(k.is_entry);
  EXPECT_FALSE(k.is_declaration);
  EXPECT_EQ(k.linkage, Linkage::kVisible);
  ASSERT_EQ(k.parameters.size(), 4U);
  EXPECT_TRUE(k.parameters[0].is_pointer);
  EXPECT_EQ(k.parameters[0].pointer_space, Space::kGlobal);
  EXPECT_EQ(k.parameters[0].pointer_align_bytes, 16);
  EXPECT_EQ(k.parameters[0].align_bytes, 8);
  EXPECT_EQ(k.parameters[1].size_bytes, 24U);
  EXPECT_EQ(k.parameters[1].align_bytes, 8);
  EXPECT_EQ(k.parameters[2].pointer_space, Space::kGeneric);
  EXPECT_EQ(k.where.line, 4);
}

TEST(Functions, HaveReturnsAndParametersThatAreRegisters) {
  const Module module = module_of(
      ".func (.param .b32 r) f(.param .b64 a) { ret; }\n.func (.reg .f32 r) g(.reg .f32 a) { mov.f32 r, a; ret; }");
  EXPECT_EQ(module.functions[0].returns.size(), 1U);
  const Function& g = module.functions[1];
  ASSERT_EQ(g.registers.size(), 2U);
  EXPECT_EQ(g.returns[0].reg, 0);
  EXPECT_EQ(g.parameters[0].reg, 1);
  EXPECT_EQ(g.instructions[0].operands[1].reg, 1);
}

TEST(Functions, DeclaredFirstAndDefinedLaterAreOne) {
  const Module module = module_of(
      ".func (.param .b32 r) f(.param .b64 a);\n.func g();\n.func (.param .b32 r) f(.param .b64 a) { ret; }\n.extern "
      ".func h() .noreturn;");
  ASSERT_EQ(module.functions.size(), 3U);
  EXPECT_FALSE(module.functions[0].is_declaration);
  EXPECT_TRUE(module.functions[1].is_declaration);
  EXPECT_EQ(module.functions[2].linkage, Linkage::kExtern);
  EXPECT_TRUE(module.functions[2].noreturn);
}

TEST(Functions, KeepTheBoundsOfTheirLaunches) {
  const Module module = module_of(
      ".entry a() .maxntid 256 .minnctapersm 2 .maxnreg 64 .pragma \"x\"; { ret; }\n"
      ".entry b() .reqntid 8, 4, 2 .explicitcluster .reqnctapercluster 2, 1, 1 .maxclusterrank 8 .blocksareclusters { "
      "ret; }");
  const Function& a = module.functions[0];
  EXPECT_EQ(a.max_threads, (base::Dim3{256, 1, 1}));
  EXPECT_EQ(a.min_blocks_per_sm, 2);
  EXPECT_EQ(a.max_registers, 64);
  EXPECT_EQ(a.pragmas, std::vector<std::string>{"x"});
  EXPECT_EQ(a.required_threads, std::nullopt);
  const Function& b = module.functions[1];
  EXPECT_EQ(b.required_threads, (base::Dim3{8, 4, 2}));
  EXPECT_EQ(b.required_cluster, (base::Dim3{2, 1, 1}));
  EXPECT_EQ(b.max_cluster_rank, 8);
  EXPECT_TRUE(b.explicit_cluster);
  EXPECT_TRUE(b.blocks_are_clusters);
}

TEST(Functions, CanBeOtherNamesOfOthers) {
  const Module module = module_of(".func f() { ret; }\n.func g();\n.alias g, f;");
  EXPECT_EQ(module.functions[1].alias_of, 0);
}

TEST(Sections, AreBytesLabelsAndPlacesToFillIn) {
  const Module module = module_of(
      ".section\t.debug_info\n{\n$begin:\n.b32 .debug_abbrev\n.b8 1, 2\n.b64 $L__tmp3\n.b16 $end-$begin\n.b32 "
      "$L__b-$L__a\n.b32 .debug_str+8\n.b8 -1;\n$end:\n}\n");
  const Section& section = module.sections[0];
  EXPECT_EQ(section.name, ".debug_info");
  ASSERT_EQ(section.bytes.size(), 25U);
  EXPECT_EQ(section.bytes[5], 2);
  EXPECT_EQ(section.bytes[14], 25) << "a difference of labels of the section is a number";
  EXPECT_EQ(section.bytes[24], 255);
  ASSERT_EQ(section.fixups.size(), 4U);
  EXPECT_EQ(section.fixups[0].symbol, ".debug_abbrev");
  EXPECT_EQ(section.fixups[0].size_bytes, 4);
  EXPECT_EQ(section.fixups[1].symbol, "$L__tmp3");
  EXPECT_EQ(section.fixups[1].offset, 6U);
  EXPECT_EQ(section.fixups[2].minus, "$L__a");
  EXPECT_EQ(section.fixups[3].addend, 8);
  EXPECT_EQ(section.labels.at("$end"), 25U);
}

}  // namespace
}  // namespace warpscope::ptx

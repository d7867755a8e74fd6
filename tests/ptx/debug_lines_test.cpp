// Lines and chains of inlined functions, compared with inlined.cu:
//    1 square(x) { 2 result = x * x; 3 return }   6 length2(x, y) { 7 sum = square(x); 8 sum += square(y); 9 return }
//   12 inlined(out, x, y) { 13 sum = length2(x, y); 14 for ... { 15 sum = square(out[i]); ... } 18 out[2] = sum; }
#include <gmock/gmock.h>

#include "tests/ptx/debug_sample.h"

namespace warpscope::ptx {
namespace {

using testing::ElementsAre;

// Index of the n-th instruction of this name, from 0.
int find(const DebugSample& s, const std::string& name, int n = 0) {
  const auto& instructions = s.code(0).instructions;
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    if (instructions[i].name == name && n-- == 0) return static_cast<int>(i);
  }
  ADD_FAILURE() << "no " << name;
  return -1;
}

TEST(DebugLines, OfOptimisedCodeFollowInlinedAt) {
  const DebugSample s = debug_sample("inlined.lineinfo_75.ptx");
  EXPECT_EQ(s.chain(0, find(s, "cvta.to.global.u64")), "inlined 13:3");
  // y * y: in square, called in length2, called in the kernel.
  EXPECT_EQ(s.chain(0, find(s, "mul.f32")), "square(float) 2:3 < length2(float, float) 8:3 < inlined 13:3");
  EXPECT_EQ(s.chain(0, find(s, "fma.rn.f32")), "length2(float, float) 8:3 < inlined 13:3");
  EXPECT_EQ(s.chain(0, find(s, "mul.f32", 1)), "square(float) 2:3 < inlined 15:5");
  EXPECT_EQ(s.chain(0, find(s, "mul.f32", 2)), "square(float) 2:3 < inlined 15:5");
  EXPECT_EQ(s.chain(0, find(s, "ret")), "inlined 19:1");
  EXPECT_EQ(s.info.places(0, find(s, "ret")).front().file, "inlined.cu");
}

TEST(DebugLines, OfTheNewerBackEndFollowInlinedAtToo) {
  const DebugSample s = debug_sample("inlined.lineinfo_100.ptx");
  EXPECT_EQ(s.chain(0, find(s, "mul.f32")), "square(float) 2:3 < length2(float, float) 8:3 < inlined 13:3");
  EXPECT_EQ(s.chain(0, find(s, "cvta.to.global.u64")), "square(float) 2:3 < length2(float, float) 7:3 < inlined 13:3");
}

TEST(DebugLines, OfDebugBuildsTakeTheChainFromDwarf) {
  const std::string kernel = "inlined(float *, float, float)";
  const DebugSample old = debug_sample("inlined.debug_75.ptx");
  EXPECT_EQ(old.chain(0, old.at(0, 4)), "square(float) 2:3 < length2(float, float) 7:0 < " + kernel + " 13:0");
  EXPECT_EQ(old.chain(0, old.at(0, 9)), "square(float) 2:3 < length2(float, float) 8:0 < " + kernel + " 13:0");
  EXPECT_EQ(old.chain(0, old.at(0, 11)), "length2(float, float) 8:3 < " + kernel + " 13:0");
  EXPECT_EQ(old.chain(0, old.at(0, 13)), kernel + " 13:3");
  EXPECT_EQ(old.chain(0, old.at(0, 20)), "square(float) 2:3 < " + kernel + " 15:0");
  // The newer back end also knows the column of the call.
  const DebugSample recent = debug_sample("inlined.debug_100.ptx");
  EXPECT_EQ(recent.chain(0, find(recent, "mul.f32")),
            "square(float) 2:3 < length2(float, float) 7:3 < " + kernel + " 13:3");
}

TEST(DebugLines, VariablesTellWhichInlinedFunctionTheyBelongTo) {
  const DebugSample s = debug_sample("inlined.debug_75.ptx");
  const int pc = s.at(0, 10);  // in the square of length2's line 8, behind its multiplication
  EXPECT_THAT(s.names(0, pc), ElementsAre("out", "x", "y", "sum", "x", "y", "sum", "x", "result"));
  std::vector<int> depths;
  for (const VariableInfo* variable : s.info.variables(0, pc)) depths.push_back(variable->inline_depth);
  EXPECT_THAT(depths, ElementsAre(0, 0, 0, 0, 1, 1, 1, 2, 2));
  EXPECT_EQ(s.home(0, pc, "result"), "%f13");
  EXPECT_EQ(s.home(0, pc, "x"), "%f12");
  EXPECT_EQ(s.home(0, pc, "sum"), "%f11");
  EXPECT_EQ(s.visible(0, pc, "result")->declared_line, 2);
  EXPECT_TRUE(s.visible(0, pc, "x")->is_parameter);
}

TEST(DebugLines, AreAbsentWhereTheCompilerSaysLineZero) {
  const DebugSample s = debug_sample("inlined.debug_75.ptx");
  EXPECT_EQ(s.chain(0, s.at(0, 1)), "");
  EXPECT_EQ(s.chain(0, s.at(0, 3)), "inlined(float *, float, float) 7:3");
}

TEST(DebugLines, AreAbsentBeforeTheFirstLoc) {
  const auto module = parse(
      ".version 8.0\n.target sm_80\n.address_size 64\n.entry k()\n{\n.reg .b32 %r<2>;\nmov.u32 %r1, 1;\n"
      ".loc 1 4 2\nmov.u32 %r1, 2;\nret;\n}\n.file 1 \"dir/k.cu\"\n",
      "k.ptx");
  ASSERT_TRUE(module) << module.error().front().text();
  const DebugInfo info = DebugInfo::read(*module);
  EXPECT_TRUE(info.places(0, 0).empty());
  ASSERT_EQ(info.places(0, 1).size(), 1U);
  EXPECT_EQ(info.places(0, 1)[0].file, "dir/k.cu");
  EXPECT_EQ(info.places(0, 1)[0].line, 4);
  EXPECT_EQ(info.places(0, 1)[0].column, 2);
  EXPECT_EQ(info.places(0, 1)[0].function, "k");
  EXPECT_FALSE(info.has_variables());
}

}  // namespace
}  // namespace warpscope::ptx

// What nvcc and NVRTC wrote about variables, compared with what the sources in data/debug say and the code beside them
// does. The sources: shadow.cu, structs.cu, inlined.cu; X.debug_75.ptx is nvcc -G for compute_75.
#include "compute/ptx/debug_info.h"

#include <gmock/gmock.h>

#include "tests/ptx/debug_sample.h"

namespace warpscope::ptx {
namespace {

using testing::ElementsAre;
using Kind = TypeInfo::Kind;

TEST(DebugVariables, AreVisibleInTheirBlocks) {
  const DebugSample s = debug_sample("shadow.debug_75.ptx");
  ASSERT_TRUE(s.info.has_variables());
  EXPECT_THAT(s.names(0, 0), ElementsAre("out", "in", "n"));
  EXPECT_THAT(s.names(0, s.at(0, 0)), ElementsAre("out", "in", "n", "i", "sum", "tile"));
  EXPECT_THAT(s.names(0, s.at(0, 2)), ElementsAre("out", "in", "n", "i", "sum", "tile", "k"));
  EXPECT_THAT(s.names(0, s.at(0, 7)), ElementsAre("out", "in", "n", "i", "sum", "tile", "k", "i"));
  EXPECT_THAT(s.names(0, s.at(0, 12)), ElementsAre("out", "in", "n", "i", "sum", "tile", "k", "i", "k"));
  EXPECT_THAT(s.names(0, s.at(0, 21)), ElementsAre("out", "in", "n", "i", "sum", "tile"));
  EXPECT_EQ(s.info.variables(0).size(), 9U);
}

TEST(DebugVariables, InnerOnesHideOuterOnesOfTheSameName) {
  const DebugSample s = debug_sample("shadow.debug_75.ptx");
  // int i of the kernel, then float i of the loop's body.
  EXPECT_EQ(s.home(0, s.at(0, 1), "i"), "%r1");
  EXPECT_EQ(s.type(*s.visible(0, s.at(0, 1), "i")).name, "int");
  EXPECT_EQ(s.home(0, s.at(0, 8), "i"), "%f3");
  EXPECT_EQ(s.type(*s.visible(0, s.at(0, 8), "i")).name, "float");
  EXPECT_EQ(s.visible(0, s.at(0, 8), "i")->declared_line, 6);
  // The k of line 7 is another than that of line 5.
  EXPECT_EQ(s.visible(0, s.at(0, 6), "k")->declared_line, 5);
  EXPECT_EQ(s.visible(0, s.at(0, 12), "k")->declared_line, 7);
}

TEST(DebugVariables, MoveFromRegisterToRegister) {
  const DebugSample s = debug_sample("shadow.debug_75.ptx");
  const auto sum = [&](int tmp) { return s.home(0, s.at(0, tmp), "sum"); };
  EXPECT_EQ(sum(0), "out");  // before line 4
  EXPECT_EQ(sum(2), "%f1");
  EXPECT_EQ(sum(4), "%f11");
  EXPECT_EQ(sum(6), "%f2");
  EXPECT_EQ(sum(10), "%f12");
  EXPECT_EQ(sum(12), "%f4");
  EXPECT_EQ(sum(13), "%f5");
  EXPECT_EQ(sum(15), "%f12");
  EXPECT_EQ(sum(19), "%f11");
  const auto inner_k = [&](int tmp) { return s.home(0, s.at(0, tmp), "k"); };
  EXPECT_EQ(inner_k(9), "%r4");
  EXPECT_EQ(inner_k(11), "%r21");
  EXPECT_EQ(inner_k(12), "%r5");
  EXPECT_EQ(inner_k(14), "%r6");
}

TEST(DebugVariables, ParametersOfKernelsLiveInParamSpaceOrInRegisters) {
  const DebugSample nvcc = debug_sample("shadow.debug_75.ptx");
  EXPECT_EQ(nvcc.home(0, 0, "in"), "param _Z6shadowPfPKfi_param_1");
  EXPECT_TRUE(nvcc.visible(0, 0, "in")->is_parameter);
  EXPECT_FALSE(nvcc.visible(0, nvcc.at(0, 0), "sum")->is_parameter);
  const DebugSample nvrtc = debug_sample("shadow.nvrtc_80.ptx");
  EXPECT_EQ(nvrtc.home(0, nvrtc.at(0, 0), "out"), "%rd1");
  EXPECT_EQ(nvrtc.home(0, nvrtc.at(0, 0), "in"), "%rd2");
  EXPECT_EQ(nvrtc.home(0, nvrtc.at(0, 0), "n"), "%r8");
}

TEST(DebugVariables, TheNewerBackEndSaysTheSame) {
  const DebugSample s = debug_sample("shadow.debug_100.ptx");
  EXPECT_THAT(s.names(0, s.at(0, 14)), ElementsAre("out", "in", "n", "i", "sum", "tile", "k", "i", "k"));
  EXPECT_EQ(s.home(0, s.at(0, 4), "sum"), "%f1");
  EXPECT_EQ(s.home(0, s.at(0, 8), "sum"), "%f2");
  EXPECT_EQ(s.home(0, s.at(0, 14), "k"), "%r5");
  EXPECT_EQ(s.info.readable_name(0), "shadow(float *, const float *, int)");
}

TEST(DebugVariables, SharedTilesAreArraysInMemory) {
  const DebugSample s = debug_sample("shadow.debug_75.ptx");
  const int pc = s.at(0, 21);
  EXPECT_EQ(s.home(0, pc, "tile"), "shared _ZZ6shadowPfPKfiE4tile");
  const TypeInfo& type = s.type(*s.visible(0, pc, "tile"));
  EXPECT_EQ(type.kind, Kind::kArray);
  EXPECT_EQ(type.name, "float [16][17]");
  EXPECT_THAT(type.counts, ElementsAre(16, 17));
  EXPECT_EQ(type.size_bytes, 16U * 17 * 4);
  EXPECT_EQ(s.type(type.element).kind, Kind::kFloat);
}

struct Version : testing::TestWithParam<const char*> {
  DebugSample s = debug_sample(GetParam());
  int kernel = s.function("_Z7structsN4warp6ParamsEP6float4PVKi");
  int apply = s.function("_Z5applyRKN4warp6ParamsEfPi");
  int end = static_cast<int>(s.code(kernel).instructions.size()) - 1;  // at `ret`, where all but the inner `hits` live
  const VariableInfo& variable(const std::string& name) const { return *s.visible(kernel, end, name); }
  const Member& member(const TypeInfo& type, const std::string& name) const {
    for (const Member& member : type.members) {
      if (member.name == name) return member;
    }
    throw std::out_of_range("no member " + name);
  }
};

INSTANTIATE_TEST_SUITE_P(DebugTypes, Version, testing::Values("structs.debug_75.ptx", "structs.debug_100.ptx"));

TEST_P(Version, StructsPassedByValueLieInTheDepot) {
  EXPECT_EQ(s.home(kernel, end, "p"), "local __local_depot1");
  const TypeInfo& params = s.type(variable("p"));
  EXPECT_EQ(params.kind, Kind::kStruct);
  EXPECT_EQ(params.name, "Params");
  EXPECT_EQ(params.size_bytes, 88U);
  std::vector<std::string> members;
  for (const Member& member : params.members)
    members.push_back(member.name + "@" + std::to_string(member.offset_bytes));
  EXPECT_THAT(members, ElementsAre("warp::Base@0", "scale@4", "low@8", "mid@8", "high@8", "flag@12", "letter@13",
                                   "values@16", "mode@64", "next@72", "bits@80"));
  EXPECT_EQ(s.type(member(params, "warp::Base").type).members.at(0).name, "id");
}

TEST_P(Version, BitFieldsCountFromTheLeastSignificantBit) {
  const TypeInfo& params = s.type(variable("p"));
  const auto bits = [&](const char* name) {
    return std::pair(member(params, name).bit_offset, member(params, name).bit_size);
  };
  EXPECT_EQ(bits("low"), std::pair(0, 3));
  EXPECT_EQ(bits("mid"), std::pair(3, 7));
  EXPECT_EQ(bits("high"), std::pair(10, 22));
  EXPECT_EQ(bits("scale"), std::pair(0, 0));
  EXPECT_EQ(s.type(member(params, "high").type).kind, Kind::kSigned);
}

TEST_P(Version, MembersHaveTheTypesOfTheSource) {
  const TypeInfo& params = s.type(variable("p"));
  const auto type = [&](const char* name) -> const TypeInfo& { return s.type(member(params, name).type); };
  EXPECT_EQ(type("flag").kind, Kind::kBool);
  EXPECT_EQ(type("letter").kind, Kind::kChar);
  EXPECT_EQ(type("values").name, "double [2][3]");
  EXPECT_EQ(type("next").name, "Params *");
  EXPECT_EQ(s.type(type("next").element).members.size(), params.members.size());  // a type that contains itself
  EXPECT_EQ(type("bits").kind, Kind::kUnion);
  EXPECT_EQ(type("bits").members.at(1).name, "as_float");
  EXPECT_EQ(type("bits").members.at(1).offset_bytes, 0U);
  EXPECT_EQ(type("mode").kind, Kind::kEnum);
  EXPECT_EQ(type("mode").name, "warp::Mode");
  EXPECT_THAT(type("mode").enumerators, ElementsAre(std::pair<std::string, std::int64_t>("warp::kOff", 0),
                                                    std::pair<std::string, std::int64_t>("warp::kOn", 5),
                                                    std::pair<std::string, std::int64_t>("warp::kNegative", -2)));
}

TEST_P(Version, VectorsAndTypedefsKeepTheirNames) {
  const TypeInfo& v = s.type(variable("v"));
  EXPECT_EQ(v.name, "float4");
  EXPECT_EQ(v.kind, Kind::kStruct);
  ASSERT_EQ(v.members.size(), 4U);
  EXPECT_EQ(v.members[3].name, "w");
  EXPECT_EQ(v.members[3].offset_bytes, 12U);
  EXPECT_EQ(s.type(variable("local_array")).name, "Real [6]");
  EXPECT_EQ(s.type(s.type(variable("local_array")).element).kind, Kind::kFloat);
}

TEST_P(Version, PointersAreSpelledAsInTheSource) {
  EXPECT_EQ(s.type(variable("data")).name, "float4 *");
  EXPECT_EQ(s.type(variable("flags")).name, "const volatile int *");
  EXPECT_EQ(s.type(variable("first")).name, "float &");
  EXPECT_EQ(s.type(variable("first")).kind, Kind::kReference);
  EXPECT_EQ(s.type(variable("fn")).name, "float (*)(const Params &, float, int *)");
  EXPECT_EQ(s.type(s.type(variable("fn")).element).kind, Kind::kFunction);
  EXPECT_EQ(s.type(variable("data")).size_bytes, 8U);
  EXPECT_EQ(s.type(variable("data")).pointer_space, Space::kGeneric);
}

TEST_P(Version, MemoryOfEverySpaceIsNamed) {
  EXPECT_EQ(s.home(kernel, end, "tile"), "shared _ZZ7structsN4warp6ParamsEP6float4PVKiE4tile");
  EXPECT_EQ(s.type(variable("tile")).name, "short [8][4]");
  EXPECT_EQ(s.home(kernel, end, "calls"), "global _ZZ7structsN4warp6ParamsEP6float4PVKiE5calls");
  EXPECT_EQ(s.text(kernel, s.global("coefficients").places.at(0)), "const coefficients");
  EXPECT_EQ(s.text(kernel, s.global("counter").places.at(0)), "global counter");
  EXPECT_EQ(s.text(kernel, s.global("dynamic").places.at(0)), "shared dynamic");
  EXPECT_EQ(s.type(s.global("dynamic")).name, "unsigned char []");
  // A .shared variable of file scope that one kernel uses moves into that kernel.
  EXPECT_EQ(s.home(kernel, 0, "only_here"), "shared only_here");
  EXPECT_FALSE(s.visible(apply, 0, "only_here"));
}

TEST_P(Version, DeviceFunctionsHaveTheirOwn) {
  EXPECT_EQ(s.info.readable_name(apply), "apply(const warp::Params &, float, int *)");
  const int pc = s.at(apply, GetParam() == std::string("structs.debug_75.ptx") ? 0 : 2);
  EXPECT_THAT(s.names(apply, pc), ElementsAre("p", "x", "hits"));
  EXPECT_EQ(s.home(apply, pc, "p"), "%rd1");
  EXPECT_EQ(s.home(apply, pc, "x"), "%f1");
  EXPECT_EQ(s.home(apply, pc, "hits"), "%rd2");
}

TEST(DebugVariables, ConstantsNeedNoRegister) {
  const DebugSample s = debug_sample("structs.debug_75.ptx");
  EXPECT_EQ(s.home(1, s.at(1, 4), "half"), "constant 3f000000");  // 0.5f
  EXPECT_EQ(s.type(*s.visible(1, s.at(1, 4), "half")).name, "const float");
}

TEST(DebugVariables, OffsetsInTheDepotAreAdded) {
  const DebugSample s = debug_sample("structs.debug_75.ptx");
  EXPECT_EQ(s.home(1, s.at(1, 4), "local_array"), "local __local_depot1+96");
  EXPECT_EQ(s.home(1, s.at(1, 4), "v"), "local __local_depot1+128");
  EXPECT_EQ(s.home(1, s.at(1, 4), "hits"), "local __local_depot1+144");
  EXPECT_EQ(s.home(1, s.at(1, 6), "hits"), "%r15");  // int hits of line 39
  EXPECT_EQ(s.home(1, s.at(1, 7), "hits"), "local __local_depot1+144");
}

TEST(DebugVariables, AreUnknownWithoutDwarf) {
  const DebugSample s = debug_sample("inlined.lineinfo_75.ptx");
  EXPECT_FALSE(s.info.has_variables());
  EXPECT_TRUE(s.info.variables(0).empty());
  EXPECT_TRUE(s.info.globals().empty());
  EXPECT_EQ(s.info.readable_name(0), "inlined");
}

TEST(DebugVariables, OfFunctionsThatDoNotExistAreNone) {
  const DebugSample s = debug_sample("shadow.debug_75.ptx");
  EXPECT_TRUE(s.info.variables(-1).empty());
  EXPECT_TRUE(s.info.variables(99, 0).empty());
  EXPECT_TRUE(s.info.places(99, 0).empty());
  EXPECT_TRUE(s.info.places(0, 1 << 20).empty());
  EXPECT_EQ(s.info.readable_name(-1), "");
}

}  // namespace
}  // namespace warpscope::ptx

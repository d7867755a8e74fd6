#include <gtest/gtest.h>

#include <set>
#include <string>

#include "compute/ptx/opcodes.h"
#include "compute/ptx/types.h"

namespace warpscope::ptx {
namespace {

TEST(Types, AreFoundByTheirNamesAndSayTheirSizes) {
  EXPECT_EQ(find_type("f32"), Type::kF32);
  EXPECT_EQ(find_type("bf16x2"), Type::kBF16x2);
  EXPECT_EQ(find_type("f33"), std::nullopt);
  EXPECT_EQ(find_type(""), std::nullopt);
  EXPECT_EQ(bytes_of(Type::kB128), 16);
  EXPECT_EQ(bits_of(Type::kPred), 1);
  EXPECT_EQ(bits_of(Type::kTexref), 0);
  for (int i = 1; i <= static_cast<int>(Type::kSurfref); ++i) {
    const auto type = static_cast<Type>(i);
    EXPECT_EQ(find_type(name_of(type)), type) << name_of(type);
  }
}

TEST(Types, KnowWhetherTheyAreFloatsOrHaveASign) {
  EXPECT_TRUE(is_float(Type::kF16x2));
  EXPECT_TRUE(is_float(Type::kTF32));
  EXPECT_FALSE(is_float(Type::kB32));
  EXPECT_TRUE(is_signed(Type::kS8));
  EXPECT_FALSE(is_signed(Type::kU8));
  EXPECT_TRUE(is_unsigned(Type::kU64));
  EXPECT_FALSE(is_unsigned(Type::kB64));
}

TEST(SpecialRegisters, AreFoundByTheirNames) {
  EXPECT_EQ(find_special("%tid.x"), SpecialRegister::kTidX);
  EXPECT_EQ(find_special("%lanemask_lt"), SpecialRegister::kLanemaskLt);
  EXPECT_EQ(find_special("%envreg31"), SpecialRegister::kEnvreg31);
  EXPECT_EQ(find_special("%pm0_64"), SpecialRegister::kPm0Wide);
  EXPECT_EQ(find_special("%envreg32"), std::nullopt);
  EXPECT_EQ(find_special("%tid"), std::nullopt) << "is a vector";
  for (int i = 0; i <= static_cast<int>(SpecialRegister::kPm7Wide); ++i) {
    const auto special = static_cast<SpecialRegister>(i);
    EXPECT_EQ(find_special(name_of(special)), special) << name_of(special);
  }
}

TEST(SpecialRegisters, AreThirtyTwoBitsWideExceptForTimesAndNumbersOfGrids) {
  EXPECT_EQ(type_of(SpecialRegister::kTidX), Type::kU32);
  EXPECT_EQ(type_of(SpecialRegister::kClock), Type::kU32);
  EXPECT_EQ(type_of(SpecialRegister::kClock64), Type::kU64);
  EXPECT_EQ(type_of(SpecialRegister::kGlobaltimer), Type::kU64);
  EXPECT_EQ(type_of(SpecialRegister::kGlobaltimerLo), Type::kU32);
  EXPECT_EQ(type_of(SpecialRegister::kIsExplicitCluster), Type::kPred);
}

TEST(Spaces, HaveTheNamesThatPtxGivesThem) {
  EXPECT_EQ(name_of(Space::kShared), "shared");
  EXPECT_EQ(name_of(Space::kSharedCluster), "shared::cluster");
  EXPECT_EQ(name_of(Space::kParamFunc), "param::func");
  EXPECT_EQ(name_of(Space::kParamEntry), "param::entry");
}

TEST(Opcodes, AreFoundByTheirNamesOfWhichNoTwoAreTheSame) {
  std::set<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(Opcode::kCpAsyncBulk); ++i) {
    const auto opcode = static_cast<Opcode>(i);
    EXPECT_TRUE(names.insert(name_of(opcode)).second) << name_of(opcode);
    EXPECT_EQ(find_opcode(name_of(opcode)), opcode) << name_of(opcode);
  }
  EXPECT_EQ(find_opcode("teleport"), Opcode::kUnknown);
}

TEST(Modifiers, AreFoundByTheirNamesOfWhichNoTwoAreTheSame) {
  std::set<std::string_view> names;
  for (int i = 1; i < static_cast<int>(Modifier::kM64nNkK); ++i) {
    const auto modifier = static_cast<Modifier>(i);
    EXPECT_TRUE(names.insert(name_of(modifier)).second) << name_of(modifier);
    EXPECT_EQ(find_modifier(name_of(modifier)), modifier) << name_of(modifier);
    EXPECT_EQ(find_type(name_of(modifier)), std::nullopt) << name_of(modifier) << " would be taken for a type";
  }
  EXPECT_EQ(find_modifier("warp_speed"), Modifier::kUnknown);
}

TEST(Modifiers, OfTheManyShapesOfWgmmaAreOne) {
  EXPECT_EQ(find_modifier("m64n128k16"), Modifier::kM64nNkK);
  EXPECT_EQ(find_modifier("m64n8k256"), Modifier::kM64nNkK);
  EXPECT_EQ(find_modifier("m64nk16"), Modifier::kUnknown);
  EXPECT_EQ(find_modifier("m64n8"), Modifier::kUnknown);
}

}  // namespace
}  // namespace warpscope::ptx

// Arguments written as text become the bytes that interfaces promise.
#include "compute/kernels/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "tests/kernels/run_kernel.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::kernels::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Argument parsed(const std::string& spec) {
  auto argument = parse_argument(spec);
  EXPECT_TRUE(argument) << argument.error().text();
  return argument ? *argument : Argument{};
}

template <class T>
std::vector<T> elements(const std::string& spec) {
  return values_of<T>(parsed(spec).bytes);
}

std::string error_of(const std::string& spec) {
  const auto argument = parse_argument(spec);
  return argument ? "accepted" : argument.error().message;
}

TEST(Inputs, ValuesHaveTheBytesOfTheirType) {
  EXPECT_THAT(parsed("i8:-1").bytes, ElementsAre(0xff));
  EXPECT_THAT(parsed("u16:0x1234").bytes, ElementsAre(0x34, 0x12));
  EXPECT_THAT(elements<std::int32_t>("i32:-2147483648"), ElementsAre(std::numeric_limits<std::int32_t>::min()));
  EXPECT_THAT(elements<std::uint64_t>("u64:18446744073709551615"), ElementsAre(~0ULL));
  EXPECT_THAT(elements<std::int64_t>("i64:-9223372036854775808"),
              ElementsAre(std::numeric_limits<std::int64_t>::min()));
  EXPECT_THAT(elements<float>("f32:-1.5e3"), ElementsAre(-1500.0F));
  EXPECT_THAT(elements<float>("f32:0.1"), ElementsAre(0.1F));
  EXPECT_THAT(elements<double>("f64:inf"), ElementsAre(std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(std::isnan(elements<float>("f32:nan").at(0)));
  EXPECT_EQ(parsed("f32:1").kind, Argument::Kind::kValue);
}

// IEEE 754 binary16: 1, the largest, the smallest normal and subnormal, halfway cases to even, overflow.
TEST(Inputs, HalvesAreRoundedToTheNearest) {
  EXPECT_THAT(elements<std::uint16_t>("buf:f16:12:list:0,1,-2,65504,65519,65520,6.103515625e-05,5.9604644775390625e-08,"
                                      "2.98023223876953125e-08,8.94069671630859375e-08,2049,2051"),
              ElementsAre(0, 0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 0x0400, 0x0001, 0x0000, 0x0002, 0x6800, 0x6802));
  EXPECT_THAT(elements<std::uint16_t>("f16:nan"), ElementsAre(0x7fff));
  EXPECT_THAT(elements<std::uint16_t>("f16:-0"), ElementsAre(0x8000));
  EXPECT_THAT(elements<std::uint16_t>("f16:2047.9"), ElementsAre(0x6800));  // up to the next power of two
}

TEST(Inputs, BuffersAreFilled) {
  EXPECT_THAT(elements<std::int16_t>("buf:i16:3:zero"), ElementsAre(0, 0, 0));
  EXPECT_THAT(elements<float>("buf:f32:2:ones"), ElementsAre(1.0F, 1.0F));
  EXPECT_THAT(elements<double>("buf:f64:3:iota"), ElementsAre(0.0, 1.0, 2.0));
  EXPECT_EQ(elements<std::uint8_t>("buf:u8:300:iota").at(257), 1);
  EXPECT_THAT(elements<std::uint32_t>("buf:u32:2:fill:0xdeadbeef"), ElementsAre(0xdeadbeefU, 0xdeadbeefU));
  EXPECT_THAT(elements<std::int32_t>("buf:i32:4:list:1,-2,0x10,4"), ElementsAre(1, -2, 16, 4));
  EXPECT_TRUE(parsed("buf:f32:0:zero").bytes.empty());
  EXPECT_EQ(parsed("buf:f32:2:ones").kind, Argument::Kind::kBuffer);
  EXPECT_EQ(parsed("buf:f32:2:ones").type, ElementType::kF32);
}

// The C++ standard says what the 10,000th draw of the generator seeded with 5489 is ([rand.predef]).
TEST(Inputs, RandomIntegersAreRawDrawsOfMt19937) {
  EXPECT_EQ(elements<std::uint32_t>("buf:u32:10000:rand:5489").back(), 4123659995U);
  EXPECT_EQ(elements<std::uint8_t>("buf:u8:10000:rand:5489").back(), 4123659995U % 256);
  EXPECT_EQ(elements<std::uint64_t>("buf:u64:10000:rand:5489").back(), 4123659995U);
  EXPECT_EQ(elements<std::uint8_t>("buf:u8:10000:rand:5489:10").back(), 4123659995U % 10);
}

TEST(Inputs, RandomFloatsAreDrawsOver2To32) {
  const auto raw = elements<std::uint32_t>("buf:u32:2000:rand:42");
  const auto floats = elements<float>("buf:f32:2000:rand:42");
  for (std::size_t i = 0; i < raw.size(); ++i) {
    EXPECT_EQ(floats[i], static_cast<float>(raw[i]) / 4294967296.0F);
    EXPECT_LT(floats[i], 1.0F);
  }
  // A double takes two draws, the first of which counts less.
  const auto doubles = elements<double>("buf:f64:1000:rand:42");
  EXPECT_EQ(doubles[1], (raw[2] + raw[3] * 4294967296.0) / 18446744073709551616.0);
  for (const float value : elements<float>("buf:f32:1000:rand:42:0.5")) EXPECT_LT(value, 0.5F);
}

TEST(Inputs, RandomFloatsHaveALowestValueToo) {
  const auto raw = elements<std::uint32_t>("buf:u32:1000:rand:42");
  const auto floats = elements<float>("buf:f32:1000:rand:42:-1:1");
  for (std::size_t i = 0; i < raw.size(); ++i) {
    EXPECT_EQ(floats[i], static_cast<float>(raw[i]) / 4294967296.0F * 2 - 1);
  }
  EXPECT_THAT(error_of("buf:f32:2:rand:42:1:1"), HasSubstr("the bound 1 is not above 1"));
  EXPECT_THAT(error_of("buf:i32:2:rand:42:-1:1"), HasSubstr("a lowest value is for floats"));
}

TEST(Inputs, OtherKinds) {
  EXPECT_THAT(parsed("bytes:00ffA0").bytes, ElementsAre(0x00, 0xff, 0xa0));
  EXPECT_EQ(parsed("null").kind, Argument::Kind::kNull);
  EXPECT_EQ(parsed("same:2").kind, Argument::Kind::kSame);
  EXPECT_EQ(parsed("same:2").same_as, 2);
}

TEST(Inputs, BuffersAreReadFromFiles) {
  const tests::ScratchFolder folder;
  const std::string path = (folder.path() / "a:b.bin").string();
  std::ofstream(path, std::ios::binary) << "abc";
  EXPECT_THAT(parsed("buf:@" + path).bytes, ElementsAre('a', 'b', 'c'));
  EXPECT_THAT(error_of("buf:@" + path + "x"), HasSubstr("cannot be read"));
  const Argument typed = parsed("buf:u8:@" + path);
  EXPECT_EQ(typed.kind, Argument::Kind::kBuffer);
  EXPECT_EQ(typed.type, ElementType::kU8);
  EXPECT_THAT(typed.bytes, ElementsAre('a', 'b', 'c'));
  EXPECT_THAT(error_of("buf:f32:@" + path), HasSubstr("3 bytes, which are no whole elements of 4"));
  EXPECT_THAT(error_of("buf:f33:@" + path), HasSubstr("f33"));
}

TEST(Inputs, APictureIsItsBrightness) {
  const std::string path = ::testing::TempDir() + "two_by_one.pgm";
  std::ofstream(path, std::ios::binary) << "P5\n2 1\n255\n" << char(51) << static_cast<char>(255);
  const Argument real = parsed("buf:f32:picture:@" + path);
  ASSERT_EQ(real.bytes.size(), 8U);
  float values[2];
  std::memcpy(values, real.bytes.data(), 8);
  EXPECT_FLOAT_EQ(values[0], 0.2F);
  EXPECT_EQ(values[1], 1.0F);
  EXPECT_THAT(parsed("buf:u8:picture:@" + path).bytes, ElementsAre(51, 255));
  EXPECT_THAT(error_of("buf:f32:picture:@/nowhere.png"), HasSubstr("nowhere.png"));
}

TEST(Inputs, TexturesHaveSizesTexelsAndOptions) {
  const Argument argument = parsed("tex:5x3:u8x4:rand:1:linear:wrap:normalized");
  EXPECT_EQ(argument.kind, Argument::Kind::kTexture);
  const vgpu::Texture& texture = argument.texture;
  EXPECT_EQ(texture.width, 5);
  EXPECT_EQ(texture.height, 3);
  EXPECT_EQ(texture.dimensions, 2);
  EXPECT_EQ(texture.channels, 4);
  EXPECT_EQ(texture.type, vgpu::TexelType::kU8);
  EXPECT_EQ(texture.texels, parsed("buf:u8:60:rand:1").bytes);
  EXPECT_TRUE(texture.linear && texture.normalized_coordinates && texture.normalized_read);
  EXPECT_EQ(texture.address_modes[1], vgpu::AddressMode::kWrap);

  const Argument surface = parsed("surf:4x3x2:f32:rand:1");
  EXPECT_EQ(surface.kind, Argument::Kind::kSurface);
  EXPECT_EQ(surface.texture.depth, 2);
  EXPECT_EQ(surface.texture.dimensions, 3);
  EXPECT_FALSE(surface.texture.linear || surface.texture.normalized_read || surface.texture.normalized_coordinates);
}

TEST(Inputs, TexelsComeFromAFileOfTheRightSize) {
  const tests::ScratchFolder folder;
  const std::string path = (folder.path() / "texels").string();
  std::ofstream(path, std::ios::binary) << "abcdef";
  EXPECT_EQ(parsed("tex:3x2:u8:@" + path + ":mirror").texture.texels.size(), 6U);
  EXPECT_THAT(error_of("tex:3x3:u8:@" + path), HasSubstr("has 6 bytes, the texture 9"));
}

TEST(Inputs, ErrorsSayWhatIsAccepted) {
  EXPECT_EQ(error_of("i32:abc"),
            "argument 'i32:abc': 'abc' is no i32; write an integer in its range, decimal or 0x...");
  EXPECT_THAT(error_of("u8:256"), HasSubstr("'256' is no u8"));
  EXPECT_THAT(error_of("u8:-1"), HasSubstr("'-1' is no u8"));
  EXPECT_THAT(error_of("i8:-129"), HasSubstr("'-129' is no i8"));
  EXPECT_THAT(error_of("f32:1.5x"), HasSubstr("'1.5x' is no f32; write 1.5"));
  EXPECT_THAT(error_of("int:5"), HasSubstr("TYPE:VALUE"));
  EXPECT_THAT(error_of(""), HasSubstr("TYPE:VALUE"));
  EXPECT_THAT(error_of("buf:f33:4:zero"), HasSubstr("'f33' is no type; there are i8"));
  EXPECT_THAT(error_of("buf:f32:4:random:1"), HasSubstr("'random:1' is no way to fill a buffer; write zero"));
  EXPECT_THAT(error_of("buf:f32:-4:zero"), HasSubstr("'-4' is no count"));
  EXPECT_THAT(error_of("buf:f32:4:list:1,2"), HasSubstr("2 values for 4 elements"));
  EXPECT_THAT(error_of("buf:f32:4"), HasSubstr("a buffer is buf:TYPE:COUNT"));
  EXPECT_THAT(error_of("buf:f32:4:rand:x"), HasSubstr("'x' is no seed"));
  EXPECT_THAT(error_of("buf:u32:4:rand:1:0"), HasSubstr("not above 0"));
  EXPECT_THAT(error_of("bytes:abc"), HasSubstr("two hexadecimal digits"));
  EXPECT_THAT(error_of("bytes:zz"), HasSubstr("'zz'"));
  EXPECT_THAT(error_of("same:-1"), HasSubstr("count from 0"));
  EXPECT_THAT(error_of("tex:0x4:f32:rand:1"), HasSubstr("'0x4' is no size"));
  EXPECT_THAT(error_of("tex:4x4:f64:rand:1"), HasSubstr("f64"));
  EXPECT_THAT(error_of("tex:4x4:f32x3:rand:1"), HasSubstr("1, 2 or 4 channels"));
  EXPECT_THAT(error_of("tex:4x4:f32:rand:1:blurred"), HasSubstr("'blurred' is no option"));
}

TEST(Inputs, AbsurdSizesAreRefusedBeforeAnythingIsAllocated) {
  EXPECT_THAT(error_of("buf:f32:9999999999999:zero"), HasSubstr("too many"));
  EXPECT_THAT(error_of("buf:f64:18446744073709551615:zero"), HasSubstr("too many"));
  EXPECT_THAT(error_of("tex:131072x131072x131072:f32x4:rand:1"), HasSubstr("too many"));
}

}  // namespace
}  // namespace warpscope::kernels::testing

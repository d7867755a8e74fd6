// Textures and surfaces against a plain reference in double precision, written from the appendix "Texture Fetching" of
// the CUDA C++ Programming Guide.
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "tests/vgpu/lone_instruction.h"

namespace warpscope::tests {
namespace {

using vgpu::AddressMode;
using vgpu::FaultKind;
using vgpu::TexelType;
using vgpu::Texture;

// ---- The reference: one channel of f32 texels

struct Picture {
  int width, height, depth;
  AddressMode mode;
  bool normalized;
  std::function<double(int, int, int)> texel;
};

// The texel an index means; none: black.
std::optional<int> texel_index(AddressMode mode, bool normalized, long i, int size) {
  if (i >= 0 && i < size) return static_cast<int>(i);
  if (mode == AddressMode::kBorder) return std::nullopt;
  if (mode == AddressMode::kClamp || !normalized) return i < 0 ? 0 : size - 1;
  const long turn = i >= 0 ? i / size : -((-i + size - 1) / size);  // rounds down
  const int inside = static_cast<int>(i - turn * size);
  return mode == AddressMode::kMirror && turn % 2 != 0 ? size - 1 - inside : inside;
}

double texel_at(const Picture& p, long x, long y, long z) {
  const auto i = texel_index(p.mode, p.normalized, x, p.width);
  const auto j = texel_index(p.mode, p.normalized, y, p.height);
  const auto k = texel_index(p.mode, p.normalized, z, p.depth);
  return i && j && k ? p.texel(*i, *j, *k) : 0.0;
}

double nearest(const Picture& p, double x, double y, double z) {
  return texel_at(p, std::lround(std::floor(x)), std::lround(std::floor(y)), std::lround(std::floor(z)));
}

// i and the weight of i + 1, which has 8 bits behind the point.
std::pair<long, double> split(double x) {
  double whole = std::floor(x - 0.5);
  double weight = std::floor((x - 0.5 - whole) * 256 + 0.5) / 256;
  if (weight == 1) whole += 1, weight = 0;
  return {static_cast<long>(whole), weight};
}

double linear(const Picture& p, int dimensions, double x, double y, double z) {
  const auto [i, a] = split(x);
  const auto [j, b] = dimensions > 1 ? split(y) : std::pair<long, double>{0, 0};
  const auto [k, c] = dimensions > 2 ? split(z) : std::pair<long, double>{0, 0};
  const auto row = [&, i = i, a = a](long at_y, long at_z) {
    return (1 - a) * texel_at(p, i, at_y, at_z) + a * texel_at(p, i + 1, at_y, at_z);
  };
  const auto plane = [&, j = j, b = b](long at_z) {
    return (1 - b) * row(j, at_z) + (b == 0 ? 0 : b * row(j + 1, at_z));
  };
  return (1 - c) * plane(k) + (c == 0 ? 0 : c * plane(k + 1));
}

// ---- The instruction

Texture texture_of(const Picture& p, int dimensions, bool filters) {
  Texture t;
  t.width = p.width, t.height = p.height, t.depth = p.depth, t.dimensions = dimensions;
  t.address_modes = {p.mode, p.mode, p.mode};
  t.linear = filters, t.normalized_coordinates = p.normalized;
  for (int z = 0; z < p.depth; ++z) {
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        const auto value = static_cast<float>(p.texel(x, y, z));
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
        t.texels.insert(t.texels.end(), bytes, bytes + 4);
      }
    }
  }
  return t;
}

constexpr const char* kFour = ".reg .b64 %t; .reg .f32 %x, %y, %z, %r, %g, %b, %a;";

void use(LoneInstruction& lone, const Texture& texture) {
  ASSERT_EQ(lone.problem, "");
  const std::uint64_t handle = lone.textures.add(texture);
  for (int l = 0; l < 32; ++l) lone.row<std::uint64_t>("%t")[l] = handle;
}

Picture picture(int dimensions, AddressMode mode, bool normalized) {
  return {5, dimensions > 1 ? 4 : 1, dimensions > 2 ? 3 : 1, mode, normalized, [](int x, int y, int z) {
            return 1 + x * x + 10 * y - 37 * z * x;
          }};
}

TEST(Texture, IsReadAsTheGuideSays) {
  constexpr AddressMode kModes[] = {AddressMode::kWrap, AddressMode::kClamp, AddressMode::kMirror,
                                    AddressMode::kBorder};
  const char* const forms[] = {"tex.1d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x}];",
                               "tex.2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y}];",
                               "tex.3d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y, %z, %z}];"};
  for (int dimensions = 1; dimensions <= 3; ++dimensions) {
    for (const AddressMode mode : kModes) {
      for (const bool normalized : {false, true}) {
        for (const bool filters : {false, true}) {
          SCOPED_TRACE(testing::Message() << dimensions << "d, mode " << static_cast<int>(mode) << ", normalized "
                                          << normalized << ", linear " << filters);
          const Picture p = picture(dimensions, mode, normalized);
          LoneInstruction lone(kFour, forms[dimensions - 1]);
          ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(p, dimensions, filters)));
          for (int l = 0; l < 32; ++l) {
            // From well before the picture to well behind it, off the borders of texels.
            const float at = static_cast<float>(l - 10) * 0.553F + 0.013F;
            lone.row<float>("%x")[l] = normalized ? at / 5 : at;
            lone.row<float>("%y")[l] = normalized ? at * 0.7F / 4 : at * 0.7F;
            lone.row<float>("%z")[l] = normalized ? (2 - at * 0.3F) / 3 : 2 - at * 0.3F;
          }
          lone.run(0x7fff'ffffU);
          ASSERT_FALSE(lone.exec.trouble.raised);
          for (int l = 0; l < 31; ++l) {
            const double x = lone.row<float>("%x")[l] * (normalized ? 5.0 : 1.0);
            const double y = dimensions > 1 ? lone.row<float>("%y")[l] * (normalized ? 4.0 : 1.0) : 0;
            const double z = dimensions > 2 ? lone.row<float>("%z")[l] * (normalized ? 3.0 : 1.0) : 0;
            const double wanted = filters ? linear(p, dimensions, x, y, z) : nearest(p, x, y, z);
            EXPECT_FLOAT_EQ(lone.row<float>("%r")[l], static_cast<float>(wanted))
                << "lane " << l << " at " << x << ", " << y;
          }
        }
      }
    }
  }
}

TEST(Texture, TheWeightHasEightBits) {
  LoneInstruction lone(kFour, "tex.1d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x}];");
  const Picture p{2, 1, 1, AddressMode::kClamp, false, [](int x, int, int) { return x * 256.0; }};
  ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(p, 1, true)));
  // A weight of 1/3 becomes 85/256; one of 0.998 becomes 255/256, one of 0.999 becomes 1.
  const float weights[] = {1.0F / 3, 0.998F, 0.999F, 0.5F, 0.001F, 0.0F};
  for (int l = 0; l < 32; ++l) lone.row<float>("%x")[l] = 0.5F + weights[l % 6];
  lone.run();
  const float wanted[] = {85, 255, 256, 128, 0, 0};
  for (int l = 0; l < 32; ++l) EXPECT_EQ(lone.row<float>("%r")[l], wanted[l % 6]) << l;
}

TEST(Texture, IntegersAndTheirNormalisedReads) {
  struct Form {
    TexelType type;
    bool normalized;
    std::vector<std::uint8_t> texels;  // two channels
    std::uint32_t r, g;
  };
  const auto f = [](double x) { return std::bit_cast<std::uint32_t>(static_cast<float>(x)); };
  const Form forms[] = {{TexelType::kU8, false, {200, 7}, 200, 7},
                        {TexelType::kS8, false, {0x80, 7}, 0xffff'ff80U, 7},
                        {TexelType::kU16, false, {0x34, 0x12, 0xff, 0xff}, 0x1234, 0xffff},
                        {TexelType::kS16, false, {0x00, 0x80, 1, 0}, 0xffff'8000U, 1},
                        {TexelType::kU32, false, {1, 2, 3, 4, 5, 6, 7, 8}, 0x0403'0201, 0x0807'0605},
                        {TexelType::kU8, true, {255, 51}, f(1), f(51.0 / 255)},
                        {TexelType::kS8, true, {0x80, 127}, f(-1), f(1)},
                        {TexelType::kU16, true, {0xff, 0xff, 1, 0}, f(1), f(1.0 / 65535)},
                        {TexelType::kS16, true, {0, 0x80, 1, 0}, f(-1), f(1.0 / 32767)},
                        {TexelType::kF16, false, {0x00, 0x3c, 0x00, 0xc0}, f(1), f(-2)}};
  for (const Form& form : forms) {
    LoneInstruction lone(".reg .b64 %t; .reg .b32 %x, %r, %g, %b, %a;",
                         "tex.1d.v4.u32.s32 {%r, %g, %b, %a}, [%t, {%x}];");
    Texture t;
    t.dimensions = 1, t.channels = 2, t.type = form.type, t.normalized_read = form.normalized, t.texels = form.texels;
    ASSERT_NO_FATAL_FAILURE(use(lone, t));
    lone.row<std::int32_t>("%x")[1] = -1;
    lone.row<std::int32_t>("%x")[2] = 1;
    lone.run();
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[0], form.r);
    EXPECT_EQ(lone.row<std::uint32_t>("%g")[0], form.g);
    EXPECT_EQ(lone.row<std::uint32_t>("%b")[0], 0U);
    const bool floats = form.normalized || form.type == TexelType::kF16;
    EXPECT_EQ(lone.row<std::uint32_t>("%a")[0], floats ? f(1) : 1U);
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[1], 0U);  // outside
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[2], 0U);
  }
}

TEST(Texture, LayersAreChosenNotFiltered) {
  LoneInstruction lone(".reg .b64 %t; .reg .b32 %n; .reg .f32 %x, %y, %r, %g, %b, %a;",
                       "tex.a2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%n, %x, %y, %y}];");
  Texture t;
  t.width = 2, t.height = 2, t.layers = 3;
  for (int i = 0; i < 12; ++i) {
    const auto value = static_cast<float>(i);
    t.texels.insert(t.texels.end(), reinterpret_cast<const std::uint8_t*>(&value),
                    reinterpret_cast<const std::uint8_t*>(&value) + 4);
  }
  ASSERT_NO_FATAL_FAILURE(use(lone, t));
  for (int l = 0; l < 32; ++l) {
    lone.row<std::int32_t>("%n")[l] = l % 5;  // 3 and 4 are the last layer
    lone.row<float>("%x")[l] = 1.5F;
    lone.row<float>("%y")[l] = l % 2 == 0 ? 0.5F : 1.5F;
  }
  lone.run();
  for (int l = 0; l < 32; ++l) {
    EXPECT_EQ(lone.row<float>("%r")[l], static_cast<float>(std::min(l % 5, 2) * 4 + (l % 2) * 2 + 1)) << l;
  }
}

TEST(Texture, CubesHaveSixFaces) {
  LoneInstruction lone(kFour, "tex.cube.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y, %z, %z}];");
  Texture t;
  t.width = t.height = 1, t.layers = 6;
  const float faces[] = {0, 1, 2, 3, 4, 5};
  t.texels.resize(sizeof faces);
  std::memcpy(t.texels.data(), faces, sizeof faces);
  ASSERT_NO_FATAL_FAILURE(use(lone, t));
  for (int l = 0; l < 32; ++l) {
    lone.row<float>("%x")[l] = lone.row<float>("%y")[l] = lone.row<float>("%z")[l] = 0.1F;
    const char* const axis[] = {"%x", "%y", "%z"};
    lone.row<float>(axis[l % 6 / 2])[l] = l % 2 == 0 ? 2.0F : -2.0F;
  }
  lone.run();
  for (int l = 0; l < 32; ++l) EXPECT_EQ(lone.row<float>("%r")[l], static_cast<float>(l % 6)) << l;
}

TEST(Texture, GathersOneChannelOfFourTexels) {
  LoneInstruction lone(kFour, "tld4.r.2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y}];");
  const Picture p{4, 4, 1, AddressMode::kClamp, false, [](int x, int y, int) { return x + 10 * y; }};
  ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(p, 2, true)));
  for (int l = 0; l < 32; ++l) lone.row<float>("%x")[l] = lone.row<float>("%y")[l] = 2.2F;
  lone.run();
  // Around (1.7, 1.7): bottom left, bottom right, top right, top left, where y grows downwards.
  EXPECT_EQ(lone.row<float>("%r")[3], 21.0F);
  EXPECT_EQ(lone.row<float>("%g")[3], 22.0F);
  EXPECT_EQ(lone.row<float>("%b")[3], 12.0F);
  EXPECT_EQ(lone.row<float>("%a")[3], 11.0F);
}

TEST(Texture, GivesHalves) {
  LoneInstruction lone(".reg .b64 %t; .reg .b32 %x; .reg .b16 %r, %g, %b, %a;",
                       "tex.1d.v4.f16.s32 {%r, %g, %b, %a}, [%t, {%x}];");
  const Picture p{1, 1, 1, AddressMode::kClamp, false, [](int, int, int) { return -1.5; }};
  ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(p, 1, false)));
  lone.run();
  EXPECT_EQ(lone.row<std::uint16_t>("%r")[0], 0xbe00);
  EXPECT_EQ(lone.row<std::uint16_t>("%a")[0], 0x3c00);
}

TEST(Texture, LevelsAndGradientsMeanTheOneLevel) {
  for (const char* form : {"tex.level.2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y}], %z;",
                           "tex.grad.2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y}], {%z, %z}, {%z, %z};",
                           "tex.base.2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y}];"}) {
    LoneInstruction lone(kFour, form);
    ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(picture(2, AddressMode::kClamp, false), 2, false)));
    for (int l = 0; l < 32; ++l) lone.row<float>("%x")[l] = lone.row<float>("%y")[l] = 2.5F;
    lone.run();
    EXPECT_EQ(lone.row<float>("%r")[7], 25.0F) << form;
  }
}

TEST(Texture, AnswersQuestions) {
  const std::pair<const char*, std::uint32_t> answers[] = {{"width", 5},
                                                           {"height", 4},
                                                           {"depth", 3},
                                                           {"normalized_coords", 1},
                                                           {"filter_mode", 1},
                                                           {"addr_mode_0", 1},
                                                           {"channel_data_type", 0x10de},
                                                           {"channel_order", 0x10b0}};
  for (const auto& [question, wanted] : answers) {
    LoneInstruction lone(".reg .b64 %t; .reg .b32 %r;", std::string("txq.") + question + ".b32 %r, [%t];");
    ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(picture(3, AddressMode::kMirror, true), 3, true)));
    lone.run();
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[5], wanted) << question;
  }
}

TEST(Texture, AnUnknownHandleFaults) {
  LoneInstruction lone(kFour, "tex.2d.v4.f32.f32 {%r, %g, %b, %a}, [%t, {%x, %y}];");
  ASSERT_NO_FATAL_FAILURE(use(lone, texture_of(picture(2, AddressMode::kClamp, false), 2, false)));
  lone.row<std::uint64_t>("%t")[9] = 5;
  lone.run();
  lone.fault(FaultKind::kBadOperand, 9, 5, 0, false);
}

TEST(Texture, ReferencesAreRefused) {
  const char* const text =
      ".version 8.0\n.target sm_80\n.address_size 64\n.global .texref old;\n.visible .entry k()\n{\n"
      ".reg .f32 %f<6>;\ntex.2d.v4.f32.f32 {%f0,%f1,%f2,%f3}, [old, {%f4,%f5}];\nret;\n}\n";
  auto module = ptx::parse(text, "old.ptx");
  ASSERT_TRUE(module.has_value());
  vgpu::GlobalMemory memory;
  auto program = vgpu::Program::load(std::make_shared<const ptx::Module>(std::move(*module)), memory);
  ASSERT_TRUE(program.has_value());
  const auto refused = (*program)->refusals(0);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused[0].message.find("cudaTextureObject_t"), std::string::npos);
}

// ---- Surfaces

Texture words(int width, int height, int layers = 1) {
  Texture t;
  t.width = width, t.height = height, t.layers = layers, t.type = TexelType::kU32;
  t.texels.resize(static_cast<std::size_t>(width * height * layers * 4));
  for (std::size_t i = 0; i < t.texels.size(); ++i) t.texels[i] = static_cast<std::uint8_t>(i);
  return t;
}

constexpr const char* kSurface = ".reg .b64 %t; .reg .b32 %n, %x, %y, %r, %g;";

TEST(Surface, TheFirstCoordinateCountsBytes) {
  LoneInstruction lone(kSurface, "suld.b.2d.v2.b32.trap {%r, %g}, [%t, {%x, %y}];");
  ASSERT_NO_FATAL_FAILURE(use(lone, words(4, 3)));
  for (int l = 0; l < 32; ++l) {
    lone.row<std::int32_t>("%x")[l] = l % 2 * 8;
    lone.row<std::int32_t>("%y")[l] = l % 3;
  }
  lone.run();
  for (std::uint32_t l = 0; l < 32; ++l) {
    const std::uint32_t first = l % 3 * 16 + l % 2 * 8;
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[l], first * 0x0101'0101U + 0x0302'0100U) << l;
    EXPECT_EQ(lone.row<std::uint32_t>("%g")[l], (first + 4) * 0x0101'0101U + 0x0302'0100U) << l;
  }
}

TEST(Surface, WhatIsOutsideTrapsClampsOrIsZero) {
  for (const char* form : {"trap", "clamp", "zero"}) {
    LoneInstruction lone(kSurface, std::string("suld.b.2d.b32.") + form + " %r, [%t, {%x, %y}];");
    ASSERT_NO_FATAL_FAILURE(use(lone, words(4, 3)));
    lone.row<std::int32_t>("%x")[3] = 16;
    lone.row<std::int32_t>("%y")[4] = -1;
    lone.run();
    EXPECT_EQ(lone.exec.trouble.raised, form[0] == 't');
    if (form[0] == 't') lone.fault(FaultKind::kOutOfBounds, 3, 12, 4, false);
    if (form[0] == 't') continue;
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[3], form[0] == 'c' ? 0x0f0e'0d0cU : 0U);
    EXPECT_EQ(lone.row<std::uint32_t>("%r")[4], form[0] == 'c' ? 0x0302'0100U : 0U);
  }
  LoneInstruction lone(kSurface, "sust.b.1d.b32.trap [%t, {%x}], %r;");
  ASSERT_NO_FATAL_FAILURE(use(lone, words(4, 1)));
  lone.row<std::int32_t>("%x")[8] = 2;
  lone.run();
  EXPECT_EQ(lone.exec.trouble.kind, static_cast<std::uint8_t>(FaultKind::kMisaligned));
  EXPECT_EQ(int{lone.exec.trouble.lane}, 8);
}

TEST(Surface, StoresBytesAndSamples) {
  LoneInstruction bytes(".reg .b64 %t; .reg .b32 %n, %x, %y; .reg .b16 %r, %g;",
                        "sust.b.a2d.v2.b8.zero [%t, {%n, %x, %y, %y}], {%r, %g};");
  ASSERT_NO_FATAL_FAILURE(use(bytes, words(2, 2, 2)));
  bytes.row<std::int32_t>("%n")[0] = 1;
  bytes.row<std::int32_t>("%x")[0] = 6;
  bytes.row<std::int32_t>("%y")[0] = 1;
  bytes.row<std::int32_t>("%y")[1] = 2;  // outside: dropped
  bytes.row<std::uint16_t>("%r")[0] = 0x1234;
  bytes.row<std::uint16_t>("%g")[0] = 0x5678;
  bytes.run(3);
  EXPECT_FALSE(bytes.exec.trouble.raised);
  const auto& texels = bytes.textures.textures[0].texels;
  EXPECT_EQ(texels[30], 0x34);
  EXPECT_EQ(texels[31], 0x78);
  EXPECT_EQ(texels[29], 29);

  LoneInstruction samples(kSurface, "sust.p.1d.b32.clamp [%t, {%x}], %r;");
  Texture t;
  t.width = 3, t.dimensions = 1, t.type = TexelType::kS8, t.texels = {1, 2, 3};
  ASSERT_NO_FATAL_FAILURE(use(samples, t));
  samples.row<std::int32_t>("%x")[0] = 9;
  samples.row<std::int32_t>("%r")[0] = -1000;
  samples.run(1);
  EXPECT_EQ(samples.textures.textures[0].texels, (std::vector<std::uint8_t>{1, 2, 0x80}));
}

TEST(Surface, Reduces) {
  LoneInstruction lone(kSurface, "sured.b.add.2d.u32.trap [%t, {%x, %y}], %r;");
  ASSERT_NO_FATAL_FAILURE(use(lone, words(2, 1)));
  for (int l = 0; l < 32; ++l) {
    lone.row<std::int32_t>("%x")[l] = 4;
    lone.row<std::uint32_t>("%r")[l] = 2;
  }
  lone.run();
  std::uint32_t sum;
  std::memcpy(&sum, lone.textures.textures[0].texels.data() + 4, 4);
  EXPECT_EQ(sum, 0x0706'0504U + 64);
}

}  // namespace
}  // namespace warpscope::tests

// The virtual GPU as a Device: memory, modules, symbols, launches, and what is refused with which words.
#include "compute/device/virtual_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "compute/ptx/parser.h"

namespace warpscope::device {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr const char* kHead = ".version 7.0\n.target sm_70\n.address_size 64\n";

// out[i] = in[i] * factor + offset[0], for i below n.
const std::string kScale =
    std::string(kHead) +
    ".const .align 4 .u32 offset[2] = {100, 200};\n.global .align 8 .u64 calls;\n"
    ".visible .entry scale(.param .u64 in, .param .u64 out, .param .u32 n, .param .u32 factor) {\n"
    ".reg .b64 %rd<9>; .reg .b32 %r<9>; .reg .pred %p;\n"
    "ld.param.u64 %rd1, [in];\nld.param.u64 %rd2, [out];\nld.param.u32 %r1, [n];\nld.param.u32 %r2, [factor];\n"
    "mov.u32 %r3, %ctaid.x;\nmov.u32 %r4, %ntid.x;\nmov.u32 %r5, %tid.x;\nmad.lo.u32 %r3, %r3, %r4, %r5;\n"
    "setp.ge.u32 %p, %r3, %r1;\n@%p ret;\nmul.wide.u32 %rd3, %r3, 4;\nadd.u64 %rd1, %rd1, %rd3;\n"
    "add.u64 %rd2, %rd2, %rd3;\nld.global.u32 %r6, [%rd1];\nld.const.u32 %r7, [offset];\n"
    "mad.lo.u32 %r6, %r6, %r2, %r7;\nst.global.u32 [%rd2], %r6;\nret;\n}\n"
    ".visible .entry other() { ret; }\n";

std::shared_ptr<const ptx::Module> module_of(const std::string& text) {
  auto module = ptx::parse(text, "test.ptx");
  EXPECT_TRUE(module.has_value()) << (module ? "" : module.error().front().text());
  return module ? std::make_shared<const ptx::Module>(std::move(*module)) : nullptr;
}

template <class T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

class Virtual : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(device.load(module_of(kScale)));
    in = *device.allocate(400, "in");
    out = *device.allocate(400, "out");
    std::vector<std::uint32_t> values(100);
    std::iota(values.begin(), values.end(), 0U);
    ASSERT_TRUE(device.write(in, {reinterpret_cast<const std::uint8_t*>(values.data()), 400}));
  }
  LaunchRequest scale(std::uint32_t n, std::uint32_t factor) const {
    return {"scale", {4, 1, 1}, {32, 1, 1}, 0, {bytes_of(in), bytes_of(out), bytes_of(n), bytes_of(factor)}, {}};
  }
  std::vector<std::uint32_t> result() const {
    std::vector<std::uint32_t> values(100);
    EXPECT_TRUE(device.read(out, {reinterpret_cast<std::uint8_t*>(values.data()), 400}));
    return values;
  }
  std::string refusal(const LaunchRequest& request) {
    const auto report = device.launch(request, {});
    return report ? "nothing was refused" : report.error().message;
  }

  VirtualDevice device;
  Address in = 0, out = 0;
};

TEST_F(Virtual, RunsAKernelOnWhatWasWritten) {
  EXPECT_EQ(device.kind(), "virtual");
  const auto report = device.launch(scale(90, 3), {});
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_FALSE(report->fault);
  EXPECT_GT(report->warp_instructions, 0U);
  EXPECT_EQ(report->lines.size(), 0U) << "not asked for";
  const std::vector<std::uint32_t> values = result();
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(values[i], i < 90 ? i * 3 + 100 : 0) << i;
}

TEST_F(Virtual, SymbolsAreOverwrittenFromTheirBeginning) {
  ASSERT_TRUE(device.set_symbol("offset", bytes_of(7U)));
  ASSERT_TRUE(device.launch(scale(100, 1), {}));
  EXPECT_EQ(result()[5], 12U);
  EXPECT_THAT(device.set_symbol("offset", Bytes(12)).error().message, HasSubstr("has 8 bytes, 12 were given"));
  EXPECT_THAT(device.set_symbol("ofset", Bytes(4)).error().message, HasSubstr("there is: offset, calls"));
}

TEST_F(Virtual, WatchesWhatItIsAskedToWatch) {
  LaunchOptions options;
  options.checks.memory = options.checks.init = true;
  options.counters = true;
  ASSERT_TRUE(device.free(out));
  out = *device.allocate(200, "short");
  const auto report = device.launch(scale(100, 1), options);
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_TRUE(report->fault);
  EXPECT_THAT(report->fault->message, HasSubstr("behind the end of 'short' (200 bytes"));
  ASSERT_FALSE(report->findings.empty());
  EXPECT_EQ(report->findings[0].kind, vgpu::FindingKind::kMemory);
  ASSERT_TRUE(report->totals);
  EXPECT_GT(report->totals->warp_instructions, 0U);
  EXPECT_FALSE(report->lines.empty());
  EXPECT_TRUE(device.launch(scale(50, 2), {})) << "a fault ends the launch, not the device";
  EXPECT_EQ(device.launch(scale(50, 2), {})->fault, std::nullopt);
}

TEST_F(Virtual, RefusesLaunchesThatCannotBeMade) {
  LaunchRequest request = scale(1, 1);
  request.kernel = "scal";
  EXPECT_THAT(refusal(request), HasSubstr("there is no kernel 'scal'; there is: scale, other"));
  request = scale(1, 1);
  request.arguments.pop_back();
  EXPECT_THAT(refusal(request), HasSubstr("takes 4 arguments, 3 were given"));
  request = scale(1, 1);
  request.arguments[2] = Bytes(8);
  EXPECT_THAT(refusal(request), HasSubstr("argument 2 of 'scale' has 8 bytes, its parameter n has 4"));
  request = scale(1, 1);
  request.block = {2048, 1, 1};
  EXPECT_NE(refusal(request), "nothing was refused");
  VirtualDevice empty;
  EXPECT_FALSE(empty.launch(scale(1, 1), {}));
}

TEST_F(Virtual, AnotherModuleTakesThePlaceOfTheFirst) {
  ASSERT_TRUE(device.launch(scale(100, 2), {}));
  ASSERT_TRUE(device.load(module_of(std::string(kHead) + ".visible .entry k() { ret; }\n")));
  EXPECT_THAT(refusal(scale(1, 1)), HasSubstr("there is: k"));
  EXPECT_FALSE(device.set_symbol("offset", Bytes(4)));
  EXPECT_EQ(result()[1], 102U) << "buffers stay";
  EXPECT_TRUE(device.launch({"k", {1, 1, 1}, {1, 1, 1}, 0, {}, {}}, {}));
}

TEST(VirtualMemory, OfModulesThatWereReplacedIsFree) {
  VirtualDevice device(1U << 20);
  const auto module =
      module_of(std::string(kHead) + ".global .align 4 .b8 big[400000];\n.visible .entry k() { ret; }\n");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(device.load(module)) << i;
}

TEST(VirtualMemory, GivesBytesBackAndSaysWhereThereAreNone) {
  VirtualDevice device(1U << 20);
  EXPECT_THAT(device.allocate(2U << 20, "much").error().message, HasSubstr("out of device memory"));
  const Address address = *device.allocate(10, "ten");
  EXPECT_TRUE(device.write(address + 2, Bytes{1, 2, 3}));
  Bytes back(10);
  ASSERT_TRUE(device.read(address, back));
  EXPECT_EQ(back, (Bytes{0, 0, 1, 2, 3, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(device.write(address + 8, Bytes(3))) << "beyond its end";
  EXPECT_TRUE(device.free(address));
  EXPECT_FALSE(device.free(address)) << "twice";
  EXPECT_FALSE(device.read(address, back)) << "freed";
}

TEST(VirtualTextures, AreHandles) {
  VirtualDevice device;
  vgpu::Texture texture;
  texture.width = 2;
  texture.texels = Bytes(8, 5);
  const Address handle = *device.add_texture(texture);
  EXPECT_EQ(*device.texels(handle), Bytes(8, 5));
  EXPECT_THAT(device.texels(handle + 1).error().message, HasSubstr("is no texture"));
}

}  // namespace
}  // namespace warpscope::device

// CudaDevice on the stand-in driver: every call of a Device, and what happens when a kernel or the GPU fails.
#include "compute/device/cuda_device.h"

#include <gmock/gmock.h>

#include <chrono>
#include <numeric>
#include <thread>

#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

using ::testing::AllOf;
using testing::Bytes;
using testing::bytes_of;
using ::testing::HasSubstr;
using testing::module_of;

class Cuda : public testing::StandIn {
 protected:
  void SetUp() override {
    device = open();
    ASSERT_NE(device, nullptr);
    prepare();
  }
  // The module, and eight counters that begin with 10, 11, ...
  void prepare() {
    const auto loaded = device->load(module_of(testing::kCounting));
    ASSERT_TRUE(loaded) << loaded.error().front().text();
    const auto made = device->allocate(32, "counts");
    ASSERT_TRUE(made) << made.error().text();
    counts = *made;
    std::vector<std::uint32_t> values(8);
    std::iota(values.begin(), values.end(), 10U);
    ASSERT_TRUE(device->write(counts, {reinterpret_cast<const std::uint8_t*>(values.data()), 32}));
  }
  LaunchRequest add() const { return {"add", {1, 1, 1}, {8, 1, 1}, 0, {bytes_of(counts)}, {}}; }
  LaunchRequest wild() const { return {"wild", {1, 1, 1}, {1, 1, 1}, 0, {}, {}}; }
  std::uint32_t counter(std::uint64_t index) const {
    Bytes bytes(4);
    const auto done = device->read(counts + 4 * index, bytes);
    EXPECT_TRUE(done) << done.error().text();
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), 4);
    return value;
  }

  std::unique_ptr<CudaDevice> device;
  Address counts = 0;
};

// Through pinned memory, also once more after a fault took it away, and without it where there is none.
TEST_F(Cuda, ReadsLargeBuffersThroughPinnedMemoryOrWithout) {
  Bytes written(300'000);
  std::iota(written.begin(), written.end(), std::uint8_t{1});
  const auto comes_back = [&] {
    const auto address = device->allocate(written.size(), "large");
    EXPECT_TRUE(address && device->write(*address, written));
    Bytes back(written.size());
    const auto done = device->read(*address, back);
    EXPECT_TRUE(done) << done.error().text();
    return back == written;
  };
  EXPECT_TRUE(comes_back());
  ASSERT_TRUE(device->launch(wild(), {})->fault);
  EXPECT_TRUE(comes_back());
  ASSERT_TRUE(device->load(module_of(testing::kCounting)));
  ASSERT_TRUE(device->launch(wild(), {})->fault);
  inject("fail cuMemHostAlloc 2\n");
  EXPECT_TRUE(comes_back());
}

TEST_F(Cuda, RunsAKernelOnWhatWasWritten) {
  EXPECT_EQ(device->kind(), "cuda");
  const auto report = device->launch(add(), {});
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_FALSE(report->fault);
  EXPECT_GE(report->seconds, 0.0);
  EXPECT_EQ(counter(0), 11U);
  EXPECT_EQ(counter(7), 18U);
}

TEST_F(Cuda, SymbolsAreOverwrittenFromTheirBeginning) {
  ASSERT_TRUE(device->set_symbol("amount", bytes_of(100U)));
  ASSERT_TRUE(device->launch(add(), {}));
  EXPECT_EQ(counter(0), 110U);
  EXPECT_THAT(device->set_symbol("amount", Bytes(12)).error().message, HasSubstr("has 8 bytes, 12 were given"));
  EXPECT_THAT(device->set_symbol("amonut", Bytes(4)).error().message, HasSubstr("there is: amount"));
}

TEST_F(Cuda, RefusesWhatOnlyTheVirtualGpuCan) {
  LaunchOptions options;
  options.checks.memory = true;
  EXPECT_THAT(device->launch(add(), options).error().message, HasSubstr("only the virtual GPU can"));
  EXPECT_EQ(counter(0), 10U) << "nothing ran";
}

TEST_F(Cuda, RefusesLaunchesThatCannotBeMade) {
  const auto refusal = [&](const LaunchRequest& request) {
    const auto report = device->launch(request, {});
    return report ? std::string("nothing was refused") : report.error().message;
  };
  LaunchRequest request = add();
  request.kernel = "ad";
  EXPECT_THAT(refusal(request), HasSubstr("there is no kernel 'ad'; there is: add, wild"));
  request = add();
  request.arguments.clear();
  EXPECT_THAT(refusal(request), HasSubstr("takes 1 arguments, 0 were given"));
  request = add();
  request.block = {1025, 1, 1};
  EXPECT_THAT(refusal(request), HasSubstr("a block of 1025 x 1 x 1 threads cannot be launched"));
  request = add();
  request.dynamic_shared_bytes = 1 << 20;
  EXPECT_THAT(refusal(request), HasSubstr("1048576 dynamic ones"));
  request.dynamic_shared_bytes = 60 << 10;
  EXPECT_TRUE(device->launch(request, {})) << "more than 48 KiB where the GPU has them";
}

TEST_F(Cuda, KnowsWhereItsMemoryEnds) {
  Bytes bytes(8);
  EXPECT_TRUE(device->read(counts + 24, bytes));
  EXPECT_THAT(device->read(counts + 28, bytes).error().message,
              HasSubstr("cannot read 8 bytes at byte 28 of 'counts', which has 32"));
  EXPECT_THAT(device->write(64, bytes).error().message, HasSubstr("nothing is allocated there"));
  EXPECT_THAT(device->free(counts + 4).error().message, HasSubstr("is not the beginning of anything"));
  EXPECT_TRUE(device->free(counts));
  EXPECT_THAT(device->read(counts, bytes).error().message, HasSubstr("nothing is allocated there"));
}

TEST_F(Cuda, ASequenceRunsAsOftenAsAsked) {
  auto sequence = device->record({add(), add(), add()});
  ASSERT_TRUE(sequence) << sequence.error().text();
  EXPECT_EQ(counter(0), 10U) << "nothing runs while it is recorded";
  for (int i = 0; i < 2; ++i) {
    const auto report = (*sequence)->run({});
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->fault);
  }
  EXPECT_EQ(counter(0), 16U) << "two times three";
  ASSERT_TRUE(device->load(module_of(testing::kCounting)));
  EXPECT_THAT((*sequence)->run({}).error().message, HasSubstr("record them again"));
  EXPECT_THAT(device->record({}).error().message, HasSubstr("at least one launch"));
}

TEST_F(Cuda, AStopThatWasSetBeforeStartsNothing) {
  const std::atomic<bool> stop = true;
  LaunchOptions options;
  options.stop = &stop;
  const auto report = device->launch(add(), options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->stopped);
  EXPECT_EQ(counter(0), 10U);
  const std::atomic<bool> go = false;
  options.stop = &go;
  EXPECT_FALSE(device->launch(add(), options)->stopped);
  EXPECT_EQ(counter(0), 11U);
}

// The stand-in is always ready; here it is told to say for a while, or for ever, that it is not.
TEST_F(Cuda, WaitingCanBeEndedThoughAKernelCannot) {
  std::atomic<bool> stop = false;
  LaunchOptions options;
  options.stop = &stop;
  inject("fail cuStreamQuery 600 times 30\n");
  const auto patient = device->launch(add(), options);
  ASSERT_TRUE(patient) << patient.error().text();
  EXPECT_FALSE(patient->stopped) << "it took longer, that is all";
  EXPECT_EQ(counter(0), 11U);

  inject("fail cuStreamQuery 600\n");
  std::thread person([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop = true;
  });
  const auto stopped = device->launch(add(), options);
  person.join();
  ASSERT_TRUE(stopped) << stopped.error().text();
  EXPECT_TRUE(stopped->stopped);
  EXPECT_FALSE(stopped->fault);
  EXPECT_EQ(counter(0), 12U) << "the kernel went on, and reading waited for it";
}

TEST_F(Cuda, SurvivesAKernelThatFaults) {
  const std::vector<Address> many = {*device->allocate(1000, "a"), *device->allocate(1000, "b")};
  auto sequence = device->record({add()});
  ASSERT_TRUE(sequence);
  const auto report = device->launch(wild(), {});
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_TRUE(report->fault);
  EXPECT_EQ(report->fault->kind, vgpu::FaultKind::kOutOfBounds);
  EXPECT_EQ(report->fault->kernel, "wild");
  EXPECT_THAT(report->fault->message, AllOf(HasSubstr("CUDA_ERROR_ILLEGAL_ADDRESS"), HasSubstr("was set up anew")));
  EXPECT_EQ(device->rebuilds(), 1U);
  EXPECT_FALSE(device->lost());
  Bytes bytes(4);
  EXPECT_THAT(device->read(counts, bytes).error().message, HasSubstr("the GPU was set up anew after"));
  EXPECT_THAT(device->launch(add(), {}).error().message, HasSubstr("no module is loaded: the GPU was set up anew"));
  EXPECT_THAT((*sequence)->run({}).error().message, HasSubstr("record them again"));
  prepare();
  ASSERT_TRUE(device->launch(add(), {}));
  EXPECT_EQ(counter(3), 14U) << "and goes on";
}

TEST_F(Cuda, AFaultInASequenceIsReportedToo) {
  auto sequence = device->record({add(), wild()});
  ASSERT_TRUE(sequence) << sequence.error().text();
  const auto report = (*sequence)->run({});
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_TRUE(report->fault);
  EXPECT_EQ(report->fault->kernel, "add, wild");
  EXPECT_EQ(device->rebuilds(), 1U);
}

TEST_F(Cuda, EveryKindOfFaultIsSurvived) {
  struct Case {
    int code;
    vgpu::FaultKind kind;
  };
  for (const Case& each : {Case{702, vgpu::FaultKind::kStepLimit}, Case{710, vgpu::FaultKind::kAssert},
                           Case{714, vgpu::FaultKind::kStackOverflow}, Case{715, vgpu::FaultKind::kTrap},
                           Case{716, vgpu::FaultKind::kMisaligned}, Case{719, vgpu::FaultKind::kTrap}}) {
    inject("fault " + std::to_string(each.code) + "\n");
    const auto report = device->launch(add(), {});
    ASSERT_TRUE(report) << each.code << ": " << report.error().text();
    ASSERT_TRUE(report->fault) << each.code;
    EXPECT_EQ(report->fault->kind, each.kind) << each.code;
    inject("");
    prepare();
    ASSERT_TRUE(device->launch(add(), {})) << each.code;
    EXPECT_EQ(counter(0), 11U) << each.code;
  }
  EXPECT_EQ(device->rebuilds(), 6U);
}

TEST_F(Cuda, OutOfMemorySaysWhatWasAskedForAndWhatIsFree) {
  inject("memory 64M\n");
  device.reset();  // a context keeps the memory it began with
  device = open();
  const auto refused = device->allocate(100'000'000, "much");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("100000000 bytes were asked for"), HasSubstr("are free"),
                                             HasSubstr("CUDA_ERROR_OUT_OF_MEMORY")));
  EXPECT_TRUE(device->allocate(1'000'000, "little")) << "nothing else changed";
  EXPECT_EQ(device->rebuilds(), 0U);
}

TEST_F(Cuda, AGpuThatDisappearsIsLostForGood) {
  inject("lost 999\n");
  EXPECT_FALSE(device->launch(add(), {}));
  ASSERT_TRUE(device->lost());
  EXPECT_THAT(device->lost()->message, HasSubstr("is lost"));
  inject("");
  EXPECT_THAT(device->allocate(4, "x").error().message, HasSubstr("is lost")) << "also when it is back";
  EXPECT_FALSE(device->load(module_of(testing::kCounting)));
  EXPECT_EQ(device->rebuilds(), 0U);
}

TEST_F(Cuda, AnErrorThatSaysSoIsALossWithoutTrying) {
  inject("fail cuLaunchKernel 214\n");  // ECC
  EXPECT_THAT(device->launch(add(), {}).error().message, HasSubstr("is lost"));
  EXPECT_TRUE(device->lost());
}

TEST_F(Cuda, AFaultWithoutAWayBackIsALoss) {
  inject("fault 700\nfail cuDevicePrimaryCtxRetain 46\n");
  const auto report = device->launch(add(), {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, AllOf(HasSubstr("is lost"), HasSubstr("CUDA_ERROR_DEVICE_UNAVAILABLE"),
                                            HasSubstr("after"), HasSubstr("CUDA_ERROR_ILLEGAL_ADDRESS")));
}

TEST_F(Cuda, PtxThatIsTooNewNamesTheDriverItNeeds) {
  inject("driver 12040\nptx 6.5\n");
  const auto refused = device->load(module_of(testing::kCounting));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().front().message,
              AllOf(HasSubstr("knows CUDA 12.4"), HasSubstr("cannot read PTX 7.0, which came with CUDA 11.0"),
                    HasSubstr("driver 450 or newer")));
  EXPECT_FALSE(device->lost());
  EXPECT_TRUE(device->launch(add(), {})) << "the module of before is still there";
}

// Copies a texel to each thread's place: texture 2D of floats at (tid.x, 0).
const char* const kTexture =
    ".visible .entry look(.param .u64 picture, .param .u64 out) {\n.reg .b64 %rd<5>; .reg .b32 %r<4>; .reg .f32 "
    "%f<5>;\n"
    "ld.param.u64 %rd1, [picture];\nld.param.u64 %rd2, [out];\nmov.u32 %r1, %tid.x;\nmov.u32 %r2, 1;\n"
    "tex.2d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [%rd1, {%r1, %r2}];\nmul.wide.u32 %rd3, %r1, 4;\n"
    "add.u64 %rd2, %rd2, %rd3;\nst.global.f32 [%rd2], %f1;\nret;\n}\n"
    ".visible .entry paint(.param .u64 picture) {\n.reg .b64 %rd<3>; .reg .b32 %r<6>;\n"
    "ld.param.u64 %rd1, [picture];\nmov.u32 %r1, %tid.x;\nshl.b32 %r2, %r1, 2;\nmov.u32 %r3, 0;\nadd.u32 %r4, %r1, 7;\n"
    "sust.b.2d.b32.trap [%rd1, {%r2, %r3}], {%r4};\nret;\n}\n";

TEST_F(Cuda, TexturesAreReadAndSurfacesWritten) {
  ASSERT_TRUE(device->load(module_of(kTexture)));
  vgpu::Texture picture;
  picture.width = 4;
  picture.height = 2;
  const float texels[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  picture.texels = Bytes(sizeof texels);
  std::memcpy(picture.texels.data(), texels, sizeof texels);
  const auto handle = device->add_texture(picture);
  ASSERT_TRUE(handle) << handle.error().text();
  EXPECT_EQ(*device->texels(*handle), picture.texels) << "there and back";
  const Address out = *device->allocate(16, "out");
  ASSERT_TRUE(device->launch({"look", {1, 1, 1}, {4, 1, 1}, 0, {bytes_of(*handle), bytes_of(out)}, {}}, {}));
  float seen[4] = {};
  ASSERT_TRUE(device->read(out, {reinterpret_cast<std::uint8_t*>(seen), 16}));
  EXPECT_THAT(seen, ::testing::ElementsAre(4, 5, 6, 7)) << "the second row";

  picture.type = vgpu::TexelType::kU32;
  const auto surface = device->add_surface(picture);
  ASSERT_TRUE(surface) << surface.error().text();
  ASSERT_TRUE(device->launch({"paint", {1, 1, 1}, {4, 1, 1}, 0, {bytes_of(*surface)}, {}}, {}));
  const Bytes painted = *device->texels(*surface);
  std::uint32_t first_row[4] = {};
  std::memcpy(first_row, painted.data(), 16);
  EXPECT_THAT(first_row, ::testing::ElementsAre(7, 8, 9, 10));
  EXPECT_TRUE(std::equal(painted.begin() + 16, painted.end(), picture.texels.begin() + 16))
      << "the second row is as it was";

  picture.channels = 3;
  EXPECT_THAT(device->add_texture(picture).error().message, HasSubstr("1, 2 or 4 channels"));
  EXPECT_THAT(device->texels(5).error().message, HasSubstr("is no texture"));
}

}  // namespace
}  // namespace warpscope::device

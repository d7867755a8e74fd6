// Convolve on a GPU that is really the stand-in driver: it computes the same, and when it is pulled away, breaks or is
// full, the virtual GPU goes on with the same picture.
#include "tests/session/live_convolve.h"
#include "tests/session/stand_in_session.h"

namespace warpscope::tests {
namespace {

using convolution::Variant;
using device::DeviceState;
using namespace session;

class ConvolveDevice : public StandInSession<LiveConvolve> {
 protected:
  ConvolveOptions options() override {
    ConvolveOptions options = LiveConvolve::options();
    options.device.wanted = device::Wanted::kAuto;
    return options;
  }
  static std::string last_message(const View& view) { return view.messages.empty() ? "" : view.messages.back().text; }
};

TEST_F(ConvolveDevice, TheGpuComputesWhatTheReferenceDoes) {
  for (const Variant variant : convolution::kVariants) {
    const View& view = after(with({"gaussian", "sobel-x"}, variant));
    ASSERT_EQ(view.device.state, DeviceState::kGpu) << view.device.why;
    EXPECT_EQ(view.settings.variant, variant);
    expect_reference(*view.frame);
  }
}

TEST_F(ConvolveDevice, EveryBlockSaysOnWhichSmItRan) {
  const View& view = settled();
  ASSERT_EQ(view.frame->ran_on.size(), view.frame->run.launches.size());
  EXPECT_EQ(view.frame->ran_on.front().size(), view.frame->run.launches.front().grid.count());
  EXPECT_TRUE(after(ChooseDevice{{device::Wanted::kVirtual, {}}}).frame->ran_on.empty());
}

TEST_F(ConvolveDevice, WithoutOpenGlFramesAreCopiedAndTheReasonIsTold) {
  settled();
  session().attach_texture(1, 1024, 1024);
  EXPECT_EQ(session().present(), 0U);
  const std::uint64_t version = after(with({"box"})).frame->version;
  EXPECT_EQ(session().present(), 0U);  // tries, in vain
  const View& view = after(with({"emboss"}));
  EXPECT_GT(view.frame->version, version);
  EXPECT_EQ(view.screen.kind, ScreenPath::Kind::kUpload);
  EXPECT_NE(view.screen.why.find("OpenGL"), std::string::npos) << view.screen.why;
  expect_reference(*view.frame);
  session().detach_texture();
}

TEST_F(ConvolveDevice, ItsTimesAreMeasuredOnItAndTheVirtualGpuCounts) {
  const View& view = until([](const View& v) { return v.table && !v.table->measuring; });
  EXPECT_EQ(view.device.state, DeviceState::kGpu);
  EXPECT_EQ(view.table->device, view.device.name);
  for (const convolution::VariantReport& row : view.table->rows) {
    EXPECT_NE(row.why_not.empty(), !row.counts.has_value()) << row.why_not;
  }
}

TEST_F(ConvolveDevice, PulledAwayWhileTheSceneMovesTheVirtualGpuGoesOn) {
  show(PictureKind::kScene);
  const View& before = after(with({"laplacian"}));
  ASSERT_EQ(before.device.state, DeviceState::kGpu) << before.device.why;
  const std::string gpu = before.device.name;
  const std::uint64_t version = before.frame->version;
  inject("lost\n");
  const View& lost = until([](const View& v) { return v.device.state == DeviceState::kLost; });
  EXPECT_NE(lost.device.name, gpu);
  EXPECT_FALSE(lost.device.why.empty());
  EXPECT_NE(last_message(lost).find(gpu), std::string::npos) << last_message(lost);
  const View& later = until([&](const View& v) { return v.frame->version >= version + 5; });
  EXPECT_EQ(later.source.kind, PictureKind::kScene);
  EXPECT_EQ(later.frame->settings, with({"laplacian"}).settings);
  expect_reference(*later.frame);
}

TEST_F(ConvolveDevice, AKernelThatFaultsOnceTakesOneFrameAndTheGpuGoesOn) {
  ASSERT_EQ(settled().device.state, DeviceState::kGpu);
  const std::uint64_t version = session().view()->frame->version;
  inject("fault\n");
  const View& view = after(with({"emboss"}));
  EXPECT_EQ(view.device.state, DeviceState::kGpu) << view.device.why;
  EXPECT_GT(view.frame->version, version);
  EXPECT_NE(last_message(view).find("set up anew"), std::string::npos) << last_message(view);
  expect_reference(*view.frame);
}

TEST_F(ConvolveDevice, AKernelThatFaultsEveryTimeIsLeftToTheVirtualGpu) {
  ASSERT_EQ(settled().device.state, DeviceState::kGpu);
  inject("fault times 1000\n");
  const View& view = after(with({"emboss"}));
  EXPECT_EQ(view.device.state, DeviceState::kLost);
  EXPECT_EQ(view.frame->settings, with({"emboss"}).settings);
  expect_reference(*view.frame);
}

TEST_F(ConvolveDevice, AFullGpuIsLeftToTheVirtualGpu) {
  inject("memory 1M\n");
  const View& view = after(with({"gaussian", "sobel-x", "box"}));
  EXPECT_EQ(view.problem, "");
  EXPECT_NE(view.device.state, DeviceState::kGpu);
  expect_reference(*view.frame);
}

TEST_F(ConvolveDevice, WithoutAGpuItSaysWhyTheVirtualOneComputes) {
  inject("gpus 0\n");
  const View& view = settled();
  EXPECT_EQ(view.device.state, DeviceState::kVirtual);
  EXPECT_NE(view.device.why.find("virtual GPU computes instead"), std::string::npos) << view.device.why;
  expect_reference(*view.frame);
}

TEST_F(ConvolveDevice, ItCanBeChosenWhileTheSessionRuns) {
  ASSERT_EQ(settled().device.state, DeviceState::kGpu);
  const std::uint64_t version = session().view()->frame->version;
  const View& slow = after(ChooseDevice{{device::Wanted::kVirtual, {}}});
  EXPECT_EQ(slow.device.state, DeviceState::kVirtual);
  EXPECT_GT(slow.frame->version, version);
  const View& fast = after(ChooseDevice{{device::Wanted::kAuto, {}}});
  EXPECT_EQ(fast.device.state, DeviceState::kGpu);
  expect_reference(*fast.frame);
}

}  // namespace
}  // namespace warpscope::tests

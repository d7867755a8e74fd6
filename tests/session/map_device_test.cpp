// Traces of a GPU that is really the stand-in driver: the same kernels, and when and where their warps ran.
#include <gmock/gmock.h>

#include "tests/session/live_map.h"
#include "tests/session/stand_in_session.h"

namespace warpscope::tests {
namespace {

using namespace session;
using ::testing::HasSubstr;
using Origin = timing::Timeline::Origin;

class MapDevice : public StandInSession<LiveMap> {
 protected:
  MapOptions options() override {
    MapOptions options = LiveMap::options();
    options.device.wanted = device::Wanted::kAuto;
    return options;
  }
  static Settings traced(const std::string& kernel = "vector_add", base::Dim3 grid = {60, 1, 1}) {
    Settings settings = with_kernel(kernel, grid);
    settings.traced = true;
    return settings;
  }
};

TEST_F(MapDevice, WhereThereIsAGpuNothingIsToBeNoted) {
  until([](const View& v) { return v.trace_note.empty(); });
}

TEST_F(MapDevice, ATraceSaysWhereEveryWarpRan) {
  const View& view = after(traced());
  ASSERT_EQ(view.trace_note, "");
  ASSERT_EQ(view.plan->problem, "");
  EXPECT_TRUE(view.plan->settings.traced);
  const timing::Timeline& timeline = *view.run->timeline;
  EXPECT_EQ(timeline.origin, Origin::kTraced);
  EXPECT_EQ(timeline.ticks_per_second, 1e9);
  EXPECT_EQ(timeline.blocks.size(), 60U);
  EXPECT_EQ(timeline.warps.size(), 60U * 8);
  EXPECT_EQ(timeline.warps_per_block, 8U);
  for (std::size_t number = 0; number < 60; ++number) {
    const timing::BlockSpan& span = timeline.blocks[timeline.block_at[number]];
    EXPECT_EQ(span.block, number);
    EXPECT_LT(span.sm, timeline.sms);
    EXPECT_LE(span.start, span.end);
    EXPECT_LE(span.end, timeline.cycles);
    EXPECT_LT(span.slot, timeline.slots);
  }
  // Measured, whatever it is.
  EXPECT_NE(view.run->overhead, 0);
}

TEST_F(MapDevice, ConstantVariablesAreSetThereToo) {
  const View& view = after(traced("convolution_constant", {4, 4, 1}));
  EXPECT_EQ(view.plan->problem, "");
  EXPECT_EQ(view.run->timeline->origin, Origin::kTraced);
  EXPECT_EQ(view.run->timeline->blocks.size(), 16U);
}

TEST_F(MapDevice, TracesAndTheModelStandSideBySide) {
  const auto model = settled().run;
  ASSERT_EQ(model->timeline->origin, Origin::kModelled);
  const View view = after(traced());
  EXPECT_EQ(view.run->timeline->origin, Origin::kTraced);
  EXPECT_EQ(view.before, model);
  // From close by there is nothing to be seen of a trace.
  EXPECT_EQ(after(LookAtSm{0}).run, view.run);
  EXPECT_EQ(after(small()).run, model);
}

TEST_F(MapDevice, AGpuThatIsPulledAwayIsToldAndTheModelGoesOn) {
  ASSERT_EQ(after(traced()).run->timeline->origin, Origin::kTraced);
  inject("lost\n");
  const View& view = after(traced("saxpy", {40, 1, 1}));
  EXPECT_NE(view.trace_note, "");
  EXPECT_THAT(last_message(view), HasSubstr("The model goes on"));
  EXPECT_EQ(view.run->timeline->origin, Origin::kModelled);
  EXPECT_EQ(view.run->timeline->blocks.size(), 40U);
}

TEST_F(MapDevice, AKernelThatFaultsThereIsShownByTheModelAndTheNextIsTracedAgain) {
  inject("fault\n");
  const View& failed = after(traced());
  EXPECT_THAT(last_message(failed), HasSubstr("The model goes on"));
  EXPECT_EQ(failed.run->timeline->origin, Origin::kModelled);
  inject("");
  const View& view = after(traced("saxpy", {40, 1, 1}));
  EXPECT_EQ(view.trace_note, "");
  EXPECT_EQ(view.run->timeline->origin, Origin::kTraced);
}

TEST_F(MapDevice, WithoutAGpuTheNoteSaysWhy) {
  inject("gpus 0\n");
  const View& view = after(traced());
  EXPECT_THAT(view.trace_note, HasSubstr("GPU"));
  EXPECT_EQ(view.run->timeline->origin, Origin::kModelled);
  EXPECT_FALSE(view.plan->settings.traced);
}

}  // namespace
}  // namespace warpscope::tests

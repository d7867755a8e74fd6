// The stall bar and the roofline of the SM map.
#include "app/panels/map_stalls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "app/panels/map_roofline.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Bound;
using panels::Frame;
using panels::MapSide;
using panels::Roofline;
using panels::StallFacts;
using panels::StallPart;
using testing::HasSubstr;
using timing::Stall;
using timing::Timeline;

Timeline with_stalls(const std::vector<std::pair<Stall, std::uint64_t>>& stalls) {
  Timeline t;
  for (const auto& [stall, cycles] : stalls) t.warp_cycles[static_cast<std::size_t>(stall)] = cycles;
  return t;
}

int sum_of(const std::vector<StallPart>& parts) {
  return std::accumulate(parts.begin(), parts.end(), 0,
                         [](int sum, const StallPart& part) { return sum + part.tenths; });
}

TEST(StallParts, BeginWithWhatIssuedThenTheLongestWaitAndEndWithTheRest) {
  const Timeline t = with_stalls({{Stall::kIssued, 58},
                                  {Stall::kBarrier, 151},
                                  {Stall::kShortScoreboard, 700},
                                  {Stall::kSleeping, 10},
                                  {Stall::kMembar, 11},
                                  {Stall::kWait, 70}});
  const auto parts = panels::stall_parts(t, 8);
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[0].stall, Stall::kIssued);
  EXPECT_EQ(parts[0].tenths, 58);
  EXPECT_EQ(parts[1].stall, Stall::kShortScoreboard);
  EXPECT_EQ(parts[2].stall, Stall::kBarrier);
  EXPECT_EQ(parts[3].stall, Stall::kWait);
  EXPECT_TRUE(parts[4].merged);
  EXPECT_EQ(parts[4].warp_cycles, 21U);
  EXPECT_EQ(panels::stall_part_name(parts[4]), "Other");
}

TEST(StallParts, SumToAHundredPercentWhateverIsRounded) {
  EXPECT_EQ(sum_of(panels::stall_parts(with_stalls({{Stall::kIssued, 1}, {Stall::kWait, 1}, {Stall::kBarrier, 1}}), 8)),
            1000);
  EXPECT_EQ(sum_of(panels::stall_parts(
                with_stalls({{Stall::kIssued, 1}, {Stall::kWait, 2}, {Stall::kBarrier, 3}, {Stall::kDrain, 1}}), 3)),
            1000);
  EXPECT_EQ(sum_of(panels::stall_parts(*map_view().run->timeline, 8)), 1000);
  EXPECT_TRUE(panels::stall_parts(Timeline{}, 8).empty());
}

TEST(StallParts, AreNoMoreThanThereIsRoomFor) {
  EXPECT_EQ(panels::stall_parts(*map_view().run->timeline, 4).size(), 4U);
}

TEST(StallAdvice, FollowsTheLongestWaitAndTheNumbersOfTheRun) {
  const auto advice = [](StallFacts facts) { return panels::stall_advice(facts); };
  EXPECT_THAT(advice({.longest = Stall::kLongScoreboard, .warps = 40, .room = 48, .sectors = 32}),
              HasSubstr("32.0 sectors"));
  EXPECT_THAT(
      advice({.longest = Stall::kLongScoreboard, .warps = 16, .room = 48, .limiters = "registers", .sectors = 4}),
      HasSubstr("16 of 48 warps fit on an SM (registers set the limit)"));
  EXPECT_THAT(advice({.longest = Stall::kLongScoreboard, .warps = 40, .room = 48, .sectors = 4}),
              HasSubstr("load several values"));
  EXPECT_THAT(advice({.longest = Stall::kLongScoreboard, .warps = 40, .room = 48, .sectors = 4, .memory = 0.91}),
              HasSubstr("91 % of its bandwidth"));
  EXPECT_THAT(advice({.longest = Stall::kShortScoreboard, .conflicts = 0.5, .shared_memory = true}),
              HasSubstr("50 % of its wavefronts"));
  EXPECT_THAT(advice({.longest = Stall::kMioThrottle, .conflicts = 0.01, .shared_memory = true}),
              HasSubstr("compute several values"));
  EXPECT_THAT(advice({.longest = Stall::kShortScoreboard}), HasSubstr("special functions"));
  EXPECT_THAT(advice({.longest = Stall::kBarrier, .threads = 256}), HasSubstr("8 warps"));
  EXPECT_THAT(advice({.longest = Stall::kNotSelected}), HasSubstr("warps enough"));
  EXPECT_THAT(advice({.longest = Stall::kMathPipeThrottle, .arithmetic = 0.84}), HasSubstr("84 %"));
  EXPECT_THAT(advice({.longest = Stall::kShortScoreboard, .tail = 0.4, .tail_filled = 0.3, .shared_memory = true}),
              HasSubstr("whole waves"));
  EXPECT_THAT(advice({.longest = Stall::kOther, .issued = 0.31}), HasSubstr("31 %"));
}

TEST(StallAdvice, HasAWordForEveryReason) {
  for (std::size_t i = 1; i + 1 < timing::kStalls; ++i) {
    const std::string advice = panels::stall_advice({.longest = static_cast<Stall>(i)});
    EXPECT_THAT(advice, testing::Not(HasSubstr("nothing that one number tells")))
        << timing::name_of(static_cast<Stall>(i));
  }
}

TEST(StallFactsOf, TheSampleAreItsNumbers) {
  const session::MapView view = map_view();
  const StallFacts facts = panels::stall_facts(*view.run);
  EXPECT_EQ(facts.longest, Stall::kShortScoreboard);
  EXPECT_NEAR(facts.share, 0.314 / 0.986, 1e-3);
  EXPECT_EQ(facts.warps, 40);
  EXPECT_EQ(facts.room, 48);
  EXPECT_DOUBLE_EQ(facts.sectors, 8);
  EXPECT_DOUBLE_EQ(facts.conflicts, 0.004);
  EXPECT_EQ(facts.threads, 256);
}

TEST(BlockLengths, AreLeastMedianAndMost) {
  Timeline t;
  for (const timing::Cycle length : {50U, 10U, 30U}) t.blocks.push_back({0, 0, 0, 0, 100, 100 + length});
  const panels::BlockLengths lengths = panels::block_lengths(t);
  EXPECT_EQ(lengths.least, 10U);
  EXPECT_EQ(lengths.median, 30U);
  EXPECT_EQ(lengths.most, 50U);
}

// ---- Roofline

session::MapRun run_with(double flops, std::uint64_t read, std::uint64_t written) {
  session::MapRun run;
  auto timeline = std::make_shared<Timeline>();
  timeline->ticks_per_second = 1e9;
  timeline->cycles = 1'000'000;  // a millisecond
  timeline->flops = flops;
  timeline->traffic.dram_read_bytes = read;
  timeline->traffic.dram_write_bytes = written;
  run.timeline = timeline;
  run.peak.flops = 10e12;
  run.peak.double_flops = 0.2e12;
  run.peak.dram_bytes = 400e9;
  return run;
}

TEST(RooflineOf, ARunIsItsRateItsIntensityAndTheLowerOfTwoRoofs) {
  // 2 GFLOP and 0.1 GB in a millisecond.
  const Roofline roof = panels::roofline_of(run_with(2e9, 60'000'000, 40'000'000));
  EXPECT_STREQ(roof.kind, "float");
  EXPECT_DOUBLE_EQ(roof.rate, 2e12);
  EXPECT_DOUBLE_EQ(roof.byte_rate, 100e9);
  EXPECT_DOUBLE_EQ(roof.intensity, 20);
  EXPECT_DOUBLE_EQ(roof.roof, 8e12) << "20 x 400 GB/s is below 10 T";
  EXPECT_EQ(panels::bound_of(roof), Bound::kLatency) << "a quarter of the bandwidth";
  EXPECT_THAT(panels::roofline_sentence(roof), HasSubstr("(20 %) nor memory (25 %)"));
}

TEST(RooflineOf, MemoryAndArithmeticAreRecognised) {
  EXPECT_EQ(panels::bound_of(panels::roofline_of(run_with(1e8, 300'000'000, 60'000'000))), Bound::kMemory);
  EXPECT_EQ(panels::bound_of(panels::roofline_of(run_with(8e9, 1'000'000, 0))), Bound::kCompute);
  const Roofline none = panels::roofline_of(run_with(8e9, 0, 0));
  EXPECT_DOUBLE_EQ(none.roof, 10e12) << "without bytes only arithmetic is a limit";
}

TEST(RooflineOf, TheKindThatIsMostDecidesThePeak) {
  session::MapRun run = run_with(1e6, 1000, 0);
  auto timeline = std::make_shared<Timeline>(*run.timeline);
  timeline->double_flops = 5e6;
  run.timeline = timeline;
  const Roofline roof = panels::roofline_of(run);
  EXPECT_STREQ(roof.kind, "double");
  EXPECT_DOUBLE_EQ(roof.peak, 0.2e12);
  EXPECT_EQ(panels::roofline_of(run_with(0, 1000, 0)).kind, nullptr);
}

TEST(SiText, HasThreeDigits) {
  EXPECT_EQ(panels::si_text(1.33e12), "1.33 T");
  EXPECT_EQ(panels::si_text(12.7e12), "12.7 T");
  EXPECT_EQ(panels::si_text(360e9), "360 G");
  EXPECT_EQ(panels::si_text(999.7e9), "1.00 T");
  EXPECT_EQ(panels::si_text(95), "95.0");
  EXPECT_EQ(panels::si_text(10e12, panels::Digits::kFewest), "10 T");
}

// ---- The panels

constexpr scene::Rect kStalls{352, 890, 787, 160}, kRoofline{1139, 890, 420, 160};
const BareGui::Draw draw = [](const Frame& f) {
  f.ui.map.about.clear();
  panels::draw_map_stalls(f, kStalls, MapSide::kNewest);
  panels::draw_map_roofline(f, kRoofline);
};

TEST(StallBar, TellsWhatAPartMeansAndWhatToTry) {
  BareGui gui(1920, 1080);
  gui.map = map_view();
  gui.frame(draw);
  // Issued has 5.9 % of the bar: 20 % along it is the short scoreboard.
  const scene::Rect bar = gui.target("Stalls");
  gui.move({bar.x + 16 + (bar.w - 32) * 0.2F, bar.y + 8}, draw);
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr("Short scoreboard: 31.9 %"));
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr(std::string(timing::meaning_of(Stall::kShortScoreboard))));
  EXPECT_EQ(gui.ui.map.about, "stalls");
  EXPECT_THAT(gui.ui.map.stalls[0].advice, HasSubstr("compute several values"));
}

TEST(StallBar, OfATraceSaysHowLongBlocksTookInstead) {
  BareGui gui(1920, 1080);
  gui.map = map_view();
  auto timeline = std::make_shared<Timeline>(*gui.map.run->timeline);
  timeline->origin = Timeline::Origin::kTraced;
  timeline->warp_cycles = {};
  auto run = std::make_shared<session::MapRun>(*gui.map.run);
  run->timeline = timeline;
  gui.map.run = run;
  gui.frame(draw);
  EXPECT_TRUE(gui.ui.map.stalls[0].parts.empty());
  EXPECT_GT(gui.ui.map.stalls[0].lengths.median, 20'000U);
  gui.move(gui.target("Stalls").centre(), draw);
  EXPECT_EQ(gui.ui.map.about, "trace");
}

TEST(RooflinePanel, TellsTheNumbersOfTheDotUnderThePointer) {
  BareGui gui(1920, 1080);
  gui.map = map_view();
  gui.frame(draw);
  gui.move(kRoofline.centre(), draw);
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  EXPECT_EQ(gui.ui.map.about, "roofline");
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr("FLOP/s of 12.7 T peak"));
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr("360 GB/s of memory"));
}

TEST(RooflinePanel, InASmallWindowItIsATabBesideTheStalls) {
  BareGui gui(1280, 720);
  gui.map = map_view();
  const BareGui::Draw tabs = [](const Frame& f) {
    const scene::Rect place{248, 564, 772, 128};
    f.ui.map.bottom_tab == 0 ? panels::draw_map_stalls(f, place, MapSide::kNewest)
                             : panels::draw_map_roofline(f, place);
  };
  gui.frame(tabs);
  gui.click("Roofline", tabs);
  EXPECT_EQ(gui.ui.map.bottom_tab, 1);
  gui.frame(tabs);
  gui.click("What the warps waited for", tabs);
  EXPECT_EQ(gui.ui.map.bottom_tab, 0);
}

}  // namespace
}  // namespace warpscope::tests

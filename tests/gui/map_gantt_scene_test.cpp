// The Gantt chart of the SM map without a panel: rows, pixels, blocks, ticks.
#include "app/panels/map_gantt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "app/scene/map_colours.h"
#include "app/scene/map_gantt.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using scene::GanttIndex;
using scene::GanttPart;
using scene::GanttRows;
using scene::Rgba;
using timing::BlockSpan;
using timing::Timeline;

constexpr Rgba kGround = 0xFF000000, kRed = 0xFF0000FF, kBlue = 0xFFFF0000;

// Two SMs of two slots; times are easy to place.
Timeline small_timeline() {
  Timeline t;
  t.sms = 2;
  t.slots = 2;
  t.cycles = 1000;
  t.tail = 600;
  t.blocks = {{0, 0, 0, 0, 0, 400},
              {1, 0, 1, 0, 0, 500},
              {2, 1, 0, 0, 0, 600},
              {3, 1, 1, 0, 100, 600},
              {4, 0, 0, 1, 400, 1000}};
  t.block_at = {0, 1, 2, 3, 4};
  t.warps_per_block = 2;
  return t;
}

struct Painted {
  GanttPart part;
  std::vector<Rgba> pixels;
  Rgba at(int x, int y) const { return pixels[static_cast<std::size_t>(y * part.width + x)]; }
};

Painted paint(const Timeline& t, const GanttRows& rows, GanttPart part, const std::vector<Rgba>& colours) {
  Painted painted{part, std::vector<Rgba>(static_cast<std::size_t>(part.width * part.height))};
  scene::draw_gantt(t, GanttIndex(t), rows, part, {colours, kGround, 0xFF101010}, painted.pixels);
  return painted;
}

// ---- Rows

TEST(GanttRows, OfTwentyEightSmsInThreeGpcsStandApartByGpc) {
  const std::vector<int> gpcs{10, 10, 8};
  const GanttRows rows = scene::gantt_rows(28, 5, gpcs, 284, 1, 1);
  EXPECT_THAT(rows.heights, testing::Each(10)) << "28 x 10 and two gaps of 2 are 284";
  EXPECT_EQ(rows.content, 284);
  EXPECT_THAT(rows.gpc_tops, testing::ElementsAre(100, 202));
  EXPECT_EQ(rows.tops[9], 90);
  EXPECT_EQ(rows.tops[10], 102);
  EXPECT_EQ(rows.tops[27], 274);
  EXPECT_FALSE(rows.merged);
  EXPECT_EQ(rows.slot_top(10, 3), 102 + 6);
  EXPECT_EQ(rows.sm_at(101), -1) << "between two GPCs";
  EXPECT_EQ(rows.sm_at(102), 10);
  EXPECT_EQ(rows.slot_at(10, 109.5F), 3U);
}

TEST(GanttRows, UseAllTheRoomThereIs) {
  const GanttRows rows = scene::gantt_rows(28, 2, {}, 140 - 7, 1, 1);
  EXPECT_EQ(rows.content, 133);
  EXPECT_THAT(rows.heights, testing::Each(testing::AnyOf(4, 5)));
  for (std::size_t sm = 0; sm + 1 < 28; ++sm) EXPECT_EQ(rows.tops[sm] + rows.heights[sm], rows.tops[sm + 1]);
}

TEST(GanttRows, ThatDoNotFitAreScrolledAndThinSlotsAreMerged) {
  const GanttRows rows = scene::gantt_rows(132, 16, {}, 140, 1, 1);
  EXPECT_THAT(rows.heights, testing::Each(2)) << "the least row";
  EXPECT_TRUE(rows.merged);
  EXPECT_EQ(rows.content, 264);
  const GanttRows zoomed = scene::gantt_rows(132, 16, {}, 140, 1, 16);
  EXPECT_FALSE(zoomed.merged);
  EXPECT_THAT(zoomed.heights, testing::Each(32));
}

TEST(GanttRows, EveryPixelOfAnSmBelongsToTheSlotThatIsDrawnThere) {
  for (const float room : {40.0F, 91.0F, 200.0F, 700.0F}) {
    const GanttRows rows = scene::gantt_rows(7, 5, {}, room, 1, 1);
    if (rows.merged) continue;
    for (std::uint32_t sm = 0; sm < 7; ++sm) {
      for (std::uint32_t slot = 0; slot < 5; ++slot) {
        for (int y = rows.slot_top(sm, slot); y < rows.slot_top(sm, slot + 1); ++y) {
          EXPECT_EQ(rows.sm_at(static_cast<float>(y)), static_cast<int>(sm));
          EXPECT_EQ(rows.slot_at(static_cast<int>(sm), static_cast<float>(y) + 0.5F), slot);
        }
      }
    }
  }
}

// ---- Pixels

TEST(GanttPicture, ABlockLiesWhereItsCyclesAndItsSlotSay) {
  const Timeline t = small_timeline();
  const GanttRows rows = scene::gantt_rows(2, 2, {}, 8, 1, 1);
  ASSERT_EQ(rows.heights[0], 4);
  const Painted p = paint(t, rows, {0, 1000, 100, 8, 0}, {kRed, kRed, kRed, kRed, kBlue});
  EXPECT_EQ(p.at(0, 0), kRed);
  EXPECT_EQ(p.at(38, 0), kRed);
  EXPECT_EQ(p.at(39, 0), kGround) << "a dark end: pixel 39 is the last of [0, 40)";
  EXPECT_EQ(p.at(40, 0), kBlue);
  EXPECT_EQ(p.at(98, 0), kBlue);
  EXPECT_EQ(p.at(50, 2), kGround) << "slot 1 ended at cycle 500";
  EXPECT_EQ(p.at(9, 6), kGround) << "begins at cycle 100";
  EXPECT_EQ(p.at(10, 6), kRed);
  EXPECT_EQ(p.at(10, 7), scene::mix(kRed, kGround, 0.42F)) << "the lower row of a slot is darker";
  const scene::Rect r = scene::gantt_block_rect(t.blocks[4], rows, p.part);
  EXPECT_EQ(r, (scene::Rect{40, 0, 60, 2}));
}

TEST(GanttPicture, ZoomedAndScrolledItShowsThatPart) {
  const Timeline t = small_timeline();
  const GanttRows rows = scene::gantt_rows(2, 2, {}, 8, 1, 1);
  const Painted p = paint(t, rows, {50, 150, 100, 4, 4}, {kRed, kRed, kRed, kBlue, kBlue});
  EXPECT_EQ(p.at(0, 0), kRed) << "SM 1, slot 0";
  EXPECT_EQ(p.at(49, 2), kGround);
  EXPECT_EQ(p.at(50, 2), kBlue) << "cycle 100";
}

TEST(GanttPicture, APixelThatIsFilledInPartIsAsStrong) {
  Timeline t = small_timeline();
  t.blocks = {{0, 0, 0, 0, 0, 25}};  // of pixel [0, 50) a half
  const GanttRows rows = scene::gantt_rows(2, 2, {}, 4, 1, 1);
  const Painted p = paint(t, rows, {0, 1000, 20, 4, 0}, {kRed});
  EXPECT_EQ(p.at(0, 0), scene::mix(kGround, kRed, 0.5F));
  EXPECT_EQ(p.at(1, 0), kGround);
}

TEST(GanttPicture, WarpsHaveRowsWhereThereIsRoom) {
  Timeline t = small_timeline();
  for (std::uint32_t i = 0; i < t.blocks.size(); ++i) {
    const BlockSpan& b = t.blocks[i];
    t.warps.push_back({i, 0, 0, 0, b.start, b.end});
    t.warps.push_back({i, 1, 0, 0, b.start, (b.start + b.end) / 2});
  }
  const GanttRows rows = scene::gantt_rows(2, 2, {}, 28, 1, 1);
  ASSERT_TRUE(scene::shows_warps(rows, 2));
  const Painted p = paint(t, rows, {0, 1000, 100, 28, 0}, {kRed, kRed, kRed, kRed, kBlue});
  EXPECT_EQ(p.at(30, 0), kRed) << "warp 0 runs to the end of the block";
  EXPECT_EQ(p.at(30, 2), kGround) << "warp 1 ended half way";
  EXPECT_EQ(p.at(10, 2), kRed);
}

// Another way: for each pixel of a row, look at every block.
struct Slow {
  float filled = 0;
  std::map<Rgba, double> by_colour;
};
Slow slow_pixel(const Timeline& t, std::uint32_t sm, double from, double to, const std::vector<Rgba>& colours) {
  Slow slow;
  for (std::size_t i = 0; i < t.blocks.size(); ++i) {
    const BlockSpan& b = t.blocks[i];
    const double part = std::min(to, static_cast<double>(b.end)) - std::max(from, static_cast<double>(b.start));
    if (b.sm == sm && part > 0) slow.by_colour[colours[i]] += part / (to - from) / t.slots;
  }
  for (const auto& [colour, part] : slow.by_colour) slow.filled += static_cast<float>(part);
  return slow;
}

TEST(GanttPicture, OneRowAnSmIsItsMeanOccupancyInTheColourOfMostOfIt) {
  const session::MapView view =
      map_view({.blocks_x = 60, .blocks_y = 40, .gpcs = {30, 30}, .slots = 16, .threads = 64});
  const Timeline& t = *view.run->timeline;
  const GanttRows rows = scene::gantt_rows(t.sms, t.slots, {}, 120, 1, 1);
  ASSERT_TRUE(rows.merged);
  std::vector<Rgba> colours;
  for (const BlockSpan& b : t.blocks) colours.push_back(scene::wave_colour(b.wave));
  const int width = 150;
  const Painted p = paint(t, rows, {0, static_cast<double>(t.cycles), width, 120, 0}, colours);
  int with_majority = 0;
  for (const std::uint32_t sm : {0U, 17U, 59U}) {
    for (int x = 0; x < width; ++x) {
      const double per_pixel = static_cast<double>(t.cycles) / width;
      const Slow slow = slow_pixel(t, sm, x * per_pixel, (x + 1) * per_pixel, colours);
      const Rgba shown = p.at(x, rows.tops[sm]);
      if (slow.filled == 0) {
        EXPECT_EQ(shown, kGround);
        continue;
      }
      for (const auto& [colour, part] : slow.by_colour) {
        if (part < 0.51 * static_cast<double>(slow.filled)) continue;
        ++with_majority;
        const Rgba wanted = slow.filled > 0.995F ? colour : scene::mix(kGround, colour, std::max(0.3F, slow.filled));
        for (const int shift : {0, 8, 16}) {
          EXPECT_NEAR(static_cast<int>(shown >> shift & 0xFF), static_cast<int>(wanted >> shift & 0xFF), 2)
              << sm << " " << x;
        }
      }
    }
  }
  EXPECT_GT(with_majority, 300);
}

// ---- Finding

TEST(GanttIndex, FindsTheBlockOfASlotAndCycle) {
  const session::MapView view = map_view();
  const Timeline& t = *view.run->timeline;
  const GanttIndex index(t);
  std::mt19937 random(3);
  for (int k = 0; k < 2000; ++k) {
    const auto sm = static_cast<std::uint32_t>(random() % t.sms), slot = static_cast<std::uint32_t>(random() % t.slots);
    const double cycle = static_cast<double>(random() % t.cycles) + 0.5;
    std::optional<std::uint32_t> wanted;
    for (std::uint32_t i = 0; i < t.blocks.size(); ++i) {
      const BlockSpan& b = t.blocks[i];
      if (b.sm == sm && b.slot == slot && static_cast<double>(b.start) <= cycle && cycle <= static_cast<double>(b.end))
        wanted = i;
    }
    EXPECT_EQ(index.find(t, sm, slot, cycle, 0), wanted);
  }
}

TEST(GanttIndex, KeepsEveryBlockOnce) {
  const session::MapView view = map_view();
  const Timeline& t = *view.run->timeline;
  const GanttIndex index(t);
  std::vector<int> seen(t.blocks.size(), 0);
  for (std::uint32_t sm = 0; sm < index.sms(); ++sm) {
    for (std::uint32_t slot = 0; slot < index.slots(); ++slot) {
      timing::Cycle before = 0;
      for (const std::uint32_t i : index.of(sm, slot)) {
        ++seen[i];
        EXPECT_EQ(t.blocks[i].sm, sm);
        EXPECT_GE(t.blocks[i].start, before);
        before = t.blocks[i].end;
      }
    }
  }
  EXPECT_THAT(seen, testing::Each(1));
}

// ---- Tail, warps over time, axis

TEST(GanttTail, SaysWhatTheLastWaveCosts) {
  const Timeline t = small_timeline();
  const scene::Tail tail = scene::tail_of(t);
  EXPECT_DOUBLE_EQ(tail.share, 0.4);
  EXPECT_EQ(tail.blocks, 1U) << "5 blocks on 4 slots";
  EXPECT_DOUBLE_EQ(tail.filled, 0.25) << "one of four slots, all the time";
  EXPECT_EQ(scene::tail_text(tail), "tail: 40 % of the time, 1 block on 4 slots");
  Timeline whole = t;
  whole.tail = whole.cycles;
  EXPECT_EQ(scene::tail_text(scene::tail_of(whole)), "");
}

TEST(GanttStrip, TellsLeastMostAndMeanOfAColumn) {
  Timeline t;
  t.interval = 10;
  t.cycles = 40;
  for (const double warps : {4.0, 8.0, 2.0, 6.0}) {
    timing::Interval interval;
    interval.resident_warps = warps;
    t.intervals.push_back(interval);
  }
  const auto two = scene::resident_columns(t, 0, 40, 2);
  EXPECT_EQ(two[0].low, 4);
  EXPECT_EQ(two[0].high, 8);
  EXPECT_EQ(two[0].mean, 6);
  EXPECT_EQ(two[1].mean, 4);
  const auto beyond = scene::resident_columns(t, 0, 80, 4);
  EXPECT_TRUE(beyond[1].any);
  EXPECT_FALSE(beyond[2].any) << "the run has ended";
  const auto shifted = scene::resident_columns(t, 5, 15, 1);
  EXPECT_EQ(shifted[0].mean, 6) << "half of 4 and half of 8";
}

std::vector<std::string> texts(const std::vector<scene::Tick>& ticks) {
  std::vector<std::string> out;
  for (const scene::Tick& tick : ticks) out.push_back(tick.text);
  return out;
}

TEST(GanttStrip, IssueSlotsAreThoseOfAllSchedulers) {
  Timeline t = small_timeline();  // 2 SMs, 1000 cycles
  t.interval = 400;
  t.intervals.resize(3);
  t.intervals[0].issued = 1600;  // of 2 SMs x 4 schedulers x 400 cycles: half
  t.intervals[1].issued = 3200;
  t.intervals[2].issued = 400;  // in the last 200 cycles: a quarter
  EXPECT_DOUBLE_EQ(scene::issue_slots_used(t, 0, 400, 4), 0.5);
  EXPECT_DOUBLE_EQ(scene::issue_slots_used(t, 200, 600, 4), 0.75);
  EXPECT_DOUBLE_EQ(scene::issue_slots_used(t, 800, 5000, 4), 0.25);
  EXPECT_DOUBLE_EQ(scene::issue_slots_used(t, 0, 1000, 2), 2 * 5200.0 / 8000);
  EXPECT_DOUBLE_EQ(scene::issue_slots_used(t, 2000, 3000, 4), 0);
}

TEST(GanttAxis, CountsCyclesInThousandsAndTimesInAUnit) {
  EXPECT_THAT(texts(scene::cycle_ticks({0, 171'160}, 10)),
              testing::ElementsAre("0", "20 k", "40 k", "60 k", "80 k", "100 k", "120 k", "140 k", "160 k"));
  EXPECT_THAT(texts(scene::cycle_ticks({66'100, 66'900}, 5)),
              testing::ElementsAre("66.2 k", "66.4 k", "66.6 k", "66.8 k"));
  EXPECT_THAT(texts(scene::cycle_ticks({66'100, 66'140}, 5)),
              testing::ElementsAre("66,100", "66,110", "66,120", "66,130", "66,140"));
  std::string unit;
  const auto ticks = scene::second_ticks({0, 177'700}, 1.777e9, 6, unit);
  EXPECT_EQ(unit, "µs");
  EXPECT_THAT(texts(ticks), testing::ElementsAre("0", "20", "40", "60", "80", "100"));
  EXPECT_NEAR(ticks[1].value, 20e-6 * 1.777e9, 1e-6);
}

}  // namespace
}  // namespace warpscope::tests

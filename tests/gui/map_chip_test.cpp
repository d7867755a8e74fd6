// The chip of the SM map: where everything lies, how far its bars have got, and what pointing and clicking does.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "app/panels/map_chip.h"
#include "app/scene/map_chip.h"
#include "app/scene/map_chip_slots.h"
#include "app/scene/map_colours.h"
#include "compute/gpu/gpu.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::MapSide;
using panels::MapSpot;
using scene::ChipLayout;
using scene::MapSlots;
using scene::Rect;
using timing::BlockSpan;
using timing::Timeline;

bool inside(const Rect& in, const Rect& out) {
  return in.x >= out.x && in.y >= out.y && in.right() <= out.right() && in.bottom() <= out.bottom();
}

bool apart(const Rect& a, const Rect& b) {
  return a.right() <= b.x || b.right() <= a.x || a.bottom() <= b.y || b.bottom() <= a.y;
}

struct Chip {
  std::string name;
  std::vector<int> gpcs;
};

// Every GPU of the catalogue, and the ends of what is possible.
std::vector<Chip> chips() {
  std::vector<Chip> chips{{"one SM", {1}}, {"192 SMs", std::vector<int>(12, 16)}, {"192 without GPCs", {192}}};
  const auto gpus = gpu::read_gpus();
  if (!gpus) {
    ADD_FAILURE() << gpus.error().text();
    return chips;
  }
  for (const gpu::Gpu& gpu : *gpus) chips.push_back({gpu.name, gpu.gpcs});
  return chips;
}

struct Place {
  Rect r;
  float scale = 1;
};
// 1920 x 1080; 1280 x 720; side by side in either; a small one; 1920 x 1080 with large letters.
const std::vector<Place> kPlaces{{{10, 20, 748, 412}}, {{0, 0, 772, 261}}, {{0, 0, 386, 261}},
                                 {{5, 5, 604, 412}},   {{0, 0, 620, 230}}, {{0, 0, 780, 400}, 1.35F}};

TEST(MapChipLayout, EveryChipFitsEverywhereAndNothingLiesOnAnother) {
  for (const Chip& chip : chips()) {
    for (const Place& place : kPlaces) {
      const ChipLayout layout = scene::chip_layout(place.r, chip.gpcs, 6, place.scale);
      const std::string where = fmt::format("{} in {} x {}", chip.name, place.r.w, place.r.h);
      SCOPED_TRACE(where);
      ASSERT_EQ(layout.gpcs.size(), chip.gpcs.size());
      ASSERT_EQ(layout.sms.size(), static_cast<std::size_t>(std::accumulate(chip.gpcs.begin(), chip.gpcs.end(), 0)));
      for (const Rect& part : {layout.header, layout.body, layout.l2, layout.memory}) {
        EXPECT_TRUE(inside(part, place.r));
      }
      EXPECT_TRUE(apart(layout.body, layout.l2) && apart(layout.body, layout.memory) &&
                  apart(layout.l2, layout.memory));
      std::size_t sm = 0;
      for (const scene::ChipGpc& gpc : layout.gpcs) {
        EXPECT_TRUE(inside(gpc.frame, layout.body));
        EXPECT_EQ(gpc.first, static_cast<int>(sm));
        for (int i = 0; i < gpc.sms; ++i, ++sm) {
          const Rect& tile = layout.sms[sm].tile;
          EXPECT_TRUE(inside(tile, gpc.frame)) << "SM " << sm;
          EXPECT_TRUE(inside(layout.sms[sm].bars, tile)) << "SM " << sm;
          EXPECT_TRUE(gpc.label.w == 0 || apart(tile, gpc.label)) << "SM " << sm;
          if (i > 0) {
            EXPECT_TRUE(apart(tile, layout.sms[sm - 1].tile)) << "SM " << sm;
          }
        }
      }
      for (std::size_t i = 0; i < layout.gpcs.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) EXPECT_TRUE(apart(layout.gpcs[i].frame, layout.gpcs[j].frame));
      }
      EXPECT_GE(layout.sms.front().tile.w, 6) << "a tile can be pointed at";
      EXPECT_GE(layout.sms.front().tile.h, 12);
    }
  }
}

TEST(MapChipLayout, TheDesignsChipLooksAsItWasDrawn) {
  const ChipLayout layout = scene::chip_layout({0, 0, 748, 412}, std::vector{10, 10, 8}, 5, 1);
  EXPECT_EQ(layout.labels, scene::ChipLabels::kFull);
  EXPECT_EQ(layout.gpcs[0].frame.x, layout.gpcs[2].frame.x) << "GPCs lie below each other";
  EXPECT_EQ(layout.sms[0].tile.y, layout.sms[9].tile.y) << "ten SMs beside each other";
  EXPECT_EQ(layout.gpcs[2].missing.size(), 2U);
  const float pair = layout.sms[1].tile.x - layout.sms[0].tile.right();
  const float between = layout.sms[2].tile.x - layout.sms[1].tile.right();
  EXPECT_LT(pair, between) << "two SMs share a TPC";
  EXPECT_NEAR(layout.sms[0].tile.w, 61, 4);
  EXPECT_NEAR(layout.sms[0].tile.h, 80, 8);
}

TEST(MapChipLayout, SlotsLieBelowEachOtherAndAreFoundAgain) {
  for (const int slots : {1, 2, 5, 8, 16, 32}) {
    const ChipLayout layout = scene::chip_layout({0, 0, 748, 412}, std::vector{10, 10, 8}, slots, 1);
    ASSERT_FALSE(layout.one_bar) << slots;
    const scene::ChipSm& sm = layout.sms[3];
    for (int slot = 0; slot < slots; ++slot) {
      const Rect bar = layout.slot(sm, slot);
      EXPECT_TRUE(inside(bar, sm.bars)) << slot << " of " << slots;
      EXPECT_EQ(layout.slot_at(sm, bar.centre()), slot) << "of " << slots;
      if (slot > 0) {
        EXPECT_TRUE(apart(bar, layout.slot(sm, slot - 1))) << slot << " of " << slots;
      }
    }
    EXPECT_EQ(layout.slot_at(sm, {sm.tile.x - 1, sm.bars.y}), -1);
  }
}

TEST(MapChipLayout, MoreSlotsThanPixelsBecomeOneBar) {
  const std::vector<int> gpcs(12, 16);
  const ChipLayout small = scene::chip_layout({0, 0, 386, 261}, gpcs, 32, 1);
  EXPECT_TRUE(small.one_bar);
  EXPECT_EQ(small.slot_at(small.sms[0], small.sms[0].bars.centre()), -1) << "no block can be told from another";
  EXPECT_FALSE(scene::chip_layout({0, 0, 386, 261}, gpcs, 4, 1).one_bar);
}

// Two SMs of two slots; times by hand.
std::shared_ptr<const Timeline> by_hand() {
  auto t = std::make_shared<Timeline>();
  t->sms = 2;
  t->slots = 2;
  t->cycles = 100;
  t->blocks = {{0, 0, 0, 0, 0, 40, timing::Stall::kBarrier},
               {1, 1, 0, 0, 0, 50, timing::Stall::kWait},
               {2, 0, 1, 0, 10, 60, timing::Stall::kWait},
               {3, 0, 0, 1, 45, 100, timing::Stall::kWait}};
  t->block_at = {0, 1, 2, 3};
  return t;
}

TEST(MapSlots, SaysWhoIsInASlotAtATime) {
  const MapSlots slots(by_hand());
  const auto block = [&](std::uint32_t sm, int slot, double cycle) {
    const BlockSpan* const found = slots.at(sm, slot, cycle);
    return found == nullptr ? -1 : static_cast<int>(found->block);
  };
  EXPECT_EQ(block(0, 0, 0), 0);
  EXPECT_EQ(block(0, 0, 39.5), 0);
  EXPECT_EQ(block(0, 0, 40), -1) << "it has ended";
  EXPECT_EQ(block(0, 0, 45), 3);
  EXPECT_EQ(block(0, 1, 9.9), -1) << "it has not begun";
  EXPECT_EQ(block(0, 1, 10), 2);
  EXPECT_EQ(block(1, 1, 20), -1);
  EXPECT_EQ(block(7, 0, 20), -1) << "there is no such SM";
  EXPECT_EQ(block(0, 9, 20), -1) << "there is no such slot";
  EXPECT_EQ(slots.resident(0, 20), 2);
  EXPECT_EQ(slots.resident(0, 42), 1);
  EXPECT_EQ(slots.resident(1, 60), 0);
  EXPECT_EQ(slots.waves(), 2);
}

TEST(MapSlots, AgreesWithLookingThroughAllBlocks) {
  const auto view = map_view();
  const Timeline& t = *view.run->timeline;
  const MapSlots slots(view.run->timeline);
  for (double cycle = 0; cycle < static_cast<double>(t.cycles); cycle += static_cast<double>(t.cycles) / 7.3) {
    std::map<std::pair<std::uint32_t, int>, std::uint64_t> expected;
    for (const BlockSpan& block : t.blocks) {
      if (static_cast<double>(block.start) <= cycle && cycle < static_cast<double>(block.end))
        expected[{block.sm, block.slot}] = block.block;
    }
    std::map<std::pair<std::uint32_t, int>, std::uint64_t> found;
    for (std::uint32_t sm = 0; sm < t.sms; ++sm) {
      for (int slot = 0; slot < t.slots; ++slot) {
        if (const BlockSpan* const block = slots.at(sm, slot, cycle)) found[{sm, slot}] = block->block;
      }
    }
    EXPECT_EQ(found, expected) << "at " << cycle;
  }
}

// Coloured rectangles that the last frame drew.
struct Drawn {
  Rect r;
  scene::Rgba colour = 0;
};
std::vector<Drawn> rectangles_drawn() {
  std::vector<Drawn> out;
  const ImDrawData& data = *ImGui::GetDrawData();
  for (int l = 0; l < data.CmdListsCount; ++l) {
    const ImDrawList& list = *data.CmdLists[l];
    const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
    for (int i = 0; i + 3 < list.VtxBuffer.Size; ++i) {
      const ImDrawVert& a = list.VtxBuffer[i];
      const ImDrawVert& c = list.VtxBuffer[i + 2];
      if (a.uv.x != white.x || a.uv.y != white.y || a.col != c.col) continue;
      if (c.pos.x > a.pos.x && c.pos.y > a.pos.y)
        out.push_back({{a.pos.x, a.pos.y, c.pos.x - a.pos.x, c.pos.y - a.pos.y}, a.col});
    }
  }
  return out;
}

class ChipScreen : public testing::Test {
 protected:
  static constexpr Rect kRect{10, 20, 748, 412};
  BareGui::Draw draw = [](const Frame& f) {
    panels::MapPanels& state = f.ui.map;
    state.before = state.hovered;
    state.hovered.reset();
    state.about.clear();
    panels::advance_map_clock(f);
    panels::draw_map_chip(f, kRect, MapSide::kNewest);
  };
  void show(const MapSample& what, double cycle) {
    gui.map = map_view(what);
    gui.frame(draw);
    gui.ui.map.clock.cycle = cycle;
    gui.frame(draw);
  }
  ChipLayout layout() const { return scene::chip_layout(kRect, timeline().gpu.gpcs, timeline().slots, 1); }
  const Timeline& timeline() const { return *gui.map.run->timeline; }
  // Some block that is there at this cycle.
  const BlockSpan& resident(double cycle) const {
    for (const BlockSpan& block : timeline().blocks) {
      if (static_cast<double>(block.start) < cycle && cycle < static_cast<double>(block.end)) return block;
    }
    throw std::logic_error("no block is there");
  }
  Rect bar_of(const BlockSpan& block) const {
    const ChipLayout chip = layout();
    return chip.slot(chip.sms[block.sm], block.slot);
  }
  BareGui gui{800, 500};
};

TEST_F(ChipScreen, ABarIsAsLongAsItsBlockHasGot) {
  show({}, 50'000);
  const BlockSpan& block = resident(50'000);
  const Rect bar = bar_of(block);
  const double part = (50'000.0 - static_cast<double>(block.start)) / static_cast<double>(block.end - block.start);
  const scene::Rgba colour = scene::wave_colour(block.wave);
  float done = -1;
  for (const Drawn& drawn : rectangles_drawn()) {
    if (drawn.colour == colour && drawn.r.x == bar.x && drawn.r.y == bar.y && drawn.r.h == bar.h) done = drawn.r.w;
  }
  EXPECT_EQ(done, std::round(bar.w * static_cast<float>(part)));
}

TEST_F(ChipScreen, PointingAtABarNamesItsBlockAndAClickHoldsIt) {
  show({}, 50'000);
  const BlockSpan& block = resident(50'000);
  gui.move(bar_of(block).centre(), draw);
  EXPECT_EQ(gui.ui.map.hovered, (MapSpot{block.block, -1}));
  EXPECT_EQ(gui.ui.map.about, "block");
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  EXPECT_THAT(gui.ui.widgets.tips.back(), testing::HasSubstr(fmt::format("SM, slot  {}, {}", block.sm, block.slot)));
  gui.click(bar_of(block).centre(), draw);
  EXPECT_EQ(gui.ui.map.pinned, (MapSpot{block.block, -1}));
  gui.click(bar_of(block).centre(), draw);
  EXPECT_EQ(gui.ui.map.pinned, std::nullopt) << "a second click lets go";
  EXPECT_TRUE(gui.map_commands.empty());
}

TEST_F(ChipScreen, TheTitleOfAnSmOpensIt) {
  show({}, 50'000);
  gui.ui.map.sm_open = false;
  gui.click("SM 9", draw);
  EXPECT_EQ(gui.ui.map.sm, 9U);
  EXPECT_TRUE(gui.ui.map.sm_open);
  ASSERT_EQ(gui.map_commands.size(), 1U) << "its schedule is asked for";
  EXPECT_EQ(std::get<session::LookAtSm>(gui.map_commands[0]).sm, 9U);
}

TEST_F(ChipScreen, AnEmptySlotOpensItsSmToo) {
  show({}, 0);
  const double end = static_cast<double>(timeline().cycles);
  gui.ui.map.clock.cycle = end;
  gui.frame(draw);
  const ChipLayout chip = layout();
  gui.click(chip.slot(chip.sms[4], 2).centre(), draw);
  EXPECT_EQ(gui.ui.map.sm, 4U);
  EXPECT_EQ(gui.ui.map.pinned, std::nullopt);
}

TEST_F(ChipScreen, SmallTilesStillNameEverySm) {
  show({.blocks_x = 40, .blocks_y = 40, .gpcs = std::vector<int>(12, 16), .slots = 8, .threads = 128}, 30'000);
  gui.click("SM 191", draw);
  EXPECT_EQ(gui.ui.map.sm, 191U);
}

TEST_F(ChipScreen, NewBlocksFallWhileTimePlaysUnlessMotionIsReduced) {
  show({}, 0);
  const BlockSpan& block = timeline().blocks.front();
  const auto at_rest = [&] {
    const Rect bar = bar_of(block);
    const auto drawn = rectangles_drawn();
    return std::any_of(drawn.begin(), drawn.end(), [&](const Drawn& d) {
      return d.r.x == bar.x && d.r.y == bar.y && d.r.h == bar.h && d.r.w > 0 && d.colour != scene::palette(true).stage;
    });
  };
  gui.ui.map.clock.playing = true;
  gui.ui.map.clock.speed = 1;
  const auto at = [&](double cycle) {
    gui.ui.map.clock.cycle = cycle;
    gui.frame(draw);
  };
  at(static_cast<double>(block.start) + 10);
  EXPECT_FALSE(at_rest()) << "it falls";
  gui.ui.reduced_motion = true;
  at(static_cast<double>(block.start) + 10);
  EXPECT_TRUE(at_rest());
  gui.ui.reduced_motion = false;
  at(static_cast<double>(block.start) + 5000);
  EXPECT_TRUE(at_rest()) << "it has fallen";
}

TEST(MapTraffic, IsTheMeanAroundNow) {
  Timeline t;
  t.cycles = 1000;
  t.interval = 10;
  t.ticks_per_second = 1e9;
  t.intervals.resize(100);
  t.intervals[50].l2_bytes = 400;
  t.intervals[51].l2_bytes = 200;
  t.intervals[51].dram_bytes = 100;
  // Twenty cycles around 510 are the intervals 50 and 51: 600 bytes in 20 ns.
  EXPECT_DOUBLE_EQ(panels::map_traffic(t, 510).l2, 30e9);
  EXPECT_DOUBLE_EQ(panels::map_traffic(t, 510).dram, 5e9);
  EXPECT_DOUBLE_EQ(panels::map_traffic(t, 515).l2, 20e9) << "half of the first, all of the second";
  EXPECT_DOUBLE_EQ(panels::map_traffic(t, 600).l2, 0);
  t.intervals[99].l2_bytes = 50;
  EXPECT_DOUBLE_EQ(panels::map_traffic(t, 1000).l2, 5e9) << "at the end only what is before it counts";
  t.intervals.clear();
  EXPECT_DOUBLE_EQ(panels::map_traffic(t, 510).l2, 0) << "a trace does not tell";
}

TEST(MapTraffic, ReadsAsGigabytesASecond) {
  EXPECT_EQ(panels::giga_text(333e9), "333");
  EXPECT_EQ(panels::giga_text(0.44e9), "0.4");
  EXPECT_EQ(panels::giga_text(3350e9), "3,350");
  EXPECT_EQ(panels::giga_text(0), "0");
}

TEST_F(ChipScreen, ATraceOfAnUnknownGpuHasOneGroup) {
  Timeline t;
  t.sms = 46;
  EXPECT_EQ(panels::map_gpcs(t), std::vector{46});
  t.gpu.gpcs = {23, 23};
  EXPECT_EQ(panels::map_gpcs(t), (std::vector{23, 23}));
}

TEST_F(ChipScreen, ManyBlocksCostLittleGeometry) {
  show({.blocks_x = 125, .blocks_y = 40, .gpcs = std::vector<int>(12, 16), .slots = 16, .threads = 64}, 30'000);
  gui.frame(draw);
  EXPECT_LT(ImGui::GetDrawData()->TotalVtxCount, 60'000) << "192 SMs of 16 slots";
}

TEST_F(ChipScreen, SideBySideTheOtherRunsSmsHaveNamesOfTheirOwn) {
  gui.map = map_view({.compared = true});
  gui.ui.map.side_by_side = true;
  const BareGui::Draw both = [](const Frame& f) {
    f.ui.map.hovered.reset();
    panels::advance_map_clock(f);
    panels::draw_map_chip(f, {0, 0, 380, 260}, MapSide::kCompared);
    panels::draw_map_chip(f, {380, 0, 380, 260}, MapSide::kNewest);
  };
  gui.frame(both);
  EXPECT_LT(gui.target("SM 9 of the other run").x, 380);
  EXPECT_GE(gui.target("SM 9").x, 380);
  gui.ui.map.sm = 0;
  gui.click("SM 9 of the other run", both);
  EXPECT_EQ(gui.ui.map.sm, 0U) << "only the newest run is looked at closely";
}

}  // namespace
}  // namespace warpscope::tests

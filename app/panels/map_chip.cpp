// The chip as a floor plan: which block is in which slot at the clock's time, and how far it has got.
#include "app/panels/map_chip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/widgets.h"
#include "app/scene/map_chip.h"
#include "app/scene/map_colours.h"

namespace warpscope::panels {
namespace {

using scene::ChipGpc;
using scene::ChipLabels;
using scene::ChipLayout;
using scene::ChipSm;
using scene::Rect;
using session::MapRun;
using timing::BlockSpan;
using timing::Interval;
using timing::Timeline;

// What all parts of the chip go by.
struct Chip {
  const MapRun& run;
  MapSide side;
  double cycle;
  bool two;  // another run stands beside it
  const scene::MapSlots& slots;
  const ChipLayout& layout;
  const BlockSpan* spot;
  scene::Rgba well;  // an empty slot

  const Timeline& timeline() const { return *run.timeline; }
};

// ---- Header

struct LegendEntry {
  scene::Rgba colour;
  std::string name;
};

std::vector<LegendEntry> legend_of(const Frame& f, const Chip& chip, std::string& lead) {
  std::vector<LegendEntry> entries;
  switch (f.ui.map.colour) {
    case MapColour::kWave:
      lead = "wave";
      for (int wave = 0; wave < std::min(chip.slots.waves(), scene::kWaveColours); ++wave)
        entries.push_back({scene::wave_colour(wave), fmt::format("{}", wave + 1)});
      if (chip.slots.waves() > scene::kWaveColours && !entries.empty())
        entries.front().name += fmt::format(", {}", scene::kWaveColours + 1);
      break;
    case MapColour::kBlock:
      lead = "a colour for each block";
      break;
    case MapColour::kStall:
      lead = "longest wait";
      for (std::size_t i = 1; i < timing::kStalls; ++i) {
        const auto stall = static_cast<timing::Stall>(i);
        if ((chip.slots.longest() >> i & 1U) != 0)
          entries.push_back({map_stall_colour(f, stall), std::string(timing::name_of(stall))});
      }
      break;
  }
  return entries;
}

// Right-aligned; returns where it begins. What has no room is left away from the end.
float draw_legend(const Frame& f, const Chip& chip, float right, float y, float room) {
  std::string lead;
  std::vector<LegendEntry> entries = legend_of(f, chip, lead);
  const float square = f.px(8), gap = f.px(6), apart = f.px(12);
  const auto width_of = [&](const LegendEntry& e) {
    return apart + square + gap + text_width(f, Type::kCaption, e.name);
  };
  float width = text_width(f, Type::kCaption, lead);
  if (width > room) return right;
  std::size_t shown = 0;
  while (shown < entries.size() && width + width_of(entries[shown]) <= room) width += width_of(entries[shown++]);
  const float begin = std::round(right - width);
  float x = begin + text(f, {begin, y}, Type::kCaption, f.colors.text3, lead);
  const float middle = y + line_height(f, Type::kCaption) / 2;
  for (std::size_t i = 0; i < shown; ++i) {
    x += apart;
    fill(f, {std::round(x), std::round(middle - square / 2), square, square}, entries[i].colour);
    x += square + gap;
    x += text(f, {x, y}, Type::kCaption, f.colors.text2, entries[i].name);
  }
  return begin;
}

std::string caption_of(const Chip& chip) {
  const Timeline& t = chip.timeline();
  const std::size_t gpcs = chip.layout.gpcs.size();
  const std::string sms = gpcs > 1 ? fmt::format("{} SMs in {} GPCs", t.sms, gpcs) : fmt::format("{} SMs", t.sms);
  if (chip.two) return fmt::format("{}: {}", t.gpu.name, sms);
  return sms + ". A bar is a block, its length how far it has got";
}

void draw_header(const Frame& f, const Chip& chip) {
  const Rect& r = chip.layout.header;
  const float pad = chip.layout.body.x - r.x, y = std::round(r.centre().y - line_height(f, Type::kTitle) / 2);
  const std::string title = chip.side == MapSide::kCompared ? "The chip, the run kept" : "The chip";
  const float needed = text_width(f, Type::kTitle, title) + pad;
  const float legend = draw_legend(f, chip, r.right() - pad, y, r.w - 2 * pad - needed);
  const float end = panel_title(f, {r.x + pad, y}, title, caption_of(chip), legend - pad - r.x - pad);
  if (hovered(f, {r.x + pad, y, end - r.x - pad, line_height(f, Type::kTitle)})) {
    tip(f,
        "Which SMs a chip has switched off differs from card to card;\nwhere they lie is a drawing, their number is "
        "exact");
  }
}

// ---- SMs

// Each new block falls into its slot while time plays. Never for longer than a quarter of its own time, so that short
// blocks do not only fall.
struct Fall {
  float above = 0;  // physical pixels
  float flash = 0;  // share of white
};
Fall fall_of(const Frame& f, const Chip& chip, const BlockSpan& block, float height) {
  constexpr double kShareOfRun = 0.012;
  if (!f.ui.map.clock.playing || f.ui.reduced_motion) return {};
  const double length = std::min(static_cast<double>(chip.timeline().cycles) * kShareOfRun,
                                 static_cast<double>(block.end - block.start) / 4);
  const double age = chip.cycle - static_cast<double>(block.start);
  if (length <= 0 || age >= length) return {};
  const auto left = static_cast<float>(1 - age / length);
  return {std::round(left * left * std::min(height, f.px(8))), 0.6F * left};
}

void draw_block(const Frame& f, const Chip& chip, const BlockSpan& block, Rect bar) {
  const double part = (chip.cycle - static_cast<double>(block.start)) /
                      static_cast<double>(std::max<timing::Cycle>(1, block.end - block.start));
  const Fall fall = fall_of(f, chip, block, bar.h);
  const scene::Rgba colour = scene::mix(map_block_colour(f, block), scene::rgb(0xFFFFFF), fall.flash);
  bar.y -= fall.above;
  const float done = std::round(bar.w * static_cast<float>(part));
  if (done > 0) fill(f, {bar.x, bar.y, done, bar.h}, colour);
  if (done < bar.w) fill(f, {bar.x + done, bar.y, bar.w - done, bar.h}, scene::mix(colour, chip.well, 0.6F));
}

void draw_mean(const Frame& f, const Chip& chip, const ChipSm& sm, std::uint32_t index) {
  const auto resident = static_cast<float>(chip.slots.resident(index, chip.cycle));
  const float high = std::round(sm.bars.h * resident / static_cast<float>(chip.layout.slots));
  const BlockSpan* first = nullptr;
  for (int slot = 0; slot < chip.layout.slots && first == nullptr; ++slot)
    first = chip.slots.at(index, slot, chip.cycle);
  if (first != nullptr) fill(f, {sm.bars.x, sm.bars.bottom() - high, sm.bars.w, high}, map_block_colour(f, *first));
}

void draw_slots(const Frame& f, const Chip& chip, const ChipSm& sm, std::uint32_t index) {
  if (chip.layout.one_bar) {
    fill(f, sm.bars, chip.well);
    draw_mean(f, chip, sm, index);
    return;
  }
  const bool wells = chip.layout.slot(sm, 0).h >= 4;
  if (!wells) fill(f, sm.bars, chip.well);
  for (int slot = 0; slot < chip.layout.slots; ++slot) {
    const Rect bar = chip.layout.slot(sm, slot);
    if (wells) fill(f, bar, chip.well);
    const BlockSpan* const block = chip.slots.at(index, slot, chip.cycle);
    if (block != nullptr) draw_block(f, chip, *block, bar);
  }
}

void draw_tile(const Frame& f, const Chip& chip, const ChipSm& sm, std::uint32_t index) {
  fill(f, sm.tile, f.colors.strong, f.px(2));
  fill(f, sm.tile.inset(1), f.colors.raised, f.px(2));
  if (chip.layout.labels != ChipLabels::kNone) {
    const bool full = chip.layout.labels == ChipLabels::kFull;
    text(f, {sm.title.x + f.px(4), sm.title.y}, Type::kMicro, f.colors.text2,
         full ? fmt::format("SM {}", index) : fmt::format("{}", index));
  }
  draw_slots(f, chip, sm, index);
}

void hover_sm(const Frame& f, const Chip& chip, std::uint32_t index) {
  const int resident = chip.slots.resident(index, chip.cycle);
  tip(f, fmt::format("SM {}\nblocks now  {} of {}\nclick to look closely", index, resident, chip.layout.slots));
  // The explanation speaks of the SM that is open.
  if (index == f.ui.map.sm && f.ui.map.about.empty()) f.ui.map.about = "sm";
}

std::string name_in(const Chip& chip, std::string_view what, std::uint32_t index) {
  return fmt::format("{} {}{}", what, index, chip.side == MapSide::kCompared ? " of the other run" : "");
}

// The title opens the SM, a bar holds its block. Where tiles are too small for a title, a click does both.
void use_tile(const Frame& f, const Chip& chip, const ChipSm& sm, std::uint32_t index) {
  const bool titled = sm.title.h > 0;
  const Rect head = titled ? sm.title : sm.tile;
  const AreaState title = area(f, name_in(chip, "SM", index), head);
  AreaState bars = title;
  if (titled)
    bars = area(f, name_in(chip, "Blocks of SM", index),
                {sm.tile.x, sm.title.bottom(), sm.tile.w, sm.tile.h - sm.title.h});
  const bool newest = chip.side == MapSide::kNewest;
  const int slot = bars.hovered || bars.clicked ? chip.layout.slot_at(sm, bars.mouse) : -1;
  const BlockSpan* const block = chip.slots.at(index, slot, chip.cycle);
  if (bars.hovered && block != nullptr) {
    hover_map_block(f, chip.run, *block, -1);
  } else if (title.hovered || bars.hovered) {
    hover_sm(f, chip, index);
  }
  const bool opens = title.clicked || (bars.clicked && block == nullptr);
  if (bars.clicked && block != nullptr) toggle_map_pin(f, {block->block, -1});
  if (opens && newest) look_at_sm(f, index);
}

void draw_marks(const Frame& f, const Chip& chip) {
  const MapPanels& state = f.ui.map;
  if (chip.side == MapSide::kNewest && state.sm_open && !chip.two && state.sm < chip.layout.sms.size())
    stroke(f, chip.layout.sms[state.sm].tile.inset(-f.px(1)), f.colors.accent, f.px(3), f.px(2));
  const BlockSpan* const spot = chip.spot;
  if (spot == nullptr || chip.layout.one_bar || spot->sm >= chip.layout.sms.size()) return;
  if (chip.slots.at(spot->sm, spot->slot, chip.cycle) != spot) return;
  const Rect bar = chip.layout.slot(chip.layout.sms[spot->sm], spot->slot);
  const bool pinned = !state.hovered && state.pinned && state.pinned->block == spot->block;
  pinned ? mark_selected(f, bar) : mark_hovered(f, bar);
}

void draw_gpcs(const Frame& f, const Chip& chip) {
  const bool one = chip.layout.gpcs.size() == 1;
  for (std::size_t g = 0; g < chip.layout.gpcs.size(); ++g) {
    const ChipGpc& gpc = chip.layout.gpcs[g];
    stroke(f, gpc.frame, f.colors.hair, f.px(scene::size::kRadiusControl), f.px(1));
    const std::string name = one ? "SMs" : fmt::format("GPC {}", g), count = fmt::format("{} SMs", gpc.sms);
    if (gpc.label.w > 0) {
      const float width = text(f, {gpc.label.x + f.px(2), gpc.label.y}, Type::kMicro, f.colors.text2, name);
      const scene::Vec2 second = gpc.label_aside
                                     ? scene::Vec2{gpc.label.x + f.px(2), gpc.label.y + line_height(f, Type::kMicro)}
                                     : scene::Vec2{gpc.label.x + width + f.px(8), gpc.label.y};
      const bool room = gpc.label_aside ? gpc.label.h >= 2 * line_height(f, Type::kMicro)
                                        : width + f.px(8) + text_width(f, Type::kMicro, count) <= gpc.label.w;
      if (room) text(f, second, Type::kMicro, f.colors.text3, one ? fmt::format("{}", gpc.sms) : count);
    }
    for (const Rect& tile : gpc.missing) {
      stroke(f, tile, f.colors.hair, 0, 1);
      line(f, {tile.x, tile.bottom()}, {tile.right(), tile.y}, f.colors.hair, 1);
    }
  }
}

// ---- Memories

struct Traffic {
  std::string name, brief_name, value, brief_value, tip_text;
  double share = 0;
};

Traffic l2_traffic(const Chip& chip) {
  const Timeline& t = chip.timeline();
  const double rate = map_traffic(t, chip.cycle).l2;
  const double hits =
      t.traffic.l2_sectors > 0 ? static_cast<double>(t.traffic.l2_hits) / static_cast<double>(t.traffic.l2_sectors) : 0;
  return {
      fmt::format("L2 cache, {:g} MB", t.gpu.l2_mib),
      "L2",
      fmt::format("{} GB/s, {:.0f} % hits", giga_text(rate), 100 * hits),
      fmt::format("{} GB/s", giga_text(rate)),
      fmt::format("All SMs read and write memory through the L2 cache.\nnow  {} GB/s of {} at most\nhits  {:.1f} % of "
                  "the whole run's accesses",
                  giga_text(rate), giga_text(chip.run.peak.l2_bytes), 100 * hits),
      chip.run.peak.l2_bytes > 0 ? rate / chip.run.peak.l2_bytes : 0};
}

Traffic memory_traffic(const Chip& chip) {
  const Timeline& t = chip.timeline();
  const double rate = map_traffic(t, chip.cycle).dram;
  const std::string of = fmt::format("{} of {} GB/s", giga_text(rate), giga_text(chip.run.peak.dram_bytes));
  return {
      fmt::format("Memory, {:g} GB {}", t.gpu.memory_gib, t.gpu.memory_type),
      "Memory",
      of,
      fmt::format("{} GB/s", giga_text(rate)),
      fmt::format("What the L2 cache does not hold comes from memory.\nnow  {}\nwhole run  {} MB read, {} MB written",
                  of, with_thousands(static_cast<long long>(t.traffic.dram_read_bytes / 1'000'000)),
                  with_thousands(static_cast<long long>(t.traffic.dram_write_bytes / 1'000'000))),
      chip.run.peak.dram_bytes > 0 ? rate / chip.run.peak.dram_bytes : 0};
}

void draw_traffic(const Frame& f, Rect r, const Traffic& traffic) {
  const float radius = f.px(2), pad = f.px(8);
  fill(f, r, f.colors.raised, radius);
  const float width = std::round(r.w * static_cast<float>(std::clamp(traffic.share, 0.0, 1.0)));
  if (width > 0) fill(f, {r.x, r.y, width, r.h}, scene::mix(f.colors.raised, f.colors.train, 0.28F), radius);
  const float mark = f.px(14), room = r.w - 3 * pad - mark;
  const auto fits = [&](const std::string& name, const std::string& value) {
    return text_width(f, Type::kCaption, name) + text_width(f, Type::kTick, value) <= room;
  };
  const bool full = fits(traffic.name, traffic.value), some = full || fits(traffic.brief_name, traffic.value);
  const std::string& name = full ? traffic.name : traffic.brief_name;
  const std::string& value = some ? traffic.value : traffic.brief_value;
  text(f, {r.x + pad, std::round(r.centre().y - line_height(f, Type::kCaption) / 2)}, Type::kCaption, f.colors.text,
       name, Align::kLeft, r.w - 2 * pad);
  if (fits(name, value)) {
    const float wide = text(f, {r.right() - pad, std::round(r.centre().y - line_height(f, Type::kTick) / 2)},
                            Type::kTick, f.colors.text2, value, Align::kRight);
    origin_mark(f, {std::round(r.right() - pad - wide - mark / 2 - f.px(3)), std::round(r.centre().y)},
                Origin::kModelled);
  }
  if (hovered(f, r)) tip(f, traffic.tip_text);
}

void draw_memories(const Frame& f, const Chip& chip) {
  const ChipLayout& layout = chip.layout;
  if (chip.timeline().origin == Timeline::Origin::kModelled) {
    draw_traffic(f, layout.l2, l2_traffic(chip));
    draw_traffic(f, layout.memory, memory_traffic(chip));
    return;
  }
  const float y = std::round(layout.l2.centre().y - line_height(f, Type::kCaption) / 2);
  text(f, {layout.l2.x, y}, Type::kCaption, f.colors.text3,
       "A trace has blocks and warps; how much memory they moved only the model tells.", Align::kLeft,
       layout.memory.right() - layout.l2.x);
}

}  // namespace

const scene::MapSlots& map_slots(const Frame& f, MapSide side) {
  scene::MapSlots& slots = f.ui.map.chip[static_cast<std::size_t>(side)].slots;
  const auto& timeline = map_run(f, side)->timeline;
  if (!slots.of(timeline.get())) slots = scene::MapSlots(timeline);
  return slots;
}

std::vector<int> map_gpcs(const Timeline& timeline) {
  const bool known = timeline.gpu.sms() == static_cast<int>(timeline.sms) && !timeline.gpu.gpcs.empty();
  return known ? timeline.gpu.gpcs : std::vector<int>{static_cast<int>(timeline.sms)};
}

MapTraffic map_traffic(const Timeline& timeline, double cycle) {
  constexpr double kShareOfRun = 0.02;
  const auto each = static_cast<double>(timeline.interval), end = static_cast<double>(timeline.cycles);
  if (timeline.intervals.empty() || each <= 0 || end <= 0) return {};
  const double half = std::max(each, end * kShareOfRun) / 2;
  const double from = std::max(0.0, cycle - half), to = std::min(end, cycle + half);
  MapTraffic sum;
  const auto count = timeline.intervals.size();
  for (auto i = static_cast<std::size_t>(from / each); i < count && static_cast<double>(i) * each < to; ++i) {
    const Interval& interval = timeline.intervals[i];
    const double begin = static_cast<double>(i) * each, stop = std::min(end, begin + each);
    const double part = (std::min(stop, to) - std::max(begin, from)) / std::max(1.0, stop - begin);
    sum.l2 += part * static_cast<double>(interval.l2_bytes);
    sum.dram += part * static_cast<double>(interval.dram_bytes);
  }
  const double seconds = std::max(1.0, to - from) / timeline.ticks_per_second;
  return {sum.l2 / seconds, sum.dram / seconds};
}

std::string giga_text(double bytes_per_second) {
  const double value = bytes_per_second / 1e9;
  if (value > 0 && value < 9.95) return fmt::format("{:.1f}", value);
  return with_thousands(std::llround(value));
}

void toggle_map_pin(const Frame& f, MapSpot spot) {
  auto& pinned = f.ui.map.pinned;
  if (pinned && *pinned == spot) {
    pinned.reset();
  } else {
    pinned = spot;
  }
}

void draw_map_chip(const Frame& f, Rect r, MapSide side) {
  const MapRun* const run = map_run(f, side);
  if (run == nullptr || r.w <= 0 || r.h <= 0) return;
  const Clip clip(r);
  const ChipLayout layout = scene::chip_layout(r, map_gpcs(*run->timeline), run->timeline->slots, f.scale);
  const bool two = f.ui.map.side_by_side && f.map.compared != nullptr;
  const Chip chip{.run = *run,
                  .side = side,
                  .cycle = map_cycle(f, side),
                  .two = two,
                  .slots = map_slots(f, side),
                  .layout = layout,
                  .spot = map_spot_block(f, *run),
                  .well = f.ui.dark ? f.colors.stage : f.colors.hair};
  fill(f, r, f.colors.panel);
  draw_header(f, chip);
  draw_gpcs(f, chip);
  for (std::uint32_t i = 0; i < layout.sms.size(); ++i) {
    draw_tile(f, chip, layout.sms[i], i);
    use_tile(f, chip, layout.sms[i], i);
  }
  draw_marks(f, chip);
  draw_memories(f, chip);
  line(f, {r.x, r.bottom() - f.px(1)}, {r.right(), r.bottom() - f.px(1)}, f.colors.hair, f.px(1));
}

}  // namespace warpscope::panels

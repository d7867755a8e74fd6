// Rows of warp slots: columns of cycles where the schedule is known, else bars from a warp's start to its end.
#include "app/panels/map_close_up_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "app/panels/map_chip.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using timing::BlockSpan;
using timing::Segment;
using timing::Stall;
using timing::Timeline;
using timing::WarpSpan;

// The picture of a sub-partition: left a strip in the blocks' colours, then the cycles.
struct Grid {
  Rect rows, strip;
  float pitch = 1, high = 1;  // of a row; without the gap
  scene::Rgba well;

  float y(int slot) const { return std::round(rows.y + static_cast<float>(slot) * pitch); }
};

Grid grid_of(const Frame& f, Rect r, const CloseUp& sm) {
  const float title = line_height(f, Type::kCaption) + f.px(1);
  const float strip = f.px(4), gap = f.px(3);
  Grid grid;
  grid.rows = {r.x + strip + gap, r.y + title, std::max(1.0F, r.w - strip - gap), std::max(1.0F, r.h - title)};
  grid.strip = {r.x, grid.rows.y, strip, grid.rows.h};
  grid.pitch = std::min(grid.rows.h / static_cast<float>(sm.slots), f.px(14));
  if (grid.pitch > 6) grid.pitch = std::floor(grid.pitch);
  grid.rows.h = grid.strip.h = std::min(grid.rows.h, std::ceil(grid.pitch * static_cast<float>(sm.slots)));
  grid.high = std::max(1.0F, std::floor(grid.pitch) - (grid.pitch >= 4 ? 1.0F : 0.0F));
  grid.well = f.ui.dark ? f.colors.stage : f.colors.raised;
  return grid;
}

std::size_t row_of(const CloseUp& sm, int part, int slot) {
  return static_cast<std::size_t>(part * sm.slots + slot);
}

// Where a warp's slot is one that the SM of this GPU has.
bool has_place(const CloseUp& sm, const WarpSpan& warp) {
  return warp.sub_partition < sm.sub_partitions && warp.slot < sm.slots;
}

// Warps of this SM by slot; made once for an SM and run.
const std::vector<std::vector<std::uint32_t>>& warps_of(const Frame& f, const CloseUp& sm) {
  MapCloseUp& state = f.ui.map.close_up;
  const auto& timeline = sm.run.timeline;
  if (state.warps_of == timeline && state.warps_sm == sm.sm) return state.warps;
  state.warps_of = timeline;
  state.warps_sm = sm.sm;
  state.warps.assign(static_cast<std::size_t>(sm.sub_partitions * sm.slots), {});
  for (std::uint32_t i = 0; i < timeline->warps.size(); ++i) {
    const WarpSpan& warp = timeline->warps[i];
    if (timeline->blocks[warp.block].sm == sm.sm && has_place(sm, warp))
      state.warps[row_of(sm, warp.sub_partition, warp.slot)].push_back(i);
  }
  for (auto& row : state.warps) {
    std::sort(row.begin(), row.end(),
              [&](std::uint32_t a, std::uint32_t b) { return timeline->warps[a].start < timeline->warps[b].start; });
  }
  return state.warps;
}

std::span<const Segment> segments_of(const CloseUp& sm, int part, int slot) {
  return sm.schedule->segments[row_of(sm, part, slot)];
}

// The warp in this slot at this cycle; null: none.
const WarpSpan* warp_at(const Frame& f, const CloseUp& sm, int part, int slot, std::int64_t cycle) {
  const Timeline& t = *sm.run.timeline;
  if (sm.schedule != nullptr) {
    const Segment* const segment = segment_at(segments_of(sm, part, slot), cycle);
    return segment != nullptr && segment->warp < t.warps.size() ? &t.warps[segment->warp] : nullptr;
  }
  const auto& row = warps_of(f, sm)[row_of(sm, part, slot)];
  const auto after = std::upper_bound(row.begin(), row.end(), cycle, [&](std::int64_t at, std::uint32_t warp) {
    return at < static_cast<std::int64_t>(t.warps[warp].start);
  });
  if (after == row.begin()) return nullptr;
  const WarpSpan& warp = t.warps[*(after - 1)];
  return cycle < static_cast<std::int64_t>(warp.end) ? &warp : nullptr;
}

// ---- Drawing

scene::Rgba run_colour(const Frame& f, const CloseUpRun& run) {
  const scene::Rgba issued = map_stall_colour(f, Stall::kIssued);
  if (run.stall == Stall::kIssued) return issued;
  return scene::mix(map_stall_colour(f, run.stall), issued, run.issued);
}

void draw_cycles(const Frame& f, const Grid& grid, const CloseUp& sm, int part, int slot) {
  const float y = grid.y(slot);
  const int columns = std::max(1, static_cast<int>(grid.rows.w));
  for (const CloseUpRun& run : close_up_runs(segments_of(sm, part, slot), sm.window, columns)) {
    fill(f, {grid.rows.x + static_cast<float>(run.from), y, static_cast<float>(run.to - run.from), grid.high},
         run_colour(f, run));
  }
}

void draw_spans(const Frame& f, const Grid& grid, const CloseUp& sm, int part, int slot) {
  const Timeline& t = *sm.run.timeline;
  const auto x_of = [&](timing::Cycle cycle) {
    const auto in = static_cast<double>(static_cast<std::int64_t>(cycle) - sm.window.first);
    return std::round(grid.rows.w * static_cast<float>(std::clamp(in / sm.window.cycles, 0.0, 1.0)));
  };
  const auto& row = warps_of(f, sm)[row_of(sm, part, slot)];
  auto warp = std::partition_point(row.begin(), row.end(), [&](std::uint32_t index) {
    return static_cast<std::int64_t>(t.warps[index].end) <= sm.window.first;
  });
  for (; warp != row.end() && static_cast<std::int64_t>(t.warps[*warp].start) < sm.window.end(); ++warp) {
    const WarpSpan& span = t.warps[*warp];
    const float from = x_of(span.start), to = x_of(span.end);
    fill(f, {grid.rows.x + from, grid.y(slot), std::max(1.0F, to - from), grid.high},
         map_block_colour(f, t.blocks[span.block]));
  }
}

void draw_row(const Frame& f, const Grid& grid, const CloseUp& sm, int part, int slot) {
  const Timeline& t = *sm.run.timeline;
  if (sm.schedule != nullptr) {
    draw_cycles(f, grid, sm, part, slot);
  } else {
    draw_spans(f, grid, sm, part, slot);
  }
  const WarpSpan* const last = warp_at(f, sm, part, slot, sm.window.end() - 1);
  const float y = grid.y(slot);
  if (last == nullptr) return;
  const BlockSpan& block = t.blocks[last->block];
  fill(f, {grid.strip.x, y, grid.strip.w, grid.high}, map_block_colour(f, block));
  const auto spot = f.ui.map.spot();
  if (!spot || spot->block != block.block) return;
  if (spot->warp == last->warp) {
    const Rect row{grid.rows.x, y, grid.rows.w, grid.high};
    f.ui.map.hovered ? mark_hovered(f, row) : mark_selected(f, row);
  } else if (spot->warp < 0) {
    stroke(f, {grid.strip.x - f.px(2), y - f.px(1), grid.strip.w + f.px(4), grid.high + f.px(2)}, f.colors.text, 0,
           f.px(1));
  }
}

// ---- The pointer

struct Pointed {
  int slot = 0;
  std::int64_t cycle = 0;
};

std::string span_text(const CloseUp& sm, const WarpSpan& warp) {
  return fmt::format("start to end  {} to {}\n{}  {}", cycles_text(static_cast<double>(warp.start)),
                     cycles_text(static_cast<double>(warp.end)), sm.traced() ? "ticks" : "cycles",
                     cycles_text(static_cast<double>(warp.end - warp.start)));
}

std::string segment_text(const CloseUp& sm, const Segment& segment, std::int64_t cycle) {
  std::string words = fmt::format("cycle  {}\n{}", cycles_text(static_cast<double>(cycle)),
                                  segment.stall == Stall::kIssued
                                      ? "Issued"
                                      : fmt::format("{}  {} cycles", timing::name_of(segment.stall), segment.cycles));
  words += fmt::format("\n{}", timing::meaning_of(segment.stall));
  const vgpu::SourceLine& line = sm.run.lines.at(segment.pc);
  if (line.line > 0) words += fmt::format("\n{}:{}", std::filesystem::path(line.file).filename().string(), line.line);
  return words;
}

void point_at(const Frame& f, const CloseUp& sm, int part, const Pointed& at, bool clicked) {
  const Timeline& t = *sm.run.timeline;
  const WarpSpan* const warp = warp_at(f, sm, part, at.slot, at.cycle);
  if (warp == nullptr) {
    tip(f, fmt::format("Warp slot {}: empty", at.slot));
    f.ui.map.about = "sm";
    return;
  }
  const BlockSpan& block = t.blocks[warp->block];
  const MapSpot spot{block.block, warp->warp};
  f.ui.map.hovered = spot;
  f.ui.map.about = "sm";
  const base::Dim3 index = sm.run.plan->grid.at(block.block);
  std::string words = fmt::format("Warp {} of block ({}, {}{})", warp->warp, index.x, index.y,
                                  sm.run.plan->grid.z > 1 ? fmt::format(", {}", index.z) : "");
  if (sm.schedule != nullptr) {
    const Segment* const segment = segment_at(segments_of(sm, part, at.slot), at.cycle);
    if (segment->stall != Stall::kIssued) f.ui.map.about = "stalls";
    words += "\n" + segment_text(sm, *segment, at.cycle);
  } else {
    words += "\n" + span_text(sm, *warp);
  }
  tip(f, words);
  if (clicked) toggle_map_pin(f, spot);
}

void draw_title(const Frame& f, Rect r, const CloseUp& sm, int part) {
  const std::string name = fmt::format("Sub-partition {}", part);
  float value = 0;
  if (sm.schedule != nullptr) {
    const std::int64_t issued = close_up_issued(*sm.schedule, part, sm.window);
    const auto seen = std::clamp<std::int64_t>(sm.window.end(), 0, sm.window.cycles);
    std::string words = fmt::format("issued {} of {}", issued, seen);
    const auto fits = [&] {
      value = text_width(f, Type::kTick, words);
      return text_width(f, Type::kCaption, name) + f.px(8) + value <= r.w;
    };
    if (!fits()) words = fmt::format("{} of {}", issued, seen);
    fits();
    const float drop = std::round((line_height(f, Type::kCaption) - line_height(f, Type::kTick)) / 2);
    text(f, {r.right(), r.y + drop}, Type::kTick, f.colors.text3, words, Align::kRight);
    const Rect place{r.right() - value, r.y, value, line_height(f, Type::kCaption)};
    if (hovered(f, place)) {
      tip(f, fmt::format("Of the last {} cycles its scheduler issued an instruction in {}.", seen, issued));
      f.ui.map.about = "sm";
    }
  }
  text(f, {r.x, r.y}, Type::kCaption, f.colors.text2, name, Align::kLeft, r.w - value - f.px(4));
}

}  // namespace

CloseUp close_up_of(const Frame& f, const session::MapRun& run) {
  const MapPanels& state = f.ui.map;
  const Timeline& t = *run.timeline;
  const auto found = t.schedules.find(state.sm);
  CloseUp sm{.run = run,
             .sm = state.sm,
             .sub_partitions = std::max(1, run.plan->limits->sub_partitions),
             .slots = 1,
             .now = map_cycle(f, MapSide::kNewest),
             .window = {},
             .schedule = found == t.schedules.end() ? nullptr : found->second.get()};
  sm.slots = std::max(1, run.plan->limits->warps / sm.sub_partitions);
  if (sm.schedule != nullptr) {
    sm.sub_partitions = sm.schedule->sub_partitions;
    sm.slots = sm.schedule->slots;
  }
  // Warps take longer than cycles can be seen one by one: without a schedule a twentieth of the run is shown.
  const std::int64_t each =
      sm.schedule != nullptr ? 1 : std::max<std::int64_t>(1, static_cast<std::int64_t>(t.cycles) / 2000);
  sm.window = close_up_window(sm.now, state.close_up.cycles_shown * each);
  return sm;
}

void draw_sub_partition(const Frame& f, Rect r, const CloseUp& sm, int part) {
  if (r.w < 8 || r.h < 8) return;
  const Grid grid = grid_of(f, r, sm);
  draw_title(f, r, sm, part);
  fill(f, grid.rows, grid.well);
  const AreaState state = area(f, fmt::format("Sub-partition {}", part), grid.rows);
  if (state.hovered || state.clicked) {
    const int slot = static_cast<int>((state.mouse.y - grid.rows.y) / grid.pitch);
    const std::int64_t cycle = sm.window.cycle_of(state.mouse.x - grid.rows.x, grid.rows.w);
    if (slot >= 0 && slot < sm.slots) point_at(f, sm, part, {slot, cycle}, state.clicked);
  }
  for (int slot = 0; slot < sm.slots; ++slot) draw_row(f, grid, sm, part, slot);
  line(f, {grid.rows.right() - f.px(1), grid.rows.y - f.px(3)}, {grid.rows.right() - f.px(1), grid.rows.bottom()},
       f.colors.accent, f.px(2));
}

}  // namespace warpscope::panels

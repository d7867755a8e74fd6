#include "app/panels/step_lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::LaneState;
using session::WarpRow;

constexpr int kLanes = 32;
constexpr int kMostBarrierRows = 3;

struct LegendWords {
  LaneState state;
  std::string_view full, brief;
};
constexpr std::array kLegend{
    LegendWords{LaneState::kIssues, "issues now", "issues"},
    LegendWords{LaneState::kReady, "ready", "ready"},
    LegendWords{LaneState::kOff, "off, rejoins later", "off"},
    LegendWords{LaneState::kAtBarrier, "at barrier", "barrier"},
    LegendWords{LaneState::kAtWarpSync, "at warp sync", "sync"},
    LegendWords{LaneState::kDone, "done", "done"},
    LegendWords{LaneState::kFaulted, "faulted", "fault"},
};

// One row is kept where the program has barriers, so that nothing jumps when the first warp arrives.
int barrier_row_count(const Frame& f) {
  const auto found = static_cast<int>(f.ui.step.reading.barriers.size());
  const bool any = f.step.run && f.step.run->program && !f.step.run->program->barriers.empty();
  return std::clamp(found, any ? 1 : 0, kMostBarrierRows);
}

// What all parts of the panel go by.
struct Lanes {
  Rect panel;
  scene::LanesLayout layout;
  StepColumns columns;
  const LanesText& text;
  const session::StepRun& run;
  const session::StepMoment& moment;
  int followed = 0;  // warp of the block

  float right() const { return columns.x + kLanes * columns.pitch; }
  bool roomy(const Frame& f) const { return panel.right() - columns.right_text >= f.px(120); }
};

Rect cell_rect(const Frame& f, const Lanes& p, float row_y, int lane) {
  const float gap = f.px(p.layout.row_pitch >= f.px(20) ? 5 : 2);
  const float high = std::min(p.columns.cell, p.layout.row_pitch - gap);
  return {p.columns.x + static_cast<float>(lane) * p.columns.pitch, row_y + std::floor((p.layout.row_pitch - high) / 2),
          p.columns.cell, high};
}

// ---- Header

float legend_width(const Frame& f, const LanesText& words, bool full) {
  float width = 0;
  for (const LegendWords& one : kLegend) {
    if (std::find(words.states.begin(), words.states.end(), one.state) == words.states.end()) continue;
    width += f.px(12) + f.px(6) + text_width(f, Type::kCaption, full ? one.full : one.brief) + f.px(14);
  }
  return width;
}

void draw_legend(const Frame& f, const Lanes& p, float x, bool full) {
  const float middle = p.layout.header.centre().y, side = f.px(12);
  for (const LegendWords& one : kLegend) {
    if (std::find(p.text.states.begin(), p.text.states.end(), one.state) == p.text.states.end()) continue;
    draw_lane_cell(f, one.state, {std::round(x), std::round(middle - side / 2), side, side});
    x += side + f.px(6);
    x += text(f, {x, middle - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text2,
              full ? one.full : one.brief) +
         f.px(14);
  }
}

std::string caption_of(const Frame& f, const Lanes& p) {
  const auto count = f.ui.step.reading.warps.size();
  const std::uint64_t threads = p.run.launch.block.count();
  const std::string warps =
      fmt::format("{} {}", with_thousands(static_cast<long long>(count)), count == 1 ? "warp" : "warps");
  const std::string lanes = count == 1 ? fmt::format(" of {} lanes", threads) : " of 32 lanes";
  const BlockPosition at = block_position(p.run, followed_block(f), p.moment.position);
  return fmt::format("{}{}, at step {}", warps, lanes, with_thousands(static_cast<long long>(at.step)));
}

void draw_header(const Frame& f, const Lanes& p) {
  const Rect& header = p.layout.header;
  const float y = std::round(header.centre().y - line_height(f, Type::kTitle) / 2), left = header.x + f.px(12);
  const std::string index = session::thread_text(p.run.launch.grid, session::block_index(p.run, p.moment.followed));
  const std::string title = fmt::format("Block {}", index), caption = caption_of(f, p);
  const float wanted = text_width(f, Type::kTitle, title) + text_width(f, Type::kCaption, caption) + f.px(32);
  const bool full = legend_width(f, p.text, true) + wanted <= header.w - f.px(12);
  const float x = header.right() - legend_width(f, p.text, full);
  panel_title(f, {left, y}, title, caption, x - f.px(12) - left);
  draw_legend(f, p, x, full);
}

// ---- Choosing

void follow(const Frame& f, const Lanes& p, int warp) {
  if (warp == p.followed) return;
  f.send_step(session::FollowWarp{p.moment.followed - static_cast<trace::WarpIndex>(p.followed) +
                                  static_cast<trace::WarpIndex>(warp)});
}

// A click takes a lane in or out; with Shift all from the last one clicked.
void select_lane(const Frame& f, int lane) {
  StepPanels& step = f.ui.step;
  if (ImGui::GetIO().KeyShift && step.lanes.anchor >= 0) {
    const int low = std::min(lane, step.lanes.anchor), high = std::max(lane, step.lanes.anchor);
    for (int i = low; i <= high; ++i) step.selected_lanes |= 1U << i;
  } else {
    step.selected_lanes ^= 1U << lane;
    step.lanes.anchor = lane;
  }
}

void point_at(const Frame& f, int warp, int lane) {
  f.ui.step.hovered = {};
  f.ui.step.hovered.kind = lane >= 0 ? StepFocus::Kind::kLane : StepFocus::Kind::kWarp;
  f.ui.step.hovered.warp = warp;
  f.ui.step.hovered.lane = lane;
}

// Arrows move from lane to lane and from warp to warp, Enter and Space take the lane in or out.
void use_keys(const Frame& f, const Lanes& p) {
  if (f.ui.widgets.focus != "Lanes") return;
  int& lane = f.ui.step.lanes.anchor;
  lane = std::clamp(lane, 0, kLanes - 1);
  if (raw_key(f, key::kRight)) lane = std::min(lane + 1, kLanes - 1);
  if (raw_key(f, key::kLeft)) lane = std::max(lane - 1, 0);
  const int last = static_cast<int>(f.ui.step.reading.warps.size()) - 1;
  if (raw_key(f, key::kDown) && p.followed < last) follow(f, p, p.followed + 1);
  if (raw_key(f, key::kUp) && p.followed > 0) follow(f, p, p.followed - 1);
  if (raw_key(f, key::kEnter) || raw_key(f, key::kSpace)) f.ui.step.selected_lanes ^= 1U << lane;
  if (f.ui.step.before.kind == StepFocus::Kind::kNone || f.ui.step.before.kind == StepFocus::Kind::kLane) {
    point_at(f, p.followed, lane);
  }
  focus_ring(f, {p.columns.x, p.layout.rows.y, p.right() - p.columns.x, p.layout.rows.h}, f.px(2));
}

// ---- Axis

void draw_axis(const Frame& f, const Lanes& p) {
  const Rect& axis = p.layout.axis;
  const float y = std::round(axis.centre().y - line_height(f, Type::kTick) / 2);
  text(f, {p.columns.x - f.px(8), axis.centre().y - line_height(f, Type::kMicro) / 2}, Type::kMicro, f.colors.text3,
       "lane", Align::kRight);
  const int framed = framed_lane(f);
  for (int lane = 0; lane < kLanes; ++lane) {
    const Rect place{p.columns.x + static_cast<float>(lane) * p.columns.pitch, axis.y, p.columns.cell, axis.h};
    const AreaState pointer = area(f, fmt::format("Lane {}", lane), place);
    const bool selected = (f.ui.step.selected_lanes >> lane & 1U) != 0;
    if (pointer.clicked) select_lane(f, lane);
    if (pointer.hovered) {
      point_at(f, p.followed, lane);
      tip(f, fmt::format("Lane {}\n{}", lane, selected ? "selected; click: no longer" : "click selects it everywhere"));
    }
    if (selected) fill(f, place.inset(f.px(1)), f.colors.accent_tint, f.px(scene::size::kRadiusChip));
    // Beside a framed lane there is room for its number only.
    const bool near = framed >= 0 && lane != framed && std::abs(lane - framed) < (p.columns.numbers ? 2 : 3);
    const bool shown = lane == framed || selected || lane == kLanes - 1 || lane % 4 == 0;
    if (!shown || (near && !selected)) continue;
    text(f, {place.centre().x, y}, Type::kTick, selected || lane == framed ? f.colors.accent : f.colors.text3,
         fmt::format("{}", lane), Align::kCentre);
  }
}

// ---- Rows

// Lanes that are elsewhere than those that run next: each group underlined, with the line it is on.
void draw_groups(const Frame& f, const Lanes& p, const WarpRow& row, const std::vector<LaneGroup>& groups, float y) {
  const float thick = f.px(1);
  for (const LaneGroup& group : groups) {
    if (group.runs_next) continue;
    for (const scene::LaneRun& part : scene::lane_runs(group.lanes)) {
      const Rect first = cell_rect(f, p, y, part.first), last = cell_rect(f, p, y, part.last);
      const float under = first.bottom() + thick;
      fill_plain(f, {first.x, under, last.right() - first.x, thick}, f.colors.lane_off);
      if (!p.columns.numbers || group.line <= 0) continue;
      if (row.lanes[static_cast<std::size_t>(part.first)] != LaneState::kOff) continue;
      const std::string line = fmt::format("{}", group.line);
      if (text_width(f, Type::kTick, line) > first.w) continue;
      text(f, {first.centre().x, first.centre().y - line_height(f, Type::kTick) / 2}, Type::kTick, f.colors.lane_off,
           line, Align::kCentre);
    }
  }
}

std::string warp_tip(const Lanes& p, const WarpRow& row, std::size_t index) {
  const WarpWords& words = p.text.warps[index];
  std::string out = fmt::format("Warp {}", index);
  if (!words.line.empty()) out += ": " + words.line;
  if (!words.does.empty()) out += ", " + words.does;
  for (const LaneGroup& group : p.text.groups[index]) {
    out += fmt::format("\n{} {}", std::has_single_bit(group.lanes) ? "lane" : "lanes", lanes_words(group.lanes));
    if (group.line > 0) out += fmt::format(" at line {}", group.line);
    if (group.runs_next) out += ", run next";
    if (group.joins_at > 0) out += fmt::format(", join again at line {}", group.joins_at);
  }
  if (p.text.groups[index].empty() && row.exists != 0) {
    out += fmt::format("\n{} of {} lanes run next, together", std::popcount(row.active), std::popcount(row.exists));
  }
  if (row.barrier >= 0) out += fmt::format("\nwaits at barrier {}", row.barrier);
  return out + "\nclick: follow it";
}

std::string lane_tip(const Lanes& p, const WarpRow& row, std::size_t warp, int lane) {
  const auto at = static_cast<std::size_t>(lane);
  if (row.lanes[at] == LaneState::kAbsent) {
    return fmt::format("Warp {}, lane {}\n{}", warp, lane, lane_state_words(LaneState::kAbsent));
  }
  const base::Dim3 index = session::thread_index(p.run, row.warp, lane);
  std::string out = fmt::format("Warp {}, lane {}: thread {}\n{}", warp, lane,
                                session::thread_text(p.run.launch.block, index), lane_state_words(row.lanes[at]));
  const bool somewhere = row.pcs[at] != vgpu::kNoPc;
  if (const int line = somewhere ? session::line_at(p.run, row.pcs[at]) : 0; line > 0) {
    out += fmt::format("\nline {}", line);
  }
  for (const LaneGroup& group : p.text.groups[warp]) {
    if ((group.lanes >> lane & 1U) == 0) continue;
    if (std::popcount(group.lanes) > 1) out += fmt::format("\ntogether with lanes {}", lanes_words(group.lanes));
    if (group.joins_at > 0) out += fmt::format("\njoins the others at line {}", group.joins_at);
  }
  return out;
}

void draw_warp_text(const Frame& f, const Lanes& p, std::size_t index, float y) {
  const WarpWords& words = p.text.warps[index];
  const bool small = p.layout.row_pitch < f.px(18);
  const Type type = small ? Type::kTick : Type::kNumber;
  const float top = y + (p.layout.row_pitch - line_height(f, type)) / 2;
  const bool chosen = static_cast<int>(index) == p.followed;
  text(f, {p.columns.x - f.px(8), top}, type, chosen ? f.colors.text : f.colors.text2, fmt::format("warp {}", index),
       Align::kRight, p.columns.x - p.panel.x - f.px(10));
  const scene::Rgba quiet = words.faulted ? f.colors.error : words.waits ? f.colors.warning : f.colors.text3;
  const float right = p.panel.right() - f.px(12), left = p.columns.right_text;
  if (words.line.empty() || !p.roomy(f)) {
    // The colour says that it waits; the tip says it in words.
    const bool line_only = !words.line.empty();
    text(f, {left, top}, type, line_only && !words.waits && !words.faulted ? f.colors.text2 : quiet,
         line_only ? words.line : words.does, Align::kLeft, std::max(1.0F, p.panel.right() - f.px(4) - left));
    return;
  }
  const float used = text(f, {left, top}, type, f.colors.text2, words.line) + f.px(8);
  text(f, {right, y + (p.layout.row_pitch - line_height(f, Type::kCaption)) / 2}, Type::kCaption, quiet, words.does,
       Align::kRight, std::max(1.0F, right - left - used));
}

void draw_row(const Frame& f, const Lanes& p, std::size_t index, float y) {
  const WarpRow& row = f.ui.step.reading.warps[index];
  if (static_cast<int>(index) == p.followed) {
    fill(f, {p.panel.x + f.px(6), y, p.panel.w - f.px(12), p.layout.row_pitch}, f.colors.accent_tint,
         f.px(scene::size::kRadiusControl));
  }
  const auto beside = [&](std::string_view name, Rect place) {
    const AreaState pointer = area(f, name, place);
    if (pointer.clicked) follow(f, p, static_cast<int>(index));
    if (!pointer.hovered) return;
    point_at(f, static_cast<int>(index), -1);
    tip(f, warp_tip(p, row, index));
  };
  beside(fmt::format("Warp {}", index), {p.panel.x, y, p.columns.x - p.panel.x, p.layout.row_pitch});
  beside(fmt::format("Place {}", index),
         {p.right(), y, std::max(1.0F, p.panel.right() - p.right()), p.layout.row_pitch});
  for (int lane = 0; lane < kLanes; ++lane) {
    draw_lane_cell(f, row.lanes[static_cast<std::size_t>(lane)], cell_rect(f, p, y, lane));
  }
  if (!p.text.groups[index].empty()) draw_groups(f, p, row, p.text.groups[index], y);
  draw_warp_text(f, p, index, y);
}

// The warp that is followed from now on comes into view; then the wheel is free again.
void show_followed(const Frame& f, const Lanes& p, float& scroll) {
  StepLanesState& state = f.ui.step.lanes;
  if (state.shown_run == p.run.id && state.shown_warp == p.moment.followed) return;
  state.shown_run = p.run.id;
  state.shown_warp = p.moment.followed;
  const float top = static_cast<float>(p.moment.followed % std::max(1U, p.run.warps_per_block)) * p.layout.row_pitch;
  scroll = std::min(scroll, top);
  scroll = std::max(scroll, top + p.layout.row_pitch - p.layout.rows.h);
}

void draw_rows(const Frame& f, const Lanes& p) {
  const Rect& rows = p.layout.rows;
  const auto& warps = f.ui.step.reading.warps;
  float& scroll = f.ui.step.lanes_scroll;
  if (hovered(f, rows)) scroll -= ImGui::GetIO().MouseWheel * p.layout.row_pitch * 2;
  show_followed(f, p, scroll);
  scroll = std::clamp(scroll, 0.0F, std::max(0.0F, p.layout.content - rows.h));
  scroll = std::round(scroll);
  const Clip clip(rows);
  const AreaState pointer = area(f, "Lanes", {p.columns.x, rows.y, p.right() - p.columns.x, rows.h});
  if (pointer.hovered) {
    const int lane = p.columns.lane_at(pointer.mouse.x);
    const int warp = static_cast<int>((pointer.mouse.y - rows.y + scroll) / p.layout.row_pitch);
    if (lane >= 0 && warp >= 0 && warp < static_cast<int>(warps.size())) {
      point_at(f, warp, lane);
      tip(f, lane_tip(p, warps[static_cast<std::size_t>(warp)], static_cast<std::size_t>(warp), lane));
      if (pointer.clicked) select_lane(f, lane);
    }
  }
  for (std::size_t i = 0; i < warps.size(); ++i) {
    const float y = rows.y - scroll + static_cast<float>(i) * p.layout.row_pitch;
    if (y + p.layout.row_pitch > rows.y && y < rows.bottom()) draw_row(f, p, i, y);
  }
  frame_selected(f, p.columns, rows.y, rows.bottom());
  if (p.layout.content <= rows.h) return;
  const float high = std::max(f.px(16), rows.h * rows.h / p.layout.content);
  fill(f, {p.panel.right() - f.px(5), rows.y + (rows.h - high) * scroll / (p.layout.content - rows.h), f.px(3), high},
       f.colors.strong, f.px(1));
}

// ---- Barriers

std::string barrier_words(const Lanes& p, const session::BarrierRow& barrier, bool brief) {
  const auto whole = std::count_if(barrier.lanes.begin(), barrier.lanes.end(), [](LaneMask m) { return m != 0; });
  const std::uint32_t all = p.run.warps_per_block;
  const std::string count = fmt::format("{} of {}", whole, all);
  if (brief || barrier.line <= 0) return count;
  return fmt::format("line {}: {}", barrier.line, count);
}

void draw_barrier(const Frame& f, const Lanes& p, const session::BarrierRow* barrier, std::size_t row) {
  const auto& warps = f.ui.step.reading.warps;
  const float pitch = p.layout.barrier_pitch, y = p.layout.barriers.y + pitch * static_cast<float>(row);
  const float high = std::min(f.px(12), pitch - f.px(4)), top = std::round(y + (pitch - high) / 2) + f.px(1);
  const float small = top + (high - line_height(f, Type::kTick)) / 2;
  const std::string name = barrier == nullptr || barrier->id == 0 ? "barrier" : fmt::format("barrier {}", barrier->id);
  text(f, {p.columns.x - f.px(8), top + (high - line_height(f, Type::kMicro)) / 2}, Type::kMicro, f.colors.text3, name,
       Align::kRight, p.columns.x - p.panel.x - f.px(4));
  const float width = kLanes * p.columns.pitch / static_cast<float>(std::max<std::size_t>(1, warps.size()));
  const AreaState pointer =
      area(f, fmt::format("Barrier row {}", row), {p.columns.x, y, p.right() - p.columns.x, pitch});
  for (std::size_t i = 0; i < warps.size(); ++i) {
    const float left = std::round(p.columns.x + width * static_cast<float>(i));
    const Rect chip{left, top, std::round(p.columns.x + width * static_cast<float>(i + 1)) - left - f.px(1), high};
    const LaneMask here = barrier != nullptr && i < barrier->lanes.size() ? barrier->lanes[i] : 0;
    const int came = std::popcount(here), exist = std::max(1, std::popcount(warps[i].exists));
    const bool all = came >= exist;
    fill(f, chip, all ? f.colors.lane_barrier : f.colors.raised, f.px(scene::size::kRadiusCell));
    if (came > 0 && !all) {
      fill_plain(f, {chip.x, chip.y, std::round(chip.w * static_cast<float>(came) / static_cast<float>(exist)), chip.h},
                 scene::mix(f.colors.stage, f.colors.lane_barrier, 0.6F));
    }
    if (chip.w >= f.px(16)) {
      text(f, {chip.centre().x, small}, Type::kTick, came > 0 ? scene::rgb(0x101316) : f.colors.text3,
           fmt::format("{}", i), Align::kCentre);
    }
    if (!pointer.hovered || pointer.mouse.x < chip.x || pointer.mouse.x >= chip.right() + f.px(1)) continue;
    point_at(f, static_cast<int>(i), -1);
    if (pointer.clicked) follow(f, p, static_cast<int>(i));
    std::string words = "Nobody waits at a barrier";
    if (barrier != nullptr) {
      words = fmt::format("Barrier {}{}: {} of {} threads have arrived", barrier->id,
                          barrier->line > 0 ? fmt::format(" at line {}", barrier->line) : "", barrier->arrived,
                          barrier->expected);
    }
    tip(f, fmt::format("{}\nwarp {}: {}", words, i,
                       came == 0 ? "not yet"
                       : all     ? "all its threads"
                                 : "lanes " + lanes_words(here)));
  }
  if (barrier == nullptr) return;
  const bool brief = !p.roomy(f);
  text(f, {brief ? p.columns.right_text : p.panel.right() - f.px(12), y + (pitch - line_height(f, Type::kCaption)) / 2},
       Type::kCaption, f.colors.warning, barrier_words(p, *barrier, brief), brief ? Align::kLeft : Align::kRight);
}

// ---- A block that has not begun, or has ended

void draw_not_here(const Frame& f, const Lanes& p) {
  const BlockMoment block = block_moment(p.run, followed_block(f), p.moment.position);
  if (block.kind == BlockMoment::Kind::kRuns) return;
  const auto& states = p.text.states;  // a lane that ended the launch is what people want to see
  if (std::find(states.begin(), states.end(), LaneState::kFaulted) != states.end()) return;
  const std::string name =
      fmt::format("Block {}", session::thread_text(p.run.launch.grid, session::block_index(p.run, p.moment.followed)));
  const auto step = [](trace::Position at) { return with_thousands(static_cast<long long>(at)); };
  std::string words = fmt::format("{} was not recorded: the recording ended before it", name);
  if (block.kind == BlockMoment::Kind::kNotBegun) words = fmt::format("{} begins at step {}", name, step(block.first));
  if (block.kind == BlockMoment::Kind::kEnded) words = fmt::format("{} ended at step {}", name, step(block.last));
  const bool can_go = block.kind != BlockMoment::Kind::kNotRecorded;
  const float pad = f.px(12), high = f.px(scene::size::kControl);
  const float wide = can_go ? button_width(f, "Go there") + f.px(12) : 0;
  const float width = std::min(text_width(f, Type::kSmall, words) + wide + 2 * pad, p.panel.w - 2 * pad);
  const Rect card{std::round(p.panel.centre().x - width / 2),
                  std::round(p.layout.rows.y + std::max(0.0F, (p.layout.rows.h - high - pad) / 2)), width, high + pad};
  const Overlay overlay(f, "block elsewhere", card.inset(-f.px(4)), Overlay::Kind::kTakesInput);
  callout(f, card, false);
  text(f, {card.x + pad, card.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text, words,
       Align::kLeft, card.w - 2 * pad - wide);
  if (!can_go) return;
  const Rect go{card.right() - pad - wide + f.px(12), card.y + pad / 2, wide - f.px(12), high};
  if (button(f, "Go there", go)) {
    f.send_step(session::SeekTo{block.kind == BlockMoment::Kind::kNotBegun ? block.first : block.last});
  }
}

}  // namespace

float step_lanes_height(const Frame& f) {
  const auto warps = static_cast<int>(f.ui.step.reading.warps.size());
  return scene::lanes_wanted_height(ImGui::GetIO().DisplaySize.x / f.scale, warps, barrier_row_count(f));
}

StepColumns step_columns(const Frame& f, Rect panel) {
  const scene::LaneColumns columns = scene::lane_columns(panel.w, f.scale);
  return {.x = panel.x + columns.left,
          .pitch = columns.pitch,
          .cell = columns.cell,
          .right_text = panel.x + columns.right_text,
          .numbers = columns.numbers};
}

void draw_step_lanes(const Frame& f, Rect r) {
  const Clip clip(r);
  if (!f.step.run || !f.step.moment) {
    panel_title(f, {r.x + f.px(12), r.y + f.px(8)}, "Block", "its warps and lanes stand here once the kernel has run",
                r.w - f.px(24));
    return;
  }
  const auto warps = static_cast<int>(f.ui.step.reading.warps.size());
  const Lanes p{.panel = r,
                .layout = scene::lanes_layout(r, f.scale, warps, barrier_row_count(f)),
                .columns = step_columns(f, r),
                .text = lanes_text(f),
                .run = *f.step.run,
                .moment = *f.step.moment,
                .followed = warp_in_block(*f.step.run, f.step.moment->followed)};
  f.ui.widgets.order.emplace_back("Lanes");
  draw_header(f, p);
  draw_axis(f, p);
  draw_rows(f, p);
  use_keys(f, p);
  const auto& barriers = f.ui.step.reading.barriers;
  for (int i = 0; i < barrier_row_count(f); ++i) {
    const auto row = static_cast<std::size_t>(i);
    draw_barrier(f, p, row < barriers.size() ? &barriers[row] : nullptr, row);
  }
  frame_column(f, p.columns, framed_lane(f), p.layout.axis.y, p.layout.rows.bottom(), ColumnEnd::kClosed);
  if (f.ui.step.hovered != f.ui.step.before) f.ui.wake_in(0);
  draw_not_here(f, p);
}

}  // namespace warpscope::panels

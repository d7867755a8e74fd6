#include "app/panels/step_scrub.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/step_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using scene::Rgba;
using scene::RibbonCell;
using Kind = ScrubMark::Kind;

constexpr float kLabels = 56, kRight = 16;
constexpr std::size_t kMostBlocksApart = 2000;
// The picture's width is one of few, so that a window being resized does not fill the atlas with every size between.
constexpr int kColumnsStep = 64, kMostColumns = 1984;

int columns_for(const Frame& f, float width) {
  const int logical = static_cast<int>(width / std::max(1.0F, f.scale));
  return std::clamp(logical / kColumnsStep * kColumnsStep, kColumnsStep, kMostColumns);
}

Rgba cell_color(const scene::Palette& c, const RibbonCell& cell) {
  switch (cell.kind) {
    case RibbonCell::Kind::kNothing:
      return 0;
    case RibbonCell::Kind::kReady:
      return scene::mix(c.stage, c.lane_ready, 0.42F);
    case RibbonCell::Kind::kWaits:
      return c.lane_barrier;
    case RibbonCell::Kind::kIssues:
      break;
  }
  const Rgba full = scene::mix(c.lane_off, c.lane_issues, static_cast<float>(cell.active) / 255);
  const Rgba ground = scene::mix(c.stage, c.lane_ready, 0.42F);
  return scene::mix(ground, full, 0.35F + 0.65F * static_cast<float>(cell.busy) / 255);
}

void draw_ribbon(const Frame& f, Rect r) {
  const StepScrubState& state = f.ui.step.scrub;
  const scene::Ribbon& ribbon = state.ribbon;
  const int rows = static_cast<int>(ribbon.warps);
  const std::uint64_t version = state.picture * 2 + (f.ui.dark ? 1 : 0);
  f.images.draw(
      *ImGui::GetWindowDrawList(), "step ribbon", version, ribbon.columns, rows,
      [&](std::span<Rgba> pixels) {
        for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = cell_color(f.colors, ribbon.cells[i]);
      },
      r);
  const float pitch = r.h / static_cast<float>(rows);
  if (pitch < f.px(4)) return;
  for (int row = 1; row < rows; ++row) {
    const float y = std::round(r.y + pitch * static_cast<float>(row));
    fill(f, {r.x, y - f.px(1), r.w, f.px(1)}, f.colors.panel);
  }
}

// ---- Blocks

Rect block_rect(const session::BlockSteps& by, Rect strip, std::size_t i) {
  const double all = std::max<double>(1, static_cast<double>(by.offsets.back()));
  const auto x = [&](std::uint32_t steps) { return strip.x + static_cast<float>(steps / all) * strip.w; };
  return {x(by.offsets[i]), strip.y, x(by.offsets[i + 1]) - x(by.offsets[i]), strip.h};
}

// Index of the block under a point of the strip.
std::size_t block_at(const session::BlockSteps& by, Rect strip, float x) {
  const double part = std::clamp((x - strip.x) / std::max(1.0F, strip.w), 0.0F, 1.0F);
  const auto step = static_cast<std::uint32_t>(part * by.offsets.back());
  const auto after = std::upper_bound(by.offsets.begin(), by.offsets.end(), step);
  return std::min(static_cast<std::size_t>(after - by.offsets.begin()) - 1, by.blocks.size() - 1);
}

void draw_each_block(const Frame& f, Rect strip) {
  const session::StepRun& run = *f.step.run;
  const session::BlockSteps& by = run.by_block;
  const trace::Position now = f.step.moment->position;
  const Rgba done = f.colors.strong, to_come = f.colors.raised;
  const bool apart = by.blocks.size() <= kMostBlocksApart &&
                     strip.w / static_cast<float>(by.blocks.size()) >= static_cast<float>(f.px(3));
  if (!apart) {
    fill(f, strip, done);
    return;
  }
  for (std::size_t i = 0; i < by.blocks.size(); ++i) {
    const bool begun = by.offsets[i] < by.offsets[i + 1] && by.order[by.offsets[i]] < now;
    Rect r = block_rect(by, strip, i);
    r.w = std::max(f.px(1), r.w - f.px(1));
    fill(f, r, begun ? done : to_come);
  }
}

std::string block_text(const session::StepRun& run, std::size_t i) {
  const session::BlockSteps& by = run.by_block;
  const base::Dim3 at = run.launch.grid.at(by.blocks[i]);
  return fmt::format("block ({}): {} steps\nclick: go to its beginning", session::thread_text(run.launch.grid, at),
                     with_thousands(by.offsets[i + 1] - by.offsets[i]));
}

void draw_blocks(const Frame& f, const ScrubPlaces& places) {
  const session::StepRun& run = *f.step.run;
  const session::BlockSteps& by = run.by_block;
  const Rect strip = places.blocks;
  draw_each_block(f, strip);
  const std::uint64_t followed = followed_block(run, *f.step.moment);
  const auto found = std::lower_bound(by.blocks.begin(), by.blocks.end(), followed);
  if (found != by.blocks.end() && *found == followed) {
    Rect r = block_rect(by, strip, static_cast<std::size_t>(found - by.blocks.begin()));
    r.w = std::max(f.px(3), r.w);
    fill(f, r, f.colors.accent);
    // The block unfolds into its warps.
    const float top = strip.bottom() + f.px(1), bottom = places.marks.y + f.px(1);
    line(f, {r.x, top}, {places.warps.x, bottom}, f.colors.hair, f.px(1));
    line(f, {r.right(), top}, {places.warps.right(), bottom}, f.colors.hair, f.px(1));
  }
  const Rect reach{strip.x, strip.y - f.px(5), strip.w, strip.h + f.px(8)};
  const AreaState state = area(f, "Blocks strip", reach);
  if (!state.hovered) return;
  const std::size_t under = block_at(by, strip, state.mouse.x);
  const Rect r = block_rect(by, strip, under);
  mark_hovered(f, {r.x, r.y, std::max(f.px(3), r.w), r.h});
  tip(f, block_text(run, under));
  const std::uint32_t first = by.order[by.offsets[under]];
  f.ui.step.hovered = {.kind = StepFocus::Kind::kStep, .path = {}, .position = first};
  if (state.clicked) seek_to_step(f, by.blocks[under], 0, true);
}

// ---- Marks

void draw_diamond(const Frame& f, scene::Vec2 at, float size, Rgba color) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddQuadFilled({at.x, at.y - size}, {at.x + size, at.y}, {at.x, at.y + size}, {at.x - size, at.y},
                     f.colors.panel);
  list.AddQuad({at.x, at.y - size}, {at.x + size, at.y}, {at.x, at.y + size}, {at.x - size, at.y}, color, f.px(1.5F));
}

void draw_mark(const Frame& f, const ScrubMark& mark, const ScrubPlaces& places) {
  const float x = x_of_step(f.ui.step.scrub, places.marks, mark.step + 0.5);
  const scene::Vec2 at{x, std::round(places.marks.centre().y)};
  ImDrawList& list = *ImGui::GetWindowDrawList();
  switch (mark.kind) {
    case Kind::kBarrier:
      draw_diamond(f, at, f.px(4), f.colors.lane_barrier);
      break;
    case Kind::kFinding:
      list.AddCircleFilled({at.x, at.y}, f.px(6), f.colors.panel, 16);
      icon(f, Icon::kError, at, f.px(13), f.colors.error);
      break;
    case Kind::kBreakpoint:
      list.AddCircleFilled({at.x, at.y}, f.px(3), f.colors.error, 16);
      break;
    case Kind::kEdit:
      list.AddCircleFilled({at.x, at.y}, f.px(7), f.colors.warning_tint, 16);
      icon(f, Icon::kPen, at, f.px(11), f.colors.warning);
      break;
  }
}

// Barriers first: the rarer lies on top.
void draw_marks(const Frame& f, const ScrubPlaces& places) {
  const StepScrubState& state = f.ui.step.scrub;
  for (const Kind kind : {Kind::kBarrier, Kind::kBreakpoint, Kind::kFinding, Kind::kEdit}) {
    for (const ScrubMark& mark : state.shown) {
      if (mark.kind == kind) draw_mark(f, mark, places);
    }
  }
}

// From the first change on, history is another one than the launch has by itself.
void draw_changed_part(const Frame& f, const ScrubPlaces& places) {
  const session::StepRun& run = *f.step.run;
  if (run.edits.empty()) return;
  const StepScrubState& state = f.ui.step.scrub;
  trace::Position first = run.edits.front().at;
  for (const session::StepEdit& edit : run.edits) first = std::min(first, edit.at);
  const double step = static_cast<double>(block_position(run, state.block, first).step);
  const float x = std::max(places.warps.x, x_of_step(state, places.warps, step));
  if (x >= places.warps.right()) return;
  fill(f, {x, places.warps.y - f.px(2), places.warps.right() - x, f.px(2)}, f.colors.warning);
  fill(f, {x, places.warps.bottom(), places.warps.right() - x, f.px(2)}, f.colors.warning);
}

// ---- Axis and cursor

std::string cursor_text(std::uint64_t step, std::uint64_t steps) {
  return fmt::format("step {} of {}", with_thousands(static_cast<long long>(step)),
                     with_thousands(static_cast<long long>(steps)));
}

// Numbers of the axis, as far as the cursor's own leaves room.
void draw_axis(const Frame& f, const ScrubPlaces& places, Rect taken) {
  const StepScrubState& state = f.ui.step.scrub;
  const double per_pixel = (state.view.to - state.view.from) / std::max(1.0F, places.axis.w);
  const std::uint64_t apart = scene::axis_step(per_pixel * f.px(110));
  const float top = places.axis.centre().y - line_height(f, Type::kTick) / 2;
  auto step = static_cast<std::uint64_t>(std::ceil(state.view.from / static_cast<double>(apart))) * apart;
  for (; static_cast<double>(step) <= state.view.to; step += apart) {
    const std::string number = with_thousands(static_cast<long long>(step));
    const float width = text_width(f, Type::kTick, number);
    const float at = x_of_step(state, places.axis, static_cast<double>(step));
    const float x = std::clamp(at - width / 2, places.axis.x, std::max(places.axis.x, places.axis.right() - width));
    fill(f, {std::round(at), places.axis.y, f.px(1), f.px(3)}, f.colors.strong);
    const bool free = x + width + f.px(6) < taken.x || x > taken.right() + f.px(6);
    if (free) text(f, {x, top}, Type::kTick, f.colors.text3, number);
  }
}

void draw_cursor(const Frame& f, const ScrubPlaces& places) {
  const StepScrubState& state = f.ui.step.scrub;
  const BlockPosition at = block_position(*f.step.run, state.block, f.step.moment->position);
  const double step = static_cast<double>(at.step);
  const std::string label = cursor_text(at.step, at.size);
  const float width = text_width(f, Type::kNumber, label);
  const float x = x_of_step(state, places.warps, step);
  const bool seen = step >= state.view.from && step <= state.view.to;
  const float label_x = std::clamp(x - width / 2, places.axis.x, std::max(places.axis.x, places.axis.right() - width));
  draw_axis(f, places, {label_x, places.axis.y, width, places.axis.h});
  text(f, {std::round(label_x), places.axis.centre().y - line_height(f, Type::kNumber) / 2}, Type::kNumber,
       f.colors.text, label);
  if (!seen) return;
  const float from = std::clamp(x, places.warps.x, places.warps.right());
  fill(f, {from, places.warps.y, places.warps.right() - from, places.warps.h},
       scene::with_alpha(f.colors.panel, 0.45F));
  const float left = std::round(x - f.px(1));
  fill(f, {left, places.marks.y + f.px(3), f.px(2), places.axis.y + f.px(2) - places.marks.y - f.px(3)},
       f.colors.accent);
  ImGui::GetWindowDrawList()->AddCircleFilled({left + f.px(1), places.marks.y + f.px(3)}, f.px(4), f.colors.accent, 20);
}

void draw_hair(const Frame& f, const ScrubPlaces& places) {
  const StepFocus& before = f.ui.step.before;
  if (before.kind != StepFocus::Kind::kStep) return;
  const StepScrubState& state = f.ui.step.scrub;
  const auto order = steps_of_block(*f.step.run, state.block);
  if (order.empty() || before.position < order.front() || before.position > order.back()) return;
  const double step = static_cast<double>(block_position(*f.step.run, state.block, before.position).step);
  const float x = std::round(x_of_step(state, places.warps, step + 0.5));
  if (x < places.warps.x || x > places.warps.right()) return;
  fill(f, {x, places.warps.y - f.px(2), f.px(1), places.warps.h + f.px(4)}, f.colors.text);
}

// ---- Labels

void draw_labels(const Frame& f, Rect bar, const ScrubPlaces& places) {
  const session::StepRun& run = *f.step.run;
  const float right = places.warps.x - f.px(10);
  const auto label = [&](float y, std::string_view what) {
    text(f, {right, y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3, what, Align::kRight);
  };
  label(places.blocks.centre().y, "blocks");
  label(places.warps.centre().y, run.warps_per_block == 1 ? "warp" : "warps");
  if (!run.complete) {
    const Rect r{bar.x + f.px(2), places.axis.y, places.warps.x - bar.x - f.px(4), places.axis.h};
    icon(f, Icon::kWarning, {places.warps.x - f.px(18), places.axis.centre().y}, f.px(13), f.colors.warning);
    if (hovered(f, r)) tip(f, fmt::format("Not the whole run: {}", run.limit_reason));
  }
  const float pitch = places.warps.h / static_cast<float>(std::max(1U, run.warps_per_block));
  const float row = static_cast<float>(f.step.moment->followed % std::max(1U, run.warps_per_block));
  fill(f, {places.warps.x - f.px(6), std::round(places.warps.y + pitch * row), f.px(3), std::max(f.px(2), pitch)},
       f.colors.accent);
}

// Why there is nothing to show.
std::string empty_text(const Frame& f) {
  if (!f.step.job.text.empty()) return fmt::format("{} ...", f.step.job.text);
  if (!f.step.run) {
    const bool refused = f.step.problems && !f.step.problems->empty();
    return refused ? "Nothing was recorded: the source has errors. Mend them and press F5."
                   : "Nothing is recorded yet. F5 compiles the kernel and records what every warp does.";
  }
  if (!f.step.run->complete) {
    return fmt::format("This block was not recorded: {}", f.step.run->limit_reason);
  }
  return "This block made no step.";
}

}  // namespace

ScrubPlaces scrub_places(Rect bar, float scale) {
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  const float tall = bar.h / scale >= 90 ? 1.0F : 0.78F;
  const float x = bar.x + px(kLabels), width = std::max(px(40), bar.w - px(kLabels) - px(kRight));
  ScrubPlaces places;
  places.blocks = {x, bar.y + px(9 * tall), width, px(8 * tall)};
  places.marks = {x, places.blocks.bottom() + px(5 * tall), width, px(14)};
  places.axis = {x, bar.bottom() - px(20), width, px(18)};
  const float top = places.marks.bottom();
  places.warps = {x, top, width, std::max(px(8), places.axis.y - px(4) - top)};
  return places;
}

void draw_step_scrub(const Frame& f, Rect r) {
  const Clip clip(r);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  const ScrubPlaces places = scrub_places(r, f.scale);
  if (!refresh_scrub(f, columns_for(f, places.warps.w))) {
    if (f.step.run && f.step.moment && !f.step.run->by_block.blocks.empty()) draw_blocks(f, places);
    text(f, {r.centre().x, places.warps.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2,
         empty_text(f), Align::kCentre, r.w - f.px(32));
    return;
  }
  follow_scrub_input(f, places);
  refresh_scrub(f, columns_for(f, places.warps.w));
  draw_labels(f, r, places);
  draw_blocks(f, places);
  draw_ribbon(f, places.warps);
  draw_changed_part(f, places);
  draw_cursor(f, places);
  draw_hair(f, places);
  draw_marks(f, places);
  if (f.ui.widgets.focus == "Scrub bar") focus_ring(f, places.warps, f.px(2));
}

}  // namespace warpscope::panels

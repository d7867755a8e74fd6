// The cells of shared memory: who wrote them, what they hold, which of them come next.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_shared.h"

namespace warpscope::panels {
namespace {

using Colours = StepMemoryState::SharedColours;
constexpr std::string_view kName = "Shared cells";

scene::Rgba color_of(const Frame& f, std::uint64_t word, std::uint64_t step) {
  const StepMemoryState& state = f.ui.step.memory;
  switch (state.shared_colours) {
    case Colours::kTime:
      return step < state.shared.last_barrier ? f.colors.lane_ready : f.colors.lane_barrier;
    case Colours::kWarp: {
      if (step >= f.step.run->size()) return f.colors.raised;
      const std::uint32_t warps = std::max(1U, f.step.run->warps_per_block);
      return scene::category(static_cast<int>((*f.step.run->records)[step].warp % warps));
    }
    case Colours::kValue: {
      const auto number = shared_number(f, word);
      return number ? scene::value_color(state.shared.range, *number) : f.colors.raised;
    }
  }
  return 0;
}

// One row of 32; runs of cells that nobody wrote are hatched together.
void draw_row(const Frame& f, const scene::SharedLayout& layout, std::uint64_t row) {
  const StepMemoryState& state = f.ui.step.memory;
  const SharedReading& shared = state.shared;
  const bool by_value = state.shared_colours == Colours::kValue;
  const scene::Rgba white = scene::rgb(0xFFFFFF);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  scene::Rect run{};
  const auto end_run = [&] {
    if (run.w > 0) hatch(f, run, f.colors.strong);
    run = {};
  };
  for (std::uint64_t column = 0; column < 32; ++column) {
    const std::uint64_t word = row * 32 + column;
    if (word >= shared.words) break;
    const scene::Rect r = layout.cell_of(shared.groups, word, state.shared_scroll);
    const auto step = last_write(f, word);
    const bool now = shared.touched[word];
    if (now && !by_value) {
      end_run();
      list.AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, white);
      if (!f.ui.dark) stroke(f, r, f.colors.text2, 0, f.px(1));
    } else if (step) {
      end_run();
      list.AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, color_of(f, word, *step));
    } else {
      list.AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, f.colors.panel);
      run = run.w > 0 ? scene::Rect{run.x, run.y, r.right() - run.x, run.h} : r;
    }
    if (now && by_value) {
      stroke(f, r, scene::rgb(0x0F1114), 0, f.px(3));
      stroke(f, r, white, 0, f.px(2));
    }
  }
  end_run();
}

void draw_bank_numbers(const Frame& f, const scene::SharedLayout& layout) {
  const int every = layout.pitch >= f.px(18) ? 2 : layout.pitch >= f.px(11) ? 4 : 8;
  const auto number = [&](int bank) {
    const float x = layout.numbers.x + layout.pitch * static_cast<float>(bank) + layout.cell / 2;
    text(f, {x, layout.numbers.y}, Type::kTick, f.colors.text3, fmt::format("{}", bank), Align::kCentre);
  };
  for (int bank = 0; bank < 30; bank += every) number(bank);
  number(31);
}

void draw_labels(const Frame& f, const scene::SharedLayout& layout, scene::Rect labels) {
  const StepMemoryState& state = f.ui.step.memory;
  const Clip clip(labels);
  float below = labels.y - f.px(20);
  for (const scene::SharedGroup& group : state.shared.groups) {
    const float top = layout.y_of(state.shared.groups, group.first_row, state.shared_scroll);
    const float high = layout.pitch * static_cast<float>(group.rows);
    // In the middle of what is seen of it, and never over the label before.
    const float low = std::max(top, layout.view.y), end = std::min(top + high, layout.view.bottom());
    if (end <= low) continue;
    const float y = std::round((low + end) / 2 - line_height(f, Type::kTick) / 2);
    if (y < below) continue;
    text(f, {labels.right() - f.px(6), y}, Type::kTick, f.colors.text2, group.name, Align::kRight, labels.w - f.px(8));
    below = y + line_height(f, Type::kTick);
  }
}

void draw_scroll_bar(const Frame& f, const scene::SharedLayout& layout) {
  if (layout.content <= layout.view.h || layout.view.h <= 0) return;
  const float high = std::max(f.px(16), layout.view.h * layout.view.h / layout.content);
  const float travel = layout.view.h - high, range = layout.content - layout.view.h;
  fill(f,
       {layout.view.right() + f.px(3), layout.view.y + travel * f.ui.step.memory.shared_scroll / range, f.px(3), high},
       f.colors.strong, f.px(1));
}

// Arrow keys move the clicked cell once the grid was reached by Tab.
void move_by_keys(const Frame& f, const scene::SharedLayout& layout) {
  StepPanels& step = f.ui.step;
  const SharedReading& shared = step.memory.shared;
  if (f.ui.widgets.focus != kName) return;
  const bool pinned = step.pinned.kind == StepFocus::Kind::kShared;
  std::int64_t word = pinned ? static_cast<std::int64_t>(step.pinned.word) : 0;
  const std::int64_t before = pinned ? word : -1;
  if (raw_key(f, key::kRight)) ++word;
  if (raw_key(f, key::kLeft)) --word;
  if (raw_key(f, key::kDown)) word += 32;
  if (raw_key(f, key::kUp)) word -= 32;
  if (word < 0 || word >= static_cast<std::int64_t>(shared.words) || (word == before || (!pinned && word == 0))) return;
  step.pinned = {};
  step.pinned.kind = StepFocus::Kind::kShared;
  step.pinned.word = static_cast<std::uint64_t>(word);
  // What was moved to is seen.
  float& scroll = step.memory.shared_scroll;
  const scene::Rect cell = layout.cell_of(shared.groups, step.pinned.word, scroll);
  if (cell.y < layout.view.y) scroll -= layout.view.y - cell.y;
  if (cell.bottom() > layout.view.bottom()) scroll += cell.bottom() - layout.view.bottom();
}

// The word that a lane of the followed warp touches next, where another panel points at the lane.
void mark_lane(const Frame& f, const scene::SharedLayout& layout, const StepFocus& focus) {
  const StepMemoryState& state = f.ui.step.memory;
  const auto followed = static_cast<int>(f.step.moment->followed % std::max(1U, f.step.run->warps_per_block));
  if (focus.kind != StepFocus::Kind::kLane || focus.warp != followed || focus.lane < 0) return;
  for (const vgpu::Access& access : f.step.moment->followed_accesses) {
    if (access.space != vgpu::AccessSpace::kShared || (access.mask >> focus.lane & 1U) == 0) continue;
    const std::uint64_t word = access.address[focus.lane] / 4;
    if (word < state.shared.words) mark_selected(f, layout.cell_of(state.shared.groups, word, state.shared_scroll));
  }
}

void mark_cells(const Frame& f, const scene::SharedLayout& layout) {
  const StepPanels& step = f.ui.step;
  const SharedReading& shared = step.memory.shared;
  const auto mark = [&](const StepFocus& focus, auto how) {
    if (focus.kind != StepFocus::Kind::kShared || focus.word >= shared.words) return;
    how(f, layout.cell_of(shared.groups, focus.word, step.memory.shared_scroll));
  };
  mark(step.before, mark_hovered);
  mark(step.pinned, mark_selected);
  mark_lane(f, layout, step.pinned.kind != StepFocus::Kind::kNone ? step.pinned : step.before);
}

void answer_pointer(const Frame& f, const scene::SharedLayout& layout) {
  StepPanels& step = f.ui.step;
  const SharedReading& shared = step.memory.shared;
  register_widget(f, kName, layout.view, true);
  const AreaState pointer = area(f, kName, layout.view);
  move_by_keys(f, layout);
  if (pointer.hovered) {
    const std::int64_t word = layout.word_at(shared.groups, pointer.mouse, step.memory.shared_scroll);
    if (word >= 0 && word < static_cast<std::int64_t>(shared.words)) {
      const MemoryCell cell = shared_cell(f, static_cast<std::uint64_t>(word));
      tell_cell(f, cell);
      press_cell(f, cell, pointer.clicked, pointer.pressed && ImGui::IsMouseDoubleClicked(0));
    }
  }
  if (f.ui.widgets.focus == kName) focus_ring(f, layout.view, f.px(2));
}

}  // namespace

void draw_shared_cells(const Frame& f, const scene::SharedLayout& layout) {
  StepMemoryState& state = f.ui.step.memory;
  SharedReading& shared = state.shared;
  float& scroll = state.shared_scroll;
  if (hovered(f, layout.view)) scroll -= ImGui::GetIO().MouseWheel * layout.pitch * 3;
  scroll = std::clamp(scroll, 0.0F, std::max(0.0F, layout.content - layout.view.h));
  draw_bank_numbers(f, layout);
  const float left = layout.view.x - f.px(52);
  draw_labels(f, layout, {left, layout.view.y, f.px(52), layout.view.h});
  answer_pointer(f, layout);
  const std::uint64_t rows = (shared.words + 31) / 32;
  {
    const float ring = f.px(3);
    const Clip clip({layout.view.x - ring, layout.view.y, layout.view.w + 2 * ring, layout.view.h});
    for (std::uint64_t row = 0; row < rows; ++row) {
      const float y = layout.y_of(shared.groups, row, scroll);
      if (y > layout.view.bottom()) break;
      if (y + layout.pitch >= layout.view.y) draw_row(f, layout, row);
    }
    mark_cells(f, layout);
  }
  draw_scroll_bar(f, layout);
  const StepFocus& pinned = f.ui.step.pinned;
  if (pinned.kind != StepFocus::Kind::kShared || pinned.word >= shared.words) return;
  MemoryCell cell = shared_cell(f, pinned.word);
  cell.rect = layout.cell_of(shared.groups, pinned.word, scroll);
  draw_cell_card(f, cell);
}

}  // namespace warpscope::panels

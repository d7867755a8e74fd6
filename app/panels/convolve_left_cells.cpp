// The weights of a filter as cells: dragged, scrolled, typed into.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/panels/convolve_left.h"
#include "app/panels/keys.h"

namespace warpscope::panels {
namespace {

using convolution::Filter;
using convolution::Stage;

constexpr float kStep = 0.1F, kFineStep = 0.01F;
constexpr float kPixelsAStep = 6;  // logical
constexpr float kMostWeight = 10000;

float step_now() {
  return ImGui::GetIO().KeyShift ? kFineStep : kStep;
}

// Steps of a tenth stay tenths: 0.1 added ten times is 1.
float stepped(float from, float steps) {
  const double value = static_cast<double>(from) + static_cast<double>(steps) * static_cast<double>(step_now());
  return static_cast<float>(std::round(std::clamp(value, -1.0 * kMostWeight, 1.0 * kMostWeight) * 1e4) / 1e4);
}

std::optional<float> number_of(std::string text) {
  std::replace(text.begin(), text.end(), ',', '.');
  float value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return std::clamp(value, -kMostWeight, kMostWeight);
}

bool is_part_of_number(int code) {
  return (code >= '0' && code <= '9') || code == '-' || code == '.' || code == ',';
}

struct Cell {
  int index = 0;
  std::string name;
  scene::Rect r;
  float weight = 0;
};

// The weight that the keyboard makes of it, while the cell has the focus.
std::optional<float> typed_weight(const Frame& f, const Cell& cell) {
  ConvolveControls& controls = f.ui.convolve.controls;
  bool typing = controls.typed_cell == cell.index;
  if (f.ui.widgets.focus != cell.name) {
    if (typing) controls.typed_cell = -1;
    return std::nullopt;
  }
  bool changed = false;
  for (const KeyPress& press : f.ui.keys) {
    if (press.control || press.alt) continue;
    const bool ends = press.code == key::kEnter || press.code == key::function(2);
    if (ends && typing) {
      typing = false;
    } else if (ends || is_part_of_number(press.code)) {
      if (!typing) controls.typed.clear();
      typing = true;
      if (!ends) controls.typed += static_cast<char>(press.code);
      changed |= !ends;
    } else if (press.code == key::kBackspace && typing && !controls.typed.empty()) {
      controls.typed.pop_back();
      changed = true;
    }
  }
  controls.typed_cell = typing ? cell.index : -1;
  return changed ? number_of(controls.typed) : std::nullopt;
}

void move_focus(const Frame& f, int size, const Cell& cell) {
  if (f.ui.widgets.focus != cell.name) return;
  int row = cell.index / size, column = cell.index % size;
  if (raw_key(f, key::kLeft)) --column;
  if (raw_key(f, key::kRight)) ++column;
  if (raw_key(f, key::kUp)) --row;
  if (raw_key(f, key::kDown)) ++row;
  const std::string next = cell_name(std::clamp(row, 0, size - 1), std::clamp(column, 0, size - 1));
  if (next == cell.name) return;
  f.ui.widgets.focus = next;
  f.ui.convolve.controls.typed_cell = -1;
  // The keys are spent: the cell that is drawn next must not move on.
  std::erase_if(f.ui.keys, [](const KeyPress& press) { return press.code >= key::kRight && press.code <= key::kUp; });
}

// What dragging, the wheel and a click on the small arrows make of the weight.
std::optional<float> pointed_weight(LeftColumn& column, const Cell& cell, const AreaState& pointer) {
  const Frame& f = column.f;
  ConvolveControls& controls = f.ui.convolve.controls;
  if (pointer.pressed) {
    controls.dragged_cell = cell.index;
    controls.drag_from = cell.weight;
    controls.drag_y = pointer.mouse.y;
  }
  std::optional<float> weight;
  const bool mine = controls.dragged_cell == cell.index;
  const float steps = mine ? std::trunc((controls.drag_y - pointer.mouse.y) / f.px(kPixelsAStep)) : 0;
  if (mine && pointer.held) weight = stepped(controls.drag_from, steps);
  if (pointer.released) {
    const bool still = mine && steps == 0;
    controls.dragged_cell.reset();
    const float part = (pointer.mouse.y - cell.r.y) / cell.r.h;
    const bool on_arrow = std::abs(pointer.mouse.x - cell.r.centre().x) < f.px(12) && std::abs(part - 0.5F) > 0.27F;
    if (still && pointer.clicked && on_arrow) {
      weight = stepped(cell.weight, part < 0.5F ? 1 : -1);
    } else if (still && pointer.clicked && controls.typed_cell != cell.index) {
      const bool again = f.ui.widgets.focus == cell.name || controls.clicked_cell == cell.index;
      if (again) controls.typed_cell = cell.index, controls.typed.clear();
    }
    f.ui.widgets.focus = cell.name;
    controls.clicked_cell = cell.index;
  }
  if (const float wheel = ImGui::GetIO().MouseWheel; pointer.hovered && wheel != 0) {
    column.wheel_taken = true;
    weight = stepped(cell.weight, wheel);
  }
  return weight;
}

void draw_arrows(const Frame& f, scene::Rect r, scene::Rgba ink) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float half = f.px(4), x = r.centre().x, inset = f.px(6);
  list.AddTriangleFilled({x - half, r.y + inset + half}, {x + half, r.y + inset + half}, {x, r.y + inset}, ink);
  list.AddTriangleFilled({x - half, r.bottom() - inset - half}, {x, r.bottom() - inset},
                         {x + half, r.bottom() - inset - half}, ink);
}

void draw_cell(const Frame& f, const Filter& filter, const Cell& cell, bool pointed) {
  const scene::Rgba ground = weight_color(filter, cell.weight), ink = scene::text_on(ground);
  const bool typing = f.ui.convolve.controls.typed_cell == cell.index;
  fill(f, cell.r, ground, f.px(scene::size::kRadiusCell));
  const Type type = cell.r.w >= f.px(64) && cell.r.h >= f.px(44) ? Type::kValue
                    : cell.r.w >= f.px(50)                       ? Type::kCode
                                                                 : Type::kTick;
  const int decimals = type == Type::kTick ? 2 : 3;
  const std::string shown = typing ? f.ui.convolve.controls.typed + "|" : weight_text(cell.weight, decimals);
  text(f, {cell.r.centre().x, cell.r.centre().y - line_height(f, type) / 2}, type, ink, shown, Align::kCentre,
       cell.r.w - f.px(2));
  const bool focused = f.ui.widgets.focus == cell.name;
  if ((pointed || focused) && cell.r.h >= f.px(44)) draw_arrows(f, cell.r, ink);
  if (focused) {
    focus_ring(f, cell.r, f.px(scene::size::kRadiusCell));
  } else if (pointed) {
    mark_hovered(f, cell.r.inset(f.px(3)));
  }
}

std::optional<float> pending_weight(const Frame& f, const Cell& cell) {
  const auto found = f.ui.pending_sets.find(cell.name);
  if (found == f.ui.pending_sets.end()) return std::nullopt;
  const std::optional<float> weight = number_of(found->second);
  f.ui.pending_sets.erase(found);
  return weight;
}

}  // namespace

std::string cell_name(int row, int column) {
  return fmt::format("Weight {},{}", row + 1, column + 1);
}

void put_cells(LeftColumn& column, const Stage& stage, int which) {
  const Frame& f = column.f;
  const Filter& filter = stage.filters[static_cast<std::size_t>(which)];
  const int size = filter.size;
  const auto count = static_cast<float>(size);
  const float gap = f.px(size > 5 ? 2 : 4);
  const float width = std::min(std::floor((column.width - gap * (count - 1)) / count), f.px(104));
  const float high = f.px(size <= 3 ? (column.compact ? 40 : 58) : size == 5 ? (column.compact ? 30 : 36) : 28);
  const float top = std::round(column.y);
  std::optional<float> changed;
  int changed_cell = 0;
  for (int i = 0; i < size * size; ++i) {
    Cell cell{i, cell_name(i / size, i % size), {}, filter.weights[static_cast<std::size_t>(i)]};
    cell.r = {column.x + static_cast<float>(i % size) * (width + gap),
              top + static_cast<float>(i / size) * (high + gap), width, high};
    f.ui.widgets.order.push_back(cell.name);
    move_focus(f, size, cell);
    const auto pending = pending_weight(f, cell);
    const AreaState pointer = area(f, cell.name, cell.r);
    const auto pointed = pointed_weight(column, cell, pointer);
    const auto typed = typed_weight(f, cell);
    const auto weight = pending ? pending : pointed ? pointed : typed;
    if (weight && *weight != cell.weight) {
      changed = cell.weight = *weight;
      changed_cell = i;
    }
    draw_cell(f, filter, cell, pointer.hovered || pointer.held);
  }
  if (changed) change_convolve_stage(f, with_weight(stage, which, changed_cell, *changed));
  column.y = top + count * (high + gap) + f.px(2);
  const std::string_view hint =
      column.compact ? "Drag, scroll or type a number" : "Drag a cell up or down, scroll, or type a number";
  text(f, {column.x, std::round(column.y)}, Type::kCaption, f.colors.text2, hint, Align::kLeft, column.width);
  column.y += line_height(f, Type::kCaption) + f.px(8);
}

}  // namespace warpscope::panels

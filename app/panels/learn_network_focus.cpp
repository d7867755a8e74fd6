#include <algorithm>

#include "app/panels/learn_network.h"

namespace warpscope::panels {

namespace {

using Kind = scene::NetworkColumn::Kind;

constexpr double kSlideSeconds = 0.160;  // a pixel

struct KindPair {
  Focus::Kind focus;
  Kind column;
};
// The first entry of a focus says where it is drawn.
constexpr KindPair kPairs[] = {
    {Focus::Kind::kInput, Kind::kInput},   {Focus::Kind::kMapPixel, Kind::kMaps},  {Focus::Kind::kMap, Kind::kMaps},
    {Focus::Kind::kFilter, Kind::kMaps},   {Focus::Kind::kPoolPixel, Kind::kPool}, {Focus::Kind::kUnit, Kind::kUnits},
    {Focus::Kind::kOutput, Kind::kOutput},
};

bool is_pixel(const Focus& focus) {
  return focus.kind == Focus::Kind::kInput || focus.kind == Focus::Kind::kMapPixel ||
         focus.kind == Focus::Kind::kPoolPixel;
}

// The next place in a grid of cells, staying inside.
int moved_cell(const scene::NetworkColumn& column, int cell, int rows, int columns) {
  const int row = std::clamp(cell / column.columns + rows, 0, column.rows - 1);
  const int across = std::clamp(cell % column.columns + columns, 0, column.columns - 1);
  return std::min(row * column.columns + across, column.count - 1);
}

}  // namespace

std::optional<Focus> focus_of(const scene::NetworkLayout& layout, const scene::NetworkHit& hit) {
  const scene::NetworkColumn& column = layout.columns[static_cast<std::size_t>(hit.column)];
  Focus focus;
  focus.layer = column.made_by;
  focus.index = hit.cell;
  focus.row = hit.row;
  focus.column = hit.pixel_column;
  switch (column.kind) {
    case Kind::kInput:
      focus.kind = Focus::Kind::kInput;
      break;
    case Kind::kMaps:
      focus.kind = Focus::Kind::kMapPixel;
      break;
    case Kind::kPool:
      focus.kind = Focus::Kind::kPoolPixel;
      break;
    case Kind::kWeights:
    case Kind::kUnits:
      focus.kind = Focus::Kind::kUnit;
      break;
    case Kind::kOutput:
      focus.kind = Focus::Kind::kOutput;
      break;
  }
  return focus;
}

FocusPlace place_of(const scene::NetworkLayout& layout, const Focus& focus) {
  for (const KindPair& pair : kPairs) {
    if (pair.focus != focus.kind) continue;
    const int column = layout.column_of(focus.layer, pair.column);
    if (column < 0) return {};
    const int cell = focus.kind == Focus::Kind::kInput ? 0 : focus.index;
    const bool inside = cell >= 0 && cell < layout.columns[static_cast<std::size_t>(column)].count;
    return inside ? FocusPlace{column, cell} : FocusPlace{};
  }
  return {};
}

namespace {

// What is chosen, or only hovered; where there is nothing, the middle of a column's middle cell.
Focus middle_of(const scene::NetworkLayout& layout, int column) {
  const scene::NetworkColumn& c = layout.columns[static_cast<std::size_t>(column)];
  const scene::NetworkHit hit{column, c.count / 2, c.pictures() ? c.shape.height / 2 : -1,
                              c.pictures() ? c.shape.width / 2 : -1};
  return focus_of(layout, hit).value_or(Focus{});
}

// Calls `change` with the place chosen and what is known of it; with nothing chosen, chooses something to begin with.
template <class Change>
void change_focus(const Frame& f, Change change) {
  UiState& ui = f.ui;
  const scene::NetworkLayout& layout = ui.learn.network.layout;
  if (layout.columns.size() < 2) return;
  Focus focus = ui.pinned.kind != Focus::Kind::kNone ? ui.pinned : ui.learn.network.before;
  const FocusPlace place = place_of(layout, focus);
  if (place.column < 0 || (is_pixel(focus) && focus.row < 0)) {
    ui.pinned = middle_of(layout, 1);
    return;
  }
  change(layout, place, focus);
  ui.pinned = focus;
}

}  // namespace

void move_focus(const Frame& f, int rows, int columns) {
  change_focus(f, [&](const scene::NetworkLayout& layout, FocusPlace place, Focus& focus) {
    const scene::NetworkColumn& column = layout.columns[static_cast<std::size_t>(place.column)];
    if (is_pixel(focus)) {
      focus.row = std::clamp(focus.row + rows, 0, column.shape.height - 1);
      focus.column = std::clamp(focus.column + columns, 0, column.shape.width - 1);
    } else {
      focus.index = moved_cell(column, focus.index, rows, columns);
    }
  });
}

void step_cell(const Frame& f, int by) {
  change_focus(f, [by](const scene::NetworkLayout& layout, FocusPlace place, Focus& focus) {
    const int count = layout.columns[static_cast<std::size_t>(place.column)].count;
    if (focus.kind != Focus::Kind::kInput) focus.index = (place.cell + by + count) % count;
  });
}

void step_layer(const Frame& f, int by) {
  change_focus(f, [by](const scene::NetworkLayout& layout, FocusPlace place, Focus& focus) {
    const int last = static_cast<int>(layout.columns.size()) - 1;
    int column = std::clamp(place.column + by, 0, last);
    // A unit and its weights are one thing: their column is stepped over.
    if (layout.columns[static_cast<std::size_t>(column)].kind == Kind::kWeights)
      column = std::clamp(column + by, 0, last);
    if (column != place.column) focus = middle_of(layout, column);
  });
}

namespace {

// Where a window that slides begins: at the pixel in focus, else at the first pixel of the map that is meant.
std::optional<Focus> slide_start(const scene::NetworkLayout& layout, const Focus& focus) {
  if (focus.kind == Focus::Kind::kMapPixel || focus.kind == Focus::Kind::kPoolPixel) return focus;
  const bool names_map = focus.kind == Focus::Kind::kMap || focus.kind == Focus::Kind::kFilter;
  for (const scene::NetworkColumn& column : layout.columns) {
    if (column.kind != Kind::kMaps || (names_map && column.made_by != focus.layer)) continue;
    return Focus{Focus::Kind::kMapPixel, column.made_by, names_map ? focus.index : 0, 0, 0, {}};
  }
  return std::nullopt;
}

}  // namespace

void slide_focus(const Frame& f) {
  UiState& ui = f.ui;
  NetworkState& state = ui.learn.network;
  if (!ui.slide_window) {
    state.slide_at = 0;
    return;
  }
  if (state.slide_at == 0) {
    const std::optional<Focus> start = slide_start(state.layout, ui.learn.explanation.shown);
    if (!start) {
      ui.slide_window = false;  // a network without convolution has no window to slide
      return;
    }
    ui.pinned = *start;
    state.slide_at = ui.now + kSlideSeconds;
  }
  const FocusPlace place = place_of(state.layout, ui.pinned);
  if (place.column < 0 || !is_pixel(ui.pinned)) {
    ui.slide_window = false;
    return;
  }
  const scene::NetworkColumn& column = state.layout.columns[static_cast<std::size_t>(place.column)];
  // After a pause of the window (it was hidden) the walk goes on where it was instead of catching up.
  if (ui.now - state.slide_at > 1) state.slide_at = ui.now;
  while (ui.now >= state.slide_at) {
    state.slide_at += kSlideSeconds;
    if (++ui.pinned.column < column.shape.width) continue;
    ui.pinned.column = 0;
    ui.pinned.row = (ui.pinned.row + 1) % column.shape.height;
  }
  ui.wake_in(state.slide_at - ui.now);
}

}  // namespace warpscope::panels

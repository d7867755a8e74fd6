#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/explanation_flow.h"
#include "app/panels/learn_microscope.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MicroscopeLaunch;
using session::MicroscopeView;

constexpr float kRow = 26, kNumber = 30, kLeastAbout = 150, kGap = 14;

// Columns from the left behind the number and the words; what does not fit goes, the least needed first.
enum Column : std::size_t { kKernel, kShape, kRegisters, kOccupancy, kTime, kStepButton, kMapButton, kColumns };
struct ColumnLook {
  std::string_view title;
  float width;  // logical
  int yields;   // the smallest goes first; 0: never
  Align align;
};
constexpr ColumnLook kLooks[kColumns] = {
    {"kernel", 216, 3, Align::kLeft},    {"grid of blocks", 132, 2, Align::kLeft}, {"registers", 62, 1, Align::kRight},
    {"occupancy", 104, 4, Align::kLeft}, {"time", 128, 0, Align::kLeft},           {"", 52, 0, Align::kLeft},
    {"", 48, 5, Align::kLeft},
};

struct Places {
  float x[kColumns]{};
  float w[kColumns]{};  // 0: left out
  float about_x = 0, about_w = 0;
};

Places place_columns(const Frame& f, Rect r) {
  bool shown[kColumns];
  std::ranges::fill(shown, true);
  const auto needed = [&] {
    float width = f.px(kNumber) + f.px(kLeastAbout);
    for (std::size_t i = 0; i < kColumns; ++i) width += shown[i] ? f.px(kLooks[i].width) + f.px(kGap) : 0;
    return width;
  };
  for (int round = 1; round <= 5 && needed() > r.w; ++round) {
    for (std::size_t i = 0; i < kColumns; ++i) shown[i] = shown[i] && kLooks[i].yields != round;
  }
  Places p;
  float x = r.right();
  for (std::size_t i = kColumns; i-- > 0;) {
    if (!shown[i]) continue;
    p.w[i] = f.px(kLooks[i].width);
    x -= p.w[i];
    p.x[i] = std::round(x);
    x -= f.px(kGap);
  }
  p.about_x = r.x + f.px(kNumber);
  p.about_w = std::max(0.0F, x - p.about_x);
  return p;
}

void draw_header(const Frame& f, Rect r, const Places& p) {
  const float y = r.centre().y - line_height(f, Type::kCaption) / 2;
  text(f, {p.about_x, y}, Type::kCaption, f.colors.text3, "launch");
  for (std::size_t i = 0; i < kColumns; ++i) {
    if (p.w[i] == 0 || kLooks[i].title.empty()) continue;
    const bool right = kLooks[i].align == Align::kRight;
    text(f, {right ? p.x[i] + p.w[i] : p.x[i], y}, Type::kCaption, f.colors.text3, kLooks[i].title, kLooks[i].align);
  }
  line(f, {r.x, r.bottom()}, {r.right(), r.bottom()}, f.colors.hair, f.px(1));
}

// A bar with its number at the right; `share` of the largest in the column.
void draw_bar_cell(const Frame& f, Rect cell, float number_width, double share, scene::Rgba ink,
                   const std::string& number) {
  const Rect track{cell.x, std::round(cell.centre().y - f.px(3)), cell.w - number_width - f.px(8), f.px(6)};
  fill(f, track, f.colors.raised, f.px(1));
  const auto part = static_cast<float>(std::clamp(share, 0.0, 1.0));
  if (part > 0) fill(f, {track.x, track.y, std::max(f.px(1), track.w * part), track.h}, ink, f.px(1));
  text(f, {cell.right(), cell.centre().y - line_height(f, Type::kTick) / 2}, Type::kTick, f.colors.text, number,
       Align::kRight);
}

void draw_cells(const Frame& f, Rect row, const Places& p, const MicroscopeLaunch& launch, double longest) {
  const auto cell = [&](Column c) { return Rect{p.x[c], row.y, p.w[c], row.h}; };
  const float y = row.centre().y - line_height(f, Type::kTick) / 2;
  if (p.w[kKernel] > 0)
    text(f, {p.x[kKernel], y}, Type::kTick, f.colors.text2, launch.kernel, Align::kLeft, p.w[kKernel]);
  if (p.w[kShape] > 0) {
    text(f, {p.x[kShape], y}, Type::kTick, f.colors.text2, launch_shape_text(launch.grid, launch.block), Align::kLeft,
         p.w[kShape]);
  }
  if (p.w[kRegisters] > 0) {
    text(f, {p.x[kRegisters] + p.w[kRegisters], y}, Type::kTick, f.colors.text2, std::to_string(launch.registers),
         Align::kRight);
  }
  if (p.w[kOccupancy] > 0) {
    draw_bar_cell(f, cell(kOccupancy), f.px(42), launch.occupancy, f.colors.text3,
                  fmt::format("{:.0f} %", 100 * launch.occupancy));
  }
  draw_bar_cell(f, cell(kTime), f.px(66), longest > 0 ? launch.seconds / longest : 0, launch_phase_colour(launch.phase),
                launch_time_text(launch.seconds));
}

void draw_row(const Frame& f, Rect row, const Places& p, int index, double longest) {
  const MicroscopeLaunch& launch = f.view.microscope->launches[static_cast<std::size_t>(index)];
  MicroscopeState& state = f.ui.learn.microscope;
  const bool chosen = index == state.chosen;
  // The buttons at its end are pressed by themselves.
  const Rect words{row.x, row.y, p.x[kStepButton] - f.px(4) - row.x, row.h};
  const AreaState pointer = area(f, fmt::format("Launch {}", index + 1), words);
  if (pointer.clicked) state.chosen = index;
  if (chosen) {
    fill(f, row, f.colors.accent_tint);
    fill(f, {row.x, row.y, f.px(3), row.h}, f.colors.accent);
  } else if (pointer.hovered) {
    fill(f, row, f.colors.hover);
  }
  const float middle = row.centre().y;
  text(f, {row.x + f.px(22), middle - line_height(f, Type::kTick) / 2}, Type::kTick, f.colors.text3,
       std::to_string(index + 1), Align::kRight);
  const Rect square{p.about_x, std::round(middle - f.px(4)), f.px(8), f.px(8)};
  fill(f, square, launch_phase_colour(launch.phase));
  text(f, {square.right() + f.px(8), middle - line_height(f, Type::kLabel) / 2}, Type::kLabel,
       chosen ? f.colors.text : f.colors.text2, launch.about, Align::kLeft, p.about_w - f.px(16));
  draw_cells(f, row, p, launch, longest);
  const float height = f.px(22), top = std::round(middle - height / 2);
  const ButtonLook step{.tip = "Steps through this launch, with the tensors of this very step", .label = "Step"};
  if (button(f, fmt::format("Step launch {}", index + 1), {p.x[kStepButton], top, p.w[kStepButton], height}, step)) {
    open_launch(f, index, session::LaunchTarget::kStep);
  }
  if (p.w[kMapButton] == 0) return;
  const ButtonLook map{.tip = "Which SM runs which of its blocks", .label = "Map"};
  if (button(f, fmt::format("Map launch {}", index + 1), {p.x[kMapButton], top, p.w[kMapButton], height}, map)) {
    open_launch(f, index, session::LaunchTarget::kMap);
  }
}

}  // namespace

void draw_microscope_list(const Frame& f, Rect r) {
  const MicroscopeView& view = *f.view.microscope;
  MicroscopeState& state = f.ui.learn.microscope;
  const Places places = place_columns(f, {r.x, r.y, r.w - f.px(8), r.h});
  const Rect header{r.x, r.y, r.w, f.px(22)};
  draw_header(f, header, places);
  const Rect body{r.x, header.bottom() + f.px(1), r.w, r.bottom() - header.bottom() - f.px(1)};
  const float row = f.px(kRow);
  const float content = row * static_cast<float>(view.launches.size());
  if (state.reveal) {
    state.reveal = false;
    const float top = row * static_cast<float>(state.chosen);
    state.list_scroll = std::clamp(state.list_scroll, top + row - body.h, top);
  }
  scroll_by_wheel(f, body, content, state.list_scroll);
  double longest = 0;
  for (const MicroscopeLaunch& launch : view.launches) longest = std::max(longest, launch.seconds);
  {
    const Clip clip(body);
    for (int i = 0; i < static_cast<int>(view.launches.size()); ++i) {
      const float y = std::round(body.y - state.list_scroll + row * static_cast<float>(i));
      if (y + row <= body.y || y >= body.bottom()) continue;
      draw_row(f, {body.x, y, body.w - f.px(8), row}, places, i, longest);
    }
  }
  scroll_mark(f, body, content, state.list_scroll);
}

}  // namespace warpscope::panels

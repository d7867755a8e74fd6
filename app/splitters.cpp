#include <cmath>

#include "app/actions.h"
#include "app/frame_parts.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Frame;
using scene::FrameLayout;
using scene::Rect;

struct Handle {
  FrameLayout::Splitter which;
  const char* name;
  float panels::UiState::*place;
  bool upright;
};
constexpr Handle kHandles[] = {
    {FrameLayout::kLeft, "Splitter left", &panels::UiState::left_width, true},
    {FrameLayout::kRight, "Splitter right", &panels::UiState::right_width, true},
    {FrameLayout::kPlots, "Splitter plots", &panels::UiState::plots_height, false},
    {FrameLayout::kLoss, "Splitter loss", &panels::UiState::loss_width, true},
    {FrameLayout::kAccuracy, "Splitter accuracy", &panels::UiState::accuracy_width, true},
};

}  // namespace

void draw_splitters(const Frame& f, const FrameLayout& layout) {
  for (const Handle& handle : kHandles) {
    const Rect& grab = layout.splitters[handle.which];
    if (grab.w <= 0 || grab.h <= 0) continue;
    const panels::AreaState state = panels::area(f, handle.name, grab);
    const bool lit = state.hovered || state.held;
    const float hair = f.px(lit ? 2 : 1);
    const scene::Rgba ink = lit ? f.colors.accent : f.colors.hair;
    if (handle.upright) {
      const float x = std::round(grab.centre().x);
      panels::line(f, {x, grab.y}, {x, grab.bottom()}, ink, hair);
    } else {
      const float y = std::round(grab.centre().y);
      panels::line(f, {grab.x, y}, {grab.right(), y}, ink, hair);
    }
    if (lit) ImGui::SetMouseCursor(handle.upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    if (state.held && (ImGui::GetIO().MouseDelta.x != 0 || ImGui::GetIO().MouseDelta.y != 0)) {
      f.ui.*handle.place = scene::dragged_place(layout, handle.which, state.mouse, f.scale);
    }
    if (state.hovered && ImGui::GetIO().MouseDoubleClicked[0]) f.ui.*handle.place = 0;
  }
}

void draw_right_tab(const Frame& f, const FrameLayout& layout) {
  const Rect& tab = layout.right_tab;
  panels::line(f, {tab.x, tab.y}, {tab.x, tab.bottom()}, f.colors.hair, f.px(1));
  const float side = f.px(24);
  const Rect place{tab.x + (tab.w - side) / 2, tab.y + f.px(6), side, side};
  const bool pressed = panels::button(
      f, "Unfold", place,
      {.icon = panels::Icon::kUnfold, .tip = "What am I looking at?  Ctrl+B", .label_hidden = true, .ghost = true});
  if (pressed) toggle_right_panel(f.ui, layout.top_bar.w / f.scale);
}

}  // namespace warpscope::app

#include <cmath>
#include <string_view>

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

// Text that runs downwards: written flat, then its corners turned by a quarter.
void draw_upright(const Frame& f, scene::Vec2 top_centre, std::string_view string) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const int first = list.VtxBuffer.Size;
  const float half = std::round(panels::line_height(f, panels::Type::kCaption) / 2);
  const scene::Vec2 pivot{std::round(top_centre.x), std::round(top_centre.y)};
  // Nothing may be left out for lying outside the clip rectangle before it is turned.
  ImGui::PushClipRect({-1e6F, -1e6F}, {1e6F, 1e6F}, false);
  panels::text(f, {pivot.x, pivot.y - half}, panels::Type::kCaption, f.colors.text3, string);
  ImGui::PopClipRect();
  for (int i = first; i < list.VtxBuffer.Size; ++i) {
    ImVec2& corner = list.VtxBuffer[i].pos;
    corner = {pivot.x - (corner.y - pivot.y), pivot.y + (corner.x - pivot.x)};
  }
}

}  // namespace

// Before the panels: the few pixels around a hairline belong to it, not to what lies beside it.
LitSplitters move_splitters(const Frame& f, const FrameLayout& layout) {
  LitSplitters lit{};
  for (const Handle& handle : kHandles) {
    const Rect& grab = layout.splitters[handle.which];
    if (grab.w <= 0 || grab.h <= 0) continue;
    const panels::AreaState state = panels::area(f, handle.name, grab);
    lit[handle.which] = state.hovered || state.held;
    if (lit[handle.which]) {
      ImGui::SetMouseCursor(handle.upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    }
    const ImGuiIO& io = ImGui::GetIO();
    if (state.held && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
      f.ui.*handle.place = scene::dragged_place(layout, handle.which, state.mouse, f.scale);
    }
    if (state.hovered && io.MouseDoubleClicked[0]) f.ui.*handle.place = 0;
  }
  return lit;
}

void draw_splitters(const Frame& f, const FrameLayout& layout, const LitSplitters& lit) {
  for (const Handle& handle : kHandles) {
    const Rect& grab = layout.splitters[handle.which];
    if (grab.w <= 0 || grab.h <= 0) continue;
    const bool shines = lit[handle.which];
    const float hair = f.px(shines ? 2 : 1);
    const scene::Rgba ink = shines ? f.colors.accent : f.colors.hair;
    if (handle.upright) {
      const float x = std::floor(grab.centre().x);
      panels::line(f, {x, grab.y}, {x, grab.bottom()}, ink, hair);
    } else {
      const float y = std::floor(grab.centre().y);
      panels::line(f, {grab.x, y}, {grab.right(), y}, ink, hair);
    }
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
  draw_upright(f, {tab.centre().x, place.bottom() + f.px(12)}, "What am I looking at?");
}

}  // namespace warpscope::app

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
using scene::StepLayout;

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

struct StepHandle {
  StepLayout::Splitter which;
  const char* name;
  float panels::UiState::*place;
};
constexpr StepHandle kStepHandles[] = {
    {StepLayout::kCode, "Splitter code", &panels::UiState::step_code},
    {StepLayout::kPtx, "Splitter PTX", &panels::UiState::step_ptx},
    {StepLayout::kLanes, "Splitter lanes", &panels::UiState::step_lanes},
    {StepLayout::kVariables, "Splitter variables", &panels::UiState::step_variables},
    {StepLayout::kShared, "Splitter shared", &panels::UiState::step_shared},
    {StepLayout::kScrub, "Splitter scrub", &panels::UiState::step_scrub},
};

// Moves with the pointer, and back to its own place with a double click. Whether it is lit.
template <class Dragged>
bool move_handle(const Frame& f, std::string_view name, const Rect& grab, bool upright, float& place,
                 const Dragged& dragged) {
  if (grab.w <= 0 || grab.h <= 0) return false;
  const panels::AreaState state = panels::area(f, name, grab);
  const bool lit = state.hovered || state.held;
  if (lit) ImGui::SetMouseCursor(upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
  const ImGuiIO& io = ImGui::GetIO();
  if (state.held && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) place = dragged(state.mouse);
  if (state.hovered && io.MouseDoubleClicked[0]) place = 0;
  return lit;
}

void draw_handle(const Frame& f, const Rect& grab, bool upright, bool shines) {
  if (grab.w <= 0 || grab.h <= 0) return;
  const float hair = f.px(shines ? 2 : 1);
  const scene::Rgba ink = shines ? f.colors.accent : f.colors.hair;
  if (upright) {
    const float x = std::floor(grab.centre().x);
    panels::line(f, {x, grab.y}, {x, grab.bottom()}, ink, hair);
  } else {
    const float y = std::floor(grab.centre().y);
    panels::line(f, {grab.x, y}, {grab.right(), y}, ink, hair);
  }
}

bool is_upright(const Rect& grab) {
  return grab.h > grab.w;
}

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
    lit[handle.which] =
        move_handle(f, handle.name, layout.splitters[handle.which], handle.upright, f.ui.*handle.place,
                    [&](scene::Vec2 at) { return scene::dragged_place(layout, handle.which, at, f.scale); });
  }
  return lit;
}

void draw_splitters(const Frame& f, const FrameLayout& layout, const LitSplitters& lit) {
  for (const Handle& handle : kHandles) {
    draw_handle(f, layout.splitters[handle.which], handle.upright, lit[handle.which]);
  }
}

LitStepSplitters move_step_splitters(const Frame& f, const StepLayout& layout, const Rect& whole) {
  LitStepSplitters lit{};
  for (const StepHandle& handle : kStepHandles) {
    const Rect& grab = layout.splitters[handle.which];
    lit[handle.which] = move_handle(f, handle.name, grab, is_upright(grab), f.ui.*handle.place, [&](scene::Vec2 at) {
      return scene::dragged_part(layout, whole, handle.which, at);
    });
  }
  return lit;
}

void draw_step_splitters(const Frame& f, const StepLayout& layout, const LitStepSplitters& lit) {
  for (const StepHandle& handle : kStepHandles) {
    const Rect& grab = layout.splitters[handle.which];
    draw_handle(f, grab, is_upright(grab), lit[handle.which]);
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

#include <cmath>

#include "app/actions.h"
#include "app/frame_parts.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Align;
using panels::ButtonLook;
using panels::Frame;
using panels::Icon;
using panels::Type;
using scene::Rect;

// Four bars of a bar chart, one of them the accent: the name's sign.
void draw_mark(const Frame& f, float x, float middle) {
  const float height = f.px(14);
  const float top = std::round(middle - height / 2);
  for (int i = 0; i < 4; ++i) {
    const bool low = i == 2;
    const float cut = low ? f.px(6) : 0;
    panels::fill(f, {x + static_cast<float>(i) * f.px(5), top + cut, f.px(3), height - cut},
                 low ? f.colors.accent : f.colors.text);
  }
}

struct Tab {
  panels::Workspace workspace;
  const char* name;
};
constexpr Tab kTabs[] = {{panels::Workspace::kLearn, "Learn"},
                         {panels::Workspace::kConvolve, "Convolve"},
                         {panels::Workspace::kMap, "SM map"},
                         {panels::Workspace::kStep, "Step"}};

// Where the tab ends.
float draw_tab(const Frame& f, float x, const Rect& bar, const Tab& what) {
  const float pad = f.px(6);
  const float width = panels::text_width(f, Type::kLabel, what.name);
  const Rect tab{x - pad, bar.y, width + 2 * pad, bar.h};
  const panels::AreaState state = panels::area(f, what.name, tab);
  const bool chosen = f.ui.workspace == what.workspace;
  panels::text(f, {x, bar.centre().y - panels::line_height(f, Type::kLabel) / 2}, Type::kLabel,
               chosen || state.hovered ? f.colors.text : f.colors.text2, what.name);
  const float underline = f.px(3);
  if (chosen) panels::fill(f, {tab.x, tab.bottom() - underline, tab.w, underline}, f.colors.accent, underline / 2);
  if (state.clicked) set_workspace(f.ui, what.workspace);
  return tab.right();
}

float draw_tabs(const Frame& f, float x, const Rect& bar) {
  for (const Tab& tab : kTabs) x = draw_tab(f, x, bar, tab) + f.px(28);
  return x - f.px(28);
}

void draw_search(const Frame& f, const Rect& r) {
  const panels::AreaState state = panels::area(f, "Search commands", r);
  const float radius = f.px(scene::size::kRadiusControl);
  panels::fill(f, r, f.colors.stage, radius);
  panels::stroke(f, r, state.hovered ? f.colors.text3 : f.colors.strong, radius, f.px(1));
  const float middle = std::round(r.centre().y);
  panels::icon(f, Icon::kSearch, {r.x + f.px(16), middle}, f.px(16), f.colors.text2);
  panels::text(f, {r.x + f.px(30), middle - panels::line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text3,
               "Search commands");
  const float key_width = panels::text_width(f, Type::kMicro, "Ctrl K") + 2 * f.px(6);
  panels::keycap(f, {r.right() - f.px(5) - key_width, middle - f.px(10), key_width, f.px(20)}, "Ctrl K");
  if (state.clicked) f.ui.next_keys.push_back({.code = 'K', .control = true});
}

bool map_is_traced(const Frame& f) {
  return f.map.run && f.map.run->timeline->origin == timing::Timeline::Origin::kTraced;
}

std::string badge_text(const Frame& f) {
  if (f.ui.workspace == panels::Workspace::kStep) return "Virtual GPU";  // kernels are stepped through on it alone
  if (f.ui.workspace == panels::Workspace::kConvolve) {
    return f.convolve.device.name.empty() ? "Starting" : f.convolve.device.name;
  }
  if (f.ui.workspace == panels::Workspace::kMap)
    return map_is_traced(f) ? f.map.run->timeline->gpu.name : "Virtual GPU";
  const std::string& device = f.view.training.device;
  return device.empty() ? "Starting" : device;
}

device::DeviceState badge_state(const Frame& f) {
  if (f.ui.workspace == panels::Workspace::kMap && map_is_traced(f)) return device::DeviceState::kGpu;
  const bool trains_on_gpu = f.view.training.backend == training::text_of(training::BackendKind::kCuda);
  if (f.ui.workspace == panels::Workspace::kLearn && trains_on_gpu) return device::DeviceState::kGpu;
  return f.ui.workspace == panels::Workspace::kConvolve ? f.convolve.device.state : device::DeviceState::kVirtual;
}

float badge_width(const Frame& f) {
  return panels::text_width(f, Type::kLabel, badge_text(f)) + f.px(28) + f.px(30);
}

void draw_badge(const Frame& f, const Rect& r) {
  const panels::AreaState state = panels::area(f, "Device", r);
  f.ui.widgets.order.emplace_back("Device");
  const float radius = r.h / 2;
  panels::fill(f, r, state.hovered || f.ui.device_card_open ? f.colors.hover : f.colors.raised, radius);
  const bool is_lost = badge_state(f) == device::DeviceState::kLost;
  panels::stroke(f, r, is_lost ? f.colors.warning : f.colors.strong, radius, f.px(1));
  const float middle = r.centre().y;
  // A ring is a device made of software, a disc a GPU, an amber ring one that was lost.
  const ImVec2 mark{r.x + f.px(16), middle};
  if (badge_state(f) == device::DeviceState::kGpu) {
    ImGui::GetWindowDrawList()->AddCircleFilled(mark, f.px(5), f.colors.accent, 24);
  } else {
    ImGui::GetWindowDrawList()->AddCircle(mark, f.px(4.5F), is_lost ? f.colors.warning : f.colors.accent, 24, f.px(2));
  }
  panels::text(f, {r.x + f.px(28), middle - panels::line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text,
               badge_text(f));
  panels::icon(f, Icon::kChevronDown, {r.right() - f.px(16), std::round(middle)}, f.px(14), f.colors.text2);
  if (f.ui.widgets.focus == "Device") panels::focus_ring(f, r, radius);
  if (state.clicked) f.ui.device_card_open = !f.ui.device_card_open;
}

}  // namespace

void draw_top_bar(const Frame& f, const scene::FrameLayout& layout) {
  const Rect& bar = layout.top_bar;
  panels::line(f, {bar.x, bar.bottom() - f.px(1)}, {bar.right(), bar.bottom() - f.px(1)}, f.colors.hair, f.px(1));
  const float middle = bar.centre().y;
  const float control = f.px(scene::size::kControl);
  const float top = std::round(middle - control / 2);
  draw_mark(f, f.px(16), middle);
  const float name_end = f.px(44) + panels::text(f, {f.px(44), middle - panels::line_height(f, Type::kBrand) / 2},
                                                 Type::kBrand, f.colors.text, "Warpscope");
  const float tabs_end = draw_tabs(f, name_end + f.px(layout.compact ? 42 : 52), bar);

  float x = bar.right() - f.px(12) - control;
  const auto small_button = [&](std::string_view name, Icon which, std::string_view tip_text) {
    const bool pressed = panels::button(f, name, {x, top, control, control},
                                        {.icon = which, .tip = tip_text, .label_hidden = true, .ghost = true});
    x -= control + f.px(4);
    return pressed;
  };
  if (small_button("Keys", Icon::kHelp, "All keys  F1")) f.ui.help_open = !f.ui.help_open;
  const bool dark = f.ui.dark;
  if (small_button("Theme", dark ? Icon::kMoon : Icon::kSun, dark ? "Light theme  Ctrl+L" : "Dark theme  Ctrl+L")) {
    set_theme(f.ui, !dark);
  }
  ButtonLook presenter{.icon = Icon::kPresenter,
                       .selected = f.ui.presenter,
                       .tip = "Larger, for a hall  Ctrl+Shift+P",
                       .label_hidden = layout.compact,
                       .ghost = true,
                       .type = Type::kSmall};
  const float presenter_width = panels::button_width(f, "Presenter", presenter);
  x += control - presenter_width;
  if (panels::button(f, "Presenter", {x, top, presenter_width, control}, presenter)) {
    set_presenter(f.ui, !f.ui.presenter);
  }
  x -= f.px(6);
  panels::line(f, {x, top + f.px(4)}, {x, top + control - f.px(4)}, f.colors.strong, f.px(1));
  const float badge = badge_width(f);
  x -= f.px(12) + badge;
  if (x > tabs_end + f.px(8)) draw_badge(f, {x, top, badge, control});
  const float search = f.px(246);
  x -= f.px(12) + search;
  if (!layout.compact && x > tabs_end + f.px(8)) draw_search(f, {x, top, search, control});
}

}  // namespace warpscope::app

#include "app/frame.h"

#include <algorithm>
#include <utility>

#include "app/actions.h"
#include "app/frame_parts.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/keys.h"
#include "app/panels/learn_microscope.h"
#include "app/panels/learn_panels.h"
#include "app/panels/map_panels.h"
#include "app/panels/step_panels.h"
#include "app/panels/tour.h"
#include "app/panels/widgets.h"
#include "app/scene/convolve_layout.h"
#include "app/scene/map_layout.h"

namespace warpscope::app {
namespace {

using panels::Frame;
using panels::UiState;

// Tab goes from widget to widget in the order they were drawn, Shift+Tab back.
void move_focus(const Frame& f, const std::vector<std::string>& order) {
  for (const panels::KeyPress& press : f.ui.keys) {
    if (press.code != panels::key::kTab || order.empty()) continue;
    const auto count = static_cast<std::ptrdiff_t>(order.size());
    const auto found = std::find(order.begin(), order.end(), f.ui.widgets.focus) - order.begin();
    const bool known = found < count;
    const std::ptrdiff_t next = press.shift ? (known ? found + count - 1 : count - 1) : (known ? found + 1 : 0);
    f.ui.widgets.focus = order[static_cast<std::size_t>(next % count)];
    f.ui.widgets.enter_field = true;
    ImGui::SetWindowFocus(nullptr);  // takes the keyboard from the field that had it
  }
}

void begin_frame(const Frame& f) {
  UiState& ui = f.ui;
  ui.keys.insert(ui.keys.end(), ui.next_keys.begin(), ui.next_keys.end());
  ui.next_keys.clear();
  ui.wake_at = UiState::kNever;
  ui.widgets.tips.clear();
  const std::vector<std::string> order = std::exchange(ui.widgets.order, {});
  if (!std::exchange(ui.widgets.takes_tab, false)) move_focus(f, order);
  ui.targets.clear();
}

// Whatever nobody used in this frame is over.
void end_frame(const Frame& f) {
  f.ui.keys.clear();
  f.ui.pointer_path.clear();
  f.images.end_frame();
}

void begin_root(const Frame& f) {
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::Begin("##root", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollWithMouse |
                   ImGuiWindowFlags_NoBringToFrontOnFocus);
  ImGui::PopStyleVar(3);
  if (ImGui::IsMouseClicked(0)) f.ui.widgets.focus.clear();
}

bool in_step(const UiState& ui) {
  return ui.workspace == panels::Workspace::kStep;
}

// Step has no left panel: everything between the bars and the right panel is its own.
scene::Rect step_area(const scene::FrameLayout& layout) {
  const float top = layout.top_bar.bottom(), bottom = layout.status_bar.y;
  return {0, top, (layout.folded() ? layout.right_tab : layout.right).x, bottom - top};
}

scene::StepLayout step_layout_of(const Frame& f, const scene::FrameLayout& layout) {
  const UiState& ui = f.ui;
  return scene::step_layout(step_area(layout), layout.top_bar.w / f.scale, f.scale,
                            {.code = ui.step_code,
                             .ptx = ui.step_ptx,
                             .lanes = ui.step_lanes,
                             .variables = ui.step_variables,
                             .shared = ui.step_shared,
                             .scrub = ui.step_scrub},
                            panels::step_lanes_height(f));
}

bool in_convolve(const UiState& ui) {
  return ui.workspace == panels::Workspace::kConvolve;
}

scene::ConvolveLayout convolve_layout_of(const Frame& f, const scene::FrameLayout& layout) {
  return scene::convolve_layout(step_area(layout), layout.top_bar.w / f.scale, f.scale, f.ui.left_width);
}

bool in_map(const UiState& ui) {
  return ui.workspace == panels::Workspace::kMap;
}

scene::MapLayout map_layout_of(const Frame& f, const scene::FrameLayout& layout) {
  const panels::MapPanels& state = f.ui.map;
  return scene::map_layout(step_area(layout), layout.top_bar.w / f.scale, f.scale,
                           {.left_width = f.ui.left_width,
                            .close_up = state.sm_open,
                            .side_by_side = state.side_by_side && f.map.compared != nullptr});
}

// Where the one big picture is: the network, or while a step is made slowly the room of the plots too.
scene::Rect stage_rect(const Frame& f, const scene::FrameLayout& layout) {
  if (in_step(f.ui)) {
    const scene::Rect area = step_area(layout);
    const float toolbar = layout.toolbar.h;
    return {area.x, area.y + toolbar, area.w, area.h - toolbar};
  }
  if (in_convolve(f.ui)) {
    const scene::ConvolveLayout parts = convolve_layout_of(f, layout);
    if (f.ui.convolve.page == panels::ConvolvePage::kPictures) return parts.pictures;
    return {parts.pictures.x, parts.pictures.y, parts.pictures.w, layout.status_bar.y - parts.pictures.y};
  }
  if (in_map(f.ui)) return map_layout_of(f, layout).centre;
  const scene::Rect& upper = layout.network;
  if (f.view.training.status != session::TrainingStatus::kStepping && !panels::microscope_open(f)) return upper;
  return {upper.x, upper.y, upper.w, layout.status_bar.y - upper.y};
}

// What has to be decided stands in a strip of its own, which the picture below makes room for.
scene::Rect take_banner(const Frame& f, scene::FrameLayout& layout) {
  scene::Rect& picture = layout.network;
  const scene::Rect strip{picture.x, picture.y, picture.w, panels::learn_banner_height(f, picture.w)};
  picture.y += strip.h;
  picture.h = std::max(0.0F, picture.h - strip.h);
  return strip;
}

// In the header of the right panel, left of its pin.
void draw_fold_button(const Frame& f, const scene::FrameLayout& layout) {
  const float side = f.px(scene::size::kSmallestTarget);
  const float pin = f.px(layout.padding) + side;
  const scene::Rect place{layout.right.right() - pin - side - f.px(2),
                          layout.right.y + (f.px(scene::size::kPanelHeader) - side) / 2, side, side};
  const panels::ButtonLook look{
      .icon = panels::Icon::kFold, .tip = "Fold  Ctrl+B", .label_hidden = true, .ghost = true};
  if (panels::button(f, "Fold", place, look)) toggle_right_panel(f.ui, layout.top_bar.w / f.scale);
}

void draw_learn(const Frame& f, const scene::FrameLayout& layout, scene::Rect banner) {
  f.ui.hovered = {};
  panels::draw_learn_left(f, layout.left);
  panels::draw_learn_toolbar(f, layout.toolbar);
  if (banner.h > 0) panels::draw_learn_banner(f, banner);
  if (f.view.training.status == session::TrainingStatus::kStepping) {
    panels::draw_step_slowly(f, stage_rect(f, layout));
  } else if (panels::microscope_open(f)) {
    panels::draw_microscope(f, stage_rect(f, layout));
  } else {
    panels::draw_network(f, layout.network);
    panels::draw_curves(f, layout.loss, layout.accuracy);
    panels::draw_confusion(f, layout.confusion);
  }
  if (layout.folded()) return;
  panels::draw_explanation(f, layout.right);
  draw_fold_button(f, layout);
}

void draw_convolve(const Frame& f, const scene::FrameLayout& layout) {
  panels::ConvolvePanels& state = f.ui.convolve;
  state.before = state.hovered;
  state.hovered.reset();
  state.about.clear();
  panels::keep_pinned_pixel(f);
  panels::handle_convolve_keys(f);
  const scene::ConvolveLayout parts = convolve_layout_of(f, layout);
  panels::draw_convolve_left(f, parts.left);
  panels::draw_convolve_toolbar(f, parts.toolbar);
  if (state.page == panels::ConvolvePage::kTextbook) {
    panels::draw_convolve_textbook(f, stage_rect(f, layout));
  } else {
    panels::draw_convolve_pictures(f, parts.pictures);
    panels::draw_convolve_arithmetic(f, parts.arithmetic);
    if (!parts.compact || state.stage_state.bottom_tab == 0) panels::draw_convolve_worker(f, parts.worker);
    if (!parts.compact || state.stage_state.bottom_tab == 1) panels::draw_convolve_variants(f, parts.variants);
  }
  const float under_toolbar = parts.toolbar.bottom() - f.px(1);
  panels::line(f, {parts.toolbar.x, under_toolbar}, {parts.toolbar.right(), under_toolbar}, f.colors.hair, f.px(1));
  if (layout.folded()) return;
  panels::draw_convolve_right(f, layout.right);
  draw_fold_button(f, layout);
}

void draw_map_centre(const Frame& f, const scene::MapLayout& parts) {
  const panels::MapPanels& state = f.ui.map;
  if (!f.map.run) {
    panels::draw_map_waiting(f, parts.centre);
    return;
  }
  const bool two = parts.other_chip.w > 0;
  if (two) {
    panels::draw_map_chip(f, parts.other_chip, panels::MapSide::kCompared);
    panels::draw_map_gantt(f, parts.other_gantt, panels::MapSide::kCompared);
    panels::draw_map_stalls(f, parts.other_stalls, panels::MapSide::kCompared);
  }
  const bool close_up = !two && state.sm_open;
  if (!parts.compact || !close_up) panels::draw_map_chip(f, parts.chip, panels::MapSide::kNewest);
  if (close_up) panels::draw_map_close_up(f, parts.close_up);
  panels::draw_map_gantt(f, parts.gantt, panels::MapSide::kNewest);
  const bool tabs = parts.compact && !two;
  if (!tabs || state.bottom_tab == 0) panels::draw_map_stalls(f, parts.stalls, panels::MapSide::kNewest);
  if (!two && (!tabs || state.bottom_tab == 1)) panels::draw_map_roofline(f, parts.roofline);
}

void draw_map(const Frame& f, const scene::FrameLayout& layout) {
  panels::MapPanels& state = f.ui.map;
  state.before = state.hovered;
  state.hovered.reset();
  state.about.clear();
  if (!state.met) {
    state.met = true;
    state.sm_open = !map_layout_of(f, layout).compact;
  }
  panels::advance_map_clock(f);
  panels::handle_map_keys(f);
  const scene::MapLayout parts = map_layout_of(f, layout);
  panels::draw_map_left(f, parts.left);
  panels::draw_map_toolbar(f, parts.toolbar);
  draw_map_centre(f, parts);
  const float under_toolbar = parts.toolbar.bottom() - f.px(1);
  panels::line(f, {parts.toolbar.x, under_toolbar}, {parts.toolbar.right(), under_toolbar}, f.colors.hair, f.px(1));
  if (layout.folded()) return;
  panels::draw_map_right(f, layout.right);
  draw_fold_button(f, layout);
}

void draw_step(const Frame& f, const scene::FrameLayout& layout) {
  panels::refresh_step_reading(f);
  panels::StepPanels& step = f.ui.step;
  step.before = step.hovered;
  step.hovered = {};
  panels::handle_step_keys(f);
  const scene::StepLayout parts = step_layout_of(f, layout);
  const LitStepSplitters lit = move_step_splitters(f, parts, step_area(layout));
  panels::draw_step_toolbar(f, parts.toolbar);
  if (f.step.source) {
    panels::draw_step_source(f, parts.source);
    panels::draw_step_ptx(f, parts.ptx);
    panels::draw_step_lanes(f, parts.lanes);
    panels::draw_step_variables(f, parts.variables);
    panels::draw_step_shared(f, parts.shared);
    if (!parts.compact) panels::draw_step_memory(f, parts.memory);
    panels::draw_step_scrub(f, parts.scrub);
    draw_step_splitters(f, parts, lit);
  } else {
    panels::draw_step_welcome(f,
                              {parts.source.x, parts.source.y, parts.toolbar.w, parts.scrub.bottom() - parts.source.y});
  }
  const float under_toolbar = parts.toolbar.bottom() - f.px(1);
  panels::line(f, {parts.toolbar.x, under_toolbar}, {parts.toolbar.right(), under_toolbar}, f.colors.hair, f.px(1));
  if (layout.folded()) return;
  panels::draw_step_right(f, layout.right);
  draw_fold_button(f, layout);
}

}  // namespace

scene::FrameLayout layout_of(const UiState& ui, float width_px, float height_px) {
  const bool narrow = width_px / ui.scale() < scene::kFoldBelow;
  const bool folded = narrow ? !ui.right_wanted : ui.right_folded;
  return scene::frame_layout(width_px, height_px, ui.scale(),
                             {.left_width = ui.left_width,
                              .right_width = ui.right_width,
                              .plots_height = ui.plots_height,
                              .loss_width = ui.loss_width,
                              .accuracy_width = ui.accuracy_width},
                             folded ? scene::RightPanel::kFolded : scene::RightPanel::kOpen);
}

Ground frame_ground(const Frame& f) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  return {f.colors.panel, f.colors.stage, stage_rect(f, layout_of(f.ui, display.x, display.y))};
}

void draw_frame(const Frame& f, const DeviceReport& devices) {
  begin_frame(f);
  collect_toasts(f);
  handle_frame_keys(f);
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  scene::FrameLayout layout = layout_of(f.ui, display.x, display.y);
  const bool step = in_step(f.ui), convolve = in_convolve(f.ui), map = in_map(f.ui);
  const bool learn = !step && !convolve && !map;
  const bool stepping = f.view.training.status == session::TrainingStatus::kStepping;
  if ((stepping || panels::microscope_open(f)) && learn) {  // one picture where three plots were
    for (const auto which : {scene::FrameLayout::kPlots, scene::FrameLayout::kLoss, scene::FrameLayout::kAccuracy}) {
      layout.splitters[which] = {};
    }
  }
  if (!learn) {
    for (std::size_t i = 0; i < layout.splitters.size(); ++i) {
      const bool kept = i == scene::FrameLayout::kRight || ((convolve || map) && i == scene::FrameLayout::kLeft);
      if (!kept) layout.splitters[i] = {};
    }
  }

  const scene::Rect banner = learn ? take_banner(f, layout) : scene::Rect{};
  begin_root(f);
  if (learn) panels::handle_learn_keys(f);
  const LitSplitters lit = move_splitters(f, layout);
  if (step) {
    draw_step(f, layout);
  } else if (convolve) {
    draw_convolve(f, layout);
  } else if (map) {
    draw_map(f, layout);
  } else {
    const float under_toolbar = layout.toolbar.bottom() - f.px(1);
    panels::line(f, {layout.toolbar.x, under_toolbar}, {layout.toolbar.right(), under_toolbar}, f.colors.hair, f.px(1));
    draw_learn(f, layout, banner);
  }
  draw_splitters(f, layout, lit);
  if (layout.folded()) draw_right_tab(f, layout);
  draw_top_bar(f, layout);
  draw_status_bar(f, layout);
  draw_toasts(f, layout);
  draw_device_card(f, layout, devices);
  draw_messages(f, layout);
  if (f.ui.runs_open) panels::draw_runs(f, {0, 0, display.x, display.y});
  if (step && (f.ui.step.launch_open || f.ui.step.breakpoints_open)) {
    panels::draw_step_launch(f, {0, 0, display.x, display.y});
  }
  panels::draw_tour_list(f, {0, 0, display.x, display.y});
  draw_help(f);
  draw_palette(f);
  draw_tips(f);
  ImGui::End();
  end_frame(f);
}

}  // namespace warpscope::app

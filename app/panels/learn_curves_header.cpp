#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_curves.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::TrainingStatus;

// Logical; the tight ones where a plot is narrow.
struct LegendSizes {
  float gap, swatch;
};
constexpr LegendSizes kRoomyLegend{14, 18}, kTightLegend{10, 14};

// Names of one plot's controls for scripts.
struct Names {
  const char *export_button, *csv, *png;
};
constexpr Names kLossNames{"Export loss", "Loss as CSV", "Loss as PNG"};
constexpr Names kAccuracyNames{"Export accuracy", "Accuracy as CSV", "Accuracy as PNG"};

const Names& names_of(const PlotBox& box) {
  return box.loss() ? kLossNames : kAccuracyNames;
}

CurvesState::Menu menu_of(const PlotBox& box) {
  return box.loss() ? CurvesState::Menu::kLoss : CurvesState::Menu::kAccuracy;
}

float legend_width(const Frame& f, const LegendSizes& sizes, std::string_view name) {
  return f.px(sizes.swatch) + f.px(1) + text_width(f, Type::kCaption, name);
}

// `marker`: radius of the dot on the swatch, 0 for none.
void draw_legend(const Frame& f, const LegendSizes& sizes, scene::Vec2 at, std::string_view name, scene::Rgba color,
                 float marker) {
  const auto [x, y] = at;
  const float middle = y + std::round(line_height(f, Type::kCaption) / 2);
  line(f, {x, middle - f.px(1)}, {x + f.px(sizes.swatch) - f.px(4), middle - f.px(1)}, color, f.px(2));
  const float swatch = f.px(sizes.swatch) - f.px(4);
  if (marker > 0) ImGui::GetWindowDrawList()->AddCircleFilled({x + swatch / 2, middle}, f.px(marker), color, 12);
  text(f, {x + f.px(sizes.swatch) + f.px(1), y}, Type::kCaption, f.colors.text2, name);
}

// exports/cnn32-step1505-loss.csv below the data directory, which is made here if it is not there.
std::filesystem::path export_file(const Frame& f, std::string_view what, std::string_view extension) {
  const session::TrainingView& training = f.view.training;
  const std::filesystem::path folder = f.view.data_dir / "exports";
  std::error_code ignored;  // whoever writes the file says why it cannot be written
  std::filesystem::create_directories(folder, ignored);
  const std::string run = training.run_id > 0 ? fmt::format("-run{}", training.run_id) : "";
  return folder / fmt::format("{}{}-step{}{}.{}", training.settings.network, run, training.step, what, extension);
}

Rect export_button_rect(const Frame& f, const PlotBox& box) {
  const float side = f.px(24);
  const float right = box.panel.right() - f.px(box.compact ? 8 : 14);
  return {right - side, box.panel.y + f.px(box.compact ? 5 : 8), side, side};
}

bool menu_row(const Frame& f, std::string_view name, std::string_view label, Rect r) {
  std::string pending;
  const bool chosen = register_widget(f, name, r, true, &pending);
  const AreaState pointer = area(f, name, r);
  if (pointer.hovered) fill(f, r, f.colors.hover, f.px(scene::size::kRadiusControl));
  if (f.ui.widgets.focus == name) focus_ring(f, r, f.px(scene::size::kRadiusControl));
  text(f, {r.x + f.px(10), r.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text, label);
  return chosen || pointer.clicked;
}

}  // namespace

void draw_plot_header(const CurvesFrame& c, const PlotBox& box) {
  const Frame& f = c.f;
  CurvesState& state = c.state;
  const Rect out = export_button_rect(f, box);
  const float title_y = out.centre().y - line_height(f, Type::kTitle) / 2;
  const ButtonLook look{.icon = Icon::kExport,
                        .selected = state.menu == menu_of(box),
                        .enabled = has_curves(f),
                        .tip = state.menu == menu_of(box) ? "" : "Export this curve",
                        .label_hidden = true,
                        .ghost = true};
  if (button(f, names_of(box).export_button, out, look)) {
    state.menu = state.menu == menu_of(box) ? CurvesState::Menu::kNone : menu_of(box);
    f.ui.wake_in(0);
  }
  float right = out.x - f.px(8);
  if (box.loss()) {
    const ButtonLook log{
        .selected = f.ui.log_loss, .tip = "Logarithmic axis: small losses stay visible (L)", .type = Type::kCaption};
    const float width = text_width(f, Type::kCaption, "log") + f.px(14);
    if (button(f, "log", {right - width, out.centre().y - f.px(10), width, f.px(20)}, log)) {
      f.ui.log_loss = !f.ui.log_loss;
    }
    right -= width + f.px(12);
  }
  const float left = box.panel.x + f.px(box.compact ? 12 : 16);
  const std::string_view title = box.loss() ? "Loss" : "Accuracy";
  const float after_title = left + text_width(f, Type::kTitle, title) + f.px(12);
  const float legend_y = out.centre().y - line_height(f, Type::kCaption) / 2;
  const LegendSizes& sizes = box.compact ? kTightLegend : kRoomyLegend;
  const float train = legend_width(f, sizes, "train") + f.px(sizes.gap);
  const float both = train + legend_width(f, sizes, "validation");
  if (right - both >= after_title) {
    right -= both;
    draw_legend(f, sizes, {right, legend_y}, "train", f.colors.train, 0);
    draw_legend(f, sizes, {right + train, legend_y}, "validation", f.colors.validation, 3);
    right -= f.px(12);
  }
  // The caption is worth its place only where it can be read whole.
  const std::string_view caption = box.loss() ? "cross entropy" : "share read right";
  const bool fits = right - after_title + f.px(4) >= text_width(f, Type::kCaption, caption);
  panel_title(f, {left, title_y}, title, fits ? caption : "", right - left);
}

void draw_export_menu(const CurvesFrame& c, const PlotBox& box) {
  const Frame& f = c.f;
  CurvesState& state = c.state;
  if (state.menu != menu_of(box)) return;
  const Rect opener = export_button_rect(f, box);
  const float row = f.px(scene::size::kRow), margin = f.px(4), width = f.px(216);
  const Rect menu{opener.right() - width, opener.bottom() + f.px(4), width, 2 * row + 2 * margin};
  const Overlay overlay(f, "export menu", menu, Overlay::Kind::kTakesInput);
  callout(f, menu, false);
  Rect r{menu.x + margin, menu.y + margin, menu.w - 2 * margin, row};
  bool done = false;
  const bool trained = f.view.curves->train_count() > 0;
  if (trained && menu_row(f, names_of(box).csv, "All points of this run (CSV)", r)) {
    f.send(session::ExportCurve{export_file(f, "", "csv")});
    done = true;
  } else if (!trained) {
    text(f, {r.x + f.px(10), r.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.disabled,
         "All points of this run (CSV)");
  }
  r.y += row;
  if (menu_row(f, names_of(box).png, "Picture of this plot (PNG)", r)) {
    state.picture_in = 2;
    state.picture_of = box.panel;
    state.picture_file = export_file(f, box.loss() ? "-loss" : "-accuracy", "png");
    done = true;
  }
  const ImGuiIO& io = ImGui::GetIO();
  const scene::Vec2 mouse{io.MousePos.x, io.MousePos.y};
  const bool outside = io.MouseClicked[0] && !menu.contains(mouse) && !opener.contains(mouse);
  if (done || outside || raw_key(f, key::kEscape)) {
    state.menu = CurvesState::Menu::kNone;
    f.ui.wake_in(0);
  }
}

void take_due_picture(const Frame& f) {
  CurvesState& state = f.ui.learn.curves;
  if (state.picture_in == 0) return;
  f.ui.wake_in(0);
  if (--state.picture_in > 0) return;
  f.ui.requests.save_region = state.picture_of;
  f.ui.requests.save_region_png.push_back(state.picture_file);
}

void draw_no_curves(const Frame& f, const PlotBox& box) {
  const bool first = f.view.runs->runs.empty();
  const TrainingStatus status = f.view.training.status;
  const bool can_start = status == TrainingStatus::kReady || status == TrainingStatus::kPaused;
  std::string_view title = first ? "No runs yet" : "Fresh weights";
  std::string_view about = first ? "Draw a digit, or press Space to train the first network."
                                 : "Press Space to train. Earlier runs can stand behind the new curve: Compare runs.";
  if (!box.loss()) {
    title = "";
    about = "The share of digits read right. Guessing gives 10 %.";
  } else if (status == TrainingStatus::kTraining) {
    title = "The first step is being made";
    about = "";
  }
  const bool with_button = box.loss() && can_start;
  const float width = std::min(f.px(260), box.plot.w - f.px(16));
  const float title_height = title.empty() ? 0 : line_height(f, Type::kBodyStrong) + f.px(4);
  const float about_height = paragraph(f, {}, width, Type::kSmall, f.colors.text2, about, true);
  const float button_height = with_button ? f.px(scene::size::kControl) + f.px(12) : 0;
  const float height = title_height + about_height + button_height;
  const float pad = f.px(16);
  const Rect card{std::round(box.plot.centre().x - width / 2 - pad / 2),
                  std::round(box.plot.centre().y - height / 2 - pad), width + pad, height + 2 * pad};
  fill(f, card, f.colors.panel, f.px(scene::size::kRadiusCard));
  float y = card.y + pad;
  const float x = card.x + pad / 2;
  if (!title.empty()) {
    text(f, {card.centre().x, y}, Type::kBodyStrong, f.colors.text, title, Align::kCentre, width);
    y += title_height;
  }
  // One line is centred under its title; more lines are a paragraph.
  if (about_height <= line_height(f, Type::kSmall)) {
    text(f, {card.centre().x, y}, Type::kSmall, f.colors.text2, about, Align::kCentre, width);
  } else {
    paragraph(f, {x, y}, width, Type::kSmall, f.colors.text2, about);
  }
  y += about_height + f.px(12);
  if (!with_button) return;
  const ButtonLook look{.icon = Icon::kPlay, .primary = true, .label = "Start training"};
  const float button_w = std::min(width, button_width(f, "Start the first run", look));
  const Rect place{std::round(card.centre().x - button_w / 2), y, button_w, f.px(scene::size::kControl)};
  if (button(f, "Start the first run", place, look)) f.send(session::StartTraining{});
}

}  // namespace warpscope::panels

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/panels/keys.h"
#include "app/panels/learn_actions.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

constexpr float kThinnest = 8, kThickest = 40;  // of the pen, on the canvas
constexpr float kCalmReach = 8;                 // of the smoothing of what is drawn, in canvas units
// Sides of the pad's canvas in its own units; drawings keep it as their canvas.
float canvas(const UiState& ui) {
  return ui.editor.drawing().canvas_width;
}

float eraser_radius(const UiState& ui) {
  return 0.8F * ui.pen_width_px;
}

scene::Vec2 to_canvas(const UiState& ui, scene::Rect pad, scene::Vec2 at) {
  const float unit = canvas(ui) / pad.w;
  return {std::clamp((at.x - pad.x) * unit, 0.0F, canvas(ui)), std::clamp((at.y - pad.y) * unit, 0.0F, canvas(ui))};
}

// Times count from the drawing's first point.
drawings::StrokePoint point_at(const UiState& ui, scene::Vec2 at, double seconds) {
  return {at.x, at.y, static_cast<float>(std::max(0.0, seconds - ui.learn.pad.first_point) * 1000.0)};
}

void begin_gesture(const Frame& f, scene::Vec2 at) {
  UiState& ui = f.ui;
  PadState& pad = ui.learn.pad;
  ui.selected_drawing.reset();
  pad.last = at;
  if (ui.eraser) {
    pad.erasing = true;
    ui.editor.erase_begin();
    ui.editor.erase_along(point_at(ui, at, ui.now), point_at(ui, at, ui.now), eraser_radius(ui));
    return;
  }
  if (is_labelled(ui)) ui.editor.clear();
  pad.labelled_as = -1;
  if (ui.editor.drawing().empty()) pad.first_point = ui.now;
  pad.drawing = true;
  ui.editor.pen_down(point_at(ui, at, ui.now));
}

void go_on(UiState& ui, scene::Vec2 at, double seconds) {
  PadState& pad = ui.learn.pad;
  if (at == pad.last) return;
  if (pad.erasing) {
    ui.editor.erase_along(point_at(ui, pad.last, seconds), point_at(ui, at, seconds), eraser_radius(ui));
  } else {
    ui.editor.pen_move(point_at(ui, at, seconds));
  }
  pad.last = at;
}

void end_gesture(UiState& ui) {
  PadState& pad = ui.learn.pad;
  if (pad.drawing) ui.editor.pen_up();
  if (pad.erasing) ui.editor.erase_end();
  pad.drawing = pad.erasing = false;
}

// Outside the pad the pen goes on along its edge until it is lifted.
AreaState follow_pen(const Frame& f, scene::Rect pad) {
  UiState& ui = f.ui;
  const AreaState pen = area(f, "Pad", pad);
  const bool active = ui.learn.pad.drawing || ui.learn.pad.erasing;
  if (active && (pen.held || pen.released)) {
    for (const PointerSample& sample : ui.pointer_path) go_on(ui, to_canvas(ui, pad, sample.at), sample.seconds);
    go_on(ui, to_canvas(ui, pad, pen.mouse), ui.now);
  }
  if (active && !pen.held) end_gesture(ui);
  if (pen.pressed && !ui.learn.pad.drawing && !ui.learn.pad.erasing) begin_gesture(f, to_canvas(ui, pad, pen.mouse));
  if (pen.hovered) ui.hovered = {Focus::Kind::kPad, -1, -1, -1, -1, {}};
  return pen;
}

// The smooth curve as one band, with a disc where it begins, ends or turns sharply: round caps and joins.
void draw_stroke(const Frame& f, scene::Rect pad, const drawings::Stroke& stroke, float width, scene::Rgba ink) {
  constexpr float kGentle = 0.9F;  // cosine of a turn that a band's own joint still covers
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float unit = pad.w / canvas(f.ui), radius = width * unit / 2;
  std::vector<ImVec2> band;
  const auto end_band = [&] {
    if (band.empty()) return;
    list.AddPolyline(band.data(), static_cast<int>(band.size()), ink, ImDrawFlags_None, 2 * radius);
    list.AddCircleFilled(band.front(), radius, ink);
    list.AddCircleFilled(band.back(), radius, ink);
    band.clear();
  };
  const auto length = [](ImVec2 v) { return std::hypot(v.x, v.y); };
  for (const drawings::StrokePoint& point : drawings::smooth(drawings::without_jitter(stroke, kCalmReach), 2)) {
    const ImVec2 at{pad.x + point.x * unit, pad.y + point.y * unit};
    if (band.size() >= 2) {
      const ImVec2 last = band.back(), before = band[band.size() - 2];
      const ImVec2 a{last.x - before.x, last.y - before.y}, b{at.x - last.x, at.y - last.y};
      if (a.x * b.x + a.y * b.y < kGentle * length(a) * length(b)) {
        end_band();
        band.push_back(last);
      }
    }
    band.push_back(at);
  }
  end_band();
}

// The pen's size under the pointer, visible on ink and on black.
void draw_ring(const Frame& f, scene::Rect pad, scene::Vec2 mouse) {
  const float unit = pad.w / canvas(f.ui);
  const float radius = std::max(f.px(3), (f.ui.eraser ? eraser_radius(f.ui) : f.ui.pen_width_px / 2) * unit);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddCircle({mouse.x, mouse.y}, radius + f.px(3), scene::rgb(0x0F1114), 0, f.px(4));
  list.AddCircle({mouse.x, mouse.y}, radius + f.px(3), scene::palette(true).accent, 0, f.px(2));
  ImGui::SetMouseCursor(ImGuiMouseCursor_None);
}

// The pad is black in both themes, so its words take the dark theme's inks.
void draw_words(const Frame& f, scene::Rect pad) {
  const scene::Palette& on_black = scene::palette(true);
  const UiState& ui = f.ui;
  if (ui.editor.drawing().empty()) {
    const float y = std::round(pad.centre().y - line_height(f, Type::kBody));
    text(f, {pad.centre().x, y}, Type::kBodyStrong, on_black.text2, "Draw a digit here", Align::kCentre);
    text(f, {pad.centre().x, y + line_height(f, Type::kBody)}, Type::kCaption, on_black.text3,
         "with mouse, pen or finger", Align::kCentre);
  } else if (is_labelled(ui)) {
    const std::string saved = fmt::format("Saved as {}", ui.learn.pad.labelled_as);
    const float band = f.px(28);
    const scene::Rect r{pad.x, pad.bottom() - band, pad.w, band};
    fill(f, r, on_black.good_tint);
    icon(f, Icon::kCheck, {r.x + f.px(18), r.centre().y}, f.px(16), on_black.good);
    const float y = std::round(r.centre().y - line_height(f, Type::kLabel) / 2);
    const float used = f.px(32) + text(f, {r.x + f.px(32), y}, Type::kLabel, on_black.text, saved);
    text(f, {r.right() - f.px(12), y}, Type::kCaption, on_black.text2, "draw the next one", Align::kRight,
         r.w - used - f.px(24));
  }
}

void draw_canvas(const Frame& f, scene::Rect pad, const AreaState& pen) {
  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, pad, scene::rgb(0x000000), radius);
  {
    const Clip clip(pad);
    // A labelled drawing steps back: the next pen-down begins a new one.
    const scene::Rgba ink = scene::mix(scene::rgb(0x000000), scene::rgb(0xF4F5F7), is_labelled(f.ui) ? 0.6F : 1.0F);
    for (const drawings::Stroke& stroke : f.ui.editor.drawing().strokes) {
      draw_stroke(f, pad, stroke, f.ui.pen_width_px, ink);
    }
    draw_words(f, pad);
    if (pen.hovered || pen.held) draw_ring(f, pad, pen.mouse);
  }
  stroke(f, pad, f.ui.selected_drawing ? f.colors.hair : f.colors.strong, radius, f.px(1));
}

// Undo, redo and clear, from the right end; returns where they begin.
float draw_history(const Frame& f, scene::Rect r) {
  const drawings::StrokeEditor& editor = f.ui.editor;
  struct Tool {
    std::string_view name, tip;
    Icon icon;
    bool enabled;
    void (*act)(const Frame& f);
  };
  const Tool tools[] = {{"Undo", "Undo (Ctrl+Z)", Icon::kUndo, editor.can_undo() || is_labelled(f.ui), undo},
                        {"Redo", "Redo (Ctrl+Shift+Z)", Icon::kRedo, editor.can_redo(), redo},
                        {"Clear", "Clear the pad (Backspace)", Icon::kTrash, !editor.drawing().empty(), clear_pad}};
  const float side = f.px(28);
  float x = r.right() - 3 * side;
  const float begin = x;
  for (const Tool& tool : tools) {
    const ButtonLook look{
        .icon = tool.icon, .enabled = tool.enabled, .tip = tool.tip, .label_hidden = true, .ghost = true};
    if (button(f, tool.name, {x, r.y, side, r.h}, look)) tool.act(f);
    x += side;
  }
  return begin;
}

void draw_tools(const Frame& f, scene::Rect r) {
  UiState& ui = f.ui;
  const float side = f.px(28);
  const ButtonLook pen{.icon = Icon::kPen, .selected = !ui.eraser, .tip = "Pen (P)", .label_hidden = true};
  const ButtonLook eraser{.icon = Icon::kEraser, .selected = ui.eraser, .tip = "Eraser (E)", .label_hidden = true};
  if (button(f, "Pen", {r.x, r.y, side, r.h}, pen)) ui.eraser = false;
  if (button(f, "Eraser", {r.x + side - f.px(1), r.y, side, r.h}, eraser)) ui.eraser = true;
  const float end = draw_history(f, r);
  float x = r.x + 2 * side + f.px(14);
  const float caption_y = std::round(r.centre().y - line_height(f, Type::kSmall) / 2);
  const bool words = end - x > f.px(160);
  if (words) x += text(f, {x, caption_y}, Type::kSmall, f.colors.text3, "Width") + f.px(10);
  const std::string value = fmt::format("{:.0f} px", ui.pen_width_px);
  const float value_width = words ? text_width(f, Type::kNumber, "40 px") + f.px(10) : 0;
  slider(f, "Width", {x, r.y, end - f.px(8) - value_width - x, r.h}, ui.pen_width_px, kThinnest, kThickest);
  if (words) {
    text(f, {end - f.px(6), std::round(r.centre().y - line_height(f, Type::kNumber) / 2)}, Type::kNumber,
         f.colors.text2, value, Align::kRight);
  }
}

// Somewhere else ("Undo" of a message, say) the label may have been taken back: then the pad does not claim it any
// longer.
void notice_withdrawn_label(const Frame& f) {
  PadState& pad = f.ui.learn.pad;
  if (pad.labelled_as < 0 || pad.drawing || pad.erasing) return;
  const auto& items = f.view.gallery->items;
  const std::size_t newest = std::min<std::size_t>(items.size(), 8);
  const bool kept = std::any_of(
      items.begin(), items.begin() + static_cast<std::ptrdiff_t>(newest),
      [&](const auto& item) { return item.drawing != nullptr && item.drawing->strokes == pad.labelled.strokes; });
  if (kept) {
    pad.label_seen = true;
  } else if (pad.label_seen) {
    pad.labelled_as = -1;
    pad.label_seen = false;
  }
}

}  // namespace

void draw_pad(const Frame& f, scene::Rect r) {
  const float tools = f.px(28), gap = f.px(8);
  const float side = std::floor(std::min(r.w, r.h - tools - gap));
  const scene::Rect pad{std::round(r.centre().x - side / 2), r.y, side, side};
  notice_withdrawn_label(f);
  const AreaState pen = follow_pen(f, pad);
  draw_canvas(f, pad, pen);
  draw_tools(f, {r.x, pad.bottom() + gap, r.w, tools});
  send_drawing(f);
}

}  // namespace warpscope::panels

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

ImVec2 vec(scene::Vec2 v) {
  return {v.x, v.y};
}

std::string range_text(float value, bool with_sign) {
  if (value == 0) return "0";
  const float size = std::abs(value);
  const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1F ? 2 : 4;
  return fmt::format("{}{:.{}f}", value > 0 && with_sign ? "+" : "", value, decimals);
}

scene::Rgba scale_color(Scale scale, float t) {
  switch (scale) {
    case Scale::kGrey:
      return scene::grey(t);
    case Scale::kCividis:
      return scene::cividis(t);
    case Scale::kSigned:
      return scene::signed_color(t * 2 - 1);
  }
  return 0;
}

}  // namespace

void fill(const Frame&, scene::Rect r, scene::Rgba color, float radius) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  // A corner this small is one pixel left out: three plain rectangles look the same as forty triangles of an arc.
  constexpr float kOnePixelCorner = 2.5F;
  if (radius > 0 && radius <= kOnePixelCorner && r.w > 4 && r.h > 4) {
    list.AddRectFilled({r.x + 1, r.y}, {r.right() - 1, r.bottom()}, color);
    list.AddRectFilled({r.x, r.y + 1}, {r.x + 1, r.bottom() - 1}, color);
    list.AddRectFilled({r.right() - 1, r.y + 1}, {r.right(), r.bottom() - 1}, color);
    return;
  }
  list.AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, color, radius);
}

void stroke(const Frame&, scene::Rect r, scene::Rgba color, float radius, float thickness) {
  // ImGui centres a line on the rectangle half a pixel inside; thicker ones are moved in so that they stay within `r`.
  const float in = std::max(0.0F, (thickness - 1) / 2);
  ImGui::GetWindowDrawList()->AddRect({r.x + in, r.y + in}, {r.right() - in, r.bottom() - in}, color,
                                      std::max(0.0F, radius - in), 0, thickness);
}

void line(const Frame&, scene::Vec2 a, scene::Vec2 b, scene::Rgba color, float thickness) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  // Hairlines along an axis are filled whole pixels: no anti-aliasing, no blur.
  if (a.y == b.y) {
    list.AddRectFilled({std::min(a.x, b.x), a.y}, {std::max(a.x, b.x), a.y + thickness}, color);
  } else if (a.x == b.x) {
    list.AddRectFilled({a.x, std::min(a.y, b.y)}, {a.x + thickness, std::max(a.y, b.y)}, color);
  } else {
    list.AddLine(vec(a), vec(b), color, thickness);
  }
}

void callout(const Frame& f, scene::Rect r, bool accent_border) {
  const float shift = f.px(3);
  const float radius = f.px(scene::size::kRadiusCard);
  fill(f, {r.x + shift, r.y + shift, r.w, r.h}, f.colors.shadow, radius);
  fill(f, r, f.colors.panel, radius);
  stroke(f, r, accent_border ? f.colors.accent : f.colors.strong, radius, f.px(1));
}

void progress_bar(const Frame& f, scene::Rect r, float fraction) {
  const float radius = r.h / 2;
  fill(f, r, f.colors.hair, radius);
  const float width = std::clamp(fraction, 0.0F, 1.0F) * r.w;
  if (width >= 1) fill(f, {r.x, r.y, std::max(width, r.h), r.h}, f.colors.accent, radius);
}

void color_scale(const Frame& f, scene::Rect bar, Scale scale, float low, float high, std::string_view caption) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  constexpr int kSteps = 24;
  const auto color_at = [scale](int step) { return scale_color(scale, static_cast<float>(step) / kSteps); };
  for (int i = 0; i < kSteps; ++i) {
    const float left = bar.x + bar.w * static_cast<float>(i) / kSteps;
    const float right = bar.x + bar.w * static_cast<float>(i + 1) / kSteps;
    list.AddRectFilledMultiColor({left, bar.y}, {right, bar.bottom()}, color_at(i), color_at(i + 1), color_at(i + 1),
                                 color_at(i));
  }
  const bool with_sign = scale == Scale::kSigned;
  const float below = bar.bottom() + f.px(2);
  text(f, {bar.x, below}, Type::kTick, f.colors.text3, range_text(low, with_sign));
  text(f, {bar.right(), below}, Type::kTick, f.colors.text3, range_text(high, with_sign), Align::kRight);
  const bool room_for_zero = bar.w > f.px(100);
  if (with_sign && room_for_zero) text(f, {bar.centre().x, below}, Type::kTick, f.colors.text3, "0", Align::kCentre);
  if (!caption.empty()) {
    const float middle = bar.centre().y - line_height(f, Type::kCaption) / 2;
    text(f, {bar.right() + f.px(8), middle}, Type::kCaption, f.colors.text3, caption);
  }
}

void mark_hovered(const Frame& f, scene::Rect r) {
  const float white = f.px(2);
  const float black = f.px(1);
  stroke(f, r.inset(-white - black), scene::rgb(0x0F1114), f.px(1), black + white);
  stroke(f, r.inset(-white), scene::rgb(0xFFFFFF), 0, white);
  stroke(f, r, scene::rgb(0x0F1114), 0, black);
}

void mark_selected(const Frame& f, scene::Rect r) {
  const float white = f.px(1);
  const float accent = f.px(2);
  stroke(f, r.inset(-white - accent), f.colors.accent, f.px(1), accent);
  stroke(f, r.inset(-white), scene::rgb(0xFFFFFF), 0, white);
}

void tip(const Frame& f, std::string_view lines) {
  f.ui.widgets.tips.emplace_back(lines);
}

void origin_mark(const Frame& f, scene::Vec2 centre, Origin origin) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float r = f.px(7) / 2;
  switch (origin) {
    case Origin::kMeasured:
      list.AddCircleFilled(vec(centre), r, f.colors.text3, 16);
      break;
    case Origin::kModelled:
      list.AddNgon(vec(centre), r + f.px(1), f.colors.text3, 4, f.px(1));
      break;
    case Origin::kEstimated: {
      const float half = f.px(8) / 2;
      const float rise = f.px(3);
      list.AddBezierCubic({centre.x - half, centre.y + rise / 2}, {centre.x - half / 4, centre.y - rise * 1.5F},
                          {centre.x + half / 4, centre.y + rise * 1.5F}, {centre.x + half, centre.y - rise / 2},
                          f.colors.text3, f.px(1) * 1.25F);
      break;
    }
  }
}

Overlay::Overlay(const Frame& f, std::string_view name, scene::Rect r, Kind kind) {
  const float around = f.px(8);  // shadow and focus rings
  const scene::Rect window = r.inset(kind == Kind::kShows ? -around : -f.px(4));
  ImGui::SetNextWindowPos({window.x, window.y});
  ImGui::SetNextWindowSize({window.w, window.h});
  ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoMove |
                           ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                           ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoFocusOnAppearing;
  if (kind == Kind::kShows) flags |= ImGuiWindowFlags_NoInputs;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
  ImGui::Begin(fmt::format("##overlay {}", name).c_str(), nullptr, flags);
  ImGui::PopStyleVar(2);
  ImGui::BringWindowToDisplayFront(ImGui::GetCurrentWindow());
}

Overlay::~Overlay() {
  ImGui::End();
}

Clip::Clip(scene::Rect r) {
  ImGui::PushClipRect({r.x, r.y}, {r.right(), r.bottom()}, true);
}

Clip::~Clip() {
  ImGui::PopClipRect();
}

}  // namespace warpscope::panels

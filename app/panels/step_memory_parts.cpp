#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/step_memory.h"
#include "app/scene/frame_layout.h"

namespace warpscope::panels {
namespace {

ButtonLook segment_look(const Segment& segment, bool selected) {
  return {.selected = selected, .tip = segment.tip, .label = segment.label, .type = Type::kMicro};
}

float segment_width(const Frame& f, const Segment& segment) {
  return std::ceil(text_width(f, Type::kMicro, segment.label)) + 2 * f.px(8);
}

}  // namespace

float segments_width(const Frame& f, std::span<const Segment> segments) {
  float width = 0;
  for (const Segment& segment : segments) width += segment_width(f, segment) - f.px(1);
  return width + f.px(1);
}

int draw_segments(const Frame& f, scene::Vec2 at, std::span<const Segment> segments, int selected) {
  float x = at.x;
  int chosen = selected;
  scene::Rect lit{};
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const scene::Rect r{x, at.y, segment_width(f, segments[i]), f.px(22)};
    const bool on = static_cast<int>(i) == selected;
    if (on) lit = r;
    if (button(f, segments[i].name, r, segment_look(segments[i], on))) chosen = static_cast<int>(i);
    x += r.w - f.px(1);
  }
  // The border of the next one lies over it otherwise.
  if (lit.w > 0) stroke(f, lit, f.colors.accent, f.px(scene::size::kRadiusControl), f.px(1));
  return chosen;
}

void hatch(const Frame& f, scene::Rect r, scene::Rgba color) {
  if (r.w <= 0 || r.h <= 0) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float pitch = f.px(6);
  // Lines x + y = k * pitch, cut at the rectangle's edges, so that neighbours fit together.
  const float first = std::ceil((r.x + r.y) / pitch) * pitch;
  for (float sum = first; sum < r.right() + r.bottom(); sum += pitch) {
    const float x0 = std::max(r.x, sum - r.bottom()), x1 = std::min(r.right(), sum - r.y);
    if (x1 > x0) list.AddLine({x0, sum - x0}, {x1, sum - x1}, color, f.px(1));
  }
}

float range_scale(const Frame& f, scene::Vec2 at, const scene::ValueRange& range, bool counts, Draw draw) {
  const auto number = [counts](float value) { return fmt::format("{:.3g}", counts ? std::expm1(value) : value); };
  const float most = std::max(-range.low, range.high);
  const std::string low = number(range.is_signed() ? -most : 0), high = number(range.is_signed() ? most : range.high);
  const float bar = f.px(64), gap = f.px(5), before = text_width(f, Type::kTick, low) + gap;
  const float width = before + bar + gap + text_width(f, Type::kTick, high);
  if (draw == Draw::kMeasure) return width;
  text(f, at, Type::kTick, f.colors.text2, low);
  constexpr int kSteps = 16;
  for (int i = 0; i < kSteps; ++i) {
    const float t = (static_cast<float>(i) + 0.5F) / kSteps;
    const scene::Rgba color = range.is_signed() ? scene::signed_color(2 * t - 1) : scene::cividis(t);
    const float left = at.x + before + bar * static_cast<float>(i) / kSteps;
    fill(f, {left, at.y + f.px(3), bar / kSteps + 0.5F, f.px(8)}, color);
  }
  text(f, {at.x + before + bar + gap, at.y}, Type::kTick, f.colors.text2, high);
  return width;
}

void say_calmly(const Frame& f, scene::Rect r, std::string_view title, std::string_view about) {
  const float width = std::min(r.w - 2 * f.px(16), f.px(320));
  if (width < f.px(60)) return;
  const float high = line_height(f, Type::kTitle) + f.px(4) + paragraph(f, {}, width, Type::kSmall, 0, about, true);
  const float x = std::round(r.x + f.px(12)), y = std::round(r.y + std::max(f.px(4), (r.h - high) / 3));
  text(f, {x, y}, Type::kTitle, f.colors.text2, title, Align::kLeft, width);
  paragraph(f, {x, y + line_height(f, Type::kTitle) + f.px(4)}, width, Type::kSmall, f.colors.text3, about);
}

bool is_compact(const Frame& f) {
  return ImGui::GetIO().DisplaySize.x / f.scale < scene::kCompactBelow;
}

int followed_line(const Frame& f) {
  const auto& moment = *f.step.moment;
  if (!moment.followed_next || *moment.followed_next >= f.step.run->size()) return 0;
  return session::line_at(*f.step.run, (*f.step.run->records)[*moment.followed_next].pc);
}

}  // namespace warpscope::panels

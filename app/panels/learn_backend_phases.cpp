// Where a training step's time goes: one bar, cut into its four phases.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_backend.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using training::PhaseTimes;

std::string share_text(const PhaseTimes& phases, const TimedPhase& phase) {
  return fmt::format("{:.0f} %", 100 * phases.*phase.seconds / phases.all());
}

}  // namespace

void draw_phase_bar(const Frame& f, Rect r, const PhaseTimes& phases) {
  const double all = phases.all();
  if (!(all > 0)) {
    fill(f, r, f.colors.hair, f.px(scene::size::kRadiusCell));
    return;
  }
  double before = 0;
  for (std::size_t i = 0; i < kTimedPhases.size(); ++i) {
    const double seconds = phases.*kTimedPhases[i].seconds;
    const float left = std::round(r.x + r.w * static_cast<float>(before / all));
    before += seconds;
    const float right = std::round(r.x + r.w * static_cast<float>(before / all));
    if (right <= left) continue;
    const bool last = right >= r.right();
    const Rect part{left, r.y, std::max(1.0F, right - left - (last ? 0.0F : f.px(1))), r.h};
    const scene::Rgba color = scene::category(static_cast<int>(i));
    fill(f, part, color);
    const std::string share = share_text(phases, kTimedPhases[i]);
    const bool has_room = r.h >= line_height(f, Type::kTick) && part.w > text_width(f, Type::kTick, share) + f.px(6);
    if (has_room) {
      text(f, {std::round(part.centre().x), std::round(part.centre().y - line_height(f, Type::kTick) / 2)}, Type::kTick,
           scene::text_on(color), share, Align::kCentre);
    }
  }
}

std::string phase_lines(const PhaseTimes& phases) {
  if (!(phases.all() > 0)) return "No step was measured yet";
  std::string lines = fmt::format("One step takes {}:", step_time_text(phases.all()));
  for (const TimedPhase& phase : kTimedPhases) {
    lines += fmt::format("\n{} {}, {}", phase.name, step_time_text(phases.*phase.seconds), share_text(phases, phase));
  }
  return lines;
}

float phase_legend_height(const Frame& f) {
  return line_height(f, Type::kCaption) + line_height(f, Type::kNumber);
}

void draw_phase_legend(const Frame& f, Rect r, const PhaseTimes& phases) {
  const float side = f.px(9), indent = f.px(14);
  const bool measured = phases.all() > 0;
  // Each as wide as its name, with what is left between them.
  float names = 0;
  for (const TimedPhase& phase : kTimedPhases) names += indent + text_width(f, Type::kCaption, phase.name);
  const float gap = std::max(0.0F, (r.w - names) / static_cast<float>(kTimedPhases.size() - 1));
  float x = r.x;
  for (std::size_t i = 0; i < kTimedPhases.size(); ++i) {
    const TimedPhase& phase = kTimedPhases[i];
    const float left = std::round(x), middle = r.y + line_height(f, Type::kCaption) / 2;
    const float width = indent + text_width(f, Type::kCaption, phase.name);
    fill(f, {left, std::round(middle - side / 2), side, side}, scene::category(static_cast<int>(i)), f.px(1));
    text(f, {left + indent, r.y}, Type::kCaption, f.colors.text2, phase.name);
    text(f, {left + indent, r.y + line_height(f, Type::kCaption)}, Type::kNumber,
         measured ? f.colors.text : f.colors.text3, measured ? step_time_text(phases.*phase.seconds) : "–");
    if (hovered(f, {left, r.y, width + std::min(gap, f.px(8)), r.h}))
      tip(f, fmt::format("{}: {}", phase.name, phase.about));
    x += width + gap;
  }
}

}  // namespace warpscope::panels

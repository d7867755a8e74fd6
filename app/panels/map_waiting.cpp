// Before the first run: what will be here, and how far it is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MapJob;

struct Promise {
  std::string_view title, text;
};
constexpr Promise kPromises[] = {
    {"The chip", "Every SM with its blocks, filling and emptying while time plays."},
    {"One SM", "Its four schedulers, cycle by cycle: which warp issues, and why the others do not."},
    {"Every block on every SM", "When each block ran and where; the waves, and the tail where SMs stand empty."},
    {"What the warps waited for", "The stall reasons of the run in one bar, and what to try."},
    {"Roofline", "How far the kernel is from what the chip can do."},
};

std::string heading_of(const Frame& f) {
  if (f.map.job.kind != MapJob::Kind::kNone) return f.map.job.text;
  if (f.map.plan && !f.map.plan->problem.empty()) return "This cannot be run";
  return "Getting ready";
}

// The job, or why there is none.
float draw_state(const Frame& f, scene::Vec2 at, float width) {
  const MapJob& job = f.map.job;
  if (job.kind == MapJob::Kind::kNone && f.map.plan && !f.map.plan->problem.empty()) {
    icon(f, Icon::kWarning, {at.x + f.px(8), at.y + f.px(10)}, f.px(16), f.colors.warning);
    return paragraph(f, {at.x + f.px(26), at.y}, width - f.px(26), Type::kBody, f.colors.text, f.map.plan->problem);
  }
  const timing::Progress& progress = job.progress;
  const float part =
      progress.blocks == 0 ? 0.0F : static_cast<float>(progress.blocks_ended) / static_cast<float>(progress.blocks);
  progress_bar(f, {at.x, at.y + f.px(6), width, f.px(5)}, std::clamp(part, 0.0F, 1.0F));
  if (progress.blocks == 0) return f.px(18);
  text(f, {at.x, at.y + f.px(18)}, Type::kNumber, f.colors.text2,
       fmt::format("{} of {} blocks", with_thousands(static_cast<long long>(progress.blocks_ended)),
                   with_thousands(static_cast<long long>(progress.blocks))),
       Align::kLeft, width);
  return f.px(18) + line_height(f, Type::kNumber);
}

}  // namespace

void draw_map_waiting(const Frame& f, Rect r) {
  const float width = std::min(f.px(520), r.w - 2 * f.px(24));
  const float x = std::round(r.centre().x - width / 2);
  float y = std::round(r.y + std::max(f.px(20), r.h * 0.14F));
  const Clip clip(r);
  y += paragraph(f, {x, y}, width, Type::kHeading, f.colors.text, heading_of(f)) + f.px(8);
  y += draw_state(f, {x, y}, width) + f.px(24);
  text(f, {x, y}, Type::kTitle, f.colors.text2, "What will be here");
  y += line_height(f, Type::kTitle) + f.px(8);
  for (const Promise& each : kPromises) {
    y += paragraph(f, {x, y}, width, Type::kSmall, f.colors.text2, fmt::format("**{}.** {}", each.title, each.text));
    y += f.px(8);
  }
}

}  // namespace warpscope::panels

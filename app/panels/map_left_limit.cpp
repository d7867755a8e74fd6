// What fits on an SM, what sets the limit, and the nearest step up.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"

namespace warpscope::panels {
namespace {

using gpu::Occupancy;
using scene::Rect;
using session::MapPlan;

struct Limit {
  std::string_view name;
  gpu::Limiter by;
  int Occupancy::*blocks;
};
constexpr Limit kLimits[] = {{"warps", gpu::kByWarps, &Occupancy::by_warps},
                             {"registers", gpu::kByRegisters, &Occupancy::by_registers},
                             {"shared", gpu::kByShared, &Occupancy::by_shared},
                             {"blocks", gpu::kByBlocks, &Occupancy::by_blocks}};

std::string limit_number(int blocks) {
  return blocks == gpu::kUnlimited ? "–" : fmt::format("{}", blocks);
}

std::string limit_words(const Limit& limit, const Occupancy& occupancy) {
  return fmt::format("{} {}", limit.name, limit_number(occupancy.*limit.blocks));
}

// In one row where they fit, else in two.
int limit_rows(const Frame& f, float width, const Occupancy& occupancy) {
  float wide = 0;
  for (const Limit& each : kLimits) wide += text_width(f, Type::kTick, limit_words(each, occupancy)) + f.px(4);
  return wide <= width ? 1 : 2;
}

// How many blocks each alone would allow; those that count stand out.
void draw_limits(const Frame& f, Rect r, const Occupancy& occupancy) {
  const int rows = limit_rows(f, r.w, occupancy);
  const std::size_t across = rows == 1 ? 4 : 2;
  const float high = line_height(f, Type::kTick);
  float wide = 0;
  for (const Limit& each : kLimits) wide += text_width(f, Type::kTick, limit_words(each, occupancy));
  const float gap = (r.w - wide) / 3;
  float x = r.x;
  for (std::size_t i = 0; i < std::size(kLimits); ++i) {
    if (rows == 2) x = i % across == 0 ? r.x : std::round(r.x + r.w / 2);
    const bool counts = (occupancy.limiters & kLimits[i].by) != 0;
    x += text(f, {x, r.y + static_cast<float>(i / across) * high}, Type::kTick, counts ? f.colors.text : f.colors.text3,
              limit_words(kLimits[i], occupancy)) +
         gap;
  }
  if (hovered(f, {r.x, r.y, r.w, high * static_cast<float>(rows)})) {
    tip(f, "Blocks that an SM would hold if this alone counted. The smallest one decides.");
  }
}

void put_problem(LeftColumn& column, const std::string& problem) {
  const Frame& f = column.f;
  const float inset = f.px(10), mark = f.px(24);
  const float width = column.width - 2 * inset - mark;
  const float high = paragraph(f, {}, width, Type::kSmall, f.colors.text, problem, true);
  const Rect card = column.row(high + 2 * inset);
  fill(f, card, f.colors.warning_tint, f.px(scene::size::kRadiusCard));
  icon(f, Icon::kWarning, {card.x + inset + f.px(8), card.y + inset + f.px(9)}, f.px(16), f.colors.warning);
  paragraph(f, {card.x + inset + mark, card.y + inset}, width, Type::kSmall, f.colors.text, problem);
  column.y += card.h + f.px(8);
}

// The nearest step up: a line that does it when it is chosen.
float put_suggestion(const Frame& f, Rect r, const MapPlan& plan, bool measure_only) {
  const gpu::Suggestion& suggestion = *plan.suggestion;
  std::string words = suggestion.text + ".";
  if (words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  const float high = paragraph(f, {r.x, r.y}, r.w, Type::kSmall, f.colors.text2, words, true);
  if (measure_only) return high;
  if (!can_apply(plan, map_settings(f), suggestion)) {
    paragraph(f, {r.x, r.y}, r.w, Type::kSmall, f.colors.text2, words);
    return high;
  }
  const Rect line_rect{r.x, r.y, r.w, high};
  const AreaState pointer = area(f, "Suggestion", line_rect);
  const bool by_key = register_widget(f, "Suggestion", line_rect, true);
  if (f.ui.widgets.focus == "Suggestion") focus_ring(f, line_rect, f.px(scene::size::kRadiusControl));
  paragraph(f, {r.x, r.y}, r.w, Type::kSmall, pointer.hovered ? f.colors.accent : f.colors.text, words);
  if (pointer.hovered) tip(f, "Click to try it");
  if (pointer.clicked || by_key) apply_suggestion(f, suggestion);
  return high;
}

void put_card(LeftColumn& column, const MapPlan& plan) {
  const Frame& f = column.f;
  const Occupancy& o = *plan.occupancy;
  const float inset = f.px(10), title = line_height(f, Type::kTitle), small = line_height(f, Type::kSmall);
  const float inner = column.width - 2 * inset;
  const float suggested = plan.suggestion ? put_suggestion(f, {0, 0, inner, 0}, plan, true) : 0;
  const float limits = line_height(f, Type::kTick) * static_cast<float>(limit_rows(f, inner, o));
  const float high = inset + title + f.px(14) + small + suggested + f.px(6) + limits + inset;
  const Rect card = column.row(high);
  fill(f, card, f.colors.raised, f.px(scene::size::kRadiusCard));
  const float x = card.x + inset, right = card.right() - inset;
  float y = card.y + inset;
  const std::string percent = fmt::format("{:.0f} %", 100 * o.share);
  const float taken = text_width(f, Type::kNumber, percent);
  const std::string whole =
      fmt::format("{} {} × {} {} = {} of {} warps", o.blocks, o.blocks == 1 ? "block" : "blocks", o.warps_per_block,
                  o.warps_per_block == 1 ? "warp" : "warps", o.warps, plan.limits->warps);
  const std::string brief =
      fmt::format("{} × {} = {} of {} warps", o.blocks, o.warps_per_block, o.warps, plan.limits->warps);
  const bool fits = text_width(f, Type::kTitle, whole) < inner - taken - f.px(8);
  text(f, {x, y}, Type::kTitle, f.colors.text, fits ? whole : brief, Align::kLeft, inner - taken - f.px(8));
  text(f, {right, y}, Type::kNumber, f.colors.text, percent, Align::kRight);
  y += title + f.px(5);
  progress_bar(f, {x, y, inner, f.px(5)}, static_cast<float>(o.share));
  y += f.px(9);
  const bool full = o.warps == plan.limits->warps;
  text(f, {x, y}, Type::kSmall, full ? f.colors.good : f.colors.warning,
       full ? "All the warps an SM can hold." : limit_sentence(o), Align::kLeft, inner);
  y += small;
  if (plan.suggestion) y += put_suggestion(f, {x, y, inner, 0}, plan, false);
  draw_limits(f, {x, y + f.px(6), inner, line_height(f, Type::kTick)}, o);
  column.y += high + f.px(8);
}

}  // namespace

std::string limit_sentence(const Occupancy& occupancy) {
  std::string words = gpu::text_of_limiters(occupancy.limiters);
  const bool one = words == "shared memory";
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return fmt::format("{} {} the limit.", words, one ? "sets" : "set");
}

void put_map_limit(LeftColumn& column) {
  const Frame& f = column.f;
  if (!f.map.plan) return;
  const MapPlan& plan = *f.map.plan;
  const float top = column.y;
  column.y += f.px(4);
  if (!plan.problem.empty()) put_problem(column, plan.problem);
  if (plan.occupancy && plan.problem.empty()) put_card(column, plan);
  speak_of_map(f, {column.panel.x, top, column.panel.w, column.y - top}, "occupancy");
}

}  // namespace warpscope::panels

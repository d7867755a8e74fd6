#include "app/panels/map_stalls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "app/panels/widgets.h"
#include "app/scene/map_layout.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::MapRun;
using timing::Timeline;

constexpr float kCompactBelow = 150;  // logical height
constexpr float kColumn = 168;        // of the legend

struct Places {
  Rect header, bar, legend, sentence;
  float row = 0;  // of the legend
  int columns = 1, rows = 2;
};

Places places_of(const Frame& f, Rect r) {
  const bool compact = r.h / f.scale < kCompactBelow;
  const float pad = f.px(16);
  Places p;
  p.header = {r.x + pad, r.y + f.px(compact ? 4 : 8), r.w - 2 * pad, f.px(compact ? 24 : 20)};
  p.bar = {p.header.x, p.header.bottom() + f.px(compact ? 4 : 10), p.header.w, f.px(compact ? 18 : 24)};
  p.row = f.px(compact ? 17 : 20);
  p.columns = std::clamp(static_cast<int>(p.header.w / f.px(kColumn)), 1, 5);
  p.legend = {p.header.x, p.bar.bottom() + f.px(compact ? 5 : 8), p.header.w, p.row * static_cast<float>(p.rows)};
  const float top = p.legend.bottom() + f.px(compact ? 4 : 8);
  p.sentence = {p.header.x, top, p.header.w, std::max(0.0F, r.bottom() - top - f.px(4))};
  return p;
}

void refresh(const MapRun& run, MapStalls& state, std::size_t most) {
  if (state.timeline == run.timeline && state.most == most) return;
  state.timeline = run.timeline;
  state.most = most;
  state.parts = stall_parts(*run.timeline, most);
  state.advice = state.parts.empty() ? std::string() : stall_advice(stall_facts(run));
  state.lengths = block_lengths(*run.timeline);
}

std::string share_text(const StallPart& part) {
  return fmt::format("{}.{}", part.tenths / 10, part.tenths % 10);
}

void tell(const Frame& f, const MapRun& run, const StallPart& part) {
  std::string words = fmt::format("{}: {} % of all warp-cycles, {}", stall_part_name(part), share_text(part),
                                  cycles_text(static_cast<double>(part.warp_cycles)));
  if (part.merged) {
    words += "\nAll the waits that are too short to stand alone.";
  } else {
    words += fmt::format("\n{}", timing::meaning_of(part.stall));
    const BlamedLine blamed = blamed_line(run, part.stall);
    if (blamed.line > 0) {
      words += fmt::format("\nMost of it in line {} of {}: {:.0f} %", blamed.line, run.plan->source_name,
                           100 * blamed.share);
    }
  }
  tip(f, words);
}

scene::Rgba part_colour(const Frame& f, const StallPart& part) {
  return map_stall_colour(f, part.merged ? timing::Stall::kOther : part.stall);
}

// The part under the pointer; null: none.
const StallPart* draw_bar(const Frame& f, Rect bar, const std::vector<StallPart>& parts) {
  const StallPart* under = nullptr;
  int before = 0;
  for (const StallPart& part : parts) {
    const auto x = [&](int tenths) { return bar.x + std::round(bar.w * static_cast<float>(tenths) / 1000); };
    const float left = x(before), right = x(before += part.tenths);
    if (right <= left) continue;
    const Rect r{left, bar.y, std::max(f.px(1), right - left - f.px(1)), bar.h};
    const scene::Rgba ink = part_colour(f, part);
    fill(f, r, ink);
    const std::string share = share_text(part);
    if (text_width(f, Type::kTick, share) + f.px(6) < r.w) {
      text(f, {std::round(r.centre().x), std::round(r.centre().y - line_height(f, Type::kTick) / 2)}, Type::kTick,
           scene::text_on(ink), share, Align::kCentre);
    }
    if (!hovered(f, r)) continue;
    under = &part;
    mark_hovered(f, r);
  }
  return under;
}

const StallPart* draw_legend(const Frame& f, const Places& p, const std::vector<StallPart>& parts) {
  const StallPart* under = nullptr;
  const float width = std::floor(p.legend.w / static_cast<float>(p.columns));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto column = static_cast<float>(i % static_cast<std::size_t>(p.columns));
    const auto row = static_cast<float>(i / static_cast<std::size_t>(p.columns));
    const Rect r{p.legend.x + column * width, p.legend.y + row * p.row, width - f.px(20), p.row};
    const float middle = r.centre().y, side = f.px(8);
    const Rect square{r.x, std::round(middle - side / 2), side, side};
    fill(f, square, part_colour(f, parts[i]));
    if (parts[i].stall == timing::Stall::kIssued) stroke(f, square, f.colors.strong, 0, f.px(1));
    const std::string share = share_text(parts[i]) + " %";
    const float number = text_width(f, Type::kTick, share);
    text(f, {r.x + f.px(15), std::round(middle - line_height(f, Type::kMicro) / 2)}, Type::kMicro, f.colors.text2,
         stall_part_name(parts[i]), Align::kLeft, r.w - f.px(15) - number - f.px(6));
    text(f, {r.right(), std::round(middle - line_height(f, Type::kTick) / 2)}, Type::kTick, f.colors.text, share,
         Align::kRight);
    if (hovered(f, {r.x, r.y, r.w + f.px(10), r.h})) under = &parts[i];
  }
  return under;
}

// One line where there is room for one; the whole text is in the tip.
void draw_sentence(const Frame& f, Rect r, const std::string& advice) {
  if (advice.empty() || r.h < line_height(f, Type::kMicro)) return;
  const std::string words = "**Try:** " + advice;
  for (const Type type : {Type::kSmall, Type::kCaption}) {
    if (paragraph(f, {r.x, r.y}, r.w, type, f.colors.text2, words, true) > r.h) continue;
    paragraph(f, {r.x, r.y}, r.w, type, f.colors.text2, words);
    return;
  }
  text(f, {r.x, r.y}, Type::kCaption, f.colors.text2, "Try: " + advice, Align::kLeft, r.w);
  if (hovered(f, r)) tip(f, "Try: " + advice);
}

// ---- A trace

// Lengths of the blocks on a common scale: from the least to the most, the median between.
void draw_lengths(const Frame& f, Rect r, const MapRun& run, const BlockLengths& lengths) {
  const Timeline& t = *run.timeline;
  const auto longest = static_cast<double>(std::max<timing::Cycle>(1, lengths.most));
  const auto x = [&](timing::Cycle length) {
    return std::round(r.x + r.w * static_cast<float>(static_cast<double>(length) / longest));
  };
  const float y = std::round(r.centre().y);
  fill(f, {r.x, y, r.w, f.px(2)}, f.colors.hair);
  fill(f, {x(lengths.least), r.y, std::max(f.px(2), x(lengths.most) - x(lengths.least)), r.h}, f.colors.strong);
  fill(f, {x(lengths.median) - f.px(1), r.y - f.px(2), f.px(2), r.h + f.px(4)}, f.colors.text);
  if (hovered(f, r)) {
    tip(f, fmt::format("shortest block {}\nmedian {}\nlongest {}",
                       time_text(static_cast<double>(lengths.least) / t.ticks_per_second),
                       time_text(static_cast<double>(lengths.median) / t.ticks_per_second),
                       time_text(static_cast<double>(lengths.most) / t.ticks_per_second)));
  }
}

void draw_traced(const Frame& f, const Places& p, const MapRun& run, const BlockLengths& lengths) {
  const Timeline& t = *run.timeline;
  draw_lengths(f, {p.bar.x, p.bar.y + f.px(4), p.bar.w, p.bar.h - f.px(8)}, run, lengths);
  const auto seconds = [&](timing::Cycle ticks) { return time_text(static_cast<double>(ticks) / t.ticks_per_second); };
  const std::array<std::pair<const char*, std::string>, 4> facts{
      {{"shortest block", seconds(lengths.least)},
       {"median block", seconds(lengths.median)},
       {"longest block", seconds(lengths.most)},
       {"occupancy achieved", fmt::format("{:.0f} %", 100 * t.occupancy_achieved())}}};
  const float width = std::floor(p.legend.w / 2);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Rect r{p.legend.x + static_cast<float>(i % 2) * width, p.legend.y + static_cast<float>(i / 2) * p.row,
                 width - f.px(24), p.row};
    text(f, {r.x, r.y}, Type::kMicro, f.colors.text2, facts[i].first);
    text(f, {r.right(), r.y}, Type::kTick, f.colors.text, facts[i].second, Align::kRight);
  }
  text(f, {p.sentence.x, p.sentence.y}, Type::kCaption, f.colors.text2,
       "A trace tells when and where, not why: choose Model to see what the warps waited for.", Align::kLeft,
       p.sentence.w);
}

}  // namespace

bool draw_map_tabs(const Frame& f, Rect header) {
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  const bool two = f.ui.map.side_by_side && f.map.compared != nullptr;
  if (two || !scene::map_layout({0, 0, window.x, window.y}, window.x / f.scale, f.scale, {}).compact) return false;
  constexpr std::array kTabs{"What the warps waited for", "Roofline"};
  const float high = std::min(f.px(scene::size::kControlSmall), header.h);
  float x = header.x;
  for (int i = 0; i < static_cast<int>(kTabs.size()); ++i) {
    const char* const name = kTabs[static_cast<std::size_t>(i)];
    const float width = button_width(f, name);
    if (button(f, name, {x, std::round(header.centre().y - high / 2), width, high},
               {.selected = f.ui.map.bottom_tab == i})) {
      f.ui.map.bottom_tab = i;
      f.ui.wake_in(0);
    }
    x += width + f.px(4);
  }
  return true;
}

void draw_map_stalls(const Frame& f, Rect r, MapSide side) {
  const Clip clip(r);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  if (side == MapSide::kNewest && r.x > 0 && f.ui.map.side_by_side)
    line(f, {r.x, r.y}, {r.x, r.bottom()}, f.colors.hair, f.px(1));
  const MapRun* const run = map_run(f, side);
  if (run == nullptr) return;
  const Places p = places_of(f, r);
  const bool traced = run->timeline->origin == Timeline::Origin::kTraced;
  area(f, side == MapSide::kNewest ? "Stalls" : "Stalls, compared", {r.x, p.bar.y, r.w, r.bottom() - p.bar.y});
  if (!draw_map_tabs(f, p.header)) {
    panel_title(f, {p.header.x, p.header.y}, traced ? "How long the blocks took" : "What the warps waited for",
                traced ? "from the shortest to the longest, a line at the median" : "share of warp-cycles, whole run",
                p.header.w);
  }
  MapStalls& state = f.ui.map.stalls[side == MapSide::kNewest ? 0 : 1];
  refresh(*run, state, static_cast<std::size_t>(p.columns * p.rows));
  if (hovered(f, r)) f.ui.map.about = traced ? "trace" : "stalls";
  if (traced) {
    draw_traced(f, p, *run, state.lengths);
    return;
  }
  if (state.parts.empty()) {
    text(f, {p.bar.x, p.bar.y}, Type::kSmall, f.colors.text2, "No warp has run yet.");
    return;
  }
  const StallPart* under = draw_bar(f, p.bar, state.parts);
  const StallPart* named = draw_legend(f, p, state.parts);
  if (under == nullptr) under = named;
  draw_sentence(f, p.sentence, state.advice);
  if (under != nullptr) tell(f, *run, *under);
}

}  // namespace warpscope::panels

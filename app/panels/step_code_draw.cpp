#include "app/panels/step_code_draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/scene/code_text.h"

namespace warpscope::panels {
namespace {

enum class ChipKind { kPlain, kBarrier, kFollowed };

struct Chip {
  std::string text;
  ChipKind kind = ChipKind::kPlain;
  int warp = -1;
  int count = 1;  // warps it stands for
};

ChipKind kind_of(const Frame& f, const session::WarpRow& row) {
  if (f.step.moment && row.warp == f.step.moment->followed) return ChipKind::kFollowed;
  return row.barrier >= 0 ? ChipKind::kBarrier : ChipKind::kPlain;
}

// One chip a warp; where that is too much, one for each range of neighbours of the same kind.
std::vector<Chip> chips_of(const Frame& f, const std::vector<const session::WarpRow*>& warps, std::size_t singles) {
  const std::uint32_t per_block = std::max(1U, f.step.run->warps_per_block);
  std::vector<Chip> chips;
  int first = -1, last = -1;
  for (const session::WarpRow* row : warps) {
    const int number = static_cast<int>(row->warp % per_block);
    const ChipKind kind = kind_of(f, *row);
    const bool joins = warps.size() > singles && !chips.empty() && chips.back().kind == kind && number == last + 1;
    last = number;
    if (joins) {
      chips.back().text = fmt::format("{}-{}", first, last);
      ++chips.back().count;
    } else {
      first = number;
      chips.push_back({fmt::format("{}", number), kind, static_cast<int>(row->warp)});
    }
  }
  return chips;
}

void draw_chip(const Frame& f, scene::Rect r, const Chip& chip) {
  const scene::Palette& c = f.colors;
  const float radius = f.px(scene::size::kRadiusCell);
  scene::Rgba ink = c.text2;
  if (chip.kind == ChipKind::kFollowed) {
    fill(f, r, c.accent_fill, radius);
    ink = c.on_accent;
  } else if (chip.kind == ChipKind::kBarrier) {
    fill(f, r, c.warning_tint, radius);
    stroke(f, r, c.lane_barrier, radius, f.px(1));
    ink = c.warning;
  } else {
    fill(f, r, c.strong, radius);
    ink = c.text;
  }
  text(f, {r.centre().x, r.centre().y - line_height(f, Type::kTick) / 2}, Type::kTick, ink, chip.text, Align::kCentre);
}

}  // namespace

void draw_code(const Frame& f, scene::Vec2 at, std::string_view line, const std::vector<scene::CodeRun>& runs,
               float left, float right, float character) {
  int column = 0;
  std::size_t counted = 0;
  const auto column_at = [&](std::size_t byte) {  // of bytes that only go up
    for (; counted < byte; ++counted) {
      if ((static_cast<unsigned char>(line[counted]) & 0xC0U) == 0x80U) continue;
      column = line[counted] == '\t' ? (column / scene::kTabStop + 1) * scene::kTabStop : column + 1;
    }
    return column;
  };
  for (const scene::CodeRun& run : runs) {
    std::size_t begin = run.begin;
    // A long run goes in pieces, so that what is out of sight costs nothing; tabs end a piece.
    while (begin < run.end) {
      constexpr std::size_t kPiece = 64;
      std::size_t end = std::min<std::size_t>({run.end, begin + kPiece, line.find('\t', begin)});
      while (end < run.end && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) ++end;
      const float x = at.x + static_cast<float>(column_at(begin)) * character;
      if (x >= right) return;
      const float reach = x + static_cast<float>(end - begin) * character;
      if (end > begin && reach > left) {
        text(f, {x, at.y}, Type::kCode, scene::ink_color(f.colors, run.ink), line.substr(begin, end - begin));
      }
      begin = end < run.end && line[end] == '\t' ? end + 1 : end;
    }
  }
}

void draw_warp_chips(const Frame& f, const CodeColumns& columns, float top,
                     const std::vector<const session::WarpRow*>& warps, std::vector<ChipHit>& hits) {
  if (warps.empty() || !f.step.run) return;
  constexpr std::size_t kSingles = 3;
  std::vector<Chip> chips = chips_of(f, warps, kSingles);
  const float gap = f.px(2), height = f.px(15), least = f.px(16);
  const auto width = [&](const Chip& chip) {
    return std::max(least, std::ceil(text_width(f, Type::kTick, chip.text)) + f.px(6));
  };
  const float room = columns.chips_end - columns.chips;
  const auto used = [&] {
    float all = -gap;
    for (const Chip& chip : chips) all += width(chip) + gap;
    return all;
  };
  // The followed warp is never the one that has no room.
  std::stable_partition(chips.begin(), chips.end(), [](const Chip& chip) { return chip.kind == ChipKind::kFollowed; });
  for (int left_out = 0; chips.size() > 1 && used() > room;) {
    if (left_out > 0) chips.pop_back();  // the last "+3"
    if (chips.size() == 1) break;        // it stands alone where nothing else has room
    left_out += chips.back().count;
    const int warp = chips.back().warp;
    chips.back() = {fmt::format("+{}", left_out), ChipKind::kPlain, warp, 0};
  }
  float x = columns.chips;
  for (const Chip& chip : chips) {
    const scene::Rect r{x, std::round(top + (columns.row - height) / 2), width(chip), height};
    draw_chip(f, r, chip);
    hits.push_back({r, chip.warp});
    x += r.w + gap;
  }
}

void draw_breakpoint(const Frame& f, scene::Vec2 centre, const session::StepBreakpoint& breakpoint) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at{centre.x, centre.y};
  const float radius = f.px(4);
  const scene::Rgba ink = f.colors.error;
  if (!breakpoint.enabled || !breakpoint.problem.empty()) {
    list.AddCircle(at, radius, breakpoint.enabled ? ink : f.colors.text3, 16, f.px(1));
  } else if (breakpoint.condition.empty()) {
    list.AddCircleFilled(at, radius, ink, 16);
  } else {
    list.AddCircle(at, radius, ink, 16, f.px(1) * 1.5F);
    list.AddCircleFilled(at, radius / 2, ink, 12);
  }
}

void draw_breakpoint_ghost(const Frame& f, scene::Vec2 centre) {
  ImGui::GetWindowDrawList()->AddCircleFilled({centre.x, centre.y}, f.px(4), scene::with_alpha(f.colors.error, 0.35F),
                                              16);
}

std::string breakpoint_text(const session::StepBreakpoint& breakpoint) {
  if (!breakpoint.problem.empty()) return fmt::format("Breakpoint that cannot work\n{}", breakpoint.problem);
  std::string text = breakpoint.enabled ? "Breakpoint" : "Breakpoint, switched off";
  if (!breakpoint.condition.empty()) text += fmt::format(" where {}", breakpoint.condition);
  return text + "\nClick takes it away";
}

const StepFocus& shown_focus(const Frame& f) {
  return f.ui.step.pinned.kind != StepFocus::Kind::kNone ? f.ui.step.pinned : f.ui.step.before;
}

float RowScroll::y(float row) const {
  return bar.y + bar.h * (rows > 0 ? std::clamp(row / rows, 0.0F, 1.0F) : 0);
}

RowScroll scroll_bar(const Frame& f, std::string_view name, scene::Rect bar, float rows, float seen, float& scroll) {
  const RowScroll out{bar, std::max(rows, seen), seen};
  if (rows <= seen) return out;
  const float height = std::max(f.px(24), bar.h * seen / rows);
  const float travel = std::max(1.0F, bar.h - height);
  const float most = rows - seen;
  const AreaState state = area(f, name, bar);
  if (state.held) scroll = std::clamp((state.mouse.y - bar.y - height / 2) / travel, 0.0F, 1.0F) * most;
  const float top = bar.y + travel * std::clamp(scroll / most, 0.0F, 1.0F);
  const scene::Rgba ink = state.held || state.hovered ? f.colors.text3 : f.colors.strong;
  fill(f, {bar.x + f.px(2), std::round(top), bar.w - f.px(4), height}, ink, f.px(2));
  return out;
}

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (used > 0 && used + 1 + end > width) {
      out += '\n';
      used = 0;
    } else if (used > 0) {
      out += ' ';
      ++used;
    }
    out += text.substr(0, end);
    used += end;
    const bool breaks = end < text.size() && text[end] == '\n';
    if (breaks) {
      out += '\n';
      used = 0;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace warpscope::panels

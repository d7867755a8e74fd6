// Shared memory: 32 banks across, its title and legend, and the tabs where both kinds of memory share one place.
#include "app/panels/step_shared.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::panels {
namespace {

using Colours = StepMemoryState::SharedColours;

constexpr std::array<Segment, 3> kColours{
    Segment{"Shared by time", "Time", "What was written before the last barrier, and what since"},
    Segment{"Shared by warp", "Warp", "Which warp wrote it last"},
    Segment{"Shared by value", "Value", "What it holds"}};
constexpr std::array<Segment, 2> kTabs{Segment{"Shared memory tab", "Shared", "Of the followed block"},
                                       Segment{"Global memory tab", "Global", "Buffers of the launch"}};

std::string bytes_text(std::uint64_t bytes) {
  if (bytes % 1024 == 0 || bytes >= 10'240) return fmt::format("{:.4g} KiB", static_cast<double>(bytes) / 1024);
  return fmt::format("{} bytes", with_thousands(static_cast<long long>(bytes)));
}

struct LegendEntry {
  std::string_view text;
  scene::Rgba color;
  bool hatched;
};

float legend_width(const Frame& f, std::span<const LegendEntry> entries) {
  float width = 0;
  for (const LegendEntry& entry : entries) width += f.px(10 + 5 + 12) + text_width(f, Type::kCaption, entry.text);
  return width;
}

// Right-aligned; entries that do not fit are left out from the left.
void draw_legend(const Frame& f, float left, float right, float top, std::span<const LegendEntry> entries) {
  const float chip = f.px(10), gap = f.px(5), apart = f.px(12);
  float x = right;
  for (std::size_t i = entries.size(); i-- > 0;) {
    const float width = chip + gap + text_width(f, Type::kCaption, entries[i].text);
    if (x - width < left) return;
    const scene::Rect r{std::round(x - width), top + f.px(4), chip, chip};
    if (entries[i].hatched) {
      stroke(f, r, f.colors.strong, 0, f.px(1));
      hatch(f, r, f.colors.text3);
    } else {
      fill(f, r, entries[i].color, f.px(1));
      if (entries[i].color == scene::rgb(0xFFFFFF)) stroke(f, r, f.colors.strong, 0, f.px(1));
    }
    text(f, {r.right() + gap, top}, Type::kCaption, f.colors.text2, entries[i].text);
    x -= width + apart;
  }
}

void draw_value_legend(const Frame& f, float left, float right, float top) {
  const scene::ValueRange& range = f.ui.step.memory.shared.range;
  const float width = range_scale(f, {}, range, false, Draw::kMeasure);
  if (range.any && right - width >= left) range_scale(f, {right - width, top + f.px(2)}, range, false, Draw::kReally);
}

// Explains the colours, right of the title.
void draw_colour_legend(const Frame& f, float left, float right, float top) {
  const scene::Palette& c = f.colors;
  const LegendEntry never{"never", 0, true}, now{"now", scene::rgb(0xFFFFFF), false};
  switch (f.ui.step.memory.shared_colours) {
    case Colours::kTime:
      draw_legend(f, left, right, top,
                  std::array{never, LegendEntry{"before barrier", c.lane_ready, false},
                             LegendEntry{"since", c.lane_barrier, false}, now});
      break;
    case Colours::kWarp: {
      std::vector<LegendEntry> entries;
      constexpr std::array<std::string_view, 8> kWarps{"warp 0", "1", "2", "3", "4", "5", "6", "7"};
      const std::size_t shown = std::min<std::size_t>(f.step.run->warps_per_block, kWarps.size());
      for (std::size_t w = 0; w < shown; ++w) {
        entries.push_back({kWarps[w], scene::category(static_cast<int>(w)), false});
      }
      while (!entries.empty() && legend_width(f, entries) > right - left) entries.pop_back();
      draw_legend(f, left, right, top, entries);
      break;
    }
    case Colours::kValue:
      draw_value_legend(f, left, right, top);
      break;
  }
}

scene::Rect body_of(const Frame& f, scene::Rect r) {
  const float head = f.px(36);
  return {r.x, r.y + head, r.w, std::max(0.0F, r.h - head - f.px(4))};
}

// Shared and global memory in one place. Returns where the title may begin.
float draw_tabs(const Frame& f, scene::Rect r) {
  auto& tab = f.ui.step.memory_tab;
  using Tab = StepPanels::MemoryTab;
  const float wide = segments_width(f, kTabs);
  const int chosen = draw_segments(f, {r.x + f.px(12), r.y + f.px(7)}, kTabs, tab == Tab::kShared ? 0 : 1);
  tab = chosen == 0 ? Tab::kShared : Tab::kGlobal;
  return r.x + f.px(12) + wide + f.px(10);
}

void draw_colour_choice(const Frame& f, const scene::SharedLayout& layout, scene::Rect r) {
  const float wide = segments_width(f, kColours);
  const scene::Vec2 at = layout.side
                             ? scene::Vec2{layout.words.x, r.bottom() - f.px(28)}
                             : scene::Vec2{std::max(layout.words.x, r.right() - f.px(8) - wide), layout.words.y};
  Colours& colours = f.ui.step.memory.shared_colours;
  colours = static_cast<Colours>(draw_segments(f, at, kColours, static_cast<int>(colours)));
}

void draw_nothing(const Frame& f, scene::Rect body) {
  const SharedReading& shared = f.ui.step.memory.shared;
  if (shared.words == 0) {
    say_calmly(f, body, "No shared memory",
               "This kernel declares none: its threads share values through global memory or shuffles only. Kernels "
               "with __shared__ arrays show them here, 32 banks across.");
    return;
  }
  say_calmly(f, body, "Not now",
             "A block has its shared memory while it runs. This one has not begun yet, or it has ended.");
}

void draw_body(const Frame& f, scene::Rect r) {
  const SharedReading& shared = f.ui.step.memory.shared;
  const scene::Rect body = body_of(f, r);
  if (shared.words == 0 || !shared.begun) return draw_nothing(f, body);
  const scene::SharedLayout layout = scene::layout_shared(body, shared.groups, f.scale);
  draw_shared_cells(f, layout);
  draw_shared_banks(f, layout);
  draw_colour_choice(f, layout, r);
}

}  // namespace

void draw_step_shared(const Frame& f, scene::Rect r) {
  const Clip clip(r);
  const bool compact = is_compact(f);
  float x = r.x + f.px(12);
  if (compact) x = draw_tabs(f, r);
  const float top = r.y + f.px(9);
  if (compact && f.ui.step.memory_tab != StepPanels::MemoryTab::kShared) {
    if (f.step.run && f.step.moment) draw_memory_spaces(f, {x, r.y, r.right() - x, f.px(36)});
    return draw_memory_body(f, body_of(f, r));
  }
  if (!f.step.run || !f.step.moment) {
    panel_title(f, {x, top}, "Shared memory", "", r.right() - x - f.px(12));
    return say_calmly(f, body_of(f, r), "No run yet", "Once the kernel has run, what its blocks share is shown here.");
  }
  refresh_shared(f);
  const SharedReading& shared = f.ui.step.memory.shared;
  const std::string size =
      shared.words == 0 ? "none" : fmt::format("32 banks across, {}", bytes_text(shared.words * 4));
  const float end = panel_title(f, {x, top}, compact ? "" : "Shared memory", size, r.right() - x - f.px(12));
  if (shared.begun && shared.words > 0) draw_colour_legend(f, end + f.px(14), r.right() - f.px(12), top);
  draw_body(f, r);
}

}  // namespace warpscope::panels

#include "app/scene/map_chip.h"

#include <algorithm>
#include <cmath>

namespace warpscope::scene {
namespace {

// The design's tile, logical pixels, and how much larger one becomes where there are few.
constexpr float kTileWide = 61, kTileHigh = 80, kWidest = 3, kHighest = 1.6F;
constexpr float kNarrowest = 12, kLowest = 18;
constexpr float kLowerThan = 300;  // of the whole panel: lengths are smaller, both memories share a line

enum class GpcLabel : std::uint8_t { kAside, kAbove, kNone };

struct Lengths {
  float header, padding, gpc_gap, gpc_padding, pair_gap, sm_gap, aside, above, memory, memory_gap, title;
};

Lengths lengths_of(Rect r, float scale, bool dense) {
  const auto px = [scale](float logical) { return std::max(1.0F, std::round(logical * scale)); };
  const bool low = r.h < px(kLowerThan);
  return {.header = px(low ? 30 : 38),
          .padding = px(low ? 12 : 16),
          .gpc_gap = px(low || dense ? 4 : 8),
          .gpc_padding = px(dense ? 3 : 6),
          .pair_gap = px(dense ? 3 : 6),
          .sm_gap = px(dense ? 1 : 2),
          .aside = px(48),
          .above = px(16),
          .memory = px(low ? 22 : 27),
          .memory_gap = px(low ? 6 : 4),
          .title = px(16)};
}

// How GPCs and the SMs within one are arranged.
struct Shape {
  int columns = 1;  // of GPCs
  int across = 1;   // SMs beside each other in a GPC
  GpcLabel label = GpcLabel::kAside;
  bool dense = false;
  Vec2 cell, tile;
  float score = -1;
};

float gaps(const Lengths& l, int across) {
  const int pairs = (across - 1) / 2;
  return static_cast<float>(pairs) * l.pair_gap + static_cast<float>(across - 1 - pairs) * l.sm_gap;
}

int divided_up(int a, int b) {
  return (a + b - 1) / b;
}

ChipLabels labels_for(Vec2 tile, int slots, float title, float scale) {
  const float bars = tile.y - title;
  const float needed = std::min(static_cast<float>(slots) * 3, 16.0F) * scale;
  if (bars < std::max(needed, 8 * scale)) return ChipLabels::kNone;
  if (tile.x >= 44 * scale) return ChipLabels::kFull;
  return tile.x >= 23 * scale ? ChipLabels::kShort : ChipLabels::kNone;
}

void measure(Shape& shape, Rect body, const Lengths& l, int gpcs, int most, int slots, float scale) {
  const auto columns = static_cast<float>(shape.columns);
  const auto rows = static_cast<float>(divided_up(gpcs, shape.columns));
  const auto down = static_cast<float>(divided_up(most, shape.across));
  shape.cell = {std::floor((body.w - (columns - 1) * l.gpc_gap) / columns),
                std::floor((body.h - (rows - 1) * l.gpc_gap) / rows)};
  const float inner_w = shape.cell.x - 2 * l.gpc_padding - (shape.label == GpcLabel::kAside ? l.aside : 0);
  const float inner_h = shape.cell.y - 2 * l.gpc_padding - (shape.label == GpcLabel::kAbove ? l.above : 0);
  const float w = std::floor((inner_w - gaps(l, shape.across)) / static_cast<float>(shape.across));
  const float h = std::floor((inner_h - (down - 1) * l.pair_gap) / down);
  shape.tile = {std::min(w, std::round(kWidest * kTileWide * scale)),
                std::min(h, std::round(kHighest * kTileHigh * scale))};
  // A tile that is large enough gains little by more, one that cannot be pointed at is worth little.
  const auto part = [&](float length, float wanted) { return std::clamp(length / (wanted * scale), 0.01F, kHighest); };
  const float area = part(w, kTileWide) * part(h, kTileHigh);
  const float needed = std::min(1.0F, part(w, kTileWide)) * std::min(1.0F, part(h, kTileHigh));
  shape.score = std::sqrt(needed) + 0.05F * std::sqrt(area) + 0.001F * static_cast<float>(shape.across);
  if (w < 2 || h < 2) shape.score = -1;
  if (w < kNarrowest * scale || h < kLowest * scale) shape.score *= 0.5F;
  if (shape.label == GpcLabel::kNone) shape.score *= 0.75F;
  if (labels_for(shape.tile, slots, l.title, scale) == ChipLabels::kNone) shape.score *= 0.9F;
  if (shape.dense) shape.score *= 0.85F;
  if (shape.columns > 1 && gpcs % shape.columns != 0) shape.score *= 0.95F;
}

Shape best_shape(Rect r, Rect body, int gpcs, int most, int slots, float scale) {
  Shape best;
  best.tile = {1, 1};
  best.cell = {body.w, body.h};
  for (const bool dense : {false, true}) {
    const Lengths l = lengths_of(r, scale, dense);
    for (const GpcLabel label : {GpcLabel::kAside, GpcLabel::kAbove, GpcLabel::kNone}) {
      for (int columns = 1; columns <= gpcs; ++columns) {
        for (int across = 1; across <= most; ++across) {
          if (across % 2 != 0 && across != most && across != 1) continue;
          Shape shape{.columns = columns, .across = across, .label = label, .dense = dense, .cell = {}, .tile = {}};
          measure(shape, body, l, gpcs, most, slots, scale);
          if (shape.score > best.score) best = shape;
        }
      }
    }
  }
  return best;
}

ChipSm sm_in(Rect tile, float title, float scale) {
  const float in = std::max(1.0F, std::round(2 * scale));
  const float top = title > 0 ? title : in;
  return {tile,
          {tile.x, tile.y, tile.w, title},
          {tile.x + in, tile.y + top, std::max(1.0F, tile.w - 2 * in), std::max(1.0F, tile.h - top - in)}};
}

void place_memories(ChipLayout& layout, Rect r, const Lengths& l, bool low) {
  const float x = r.x + l.padding, w = std::max(1.0F, r.w - 2 * l.padding);
  const float bottom = r.bottom() - (low ? l.memory_gap : l.padding / 2);
  if (low) {
    const float half = std::floor((w - l.memory_gap) / 2);
    layout.l2 = {x, bottom - l.memory, half, l.memory};
    layout.memory = {x + w - half, bottom - l.memory, half, l.memory};
  } else {
    layout.memory = {x, bottom - l.memory, w, l.memory};
    layout.l2 = {x, layout.memory.y - l.memory_gap - l.memory, w, l.memory};
  }
}

void place_gpc(ChipLayout& layout, const Shape& shape, const Lengths& l, Rect frame, int sms, int most, float scale) {
  ChipGpc gpc;
  gpc.frame = frame;
  gpc.first = static_cast<int>(layout.sms.size());
  gpc.sms = sms;
  gpc.label_aside = shape.label == GpcLabel::kAside;
  Vec2 at{frame.x + l.gpc_padding, frame.y + l.gpc_padding};
  if (shape.label == GpcLabel::kAside) {
    gpc.label = {at.x, at.y, l.aside, frame.h - 2 * l.gpc_padding};
    at.x += l.aside;
  } else if (shape.label == GpcLabel::kAbove) {
    gpc.label = {at.x, at.y, frame.w - 2 * l.gpc_padding, l.above};
    at.y += l.above;
  }
  const float title = layout.labels == ChipLabels::kNone ? 0 : l.title;
  for (int i = 0; i < most; ++i) {
    const int column = i % shape.across, row = i / shape.across;
    const Rect tile{at.x + static_cast<float>(column) * shape.tile.x + gaps(l, column + 1),
                    at.y + static_cast<float>(row) * (shape.tile.y + l.pair_gap), shape.tile.x, shape.tile.y};
    if (i < sms) {
      layout.sms.push_back(sm_in(tile, title, scale));
    } else {
      gpc.missing.push_back(tile);
    }
  }
  layout.gpcs.push_back(std::move(gpc));
}

}  // namespace

Rect ChipLayout::slot(const ChipSm& sm, int slot) const {
  const float pitch = sm.bars.h / static_cast<float>(slots);
  // Bars are equally high where that leaves only little room unused.
  const float step = pitch >= 6 ? std::floor(pitch) : pitch;
  const float top = std::round(static_cast<float>(slot) * step);
  const float high = std::round(static_cast<float>(slot + 1) * step) - top;
  const float gap = high >= 8 ? 2.0F : high >= 3 ? 1.0F : 0.0F;
  return {sm.bars.x, sm.bars.y + top, sm.bars.w, std::max(1.0F, high - gap)};
}

int ChipLayout::slot_at(const ChipSm& sm, Vec2 point) const {
  if (one_bar || !sm.bars.contains(point)) return -1;
  const float pitch = sm.bars.h / static_cast<float>(slots);
  const float step = pitch >= 6 ? std::floor(pitch) : pitch;
  const int found = static_cast<int>((point.y - sm.bars.y) / step);
  return found < slots ? found : -1;
}

ChipLayout chip_layout(Rect r, std::span<const int> gpcs, int slots, float scale) {
  ChipLayout layout;
  layout.slots = std::max(1, slots);
  const Lengths outer = lengths_of(r, scale, false);
  const bool low = r.h < std::round(kLowerThan * scale);
  layout.header = {r.x, r.y, r.w, outer.header};
  place_memories(layout, r, outer, low);
  const float y = layout.header.bottom();
  layout.body = {r.x + outer.padding, y, std::max(1.0F, r.w - 2 * outer.padding),
                 std::max(1.0F, layout.l2.y - (low ? outer.memory_gap : outer.padding / 2) - y)};
  if (gpcs.empty()) return layout;
  const int count = static_cast<int>(gpcs.size());
  const int most = std::max(1, *std::max_element(gpcs.begin(), gpcs.end()));
  const Shape shape = best_shape(r, layout.body, count, most, layout.slots, scale);
  const Lengths l = lengths_of(r, scale, shape.dense);
  layout.labels = labels_for(shape.tile, layout.slots, l.title, scale);
  const auto down = static_cast<float>(divided_up(most, shape.across));
  // Frames are no larger than what is in them.
  const float needed_h = down * shape.tile.y + (down - 1) * l.pair_gap + 2 * l.gpc_padding +
                         (shape.label == GpcLabel::kAbove ? l.above : 0);
  const Vec2 cell{shape.cell.x, std::min(shape.cell.y, needed_h)};
  for (int i = 0; i < count; ++i) {
    const int column = i % shape.columns, row = i / shape.columns;
    const Rect frame{layout.body.x + static_cast<float>(column) * (cell.x + l.gpc_gap),
                     layout.body.y + static_cast<float>(row) * (cell.y + l.gpc_gap), cell.x, cell.y};
    place_gpc(layout, shape, l, frame, gpcs[static_cast<std::size_t>(i)], most, scale);
  }
  layout.one_bar = !layout.sms.empty() && layout.sms.front().bars.h < static_cast<float>(layout.slots);
  return layout;
}

}  // namespace warpscope::scene

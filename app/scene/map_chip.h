// scene/map_chip.h: the chip as a floor plan: where its GPCs, SMs, slots and memories are drawn. Floor 6. Pure
// geometry.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/scene/geometry.h"

namespace warpscope::scene {

enum class ChipLabels : std::uint8_t { kNone, kShort, kFull };  // "9", "SM 9"

struct ChipSm {
  Rect tile;
  Rect title;  // above the bars; no height where SMs have no label
  Rect bars;   // slots of blocks, from above
};

struct ChipGpc {
  Rect frame;
  Rect label;  // no width where there is no room for one
  bool label_aside = false;
  int first = 0, sms = 0;     // of ChipLayout::sms
  std::vector<Rect> missing;  // places that a larger GPC of this chip has
};

struct ChipLayout {
  Rect header, body, l2, memory;
  std::vector<ChipGpc> gpcs;
  std::vector<ChipSm> sms;
  ChipLabels labels = ChipLabels::kFull;
  int slots = 1;
  bool one_bar = false;  // slots have not a pixel each: one bar with the mean of them all

  // The bar of a slot, within ChipSm::bars.
  Rect slot(const ChipSm& sm, int slot) const;
  // The slot at this point, -1: none.
  int slot_at(const ChipSm& sm, Vec2 point) const;
};

// SMs lie beside each other in pairs, as they share a TPC. Everything fits into `r`, whatever the chip: the shape is
// taken that leaves the largest tiles.
ChipLayout chip_layout(Rect r, std::span<const int> gpcs, int slots, float scale);

}  // namespace warpscope::scene

// scene/map_gantt.h: the Gantt chart of the SM map without a window: which row and which pixels a block has, the
// picture of up to a million of them, and what stands below it. Floor 6. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/scene/geometry.h"
#include "app/scene/plot.h"
#include "compute/timing/timeline.h"

namespace warpscope::scene {

// The blocks of a run by the slot they ran in, in order of time.
class GanttIndex {
 public:
  GanttIndex() = default;
  explicit GanttIndex(const timing::Timeline& timeline);

  std::uint32_t sms() const { return sms_; }
  std::uint32_t slots() const { return slots_; }
  // Indices into Timeline::blocks.
  std::span<const std::uint32_t> of(std::uint32_t sm, std::uint32_t slot) const;
  // The block that is in this slot at this time, else the nearest one no more than `reach` cycles away.
  std::optional<std::uint32_t> find(const timing::Timeline& timeline, std::uint32_t sm, std::uint32_t slot,
                                    double cycle, double reach) const;

 private:
  std::uint32_t sms_ = 0, slots_ = 1;
  std::vector<std::uint32_t> first_;  // [sm * slots + slot], and one more
  std::vector<std::uint32_t> order_;
};

// Where the rows are: whole pixels from the top of the chart's content.
struct GanttRows {
  std::uint32_t slots = 1;
  float pitch = 1;            // of an SM; rows are a pixel higher where it is not whole
  int gap = 0;                // below an SM
  int content = 0;            // of all
  std::vector<int> tops;      // by SM
  std::vector<int> heights;   // likewise, without the gap
  std::vector<int> gpc_tops;  // where a darker line divides two GPCs
  int gpc_gap = 0;            // its height
  bool merged = false;        // slots would be thinner than a pixel: one row an SM

  int sms() const { return static_cast<int>(tops.size()); }
  // The SM at a height; -1: none, it is between two.
  int sm_at(float y) const;
  // The slot of this SM at a height; clamped.
  std::uint32_t slot_at(int sm, float y) const;
  // [top, bottom) of a slot.
  int slot_top(std::uint32_t sm, std::uint32_t slot) const;
};
// `gpcs`: SMs of each; empty, or of another sum: not divided. `room`: pixels there are. `zoom`: 1: as many SMs as fit,
// more: higher rows.
GanttRows gantt_rows(std::uint32_t sms, std::uint32_t slots, std::span<const int> gpcs, float room, float scale,
                     float zoom);

// A part of the chart as pixels.
struct GanttPart {
  double from = 0, to = 1;  // cycles
  int width = 0, height = 0;
  int top = 0;  // of the content: how far it is scrolled
  bool operator==(const GanttPart&) const = default;
};
struct GanttInk {
  std::span<const Rgba> blocks;  // by index into Timeline::blocks
  Rgba ground = 0, divider = 0;
};
// Of a pixel that is filled in part, the colour that fills most of it, as strong as it is filled; in one row an SM the
// part is that of all its slots. Where rows are high enough, warps have rows of their own within their block.
void draw_gantt(const timing::Timeline& timeline, const GanttIndex& index, const GanttRows& rows, const GanttPart& part,
                const GanttInk& ink, std::span<Rgba> pixels);
bool shows_warps(const GanttRows& rows, std::uint32_t warps_per_block);
// The rectangle of a block in the pixels of a part; may lie outside.
Rect gantt_block_rect(const timing::BlockSpan& block, const GanttRows& rows, const GanttPart& part);

// Resident warps of an SM by column: the least, the most and the mean of it.
struct ResidentColumn {
  float low = 0, high = 0, mean = 0;
  bool any = false;
};
std::vector<ResidentColumn> resident_columns(const timing::Timeline& timeline, double from, double to, int columns);
// An area below the mean, a line from the least to the most.
void draw_resident(std::span<const ResidentColumn> columns, float top, int height, Rgba area, Rgba line,
                   std::span<Rgba> pixels);

// The time from Timeline::tail on.
struct Tail {
  double share = 0;          // of the run; 0: there is no tail
  std::uint64_t blocks = 0;  // beyond the last full wave; 0: waves are full
  std::uint64_t slots = 0;   // of the chip
  double filled = 0;         // of its slots, on average
};
Tail tail_of(const timing::Timeline& timeline);
// "tail: 19 % of the time, 65 blocks on 140 slots"; "" where there is none.
std::string tail_text(const Tail& tail);

// How many of the issue slots of all schedulers were used between two cycles, 0 to 1: each of `schedulers` of an SM may
// issue one instruction a cycle. 0 of a trace.
double issue_slots_used(const timing::Timeline& timeline, double from, double to, int schedulers);

// Ticks of a time axis: "20 k" of cycles, or "12.5" of the unit that `unit` is set to.
std::vector<Tick> cycle_ticks(Range cycles, int most);
std::vector<Tick> second_ticks(Range ticks, double ticks_per_second, int most, std::string& unit);

}  // namespace warpscope::scene

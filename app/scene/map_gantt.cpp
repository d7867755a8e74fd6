#include "app/scene/map_gantt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::scene {

using timing::BlockSpan;
using timing::Timeline;

// ---- Index

GanttIndex::GanttIndex(const Timeline& timeline)
    : sms_(timeline.sms), slots_(std::max<std::uint32_t>(1, timeline.slots)) {
  const std::size_t places = std::size_t{sms_} * slots_;
  const auto place = [this](const BlockSpan& block) { return std::size_t{block.sm} * slots_ + block.slot; };
  const auto known = [this](const BlockSpan& block) { return block.sm < sms_ && block.slot < slots_; };
  first_.assign(places + 1, 0);
  for (const BlockSpan& block : timeline.blocks) {
    if (known(block)) ++first_[place(block) + 1];
  }
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  order_.resize(first_.back());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  // Blocks come by start: so they do within a slot.
  for (std::uint32_t i = 0; i < timeline.blocks.size(); ++i) {
    if (known(timeline.blocks[i])) order_[next[place(timeline.blocks[i])]++] = i;
  }
}

std::span<const std::uint32_t> GanttIndex::of(std::uint32_t sm, std::uint32_t slot) const {
  if (sm >= sms_ || slot >= slots_) return {};
  const std::size_t at = std::size_t{sm} * slots_ + slot;
  return std::span(order_).subspan(first_[at], first_[at + 1] - first_[at]);
}

std::optional<std::uint32_t> GanttIndex::find(const Timeline& timeline, std::uint32_t sm, std::uint32_t slot,
                                              double cycle, double reach) const {
  const auto blocks = of(sm, slot);
  const auto after = std::upper_bound(blocks.begin(), blocks.end(), cycle, [&](double at, std::uint32_t i) {
    return at < static_cast<double>(timeline.blocks[i].start);
  });
  std::optional<std::uint32_t> nearest;
  double best = reach;
  const auto consider = [&](std::uint32_t i) {
    const BlockSpan& block = timeline.blocks[i];
    const double away =
        std::max({0.0, static_cast<double>(block.start) - cycle, cycle - static_cast<double>(block.end)});
    if (away > best || (nearest && away >= best)) return;
    best = away;
    nearest = i;
  };
  if (after != blocks.begin()) consider(*(after - 1));
  if (after != blocks.end()) consider(*after);
  return nearest;
}

// ---- Rows

namespace {

constexpr float kLeastRow = 2;   // logical pixels of an SM
constexpr float kMostSlot = 14;  // of a slot, before the chart is zoomed
constexpr float kGapFrom = 3;    // of a slot: from here on SMs stand apart
constexpr float kMostZoomedSlot = 96;

bool divides(std::span<const int> gpcs, std::uint32_t sms) {
  std::uint32_t all = 0;
  for (const int of_gpc : gpcs) all += static_cast<std::uint32_t>(std::max(0, of_gpc));
  return gpcs.size() > 1 && all == sms;
}

}  // namespace

GanttRows gantt_rows(std::uint32_t sms, std::uint32_t slots, std::span<const int> gpcs, float room, float scale,
                     float zoom) {
  GanttRows rows;
  rows.slots = std::max(1U, slots);
  if (sms == 0) return rows;
  const bool divided = divides(gpcs, sms);
  rows.gpc_gap = divided ? std::max(1, static_cast<int>(std::round(2 * scale))) : 0;
  const float gaps = divided ? static_cast<float>(gpcs.size() - 1) * static_cast<float>(rows.gpc_gap) : 0;
  const auto slots_f = static_cast<float>(rows.slots), sms_f = static_cast<float>(sms);
  const float least = std::round(kLeastRow * scale), most = std::max(2 * scale, kMostSlot * scale * slots_f);
  const float first = std::clamp((room - gaps) / sms_f, least, most);
  rows.pitch = std::min(first * std::max(1.0F, zoom), std::max(first, kMostZoomedSlot * scale * slots_f));
  rows.gap = rows.pitch >= kGapFrom * scale * slots_f ? std::max(1, static_cast<int>(scale)) : 0;
  rows.merged = std::floor(rows.pitch) - static_cast<float>(rows.gap) < slots_f;
  int y = 0, in_gpc = 0, divided_by = 0;
  std::size_t gpc = 0;
  for (std::uint32_t sm = 0; sm < sms; ++sm, ++in_gpc) {
    while (divided && gpc + 1 < gpcs.size() && in_gpc >= gpcs[gpc]) {
      if (gpcs[gpc] > 0) {
        rows.gpc_tops.push_back(y);
        y += rows.gpc_gap;
        divided_by += rows.gpc_gap;
      }
      ++gpc;
      in_gpc = 0;
    }
    const int next = divided_by + static_cast<int>(std::floor(static_cast<float>(sm + 1) * rows.pitch + 0.01F));
    rows.tops.push_back(y);
    rows.heights.push_back(std::max(1, next - y - rows.gap));
    y = next;
  }
  rows.content = y;
  return rows;
}

int GanttRows::sm_at(float y) const {
  const auto after =
      std::upper_bound(tops.begin(), tops.end(), y, [](float at, int top) { return at < static_cast<float>(top); });
  if (after == tops.begin()) return -1;
  const auto sm = static_cast<int>(after - tops.begin()) - 1;
  const auto at = static_cast<std::size_t>(sm);
  return y < static_cast<float>(tops[at] + heights[at]) ? sm : -1;
}

std::uint32_t GanttRows::slot_at(int sm, float y) const {
  const auto at = static_cast<std::uint32_t>(sm);
  const auto height = static_cast<float>(heights[at]);
  const float within = std::clamp(y - static_cast<float>(tops[at]), 0.0F, height - 1);
  if (merged) return static_cast<std::uint32_t>(static_cast<float>(slots) * within / height);
  std::uint32_t slot = 0;
  while (slot + 1 < slots && slot_top(at, slot + 1) - tops[at] <= static_cast<int>(within)) ++slot;
  return slot;
}

int GanttRows::slot_top(std::uint32_t sm, std::uint32_t slot) const {
  return tops[sm] + static_cast<int>(slot) * heights[sm] / static_cast<int>(slots);
}

bool shows_warps(const GanttRows& rows, std::uint32_t warps_per_block) {
  return !rows.merged && warps_per_block > 1 &&
         static_cast<int>(rows.pitch - static_cast<float>(rows.gap)) / static_cast<int>(rows.slots) >=
             2 * static_cast<int>(warps_per_block) + 1;
}

Rect gantt_block_rect(const BlockSpan& block, const GanttRows& rows, const GanttPart& part) {
  const double per_cycle = part.width / std::max(1e-9, part.to - part.from);
  const auto x = [&](timing::Cycle cycle) {
    return static_cast<float>((static_cast<double>(cycle) - part.from) * per_cycle);
  };
  if (block.sm >= rows.tops.size()) return {};
  const int top = rows.merged ? rows.tops[block.sm] : rows.slot_top(block.sm, block.slot);
  const int bottom = rows.merged ? top + rows.heights[block.sm] : rows.slot_top(block.sm, block.slot + 1U);
  const float left = x(block.start), right = x(block.end);
  return {left, static_cast<float>(top - part.top), std::max(1.0F, right - left), static_cast<float>(bottom - top)};
}

// ---- Tail and axis

Tail tail_of(const Timeline& timeline) {
  Tail tail;
  tail.slots = std::uint64_t{timeline.sms} * timeline.slots;
  if (timeline.tail >= timeline.cycles || timeline.cycles == 0 || tail.slots == 0) return tail;
  const auto length = static_cast<double>(timeline.cycles - timeline.tail);
  tail.share = length / static_cast<double>(timeline.cycles);
  tail.blocks = timeline.blocks.size() % tail.slots;
  double filled = 0;
  for (const BlockSpan& block : timeline.blocks) {
    if (block.end > timeline.tail) filled += static_cast<double>(block.end - std::max(block.start, timeline.tail));
  }
  tail.filled = filled / (length * static_cast<double>(tail.slots));
  return tail;
}

namespace {

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

constexpr double kAllOfIt = 0.995;  // of the time: not a tail, but a grid that is too small

}  // namespace

std::string tail_text(const Tail& tail) {
  if (tail.share <= 0) return {};
  if (tail.share >= kAllOfIt) {
    return fmt::format("the grid fills {:.0f} % of the slots, from the beginning", 100 * tail.filled);
  }
  const std::string share = tail.share < 0.01 ? "under 1" : fmt::format("{:.0f}", 100 * tail.share);
  const std::string begin = fmt::format("tail: {} % of the time", share);
  if (tail.blocks == 0) return fmt::format("{}, {:.0f} % of the slots filled", begin, 100 * tail.filled);
  return fmt::format("{}, {} block{} on {} slots", begin, grouped(tail.blocks), tail.blocks == 1 ? "" : "s",
                     grouped(tail.slots));
}

double issue_slots_used(const timing::Timeline& timeline, double from, double to, int schedulers) {
  const auto each = static_cast<double>(std::max<timing::Cycle>(1, timeline.interval));
  const double end = std::min(to, static_cast<double>(timeline.cycles));
  const double begin = std::clamp(from, 0.0, end);
  double issued = 0;
  for (auto i = static_cast<std::size_t>(begin / each); i < timeline.intervals.size(); ++i) {
    const double first = static_cast<double>(i) * each;
    if (first >= end) break;
    const double last = std::min(first + each, static_cast<double>(timeline.cycles));
    const double part = (std::min(last, end) - std::max(first, begin)) / (last - first);
    issued += part * static_cast<double>(timeline.intervals[i].issued);
  }
  const double slots = (end - begin) * timeline.sms * std::max(1, schedulers);
  return slots > 0 ? issued / slots : 0;
}

namespace {

struct Unit {
  double size;
  const char* name;
};
constexpr std::array kCycleUnits{Unit{1e9, " G"}, Unit{1e6, " M"}, Unit{1e3, " k"}};
constexpr std::array kSecondUnits{Unit{1, "s"}, Unit{1e-3, "ms"}, Unit{1e-6, "µs"}, Unit{1e-9, "ns"}};

}  // namespace

std::vector<Tick> cycle_ticks(Range cycles, int most) {
  if (!(cycles.size() > 0)) return {};
  const double step = std::max(1.0, nice_step(cycles, most));
  // The largest unit in which neighbours differ without more than one decimal.
  const auto unit = std::find_if(kCycleUnits.begin(), kCycleUnits.end(),
                                 [&](const Unit& u) { return cycles.high >= u.size && step >= 0.1 * u.size; });
  const double size = unit == kCycleUnits.end() ? 1 : unit->size;
  const int decimals = step < size ? 1 : 0;
  std::vector<Tick> ticks;
  for (double i = std::ceil(cycles.low / step - 1e-9); i * step <= cycles.high * (1 + 1e-12); ++i) {
    const double value = i * step;
    ticks.push_back({value, value == 0 ? "0"
                            : size == 1
                                ? grouped(static_cast<std::uint64_t>(value))
                                : fmt::format("{:.{}f}{}", value / size, decimals, size == 1 ? "" : unit->name)});
  }
  return ticks;
}

std::vector<Tick> second_ticks(Range ticks, double ticks_per_second, int most, std::string& unit) {
  if (!(ticks.size() > 0) || !(ticks_per_second > 0)) return {};
  const double largest = ticks.high / ticks_per_second;
  const auto used =
      std::find_if(kSecondUnits.begin(), kSecondUnits.end() - 1, [&](const Unit& u) { return largest >= u.size; });
  unit = used->name;
  const double per_unit = ticks_per_second * used->size;
  std::vector<Tick> out = linear_ticks({ticks.low / per_unit, ticks.high / per_unit}, most);
  for (Tick& tick : out) tick.value *= per_unit;
  return out;
}

}  // namespace warpscope::scene

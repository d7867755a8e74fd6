#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/panels/convolve_panels.h"
#include "app/panels/keys.h"
#include "app/panels/map_left.h"
#include "app/panels/map_right.h"
#include "app/panels/map_toolbar.h"

namespace warpscope::panels {
namespace {

using session::MapRun;
using timing::Timeline;

constexpr float kCompactBelow = 1500;  // as scene::map_layout(): the chip and the SM share a place

const Timeline* timeline_of(const Frame& f) {
  const MapRun* const run = map_run(f, MapSide::kNewest);
  return run == nullptr ? nullptr : run->timeline.get();
}

// ---- Time

struct Seen {
  double from = 0, to = 0;
};
Seen seen_of(const Frame& f, const Timeline& timeline) {
  const MapGantt& gantt = f.ui.map.gantt[0];
  if (gantt.to > gantt.from) return {gantt.from, gantt.to};
  return {0, static_cast<double>(timeline.cycles)};
}

void move_by(const Frame& f, double cycles) {
  set_map_cycle(f, f.ui.map.clock.cycle + cycles);
}
void move_by_part(const Frame& f, double part) {
  const Timeline* const timeline = timeline_of(f);
  if (timeline == nullptr) return;
  const Seen seen = seen_of(f, *timeline);
  move_by(f, part * (seen.to - seen.from));
}

// Where a wave begins, and the tail.
std::set<double> marks_of(const Timeline& timeline) {
  std::vector<timing::Cycle> begins;
  for (const timing::BlockSpan& block : timeline.blocks) {
    if (block.wave >= begins.size()) begins.resize(block.wave + std::size_t{1}, timeline.cycles);
    begins[block.wave] = std::min(begins[block.wave], block.start);
  }
  std::set<double> marks{0, static_cast<double>(timeline.tail), static_cast<double>(timeline.cycles)};
  for (const timing::Cycle each : begins) marks.insert(static_cast<double>(each));
  return marks;
}
void go_to_mark(const Frame& f, int by) {
  const Timeline* const timeline = timeline_of(f);
  if (timeline == nullptr) return;
  const std::set<double> marks = marks_of(*timeline);
  const double now = f.ui.map.clock.cycle;
  if (by > 0) {
    const auto next = marks.upper_bound(now);
    if (next != marks.end()) set_map_cycle(f, *next);
    return;
  }
  const auto here = marks.lower_bound(now);
  if (here != marks.begin()) set_map_cycle(f, *std::prev(here));
}

// Around the clock's time, which stays where it is on screen.
void zoom(const Frame& f, double factor) {
  const Timeline* const timeline = timeline_of(f);
  if (timeline == nullptr) return;
  constexpr double kFewest = 20;  // cycles
  const auto all = static_cast<double>(timeline->cycles);
  const Seen seen = seen_of(f, *timeline);
  const double span = std::max(kFewest, (seen.to - seen.from) * factor);
  const double now = std::clamp(f.ui.map.clock.cycle, seen.from, seen.to);
  const double part = seen.to > seen.from ? (now - seen.from) / (seen.to - seen.from) : 0.5;
  MapGantt& gantt = f.ui.map.gantt[0];
  if (span >= all) {
    gantt.from = gantt.to = 0;
  } else {
    gantt.from = std::clamp(now - part * span, 0.0, all - span);
    gantt.to = gantt.from + span;
  }
  f.ui.wake_in(0);
}

void zoom_all(const Frame& f) {
  f.ui.map.gantt[0].from = f.ui.map.gantt[0].to = 0;
  f.ui.wake_in(0);
}

// ---- What is looked at

void move_sm(const Frame& f, int by) {
  const Timeline* const timeline = timeline_of(f);
  if (timeline == nullptr || timeline->sms == 0) return;
  const int last = static_cast<int>(timeline->sms) - 1;
  look_at_sm(f, static_cast<std::uint32_t>(std::clamp(static_cast<int>(f.ui.map.sm) + by, 0, last)));
}

void next_colour(const Frame& f) {
  f.ui.map.colour = static_cast<MapColour>((static_cast<int>(f.ui.map.colour) + 1) % 3);
}

void toggle_pin(const Frame& f) {
  MapPanels& state = f.ui.map;
  if (!state.pinned_about.empty()) {
    state.pinned_about.clear();
  } else {
    state.pinned_about = state.right.shown.empty() ? "waves" : state.right.shown;
  }
}

// One thing at a time, what is nearest first.
void let_go(const Frame& f) {
  MapPanels& state = f.ui.map;
  if (!state.pinned_about.empty()) {
    state.pinned_about.clear();
  } else if (state.pinned) {
    state.pinned.reset();
  } else if (state.side_by_side && f.map.compared) {
    state.side_by_side = false;
  } else if (ImGui::GetIO().DisplaySize.x / f.scale < kCompactBelow) {
    state.sm_open = false;
  }
}

void toggle_trace(const Frame& f) {
  set_map_traced(f, !map_settings(f).traced);
}

void toggle_close_up(const Frame& f) {
  f.ui.map.sm_open = !f.ui.map.sm_open;
}

struct Key {
  KeyId id;
  void (*act)(const Frame& f);
};
constexpr double kHundredth = 0.01, kZoom = 1.5, kFaster = 2;
constexpr Key kRepeating[] = {
    {KeyId::kMapBack, [](const Frame& f) { move_by_part(f, -kHundredth); }},
    {KeyId::kMapForward, [](const Frame& f) { move_by_part(f, kHundredth); }},
    {KeyId::kMapBackCycle, [](const Frame& f) { move_by(f, -1); }},
    {KeyId::kMapForwardCycle, [](const Frame& f) { move_by(f, 1); }},
    {KeyId::kMapPreviousMark, [](const Frame& f) { go_to_mark(f, -1); }},
    {KeyId::kMapNextMark, [](const Frame& f) { go_to_mark(f, 1); }},
    {KeyId::kMapSlower, [](const Frame& f) { set_map_speed(f, map_speed(f) / kFaster); }},
    {KeyId::kMapFaster, [](const Frame& f) { set_map_speed(f, map_speed(f) * kFaster); }},
    {KeyId::kMapPreviousSm, [](const Frame& f) { move_sm(f, -1); }},
    {KeyId::kMapNextSm, [](const Frame& f) { move_sm(f, 1); }},
    {KeyId::kMapZoomIn, [](const Frame& f) { zoom(f, 1 / kZoom); }},
    {KeyId::kMapZoomOut, [](const Frame& f) { zoom(f, kZoom); }},
};
constexpr Key kOnce[] = {
    {KeyId::kMapPlay, toggle_map_play},
    {KeyId::kMapLoop, [](const Frame& f) { f.ui.map.clock.loop = !f.ui.map.clock.loop; }},
    {KeyId::kMapBeginning, [](const Frame& f) { set_map_cycle(f, 0); }},
    {KeyId::kMapEnd, [](const Frame& f) { set_map_cycle(f, 1e300); }},
    {KeyId::kMapCloseUp, toggle_close_up},
    {KeyId::kMapZoomAll, zoom_all},
    {KeyId::kMapColour, next_colour},
    {KeyId::kMapPin, toggle_pin},
    {KeyId::kMapStep, step_map_block},
    {KeyId::kMapPixels, show_map_pixels},
    {KeyId::kMapCompare, toggle_compare},
    {KeyId::kMapTrace, toggle_trace},
    {KeyId::kMapRun, [](const Frame& f) { f.send_map(session::RunMap{}); }},
    {KeyId::kClose, let_go},
};

}  // namespace

void handle_map_keys(const Frame& f) {
  for (const Key& key : kRepeating) {
    if (key_pressed(f, key.id)) key.act(f);
  }
  for (const Key& key : kOnce) {
    if (key_struck(f, key.id)) key.act(f);
  }
}

}  // namespace warpscope::panels

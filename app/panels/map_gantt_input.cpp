// Pointer and wheel in the Gantt chart.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/panels/map_gantt.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Drag = MapGantt::Drag;
using timing::Timeline;

constexpr double kQuick = 0.35;       // seconds between the two presses of a double click
constexpr double kZoomOfAStep = 0.8;  // of the wheel
constexpr double kPanOfAStep = 0.12;  // of what is seen
constexpr float kMostRowZoom = 40;

// The view is kept in cycles of the newest run.
void show(const GanttFrame& g, scene::Range range) {
  MapGantt& view = g.f.ui.map.gantt[0];
  const double factor =
      g.side == MapSide::kNewest ? 1 : g.f.map.run->timeline->ticks_per_second / g.run.timeline->ticks_per_second;
  const bool all = range.low <= g.whole.low && range.high >= g.whole.high;
  view.from = all ? 0 : range.low * factor;
  view.to = all ? 0 : range.high * factor;
  g.f.ui.wake_in(0);
}

void seek(const GanttFrame& g, float x) {
  const double cycle = std::clamp(g.x.value_at(x), 0.0, static_cast<double>(g.run.timeline->cycles));
  const double factor =
      g.side == MapSide::kNewest ? 1 : g.f.map.run->timeline->ticks_per_second / g.run.timeline->ticks_per_second;
  set_map_cycle(g.f, cycle * factor);
}

void turn_wheel(const GanttFrame& g, scene::Vec2 mouse) {
  const ImGuiIO& io = ImGui::GetIO();
  const auto up = static_cast<double>(io.MouseWheel);
  const double sideways = static_cast<double>(io.MouseWheelH) + (io.KeyShift ? up : 0);
  if (sideways != 0) show(g, scene::panned(g.shown, g.whole, -sideways * kPanOfAStep * g.shown.size()));
  if (io.KeyShift || up == 0) return;
  if (!io.KeyCtrl) {
    show(g, scene::zoomed(g.shown, g.whole, g.x.value_at(mouse.x), std::pow(kZoomOfAStep, up)));
    return;
  }
  // Rows grow around the pointer.
  MapGantt& view = g.f.ui.map.gantt[0];
  const float before = static_cast<float>(std::max(1, g.state.rows.content));
  const float at = (g.state.scroll + mouse.y - g.places.rows.y) / before;
  view.row_zoom = std::clamp(view.row_zoom / static_cast<float>(std::pow(kZoomOfAStep, up)), 1.0F, kMostRowZoom);
  refresh_gantt(g);
  g.state.scroll = at * static_cast<float>(g.state.rows.content) - (mouse.y - g.places.rows.y);
  g.f.ui.wake_in(0);
}

// The right or the middle button moves what is seen.
void pan(const GanttFrame& g, bool over, scene::Vec2 mouse) {
  const ImGuiIO& io = ImGui::GetIO();
  MapGantt& state = g.state;
  if (over && (io.MouseClicked[1] || io.MouseClicked[2])) {
    state.drag = Drag::kPan;
    state.drag_at = mouse;
  }
  if (state.drag != Drag::kPan) return;
  if (!io.MouseDown[1] && !io.MouseDown[2]) {
    state.drag = Drag::kNone;
    return;
  }
  if (mouse == state.drag_at) return;
  const double cycles = (state.drag_at.x - mouse.x) / g.places.rows.w * g.shown.size();
  show(g, scene::panned(g.shown, g.whole, cycles));
  state.scroll += state.drag_at.y - mouse.y;
  state.drag_at = mouse;
}

void scrub(const GanttFrame& g, const AreaState& pointer) {
  if (pointer.pressed) {
    g.state.drag = Drag::kTime;
    seek(g, pointer.mouse.x);
  }
  if (g.state.drag != Drag::kTime || (!pointer.held && !pointer.released)) return;
  g.f.ui.map.clock.held = pointer.held;
  if (pointer.held) seek(g, pointer.mouse.x);
  if (pointer.released) g.state.drag = Drag::kNone;
}

void pin_or_unpin(const GanttFrame& g, std::int64_t block, int warp) {
  MapPanels& map = g.f.ui.map;
  const MapSpot spot{g.run.timeline->blocks[static_cast<std::size_t>(block)].block, warp};
  map.pinned = map.pinned == spot ? std::nullopt : std::optional(spot);
  g.f.ui.wake_in(0);
}

void follow_rows(const GanttFrame& g) {
  const AreaState pointer = area(g.f, gantt_name(g.side, "Gantt"), g.places.rows);
  if (pointer.hovered) turn_wheel(g, pointer.mouse);
  pan(g, pointer.hovered, pointer.mouse);
  int warp = -1;
  const std::int64_t block = pointer.hovered || pointer.held ? gantt_block_at(g, pointer.mouse, warp) : -1;
  if (pointer.hovered && g.state.drag == Drag::kNone) {
    if (block >= 0) {
      hover_map_block(g.f, g.run, g.run.timeline->blocks[static_cast<std::size_t>(block)], warp);
    } else {
      g.f.ui.map.about = "waves";
    }
  }
  if (!pointer.pressed) {
    scrub(g, pointer);
    return;
  }
  const bool twice = g.state.pressed_at >= 0 && g.f.ui.now - g.state.pressed_at < kQuick;
  g.state.pressed_at = g.f.ui.now;
  if (twice) {
    show(g, g.whole);
    g.f.ui.map.gantt[0].row_zoom = 1;
  }
  block >= 0 ? pin_or_unpin(g, block, warp) : scrub(g, pointer);
}

void follow_time(const GanttFrame& g) {
  const std::string name = gantt_name(g.side, "Time");
  std::string wanted;
  register_widget(g.f, name, g.places.axis, true, &wanted);
  double cycle = 0;
  const auto read = std::from_chars(wanted.data(), wanted.data() + wanted.size(), cycle);
  if (!wanted.empty() && read.ec == std::errc()) set_map_cycle(g.f, cycle);
  const AreaState axis = area(g.f, name, g.places.axis);
  const AreaState knob = area(g.f, gantt_name(g.side, "Time cursor"), g.places.bracket);
  const AreaState strip = area(g.f, gantt_name(g.side, "Resident warps"), g.places.strip);
  for (const AreaState& pointer : {axis, knob, strip}) {
    scrub(g, pointer);
    if (pointer.hovered) turn_wheel(g, pointer.mouse);
  }
  if (axis.hovered)
    tip(g.f,
        gantt_time_text(g, std::clamp(g.x.value_at(axis.mouse.x), 0.0, static_cast<double>(g.run.timeline->cycles))));
  if (knob.hovered && g.state.tail.share > 0) {
    const float from = g.x.place(static_cast<double>(g.run.timeline->tail));
    if (knob.mouse.x >= from) {
      g.f.ui.map.about = "waves";
      tip(g.f,
          fmt::format("The tail begins at {}: the last block is handed out,\nand slots that become free stay empty. "
                      "Until the end {:.0f} % of the slots are filled.",
                      gantt_time_text(g, static_cast<double>(g.run.timeline->tail)), 100 * g.state.tail.filled));
    }
  }
  if (!strip.hovered) return;
  g.f.ui.map.about = "occupancy";
  const Timeline& timeline = *g.run.timeline;
  const double at = g.x.value_at(strip.mouse.x);
  const auto i =
      static_cast<std::size_t>(std::max(0.0, at) / static_cast<double>(std::max<timing::Cycle>(1, timeline.interval)));
  if (at < 0 || i >= timeline.intervals.size()) return;
  std::string words = fmt::format("{}: {:.1f} warps on an SM, of {} that fit", gantt_time_text(g, at),
                                  timeline.intervals[i].resident_warps, timeline.occupancy.warps);
  if (timeline.origin == Timeline::Origin::kModelled && g.run.plan->limits != nullptr) {
    const auto each = static_cast<double>(timeline.interval);
    const double used = scene::issue_slots_used(timeline, static_cast<double>(i) * each,
                                                static_cast<double>(i + 1) * each, g.run.plan->limits->sub_partitions);
    words += fmt::format("\n{:.0f} % of the schedulers' issue slots used", 100 * used);
  }
  tip(g.f, words);
}

// A click on its label opens an SM.
void follow_labels(const GanttFrame& g) {
  const AreaState pointer = area(g.f, gantt_name(g.side, "SM labels"), g.places.labels);
  if (!pointer.hovered) return;
  const int sm = g.state.rows.sm_at(pointer.mouse.y - g.places.rows.y + g.state.scroll);
  if (sm < 0) return;
  g.f.ui.map.about = "sm";
  tip(g.f, fmt::format("SM {}\nclick: look at it closely", sm));
  if (pointer.clicked) look_at_sm(g.f, static_cast<std::uint32_t>(sm));
}

}  // namespace

void follow_gantt_pointer(const GanttFrame& g) {
  follow_rows(g);
  follow_time(g);
  follow_labels(g);
}

}  // namespace warpscope::panels

// What the Gantt chart shows: its view, its pictures, and what lies under a point.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_gantt.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

using scene::Rect;
using session::MapRun;
using timing::Timeline;

namespace {

constexpr double kBeyond = 0.012;  // of the run, that the axis goes on after its end
constexpr float kCompactBelow = 300;

double end_of(const MapRun& run) {
  return std::max(1.0, static_cast<double>(run.timeline->cycles));
}

// Ticks of `to` for one of `from`: the same time.
double ratio(const MapRun& from, const MapRun& to) {
  return to.timeline->ticks_per_second / from.timeline->ticks_per_second;
}

std::uint64_t both_ids(const Frame& f) {
  const MapRun* const other = map_run(f, MapSide::kCompared);
  return f.map.run->id + (map_side_by_side(f) ? (other->id + 1) << 32 : 0);
}

}  // namespace

bool map_side_by_side(const Frame& f) {
  return f.ui.map.side_by_side && f.map.compared != nullptr && f.map.run != nullptr;
}

std::string gantt_name(MapSide side, std::string_view name) {
  return side == MapSide::kNewest ? std::string(name) : fmt::format("{}, compared", name);
}

GanttPlaces gantt_places(Rect panel, float scale) {
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  const bool compact = panel.h / scale < kCompactBelow;
  const float x = panel.x + px(compact ? 46 : 56);
  const float width = std::max(px(40), panel.right() - px(compact ? 14 : 24) - x);
  GanttPlaces places;
  places.header = {panel.x + px(16), panel.y + px(compact ? 3 : 8), panel.w - px(32), px(18)};
  places.bracket = {x, places.header.bottom() + px(compact ? 1 : 2), width, px(compact ? 10 : 12)};
  places.axis = {x, panel.bottom() - px(compact ? 18 : 22), width, px(compact ? 18 : 20)};
  const float strip = px(compact ? 18 : 30);
  places.strip = {x, places.axis.y - strip, width, strip};
  const float top = places.bracket.bottom();
  places.rows = {x, top, width, std::max(px(10), places.strip.y - px(compact ? 4 : 8) - top)};
  places.labels = {panel.x, top, x - panel.x, places.rows.h};
  return places;
}

GanttFrame gantt_frame(const Frame& f, const MapRun& run, Rect panel, MapSide side) {
  const bool two = map_side_by_side(f);
  MapGantt& own = f.ui.map.gantt[side == MapSide::kNewest ? 0 : 1];
  // The view is the newest run's, in its cycles.
  MapGantt& view = f.ui.map.gantt[0];
  const MapRun& newest = *f.map.run;
  if (view.run != both_ids(f)) {
    view.run = both_ids(f);
    view.from = view.to = 0;
  }
  double end = end_of(newest);
  if (two) end = std::max(end, end_of(*f.map.compared) * ratio(*f.map.compared, newest));
  const scene::Range whole{0, end * (1 + kBeyond)};
  scene::Range shown = whole;
  if (view.to > view.from) shown = scene::panned({view.from, view.to}, whole, 0);
  const double factor = side == MapSide::kNewest ? 1 : ratio(newest, run);
  GanttFrame g{f, run, own, side, gantt_places(panel, f.scale), {}, {}, {}};
  g.whole = {0, whole.high * factor};
  g.shown = {shown.low * factor, shown.high * factor};
  g.x = {g.shown, scene::AxisScale::kLinear, g.places.rows.x, g.places.rows.right()};
  g.in_time = two || run.timeline->origin == Timeline::Origin::kTraced;
  return g;
}

namespace {

void make_colours(const GanttFrame& g) {
  const Timeline& timeline = *g.run.timeline;
  g.state.colours.resize(timeline.blocks.size());
  std::transform(timeline.blocks.begin(), timeline.blocks.end(), g.state.colours.begin(),
                 [&](const timing::BlockSpan& block) { return map_block_colour(g.f, block); });
}

void make_pictures(const GanttFrame& g) {
  MapGantt& state = g.state;
  const Timeline& timeline = *g.run.timeline;
  const scene::Palette& c = g.f.colors;
  const scene::GanttPart& part = state.key.part;
  const scene::Rgba ground = g.f.ui.dark ? scene::mix(c.stage, scene::rgb(0x000000), 0.25F) : c.raised;
  const auto width = static_cast<std::size_t>(part.width);
  state.picture.resize(width * static_cast<std::size_t>(part.height));
  const scene::GanttInk ink{state.colours, ground, g.f.ui.dark ? scene::rgb(0x000000) : c.strong};
  scene::draw_gantt(timeline, state.index, state.rows, part, ink, state.picture);
  state.strip.resize(width * static_cast<std::size_t>(state.key.strip_height));
  const auto columns = scene::resident_columns(timeline, part.from, part.to, part.width);
  const float top = static_cast<float>(std::max(1, timeline.occupancy.warps)) * 1.12F;
  scene::draw_resident(columns, top, state.key.strip_height, scene::mix(c.stage, c.train, 0.24F), c.train, state.strip);
}

}  // namespace

void refresh_gantt(const GanttFrame& g) {
  MapGantt& state = g.state;
  const Timeline& timeline = *g.run.timeline;
  const bool other_run = state.key.timeline != g.run.timeline;
  if (other_run) {
    state.index = scene::GanttIndex(timeline);
    state.tail = scene::tail_of(timeline);
  }
  const bool same_gpu = static_cast<std::uint32_t>(timeline.gpu.sms()) == timeline.sms;
  state.rows =
      scene::gantt_rows(timeline.sms, timeline.slots, same_gpu ? std::span(timeline.gpu.gpcs) : std::span<const int>{},
                        g.places.rows.h, g.f.scale, g.f.ui.map.gantt[0].row_zoom);
  const float most = std::max(0.0F, static_cast<float>(state.rows.content) - g.places.rows.h);
  state.scroll = std::clamp(std::round(state.scroll), 0.0F, most);
  MapGantt::Key key;
  key.timeline = g.run.timeline;
  key.part = {g.shown.low, g.shown.high, static_cast<int>(g.places.rows.w),
              static_cast<int>(std::min(g.places.rows.h, static_cast<float>(state.rows.content))),
              static_cast<int>(state.scroll)};
  key.pitch = state.rows.pitch;
  key.strip_height = static_cast<int>(g.places.strip.h);
  key.colour = g.f.ui.map.colour;
  key.dark = g.f.ui.dark;
  key.scale = g.f.scale;
  if (key == state.key) return;
  if (other_run || key.colour != state.key.colour || key.dark != state.key.dark) make_colours(g);
  state.key = std::move(key);
  ++state.version;
  make_pictures(g);
}

std::int64_t gantt_block_at(const GanttFrame& g, scene::Vec2 point, int& warp) {
  warp = -1;
  if (!g.places.rows.contains(point)) return -1;
  const MapGantt& state = g.state;
  const Timeline& timeline = *g.run.timeline;
  const float y = point.y - g.places.rows.y + state.scroll;
  const int sm = state.rows.sm_at(y);
  if (sm < 0) return -1;
  const std::uint32_t slot = state.rows.slot_at(sm, y);
  const double per_pixel = g.shown.size() / g.places.rows.w;
  const double cycle = g.x.value_at(std::floor(point.x) + 0.5F);
  const auto find = [&](std::uint32_t which) {
    return state.index.find(timeline, static_cast<std::uint32_t>(sm), which, cycle, per_pixel);
  };
  auto found = find(slot);
  // In one row an SM a pixel stands for several slots: the nearest that has a block then.
  for (std::uint32_t away = 1; !found && state.rows.merged && away < state.rows.slots; ++away) {
    if (slot >= away) found = find(slot - away);
    if (!found && slot + away < state.rows.slots) found = find(slot + away);
  }
  if (!found) return -1;
  if (scene::shows_warps(state.rows, timeline.warps_per_block)) {
    const int top = state.rows.slot_top(static_cast<std::uint32_t>(sm), slot);
    const int height = state.rows.slot_top(static_cast<std::uint32_t>(sm), slot + 1) - top - 1;
    const auto row = static_cast<int>(y) - top;
    warp = std::clamp(row * static_cast<int>(timeline.warps_per_block) / std::max(1, height), 0,
                      static_cast<int>(timeline.warps_per_block) - 1);
  }
  return *found;
}

std::string gantt_time_text(const GanttFrame& g, double cycle) {
  if (g.in_time) return time_text(cycle / g.run.timeline->ticks_per_second);
  return fmt::format("{} cycles", cycles_text(cycle));
}

}  // namespace warpscope::panels

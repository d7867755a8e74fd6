#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_panels.h"
#include "app/panels/widgets.h"
#include "app/scene/map_colours.h"

namespace warpscope::panels {

using session::MapRun;
using timing::BlockSpan;
using timing::Timeline;

const session::MapSettings& map_settings(const Frame& f) {
  return f.ui.map.wanted ? *f.ui.map.wanted : f.map.settings;
}

void change_map(const Frame& f, session::MapSettings settings) {
  f.ui.map.wanted = settings;
  f.send_map(session::SetMap{std::move(settings)});
}

const MapRun* map_run(const Frame& f, MapSide side) {
  return (side == MapSide::kNewest ? f.map.run : f.map.compared).get();
}

// ---- Time

namespace {

constexpr double kSecondsForAll = 10;  // that playing the whole run takes, unless a speed was chosen

}  // namespace

void advance_map_clock(const Frame& f) {
  MapClock& clock = f.ui.map.clock;
  const MapRun* const run = map_run(f, MapSide::kNewest);
  const double since = f.ui.now - clock.advanced_at;
  clock.advanced_at = f.ui.now;
  if (run == nullptr) return;
  const auto end = static_cast<double>(run->timeline->cycles);
  if (clock.run != run->id) {
    clock.run = run->id;
    // Where every panel has something to tell: the first SMs run out of blocks, or all are filled.
    const timing::Cycle tail = run->timeline->tail, cycles = run->timeline->cycles;
    clock.cycle = static_cast<double>(tail > 0 && tail < cycles ? tail : cycles / 2);
  }
  if (clock.playing && !clock.held && since > 0 && since < 1) {
    const double speed = clock.speed > 0 ? clock.speed : end / kSecondsForAll;
    clock.cycle += speed * since;
    if (clock.cycle >= end) {
      clock.playing = clock.loop;
      clock.cycle = clock.loop ? 0 : end;
    }
  }
  clock.cycle = std::clamp(clock.cycle, 0.0, end);
  if (clock.playing) f.ui.wake_in(0);
}

double map_cycle(const Frame& f, MapSide side) {
  const double cycle = f.ui.map.clock.cycle;
  const MapRun* const newest = map_run(f, MapSide::kNewest);
  const MapRun* const other = map_run(f, MapSide::kCompared);
  if (side == MapSide::kNewest || newest == nullptr || other == nullptr) return cycle;
  const double there = cycle / newest->timeline->ticks_per_second * other->timeline->ticks_per_second;
  return std::min(there, static_cast<double>(other->timeline->cycles));
}

void set_map_cycle(const Frame& f, double cycle) {
  const MapRun* const run = map_run(f, MapSide::kNewest);
  if (run == nullptr) return;
  f.ui.map.clock.run = run->id;
  f.ui.map.clock.cycle = std::clamp(cycle, 0.0, static_cast<double>(run->timeline->cycles));
  f.ui.wake_in(0);
}

// ---- Blocks

scene::Rgba map_block_colour(const Frame& f, const BlockSpan& block) {
  switch (f.ui.map.colour) {
    case MapColour::kBlock:
      return scene::category(static_cast<int>(block.block % 28));
    case MapColour::kStall:
      return scene::stall_colour(block.longest, f.ui.dark);
    case MapColour::kWave:
      break;
  }
  return scene::wave_colour(block.wave);
}

scene::Rgba map_stall_colour(const Frame& f, timing::Stall stall) {
  return scene::stall_colour(stall, f.ui.dark);
}

const BlockSpan* map_spot_block(const Frame& f, const MapRun& run) {
  const auto spot = f.ui.map.spot();
  const Timeline& timeline = *run.timeline;
  if (!spot || spot->block >= timeline.block_at.size()) return nullptr;
  const std::uint32_t index = timeline.block_at[static_cast<std::size_t>(spot->block)];
  return index < timeline.blocks.size() ? &timeline.blocks[index] : nullptr;
}

void hover_map_block(const Frame& f, const MapRun& run, const BlockSpan& block, int warp) {
  f.ui.map.hovered = MapSpot{block.block, warp};
  f.ui.map.about = "block";
  const Timeline& timeline = *run.timeline;
  const base::Dim3 at = run.plan->grid.at(block.block);
  std::string name = fmt::format("Block ({}, {}", at.x, at.y);
  if (run.plan->grid.z > 1) name += fmt::format(", {}", at.z);
  std::string text = fmt::format("{})  wave {}\nSM, slot  {}, {}\nstart to end  {} to {}\n{}  {}", name, block.wave + 1,
                                 block.sm, block.slot, cycles_text(static_cast<double>(block.start)),
                                 cycles_text(static_cast<double>(block.end)),
                                 timeline.origin == Timeline::Origin::kTraced ? "ticks" : "cycles",
                                 cycles_text(static_cast<double>(block.end - block.start)));
  if (block.longest != timing::Stall::kIssued)
    text += fmt::format("\nlongest wait  {}", timing::name_of(block.longest));
  tip(f, text);
}

void look_at_sm(const Frame& f, std::uint32_t sm) {
  const MapRun* const run = map_run(f, MapSide::kNewest);
  if (run == nullptr || sm >= run->timeline->sms) return;
  MapPanels& state = f.ui.map;
  state.sm = sm;
  state.sm_open = true;
  if (run->timeline->origin == Timeline::Origin::kModelled && !run->timeline->schedules.contains(sm))
    f.send_map(session::LookAtSm{sm});
  f.ui.wake_in(0);
}

void step_map_block(const Frame& f) {
  const MapRun* const run = map_run(f, MapSide::kNewest);
  if (run == nullptr || run->timeline->blocks.empty()) return;
  const auto spot = f.ui.map.spot();
  const MapSpot which = spot.value_or(MapSpot{run->timeline->blocks.front().block, 0});
  f.send_map(session::PrepareMapStep{++f.ui.map.step_question, which.block, std::max(0, which.warp)});
}

// ---- Numbers

std::string cycles_text(double cycles) {
  return with_thousands(std::llround(cycles));
}

std::string time_text(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
  const auto unit =
      std::find_if(std::begin(kUnits), std::end(kUnits) - 1, [seconds](const Unit& u) { return seconds >= u.seconds; });
  const double value = seconds / unit->seconds;
  return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, unit->name);
}

}  // namespace warpscope::panels

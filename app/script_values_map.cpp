// What scripts can ask of the SM map.
#include <algorithm>

#include "app/panels/map_left.h"
#include "app/script_values.h"
#include "compute/session/map_plan.h"

namespace warpscope::app {
namespace {

using session::MapRun;
using timing::Timeline;

ScriptValue none() {
  return std::string("none");
}

template <class Number>
ScriptValue number(Number value) {
  return static_cast<double>(value);
}

const Timeline* timeline(const ScriptFacts& f) {
  return f.map.run ? f.map.run->timeline.get() : nullptr;
}

// Of the newest run; "none" before the first.
template <class Read>
ScriptValue of_run(const ScriptFacts& f, Read read) {
  const Timeline* const found = timeline(f);
  return found == nullptr ? none() : number(read(*found));
}

// Of the plan, where a block can run.
template <class Read>
ScriptValue of_occupancy(const ScriptFacts& f, Read read) {
  if (!f.map.plan || !f.map.plan->occupancy) return none();
  return number(read(*f.map.plan->occupancy));
}

// Whether the session has taken what was changed last.
bool is_taken(const ScriptFacts& f) {
  const auto& wanted = f.ui.map.wanted;
  return !wanted || session::identity_of(*wanted) == session::identity_of(f.map.settings);
}

// Whether the newest run is of the settings there are.
bool is_current(const ScriptFacts& f) {
  return is_taken(f) && f.map.run && f.map.plan && panels::is_run_of(*f.map.run, *f.map.plan) &&
         f.map.job.kind == session::MapJob::Kind::kNone;
}

ScriptValue ready(const ScriptFacts& f) {
  return number(is_current(f) ? 1 : 0);
}

ScriptValue kernel(const ScriptFacts& f) {
  return f.map.plan ? ScriptValue(f.map.plan->kernel) : none();
}

ScriptValue gpu(const ScriptFacts& f) {
  return f.map.plan ? ScriptValue(f.map.plan->gpu.name) : none();
}

ScriptValue threads(const ScriptFacts& f) {
  return f.map.plan ? number(f.map.plan->block.count()) : none();
}

ScriptValue registers(const ScriptFacts& f) {
  return f.map.plan ? number(f.map.plan->registers.count) : none();
}

ScriptValue plan_blocks(const ScriptFacts& f) {
  return of_occupancy(f, [](const gpu::Occupancy& o) { return o.blocks; });
}

ScriptValue plan_warps(const ScriptFacts& f) {
  return of_occupancy(f, [](const gpu::Occupancy& o) { return o.warps; });
}

ScriptValue limiter(const ScriptFacts& f) {
  if (!f.map.plan || !f.map.plan->occupancy) return none();
  return gpu::text_of_limiters(f.map.plan->occupancy->limiters);
}

ScriptValue waves(const ScriptFacts& f) {
  return f.map.plan ? number(f.map.plan->waves) : none();
}

ScriptValue runs(const ScriptFacts& f) {
  return f.map.run ? number(f.map.run->id) : number(0);
}

ScriptValue cycles(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) { return t.cycles; });
}

ScriptValue cycles_before(const ScriptFacts& f) {
  return f.map.before ? number(f.map.before->timeline->cycles) : none();
}

// Times as long as the run before.
ScriptValue slower(const ScriptFacts& f) {
  if (!f.map.run || !f.map.before) return none();
  return number(f.map.run->timeline->seconds() / f.map.before->timeline->seconds());
}

// Of the warps' cycles, 0 to 1.
template <timing::Stall stall>
ScriptValue share(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) {
    double all = 0;
    for (const std::uint64_t cycles : t.warp_cycles) all += static_cast<double>(cycles);
    return all == 0 ? 0 : static_cast<double>(t.warp_cycles[static_cast<std::size_t>(stall)]) / all;
  });
}

ScriptValue blocks(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) { return t.blocks.size(); });
}

ScriptValue tail(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) {
    return t.cycles == 0 ? 0.0 : static_cast<double>(t.cycles - t.tail) / static_cast<double>(t.cycles);
  });
}

ScriptValue achieved(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) { return t.occupancy_achieved(); });
}

// What warps waited for most, of the waits with a cause.
ScriptValue stall(const ScriptFacts& f) {
  const Timeline* const found = timeline(f);
  if (found == nullptr || found->origin == Timeline::Origin::kTraced) return none();
  const auto first = found->warp_cycles.begin() + 2;  // behind issued and not selected
  const auto most = std::max_element(first, found->warp_cycles.end());
  return std::string(timing::key_of(static_cast<timing::Stall>(most - found->warp_cycles.begin())));
}

ScriptValue conflicts(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) { return t.traffic.shared_conflicts; });
}

ScriptValue origin(const ScriptFacts& f) {
  const Timeline* const found = timeline(f);
  if (found == nullptr) return none();
  return std::string(found->origin == Timeline::Origin::kTraced ? "traced" : "modelled");
}

ScriptValue cycle(const ScriptFacts& f) {
  return number(f.ui.map.clock.cycle);
}

ScriptValue sm(const ScriptFacts& f) {
  return number(f.ui.map.sm);
}

ScriptValue block(const ScriptFacts& f) {
  const auto spot = f.ui.map.spot();
  return spot ? number(spot->block) : none();
}

ScriptValue compared(const ScriptFacts& f) {
  return number(f.map.compared ? 1 : 0);
}

ScriptValue side_by_side(const ScriptFacts& f) {
  return number(f.map.compared && f.ui.map.side_by_side ? 1 : 0);
}

ScriptValue blocks_before(const ScriptFacts& f) {
  return f.map.before ? number(f.map.before->timeline->occupancy.blocks) : none();
}

ScriptValue ipc(const ScriptFacts& f) {
  return of_run(f, [](const Timeline& t) { return t.ipc(); });
}

ScriptValue shared_bytes(const ScriptFacts& f) {
  if (!f.map.plan) return none();
  return number(f.map.plan->static_shared + f.map.plan->dynamic_shared + f.map.plan->added_shared);
}

ScriptValue grid(const ScriptFacts& f) {
  return f.map.plan ? number(f.map.plan->grid.count()) : none();
}

// What the nearest step up would be: "2 registers fewer gives 20 % more warps".
ScriptValue suggestion(const ScriptFacts& f) {
  return f.map.plan && f.map.plan->suggestion ? ScriptValue(f.map.plan->suggestion->text) : none();
}

// Why the kernel cannot have another block.
ScriptValue block_note(const ScriptFacts& f) {
  return f.map.plan ? ScriptValue(f.map.plan->block_note) : none();
}

ScriptValue source(const ScriptFacts& f) {
  const std::string& from = f.map.settings.source.from;
  return from.empty() ? none() : ScriptValue(from);
}

ScriptValue playing(const ScriptFacts& f) {
  return number(f.ui.map.clock.playing ? 1 : 0);
}

ScriptValue colour(const ScriptFacts& f) {
  constexpr const char* kColours[] = {"wave", "block", "wait"};
  return std::string(kColours[static_cast<std::size_t>(f.ui.map.colour)]);
}

// What the right panel speaks of.
ScriptValue about(const ScriptFacts& f) {
  return f.ui.map.right.shown;
}

ScriptValue problem(const ScriptFacts& f) {
  return f.map.plan ? ScriptValue(f.map.plan->problem) : none();
}

constexpr ScriptName kNames[] = {
    ScriptName{"map.ready", ready},
    ScriptName{"map.kernel", kernel},
    ScriptName{"map.gpu", gpu},
    ScriptName{"map.threads", threads},
    ScriptName{"map.registers", registers},
    ScriptName{"map.blocks_per_sm", plan_blocks},
    ScriptName{"map.warps_per_sm", plan_warps},
    ScriptName{"map.limiter", limiter},
    ScriptName{"map.waves", waves},
    ScriptName{"map.runs", runs},
    ScriptName{"map.cycles", cycles},
    ScriptName{"map.cycles_before", cycles_before},
    ScriptName{"map.slower", slower},
    ScriptName{"map.share.long_scoreboard", share<timing::Stall::kLongScoreboard>},
    ScriptName{"map.share.short_scoreboard", share<timing::Stall::kShortScoreboard>},
    ScriptName{"map.share.drain", share<timing::Stall::kDrain>},
    ScriptName{"map.blocks", blocks},
    ScriptName{"map.tail", tail},
    ScriptName{"map.occupancy", achieved},
    ScriptName{"map.stall", stall},
    ScriptName{"map.conflicts", conflicts},
    ScriptName{"map.origin", origin},
    ScriptName{"map.cycle", cycle},
    ScriptName{"map.sm", sm},
    ScriptName{"map.block", block},
    ScriptName{"map.compared", compared},
    ScriptName{"map.side_by_side", side_by_side},
    ScriptName{"map.blocks_per_sm_before", blocks_before},
    ScriptName{"map.ipc", ipc},
    ScriptName{"map.shared_bytes", shared_bytes},
    ScriptName{"map.grid", grid},
    ScriptName{"map.suggestion", suggestion},
    ScriptName{"map.block_note", block_note},
    ScriptName{"map.from", source},
    ScriptName{"map.playing", playing},
    ScriptName{"map.colour", colour},
    ScriptName{"map.about", about},
    ScriptName{"map.problem", problem},
};

}  // namespace

std::span<const ScriptName> map_script_names() {
  return kNames;
}

}  // namespace warpscope::app

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "app/panels/step_explanation.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using session::LaneState;
using session::StepGoal;

std::string number(std::uint64_t value) {
  return with_thousands(static_cast<long long>(value));
}

std::uint64_t lanes(LaneMask mask) {
  return static_cast<std::uint64_t>(std::popcount(mask));
}

std::string lanes_text(LaneMask mask) {
  return counted(lanes(mask), "lane", "lanes");
}

StepTry go(std::string name, StepGoal goal, trace::Direction direction = trace::Direction::kForward,
           std::string key = {}) {
  return {std::move(name), session::Go{.goal = goal, .direction = direction}, std::move(key)};
}

const session::WarpRow* followed_row(const StepScene& scene) {
  const auto& rows = scene.state.reading.warps;
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const session::WarpRow& row) { return row.warp == scene.moment().followed; });
  return found == rows.end() ? nullptr : &*found;
}

// Its lanes are at a barrier, and none of them can run.
bool waits(const session::WarpRow& row) {
  return std::none_of(row.lanes.begin(), row.lanes.end(),
                      [](LaneState s) { return s == LaneState::kIssues || s == LaneState::kReady; });
}

// Where lanes that go to a pc do something: jumps that all take are passed through.
vgpu::Pc behind_jumps(const session::StepRun& run, vgpu::Pc pc) {
  constexpr int kMostJumps = 8;
  for (int i = 0; i < kMostJumps && pc < run.program->code.size(); ++i) {
    const vgpu::Inst& inst = run.program->code[pc];
    if (inst.kind != vgpu::InstKind::kBranch || inst.has_guard) break;
    pc = inst.target;
  }
  return pc;
}

// ---- Branches

StepExplanation tell_divergence(const StepScene& scene, const NextStep& next, const vgpu::Inst& inst) {
  const session::StepRun& run = scene.run();
  const LaneMask stay = next.active & ~next.record.executed;
  StepExplanation e;
  e.heading = "A branch that parts the warp";
  if (inst.kind == vgpu::InstKind::kBranch) {
    e.text = fmt::format("The condition differs between lanes: **{} jump** to {}, **{} go on** at {}. ",
                         lanes_text(next.record.executed), where_text(run, behind_jumps(run, inst.target)),
                         lanes_text(stay), where_text(run, behind_jumps(run, next.record.pc + 1)));
  } else {
    e.text = fmt::format("The {} jump to **different places**. ", lanes_text(next.active));
  }
  e.text += "A warp runs one way at a time, and the lanes of the other way are off meanwhile: both are paid for.";
  if (inst.reconverge != vgpu::kNoPc) {
    e.more = fmt::format("They meet again at **{}**.", where_text(run, inst.reconverge));
  } else {
    e.more = "There is no place in this function where they meet again.";
  }
  if (inst.kind == vgpu::InstKind::kBranch) {
    e.formula = {fmt::format("{} = {} + {}", lanes_text(next.active), lanes(next.record.executed), lanes(stay))};
    e.formula_result = "two ways";
  }
  e.tries = {go("To the next divergence", StepGoal::kDivergence)};
  return e;
}

StepExplanation tell_branch(const StepScene& scene, const NextStep& next, const vgpu::Inst& inst) {
  if ((next.record.flags & trace::kDiverged) != 0) return tell_divergence(scene, next, inst);
  const session::StepRun& run = scene.run();
  StepExplanation e;
  const bool conditional = inst.has_guard;
  const bool taken = next.record.executed != 0;
  const vgpu::Pc target = taken && inst.kind == vgpu::InstKind::kBranch ? inst.target : next.record.pc + 1;
  const std::string to = where_text(run, behind_jumps(run, target));
  e.heading = conditional ? "A branch that all take alike" : "A jump";
  e.text = conditional ? fmt::format(
                             "All {} that run have the same answer: the condition {}, and they go on together "
                             "to **{}**. A branch costs nothing extra as long as a warp stays together.",
                             lanes_text(next.active), taken != inst.guard_negated ? "holds" : "does not hold", to)
                       : fmt::format("The {} that run go to **{}**.", lanes_text(next.active), to);
  const LaneMask off = followed_row(scene) != nullptr ? followed_row(scene)->exists & ~next.active : 0;
  if (off != 0)
    e.more = fmt::format("{} of this warp {} elsewhere, or done.", lanes_text(off), lanes(off) == 1 ? "is" : "are");
  e.tries = {go("To the next divergence", StepGoal::kDivergence)};
  return e;
}

// ---- Others

StepExplanation tell_arithmetic(const NextStep& next) {
  StepExplanation e;
  if (next.instruction == nullptr) {
    e.heading = "The function's end";
    e.text = fmt::format("{} come to the end of the function.", lanes_text(next.active));
    return e;
  }
  const OpcodeText& text = opcode_text(*next.instruction);
  e.heading = text.heading;
  e.text = std::string(text.text);
  const std::string special = special_text(*next.instruction);
  if (!special.empty()) e.text += " " + special;
  const LaneMask off = next.active & ~next.record.executed;
  e.more = lanes(next.record.executed) == 32
               ? std::string("**All 32 lanes** do it at once, each with its own numbers.")
               : fmt::format("**{} of 32 lanes** take part, each with its own numbers.", lanes(next.record.executed));
  if (off != 0) e.more += fmt::format(" {} skip it: the condition before it does not hold there.", lanes_text(off));
  e.tries = {go("Next access", StepGoal::kMemoryAccess)};
  return e;
}

StepExplanation tell_shuffle(const NextStep& next) {
  StepExplanation e = tell_arithmetic(next);
  e.text += " No memory is touched and no barrier is needed: **one instruction** for the whole warp.";
  return e;
}

StepExplanation tell_exit(const StepScene& scene, const NextStep& next) {
  StepExplanation e;
  const session::WarpRow* row = followed_row(scene);
  const LaneMask left = row != nullptr ? row->exists & ~next.record.executed : 0;
  e.heading = "Threads end";
  e.text = fmt::format("The threads of **{}** are done.", lanes_text(next.record.executed));
  LaneMask going = 0;
  for (int lane = 0; row != nullptr && lane < 32; ++lane) {
    const LaneState state = row->lanes[static_cast<std::size_t>(lane)];
    if (state != LaneState::kDone && state != LaneState::kAbsent) going |= LaneMask{1} << lane;
  }
  going &= left;
  e.text += going == 0 ? " With them the warp ends." : fmt::format(" {} of the warp go on.", lanes_text(going));
  return e;
}

StepExplanation tell_coming_barrier(const StepScene& scene, const NextStep& next) {
  const session::StepRun& run = scene.run();
  const auto& barriers = scene.state.reading.barriers;
  const int line = session::line_at(run, next.record.pc);
  const auto found = std::find_if(barriers.begin(), barriers.end(),
                                  [line](const session::BarrierRow& b) { return b.line == line && b.arrived > 0; });
  StepExplanation e;
  if (found != barriers.end()) {
    e = explain_barrier(*found);
  } else {
    e.text = "Nobody waits there yet.";
  }
  const std::uint64_t arrived = found == barriers.end() ? 0 : found->arrived;
  const std::uint64_t threads = run.launch.block.count();
  e.heading = "A barrier comes";
  e.text = fmt::format(
               "Warp {} comes to the barrier of {}. It waits there until **all {} threads** of the block have "
               "come, so that what was written before is seen behind it. ",
               next.warp, where_text(run, next.record.pc), number(threads)) +
           e.text;
  if (arrived + lanes(next.record.executed) >= threads) {
    e.more = "It is the last one: with it, all go on.";
  }
  e.tries = {go("To the next barrier", StepGoal::kBarrier), go("Step over it", StepGoal::kOver)};
  return e;
}

StepExplanation tell_end(const StepScene& scene) {
  const session::StepRun& run = scene.run();
  StepExplanation e;
  if (run.fault) {
    e.heading = "The launch ended here";
    e.text = fmt::format("{} It happened in **thread {}** of block {}.", run.fault->message,
                         session::thread_text(run.launch.block, run.fault->thread_index), run.fault->block);
  } else if (!run.complete) {
    e.heading = "Recorded up to here";
    e.text = run.limit_reason;
  } else {
    e.heading = "The kernel has ended";
    const std::string blocks =
        run.launch_text.only_block
            ? fmt::format("Block {} of {}", number(*run.launch_text.only_block), number(run.launch.grid.count()))
            : fmt::format("All {} blocks", number(run.launch.grid.count()));
    e.text = fmt::format(
        "{} ran to {} end, in **{} steps** of warps. Step back, or point at the bar below "
        "to look at any of them.",
        blocks, run.launch_text.only_block ? "its" : "their", number(run.size()));
  }
  e.facts_title = "The whole run";
  e.facts = {{"warp instructions", number(run.total.warp_instructions)},
             {"lanes active, mean", fmt::format("{:.1f} of 32", run.total.active_lanes_mean())}};
  if (run.total.global_requests > 0) {
    e.facts.push_back({"sectors a request", fmt::format("{:.2f}", run.total.sectors_per_request())});
  }
  if (run.total.shared_requests > 0) e.facts.push_back({"bank conflicts", number(run.total.shared_bank_conflicts)});
  e.facts.push_back({"divergent branches", number(run.total.divergent_branches)});
  e.tries = {go("One step back", StepGoal::kInstruction, trace::Direction::kBackward),
             go("To the beginning", StepGoal::kEnd, trace::Direction::kBackward)};
  return e;
}

// The followed warp cannot go on: it waits, has ended, or its block has not begun.
StepExplanation tell_still(const StepScene& scene) {
  if (!scene.moment().has_next) return tell_end(scene);
  const session::WarpRow* row = followed_row(scene);
  StepExplanation e;
  e.heading = "This warp has ended";
  e.text = fmt::format("All threads of warp {} are done. Others of the run go on.",
                       scene.moment().followed % std::max(1U, scene.run().warps_per_block));
  if (row != nullptr && row->groups == 0 && row->exists == 0) {
    e.heading = "Not begun yet";
    e.text = "The block of the followed warp has not been started. Its first step comes later in the run.";
  }
  e.tries = {{"Follow who is next", session::SeekTo{.position = scene.moment().position, .follow = true}}};
  return e;
}

StepExplanation tell_instruction(const StepScene& scene, const NextStep& next) {
  const vgpu::Inst& inst = scene.run().program->code[next.record.pc];
  switch (inst.kind) {
    case vgpu::InstKind::kBranch:
    case vgpu::InstKind::kBranchIndexed:
      return tell_branch(scene, next, inst);
    case vgpu::InstKind::kBarrier:
      return tell_coming_barrier(scene, next);
    case vgpu::InstKind::kWarp:
      return tell_shuffle(next);
    case vgpu::InstKind::kExit:
      return tell_exit(scene, next);
    case vgpu::InstKind::kReturn:
      return (next.record.flags & trace::kExit) != 0 ? tell_exit(scene, next) : tell_arithmetic(next);
    default:
      return tell_arithmetic(next);
  }
}

// The access that costs most: a generic one may go to several memories.
const vgpu::Access* main_access(std::span<const vgpu::Access> accesses) {
  const vgpu::Access* best = nullptr;
  for (const vgpu::Access& access : accesses) {
    if (best == nullptr || (best->space == vgpu::AccessSpace::kParameter) ||
        std::popcount(access.mask) > std::popcount(best->mask)) {
      best = &access;
    }
  }
  return best;
}

void add_waiting(const StepScene& scene, StepExplanation& e) {
  for (const session::BarrierRow& barrier : scene.state.reading.barriers) {
    if (barrier.arrived == 0) continue;
    std::vector<int> waiting;
    for (std::size_t w = 0; w < barrier.lanes.size(); ++w) {
      if (barrier.lanes[w] != 0) waiting.push_back(static_cast<int>(w));
    }
    if (!e.more.empty()) e.more += "\n";
    e.more +=
        fmt::format("{} {} at the **barrier** of line {}.",
                    waiting.size() == 1 ? "Meanwhile one warp" : fmt::format("Meanwhile {} warps", waiting.size()),
                    waiting.size() == 1 ? "waits" : "wait", barrier.line);
  }
}

}  // namespace

std::optional<NextStep> next_step(const StepScene& scene) {
  const session::StepRun& run = scene.run();
  const session::StepMoment& moment = scene.moment();
  if (!moment.followed_next || *moment.followed_next >= run.size()) return std::nullopt;
  NextStep next;
  next.at = *moment.followed_next;
  next.record = (*run.records)[next.at];
  next.instruction = run.program->source(next.record.pc);
  next.warp = static_cast<int>(next.record.warp % std::max(1U, run.warps_per_block));
  next.accesses = next.at == moment.position ? std::span(moment.accesses) : std::span(moment.followed_accesses);
  const session::WarpRow* row = followed_row(scene);
  next.active = row != nullptr && row->active != 0 ? row->active : next.record.executed;
  return next;
}

StepExplanation explain_barrier(const session::BarrierRow& barrier) {
  StepExplanation e;
  e.heading = "Waiting at a barrier";
  std::vector<int> waiting, missing;
  for (std::size_t w = 0; w < barrier.lanes.size(); ++w) {
    (barrier.lanes[w] != 0 ? waiting : missing).push_back(static_cast<int>(w));
  }
  e.text = fmt::format("**{} of {} threads** have come to the barrier of line {}: {}. ", number(barrier.arrived),
                       number(barrier.expected), barrier.line, listed("warp", "warps", waiting));
  if (!missing.empty()) {
    e.text += fmt::format("All go on when the last has come; **{}** {} missing.", listed("warp", "warps", missing),
                          missing.size() == 1 ? "is" : "are");
  }
  return e;
}

StepExplanation explain_access(const StepScene& scene) {
  const auto next = next_step(scene);
  if (!next) return tell_still(scene);
  const vgpu::Access* access = main_access(next->accesses);
  if (access == nullptr || access->space == vgpu::AccessSpace::kParameter) return tell_instruction(scene, *next);
  StepExplanation e = tell_access(*access, names_of(scene.run(), next->record.warp, *access));
  e.tries = {go("Next access", StepGoal::kMemoryAccess),
             go("The one before", StepGoal::kMemoryAccess, trace::Direction::kBackward)};
  return e;
}

StepExplanation explain_next(const StepScene& scene) {
  const session::WarpRow* row = followed_row(scene);
  if (row != nullptr && row->barrier >= 0 && waits(*row)) {
    for (const session::BarrierRow& barrier : scene.state.reading.barriers) {
      if (barrier.id != row->barrier) continue;
      StepExplanation e = explain_barrier(barrier);
      e.tries = {{"Follow who is next", session::SeekTo{.position = scene.moment().position, .follow = true}}};
      return e;
    }
  }
  StepExplanation e = explain_access(scene);
  add_waiting(scene, e);
  const auto next = next_step(scene);
  if (next && next->at > scene.moment().position) {
    e.try_text =
        fmt::format("Before this, others make {}.", counted(next->at - scene.moment().position, "step", "steps"));
  }
  return e;
}

}  // namespace warpscope::panels

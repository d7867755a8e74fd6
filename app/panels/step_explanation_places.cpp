#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "app/panels/step_explanation.h"
#include "app/panels/step_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using session::LaneState;

std::string number(std::uint64_t value) {
  return with_thousands(static_cast<long long>(value));
}

const session::WarpRow* row_of(const StepScene& scene, int warp) {
  const auto& rows = scene.state.reading.warps;
  if (warp < 0 || static_cast<std::size_t>(warp) >= rows.size()) return nullptr;
  return &rows[static_cast<std::size_t>(warp)];
}

std::vector<int> warps_where(const StepScene& scene, const std::function<bool(const session::WarpRow&)>& wanted) {
  std::vector<int> warps;
  const auto& rows = scene.state.reading.warps;
  for (std::size_t w = 0; w < rows.size(); ++w) {
    if (wanted(rows[w])) warps.push_back(static_cast<int>(w));
  }
  return warps;
}

void add_row_facts(const vgpu::CounterRow& row, StepExplanation& e) {
  e.facts_title = "In the whole run";
  e.facts.push_back({"warp instructions", number(row.warp_instructions)});
  if (row.warp_instructions > 0)
    e.facts.push_back({"active lanes, mean", fmt::format("{:.1f}", row.active_lanes_mean())});
  if (row.global_requests > 0) {
    e.facts.push_back({"sectors a request", fmt::format("{:.2f}", row.sectors_per_request())});
  }
  if (row.shared_requests > 0) {
    e.facts.push_back({"wavefronts a request", fmt::format("{:.2f}", static_cast<double>(row.shared_wavefronts) /
                                                                         static_cast<double>(row.shared_requests))});
  }
  if (row.divergent_branches > 0) {
    e.facts.push_back(
        {"branches, divergent", fmt::format("{}, {}", number(row.branches), number(row.divergent_branches))});
  }
  if (row.atomics > 0) e.facts.push_back({"lanes that waited", number(row.atomic_contention)});
}

const char* state_text(LaneState state) {
  switch (state) {
    case LaneState::kIssues:
      return "It takes part in the very next step.";
    case LaneState::kReady:
      return "It takes part in its warp's next instruction, but another warp is next.";
    case LaneState::kOff:
      return "It is **off**: its warp runs other lanes first.";
    case LaneState::kAtBarrier:
      return "It **waits at a barrier** for the rest of its block.";
    case LaneState::kAtWarpSync:
      return "It **waits for other lanes** of its warp.";
    case LaneState::kDone:
      return "Its thread **has ended**.";
    case LaneState::kFaulted:
      return "It made the launch **end with a fault**.";
    case LaneState::kAbsent:
      break;
  }
  return "There is **no such thread**: the block is smaller than this warp.";
}

// Where an off lane will meet the others: the join that expects it.
vgpu::Pc join_of(const StepScene& scene, int warp, int lane) {
  const session::StepRun& run = scene.run();
  const std::uint64_t block = scene.moment().followed / std::max(1U, run.warps_per_block);
  for (const vgpu::Block& b : scene.moment().state->blocks) {
    if (b.number != block || static_cast<std::size_t>(warp) >= b.warps.size()) continue;
    const LaneMask bit = LaneMask{1} << lane;
    for (const vgpu::Fragment& fragment : b.warps[static_cast<std::size_t>(warp)].fragments) {
      if ((fragment.mask & bit) == 0 || fragment.join < 0) continue;
      return b.warps[static_cast<std::size_t>(warp)].joins[static_cast<std::size_t>(fragment.join)].pc;
    }
    // In no fragment: it has arrived already.
    for (const vgpu::Join& join : b.warps[static_cast<std::size_t>(warp)].joins) {
      if ((join.arrived & bit) != 0) return join.pc;
    }
  }
  return vgpu::kNoPc;
}

StepTry follow(const StepScene& scene, int warp) {
  const std::uint32_t per_block = std::max(1U, scene.run().warps_per_block);
  const trace::WarpIndex first = scene.moment().followed / per_block * per_block;
  return {fmt::format("Follow warp {}", warp), session::FollowWarp{first + static_cast<trace::WarpIndex>(warp)}};
}

}  // namespace

StepExplanation explain_line(const StepScene& scene, int line) {
  const session::StepRun& run = scene.run();
  const std::vector<vgpu::Pc> pcs = session::pcs_of_line(run, line);
  StepExplanation e;
  e.heading = fmt::format("Line {}", line);
  if (pcs.empty()) {
    e.text = "No instruction comes from this line: the warps never stand on it.";
    return e;
  }
  e.text = fmt::format("It became **{}** of PTX. ", counted(pcs.size(), "instruction", "instructions"));
  const std::vector<int> here = warps_where(scene, [line](const session::WarpRow& row) { return row.line == line; });
  e.text += here.empty() ? "No warp of this block stands on it now."
                         : fmt::format("Now **{}** of this block {} on it.", listed("warp", "warps", here),
                                       here.size() == 1 ? "stands" : "stand");
  const auto row = std::find_if(run.line_rows.begin(), run.line_rows.end(), [&](const vgpu::LineCounters& counters) {
    return counters.where.line == line && (run.source_file.empty() || counters.where.file == run.source_file);
  });
  if (row != run.line_rows.end()) {
    add_row_facts(row->row, e);
    if (row->row.shared_bank_conflicts > 0) {
      e.more = fmt::format("Bank conflicts cost it **{} extra turns** of shared memory.",
                           number(row->row.shared_bank_conflicts));
    }
  }
  e.tries = {{"Run to this line", session::Go{.goal = session::StepGoal::kAtLine, .line = line}},
             {"Breakpoint here", session::ToggleLineBreakpoint{line}, "F9"}};
  return e;
}

StepExplanation explain_pc(const StepScene& scene, vgpu::Pc pc) {
  const session::StepRun& run = scene.run();
  StepExplanation e;
  const ptx::Instruction* instruction = pc < run.program->code.size() ? run.program->source(pc) : nullptr;
  if (instruction == nullptr) {
    e.heading = "The function's end";
    e.text = "Behind the last instruction lanes return to who called, or end.";
    return e;
  }
  const OpcodeText& text = opcode_text(*instruction);
  e.heading = text.heading;
  e.text = fmt::format("**{}**: {}", instruction->name, text.text);
  const std::string special = special_text(*instruction);
  if (!special.empty()) e.text += " " + special;
  const int line = session::line_at(run, pc);
  if (line > 0) e.more = fmt::format("It comes from **line {}** of the source.", line);
  if (instruction->guard.reg >= 0) {
    e.more += fmt::format("{}Only lanes whose predicate {} do it.", e.more.empty() ? "" : " ",
                          instruction->guard.negated ? "is false" : "is true");
  }
  if (pc < run.pcs.size()) add_row_facts(run.pcs[pc], e);
  e.tries = {{"Run to here", session::Go{.goal = session::StepGoal::kAtPc, .pc = pc}}};
  return e;
}

StepExplanation explain_lane(const StepScene& scene, int warp, int lane) {
  const session::StepRun& run = scene.run();
  const session::WarpRow* row = row_of(scene, warp);
  StepExplanation e;
  e.heading = fmt::format("Lane {} of warp {}", lane, warp);
  if (row == nullptr || lane < 0 || lane > 31) {
    e.text = state_text(LaneState::kAbsent);
    return e;
  }
  const auto at = static_cast<std::size_t>(lane);
  const LaneState state = row->lanes[at];
  e.text = state_text(state);
  if (state == LaneState::kAbsent) return e;
  if (state == LaneState::kOff) {
    const vgpu::Pc join = join_of(scene, warp, lane);
    e.text += fmt::format(" It stands at {}", where_text(run, row->pcs[at]));
    e.text += join != vgpu::kNoPc ? fmt::format(" and joins the others again at **{}**.", where_text(run, join))
                                  : std::string(", and nothing says where it joins the others again.");
  } else if (row->pcs[at] != vgpu::kNoPc) {
    e.text += fmt::format(" It is at **{}**.", where_text(run, row->pcs[at]));
  }
  const base::Dim3 thread = session::thread_index(run, row->warp, lane);
  const base::Dim3 block = session::block_index(run, row->warp);
  e.formula = {"lane = thread mod 32", "warp = thread / 32"};
  e.formula_result = fmt::format("thread {}", warp * 32 + lane);
  e.facts_title = "This thread";
  e.facts = {{"threadIdx", session::thread_text(run.launch.block, thread)},
             {"blockIdx", session::thread_text(run.launch.grid, block)}};
  e.tries = {follow(scene, warp)};
  return e;
}

StepExplanation explain_warp(const StepScene& scene, int warp) {
  const session::StepRun& run = scene.run();
  const session::WarpRow* row = row_of(scene, warp);
  StepExplanation e;
  e.heading = fmt::format("Warp {}", warp);
  if (row == nullptr) {
    e.text = "This block has no such warp.";
    return e;
  }
  const auto count = [row](LaneState state) { return std::count(row->lanes.begin(), row->lanes.end(), state); };
  const auto threads = static_cast<std::uint64_t>(std::popcount(row->exists));
  e.text = fmt::format("**{}** that run in step", counted(threads, "thread", "threads"));
  if (row->pc != vgpu::kNoPc) {
    e.text += fmt::format(", now at **{}**: {} of them take part in the next instruction.", where_text(run, row->pc),
                          std::popcount(row->active));
  } else {
    e.text += ".";
  }
  if (row->groups > 1) {
    e.text += fmt::format(" It is **diverged**: its lanes stand at {} different places.", row->groups);
  }
  if (row->barrier >= 0) {
    for (const session::BarrierRow& barrier : scene.state.reading.barriers) {
      if (barrier.id == row->barrier) e.more = explain_barrier(barrier).text;
    }
  }
  e.facts_title = "Its lanes";
  const struct {
    const char* name;
    LaneState state;
  } kRows[] = {{"issue now", LaneState::kIssues},
               {"ready", LaneState::kReady},
               {"off, join again later", LaneState::kOff},
               {"at a barrier", LaneState::kAtBarrier},
               {"wait for lanes", LaneState::kAtWarpSync},
               {"done", LaneState::kDone},
               {"faulted", LaneState::kFaulted}};
  for (const auto& fact : kRows) {
    if (count(fact.state) > 0) e.facts.push_back({fact.name, fmt::format("{}", count(fact.state))});
  }
  e.tries = {follow(scene, warp)};
  return e;
}

StepExplanation explain_position(const StepScene& scene, trace::Position position) {
  const session::StepRun& run = scene.run();
  StepExplanation e;
  if (position >= run.size()) {
    e.heading = "The end of the run";
    e.text = fmt::format("Behind the last of **{} steps**.", number(run.size()));
    return e;
  }
  const trace::StepRecord& record = (*run.records)[position];
  const std::uint32_t per_block = std::max(1U, run.warps_per_block);
  const ptx::Instruction* instruction = run.program->source(record.pc);
  e.heading = fmt::format("Step {}", number(session::step_in_block(run, position)));
  e.text = fmt::format("Of block {}: **warp {}** makes {} at **{}**, with {}.",
                       session::thread_text(run.launch.grid, session::block_index(run, record.warp)),
                       record.warp % per_block, instruction != nullptr ? instruction->name : std::string("the return"),
                       where_text(run, record.pc),
                       counted(static_cast<std::uint64_t>(std::popcount(record.executed)), "lane", "lanes"));
  const struct {
    std::uint16_t flag;
    const char* text;
  } kFlags[] = {
      {trace::kDiverged, "Its lanes part here."},           {trace::kBarrier, "It is a barrier of the block."},
      {trace::kAtomic, "It updates memory as one step."},   {trace::kExit, "Threads end."},
      {trace::kFinding, "A checker found something here."}, {trace::kFault, "The launch ended here."}};
  for (const auto& flag : kFlags) {
    if ((record.flags & flag.flag) == 0) continue;
    e.more += fmt::format("{}{}", e.more.empty() ? "" : " ", flag.text);
  }
  e.tries = {{"Go to this step", session::SeekTo{.position = position}}};
  return e;
}

}  // namespace warpscope::panels

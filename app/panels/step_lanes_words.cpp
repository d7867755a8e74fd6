#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "app/panels/step_lanes.h"

namespace warpscope::panels {
namespace {

using ptx::Opcode;
using session::LaneState;
using vgpu::InstKind;

constexpr int kLanes = 32;

struct StateWords {
  LaneState state;
  std::string_view words;
};
constexpr std::array kStates{
    StateWords{LaneState::kAbsent, "no such thread in this block"},
    StateWords{LaneState::kIssues, "issues the next instruction"},
    StateWords{LaneState::kReady, "ready, takes part when its warp comes"},
    StateWords{LaneState::kOff, "off: the warp goes on without it, it rejoins later"},
    StateWords{LaneState::kAtBarrier, "waits at a barrier of the block"},
    StateWords{LaneState::kAtWarpSync, "waits for other lanes of its warp"},
    StateWords{LaneState::kDone, "done: it has exited"},
    StateWords{LaneState::kFaulted, "made the launch end"},
};

struct Verb {
  Opcode opcode;
  std::string_view word;
};
constexpr std::array kVerbs{
    Verb{Opcode::kLd, "loads"},          Verb{Opcode::kLdu, "loads"},      Verb{Opcode::kSt, "stores"},
    Verb{Opcode::kStAsync, "stores"},    Verb{Opcode::kAtom, "atomic"},    Verb{Opcode::kRed, "atomic"},
    Verb{Opcode::kCpAsync, "copies"},    Verb{Opcode::kTex, "texture"},    Verb{Opcode::kTld4, "texture"},
    Verb{Opcode::kShfl, "shuffles"},     Verb{Opcode::kVote, "votes"},     Verb{Opcode::kMatch, "matches"},
    Verb{Opcode::kRedux, "reduces"},     Verb{Opcode::kMma, "multiplies"}, Verb{Opcode::kWmma, "multiplies"},
    Verb{Opcode::kBarWarpSync, "syncs"}, Verb{Opcode::kLdmatrix, "loads"}, Verb{Opcode::kStmatrix, "stores"},
};

constexpr std::array<std::string_view, vgpu::kInstKinds> kKindVerbs{
    "computes", "memory",  "exchanges", "branches", "branches", "calls",   "returns",
    "exits",    "barrier", "sleeps",    "traps",    "stops",    "computes"};

std::string_view verb_at(const session::StepRun& run, vgpu::Pc pc) {
  if (!run.program || pc >= run.program->code.size()) return "";
  const ptx::Instruction* instruction = run.program->source(pc);
  if (instruction != nullptr) {
    const auto* found =
        std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.opcode == instruction->opcode; });
    if (found != kVerbs.end()) return found->word;
  }
  return kKindVerbs[static_cast<std::size_t>(run.program->code[pc].kind)];
}

LaneMask lanes_in(const session::WarpRow& row, LaneState state) {
  LaneMask mask = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (row.lanes[lane] == state) mask |= 1U << lane;
  }
  return mask;
}

// The warp as the machine holds it; null where its block does not run.
const vgpu::Warp* find_warp(const session::StepRun& run, const session::StepMoment& moment, trace::WarpIndex index) {
  if (!moment.state) return nullptr;
  const std::uint64_t block = index / run.warps_per_block, number = index % run.warps_per_block;
  for (const vgpu::Block& one : moment.state->blocks) {
    if (one.number == block && number < one.warps.size()) return &one.warps[number];
  }
  return nullptr;
}

// The line where the lanes of a group meet others: of the join that they are on their way to, or wait in.
int join_line(const session::StepRun& run, const vgpu::Warp& warp, LaneMask lanes) {
  for (const vgpu::Fragment& fragment : warp.fragments) {
    if ((fragment.mask & lanes) == 0 || fragment.join < 0) continue;
    return session::line_at(run, run.lines.told_at(warp.joins[static_cast<std::size_t>(fragment.join)].pc, warp));
  }
  for (const vgpu::Join& join : warp.joins) {
    if ((join.arrived & lanes) != 0) return session::line_at(run, run.lines.told_at(join.pc, warp));
  }
  return 0;
}

}  // namespace

std::string_view lane_state_words(LaneState state) {
  const auto* found =
      std::find_if(kStates.begin(), kStates.end(), [&](const StateWords& s) { return s.state == state; });
  return found->words;
}

std::string lanes_words(LaneMask lanes) {
  std::string out;
  for (const scene::LaneRun& part : scene::lane_runs(lanes)) {
    if (!out.empty()) out += ", ";
    out += part.first == part.last ? fmt::format("{}", part.first) : fmt::format("{}-{}", part.first, part.last);
  }
  return out;
}

std::vector<LaneGroup> lane_groups(const session::StepRun& run, const session::StepMoment& moment,
                                   const session::WarpRow& row) {
  std::vector<LaneGroup> groups;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const LaneMask bit = 1U << lane;
    if ((row.exists & bit) == 0 || row.pcs[lane] == vgpu::kNoPc) continue;
    const bool next = (row.active & bit) != 0;
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const LaneGroup& g) { return g.pc == row.pcs[lane] && g.runs_next == next; });
    LaneGroup& group = found != groups.end() ? *found : groups.emplace_back();
    group.pc = row.pcs[lane];
    group.runs_next = next;
    group.lanes |= bit;
  }
  std::sort(groups.begin(), groups.end(), [](const LaneGroup& a, const LaneGroup& b) {
    return a.runs_next != b.runs_next ? a.runs_next : a.pc < b.pc;
  });
  const vgpu::Warp* warp = find_warp(run, moment, row.warp);
  for (LaneGroup& group : groups) {
    group.line = session::line_at(run, warp == nullptr ? group.pc : run.lines.told_at(group.pc, *warp));
    if (warp != nullptr) group.joins_at = join_line(run, *warp, group.lanes);
  }
  return groups;
}

WarpWords warp_words(const session::StepRun& run, const session::WarpRow& row) {
  WarpWords words;
  if ((lanes_in(row, LaneState::kAbsent) & row.exists) == row.exists) return words;  // not begun
  if (lanes_in(row, LaneState::kFaulted) != 0) {
    words.faulted = true;
    words.does = "faulted";
  }
  const LaneMask done = lanes_in(row, LaneState::kDone);
  if (done == row.exists) {
    words.does = "done";
    return words;
  }
  if (row.line > 0) words.line = fmt::format("line {}", row.line);
  const LaneMask waiting = lanes_in(row, LaneState::kAtBarrier) | lanes_in(row, LaneState::kAtWarpSync);
  if (words.faulted) return words;
  if (waiting != 0 && (waiting | done) == row.exists) {
    words.waits = true;
    words.does = "waits";
  } else if (row.active != row.exists) {
    words.does = fmt::format("{} of {}", std::popcount(row.active), std::popcount(row.exists));
  } else {
    words.does = verb_at(run, row.pc);
  }
  return words;
}

BlockMoment block_moment(const session::StepRun& run, std::uint64_t block, trace::Position position) {
  const auto& steps = run.by_block;
  const auto found = std::lower_bound(steps.blocks.begin(), steps.blocks.end(), block);
  if (found == steps.blocks.end() || *found != block) return {.kind = BlockMoment::Kind::kNotRecorded};
  const auto index = static_cast<std::size_t>(found - steps.blocks.begin());
  if (steps.offsets[index] == steps.offsets[index + 1]) return {.kind = BlockMoment::Kind::kNotRecorded};
  BlockMoment out{.first = steps.order[steps.offsets[index]], .last = steps.order[steps.offsets[index + 1] - 1]};
  if (position < out.first) out.kind = BlockMoment::Kind::kNotBegun;
  if (position > out.last) out.kind = BlockMoment::Kind::kEnded;
  return out;
}

int warp_in_block(const session::StepRun& run, trace::WarpIndex warp) {
  return static_cast<int>(warp % std::max(1U, run.warps_per_block));
}

const LanesText& lanes_text(const Frame& f) {
  StepLanesState& state = f.ui.step.lanes;
  const StepReading& reading = f.ui.step.reading;
  if (state.text && state.text->version == reading.version && state.text->warps.size() == reading.warps.size()) {
    return *state.text;
  }
  auto made = std::make_shared<LanesText>();
  made->version = reading.version;
  constexpr std::array kLegend{LaneState::kIssues,     LaneState::kReady, LaneState::kOff,    LaneState::kAtBarrier,
                               LaneState::kAtWarpSync, LaneState::kDone,  LaneState::kFaulted};
  LaneMask seen = 0;  // by state
  for (const session::WarpRow& row : reading.warps) {
    made->warps.push_back(warp_words(*f.step.run, row));
    made->groups.push_back(row.groups > 1 ? lane_groups(*f.step.run, *f.step.moment, row) : std::vector<LaneGroup>{});
    for (const LaneState one : row.lanes) seen |= 1U << static_cast<unsigned>(one);
  }
  for (const LaneState one : kLegend) {
    if ((seen >> static_cast<unsigned>(one) & 1U) != 0) made->states.push_back(one);
  }
  state.text = made;
  return *state.text;
}

int framed_lane(const Frame& f) {
  const StepPanels& step = f.ui.step;
  for (const StepFocus* focus : {&step.hovered, &step.before, &step.pinned}) {
    const bool of_lane = focus->kind == StepFocus::Kind::kLane || focus->kind == StepFocus::Kind::kVariable;
    if (of_lane && focus->lane >= 0) return focus->lane;
  }
  return -1;
}

}  // namespace warpscope::panels

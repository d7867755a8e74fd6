#include "compute/session/step_breakpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compute/session/step_condition.h"

namespace warpscope::session {
namespace {

using trace::Direction;
using trace::Position;

constexpr std::uint64_t kLookAtStop = 4096;  // steps between two looks at the stop flag

bool stopped(const Search& search) {
  return search.stop != nullptr && search.stop->load();
}

// Which breakpoints are at each pc.
using ByPc = std::vector<std::vector<const StepBreakpoint*>>;

ByPc index_pcs(const Search& search) {
  const StepRun& run = *search.recording.run;
  ByPc by_pc(run.program->code.size());
  for (const StepBreakpoint& breakpoint : search.breakpoints) {
    if (!breakpoint.enabled) continue;
    if (breakpoint.kind == StepBreakpoint::Kind::kPc && breakpoint.pc < by_pc.size()) {
      by_pc[breakpoint.pc].push_back(&breakpoint);
    }
    if (breakpoint.kind != StepBreakpoint::Kind::kLine) continue;
    for (const vgpu::Pc pc : entry_pcs(run, breakpoint.line)) by_pc[pc].push_back(&breakpoint);
  }
  return by_pc;
}

std::string note_of(const StepRun& run, const StepBreakpoint& breakpoint, LaneMask lanes) {
  std::string text =
      breakpoint.kind == StepBreakpoint::Kind::kLine
          ? fmt::format("Breakpoint at line {}", breakpoint.line)
          : fmt::format("Breakpoint at line {}, instruction {}", line_at(run, breakpoint.pc), breakpoint.pc);
  if (!breakpoint.condition.empty()) text += fmt::format(": {} in {}", breakpoint.condition, vgpu::lanes_text(lanes));
  return text;
}

// Conditions, parsed once for a search; those that cannot be read never hold.
class Conditions {
 public:
  explicit Conditions(const Search& search) : search_(search) {
    for (const StepBreakpoint& breakpoint : search.breakpoints) {
      if (breakpoint.condition.empty()) continue;
      if (auto parsed = StepCondition::parse(breakpoint.condition)) parsed_.emplace(breakpoint.id, std::move(*parsed));
    }
  }
  // Lanes of the step at this position for which it holds. The timeline is there afterwards.
  LaneMask lanes(const StepBreakpoint& breakpoint, Position at) const {
    const trace::StepRecord& record = (*search_.recording.run->records)[at];
    if (breakpoint.condition.empty()) return base::kAllLanes;
    const auto condition = parsed_.find(breakpoint.id);
    if (condition == parsed_.end()) return 0;
    trace::Timeline& timeline = *search_.recording.timeline;
    timeline.seek(at);
    const auto view = trace::find_warp(timeline.program(), timeline.launch(), timeline.state(), record.warp);
    if (!view) return 0;
    return condition->second.lanes(*search_.recording.run, *view, view->active()).value_or(0);
  }

 private:
  const Search& search_;
  std::map<int, StepCondition> parsed_;
};

std::optional<Found> find_code_breakpoint(const Search& search, Position from, Direction direction) {
  const StepRun& run = *search.recording.run;
  const auto& records = *run.records;
  const ByPc by_pc = index_pcs(search);
  const Conditions conditions(search);
  const bool forward = direction == Direction::kForward;
  Position at = from;
  for (std::uint64_t looked = 1;; ++looked) {
    if (forward ? at + 1 >= records.size() : at == 0) return std::nullopt;
    forward ? ++at : --at;
    if (looked % kLookAtStop == 0 && stopped(search)) return std::nullopt;
    for (const StepBreakpoint* breakpoint : by_pc[records[at].pc]) {
      if (!breakpoint->condition.empty() && stopped(search)) return std::nullopt;
      const LaneMask lanes = conditions.lanes(*breakpoint, at);
      if (lanes != 0) return Found{at, records[at].warp, note_of(run, *breakpoint, lanes)};
    }
  }
}

// ---- Watched variables

// Bytes of a variable in all lanes of a warp, as the timeline stands; empty where it has none.
std::vector<std::uint8_t> watched_bytes(const Search& search, trace::WarpIndex warp, const std::string& path) {
  const trace::Timeline& timeline = *search.recording.timeline;
  const StepRun& run = *search.recording.run;
  const auto view = trace::find_warp(timeline.program(), timeline.launch(), timeline.state(), warp);
  if (!view) return {};
  const auto place = find_variable(run, *view, path);
  if (!place) return {};
  ptx::TypeInfo whole;
  whole.size_bytes = place->offset_bytes + place->bytes;
  std::vector<std::uint8_t> all;
  for (int lane = 0; lane < 32; ++lane) {
    if ((view->warp->threads >> lane & 1U) == 0) continue;
    const auto bytes = trace::read_variable(*view, lane, *place->variable, whole);
    if (bytes.size() < whole.size_bytes) continue;
    all.push_back(static_cast<std::uint8_t>(lane));
    all.insert(all.end(), bytes.begin() + static_cast<std::ptrdiff_t>(place->offset_bytes), bytes.end());
  }
  return all;
}

// The first (or last) step of the warp within [begin, end) that changes the variable.
std::optional<Position> find_change(const Search& search, trace::WarpIndex warp, const std::string& path,
                                    Position begin, Position end, Direction direction) {
  trace::Timeline& timeline = *search.recording.timeline;
  const auto& records = *search.recording.run->records;
  std::optional<Position> last;
  timeline.seek(begin);
  auto before = watched_bytes(search, warp, path);
  for (Position at = begin; at < end; ++at) {
    if (records[at].warp != warp) continue;
    timeline.seek(at + 1);
    auto now = watched_bytes(search, warp, path);
    // Where it comes into being or goes out of scope, nothing was changed.
    const bool changed = !before.empty() && !now.empty() && now != before;
    before = std::move(now);
    if (!changed) continue;
    if (direction == Direction::kForward) return at;
    last = at;
  }
  return last;
}

std::optional<Found> find_variable_change(const Search& search, const StepBreakpoint& breakpoint, Position from,
                                          trace::WarpIndex followed, Direction direction) {
  const StepRun& run = *search.recording.run;
  const std::uint64_t part = search.recording.timeline->keyframe_interval();
  const std::string note = fmt::format("{} has changed", breakpoint.watched);
  if (direction == Direction::kForward) {
    for (Position begin = from; begin < run.size() && !stopped(search); begin = (begin / part + 1) * part) {
      const Position end = std::min<Position>((begin / part + 1) * part, run.size());
      if (const auto at = find_change(search, followed, breakpoint.watched, begin, end, direction)) {
        return Found{*at + 1, followed, note};
      }
    }
    return std::nullopt;
  }
  for (Position end = std::min<Position>(from, run.size()); end > 0 && !stopped(search);) {
    const Position begin = (end - 1) / part * part;
    if (const auto at = find_change(search, followed, breakpoint.watched, begin, end, direction)) {
      return Found{*at, followed, fmt::format("{} will change", breakpoint.watched)};
    }
    end = begin;
  }
  return std::nullopt;
}

std::optional<Found> find_memory_write(const Search& search, const StepBreakpoint& breakpoint, Position from,
                                       Direction direction) {
  const auto& records = *search.recording.run->records;
  trace::Timeline& timeline = *search.recording.timeline;
  const bool forward = direction == Direction::kForward;
  trace::AccessQuery query;
  query.place = breakpoint.place;
  const auto write = forward ? trace::find_next_access(timeline, query, from, search.stop)
                             : trace::find_last_access(timeline, query, from, search.stop);
  if (!write) return std::nullopt;
  const trace::WarpIndex warp = records[write->step].warp;
  if (forward) return Found{write->step + 1, warp, fmt::format("{} was written", breakpoint.watched)};
  return Found{write->step, warp, fmt::format("{} will be written", breakpoint.watched)};
}

}  // namespace

base::Result<Found> find_breakpoint(const Search& search, Position from, trace::WarpIndex followed,
                                    Direction direction) {
  const bool forward = direction == Direction::kForward;
  const bool any = std::any_of(search.breakpoints.begin(), search.breakpoints.end(),
                               [](const StepBreakpoint& breakpoint) { return breakpoint.enabled; });
  if (!any) return base::fail("There is no breakpoint. F9 sets one at the line.");
  std::optional<Found> best = find_code_breakpoint(search, from, direction);
  for (const StepBreakpoint& breakpoint : search.breakpoints) {
    if (!breakpoint.enabled || stopped(search)) continue;
    std::optional<Found> found;
    if (breakpoint.kind == StepBreakpoint::Kind::kVariable) {
      found = find_variable_change(search, breakpoint, from, followed, direction);
    } else if (breakpoint.kind == StepBreakpoint::Kind::kMemory) {
      found = find_memory_write(search, breakpoint, from, direction);
    }
    if (!found) continue;
    if (!best || (forward ? found->position < best->position : found->position > best->position)) best = found;
  }
  if (best) return *best;
  if (stopped(search)) return base::fail("The search was stopped.");
  return base::fail(fmt::format("No breakpoint stops the run {} this place.", forward ? "behind" : "before"));
}

std::string problem_of(const StepBreakpoint& breakpoint, const StepRun& run, const StepMoment* moment) {
  if (breakpoint.kind == StepBreakpoint::Kind::kLine && entry_pcs(run, breakpoint.line).empty()) {
    return fmt::format("line {} has no code of this kernel", breakpoint.line);
  }
  if (breakpoint.kind == StepBreakpoint::Kind::kVariable && moment != nullptr) {
    const auto& declared = run.debug->variables(run.launch.function);
    const std::string name = breakpoint.watched.substr(0, breakpoint.watched.find_first_of(".["));
    const bool known = std::any_of(declared.begin(), declared.end(),
                                   [&](const ptx::VariableInfo& variable) { return variable.name == name; });
    if (!known && !find_variable(run, *moment, breakpoint.watched)) {
      return fmt::format("'{}' is no variable of this kernel", breakpoint.watched);
    }
  }
  if (breakpoint.condition.empty()) return {};
  const auto parsed = StepCondition::parse(breakpoint.condition);
  return parsed ? "" : parsed.error().message;
}

}  // namespace warpscope::session

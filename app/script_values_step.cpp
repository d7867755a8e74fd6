#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "app/panels/step_panels.h"
#include "app/script_values.h"

namespace warpscope::app {
namespace {

using session::StepMoment;
using session::StepRun;
using vgpu::Access;
using vgpu::AccessKind;
using vgpu::AccessSpace;
using Facts = ScriptFacts;

ScriptValue none() {
  return std::string("none");
}

template <class T>
ScriptValue number(T value) {
  return static_cast<double>(value);
}

bool is_there(const Facts& f) {
  return f.step.run && f.step.moment && f.step.moment->run == f.step.run->id;
}

// ---- The moment

ScriptValue position(const Facts& f) {
  return is_there(f) ? number(f.step.moment->position) : none();
}

std::optional<session::WarpRow> followed_row(const Facts& f) {
  if (!is_there(f)) return std::nullopt;
  for (session::WarpRow& row : session::warp_rows(*f.step.run, *f.step.moment)) {
    if (row.warp == f.step.moment->followed) return std::move(row);
  }
  return std::nullopt;
}

ScriptValue line(const Facts& f) {
  const auto row = followed_row(f);
  return row && row->line > 0 ? number(row->line) : none();
}

ScriptValue pc(const Facts& f) {
  const auto row = followed_row(f);
  return row && row->pc != vgpu::kNoPc ? number(row->pc) : none();
}

ScriptValue instruction(const Facts& f) {
  const auto row = followed_row(f);
  if (!row || row->pc == vgpu::kNoPc) return none();
  const ptx::Instruction* source = f.step.run->program->source(row->pc);
  return source == nullptr ? std::string("ret") : source->name;
}

ScriptValue active(const Facts& f) {
  const auto row = followed_row(f);
  return number(row ? std::popcount(row->active) : 0);
}

ScriptValue active_mask(const Facts& f) {
  const auto row = followed_row(f);
  return number(row ? row->active : 0);
}

ScriptValue block(const Facts& f) {
  return is_there(f) ? number(f.step.moment->followed / f.step.run->warps_per_block) : none();
}

ScriptValue warp(const Facts& f) {
  return is_there(f) ? number(f.step.moment->followed % f.step.run->warps_per_block) : none();
}

panels::BlockPosition in_block(const Facts& f) {
  if (!is_there(f)) return {};
  const StepRun& run = *f.step.run;
  return panels::block_position(run, f.step.moment->followed / run.warps_per_block, f.step.moment->position);
}

// Warps of the followed block by what the most eager of their lanes do.
enum class WarpState { kReady, kAtBarrier, kDone, kNotThere };
WarpState state_of(const session::WarpRow& row) {
  const auto any = [&row](auto... states) {
    return std::any_of(row.lanes.begin(), row.lanes.end(),
                       [&](session::LaneState lane) { return ((lane == states) || ...); });
  };
  using Lane = session::LaneState;
  if (any(Lane::kIssues, Lane::kReady, Lane::kFaulted)) return WarpState::kReady;
  if (any(Lane::kAtBarrier)) return WarpState::kAtBarrier;
  if (any(Lane::kOff, Lane::kAtWarpSync)) return WarpState::kReady;
  return any(Lane::kDone) ? WarpState::kDone : WarpState::kNotThere;
}

template <WarpState state>
ScriptValue warps_that_are(const Facts& f) {
  if (!is_there(f)) return number(0);
  const auto rows = session::warp_rows(*f.step.run, *f.step.moment);
  return number(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return state_of(row) == state; }));
}

ScriptValue printed(const Facts& f) {
  return is_there(f) ? f.step.moment->state->printed : std::string();
}

// ---- The run

ScriptValue status(const Facts& f) {
  if (f.step.job.kind != session::StepJob::Kind::kNone) return std::string("busy");
  if (!f.step.source) return std::string("empty");
  return std::string(!f.step.run || f.step.stale ? "failed" : "paused");
}

ScriptValue errors(const Facts& f) {
  if (!f.step.run) return number(0);
  const auto& findings = f.step.run->findings;
  return number(std::count_if(findings.begin(), findings.end(), [](const session::StepFinding& found) {
    return found.fault || found.finding.severity == vgpu::Severity::kError;
  }));
}

ScriptValue first_finding(const Facts& f) {
  if (!f.step.run || f.step.run->findings.empty()) return none();
  return f.step.run->findings.front().finding.message;
}

template <auto member>
ScriptValue run_total(const Facts& f) {
  return f.step.run ? number(f.step.run->total.*member) : none();
}

// ---- The access that the followed warp makes next

const Access* access(const Facts& f) {
  return is_there(f) && !f.step.moment->followed_accesses.empty() ? &f.step.moment->followed_accesses.front() : nullptr;
}

ScriptValue access_kind(const Facts& f) {
  constexpr std::array kWords{"load", "store", "atomic", "async-copy", "prefetch"};
  const Access* a = access(f);
  return a == nullptr ? none() : ScriptValue(std::string(kWords[static_cast<std::size_t>(a->kind)]));
}

ScriptValue access_space(const Facts& f) {
  constexpr std::array kWords{"global", "constant", "shared", "local", "parameter", "texture", "surface"};
  const Access* a = access(f);
  return a == nullptr ? none() : ScriptValue(std::string(kWords[static_cast<std::size_t>(a->space)]));
}

template <auto member>
ScriptValue access_cost(const Facts& f) {
  const Access* a = access(f);
  return number(a == nullptr ? 0 : session::cost_of(*a).*member);
}

ScriptValue access_conflicts(const Facts& f) {
  const Access* a = access(f);
  if (a == nullptr) return number(0);
  const session::AccessCost cost = session::cost_of(*a);
  return number(cost.wavefronts - cost.fewest_wavefronts);
}

ScriptValue access_lanes(const Facts& f) {
  const Access* a = access(f);
  return number(a == nullptr ? 0 : std::popcount(a->mask));
}

constexpr std::array kStepNames{
    ScriptName{"step.status", status},
    ScriptName{"step.position", position},
    ScriptName{"step.total", [](const Facts& f) { return number(f.step.run ? f.step.run->size() : 0); }},
    ScriptName{"step.line", line},
    ScriptName{"step.pc", pc},
    ScriptName{"step.instruction", instruction},
    ScriptName{
        "step.kernel",
        [](const Facts& f) -> ScriptValue { return f.step.launch ? ScriptValue(f.step.launch->kernel) : none(); }},
    ScriptName{"step.block", block},
    ScriptName{"step.warp", warp},
    ScriptName{"step.block_step", [](const Facts& f) { return number(in_block(f).step); }},
    ScriptName{"step.block_total", [](const Facts& f) { return number(in_block(f).size); }},
    ScriptName{"step.active", active},
    ScriptName{"step.active_mask", active_mask},
    ScriptName{"step.warps", [](const Facts& f) { return number(f.step.run ? f.step.run->warps_per_block : 0); }},
    ScriptName{"step.warps_ready", warps_that_are<WarpState::kReady>},
    ScriptName{"step.warps_at_barrier", warps_that_are<WarpState::kAtBarrier>},
    ScriptName{"step.warps_done", warps_that_are<WarpState::kDone>},
    ScriptName{"step.printed", printed},
    ScriptName{"step.findings", [](const Facts& f) { return number(f.step.run ? f.step.run->findings.size() : 0); }},
    ScriptName{"step.errors", errors},
    ScriptName{"step.finding", first_finding},
    ScriptName{"step.problems", [](const Facts& f) { return number(f.step.problems ? f.step.problems->size() : 0); }},
    ScriptName{"step.edits", [](const Facts& f) { return number(f.step.run ? f.step.run->edits.size() : 0); }},
    ScriptName{"step.edited", [](const Facts& f) { return number(f.step.source && f.step.source->edited ? 1 : 0); }},
    ScriptName{"step.schedule",
               [](const Facts& f) -> ScriptValue { return std::string(schedule_name(f.step.schedule.policy)); }},
    ScriptName{"step.breakpoints", [](const Facts& f) { return number(f.step.breakpoints.size()); }},
    ScriptName{"step.access.kind", access_kind},
    ScriptName{"step.access.space", access_space},
    ScriptName{"step.access.sectors", access_cost<&session::AccessCost::sectors>},
    ScriptName{"step.access.fewest_sectors", access_cost<&session::AccessCost::fewest_sectors>},
    ScriptName{"step.access.wavefronts", access_cost<&session::AccessCost::wavefronts>},
    ScriptName{"step.access.conflicts", access_conflicts},
    ScriptName{"step.access.bytes", access_cost<&session::AccessCost::bytes_wanted>},
    ScriptName{"step.access.lanes", access_lanes},
    ScriptName{"step.run.warp_instructions", run_total<&vgpu::CounterRow::warp_instructions>},
    ScriptName{"step.run.global_sectors", run_total<&vgpu::CounterRow::global_sectors>},
    ScriptName{"step.run.global_requests", run_total<&vgpu::CounterRow::global_requests>},
    ScriptName{"step.run.sectors_per_request",
               [](const Facts& f) { return f.step.run ? number(f.step.run->total.sectors_per_request()) : none(); }},
    ScriptName{"step.run.shared_wavefronts", run_total<&vgpu::CounterRow::shared_wavefronts>},
    ScriptName{"step.run.shared_bank_conflicts", run_total<&vgpu::CounterRow::shared_bank_conflicts>},
    ScriptName{"step.run.divergent_branches", run_total<&vgpu::CounterRow::divergent_branches>},
    ScriptName{"step.run.atomics", run_total<&vgpu::CounterRow::atomics>},
};

// ---- Names with arguments

// "tile[3][5],0" in two at the last comma; nullopt where either half is empty or the second is no whole number.
struct Arguments {
  std::string place;
  std::uint64_t number = 0;
};
std::optional<Arguments> arguments_of(std::string_view inside) {
  const std::size_t comma = inside.rfind(',');
  if (comma == std::string_view::npos || comma == 0) return std::nullopt;
  std::string_view digits = inside.substr(comma + 1);
  while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
  Arguments arguments{.place = std::string(inside.substr(0, comma))};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), arguments.number);
  if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return arguments;
}

// "tile[3][5]" is a part of "tile[3]", which is a part of "tile".
std::vector<std::string> wholes_of(const std::string& path) {
  std::vector<std::string> wholes;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (path[i] == '[' || path[i] == '.') wholes.push_back(path.substr(0, i));
  }
  return wholes;
}

ScriptValue variable_value(const Facts& f, const Arguments& a) {
  if (!is_there(f)) return none();
  const auto rows = session::variable_rows(*f.step.run, *f.step.moment, wholes_of(a.place));
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.path == a.place; });
  const int lane = static_cast<int>(a.number);
  if (row == rows.end() || (row->has_value >> lane & 1U) == 0 || row->bytes == 0) return none();
  const auto& types = f.step.run->debug->types();
  if (const auto real = session::value_number(types, row->type_index, row->of(lane))) return *real;
  return session::value_text(types, row->type_index, row->of(lane));
}

ScriptValue memory_value(const Facts& f, const Arguments& a) {
  if (!is_there(f)) return none();
  for (const session::StepBuffer& buffer : f.step.run->buffers) {
    const auto size = static_cast<std::uint64_t>(kernels::bytes_of(buffer.element));
    if (buffer.name != a.place || a.number >= buffer.size_bytes / size) continue;
    const auto bytes = session::device_bytes(*f.step.moment, buffer.address + a.number * size, size);
    return bytes.size() == size ? number(session::element_number(buffer.element, bytes)) : none();
  }
  return none();
}

struct Call {
  std::string_view opening;
  std::uint64_t most;  // that the number may be
  ScriptValue (*value)(const Facts& f, const Arguments& a);
  std::string_view usage;
};
constexpr std::array kCalls{
    Call{"step.var(", 31, variable_value,
         "step.var takes a variable and a lane from 0 to 31, as in step.var(tile[3][5],0)"},
    Call{"step.mem(", ~0ULL, memory_value,
         "step.mem takes a buffer and the number of an element, as in step.mem(c,17)"},
};

const Call* find_call(std::string_view name) {
  const auto found =
      std::find_if(kCalls.begin(), kCalls.end(), [&](const Call& c) { return name.starts_with(c.opening); });
  return found == kCalls.end() ? nullptr : &*found;
}

std::optional<Arguments> arguments_of(const Call& call, std::string_view name) {
  if (!name.ends_with(')')) return std::nullopt;
  auto found = arguments_of(name.substr(call.opening.size(), name.size() - call.opening.size() - 1));
  return found && found->number <= call.most ? found : std::nullopt;
}

struct ScheduleName {
  std::string_view name;
  vgpu::WarpScheduler policy;
};
constexpr std::array kSchedules{
    ScheduleName{"run-to-wait", vgpu::WarpScheduler::kRunToWait},
    ScheduleName{"round-robin", vgpu::WarpScheduler::kRoundRobin},
    ScheduleName{"greedy-then-oldest", vgpu::WarpScheduler::kGreedyThenOldest},
    ScheduleName{"random", vgpu::WarpScheduler::kRandom},
};

}  // namespace

std::span<const ScriptName> step_script_names() {
  return kStepNames;
}

std::optional<std::string> step_call_complaint(std::string_view name) {
  const Call* call = find_call(name);
  if (call == nullptr) return std::nullopt;
  return arguments_of(*call, name) ? std::string() : fmt::format("'{}' is not written right: {}", name, call->usage);
}

std::optional<ScriptValue> step_call_value(std::string_view name, const ScriptFacts& facts) {
  const Call* call = find_call(name);
  const auto arguments = call == nullptr ? std::nullopt : arguments_of(*call, name);
  return arguments ? std::optional(call->value(facts, *arguments)) : std::nullopt;
}

std::string_view schedule_name(vgpu::WarpScheduler policy) {
  return std::find_if(kSchedules.begin(), kSchedules.end(), [&](const auto& s) { return s.policy == policy; })->name;
}

std::optional<vgpu::WarpScheduler> find_schedule(std::string_view name) {
  const auto found = std::find_if(kSchedules.begin(), kSchedules.end(), [&](const auto& s) { return s.name == name; });
  return found == kSchedules.end() ? std::nullopt : std::optional(found->policy);
}

}  // namespace warpscope::app

#include "compute/session/step_recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "compute/device/watch.h"
#include "compute/session/place_arguments.h"
#include "compute/session/step_reading.h"
#include "compute/session/step_recording_parts.h"
#include "compute/trace/access_map.h"

namespace warpscope::session {
namespace {

using Problems = std::vector<StepProblem>;

constexpr std::uint64_t kStepsAtOnce = 1U << 16;

tl::unexpected<Problems> problem(const base::Error& error) {
  return tl::unexpected(
      Problems{{StepProblem::Severity::kError, error.where.file, error.where.line, error.where.column, error.message}});
}

// Notes when findings come up and barriers let go.
class EventClock final : public vgpu::Observer {
 public:
  explicit EventClock(const device::Watch& watch) : watch_(watch) {}

  void on_step(const vgpu::StepEvent& event) override {
    steps_ = event.step + 1;
    note_findings(event.step);
  }
  void on_barrier(const vgpu::BarrierEvent& event) override {
    barriers_.push_back({steps_, event.block->number, event.id});
  }
  void on_fault(const vgpu::Fault&, const vgpu::Block&) override { note_findings(last_step()); }
  void on_block_end(const vgpu::Block&) override { note_findings(last_step()); }
  void on_launch_end(const vgpu::GlobalMemory&) override { note_findings(last_step()); }
  bool wants_accesses() const override { return false; }

  void set_timeline(trace::Timeline* timeline) { timeline_ = timeline; }
  // By kind, in the order in which the checkers list them.
  const std::array<std::vector<trace::Position>, 4>& findings() const { return found_at_; }
  std::vector<BarrierMark> take_barriers(std::uint64_t size) {
    // The last thread of a barrier may have let it go by ending: then the step was over already.
    for (BarrierMark& mark : barriers_) mark.at = std::min(mark.at, size == 0 ? 0 : size - 1);
    return std::move(barriers_);
  }

 private:
  std::uint64_t last_step() const { return steps_ == 0 ? 0 : steps_ - 1; }
  void note_findings(std::uint64_t step) {
    const auto counts = watch_.counts();
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
      if (counts[kind] == found_at_[kind].size()) continue;
      found_at_[kind].resize(counts[kind], step);
      if (timeline_ != nullptr) timeline_->mark_finding();
    }
  }

  const device::Watch& watch_;
  trace::Timeline* timeline_ = nullptr;
  std::uint64_t steps_ = 0;
  std::array<std::vector<trace::Position>, 4> found_at_;
  std::vector<BarrierMark> barriers_;
};

// Everything that is needed to begin.
struct Prepared {
  std::unique_ptr<device::VirtualDevice> device = std::make_unique<device::VirtualDevice>();
  std::vector<PlacedArgument> arguments;
  vgpu::Launch launch;
};

tl::expected<Prepared, Problems> prepare(const RecordingInput& input) {
  Prepared ready;
  if (auto loaded = ready.device->load(input.module); !loaded) {
    Problems problems;
    for (const base::Error& error : loaded.error()) problems.push_back(problem(error).value().front());
    return tl::unexpected(std::move(problems));
  }
  if (auto done = set_symbols(*ready.device, input.launch.symbols); !done) return problem(done.error());
  std::vector<std::string> specs;
  for (const StepArgument& argument : input.launch.arguments) specs.push_back(argument.spec);
  auto arguments = place_arguments(*ready.device, specs);
  if (!arguments) return problem(arguments.error());
  ready.arguments = std::move(*arguments);
  device::LaunchRequest request{
      input.launch.kernel, input.launch.grid, input.launch.block, input.launch.dynamic_shared_bytes, {},
      input.schedule};
  for (const PlacedArgument& argument : ready.arguments) request.arguments.push_back(argument.bytes);
  auto launch = ready.device->prepare(request);
  if (!launch) return problem(launch.error());
  ready.launch = std::move(*launch);
  if (input.launch.only_block) {
    ready.launch.first_block = ready.launch.last_block = *input.launch.only_block;
    if (auto fine = vgpu::check_launch(*ready.device->program(), ready.launch); !fine) return problem(fine.error());
  }
  return ready;
}

// The access of a finding's other thread: its last one to the same place before.
std::optional<trace::Position> find_other(const StepRun& run, trace::Timeline& timeline, const vgpu::Finding& finding,
                                          trace::Position at) {
  if (!finding.has_other || finding.other_pc == vgpu::kNoPc) return std::nullopt;
  if (finding.kind == vgpu::FindingKind::kRace && at < run.size()) {
    const bool shared = ((*run.records)[at].flags & trace::kShared) != 0;
    trace::AccessQuery query;
    query.place = {shared ? vgpu::AccessSpace::kShared : vgpu::AccessSpace::kGlobal, finding.address, 1,
                   finding.at.block, 0};
    query.reads = query.writes = true;
    query.by = trace::ThreadFilter{finding.other.block, finding.other.thread};
    if (const auto access = trace::find_last_access(timeline, query, at)) return access->step;
  }
  const auto warp =
      static_cast<trace::WarpIndex>(finding.other.block * run.warps_per_block + finding.other.thread / base::kWarpSize);
  const LaneMask lane = LaneMask{1} << finding.other.thread % base::kWarpSize;
  return trace::find_step(*run.records, at, trace::Direction::kBackward, [&](const trace::StepRecord& r) {
    return r.pc == finding.other_pc && r.warp == warp && (r.executed & lane) != 0;
  });
}

void collect_findings(StepRun& run, trace::Timeline& timeline, const device::Watch& watch, const EventClock& clock) {
  std::array<std::size_t, 4> seen{};
  for (vgpu::Finding& finding : watch.findings()) {
    const auto kind = static_cast<std::size_t>(finding.kind);
    const auto& times = clock.findings()[kind];
    const std::size_t index = seen[kind]++;
    StepFinding found{std::move(finding), index < times.size() ? times[index] : 0, std::nullopt, std::nullopt};
    found.other_at = find_other(run, timeline, found.finding, found.at);
    run.findings.push_back(std::move(found));
  }
  std::stable_sort(run.findings.begin(), run.findings.end(),
                   [](const StepFinding& a, const StepFinding& b) { return a.at < b.at; });
}

std::string why_not_complete(const StepRun& run, const RecordingControl& control) {
  if (run.complete) return {};
  if (control.stop != nullptr && control.stop->load()) {
    return fmt::format("Stopped after {} steps; the launch goes on.", with_commas(run.size()));
  }
  return fmt::format(
      "Recorded up to step {}; the launch goes on. Launch has the limit; a smaller grid may show the same.",
      with_commas(run.size()));
}

std::uint64_t record_all(trace::Timeline& timeline, const RecordingControl& control) {
  while (!timeline.has_ended()) {
    if (control.stop != nullptr && control.stop->load()) break;
    timeline.record(kStepsAtOnce);
    if (control.progress) control.progress(timeline.size());
  }
  return timeline.size();
}

void fill_results(StepRun& run, trace::Timeline& timeline, const device::Watch& watch) {
  run.records = timeline.shared_records();
  run.warps_per_block = timeline.warps_per_block();
  run.by_block = index_blocks(*run.records, run.warps_per_block);
  run.complete = timeline.is_complete();
  run.fault = timeline.fault();
  run.printed = timeline.printed();
  run.pcs = watch.counters()->rows();
  run.line_rows = watch.counters()->lines(run.lines);
  run.total = watch.counters()->total();
  run.time_travel_bytes = timeline.keyframe_bytes() + run.size() * sizeof(trace::StepRecord);
}

}  // namespace

tl::expected<Recording, Problems> record_run(const RecordingInput& input, std::uint64_t id,
                                             const RecordingControl& control) {
  auto ready = prepare(input);
  if (!ready) return tl::unexpected(std::move(ready.error()));
  auto run = std::make_shared<StepRun>();
  run->id = id;
  run->source = input.source;
  run->launch_text = input.launch;
  run->module = input.module;
  run->program = ready->device->program();
  run->launch = ready->launch;
  run->debug = std::make_shared<const ptx::DebugInfo>(ptx::DebugInfo::read(*input.module));
  run->lines = vgpu::SourceMap(*run->program);
  run->source_file = find_source_file(*run);
  run->kernel = run->debug->readable_name(run->launch.function);
  run->compiler = input.compiler;
  run->compile_seconds = input.compile_seconds;
  run->edits = input.edit_texts;

  const device::Watch watch(input.launch.checks, true);
  EventClock clock(watch);
  trace::AccessMap accesses;
  run->buffers = list_buffers(*run, ready->arguments);
  for (const StepBuffer& buffer : run->buffers) accesses.add(buffer.address, buffer.size_bytes);

  trace::TimelineOptions options;
  options.max_steps = input.launch.max_steps;
  options.edits = input.edits;
  options.watchers = watch.observers();
  auto shared_writers = std::make_unique<trace::SharedWriters>();
  options.watchers.push_back(&accesses);
  options.shared_store_watchers.push_back(shared_writers.get());
  options.watchers.push_back(&clock);
  auto timeline = trace::Timeline::create(run->program, run->launch, ready->device->memory(), ready->device->textures(),
                                          std::move(options));
  if (!timeline) return problem(timeline.error());
  clock.set_timeline(&*timeline);
  record_all(*timeline, control);
  timeline->forget_watchers();
  fill_results(*run, *timeline, watch);
  run->limit_reason = why_not_complete(*run, control);
  collect_findings(*run, *timeline, watch, clock);
  run->barriers = clock.take_barriers(run->size());
  take_counts(run->buffers, accesses);
  return Recording{run, std::make_unique<trace::Timeline>(std::move(*timeline)), std::move(shared_writers)};
}

}  // namespace warpscope::session

// The part of MapWorker that has the real GPU: it is looked for once, opened when a trace is asked for, and where it
// fails the model goes on.
#include <fmt/format.h>

#include "compute/cuda/gpus.h"
#include "compute/session/convolve_worker.h"
#include "compute/session/map_trace.h"
#include "compute/session/map_worker.h"

namespace warpscope::session {
namespace {

constexpr const char* kNotAsked =
    "Warpscope was started for the virtual GPU alone; without --device virtual a real one is looked for.";

// Why there is none to trace on; "" where there is one.
std::string why_no_gpu() {
  const auto driver = cuda::Driver::open();
  if (!driver) return driver.error().message;
  const auto gpus = cuda::list_gpus(**driver);
  if (!gpus) return gpus.error().message;
  return cuda::usable_gpus(*gpus, std::nullopt).empty() ? device::why_too_old(*gpus) : "";
}

}  // namespace

void MapWorker::look_for_gpu() {
  looked_for_gpu_ = true;
  const std::string why = options_.device.wanted == device::Wanted::kVirtual ? kNotAsked : why_no_gpu();
  draft_.trace_note = why.empty() ? "" : sentence(why);
  changed_ = true;
}

bool MapWorker::open_gpu() {
  if (no_gpu_ || trace_failed_) return false;
  if (gpu_) return true;
  looked_for_gpu_ = true;
  if (options_.device.wanted == device::Wanted::kVirtual) {
    go_on_without_gpu(kNotAsked);
    return false;
  }
  auto opened = device::open_gpu(options_.device.ordinal);
  if (!opened) {
    go_on_without_gpu(opened.error().message);
    return false;
  }
  gpu_ = std::move(opened->device);
  traced_gpu_ = gpu_of(gpu_->gpu(), planner_->gpus());
  draft_.trace_note.clear();
  return true;
}

void MapWorker::go_on_without_gpu(const std::string& why) {
  no_gpu_ = true;
  gpu_.reset();
  traced_gpu_.reset();
  draft_.trace_note = sentence(why);
  say(Message::Kind::kWarning, fmt::format("{} The model goes on.", draft_.trace_note));
}

void MapWorker::clear_trace_failure() {
  if (!trace_failed_) return;
  trace_failed_ = false;
  draft_.trace_note.clear();
}

void MapWorker::trace() {
  const auto plan = draft_.plan;
  begin_job(MapJob::Kind::kTracing, fmt::format("Tracing {} on {}", plan->title, plan->gpu.name));
  const auto begin = Clock::now();
  auto traced = trace_map(*plan, *code_, *gpu_, &stop_run_);
  end_job();
  if (traced && traced->report.stopped) {
    run_due_ = true;  // again, if it is still wanted
    return;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (!traced) return go_on_without_trace(traced.error().text());
  // The model will say where, and what ran until then.
  if (traced->report.fault) {
    return go_on_without_trace(
        fmt::format("Fault in {} on {}: {}", plan->title, plan->gpu.name, fault_text(*traced->report.fault)));
  }
  auto timeline = timeline_of(*traced, *plan);
  if (!timeline) return go_on_without_trace(timeline.error().text());
  show_trace(*traced, std::move(*timeline), seconds);
}

void MapWorker::go_on_without_trace(const std::string& why) {
  if (gpu_->lost()) {
    go_on_without_gpu(why);
  } else {
    trace_failed_ = true;
    draft_.trace_note = sentence(why);
    say(Message::Kind::kWarning, fmt::format("{} The model goes on.", draft_.trace_note));
  }
  plan_due_ = run_due_ = true;
}

void MapWorker::show_trace(const device::WarpTrace& trace, timing::Timeline timeline, double seconds) {
  const auto plan = draft_.plan;
  auto run = std::make_shared<MapRun>();
  run->plan = plan;
  run->peak = timing::peak_of(plan->gpu);
  run->lines = code_->lines;
  run->host_seconds = seconds;
  run->printed = trace.report.printed;
  if (trace.plain_seconds > 0) run->overhead = trace.traced_seconds / trace.plain_seconds - 1;
  run->timeline = std::make_shared<const timing::Timeline>(std::move(timeline));
  run->id = ++run_id_;
  KeptRun made{identity_of(*plan), std::move(run), code_};
  shelf_.keep(made);
  show(std::move(made));
}

}  // namespace warpscope::session

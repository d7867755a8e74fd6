// The part of MapWorker that plans and simulates.
#include <fmt/format.h>

#include <algorithm>

#include "compute/session/map_worker.h"

namespace warpscope::session {
namespace {

constexpr std::size_t kInputsKept = 3;
// Of the virtual GPU: a few minutes, and what a block that never ends may take of memory.
constexpr std::uint64_t kMostInstructions = 250'000'000;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string named_on_gpu(const MapPlan& plan) {
  return fmt::format("{} on {}", plan.title, plan.gpu.name);
}

}  // namespace

void MapWorker::read_catalogues() {
  auto choices = std::make_shared<std::vector<MapChoice>>();
  for (const kernels::MapKernel& each : kernels::map_kernels()) {
    choices->push_back({std::string(each.kernel.name), std::string(each.kernel.title), std::string(each.kernel.topic)});
  }
  draft_.kernels = std::move(choices);
  auto gpus = gpu::read_gpus();
  if (!gpus) say(Message::Kind::kError, gpus.error().text());
  planner_.emplace(gpus ? std::move(*gpus) : std::vector<gpu::Gpu>{});
  draft_.gpus = std::make_shared<const std::vector<gpu::Gpu>>(planner_->gpus());
}

// ---- Planning

void MapWorker::make_plan() {
  MapSettings settings = draft_.settings;
  // Without a GPU the model goes on.
  settings.traced = settings.traced && open_gpu();
  const std::optional<gpu::Gpu> real = settings.traced ? traced_gpu_ : std::nullopt;
  const bool compiles = settings.source.file.extension() == ".cu" && !planner_->knows(settings, real);
  if (compiles) {
    begin_job(MapJob::Kind::kCompiling, fmt::format("Compiling {}", settings.source.file.filename().string()));
  }
  auto answer = planner_->plan(settings, real, &stop_run_);
  if (compiles) end_job();
  // What was cut short is planned again, if it is still wanted.
  if (stop_run_ && !answer.code) return;
  plan_due_ = false;
  adopt(std::move(answer));
}

void MapWorker::adopt(MapPlanner::Answer answer) {
  answer.plan.version = ++plan_version_;
  code_ = std::move(answer.code);
  const bool possible = answer.plan.problem.empty();
  draft_.plan = std::make_shared<const MapPlan>(std::move(answer.plan));
  changed_ = true;
  if (!possible) run_due_ = run_anyway_ = false;
  if (!run_due_ || run_anyway_) return;
  const std::string identity = identity_of(*draft_.plan);
  if (shown_.run && shown_.identity == identity && shown_.run->complete) {
    run_due_ = false;
  } else if (const KeptRun* const kept = shelf_.find(identity)) {
    run_due_ = false;
    show(*kept);
  }
}

void MapWorker::set_problem(std::string problem) {
  auto plan = std::make_shared<MapPlan>(*draft_.plan);
  plan->version = ++plan_version_;
  plan->problem = std::move(problem);
  draft_.plan = std::move(plan);
  changed_ = true;
}

// ---- Running

void MapWorker::run_plan() {
  run_due_ = run_anyway_ = false;
  if (!draft_.plan || !code_ || !draft_.plan->problem.empty()) return;
  if (draft_.plan->settings.traced) return trace();
  begin_job(MapJob::Kind::kSimulating, fmt::format("Simulating {}", named_on_gpu(*draft_.plan)));
  auto run = std::make_shared<MapRun>();
  run->plan = draft_.plan;
  simulate({identity_of(*draft_.plan), std::move(run), code_}, false);
}

base::Result<std::shared_ptr<const MapInputs>> MapWorker::inputs_of(const std::shared_ptr<const MapCode>& code) {
  const auto known = std::find_if(inputs_.begin(), inputs_.end(), [&](const auto& each) { return each.first == code; });
  if (known != inputs_.end()) {
    inputs_.splice(inputs_.begin(), inputs_, known);
    return inputs_.front().second;
  }
  auto inputs = place_map_inputs(*code);
  if (!inputs) return inputs;
  inputs_.emplace_front(code, std::move(*inputs));
  if (inputs_.size() > kInputsKept) inputs_.pop_back();
  return inputs_.front().second;
}

void MapWorker::simulate(const KeptRun& wanted, bool closely) {
  const MapPlan& plan = *wanted.run->plan;
  const auto begin = Clock::now();
  const auto inputs = inputs_of(wanted.code);
  base::Result<timing::SimulateResult> result = tl::unexpected(base::Error{});
  if (!inputs) {
    result = tl::unexpected(inputs.error());
  } else {
    timing::SimulateOptions options = simulate_options(plan);
    options.close_sms = close_sms_;
    options.stop = &stop_run_;
    options.max_instructions = kMostInstructions;
    options.progress = [this](const timing::Progress& progress) {
      draft_.job.progress = progress;
      serve_while_running();
      publish();
    };
    result = simulate_map(plan, **inputs, options);
  }
  end_job();
  if (result) return take_result(wanted, std::move(*result), seconds_since(begin), closely);
  if (stop_run_) {
    run_due_ = !closely;  // again, if it is still wanted
  } else if (!closely) {
    set_problem(result.error().text());
  }
}

void MapWorker::take_result(const KeptRun& wanted, timing::SimulateResult result, double seconds, bool closely) {
  auto run = std::make_shared<MapRun>(*wanted.run);
  if (!closely) {
    run->id = ++run_id_;
    run->peak = timing::peak_of(run->plan->gpu);
    run->lines = wanted.code->lines;
    run->printed = std::move(result.printed);
  }
  run->host_seconds = seconds;
  run->complete = !result.stopped;
  if (result.fault) run->fault = fault_text(*result.fault);
  const bool empty = result.timeline.blocks.empty();
  run->timeline = std::make_shared<const timing::Timeline>(std::move(result.timeline));
  KeptRun made{wanted.identity, std::move(run), wanted.code};
  if (result.stopped) {
    run_due_ = !closely;
    if (!closely && !empty) part_ = std::move(made);
    return;
  }
  shelf_.keep(made);
  if (closely) return replace_shown(std::move(made));
  if (!made.run->fault.empty()) {
    say(Message::Kind::kError, fmt::format("Fault in {}: {}", made.run->plan->title, made.run->fault));
  }
  show(std::move(made));
}

void MapWorker::show(KeptRun run) {
  if (draft_.run && draft_.run != run.run) draft_.before = draft_.run;
  draft_.run = run.run;
  shown_ = std::move(run);
  changed_ = true;
}

// ---- An SM from close by

bool MapWorker::should_look() const {
  if (!look_at_ || !shown_.run || !shown_.run->complete) return false;
  const timing::Timeline& timeline = *shown_.run->timeline;
  return timeline.origin == timing::Timeline::Origin::kModelled && *look_at_ < timeline.sms &&
         !timeline.schedules.contains(*look_at_);
}

void MapWorker::look_closely() {
  const std::uint32_t sm = *look_at_;
  close_sms_.insert(sm);
  begin_job(MapJob::Kind::kLookingClosely, fmt::format("Looking closely at SM {}", sm));
  simulate(KeptRun(shown_), true);
  // Where it cannot be had, asking once was enough; where something newer came in between it is asked for again.
  if (!stop_run_) look_at_.reset();
}

// The same run, seen more closely: it keeps its number and what was before it.
void MapWorker::replace_shown(KeptRun run) {
  if (draft_.compared == shown_.run) draft_.compared = run.run;
  draft_.run = run.run;
  shown_ = std::move(run);
  changed_ = true;
}

}  // namespace warpscope::session

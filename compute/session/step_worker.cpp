#include "compute/session/step_worker.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/session/step_breakpoints.h"

namespace warpscope::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookAtDiskEvery = 500ms;
constexpr auto kTellProgressEvery = 50ms;
constexpr std::size_t kMessagesKept = 50;

}  // namespace

StepWorker::StepWorker(StepOptions options, std::function<void()> wake)
    : options_(std::move(options)), wake_(std::move(wake)) {
  // Every warp a step at a time: the way that is easiest to watch.
  draft_.schedule.policy = vgpu::WarpScheduler::kRoundRobin;
  draft_.problems = std::make_shared<const std::vector<StepProblem>>();
  publish();
}

void StepWorker::push(Command command, bool interrupts) {
  if (interrupts) interrupt_ = true;
  queue_.push(std::move(command));
  ++sent_;  // last: a command that is counted is in the queue, or done
}

void StepWorker::run() {
  while (!stopped_) {
    const std::uint64_t sent = sent_.load();
    std::optional<Command> command = queue_.try_pop();
    if (!command) {
      if (draft_.answered != sent) {
        draft_.answered = sent;
        publish();
      }
      command = queue_.pop_within(kLookAtDiskEvery);
    }
    if (!command) {
      look_at_disk();
      continue;
    }
    std::visit([this](auto& c) { take(c); }, *command);
  }
}

// ---- Telling

void StepWorker::publish() {
  ++draft_.version;
  published_ = Clock::now();
  newest_.publish(std::make_shared<const StepView>(draft_));
  wake_();
}

void StepWorker::say(Message::Kind kind, std::string text) {
  Message message;
  message.id = ++last_message_;
  message.kind = kind;
  message.text = std::move(text);
  draft_.messages.push_back(std::move(message));
  if (draft_.messages.size() > kMessagesKept) draft_.messages.erase(draft_.messages.begin());
  publish();
}

void StepWorker::begin_job(StepJob::Kind kind, std::string text) {
  draft_.job = {kind, std::move(text), 0};
  publish();
}

void StepWorker::end_job() {
  draft_.job = {};
}

void StepWorker::set_problems(std::vector<StepProblem> problems) {
  draft_.problems = std::make_shared<const std::vector<StepProblem>>(std::move(problems));
}

// ---- What is open

void StepWorker::set_source(StepSource source) {
  source.version = ++text_version_;
  draft_.source = std::make_shared<const StepSource>(std::move(source));
}

void StepWorker::keep_unsaved() {
  if (!draft_.source || !draft_.source->edited) return;
  const std::filesystem::path file = options_.data_dir / "kernels" / ("unsaved-" + draft_.source->name);
  const auto kept = write_whole_file(file, *draft_.source->text);
  kept ? say(Message::Kind::kGood, fmt::format("Your changes are kept in {}", file.string()))
       : say(Message::Kind::kError, kept.error().text());
}

void StepWorker::take(const StopWorker&) {
  keep_unsaved();
  stopped_ = true;
}

void StepWorker::take(OpenKernel& command) {
  interrupt_ = false;
  auto opened = open_source(command.name, command.file);
  if (!opened) {
    say(Message::Kind::kError, opened.error().text());
    return;
  }
  keep_unsaved();
  opened_ = std::move(*opened);
  set_source(*opened_.source);
  // Another kernel: nothing of the old one holds for it.
  draft_.launch = command.launch ? std::make_shared<const StepLaunch>(std::move(*command.launch)) : nullptr;
  draft_.run = nullptr;
  draft_.moment = nullptr;
  draft_.breakpoints.clear();
  recording_.reset();
  edits_.clear();
  edit_texts_.clear();
  run_all(0, std::nullopt);
  const bool is_guess = draft_.run && std::any_of(draft_.launch->arguments.begin(), draft_.launch->arguments.end(),
                                                  [](const StepArgument& argument) { return argument.is_guess; });
  if (is_guess) say(Message::Kind::kGood, "Grid, block and inputs are guesses. Launch changes them.");
}

void StepWorker::take(const ReloadKernel&) {
  interrupt_ = false;
  if (!draft_.source) return;
  auto opened = open_source(draft_.source->shipped != nullptr ? std::string(draft_.source->shipped->name) : "",
                            draft_.source->file);
  if (!opened) {
    say(Message::Kind::kError, opened.error().text());
    return;
  }
  keep_unsaved();
  opened_ = std::move(*opened);
  set_source(*opened_.source);
  drop_edits_silently();
  run_all(0, std::nullopt);
}

void StepWorker::look_at_disk() {
  if (!draft_.source || draft_.source->changed_on_disk) return;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(draft_.source->file, error);
  if (error || written == opened_.written) return;
  opened_.written = written;
  const auto text = read_whole_file(draft_.source->file);
  if (!text || *text == opened_.on_disk) return;
  StepSource changed = *draft_.source;
  changed.changed_on_disk = true;
  draft_.source = std::make_shared<const StepSource>(std::move(changed));
  publish();
}

void StepWorker::take(SetKernelText& command) {
  if (!draft_.source || *draft_.source->text == command.text) return;
  StepSource source = *draft_.source;
  source.edited = command.text != opened_.on_disk;
  source.text = std::make_shared<const std::string>(std::move(command.text));
  set_source(std::move(source));
  publish();
}

void StepWorker::take(const SaveKernelText& command) {
  if (!draft_.source) return;
  const bool ours = draft_.source->shipped != nullptr;
  std::filesystem::path file = command.file;
  if (file.empty()) file = ours ? options_.data_dir / "kernels" / draft_.source->name : draft_.source->file;
  const auto saved = write_whole_file(file, *draft_.source->text);
  if (!saved) {
    say(Message::Kind::kError, saved.error().text());
    return;
  }
  StepSource source = *draft_.source;
  source.file = file;
  source.name = file.filename().string();
  source.shipped = nullptr;  // what was saved is the person's own
  source.edited = source.changed_on_disk = false;
  opened_.on_disk = *source.text;
  std::error_code ignored;
  opened_.written = std::filesystem::last_write_time(file, ignored);
  draft_.source = std::make_shared<const StepSource>(std::move(source));
  say(Message::Kind::kGood, fmt::format("Saved: {}", file.string()));
}

bool StepWorker::compile() {
  begin_job(StepJob::Kind::kCompiling, fmt::format("Compiling {}", draft_.source->name));
  auto compiled = compile_source(*draft_.source, &interrupt_);
  end_job();
  if (!compiled) {
    set_problems(std::move(compiled.error()));
    draft_.stale = true;
    if (!interrupt_) {
      say(Message::Kind::kError,
          fmt::format("{} cannot be run: {}", draft_.source->name,
                      draft_.problems->empty() ? "the compiler says no more" : draft_.problems->front().message));
    }
    return false;
  }
  set_problems(compiled->warnings);
  return adopt_module(std::move(*compiled));
}

bool StepWorker::adopt_module(CompiledSource compiled) {
  const std::vector<std::string> kernels = device::kernels_of(*compiled.module);
  if (kernels.empty()) {
    set_problems({{StepProblem::Severity::kError, draft_.source->name, 0, 0,
                   "there is no kernel in this file: no function is declared __global__"}});
    draft_.stale = true;
    return false;
  }
  compiled_ = std::move(compiled);
  compiled_version_ = text_version_;
  draft_.kernels = kernels;
  const kernels::Kernel* const shipped = draft_.source->shipped;
  std::string kernel = draft_.launch ? draft_.launch->kernel : shipped != nullptr ? std::string(shipped->name) : "";
  if (std::find(kernels.begin(), kernels.end(), kernel) == kernels.end()) kernel = kernels.front();
  StepLaunch launch = default_launch(*compiled_.module, kernel, shipped);
  if (draft_.launch && draft_.launch->kernel == kernel) launch = with_values_of(std::move(launch), *draft_.launch);
  draft_.launch = std::make_shared<const StepLaunch>(std::move(launch));
  return true;
}

void StepWorker::take(const RunKernel&) {
  interrupt_ = false;
  if (!draft_.source) return;
  drop_edits_silently();
  run_all(0, draft_.moment ? std::optional(draft_.moment->followed) : std::nullopt);
}

void StepWorker::take(const ChooseKernel& command) {
  interrupt_ = false;
  const auto& names = draft_.kernels;
  if (!compiled_.module || std::find(names.begin(), names.end(), command.name) == names.end()) return;
  drop_edits_silently();
  draft_.launch =
      std::make_shared<const StepLaunch>(default_launch(*compiled_.module, command.name, draft_.source->shipped));
  record_anew(0, std::nullopt);
}

void StepWorker::take(SetLaunch& command) {
  interrupt_ = false;
  if (!compiled_.module) return;
  drop_edits_silently();
  for (StepArgument& argument : command.launch.arguments) argument.is_guess = false;
  draft_.launch = std::make_shared<const StepLaunch>(std::move(command.launch));
  run_all(0, std::nullopt);
}

void StepWorker::take(const SetSchedule& command) {
  interrupt_ = false;
  draft_.schedule = command.schedule;
  if (!compiled_.module) {
    publish();
    return;
  }
  drop_edits_silently();
  record_anew(0, draft_.moment ? std::optional(draft_.moment->followed) : std::nullopt);
}

void StepWorker::take(const CancelJob&) {
  interrupt_ = false;  // what it was meant for has ended
}

void StepWorker::drop_edits_silently() {
  edits_.clear();
  edit_texts_.clear();
}

void StepWorker::run_all(trace::Position position, std::optional<trace::WarpIndex> followed) {
  if (compiled_version_ != text_version_ && !compile()) {
    publish();
    return;
  }
  record_anew(position, followed);
}

void StepWorker::record_anew(trace::Position position, std::optional<trace::WarpIndex> followed) {
  begin_job(StepJob::Kind::kRecording, fmt::format("Running {}", draft_.source->name));
  RecordingControl control;
  control.stop = &interrupt_;
  control.progress = [this](std::uint64_t steps) {
    draft_.job.steps = steps;
    if (Clock::now() - published_ >= kTellProgressEvery) publish();
  };
  const RecordingInput input{draft_.source,   compiled_.module, compiled_.compiler, compiled_.seconds, *draft_.launch,
                             draft_.schedule, edits_,           edit_texts_};
  auto recording = record_run(input, ++run_id_, control);
  end_job();
  if (!recording) {
    set_problems(std::move(recording.error()));
    draft_.stale = true;
    say(Message::Kind::kError,
        draft_.problems->empty() ? "The launch cannot be made" : draft_.problems->front().message);
    return;
  }
  recording_ = std::move(*recording);
  draft_.run = recording_->run;
  draft_.stale = false;
  set_problems(compiled_.warnings);
  if (draft_.moment && edits_.empty()) draft_.moment = nullptr;  // of another run: nothing to compare with
  const auto& records = *recording_->run->records;
  const trace::WarpIndex first = records.empty() ? 0 : records.front().warp;
  const vgpu::Launch& launch = recording_->run->launch;
  const std::uint64_t block = followed.value_or(0) / recording_->run->warps_per_block;
  const bool runs = followed && block >= launch.first_block && block < launch.end_block();
  check_breakpoints();
  show(position, runs ? *followed : first);
  if (!recording_->run->limit_reason.empty()) say(Message::Kind::kWarning, recording_->run->limit_reason);
}

}  // namespace warpscope::session

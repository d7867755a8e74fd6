// session/step_worker.h: the thread of the Step workspace: compiles, records, travels, publishes. Floor 5.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/command_queue.h"
#include "compute/base/newest_value.h"
#include "compute/session/step_navigation.h"
#include "compute/session/step_session.h"
#include "compute/session/step_source.h"

namespace warpscope::session {

struct StopWorker {};

class StepWorker {
 public:
  using Command = std::variant<OpenKernel, SetKernelText, RunKernel, ReloadKernel, SaveKernelText, ChooseKernel,
                               SetLaunch, SetSchedule, CancelJob, Go, SeekTo, FollowWarp, GoToPrinted, AskWriter,
                               GoToWriter, AddBreakpoint, ChangeBreakpoint, RemoveBreakpoint, ToggleLineBreakpoint,
                               EditVariable, EditMemory, DropEdits, StopWorker>;

  StepWorker(StepOptions options, std::function<void()> wake);
  void run();  // the thread; returns after StopWorker

  // Any thread.
  void push(Command command, bool interrupts);
  std::uint64_t sent() const { return sent_.load(); }
  // Owner only.
  const std::shared_ptr<const StepView>& view() { return newest_.take(); }

 private:
  using Clock = std::chrono::steady_clock;

  void take(OpenKernel& command);
  void take(SetKernelText& command);
  void take(const RunKernel& command);
  void take(const ReloadKernel& command);
  void take(const SaveKernelText& command);
  void take(const ChooseKernel& command);
  void take(SetLaunch& command);
  void take(const SetSchedule& command);
  void take(const CancelJob& command);
  void take(const Go& command);
  void take(const SeekTo& command);
  void take(const FollowWarp& command);
  void take(const GoToPrinted& command);
  void take(const AskWriter& command);
  void take(const GoToWriter& command);
  void take(AddBreakpoint& command);
  void take(ChangeBreakpoint& command);
  void take(const RemoveBreakpoint& command);
  void take(const ToggleLineBreakpoint& command);
  void take(const EditVariable& command);
  void take(const EditMemory& command);
  void take(const DropEdits& command);
  void take(const StopWorker&);

  // What is open.
  void set_source(StepSource source);
  void keep_unsaved();  // what was typed and is about to be left
  void look_at_disk();
  bool compile();
  bool adopt_module(CompiledSource compiled);
  void record_anew(trace::Position position, std::optional<trace::WarpIndex> followed);
  void run_all(trace::Position position, std::optional<trace::WarpIndex> followed);
  void drop_edits_silently();

  // Where one is.
  void show(trace::Position position, trace::WarpIndex followed);
  void add_edit(trace::Edit edit, std::string text);
  Search search() const { return {*recording_, draft_.breakpoints, &interrupt_}; }
  std::string describe(const std::optional<trace::Write>& write, const WrittenPlace& place) const;
  void check_breakpoints();

  // Telling.
  void begin_job(StepJob::Kind kind, std::string text);
  void end_job();
  void set_problems(std::vector<StepProblem> problems);
  void say(Message::Kind kind, std::string text);
  void publish();

  StepOptions options_;
  std::function<void()> wake_;
  base::CommandQueue<Command> queue_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<bool> interrupt_{false};  // what is being done is no longer wanted
  base::NewestValue<StepView> newest_;

  StepView draft_;
  OpenedSource opened_;
  std::uint64_t text_version_ = 0, compiled_version_ = 0, run_id_ = 0, last_message_ = 0;
  int last_breakpoint_ = 0;
  CompiledSource compiled_;
  std::optional<Recording> recording_;
  std::vector<trace::Edit> edits_;
  std::vector<StepEdit> edit_texts_;
  Clock::time_point looked_at_disk_{}, published_{};
  bool stopped_ = false;
};

}  // namespace warpscope::session

// session/map_worker.h: the thread of the SM map: plans, simulates, traces, publishes. Floor 5.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "compute/base/command_queue.h"
#include "compute/base/newest_value.h"
#include "compute/device/cuda_device.h"
#include "compute/device/warp_trace.h"
#include "compute/session/map_plan.h"
#include "compute/session/map_session.h"
#include "compute/session/map_shelf.h"
#include "compute/session/map_simulate.h"

namespace warpscope::session {

struct EndMap {};

class MapWorker {
 public:
  using Command = std::variant<SetMap, SetMapVisible, RunMap, StopMap, LookAtSm, KeepToCompare, PrepareMapStep, EndMap>;

  MapWorker(MapOptions options, std::function<void()> wake);
  void run();  // the thread; returns after EndMap

  // Any thread.
  void push(Command command);
  std::uint64_t sent() const { return sent_.load(); }
  // Owner only.
  const std::shared_ptr<const MapView>& view() { return newest_.take(); }

 private:
  using Clock = std::chrono::steady_clock;

  void take(const SetMap& command);
  void take(const SetMapVisible& command);
  void take(const RunMap& command);
  void take(const StopMap& command);
  void take(const LookAtSm& command);
  void take(const KeepToCompare& command);
  void take(const PrepareMapStep& command);
  void take(const EndMap&) { ended_ = true; }

  // The one that waits longest; where none does, those counted in `sent` are done.
  std::optional<Command> next_command(std::uint64_t& sent);
  // One piece of what is to be done while no command waits. False where there is nothing to do now.
  bool work();
  bool has_work() const;             // now, or as soon as nothing newer has come for a moment
  Clock::duration patience() const;  // until work() has something to do again
  // Commands that a run in progress need not end for.
  void serve_while_running();
  bool needs_no_stop(const Command& command) const;

  // Planning.
  void read_catalogues();
  void make_plan();
  void adopt(MapPlanner::Answer answer);
  void set_problem(std::string problem);  // of the plan: what only the run could find out

  // Running.
  void run_plan();
  void simulate(const KeptRun& wanted, bool closely);
  void take_result(const KeptRun& wanted, timing::SimulateResult result, double seconds, bool closely);
  base::Result<std::shared_ptr<const MapInputs>> inputs_of(const std::shared_ptr<const MapCode>& code);
  bool should_look() const;
  void look_closely();
  void show(KeptRun run);
  void replace_shown(KeptRun run);

  // The real GPU.
  void look_for_gpu();
  bool open_gpu();  // false: trace_note says why not
  void trace();
  void clear_trace_failure();
  void show_trace(const device::WarpTrace& trace, timing::Timeline timeline, double seconds);
  void go_on_without_trace(const std::string& why);
  void go_on_without_gpu(const std::string& why);

  // Telling.
  void begin_job(MapJob::Kind kind, std::string text);
  void end_job();
  void say(Message::Kind kind, std::string text);
  void publish();

  MapOptions options_;
  std::function<void()> wake_;
  std::mutex pushing_;  // a command is in the queue and counted, or neither
  base::CommandQueue<Command> queue_;
  std::string pushed_;  // identity of the settings pushed last
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<bool> stop_run_{false};  // a command waits that makes it pointless
  base::NewestValue<MapView> newest_;

  MapView draft_;
  std::optional<MapPlanner> planner_;
  std::shared_ptr<const MapCode> code_;  // of draft_.plan; null where it could not be read
  KeptRun shown_;                        // draft_.run
  KeptRun part_;                         // of a run that was stopped: shown where a person stopped it
  MapShelf shelf_;
  std::list<std::pair<std::shared_ptr<const MapCode>, std::shared_ptr<const MapInputs>>> inputs_;  // newest first
  std::unique_ptr<device::CudaDevice> gpu_;
  std::optional<gpu::Gpu> traced_gpu_;  // gpu_, as the catalogue has it
  std::optional<Command> waiting_;      // ended the run before it was done
  std::set<std::uint32_t> close_sms_{0};
  std::optional<std::uint32_t> look_at_;
  std::uint64_t plan_version_ = 0, run_id_ = 0, last_message_ = 0;
  bool visible_ = false, ended_ = false;
  bool plan_due_ = true, run_due_ = true;
  bool run_anyway_ = false;  // asked for although it is there
  bool looked_for_gpu_ = false;
  bool no_gpu_ = false;        // it is not looked for again before a person asks for traces again
  bool trace_failed_ = false;  // with these settings
  bool changed_ = false;       // draft_ is newer than the published view
  Clock::time_point run_at_{};
};

}  // namespace warpscope::session

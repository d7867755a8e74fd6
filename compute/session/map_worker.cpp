#include "compute/session/map_worker.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/session/convolve_worker.h"
#include "compute/session/map_step.h"

namespace warpscope::session {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMessagesKept = 50;
constexpr std::size_t kCloseSms = 4;
constexpr auto kRestBeforeRun = 150ms;

}  // namespace

MapWorker::MapWorker(MapOptions options, std::function<void()> wake)
    : options_(std::move(options)), wake_(std::move(wake)), visible_(options_.visible) {
  draft_.settings = options_.settings;
  pushed_ = identity_of(draft_.settings);
  draft_.trace_note = "It is not known yet whether there is a GPU to trace on.";
  read_catalogues();
  publish();
}

void MapWorker::push(Command command) {
  const std::lock_guard lock(pushing_);
  bool stops = std::holds_alternative<EndMap>(command) || std::holds_alternative<StopMap>(command);
  if (const auto* const visible = std::get_if<SetMapVisible>(&command)) stops = !visible->visible;
  if (const auto* const set = std::get_if<SetMap>(&command)) {
    const std::string identity = identity_of(set->settings);
    stops = identity != pushed_;
    pushed_ = identity;
  }
  queue_.push(std::move(command));
  if (stops) stop_run_ = true;
  ++sent_;
}

void MapWorker::run() {
  while (!ended_) {
    std::uint64_t sent = 0;
    std::optional<Command> command = next_command(sent);
    if (!command) {
      const bool worked = work();
      if (!worked && !has_work() && draft_.answered != sent) {
        draft_.answered = sent;
        changed_ = true;
      }
      if (changed_) publish();
      if (worked) continue;
      command = queue_.pop_within(patience());
    }
    if (command) std::visit([this](const auto& c) { take(c); }, *command);
  }
}

std::optional<MapWorker::Command> MapWorker::next_command(std::uint64_t& sent) {
  const std::lock_guard lock(pushing_);
  stop_run_ = false;
  sent = sent_.load();
  if (waiting_) return std::exchange(waiting_, std::nullopt);
  return queue_.try_pop();
}

bool MapWorker::needs_no_stop(const Command& command) const {
  if (const auto* const visible = std::get_if<SetMapVisible>(&command)) return visible->visible;
  if (const auto* const set = std::get_if<SetMap>(&command)) {
    return identity_of(set->settings) == identity_of(draft_.settings);
  }
  return std::holds_alternative<LookAtSm>(command) || std::holds_alternative<KeepToCompare>(command) ||
         std::holds_alternative<PrepareMapStep>(command);
}

void MapWorker::serve_while_running() {
  while (!waiting_) {
    auto command = queue_.try_pop();
    if (!command) return;
    if (needs_no_stop(*command)) {
      std::visit([this](const auto& c) { take(c); }, *command);
      continue;
    }
    // All others are taken when the run has ended; most have ended it already.
    waiting_ = std::move(command);
  }
}

bool MapWorker::has_work() const {
  return visible_ && (plan_due_ || run_due_ || should_look());
}

bool MapWorker::work() {
  if (!visible_) return false;
  if (plan_due_) {
    make_plan();
  } else if (run_due_ && Clock::now() >= run_at_) {
    run_plan();
  } else if (!run_due_ && should_look()) {
    look_closely();
  } else if (!run_due_ && !looked_for_gpu_) {
    look_for_gpu();
  } else {
    return false;
  }
  return true;
}

MapWorker::Clock::duration MapWorker::patience() const {
  if (!visible_ || !run_due_) return 1h;
  return std::max<Clock::duration>(0ms, run_at_ - Clock::now());
}

// ---- Commands

void MapWorker::take(const SetMap& command) {
  part_ = {};
  if (identity_of(command.settings) == identity_of(draft_.settings)) return;
  // Who asks for the GPU once more means it.
  if (command.settings.traced && !draft_.settings.traced) no_gpu_ = false;
  clear_trace_failure();
  draft_.settings = command.settings;
  plan_due_ = run_due_ = changed_ = true;
  run_anyway_ = false;
  run_at_ = Clock::now() + kRestBeforeRun;
}

void MapWorker::take(const SetMapVisible& command) {
  part_ = {};
  visible_ = command.visible;
}

void MapWorker::take(const RunMap&) {
  part_ = {};
  plan_due_ = true;
  run_due_ = run_anyway_ = true;
  clear_trace_failure();
  run_at_ = Clock::now();
}

void MapWorker::take(const StopMap&) {
  plan_due_ = plan_due_ && !draft_.plan;
  run_due_ = run_anyway_ = false;
  look_at_.reset();
  if (part_.run) show(std::exchange(part_, {}));
}

void MapWorker::take(const LookAtSm& command) {
  look_at_ = command.sm;
  if (close_sms_.size() >= kCloseSms) close_sms_.clear();
  close_sms_.insert(command.sm);
}

void MapWorker::take(const KeepToCompare& command) {
  draft_.compared = command.keep ? draft_.run : nullptr;
  changed_ = true;
}

void MapWorker::take(const PrepareMapStep& command) {
  if (!shown_.run) {
    say(Message::Kind::kWarning, "There is nothing to step through yet: no run has ended.");
    return;
  }
  auto request = map_step(*shown_.run->plan, *shown_.code, command);
  if (!request) {
    say(Message::Kind::kError, fmt::format("This block cannot be opened in Step: {}", request.error().text()));
    return;
  }
  draft_.step = std::move(*request);
  changed_ = true;
}

// ---- Telling

void MapWorker::begin_job(MapJob::Kind kind, std::string text) {
  draft_.job = {kind, std::move(text), {}};
  publish();
}

void MapWorker::end_job() {
  draft_.job = {};
  changed_ = true;
}

void MapWorker::say(Message::Kind kind, std::string text) {
  Message message;
  message.id = ++last_message_;
  message.kind = kind;
  message.text = sentence(std::move(text));
  draft_.messages.push_back(std::move(message));
  if (draft_.messages.size() > kMessagesKept) draft_.messages.erase(draft_.messages.begin());
  changed_ = true;
}

void MapWorker::publish() {
  ++draft_.version;
  changed_ = false;
  newest_.publish(std::make_shared<const MapView>(draft_));
  wake_();
}

}  // namespace warpscope::session

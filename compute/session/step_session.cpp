#include "compute/session/step_session.h"

#include <thread>
#include <utility>

#include "compute/session/step_worker.h"

namespace warpscope::session {
namespace {

// What makes pointless whatever is being compiled, recorded or looked for.
template <class C>
constexpr bool kInterrupts =
    std::is_same_v<C, OpenKernel> || std::is_same_v<C, RunKernel> || std::is_same_v<C, ReloadKernel> ||
    std::is_same_v<C, ChooseKernel> || std::is_same_v<C, SetLaunch> || std::is_same_v<C, SetSchedule> ||
    std::is_same_v<C, CancelJob> || std::is_same_v<C, StopWorker>;

}  // namespace

struct StepSession::Impl {
  Impl(StepOptions options, std::function<void()> wake)
      : worker(std::move(options), std::move(wake)), thread([this] { worker.run(); }) {}
  ~Impl() {
    worker.push(StopWorker{}, kInterrupts<StopWorker>);
    thread.join();
  }
  StepWorker worker;
  std::thread thread;
};

StepSession::StepSession(StepOptions options, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(wake))) {}

StepSession::~StepSession() = default;

void StepSession::send(StepCommand command) {
  std::visit(
      [this](auto& c) {
        using C = std::decay_t<decltype(c)>;
        impl_->worker.push(std::move(c), kInterrupts<C>);
      },
      command);
}

std::uint64_t StepSession::sent() const {
  return impl_->worker.sent();
}

const std::shared_ptr<const StepView>& StepSession::view() {
  return impl_->worker.view();
}

}  // namespace warpscope::session

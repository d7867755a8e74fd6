#include "compute/session/microscope_worker.h"

#include <fmt/format.h>

#include "compute/base/threads.h"
#include "compute/device/open_device.h"
#include "compute/device/virtual_device.h"
#include "compute/session/map_trace.h"

namespace warpscope::session {

namespace {
constexpr std::chrono::minutes kForever{1};
constexpr std::chrono::milliseconds kBetweenViews{33};
}  // namespace

void MicroscopeWorker::run() {
  base::yield_to_interactive_threads();
  base::name_this_thread("microscope");
  files_.clear();
  while (!stopped_) {
    auto command = channels_.microscope.pop_within(kForever);
    if (command) std::visit([this](auto& c) { take(c); }, *command);
  }
  files_.clear();
}

void MicroscopeWorker::show(MicroscopeView view) {
  auto shown = std::make_shared<const MicroscopeView>(std::move(view));
  channels_.board.change([&](LearnView& draft) { draft.microscope = std::move(shown); });
}

void MicroscopeWorker::forget() {
  frozen_.reset();
  files_.clear();
}

void MicroscopeWorker::take(const LeaveMicroscope&) {
  forget();
  channels_.board.change([](LearnView& draft) {
    draft.microscope.reset();
    draft.launch_to_step.reset();
    draft.launch_to_map.reset();
  });
}

void MicroscopeWorker::take(StepToFreeze& command) {
  forget();
  if (*command.stop) return;  // what comes next in the queue says why
  MicroscopeView view;
  view.id = id_ = command.id;
  view.step = command.step;
  view.network = command.network.name;
  view.samples = static_cast<int>(command.to_come.step.batch.labels.size());
  show(view);
  if (auto frozen = freeze(command, view); !frozen && !*command.stop) {
    view.state = MicroscopeView::State::kFailed;
    view.problem = frozen.error().text();
    show(std::move(view));
  }
}

MicroscopeWorker::Opened MicroscopeWorker::open_device(const WantedBackend& trains) {
  if (trains.kind == training::BackendKind::kCuda) {
    if (auto gpu = device::open_gpu(std::nullopt)) {
      const gpu::Gpu real = gpu_of(gpu->device->gpu(), reader_->gpus());
      return {std::move(gpu->device), real};
    }
  }
  return {std::make_unique<device::VirtualDevice>(), std::nullopt};
}

base::Result<void> MicroscopeWorker::freeze(StepToFreeze& command, MicroscopeView& view) {
  if (!reader_) reader_.emplace();
  Opened opened = open_device(command.trains);
  training::FreezeRequest request{.network = std::move(command.network),
                                  .optimizer = command.optimizer,
                                  .weights = std::move(command.to_come.weights),
                                  .state = std::move(command.to_come.optimizer),
                                  .pictures = std::move(command.to_come.pictures),
                                  .step = std::move(command.to_come.step),
                                  .options = {.precision = command.trains.precision, .threads = command.threads}};
  auto shown_at = Clock::now();
  const auto progress = [&](int done, int all) {
    view.done = done;
    view.all = all;
    if (Clock::now() - shown_at < kBetweenViews) return;
    shown_at = Clock::now();
    show(view);
  };
  auto step = training::freeze_step(std::move(opened.device), request, command.stop.get(), progress);
  if (!step) return tl::unexpected(step.error());
  if (!reader_->fill(view, *step, opened.real, *command.stop)) return {};
  frozen_ = std::make_shared<const training::FrozenStep>(std::move(*step));
  view.state = MicroscopeView::State::kReady;
  show(view);
  return {};
}

void MicroscopeWorker::take(const OpenLaunch& command) {
  if (auto opened = open(command); !opened) {
    channels_.board.say(Message::Kind::kError,
                        fmt::format("This launch could not be opened: {}", opened.error().text()));
  }
}

base::Result<void> MicroscopeWorker::open(const OpenLaunch& command) {
  if (!frozen_) return base::fail("no step is frozen.");
  const auto launches = static_cast<int>(frozen_->launches.size());
  if (command.launch < 0 || command.launch >= launches) {
    return base::fail(fmt::format("the step has launches 0 to {}, not {}.", launches - 1, command.launch));
  }
  const training::FrozenLaunch& frozen = frozen_->launches[static_cast<std::size_t>(command.launch)];
  auto launch = open_launch(frozen, {id_, command.launch}, files_);
  if (!launch) return tl::unexpected(launch.error());
  channels_.board.change([&](LearnView& draft) {
    if (command.target == LaunchTarget::kMap) {
      launch->only_block.reset();
      draft.launch_to_map = MapRequest{command.id, frozen.plan.kernel, std::move(*launch)};
    } else {
      const std::uint64_t block = launch->only_block.value_or(0);
      draft.launch_to_step = StepRequest{command.id, frozen.plan.kernel, {}, std::move(*launch), block, 0, 0};
    }
  });
  return {};
}

}  // namespace warpscope::session

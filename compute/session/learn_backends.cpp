#include "compute/session/learn_backends.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/base/threads.h"
#include "compute/device/open_device.h"
#include "compute/training/device_backend.h"
#include "compute/training/devices.h"

namespace warpscope::session {

using training::BackendKind;
using training::Precision;

namespace {

constexpr int kBf16Capability = 80;  // the oldest whose tensor cores take it

std::string cores_text(int threads, int cores) {
  const int used = threads > 0 ? threads : cores;
  return fmt::format("{} core{}", used, used == 1 ? "" : "s");
}

BackendChoice cuda_choice() {
  BackendChoice choice{.kind = BackendKind::kCuda, .name = "NVIDIA GPU", .why = {}};
  const training::CudaSearch search = training::find_cuda();
  if (search.gpus.empty()) {
    choice.why = fmt::format("There is no GPU to train on: {}.", search.why_none);
    return choice;
  }
  const std::vector<std::size_t> usable = cuda::usable_gpus(search.gpus, std::nullopt);
  if (usable.empty()) {
    choice.name = search.gpus.front().name;
    choice.why = device::why_too_old(search.gpus);
    return choice;
  }
  const cuda::Gpu& gpu = search.gpus[usable.front()];
  choice.name = gpu.name;
  choice.there = true;
  choice.why = device::why_this_gpu(search.gpus, usable.front(), std::nullopt, {});
  choice.bf16 = gpu.compute_capability() >= kBf16Capability;
  return choice;
}

const BackendChoice* find(const std::vector<BackendChoice>& choices, BackendKind kind) {
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&](const BackendChoice& each) { return each.kind == kind; });
  return found == choices.end() ? nullptr : &*found;
}

base::Result<ChosenBackend> choose(const BackendChoice& choice, Precision precision) {
  if (!choice.there) return base::fail(choice.why);
  // The CPU rounds nothing, whatever is asked of the others.
  if (choice.kind == BackendKind::kCpu) return ChosenBackend{{BackendKind::kCpu, Precision::kF32}, choice.why};
  if (precision == Precision::kBf16 && !choice.bf16) {
    return base::fail(
        fmt::format("{} has no tensor cores for bf16, which take compute capability 8.0: f16 is there.", choice.name));
  }
  return ChosenBackend{{choice.kind, precision}, choice.why};
}

}  // namespace

std::vector<BackendChoice> find_backends(int threads) {
  const std::string cores = cores_text(threads, training::find_cpu().cores);
  BackendChoice cpu{.kind = BackendKind::kCpu, .name = fmt::format("CPU · {}", cores), .there = true, .why = {}};
  BackendChoice cuda = cuda_choice();
  cpu.why = cuda.there ? "The CPU is always there; the GPU is faster." : fmt::format("The CPU trains. {}", cuda.why);
  BackendChoice simulated{.kind = BackendKind::kVirtual,
                          .name = fmt::format("Virtual GPU · {}", cores),
                          .there = true,
                          .why = "Our kernels, instruction by instruction, on the CPU: to look at, not for speed.",
                          .bf16 = true};
  return {std::move(cpu), std::move(cuda), std::move(simulated)};
}

base::Result<ChosenBackend> choose_backend(const std::vector<BackendChoice>& choices, const std::string& backend,
                                           Precision precision) {
  if (backend == "auto") {
    const BackendChoice* const cuda = find(choices, BackendKind::kCuda);
    if (cuda != nullptr && cuda->there) {
      // A precision that it has not is no reason to leave the GPU.
      const bool lacks = precision == Precision::kBf16 && !cuda->bf16;
      return choose(*cuda, lacks ? Precision::kF16 : precision);
    }
    const BackendChoice* const cpu = find(choices, BackendKind::kCpu);
    return ChosenBackend{{}, cpu != nullptr ? cpu->why : ""};
  }
  const auto kind = training::parse_backend(backend);
  if (!kind) return tl::unexpected(kind.error());
  const BackendChoice* const choice = find(choices, *kind);
  if (choice == nullptr) return base::fail("What this machine has to train on is still being looked for.");
  return choose(*choice, precision);
}

std::string record_text(const WantedBackend& backend) {
  std::string text(training::text_of(backend.kind));
  if (backend.precision != Precision::kF32) text += fmt::format(" {}", training::text_of(backend.precision));
  return text;
}

WantedBackend kind_of(const training::Backend& backend) {
  return {backend.kind(), backend.precision()};
}

base::Result<std::unique_ptr<training::Backend>> open_backend(const BackendOrder& order) {
  if (order.wanted.kind == BackendKind::kCpu) {
    return training::make_cpu_backend(order.network, order.batch, order.threads);
  }
  auto backend = training::open_device_backend(order.wanted.kind, order.network, order.batch,
                                               {.precision = order.wanted.precision, .threads = order.threads});
  if (!backend || !order.pictures) return backend;
  if (auto room = (*backend)->set_pictures(order.pictures); !room) return tl::unexpected(room.error());
  return backend;
}

BackendSetup::~BackendSetup() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void BackendSetup::begin(BackendOrder order) {
  thread_ = std::thread([this, order = std::move(order)]() mutable {
    base::name_this_thread("back end");
    deliver_(work(std::move(order)));
  });
}

void BackendSetup::finish() {
  thread_.join();
}

BackendOutcome BackendSetup::work(BackendOrder order) const {
  BackendOutcome outcome{.order = std::move(order), .backend = nullptr, .problem = {}};
  if (!outcome.order.only_fit) {
    auto made = open_backend(outcome.order);
    if (made) {
      outcome.backend = std::move(*made);
      return outcome;
    }
    outcome.problem = made.error().text();
  }
  if (outcome.order.wanted.kind != BackendKind::kCpu) outcome.batch_that_fits = find_fit(outcome.order);
  return outcome;
}

// The largest of the halves that can be had.
int BackendSetup::find_fit(BackendOrder order) const {
  const int asked = order.batch;
  order.batch = 1;
  // Where not even one picture fits it is not memory that is short.
  if (asked <= 1 || !open_backend(order)) return 0;
  for (order.batch = asked / 2; order.batch > 1 && !stopping_; order.batch /= 2) {
    if (open_backend(order)) break;
  }
  return order.batch;
}

}  // namespace warpscope::session

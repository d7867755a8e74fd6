// Launches of CudaDevice, single and as a graph.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "compute/device/cuda_rules.h"
#include "compute/device/cuda_state.h"

namespace warpscope::device {

using cuda::CudaResult;
using cuda::CUresult;

namespace {

// Most kernels end within this time: the waiting thread looks again and again, then only now and then.
constexpr auto kEager = std::chrono::milliseconds(2);
constexpr auto kPause = std::chrono::microseconds(200);

constexpr const char* kNoChecks =
    "the checks (memory, init, race, sync) watch every access, which only the virtual GPU can; launch there, or "
    "without "
    "them";

}  // namespace

CudaResult<bool> CudaDevice::State::wait(const std::atomic<bool>* stop) const {
  if (stop == nullptr) {
    if (auto fine = driver().check(driver()->cuStreamSynchronize(stream.get()), "the GPU's work failed"); !fine)
      return tl::unexpected(fine.error());
    return true;
  }
  const auto begun = std::chrono::steady_clock::now();
  while (true) {
    const CUresult code = driver()->cuStreamQuery(stream.get());
    if (code == CUresult::kSuccess) return true;
    if (code != CUresult::kNotReady) return tl::unexpected(driver().error(code, "the GPU's work failed"));
    if (stop->load(std::memory_order_relaxed)) return false;
    if (std::chrono::steady_clock::now() - begun < kEager) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
}

base::Result<cuda::CUfunction> CudaDevice::State::prepare(const LaunchRequest& request) {
  if (modules.empty()) {
    return base::fail(rebuilds > 0 ? fmt::format("no module is loaded: the GPU was set up anew after: {}", last_fault)
                                   : std::string("no module is loaded"));
  }
  const auto kernel = check_request(module_pointers(), request);
  if (!kernel) return tl::unexpected(kernel.error());
  cuda::CUfunction function = nullptr;
  const CUresult found = driver()->cuModuleGetFunction(&function, loaded[kernel->module].get(), request.kernel.c_str());
  if (auto fine = check(found, fmt::format("the GPU does not know the kernel '{}'", request.kernel)); !fine)
    return tl::unexpected(fine.error());
  int shared = 0;
  const CUresult asked = driver()->cuFuncGetAttribute(&shared, cuda::CUfunction_attribute::kSharedSizeBytes, function);
  if (auto fine = check(asked, fmt::format("'{}' cannot be asked for its shared memory", request.kernel)); !fine)
    return tl::unexpected(fine.error());
  const auto static_shared = static_cast<std::uint32_t>(shared);
  if (auto fine = check_sizes(gpu.limits, *kernel->function, request, static_shared); !fine)
    return tl::unexpected(fine.error());
  if (std::uint64_t{static_shared} + request.dynamic_shared_bytes > gpu.limits.shared_bytes) {
    const CUresult code = driver()->cuFuncSetAttribute(function, cuda::CUfunction_attribute::kMaxDynamicSharedSizeBytes,
                                                       static_cast<int>(request.dynamic_shared_bytes));
    if (auto fine = check(code, fmt::format("'{}' is given no more shared memory", request.kernel)); !fine)
      return tl::unexpected(fine.error());
  }
  return function;
}

CudaResult<void> CudaDevice::State::put_on_stream(cuda::CUfunction function, const LaunchRequest& request) const {
  std::vector<void*> parameters;
  for (const std::vector<std::uint8_t>& bytes : request.arguments) {
    parameters.push_back(const_cast<std::uint8_t*>(bytes.data()));  // the driver only reads them, and before it returns
  }
  const base::Dim3 &g = request.grid, &b = request.block;
  return driver().check(driver()->cuLaunchKernel(function, g.x, g.y, g.z, b.x, b.y, b.z, request.dynamic_shared_bytes,
                                                 stream.get(), parameters.data(), nullptr),
                        fmt::format("'{}' cannot be launched", request.kernel));
}

template <class Work>
base::Result<void> CudaDevice::State::begin_run(Work work) {
  const cuda::Driver& cu = driver();
  if (auto fine = check(cu->cuEventRecord(begin.get(), stream.get()), "the GPU takes no work"); !fine) return fine;
  begun =
      work().and_then([&] { return cu.check(cu->cuEventRecord(end.get(), stream.get()), "the GPU's work failed"); });
  return {};
}

base::Result<CudaDevice::State::Timed> CudaDevice::State::end_run(const std::string& kernels,
                                                                  const std::atomic<bool>* stop) {
  // A kernel that faults at once is told by whatever call comes next.
  const CudaResult<bool> ended = begun.and_then([&] { return wait(stop); });
  begun = {};
  Timed timed;
  if (!ended) {
    const base::Error told = respond(ended.error());
    if (lost || cuda::kind_of(ended.error().code) != cuda::ErrorKind::kFault) return tl::unexpected(told);
    timed.fault = fault_of(ended.error(), kernels);
    timed.fault->message = told.message;
    return timed;
  }
  timed.stopped = !*ended;
  float milliseconds = 0;
  if (*ended && driver()->cuEventElapsedTime(&milliseconds, begin.get(), end.get()) == CUresult::kSuccess)
    timed.seconds = static_cast<double>(milliseconds) / 1000.0;
  return timed;
}

template <class Work>
base::Result<CudaDevice::State::Timed> CudaDevice::State::run(const std::string& kernels, const std::atomic<bool>* stop,
                                                              Work work) {
  if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
    Timed timed;
    timed.stopped = true;
    return timed;
  }
  return begin_run(work).and_then([&] { return end_run(kernels, stop); });
}

base::Result<LaunchReport> CudaDevice::launch(const LaunchRequest& request, const LaunchOptions& options) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return tl::unexpected(fine.error());
  if (options.checks.any()) return base::fail(kNoChecks);
  const auto function = s.prepare(request);
  if (!function) return tl::unexpected(function.error());
  auto done = s.run(request.kernel, options.stop, [&] { return s.put_on_stream(*function, request); });
  if (!done) return tl::unexpected(done.error());
  LaunchReport report;
  report.seconds = done->seconds;
  report.stopped = done->stopped;
  report.fault = std::move(done->fault);
  return report;
}

// ---- Sequences

namespace {

class CudaSequence final : public Sequence {
 public:
  CudaSequence(CudaDevice::State& state, cuda::GraphExecutable graph, std::string kernels)
      : state_(state), loads_(state.loads), graph_(std::move(graph)), kernels_(std::move(kernels)) {}

  ~CudaSequence() override { (void)state_.context->make_current(); }
  CudaSequence(const CudaSequence&) = delete;
  CudaSequence& operator=(const CudaSequence&) = delete;

  base::Result<SequenceReport> run_times(int times, const LaunchOptions& options) override {
    if (auto fine = check_usable(options); !fine) return tl::unexpected(fine.error());
    auto done = state_.run(kernels_, options.stop, [&] { return put_on_stream(times); });
    return done.map(report_of);
  }

  base::Result<void> start(int times, const LaunchOptions& options) override {
    if (auto fine = check_usable(options); !fine) return fine;
    return state_.begin_run([&] { return put_on_stream(times); });
  }
  base::Result<SequenceReport> finish() override {
    if (auto fine = state_.ready(); !fine) return tl::unexpected(fine.error());
    return state_.end_run(kernels_, nullptr).map(report_of);
  }

 private:
  base::Result<void> check_usable(const LaunchOptions& options) const {
    if (auto fine = state_.ready(); !fine) return fine;
    if (options.checks.any()) return base::fail(kNoChecks);
    if (!graph_.alive() || loads_ != state_.loads) {
      return base::fail("these launches were recorded for a module that is not loaded any more; record them again");
    }
    return {};
  }
  CudaResult<void> put_on_stream(int times) const {
    CudaResult<void> fine;
    for (int i = 0; fine && i < times; ++i) {
      fine = state_.driver().check(state_.driver()->cuGraphLaunch(graph_.get(), state_.stream.get()),
                                   "the recorded launches cannot be made");
    }
    return fine;
  }
  static SequenceReport report_of(CudaDevice::State::Timed done) {
    return {done.seconds, done.stopped, std::move(done.fault), {}};
  }

  CudaDevice::State& state_;
  std::uint64_t loads_;
  cuda::GraphExecutable graph_;
  std::string kernels_;
};

}  // namespace

base::Result<std::unique_ptr<Sequence>> CudaDevice::record(std::vector<LaunchRequest> launches) {
  State& s = *state_;
  if (auto fine = s.ready(); !fine) return tl::unexpected(fine.error());
  if (launches.empty()) return base::fail("a sequence has at least one launch");
  if (auto fine = s.wait(nullptr); !fine) return tl::unexpected(s.respond(fine.error()));
  std::vector<cuda::CUfunction> functions;
  std::string kernels;
  for (const LaunchRequest& request : launches) {
    const auto function = s.prepare(request);
    if (!function) return tl::unexpected(function.error());
    functions.push_back(*function);
    if (kernels.find(request.kernel) == std::string::npos) kernels += (kernels.empty() ? "" : ", ") + request.kernel;
  }
  auto graph = cuda::make_graph(s.context, s.stream.get(), [&] {
    CudaResult<void> fine;
    for (std::size_t i = 0; fine && i < launches.size(); ++i) fine = s.put_on_stream(functions[i], launches[i]);
    return fine;
  });
  if (!graph) return tl::unexpected(s.respond(graph.error()));
  return std::make_unique<CudaSequence>(s, std::move(*graph), std::move(kernels));
}

}  // namespace warpscope::device

#include "compute/convolution/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>

#include "compute/base/paths.h"
#include "compute/convolution/plan.h"
#include "compute/device/virtual_device.h"
#include "compute/ptx/parser.h"

namespace warpscope::convolution {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}
std::span<const std::uint8_t> bytes_in(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

std::uint64_t float_bytes(Size size) {
  return sizeof(float) * static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height) *
         static_cast<std::uint64_t>(size.planes);
}

base::Result<std::shared_ptr<const ptx::Module>> read_kernels() {
  const auto path = base::find_asset("ptx/convolve.ptx");
  if (!path) return tl::unexpected(path.error());
  std::ifstream in(*path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  auto module = ptx::parse(text, path->string());
  if (!module) return tl::unexpected(module.error().front());
  return std::make_shared<const ptx::Module>(std::move(*module));
}

bool counts_itself(const device::Device& device) {
  return device.kind() == "virtual";
}

Counts counts_of(const device::SequenceReport& report) {
  Counts counts;
  for (const device::LaunchReport& launch : report.launches) {
    if (!launch.totals) continue;
    counts.global_requests += launch.totals->global_requests;
    counts.sectors += launch.totals->global_sectors;
    counts.shared_wavefronts += launch.totals->shared_wavefronts;
    counts.bank_conflicts += launch.totals->shared_bank_conflicts;
    counts.warp_instructions += launch.totals->warp_instructions;
  }
  return counts;
}

}  // namespace

struct Engine::Impl {
  explicit Impl(device::Device& on) : device(on) {}
  ~Impl() { forget(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // What is on the device: launches and memory of `plan`, where there is a sequence.
  device::Device& device;
  Plan plan;
  std::vector<device::Address> buffers;  // as in the plan
  std::vector<device::Address> places;   // of each launch, for the SMs its blocks ran on; of a real GPU
  device::Address bank = 0;              // the weights, for kernels that take them from global memory
  std::unique_ptr<device::Sequence> sequence;
  std::vector<float> weights;         // that the device has
  std::uint64_t picture_version = 0;  // of the picture that the device has; 0: of none
  // For count() and expected().
  std::unique_ptr<device::VirtualDevice> counting_device;
  std::unique_ptr<Engine> counting_engine;
  Picture expected_of;
  std::vector<Stage> expected_chain;
  std::vector<Picture> expected;

  void forget();
  base::Result<void> prepare(Plan wanted);
  base::Result<device::Address> allocate(std::uint64_t bytes, std::string name);
  base::Result<void> allocate_all();
  base::Result<void> upload_weights(const std::vector<float>& wanted);
  device::LaunchRequest request(std::size_t launch) const;
};

void Engine::Impl::forget() {
  sequence.reset();
  // What a device that is lost says to this does not matter: its memory is gone with it.
  for (const device::Address address : buffers) (void)device.free(address);
  for (const device::Address address : places) (void)device.free(address);
  if (bank != 0) (void)device.free(bank);
  buffers.clear();
  places.clear();
  bank = 0;
  weights.clear();
  picture_version = 0;
}

base::Result<device::Address> Engine::Impl::allocate(std::uint64_t bytes, std::string name) {
  auto address = device.allocate(bytes, std::move(name));
  if (!address) {
    return base::fail(
        fmt::format("{}; use a smaller picture, fewer stages or another variant", address.error().message));
  }
  return address;
}

base::Result<void> Engine::Impl::allocate_all() {
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    const auto address = allocate(float_bytes(plan.buffers[i]), i == 0 ? "picture" : fmt::format("result {}", i));
    if (!address) return tl::unexpected(address.error());
    buffers.push_back(*address);
  }
  const auto weights_at = allocate(kMostWeights * sizeof(float), "weights");
  if (!weights_at) return tl::unexpected(weights_at.error());
  bank = *weights_at;
  if (counts_itself(device)) return {};
  for (const PlannedLaunch& launch : plan.launches) {
    const auto address = allocate(launch.info.grid.count() * sizeof(std::uint32_t), "places");
    if (!address) return tl::unexpected(address.error());
    places.push_back(*address);
  }
  return {};
}

device::LaunchRequest Engine::Impl::request(std::size_t index) const {
  const PlannedLaunch& launch = plan.launches[index];
  device::LaunchRequest request{launch.info.kernel, launch.info.grid, launch.info.block, launch.shared_bytes, {}, {}};
  const auto in = bytes_of(buffers[static_cast<std::size_t>(launch.in)]);
  if (launch.takes_bank && launch.bank_is_first) request.arguments.push_back(bytes_of(bank));
  request.arguments.push_back(in);
  if (launch.takes_bank && !launch.bank_is_first) request.arguments.push_back(bytes_of(bank));
  request.arguments.push_back(bytes_of(buffers[static_cast<std::size_t>(launch.out)]));
  request.arguments.push_back(bytes_of(launch.shape));
  request.arguments.push_back(bytes_of(places.empty() ? device::Address{0} : places[index]));
  return request;
}

base::Result<void> Engine::Impl::upload_weights(const std::vector<float>& wanted) {
  const auto same = [](float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; };  // -0 is not 0
  if (wanted.empty() || std::ranges::equal(wanted, weights, same)) return {};
  weights.clear();
  if (auto done = device.set_symbol("weights", bytes_in(wanted)); !done) return done;
  if (auto done = device.write(bank, bytes_in(wanted)); !done) return done;
  weights = wanted;
  return {};
}

base::Result<void> Engine::Impl::prepare(Plan wanted) {
  const bool keep = sequence != nullptr && plan.same_launches(wanted);
  if (!keep) {
    forget();
    plan = std::move(wanted);
    if (auto done = allocate_all(); !done) return done;
    std::vector<device::LaunchRequest> requests;
    for (std::size_t i = 0; i < plan.launches.size(); ++i) requests.push_back(request(i));
    auto recorded = device.record(std::move(requests));
    if (!recorded) return tl::unexpected(recorded.error());
    sequence = std::move(*recorded);
  } else {
    plan = std::move(wanted);
  }
  return upload_weights(plan.weights);
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

device::Device& Engine::device() const {
  return impl_->device;
}

base::Result<Engine> Engine::create(device::Device& device) {
  auto kernels = read_kernels();
  if (!kernels) return tl::unexpected(kernels.error());
  if (auto loaded = device.load(*kernels); !loaded) return tl::unexpected(loaded.error().front());
  return Engine(std::make_unique<Impl>(device));
}

base::Result<Run> Engine::run(const Picture& picture, std::uint64_t picture_version, const Settings& settings,
                              const device::LaunchOptions& options) {
  const Size size{picture.width, picture.height, picture.planes};
  if (auto fine = check(settings, size); !fine) return tl::unexpected(fine.error());
  if (picture.pixels.size() * sizeof(float) != float_bytes(size)) {
    return base::fail(fmt::format("a picture of {} x {} with {} planes has {} numbers; this one has {}", size.width,
                                  size.height, size.planes, float_bytes(size) / sizeof(float), picture.pixels.size()));
  }
  if (auto ready = impl_->prepare(plan_of(settings, size)); !ready) {
    impl_->forget();
    return tl::unexpected(ready.error());
  }
  if (picture_version == 0 || picture_version != impl_->picture_version) {
    impl_->picture_version = 0;
    if (auto done = impl_->device.write(impl_->buffers.front(), bytes_in(picture.pixels)); !done) {
      return tl::unexpected(done.error());
    }
    impl_->picture_version = picture_version;
  }
  device::LaunchOptions own = options;
  own.counters = options.counters && counts_itself(impl_->device);
  const auto report = impl_->sequence->run(own);
  if (!report) return tl::unexpected(report.error());
  if (report->fault) {
    return base::fail(report->fault->message, {report->fault->file, report->fault->line, report->fault->column});
  }
  Run run;
  run.sizes = impl_->plan.sizes;
  for (const PlannedLaunch& launch : impl_->plan.launches) run.launches.push_back(launch.info);
  run.seconds = report->seconds;
  run.stopped = report->stopped;
  if (own.counters) run.counts = counts_of(*report);
  run.input = impl_->buffers.front();
  for (const int buffer : impl_->plan.outputs) run.outputs.push_back(impl_->buffers[static_cast<std::size_t>(buffer)]);
  return run;
}

base::Result<Picture> Engine::read(const Run& run, int stage) const {
  const auto at = static_cast<std::size_t>(stage);
  if (stage < 0 || at >= run.outputs.size()) {
    return base::fail(fmt::format("there is no stage {}; the run has stages 0 to {}", stage, run.outputs.size() - 1));
  }
  const Size size = run.sizes[at];
  Picture picture{size.width, size.height, size.planes, {}};
  picture.pixels.resize(float_bytes(size) / sizeof(float));
  const std::span into(reinterpret_cast<std::uint8_t*>(picture.pixels.data()), float_bytes(size));
  if (auto done = impl_->device.read(run.outputs[at], into); !done) return tl::unexpected(done.error());
  return picture;
}

base::Result<std::vector<std::uint32_t>> Engine::ran_on(int launch) const {
  const auto at = static_cast<std::size_t>(launch);
  std::vector<std::uint32_t> multiprocessors;
  if (launch < 0 || at >= impl_->places.size()) return multiprocessors;
  multiprocessors.resize(impl_->plan.launches[at].info.grid.count());
  const std::span into(reinterpret_cast<std::uint8_t*>(multiprocessors.data()),
                       multiprocessors.size() * sizeof(std::uint32_t));
  if (auto done = impl_->device.read(impl_->places[at], into); !done) return tl::unexpected(done.error());
  return multiprocessors;
}

base::Result<Counts> Engine::count(const Picture& picture, const Settings& settings,
                                   const device::LaunchOptions& options) {
  Engine* engine = this;
  if (!counts_itself(impl_->device)) {
    if (impl_->counting_engine == nullptr) {
      impl_->counting_device = std::make_unique<device::VirtualDevice>();
      auto created = create(*impl_->counting_device);
      if (!created) return tl::unexpected(created.error());
      impl_->counting_engine = std::make_unique<Engine>(std::move(*created));
    }
    engine = impl_->counting_engine.get();
  }
  device::LaunchOptions counting = options;
  counting.counters = true;
  const auto run = engine->run(picture, 0, settings, counting);
  if (!run) return tl::unexpected(run.error());
  if (run->stopped) return base::fail("the count was stopped half way");
  return *run->counts;
}

const std::vector<Picture>& Engine::expected(const Picture& picture, const std::vector<Stage>& chain) {
  Impl& own = *impl_;
  const bool same = own.expected_of.width == picture.width && own.expected_of.height == picture.height &&
                    own.expected_of.planes == picture.planes && own.expected_of.pixels == picture.pixels &&
                    own.expected_chain == chain && !own.expected.empty();
  if (!same) {
    own.expected = reference(picture, chain);
    own.expected_of = picture;
    own.expected_chain = chain;
  }
  return own.expected;
}

}  // namespace warpscope::convolution

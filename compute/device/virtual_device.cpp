#include "compute/device/virtual_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "compute/device/watch.h"

namespace warpscope::device {

std::string VirtualDevice::name() const {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return fmt::format("Virtual GPU on {} core{}", cores, cores == 1 ? "" : "s");
}

base::Result<Address> VirtualDevice::allocate(std::uint64_t size_bytes, std::string name) {
  return memory_.allocate(size_bytes, vgpu::AllocationKind::kBuffer, std::move(name));
}

base::Result<void> VirtualDevice::free(Address address) {
  return memory_.free(address);
}

base::Result<void> VirtualDevice::write(Address address, std::span<const std::uint8_t> bytes) {
  return memory_.write(address, bytes);
}

base::Result<void> VirtualDevice::read(Address address, std::span<std::uint8_t> into) const {
  return memory_.read(address, into);
}

base::Result<Address> VirtualDevice::add_texture(vgpu::Texture texture) {
  return textures_.add(std::move(texture));
}

base::Result<std::vector<std::uint8_t>> VirtualDevice::texels(Address texture) const {
  const vgpu::Texture* found = textures_.find(texture);
  if (found == nullptr) return base::fail(fmt::format("0x{:x} is no texture of this device", texture));
  return found->texels;
}

base::Result<void> VirtualDevice::copy(Address to, Address from, std::uint64_t size_bytes) {
  std::vector<std::uint8_t> bytes(size_bytes);
  // Reading the place first tells whether all of it is there: a write would begin and then fail.
  return memory_.read(to, bytes).and_then([&] { return memory_.read(from, bytes); }).and_then([&] {
    return memory_.write(to, bytes);
  });
}

tl::expected<void, std::vector<base::Error>> VirtualDevice::load_all(
    std::vector<std::shared_ptr<const ptx::Module>> modules) {
  if (auto unique = check_names(modules); !unique) return tl::unexpected(std::vector{unique.error()});
  std::vector<std::shared_ptr<const vgpu::Program>> loaded;
  for (auto& module : modules) {
    auto program = vgpu::Program::load(std::move(module), memory_);
    if (!program) {
      for (const auto& done : loaded) free_variables(*done);
      return tl::unexpected(std::move(program.error()));
    }
    loaded.push_back(std::move(*program));
  }
  for (const auto& before : programs_) free_variables(*before);
  programs_ = std::move(loaded);
  return {};
}

void VirtualDevice::free_variables(const vgpu::Program& program) {
  const std::vector<ptx::Variable>& variables = program.module->variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const ptx::Space space = variables[i].space;
    // One that was never allocated (an extern one) is none of ours: nothing happens.
    if (space == ptx::Space::kConst || space == ptx::Space::kGlobal) {
      (void)memory_.free(program.variable_addresses[i]);
    }
  }
}

base::Result<void> VirtualDevice::set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) {
  std::vector<const ptx::Module*> modules;
  for (const auto& program : programs_) modules.push_back(program->module.get());
  const auto found = check_symbol(modules, name, bytes.size());
  if (!found) return tl::unexpected(found.error());
  const vgpu::Program& program = *programs_[found->module];
  const auto index = static_cast<std::size_t>(found->variable - program.module->variables.data());
  return memory_.write(program.variable_addresses[index], bytes);
}

base::Result<std::shared_ptr<const vgpu::Program>> VirtualDevice::program_of(const LaunchRequest& request) const {
  if (programs_.empty()) return base::fail("no module is loaded");
  std::vector<const ptx::Module*> modules;
  for (const auto& program : programs_) modules.push_back(program->module.get());
  const auto found = check_request(modules, request);
  if (!found) return tl::unexpected(found.error());
  return programs_[found->module];
}

base::Result<vgpu::Launch> VirtualDevice::prepare(const LaunchRequest& request) const {
  const auto program = program_of(request);
  if (!program) return tl::unexpected(program.error());
  vgpu::Launch launch;
  launch.function = (*program)->find_function(request.kernel);
  const vgpu::FunctionCode& code = (*program)->functions[static_cast<std::size_t>(launch.function)];
  launch.grid = request.grid;
  launch.block = request.block;
  launch.dynamic_shared_bytes = request.dynamic_shared_bytes;
  launch.schedule = request.schedule;
  launch.parameters.resize(code.parameter_bytes);
  for (std::size_t i = 0; i < request.arguments.size(); ++i) {
    std::copy(request.arguments[i].begin(), request.arguments[i].end(),
              launch.parameters.begin() + code.parameter_offsets[i]);
  }
  if (auto fine = vgpu::check_launch(**program, launch); !fine) return tl::unexpected(fine.error());
  return launch;
}

base::Result<LaunchReport> VirtualDevice::launch(const LaunchRequest& request, const LaunchOptions& options) {
  const auto program = program_of(request);
  if (!program) return tl::unexpected(program.error());
  const auto launch = prepare(request);
  if (!launch) return tl::unexpected(launch.error());
  const Watch watch(options.checks, options.counters);
  vgpu::RunOptions run;
  run.observers = watch.observers();
  run.threads = options.threads;
  run.max_steps = options.max_steps;
  run.stop = options.stop;
  vgpu::RunReport done = vgpu::run(*program, *launch, memory_, textures_, run);
  if (!watch.marks_written()) memory_.assume_all_written();
  LaunchReport report;
  report.seconds = done.seconds;
  report.stopped = done.stopped;
  report.warp_instructions = done.warp_instructions;
  report.thread_instructions = done.thread_instructions;
  report.fault = std::move(done.fault);
  report.printed = std::move(done.printed);
  report.findings = watch.findings();
  if (watch.counters() != nullptr) {
    report.lines = watch.counters()->lines(vgpu::SourceMap(**program));
    report.totals = watch.counters()->total();
  }
  return report;
}

namespace {

class VirtualSequence final : public Sequence {
 public:
  VirtualSequence(VirtualDevice& device, std::vector<LaunchRequest> launches)
      : device_(device), launches_(std::move(launches)) {}

  base::Result<SequenceReport> run_times(int times, const LaunchOptions& options) override {
    SequenceReport all;
    for (int i = 0; i < times; ++i) {
      all.launches.clear();
      for (const LaunchRequest& request : launches_) {
        auto report = device_.launch(request, options);
        if (!report) return tl::unexpected(report.error());
        all.seconds += report->seconds;
        all.stopped = report->stopped;
        all.fault = report->fault;
        all.launches.push_back(std::move(*report));
        if (all.stopped || all.fault) return all;
      }
    }
    return all;
  }

  // The host's own threads are the device: there is nobody to work meanwhile.
  base::Result<void> start(int times, const LaunchOptions& options) override {
    if (begun_) return base::fail("this sequence was started before; it has to be finished first");
    begun_.emplace(times, options);
    return {};
  }
  base::Result<SequenceReport> finish() override {
    if (!begun_) return base::fail("this sequence was not started");
    const auto [times, options] = *std::exchange(begun_, std::nullopt);
    return run_times(times, options);
  }

 private:
  VirtualDevice& device_;
  std::vector<LaunchRequest> launches_;
  std::optional<std::pair<int, LaunchOptions>> begun_;
};

}  // namespace

base::Result<std::unique_ptr<Sequence>> VirtualDevice::record(std::vector<LaunchRequest> launches) {
  for (const LaunchRequest& request : launches) {
    if (const auto fine = prepare(request); !fine) return tl::unexpected(fine.error());
  }
  return std::make_unique<VirtualSequence>(*this, std::move(launches));
}

}  // namespace warpscope::device

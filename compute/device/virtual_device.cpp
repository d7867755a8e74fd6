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

tl::expected<void, std::vector<base::Error>> VirtualDevice::load(std::shared_ptr<const ptx::Module> module) {
  auto program = vgpu::Program::load(std::move(module), memory_);
  if (!program) return tl::unexpected(std::move(program.error()));
  free_variables();
  program_ = std::move(*program);
  return {};
}

void VirtualDevice::free_variables() {
  if (program_ == nullptr) return;
  const std::vector<ptx::Variable>& variables = program_->module->variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const ptx::Space space = variables[i].space;
    // One that was never allocated (an extern one) is none of ours: nothing happens.
    if (space == ptx::Space::kConst || space == ptx::Space::kGlobal) {
      (void)memory_.free(program_->variable_addresses[i]);
    }
  }
}

base::Result<void> VirtualDevice::set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) {
  const ptx::Module* module = program_ != nullptr ? program_->module.get() : nullptr;
  const auto variable = check_symbol(module, name, bytes.size());
  if (!variable) return tl::unexpected(variable.error());
  const auto index = static_cast<std::size_t>(*variable - module->variables.data());
  return memory_.write(program_->variable_addresses[index], bytes);
}

base::Result<vgpu::Launch> VirtualDevice::prepare(const LaunchRequest& request) const {
  if (program_ == nullptr) return base::fail("no module is loaded");
  if (const auto fine = check_request(*program_->module, request); !fine) return tl::unexpected(fine.error());
  vgpu::Launch launch;
  launch.function = program_->find_function(request.kernel);
  const vgpu::FunctionCode& code = program_->functions[static_cast<std::size_t>(launch.function)];
  launch.grid = request.grid;
  launch.block = request.block;
  launch.dynamic_shared_bytes = request.dynamic_shared_bytes;
  launch.schedule = request.schedule;
  launch.parameters.resize(code.parameter_bytes);
  for (std::size_t i = 0; i < request.arguments.size(); ++i) {
    std::copy(request.arguments[i].begin(), request.arguments[i].end(),
              launch.parameters.begin() + code.parameter_offsets[i]);
  }
  if (auto fine = vgpu::check_launch(*program_, launch); !fine) return tl::unexpected(fine.error());
  return launch;
}

base::Result<LaunchReport> VirtualDevice::launch(const LaunchRequest& request, const LaunchOptions& options) {
  const auto launch = prepare(request);
  if (!launch) return tl::unexpected(launch.error());
  const Watch watch(options.checks, options.counters);
  vgpu::RunOptions run;
  run.observers = watch.observers();
  run.threads = options.threads;
  run.max_steps = options.max_steps;
  run.stop = options.stop;
  vgpu::RunReport done = vgpu::run(program_, *launch, memory_, textures_, run);
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
    report.lines = watch.counters()->lines(vgpu::SourceMap(*program_));
    report.totals = watch.counters()->total();
  }
  return report;
}

namespace {

class VirtualSequence final : public Sequence {
 public:
  VirtualSequence(VirtualDevice& device, std::vector<LaunchRequest> launches)
      : device_(device), launches_(std::move(launches)) {}

  base::Result<SequenceReport> run(const LaunchOptions& options) override {
    SequenceReport all;
    for (const LaunchRequest& request : launches_) {
      auto report = device_.launch(request, options);
      if (!report) return tl::unexpected(report.error());
      all.seconds += report->seconds;
      all.stopped = report->stopped;
      all.fault = report->fault;
      all.launches.push_back(std::move(*report));
      if (all.stopped || all.fault) break;
    }
    return all;
  }

 private:
  VirtualDevice& device_;
  std::vector<LaunchRequest> launches_;
};

}  // namespace

base::Result<std::unique_ptr<Sequence>> VirtualDevice::record(std::vector<LaunchRequest> launches) {
  for (const LaunchRequest& request : launches) {
    if (const auto fine = prepare(request); !fine) return tl::unexpected(fine.error());
  }
  return std::make_unique<VirtualSequence>(*this, std::move(launches));
}

}  // namespace warpscope::device

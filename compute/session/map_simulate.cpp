#include "compute/session/map_simulate.h"

#include <fmt/format.h>

#include <filesystem>

#include "compute/session/place_arguments.h"

namespace warpscope::session {

base::Result<std::shared_ptr<const MapInputs>> place_map_inputs(const MapCode& code) {
  auto inputs = std::make_shared<MapInputs>();
  if (auto loaded = inputs->device.load(code.module); !loaded) return tl::unexpected(loaded.error().front());
  if (auto done = set_symbols(inputs->device, code.launch.symbols); !done) return tl::unexpected(done.error());
  std::vector<std::string> specs;
  for (const StepArgument& argument : code.launch.arguments) specs.push_back(argument.spec);
  auto placed = place_arguments(inputs->device, specs);
  if (!placed) return tl::unexpected(placed.error());
  for (PlacedArgument& argument : *placed) inputs->arguments.push_back(std::move(argument.bytes));
  return inputs;
}

timing::SimulateOptions simulate_options(const MapPlan& plan) {
  timing::SimulateOptions options;
  options.gpu = plan.gpu;
  options.registers_per_thread = plan.registers.count;
  options.carveout_percent = plan.settings.carveout_percent;
  options.policy = plan.settings.policy;
  options.cold_caches = plan.settings.cold_caches;
  return options;
}

device::LaunchRequest launch_request(const MapPlan& plan, std::vector<std::vector<std::uint8_t>> arguments) {
  const auto dynamic = static_cast<std::uint32_t>(plan.dynamic_shared + plan.added_shared);
  return {plan.kernel, plan.grid, plan.block, dynamic, std::move(arguments), {}};
}

base::Result<timing::SimulateResult> simulate_map(const MapPlan& plan, const MapInputs& inputs,
                                                  const timing::SimulateOptions& options) {
  auto launch = inputs.device.prepare(launch_request(plan, inputs.arguments));
  if (!launch) return tl::unexpected(launch.error());
  vgpu::GlobalMemory memory = inputs.device.memory();
  vgpu::TextureTable textures = inputs.device.textures();
  return timing::simulate(inputs.device.program(), std::move(*launch), memory, textures, options);
}

std::string fault_text(const vgpu::Fault& fault) {
  const std::string place =
      fault.line > 0 ? fmt::format("{}:{}: ", std::filesystem::path(fault.file).filename().string(), fault.line) : "";
  return fmt::format("{}{} (block {}, thread {})", place, fault.message, fault.block, fault.thread);
}

}  // namespace warpscope::session

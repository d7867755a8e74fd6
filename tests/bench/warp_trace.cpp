// What tracing the warps of a kernel costs: the launches of the SM map without and with it, on the virtual GPU (one
// core) and by the cycle model on a GeForce RTX 3060. On a real GPU tools/gpu-check says.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

#include "compute/base/paths.h"
#include "compute/device/virtual_device.h"
#include "compute/device/warp_trace.h"
#include "compute/gpu/gpu.h"
#include "compute/kernels/map_kernels.h"
#include "compute/kernels/register_table.h"
#include "compute/ptx/parser.h"
#include "compute/session/place_arguments.h"
#include "compute/timing/simulate.h"

namespace warpscope {
namespace {

struct Cost {
  double instructions = 0;  // of warps, with tracing, as a multiple of those without
  double added = 0;         // for each warp
  double seconds = 0;       // likewise a multiple
  double cycles = 0;        // of the model, likewise
};

using Prepare = std::function<base::Result<void>(device::Device&)>;

base::Result<std::shared_ptr<const ptx::Module>> module_of(const kernels::Kernel& kernel) {
  const auto path = base::find_asset(kernels::ptx_asset(kernel, kernels::Flavour::kOptimised));
  if (!path) return tl::unexpected(path.error());
  std::ifstream in(*path, std::ios::binary);
  auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), path->string());
  if (!module) return tl::unexpected(module.error().front());
  return std::make_shared<const ptx::Module>(std::move(*module));
}

// Of the module that is loaded, with its arguments and symbols in place.
base::Result<double> modelled_cycles(const device::VirtualDevice& device, const device::LaunchRequest& request,
                                     const gpu::Gpu& gpu, int registers) {
  auto launch = device.prepare(request);
  if (!launch) return tl::unexpected(launch.error());
  vgpu::GlobalMemory memory = device.memory();
  vgpu::TextureTable textures = device.textures();
  timing::SimulateOptions options;
  options.gpu = gpu;
  options.registers_per_thread = registers;
  options.cold_caches = false;
  options.close_sms.clear();
  options.most_segments = 0;
  const auto result = timing::simulate(device.program(), std::move(*launch), memory, textures, options);
  if (!result) return tl::unexpected(result.error());
  return static_cast<double>(result->timeline.cycles);
}

// A multiple of what the kernel takes without tracing.
base::Result<double> modelled(const kernels::MapKernel& map, const std::shared_ptr<const ptx::Module>& module,
                              device::VirtualDevice& device, const device::LaunchRequest& request,
                              const Prepare& prepare, const gpu::Gpu& gpu) {
  const auto shipped = kernels::shipped_resources(map.entry, gpu.capability.number());
  const int registers = shipped ? shipped->registers : 32;
  const auto traced = ptx::add_warp_trace(*module, map.entry);
  if (!traced) return tl::unexpected(traced.error());
  const std::uint64_t bytes =
      map.kernel.grid.count() * ptx::warps_of_block(map.kernel.block) * sizeof(ptx::WarpTraceRecord);
  const auto records = device.allocate(bytes, "warp records");
  if (!records) return tl::unexpected(records.error());
  std::uint8_t address[sizeof *records];
  std::memcpy(address, &*records, sizeof address);
  double cycles[2] = {};
  for (const bool with : {false, true}) {
    if (auto loaded = device.load(with ? *traced : module); !loaded) return tl::unexpected(loaded.error().front());
    if (auto set = prepare(device); !set) return tl::unexpected(set.error());
    if (with) {
      if (auto set = device.set_symbol(ptx::kWarpTraceVariable, address); !set) return tl::unexpected(set.error());
    }
    const auto took = modelled_cycles(device, request, gpu, registers);
    if (!took) return took;
    cycles[with ? 1 : 0] = *took;
  }
  return cycles[1] / cycles[0];
}

base::Result<Cost> measure(const kernels::MapKernel& map, const gpu::Gpu& gpu) {
  const auto module = module_of(map.kernel);
  if (!module) return tl::unexpected(module.error());
  device::VirtualDevice device;
  std::vector<std::string> specs;
  for (const kernels::NamedInput& argument : map.kernel.arguments) specs.emplace_back(argument.spec);
  const auto placed = session::place_arguments(device, specs);
  if (!placed) return tl::unexpected(placed.error());
  device::LaunchRequest request{
      std::string(map.entry), map.kernel.grid, map.kernel.block, map.kernel.shared_bytes, {}, {}};
  for (const session::PlacedArgument& argument : *placed) request.arguments.push_back(argument.bytes);
  const auto set_symbols = [&](device::Device& on) -> base::Result<void> {
    for (const kernels::NamedInput& symbol : map.kernel.symbols) {
      const auto contents = kernels::parse_argument(symbol.spec);
      if (!contents) return tl::unexpected(contents.error());
      if (auto set = on.set_symbol(symbol.name, contents->bytes); !set) return set;
    }
    return {};
  };
  device::LaunchOptions one_core;
  one_core.threads = 1;
  if (auto loaded = device.load(*module); !loaded) return tl::unexpected(loaded.error().front());
  if (auto set = set_symbols(device); !set) return tl::unexpected(set.error());
  const auto plain = device.launch(request, one_core);
  if (!plain) return tl::unexpected(plain.error());
  const auto traced =
      device::trace_warps(device, *module, request, {.launch = one_core, .measure_overhead = true}, set_symbols);
  if (!traced) return tl::unexpected(traced.error());
  const auto before = static_cast<double>(plain->warp_instructions),
             after = static_cast<double>(traced->report.warp_instructions);
  const auto cycles = modelled(map, *module, device, request, set_symbols, gpu);
  if (!cycles) return tl::unexpected(cycles.error());
  return Cost{after / before, (after - before) / static_cast<double>(traced->records.size()),
              traced->traced_seconds / traced->plain_seconds, *cycles};
}

int run() {
  const auto gpus = gpu::read_gpus();
  const auto gpu = gpus ? gpu::find_gpu(*gpus, "GeForce RTX 3060") : tl::unexpected(gpus.error());
  if (!gpu) return fmt::print(stderr, "{}\n", gpu.error().text()), 1;
  fmt::print("{:<22} {:>7} {:>13} {:>18} {:>8} {:>14}\n", "kernel", "blocks", "added a warp", "warp instructions",
             "time", "cycles (model)");
  double time = 1, cycles = 1;
  for (const kernels::MapKernel& map : kernels::map_kernels()) {
    const auto cost = measure(map, *gpu);
    if (!cost) return fmt::print(stderr, "{}: {}\n", map.kernel.name, cost.error().text()), 1;
    time *= cost->seconds;
    cycles *= cost->cycles;
    fmt::print("{:<22} {:>7} {:>13.1f} {:>16.2f} x {:>6.2f} x {:>12.2f} x\n", map.kernel.name, map.kernel.grid.count(),
               cost->added, cost->instructions, cost->seconds, cost->cycles);
  }
  const double part = 1.0 / static_cast<double>(kernels::map_kernels().size());
  fmt::print("geometric mean: time {:.2f} x, cycles (model) {:.2f} x\n", std::pow(time, part), std::pow(cycles, part));
  return 0;
}

}  // namespace
}  // namespace warpscope

int main() {
  return warpscope::run();
}

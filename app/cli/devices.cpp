// warpscope-cli devices: what was found and, for what was not, why.
#include "compute/training/devices.h"

#include <fmt/format.h>

#include <memory>

#include "app/cli/command.h"

namespace warpscope::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kRunsKernels = "runs kernels (exec), trains networks (train)";

bool is_used(const cuda::Gpu& gpu) {
  return gpu.compute_capability() >= cuda::kLeastComputeCapability;
}

std::string use_of(const cuda::Gpu& gpu) {
  if (is_used(gpu)) return std::string(kRunsKernels);
  return fmt::format("not used: kernels need compute capability {}.{} or newer", cuda::kLeastComputeCapability / 10,
                     cuda::kLeastComputeCapability % 10);
}

int list_devices(bool json) {
  const training::CpuDevice cpu = training::find_cpu();
  const training::CudaSearch cuda = training::find_cuda();
  if (json) {
    ordered_json found = ordered_json::array();
    ordered_json missing = ordered_json::array();
    found.push_back({{"kind", "cpu"},
                     {"name", cpu.name},
                     {"cores", cpu.cores},
                     {"instructions", cpu.instructions},
                     {"trains", true}});
    for (const cuda::Gpu& gpu : cuda.gpus) {
      found.push_back({{"kind", "cuda"},
                       {"name", gpu.name},
                       {"compute_capability", fmt::format("{}.{}", gpu.compute_major, gpu.compute_minor)},
                       {"memory_bytes", gpu.memory_bytes},
                       {"trains", is_used(gpu)},
                       {"why", use_of(gpu)}});
    }
    if (cuda.gpus.empty()) missing.push_back({{"kind", "cuda"}, {"why", cuda.why_none}});
    found.push_back(
        {{"kind", "virtual"}, {"name", "Virtual GPU"}, {"cores", cpu.cores}, {"trains", true}, {"why", kRunsKernels}});
    print_json(ordered_json{{"devices", found}, {"missing", missing}});
    return kDone;
  }
  print_line(fmt::format("cpu      {}, {} cores, {}", cpu.name, cpu.cores, cpu.instructions));
  for (const cuda::Gpu& gpu : cuda.gpus) {
    print_line(fmt::format("cuda     {}, compute capability {}.{}, {:.1f} GiB: {}", gpu.name, gpu.compute_major,
                           gpu.compute_minor, static_cast<double>(gpu.memory_bytes) / (1U << 30U), use_of(gpu)));
  }
  if (cuda.gpus.empty()) print_line(fmt::format("cuda     not there: {}", cuda.why_none));
  print_line(fmt::format("virtual  Virtual GPU on {} cores: {}", cpu.cores, kRunsKernels));
  return kDone;
}

}  // namespace

void add_devices(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("devices", "what was found to compute with and, for what was not, why");
  const auto json = std::make_shared<bool>(false);
  add_json_option(*command, *json);
  command->callback([json, &exit_code] { exit_code = list_devices(*json); });
}

}  // namespace warpscope::cli

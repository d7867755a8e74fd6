// warpscope-cli occupancy: how many blocks an SM holds, what limits it, and what would change it.
#include "compute/gpu/occupancy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/launch_options.h"
#include "compute/kernels/catalogue.h"
#include "compute/kernels/register_table.h"

namespace warpscope::cli {
namespace {

using base::Result;
using nlohmann::ordered_json;

// As it is written.
struct Request {
  std::string gpu, capability, block, grid, kernel;
  std::optional<int> registers;
  std::optional<std::uint64_t> shared;
  int carveout = -1;
  bool json = false, list = false;
};

// What is asked, all of it known.
struct Case {
  std::optional<gpu::Gpu> gpu;  // empty where only the capability is said
  const gpu::SmLimits* limits = nullptr;
  gpu::KernelUse use;
  std::optional<std::uint64_t> grid_blocks;
};

int list_gpus(const std::vector<gpu::Gpu>& gpus, bool json) {
  ordered_json all = ordered_json::array();
  for (const gpu::Gpu& each : gpus) {
    if (json) {
      all.push_back({{"name", each.name},
                     {"kind", each.kind},
                     {"architecture", each.architecture},
                     {"chip", each.chip},
                     {"year", each.year},
                     {"compute_capability", text_of(each.capability)},
                     {"sms", each.sms()},
                     {"clock_mhz", each.clock_mhz},
                     {"memory_gib", each.memory_gib},
                     {"bandwidth_gbs", each.bandwidth_gbs},
                     {"l2_mib", each.l2_mib},
                     {"l1_kib", each.l1_kib},
                     {"sources", each.sources}});
    } else {
      print_line(fmt::format("{:<35} {:>4}  {:<12} {:>3} SMs {:>5} MHz {:>5} GB/s  {}", each.name,
                             text_of(each.capability), each.architecture, each.sms(), each.clock_mhz,
                             std::lround(each.bandwidth_gbs), each.kind));
    }
  }
  if (json) print_json(all);
  return kDone;
}

Result<void> choose_gpu(const Request& request, const std::vector<gpu::Gpu>& gpus, Case& asked) {
  gpu::ComputeCapability capability;
  if (!request.gpu.empty()) {
    auto found = find_gpu(gpus, request.gpu);
    if (!found) return tl::unexpected(found.error());
    capability = found->capability;
    asked.gpu = std::move(*found);
  } else if (!request.capability.empty()) {
    const auto parsed = gpu::parse_capability(request.capability);
    if (!parsed) return base::fail("--cc: " + parsed.error().text());
    capability = *parsed;
  } else {
    return base::fail("--gpu NAME or --cc X.Y is needed; --list-gpus lists the GPUs that are known");
  }
  asked.limits = gpu::find_limits(capability);
  if (asked.limits != nullptr) return {};
  std::vector<std::string> known;
  for (const gpu::SmLimits& limits : gpu::all_limits()) known.push_back(text_of(limits.capability));
  return base::fail(fmt::format("--cc {}: known are {}", request.capability, fmt::join(known, ", ")));
}

// What a shipped kernel takes, as far as nothing else was said.
Result<void> fill_from_kernel(Request& request, Case& asked) {
  const kernels::Kernel* const kernel = kernels::find_kernel(request.kernel);
  if (kernel == nullptr) {
    std::vector<std::string_view> names;
    for (const kernels::Kernel& each : kernels::catalogue()) names.push_back(each.name);
    return base::fail(fmt::format("--kernel {}: no kernel of ours is called so; there are: {}", request.kernel,
                                  fmt::join(names, ", ")));
  }
  const auto resources = kernels::shipped_resources(kernel->name, asked.limits->capability.number());
  if (resources) asked.use.static_shared = resources->static_shared_bytes;
  if (!resources && !request.registers)
    return base::fail(fmt::format(
        "the registers of {} on compute capability {} are not known: ptxas 13 compiles it for {}.{} "
        "and newer. Say them with --regs",
        kernel->name, text_of(asked.limits->capability), kernel->architecture / 10, kernel->architecture % 10));
  if (!request.registers) request.registers = resources->registers;
  if (!request.shared) request.shared = kernel->shared_bytes;
  if (request.block.empty()) request.block = std::to_string(kernel->block.count());
  return {};
}

Result<void> fill_use(const Request& request, Case& asked) {
  if (request.block.empty()) return base::fail("--block N, the threads of a block, is needed");
  if (!request.registers) return base::fail("--regs N, the registers of a thread, is needed, or --kernel NAME");
  const auto block = parse_size("--block", request.block);
  if (!block) return tl::unexpected(block.error());
  constexpr std::uint64_t kMost = std::numeric_limits<int>::max();
  asked.use.block_threads = static_cast<int>(std::min<std::uint64_t>(block->count(), kMost));
  asked.use.registers_per_thread = *request.registers;
  asked.use.dynamic_shared = request.shared.value_or(0);
  asked.use.carveout_percent = request.carveout;
  if (request.grid.empty()) return {};
  if (!asked.gpu) return base::fail("--grid: waves need the number of SMs; name a GPU with --gpu instead of --cc");
  const auto grid = parse_size("--grid", request.grid);
  if (!grid) return tl::unexpected(grid.error());
  asked.grid_blocks = grid->count();
  return {};
}

Result<Case> complete(Request& request, const std::vector<gpu::Gpu>& gpus) {
  Case asked;
  if (const auto chosen = choose_gpu(request, gpus, asked); !chosen) return tl::unexpected(chosen.error());
  if (!request.kernel.empty())
    if (const auto filled = fill_from_kernel(request, asked); !filled) return tl::unexpected(filled.error());
  if (const auto filled = fill_use(request, asked); !filled) return tl::unexpected(filled.error());
  return asked;
}

// One resource: what it is called, how many blocks it allows, and of what.
struct Limit {
  gpu::Limiter limiter;
  int blocks;
  std::string of;
};

std::vector<Limit> limits_of(const Case& asked, const gpu::Occupancy& found) {
  return {{gpu::kByWarps, found.by_warps,
           fmt::format("a block has {} of the SM's {}", found.warps_per_block, asked.limits->warps)},
          {gpu::kByRegisters, found.by_registers,
           fmt::format("a block is given {} of {}", found.registers_per_block, asked.limits->registers)},
          {gpu::kByShared, found.by_shared,
           fmt::format("a block is given {} of {} bytes", found.shared_per_block, found.shared_per_sm)},
          {gpu::kByBlocks, found.by_blocks, "at a time, however small"}};
}

std::optional<double> waves_of(const Case& asked, const gpu::Occupancy& found) {
  if (!asked.grid_blocks) return {};
  return gpu::waves(*asked.grid_blocks, asked.gpu->sms(), found);
}

ordered_json json_of(const Case& asked, const gpu::Occupancy& found) {
  const gpu::KernelUse& use = asked.use;
  ordered_json limits = ordered_json::object(), limiters = ordered_json::array();
  for (const Limit& limit : limits_of(asked, found)) {
    const std::string name = gpu::text_of_limiters(limit.limiter);
    limits[name] = limit.blocks == gpu::kUnlimited ? ordered_json() : ordered_json(limit.blocks);
    if ((found.limiters & limit.limiter) != 0) limiters.push_back(name);
  }
  ordered_json all;
  if (asked.gpu) all["gpu"] = asked.gpu->name;
  all.update(ordered_json{{"compute_capability", text_of(asked.limits->capability)},
                          {"block_threads", use.block_threads},
                          {"registers_per_thread", use.registers_per_thread},
                          {"static_shared_bytes", use.static_shared},
                          {"dynamic_shared_bytes", use.dynamic_shared},
                          {"blocks_per_sm", found.blocks},
                          {"warps_per_sm", found.warps},
                          {"threads_per_sm", found.threads},
                          {"occupancy", found.share},
                          {"limiters", limiters},
                          {"limits", limits},
                          {"warps_per_block", found.warps_per_block},
                          {"registers_per_block", found.registers_per_block},
                          {"shared_bytes_per_block", found.shared_per_block},
                          {"shared_bytes_per_sm", found.shared_per_sm}});
  if (const auto waves = waves_of(asked, found)) all["waves"] = *waves;
  if (const auto better = gpu::suggest(*asked.limits, use)) all["suggestion"] = better->text;
  return all;
}

std::string text_of_blocks(int blocks) {
  return blocks == 1 ? "1 block" : fmt::format("{} blocks", blocks);
}

void print_waves(const Case& asked, double waves) {
  const double tail = waves - std::floor(waves);
  const std::string last = tail > 0 ? fmt::format("the last is {:.0f} % full", 100 * tail) : "the last is full";
  print_line(
      fmt::format("{} blocks are {:.2f} waves over {} SMs; {}", *asked.grid_blocks, waves, asked.gpu->sms(), last));
}

void print(const Case& asked, const gpu::Occupancy& found) {
  const gpu::SmLimits& limits = *asked.limits;
  const std::string capability = "compute capability " + text_of(limits.capability);
  print_line(asked.gpu ? fmt::format("{}, {}, {} SMs", asked.gpu->name, capability, asked.gpu->sms()) : capability);
  print_line(fmt::format("blocks of {} threads, {} registers a thread, {} bytes of shared memory",
                         asked.use.block_threads, asked.use.registers_per_thread,
                         asked.use.static_shared + asked.use.dynamic_shared));
  for (const Limit& limit : limits_of(asked, found)) {
    const std::string blocks = limit.blocks == gpu::kUnlimited ? "no limit" : text_of_blocks(limit.blocks);
    const bool least = (found.limiters & limit.limiter) != 0;
    print_line(
        fmt::format("{} {:<14} {:>10}  {}", least ? '>' : ' ', gpu::text_of_limiters(limit.limiter), blocks, limit.of));
  }
  if (found.blocks == 0)
    print_line(fmt::format("not one block fits: {}", gpu::text_of_limiters(found.limiters)));
  else
    print_line(fmt::format("{} an SM, {} of {} warps: occupancy {:.1f} %, limited by {}", text_of_blocks(found.blocks),
                           found.warps, limits.warps, 100 * found.share, gpu::text_of_limiters(found.limiters)));
  if (const auto waves = waves_of(asked, found); waves && found.blocks > 0) print_waves(asked, *waves);
  if (const auto better = gpu::suggest(limits, asked.use)) print_line(better->text);
}

int run_occupancy(Request request) {
  const auto gpus = gpu::read_gpus();
  if (!gpus) return fail_with(kBadInput, gpus.error());
  if (request.list) return list_gpus(*gpus, request.json);
  const auto asked = complete(request, *gpus);
  if (!asked) return fail_with(kBadInput, asked.error());
  const auto found = gpu::occupancy(*asked->limits, asked->use);
  if (!found) return fail_with(kBadInput, found.error());
  if (request.json)
    print_json(json_of(*asked, *found));
  else
    print(*asked, *found);
  return kDone;
}

}  // namespace

void add_occupancy(CLI::App& app, int& exit_code) {
  CLI::App* const command =
      app.add_subcommand("occupancy", "how many blocks of a kernel an SM holds at a time, and what limits it");
  const auto request = std::make_shared<Request>();
  CLI::Option* const gpu =
      command->add_option("--gpu", request->gpu, "A GPU of the catalogue, by name or a part of it");
  command->add_option("--cc", request->capability, "A compute capability instead, as 8.6")->excludes(gpu);
  command->add_option("--block", request->block, "Threads of a block, as N or X,Y,Z");
  command->add_option("--regs", request->registers, "Registers of a thread, as ptxas -v says");
  command->add_option("--shared", request->shared,
                      "Bytes of shared memory of a block (default: none; with --kernel the dynamic part alone)");
  command
      ->add_option("--carveout", request->carveout,
                   "Percent of the SM's largest shared memory that is preferred (default: the largest)")
      ->check(CLI::Range(0, 100));
  command->add_option("--grid", request->grid, "Blocks of the grid, as N or X,Y,Z: tells the waves; needs --gpu");
  command->add_option("--kernel", request->kernel, "A kernel of ours: its registers, shared memory and block");
  command->add_flag("--list-gpus", request->list, "list the GPUs of the catalogue");
  add_json_option(*command, request->json);
  command->callback([request, &exit_code] { exit_code = run_occupancy(*request); });
}

}  // namespace warpscope::cli

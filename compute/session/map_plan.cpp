#include "compute/session/map_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/session/step_reading.h"

namespace warpscope::session {
namespace {

constexpr std::size_t kKernelsKept = 12;
constexpr int kNewestCapability = 90;  // of CUDA C++ that the virtual GPU executes

int capability_for(const std::optional<gpu::Gpu>& real) {
  return real ? std::min(real->capability.number(), kNewestCapability) : kNewestCapability;
}

// Shared memory of a block that is asked for beyond what the kernel needs.
void take_shared(MapPlan& plan) {
  if (!plan.settings.shared_bytes) return;
  const std::uint64_t needs = plan.static_shared + plan.dynamic_shared;
  if (*plan.settings.shared_bytes >= needs) {
    plan.added_shared = *plan.settings.shared_bytes - needs;
    return;
  }
  plan.shared_note = fmt::format("A block needs {} bytes of shared memory: {} would not be enough, more would do.",
                                 with_commas(needs), with_commas(*plan.settings.shared_bytes));
}

void take_registers(MapPlan& plan, const MapRegisters& own) {
  plan.registers = own;
  plan.registers.of_kernel = own.count;
  if (!plan.settings.registers || *plan.settings.registers == own.count) return;
  plan.registers.count = *plan.settings.registers;
  plan.registers.origin = RegisterOrigin::kChosen;
}

std::string why_no_block_fits(const MapPlan& plan, const gpu::Occupancy& occupancy) {
  if (occupancy.by_registers == 0) {
    return fmt::format(
        "no block fits on an SM of {}: {} threads of {} registers take {} of them, and a block may have {}",
        plan.gpu.name, plan.block.count(), plan.registers.count,
        with_commas(static_cast<std::uint64_t>(occupancy.registers_per_block)),
        with_commas(static_cast<std::uint64_t>(plan.limits->registers_per_block)));
  }
  return fmt::format("no block fits on an SM of {}: it takes {} bytes of shared memory, and an SM has {}",
                     plan.gpu.name, with_commas(occupancy.shared_per_block), with_commas(plan.limits->shared_bytes));
}

void take_occupancy(MapPlan& plan) {
  const gpu::KernelUse use = plan.use();
  plan.by_threads = gpu::curve(*plan.limits, use, gpu::Axis::kBlockThreads);
  plan.by_registers = gpu::curve(*plan.limits, use, gpu::Axis::kRegisters);
  plan.by_shared = gpu::curve(*plan.limits, use, gpu::Axis::kShared);
  const auto occupancy = gpu::occupancy(*plan.limits, use);
  if (!occupancy) {
    plan.problem = occupancy.error().text();
    return;
  }
  if (occupancy->blocks == 0) {
    plan.problem = why_no_block_fits(plan, *occupancy);
    return;
  }
  plan.occupancy = *occupancy;
  plan.waves = gpu::waves(plan.grid.count(), plan.gpu.sms(), *occupancy);
  plan.suggestion = gpu::suggest(*plan.limits, use);
  // What cannot be done is no suggestion.
  const bool another_block = plan.suggestion && plan.suggestion->axis == gpu::Axis::kBlockThreads;
  if (another_block && !plan.block_note.empty()) plan.suggestion.reset();
}

// Limits of a GPU whose own nobody knows are those of the newest before it.
const gpu::SmLimits* limits_of(gpu::ComputeCapability capability) {
  if (const gpu::SmLimits* const limits = gpu::find_limits(capability)) return limits;
  const gpu::SmLimits* nearest = &gpu::all_limits().front();
  for (const gpu::SmLimits& each : gpu::all_limits()) {
    if (each.capability <= capability) nearest = &each;
  }
  return nearest;
}

// What can be said of settings that no plan can be made of.
MapPlan plan_without_code(const MapSettings& settings, const gpu::Gpu& gpu, std::string problem) {
  MapPlan plan;
  plan.settings = settings;
  plan.kernel = plan.title = settings.source.kernel;
  plan.source_name = settings.source.file.filename().string();
  plan.gpu = gpu;
  plan.limits = limits_of(gpu.capability);
  plan.problem = std::move(problem);
  return plan;
}

std::string text_of(const std::optional<base::Dim3>& dim) {
  return dim ? fmt::format("{},{},{}", dim->x, dim->y, dim->z) : "";
}

template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "";
}

}  // namespace

MapPlan make_map_plan(const MapPlanInput& input) {
  MapPlan plan;
  plan.settings = input.settings;
  plan.title = input.code.title;
  plan.kernel = input.code.entry;
  plan.source_name = input.code.source_name;
  plan.shipped = input.code.shipped;
  plan.gpu = input.gpu;
  plan.limits = limits_of(input.gpu.capability);
  MapShape shape = shape_of(input.code, input.settings.grid, input.settings.block_threads);
  plan.grid = shape.grid;
  plan.block = shape.block;
  plan.block_note = std::move(shape.block_note);
  plan.static_shared = input.code.static_shared;
  plan.dynamic_shared = shape.dynamic_shared;
  take_shared(plan);
  take_registers(plan, input.own);
  take_occupancy(plan);
  return plan;
}

std::string identity_of(const MapSettings& settings) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", identity_of(settings.source), settings.gpu,
                     text_of(settings.grid), text_of(settings.block_threads), text_of(settings.registers),
                     text_of(settings.shared_bytes), settings.carveout_percent, static_cast<int>(settings.policy),
                     settings.cold_caches, settings.traced);
}

std::string identity_of(const MapPlan& plan) {
  const MapSettings& settings = plan.settings;
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", identity_of(settings.source), plan.gpu.name,
                     text_of(std::optional(plan.grid)), text_of(std::optional(plan.block)), plan.registers.count,
                     plan.dynamic_shared, plan.added_shared, settings.carveout_percent,
                     static_cast<int>(settings.policy), settings.cold_caches, settings.traced);
}

// ---- The planner

bool MapPlanner::knows(const MapSettings& settings, const std::optional<gpu::Gpu>& real) const {
  const std::string identity = identity_of(settings.source, capability_for(real));
  return std::any_of(known_.begin(), known_.end(), [&](const Known& each) { return each.identity == identity; });
}

base::Result<MapPlanner::Known*> MapPlanner::read(const MapSettings& settings, const std::optional<gpu::Gpu>& real,
                                                  const std::atomic<bool>* stop) {
  const int capability = capability_for(real);
  const std::string identity = identity_of(settings.source, capability);
  const auto found =
      std::find_if(known_.begin(), known_.end(), [&](const Known& each) { return each.identity == identity; });
  if (found != known_.end()) {
    known_.splice(known_.begin(), known_, found);
    return &known_.front();
  }
  auto code = read_map_code(settings.source, capability, stop);
  if (!code) return tl::unexpected(code.error());
  known_.push_front({identity, std::move(*code), {}});
  if (known_.size() > kKernelsKept) known_.pop_back();
  return &known_.front();
}

MapPlanner::Answer MapPlanner::plan(const MapSettings& settings, const std::optional<gpu::Gpu>& real,
                                    const std::atomic<bool>* stop) {
  const auto named = real ? base::Result<gpu::Gpu>(*real) : gpu::find_gpu(gpus_, settings.gpu);
  const gpu::Gpu gpu = named ? *named : gpus_.empty() ? gpu::Gpu{} : gpus_.front();
  if (!named) return {plan_without_code(settings, gpu, named.error().text()), nullptr};
  const auto known = read(settings, real, stop);
  if (!known) return {plan_without_code(settings, gpu, known.error().text()), nullptr};
  auto& registers = (*known)->registers;
  const auto asked =
      std::find_if(registers.begin(), registers.end(), [&](const auto& each) { return each.first == gpu.capability; });
  const MapRegisters own =
      asked != registers.end() ? asked->second : registers_of(*(*known)->code, gpu.capability, stop);
  const bool stopped = stop != nullptr && stop->load();
  if (asked == registers.end() && !stopped) registers.emplace_back(gpu.capability, own);
  return {make_map_plan({settings, *(*known)->code, gpu, own}), (*known)->code};
}

}  // namespace warpscope::session

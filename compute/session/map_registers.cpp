// Where the number of a kernel's registers comes from.
#include <fmt/format.h>

#include "compute/cuda/ptxas.h"
#include "compute/kernels/register_table.h"
#include "compute/ptx/parser.h"
#include "compute/session/map_plan.h"
#include "compute/timing/register_estimate.h"

namespace warpscope::session {
namespace {

std::optional<MapRegisters> from_table(const MapCode& code, gpu::ComputeCapability capability) {
  const auto look = [&](gpu::ComputeCapability asked, RegisterOrigin origin) -> std::optional<MapRegisters> {
    const auto found = kernels::shipped_resources(code.entry, asked.number());
    if (!found) return std::nullopt;
    return MapRegisters{found->registers, found->registers, origin, found->spill_bytes};
  };
  if (auto exact = look(capability, RegisterOrigin::kPtxas)) return exact;
  // The oldest that is newer than this; of a GPU newer than all, the newest.
  std::optional<MapRegisters> before;
  for (const gpu::SmLimits& limits : gpu::all_limits()) {
    auto found = look(limits.capability, RegisterOrigin::kNearest);
    if (found && limits.capability > capability) return found;
    if (found) before = std::move(found);
  }
  return before;
}

// The module's own target may be newer than the GPU: its text says what is compiled for which.
std::optional<MapRegisters> from_ptxas(const MapCode& code, int architecture, RegisterOrigin origin,
                                       const std::atomic<bool>* stop) {
  ptx::Module module = *code.module;
  module.target = fmt::format("sm_{}", architecture);
  module.sections.clear();
  const auto resources = cuda::ptxas_resources(ptx::print(module), architecture, stop);
  if (!resources) return std::nullopt;
  for (const cuda::KernelResources& each : *resources) {
    if (each.kernel != code.entry) continue;
    return MapRegisters{each.registers, each.registers, origin, each.spill_store_bytes + each.spill_load_bytes};
  }
  return std::nullopt;
}

constexpr int kOldestOfPtxas = 75;

}  // namespace

MapRegisters registers_of(const MapCode& code, gpu::ComputeCapability capability, const std::atomic<bool>* stop) {
  if (code.source.file.empty()) {
    if (const auto found = from_table(code, capability)) return *found;
  }
  if (cuda::has_ptxas()) {
    if (const auto told = from_ptxas(code, capability.number(), RegisterOrigin::kPtxas, stop)) return *told;
    const bool too_old = capability.number() < kOldestOfPtxas;
    const auto nearest = too_old ? from_ptxas(code, kOldestOfPtxas, RegisterOrigin::kNearest, stop) : std::nullopt;
    if (nearest) return *nearest;
  }
  const int estimate = timing::estimate_registers(*code.module->find_function(code.entry));
  return {estimate, estimate, RegisterOrigin::kEstimate, 0};
}

}  // namespace warpscope::session

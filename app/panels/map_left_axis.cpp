// What the sliders of the SM map stand for.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"

namespace warpscope::panels {
namespace {

using gpu::Axis;
using session::MapPlan;
using session::MapSettings;

constexpr std::uint64_t kSharedStep = 512;

// The list's own entry of the plan's kernel; null where it is launched by somebody else.
const kernels::MapKernel* listed(const MapPlan& plan) {
  const session::MapSource& source = plan.settings.source;
  return source.launch || !source.file.empty() ? nullptr : kernels::find_map_kernel(source.kernel);
}

std::uint64_t own_threads(const MapPlan& plan) {
  if (const auto* const kernel = listed(plan)) return kernel->kernel.block.count();
  if (plan.settings.source.launch) return plan.settings.source.launch->block.count();
  return plan.settings.block_threads ? 0 : plan.block.count();
}

void take_threads(MapAxis& axis, const MapPlan& plan, const MapSettings& settings) {
  axis.curve = &plan.by_threads;
  axis.low = axis.step = gpu::kWarpSize;
  axis.high = gpu::kMaxBlockThreads;
  axis.own = own_threads(plan);
  axis.value = settings.block_threads ? static_cast<std::uint64_t>(*settings.block_threads) : plan.block.count();
  if (const auto* const kernel = listed(plan)) {
    std::string why;
    for (int threads = gpu::kWarpSize; threads <= gpu::kMaxBlockThreads; threads += gpu::kWarpSize) {
      if (kernels::shape_for(*kernel, threads, why)) axis.legal.push_back(static_cast<std::uint64_t>(threads));
    }
    axis.fixed = axis.legal.size() <= 1;
  } else {
    axis.fixed = !plan.block_note.empty();
  }
  if (axis.fixed) {
    axis.value = plan.block.count();
    axis.legal = {axis.value};
    axis.note = plan.block_note;
  }
}

void take_registers(MapAxis& axis, const MapPlan& plan, const MapSettings& settings) {
  axis.curve = &plan.by_registers;
  axis.low = 16;
  axis.high = 255;
  axis.own = static_cast<std::uint64_t>(plan.registers.of_kernel);
  axis.value = static_cast<std::uint64_t>(settings.registers.value_or(plan.registers.of_kernel));
  axis.least = 1;
}

void take_shared(MapAxis& axis, const MapPlan& plan, const MapSettings& settings) {
  axis.curve = &plan.by_shared;
  axis.step = kSharedStep;
  axis.high = plan.by_shared.empty() ? plan.limits->shared_per_block_optin : plan.by_shared.back().x;
  axis.own = axis.least = plan.static_shared + plan.dynamic_shared;
  axis.value = std::max(axis.least, settings.shared_bytes.value_or(axis.own));
}

}  // namespace

MapAxis map_axis(const MapPlan& plan, const MapSettings& settings, Axis which) {
  MapAxis axis;
  axis.axis = which;
  switch (which) {
    case Axis::kBlockThreads:
      take_threads(axis, plan, settings);
      break;
    case Axis::kRegisters:
      take_registers(axis, plan, settings);
      break;
    case Axis::kShared:
      take_shared(axis, plan, settings);
      break;
  }
  return axis;
}

MapSettings with_axis(const MapAxis& axis, MapSettings settings, std::uint64_t value) {
  const bool own = value == axis.own;
  switch (axis.axis) {
    case Axis::kBlockThreads:
      settings.block_threads = own ? std::nullopt : std::optional(static_cast<int>(value));
      break;
    case Axis::kRegisters:
      settings.registers = own ? std::nullopt : std::optional(static_cast<int>(value));
      break;
    case Axis::kShared:
      settings.shared_bytes = own || value < axis.least ? std::nullopt : std::optional(value);
      break;
  }
  return settings;
}

float part_of(const MapAxis& axis, std::uint64_t value) {
  if (axis.high <= axis.low) return 0;
  const double part =
      (static_cast<double>(value) - static_cast<double>(axis.low)) / static_cast<double>(axis.high - axis.low);
  return static_cast<float>(std::clamp(part, 0.0, 1.0));
}

std::uint64_t value_at(const MapAxis& axis, float part) {
  const double wanted = static_cast<double>(axis.low) +
                        std::clamp(static_cast<double>(part), 0.0, 1.0) * static_cast<double>(axis.high - axis.low);
  if (!axis.legal.empty()) {
    const auto distance = [wanted](std::uint64_t value) { return std::abs(static_cast<double>(value) - wanted); };
    return *std::ranges::min_element(axis.legal, {}, distance);
  }
  const auto steps = std::llround((wanted - static_cast<double>(axis.low)) / static_cast<double>(axis.step));
  const std::uint64_t value = axis.low + static_cast<std::uint64_t>(steps) * axis.step;
  return std::clamp(value, std::max(axis.low, axis.least), std::max(axis.least, axis.high));
}

std::uint64_t next_value(const MapAxis& axis, int by) {
  if (!axis.legal.empty()) {
    if (by > 0) {
      const auto above = std::ranges::upper_bound(axis.legal, axis.value);
      return above == axis.legal.end() ? axis.legal.back() : *above;
    }
    const auto at = std::ranges::lower_bound(axis.legal, axis.value);
    return at == axis.legal.begin() ? axis.legal.front() : *(at - 1);
  }
  // Onto the steps of the line: from 33 threads down to 32, from 600 bytes up to 1024.
  const std::uint64_t below = axis.value / axis.step * axis.step;
  const std::uint64_t least = std::max(axis.least, axis.step);
  if (by > 0) return std::min(std::max(axis.high, axis.value), below + axis.step);
  if (below < axis.value) return std::max(axis.least, below);
  return std::max(axis.axis == Axis::kShared ? axis.least : least, below > axis.step ? below - axis.step : 0);
}

int warps_at(const std::vector<gpu::CurvePoint>& curve, std::uint64_t value) {
  if (curve.empty()) return 0;
  const auto above = std::ranges::lower_bound(curve, value, {}, &gpu::CurvePoint::x);
  if (above == curve.begin()) return above->warps;
  if (above == curve.end()) return curve.back().warps;
  const auto below = above - 1;
  return value - below->x < above->x - value ? below->warps : above->warps;
}

std::string refusal_of_threads(const MapPlan& plan, int threads) {
  if (threads == static_cast<int>(plan.block.count())) return {};
  const auto* const kernel = listed(plan);
  if (kernel == nullptr) return plan.block_note;
  std::string why;
  return kernels::shape_for(*kernel, threads, why) ? std::string() : why;
}

bool can_apply(const MapPlan& plan, const MapSettings& settings, const gpu::Suggestion& suggestion) {
  switch (suggestion.axis) {
    case Axis::kBlockThreads:
      return refusal_of_threads(plan, static_cast<int>(suggestion.to)).empty();
    case Axis::kShared:
      return suggestion.to >= map_axis(plan, settings, Axis::kShared).least;
    case Axis::kRegisters:
      break;
  }
  return true;
}

void apply_suggestion(const Frame& f, const gpu::Suggestion& suggestion) {
  const MapSettings& settings = map_settings(f);
  change_map(f, with_axis(map_axis(*f.map.plan, settings, suggestion.axis), settings, suggestion.to));
}

}  // namespace warpscope::panels

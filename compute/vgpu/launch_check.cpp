#include "compute/vgpu/launch_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace warpscope::vgpu {
namespace {

using base::Dim3;

constexpr std::uint64_t kMaxThreads = 1024;
constexpr std::uint32_t kMaxLocalBytes = 512U << 10;

std::string text_of(const Dim3& d) {
  return fmt::format("{} x {} x {}", d.x, d.y, d.z);
}

base::Result<void> check_sizes(const Launch& launch) {
  const Dim3 b = launch.block, g = launch.grid;
  if (b.count() == 0 || b.x > 1024 || b.y > 1024 || b.z > 64 || b.count() > kMaxThreads) {
    return base::fail(
        fmt::format("a block of {} threads cannot be launched: it has 1 to {} threads, at most 1024 x 1024 x 64",
                    text_of(b), kMaxThreads));
  }
  if (g.x == 0 || g.y == 0 || g.z == 0 || g.x > 0x7fff'ffffU || g.y > 65535 || g.z > 65535) {
    return base::fail(fmt::format(
        "a grid of {} blocks cannot be launched: at most 2147483647 x 65535 x 65535, at least 1", text_of(g)));
  }
  if (launch.first_block > launch.last_block || launch.first_block >= g.count()) {
    return base::fail(fmt::format("blocks {} to {} cannot be run by themselves: the grid has blocks 0 to {}",
                                  launch.first_block, launch.last_block, g.count() - 1));
  }
  return {};
}

base::Result<void> check_bounds(const ptx::Function& function, const Launch& launch) {
  if (function.required_threads && *function.required_threads != launch.block) {
    return base::fail(fmt::format("'{}' must be launched with blocks of {} threads (.reqntid), not {}", function.name,
                                  text_of(*function.required_threads), text_of(launch.block)));
  }
  if (function.max_threads && function.max_threads->count() < launch.block.count()) {
    return base::fail(fmt::format("'{}' was compiled for at most {} threads in a block (.maxntid), not {}",
                                  function.name, function.max_threads->count(), launch.block.count()));
  }
  return {};
}

}  // namespace

std::uint32_t dynamic_shared_base(const Program& program, const FunctionCode& entry) {
  std::uint32_t alignment = 16;
  const auto look = [&](const std::vector<ptx::Variable>& variables) {
    for (const ptx::Variable& v : variables) {
      if (v.space != ptx::Space::kShared || v.size_bytes != 0) continue;
      alignment = std::max(alignment, static_cast<std::uint32_t>(std::clamp(v.align_bytes, 1, 1024)));
    }
  };
  look(program.module->variables);
  look(program.module->functions[static_cast<std::size_t>(entry.source)].variables);
  return (entry.static_shared_bytes + alignment - 1) / alignment * alignment;
}

std::uint32_t shared_bytes(const Program& program, const Launch& launch) {
  const FunctionCode& entry = program.functions[static_cast<std::size_t>(launch.function)];
  if (launch.dynamic_shared_bytes == 0) return entry.static_shared_bytes;
  return dynamic_shared_base(program, entry) + launch.dynamic_shared_bytes;
}

base::Result<void> check_launch(const Program& program, const Launch& launch) {
  if (launch.function < 0 || launch.function >= static_cast<int>(program.functions.size()) ||
      !program.module->functions[static_cast<std::size_t>(launch.function)].is_entry) {
    return base::fail("what is launched must be a kernel (.entry) of the module");
  }
  const FunctionCode& entry = program.functions[static_cast<std::size_t>(launch.function)];
  const ptx::Function& function = program.module->functions[static_cast<std::size_t>(launch.function)];
  if (auto fine = check_sizes(launch); !fine) return fine;
  if (auto fine = check_bounds(function, launch); !fine) return fine;
  if (entry.static_shared_bytes > launch.max_shared_bytes ||
      launch.dynamic_shared_bytes > launch.max_shared_bytes - entry.static_shared_bytes) {
    return base::fail(fmt::format("'{}' needs {} bytes of shared memory and {} dynamic ones; a block may have {}",
                                  function.name, entry.static_shared_bytes, launch.dynamic_shared_bytes,
                                  launch.max_shared_bytes));
  }
  if (launch.parameters.size() != entry.parameter_bytes) {
    return base::fail(fmt::format("the parameters of '{}' take {} bytes, {} were given", function.name,
                                  entry.parameter_bytes, launch.parameters.size()));
  }
  if (entry.local_bytes > kMaxLocalBytes) {
    return base::fail(fmt::format("'{}' needs {} bytes of local memory per thread; a thread may have {}", function.name,
                                  entry.local_bytes, kMaxLocalBytes));
  }
  const std::vector<base::Error> refused = program.refusals(launch.function);
  if (refused.empty()) return {};
  std::string rest;
  for (std::size_t i = 1; i < refused.size(); ++i) rest += "\n" + refused[i].text();
  return base::fail(refused[0].message + rest, refused[0].where);
}

}  // namespace warpscope::vgpu

// Memory at a moment, and what accesses to it cost.
#include <algorithm>
#include <array>
#include <bit>
#include <set>

#include "compute/session/step_reading.h"
#include "compute/session/step_recording_parts.h"

namespace warpscope::session {
namespace {

using vgpu::Access;
using vgpu::AccessSpace;

constexpr std::uint64_t kSectorBytes = 32, kLineBytes = 128;

// Distinct pieces of `size` bytes that the access touches.
int count_pieces(const Access& access, std::uint64_t size) {
  std::set<std::uint64_t> pieces;
  for (LaneMask left = access.mask; left != 0; left &= left - 1) {
    const std::uint64_t at = access.address[std::countr_zero(left)];
    for (std::uint64_t piece = at / size; piece <= (at + access.bytes - 1) / size; ++piece) pieces.insert(piece);
  }
  return static_cast<int>(pieces.size());
}

std::uint64_t count_bytes(const Access& access) {
  std::set<std::uint64_t> starts;
  for (LaneMask left = access.mask; left != 0; left &= left - 1) {
    starts.insert(access.address[std::countr_zero(left)]);
  }
  // Lanes' places are equal or apart, but for unusual ones: those are counted once each.
  std::uint64_t bytes = 0, end = 0;
  for (const std::uint64_t start : starts) {
    const std::uint64_t from = std::max(start, end);
    end = std::max(end, start + access.bytes);
    bytes += end - from;
  }
  return bytes;
}

bool is_dynamic(const ptx::Variable& variable) {
  return variable.space == ptx::Space::kShared && variable.size_bytes == 0;
}

const ptx::VariableInfo* find_info(const StepRun& run, const std::string& name) {
  for (const ptx::VariableInfo& variable : run.debug->globals()) {
    if (variable.name == name) return &variable;
  }
  return nullptr;
}

// The debug information's variable whose memory is this symbol.
const ptx::VariableInfo* find_info(const StepRun& run, ptx::SymbolKind kind, std::size_t index) {
  for (const ptx::VariableInfo& variable : run.debug->variables(run.launch.function)) {
    for (const ptx::VariablePlace& place : variable.places) {
      const bool same = place.kind == ptx::VariablePlace::Kind::kMemory && place.symbol.kind == kind &&
                        static_cast<std::size_t>(place.symbol.index) == index;
      if (same) return &variable;
    }
  }
  return nullptr;
}

SharedVariableRow row_of(const StepRun& run, const ptx::Variable& variable, const ptx::VariableInfo* info,
                         std::uint64_t offset) {
  SharedVariableRow row;
  row.name = info != nullptr ? info->name : variable.name;
  row.offset = offset;
  row.size_bytes = variable.size_bytes > 0 ? variable.size_bytes : run.launch.dynamic_shared_bytes;
  const auto& types = run.debug->types();
  if (info != nullptr && info->type >= 0) {
    row.element = element_of(types, info->type, row.element);
    const ptx::TypeInfo& type = types[static_cast<std::size_t>(info->type)];
    if (type.size_bytes > 0) row.counts = type.counts;
  } else if (variable.type == ptx::Type::kF32) {
    row.element = kernels::ElementType::kF32;
  }
  return row;
}

}  // namespace

std::vector<std::uint8_t> device_bytes(const StepMoment& moment, std::uint64_t address, std::uint64_t bytes) {
  const vgpu::Allocation* const allocation = moment.state->memory.nearest(address);
  if (allocation == nullptr || allocation->freed || address < allocation->address || address >= allocation->end()) {
    return {};
  }
  std::vector<std::uint8_t> out(std::min(bytes, allocation->end() - address));
  if (!moment.state->memory.read(address, out)) out.clear();
  return out;
}

bool is_never_written(const StepBuffer& buffer, std::uint64_t word, trace::Position position) {
  if (buffer.host_wrote || word >= buffer.first_write.size()) return false;
  return buffer.first_write[word] >= position;
}

std::vector<SharedVariableRow> shared_variables(const StepRun& run) {
  std::vector<SharedVariableRow> rows;
  const vgpu::FunctionCode& code = run.program->functions[static_cast<std::size_t>(run.launch.function)];
  const ptx::Function& function = run.module->functions[static_cast<std::size_t>(code.source)];
  for (std::size_t i = 0; i < function.variables.size(); ++i) {
    if (function.variables[i].space != ptx::Space::kShared) continue;
    rows.push_back(row_of(run, function.variables[i], find_info(run, ptx::SymbolKind::kFunctionVariable, i),
                          code.variable_offsets[i]));
  }
  for (std::size_t i = 0; i < run.module->variables.size(); ++i) {
    const ptx::Variable& variable = run.module->variables[i];
    if (variable.space != ptx::Space::kShared) continue;
    if (is_dynamic(variable) && run.launch.dynamic_shared_bytes == 0) continue;
    const ptx::VariableInfo* info = find_info(run, ptx::SymbolKind::kModuleVariable, i);
    rows.push_back(row_of(run, variable, info != nullptr ? info : find_info(run, variable.name),
                          run.program->variable_addresses[i]));
  }
  std::sort(rows.begin(), rows.end(),
            [](const SharedVariableRow& a, const SharedVariableRow& b) { return a.offset < b.offset; });
  return rows;
}

AccessCost cost_of(const Access& access) {
  AccessCost cost;
  cost.bytes_wanted = count_bytes(access);
  if (access.space == AccessSpace::kShared) {
    const vgpu::Wavefronts wavefronts = vgpu::count_wavefronts(access);
    cost.wavefronts = wavefronts.taken;
    cost.fewest_wavefronts = wavefronts.fewest;
    return cost;
  }
  const bool local = access.space == AccessSpace::kLocal;
  cost.sectors = local ? vgpu::count_local_sectors(access) : vgpu::count_sectors(access);
  cost.fewest_sectors = static_cast<int>((cost.bytes_wanted + kSectorBytes - 1) / kSectorBytes);
  cost.lines = local ? (cost.sectors + 3) / 4 : count_pieces(access, kLineBytes);
  return cost;
}

}  // namespace warpscope::session

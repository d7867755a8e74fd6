#include "compute/session/step_recording_parts.h"

#include <algorithm>
#include <map>

namespace warpscope::session {
namespace {

using kernels::ElementType;
using Kind = ptx::TypeInfo::Kind;

struct NumberType {
  Kind kind;
  std::uint64_t bytes;
  ElementType element;
};
constexpr NumberType kNumberTypes[] = {
    {Kind::kFloat, 2, ElementType::kF16},    {Kind::kFloat, 4, ElementType::kF32},
    {Kind::kFloat, 8, ElementType::kF64},    {Kind::kSigned, 1, ElementType::kI8},
    {Kind::kSigned, 2, ElementType::kI16},   {Kind::kSigned, 4, ElementType::kI32},
    {Kind::kSigned, 8, ElementType::kI64},   {Kind::kUnsigned, 1, ElementType::kU8},
    {Kind::kUnsigned, 2, ElementType::kU16}, {Kind::kUnsigned, 4, ElementType::kU32},
    {Kind::kUnsigned, 8, ElementType::kU64}, {Kind::kChar, 1, ElementType::kI8},
    {Kind::kBool, 1, ElementType::kU8},      {Kind::kEnum, 4, ElementType::kI32},
};

// Types of the kernel's parameters, by index; -1 where the debug information does not say.
std::vector<const ptx::VariableInfo*> parameter_infos(const StepRun& run) {
  std::vector<const ptx::VariableInfo*> infos;
  for (const ptx::VariableInfo& variable : run.debug->variables(run.launch.function)) {
    if (variable.is_parameter && variable.inline_depth == 0) infos.push_back(&variable);
  }
  return infos;
}

// Zeros are what memory looks like when it has just been made ready: nobody has put anything there yet.
bool brings_values(const StepRun& run, std::size_t argument) {
  const auto& arguments = run.launch_text.arguments;
  return argument >= arguments.size() || !arguments[argument].spec.ends_with(":zero");
}

bool is_own_variable(const ptx::Variable& variable) {
  const bool in_memory = variable.space == ptx::Space::kGlobal || variable.space == ptx::Space::kConst;
  return in_memory && variable.size_bytes > 0 && variable.name[0] != '$' && !variable.name.starts_with("__") &&
         !variable.name.starts_with("_ZN");
}

ElementType element_of_variable(const StepRun& run, const ptx::Variable& variable) {
  for (const ptx::VariableInfo& info : run.debug->globals()) {
    if (info.name == variable.name) return element_of(run.debug->types(), info.type, ElementType::kU8);
  }
  switch (variable.type) {
    case ptx::Type::kF32:
      return ElementType::kF32;
    case ptx::Type::kF64:
      return ElementType::kF64;
    case ptx::Type::kU32:
    case ptx::Type::kB32:
      return ElementType::kU32;
    case ptx::Type::kS32:
      return ElementType::kI32;
    default:
      return ElementType::kU8;
  }
}

}  // namespace

ElementType element_of(const std::vector<ptx::TypeInfo>& types, int type, ElementType otherwise) {
  for (int depth = 0; depth < 16 && type >= 0 && static_cast<std::size_t>(type) < types.size(); ++depth) {
    const ptx::TypeInfo& info = types[static_cast<std::size_t>(type)];
    if (info.kind == Kind::kPointer || info.kind == Kind::kReference || info.kind == Kind::kArray) {
      type = info.element;
      continue;
    }
    // float4 and its like are floats side by side.
    if (info.kind == Kind::kStruct && !info.members.empty()) {
      const int first = info.members.front().type;
      const bool same = std::all_of(info.members.begin(), info.members.end(),
                                    [first](const ptx::Member& member) { return member.type == first; });
      if (!same) return otherwise;
      type = first;
      continue;
    }
    for (const NumberType& number : kNumberTypes) {
      if (number.kind == info.kind && number.bytes == info.size_bytes) return number.element;
    }
    return otherwise;
  }
  return otherwise;
}

std::string find_source_file(const StepRun& run) {
  if (run.source->is_ptx) return {};
  const std::filesystem::path name = run.source->file.filename();
  for (const vgpu::SourceLine& line : run.lines.lines()) {
    if (std::filesystem::path(line.file).filename() == name) return line.file;
  }
  return {};
}

BlockSteps index_blocks(const std::vector<trace::StepRecord>& records, std::uint32_t warps_per_block) {
  BlockSteps index;
  std::map<std::uint64_t, std::uint32_t> counts;
  // Blocks run for long stretches: the map is asked once for each.
  std::uint64_t block = ~0ULL;
  std::uint32_t* count = nullptr;
  for (const trace::StepRecord& record : records) {
    if (record.warp / warps_per_block != block || count == nullptr) {
      block = record.warp / warps_per_block;
      count = &counts[block];
    }
    ++*count;
  }
  std::map<std::uint64_t, std::uint32_t> next;
  std::uint32_t offset = 0;
  for (const auto& [number, steps] : counts) {
    index.blocks.push_back(number);
    index.offsets.push_back(offset);
    next[number] = offset;
    offset += steps;
  }
  index.offsets.push_back(offset);
  index.order.resize(offset);
  std::uint32_t* at = nullptr;
  block = ~0ULL;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].warp / warps_per_block != block || at == nullptr) {
      block = records[i].warp / warps_per_block;
      at = &next[block];
    }
    index.order[(*at)++] = static_cast<std::uint32_t>(i);
  }
  return index;
}

std::vector<StepBuffer> list_buffers(const StepRun& run, const std::vector<PlacedArgument>& arguments) {
  std::vector<StepBuffer> buffers;
  const auto infos = parameter_infos(run);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const PlacedArgument& argument = arguments[i];
    if (argument.address == 0 || argument.surface || argument.same_as >= 0 || argument.size_bytes == 0) continue;
    StepBuffer buffer;
    buffer.argument = static_cast<int>(i);
    buffer.name = i < run.launch_text.arguments.size() ? run.launch_text.arguments[i].name : "";
    buffer.address = argument.address;
    buffer.size_bytes = argument.size_bytes;
    buffer.element = i < infos.size() ? element_of(run.debug->types(), infos[i]->type, argument.type) : argument.type;
    buffer.host_wrote = brings_values(run, i);
    buffers.push_back(std::move(buffer));
  }
  const std::vector<ptx::Variable>& variables = run.module->variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (!is_own_variable(variables[i])) continue;
    StepBuffer buffer;
    buffer.name = variables[i].name;
    buffer.address = run.program->variable_addresses[i];
    buffer.size_bytes = variables[i].size_bytes;
    buffer.element = element_of_variable(run, variables[i]);
    buffer.constant = variables[i].space == ptx::Space::kConst;
    buffer.host_wrote = true;  // its initialiser, or zero
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

void take_counts(std::vector<StepBuffer>& buffers, trace::AccessMap& accesses) {
  for (StepBuffer& buffer : buffers) {
    trace::WordCounts counts = accesses.take(buffer.address);
    buffer.reads = std::move(counts.reads);
    buffer.writes = std::move(counts.writes);
    buffer.first_write = std::move(counts.first_write);
  }
}

}  // namespace warpscope::session

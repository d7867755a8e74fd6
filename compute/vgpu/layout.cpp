#include "compute/vgpu/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "compute/vgpu/address_space.h"

namespace warpscope::vgpu {
namespace {

using ptx::Space;
using ptx::SymbolKind;
using ptx::SymbolRef;
using ptx::Variable;

constexpr std::uint64_t kRowAlignment = 64;
constexpr std::uint64_t kFrameAlignment = 16;

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

std::uint64_t alignment_of(const Variable& v) {
  return static_cast<std::uint64_t>(std::max(1, v.align_bytes));
}

// Places variables one after the other from `begin`; returns the end.
template <class Offset>
std::uint64_t place(const std::vector<Variable>& variables, std::uint64_t begin, std::vector<Offset>& offsets) {
  for (const Variable& v : variables) {
    begin = rounded_up(begin, alignment_of(v));
    offsets.push_back(static_cast<Offset>(begin));
    begin += v.size_bytes;
  }
  return begin;
}

// ---- Shared memory

void note_use(const ptx::Operand& operand, int function, const std::map<std::pair<int, int>, int>& index_of,
              std::set<int>& used) {
  if (operand.kind == ptx::OperandKind::kSymbol || operand.kind == ptx::OperandKind::kAddress) {
    const int owner = operand.symbol.kind == SymbolKind::kFunctionVariable ? function : -1;
    if (operand.symbol.kind == SymbolKind::kFunctionVariable || operand.symbol.kind == SymbolKind::kModuleVariable) {
      const auto found = index_of.find({owner, operand.symbol.index});
      const bool names = operand.kind == ptx::OperandKind::kSymbol || operand.base == ptx::AddressBase::kSymbol;
      if (names && found != index_of.end()) used.insert(found->second);
    }
  }
  for (const ptx::Operand& inner : operand.list) note_use(inner, function, index_of, used);
}

// Functions that one may come to from `entry`, itself included. Indirect calls may come to any whose address is taken;
// FunctionCode::callees has those.
std::set<int> reachable(const Program& program, int entry) {
  std::set<int> seen;
  std::vector<int> stack{entry};
  while (!stack.empty()) {
    const int f = stack.back();
    stack.pop_back();
    if (!seen.insert(f).second) continue;
    for (const int callee : program.functions[static_cast<std::size_t>(f)].callees) stack.push_back(callee);
  }
  return seen;
}

const Variable& variable_of(const Program& program, const SharedVariable& shared) {
  const auto index = static_cast<std::size_t>(shared.index);
  return shared.function < 0 ? program.module->variables[index]
                             : program.module->functions[static_cast<std::size_t>(shared.function)].variables[index];
}

void collect_shared(Program& program) {
  const auto add = [&](const std::vector<Variable>& variables, int function) {
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const Variable& v = variables[i];
      if (v.space != Space::kShared || v.size_bytes == 0) continue;
      program.shared_variables.push_back({v.name, 0,
                                          static_cast<std::uint32_t>(std::min<std::uint64_t>(v.size_bytes, 1U << 30)),
                                          function, static_cast<int>(i)});
    }
  };
  add(program.module->variables, -1);
  for (std::size_t f = 0; f < program.module->functions.size(); ++f) {
    add(program.module->functions[f].variables, static_cast<int>(f));
  }
}

// By entry: the shared variables that it and everything it may call name.
std::map<int, std::set<int>> shared_by_entry(const Program& program) {
  std::map<std::pair<int, int>, int> index_of;
  for (std::size_t i = 0; i < program.shared_variables.size(); ++i) {
    const SharedVariable& v = program.shared_variables[i];
    index_of[{v.function, v.index}] = static_cast<int>(i);
  }
  std::vector<std::set<int>> direct(program.functions.size());
  for (std::size_t f = 0; f < program.functions.size(); ++f) {
    for (const ptx::Instruction& instruction : program.module->functions[f].instructions) {
      for (const ptx::Operand& operand : instruction.operands) {
        note_use(operand, static_cast<int>(f), index_of, direct[f]);
      }
    }
  }
  std::map<int, std::set<int>> result;
  for (std::size_t f = 0; f < program.functions.size(); ++f) {
    if (!program.module->functions[f].is_entry) continue;
    for (const int g : reachable(program, static_cast<int>(f))) {
      result[static_cast<int>(f)].insert(direct[static_cast<std::size_t>(g)].begin(),
                                         direct[static_cast<std::size_t>(g)].end());
    }
  }
  return result;
}

// ---- Initialisers

std::uint64_t relocated(const Program& program, const ptx::Relocation& relocation) {
  const auto index = static_cast<std::size_t>(relocation.symbol.index);
  const std::uint64_t address =
      relocation.symbol.kind == SymbolKind::kFunction ? kCodeBase + 16 * index : program.variable_addresses[index];
  const bool shared =
      relocation.symbol.kind == SymbolKind::kModuleVariable && program.module->variables[index].space == Space::kShared;
  const std::uint64_t base = shared && relocation.generic ? kSharedWindow + address : address;
  return (base + static_cast<std::uint64_t>(relocation.addend)) >> relocation.shift;
}

base::Result<void> initialise(const Program& program, const Variable& v, std::uint64_t address, GlobalMemory& memory) {
  std::vector<std::uint8_t> bytes(v.size_bytes, 0);
  std::copy_n(v.bytes.begin(), std::min(v.bytes.size(), bytes.size()), bytes.begin());
  for (const ptx::Relocation& relocation : v.relocations) {
    const std::uint64_t value = relocated(program, relocation);
    const auto size = static_cast<std::size_t>(relocation.size_bytes);
    if (relocation.offset > bytes.size() || size > bytes.size() - relocation.offset || size > 8) {
      return base::fail(fmt::format("the initialiser of '{}' is longer than the variable", v.name),
                        {program.module->file, v.where.line, v.where.column});
    }
    std::memcpy(bytes.data() + relocation.offset, &value, size);
  }
  return memory.write(address, bytes);
}

base::Result<std::uint64_t> allocate(const Program& program, const Variable& v, GlobalMemory& memory) {
  const AllocationKind kind =
      v.space == Space::kConst ? AllocationKind::kConstantVariable : AllocationKind::kGlobalVariable;
  auto address = memory.allocate(v.size_bytes, kind, v.name);
  if (!address) address.error().where = {program.module->file, v.where.line, v.where.column};
  return address;
}

bool in_global_memory(const Variable& v) {
  return v.space == Space::kGlobal || v.space == Space::kConst;
}

}  // namespace

void lay_out_function(const ptx::Function& source, FunctionCode& code) {
  // Widest first: each row then begins on a cache line, and predicates lie together.
  code.registers.resize(source.registers.size());
  for (const int bytes : {16, 8, 4, 2, 0}) {
    for (std::size_t i = 0; i < source.registers.size(); ++i) {
      const ptx::Type type = source.registers[i].type;
      const int own = type == ptx::Type::kPred ? 0 : std::max(2, ptx::bits_of(type) / 8);
      if (own != bytes) continue;
      code.registers[i] = RowRef(code.frame_bytes, true);
      code.frame_bytes += bytes == 0 ? 4U : static_cast<std::uint32_t>(bytes * base::kWarpSize);
    }
  }
  code.frame_bytes = static_cast<std::uint32_t>(rounded_up(code.frame_bytes, kRowAlignment));

  if (source.is_entry) {
    code.parameter_bytes = static_cast<std::uint32_t>(place(source.parameters, 0, code.parameter_offsets));
  } else {
    code.return_bytes = static_cast<std::uint32_t>(place(source.returns, 0, code.return_offsets));
    code.parameter_bytes =
        static_cast<std::uint32_t>(place(source.parameters, code.return_bytes, code.parameter_offsets)) -
        code.return_bytes;
  }
  std::uint64_t local = source.is_entry ? 0 : code.return_bytes + code.parameter_bytes;
  for (const Variable& v : source.variables) {
    const bool here = v.space == Space::kLocal || v.space == Space::kParam || v.space == Space::kParamFunc;
    if (here) local = rounded_up(local, alignment_of(v));
    code.variable_offsets.push_back(here ? local : 0);
    if (here) local += v.size_bytes;
  }
  // Sizes beyond 32 bits are refused at the launch, as too large for a stack.
  code.local_bytes =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(rounded_up(local, kFrameAlignment), 0xffff'fff0U));
}

void lay_out_shared(Program& program) {
  collect_shared(program);
  const std::map<int, std::set<int>> uses = shared_by_entry(program);
  std::vector<std::uint64_t> ends(program.shared_variables.size(), 0);
  for (std::size_t i = 0; i < program.shared_variables.size(); ++i) {
    SharedVariable& v = program.shared_variables[i];
    std::uint64_t begin = 0;
    for (const auto& [entry, used] : uses) {
      if (!used.contains(static_cast<int>(i))) continue;
      for (const int other : used) {
        if (other < static_cast<int>(i)) begin = std::max(begin, ends[static_cast<std::size_t>(other)]);
      }
    }
    begin = rounded_up(begin, alignment_of(variable_of(program, v)));
    v.offset = static_cast<std::uint32_t>(std::min<std::uint64_t>(begin, 1U << 30));
    ends[i] = begin + v.size_bytes;
    if (v.function < 0) {
      program.variable_addresses[static_cast<std::size_t>(v.index)] = v.offset;
    } else {
      program.functions[static_cast<std::size_t>(v.function)].variable_offsets[static_cast<std::size_t>(v.index)] =
          v.offset;
    }
  }
  for (const auto& [entry, used] : uses) {
    std::uint64_t end = 0;
    for (const int i : used) end = std::max(end, ends[static_cast<std::size_t>(i)]);
    program.functions[static_cast<std::size_t>(entry)].static_shared_bytes =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(end, 1U << 30));
  }
}

base::Result<void> lay_out_globals(Program& program, GlobalMemory& memory) {
  const ptx::Module& module = *program.module;
  for (std::size_t i = 0; i < module.variables.size(); ++i) {
    if (!in_global_memory(module.variables[i])) continue;
    const auto address = allocate(program, module.variables[i], memory);
    if (!address) return tl::unexpected(address.error());
    program.variable_addresses[i] = *address;
  }
  for (std::size_t f = 0; f < module.functions.size(); ++f) {
    for (std::size_t i = 0; i < module.functions[f].variables.size(); ++i) {
      const Variable& v = module.functions[f].variables[i];
      if (!in_global_memory(v)) continue;
      const auto address = allocate(program, v, memory);
      if (!address) return tl::unexpected(address.error());
      program.functions[f].variable_offsets[i] = *address;
      if (auto done = initialise(program, v, *address, memory); !done) return done;
    }
  }
  for (std::size_t i = 0; i < module.variables.size(); ++i) {
    if (!in_global_memory(module.variables[i]) || module.variables[i].size_bytes == 0) continue;
    if (auto done = initialise(program, module.variables[i], program.variable_addresses[i], memory); !done) return done;
  }
  return {};
}

}  // namespace warpscope::vgpu

#include "compute/vgpu/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compute/vgpu/decoder.h"
#include "compute/vgpu/layout.h"
#include "compute/vgpu/reconvergence.h"
#include "compute/vgpu/runs.h"

namespace warpscope::vgpu {
namespace {

using ptx::Opcode;
using ptx::OperandKind;

// Functions whose address an instruction or an initialiser takes: an indirect call may come to any of them.
std::set<int> address_taken(const ptx::Module& module) {
  std::set<int> taken;
  const auto note = [&](const auto& self, const ptx::Operand& operand) -> void {
    if (operand.kind == OperandKind::kSymbol && operand.symbol.kind == ptx::SymbolKind::kFunction) {
      taken.insert(operand.symbol.index);
    }
    for (const ptx::Operand& inner : operand.list) self(self, inner);
  };
  for (const ptx::Function& function : module.functions) {
    for (const ptx::Instruction& instruction : function.instructions) {
      if (instruction.opcode == Opcode::kCall) continue;
      for (const ptx::Operand& operand : instruction.operands) note(note, operand);
    }
  }
  for (const ptx::Variable& v : module.variables) {
    for (const ptx::Relocation& r : v.relocations) {
      if (r.symbol.kind == ptx::SymbolKind::kFunction) taken.insert(r.symbol.index);
    }
  }
  return taken;
}

void find_callees(Program& program) {
  const ptx::Module& module = *program.module;
  const std::set<int> taken = address_taken(module);
  for (std::size_t f = 0; f < module.functions.size(); ++f) {
    std::set<int> callees;
    for (const ptx::Instruction& instruction : module.functions[f].instructions) {
      if (instruction.opcode != Opcode::kCall) continue;
      bool direct = false;
      for (const ptx::Operand& operand : instruction.operands) {
        if (operand.kind != OperandKind::kSymbol || operand.symbol.kind != ptx::SymbolKind::kFunction) continue;
        callees.insert(operand.symbol.index);
        direct = true;
      }
      if (!direct) callees.insert(taken.begin(), taken.end());
    }
    program.functions[f].callees.assign(callees.begin(), callees.end());
  }
}

Inst decode(Decoder& decoder, const ptx::Instruction& instruction) {
  Inst out;
  if (instruction.guard.reg >= 0) {
    out.has_guard = true;
    out.guard_negated = instruction.guard.negated;
    out.guard = decoder.code().registers[static_cast<std::size_t>(instruction.guard.reg)];
  }
  if (instruction.opcode == Opcode::kUnknown) {
    decoder.refuse(instruction, "the opcode is not known");
    return out;
  }
  const bool decoded = decode_control(decoder, instruction, out) || decode_lane(decoder, instruction, out) ||
                       decode_memory(decoder, instruction, out) || decode_warp(decoder, instruction, out) ||
                       decode_matrix(decoder, instruction, out) || decode_texture(decoder, instruction, out);
  if (!decoded) decoder.refuse(instruction, "the opcode is not implemented");
  return out;
}

Flow flow_of(const Program& program, const Inst& inst, Pc begin) {
  Flow flow;
  const auto local = [&](Pc pc) { return static_cast<std::uint32_t>(pc - begin); };
  switch (inst.kind) {
    case InstKind::kBranch:
      flow.targets.push_back(local(inst.target));
      flow.falls_through = inst.has_guard;
      break;
    case InstKind::kBranchIndexed:
      for (const Pc pc : program.tables[inst.target]) flow.targets.push_back(local(pc));
      flow.falls_through = inst.has_guard;
      break;
    case InstKind::kReturn:
      flow.leaves = true;
      flow.falls_through = inst.has_guard;
      break;
    case InstKind::kExit:
    case InstKind::kTrap:
      flow.falls_through = inst.has_guard;
      break;
    default:
      break;
  }
  return flow;
}

void find_reconvergence(Program& program, const FunctionCode& code) {
  std::vector<Flow> flow;
  for (Pc pc = code.begin; pc < code.end; ++pc) flow.push_back(flow_of(program, program.code[pc], code.begin));
  flow.push_back({{}, false, true});  // the implicit ret
  const std::vector<std::uint32_t> meet = immediate_post_dominators(flow);
  for (Pc pc = code.begin; pc < code.end; ++pc) {
    const std::uint32_t at = meet[pc - code.begin];
    if (at != kNoInstruction) program.code[pc].reconverge = code.begin + at;
  }
}

void decode_function(Program& program, ConstantPool& pool, int index) {
  FunctionCode& code = program.functions[static_cast<std::size_t>(index)];
  const ptx::Function& source = program.module->functions[static_cast<std::size_t>(index)];
  Decoder decoder(program, pool, index);
  for (std::size_t i = 0; i < source.instructions.size(); ++i) {
    program.code.push_back(decode(decoder, source.instructions[i]));
    program.source_of.push_back(static_cast<std::uint32_t>(i));
    program.function_of.push_back(index);
  }
  Inst implicit;
  implicit.kind = InstKind::kReturn;
  program.code.push_back(implicit);
  program.source_of.push_back(static_cast<std::uint32_t>(source.instructions.size()));
  program.function_of.push_back(index);
  find_reconvergence(program, code);
  find_runs(program, code);
}

}  // namespace

tl::expected<std::shared_ptr<const Program>, std::vector<base::Error>> Program::load(
    std::shared_ptr<const ptx::Module> module, GlobalMemory& memory) {
  auto program = std::make_shared<Program>();
  program->module = std::move(module);
  const ptx::Module& source = *program->module;
  program->variable_addresses.resize(source.variables.size());
  program->functions.resize(source.functions.size());
  Pc begin = 0;
  for (std::size_t f = 0; f < source.functions.size(); ++f) {
    FunctionCode& code = program->functions[f];
    code.source = static_cast<int>(f);
    code.begin = begin;
    code.end = begin + static_cast<Pc>(source.functions[f].instructions.size());
    begin = code.end + 1;
    lay_out_function(source.functions[f], code);
  }
  program->code.reserve(begin);
  find_callees(*program);
  lay_out_shared(*program);
  if (const auto done = lay_out_globals(*program, memory); !done) {
    return tl::unexpected(std::vector<base::Error>{done.error()});
  }
  ConstantPool pool;
  for (std::size_t f = 0; f < source.functions.size(); ++f) decode_function(*program, pool, static_cast<int>(f));
  return program;
}

int Program::find_function(std::string_view name) const {
  for (std::size_t f = 0; f < module->functions.size(); ++f) {
    if (module->functions[f].name == name) return static_cast<int>(f);
  }
  return -1;
}

std::vector<base::Error> Program::refusals(int function) const {
  std::vector<base::Error> all;
  std::set<int> seen;
  std::vector<int> stack{function};
  while (!stack.empty()) {
    const int f = stack.back();
    stack.pop_back();
    if (!seen.insert(f).second) continue;
    const FunctionCode& code = functions[static_cast<std::size_t>(f)];
    all.insert(all.end(), code.refused.begin(), code.refused.end());
    stack.insert(stack.end(), code.callees.begin(), code.callees.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const base::Error& a, const base::Error& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  return all;
}

const ptx::Instruction* Program::source(Pc pc) const {
  const std::vector<ptx::Instruction>& all = source_function(pc).instructions;
  return source_of[pc] < all.size() ? &all[source_of[pc]] : nullptr;
}

}  // namespace warpscope::vgpu

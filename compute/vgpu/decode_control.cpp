// Instructions that decide what runs next: the engine executes them itself.
#include <fmt/format.h>

#include "compute/vgpu/decoder.h"
#include "compute/vgpu/intrinsics.h"

namespace warpscope::vgpu {
namespace {

using ptx::Instruction;
using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

void decode_branch(Decoder& d, const Instruction& in, Inst& out) {
  out.kind = InstKind::kBranch;
  if (in.operands.empty() || in.operands[0].kind != OperandKind::kLabel) {
    d.refuse(in, "it needs a label to go to");
    return;
  }
  out.target = d.code().begin + static_cast<Pc>(in.operands[0].value);
}

void decode_indexed_branch(Decoder& d, const Instruction& in, Inst& out) {
  out.kind = InstKind::kBranchIndexed;
  if (in.operands.size() < 2 || in.operands[1].kind != OperandKind::kTargets) {
    d.refuse(in, "it needs an index and a list of targets");
    return;
  }
  out.s[0] = d.source(in.operands[0], Type::kU32);
  std::vector<Pc> table;
  for (const int target : d.function().target_lists[static_cast<std::size_t>(in.operands[1].value)].instructions) {
    table.push_back(d.code().begin + static_cast<Pc>(target));
  }
  out.target = static_cast<Pc>(d.program().tables.size());
  d.program().tables.push_back(std::move(table));
}

// ---- Calls

CallSite::Value call_value(Decoder& d, const Operand& operand, const ptx::Variable* formal) {
  CallSite::Value value;
  const Type type = formal != nullptr ? formal->type : Type::kB64;
  if (d.is_local_symbol(operand)) {
    const Decoder::AddressParts parts = d.address(operand, ptx::Space::kParam);
    value.offset = static_cast<std::uint32_t>(parts.offset);
  } else {
    value.in_local = false;
    value.row = operand.kind == OperandKind::kSink ? d.scratch() : d.source(operand, type);
    value.row_bytes = static_cast<std::uint8_t>(std::max(2, d.row_bytes(operand, type)));
  }
  value.size_bytes = formal != nullptr ? static_cast<std::uint32_t>(formal->size_bytes)
                                       : static_cast<std::uint32_t>(std::max(4, d.row_bytes(operand, type)));
  return value;
}

struct CallParts {
  const Operand* results = nullptr;
  const Operand* callee = nullptr;
  const Operand* arguments = nullptr;
};

CallParts split(const Instruction& in) {
  CallParts parts;
  for (const Operand& operand : in.operands) {
    if (operand.kind == OperandKind::kArguments) {
      (parts.callee == nullptr ? parts.results : parts.arguments) = &operand;
    } else if (parts.callee == nullptr) {
      parts.callee = &operand;
    }
  }
  return parts;
}

// The formal parameters of what is called: of the function, or of the prototype an indirect call names.
struct Formals {
  const std::vector<ptx::Variable>* parameters = nullptr;
  const std::vector<ptx::Variable>* returns = nullptr;
};

Formals formals_of(const Decoder& d, const Instruction& in, const Operand& callee) {
  if (callee.kind == OperandKind::kSymbol) {
    const ptx::Function& f = d.module().functions[static_cast<std::size_t>(callee.symbol.index)];
    return {&f.parameters, &f.returns};
  }
  for (const Operand& operand : in.operands) {
    if (operand.kind != OperandKind::kPrototype) continue;
    const ptx::Prototype& p = d.function().prototypes[static_cast<std::size_t>(operand.value)];
    return {&p.parameters, &p.returns};
  }
  return {};
}

void add_values(Decoder& d, const Operand* list, const std::vector<ptx::Variable>* formals,
                std::vector<CallSite::Value>& values) {
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->list.size(); ++i) {
    const ptx::Variable* formal = formals != nullptr && i < formals->size() ? &(*formals)[i] : nullptr;
    values.push_back(call_value(d, list->list[i], formal));
  }
}

// How many bytes a local argument has where no prototype says so: those of the variable.
void take_sizes_of_variables(const Decoder& d, const Operand* list, std::vector<CallSite::Value>& values) {
  for (std::size_t i = 0; list != nullptr && i < values.size(); ++i) {
    const Operand& operand = list->list[i];
    if (values[i].in_local && operand.symbol.kind == ptx::SymbolKind::kFunctionVariable) {
      const auto& variables = d.function().variables;
      values[i].size_bytes =
          static_cast<std::uint32_t>(variables[static_cast<std::size_t>(operand.symbol.index)].size_bytes);
    }
  }
}

void decode_call(Decoder& d, const Instruction& in, Inst& out) {
  out.kind = InstKind::kCall;
  const CallParts parts = split(in);
  if (parts.callee == nullptr) {
    d.refuse(in, "it does not say what to call");
    return;
  }
  CallSite call;
  const bool direct =
      parts.callee->kind == OperandKind::kSymbol && parts.callee->symbol.kind == ptx::SymbolKind::kFunction;
  if (direct) {
    const ptx::Function& callee = d.module().functions[static_cast<std::size_t>(parts.callee->symbol.index)];
    if (callee.is_declaration) {
      call.intrinsic = find_intrinsic(callee.name);
      if (call.intrinsic < 0) {
        d.refuse(in, fmt::format("'{}' is declared here, but has no body in this module", callee.name));
        return;
      }
    } else {
      call.function = parts.callee->symbol.index;
    }
  } else if (parts.callee->kind == OperandKind::kRegister) {
    call.address = d.source(*parts.callee, Type::kU64);
  } else {
    d.refuse(in, "what it calls is neither a function nor a register");
    return;
  }
  const Formals formals = formals_of(d, in, *parts.callee);
  add_values(d, parts.results, formals.returns, call.results);
  add_values(d, parts.arguments, formals.parameters, call.arguments);
  if (formals.parameters == nullptr) take_sizes_of_variables(d, parts.arguments, call.arguments);
  if (formals.returns == nullptr) take_sizes_of_variables(d, parts.results, call.results);
  out.target = static_cast<Pc>(d.program().calls.size());
  d.program().calls.push_back(std::move(call));
}

// ---- Barriers of a block

void decode_reduction(Decoder& d, const Instruction& in, const Operand& last, BarrierUse& use) {
  const bool popc = in.has(Modifier::kPopc);
  use.action = popc                     ? BarrierUse::Action::kRedPopc
               : in.has(Modifier::kAnd) ? BarrierUse::Action::kRedAnd
                                        : BarrierUse::Action::kRedOr;
  use.destination = d.destination(in.operands[0]);
  use.predicate = d.source(last, Type::kPred);
  use.predicate_negated = last.negated;
}

void decode_barrier(Decoder& d, const Instruction& in, Inst& out) {
  out.kind = InstKind::kBarrier;
  BarrierUse use;
  const bool reduces = in.has(Modifier::kRed);
  use.aligned = in.opcode == Opcode::kBar || in.has(Modifier::kAligned);
  if (in.has(Modifier::kArrive)) use.action = BarrierUse::Action::kArrive;
  // [destination,] barrier [, count] [, predicate]
  const std::size_t first = reduces ? 1 : 0;
  const std::size_t end = in.operands.size() - (reduces && in.operands.size() > 2 ? 1 : 0);
  if (end <= first || (reduces && in.operands.size() < 3)) {
    d.refuse(in, "it needs the number of a barrier");
    return;
  }
  if (in.has(Modifier::kCluster)) {
    d.refuse(in, "there are no clusters of blocks");
    return;
  }
  if (reduces) decode_reduction(d, in, in.operands.back(), use);
  use.id = d.source(in.operands[first], Type::kU32);
  use.has_count = end - first > 1;
  if (use.has_count) use.count = d.source(in.operands[first + 1], Type::kU32);
  out.target = static_cast<Pc>(d.program().barriers.size());
  d.program().barriers.push_back(use);
}

}  // namespace

bool decode_control(Decoder& d, const Instruction& in, Inst& out) {
  switch (in.opcode) {
    case Opcode::kBra:
      decode_branch(d, in, out);
      return true;
    case Opcode::kBrx:
      decode_indexed_branch(d, in, out);
      return true;
    case Opcode::kCall:
      decode_call(d, in, out);
      return true;
    case Opcode::kRet:
      // At the end of a kernel both end the thread; only what a function returns from can be met again behind a call.
      out.kind = InstKind::kReturn;
      return true;
    case Opcode::kExit:
      out.kind = InstKind::kExit;
      return true;
    case Opcode::kTrap:
      out.kind = InstKind::kTrap;
      return true;
    case Opcode::kBrkpt:
      out.kind = InstKind::kBreakpoint;
      return true;
    case Opcode::kNanosleep:
      out.kind = InstKind::kYield;
      return true;
    case Opcode::kPmevent:
    case Opcode::kGriddepcontrol:
    case Opcode::kSetmaxnreg:
      out.kind = InstKind::kNop;
      return true;
    case Opcode::kBar:
    case Opcode::kBarrier:
      decode_barrier(d, in, out);
      return true;
    default:
      return false;
  }
}

}  // namespace warpscope::vgpu

#include "compute/timing/effects.h"

namespace warpscope::timing {
namespace {

using ptx::Opcode;
using ptx::OperandKind;

void collect(const ptx::Operand& operand, std::vector<int>& into) {
  const bool names_register = operand.kind == OperandKind::kRegister ||
                              (operand.kind == OperandKind::kAddress && operand.base == ptx::AddressBase::kRegister);
  if (names_register && operand.reg >= 0) into.push_back(operand.reg);
  for (const ptx::Operand& part : operand.list) collect(part, into);
}

// Whose first operand is no destination although it may be a register.
bool writes_nothing(const ptx::Instruction& in) {
  switch (in.opcode) {
    case Opcode::kBar:
    case Opcode::kBarrier:
      return !in.has(ptx::Modifier::kRed);
    case Opcode::kBarWarpSync:
    case Opcode::kNanosleep:
    case Opcode::kBra:
    case Opcode::kBrx:
    case Opcode::kRet:
    case Opcode::kExit:
    case Opcode::kSetmaxnreg:
    case Opcode::kPmevent:
    case Opcode::kMembar:
    case Opcode::kFence:
    case Opcode::kSust:
    case Opcode::kSured:
      return true;
    default:
      return false;
  }
}

}  // namespace

Effects effects_of(const ptx::Instruction& in) {
  Effects effects;
  if (in.guard.reg >= 0) effects.reads.push_back(in.guard.reg);
  for (std::size_t i = 0; i < in.operands.size(); ++i) {
    const ptx::Operand& operand = in.operands[i];
    const bool address = operand.kind == OperandKind::kAddress || operand.kind == OperandKind::kTexture;
    const bool written = i == 0 && !address && !writes_nothing(in);
    collect(operand, written ? effects.writes : effects.reads);
  }
  return effects;
}

const ptx::Operand* address_of(const ptx::Instruction& in) {
  for (const ptx::Operand& operand : in.operands) {
    if (operand.kind == OperandKind::kAddress) return &operand;
  }
  return nullptr;
}

int address_register(const ptx::Instruction& in) {
  const ptx::Operand* address = address_of(in);
  return address != nullptr && address->base == ptx::AddressBase::kRegister ? address->reg : -1;
}

}  // namespace warpscope::timing

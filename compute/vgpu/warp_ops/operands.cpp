#include "compute/vgpu/warp_ops/operands.h"

#include <utility>

namespace warpscope::vgpu::warp_ops {
namespace {

// Bytes per lane of a row of this type: 0 is a predicate's mask.
int row_bytes_of(ptx::Type type) {
  return type == ptx::Type::kPred ? 0 : ptx::bytes_of(type);
}

std::string width_text(int bytes) {
  return bytes == 0 ? std::string("a predicate") : "a register of " + std::to_string(bytes * 8) + " bits";
}

}  // namespace

bool Operands::expect(std::size_t count) {
  if (instruction_.operands.size() == count) return true;
  refuse("it takes " + std::to_string(count) + " operands, " + std::to_string(instruction_.operands.size()) +
         " are written");
  return false;
}

RowRef Operands::from(const ptx::Operand& operand, ptx::Type type) {
  if (operand.kind == ptx::OperandKind::kSink) {
    refuse("'_' has no value");
    return {};
  }
  return fits(operand, type) ? decoder_.source(operand, type) : RowRef{};
}

RowRef Operands::to(const ptx::Operand& operand, ptx::Type type) {
  if (operand.kind != ptx::OperandKind::kRegister && operand.kind != ptx::OperandKind::kSink) {
    refuse("a result goes to a register");
    return {};
  }
  return fits(operand, type) ? decoder_.destination(operand) : RowRef{};
}

void Operands::refuse(std::string why) {
  if (!refused_) decoder_.refuse(instruction_, std::move(why));
  refused_ = true;
}

bool Operands::fits(const ptx::Operand& operand, ptx::Type type) {
  using ptx::OperandKind;
  switch (operand.kind) {
    case OperandKind::kSink:
    case OperandKind::kInteger:
    case OperandKind::kFloat32:
    case OperandKind::kFloat64:
      return true;
    case OperandKind::kRegister:
    case OperandKind::kSpecial:
    case OperandKind::kSymbol:
      if (decoder_.row_bytes(operand, type) == row_bytes_of(type)) return true;
      refuse("operand is " + width_text(decoder_.row_bytes(operand, type)) + ", not " + width_text(row_bytes_of(type)));
      return false;
    default:
      refuse("it takes registers and numbers");
      return false;
  }
}

}  // namespace warpscope::vgpu::warp_ops

#include <algorithm>

#include "compute/ptx/print_parts.h"

namespace warpscope::ptx {

std::string InstructionPrinter::print(const Instruction& instruction) const {
  std::string text;
  if (instruction.guard.reg >= 0) {
    text = (instruction.guard.negated ? "@!" : "@") + register_name(instruction.guard.reg) + " ";
  }
  text += instruction.name;
  if (instruction.opcode == Opcode::kCall) return text + call(instruction.operands);
  for (std::size_t i = 0; i < instruction.operands.size(); ++i)
    text += (i == 0 ? " " : ", ") + print(instruction.operands[i]);
  return text;
}

const std::string& InstructionPrinter::register_name(int index) const {
  return function_.registers[static_cast<std::size_t>(index)].name;
}

const std::string& InstructionPrinter::symbol_name(const SymbolRef& symbol) const {
  const auto index = static_cast<std::size_t>(symbol.index);
  switch (symbol.kind) {
    case SymbolKind::kModuleVariable:
      return module_.variables[index].name;
    case SymbolKind::kFunctionVariable:
      return function_.variables[index].name;
    case SymbolKind::kParameter:
      return function_.parameters[index].name;
    case SymbolKind::kReturn:
      return function_.returns[index].name;
    case SymbolKind::kFunction:
      break;
  }
  return module_.functions[index].name;
}

std::string InstructionPrinter::list(const std::vector<Operand>& operands, std::string_view open,
                                     std::string_view close) const {
  std::string text(open);
  for (std::size_t i = 0; i < operands.size(); ++i) text += (i == 0 ? "" : ", ") + print(operands[i]);
  return text + std::string(close);
}

std::string InstructionPrinter::call(const std::vector<Operand>& operands) const {
  std::string text = " ";
  if (!operands[0].list.empty()) text += list(operands[0].list, "(", "), ");
  text += print(operands[1]);
  if (!operands[2].list.empty()) text += ", " + list(operands[2].list, "(", ")");
  if (operands.size() > 3) text += ", " + print(operands[3]);
  return text;
}

std::string InstructionPrinter::label(int instruction) const {
  if (labels_ != nullptr) {
    const auto found = std::lower_bound(labels_->begin(), labels_->end(), std::pair(instruction, std::string_view{}));
    return std::string(found->second);
  }
  for (const auto& [name, index] : function_.labels) {
    if (index == instruction) return name;
  }
  return "?";
}

std::string InstructionPrinter::reg(const Operand& operand) const {
  std::string text = register_name(operand.reg);
  if (operand.part != 0) {
    std::string part = hex(operand.part, 1);
    if (part[0] == 'a') part[0] = 'h';
    text += "." + part;
  }
  if (!operand.negated) return text;
  const bool predicate = function_.registers[static_cast<std::size_t>(operand.reg)].type == Type::kPred;
  return (predicate ? "!" : "-") + text;
}

std::string InstructionPrinter::address(const Operand& operand) const {
  if (operand.base == AddressBase::kAbsolute) return "[" + std::to_string(operand.value) + "]";
  const std::string base = operand.base == AddressBase::kRegister ? reg(operand) : symbol_name(operand.symbol);
  return "[" + base + with_sign(operand.value) + "]";
}

// A texture's first element stands in the brackets of the whole.
std::string InstructionPrinter::texture(const Operand& operand) const {
  std::vector<Operand> operands = operand.list;
  std::string first = print(operands[0]);
  if (operands[0].kind == OperandKind::kAddress) first = first.substr(1, first.size() - 2);
  operands.erase(operands.begin());
  return "[" + first + list(operands, operands.empty() ? "," : ", ", "]");
}

std::string InstructionPrinter::print(const Operand& operand) const {
  const auto index = static_cast<std::size_t>(operand.value);
  switch (operand.kind) {
    case OperandKind::kRegister:
      return reg(operand);
    case OperandKind::kInteger:
      return std::to_string(operand.value);
    case OperandKind::kFloat32:
      return "0f" + hex(static_cast<std::uint64_t>(operand.value), 8);
    case OperandKind::kFloat64:
      return "0d" + hex(static_cast<std::uint64_t>(operand.value), 16);
    case OperandKind::kSpecial:
      return std::string(name_of(operand.special));
    case OperandKind::kSymbol:
      return symbol_name(operand.symbol) + with_sign(operand.value);
    case OperandKind::kAddress:
      return address(operand);
    case OperandKind::kVector:
      return list(operand.list, "{", "}");
    case OperandKind::kPair:
      return print(operand.list[0]) + "|" + print(operand.list[1]);
    case OperandKind::kLabel:
      return label(static_cast<int>(operand.value));
    case OperandKind::kSink:
      return "_";
    case OperandKind::kArguments:
      return list(operand.list, "(", ")");
    case OperandKind::kTexture:
      return texture(operand);
    case OperandKind::kTargets:
      return function_.target_lists[index].name;
    case OperandKind::kPrototype:
      return function_.prototypes[index].name;
  }
  return "";
}

}  // namespace warpscope::ptx

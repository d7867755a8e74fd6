// ptx/print_parts.h: pieces of PTX text. Floor 1. Internal to the printer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compute/ptx/module.h"

namespace warpscope::ptx {

// At least `digits` hexadecimal digits.
std::string hex(std::uint64_t value, int digits);
// "+4", "+-4" (NVIDIA's assembler takes no "-4" alone), "" for 0.
std::string with_sign(std::int64_t value);
// ".visible ", "" for none.
std::string_view word_of(Linkage linkage);

// ".visible .global .align 4 .b8 name[2] = {1, 2};" with the end of the line.
std::string declaration(const Module& module, const Variable& variable);
// "(.param .align 8 .u64 a, .param .align 4 .b32 b)"
std::string parameter_list(const std::vector<Variable>& parameters);

using LabelsByInstruction = std::vector<std::pair<int, std::string_view>>;

class InstructionPrinter {
 public:
  InstructionPrinter(const Module& module, const Function& function, const LabelsByInstruction* labels = nullptr)
      : module_(module), function_(function), labels_(labels) {}

  std::string print(const Instruction& instruction) const;

 private:
  const std::string& register_name(int index) const;
  const std::string& symbol_name(const SymbolRef& symbol) const;
  std::string list(const std::vector<Operand>& operands, std::string_view open, std::string_view close) const;
  std::string call(const std::vector<Operand>& operands) const;
  std::string label(int instruction) const;
  std::string reg(const Operand& operand) const;
  std::string address(const Operand& operand) const;
  std::string texture(const Operand& operand) const;
  std::string print(const Operand& operand) const;

  const Module& module_;
  const Function& function_;
  const LabelsByInstruction* labels_;  // sorted; nullptr: looked up one by one
};

}  // namespace warpscope::ptx

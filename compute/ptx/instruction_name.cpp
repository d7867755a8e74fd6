// ptx/instruction_name.cpp: "atom.global.add.u32" -> opcode, types, spaces, vector size and modifiers.
#include <array>

#include "compute/ptx/function_parser.h"

namespace warpscope::ptx {
namespace {

// The words of opcodes that are told apart by more than the first.
constexpr std::array<std::string_view, 5> kLongOpcodes = {"cp.async.bulk", "cp.async", "bar.warp", "st.async",
                                                          "red.async"};

// How much of the name is the opcode.
std::size_t opcode_length(std::string_view name) {
  for (const std::string_view opcode : kLongOpcodes) {
    if (name.starts_with(opcode) && (name.size() == opcode.size() || name[opcode.size()] == '.')) return opcode.size();
  }
  return std::min(name.find('.'), name.size());
}

int vector_size_of(std::string_view word) {
  if (word.size() != 2 || word[0] != 'v') return 0;
  const int size = word[1] - '0';
  return size == 2 || size == 4 || size == 8 ? size : 0;
}

void take_word(std::string_view word, Instruction& instruction) {
  if (const auto type = find_type(word)) {
    instruction.types.push_back(*type);
  } else if (const auto space = space_named(word)) {
    if (instruction.space == Space::kGeneric) {
      instruction.space = *space;
    } else if (instruction.second_space == Space::kGeneric) {
      instruction.second_space = *space;
    }
  } else if (const int size = vector_size_of(word); size > 0) {
    instruction.vector_size = size;
  } else {
    instruction.modifiers.push_back(find_modifier(word));
  }
}

}  // namespace

Instruction take_apart(std::string name) {
  Instruction instruction;
  instruction.name = std::move(name);
  const std::string_view text = instruction.name;
  std::size_t at = opcode_length(text);
  instruction.opcode = find_opcode(text.substr(0, at));
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('.', at + 1), text.size());
    take_word(text.substr(at + 1, end - at - 1), instruction);
    at = end;
  }
  return instruction;
}

}  // namespace warpscope::ptx

// ptx/parser.h: PTX text -> Module, and back. Floor 1. Pure functions, callable from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/ptx/module.h"

namespace warpscope::ptx {

using Errors = std::vector<base::Error>;

struct ParseLimits {
  std::uint64_t max_registers = 1U << 22;          // of a function: "%r<4000000000>" is refused, not allocated
  std::uint64_t max_module_registers = 1U << 23;   // of all functions together
  std::uint64_t max_instructions = 1U << 23;       // of all functions together
  std::uint64_t max_variables = 1U << 20;          // of the module and all functions together
  std::uint64_t max_initialiser_bytes = 1U << 28;  // of all variables together
  std::uint64_t max_variable_bytes = 1ULL << 40;   // a declaration alone costs nothing
  int max_nesting = 256;
  int max_errors = 50;
};

// Parses a whole module. On failure: all that was wrong, in the order of the text, each with file:line:column and what
// was expected. An instruction whose opcode or modifier is unknown is no error: it becomes Opcode::kUnknown (or keeps
// Modifier::kUnknown), so that only launching a kernel that needs it fails.
tl::expected<Module, Errors> parse(std::string_view text, std::string file_name, const ParseLimits& limits = {});

// PTX text that parses to the same module; sections and positions apart, it says what the original said.
std::string print(const Module& module);
std::string print(const Module& module, const Function& function, const Instruction& instruction);

}  // namespace warpscope::ptx

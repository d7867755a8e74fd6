// ptx/declarations.h: variables, parameters and their initialisers. Floor 1. Internal to the parser.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compute/ptx/reader.h"

namespace warpscope::ptx {

// A name in an initialiser, looked up at the end of the module: it may be declared further down.
struct PendingAddress {
  int relocation = 0;  // index into Variable::relocations
  std::string_view name;
  Position where;
};

struct Declared {
  Variable variable;
  std::string_view name;  // the same, as a key that outlives the parser
  std::vector<PendingAddress> addresses;
};

// What the parts of the parser share.
struct ModuleContext {
  explicit ModuleContext(Reader& text) : reader(text) {}

  Reader& reader;
  Module module;
  std::unordered_map<std::string_view, int> variables;
  std::unordered_map<std::string_view, int> functions;
  std::vector<std::pair<int, PendingAddress>> addresses;  // with the index of their module variable
  std::deque<std::string> made_names;                     // of numbered variables, which the text does not spell out
  // Used up so far, of ParseLimits.
  std::uint64_t registers = 0;
  std::uint64_t instructions = 0;
  std::uint64_t variable_count = 0;
  std::uint64_t initialiser_bytes = 0;
};

// Of a word without its dot; .shared::cta is .shared.
std::optional<Space> space_named(std::string_view word);
// The space among .global, .const, .shared, .local, .param and .reg, where the next token is one of them.
std::optional<Space> at_space(Reader& reader);

// Behind the state space: alignment, vector size, type and attributes into `head`. False after an error.
bool parse_head(ModuleContext& context, Variable& head);
// All that is declared behind the state space up to ';', which is taken. False after an error.
bool parse_variables(ModuleContext& context, Variable head, std::vector<Declared>& declared);
// "(.param .u64 a, .reg .u32 b)" behind which the caller goes on. False after an error.
bool parse_parameters(ModuleContext& context, std::vector<Declared>& parameters);
// "= {...}" behind the '='. False after an error.
bool parse_initialiser(ModuleContext& context, Declared& declared);

// Alignment and size from type, vector size and dimensions. False, with an error, where they are impossible.
bool lay_out(ModuleContext& context, Variable& variable);

}  // namespace warpscope::ptx

// What holds of any DebugInfo, whatever bytes it was made of. For tests of damaged sections and for fuzzing.
#pragma once

#include <string>

#include "compute/ptx/debug_info.h"

namespace warpscope::ptx {

// Asks everything there is to ask. "" or what does not hold.
inline std::string broken_invariant(const Module& module, const DebugInfo& info) {
  const auto in = [](int index, std::size_t size) { return index >= 0 && static_cast<std::size_t>(index) < size; };
  for (const TypeInfo& type : info.types()) {
    if (type.element != -1 && !in(type.element, info.types().size())) return "element of a type";
    for (const Member& member : type.members) {
      if (!in(member.type, info.types().size())) return "type of a member";
      if (member.bit_size < 0 || member.bit_size > 64 || member.bit_offset < 0) return "bits of a member";
    }
  }
  const auto broken_variable = [&](const VariableInfo& variable, const Function* code) -> std::string {
    if (variable.name.empty()) return "name of a variable";
    if (!in(variable.type, info.types().size())) return "type of a variable";
    if (variable.scope_lo < 0 || variable.scope_hi < variable.scope_lo) return "scope of a variable";
    if (code && static_cast<std::size_t>(variable.scope_hi) > code->instructions.size()) return "end of a scope";
    for (const VariablePlace& place : variable.places) {
      using Kind = VariablePlace::Kind;
      if (place.lo < 0 || place.hi < place.lo) return "range of a place";
      const bool needs_register = place.kind == Kind::kBased || (place.kind == Kind::kRegister && place.pieces.empty());
      if (needs_register && (!code || !in(place.reg, code->registers.size()))) return "register of a place";
      if (place.kind != Kind::kMemory && place.kind != Kind::kParameter) continue;
      const std::size_t size = place.symbol.kind == SymbolKind::kModuleVariable ? module.variables.size()
                               : place.symbol.kind == SymbolKind::kFunction     ? module.functions.size()
                               : !code                                          ? 0
                               : place.symbol.kind == SymbolKind::kParameter    ? code->parameters.size()
                               : place.symbol.kind == SymbolKind::kReturn       ? code->returns.size()
                                                                                : code->variables.size();
      if (!in(place.symbol.index, size)) return "symbol of a place";
    }
    return "";
  };
  for (const VariableInfo& global : info.globals()) {
    if (auto broken = broken_variable(global, nullptr); !broken.empty()) return broken + " (global)";
  }
  for (std::size_t f = 0; f < module.functions.size(); ++f) {
    const int function = static_cast<int>(f);
    for (const VariableInfo& variable : info.variables(function)) {
      if (auto broken = broken_variable(variable, &module.functions[f]); !broken.empty()) return broken;
    }
    for (std::size_t pc = 0; pc < module.functions[f].instructions.size(); ++pc) {
      const auto places = info.places(function, static_cast<int>(pc));
      for (const VariableInfo* variable : info.variables(function, static_cast<int>(pc))) {
        if (variable->inline_depth < 0) return "inline depth";
      }
      if (!places.empty() && places.front().line <= 0) return "line of a place";
    }
    if (info.readable_name(function).empty() != module.functions[f].name.empty()) return "readable name";
  }
  for (const base::Error& problem : info.problems()) {
    if (problem.message.empty()) return "text of a problem";
  }
  return info.problems().size() > 100 ? "number of problems" : "";
}

}  // namespace warpscope::ptx

// Compiled samples of tests/ptx/data/debug with their debug information, and questions to them in one word.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "compute/ptx/debug_info.h"
#include "compute/ptx/parser.h"

namespace warpscope::ptx {

struct DebugSample {
  std::unique_ptr<Module> module;  // does not move: `info` refers to it
  DebugInfo info;

  int function(const std::string& name) const {
    for (std::size_t i = 0; i < module->functions.size(); ++i) {
      if (module->functions[i].name == name) return static_cast<int>(i);
    }
    ADD_FAILURE() << "no function " << name;
    return -1;
  }

  const Function& code(int f) const { return module->functions.at(static_cast<std::size_t>(f)); }

  // The instruction that a label stands before: "3" is $L__tmp3.
  int at(int f, int tmp) const { return code(f).labels.at("$L__tmp" + std::to_string(tmp)); }

  // The innermost variable of this name that is visible there; nullptr: none.
  const VariableInfo* visible(int f, int pc, const std::string& name) const {
    const VariableInfo* found = nullptr;
    for (const VariableInfo* variable : info.variables(f, pc)) {
      if (variable->name == name) found = variable;
    }
    return found;
  }

  // "%r5", "local __local_depot1+96", "param p_param_1", "constant 3f000000", "out" (of sight: optimised out).
  std::string home(int f, int pc, const std::string& name) const {
    const VariableInfo* variable = visible(f, pc, name);
    if (!variable) return "not visible";
    for (const VariablePlace& place : variable->places) {
      if (place.lo <= pc && pc < place.hi) return text(f, place);
    }
    return "out";
  }

  std::string text(int f, const VariablePlace& place) const {
    std::string offset = place.offset == 0 ? "" : "+" + std::to_string(place.offset);
    char constant[32];
    const auto reg = static_cast<std::size_t>(place.reg);
    const auto index = static_cast<std::size_t>(place.symbol.index);
    switch (place.kind) {
      case VariablePlace::Kind::kRegister:
        return code(f).registers.at(reg).name;
      case VariablePlace::Kind::kBased:
        return "[" + code(f).registers.at(reg).name + offset + "]";
      case VariablePlace::Kind::kParameter:
        return "param " + code(f).parameters.at(index).name + offset;
      case VariablePlace::Kind::kConstant:
        (void)std::snprintf(constant, sizeof constant, "constant %llx", static_cast<unsigned long long>(place.value));
        return constant;
      case VariablePlace::Kind::kMemory:
        break;
    }
    const bool is_own = place.symbol.kind == SymbolKind::kFunctionVariable;
    const Variable& variable = is_own ? code(f).variables.at(index) : module->variables.at(index);
    return std::string(name_of(place.space)) + " " + variable.name + offset;
  }

  const TypeInfo& type(const VariableInfo& variable) const { return type(variable.type); }
  const TypeInfo& type(int index) const { return info.types().at(static_cast<std::size_t>(index)); }

  const VariableInfo& global(const std::string& name) const {
    const auto& all = info.globals();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& global) { return global.name == name; });
    if (found == all.end()) throw std::out_of_range("no global " + name);
    return *found;
  }

  std::vector<std::string> names(int f, int pc) const {
    std::vector<std::string> result;
    for (const VariableInfo* variable : info.variables(f, pc)) result.push_back(variable->name);
    return result;
  }

  // "square(float) 2:3 < length2(float, float) 7:3 < ...": innermost first.
  std::string chain(int f, int pc) const {
    std::string result;
    for (const SourcePlace& place : info.places(f, pc)) {
      result += (result.empty() ? "" : " < ") + place.function + " " + std::to_string(place.line) + ":" +
                std::to_string(place.column);
    }
    return result;
  }
};

inline std::string debug_sample_text(const std::string& name) {
  std::ifstream file(WARPSCOPE_SOURCE_DIR "/tests/ptx/data/debug/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline DebugSample debug_sample(const std::string& name) {
  auto module = parse(debug_sample_text(name), name);
  if (!module) throw std::runtime_error(module.error().front().text());
  DebugSample sample;
  sample.module = std::make_unique<Module>(std::move(*module));
  sample.info = DebugInfo::read(*sample.module);
  for (const base::Error& problem : sample.info.problems()) ADD_FAILURE() << problem.text();
  return sample;
}

}  // namespace warpscope::ptx

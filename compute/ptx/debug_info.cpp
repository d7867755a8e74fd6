// Questions about debug information: see debug_info.h. How it is read: debug_reader.h.
#include "compute/ptx/debug_info.h"

#include "compute/ptx/debug_reader.h"

namespace warpscope::ptx {

namespace {

const std::string kNoName;
const std::vector<VariableInfo> kNoVariables;

const Loc* loc_of(const Function& function, int index) {
  return index >= 0 && static_cast<std::size_t>(index) < function.locs.size()
             ? &function.locs[static_cast<std::size_t>(index)]
             : nullptr;
}

}  // namespace

DebugInfo DebugInfo::read(const Module& module) {
  return DebugInfoReader(module).read();
}

std::vector<SourcePlace> DebugInfo::places(int function, int pc) const {
  std::vector<SourcePlace> result;
  const auto f = static_cast<std::size_t>(function);
  if (!module_ || function < 0 || f >= functions_.size() || pc < 0) return result;
  const Function& code = module_->functions[f];
  const auto at = static_cast<std::size_t>(pc);
  const Loc* loc = at < code.instructions.size() ? loc_of(code, code.instructions[at].loc) : nullptr;
  if (!loc || loc->line <= 0) return result;  // line 0: made by the compiler, of no line
  const auto add = [&](const Loc& from, const std::string& name) {
    result.push_back({std::string(module_->file_path(from.file)), from.line, from.column, name});
  };
  const FunctionInfo& info = functions_[f];
  if (loc->inlined_at < 0 && loc->function.empty()) {
    // Debug builds say in DWARF what was inlined, optimised ones behind .loc.
    int inlined = at < info.inlined_at.size() ? info.inlined_at[at] : -1;
    add(*loc, inlined < 0 ? info.readable_name : info.inlined[static_cast<std::size_t>(inlined)].function);
    while (inlined >= 0) {
      const Inlined& call = info.inlined[static_cast<std::size_t>(inlined)];
      inlined = call.outer;
      result.push_back(call.called_from);
      result.back().function =
          inlined < 0 ? info.readable_name : info.inlined[static_cast<std::size_t>(inlined)].function;
    }
    return result;
  }
  // A .loc is inlined at an earlier one, so indices fall; anything else would be a cycle.
  for (int index = code.instructions[at].loc; loc != nullptr;) {
    const auto name = inlined_names_.find(loc->function);
    add(*loc, name != inlined_names_.end() ? name->second : loc->inlined_at < 0 ? info.readable_name : std::string());
    const int next = loc->inlined_at < index ? loc->inlined_at : -1;
    index = next;
    loc = loc_of(code, next);
  }
  return result;
}

std::vector<const VariableInfo*> DebugInfo::variables(int function, int pc) const {
  std::vector<const VariableInfo*> result;
  for (const VariableInfo& variable : variables(function)) {
    if (variable.scope_lo <= pc && pc < variable.scope_hi) result.push_back(&variable);
  }
  return result;
}

const std::vector<VariableInfo>& DebugInfo::variables(int function) const {
  const auto f = static_cast<std::size_t>(function);
  return function >= 0 && f < functions_.size() ? functions_[f].variables : kNoVariables;
}

const std::string& DebugInfo::readable_name(int function) const {
  const auto f = static_cast<std::size_t>(function);
  return function >= 0 && f < functions_.size() ? functions_[f].readable_name : kNoName;
}

}  // namespace warpscope::ptx

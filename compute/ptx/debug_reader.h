// ptx/debug_reader.h: makes a DebugInfo of a module's sections. Internal to ptx. Floor 1.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compute/ptx/debug_dwarf.h"
#include "compute/ptx/debug_expression.h"
#include "compute/ptx/debug_info.h"
#include "compute/ptx/debug_types.h"

namespace warpscope::ptx {

class DebugInfoReader {
 public:
  explicit DebugInfoReader(const Module& module);
  DebugInfo read();

 private:
  using Range = std::pair<int, int>;  // of instructions; the second is exclusive

  // Names of one function, sorted, and their indices. Made for functions that have variables only.
  template <class Index>
  using Sorted = std::vector<std::pair<std::string_view, Index>>;
  struct Names {
    Sorted<int> registers;
    Sorted<SymbolRef> symbols;
  };

  // A scope that waits to be read: a function, a block in it, or a function inlined there.
  struct Scope {
    int entry = 0;
    int lo = 0, hi = 0;
    int inline_depth = 0;
    int inlined = -1;  // index into FunctionInfo::inlined
  };

  void name_functions();
  void name_inlined();
  void read_entries();
  void read_function(int entry);
  int function_of(const dwarf::Attributes& attributes);
  void read_scope(const Scope& scope, std::vector<Scope>& inner);
  void enter_block(const Scope& outer, int entry, std::vector<Scope>& inner);
  int enter_inlined(const Scope& outer, int entry, const dwarf::Attributes& attributes,
                    const std::vector<Range>& ranges);
  void read_global(int entry);
  std::optional<VariableInfo> read_variable(int entry, const Scope& scope);
  void read_places(int entry, const dwarf::Attributes& attributes, const Scope& scope, VariableInfo& variable);
  void read_list(int entry, std::uint64_t offset, const dwarf::Attributes& attributes, VariableInfo& variable);
  std::optional<VariablePlace> place(const dwarf::Expression& expression, const dwarf::Attributes& attributes);
  std::optional<VariablePlace> place_in_frame(const dwarf::Expression& expression);
  std::optional<VariablePlace> place_at_symbol(const dwarf::Expression& expression, Space space);
  std::optional<VariablePlace> place_in_pieces(const dwarf::Expression& expression);
  std::string full_name(const dwarf::Attributes& attributes);
  std::string signature(int entry, std::string_view name);
  // The entry itself, then what DW_AT_abstract_origin and DW_AT_specification lead to.
  std::vector<dwarf::Attributes> with_origins(const dwarf::Attributes& attributes);
  std::vector<Range> ranges_of(const dwarf::Attributes& attributes);
  // Index of the instruction that an address stands before, in the current function; -1: in none.
  int pc_of(const Fixup* fixup) const;
  int function_with_label(const std::string& label);
  const Names& names_of(int function);
  int find_register(std::string_view name);
  std::optional<SymbolRef> find_symbol(std::string_view name);
  const Function& current() const { return module_.functions[static_cast<std::size_t>(function_)]; }
  DebugInfo::FunctionInfo& current_info() { return result_.functions_[static_cast<std::size_t>(function_)]; }

  const Module& module_;
  DebugInfo result_;
  dwarf::Budget budget_;
  dwarf::Problems problems_;
  dwarf::Entries entries_;
  dwarf::Data locations_;
  dwarf::Data range_lists_;
  dwarf::TypeReader types_;
  int function_ = -1;  // index into Module::functions of the one that is read; -1: variables of file scope
  dwarf::Expression frame_base_;
  std::unordered_map<std::string_view, int> functions_;  // by name
  std::unordered_map<std::string_view, int> module_variables_;
  std::unordered_map<std::string_view, int> labels_;   // label -> function; filled when first asked for
  std::unordered_map<std::string_view, int> demoted_;  // variable declared in a function -> that function
  std::map<int, Names> names_;                         // by function
  std::map<int, std::vector<VariableInfo>> demoted_variables_;
};

}  // namespace warpscope::ptx

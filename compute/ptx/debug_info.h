// ptx/debug_info.h: what the debug information of a module says about its code. Floor 1. Immutable once made.
// Made from .loc directives and from the DWARF that nvcc -G writes into .debug_* sections (DWARF 2, with registers
// encoded as the ULEB128 of their ASCII name).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/ptx/module.h"

namespace warpscope::ptx {

// One step of an inlining chain; the first is where the code stands, the last is in the function that is executed.
struct SourcePlace {
  std::string file;      // as .file says it
  int line = 0;          // from 1
  int column = 0;        // from 1; 0: not known
  std::string function;  // that the line belongs to, demangled where DWARF or the string table knows it; else ""
};

struct TypeInfo;

struct Member {
  std::string name;
  std::uint64_t offset_bytes = 0;
  int bit_size = 0;    // of bit fields; 0: not one
  int bit_offset = 0;  // from the least significant bit of the storage unit
  int type = -1;       // index into DebugInfo::types()
};

struct TypeInfo {
  enum class Kind : std::uint8_t {
    kUnknown,
    kVoid,
    kBool,
    kSigned,
    kUnsigned,
    kFloat,
    kChar,
    kPointer,
    kReference,
    kArray,
    kStruct,
    kUnion,
    kEnum,
    kFunction,
  };
  Kind kind = Kind::kUnknown;
  std::string name;  // "float", "float4", "const int *"
  std::uint64_t size_bytes = 0;
  int element = -1;                   // of pointers, references, arrays and enums: index of the type behind
  std::vector<std::uint64_t> counts;  // of arrays: elements along each dimension, outermost first
  std::vector<Member> members;        // of structs and unions
  std::vector<std::pair<std::string, std::int64_t>> enumerators;
  Space pointer_space = Space::kGeneric;
};

// Where a variable's value lives while lo <= pc < hi.
struct VariablePlace {
  enum class Kind : std::uint8_t {
    kRegister,   // reg: index into Function::registers (several in `pieces` where a value is spread over registers)
    kMemory,     // at `symbol` + offset in `space` (a depot, a .shared or .global variable)
    kBased,      // in `space`, at the address in register reg, plus offset
    kParameter,  // in the function's parameter `symbol.index`, plus offset
    kConstant,   // value
  };
  Kind kind = Kind::kRegister;
  int reg = -1;
  Space space = Space::kGeneric;
  SymbolRef symbol;
  std::int64_t offset = 0;
  std::uint64_t value = 0;
  struct Piece {
    int reg = -1;
    int bytes = 0;
  };
  std::vector<Piece> pieces;
  int lo = 0, hi = 0;  // indices of instructions; hi exclusive
};

struct VariableInfo {
  std::string name;
  int type = -1;  // index into DebugInfo::types()
  bool is_parameter = false;
  int declared_line = 0;
  // 0: the function's own; n: of the n-th function inlined around the code, outermost first. At a pc with d places, it
  // belongs to places[d - 1 - inline_depth].
  int inline_depth = 0;
  // Instructions of the function for which the name is in scope.
  int scope_lo = 0, scope_hi = 0;
  std::vector<VariablePlace> places;  // empty, or none covering a pc: optimised out there
};

class DebugInfo {
 public:
  // Never fails: a damaged section costs what depends on it, and is told in problems().
  static DebugInfo read(const Module& module);

  // Innermost first; empty where the instruction has no line. `function` is an index into Module::functions, `pc` one
  // into its instructions.
  std::vector<SourcePlace> places(int function, int pc) const;
  // Variables declared in the function whose scope contains pc, inner scopes last (they hide outer ones of the same
  // name).
  std::vector<const VariableInfo*> variables(int function, int pc) const;
  // All variables of a function, in order of declaration.
  const std::vector<VariableInfo>& variables(int function) const;
  // Variables of file scope: .global, .const and .shared ones.
  const std::vector<VariableInfo>& globals() const { return globals_; }
  const std::vector<TypeInfo>& types() const { return types_; }
  // "foo(int, float *)": from DWARF or by demangling; the name itself where neither knows more.
  const std::string& readable_name(int function) const;
  bool has_variables() const { return has_variables_; }  // DWARF was there
  const std::vector<base::Error>& problems() const { return problems_; }

 private:
  // A function that was inlined, and from where it was called.
  struct Inlined {
    std::string function;
    SourcePlace called_from;  // without the function
    int outer = -1;           // index of what was inlined around it; -1: the function itself
  };
  struct FunctionInfo {
    std::string readable_name;
    std::vector<VariableInfo> variables;
    std::vector<Inlined> inlined;
    std::vector<int> inlined_at;  // instruction -> innermost index into `inlined`, or -1; empty: nothing was inlined
  };
  const Module* module_ = nullptr;                                 // must outlive this
  std::map<std::string, std::string, std::less<>> inlined_names_;  // label in .debug_str -> readable name
  std::vector<FunctionInfo> functions_;
  std::vector<VariableInfo> globals_;
  std::vector<TypeInfo> types_;
  bool has_variables_ = false;
  std::vector<base::Error> problems_;
  friend class DebugInfoReader;
};

}  // namespace warpscope::ptx

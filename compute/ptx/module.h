// ptx/module.h: what a PTX text says, as data. Floor 1. Plain values; nothing here runs anything.
// Every position counts lines and columns of the PTX text from 1. Indices refer to the vectors beside them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/launch_types.h"
#include "compute/ptx/opcodes.h"
#include "compute/ptx/types.h"

namespace warpscope::ptx {

struct Position {
  int line = 0;
  int column = 0;
};

// ---- Operands

enum class SymbolKind : std::uint8_t {
  kModuleVariable,    // Module::variables
  kFunctionVariable,  // Function::variables: .shared, .local, .param (of calls), ... declared in a body
  kParameter,         // Function::parameters
  kReturn,            // Function::returns
  kFunction,          // Module::functions
};

struct SymbolRef {
  SymbolKind kind = SymbolKind::kModuleVariable;
  int index = 0;
};

enum class OperandKind : std::uint8_t {
  kRegister,   // reg
  kInteger,    // value: constant expressions are folded; unsigned 64-bit values keep their bits
  kFloat32,    // value: the 32 bits (0fXXXXXXXX)
  kFloat64,    // value: the 64 bits (0dXXXXXXXXXXXXXXXX, or a decimal literal such as 1.5)
  kSpecial,    // special
  kSymbol,     // symbol + value: an address, or a function
  kAddress,    // [reg + value], [symbol + value] or [value]: `base` says which
  kVector,     // {list...}
  kPair,       // list[0] | list[1]: two destinations, of which either may be kSink
  kLabel,      // value: index of the instruction the label stands before
  kSink,       // _
  kArguments,  // (list...): of a call
  kTexture,    // [list[0], list[1]] or with list[2]: texture or surface, (sampler,) coordinates (kVector or one operand)
  kTargets,    // value: index into Function::target_lists (brx.idx, call.targets) or Function::prototypes
  kPrototype,  // value: index into Function::prototypes
};

enum class AddressBase : std::uint8_t { kRegister, kSymbol, kAbsolute };

struct Operand {
  OperandKind kind = OperandKind::kRegister;
  AddressBase base = AddressBase::kRegister;  // of kAddress
  SpecialRegister special = SpecialRegister::kTidX;
  bool negated = false;   // "!p", and "-x" before a register where an instruction allows it
  int reg = -1;           // index into Function::registers
  SymbolRef symbol;
  std::int64_t value = 0;
  std::vector<Operand> list;
  Position where;
};

// ---- Instructions

struct Guard {
  int reg = -1;  // -1: none
  bool negated = false;
};

struct Instruction {
  Opcode opcode = Opcode::kUnknown;
  std::string name;              // as written, "atom.global.add.u32": for messages, printing and rare modifiers
  std::vector<Type> types;       // the types among the modifiers, in order
  std::vector<Modifier> modifiers;  // the others, in order. Orders differ between compilers: ask has()
  Space space = Space::kGeneric; // the first state space among the modifiers (cvta.to.global: kGlobal)
  Space second_space = Space::kGeneric;  // the second, of cp.async.shared.global
  int vector_size = 1;           // .v2, .v4, .v8
  Guard guard;
  std::vector<Operand> operands;
  int loc = -1;                  // index into Function::locs: where it comes from in the source
  Position where;

  bool has(Modifier modifier) const;
};

// ---- Declarations

struct Register {
  std::string name;  // "%f1"; registers of inner scopes keep the name they were given
  Type type = Type::kB32;
};

// An initialiser's address of a symbol: `size` bytes at `offset` hold (address of symbol) + addend, shifted right by
// `shift` bits and masked where written with mask() operators.
struct Relocation {
  std::uint64_t offset = 0;
  int size_bytes = 8;
  SymbolRef symbol;
  std::int64_t addend = 0;
  bool generic = false;  // generic(symbol)
  int shift = 0;
};

enum class Linkage : std::uint8_t { kLocal, kVisible, kExtern, kWeak, kCommon };

struct Variable {
  std::string name;
  Space space = Space::kGlobal;
  Type type = Type::kB8;
  int vector_size = 1;
  int align_bytes = 1;                   // natural alignment of the type where none is written
  std::vector<std::uint64_t> dimensions; // of arrays; an empty bracket is 0
  std::uint64_t size_bytes = 0;          // 0: extern array without size (dynamic shared memory)
  Linkage linkage = Linkage::kLocal;
  bool is_pointer = false;               // .param .u64 .ptr
  Space pointer_space = Space::kGeneric; // .ptr .global
  int pointer_align_bytes = 0;           // .ptr .align
  std::vector<std::uint8_t> bytes;       // of the initialiser: empty (all zero) or at most size_bytes, the rest is zero
  std::vector<Relocation> relocations;
  Position where;
};

// A line of the source, as .loc says.
struct Loc {
  int file = 0;         // the number in .file
  int line = 0;
  int column = 0;
  int inlined_at = -1;  // index into the same vector: where this was inlined into; -1: not inlined
  std::string function; // label of the inlined function's name in .debug_str; "" where none is given
};

struct Prototype {
  std::string name;
  std::vector<Variable> returns;
  std::vector<Variable> parameters;
  bool noreturn = false;
};

struct TargetList {
  std::string name;
  std::vector<int> instructions;   // .branchtargets: indices of instructions
  std::vector<int> functions;      // .calltargets: indices into Module::functions
};

struct Function {
  std::string name;
  bool is_entry = false;
  bool is_declaration = false;  // no body
  bool noreturn = false;
  Linkage linkage = Linkage::kLocal;
  std::vector<Variable> returns;
  std::vector<Variable> parameters;
  std::vector<Register> registers;
  std::vector<Variable> variables;
  std::vector<Instruction> instructions;
  std::map<std::string, int> labels;  // name -> index of the instruction it stands before (may be one past the end)
  std::vector<TargetList> target_lists;
  std::vector<Prototype> prototypes;
  std::vector<Loc> locs;
  // Launch bounds; nothing said: nullopt.
  std::optional<base::Dim3> max_threads;       // .maxntid
  std::optional<base::Dim3> required_threads;  // .reqntid
  std::optional<int> min_blocks_per_sm;        // .minnctapersm
  std::optional<int> max_registers;            // .maxnreg
  std::vector<std::string> pragmas;
  Position where;
};

// ---- Debug sections

// `size_bytes` bytes at `offset` hold an address: of a label in the code, of a section plus label, or of a symbol.
struct Fixup {
  std::uint64_t offset = 0;
  int size_bytes = 8;
  std::string symbol;  // "$L__tmp3", ".debug_str", "tile"
  std::int64_t addend = 0;
};

struct Section {
  std::string name;  // ".debug_info"
  std::vector<std::uint8_t> bytes;
  std::vector<Fixup> fixups;
  std::map<std::string, std::uint64_t> labels;  // name -> offset
};

struct SourceFile {
  int number = 0;
  std::string path;
};

struct Module {
  std::string file;  // of the PTX text
  int version_major = 0, version_minor = 0;
  std::string target;                  // "sm_80"
  std::vector<std::string> target_options;  // "debug", "texmode_independent", ...
  int address_size = 64;
  std::vector<SourceFile> files;
  std::vector<Variable> variables;
  std::vector<Function> functions;     // a prototype and its later body are one entry
  std::vector<Section> sections;
  std::vector<std::string> pragmas;

  const Function* find_function(std::string_view name) const;
  const Variable* find_variable(std::string_view name) const;
  const Section* find_section(std::string_view name) const;
  // The path of .file number; "" where there is none.
  std::string_view file_path(int number) const;
};

}  // namespace warpscope::ptx

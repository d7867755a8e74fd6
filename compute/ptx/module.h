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
  kRegister,  // reg
  kInteger,   // value: constant expressions are folded; unsigned 64-bit values keep their bits
  kFloat32,   // value: the 32 bits (0fXXXXXXXX)
  kFloat64,   // value: the 64 bits (0dXXXXXXXXXXXXXXXX, or a decimal literal such as 1.5)
  kSpecial,   // special
  kSymbol,    // symbol + value: an address, or a function
  kAddress,   // [reg + value], [symbol + value] or [value]: `base` says which
  kVector,    // {list...}
  kPair,   // list[0] | list[1]: two destinations, of which either may be kSink; the first a kVector where tex gives one
  kLabel,  // value: index of the instruction the label stands before
  kSink,   // _
  kArguments,  // (list...): of a call. A call always has: operands[0] the returns and [2] the arguments (kArguments,
               // empty where none are written), [1] the callee, and [3] kPrototype or kTargets where one is named
  kTexture,  // [list[0], list[1]] or with list[2]: texture or surface, (sampler,) coordinates (kVector or one operand)
  kTargets,  // value: index into Function::target_lists (brx.idx, indirect calls)
  kPrototype,  // value: index into Function::prototypes
};

enum class AddressBase : std::uint8_t { kRegister, kSymbol, kAbsolute };

struct Operand {
  OperandKind kind = OperandKind::kRegister;
  AddressBase base = AddressBase::kRegister;  // of kAddress
  SpecialRegister special = SpecialRegister::kTidX;
  bool negated = false;  // "!p", and "-x" before a register where an instruction allows it
  int reg = -1;          // index into Function::registers
  // Which parts of the register a video instruction means: ".b3210" is 0xb3210, ".h10" is 0xa10; 0: the whole.
  std::uint32_t part = 0;
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
  std::string name;                      // as written, "atom.global.add.u32": for messages, printing and rare modifiers
  std::vector<Type> types;               // the types among the modifiers, in order
  std::vector<Modifier> modifiers;       // the others, in order. Orders differ between compilers: ask has()
  Space space = Space::kGeneric;         // the first state space among the modifiers (cvta.to.global: kGlobal)
  Space second_space = Space::kGeneric;  // the second, of cp.async.shared.global
  int vector_size = 1;                   // .v2, .v4, .v8
  Guard guard;
  std::vector<Operand> operands;
  int loc = -1;  // index into Function::locs: where it comes from in the source
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
  int align_bytes = 1;                    // natural alignment of the type where none is written
  std::vector<std::uint64_t> dimensions;  // of arrays; an empty bracket is 0
  std::uint64_t size_bytes = 0;           // 0: extern array without size (dynamic shared memory)
  Linkage linkage = Linkage::kLocal;
  bool is_pointer = false;                // .param .u64 .ptr
  Space pointer_space = Space::kGeneric;  // .ptr .global
  int pointer_align_bytes = 0;            // .ptr .align
  bool is_managed = false;                // .attribute(.managed)
  int reg = -1;                           // of parameters in .reg space: index into Function::registers
  std::vector<std::uint8_t> bytes;  // of the initialiser: empty (all zero) or at most size_bytes, the rest is zero
  std::vector<Relocation> relocations;
  // Of .samplerref and .texref: "addr_mode_0" = "clamp_to_border".
  std::vector<std::pair<std::string, std::string>> properties;
  Position where;
};

// A line of the source, as .loc says.
struct Loc {
  int file = 0;  // the number in .file
  int line = 0;
  int column = 0;
  int inlined_at = -1;   // index into the same vector: where this was inlined into; -1: not inlined
  std::string function;  // label of the inlined function's name in .debug_str; "" where none is given
};

struct Prototype {
  std::string name;
  std::vector<Variable> returns;
  std::vector<Variable> parameters;
  bool noreturn = false;
};

struct TargetList {
  std::string name;
  std::vector<int> instructions;  // .branchtargets: indices of instructions
  std::vector<int> functions;     // .calltargets: indices into Module::functions
};

// What stands between the instructions of a body, in the order of the text: enough to tell which of two registers of
// the same name an inner scope means, and to print the body again.
struct BodyMark {
  enum class Kind : std::uint8_t {
    kOpen,           // {
    kClose,          // }
    kRegister,       // .reg name: registers[first], ... one for each of `width` components
    kRegisterRange,  // .reg name<count>: count * width registers from registers[first]
    kVariable,       // variables[first]
    kPrototype,      // prototypes[first]
    kTargets,        // target_lists[first]
  };
  Kind kind = Kind::kOpen;
  std::uint8_t width = 1;  // of .v2 and .v4 registers
  int instruction = 0;     // stands before this one; may be one past the end
  int first = 0;
  int count = 0;
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
  std::vector<BodyMark> marks;
  // Name -> index of the instruction it stands before (may be one past the end). Where scopes repeat a name, the later
  // ones are kept as name$2, name$3, ...
  std::map<std::string, int> labels;
  std::vector<TargetList> target_lists;
  std::vector<Prototype> prototypes;
  std::vector<Loc> locs;
  // Launch bounds; nothing said: nullopt.
  std::optional<base::Dim3> max_threads;       // .maxntid
  std::optional<base::Dim3> required_threads;  // .reqntid
  std::optional<int> min_blocks_per_sm;        // .minnctapersm
  std::optional<int> max_registers;            // .maxnreg
  std::optional<base::Dim3> required_cluster;  // .reqnctapercluster: blocks of a cluster
  std::optional<int> max_cluster_rank;         // .maxclusterrank
  bool explicit_cluster = false;               // .explicitcluster: must be launched with a cluster dimension
  bool blocks_are_clusters = false;            // .blocksareclusters
  int alias_of = -1;                           // .alias: index of the function that is meant
  std::vector<std::string> pragmas;
  Position where;
};

// ---- Debug sections

// `size_bytes` bytes at `offset` hold an address: of a label in the code, of a section plus label, or of a symbol.
struct Fixup {
  std::uint64_t offset = 0;
  int size_bytes = 8;
  std::string symbol;  // "$L__tmp3", ".debug_str", "tile"
  std::string minus;   // "$L__tmp3 - $L__func_begin0": what is subtracted; "" where nothing is
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
  std::string target;                       // "sm_80"
  std::vector<std::string> target_options;  // "debug", "texmode_independent", ...
  int address_size = 64;
  std::vector<SourceFile> files;
  std::vector<Variable> variables;
  std::vector<Function> functions;  // a prototype and its later body are one entry
  std::vector<Section> sections;
  std::vector<std::string> pragmas;

  const Function* find_function(std::string_view name) const;
  const Variable* find_variable(std::string_view name) const;
  const Section* find_section(std::string_view name) const;
  // The path of .file number; "" where there is none.
  std::string_view file_path(int number) const;
};

}  // namespace warpscope::ptx

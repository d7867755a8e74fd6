// vgpu/program.h: a module decoded for the virtual GPU. Floor 2. Immutable after load().
// Every function's instructions stand in one vector, and a Pc is an index into it. An instruction knows the handler
// that executes it on the lanes of a warp, and where the rows of its operands lie.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/base/launch_types.h"
#include "compute/ptx/module.h"
#include "compute/vgpu/global_memory.h"

namespace warpscope::vgpu {

using base::LaneMask;
using Pc = std::uint32_t;
inline constexpr Pc kNoPc = 0xffff'ffffU;

struct Exec;
struct Inst;
// Executes one instruction on the lanes of exec.mask (all 32 of them where it is an Inst::full).
using Handler = void (*)(Exec& exec, const Inst& inst);

// Where a row of 32 values begins: bytes behind one of two bases. The frame's rows are the registers of the function
// that runs; the warp's rows are constants (immediates, addresses of symbols) and special registers, the same for every
// frame. A row of n-byte values is 32*n bytes long, lane 0 first; a predicate's row is one LaneMask.
class RowRef {
 public:
  RowRef() = default;
  constexpr RowRef(std::uint32_t offset, bool in_frame) : bits_(offset | (in_frame ? 1U : 0U)) {}
  std::uint32_t offset() const { return bits_ & ~1U; }  // an even number
  bool in_frame() const { return (bits_ & 1U) != 0; }
  bool operator==(const RowRef&) const = default;
  // Offset and base in one number: the lowest bit is the base's index, and added to the offset (see Exec::bases).
  std::uint32_t bits() const { return bits_; }

 private:
  std::uint32_t bits_ = 0;
};

enum class InstKind : std::uint8_t {
  kLane,    // each lane by itself, cannot fail: arithmetic, moves, comparisons
  kMemory,  // may fault; fills in Exec::access where somebody watches
  kWarp,    // lanes exchange values (shfl, vote, match, redux, mma, bar.warp.sync, ...): waits for the lanes of its
            // member mask
  kBranch,
  kBranchIndexed,
  kCall,
  kReturn,
  kExit,
  kBarrier,  // bar, barrier: of a block
  kYield,    // nanosleep: other warps go first
  kTrap,
  kBreakpoint,
  kNop,
};
inline constexpr std::size_t kInstKinds = static_cast<std::size_t>(InstKind::kNop) + 1;

struct Inst {
  Handler full = nullptr;    // all 32 lanes take part
  Handler masked = nullptr;  // some do
  Handler in_run = nullptr;  // all of them, in a run (runs.h)
  InstKind kind = InstKind::kNop;
  bool has_guard = false;
  bool guard_negated = false;
  bool waits = true;  // of kWarp: false where it does not wait for others (activemask, vote without .sync)
  bool member_mask_is_all = false;  // of kWarp: .aligned ones without a mask (wmma, mma, ldmatrix)
  std::uint16_t run = 0;            // how many instructions to execute in one go from here; 0: this alone (runs.h)
  std::uint8_t shape = 0;           // of loads in a run: which of Exec::shapes their base register has,
  bool shape_known = false;         // and whether a load before this one has found it
  std::uint8_t flags[2] = {};       // the handler's own
  RowRef guard;
  RowRef d;                // destination
  RowRef s[4];             // sources
  RowRef members;          // of kWarp: the row of the member mask (u32)
  std::int64_t imm = 0;    // the handler's own: offset of an address, table index, ...
  std::uint32_t list = 0;  // further rows: Program::lists[list .. list + list_size)
  std::uint16_t list_size = 0;
  std::uint16_t extra = 0;  // the handler's own small number
  Pc target = kNoPc;        // kBranch: where it goes. kCall: index into Program::calls. kBranchIndexed: index into
                            // Program::tables. kBarrier: index into Program::barriers
  Pc reconverge = kNoPc;    // kBranch, kBranchIndexed: immediate post-dominator; kNoPc: none in this function
};

// One function of the program.
struct FunctionCode {
  int source = -1;        // index into ptx::Module::functions
  Pc begin = 0, end = 0;  // one Inst for each ptx instruction, in the same order; at `end` stands an implicit ret
  std::uint32_t frame_bytes = 0;  // of registers
  std::uint32_t local_bytes = 0;  // per lane: returns, parameters, .local and call .param variables, in this order
  std::vector<RowRef> registers;  // by index of ptx::Function::registers
  // Offsets per lane from the frame's local base, by index of the ptx vectors. Of an entry, parameters are in the
  // launch's parameter bytes instead.
  std::vector<std::uint32_t> return_offsets, parameter_offsets;
  std::vector<std::uint64_t>
      variable_offsets;  // of .shared ones in shared memory; of .global and .const ones their address
  std::uint32_t return_bytes = 0, parameter_bytes = 0;  // including padding; an entry's: of its parameter block
  std::uint32_t static_shared_bytes = 0;                // an entry's: what it and everything it may call declare
  std::vector<base::Error> refused;                     // what cannot be executed, in order of the text
  std::vector<int> callees;  // indices of functions that may be called (address taken ones too), directly
};

struct CallSite {
  int function = -1;       // index into Program::functions; -1: indirect, address in `address`
  RowRef address;          // u64 row
  int intrinsic = -1;      // index into the intrinsics (vprintf, malloc, ...); -1: none
  struct Value {           // an argument, or where a result goes
    bool in_local = true;  // a .param variable of the caller: `offset` behind its local base
    std::uint32_t offset = 0;
    RowRef row;  // else a register (or a constant), of values of row_bytes
    std::uint8_t row_bytes = 4;
    std::uint32_t size_bytes = 0;
  };
  std::vector<Value> arguments, results;
};

struct BarrierUse {
  enum class Action : std::uint8_t { kSync, kArrive, kRedPopc, kRedAnd, kRedOr };
  Action action = Action::kSync;
  bool aligned = true;  // bar.*: every lane of the warp should come
  RowRef id, count;     // u32 rows
  bool has_count = false;
  RowRef destination, predicate;  // of the reductions
  bool predicate_negated = false;
};

// What a warp's constant rows begin with.
struct ConstantRow {
  std::uint32_t offset = 0;  // of the row
  std::uint8_t bytes = 4;    // of a value: 2, 4 or 8; 0: a predicate (one mask)
  std::uint64_t bits = 0;
  bool dynamic_shared = false;  // the launch's offset of dynamic shared memory is added
};
struct SpecialRow {
  std::uint32_t offset = 0;
  ptx::SpecialRegister special = ptx::SpecialRegister::kTidX;
};

struct SharedVariable {
  std::string name;
  std::uint32_t offset = 0, size_bytes = 0;
  int function = -1;  // ptx function that declares it; -1: the module
  int index = -1;     // in the vector of variables there
};

struct Program {
  std::shared_ptr<const ptx::Module> module;
  std::vector<Inst> code;
  std::vector<std::uint32_t> source_of;  // code index -> index into its ptx::Function::instructions
  std::vector<int> function_of;          // code index -> index into functions
  std::vector<FunctionCode> functions;   // in the order of ptx::Module::functions
  std::vector<RowRef> lists;
  std::vector<CallSite> calls;
  std::vector<std::vector<Pc>> tables;  // of brx.idx
  std::vector<BarrierUse> barriers;
  std::vector<ConstantRow> constants;
  std::vector<SpecialRow> specials;
  std::uint32_t constant_bytes = 0;               // of a warp's constant and special rows together
  std::vector<std::uint64_t> variable_addresses;  // of Module::variables: global address, or offset in shared memory
  std::vector<SharedVariable> shared_variables;
  std::uint32_t dynamic_shared_offset = 0;  // of extern .shared arrays, behind all static ones

  // Decodes a module; its .global and .const variables are allocated and initialised in `memory`. Fails only where the
  // module as a whole is impossible (out of memory, an initialiser that points nowhere). Instructions that are not
  // supported are in FunctionCode::refused.
  static tl::expected<std::shared_ptr<const Program>, std::vector<base::Error>> load(
      std::shared_ptr<const ptx::Module> module, GlobalMemory& memory);

  // -1 where there is no such function.
  int find_function(std::string_view name) const;
  // Everything refused in a function and what it may call: empty means that it can be launched.
  std::vector<base::Error> refusals(int function) const;
  const ptx::Function& source_function(Pc pc) const {
    return module->functions[static_cast<std::size_t>(functions[static_cast<std::size_t>(function_of[pc])].source)];
  }
  const ptx::Instruction* source(Pc pc) const;  // null for the implicit ret
};

}  // namespace warpscope::vgpu

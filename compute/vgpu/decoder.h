// vgpu/decoder.h: from a ptx instruction to an Inst. Floor 2. Used by Program::load only.
// Each family of opcodes has a function decode_FAMILY(decoder, instruction, out) that fills in handler and rows and
// returns true, returns false where the opcode is not its own, or calls refuse() (and returns true) where a variant is
// not supported.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "compute/ptx/module.h"
#include "compute/vgpu/program.h"

namespace warpscope::vgpu {

// Constant rows of the program while it is made: equal constants share a row.
struct ConstantPool {
  std::map<std::tuple<std::uint64_t, int, bool>, std::uint32_t> constants;  // (bits, bytes, dynamic shared) -> offset
  std::map<ptx::SpecialRegister, std::uint32_t> specials;
};

class Decoder {
 public:
  Decoder(Program& program, ConstantPool& pool, int function);

  const ptx::Module& module() const { return *program_.module; }
  const ptx::Function& function() const { return source_; }
  Program& program() { return program_; }
  FunctionCode& code() { return code_; }

  // ---- Rows

  // The row of an operand that is read as `type`: a register, an immediate (converted to the type: a float literal for
  // f32/f16 is rounded, an integer is cut to its width), a special register that does not change while a block runs, or
  // the address of a symbol that is fixed (global, const, shared, function; not local: see is_local_symbol). The width
  // of a register's row is that of the register, see register_bytes().
  RowRef source(const ptx::Operand& operand, ptx::Type type);
  // The row of a destination register; of a sink a row that nobody reads.
  RowRef destination(const ptx::Operand& operand);
  // Bytes per lane of a register operand's row: 2 (also for 8-bit registers), 4, 8, 16; 0: predicate. Immediates: those
  // of the type they are read as.
  int row_bytes(const ptx::Operand& operand, ptx::Type type) const;
  RowRef constant(std::uint64_t bits, int bytes);  // bytes 2, 4, 8; 0: a predicate (all lanes 0 or 1)
  RowRef special(ptx::SpecialRegister special);    // that does not change while a block runs
  // Hidden rows of this function: the carry flag CC.CF (a predicate), a scratch row nobody reads (256 bytes).
  RowRef carry();
  RowRef scratch();

  std::uint32_t add_list(std::span<const RowRef> rows);

  // ---- Addresses

  struct AddressParts {
    RowRef base;         // u32 or u64 row
    int base_bytes = 0;  // 4 or 8; 0: no base, the offset is the address
    std::int64_t offset = 0;
    bool frame_relative = false;  // add Exec::frame_local_base: a local symbol of this function
    bool parameter = false;       // the entry's parameter block
  };
  // An address operand ([reg+imm], [symbol+imm], [imm]); 32-bit bases wrap at 32 bits.
  AddressParts address(const ptx::Operand& operand, ptx::Space space);
  bool is_local_symbol(
      const ptx::Operand& operand) const;  // .local variables, .param variables of device functions and calls

  // ---- Messages

  // This instruction cannot be executed. `why` completes "'name' is not supported: ".
  void refuse(const ptx::Instruction& instruction, std::string why);

 private:
  std::uint32_t new_constant_row(std::uint32_t bytes);
  std::uint32_t new_frame_row(std::uint32_t bytes);
  RowRef constant_row(std::uint64_t bits, int bytes, bool dynamic_shared);
  const ptx::Variable* variable(const ptx::SymbolRef& symbol) const;
  bool is_dynamic_shared(const ptx::SymbolRef& symbol) const;
  // In its own space, as far as it is known before a launch; of local symbols the offset in the frame.
  std::uint64_t symbol_address(const ptx::SymbolRef& symbol) const;

  Program& program_;
  ConstantPool& pool_;
  FunctionCode& code_;
  const ptx::Function& source_;
  std::optional<RowRef> carry_, scratch_;
};

// compute/vgpu/lanes/: arithmetic, logic, comparison, conversion, moves; compiled for several instruction sets.
bool decode_lane(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
// compute/vgpu/access/: ld, st, atom, red, cp.async, prefetch, isspacep, cvta, mbarrier, fences; textures and surfaces.
bool decode_memory(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
bool decode_texture(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
// compute/vgpu/warp_ops/: shfl, vote, match, redux, activemask, elect, bar.warp.sync; mma, wmma, ldmatrix, ...
bool decode_warp(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
bool decode_matrix(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
// decode_control.cpp: bra, brx, call, ret, exit, bar, barrier, trap, nanosleep, ...
bool decode_control(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);

}  // namespace warpscope::vgpu

// vgpu/lanes/decode_lane.h: the parts of decode_lane(), by kind of instruction. Floor 2.
#pragma once

#include <string>
#include <string_view>

#include "compute/vgpu/decoder.h"
#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes {

// One instruction on its way from PTX to an Inst. The functions that return false have refused it.
class LaneDecoder {
 public:
  LaneDecoder(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);

  Decoder& decoder;
  const ptx::Instruction& instruction;
  Inst& out;
  LaneOp op;

  bool has(ptx::Modifier modifier) const { return instruction.has(modifier); }
  const ptx::Operand& operand(int index) const { return instruction.operands[static_cast<std::size_t>(index)]; }
  int operands() const { return static_cast<int>(instruction.operands.size()); }
  ptx::Type type(int index) const;  // kNone where there are fewer

  // Fills in op from the modifiers.
  bool read_modifiers();
  // That there are `count` operands.
  bool expect_operands(int least, int most);
  // d = the row of a register (or a sink), of just the size of `type`.
  bool destination(const ptx::Operand& operand, ptx::Type type);
  // The same, also into wider registers.
  bool wide_destination(const ptx::Operand& operand, ptx::Type type);
  bool predicate_destination(const ptx::Operand& operand, RowRef& row);
  // s[slot] = the row of an operand that is read as `type`.
  bool source(const ptx::Operand& operand, int slot, ptx::Type type);
  bool wide_source(const ptx::Operand& operand, int slot, ptx::Type type);
  // The handlers for op; refuses where there are none.
  bool find();
  // Always false.
  bool refuse(std::string why);

 private:
  bool read_modifier(ptx::Modifier modifier);
  bool read_comparison(ptx::Modifier modifier);
  bool read_detail(ptx::Modifier modifier);
  bool read_row(const ptx::Operand& operand, int slot, ptx::Type type);
  bool refuse_size(const ptx::Operand& operand, ptx::Type type);
  bool compares() const;
};

// Bytes of a value of the type in its own register: 0 for predicates, at least 2.
int register_bytes(ptx::Type type);
// "mov", "setp p|q": what the instructions of a kind have in common is in these.
void decode_mov(LaneDecoder& lane);
void decode_selection(LaneDecoder& lane);   // selp, slct
void decode_comparison(LaneDecoder& lane);  // setp, set
void decode_testp(LaneDecoder& lane);
void decode_lop3(LaneDecoder& lane);
void decode_cvt(LaneDecoder& lane);
void decode_video(LaneDecoder& lane);

}  // namespace warpscope::vgpu::lanes

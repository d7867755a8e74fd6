// vgpu/lanes/decode_convert.cpp: cvt and cvt.pack.
#include "compute/vgpu/lanes/convert_any.h"
#include "compute/vgpu/lanes/decode_lane.h"

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Type;

bool is_integer(Type type) {
  return ptx::is_signed(type) || ptx::is_unsigned(type);
}

// Two f32 become the two halves of the result.
bool takes_two(const LaneOp& op) {
  const bool pair =
      op.type == Type::kF16x2 || op.type == Type::kBF16x2 || op.type == Type::kE4M3x2 || op.type == Type::kE5M2x2;
  return pair && op.source == Type::kF32;
}

// cvt.pack.sat.u8.s32.b32 d, a, b, c
void decode_pack(LaneDecoder& lane) {
  const int bits = ptx::bits_of(lane.op.type);
  const bool third = lane.op.third != Type::kNone;
  const bool known = lane.op.source == Type::kS32 && bits <= 16 && is_integer(lane.op.type) &&
                     (!third || (lane.op.third == Type::kB32 && bits < 16));
  for (const Modifier modifier : lane.instruction.modifiers) {
    if (modifier != Modifier::kPack && modifier != Modifier::kSat) {
      lane.refuse("it takes no rounding and no other modifier but .sat");
      return;
    }
  }
  if (!known) {
    lane.refuse("it packs two .s32 as .u16 or .s16, or smaller ones with a third operand of type .b32");
    return;
  }
  if (!lane.expect_operands(third ? 4 : 3, third ? 4 : 3) || !lane.destination(lane.operand(0), Type::kB32)) return;
  if (!lane.source(lane.operand(1), 0, Type::kS32) || !lane.source(lane.operand(2), 1, Type::kS32)) return;
  if (third && !lane.source(lane.operand(3), 2, Type::kB32)) return;
  if (!third) lane.out.s[2] = lane.out.s[0];
  const HandlerPair pair =
      find_pack_conversion(bits, ptx::is_signed(lane.op.type), lane.has(Modifier::kSat), third, lane.out.imm);
  lane.out.full = pair.full;
  lane.out.masked = pair.masked;
}

}  // namespace

// Registers may be wider than the types: results are extended, sources cut.
void decode_cvt(LaneDecoder& lane) {
  if (lane.has(Modifier::kPack)) {
    decode_pack(lane);
    return;
  }
  if (!lane.read_modifiers()) return;
  const int operands = takes_two(lane.op) ? 3 : 2;
  if (!lane.expect_operands(operands, operands)) return;
  if (lane.op.source == Type::kNone) {
    lane.refuse("it needs two types, such as .f32.s32");
    return;
  }
  if (!lane.wide_destination(lane.operand(0), lane.op.type)) return;
  for (int i = 1; i < lane.operands(); ++i) {
    if (!lane.wide_source(lane.operand(i), i - 1, lane.op.source)) return;
  }
  if (operands == 2) lane.out.s[1] = lane.out.s[0];
  if (operands == 3 && lane.op.source_bytes[0] != lane.op.source_bytes[1]) {
    lane.refuse("its two sources have registers of different sizes");
    return;
  }
  HandlerPair pair = find_lane_handler(lane.op);
  if (pair.full == nullptr) pair = find_any_conversion(lane.op, lane.out.imm);
  if (pair.full == nullptr) {
    lane.refuse("there is no such combination of types and modifiers");
    return;
  }
  lane.out.full = pair.full;
  lane.out.masked = pair.masked;
}

}  // namespace warpscope::vgpu::lanes

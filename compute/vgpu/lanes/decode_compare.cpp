// vgpu/lanes/decode_compare.cpp: setp, set, testp and lop3.
#include <utility>

#include "compute/vgpu/lanes/compare.h"
#include "compute/vgpu/lanes/decode_lane.h"

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

// How a comparison is done with the few that there are handlers for.
struct Reduced {
  Modifier written;
  Modifier done;
  bool exchanged;  // the sources
  bool negated;    // the result
};
constexpr Reduced kOrdered[] = {
    {Modifier::kEq, Modifier::kEq, false, false}, {Modifier::kLt, Modifier::kLt, false, false},
    {Modifier::kLe, Modifier::kLe, false, false}, {Modifier::kGt, Modifier::kLt, true, false},
    {Modifier::kGe, Modifier::kLe, true, false},
};
// Of numbers without NaN.
constexpr Reduced kIntegers[] = {{Modifier::kNe, Modifier::kEq, false, true}};
// An unordered comparison is true where the opposite ordered one is false.
constexpr Reduced kFloats[] = {
    {Modifier::kNe, Modifier::kNe, false, false},  {Modifier::kEqu, Modifier::kNe, false, true},
    {Modifier::kNeu, Modifier::kEq, false, true},  {Modifier::kLtu, Modifier::kLe, true, true},
    {Modifier::kLeu, Modifier::kLt, true, true},   {Modifier::kGtu, Modifier::kLe, false, true},
    {Modifier::kGeu, Modifier::kLt, false, true},  {Modifier::kNum, Modifier::kNum, false, false},
    {Modifier::kNan, Modifier::kNum, false, true},
};

const Reduced* reduced(Modifier compare, bool floats) {
  for (const Reduced& row : kOrdered) {
    if (row.written == compare) return &row;
  }
  if (!floats) return compare == Modifier::kNe ? kIntegers : nullptr;
  for (const Reduced& row : kFloats) {
    if (row.written == compare) return &row;
  }
  return nullptr;
}

bool is_packed(Type type) {
  return type == Type::kF16x2 || type == Type::kBF16x2;
}

// What set writes for true: Inst::imm, of one half where halves are compared.
bool set_value(LaneDecoder& lane) {
  std::int64_t& value = lane.out.imm;
  const bool packed = is_packed(lane.op.source);
  switch (lane.op.type) {
    case Type::kU32:
    case Type::kS32:
      value = packed ? 0xffff : 0xffff'ffff;
      return true;
    case Type::kU16:
    case Type::kS16:
      value = 0xffff;
      return !packed;
    case Type::kF32:
      value = 0x3f80'0000;
      return !packed;
    case Type::kF16:
    case Type::kF16x2:
      value = 0x3c00;
      return packed == (lane.op.type == Type::kF16x2);
    case Type::kBF16:
    case Type::kBF16x2:
      value = 0x3f80;
      return packed == (lane.op.type == Type::kBF16x2);
    default:
      return false;
  }
}

bool decode_destinations(LaneDecoder& lane) {
  const Operand& d = lane.operand(0);
  if (lane.op.opcode == Opcode::kSet) {
    if (!set_value(lane)) return lane.refuse("it cannot write a result of this type");
    lane.out.flags[1] |= kCompareSet;
    if (register_bytes(lane.op.type) == 2) lane.out.flags[1] |= kCompareNarrow;
    return lane.destination(d, lane.op.type);
  }
  if (d.kind != OperandKind::kPair) {
    // Handlers of these write a second predicate, whether it is wanted or not.
    const bool both = lane.op.combine != Modifier::kUnknown || is_packed(lane.op.source);
    if (both) lane.out.members = lane.decoder.scratch();
    return lane.predicate_destination(d, lane.out.d);
  }
  lane.op.second_destination = true;
  return lane.predicate_destination(d.list[0], lane.out.d) && lane.predicate_destination(d.list[1], lane.out.members);
}

}  // namespace

void decode_comparison(LaneDecoder& lane) {
  if (!lane.read_modifiers()) return;
  const bool combines = lane.op.combine != Modifier::kUnknown;
  if (!lane.expect_operands(combines ? 4 : 3, combines ? 4 : 3)) return;
  if (lane.op.opcode == Opcode::kSetp) lane.op.source = lane.op.type;
  const Type type = lane.op.source;
  const Reduced* row = reduced(lane.op.compare, ptx::is_float(type));
  if (row == nullptr) {
    lane.refuse("there is no such comparison of these types");
    return;
  }
  lane.op.compare = row->done;
  if (row->negated) lane.out.flags[1] |= kCompareNegate;
  if (lane.op.combine == Modifier::kAnd) lane.out.flags[1] |= kCompareAnd;
  if (lane.op.combine == Modifier::kOr) lane.out.flags[1] |= kCompareOr;
  if (lane.op.combine == Modifier::kXor) lane.out.flags[1] |= kCompareXor;
  if (!decode_destinations(lane)) return;
  for (int i = 0; i < 2; ++i) {
    if (!lane.source(lane.operand(i + 1), i, type)) return;
  }
  if (combines && !lane.source(lane.operand(3), 2, Type::kPred)) return;
  if (row->exchanged) std::swap(lane.out.s[0], lane.out.s[1]);
  lane.find();
}

void decode_testp(LaneDecoder& lane) {
  if (!lane.read_modifiers() || !lane.expect_operands(2, 2)) return;
  if (!lane.predicate_destination(lane.operand(0), lane.out.d)) return;
  if (lane.source(lane.operand(1), 0, lane.op.type)) lane.find();
}

// lop3.b32 d, a, b, c, table; lop3.BoolOp.b32 d|p, a, b, c, table, q
void decode_lop3(LaneDecoder& lane) {
  if (!lane.read_modifiers()) return;
  const bool combines = lane.op.combine != Modifier::kUnknown;
  if (!lane.expect_operands(combines ? 6 : 5, combines ? 6 : 5)) return;
  const Operand &d = lane.operand(0), &table = lane.operand(4);
  if (table.kind != OperandKind::kInteger || table.value < 0 || table.value > 255 ||
      lane.op.combine == Modifier::kXor || combines != (d.kind == OperandKind::kPair)) {
    lane.refuse("expected d, a, b, c and a table of 0 to 255; with .and or .or: d|p, ... and a predicate behind it");
    return;
  }
  lane.out.extra = static_cast<std::uint16_t>(table.value);
  if (combines) {
    lane.op.second_destination = true;
    lane.out.flags[1] = lane.op.combine == Modifier::kAnd ? 1 : 0;
    if (!lane.predicate_destination(d.list[1], lane.out.members)) return;
    if (!lane.source(lane.operand(5), 3, Type::kPred)) return;
  }
  if (!lane.destination(combines ? d.list[0] : d, Type::kB32)) return;
  for (int i = 0; i < 3; ++i) {
    if (!lane.source(lane.operand(i + 1), i, Type::kB32)) return;
  }
  lane.find();
}

}  // namespace warpscope::vgpu::lanes

// vgpu/lanes/decode_lane.cpp: from instructions that work on each lane by itself to handlers and rows.
#include "compute/vgpu/lanes/decode_lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace warpscope::vgpu {
namespace lanes {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

// What the operands of a regular instruction are read as, destination first. T: the type of the instruction; W: twice
// as wide for .wide, else T; U, S: u32, s32; D: s32 where one of both types is signed, else u32; X, Y: the first and
// second type; p: a predicate; M: the second type where there are two (mixed precision), else T. Lower case: may be
// left out.
struct Shape {
  Opcode opcode;
  std::string_view operands;
};
constexpr Shape kShapes[] = {
    {Opcode::kAdd, "TMT"},    {Opcode::kSub, "TMT"},      {Opcode::kMul, "WTT"},   {Opcode::kMad, "WTTW"},
    {Opcode::kAddc, "TTT"},   {Opcode::kSubc, "TTT"},     {Opcode::kMadc, "TTTT"}, {Opcode::kMul24, "TTT"},
    {Opcode::kMad24, "TTTT"}, {Opcode::kSad, "TTTT"},     {Opcode::kDiv, "TTT"},   {Opcode::kRem, "TTT"},
    {Opcode::kAbs, "TT"},     {Opcode::kNeg, "TT"},       {Opcode::kMin, "TTTt"},  {Opcode::kMax, "TTTt"},
    {Opcode::kPopc, "UT"},    {Opcode::kClz, "UT"},       {Opcode::kBfind, "UT"},  {Opcode::kBrev, "TT"},
    {Opcode::kFns, "UUUS"},   {Opcode::kBfe, "TTUU"},     {Opcode::kBfi, "TTTUU"}, {Opcode::kBmsk, "UUU"},
    {Opcode::kSzext, "TTU"},  {Opcode::kDp4a, "DXYD"},    {Opcode::kDp2a, "DXYD"}, {Opcode::kFma, "TMMT"},
    {Opcode::kRcp, "TT"},     {Opcode::kSqrt, "TT"},      {Opcode::kRsqrt, "TT"},  {Opcode::kSin, "TT"},
    {Opcode::kCos, "TT"},     {Opcode::kLg2, "TT"},       {Opcode::kEx2, "TT"},    {Opcode::kTanh, "TT"},
    {Opcode::kAnd, "TTT"},    {Opcode::kOr, "TTT"},       {Opcode::kXor, "TTT"},   {Opcode::kNot, "TT"},
    {Opcode::kCnot, "TT"},    {Opcode::kShl, "TTU"},      {Opcode::kShr, "TTU"},   {Opcode::kShf, "TTTU"},
    {Opcode::kPrmt, "TTTU"},  {Opcode::kCopysign, "TTT"},
};

struct Irregular {
  Opcode opcode;
  void (*decode)(LaneDecoder&);
};
constexpr Irregular kIrregular[] = {
    {Opcode::kMov, decode_mov},         {Opcode::kSelp, decode_selection}, {Opcode::kSlct, decode_selection},
    {Opcode::kSetp, decode_comparison}, {Opcode::kSet, decode_comparison}, {Opcode::kTestp, decode_testp},
    {Opcode::kLop3, decode_lop3},       {Opcode::kCvt, decode_cvt},        {Opcode::kVadd, decode_video},
    {Opcode::kVsub, decode_video},      {Opcode::kVabsdiff, decode_video}, {Opcode::kVmin, decode_video},
    {Opcode::kVmax, decode_video},      {Opcode::kVshl, decode_video},     {Opcode::kVshr, decode_video},
    {Opcode::kVmad, decode_video},      {Opcode::kVset, decode_video},     {Opcode::kVadd2, decode_video},
    {Opcode::kVsub2, decode_video},     {Opcode::kVavrg2, decode_video},   {Opcode::kVabsdiff2, decode_video},
    {Opcode::kVmin2, decode_video},     {Opcode::kVmax2, decode_video},    {Opcode::kVset2, decode_video},
    {Opcode::kVadd4, decode_video},     {Opcode::kVsub4, decode_video},    {Opcode::kVavrg4, decode_video},
    {Opcode::kVabsdiff4, decode_video}, {Opcode::kVmin4, decode_video},    {Opcode::kVmax4, decode_video},
    {Opcode::kVset4, decode_video},
};

Type twice(Type type) {
  switch (type) {
    case Type::kU16:
      return Type::kU32;
    case Type::kS16:
      return Type::kS32;
    case Type::kU32:
      return Type::kU64;
    case Type::kS32:
      return Type::kS64;
    default:
      return type;
  }
}

Type type_of_letter(const LaneDecoder& lane, char letter) {
  const Type first = lane.type(0), second = lane.type(1);
  switch (letter) {
    case 'W':
      return lane.op.detail == Modifier::kWide ? twice(first) : first;
    case 'U':
      return Type::kU32;
    case 'S':
      return Type::kS32;
    case 'D':
      return first == Type::kS32 || second == Type::kS32 ? Type::kS32 : Type::kU32;
    case 'Y':
      return second;
    case 'M':
      return second == Type::kNone ? first : second;
    default:
      return first;
  }
}

void decode_regular(LaneDecoder& lane, std::string_view shape) {
  const auto most = static_cast<int>(shape.size());
  const auto optional = static_cast<int>(std::count(shape.begin(), shape.end(), 't'));
  if (!lane.read_modifiers() || !lane.expect_operands(most - optional, most)) return;
  const Type result = type_of_letter(lane, shape[0]);
  if (result == Type::kPred) {
    if (!lane.predicate_destination(lane.operand(0), lane.out.d)) return;
  } else if (!lane.destination(lane.operand(0), result)) {
    return;
  }
  for (int i = 1; i < lane.operands(); ++i) {
    if (!lane.source(lane.operand(i), i - 1, type_of_letter(lane, shape[static_cast<std::size_t>(i)]))) return;
  }
  if (lane.op.carry_in || lane.op.carry_out) lane.out.s[3] = lane.decoder.carry();
  lane.find();
}

}  // namespace

int register_bytes(Type type) {
  if (type == Type::kPred) return 0;
  return std::max(2, ptx::bits_of(type) / 8);
}

LaneDecoder::LaneDecoder(Decoder& d, const ptx::Instruction& i, Inst& o) : decoder(d), instruction(i), out(o) {
  out.kind = InstKind::kLane;
  op.opcode = instruction.opcode;
  op.type = type(0);
  op.source = type(1);
  op.third = type(2);
}

Type LaneDecoder::type(int index) const {
  const auto at = static_cast<std::size_t>(index);
  return at < instruction.types.size() ? instruction.types[at] : Type::kNone;
}

bool LaneDecoder::refuse(std::string why) {
  decoder.refuse(instruction, std::move(why));
  return false;
}

// ---- Modifiers

bool LaneDecoder::compares() const {
  return op.opcode == Opcode::kSetp || op.opcode == Opcode::kSet;
}

// lo, ls, hi and hs are lt, le, gt and ge of unsigned numbers.
bool LaneDecoder::read_comparison(Modifier modifier) {
  switch (modifier) {
    case Modifier::kLo:
      op.compare = Modifier::kLt;
      return true;
    case Modifier::kLs:
      op.compare = Modifier::kLe;
      return true;
    case Modifier::kHi:
      op.compare = Modifier::kGt;
      return true;
    case Modifier::kHs:
      op.compare = Modifier::kGe;
      return true;
    case Modifier::kEq:
    case Modifier::kNe:
    case Modifier::kLt:
    case Modifier::kLe:
    case Modifier::kGt:
    case Modifier::kGe:
    case Modifier::kEqu:
    case Modifier::kNeu:
    case Modifier::kLtu:
    case Modifier::kLeu:
    case Modifier::kGtu:
    case Modifier::kGeu:
    case Modifier::kNum:
    case Modifier::kNan:
      op.compare = modifier;
      return true;
    default:
      return false;
  }
}

bool LaneDecoder::read_detail(Modifier modifier) {
  switch (modifier) {
    case Modifier::kWrap:
    case Modifier::kClamp:
      (op.opcode == Opcode::kShf ? op.mode : op.detail) = modifier;
      return true;
    case Modifier::kLo:
    case Modifier::kHi:
    case Modifier::kWide:
    case Modifier::kL:
    case Modifier::kR:
    case Modifier::kShiftamt:
    case Modifier::kF4e:
    case Modifier::kB4e:
    case Modifier::kRc8:
    case Modifier::kEcl:
    case Modifier::kEcr:
    case Modifier::kRc16:
    case Modifier::kFinite:
    case Modifier::kInfinite:
    case Modifier::kNumber:
    case Modifier::kNotanumber:
    case Modifier::kNormal:
    case Modifier::kSubnormal:
    case Modifier::kOob:
      op.detail = modifier;
      return true;
    case Modifier::kAbs:  // of .xorsign.abs, or alone
      if (!has(Modifier::kXorsign)) op.detail = modifier;
      return true;
    default:
      return false;
  }
}

bool LaneDecoder::read_modifier(Modifier modifier) {
  switch (modifier) {
    case Modifier::kRn:
    case Modifier::kRna:
    case Modifier::kRni:
    case Modifier::kRz:
    case Modifier::kRzi:
    case Modifier::kRm:
    case Modifier::kRmi:
    case Modifier::kRp:
    case Modifier::kRpi:
    case Modifier::kRs:
      op.rounding = modifier;
      return true;
    case Modifier::kFtz:
      return op.ftz = true;
    case Modifier::kNoftz:
      return op.no_ftz = true;
    case Modifier::kSat:
      return op.saturate = true;
    case Modifier::kSatfinite:
      return op.saturate_to_finite = true;
    case Modifier::kApprox:
      return op.approximate = true;
    case Modifier::kFull:
      return op.full_range = true;
    case Modifier::kCc:
      return op.carry_out = true;
    case Modifier::kNanPropagating:
      return op.nan_propagates = true;
    case Modifier::kRelu:
      return op.relu = true;
    case Modifier::kXorsign:
      return op.xor_sign_abs = true;
    case Modifier::kAnd:
    case Modifier::kOr:
    case Modifier::kXor:
      op.combine = modifier;
      return true;
    default:
      return compares() ? read_comparison(modifier) : read_detail(modifier);
  }
}

bool LaneDecoder::read_modifiers() {
  op.carry_in = op.opcode == Opcode::kAddc || op.opcode == Opcode::kSubc || op.opcode == Opcode::kMadc;
  for (const Modifier modifier : instruction.modifiers) {
    if (modifier == Modifier::kUnknown) return refuse("one of its modifiers is not known");
    if (!read_modifier(modifier)) return refuse(fmt::format("it takes no '.{}'", ptx::name_of(modifier)));
  }
  if (op.type == Type::kNone) return refuse("it needs a type, such as .u32");
  if (instruction.space != ptx::Space::kGeneric) return refuse("it works on registers and takes no state space");
  if (instruction.vector_size > 1 && op.opcode != Opcode::kMov) return refuse("it takes no vectors");
  return true;
}

// ---- Operands

bool LaneDecoder::expect_operands(int least, int most) {
  op.sources = static_cast<std::uint8_t>(std::max(0, operands() - 1));
  if (least <= operands() && operands() <= most) return true;
  return refuse(fmt::format("it takes {} operands here, and has {}", least, operands()));
}

bool LaneDecoder::refuse_size(const Operand& operand, Type type) {
  const int bytes = decoder.row_bytes(operand, type);
  if (bytes == 0) return refuse("a predicate stands where a number is expected");
  if (register_bytes(type) == 0) return refuse("a number stands where a predicate is expected");
  return refuse(fmt::format("a register of {} bits stands where .{} is expected", 8 * bytes, ptx::name_of(type)));
}

bool LaneDecoder::wide_destination(const Operand& operand, Type type) {
  if (operand.kind != OperandKind::kRegister && operand.kind != OperandKind::kSink) {
    return refuse("the destination is not a register");
  }
  const bool sink = operand.kind == OperandKind::kSink;
  const int bytes = sink ? register_bytes(type) : decoder.row_bytes(operand, type);
  if (bytes == 0 || bytes < register_bytes(type)) return refuse_size(operand, type);
  out.d = decoder.destination(operand);
  op.destination_bytes = static_cast<std::uint8_t>(bytes);
  return true;
}

bool LaneDecoder::destination(const Operand& operand, Type type) {
  if (!wide_destination(operand, type)) return false;
  return op.destination_bytes == register_bytes(type) || refuse_size(operand, type);
}

bool LaneDecoder::predicate_destination(const Operand& operand, RowRef& row) {
  const bool sink = operand.kind == OperandKind::kSink;
  if (!sink && (operand.kind != OperandKind::kRegister || decoder.row_bytes(operand, Type::kPred) != 0)) {
    return refuse("the destination is not a predicate");
  }
  row = decoder.destination(operand);
  op.destination_bytes = 0;
  return true;
}

bool LaneDecoder::read_row(const Operand& operand, int slot, Type type) {
  switch (operand.kind) {
    case OperandKind::kRegister:
    case OperandKind::kInteger:
    case OperandKind::kFloat32:
    case OperandKind::kFloat64:
      break;
    case OperandKind::kSpecial:
      if (ptx::is_clock(operand.special)) return refuse("clocks and timers are read with mov");
      break;
    case OperandKind::kSymbol:
      if (decoder.is_local_symbol(operand)) return refuse("the address of a local variable is taken with mov");
      break;
    default:
      return refuse(fmt::format("operand {} is not a register or constant", slot + 2));
  }
  if (operand.negated) {
    if (type != Type::kPred) return refuse("'-' stands before an operand that it does not negate");
    out.flags[0] = static_cast<std::uint8_t>(out.flags[0] | 1U << slot);
  }
  if (operand.part != 0) return refuse("it takes whole registers, no parts of them");
  out.s[slot] = decoder.source(operand, type);
  op.source_bytes[slot] = static_cast<std::uint8_t>(decoder.row_bytes(operand, type));
  return true;
}

bool LaneDecoder::wide_source(const Operand& operand, int slot, Type type) {
  if (!read_row(operand, slot, type)) return false;
  const int bytes = op.source_bytes[slot];
  return (bytes != 0 && bytes >= register_bytes(type)) || refuse_size(operand, type);
}

bool LaneDecoder::source(const Operand& operand, int slot, Type type) {
  if (!read_row(operand, slot, type)) return false;
  return op.source_bytes[slot] == register_bytes(type) || refuse_size(operand, type);
}

bool LaneDecoder::find() {
  const HandlerPair pair = find_lane_handler(op);
  if (pair.full == nullptr) return refuse("there is no such combination of types and modifiers");
  out.full = pair.full;
  out.masked = pair.masked;
  return true;
}

}  // namespace lanes

bool decode_lane(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const auto has_opcode = [&](const auto& row) { return row.opcode == instruction.opcode; };
  const auto regular = std::find_if(std::begin(lanes::kShapes), std::end(lanes::kShapes), has_opcode);
  const auto irregular = std::find_if(std::begin(lanes::kIrregular), std::end(lanes::kIrregular), has_opcode);
  if (regular == std::end(lanes::kShapes) && irregular == std::end(lanes::kIrregular)) return false;
  lanes::LaneDecoder lane(decoder, instruction, out);
  if (regular != std::end(lanes::kShapes)) {
    lanes::decode_regular(lane, regular->operands);
  } else {
    irregular->decode(lane);
  }
  return true;
}

}  // namespace warpscope::vgpu

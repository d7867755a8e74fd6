// vgpu/lanes/decode_video.cpp: vadd, vsub, vabsdiff, vmin, vmax, vshl, vshr, vmad, vset and their SIMD forms.
#include "compute/vgpu/lanes/decode_lane.h"
#include "compute/vgpu/lanes/video.h"

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::Type;

int elements_of(std::string_view name) {
  const std::string_view word = name.substr(0, name.find('.'));
  return word.ends_with('2') ? 2 : word.ends_with('4') ? 4 : 1;
}

bool is_vset(Opcode opcode) {
  return opcode == Opcode::kVset || opcode == Opcode::kVset2 || opcode == Opcode::kVset4;
}

bool read_option(Modifier modifier, VideoSpec& spec) {
  switch (modifier) {
    case Modifier::kSat:
      spec.options |= kVideoSaturate;
      return true;
    case Modifier::kAdd:
      spec.options |= kVideoAdd;
      return true;
    case Modifier::kMin:
      spec.options |= kVideoMin;
      return true;
    case Modifier::kMax:
      spec.options |= kVideoMax;
      return true;
    case Modifier::kWrap:
      spec.options |= kVideoWrap;
      return true;
    case Modifier::kClamp:
      return true;
    case Modifier::kPo:
      spec.options |= kVideoPlusOne;
      return true;
    case Modifier::kShr7:
      spec.options |= kVideoShift7;
      return true;
    case Modifier::kShr15:
      spec.options |= kVideoShift15;
      return true;
    case Modifier::kEq:
    case Modifier::kNe:
    case Modifier::kLt:
    case Modifier::kLe:
    case Modifier::kGt:
    case Modifier::kGe:
      spec.compare = modifier;
      return true;
    default:
      return false;
  }
}

bool read_types(const LaneDecoder& lane, VideoSpec& spec) {
  const bool compares = is_vset(spec.opcode);  // its result is unsigned, and not written
  if (lane.instruction.types.size() != (compares ? 2U : 3U)) return false;
  for (const Type type : lane.instruction.types) {
    if (type != Type::kS32 && type != Type::kU32) return false;
  }
  const int first = compares ? 0 : 1;
  if (!compares && lane.type(0) == Type::kS32) spec.options |= kVideoSignedD;
  if (lane.type(first) == Type::kS32) spec.options |= kVideoSignedA;
  if (lane.type(first + 1) == Type::kS32) spec.options |= kVideoSignedB;
  return true;
}

// One byte or half: 0xb0 to 0xb3, 0xa0, 0xa1; 0: all.
bool read_part(std::uint32_t part, std::uint16_t& out) {
  out = static_cast<std::uint16_t>(part);
  const bool byte = part >> 4 == 0xb && (part & 0xf) < 4, half = part >> 4 == 0xa && (part & 0xf) < 2;
  return part == 0 || byte || half;
}

// The digits behind the letter: as many as elements, each of the two sources' elements.
bool read_elements(std::uint32_t part, int elements, std::uint16_t otherwise, std::uint16_t& out) {
  if (part == 0) {
    out = otherwise;
    return true;
  }
  const std::uint32_t letter = elements == 2 ? 0xa : 0xb;
  if (part >> (4 * elements) != letter) return false;
  out = static_cast<std::uint16_t>(part & ((1U << (4 * elements)) - 1));
  for (int i = 0; i < elements; ++i) {
    if ((out >> (4 * i) & 0xf) >= 2 * elements) return false;
  }
  return true;
}

// Which elements are written: ".h1", ".b320".
bool read_mask(std::uint32_t part, int elements, std::uint8_t& out) {
  out = static_cast<std::uint8_t>((1U << elements) - 1);
  if (part == 0) return true;
  out = 0;
  const std::uint32_t letter = elements == 2 ? 0xa : 0xb;
  for (; part > 0xf; part >>= 4) {
    if ((part & 0xf) >= static_cast<std::uint32_t>(elements)) return false;
    out = static_cast<std::uint8_t>(out | 1U << (part & 0xf));
  }
  return part == letter;
}

bool read_parts(const LaneDecoder& lane, VideoSpec& spec) {
  const std::uint32_t d = lane.operand(0).part, a = lane.operand(1).part, b = lane.operand(2).part;
  if (spec.elements == 1) {
    std::uint16_t d_part = 0;
    if (!read_part(d, d_part) || !read_part(a, spec.a_part) || !read_part(b, spec.b_part)) return false;
    spec.d_part = static_cast<std::uint8_t>(d_part);
    return true;
  }
  const bool two = spec.elements == 2;
  return read_mask(d, spec.elements, spec.d_part) &&
         read_elements(a, spec.elements, two ? 0x10 : 0x3210, spec.a_part) &&
         read_elements(b, spec.elements, two ? 0x32 : 0x7654, spec.b_part);
}

// The operand without what is said about its parts and sign: those are in the spec.
Operand whole(const Operand& operand) {
  Operand result = operand;
  result.part = 0;
  result.negated = false;
  return result;
}

bool read_rows(LaneDecoder& lane) {
  if (!lane.destination(whole(lane.operand(0)), Type::kU32)) return false;
  for (int i = 1; i < lane.operands(); ++i) {
    if (!lane.source(whole(lane.operand(i)), i - 1, Type::kU32)) return false;
  }
  if (lane.operands() == 3) lane.out.s[2] = lane.decoder.constant(0, 4);
  return true;
}

bool needs_third(const VideoSpec& spec) {
  const bool second_operation = (spec.options & (kVideoAdd | kVideoMin | kVideoMax)) != 0;
  return spec.elements > 1 || spec.opcode == Opcode::kVmad || spec.d_part != 0 || second_operation;
}

}  // namespace

void decode_video(LaneDecoder& lane) {
  VideoSpec spec;
  spec.opcode = lane.op.opcode;
  spec.elements = static_cast<std::uint8_t>(elements_of(lane.instruction.name));
  for (const Modifier modifier : lane.instruction.modifiers) {
    if (!read_option(modifier, spec)) {
      lane.refuse("one of its modifiers is not one of a video instruction");
      return;
    }
  }
  if (is_vset(spec.opcode) != (spec.compare != Modifier::kUnknown)) {
    lane.refuse("vset needs one comparison, and the others have none");
    return;
  }
  if (!read_types(lane, spec)) {
    lane.refuse("its types are .u32 or .s32, one each for d, a and b (vset: a and b)");
    return;
  }
  if (!lane.expect_operands(3, 4) || !read_parts(lane, spec)) {
    if (lane.operands() == 3 || lane.operands() == 4) lane.refuse("it has no such part of a register");
    return;
  }
  if (needs_third(spec) != (lane.operands() == 4)) {
    lane.refuse("it takes c just where it is used: with .add, .min or .max, a part of d, SIMD and vmad");
    return;
  }
  if (lane.operand(1).negated != lane.operand(2).negated) spec.options |= kVideoNegateProduct;
  if (lane.operands() == 4 && lane.operand(3).negated) spec.options |= kVideoNegateC;
  if (!read_rows(lane)) return;
  const bool plain = spec.elements > 1 && (spec.options & ~kVideoAdd) == 0 && spec.d_part == (1 << spec.elements) - 1 &&
                     lane.operand(1).part == 0 && lane.operand(2).part == 0;
  lane.op.detail = plain ? Modifier::kBase : Modifier::kUnknown;
  lane.op.combine = (spec.options & kVideoAdd) != 0 ? Modifier::kAdd : Modifier::kUnknown;
  HandlerPair pair = find_lane_handler(lane.op);
  if (pair.full == nullptr) pair = find_any_video(spec, lane.out);
  lane.out.full = pair.full;
  lane.out.masked = pair.masked;
}

}  // namespace warpscope::vgpu::lanes

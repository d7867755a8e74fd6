#include <string>

#include "compute/vgpu/decoder.h"
#include "compute/vgpu/warp_ops/handlers.h"
#include "compute/vgpu/warp_ops/operands.h"

namespace warpscope::vgpu {
namespace {

using ptx::Instruction;
using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;
using warp_ops::Operands;

constexpr Modifier kShuffleModes[] = {Modifier::kUp, Modifier::kDown, Modifier::kBfly, Modifier::kIdx};
constexpr Modifier kVoteModes[] = {Modifier::kAll, Modifier::kAny, Modifier::kUni, Modifier::kBallot};
constexpr Modifier kReductions[] = {Modifier::kAdd, Modifier::kMin, Modifier::kMax,
                                    Modifier::kAnd, Modifier::kOr,  Modifier::kXor};

// The one of `choices` that is written; kUnknown: none.
template <std::size_t n>
Modifier chosen(const Instruction& instruction, const Modifier (&choices)[n]) {
  for (const Modifier choice : choices) {
    if (instruction.has(choice)) return choice;
  }
  return Modifier::kUnknown;
}

Type type_of(const Instruction& instruction) {
  return instruction.types.empty() ? Type::kB32 : instruction.types.front();
}

// "d|p", or d alone: the first destination in d, the second in s[3]; flags[0] says whether there is a second.
void two_destinations(Operands& operands, Inst& out) {
  const Operand& written = operands.at(0);
  if (written.kind != OperandKind::kPair) {
    out.d = operands.to(written, Type::kB32);
    return;
  }
  out.d = operands.to(written.list[0], Type::kB32);
  out.s[3] = operands.to(written.list[1], Type::kPred);
  out.flags[0] = 1;
}

// Operand `index` is the mask of the lanes to wait for; of old forms without .sync there is none.
void wait_for(Operands& operands, bool sync, std::size_t index, Inst& out) {
  out.waits = sync;
  if (sync) out.members = operands.from(operands.at(index), Type::kB32);
}

Handler decode_shuffle(Operands& operands, const Instruction& instruction, Inst& out) {
  const bool sync = instruction.has(Modifier::kSync);
  if (!operands.expect(sync ? 5 : 4)) return nullptr;
  two_destinations(operands, out);
  for (std::size_t i = 0; i < 3; ++i) out.s[i] = operands.from(operands.at(i + 1), Type::kB32);
  wait_for(operands, sync, 4, out);
  return warp_ops::find_shuffle(chosen(instruction, kShuffleModes));
}

Handler decode_vote(Operands& operands, const Instruction& instruction, Inst& out) {
  const bool sync = instruction.has(Modifier::kSync);
  if (!operands.expect(sync ? 3 : 2)) return nullptr;
  const Modifier mode = chosen(instruction, kVoteModes);
  out.d = operands.to(operands.at(0), mode == Modifier::kBallot ? Type::kB32 : Type::kPred);
  out.s[0] = operands.from(operands.at(1), Type::kPred);
  out.flags[0] = operands.at(1).negated ? 1 : 0;
  wait_for(operands, sync, 2, out);
  return warp_ops::find_vote(mode);
}

Handler decode_match(Operands& operands, const Instruction& instruction, Inst& out) {
  if (!operands.expect(3)) return nullptr;
  const Type type = type_of(instruction);
  const bool all = instruction.has(Modifier::kAll);
  if ((!all && !instruction.has(Modifier::kAny)) || (ptx::bits_of(type) != 32 && ptx::bits_of(type) != 64))
    return nullptr;
  two_destinations(operands, out);
  out.s[0] = operands.from(operands.at(1), type);
  wait_for(operands, true, 2, out);
  return warp_ops::find_match(all, ptx::bytes_of(type));
}

Handler decode_redux(Operands& operands, const Instruction& instruction, Inst& out) {
  if (!operands.expect(3)) return nullptr;
  const Type type = type_of(instruction);
  out.d = operands.to(operands.at(0), type);
  out.s[0] = operands.from(operands.at(1), type);
  out.flags[0] = instruction.has(Modifier::kAbs) ? 1 : 0;
  out.flags[1] = instruction.has(Modifier::kNanPropagating) ? 1 : 0;
  wait_for(operands, true, 2, out);
  return warp_ops::find_redux(chosen(instruction, kReductions), type);
}

Handler decode_activemask(Operands& operands, Inst& out) {
  if (!operands.expect(1)) return nullptr;
  out.d = operands.to(operands.at(0), Type::kB32);
  out.waits = false;
  return warp_ops::activemask;
}

Handler decode_elect(Operands& operands, Inst& out) {
  if (!operands.expect(2) || operands.at(0).kind != OperandKind::kPair) return nullptr;
  two_destinations(operands, out);
  wait_for(operands, true, 1, out);
  return warp_ops::elect;
}

Handler decode_meet(Operands& operands, Inst& out) {
  if (!operands.expect(1)) return nullptr;
  wait_for(operands, true, 0, out);
  return warp_ops::meet;
}

}  // namespace

bool decode_warp(Decoder& decoder, const Instruction& instruction, Inst& out) {
  Operands operands(decoder, instruction);
  Handler handler = nullptr;
  switch (instruction.opcode) {
    case Opcode::kShfl:
      handler = decode_shuffle(operands, instruction, out);
      break;
    case Opcode::kVote:
      handler = decode_vote(operands, instruction, out);
      break;
    case Opcode::kMatch:
      handler = decode_match(operands, instruction, out);
      break;
    case Opcode::kRedux:
      handler = decode_redux(operands, instruction, out);
      break;
    case Opcode::kActivemask:
      handler = decode_activemask(operands, out);
      break;
    case Opcode::kElect:
      handler = decode_elect(operands, out);
      break;
    case Opcode::kBarWarpSync:
      handler = decode_meet(operands, out);
      break;
    default:
      return false;
  }
  if (operands.refused()) return true;
  if (handler == nullptr) {
    decoder.refuse(instruction, "there is no such variant of this instruction");
    return true;
  }
  out.kind = InstKind::kWarp;
  out.full = out.masked = handler;
  return true;
}

}  // namespace warpscope::vgpu

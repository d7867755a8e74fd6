// mbarrier.*: barriers in shared memory. Lanes take their turns in the order of their numbers.
#include "compute/vgpu/access/mbarrier.h"

#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/lane_memory.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Modifier;
using ptx::Type;

enum class Action : std::uint8_t {
  kInit,
  kInvalidate,
  kArrive,
  kArriveExpect,
  kDrop,
  kDropExpect,
  kExpect,
  kComplete,
  kWaitState,
  kWaitParity,
};
constexpr int kActionShift = 5;  // in Inst::extra, above what pack() uses

std::uint64_t word_at(const Located& located, int lane) {
  std::uint64_t bits;
  std::memcpy(&bits, located.bytes[static_cast<std::size_t>(lane)], sizeof bits);
  return bits;
}

// The word behind an action with its operand.
std::uint64_t act(Action action, std::uint64_t bits, std::uint32_t operand) {
  MbarrierWord word = MbarrierWord::from(bits);
  switch (action) {
    case Action::kInit:
      return MbarrierWord{operand, operand, 0, false}.bits();
    case Action::kInvalidate:
      return 0;
    case Action::kArrive:
      word.arrive(operand);
      break;
    case Action::kArriveExpect:
      word.expect_bytes(operand);
      word.arrive(1);
      break;
    case Action::kDrop:
      word.arrive_and_drop(operand);
      break;
    case Action::kDropExpect:
      word.expect_bytes(operand);
      word.arrive_and_drop(1);
      break;
    case Action::kExpect:
      word.expect_bytes(operand);
      break;
    case Action::kComplete:
      word.complete_bytes(operand);
      break;
    case Action::kWaitState:
    case Action::kWaitParity:
      break;
  }
  return word.bits();
}

bool locate_words(Exec& exec, const Inst& inst, const MemoryOp& op, Located& located) {
  LaneAddresses addresses;
  read_addresses(exec, inst, op, addresses);
  if (!locate(exec, op.reach, addresses, exec.mask, 8, 8, Intent::kModify, located)) return false;
  const LaneMask elsewhere = exec.mask & ~located.in(AccessSpace::kShared);
  if (elsewhere == 0) return true;
  const int lane = std::countr_zero(elsewhere);
  raise(exec, FaultKind::kBadOperand, lane, AccessSpace::kGlobal, addresses[static_cast<std::size_t>(lane)], 8, true,
        "an mbarrier object has to be in shared memory");
  return false;
}

// s[1]: the operand (u32); d: the state before (u64).
void change(Exec& exec, const Inst& inst) {
  const MemoryOp op = unpack(inst);
  const auto action = static_cast<Action>(inst.extra >> kActionShift);
  Located located;
  if (!locate_words(exec, inst, op, located)) return;
  const auto* operand = exec.row<std::uint32_t>(inst.s[1]);
  auto* state = exec.row<std::uint64_t>(inst.d);
  std::uint64_t written[kLanes] = {};
  for_each_lane(exec.mask, [&](int lane) {
    const std::uint64_t before = word_at(located, lane);
    written[lane] = act(action, before, operand[lane]);
    std::memcpy(located.bytes[static_cast<std::size_t>(lane)], &written[lane], 8);
    state[lane] = before;
  });
  exec.polls = 0;
  if (exec.log == nullptr) return;
  const bool is_store = action == Action::kInit || action == Action::kInvalidate;
  record(exec, located, told(op, is_store ? AccessKind::kStore : AccessKind::kAtomic),
         [&](int lane) { return written[lane]; });
}

// s[1]: the state (u64) or the parity (u32) of the phase that is waited for; d: a predicate, whether it is over.
void test(Exec& exec, const Inst& inst) {
  const MemoryOp op = unpack(inst);
  const bool by_parity = static_cast<Action>(inst.extra >> kActionShift) == Action::kWaitParity;
  Located located;
  if (!locate_words(exec, inst, op, located)) return;
  LaneMask over = 0;
  for_each_lane(exec.mask, [&](int lane) {
    const bool odd = by_parity ? (exec.row<std::uint32_t>(inst.s[1])[lane] & 1U) != 0
                               : MbarrierWord::from(exec.row<std::uint64_t>(inst.s[1])[lane]).odd;
    if (MbarrierWord::from(word_at(located, lane)).odd != odd) over |= LaneMask{1} << lane;
  });
  LaneMask& to = exec.predicate(inst.d);
  to = (to & ~exec.mask) | over;
  if (over != exec.mask) ++exec.polls;
  if (exec.log == nullptr) return;
  record(exec, located, told(op, AccessKind::kAtomic), [&](int lane) { return word_at(located, lane); });
}

// d = s[0]'s pending count.
void pending_count(Exec& exec, const Inst& inst) {
  const auto* state = exec.row<std::uint64_t>(inst.s[0]);
  auto* to = exec.row<std::uint32_t>(inst.d);
  for_each_lane(exec.mask, [&](int lane) { to[lane] = MbarrierWord::from(state[lane]).pending; });
}

struct Form {
  Modifier name;
  Action plain, expecting;
  bool has_result;
  MemoryOrder order;
};
// In this order: mbarrier.arrive.expect_tx is an arrive.
constexpr Form kForms[] = {
    {Modifier::kInit, Action::kInit, Action::kInit, false, MemoryOrder::kWeak},
    {Modifier::kInval, Action::kInvalidate, Action::kInvalidate, false, MemoryOrder::kWeak},
    {Modifier::kArrive, Action::kArrive, Action::kArriveExpect, true, MemoryOrder::kRelease},
    {Modifier::kArriveDrop, Action::kDrop, Action::kDropExpect, true, MemoryOrder::kRelease},
    {Modifier::kTestWait, Action::kWaitState, Action::kWaitState, true, MemoryOrder::kAcquire},
    {Modifier::kTryWait, Action::kWaitState, Action::kWaitState, true, MemoryOrder::kAcquire},
    {Modifier::kExpectTx, Action::kExpect, Action::kExpect, false, MemoryOrder::kRelaxed},
    {Modifier::kCompleteTx, Action::kComplete, Action::kComplete, false, MemoryOrder::kRelaxed},
};

void decode_form(Decoder& decoder, const ptx::Instruction& instruction, const Form& form, Inst& out) {
  const ptx::Operand* address = operand_at(instruction, form.has_result ? 1 : 0);
  const ptx::Operand* operand = operand_at(instruction, form.has_result ? 2 : 1);
  Action action = instruction.has(Modifier::kExpectTx) ? form.expecting : form.plain;
  const bool waits = action == Action::kWaitState;
  if (waits && instruction.has(Modifier::kParity)) action = Action::kWaitParity;
  const bool needs_operand = action != Action::kArrive && action != Action::kDrop && action != Action::kInvalidate;
  if (address == nullptr || address->kind != ptx::OperandKind::kAddress || (needs_operand && operand == nullptr)) {
    decoder.refuse(instruction, "it takes the [address] of an mbarrier object in shared memory, and its operands");
    return;
  }
  const auto place = address_row(decoder, instruction, *address, instruction.space);
  const ptx::Type operand_type = action == Action::kWaitState ? Type::kU64 : Type::kU32;
  if (!place || (operand != nullptr && !expect(decoder, instruction, *operand, operand_type))) return;
  if (form.has_result && !expect(decoder, instruction, instruction.operands[0], waits ? Type::kPred : Type::kU64))
    return;
  MemoryOp op;
  use_address(*place, op, out);
  op.element_bytes = 8;
  op.order = order_of(instruction, form.order);
  op.scope = form.has_result && !instruction.has(Modifier::kCta) && !instruction.has(Modifier::kCluster)
                 ? MemoryScope::kThreadBlock
                 : scope_of(instruction);
  pack(op, out);
  out.extra |= static_cast<std::uint16_t>(static_cast<std::uint32_t>(action) << kActionShift);
  out.kind = InstKind::kMemory;
  out.d = form.has_result ? decoder.destination(instruction.operands[0]) : decoder.scratch();
  out.s[1] = operand == nullptr ? decoder.constant(1, 4) : decoder.source(*operand, operand_type);
  out.full = out.masked = waits ? test : change;
}

}  // namespace

void decode_mbarrier_arrival(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  static constexpr Form kArrival{Modifier::kArrive, Action::kArrive, Action::kArrive, false, MemoryOrder::kRelease};
  decode_form(decoder, instruction, kArrival, out);
}

void decode_mbarrier(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (instruction.has(Modifier::kPendingCount) && instruction.operands.size() == 2) {
    if (!expect(decoder, instruction, instruction.operands[0], Type::kU32) ||
        !expect(decoder, instruction, instruction.operands[1], Type::kU64)) {
      return;
    }
    out.kind = InstKind::kLane;
    out.d = decoder.destination(instruction.operands[0]);
    out.s[0] = decoder.source(instruction.operands[1], Type::kU64);
    out.full = out.masked = pending_count;
    return;
  }
  for (const Form& form : kForms) {
    if (instruction.has(form.name)) {
      decode_form(decoder, instruction, form, out);
      return;
    }
  }
  decoder.refuse(instruction,
                 "it is none of init, inval, arrive, arrive_drop, test_wait, try_wait, expect_tx, complete_tx "
                 "and pending_count");
}

}  // namespace warpscope::vgpu::access

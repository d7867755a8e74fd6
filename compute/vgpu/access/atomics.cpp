// atom and red. Lanes take their turns in the order of their numbers. Where other threads run blocks on the same
// memory, global memory is changed by the host's own atomics.
#include "compute/vgpu/access/atomic_ops.h"
#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Modifier;
using ptx::Type;

// Whether anything changed; and what observers are told, the first 8 bytes that each lane left.
struct Written {
  bool changed = false;
  std::array<std::uint64_t, kLanes> bits;
};

template <class T>
std::uint64_t first_bits(const T& value) {
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &value, std::min(sizeof value, sizeof bits));
  return bits;
}

template <class Global, class Shared>
void change_lanes(Exec& exec, const Inst& inst, const Located& located, Written& written) {
  using T = typename Global::T;
  const LaneMask in_shared = located.in(AccessSpace::kShared);
  const T* b = exec.row<T>(inst.s[1]);
  const T* c = exec.row<T>(inst.s[2]);
  T* d = exec.row<T>(inst.d);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const auto l = static_cast<std::size_t>(lane);
    T now;
    const T old = (in_shared >> lane & 1U) != 0
                      ? atomic_step<Shared>(located.bytes[l], b[l], c[l], false, now)
                      : atomic_step<Global>(located.bytes[l], b[l], c[l], exec.threads_share_memory, now);
    d[l] = old;
    written.changed |= !(old == now);
    written.bits[l] = first_bits(now);
  }
}

// The list has the rows of the destinations, then of the sources. Each element is an atomic of its own.
template <class Global, class Shared>
void change_vectors(Exec& exec, const Inst& inst, const MemoryOp& op, const Located& located, Written& written) {
  using T = typename Global::T;
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  for_each_lane(exec.mask, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    const bool shared = (located.in(AccessSpace::kShared) >> lane & 1U) != 0;
    std::array<T, 8> b{};  // all of them first: a vector's destination may be another element's source
    std::array<T, 8> now{};
    for (std::uint32_t i = 0; i < op.elements; ++i) b[i] = exec.row<T>(rows[op.elements + i])[l];
    for (std::uint32_t i = 0; i < op.elements; ++i) {
      std::uint8_t* at = located.bytes[l] + i * sizeof(T);
      const T old = shared ? atomic_step<Shared>(at, b[i], T{}, false, now[i])
                           : atomic_step<Global>(at, b[i], T{}, exec.threads_share_memory, now[i]);
      written.changed |= !(old == now[i]);
      exec.row<T>(rows[i])[l] = old;
    }
    written.bits[l] = first_bits(now);
  });
}

// The operation on shared memory may differ from that on global memory.
template <class Global, class Shared = Global>
void atomic(Exec& exec, const Inst& inst) {
  const MemoryOp op = unpack(inst);
  LaneAddresses addresses;
  read_addresses(exec, inst, op, addresses);
  Located located;
  if (!locate(exec, op.reach, addresses, exec.mask, op.bytes(), op.bytes(), Intent::kModify, located)) return;
  Written written;
  if (op.elements == 1) {
    change_lanes<Global, Shared>(exec, inst, located, written);
  } else {
    change_vectors<Global, Shared>(exec, inst, op, located, written);
  }
  exec.polls = written.changed ? 0 : exec.polls + 1;
  if (exec.log == nullptr) return;
  record(exec, located, told(op, AccessKind::kAtomic),
         [&](int lane) { return written.bits[static_cast<std::size_t>(lane)]; });
}

// ---- Which handler

template <template <class> class Op>
Handler any_bits(int bits) {
  return bits == 32 ? atomic<Op<std::uint32_t>> : bits == 64 ? atomic<Op<std::uint64_t>> : nullptr;
}

Handler find_add(Type type) {
  switch (type) {
    case Type::kF32:
      return atomic<AddFloat<true>, AddFloat<false>>;
    case Type::kF64:
      return atomic<AddDouble>;
    case Type::kF16:
      return atomic<AddSmall<HalfFormat>>;
    case Type::kBF16:
      return atomic<AddSmall<BfloatFormat>>;
    case Type::kF16x2:
      return atomic<Packed<AddSmall<HalfFormat>>>;
    case Type::kBF16x2:
      return atomic<Packed<AddSmall<BfloatFormat>>>;
    default:
      return any_bits<AddInteger>(ptx::bits_of(type));
  }
}

template <bool kMax>
Handler find_extreme(Type type) {
  switch (type) {
    case Type::kF16:
      return atomic<ExtremeSmall<HalfFormat, kMax>>;
    case Type::kBF16:
      return atomic<ExtremeSmall<BfloatFormat, kMax>>;
    case Type::kF16x2:
      return atomic<Packed<ExtremeSmall<HalfFormat, kMax>>>;
    case Type::kBF16x2:
      return atomic<Packed<ExtremeSmall<BfloatFormat, kMax>>>;
    case Type::kU32:
      return kMax ? atomic<MaxInteger<std::uint32_t, std::uint32_t>> : atomic<MinInteger<std::uint32_t, std::uint32_t>>;
    case Type::kS32:
      return kMax ? atomic<MaxInteger<std::uint32_t, std::int32_t>> : atomic<MinInteger<std::uint32_t, std::int32_t>>;
    case Type::kU64:
      return kMax ? atomic<MaxInteger<std::uint64_t, std::uint64_t>> : atomic<MinInteger<std::uint64_t, std::uint64_t>>;
    case Type::kS64:
      return kMax ? atomic<MaxInteger<std::uint64_t, std::int64_t>> : atomic<MinInteger<std::uint64_t, std::int64_t>>;
    default:
      return nullptr;
  }
}

Handler find_exchange(Type type) {
  return ptx::bits_of(type) == 128 ? atomic<Exchange<Wide>> : any_bits<Exchange>(ptx::bits_of(type));
}

Handler find_swap(Type type) {
  if (ptx::bits_of(type) == 16) return atomic<CompareSwap<std::uint16_t>>;
  return ptx::bits_of(type) == 128 ? atomic<CompareSwap<Wide>> : any_bits<CompareSwap>(ptx::bits_of(type));
}

bool is_plain(Type type) {
  return !ptx::is_float(type);
}

Handler find_atomic(const ptx::Instruction& instruction, Type type) {
  const auto has = [&](Modifier m) { return instruction.has(m); };
  const int bits = is_plain(type) ? ptx::bits_of(type) : 0;
  if (has(Modifier::kCas)) return find_swap(type);
  if (has(Modifier::kExch)) return find_exchange(type);
  if (has(Modifier::kAdd)) return find_add(type);
  if (has(Modifier::kMin)) return find_extreme<false>(type);
  if (has(Modifier::kMax)) return find_extreme<true>(type);
  if (has(Modifier::kInc)) return any_bits<Increment>(bits);
  if (has(Modifier::kDec)) return any_bits<Decrement>(bits);
  if (has(Modifier::kAnd)) return any_bits<And>(bits);
  if (has(Modifier::kOr)) return any_bits<Or>(bits);
  if (has(Modifier::kXor)) return any_bits<Xor>(bits);
  return nullptr;
}

// Rows of a vector: destinations, then sources. False: refused.
bool use_vector(Decoder& decoder, const ptx::Instruction& instruction, const ptx::Operand* destination,
                const ptx::Operand& source, Type type, Inst& out) {
  std::vector<RowRef> rows;
  const std::size_t elements = source.list.size();
  for (std::size_t i = 0; i < elements; ++i) {
    const bool kept = destination != nullptr && destination->list.size() == elements;
    if (kept && !expect(decoder, instruction, destination->list[i], type)) return false;
    rows.push_back(kept ? decoder.destination(destination->list[i]) : decoder.scratch());
  }
  for (const ptx::Operand& operand : source.list) {
    if (!expect(decoder, instruction, operand, type)) return false;
    rows.push_back(decoder.source(operand, type));
  }
  if (elements != 2 && elements != 4 && elements != 8) {
    decoder.refuse(instruction, "vectors have 2, 4 or 8 elements");
    return false;
  }
  out.list = decoder.add_list(rows);
  out.list_size = static_cast<std::uint16_t>(rows.size());
  return true;
}

}  // namespace

void decode_atomic(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const bool is_red = instruction.opcode == ptx::Opcode::kRed;
  const Type type = instruction.types.empty() ? Type::kNone : instruction.types[0];
  const bool is_swap = instruction.has(Modifier::kCas);
  const ptx::Operand* destination = is_red ? nullptr : operand_at(instruction, 0);
  const ptx::Operand* address = operand_at(instruction, is_red ? 0 : 1);
  const ptx::Operand* b = operand_at(instruction, is_red ? 1 : 2);
  const ptx::Operand* c = is_swap ? operand_at(instruction, is_red ? 2 : 3) : b;
  if (address == nullptr || address->kind != ptx::OperandKind::kAddress || b == nullptr || c == nullptr) {
    decoder.refuse(instruction, "it takes an [address] and the values to combine with");
    return;
  }
  const Handler handler = find_atomic(instruction, type);
  if (handler == nullptr) {
    decoder.refuse(instruction, "there is no such operation on values of this type");
    return;
  }
  const auto place = address_row(decoder, instruction, *address, instruction.space);
  if (!place) return;
  MemoryOp op;
  use_address(*place, op, out);
  op.order = order_of(instruction, MemoryOrder::kRelaxed);
  op.scope = scope_of(instruction);
  op.element_bytes = static_cast<std::uint8_t>(ptx::bytes_of(type));
  if (b->kind == ptx::OperandKind::kVector) {
    if (!use_vector(decoder, instruction, destination, *b, type, out)) return;
    op.elements = static_cast<std::uint8_t>(b->list.size());
  } else {
    out.d = destination != nullptr ? decoder.destination(*destination) : decoder.scratch();
    out.s[1] = decoder.source(*b, type);
    out.s[2] = decoder.source(*c, type);
    if (!expect(decoder, instruction, *b, type) || !expect(decoder, instruction, *c, type)) return;
    if (destination != nullptr && !expect(decoder, instruction, *destination, type)) return;
  }
  pack(op, out);
  out.kind = InstKind::kMemory;
  out.full = out.masked = handler;
}

}  // namespace warpscope::vgpu::access

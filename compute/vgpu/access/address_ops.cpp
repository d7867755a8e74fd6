// Instructions about addresses and the order of memory that move no data: cvta, isspacep, mapa, prefetch, createpolicy,
// membar, fence.
#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/address_space.h"
#include "compute/vgpu/global_memory.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Space;
using ptx::Type;

// d = s[0] + imm, + the frame where flags[0] says so.
template <class T, bool kMasked>
void add_offset(Exec& exec, const Inst& inst) {
  const T* from = exec.row<T>(inst.s[0]);
  T* to = exec.row<T>(inst.d);
  const T offset = static_cast<T>(inst.imm) + ((inst.flags[0] & kFrameRelative) != 0 ? T{exec.frame_local_base} : T{0});
  for (int lane = 0; lane < kLanes; ++lane) {
    to[lane] = !kMasked || exec.lane_on[lane] != 0 ? static_cast<T>(from[lane] + offset) : to[lane];
  }
}

template <class T>
void use_add_offset(Inst& out) {
  out.kind = InstKind::kLane;
  out.full = add_offset<T, false>;
  out.masked = add_offset<T, true>;
}

std::uint64_t window_named(Space space, bool in_frame) {
  switch (space) {
    case Space::kShared:
    case Space::kSharedCluster:
      return kSharedWindow;
    case Space::kLocal:
      return kLocalWindow;
    case Space::kParam:
    case Space::kParamEntry:
    case Space::kParamFunc:
      return in_frame ? kLocalWindow : kParamWindow;
    default:
      return 0;  // global and constant addresses are generic ones
  }
}

bool is_constant(const Exec& exec, std::uint64_t address) {
  const Page* page = exec.memory->page(address);
  return page != nullptr && page->constant;
}

bool is_in_space(const Exec& exec, AccessSpace space, std::uint64_t address) {
  AccessSpace found = space_of(Reach::kGeneric, address);
  if (found == AccessSpace::kGlobal && is_constant(exec, address)) found = AccessSpace::kConstant;
  return found == space;
}

// extra: the AccessSpace that is asked for.
void is_space(Exec& exec, const Inst& inst) {
  const auto* address = exec.row<std::uint64_t>(inst.s[0]);
  LaneMask yes = 0;
  for_each_lane(exec.mask, [&](int lane) {
    if (is_in_space(exec, static_cast<AccessSpace>(inst.extra), address[lane])) yes |= LaneMask{1} << lane;
  });
  LaneMask& to = exec.predicate(inst.d);
  to = (to & ~exec.mask) | yes;
}

// A cluster is one block, number 0: any other rank has no shared memory to map to.
template <class T>
void map_rank(Exec& exec, const Inst& inst) {
  const auto* rank = exec.row<std::uint32_t>(inst.s[1]);
  const T* from = exec.row<T>(inst.s[0]);
  T* to = exec.row<T>(inst.d);
  for_each_lane(exec.mask, [&](int lane) {
    if (rank[lane] != 0) {
      raise(exec, FaultKind::kBadOperand, lane, AccessSpace::kGlobal, from[lane], 0, false,
            "the rank of a block in its cluster is 0: clusters have one block here");
    }
    to[lane] = static_cast<T>(from[lane] + static_cast<T>(inst.imm));
  });
}

void fence(Exec& exec, const Inst&) {
  host_fence(exec);
}

void hint(Exec& exec, const Inst& inst) {
  if (exec.log == nullptr) return;
  const MemoryOp op = unpack(inst);
  LaneAddresses addresses;
  read_addresses(exec, inst, op, addresses);
  Located located;  // a hint may point anywhere: nothing is looked up
  for_each_lane(exec.mask, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    const AccessSpace space = space_of(op.reach, addresses[l]);
    located.address[l] = addresses[l] - (op.reach == Reach::kGeneric ? window_of(space) : 0);
    located.lanes[static_cast<std::size_t>(space)] |= LaneMask{1} << lane;
  });
  record(exec, located, told(op, AccessKind::kPrefetch), [](int) { return 0; });
}

}  // namespace

void decode_convert(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (instruction.operands.size() != 2 || instruction.types.empty()) {
    decoder.refuse(instruction, "it takes a register and an address");
    return;
  }
  const ptx::Operand& from = instruction.operands[1];
  if (ptx::bits_of(instruction.types[0]) != 64) {
    decoder.refuse(instruction, "generic addresses have 64 bits here; use .u64 with 64-bit registers");
    return;
  }
  if (!expect(decoder, instruction, instruction.operands[0], Type::kU64) ||
      !expect(decoder, instruction, from, Type::kU64)) {
    return;
  }
  const bool in_frame = decoder.is_local_symbol(from);
  if (in_frame) {
    out.s[0] = decoder.constant(0, 8);
    out.imm = decoder.address(from, instruction.space).offset;
    out.flags[0] = kFrameRelative;
  } else {
    out.s[0] = decoder.source(from, Type::kU64);
  }
  const auto window = static_cast<std::int64_t>(window_named(instruction.space, in_frame));
  out.imm += instruction.has(ptx::Modifier::kTo) ? -window : window;
  out.d = decoder.destination(instruction.operands[0]);
  use_add_offset<std::uint64_t>(out);
}

void decode_is_space(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (instruction.operands.size() != 2) {
    decoder.refuse(instruction, "it takes a predicate and a generic address");
    return;
  }
  if (!expect(decoder, instruction, instruction.operands[0], Type::kPred) ||
      !expect(decoder, instruction, instruction.operands[1], Type::kU64)) {
    return;
  }
  static constexpr std::pair<Space, AccessSpace> kNames[] = {
      {Space::kGlobal, AccessSpace::kGlobal},       {Space::kConst, AccessSpace::kConstant},
      {Space::kShared, AccessSpace::kShared},       {Space::kSharedCluster, AccessSpace::kShared},
      {Space::kLocal, AccessSpace::kLocal},         {Space::kParam, AccessSpace::kParameter},
      {Space::kParamEntry, AccessSpace::kParameter}};
  for (const auto& [written, space] : kNames) {
    if (instruction.space != written) continue;
    out.extra = static_cast<std::uint16_t>(space);
    out.s[0] = decoder.source(instruction.operands[1], Type::kU64);
    out.d = decoder.destination(instruction.operands[0]);
    out.kind = InstKind::kLane;
    out.full = out.masked = is_space;
    return;
  }
  decoder.refuse(instruction, "it asks for .global, .const, .shared, .local or .param");
}

void decode_cluster_rank(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const bool is_map = instruction.opcode == ptx::Opcode::kMapa;
  if (instruction.types.empty() || instruction.operands.size() != (is_map ? 3U : 2U)) {
    decoder.refuse(instruction,
                   is_map ? "it takes a register, an address and a rank" : "it takes a register and an address");
    return;
  }
  const Type type = is_map ? instruction.types[0] : Type::kU32;
  if (!expect(decoder, instruction, instruction.operands[0], type)) return;
  if (is_map && (!expect(decoder, instruction, instruction.operands[1], type) ||
                 !expect(decoder, instruction, instruction.operands[2], Type::kU32))) {
    return;
  }
  out.d = decoder.destination(instruction.operands[0]);
  if (!is_map) {
    out.s[0] = decoder.constant(0, 4);
    use_add_offset<std::uint32_t>(out);
    return;
  }
  out.s[0] = decoder.source(instruction.operands[1], type);
  out.s[1] = decoder.source(instruction.operands[2], Type::kU32);
  out.kind = InstKind::kMemory;
  out.full = out.masked = ptx::bits_of(type) == 64 ? map_rank<std::uint64_t> : map_rank<std::uint32_t>;
}

void decode_fence(Decoder&, const ptx::Instruction&, Inst& out) {
  out.kind = InstKind::kMemory;
  out.full = out.masked = fence;
}

void decode_hint(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (instruction.operands.empty()) {
    decoder.refuse(instruction, "it takes an operand");
    return;
  }
  const ptx::Operand& first = instruction.operands[0];
  if (instruction.opcode == ptx::Opcode::kCreatepolicy) {
    // Any value does: caches are not there to follow it.
    if (!expect(decoder, instruction, first, Type::kB64)) return;
    out.d = decoder.destination(first);
    out.s[0] = decoder.constant(0, 8);
    use_add_offset<std::uint64_t>(out);
    return;
  }
  const auto place = address_row(decoder, instruction, first, instruction.space);
  if (!place) return;
  MemoryOp op;
  op.element_bytes = 1;
  use_address(*place, op, out);
  pack(op, out);
  out.kind = InstKind::kMemory;
  out.full = out.masked = hint;
}

}  // namespace warpscope::vgpu::access

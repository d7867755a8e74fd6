// cp.async and cp.async.bulk. The bytes are copied at once; what is kept is which groups nobody waited for.
// An observer sees the source as one Access and the destination as another, both kAsyncCopy.
#include <algorithm>

#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/access/mbarrier.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Modifier;
using ptx::OperandKind;
using ptx::Space;
using ptx::Type;

// Of cp.async, in Inst::extra, above what pack() uses.
constexpr std::uint16_t kHasSize = 1U << 5;
constexpr std::uint16_t kHasIgnore = 1U << 6;
constexpr std::uint16_t kIgnoreNegated = 1U << 7;

// How many bytes of each lane's source are read; the rest of the destination is filled with zeros.
void read_sizes(const Exec& exec, const Inst& inst, std::uint32_t bytes, std::uint32_t (&sizes)[kLanes]) {
  for (int lane = 0; lane < kLanes; ++lane) sizes[lane] = bytes;
  if ((inst.extra & kHasSize) != 0) {
    const auto* written = exec.row<std::uint32_t>(inst.s[2]);
    for (int lane = 0; lane < kLanes; ++lane) sizes[lane] = std::min(written[lane], bytes);
  }
  if ((inst.extra & kHasIgnore) != 0) {
    const LaneMask ignored = exec.predicate(inst.s[2]) ^ ((inst.extra & kIgnoreNegated) != 0 ? base::kAllLanes : 0U);
    for_each_lane(ignored, [&](int lane) { sizes[lane] = 0; });
  }
}

// s[0] + the low half of imm: where to; s[1] + the high half: where from; s[2]: source sizes or ignore-src.
void copy_async(Exec& exec, const Inst& inst) {
  const MemoryOp op = unpack(inst);
  const std::uint32_t bytes = op.element_bytes;
  LaneAddresses to_address, from_address;
  read_addresses(exec, inst.s[0], op.base_bytes, static_cast<std::int32_t>(inst.imm), to_address);
  read_addresses(exec, inst.s[1], 8, inst.imm >> 32, from_address);
  std::uint32_t sizes[kLanes];
  read_sizes(exec, inst, bytes, sizes);
  Located to, from;
  if (!locate(exec, Reach::kShared, to_address, exec.mask, bytes, bytes, Intent::kWrite, to)) return;
  const bool whole = (inst.extra & (kHasSize | kHasIgnore)) == 0;
  if (whole && !locate(exec, Reach::kGlobal, from_address, exec.mask, bytes, bytes, Intent::kRead, from)) return;
  for (LaneMask left = whole ? 0 : exec.mask; left != 0; left &= left - 1) {
    const std::uint32_t size = sizes[std::countr_zero(left)];
    if (size == 0) continue;
    if (!locate(exec, Reach::kGlobal, from_address, left & -left, size, bytes, Intent::kRead, from)) return;
  }
  std::uint64_t written[kLanes];
  for_each_lane(exec.mask, [&](int lane) {
    std::uint8_t value[16] = {};
    if (whole) {
      copy_in(from, lane, bytes, value);
    } else if (sizes[lane] != 0) {
      std::memcpy(value, from.bytes[static_cast<std::size_t>(lane)], sizes[lane]);
    }
    copy_out(value, bytes, to, lane);
    std::memcpy(&written[lane], value, 8);
  });
  ++exec.warp->async.open;
  exec.polls = 0;
  if (exec.log == nullptr) return;
  record(exec, from, told(op, AccessKind::kAsyncCopy), [&](int lane) { return written[lane]; });
  record(exec, to, told(op, AccessKind::kAsyncCopy), [&](int lane) { return written[lane]; });
}

void commit_group(Exec& exec, const Inst&) {
  ++exec.warp->async.committed;
  exec.warp->async.open = 0;
}

// imm: how many groups may stay under way.
void wait_group(Exec& exec, const Inst& inst) {
  AsyncCopies& async = exec.warp->async;
  async.committed = std::min(async.committed, static_cast<std::uint32_t>(inst.imm));
}

void wait_all(Exec& exec, const Inst&) {
  exec.warp->async = AsyncCopies();
}

void use(Inst& out, Handler handler) {
  out.kind = InstKind::kMemory;
  out.full = out.masked = handler;
}

// The wait and commit forms, which cp.async and cp.async.bulk have in common. False: none of them.
bool decode_group(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (instruction.has(Modifier::kCommitGroup)) {
    use(out, commit_group);
  } else if (instruction.has(Modifier::kWaitAll)) {
    use(out, wait_all);
  } else if (instruction.has(Modifier::kWaitGroup)) {
    const ptx::Operand* count = operand_at(instruction, 0);
    if (count == nullptr || count->kind != OperandKind::kInteger || count->value < 0) {
      decoder.refuse(instruction, "it takes a number of groups, known when it is compiled");
      return true;
    }
    out.imm = std::min<std::int64_t>(count->value, 0x7fff'ffff);
    use(out, wait_group);
  } else {
    return false;
  }
  return true;
}

// The source's size or the predicate that ignores it, behind the copy's size. False: refused.
bool use_source_size(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  std::size_t extras = instruction.operands.size() - 3;
  if (instruction.has(Modifier::kL2CacheHint) && extras > 0) --extras;
  if (extras == 0) return true;
  const ptx::Operand& operand = instruction.operands[3];
  if (operand.kind == OperandKind::kRegister && decoder.row_bytes(operand, Type::kU32) == 0) {
    out.extra |= operand.negated ? kHasIgnore | kIgnoreNegated : kHasIgnore;
    out.s[2] = decoder.source(operand, Type::kPred);
    return true;
  }
  out.extra |= kHasSize;
  out.s[2] = decoder.source(operand, Type::kU32);
  return expect(decoder, instruction, operand, Type::kU32);
}

void decode_copy(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const ptx::Operand* size = operand_at(instruction, 2);
  if (size == nullptr || size->kind != OperandKind::kInteger ||
      (size->value != 4 && size->value != 8 && size->value != 16) ||
      instruction.operands[0].kind != OperandKind::kAddress || instruction.operands[1].kind != OperandKind::kAddress) {
    decoder.refuse(instruction, "it takes [shared], [global] and a size of 4, 8 or 16");
    return;
  }
  const auto to = address_row(decoder, instruction, instruction.operands[0], Space::kShared);
  const auto source = address_row(decoder, instruction, instruction.operands[1], Space::kGlobal);
  if (!to || !source) return;
  AddressRow from = *source;
  if (!from.base.in_frame()) {  // a symbol: its address needs more bits than half of imm has
    from.base = decoder.constant(static_cast<std::uint64_t>(from.offset), 8);
    from.offset = 0;
  }
  const auto is_short = [](std::int64_t offset) { return offset == static_cast<std::int32_t>(offset); };
  if (from.base_bytes != 8 || !is_short(to->offset) || !is_short(from.offset)) {
    decoder.refuse(instruction, "global addresses have 64 bits, and offsets 32");
    return;
  }
  MemoryOp op;
  use_address(*to, op, out);
  op.element_bytes = static_cast<std::uint8_t>(size->value);
  pack(op, out);
  out.s[1] = from.base;
  out.imm = static_cast<std::int64_t>(static_cast<std::uint64_t>(from.offset) << 32 |
                                      (static_cast<std::uint64_t>(to->offset) & 0xffff'ffffU));
  if (use_source_size(decoder, instruction, out)) use(out, copy_async);
}

// ---- Bulk copies: a lane copies a whole range

// Entries of the list: base and offset (a constant row) of the destination, the source and the mbarrier, then the size.
enum BulkRow { kTo, kToOffset, kFrom, kFromOffset, kBarrier, kBarrierOffset, kSize, kBulkRows };
struct Bulk {
  Reach to = Reach::kShared, from = Reach::kGlobal;
  bool short_base[3] = {};  // destination, source, mbarrier: 32-bit address
  bool has_barrier = false;
};
constexpr std::uint32_t kPiece = 16;  // sizes and addresses are multiples of it

std::uint16_t pack_bulk(const Bulk& bulk) {
  return static_cast<std::uint16_t>(static_cast<std::uint32_t>(bulk.to) | static_cast<std::uint32_t>(bulk.from) << 3 |
                                    (bulk.short_base[0] ? 64U : 0U) | (bulk.short_base[1] ? 128U : 0U) |
                                    (bulk.short_base[2] ? 256U : 0U) | (bulk.has_barrier ? 512U : 0U));
}
Bulk unpack_bulk(std::uint16_t bits) {
  return {static_cast<Reach>(bits & 7),
          static_cast<Reach>(bits >> 3 & 7),
          {(bits & 64) != 0, (bits & 128) != 0, (bits & 256) != 0},
          (bits & 512) != 0};
}

bool copy_pieces(Exec& exec, const Bulk& bulk, LaneAddresses to, LaneAddresses from, int lane, std::uint32_t size) {
  const auto l = static_cast<std::size_t>(lane);
  const LaneMask mask = LaneMask{1} << lane;
  for (std::uint32_t done = 0; done < size; done += kPiece, to[l] += kPiece, from[l] += kPiece) {
    Located target, source;
    if (!locate(exec, bulk.from, from, mask, kPiece, kPiece, Intent::kRead, source)) return false;
    if (!locate(exec, bulk.to, to, mask, kPiece, kPiece, Intent::kWrite, target)) return false;
    std::uint8_t piece[kPiece];
    copy_in(source, lane, kPiece, piece);
    copy_out(piece, kPiece, target, lane);
  }
  return true;
}

// The bytes have come: the mbarrier is told.
bool complete_bytes(Exec& exec, const LaneAddresses& barrier, int lane, std::uint32_t size) {
  Located located;
  if (!locate(exec, Reach::kShared, barrier, LaneMask{1} << lane, 8, 8, Intent::kModify, located)) return false;
  std::uint8_t* at = located.bytes[static_cast<std::size_t>(lane)];
  std::uint64_t bits;
  std::memcpy(&bits, at, sizeof bits);
  MbarrierWord word = MbarrierWord::from(bits);
  word.complete_bytes(size);
  bits = word.bits();
  std::memcpy(at, &bits, sizeof bits);
  return true;
}

// One range as an observer sees it. Access counts bytes with 16 bits: what is longer is cut.
void record_range(Exec& exec, Reach reach, const LaneAddresses& address, std::uint32_t size, LaneMask mask) {
  if (exec.log->count == kMaxAccesses) return;
  Access& access = exec.log->accesses[exec.log->count++];
  access = Access();
  access.kind = AccessKind::kAsyncCopy;
  access.space = space_of(reach, 0);
  access.bytes = static_cast<std::uint16_t>(std::min<std::uint32_t>(size, 0xfff0));
  access.alignment = kPiece;
  access.mask = mask;
  for (std::size_t lane = 0; lane < kLanes; ++lane) access.address[lane] = address[lane];
}

void copy_bulk(Exec& exec, const Inst& inst) {
  const Bulk bulk = unpack_bulk(inst.extra);
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  const auto addresses = [&](BulkRow base, bool is_short, LaneAddresses& out) {
    const auto offset = static_cast<std::int64_t>(exec.row<std::uint64_t>(rows[base + 1])[0]);
    read_addresses(exec, rows[base], is_short ? 4 : 8, offset, out);
  };
  LaneAddresses to, from, barrier;
  addresses(kTo, bulk.short_base[0], to);
  addresses(kFrom, bulk.short_base[1], from);
  addresses(kBarrier, bulk.short_base[2], barrier);
  const auto* sizes = exec.row<std::uint32_t>(rows[kSize]);
  exec.polls = 0;
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    if (sizes[lane] % kPiece != 0) {
      raise(exec, FaultKind::kBadOperand, lane, AccessSpace::kGlobal, from[static_cast<std::size_t>(lane)], sizes[lane],
            false, "bulk copies move multiples of 16 bytes");
      return;
    }
    if (!copy_pieces(exec, bulk, to, from, lane, sizes[lane])) return;
    if (bulk.has_barrier && !complete_bytes(exec, barrier, lane, sizes[lane])) return;
    if (exec.log == nullptr) continue;
    record_range(exec, bulk.from, from, sizes[lane], LaneMask{1} << lane);
    record_range(exec, bulk.to, to, sizes[lane], LaneMask{1} << lane);
  }
  if (!bulk.has_barrier) ++exec.warp->async.open;
}

Reach bulk_reach(Space space) {
  return space == Space::kGlobal ? Reach::kGlobal : Reach::kShared;
}

}  // namespace

void decode_async_copy(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (instruction.has(Modifier::kMbarrier)) {
    // All earlier copies are there already: without .noinc the arrival is one more that is expected, and comes at once.
    if (instruction.has(Modifier::kNoinc)) {
      decode_mbarrier_arrival(decoder, instruction, out);
    } else {
      use(out, [](Exec&, const Inst&) {});
    }
    return;
  }
  if (!decode_group(decoder, instruction, out)) decode_copy(decoder, instruction, out);
}

void decode_bulk_copy(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  if (decode_group(decoder, instruction, out)) return;
  const auto& operands = instruction.operands;
  const bool has_barrier = instruction.has(Modifier::kMbarrierCompleteTxBytes);
  const std::size_t needed = has_barrier ? 4 : 3;
  const bool is_plain = !instruction.has(Modifier::kTensor) && operands.size() >= needed &&
                        instruction.second_space != Space::kGeneric && operands[0].kind == OperandKind::kAddress &&
                        operands[1].kind == OperandKind::kAddress;
  if (!is_plain || instruction.name.find("multicast") != std::string::npos) {
    decoder.refuse(instruction,
                   "only copies of a range between shared and global memory are there, no tensors, "
                   "prefetches and multicasts (sm_90); run it on a GPU");
    return;
  }
  Bulk bulk;
  bulk.to = bulk_reach(instruction.space);
  bulk.from = bulk_reach(instruction.second_space);
  bulk.has_barrier = has_barrier;
  RowRef rows[kBulkRows];
  const auto use_row = [&](int place, const ptx::Operand& operand, Space space) {
    const auto row = address_row(decoder, instruction, operand, space);
    if (!row) return false;
    rows[place * 2] = row->base;
    rows[place * 2 + 1] = decoder.constant(static_cast<std::uint64_t>(row->offset), 8);
    bulk.short_base[place] = row->base_bytes == 4;
    return true;
  };
  if (!use_row(0, operands[0], instruction.space) || !use_row(1, operands[1], instruction.second_space) ||
      !use_row(2, has_barrier ? operands[3] : operands[0], Space::kShared) ||
      !expect(decoder, instruction, operands[2], Type::kU32)) {
    return;
  }
  rows[kSize] = decoder.source(operands[2], Type::kU32);
  out.list = decoder.add_list(rows);
  out.list_size = kBulkRows;
  out.extra = pack_bulk(bulk);
  use(out, copy_bulk);
}

}  // namespace warpscope::vgpu::access

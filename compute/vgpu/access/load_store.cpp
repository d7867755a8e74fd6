#include <fmt/format.h>

#include <vector>

#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/fast_access.h"
#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::access {
namespace {

constexpr std::uint32_t kMaxBytes = 32;

// The rows of a vector's registers, and how wide each is.
struct Registers {
  std::uint8_t* row[8];
  std::uint32_t bytes[8];
};

Registers registers_of(const Exec& exec, const Inst& inst, const MemoryOp& op, bool is_store) {
  Registers out;
  const auto& in_inst = is_store ? std::array{inst.s[1], inst.s[2], inst.s[3], inst.d}
                                 : std::array{inst.d, inst.s[1], inst.s[2], inst.s[3]};
  const RowRef* listed = inst.list_size == 0 ? nullptr : &exec.launch->program->lists[inst.list];
  for (std::uint32_t i = 0; i < op.elements; ++i) {
    out.row[i] = exec.row<std::uint8_t>(listed != nullptr ? listed[i] : in_inst[i]);
    out.bytes[i] = op.row_bytes != 0 ? std::uint32_t{op.row_bytes} : std::uint32_t{listed[op.elements + i].offset()};
  }
  return out;
}

// memcpy() of 1, 2, 4, 8 or 16 bytes, without a call.
void copy_bytes(std::uint8_t* to, const std::uint8_t* from, std::uint32_t bytes) {
  switch (bytes) {
    case 1:
      *to = *from;
      break;
    case 2:
      __builtin_memcpy(to, from, 2);
      break;
    case 4:
      __builtin_memcpy(to, from, 4);
      break;
    case 8:
      __builtin_memcpy(to, from, 8);
      break;
    default:
      __builtin_memcpy(to, from, 16);
  }
}

// Puts an element into a register of `row_bytes`, extended where that is wider.
void put(std::uint8_t* to, std::uint32_t row_bytes, const std::uint8_t* from, std::uint32_t bytes, bool is_signed) {
  if (row_bytes > bytes) std::memset(to, is_signed && (from[bytes - 1] & 0x80) != 0 ? 0xff : 0, row_bytes);
  copy_bytes(to, from, std::min(row_bytes, bytes));
}

// One element in registers as wide, in memory that lies as it is addressed (or a word of local memory): the most
// frequent case by far, which others need not wait for.
bool is_plain(const MemoryOp& op, const Located& located) {
  return op.elements == 1 && op.row_bytes == op.element_bytes && op.row_bytes <= 8 &&
         (op.row_bytes < 8 || located.in(AccessSpace::kLocal) == 0);
}

template <class T>
WARPSCOPE_RACY void load_words(const Exec& exec, const Inst& inst, const Located& located) {
  T* row = exec.row<T>(inst.d);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    __builtin_memcpy(&row[lane], located.bytes[static_cast<std::size_t>(lane)], sizeof(T));
  }
}

void load_plain(const Exec& exec, const Inst& inst, const MemoryOp& op, const Located& located) {
  if (op.row_bytes == 2) load_words<std::uint16_t>(exec, inst, located);
  if (op.row_bytes == 4) load_words<std::uint32_t>(exec, inst, located);
  if (op.row_bytes == 8) load_words<std::uint64_t>(exec, inst, located);
}

void load_any(const Exec& exec, const Inst& inst, const MemoryOp& op, const Located& located) {
  const Registers registers = registers_of(exec, inst, op, false);
  for_each_lane(exec.mask, [&](int lane) {
    std::uint8_t value[kMaxBytes];
    copy_in(located, lane, op.bytes(), value);
    for (std::uint32_t i = 0; i < op.elements; ++i) {
      put(registers.row[i] + static_cast<std::size_t>(lane) * registers.bytes[i], registers.bytes[i],
          value + std::size_t{i} * op.element_bytes, op.element_bytes, op.is_signed);
    }
  });
}

// What a store tells observers: the first 8 bytes that each lane wrote.
using Written = std::array<std::uint64_t, kLanes>;

template <class T>
WARPSCOPE_RACY void store_words(const Exec& exec, const Inst& inst, const Located& located, Written& written) {
  const T* row = exec.row<T>(inst.s[1]);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const auto l = static_cast<std::size_t>(lane);
    __builtin_memcpy(located.bytes[l], &row[lane], sizeof(T));
    written[l] = row[lane];
  }
}

void store_plain(const Exec& exec, const Inst& inst, const MemoryOp& op, const Located& located, Written& written) {
  if (op.row_bytes == 2) store_words<std::uint16_t>(exec, inst, located, written);
  if (op.row_bytes == 4) store_words<std::uint32_t>(exec, inst, located, written);
  if (op.row_bytes == 8) store_words<std::uint64_t>(exec, inst, located, written);
}

void store_any(const Exec& exec, const Inst& inst, const MemoryOp& op, const Located& located, Written& written) {
  const Registers registers = registers_of(exec, inst, op, true);
  for_each_lane(exec.mask, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    std::uint8_t value[kMaxBytes] = {};
    for (std::uint32_t i = 0; i < op.elements; ++i) {
      copy_bytes(value + std::size_t{i} * op.element_bytes, registers.row[i] + l * registers.bytes[i],
                 std::min<std::uint32_t>(op.element_bytes, registers.bytes[i]));
    }
    std::memcpy(&written[l], value, 8);
    copy_out(value, op.bytes(), located, lane);
  });
}

}  // namespace

void load(Exec& exec, const Inst& inst) {
  const MemoryOp op = unpack(inst);
  LaneAddresses addresses;
  read_addresses(exec, inst, op, addresses);
  Located located;
  if (op.order != MemoryOrder::kWeak) ++exec.polls;
  if (!locate(exec, op.reach, addresses, exec.mask, op.bytes(), op.bytes(), Intent::kRead, located)) return;
  is_plain(op, located) ? load_plain(exec, inst, op, located) : load_any(exec, inst, op, located);
  if (op.order == MemoryOrder::kAcquire) host_fence(exec);
  if (exec.log != nullptr) record(exec, located, told(op, AccessKind::kLoad), [](int) { return 0; });
}

void store(Exec& exec, const Inst& inst) {
  const MemoryOp op = unpack(inst);
  const std::uint32_t bytes = op.bytes();
  LaneAddresses addresses;
  read_addresses(exec, inst, op, addresses);
  Located located;
  if (!locate(exec, op.reach, addresses, exec.mask, bytes, bytes, Intent::kWrite, located)) return;
  if (op.order == MemoryOrder::kRelease) host_fence(exec);
  Written written;
  is_plain(op, located) ? store_plain(exec, inst, op, located, written) : store_any(exec, inst, op, located, written);
  if (exec.mask != located.in(AccessSpace::kLocal)) exec.polls = 0;
  if (exec.log == nullptr) return;
  record(exec, located, told(op, AccessKind::kStore),
         [&](int lane) { return written[static_cast<std::size_t>(lane)]; });
}

namespace {

// Fills in type, vector and registers. `value` is the register operand.
bool use_registers(Decoder& decoder, const ptx::Instruction& instruction, const ptx::Operand& value, bool is_store,
                   MemoryOp& op, Inst& out) {
  const ptx::Type type = instruction.types.empty() ? ptx::Type::kNone : instruction.types[0];
  const int bits = ptx::bits_of(type);
  const std::span<const ptx::Operand> operands =
      value.kind == ptx::OperandKind::kVector ? std::span(value.list) : std::span(&value, 1);
  const bool is_vector = operands.size() == 1 || operands.size() == 2 || operands.size() == 4 || operands.size() == 8;
  if (bits < 8 || bits % 8 != 0 || !is_vector || bits / 8 * static_cast<int>(operands.size()) > 32) {
    decoder.refuse(instruction, "it moves 8 to 128 bits, and vectors of 2, 4 or 8 up to 256 bits together");
    return false;
  }
  op.element_bytes = static_cast<std::uint8_t>(bits / 8);
  op.elements = static_cast<std::uint8_t>(operands.size());
  op.is_signed = ptx::is_signed(type);

  std::vector<RowRef> rows, widths;
  for (const ptx::Operand& operand : operands) {
    const bool is_sink = operand.kind == ptx::OperandKind::kSink;
    rows.push_back(is_store ? decoder.source(operand, type) : decoder.destination(operand));
    widths.push_back(
        {static_cast<std::uint32_t>(is_sink ? std::max(2, bits / 8) : decoder.row_bytes(operand, type)), false});
    if (widths.back().offset() == 0) {
      decoder.refuse(instruction, "predicates have no bytes in memory; use selp to make it a number");
      return false;
    }
    if (widths.back().offset() < static_cast<std::uint32_t>(bits / 8)) {
      decoder.refuse(instruction,
                     fmt::format("a register of {} bits is too narrow for what it moves", 8 * widths.back().offset()));
      return false;
    }
  }
  const bool one_width = std::all_of(widths.begin(), widths.end(), [&](RowRef w) { return w == widths[0]; });
  op.row_bytes = one_width ? static_cast<std::uint8_t>(widths[0].offset()) : std::uint8_t{0};
  if (rows.size() <= 4) {
    RowRef* places[] = {&out.d, &out.s[1], &out.s[2], &out.s[3], &out.d};
    for (std::size_t i = 0; i < rows.size(); ++i) *places[i + (is_store ? 1 : 0)] = rows[i];
  }
  if (rows.size() > 4 || !one_width) {
    rows.insert(rows.end(), widths.begin(), widths.end());
    out.list = decoder.add_list(rows);
    out.list_size = static_cast<std::uint16_t>(rows.size());
  }
  return true;
}

void decode_plain(Decoder& decoder, const ptx::Instruction& instruction, bool is_store, Inst& out) {
  const ptx::Operand* address = operand_at(instruction, is_store ? 0 : 1);
  const ptx::Operand* value = operand_at(instruction, is_store ? 1 : 0);
  if (address == nullptr || value == nullptr || address->kind != ptx::OperandKind::kAddress) {
    decoder.refuse(instruction, is_store ? "it takes [address], value" : "it takes a register and an [address]");
    return;
  }
  const auto place = address_row(decoder, instruction, *address, instruction.space);
  if (!place) return;
  MemoryOp op;
  use_address(*place, op, out);
  op.order = order_of(instruction, MemoryOrder::kWeak);
  op.scope = scope_of(instruction);
  op.non_coherent = instruction.has(ptx::Modifier::kNc) || instruction.opcode == ptx::Opcode::kLdu;
  if (!use_registers(decoder, instruction, *value, is_store, op, out)) return;
  pack(op, out);
  out.kind = InstKind::kMemory;
  out.full = out.masked = is_store ? store : load;
  use_fast_handlers(op, is_store, out);
}

}  // namespace

void decode_load(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  decode_plain(decoder, instruction, false, out);
}

void decode_store(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  decode_plain(decoder, instruction, true, out);
}

}  // namespace warpscope::vgpu::access

// vgpu/lanes/decode_move.cpp: mov in its many forms; selp and slct.
#include <algorithm>
#include <array>

#include "compute/vgpu/lanes/decode_lane.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Operand;
using ptx::OperandKind;
using ptx::SpecialRegister;
using ptx::Type;

// ---- Clocks. Time passes with the instructions of the block: one clock each, and a nanosecond each.

std::uint64_t clock_value(SpecialRegister special, const Exec& exec) {
  switch (special) {
    case SpecialRegister::kClockHi:
    case SpecialRegister::kGlobaltimerHi:
      return exec.clock >> 32;
    default:
      return exec.clock;
  }
}

template <class T>
void read_clock(Exec& exec, const Inst& inst) {
  T* d = exec.row<T>(inst.d);
  const T value = static_cast<T>(clock_value(static_cast<SpecialRegister>(inst.extra), exec));
  for (int lane = 0; lane < 32; ++lane) {
    if ((exec.mask >> lane & 1U) != 0) d[lane] = value;
  }
}

bool is_clock(const Operand& operand) {
  return operand.kind == OperandKind::kSpecial && ptx::is_clock(operand.special);
}

void decode_clock(LaneDecoder& lane) {
  if (!lane.destination(lane.operand(0), lane.op.type)) return;
  lane.out.extra = static_cast<std::uint16_t>(lane.operand(1).special);
  const bool wide = lane.op.destination_bytes == 8;
  lane.out.full = lane.out.masked = wide ? read_clock<std::uint64_t> : read_clock<std::uint32_t>;
  if (lane.op.destination_bytes < 4) lane.refuse("clocks are 32 or 64 bits wide");
}

// ---- Addresses of local variables depend on the frame that runs

void decode_local_address(LaneDecoder& lane) {
  if (!lane.destination(lane.operand(0), lane.op.type)) return;
  if (lane.op.destination_bytes < 4) {
    lane.refuse("an address does not fit into 16 bits");
    return;
  }
  lane.out.imm = lane.decoder.address(lane.operand(1), ptx::Space::kLocal).offset;
  lane.op.detail = Modifier::kBase;
  lane.find();
}

// ---- Vectors

// The type of one of `count` elements of a vector that is as wide as `whole`; kNone where there is none.
Type element_type(Type whole, int count) {
  switch (ptx::bits_of(whole) / count) {
    case 8:
      return Type::kB8;
    case 16:
      return Type::kB16;
    case 32:
      return Type::kB32;
    case 64:
      return Type::kB64;
    default:
      return Type::kNone;
  }
}

void decode_pack(LaneDecoder& lane) {
  const std::vector<Operand>& elements = lane.operand(1).list;
  const auto count = static_cast<int>(elements.size());
  const Type element = count == 2 || count == 4 ? element_type(lane.op.type, count) : Type::kNone;
  if (element == Type::kNone) {
    lane.refuse("a vector has two or four elements that fill the destination");
    return;
  }
  if (!lane.destination(lane.operand(0), lane.op.type)) return;
  for (int i = 0; i < count; ++i) {
    if (!lane.source(elements[static_cast<std::size_t>(i)], i, element)) return;
  }
  lane.op.sources = static_cast<std::uint8_t>(count);
  lane.op.detail = Modifier::kHi;
  lane.find();
}

void decode_unpack(LaneDecoder& lane) {
  const std::vector<Operand>& elements = lane.operand(0).list;
  const auto count = static_cast<int>(elements.size());
  const Type element = count == 2 || count == 4 ? element_type(lane.op.type, count) : Type::kNone;
  if (element == Type::kNone) {
    lane.refuse("a vector has two or four elements that fill the source");
    return;
  }
  std::array<RowRef, 4> rows{};
  for (int i = 0; i < count; ++i) {
    if (!lane.destination(elements[static_cast<std::size_t>(i)], element)) return;
    rows[static_cast<std::size_t>(i)] = lane.out.d;
  }
  if (!lane.source(lane.operand(1), 0, lane.op.type)) return;
  lane.out.d = rows[0];
  for (int i = 1; i < count; ++i) lane.out.s[i] = rows[static_cast<std::size_t>(i)];
  lane.op.sources = static_cast<std::uint8_t>(count);
  lane.op.detail = Modifier::kLo;
  lane.find();
}

// mov.v4.u32 of whole vectors, element by element. The list: destinations, then sources. All are read before any is
// written.
template <class T>
void move_vector(Exec& exec, const Inst& inst) {
  T values[4][32];
  const int count = inst.list_size / 2;
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  for (int i = 0; i < count; ++i) std::copy_n(exec.row<T>(rows[count + i]), 32, values[i]);
  for (int i = 0; i < count; ++i) {
    T* d = exec.row<T>(rows[i]);
    for (int lane = 0; lane < 32; ++lane) {
      if ((exec.mask >> lane & 1U) != 0) d[lane] = values[i][lane];
    }
  }
}

void decode_vector(LaneDecoder& lane) {
  const Operand &to = lane.operand(0), &from = lane.operand(1);
  const auto count = static_cast<int>(to.list.size());
  const bool vectors = to.kind == OperandKind::kVector && from.kind == OperandKind::kVector;
  if (!vectors || to.list.size() != from.list.size() || count != lane.instruction.vector_size || count > 4) {
    lane.refuse("it copies one vector to another of the same number of elements");
    return;
  }
  std::vector<RowRef> rows;
  for (const Operand& element : to.list) {
    if (!lane.destination(element, lane.op.type)) return;
    rows.push_back(lane.out.d);
  }
  for (int i = 0; i < count; ++i) {
    if (!lane.source(from.list[static_cast<std::size_t>(i)], i, lane.op.type)) return;
  }
  rows.insert(rows.end(), lane.out.s, lane.out.s + count);
  lane.out.list = lane.decoder.add_list(rows);
  lane.out.list_size = static_cast<std::uint16_t>(rows.size());
  switch (lane.op.destination_bytes) {
    case 2:
      lane.out.full = lane.out.masked = move_vector<std::uint16_t>;
      break;
    case 4:
      lane.out.full = lane.out.masked = move_vector<std::uint32_t>;
      break;
    case 8:
      lane.out.full = lane.out.masked = move_vector<std::uint64_t>;
      break;
    default:
      lane.refuse("elements have 16, 32 or 64 bits");
  }
}

// Special registers of 32 bits may be read as 16 or 64 bits, and the other way round.
void decode_special(LaneDecoder& lane) {
  if (!lane.destination(lane.operand(0), lane.op.type)) return;
  const int bytes = register_bytes(ptx::type_of(lane.operand(1).special));
  if (!lane.source(lane.operand(1), 0, bytes == 8 ? Type::kU64 : Type::kU32)) return;
  lane.find();
}

}  // namespace

void decode_mov(LaneDecoder& lane) {
  if (!lane.read_modifiers() || !lane.expect_operands(2, 2)) return;
  const Operand &to = lane.operand(0), &from = lane.operand(1);
  if (lane.instruction.vector_size > 1) {
    decode_vector(lane);
  } else if (to.kind == OperandKind::kVector) {
    decode_unpack(lane);
  } else if (from.kind == OperandKind::kVector) {
    decode_pack(lane);
  } else if (lane.op.type == Type::kPred) {
    if (lane.predicate_destination(to, lane.out.d) && lane.source(from, 0, Type::kPred)) lane.find();
  } else if (is_clock(from)) {
    decode_clock(lane);
  } else if (from.kind == OperandKind::kSpecial) {
    decode_special(lane);
  } else if (from.kind == OperandKind::kSymbol && lane.decoder.is_local_symbol(from)) {
    decode_local_address(lane);
  } else if (lane.destination(to, lane.op.type) && lane.source(from, 0, lane.op.type)) {
    lane.find();
  }
}

void decode_selection(LaneDecoder& lane) {
  if (!lane.read_modifiers() || !lane.expect_operands(4, 4)) return;
  const Type choice = lane.op.opcode == ptx::Opcode::kSelp ? Type::kPred : lane.op.source;
  if (!lane.destination(lane.operand(0), lane.op.type)) return;
  for (int i = 0; i < 2; ++i) {
    if (!lane.source(lane.operand(i + 1), i, lane.op.type)) return;
  }
  if (choice == Type::kNone) {
    lane.refuse("it needs two types, such as .u32.s32");
  } else if (lane.source(lane.operand(3), 2, choice)) {
    lane.find();
  }
}

}  // namespace warpscope::vgpu::lanes

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/decoder.h"
#include "compute/vgpu/warp_ops/matrix_op.h"
#include "compute/vgpu/warp_ops/operands.h"

namespace warpscope::vgpu {
namespace {

using namespace warp_ops;
using ptx::Instruction;
using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

struct Size {
  Modifier name;
  int m, n, k;
};
constexpr Size kSizes[] = {
    {Modifier::kM16n16k16, 16, 16, 16}, {Modifier::kM8n32k16, 8, 32, 16},   {Modifier::kM32n8k16, 32, 8, 16},
    {Modifier::kM8n8k4, 8, 8, 4},       {Modifier::kM8n8k16, 8, 8, 16},     {Modifier::kM8n8k32, 8, 8, 32},
    {Modifier::kM8n8k128, 8, 8, 128},   {Modifier::kM16n8k4, 16, 8, 4},     {Modifier::kM16n8k8, 16, 8, 8},
    {Modifier::kM16n8k16, 16, 8, 16},   {Modifier::kM16n8k32, 16, 8, 32},   {Modifier::kM16n8k64, 16, 8, 64},
    {Modifier::kM16n8k128, 16, 8, 128}, {Modifier::kM16n8k256, 16, 8, 256}, {Modifier::kM16n16k8, 16, 16, 8},
};

const Size* size_of(const Instruction& instruction) {
  for (const Size& size : kSizes) {
    if (instruction.has(size.name)) return &size;
  }
  return nullptr;
}

Number number_of(Type type) {
  switch (type) {
    case Type::kF16:
      return Number::kF16;
    case Type::kBF16:
      return Number::kBF16;
    case Type::kTF32:
      return Number::kTF32;
    case Type::kE4M3:
      return Number::kE4M3;
    case Type::kE5M2:
      return Number::kE5M2;
    case Type::kF32:
      return Number::kF32;
    case Type::kF64:
      return Number::kF64;
    case Type::kS8:
      return Number::kS8;
    case Type::kU8:
      return Number::kU8;
    case Type::kS4:
      return Number::kS4;
    case Type::kU4:
      return Number::kU4;
    case Type::kB1:
      return Number::kB1;
    case Type::kS32:
      return Number::kS32;
    default:
      return Number::kNone;
  }
}

// Layouts in the order they are written: of a, of b. True: row.
std::vector<bool> layouts_of(const Instruction& instruction) {
  std::vector<bool> rows;
  for (const Modifier modifier : instruction.modifiers) {
    if (modifier == Modifier::kRow || modifier == Modifier::kCol) rows.push_back(modifier == Modifier::kRow);
  }
  return rows;
}

// The parts of a fragment: {a, b, ...}, or a single register.
std::span<const Operand> parts_of(const Operand& operand) {
  return operand.kind == OperandKind::kVector ? std::span<const Operand>(operand.list) : std::span(&operand, 1);
}

// Collects the rows of an instruction's fragments.
class FragmentRows {
 public:
  explicit FragmentRows(Operands& operands) : operands_(operands) {}

  // `written` registers must be there, of which the first `used` count.
  void add(const Operand& operand, Number number, int written, int used, bool is_destination) {
    const std::span<const Operand> parts = parts_of(operand);
    if (static_cast<int>(parts.size()) != written) {
      operands_.refuse("a fragment of this shape has " + std::to_string(written) + " registers, " +
                       std::to_string(parts.size()) + " are written");
      return;
    }
    const Type type = number == Number::kF64 ? Type::kB64 : Type::kB32;
    for (const Operand& part : parts.first(static_cast<std::size_t>(used))) {
      rows_.push_back(is_destination ? operands_.to(part, type) : operands_.from(part, type));
    }
  }

  void finish(Decoder& decoder, Inst& out) const {
    out.list = decoder.add_list(rows_);
    out.list_size = static_cast<std::uint16_t>(rows_.size());
  }

 private:
  Operands& operands_;
  std::vector<RowRef> rows_;
};

// Registers of a fragment as PTX writes it.
int written_registers(const MatrixShape& shape, FragmentKind kind, Number number) {
  const bool repeats =
      shape.family == MatrixFamily::kWmma && kind != FragmentKind::kAccumulator && number == Number::kF16;
  return repeats ? 8 : registers_of(map_of(shape, kind, number), number);
}

// ---- mma, wmma.mma

bool is_one_of(Number number, std::initializer_list<Number> choices) {
  for (const Number choice : choices) {
    if (number == choice) return true;
  }
  return false;
}

// The handler for these numbers; null: there is no such combination.
Handler find_multiply(const MultiplyOp& op) {
  using enum Number;
  const auto both = [&](std::initializer_list<Number> choices) {
    return is_one_of(op.a, choices) && is_one_of(op.b, choices);
  };
  const bool float_sums = is_one_of(op.c, {kF16, kF32}) && is_one_of(op.d, {kF16, kF32});
  const bool wide_sums = op.c == kF32 && op.d == kF32;
  const bool integer_sums = op.c == kS32 && op.d == kS32;
  if ((both({kF16}) || both({kE4M3, kE5M2})) && float_sums) return multiply_floats;
  if ((both({kBF16}) || both({kTF32})) && wide_sums) return multiply_floats;
  if (both({kF64}) && op.c == kF64 && op.d == kF64) return multiply_doubles;
  if ((both({kS8, kU8}) || both({kS4, kU4})) && integer_sums) return multiply_integers;
  if (both({kB1}) && integer_sums) return multiply_bits;
  return nullptr;
}

Rounding rounding_of(const Instruction& instruction) {
  if (instruction.has(Modifier::kRz)) return Rounding::kZero;
  if (instruction.has(Modifier::kRm)) return Rounding::kDown;
  return instruction.has(Modifier::kRp) ? Rounding::kUp : Rounding::kNearest;
}

// Types are written d, a, b, c; of wmma.mma with f16 only d, c.
std::optional<MultiplyOp> read_numbers(const Instruction& instruction) {
  const std::vector<Type>& types = instruction.types;
  MultiplyOp op;
  if (types.size() == 4) {
    op.d = number_of(types[0]);
    op.a = number_of(types[1]);
    op.b = number_of(types[2]);
    op.c = number_of(types[3]);
  } else if (types.size() == 2 && instruction.opcode == Opcode::kWmma) {
    op.d = number_of(types[0]);
    op.c = number_of(types[1]);
  } else {
    return std::nullopt;
  }
  op.saturates = instruction.has(Modifier::kSatfinite);
  op.counts_and = instruction.has(Modifier::kAnd);
  op.rounding = rounding_of(instruction);
  return op;
}

// What this GPU does not have, by name; "": nothing.
std::string beyond(const Instruction& instruction) {
  if (instruction.has(Modifier::kSp) || instruction.has(Modifier::kSpOrderedMetadata)) {
    return "products of sparse matrices are left to real GPUs";
  }
  if (instruction.has(Modifier::kBlockScale) || instruction.name.find("::") != std::string::npos) {
    return "block-scaled products and formats of sm_100 and later are left to real GPUs";
  }
  return {};
}

void decode_multiply(Decoder& decoder, Operands& operands, const Instruction& instruction, Inst& out) {
  if (const std::string why = beyond(instruction); !why.empty()) return operands.refuse(why);
  std::optional<MultiplyOp> op = read_numbers(instruction);
  const Size* size = size_of(instruction);
  const Handler handler = op ? find_multiply(*op) : nullptr;
  const std::vector<bool> layouts = layouts_of(instruction);
  if (handler == nullptr || size == nullptr || layouts.size() != 2) {
    return operands.refuse("there is no product of matrices with these types, shape and layouts");
  }
  MatrixFamily family = instruction.opcode == Opcode::kWmma ? MatrixFamily::kWmma : MatrixFamily::kMma;
  if (family == MatrixFamily::kMma && size->k == 4 && op->a == Number::kF16) family = MatrixFamily::kQuadPair;
  if (family == MatrixFamily::kMma && (!layouts[0] || layouts[1])) {
    return operands.refuse("a stands row after row and b column after column (.row.col) here");
  }
  const int index = find_shape(family, size->m, size->n, size->k, bits_of(op->a), layouts[0], layouts[1]);
  if (index < 0) return operands.refuse("there is no such shape for these types");
  if (!operands.expect(4)) return;
  op->shape = static_cast<std::uint8_t>(index);
  const MatrixShape& shape = matrix_shapes()[static_cast<std::size_t>(index)];
  FragmentRows rows(operands);
  const auto add = [&](std::size_t operand, FragmentKind kind, Number number, bool is_destination) {
    const int used = registers_of(map_of(shape, kind, number), number);
    rows.add(operands.at(operand), number, written_registers(shape, kind, number), used, is_destination);
  };
  add(0, FragmentKind::kAccumulator, op->d, true);
  add(1, FragmentKind::kA, op->a, false);
  add(2, FragmentKind::kB, op->b, false);
  add(3, FragmentKind::kAccumulator, op->c, false);
  rows.finish(decoder, out);
  pack(*op, out);
  out.full = out.masked = handler;
}

// ---- Memory

bool use_address(Decoder& decoder, Operands& operands, const Instruction& instruction, const Operand& operand,
                 TileOp& op, Inst& out) {
  if (operand.kind != OperandKind::kAddress) {
    operands.refuse("it needs an address in brackets");
    return false;
  }
  const std::optional<access::AddressRow> address =
      access::address_row(decoder, instruction, operand, instruction.space);
  if (!address) return false;
  op.reach = address->reach;
  op.short_base = address->base_bytes == 4;
  op.frame_relative = address->frame_relative;
  out.s[0] = address->base;
  out.imm = address->offset;
  return true;
}

// Which matrix a wmma.load or wmma.store is about.
std::optional<FragmentKind> kind_of(const Instruction& instruction) {
  if (instruction.has(Modifier::kStore)) return FragmentKind::kAccumulator;
  if (instruction.has(Modifier::kA)) return FragmentKind::kA;
  if (instruction.has(Modifier::kB)) return FragmentKind::kB;
  if (instruction.has(Modifier::kC)) return FragmentKind::kAccumulator;
  return std::nullopt;
}

// The shape a fragment belongs to: an accumulator's says nothing about the width of a and b, which does not matter to
// it.
int find_tile_shape(const Size& size, FragmentKind kind, Number number) {
  using enum Number;
  const auto find = [&](int bits) { return find_shape(MatrixFamily::kWmma, size.m, size.n, size.k, bits); };
  if (kind != FragmentKind::kAccumulator) {
    return is_one_of(number, {kF16, kBF16, kTF32, kF64, kS8, kU8, kS4, kU4, kB1}) ? find(bits_of(number)) : -1;
  }
  if (number == kF64) return find(64);
  if (!is_one_of(number, {kF16, kF32, kS32})) return -1;
  int index = -1;
  for (const int bits : {16, 8, 32, 4, 1}) index = std::max(index, find(bits));
  return index;
}

void decode_tile(Decoder& decoder, Operands& operands, const Instruction& instruction, Inst& out) {
  const bool stores = instruction.has(Modifier::kStore);
  const std::optional<FragmentKind> kind = kind_of(instruction);
  const Size* size = size_of(instruction);
  const std::vector<bool> layouts = layouts_of(instruction);
  TileOp op;
  op.number = instruction.types.size() == 1 ? number_of(instruction.types[0]) : Number::kNone;
  const int index =
      size != nullptr && kind && op.number != Number::kNone ? find_tile_shape(*size, *kind, op.number) : -1;
  if (index < 0 || layouts.size() != 1) return operands.refuse("there is no fragment with this type, shape and layout");
  if (bits_of(op.number) < 8 && layouts[0] != (*kind == FragmentKind::kA)) {
    return operands.refuse("numbers of less than a byte stand side by side along k: .row for a, .col for b");
  }
  if (operands.count() != 2 && !operands.expect(3)) return;
  op.shape = static_cast<std::uint8_t>(index);
  op.kind = *kind;
  op.is_row = layouts[0];
  op.has_stride = operands.count() == 3;
  const MatrixShape& shape = matrix_shapes()[op.shape];
  const int written = written_registers(shape, op.kind, op.number);
  FragmentRows rows(operands);
  rows.add(operands.at(stores ? 1 : 0), op.number, written, written, !stores);
  if (!use_address(decoder, operands, instruction, operands.at(stores ? 0 : 1), op, out)) return;
  if (op.has_stride) out.s[1] = operands.from(operands.at(2), Type::kB32);
  rows.finish(decoder, out);
  pack(op, out);
  out.full = out.masked = stores ? store_tile : load_tile;
}

void decode_wmma(Decoder& decoder, Operands& operands, const Instruction& instruction, Inst& out) {
  if (instruction.has(Modifier::kMma)) return decode_multiply(decoder, operands, instruction, out);
  decode_tile(decoder, operands, instruction, out);
}

// How many 8x8 matrices of 16-bit elements; 0: another form, of sm_100.
int matrix_count(const Instruction& instruction) {
  if (!instruction.has(Modifier::kM8n8) || instruction.types.size() != 1 || instruction.types[0] != Type::kB16)
    return 0;
  if (instruction.has(Modifier::kX1)) return 1;
  if (instruction.has(Modifier::kX2)) return 2;
  return instruction.has(Modifier::kX4) ? 4 : 0;
}

void decode_matrices(Decoder& decoder, Operands& operands, const Instruction& instruction, bool stores, Inst& out) {
  const int count = matrix_count(instruction);
  if (count == 0) return operands.refuse("of this instruction there are .m8n8.b16 forms with .x1, .x2 and .x4");
  if (!operands.expect(2)) return;
  TileOp op;
  op.is_row = !instruction.has(Modifier::kTrans);
  FragmentRows rows(operands);
  rows.add(operands.at(stores ? 1 : 0), Number::kF16, count, count, !stores);
  if (!use_address(decoder, operands, instruction, operands.at(stores ? 0 : 1), op, out)) return;
  rows.finish(decoder, out);
  pack(op, out);
  out.full = out.masked = stores ? store_matrices : load_matrices;
}

void decode_transpose(Operands& operands, Inst& out) {
  if (!operands.expect(2)) return;
  out.d = operands.to(operands.at(0), Type::kB32);
  out.s[0] = operands.from(operands.at(1), Type::kB32);
  out.full = out.masked = transpose_matrix;
}

}  // namespace

bool decode_matrix(Decoder& decoder, const Instruction& instruction, Inst& out) {
  Operands operands(decoder, instruction);
  switch (instruction.opcode) {
    case Opcode::kMma:
      decode_multiply(decoder, operands, instruction, out);
      break;
    case Opcode::kWmma:
      decode_wmma(decoder, operands, instruction, out);
      break;
    case Opcode::kLdmatrix:
      decode_matrices(decoder, operands, instruction, false, out);
      break;
    case Opcode::kStmatrix:
      decode_matrices(decoder, operands, instruction, true, out);
      break;
    case Opcode::kMovmatrix:
      decode_transpose(operands, out);
      break;
    default:
      return false;
  }
  out.kind = InstKind::kWarp;
  out.member_mask_is_all = true;
  return true;
}

}  // namespace warpscope::vgpu

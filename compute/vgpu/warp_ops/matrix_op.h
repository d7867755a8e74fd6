// vgpu/warp_ops/matrix_op.h: what a matrix instruction does, packed into an Inst, and its handlers. Floor 2.
// Registers are in Program::lists.
#pragma once

#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/exec.h"
#include "compute/vgpu/machine.h"
#include "compute/vgpu/warp_ops/matrix_layout.h"
#include "compute/vgpu/warp_ops/matrix_numbers.h"

namespace warpscope::vgpu::warp_ops {

inline const RowRef* listed_rows(const Exec& exec, const Inst& inst) {
  return exec.launch->program->lists.data() + inst.list;
}

// ---- mma and wmma.mma: d = a * b + c. Rows: d, a, b, c, each as many registers as its fragment fills.

enum class Rounding : std::uint8_t { kNearest, kZero, kDown, kUp };

struct MultiplyOp {
  std::uint8_t shape = 0;  // index of matrix_shapes()
  Number a = Number::kF16, b = Number::kF16, c = Number::kF32, d = Number::kF32;
  bool saturates = false;                  // .satfinite
  bool counts_and = false;                 // of b1: .and.popc, else .xor.popc
  Rounding rounding = Rounding::kNearest;  // of f64
};

inline void pack(const MultiplyOp& op, Inst& inst) {
  const auto code = [](Number n) { return static_cast<unsigned>(n); };
  inst.flags[0] = static_cast<std::uint8_t>(code(op.a) | code(op.b) << 4);
  inst.flags[1] = static_cast<std::uint8_t>(code(op.c) | code(op.d) << 4);
  inst.extra = static_cast<std::uint16_t>(op.shape | unsigned{op.saturates} << 8 | unsigned{op.counts_and} << 9 |
                                          static_cast<unsigned>(op.rounding) << 10);
}

inline MultiplyOp unpack_multiply(const Inst& inst) {
  MultiplyOp op;
  op.shape = static_cast<std::uint8_t>(inst.extra & 0xffU);
  op.a = static_cast<Number>(inst.flags[0] & 15);
  op.b = static_cast<Number>(inst.flags[0] >> 4);
  op.c = static_cast<Number>(inst.flags[1] & 15);
  op.d = static_cast<Number>(inst.flags[1] >> 4);
  op.saturates = (inst.extra >> 8 & 1) != 0;
  op.counts_and = (inst.extra >> 9 & 1) != 0;
  op.rounding = static_cast<Rounding>(inst.extra >> 10 & 3);
  return op;
}

// Registers of a fragment's lane that hold all its elements once.
inline int registers_of(const FragmentMap& map, Number number) {
  return map.elements / per_register(number);
}
inline const FragmentMap& accumulator_map(const MatrixShape& shape, Number number) {
  return number == Number::kF16 ? shape.c_narrow : shape.c;
}

void multiply_floats(Exec& exec, const Inst& inst);
void multiply_doubles(Exec& exec, const Inst& inst);
void multiply_integers(Exec& exec, const Inst& inst);
void multiply_bits(Exec& exec, const Inst& inst);

// ---- wmma.load and wmma.store. s[0], imm: the address; s[1]: the stride (u32 row). Rows: the fragment's registers.

enum class FragmentKind : std::uint8_t { kA, kB, kAccumulator };

struct TileOp {
  std::uint8_t shape = 0;
  FragmentKind kind = FragmentKind::kA;
  Number number = Number::kF16;
  bool is_row = true;       // row after row in memory
  bool has_stride = false;  // elements from one row (or column) to the next; else they follow each other
  access::Reach reach = access::Reach::kGeneric;
  bool short_base = false;  // the address row is 32 bits wide
  bool frame_relative = false;
};

inline void pack(const TileOp& op, Inst& inst) {
  inst.flags[0] = op.shape;
  inst.flags[1] = static_cast<std::uint8_t>(static_cast<unsigned>(op.kind) | static_cast<unsigned>(op.number) << 4);
  inst.extra = static_cast<std::uint16_t>(unsigned{op.is_row} | unsigned{op.has_stride} << 1 |
                                          static_cast<unsigned>(op.reach) << 2 | unsigned{op.short_base} << 5 |
                                          unsigned{op.frame_relative} << 6);
}

inline TileOp unpack_tile(const Inst& inst) {
  TileOp op;
  op.shape = inst.flags[0];
  op.kind = static_cast<FragmentKind>(inst.flags[1] & 3);
  op.number = static_cast<Number>(inst.flags[1] >> 4);
  op.is_row = (inst.extra & 1) != 0;
  op.has_stride = (inst.extra >> 1 & 1) != 0;
  op.reach = static_cast<access::Reach>(inst.extra >> 2 & 7);
  op.short_base = (inst.extra >> 5 & 1) != 0;
  op.frame_relative = (inst.extra >> 6 & 1) != 0;
  return op;
}

inline const FragmentMap& map_of(const MatrixShape& shape, FragmentKind kind, Number number) {
  if (kind == FragmentKind::kAccumulator) return accumulator_map(shape, number);
  return kind == FragmentKind::kA ? shape.a : shape.b;
}

void load_tile(Exec& exec, const Inst& inst);
void store_tile(Exec& exec, const Inst& inst);

// ---- ldmatrix, stmatrix: 8x8 matrices of 16-bit elements. Packed as a TileOp of which is_row false means .trans.
// Rows: one register a matrix.

void load_matrices(Exec& exec, const Inst& inst);
void store_matrices(Exec& exec, const Inst& inst);
// movmatrix.trans: s[0] to d.
void transpose_matrix(Exec& exec, const Inst& inst);

}  // namespace warpscope::vgpu::warp_ops

// vgpu/warp_ops/matrix_layout.h: which lane's register holds which element of a matrix. Floor 2. Immutable tables.
// Source: PTX ISA 9.0, 9.7.14, "Matrix Fragments for mma.*". One rule says it all since Turing: lane = 4 * group + t; a
// 32-bit register holds P neighbours along k (P = 32 / bits of an element), a step of 4 * P along k takes the four
// lanes of a group, and groups go along m (of A, C, D) or n (of B). mma.m8n8k4 of f16 (Volta) has a layout of its own:
// four independent products, each of two groups of four lanes. The ISA leaves the fragments of wmma open. Here they
// follow the same rule, tile by tile of 16 rows (8 of m8) and 8 columns, which is what GPUs since Ampere do for
// m16n16k16.
#pragma once

#include <cstdint>
#include <vector>

namespace warpscope::vgpu::warp_ops {

// Elements narrower than 8 bits are handled as the 32-bit words they fill along k.
struct FragmentMap {
  int rows = 0, columns = 0;
  int elements = 0;                            // of a lane, low to high through its registers
  std::vector<std::uint16_t> place;            // (elements, 32): product * rows * columns + row * columns + column
  std::vector<std::uint16_t> place_by_column;  // the same in column-major order: column * rows + row
};

enum class MatrixFamily : std::uint8_t {
  kMma,
  kWmma,      // of f16: A and B have 8 registers, of which the later ones repeat the first where fewer are enough
  kQuadPair,  // mma.m8n8k4 of f16
};

struct MatrixShape {
  MatrixFamily family = MatrixFamily::kMma;
  int m = 0, n = 0, k = 0;
  int bits = 16;                           // of an element of A and B
  bool a_is_row = true, b_is_row = false;  // of kQuadPair: the layout depends on it
  int k_steps = 0;                         // k, in 32-bit words where elements are narrower than 8 bits
  int products = 1;
  FragmentMap a, b;         // (m, k_steps), (k_steps, n)
  FragmentMap c_narrow, c;  // (m, n): of f16, and of all others
};

// All there are. Instructions know theirs by its index.
const std::vector<MatrixShape>& matrix_shapes();

// The index of a shape; -1: there is none. Layouts matter to kQuadPair only.
int find_shape(MatrixFamily family, int m, int n, int k, int bits, bool a_is_row = true, bool b_is_row = false);

}  // namespace warpscope::vgpu::warp_ops

#include "compute/vgpu/warp_ops/matrix_layout.h"

#include <algorithm>

namespace warpscope::vgpu::warp_ops {
namespace {

constexpr int kLanes = 32;

struct Place {
  int row = 0, column = 0, product = 0;
};

// `where(lane, element)` says the place.
template <class Where>
FragmentMap make_map(int rows, int columns, int elements, Where where) {
  FragmentMap map{rows, columns, elements, {}, {}};
  for (int element = 0; element < elements; ++element) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const Place at = where(lane, element);
      const int begin = at.product * rows * columns;
      map.place.push_back(static_cast<std::uint16_t>(begin + at.row * columns + at.column));
      map.place_by_column.push_back(static_cast<std::uint16_t>(begin + at.column * rows + at.row));
    }
  }
  return map;
}

// A: registers go down 8 rows first, then along k, then to the next 16 rows.
FragmentMap map_a(int m, int k, int per_register) {
  const int bands = m == 8 ? 1 : 2;
  const int steps = k / (4 * per_register);
  return make_map(m, k, m * k / kLanes, [=](int lane, int element) {
    const int reg = element / per_register;
    const int tile = reg / (bands * steps);
    const int step = reg / bands % steps;
    return Place{tile * 16 + reg % bands * 8 + lane / 4, (step * 4 + lane % 4) * per_register + element % per_register};
  });
}

// B: registers go along k, then to the next 8 columns.
FragmentMap map_b(int k, int n, int per_register) {
  const int steps = k / (4 * per_register);
  return make_map(k, n, k * n / kLanes, [=](int lane, int element) {
    const int reg = element / per_register;
    return Place{(reg % steps * 4 + lane % 4) * per_register + element % per_register, reg / steps * 8 + lane / 4};
  });
}

// C and D: two neighbours in a row, then 8 rows further down, then the next 8 columns, then the next 16 rows.
FragmentMap map_c(int m, int n) {
  const int bands = m == 8 ? 1 : 2;
  const int column_tiles = n / 8;
  return make_map(m, n, m * n / kLanes, [=](int lane, int element) {
    const int pair = element / 2;
    const int column_tile = pair / bands % column_tiles;
    const int row_tile = pair / (bands * column_tiles);
    return Place{row_tile * 16 + pair % bands * 8 + lane / 4, column_tile * 8 + lane % 4 * 2 + element % 2};
  });
}

// ---- mma.m8n8k4 of f16: product p belongs to lanes 4p ... 4p + 3 and those 16 further up.

int product_of(int lane) {
  return lane % 16 / 4;
}
int upper(int lane) {
  return lane < 16 ? 0 : 4;
}

void map_quad_pairs(MatrixShape& shape) {
  const bool a_is_row = shape.a_is_row;
  const bool b_is_row = shape.b_is_row;
  shape.products = 4;
  shape.a = make_map(8, 4, 4, [=](int lane, int i) {
    return a_is_row ? Place{lane % 4 + upper(lane), i, product_of(lane)}
                    : Place{i + upper(lane), lane % 4, product_of(lane)};
  });
  shape.b = make_map(4, 8, 4, [=](int lane, int i) {
    return b_is_row ? Place{lane % 4, i + upper(lane), product_of(lane)}
                    : Place{i, lane % 4 + upper(lane), product_of(lane)};
  });
  shape.c_narrow = make_map(8, 8, 8, [](int lane, int i) {
    return Place{lane % 4 + upper(lane), i, product_of(lane)};
  });
  shape.c = make_map(8, 8, 8, [](int lane, int i) {
    return Place{(lane & 1) + (i & 2) + upper(lane), (i & 4) + (lane & 2) + (i & 1), product_of(lane)};
  });
}

MatrixShape make_shape(MatrixFamily family, int m, int n, int k, int bits, bool a_is_row = true,
                       bool b_is_row = false) {
  MatrixShape shape;
  shape.family = family;
  shape.m = m;
  shape.n = n;
  shape.k = k;
  shape.bits = bits;
  shape.a_is_row = a_is_row;
  shape.b_is_row = b_is_row;
  shape.k_steps = bits < 8 ? k * bits / 32 : k;
  if (family == MatrixFamily::kQuadPair) {
    map_quad_pairs(shape);
    return shape;
  }
  const int per_register = bits < 8 || bits > 32 ? 1 : 32 / bits;
  shape.a = map_a(m, shape.k_steps, per_register);
  shape.b = map_b(shape.k_steps, n, per_register);
  shape.c = map_c(m, n);
  shape.c_narrow = shape.c;
  return shape;
}

std::vector<MatrixShape> make_shapes() {
  struct Size {
    int m, n, k, bits;
  };
  static constexpr Size kMma[] = {
      {16, 8, 8, 16}, {16, 8, 16, 16},                                    // f16, bf16
      {16, 8, 4, 32}, {16, 8, 8, 32},                                     // tf32
      {8, 8, 4, 64},  {16, 8, 4, 64},  {16, 8, 8, 64},  {16, 8, 16, 64},  // f64
      {8, 8, 16, 8},  {16, 8, 16, 8},  {16, 8, 32, 8},                    // s8, u8, e4m3, e5m2
      {8, 8, 32, 4},  {16, 8, 32, 4},  {16, 8, 64, 4},                    // s4, u4
      {8, 8, 128, 1}, {16, 8, 128, 1}, {16, 8, 256, 1},                   // b1
  };
  static constexpr Size kWmma[] = {
      {16, 16, 16, 16}, {8, 32, 16, 16}, {32, 8, 16, 16}, {16, 16, 16, 8}, {8, 32, 16, 8},
      {32, 8, 16, 8},   {16, 16, 8, 32}, {8, 8, 4, 64},   {8, 8, 32, 4},   {8, 8, 128, 1},
  };
  std::vector<MatrixShape> shapes;
  for (const Size& s : kMma) shapes.push_back(make_shape(MatrixFamily::kMma, s.m, s.n, s.k, s.bits));
  for (const Size& s : kWmma) shapes.push_back(make_shape(MatrixFamily::kWmma, s.m, s.n, s.k, s.bits));
  for (const bool a_is_row : {true, false}) {
    for (const bool b_is_row : {true, false}) {
      shapes.push_back(make_shape(MatrixFamily::kQuadPair, 8, 8, 4, 16, a_is_row, b_is_row));
    }
  }
  return shapes;
}

}  // namespace

const std::vector<MatrixShape>& matrix_shapes() {
  static const std::vector<MatrixShape> shapes = make_shapes();
  return shapes;
}

int find_shape(MatrixFamily family, int m, int n, int k, int bits, bool a_is_row, bool b_is_row) {
  const std::vector<MatrixShape>& shapes = matrix_shapes();
  const auto found = std::find_if(shapes.begin(), shapes.end(), [&](const MatrixShape& s) {
    const bool same_layout = family != MatrixFamily::kQuadPair || (s.a_is_row == a_is_row && s.b_is_row == b_is_row);
    return s.family == family && s.m == m && s.n == n && s.k == k && s.bits == bits && same_layout;
  });
  return found == shapes.end() ? -1 : static_cast<int>(found - shapes.begin());
}

}  // namespace warpscope::vgpu::warp_ops

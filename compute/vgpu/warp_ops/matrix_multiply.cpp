// d = a * b + c of whole matrices.
//
// What PTX leaves open, and what is done here. Of f16, bf16, tf32 and fp8 the ISA asks for products and sums of "at
// least single precision" in any order. Here products are exact and summed in double, along k, beginning with c, and
// the sum is rounded once to d: the result that hardware of any generation approximates, and the same on every run.
// f64: a chain of fused multiply-adds along k that begins with c, in the rounding mode written.
// Integers: exact, then cut to 32 bits or, with .satfinite, limited to them.
#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>
#include <limits>

#include "compute/vgpu/warp_ops/lanes_of.h"
#include "compute/vgpu/warp_ops/matrix_op.h"

namespace warpscope::vgpu::warp_ops {
namespace {

// The largest matrices there are: a m16n8k64, b m8n32k16, c m16n16k16 and four times m8n8.
constexpr std::size_t kMaxA = 1024;
constexpr std::size_t kMaxB = 512;
constexpr std::size_t kMaxC = 256;

// Lanes that did not come to the instruction count as zeros.
template <class T>
void clear_absent(LaneMask mask, T* values) {
  if (mask == base::kAllLanes) return;
  for (int lane = 0; lane < kLanes; ++lane) values[lane] = has_lane(mask, lane) ? values[lane] : T{};
}

// Reads a fragment's registers into matrices.
template <class T, class Unpack>
void gather_as(const Exec& exec, const RowRef* rows, const FragmentMap& map, int per_register, Unpack unpack, T* out) {
  const int width = 32 / per_register;
  for (int element = 0; element < map.elements; ++element) {
    const std::uint32_t* from = exec.row<std::uint32_t>(rows[element / per_register]);
    const std::uint16_t* place = &map.place[static_cast<std::size_t>(element * kLanes)];
    const int shift = element % per_register * width;
    T values[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) values[lane] = unpack(from[lane] >> shift);
    clear_absent(exec.mask, values);
    for (int lane = 0; lane < kLanes; ++lane) out[place[lane]] = values[lane];
  }
}

void gather_floats(const Exec& exec, const RowRef* rows, const FragmentMap& map, Number number, double* out) {
  const int per = per_register(number);
  switch (number) {
    case Number::kF16:
      return gather_as(
          exec, rows, map, per, [](std::uint32_t bits) { return from_f16(bits); }, out);
    case Number::kBF16:
      return gather_as(
          exec, rows, map, per, [](std::uint32_t bits) { return from_bf16(bits); }, out);
    case Number::kTF32:
      return gather_as(
          exec, rows, map, per, [](std::uint32_t bits) { return from_tf32(bits); }, out);
    case Number::kE4M3:
      return gather_as(
          exec, rows, map, per, [](std::uint32_t bits) { return from_e4m3(bits); }, out);
    case Number::kE5M2:
      return gather_as(
          exec, rows, map, per, [](std::uint32_t bits) { return from_e5m2(bits); }, out);
    default:
      return gather_as(
          exec, rows, map, per, [](std::uint32_t bits) { return from_f32(bits); }, out);
  }
}

// As floats, which multiply faster than 32-bit integers: sums of 32 products of bytes are far from 2^24, so all is
// exact.
void gather_bytes(const Exec& exec, const RowRef* rows, const FragmentMap& map, Number number, float* out) {
  if (number == Number::kS8) {
    gather_as(
        exec, rows, map, 4, [](std::uint32_t bits) { return static_cast<float>(static_cast<std::int8_t>(bits)); }, out);
  } else {
    gather_as(
        exec, rows, map, 4,
        [](std::uint32_t bits) { return static_cast<float>(static_cast<std::int32_t>(bits & 0xffU)); }, out);
  }
}

void gather_words(const Exec& exec, const RowRef* rows, const FragmentMap& map, std::uint32_t* out) {
  gather_as(
      exec, rows, map, 1, [](std::uint32_t bits) { return bits; }, out);
}

void gather_doubles(const Exec& exec, const RowRef* rows, const FragmentMap& map, double* out) {
  for (int element = 0; element < map.elements; ++element) {
    const double* from = exec.row<double>(rows[element]);
    const std::uint16_t* place = &map.place[static_cast<std::size_t>(element * kLanes)];
    for (int lane = 0; lane < kLanes; ++lane) out[place[lane]] = has_lane(exec.mask, lane) ? from[lane] : 0.0;
  }
}

// Writes matrices to the registers of a fragment: word(index) makes the 32 bits of the register that begins with an
// element.
template <class T, class Pack>
void scatter_as(Exec& exec, const RowRef* rows, const FragmentMap& map, int per_register, const T* values, Pack pack) {
  const int width = 32 / per_register;
  for (int first = 0; first < map.elements; first += per_register) {
    std::uint32_t words[kLanes] = {};
    for (int i = 0; i < per_register; ++i) {
      const std::uint16_t* place = &map.place[static_cast<std::size_t>((first + i) * kLanes)];
      for (int lane = 0; lane < kLanes; ++lane) words[lane] |= pack(values[place[lane]]) << i * width;
    }
    write_row(exec, rows[first / per_register], words);
  }
}

// c (m, n) += a (m, k) * b (k, n), for each of the products. n is known to the compiler: a row of c stays in registers.
template <int n, class T, class Step>
void multiply_add(int m, int k, int products, const T* a, const T* b, T* c, Step step) {
  for (int product = 0; product < products; ++product) {
    for (int row = 0; row < m; ++row, c += n) {
      T sum[n];
      for (int column = 0; column < n; ++column) sum[column] = c[column];
      for (int inner = 0; inner < k; ++inner) {
        const T factor = *a++;
        for (int column = 0; column < n; ++column) sum[column] = step(factor, b[inner * n + column], sum[column]);
      }
      for (int column = 0; column < n; ++column) c[column] = sum[column];
    }
    b += k * n;
  }
}

template <class T, class Step>
void multiply_add(const MatrixShape& s, const T* a, const T* b, T* c, Step step) {
  if (s.n == 8) return multiply_add<8>(s.m, s.k_steps, s.products, a, b, c, step);
  if (s.n == 16) return multiply_add<16>(s.m, s.k_steps, s.products, a, b, c, step);
  multiply_add<32>(s.m, s.k_steps, s.products, a, b, c, step);
}

// The rows of the four fragments, in the order of the list.
struct Rows {
  const RowRef* d;
  const RowRef* a;
  const RowRef* b;
  const RowRef* c;
};

Rows rows_of(const Exec& exec, const Inst& inst, const MatrixShape& shape, const MultiplyOp& op) {
  Rows rows{};
  rows.d = listed_rows(exec, inst);
  rows.a = rows.d + registers_of(accumulator_map(shape, op.d), op.d);
  rows.b = rows.a + registers_of(shape.a, op.a);
  rows.c = rows.b + registers_of(shape.b, op.b);
  return rows;
}

// ---- Integers

void scatter_integers(Exec& exec, const RowRef* rows, const FragmentMap& map, bool saturates,
                      const std::int64_t* values) {
  constexpr std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int32_t>::max();
  scatter_as(exec, rows, map, 1, values, [&](std::int64_t value) {
    return static_cast<std::uint32_t>(saturates ? std::clamp(value, lowest, highest) : value);
  });
}

// sums + c, to d. The sums of products fit into 32 bits whatever the numbers are.
void add_and_scatter(Exec& exec, const Rows& rows, const MatrixShape& shape, bool saturates, const std::int32_t* sums) {
  std::uint32_t c[kMaxC];
  std::int64_t d[kMaxC];
  gather_words(exec, rows.c, shape.c, c);
  for (int i = 0; i < shape.m * shape.n; ++i) d[i] = std::int64_t{static_cast<std::int32_t>(c[i])} + sums[i];
  scatter_integers(exec, rows.d, shape.c, saturates, d);
}

// A word's eight 4-bit numbers, one after the other.
void spread_nibbles(std::uint32_t word, bool is_signed, std::int32_t* out) {
  for (int i = 0; i < 8; ++i) {
    const auto nibble = static_cast<std::int32_t>(word >> 4 * i & 15U);
    out[i] = is_signed ? (nibble ^ 8) - 8 : nibble;
  }
}

std::int32_t dot_nibbles(std::uint32_t a, bool a_is_signed, std::uint32_t b, bool b_is_signed) {
  std::int32_t left[8];
  std::int32_t right[8];
  spread_nibbles(a, a_is_signed, left);
  spread_nibbles(b, b_is_signed, right);
  std::int32_t sum = 0;
  for (int i = 0; i < 8; ++i) sum += left[i] * right[i];
  return sum;
}

// Numbers narrower than a byte: dot(a word, b word) is the sum of a word's products.
template <class Dot>
void multiply_words(Exec& exec, const Rows& rows, const MatrixShape& shape, bool saturates, Dot dot) {
  std::uint32_t a[kMaxA];
  std::uint32_t b[kMaxB];
  std::int32_t sums[kMaxC] = {};
  gather_words(exec, rows.a, shape.a, a);
  gather_words(exec, rows.b, shape.b, b);
  for (int row = 0; row < shape.m; ++row) {
    for (int column = 0; column < shape.n; ++column) {
      std::int32_t& sum = sums[row * shape.n + column];
      for (int k = 0; k < shape.k_steps; ++k) sum += dot(a[row * shape.k_steps + k], b[k * shape.n + column]);
    }
  }
  add_and_scatter(exec, rows, shape, saturates, sums);
}

// ---- f64

void fused_chain(const MatrixShape& shape, const double* a, const double* b, double* c) {
  multiply_add(shape, a, b, c, [](double x, double y, double sum) { return std::fma(x, y, sum); });
}

// Through a pointer the compiler cannot see through, so that no arithmetic moves out from between the changes of mode.
void (*const volatile run_fused_chain)(const MatrixShape&, const double*, const double*, double*) = fused_chain;

void fused_chain_rounded(Rounding rounding, const MatrixShape& shape, const double* a, const double* b, double* c) {
  static constexpr int kModes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  const int before = std::fegetround();
  std::fesetround(kModes[static_cast<int>(rounding)]);
  run_fused_chain(shape, a, b, c);
  std::fesetround(before);
}

}  // namespace

void multiply_floats(Exec& exec, const Inst& inst) {
  const MultiplyOp op = unpack_multiply(inst);
  const MatrixShape& shape = matrix_shapes()[op.shape];
  const Rows rows = rows_of(exec, inst, shape, op);
  alignas(64) double a[kMaxA];
  alignas(64) double b[kMaxB];
  alignas(64) double c[kMaxC];
  gather_floats(exec, rows.a, shape.a, op.a, a);
  gather_floats(exec, rows.b, shape.b, op.b, b);
  gather_floats(exec, rows.c, accumulator_map(shape, op.c), op.c, c);
  multiply_add(shape, a, b, c, [](double x, double y, double sum) { return sum + x * y; });
  const FragmentMap& to = accumulator_map(shape, op.d);
  if (op.d == Number::kF16) {
    scatter_as(exec, rows.d, to, 2, c, [](double value) { return to_f16(value); });
  } else {
    scatter_as(exec, rows.d, to, 1, c, [](double value) { return to_f32(value); });
  }
}

void multiply_doubles(Exec& exec, const Inst& inst) {
  const MultiplyOp op = unpack_multiply(inst);
  const MatrixShape& shape = matrix_shapes()[op.shape];
  const Rows rows = rows_of(exec, inst, shape, op);
  alignas(64) double a[kMaxA];
  alignas(64) double b[kMaxB];
  alignas(64) double c[kMaxC];
  gather_doubles(exec, rows.a, shape.a, a);
  gather_doubles(exec, rows.b, shape.b, b);
  gather_doubles(exec, rows.c, shape.c, c);
  if (op.rounding == Rounding::kNearest) {
    fused_chain(shape, a, b, c);
  } else {
    fused_chain_rounded(op.rounding, shape, a, b, c);
  }
  for (int element = 0; element < shape.c.elements; ++element) {
    const std::uint16_t* place = &shape.c.place[static_cast<std::size_t>(element * kLanes)];
    double values[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) values[lane] = c[place[lane]];
    write_row(exec, rows.d[element], values);
  }
}

void multiply_integers(Exec& exec, const Inst& inst) {
  const MultiplyOp op = unpack_multiply(inst);
  const MatrixShape& shape = matrix_shapes()[op.shape];
  const Rows rows = rows_of(exec, inst, shape, op);
  if (bits_of(op.a) == 4) {
    return multiply_words(exec, rows, shape, op.saturates, [&](std::uint32_t a, std::uint32_t b) {
      return dot_nibbles(a, op.a == Number::kS4, b, op.b == Number::kS4);
    });
  }
  alignas(64) float a[kMaxA];
  alignas(64) float b[kMaxB];
  alignas(64) float products[kMaxC] = {};
  gather_bytes(exec, rows.a, shape.a, op.a, a);
  gather_bytes(exec, rows.b, shape.b, op.b, b);
  multiply_add(shape, a, b, products, [](float x, float y, float sum) { return sum + x * y; });
  std::int32_t sums[kMaxC];
  for (int i = 0; i < shape.m * shape.n; ++i) sums[i] = static_cast<std::int32_t>(products[i]);
  add_and_scatter(exec, rows, shape, op.saturates, sums);
}

void multiply_bits(Exec& exec, const Inst& inst) {
  const MultiplyOp op = unpack_multiply(inst);
  const MatrixShape& shape = matrix_shapes()[op.shape];
  const Rows rows = rows_of(exec, inst, shape, op);
  multiply_words(exec, rows, shape, op.saturates,
                 [&](std::uint32_t a, std::uint32_t b) { return std::popcount(op.counts_and ? a & b : a ^ b); });
}

}  // namespace warpscope::vgpu::warp_ops

// Products of matrices as nvcc compiles them from nvcuda::wmma and from inline assembly: against sums of doubles.
#include <bit>
#include <cmath>

#include "compute/vgpu/warp_ops/matrix_layout.h"
#include "compute/vgpu/warp_ops/matrix_numbers.h"
#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu::tests {
namespace {

using namespace warp_ops;

// Multiples of 1/16 between -2 and 2: exact in f16 and bf16.
double value_at(std::size_t i) {
  return (static_cast<double>(i * 2654435761U % 65) - 32) / 16;
}

std::uint16_t to_bf16(double value) {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(value)) >> 16);
}

TEST(MatrixKernels, WmmaGemm) {
  const std::size_t m = 32, n = 48, k = 80;
  std::vector<std::uint16_t> a(m * k), b(n * k);
  std::vector<float> c(m * n);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint16_t>(to_f16(value_at(i)));
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<std::uint16_t>(to_f16(value_at(i + 777)));
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<float>(value_at(i + 99));
  WarpKernel kernel = WarpKernel::from_file("matrices.ptx");
  kernel.buffer(a).buffer(b).buffer(c).scalar(int{m}).scalar(int{n}).scalar(int{k}).scalar(0.5F).scalar(-2.0F);
  EXPECT_EQ(fault_of(kernel.run("wmma_gemm", {2, 2, 1}, {64, 1, 1})), "");
  const auto got = kernel.read<float>(2, m * n);
  for (std::size_t row = 0; row < m; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      double sum = 0;
      for (std::size_t i = 0; i < k; ++i) sum += value_at(row * k + i) * value_at(column * k + i + 777);
      const double want = 0.5 * sum - 2.0 * value_at(row * n + column + 99);
      EXPECT_EQ(got[row * n + column], static_cast<float>(want)) << row << ", " << column;
    }
  }
}

TEST(MatrixKernels, WmmaOfBytesFromSharedMemory) {
  const std::size_t k = 48;
  std::vector<std::uint8_t> a(32 * k), b(8 * k);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint8_t>(i * 37 + 11);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<std::uint8_t>(i * 101 + 5);
  WarpKernel kernel = WarpKernel::from_file("matrices.ptx");
  kernel.buffer(a).buffer(b).buffer(std::vector<int>(32 * 8)).scalar(int{k});
  EXPECT_EQ(fault_of(kernel.run("wmma_bytes", {1, 1, 1}, {32, 1, 1})), "");
  const auto got = kernel.read<int>(2, 32 * 8);
  for (std::size_t row = 0; row < 32; ++row) {
    for (std::size_t column = 0; column < 8; ++column) {
      int want = 0;
      for (std::size_t i = 0; i < k; ++i) want += a[row * k + i] * b[column * k + i];
      EXPECT_EQ(got[row * 8 + column], want) << row << ", " << column;
    }
  }
}

TEST(MatrixKernels, MmaAndLdmatrixByHand) {
  const std::size_t k = 64;
  std::vector<std::uint16_t> a(16 * k), b(k * 8);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = to_bf16(value_at(i));
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = to_bf16(value_at(i + 5));
  WarpKernel kernel = WarpKernel::from_file("matrices.ptx");
  kernel.buffer(a).buffer(b).buffer(std::vector<float>(16 * 8)).scalar(int{k});
  EXPECT_EQ(fault_of(kernel.run("mma_bf16", {1, 1, 1}, {32, 1, 1})), "");
  const auto got = kernel.read<float>(2, 16 * 8);
  for (std::size_t row = 0; row < 16; ++row) {
    for (std::size_t column = 0; column < 8; ++column) {
      double want = 0;
      for (std::size_t i = 0; i < k; ++i) want += value_at(row * k + i) * value_at(i * 8 + column + 5);
      EXPECT_EQ(got[row * 8 + column], static_cast<float>(want)) << row << ", " << column;
    }
  }
}

TEST(MatrixKernels, TilesBeyondABufferAreFound) {
  std::vector<std::uint16_t> a(16 * 16), b(16 * 16);
  WarpKernel kernel = WarpKernel::from_file("matrices.ptx");
  kernel.buffer(a)
      .buffer(b)
      .buffer(std::vector<float>(16 * 16))
      .scalar(16)
      .scalar(16)
      .scalar(32)
      .scalar(1.0F)
      .scalar(0.0F);
  const RunReport report = kernel.run("wmma_gemm", {1, 1, 1}, {32, 1, 1});
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(report.fault->kind, FaultKind::kOutOfBounds) << report.fault->message;
}

// ---- Parts

TEST(MatrixLayout, EveryFragmentHoldsEveryElementOnce) {
  for (const MatrixShape& shape : matrix_shapes()) {
    for (const FragmentMap* map : {&shape.a, &shape.b, &shape.c, &shape.c_narrow}) {
      std::vector<int> seen(static_cast<std::size_t>(map->rows * map->columns * shape.products));
      ASSERT_EQ(map->place.size(), seen.size());
      for (const std::uint16_t place : map->place) ++seen.at(place);
      for (const int count : seen) EXPECT_EQ(count, 1) << shape.m << "x" << shape.n << "x" << shape.k;
    }
  }
}

TEST(MatrixNumbers, EveryF16ComesBack) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const double value = from_f16(bits);
    if (std::isnan(value)) {
      EXPECT_EQ(to_f16(value), kNanF16);
    } else {
      EXPECT_EQ(to_f16(value), bits);
    }
  }
}

TEST(MatrixNumbers, DoublesRoundToTheNearestF16) {
  for (std::uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = from_f16(bits), high = from_f16(bits + 1), middle = (low + high) / 2;
    const std::uint32_t even = bits % 2 == 0 ? bits : bits + 1;
    EXPECT_EQ(to_f16(middle), even);
    EXPECT_EQ(to_f16(std::nextafter(middle, 0)), bits);
    EXPECT_EQ(to_f16(std::nextafter(middle, 1e9)), bits + 1);
    EXPECT_EQ(to_f16(-middle), even | 0x8000);
  }
  EXPECT_EQ(to_f16(65519.99), 0x7bffU);
  EXPECT_EQ(to_f16(65520), 0x7c00U);
  EXPECT_EQ(to_f16(-1e300), 0xfc00U);
  EXPECT_EQ(to_f16(5e-324), 0U);
}

TEST(MatrixNumbers, Fp8) {
  EXPECT_EQ(from_e4m3(0x7e), 448);  // the largest
  EXPECT_EQ(from_e4m3(0x01), 1.0 / 512);
  EXPECT_EQ(from_e4m3(0xb8), -1);
  EXPECT_TRUE(std::isnan(from_e4m3(0xff)));
  EXPECT_EQ(from_e5m2(0x7b), 57344);
  EXPECT_EQ(from_e5m2(0x01), 1.0 / 65536);
  EXPECT_TRUE(std::isinf(from_e5m2(0xfc)));
  EXPECT_TRUE(std::isnan(from_e5m2(0x7f)));
}

}  // namespace
}  // namespace warpscope::vgpu::tests

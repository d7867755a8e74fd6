// tests/gpu_check/compare.h: how far what two devices computed may differ, by what their code says, and how far it
// does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compute/kernels/inputs.h"
#include "compute/ptx/module.h"

namespace warpscope::gpu_check {

// Where the PTX leaves bits open. Everything else is compared bit for bit.
struct Allowance {
  std::string why;  // "" where nothing is open
  bool exact() const { return why.empty(); }
};
// Of a kernel and the functions it may call: instructions whose error is documented rather than their result
// (ex2.approx), and products that feed sums without a rounding mode, which the driver's compiler may make one
// instruction of. Without a kernel: of all of them.
Allowance allowance_of(const ptx::Module& module, std::string_view kernel = {});

// Open bits may move a float by this much of the buffer's largest value, and this share of integers at all.
inline constexpr double kOpenFloat = 1e-5, kOpenIntegers = 0.01;

struct Difference {
  std::size_t values = 0, differing = 0;
  double largest = 0;  // of floats: relative to the largest value of the buffer; infinite where one has none
  bool floats = true;

  bool within(const Allowance& allowance) const;
  // "all 4,096 equal", "3 of 4,096 differ, by 2.1e-07 at most"
  std::string text() const;
};
// Both of one size. A NaN equals a NaN where bits may be open.
Difference compare(kernels::ElementType type, const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b);
// The worse of two, of buffers of one launch.
Difference worse(const Difference& a, const Difference& b);

}  // namespace warpscope::gpu_check

#include "tests/gpu_check/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

namespace warpscope::gpu_check {
namespace {

bool is_approximate(const std::string& name) {
  return name.find(".approx") != std::string::npos || name.find(".full") != std::string::npos ||
         name.starts_with("ex2") || name.starts_with("tanh");
}

// "mul.f32", but not "mul.rn.f32".
bool is_unrounded(const std::string& name, std::string_view operation) {
  if (!name.starts_with(operation) || name.find(".f") == std::string::npos) return false;
  return std::ranges::none_of(std::initializer_list<const char*>{".rn", ".rz", ".rm", ".rp"},
                              [&](const char* mode) { return name.find(mode) != std::string::npos; });
}

// A product without a rounding mode that a sum without one takes.
bool may_be_fused(const ptx::Function& function) {
  std::set<int> products;
  for (const ptx::Instruction& one : function.instructions) {
    if (is_unrounded(one.name, "mul.") && !one.operands.empty()) products.insert(one.operands[0].reg);
  }
  return std::ranges::any_of(function.instructions, [&](const ptx::Instruction& one) {
    if (!is_unrounded(one.name, "add.") && !is_unrounded(one.name, "sub.")) return false;
    return std::any_of(one.operands.begin() + 1, one.operands.end(), [&](const ptx::Operand& operand) {
      return operand.kind == ptx::OperandKind::kRegister && products.contains(operand.reg);
    });
  });
}

bool is_float(kernels::ElementType type) {
  return type == kernels::ElementType::kF32 || type == kernels::ElementType::kF64;
}

double float_at(kernels::ElementType type, const std::uint8_t* bytes) {
  if (type == kernels::ElementType::kF64) {
    double value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  float value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// As a part of `scale`.
double distance(double a, double b, double scale) {
  if (std::isnan(a) && std::isnan(b)) return 0;
  const double size = std::abs(a - b);
  if (std::isfinite(size)) return scale > 0 ? size / scale : size;
  return std::numeric_limits<double>::infinity();
}

}  // namespace

Allowance allowance_of(const ptx::Module& module, std::string_view kernel) {
  bool fused = false;
  for (const ptx::Function& function : module.functions) {
    if (function.is_entry && !kernel.empty() && function.name != kernel) continue;
    for (const ptx::Instruction& one : function.instructions) {
      if (is_approximate(one.name)) return {fmt::format("{} has a documented error", one.name)};
      if (one.name.starts_with("wmma.mma") || one.name.starts_with("mma."))
        return {fmt::format("in which order {} adds up its products is left open", one.name)};
    }
    fused = fused || may_be_fused(function);
  }
  return {fused ? "products and sums without a rounding mode may be fused by the driver's compiler" : ""};
}

bool Difference::within(const Allowance& allowance) const {
  if (differing == 0) return true;
  if (allowance.exact()) return false;
  return floats ? largest <= kOpenFloat : static_cast<double>(differing) <= kOpenIntegers * static_cast<double>(values);
}

std::string Difference::text() const {
  if (differing == 0) return fmt::format("all {} equal", values);
  if (!floats) return fmt::format("{} of {} differ", differing, values);
  return fmt::format("{} of {} differ, by {:.1e} of the largest at most", differing, values, largest);
}

Difference compare(kernels::ElementType type, const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  const auto size = static_cast<std::size_t>(kernels::bytes_of(type));
  Difference difference;
  difference.values = a.size() / size;
  difference.floats = is_float(type);
  double scale = 0;
  if (difference.floats) {
    for (std::size_t i = 0; i + size <= a.size(); i += size) {
      const double value = std::abs(float_at(type, a.data() + i));
      if (std::isfinite(value)) scale = std::max(scale, value);
    }
  }
  for (std::size_t i = 0; i + size <= a.size(); i += size) {
    if (std::memcmp(a.data() + i, b.data() + i, size) == 0) continue;
    ++difference.differing;
    if (!difference.floats) continue;
    const double apart = distance(float_at(type, a.data() + i), float_at(type, b.data() + i), scale);
    difference.largest = std::max(difference.largest, apart);
  }
  return difference;
}

Difference worse(const Difference& a, const Difference& b) {
  const bool first = a.differing != 0 && (b.differing == 0 || a.largest >= b.largest);
  Difference both = first ? a : b;
  both.values = a.values + b.values;
  both.differing = a.differing + b.differing;
  return both;
}

}  // namespace warpscope::gpu_check

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "compute/vgpu/warp_ops/handlers.h"
#include "compute/vgpu/warp_ops/lanes_of.h"

namespace warpscope::vgpu::warp_ops {
namespace {

constexpr std::uint32_t kCanonicalNan = 0x7fff'ffffU;

template <class T, class Combine>
void reduce(Exec& exec, const Inst& inst, T start, Combine combine) {
  const T* values = exec.row<T>(inst.s[0]);
  T result = start;
  for (int lane = 0; lane < kLanes; ++lane) result = has_lane(exec.mask, lane) ? combine(result, values[lane]) : result;
  fill_row<T>(exec, inst.d, result);
}

// Signed sums wrap like unsigned ones.
void redux_add(Exec& exec, const Inst& inst) {
  reduce<std::uint32_t>(exec, inst, 0, [](std::uint32_t a, std::uint32_t b) { return a + b; });
}

void redux_and(Exec& exec, const Inst& inst) {
  reduce<std::uint32_t>(exec, inst, ~0U, [](std::uint32_t a, std::uint32_t b) { return a & b; });
}

void redux_or(Exec& exec, const Inst& inst) {
  reduce<std::uint32_t>(exec, inst, 0, [](std::uint32_t a, std::uint32_t b) { return a | b; });
}

void redux_xor(Exec& exec, const Inst& inst) {
  reduce<std::uint32_t>(exec, inst, 0, [](std::uint32_t a, std::uint32_t b) { return a ^ b; });
}

template <class T>
void redux_min(Exec& exec, const Inst& inst) {
  reduce<T>(exec, inst, std::numeric_limits<T>::max(), [](T a, T b) { return std::min(a, b); });
}

template <class T>
void redux_max(Exec& exec, const Inst& inst) {
  reduce<T>(exec, inst, std::numeric_limits<T>::min(), [](T a, T b) { return std::max(a, b); });
}

// A float's bits as an integer of the same order, with -0 below +0.
std::int32_t ordered(std::uint32_t bits) {
  return static_cast<std::int32_t>((bits & 0x8000'0000U) != 0 ? bits ^ 0x7fff'ffffU : bits);
}

// As min and max: a NaN loses against any number, unless .NaN lets it win. Nothing but NaNs gives the canonical one.
template <bool largest>
void redux_float(Exec& exec, const Inst& inst) {
  const std::uint32_t* values = exec.row<std::uint32_t>(inst.s[0]);
  bool any_nan = false;
  bool any_number = false;
  std::uint32_t best = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!has_lane(exec.mask, lane)) continue;
    const std::uint32_t bits = inst.flags[0] != 0 ? values[lane] & 0x7fff'ffffU : values[lane];
    if (std::isnan(std::bit_cast<float>(bits))) {
      any_nan = true;
      continue;
    }
    const bool better = largest ? ordered(bits) > ordered(best) : ordered(bits) < ordered(best);
    if (!any_number || better) best = bits;
    any_number = true;
  }
  const bool nan = !any_number || (any_nan && inst.flags[1] != 0);
  fill_row<std::uint32_t>(exec, inst.d, nan ? kCanonicalNan : best);
}

Handler find_extreme(bool largest, ptx::Type type) {
  switch (type) {
    case ptx::Type::kU32:
      return largest ? redux_max<std::uint32_t> : redux_min<std::uint32_t>;
    case ptx::Type::kS32:
      return largest ? redux_max<std::int32_t> : redux_min<std::int32_t>;
    case ptx::Type::kF32:
      return largest ? redux_float<true> : redux_float<false>;
    default:
      return nullptr;
  }
}

}  // namespace

Handler find_redux(ptx::Modifier operation, ptx::Type type) {
  const bool integer = type == ptx::Type::kU32 || type == ptx::Type::kS32;
  switch (operation) {
    case ptx::Modifier::kAdd:
      return integer ? redux_add : nullptr;
    case ptx::Modifier::kMin:
      return find_extreme(false, type);
    case ptx::Modifier::kMax:
      return find_extreme(true, type);
    case ptx::Modifier::kAnd:
      return type == ptx::Type::kB32 ? redux_and : nullptr;
    case ptx::Modifier::kOr:
      return type == ptx::Type::kB32 ? redux_or : nullptr;
    case ptx::Modifier::kXor:
      return type == ptx::Type::kB32 ? redux_xor : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace warpscope::vgpu::warp_ops

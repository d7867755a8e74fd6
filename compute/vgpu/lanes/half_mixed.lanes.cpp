// vgpu/lanes/half_mixed.lanes.cpp: f32 arithmetic with f16 or bf16 sources.
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_operations.h"
#include "compute/vgpu/lanes/half_bits.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

// add and sub have one half, the first source; fma the first two. Every rounding mode, .sat.

template <class Format, Rounding kRounding, bool kSat>
struct AddMixed {
  [[gnu::always_inline]] static float run(std::uint16_t a, float c) {
    return AddFloat<kRounding, false, kSat>::run(Format::widen(a), c);
  }
};
template <class Format, Rounding kRounding, bool kSat>
struct SubMixed {
  [[gnu::always_inline]] static float run(std::uint16_t a, float c) {
    return SubFloat<kRounding, false, kSat>::run(Format::widen(a), c);
  }
};
template <class Format, Rounding kRounding, bool kSat>
struct FmaMixed {
  [[gnu::always_inline]] static float run(std::uint16_t a, std::uint16_t b, float c) {
    return FmaFloat<kRounding, false, kSat>::run(Format::widen(a), Format::widen(b), c);
  }
};

template <class Format, Rounding kRounding, bool kSat>
HandlerPair find_mixed(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
      return binary_pair<AddMixed<Format, kRounding, kSat>, float, std::uint16_t, float>();
    case ptx::Opcode::kSub:
      return binary_pair<SubMixed<Format, kRounding, kSat>, float, std::uint16_t, float>();
    case ptx::Opcode::kFma:
      return ternary_pair<FmaMixed<Format, kRounding, kSat>, float, std::uint16_t, std::uint16_t, float>();
    default:
      return {};
  }
}
template <class Format, Rounding kRounding>
HandlerPair find_mixed(const LaneOp& op) {
  return op.saturate ? find_mixed<Format, kRounding, true>(op) : find_mixed<Format, kRounding, false>(op);
}
template <class Format>
HandlerPair find_mixed(const LaneOp& op) {
  switch (op.rounding) {
    case ptx::Modifier::kRz:
      return find_mixed<Format, Rounding::kZero>(op);
    case ptx::Modifier::kRm:
      return find_mixed<Format, Rounding::kDown>(op);
    case ptx::Modifier::kRp:
      return find_mixed<Format, Rounding::kUp>(op);
    default:
      return find_mixed<Format, Rounding::kNearest>(op);
  }
}

}  // namespace

HandlerPair find_half_mixed(const LaneOp& op) {
  if (op.source == ptx::Type::kF16) return find_mixed<F16>(op);
  if (op.source == ptx::Type::kBF16) return find_mixed<BF16>(op);
  return {};
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

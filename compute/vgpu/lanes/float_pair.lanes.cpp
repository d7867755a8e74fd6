// vgpu/lanes/float_pair.lanes.cpp: add, sub, mul and fma of f32x2: two floats in every 64-bit register.
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_operations.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

// A row of pairs is a row of 64 floats, of which two belong to a lane.
template <class Op, int kSources, bool kMasked>
void pairs(Exec& exec, const Inst& inst) {
  const float* a = exec.row<float>(inst.s[0]);
  const float* b = exec.row<float>(inst.s[1]);
  const float* c = exec.row<float>(inst.s[kSources == 3 ? 2 : 1]);
  alignas(64) float result[2 * kLanes];
  WARPSCOPE_EACH_LANE
  for (int i = 0; i < 2 * kLanes; ++i) {
    if constexpr (kSources == 3) {
      result[i] = Op::run(a[i], b[i], c[i]);
    } else {
      result[i] = Op::run(a[i], b[i]);
    }
  }
  std::uint64_t lanes[kLanes];
  std::memcpy(lanes, result, sizeof lanes);
  std::uint64_t* d = exec.row<std::uint64_t>(inst.d);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) d[l] = !kMasked || on[l] ? lanes[l] : d[l];
}

template <class Op, int kSources>
HandlerPair pairs_of() {
  return {pairs<Op, kSources, false>, pairs<Op, kSources, true>};
}

template <Rounding kRounding, bool kFtz>
HandlerPair find_pairs(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
      return pairs_of<AddFloat<kRounding, kFtz, false>, 2>();
    case ptx::Opcode::kSub:
      return pairs_of<SubFloat<kRounding, kFtz, false>, 2>();
    case ptx::Opcode::kMul:
      return pairs_of<MulFloat<kRounding, kFtz, false>, 2>();
    case ptx::Opcode::kFma:
      return pairs_of<FmaFloat<kRounding, kFtz, false>, 3>();
    default:
      return {};
  }
}
template <Rounding kRounding>
HandlerPair find_pairs(const LaneOp& op) {
  return op.ftz ? find_pairs<kRounding, true>(op) : find_pairs<kRounding, false>(op);
}

}  // namespace

HandlerPair find_float_pair(const LaneOp& op) {
  switch (op.rounding) {
    case ptx::Modifier::kRz:
      return find_pairs<Rounding::kZero>(op);
    case ptx::Modifier::kRm:
      return find_pairs<Rounding::kDown>(op);
    case ptx::Modifier::kRp:
      return find_pairs<Rounding::kUp>(op);
    default:
      return find_pairs<Rounding::kNearest>(op);
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

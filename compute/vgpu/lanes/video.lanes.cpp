// vgpu/lanes/video.lanes.cpp: vabsdiff2 and vabsdiff4 of unsigned numbers as sums of absolute differences use them;
// video.cpp does all others.
#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Opcode;

template <int kWidth, bool kSum>
struct AbsoluteDifferences {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    constexpr std::uint32_t kMask = (1U << kWidth) - 1;
    std::uint32_t sum = c, parts = 0;
    for (int shift = 0; shift < 32; shift += kWidth) {
      const std::uint32_t x = a >> shift & kMask, y = b >> shift & kMask;
      const std::uint32_t difference = x < y ? y - x : x - y;
      sum += difference;
      parts |= difference << shift;
    }
    return kSum ? sum : parts;
  }
};

}  // namespace

// detail kBase: elements in their order, all written, of unsigned numbers. combine: kAdd or nothing.
HandlerPair find_video(const LaneOp& op) {
  if (op.detail != Modifier::kBase) return {};
  const bool sums = op.combine == Modifier::kAdd;
  if (op.opcode == Opcode::kVabsdiff4) {
    return sums ? ternary_of<AbsoluteDifferences<8, true>, std::uint32_t>()
                : ternary_of<AbsoluteDifferences<8, false>, std::uint32_t>();
  }
  if (op.opcode == Opcode::kVabsdiff2) {
    return sums ? ternary_of<AbsoluteDifferences<16, true>, std::uint32_t>()
                : ternary_of<AbsoluteDifferences<16, false>, std::uint32_t>();
  }
  return {};
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

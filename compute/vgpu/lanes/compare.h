// vgpu/lanes/compare.h: what decode_lane() tells the handlers of setp and set in Inst::flags[1]. Floor 2.
#pragma once

#include <cstdint>

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes {

inline constexpr std::uint8_t kCompareNegate = 1;  // of the comparison, before it is combined
inline constexpr std::uint8_t kCompareAnd = 2, kCompareOr = 4, kCompareXor = 6;  // with the predicate s[2]
inline constexpr std::uint8_t kCompareCombine = 6;                               // the bits of these three
inline constexpr std::uint8_t kCompareSet = 8;      // set: Inst::imm is what true looks like (of one half where packed)
inline constexpr std::uint8_t kCompareNarrow = 16;  // set: into a 16-bit register

}  // namespace warpscope::vgpu::lanes

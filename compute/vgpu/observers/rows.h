// vgpu/observers/rows.h: what a lane's register holds after a step. Floor 2.
#pragma once

#include <cstring>

#include "compute/vgpu/state.h"

namespace warpscope::vgpu {

// The value of a row of `bytes`-wide values (0: a predicate) in the fragment of the warp that runs.
inline std::uint64_t read_lane(const Program& program, const Warp& warp, RowRef row, int bytes, int lane) {
  std::size_t base = 0;
  if (row.in_frame()) {
    const std::vector<Frame>* calls =
        warp.current < warp.fragments.size() ? &warp.fragments[warp.current].calls : nullptr;
    base = calls == nullptr || calls->empty() ? program.constant_bytes : calls->back().register_base;
  }
  const std::size_t size = bytes == 0 ? sizeof(LaneMask) : static_cast<std::size_t>(bytes);
  const std::size_t at = base + row.offset() + (bytes == 0 ? 0 : size * static_cast<std::size_t>(lane));
  if (at + size > warp.rows.size()) return 0;
  std::uint64_t value = 0;
  std::memcpy(&value, warp.rows.data() + at, size);
  return bytes == 0 ? value >> lane & 1U : value;
}

}  // namespace warpscope::vgpu

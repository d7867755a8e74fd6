// timing/access_lines.h: the 128-byte lines of a warp's access. Floor 3. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/timing/streams.h"
#include "compute/vgpu/exec.h"

namespace warpscope::timing {

// Appends every line the lanes touch once, with its sectors, in the order lanes come to them; returns how many.
std::size_t append_lines(const vgpu::Access& access, std::vector<Line>& lines);
// Of local memory: word w of all lanes is line w.
std::size_t append_local_lines(const vgpu::Access& access, std::vector<Line>& lines);

// How many lanes are at the address that most are at.
std::uint32_t most_at_one_address(const vgpu::Access& access);
std::uint32_t distinct_addresses(const vgpu::Access& access);

}  // namespace warpscope::timing

// vgpu/observers/coalescing.h: how the memory system splits a warp's access. Floor 2. Pure functions.
// Global memory: the 32-byte sectors a warp's request touches, each once, whatever the width per lane. A 128-byte line
// has four. (CUDA C++ Best Practices Guide, "Coalesced Access to Global Memory".)
// Shared memory: 32 banks of 4 bytes. What lanes of one wavefront want of a bank must be one word, which any number of
// them may share (CUDA C++ Programming Guide, "Shared Memory" of compute capability 5.x and later). Accesses of 64 bits
// a lane are served by half warps, of 128 bits by quarter warps: a wavefront returns 32 words. Where all active lanes n
// and n^1, or all n and n^2, ask a load for the same address, two neighbouring groups share a wavefront (NVIDIA
// developer forum, "Unexpected shared memory bank conflict", of compute capability 7.0 and later).
#pragma once

#include "compute/vgpu/exec.h"

namespace warpscope::vgpu {

// Distinct 32-byte sectors of the lanes in access.mask.
int count_sectors(const Access& access);

// Of local memory: word w of lane l lies at (w * 32 + l) * 4, so the same offset in all lanes is 4 sectors a word.
int count_local_sectors(const Access& access);

struct Wavefronts {
  int taken = 0;
  int fewest = 0;  // of any access of this width by these lanes: one for each group that is not empty
  int conflicts() const { return taken - fewest; }
};
Wavefronts count_wavefronts(const Access& access);

// Lanes that find another lane of the same request at their address before them: they wait for it.
int count_contending_lanes(const Access& access);

}  // namespace warpscope::vgpu

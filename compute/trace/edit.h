// trace/edit.h: changes to a paused machine, by the names people gave what is changed. Floor 3. Owned by the thread of
// the machine. What inspect.h reads is what these write; an Edit of a timeline calls them.
#pragma once

#include <cstdint>
#include <span>

#include "compute/base/error.h"
#include "compute/trace/inspect.h"
#include "compute/trace/writers.h"

namespace warpscope::trace {

// Overwrites all bytes of a place: of global memory (constant memory lies there too), of the shared memory of a block
// that runs, of the local memory of a thread of one. Nothing is written where any of it does not exist.
base::Result<void> write_memory(vgpu::MachineState& state, const MemoryPlace& place,
                                std::span<const std::uint8_t> bytes);

// Overwrites bytes of a variable in some lanes of a warp, `offset_bytes` behind its beginning. The lanes are taken to
// be where the warp's present ones are (find_warp()). Refused: what has no place at this instruction, constants that
// the compiler has worked out, parameters of a kernel, which are constants of the launch.
base::Result<void> write_variable(const vgpu::Program& program, const vgpu::Launch& launch, vgpu::MachineState& state,
                                  WarpIndex warp, LaneMask lanes, const ptx::VariableInfo& variable,
                                  std::uint64_t offset_bytes, std::span<const std::uint8_t> bytes);

}  // namespace warpscope::trace

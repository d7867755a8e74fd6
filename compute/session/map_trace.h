// session/map_trace.h: what a real GPU did with a launch, as a timeline. Floor 5. The device's thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "compute/device/cuda_device.h"
#include "compute/device/warp_trace.h"
#include "compute/session/map_code.h"
#include "compute/timing/timeline.h"

namespace warpscope::session {

// The GPU as the catalogue has it; where it does not, as far as the driver knows it, with its SMs in one GPC.
gpu::Gpu gpu_of(const cuda::Gpu& gpu, const std::vector<gpu::Gpu>& catalogue);

// Runs it, watched, and a few times unwatched to tell what watching costs. Nothing of it stays on the device.
base::Result<device::WarpTrace> trace_map(const MapPlan& plan, const MapCode& code, device::Device& device,
                                          const std::atomic<bool>* stop);

// From what the warps wrote: ticks are nanoseconds since the first warp began. Where the GPU's global timer ticks
// coarsely, times come from the SMs' clocks, each fitted to that timer. Blocks get their slots by who was there first.
// The error says what cannot have happened: a block of which two warps ran on two SMs.
base::Result<timing::Timeline> timeline_of(const device::WarpTrace& trace, const MapPlan& plan);

}  // namespace warpscope::session

// device/warp_trace.h: a launch on a device, with when and where each of its warps ran. Floor 3. The device's thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "compute/device/device.h"
#include "compute/ptx/warp_trace.h"

namespace warpscope::device {

struct WarpTrace {
  std::uint32_t warps_per_block = 1;
  std::vector<ptx::WarpTraceRecord> records;  // by block, then warp
  LaunchReport report;                        // of the traced launch
  // The same launch without and with tracing, each the fastest of a few, after a warm-up; 0 where it was not asked for.
  double plain_seconds = 0, traced_seconds = 0;
};

struct WarpTraceOptions {
  LaunchOptions launch;
  // Launches the kernel a few times each way, so that the overhead can be told. Kernels that change what they read get
  // their results from several launches then.
  bool measure_overhead = false;
};

// Loads the changed module (the device's own is replaced: symbols are set again by `prepare`), launches, reads the
// records. Errors: as Device's; records that no warp or two wrote.
base::Result<WarpTrace> trace_warps(Device& device, const std::shared_ptr<const ptx::Module>& module,
                                    const LaunchRequest& request, const WarpTraceOptions& options,
                                    const std::function<base::Result<void>(Device&)>& prepare = {});

}  // namespace warpscope::device

#include "compute/timing/machine_model.h"
#include "compute/timing/simulate.h"

namespace warpscope::timing {

Peak peak_of(const gpu::Gpu& gpu) {
  const Throughput lanes = throughput_of(gpu.capability);
  const gpu::SmLimits* limits = gpu::find_limits(gpu.capability);
  const MachineModel model =
      machine_model(gpu, limits == nullptr ? 64 : limits->warps, limits == nullptr ? 4 : limits->sub_partitions, 0);
  const double clock = gpu.clock_mhz * 1e6;
  const double sm_clock = clock * gpu.sms();
  Peak peak;
  peak.flops = 2.0 * lanes.fp32 * sm_clock;
  peak.half_flops = 2.0 * lanes.fp16 * sm_clock;
  peak.double_flops = 2.0 * lanes.fp64 * sm_clock;
  peak.tensor_flops = 2.0 * lanes.tensor * sm_clock;
  peak.dram_bytes = gpu.bandwidth_gbs * 1e9;
  peak.l2_bytes = model.l2_bytes * clock;
  peak.shared_bytes = 128.0 * sm_clock;
  return peak;
}

}  // namespace warpscope::timing

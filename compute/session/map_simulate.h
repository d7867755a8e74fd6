// session/map_simulate.h: a plan of the SM map as a launch that is simulated. Floor 5. Owned by one thread; simulating
// blocks and can be stopped.
#pragma once

#include <memory>

#include "compute/device/virtual_device.h"
#include "compute/session/map_plan.h"
#include "compute/timing/simulate.h"

namespace warpscope::session {

// A kernel's arguments in memory: made once, copied for every run.
struct MapInputs {
  device::VirtualDevice device;
  std::vector<std::vector<std::uint8_t>> arguments;  // the bytes of each parameter
};
base::Result<std::shared_ptr<const MapInputs>> place_map_inputs(const MapCode& code);

// Everything that the plan says; who calls adds what is looked at closely, how to stop, and what to tell.
timing::SimulateOptions simulate_options(const MapPlan& plan);
device::LaunchRequest launch_request(const MapPlan& plan, std::vector<std::vector<std::uint8_t>> arguments);

base::Result<timing::SimulateResult> simulate_map(const MapPlan& plan, const MapInputs& inputs,
                                                  const timing::SimulateOptions& options);

// "matmul.cu:12: read of 4 bytes at ...": of a fault, for people.
std::string fault_text(const vgpu::Fault& fault);

}  // namespace warpscope::session

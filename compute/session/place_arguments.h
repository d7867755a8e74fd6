// session/place_arguments.h: a launch's arguments, written as text, in a device's memory. Floor 5. The device's thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compute/device/device.h"
#include "compute/kernels/inputs.h"
#include "compute/session/step_view.h"

namespace warpscope::session {

// An argument on the device.
struct PlacedArgument {
  std::vector<std::uint8_t> bytes;  // of the parameter
  device::Address address = 0;      // of a buffer or surface; 0: none
  std::uint64_t size_bytes = 0;
  bool surface = false;
  int same_as = -1;  // the buffer of this earlier argument
  kernels::ElementType type = kernels::ElementType::kU8;
};

// `specs` as kernels::parse_argument() reads them; the error names the argument by its index.
base::Result<std::vector<PlacedArgument>> place_arguments(device::Device& device, std::span<const std::string> specs);

// Constant variables that the host sets; the error names the variable.
base::Result<void> set_symbols(device::Device& device, std::span<const StepArgument> symbols);

}  // namespace warpscope::session

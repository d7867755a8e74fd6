// tests/gpu_check/launched.h: a shipped kernel with its inputs on a device, and what it leaves there.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compute/device/device.h"
#include "compute/kernels/catalogue.h"
#include "compute/session/place_arguments.h"

namespace warpscope::gpu_check {

base::Result<std::shared_ptr<const ptx::Module>> module_of(const kernels::Kernel& kernel, kernels::Flavour flavour);
// The constant variables that the host sets.
base::Result<void> set_symbols(device::Device& device, const kernels::Kernel& kernel);

// A buffer behind a launch.
struct Buffer {
  std::size_t argument = 0;
  kernels::ElementType type = kernels::ElementType::kU8;
  std::vector<std::uint8_t> bytes;
};

// The arguments of a kernel's own launch in a device's memory, which is free again when this ends.
class Arguments {
 public:
  static base::Result<std::unique_ptr<Arguments>> place(device::Device& device, const kernels::Kernel& kernel);
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  ~Arguments();

  // `entry`: of the module; the kernel's own name but where a list has it twice.
  device::LaunchRequest request(const kernels::Kernel& kernel, std::string_view entry) const;
  base::Result<std::vector<Buffer>> buffers() const;

 private:
  Arguments(device::Device& device, std::vector<session::PlacedArgument> placed);

  device::Device& device_;
  std::vector<session::PlacedArgument> placed_;
  std::uint64_t rebuilds_ = 0;
};

}  // namespace warpscope::gpu_check

// timing_table/run.h: one case, on the cycle model or on a device. Any thread; blocks.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "compute/base/error.h"
#include "compute/device/device.h"
#include "compute/gpu/gpu.h"
#include "compute/ptx/module.h"
#include "tests/timing_table/benchmarks.h"
#include "tests/timing_table/cases.h"

namespace warpscope::timing_table {

// What the work of a pair took.
struct Slope {
  double work = 0;  // that the long launch has more
  double cycles = 0, seconds = 0;
};

// The files in kernels/, read once.
class Kernels {
 public:
  static base::Result<Kernels> read();
  const std::shared_ptr<const ptx::Module>& module(std::string_view file) const { return modules_.find(file)->second; }

 private:
  std::map<std::string, std::shared_ptr<const ptx::Module>, std::less<>> modules_;
};

base::Result<Slope> model(const Kernels& kernels, const Benchmark& benchmark, const gpu::Gpu& gpu, int a, int b);

// The same launches on a device; the fastest of a few. `gpu`: what the device is, as far as the launches depend on it
// (its SMs, its L2 cache, what fits an SM) and seconds are turned into cycles. Where the kernel measures itself, cycles
// are its own.
base::Result<Slope> measure(const Kernels& kernels, const Benchmark& benchmark, device::Device& device,
                            const gpu::Gpu& gpu, int a, int b);

// A case's figure. `before`: the case that kTimes compares with.
double figure(const Case& the_case, const Slope& slope, const gpu::Gpu& gpu, const Slope* before);

}  // namespace warpscope::timing_table

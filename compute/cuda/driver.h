// cuda/driver.h: NVIDIA's driver, found at run time: one program serves machines with and without. Floor 2. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "compute/cuda/driver_errors.h"
#include "compute/cuda/driver_functions.h"

namespace warpscope::cuda {

class Driver {
 public:
  // Opens libcuda.so.1 (or the file that WARPSCOPE_CUDA_DRIVER names), looks up every call and initialises it. The
  // error says which of these failed and what to do. Can take a second.
  static CudaResult<std::shared_ptr<const Driver>> open();

  // driver->cuMemAlloc_v2(...)
  const DriverFunctions* operator->() const { return &calls_; }
  const DriverFunctions& calls() const { return calls_; }

  int version() const { return version_; }  // of CUDA, as far as the driver knows it: 12040 is 12.4
  const std::string& file() const { return file_; }

  // "WHAT: CUDA_ERROR_NAME (what CUDA says of it). What to do."
  CudaError error(CUresult code, std::string_view what) const;
  // Nothing, or the error.
  CudaResult<void> check(CUresult code, std::string_view what) const;

 private:
  Driver() = default;

  DriverFunctions calls_;
  int version_ = 0;
  std::string file_;
};

}  // namespace warpscope::cuda

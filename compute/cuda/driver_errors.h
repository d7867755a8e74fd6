// cuda/driver_errors.h: what the driver's error numbers mean here, and what a person can do. Floor 2. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "compute/base/error.h"
#include "compute/cuda/driver_types.h"

namespace warpscope::cuda {

// An error of the driver: for people as any other, and its number for those who decide what to do next.
struct CudaError : base::Error {
  CUresult code = CUresult::kUnknown;
};
template <class T>
using CudaResult = tl::expected<T, CudaError>;

enum class ErrorKind {
  kOther,  // the call did nothing; everything else goes on
  kFault,  // a kernel did something forbidden: the context answers nothing but this error until it is reset
  kLost,   // the GPU cannot be used any more by this process
};
ErrorKind kind_of(CUresult code);

// One sentence on what to do; "" where there is nothing to say.
std::string_view advice_for(CUresult code);

// 12040 -> "12.4".
std::string cuda_version_text(int version);
// The first version of CUDA whose driver reads this version of PTX: (7, 2) -> 11020.
int driver_for_ptx(int major, int minor);

// "driver 550 or newer" for 12040; "a newer driver" where that is not known.
std::string driver_release_for(int version);

}  // namespace warpscope::cuda

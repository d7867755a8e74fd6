#include "compute/cuda/context.h"

#include <fmt/format.h>

#include <mutex>

namespace warpscope::cuda {

CudaResult<std::shared_ptr<Context>> Context::open(std::shared_ptr<const Driver> driver, int ordinal) {
  CUdevice device = 0;
  const CUresult code = (*driver)->cuDeviceGet(&device, ordinal);
  if (code != CUresult::kSuccess) {
    return tl::unexpected(driver->error(code, fmt::format("there is no GPU number {}", ordinal)));
  }
  std::shared_ptr<Context> context(new Context(std::move(driver), device));
  if (auto fine = context->retain(); !fine) return tl::unexpected(fine.error());
  return context;
}

Context::~Context() {
  if (context_ != nullptr) driver()->cuDevicePrimaryCtxRelease_v2(device_);
}

CudaResult<void> Context::retain() {
  const CUresult code = driver()->cuDevicePrimaryCtxRetain(&context_, device_);
  if (code != CUresult::kSuccess) {
    context_ = nullptr;
    return tl::unexpected(driver().error(code, "the GPU cannot be used"));
  }
  return make_current();
}

CudaResult<void> Context::make_current() const {
  if (context_ == nullptr) return tl::unexpected(driver().error(CUresult::kDeviceUnavailable, "the GPU is lost"));
  return driver().check(driver()->cuCtxSetCurrent(context_), "the GPU's context cannot be used");
}

CudaResult<void> Context::reset() {
  const std::unique_lock alone(mutex_);
  generation_.fetch_add(1, std::memory_order_acq_rel);
  // What these three answer says nothing: a broken context answers with the error that broke it. Whether the GPU goes
  // on is seen when it is asked for a new one.
  driver()->cuDevicePrimaryCtxReset_v2(device_);
  if (context_ != nullptr) driver()->cuDevicePrimaryCtxRelease_v2(device_);
  driver()->cuCtxSetCurrent(nullptr);
  if (auto fine = retain(); !fine) return fine;
  std::size_t free_bytes = 0, total_bytes = 0;
  return driver().check(driver()->cuMemGetInfo_v2(&free_bytes, &total_bytes), "the GPU does not come back");
}

}  // namespace warpscope::cuda

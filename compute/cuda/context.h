// cuda/context.h: a GPU's primary context, and how it is begun again after a kernel broke it. Floor 2.
// One thread owns it: it alone resets. Others may use it while they hold() it; then the reset waits for them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string_view>

#include "compute/cuda/driver.h"

namespace warpscope::cuda {

class Context {
 public:
  // Current on the calling thread afterwards.
  static CudaResult<std::shared_ptr<Context>> open(std::shared_ptr<const Driver> driver, int ordinal);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Driver& driver() const { return *driver_; }
  const std::shared_ptr<const Driver>& shared_driver() const { return driver_; }
  CUdevice device() const { return device_; }

  // For the calling thread. Every thread does it before its calls; it costs next to nothing.
  CudaResult<void> make_current() const;

  // Everything that was made in the context is gone afterwards: memory, modules, streams, events, registrations of
  // textures. Owner only; waits until nobody else holds it. Fails where the GPU cannot go on: then it is lost.
  CudaResult<void> reset();
  // Goes up with every reset: what was made under another number is gone.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // While it lives nothing is reset. Not for the owner.
  std::shared_lock<std::shared_mutex> hold() const { return std::shared_lock(mutex_); }

 private:
  Context(std::shared_ptr<const Driver> driver, CUdevice device) : driver_(std::move(driver)), device_(device) {}
  CudaResult<void> retain();

  std::shared_ptr<const Driver> driver_;
  CUdevice device_;
  CUcontext context_ = nullptr;
  std::atomic<std::uint64_t> generation_{1};
  mutable std::shared_mutex mutex_;
};

}  // namespace warpscope::cuda

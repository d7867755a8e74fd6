// tests/stand_in_driver/driver.h: the stand-in driver of a process: its GPUs' primary contexts, and what every call
// goes through. Test code.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "tests/stand_in_driver/context.h"
#include "tests/stand_in_driver/injection.h"

namespace warpscope::stand_in {

struct PrimaryContext {
  int retained = 0;
  std::unique_ptr<Context> context;  // null: not begun, reset, or released by all
};

class Driver {
 public:
  // There is one, as there is one driver in a process. Never destroyed: programs call it while they end.
  static Driver& instance();

  std::mutex mutex;
  Control control;
  bool initialized = false;
  std::map<int, PrimaryContext> primary;  // by GPU

  // Handles of primary contexts stay the same when they are reset.
  static cuda::CUcontext handle_of(int gpu) { return reinterpret_cast<cuda::CUcontext>(0x100U + 16U * unsigned(gpu)); }
  bool knows(int gpu) { return gpu >= 0 && gpu < control.settings().gpus; }
  // The calling thread's.
  static cuda::CUcontext& current();
  // Why the current context cannot be used; success and its pointer otherwise.
  CUresult find_current(Context*& context);
};

// What a call stands on.
inline CUresult injected_result(Driver& driver, const char* name) {
  return static_cast<CUresult>(driver.control.injected(name).value_or(0));
}

// A call that needs no GPU: work(Driver&).
template <class Work>
CUresult driver_call(const char* name, Work work) {
  Driver& driver = Driver::instance();
  const std::lock_guard lock(driver.mutex);
  if (const CUresult result = injected_result(driver, name); result != CUresult::kSuccess) return result;
  if (!driver.initialized) return CUresult::kNotInitialized;
  return work(driver);
}

// A call that asks about a GPU: work(Driver&).
template <class Work>
CUresult device_call(const char* name, cuda::CUdevice device, Work work) {
  return driver_call(name,
                     [&](Driver& driver) { return driver.knows(device) ? work(driver) : CUresult::kInvalidDevice; });
}

// A call that works in the current context, which must be sound: work(Context&).
template <class Work>
CUresult context_call(const char* name, Work work) {
  return driver_call(name, [&](Driver& driver) {
    Context* context = nullptr;
    if (const CUresult result = driver.find_current(context); result != CUresult::kSuccess) return result;
    return work(*context);
  });
}

// The same, of what no capture may contain.
template <class Work>
CUresult uncaptured_call(const char* name, Work work) {
  return context_call(name, [&](Context& context) {
    const CUresult result = context.outside_captures();
    return result == CUresult::kSuccess ? work(context) : result;
  });
}

}  // namespace warpscope::stand_in

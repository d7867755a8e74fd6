#include "tests/stand_in_driver/driver.h"

namespace warpscope::stand_in {

Driver& Driver::instance() {
  static Driver& driver = *new Driver;
  return driver;
}

cuda::CUcontext& Driver::current() {
  thread_local cuda::CUcontext context = nullptr;
  return context;
}

CUresult Driver::find_current(Context*& context) {
  const cuda::CUcontext handle = current();
  if (handle == nullptr) return CUresult::kInvalidContext;
  for (auto& [gpu, one] : primary) {
    if (handle_of(gpu) != handle) continue;
    if (one.context == nullptr) return CUresult::kContextIsDestroyed;
    if (const auto lost = control.settings().lost) one.context->broken = static_cast<CUresult>(*lost);
    context = one.context.get();
    return context->broken;
  }
  return CUresult::kInvalidContext;
}

}  // namespace warpscope::stand_in

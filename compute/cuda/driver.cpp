#include "compute/cuda/driver.h"

#include <fmt/format.h>

#include "compute/cuda/shared_library.h"

namespace warpscope::cuda {
namespace {

// What the newest of the calls in the table came with (cuGraphInstantiateWithFlags). The PTX that is shipped asks for
// less (7.2: CUDA 11.2).
constexpr int kOldestVersion = 11040;

tl::unexpected<CudaError> cannot(CUresult code, std::string message) {
  return tl::unexpected(CudaError{{std::move(message), {}}, code});
}

// Names what is missing; "" where all is there.
std::string look_up(const SharedLibrary& library, DriverFunctions& calls) {
  std::string missing;
  const auto find = [&](auto& pointer, const char* name) {
    pointer = reinterpret_cast<std::decay_t<decltype(pointer)>>(library.find(name));
    if (pointer == nullptr) missing += (missing.empty() ? "" : ", ") + std::string(name);
  };
#define WARPSCOPE_LOOK_UP(name, parameters) find(calls.name, #name);
  WARPSCOPE_CUDA_FUNCTIONS(WARPSCOPE_LOOK_UP)
#undef WARPSCOPE_LOOK_UP
  return missing;
}

std::string too_old(int version, const std::string& more) {
  const std::string knows = version > 0 ? fmt::format("it knows CUDA {}", cuda_version_text(version))
                                        : std::string("it does not say which CUDA it knows");
  return fmt::format("the NVIDIA driver is too old: {}, and CUDA {} is needed ({}){}", knows,
                     cuda_version_text(kOldestVersion), driver_release_for(kOldestVersion), more);
}

}  // namespace

CudaResult<std::shared_ptr<const Driver>> Driver::open() {
  const auto library = SharedLibrary::open("WARPSCOPE_CUDA_DRIVER", "libcuda.so.1");
  if (!library) {
    return cannot(CUresult::kNotFound,
                  fmt::format("no NVIDIA driver is on this machine ({})", library.error().message));
  }
  std::shared_ptr<Driver> driver(new Driver);
  driver->file_ = library->file();
  const std::string missing = look_up(*library, driver->calls_);
  // Answers before anything is initialised.
  if (driver->calls_.cuDriverGetVersion != nullptr) driver->calls_.cuDriverGetVersion(&driver->version_);
  if (!missing.empty()) {
    return cannot(CUresult::kCallRequiresNewerDriver,
                  too_old(driver->version_, fmt::format("; {} lacks {}", library->file(), missing)));
  }
  if (driver->version_ > 0 && driver->version_ < kOldestVersion) {
    return cannot(CUresult::kCallRequiresNewerDriver, too_old(driver->version_, ""));
  }
  if (const CUresult code = driver->calls_.cuInit(0); code != CUresult::kSuccess) {
    return tl::unexpected(driver->error(code, "the NVIDIA driver does not start"));
  }
  return std::shared_ptr<const Driver>(std::move(driver));
}

CudaError Driver::error(CUresult code, std::string_view what) const {
  const char* name = nullptr;
  const char* sentence = nullptr;
  calls_.cuGetErrorName(code, &name);
  calls_.cuGetErrorString(code, &sentence);
  std::string text = fmt::format("{}: {}", what,
                                 name != nullptr ? std::string(name) : fmt::format("error {}", static_cast<int>(code)));
  if (sentence != nullptr) text += fmt::format(" ({})", sentence);
  if (const std::string_view advice = advice_for(code); !advice.empty()) text += fmt::format(". {}", advice);
  return {{std::move(text), {}}, code};
}

CudaResult<void> Driver::check(CUresult code, std::string_view what) const {
  if (code == CUresult::kSuccess) return {};
  return tl::unexpected(error(code, what));
}

}  // namespace warpscope::cuda

#include "compute/training/devices.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sched.h>

#include <fstream>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <thread>

namespace warpscope::training {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

// Cores this process may use, which in a container are often fewer than the machine has.
int usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::thread::hardware_concurrency());
}

std::string instruction_set() {
  struct Named {
    dnnl::cpu_isa isa;
    const char* name;
  };
  static constexpr Named kNames[] = {
      {dnnl::cpu_isa::sse41, "SSE4.1"},
      {dnnl::cpu_isa::avx, "AVX"},
      {dnnl::cpu_isa::avx2, "AVX2"},
      {dnnl::cpu_isa::avx2_vnni, "AVX2 with VNNI"},
      {dnnl::cpu_isa::avx512_core, "AVX-512"},
      {dnnl::cpu_isa::avx512_core_vnni, "AVX-512 with VNNI"},
      {dnnl::cpu_isa::avx512_core_bf16, "AVX-512 with BF16"},
      {dnnl::cpu_isa::avx512_core_amx, "AVX-512 with AMX"},
  };
  const dnnl::cpu_isa used = dnnl::get_effective_cpu_isa();
  for (const Named& named : kNames) {
    if (named.isa == used) return named.name;
  }
  return "the processor's base instructions";
}

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};

// The few entry points of the CUDA driver API that say what is there (cuda.h: every one returns CUresult, 0 is
// success).
class CudaDriver {
 public:
  // NODELETE: a driver that has started must not be unloaded again.
  CudaDriver() : library_(dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)) {
    if (!library_) return;
    load(init, "cuInit");
    load(driver_version, "cuDriverGetVersion");
    load(device_count, "cuDeviceGetCount");
    load(device, "cuDeviceGet");
    load(name, "cuDeviceGetName");
    load(attribute, "cuDeviceGetAttribute");
    load(total_memory, "cuDeviceTotalMem_v2");
    load(error_name, "cuGetErrorName");
  }

  bool present() const { return library_ != nullptr; }
  bool usable() const { return present() && complete_; }

  int (*init)(unsigned flags) = nullptr;
  int (*driver_version)(int* version) = nullptr;
  int (*device_count)(int* count) = nullptr;
  int (*device)(int* device, int ordinal) = nullptr;
  int (*name)(char* name, int length, int device) = nullptr;
  int (*attribute)(int* value, int attribute, int device) = nullptr;
  int (*total_memory)(std::size_t* bytes, int device) = nullptr;
  int (*error_name)(int error, const char** name) = nullptr;

 private:
  template <class Function>
  void load(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(dlsym(library_.get(), symbol));
    complete_ = complete_ && function != nullptr;
  }

  std::unique_ptr<void, CloseLibrary> library_;
  bool complete_ = true;
};

std::string error_text(const CudaDriver& driver, int error) {
  const char* name = nullptr;
  driver.error_name(error, &name);
  return name ? name : fmt::format("error {}", error);
}

CudaGpu describe(const CudaDriver& driver, int device) {
  constexpr int kComputeMajor = 75, kComputeMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR
  CudaGpu gpu;
  char name[256] = "NVIDIA GPU";
  std::size_t bytes = 0;
  driver.name(name, sizeof name, device);
  driver.attribute(&gpu.compute_major, kComputeMajor, device);
  driver.attribute(&gpu.compute_minor, kComputeMinor, device);
  driver.total_memory(&bytes, device);
  gpu.name = name;
  gpu.memory_bytes = bytes;
  return gpu;
}

}  // namespace

CpuDevice find_cpu() {
  return {processor_name(), usable_cores(), instruction_set()};
}

CudaSearch find_cuda() {
  CudaSearch search;
  const CudaDriver driver;
  if (!driver.present()) {
    search.why_none = "no NVIDIA driver: libcuda.so.1 is not on this machine";
    return search;
  }
  if (!driver.usable()) {
    search.why_none = "the NVIDIA driver is too old: libcuda.so.1 lacks functions of CUDA 4";
    return search;
  }
  driver.driver_version(&search.driver_version);
  if (const int error = driver.init(0); error != 0) {
    search.why_none = fmt::format("the NVIDIA driver does not start: {}", error_text(driver, error));
    return search;
  }
  int count = 0;
  if (const int error = driver.device_count(&count); error != 0) {
    search.why_none = fmt::format("the NVIDIA driver lists no GPU: {}", error_text(driver, error));
    return search;
  }
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    int device = 0;
    if (driver.device(&device, ordinal) == 0) search.gpus.push_back(describe(driver, device));
  }
  if (search.gpus.empty()) search.why_none = "there is an NVIDIA driver, but no GPU";
  return search;
}

}  // namespace warpscope::training

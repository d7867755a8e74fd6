#include "compute/training/devices.h"

#include <sched.h>

#include <fstream>
#include <oneapi/dnnl/dnnl.hpp>
#include <thread>

#include "compute/cuda/driver.h"

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

}  // namespace

CpuDevice find_cpu() {
  return {processor_name(), usable_cores(), instruction_set()};
}

CudaSearch find_cuda() {
  CudaSearch search;
  const auto driver = cuda::Driver::open();
  if (!driver) {
    search.why_none = driver.error().message;
    return search;
  }
  search.driver_version = (*driver)->version();
  const auto gpus = cuda::list_gpus(**driver);
  if (gpus) {
    search.gpus = *gpus;
  } else {
    search.why_none = gpus.error().message;
  }
  return search;
}

}  // namespace warpscope::training

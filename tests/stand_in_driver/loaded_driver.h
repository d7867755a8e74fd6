// The stand-in driver as a program finds it: loaded at run time, every function looked up by its name.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "compute/cuda/driver_functions.h"

namespace warpscope::stand_in::testing {

using namespace warpscope::cuda;

template <class Functions>
void* look_up(const char* library, const char* name, Functions& function) {
  void* opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(opened, nullptr) << dlerror();
  void* found = opened == nullptr ? nullptr : dlsym(opened, name);
  EXPECT_NE(found, nullptr) << name << " is not exported by " << library;
  function = reinterpret_cast<Functions>(found);
  return found;
}

inline const DriverFunctions& cu() {
  static const DriverFunctions functions = [] {
    DriverFunctions f;
#define WARPSCOPE_LOOK_UP(name, parameters) look_up(WARPSCOPE_STAND_IN_CUDA, #name, f.name);
    WARPSCOPE_CUDA_FUNCTIONS(WARPSCOPE_LOOK_UP)
#undef WARPSCOPE_LOOK_UP
    return f;
  }();
  return functions;
}

inline const NvmlFunctions& nvml() {
  static const NvmlFunctions functions = [] {
    NvmlFunctions f;
#define WARPSCOPE_LOOK_UP(name, parameters) look_up(WARPSCOPE_STAND_IN_NVML, #name, f.name);
    WARPSCOPE_NVML_FUNCTIONS(WARPSCOPE_LOOK_UP)
#undef WARPSCOPE_LOOK_UP
    look_up(WARPSCOPE_STAND_IN_NVML, "nvmlErrorString", f.nvmlErrorString);
    return f;
  }();
  return functions;
}

inline std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr CUresult kFine = CUresult::kSuccess;

// A context that is new and healthy, and a control file that the test may write.
class WithDriver : public ::testing::Test {
 protected:
  void SetUp() override {
    control_ = std::filesystem::temp_directory_path() / ("warpscope-stand-in-" + std::to_string(getpid()));
    inject("");
    setenv("WARPSCOPE_STAND_IN", control_.c_str(), 1);
    ASSERT_EQ(cu().cuInit(0), kFine);
    begin_context();
  }
  void TearDown() override {
    inject("");
    EXPECT_EQ(cu().cuDevicePrimaryCtxReset_v2(0), kFine);
    EXPECT_EQ(cu().cuDevicePrimaryCtxRelease_v2(0), kFine);
    unsetenv("WARPSCOPE_STAND_IN");
    std::filesystem::remove(control_);
  }

  void begin_context() {
    CUcontext context = nullptr;
    ASSERT_EQ(cu().cuDevicePrimaryCtxRetain(&context, 0), kFine);
    ASSERT_EQ(cu().cuCtxSetCurrent(context), kFine);
  }
  // A new file takes the old one's place at once, so that no half of it is ever read.
  void inject(const std::string& text) const {
    const std::string written = control_.string() + ".new";
    std::ofstream(written) << text;
    std::filesystem::rename(written, control_);
  }
  CUmodule load(const std::string& text) const {
    CUmodule module = nullptr;
    EXPECT_EQ(cu().cuModuleLoadDataEx(&module, text.c_str(), 0, nullptr, nullptr), kFine);
    return module;
  }
  CUmodule load_asset(const std::string& name) const {
    return load(text_of_file(std::string(WARPSCOPE_SOURCE_DIR) + "/assets/ptx/" + name));
  }
  CUfunction function_of(CUmodule module, const char* name) const {
    CUfunction function = nullptr;
    EXPECT_EQ(cu().cuModuleGetFunction(&function, module, name), kFine);
    return function;
  }
  CUdeviceptr allocate(std::size_t bytes) const {
    CUdeviceptr address = 0;
    EXPECT_EQ(cu().cuMemAlloc_v2(&address, bytes), kFine);
    return address;
  }

  std::filesystem::path control_;
};

}  // namespace warpscope::stand_in::testing

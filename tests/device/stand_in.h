// The stand-in driver (tests/stand_in_driver) in the place of NVIDIA's, with one healthy GPU until a test says
// otherwise.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "compute/device/open_device.h"
#include "compute/ptx/parser.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::device::testing {

using Bytes = std::vector<std::uint8_t>;

template <class T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

class StandIn : public ::testing::Test {
 protected:
  StandIn() {
    inject("");
    setenv("WARPSCOPE_STAND_IN", control().c_str(), 1);
    setenv("WARPSCOPE_CUDA_DRIVER", WARPSCOPE_STAND_IN_CUDA, 1);
    setenv("WARPSCOPE_NVML", WARPSCOPE_STAND_IN_NVML, 1);
  }
  ~StandIn() override {
    for (const char* name : {"WARPSCOPE_STAND_IN", "WARPSCOPE_CUDA_DRIVER", "WARPSCOPE_NVML"}) unsetenv(name);
  }

  std::string control() const { return (folder_.path() / "control").string(); }
  // A whole new file takes the old one's place, so that no half of it is ever read.
  void inject(const std::string& text) const {
    std::ofstream(control() + ".new") << text;
    std::filesystem::rename(control() + ".new", control());
  }
  std::unique_ptr<CudaDevice> open() const {
    auto gpu = open_gpu(std::nullopt);
    EXPECT_TRUE(gpu) << (gpu ? "" : gpu.error().message);
    return gpu ? std::move(gpu->device) : nullptr;
  }

 private:
  tests::ScratchFolder folder_;
};

inline std::shared_ptr<const ptx::Module> module_of(const std::string& body) {
  auto module = ptx::parse(".version 7.0\n.target sm_70\n.address_size 64\n" + body, "test.ptx");
  EXPECT_TRUE(module) << (module ? "" : module.error().front().text());
  return module ? std::make_shared<const ptx::Module>(std::move(*module)) : nullptr;
}

// `add`: counts[i] += amount[0], for the threads of one block; `wild`: writes where nothing is; `stuck`: never ends.
inline const std::string kCounting =
    ".const .align 4 .u32 amount[2] = {1, 2};\n"
    ".visible .entry add(.param .u64 counts) {\n.reg .b64 %rd<4>; .reg .b32 %r<4>;\n"
    "ld.param.u64 %rd1, [counts];\nmov.u32 %r1, %tid.x;\nmul.wide.u32 %rd2, %r1, 4;\nadd.u64 %rd1, %rd1, %rd2;\n"
    "ld.global.u32 %r2, [%rd1];\nld.const.u32 %r3, [amount];\nadd.u32 %r2, %r2, %r3;\nst.global.u32 [%rd1], %r2;\n"
    "ret;\n}\n"
    ".visible .entry wild() {\n.reg .b64 %rd<2>; .reg .b32 %r<2>;\nmov.u64 %rd1, 64;\nmov.u32 %r1, 1;\n"
    "st.global.u32 [%rd1], %r1;\nret;\n}\n";

}  // namespace warpscope::device::testing

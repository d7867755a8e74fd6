// tests/session/stand_in_session.h: a session on a GPU that is really the stand-in driver, and which a test breaks.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace warpscope::tests {

// `Live`: a fixture with a folder_ and an end_session().
template <class Live>
class StandInSession : public Live {
 protected:
  void SetUp() override {
    setenv("WARPSCOPE_CUDA_DRIVER", WARPSCOPE_STAND_IN_CUDA, 1);
    setenv("WARPSCOPE_NVML", WARPSCOPE_STAND_IN_NVML, 1);
    inject("");
    setenv("WARPSCOPE_STAND_IN", control().c_str(), 1);
  }
  void TearDown() override {
    this->end_session();
    for (const char* name : {"WARPSCOPE_CUDA_DRIVER", "WARPSCOPE_NVML", "WARPSCOPE_STAND_IN"}) unsetenv(name);
  }
  std::filesystem::path control() const { return this->folder_.path() / "gpus"; }
  // A new file takes the old one's place at once, so that no half of it is ever read.
  void inject(const std::string& text) const {
    const auto written = this->folder_.path() / "gpus.new";
    std::ofstream(written) << text;
    std::filesystem::rename(written, control());
  }
};

}  // namespace warpscope::tests

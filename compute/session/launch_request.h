// session/launch_request.h: a kernel and how it is launched, as one workspace hands it to another. Floor 5. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/launch_types.h"
#include "compute/device/device.h"

namespace warpscope::session {

struct StepArgument {
  std::string name;         // of the parameter: "a", "n"
  std::string type;         // "const float *", where the debug information says so; else "8 bytes"
  std::string spec;         // as kernels::parse_argument() reads it
  bool is_pointer = false;  // takes a buffer
  bool is_guess = false;    // nobody chose this value: a person's own kernel was just opened
};

// How the kernel is launched, and watched.
struct StepLaunch {
  std::string kernel;  // name of the entry
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<StepArgument> arguments;
  std::vector<StepArgument> symbols;  // constant variables that the host sets
  device::Checks checks{true, true, true, true};
  std::uint64_t max_steps = 8'000'000;        // recorded at most
  std::optional<std::uint64_t> only_block{};  // of the grid: nothing but this one runs; empty: all do
};

// A launch prepared by another workspace, to be opened here: OpenKernel{kernel, file, launch}.
struct StepRequest {
  std::uint64_t id = 0;        // of the question that asked for it
  std::string kernel;          // of a shipped one
  std::filesystem::path file;  // a person's own; "": shipped
  StepLaunch launch;
  std::uint64_t block = 0;  // to be followed
  int warp = 0, lane = 0;
};

// A launch for the SM map.
struct MapRequest {
  std::uint64_t id = 0;  // of the question that asked for it
  std::string kernel;    // of a shipped one
  StepLaunch launch;
};

}  // namespace warpscope::session

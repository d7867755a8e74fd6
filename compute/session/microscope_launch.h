// session/microscope_launch.h: a frozen launch as Step or the SM map open it: its tensors become files that the
// arguments name. Floor 5. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "compute/session/launch_request.h"
#include "compute/training/device_backend.h"

namespace warpscope::session {

// The folder of those files. There are only those of one frozen step.
class MicroscopeFiles {
 public:
  explicit MicroscopeFiles(const std::filesystem::path& data_dir) : folder_(data_dir / "microscope") {}
  // None is left; the folder goes too.
  void clear() const;
  // Whole or not at all; makes the folder where it is missing.
  base::Result<std::filesystem::path> write(const std::string& name, std::span<const std::uint8_t> bytes) const;

 private:
  std::filesystem::path folder_;
};

// Where a launch is to be found: its step, and its number within it.
struct LaunchPlace {
  std::uint64_t step = 0;  // MicroscopeView::id
  int launch = 0;
};

// What the argument's address points to, as it was before the launch.
std::span<const std::uint8_t> bytes_of(const training::FrozenArgument& argument);

// With the names and types that Step shows. Writes the tensors. The whole grid where it is short; else only_block names
// one in its middle.
base::Result<StepLaunch> open_launch(const training::FrozenLaunch& frozen, const LaunchPlace& place,
                                     const MicroscopeFiles& files);

}  // namespace warpscope::session

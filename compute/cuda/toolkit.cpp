#include "compute/cuda/toolkit.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>

namespace warpscope::cuda {
namespace fs = std::filesystem;
namespace {

bool can_run(const fs::path& file) {
  return access(file.c_str(), X_OK) == 0;
}

std::vector<fs::path> versioned_toolkits() {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/local", ignored)) {
    if (entry.path().filename().string().starts_with("cuda-")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end(), std::greater<>());
  return found;
}

}  // namespace

std::vector<fs::path> toolkit_folders() {
  std::vector<fs::path> folders;
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') folders.emplace_back(value);
  }
  folders.emplace_back("/usr/local/cuda");
  for (fs::path& folder : versioned_toolkits()) folders.push_back(std::move(folder));
  folders.emplace_back("/opt/cuda");
  folders.emplace_back("/usr");
  return folders;
}

fs::path find_nvcc() {
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    std::istringstream entries(path);
    for (std::string entry; std::getline(entries, entry, ':');) {
      if (!entry.empty() && can_run(fs::path(entry) / "nvcc")) return fs::path(entry) / "nvcc";
    }
  }
  for (const fs::path& folder : toolkit_folders()) {
    if (can_run(folder / "bin/nvcc")) return folder / "bin/nvcc";
  }
  return {};
}

}  // namespace warpscope::cuda

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

// Of $PATH, else of the first toolkit that has one; empty where there is none.
fs::path find_program(const std::string& name) {
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    std::istringstream entries(path);
    for (std::string entry; std::getline(entries, entry, ':');) {
      if (!entry.empty() && can_run(fs::path(entry) / name)) return fs::path(entry) / name;
    }
  }
  for (const fs::path& folder : toolkit_folders()) {
    if (can_run(folder / "bin" / name)) return folder / "bin" / name;
  }
  return {};
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
  return find_program("nvcc");
}

fs::path find_ptxas() {
  if (const char* given = std::getenv("WARPSCOPE_PTXAS"); given != nullptr && *given != '\0')
    return can_run(given) ? fs::path(given) : fs::path();
  if (const fs::path nvcc = find_nvcc(); !nvcc.empty()) {
    std::error_code ignored;
    // A link to nvcc alone may stand where the rest of the toolkit does not.
    for (const fs::path& place : {nvcc, fs::canonical(nvcc, ignored)})
      if (can_run(place.parent_path() / "ptxas")) return place.parent_path() / "ptxas";
  }
  return find_program("ptxas");
}

}  // namespace warpscope::cuda

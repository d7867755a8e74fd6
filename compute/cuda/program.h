// cuda/program.h: runs a compiler of the toolkit as a program. Floor 2. For compute/cuda alone.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace warpscope::cuda {

// A folder of its own that is gone afterwards. Its path is empty where none could be made.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::optional<std::string> read_file(const std::filesystem::path& file);
void replace_all(std::string& text, const std::string& what, const std::string& by);

// Runs a program as the leader of its own group, its messages into a file. Its status; nothing where it could not be
// started or was killed. Once `stop` is set it is killed with all that it started.
std::optional<int> run_program(const std::vector<std::string>& command, const std::filesystem::path& messages,
                               const std::atomic<bool>* stop);

}  // namespace warpscope::cuda

#include "compute/cuda/compiler.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "compute/cuda/toolkit.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;
namespace {

base::Result<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail("this file cannot be read", {file.string()});
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// A folder of its own that is gone afterwards.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "warpscope-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Runs a program, its messages into a file; the exit status, -1 where it could not be started.
int run(const std::vector<std::string>& command, const fs::path& messages) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return -1;
  int status = 0;
  if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

base::Result<Compiled> compile_with_nvcc(const fs::path& file, const CompileOptions& options) {
  const fs::path nvcc = find_nvcc();
  if (nvcc.empty()) return base::fail("nvcc is not on this machine", {file.string()});
  const Scratch scratch;
  if (scratch.path().empty()) return base::fail("no temporary folder can be made for nvcc's output");
  const fs::path output = scratch.path() / "out.ptx", messages = scratch.path() / "messages";
  std::vector<std::string> command{nvcc.string(), "-ptx", "-arch=" + options.architecture, "-o", output.string()};
  command.emplace_back(options.debug ? "-G" : "-lineinfo");
  command.insert(command.end(), options.more.begin(), options.more.end());
  command.push_back(file.string());
  const int status = run(command, messages);
  const std::string log = read_file(messages).value_or("");
  const auto ptx = read_file(output);
  if (status != 0 || !ptx) return base::fail(log.empty() ? fmt::format("nvcc failed ({})", status) : log);
  return Compiled{*ptx, "nvcc", log};
}

base::Result<Compiled> compile(const fs::path& file, const CompileOptions& options) {
  const auto source = read_file(file);
  if (!source) return tl::unexpected(source.error());
  CompileOptions with_folder = options;
  with_folder.more.push_back("-I" + (file.has_parent_path() ? file.parent_path() : fs::path(".")).string());
  auto quick = compile_with_nvrtc(*source, file.string(), with_folder);
  if (quick) return quick;
  if (find_nvcc().empty()) return quick;
  return compile_with_nvcc(file, options);
}

}  // namespace warpscope::cuda

// nvcc, run as a program on a copy of the text in a folder of its own.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "compute/cuda/results.h"
#include "compute/cuda/toolkit.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
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

// Its status when it has ended by itself; kills it, and all that it started, once `options` say stop.
std::optional<int> wait_for(pid_t child, const CompileOptions& options) {
  constexpr std::chrono::milliseconds kGlance{5};
  int status = 0;
  for (bool killed = false;; std::this_thread::sleep_for(kGlance)) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
    if (ended < 0 && errno != EINTR) return {};
    if (!killed && is_stopped(options)) killed = kill(-child, SIGKILL) == 0;
  }
}

// Runs a program as the leader of its own group, its messages into a file; nothing where it could not be started or was
// killed.
std::optional<int> run(const std::vector<std::string>& command, const fs::path& messages,
                       const CompileOptions& options) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return {};
  return wait_for(child, options);
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  if (what == by) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

CompileResult compile_with_nvcc(const Source& source, const CompileOptions& options) {
  const std::string name = source.file.string();
  const fs::path nvcc = find_nvcc();
  if (nvcc.empty())
    return tl::unexpected(
        CompileError{{"nvcc is not on this machine; the CUDA Toolkit has it", {name}}, {}, false, true});
  if (is_stopped(options)) return cancelled(source);
  const Scratch scratch;
  const fs::path input = scratch.path() / "source" / source.file.filename();
  const fs::path output = scratch.path() / "out.ptx", messages = scratch.path() / "messages";
  std::error_code problem;
  fs::create_directory(scratch.path() / "source", problem);
  std::ofstream out(input, std::ios::binary);
  out << named(name, source.text);
  out.close();
  if (scratch.path().empty() || problem || !out)
    return failed(fmt::format("no temporary file can be written for nvcc in {}", fs::temp_directory_path().string()),
                  {});
  // What public projects ask of nvcc.
  std::vector<std::string> command{nvcc.string(),
                                   "-ptx",
                                   "-arch=" + options.architecture,
                                   "-o",
                                   output.string(),
                                   "--expt-relaxed-constexpr",
                                   "--extended-lambda",
                                   "-x",
                                   "cu"};
  command.emplace_back(options.debug ? "-G" : "-lineinfo");
  command.push_back("-I" + folder_of(source).string());
  command.insert(command.end(), options.more.begin(), options.more.end());
  command.push_back(input.string());
  const auto status = run(command, messages, options);
  if (is_stopped(options)) return cancelled(source);
  std::string log = read_file(messages).value_or("");
  replace_all(log, input.string(), name);
  auto diagnostics = parse_diagnostics(log, name, source.text);
  const auto ptx = read_file(output);
  if (status != 0 || !ptx) {
    if (log.empty()) log = status ? fmt::format("nvcc failed ({})", *status) : "nvcc was ended from outside";
    return failed(std::move(log), std::move(diagnostics));
  }
  return Compiled{*ptx, "nvcc", std::move(log), std::move(diagnostics)};
}

}  // namespace warpscope::cuda

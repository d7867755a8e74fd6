// nvcc, run as a program on a copy of the text in a folder of its own.
#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "compute/cuda/program.h"
#include "compute/cuda/results.h"
#include "compute/cuda/toolkit.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;

CompileResult compile_with_nvcc(const Source& source, const CompileOptions& options) {
  const std::string name = source.file.string();
  const fs::path nvcc = find_nvcc();
  if (nvcc.empty())
    return tl::unexpected(
        CompileError{{"nvcc is not on this machine; the CUDA Toolkit has it", {name}}, {}, false, true});
  if (is_stopped(options)) return cancelled(source);
  const ScratchFolder scratch;
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
  const auto status = run_program(command, messages, options.stop);
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

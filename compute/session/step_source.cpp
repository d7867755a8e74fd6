#include "compute/session/step_source.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "compute/base/paths.h"
#include "compute/session/kernel_run.h"

namespace warpscope::session {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
using Problems = std::vector<StepProblem>;

StepProblem problem_of(const base::Error& error) {
  return {StepProblem::Severity::kError, error.where.file, error.where.line, error.where.column, error.message};
}

StepProblem problem_of(const cuda::Diagnostic& diagnostic) {
  StepProblem problem;
  problem.severity = diagnostic.severity == cuda::Diagnostic::Severity::kError     ? StepProblem::Severity::kError
                     : diagnostic.severity == cuda::Diagnostic::Severity::kWarning ? StepProblem::Severity::kWarning
                                                                                   : StepProblem::Severity::kNote;
  problem.file = diagnostic.file;
  problem.line = diagnostic.line;
  problem.column = diagnostic.column;
  problem.message = diagnostic.message;
  return problem;
}

Problems problems_of(const KernelRunError& error) {
  Problems problems;
  for (const base::Error& each : error.errors) problems.push_back(problem_of(each));
  for (const cuda::Diagnostic& each : error.diagnostics) {
    if (each.severity != cuda::Diagnostic::Severity::kError) problems.push_back(problem_of(each));
  }
  return problems;
}

// Beside the assets, where the sources are part of an installation; else "" and the PTX is shown.
fs::path source_of(const kernels::Kernel& kernel) {
  const auto assets = base::find_asset("ptx");
  if (!assets) return {};
  const fs::path file = assets->parent_path().parent_path() / kernels::source_path(kernel);
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) ? file : fs::path();
}

base::Result<fs::path> file_to_open(const std::string& shipped, const fs::path& file) {
  if (shipped.empty()) return file;
  const kernels::Kernel* const kernel = kernels::find_kernel(shipped);
  if (kernel == nullptr) return base::fail(fmt::format("there is no kernel '{}' among those that ship", shipped));
  const fs::path source = source_of(*kernel);
  if (!source.empty()) return source;
  return base::find_asset(kernels::ptx_asset(*kernel, kernels::Flavour::kDebug));
}

}  // namespace

base::Result<std::string> read_whole_file(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {
    return base::fail("this is a folder; Step opens CUDA C++ (.cu) and PTX (.ptx)", {file.string()});
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail("this file cannot be read", {file.string()});
  return std::string(std::istreambuf_iterator<char>(in), {});
}

base::Result<void> write_whole_file(const fs::path& file, const std::string& text) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  fs::path half = file;
  half += ".new";
  {
    std::ofstream out(half, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) return base::fail("this file cannot be written", {half.string()});
  }
  fs::rename(half, file, error);
  if (error) return base::fail(fmt::format("this file cannot be written: {}", error.message()), {file.string()});
  return {};
}

base::Result<OpenedSource> open_source(const std::string& shipped, const fs::path& file) {
  const auto path = file_to_open(shipped, file);
  if (!path) return tl::unexpected(path.error());
  auto text = read_whole_file(*path);
  if (!text) return tl::unexpected(text.error());
  OpenedSource opened;
  auto source = std::make_shared<StepSource>();
  source->file = *path;
  source->name = path->filename().string();
  source->is_ptx = path->extension() == ".ptx";
  source->shipped = kernels::find_kernel(shipped);
  // A shipped kernel opened by its path is one of ours too.
  const kernels::Kernel* const by_path = kernels::first_kernel_in(path->stem().string());
  std::error_code ignored;
  if (source->shipped == nullptr && by_path != nullptr && fs::equivalent(*path, source_of(*by_path), ignored)) {
    source->shipped = by_path;
  }
  source->text = std::make_shared<const std::string>(*text);
  opened.source = std::move(source);
  opened.on_disk = std::move(*text);
  opened.written = fs::last_write_time(*path, ignored);
  return opened;
}

tl::expected<CompiledSource, Problems> compile_source(const StepSource& source, const std::atomic<bool>* stop) {
  const auto begin = Clock::now();
  CompiledSource compiled;
  tl::expected<KernelFile, KernelRunError> file = tl::unexpected(KernelRunError{});
  if (source.shipped != nullptr && !source.edited && !source.is_ptx) {
    const auto asset = base::find_asset(kernels::ptx_asset(*source.shipped, kernels::Flavour::kDebug));
    if (!asset) return tl::unexpected(Problems{problem_of(asset.error())});
    file = read_kernel_file(*asset, CompileFor::kDebugging);
  } else {
    file = read_kernel_text(source.file, *source.text, CompileFor::kDebugging, stop);
  }
  if (!file) return tl::unexpected(problems_of(file.error()));
  compiled.module = std::move(file->module);
  compiled.compiler = std::move(file->compiler);
  compiled.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  for (const cuda::Diagnostic& each : file->diagnostics) compiled.warnings.push_back(problem_of(each));
  return compiled;
}

}  // namespace warpscope::session

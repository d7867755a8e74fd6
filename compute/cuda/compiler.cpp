#include "compute/cuda/compiler.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "compute/cuda/results.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;

base::Result<Source> read_source(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) return base::fail("this is a folder; a .cu file is needed", {file.string()});
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail("this file cannot be read", {file.string()});
  return Source{file, std::string(std::istreambuf_iterator<char>(in), {})};
}

fs::path folder_of(const Source& source) {
  return source.file.has_parent_path() ? source.file.parent_path() : fs::path(".");
}

bool is_stopped(const CompileOptions& options) {
  return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
}

std::string named(std::string_view file, std::string_view text) {
  std::string result = "#line 1 \"";
  for (const char c : file) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  result += "\"\n";
  return result.append(text);
}

tl::unexpected<CompileError> cancelled(const Source& source) {
  return tl::unexpected(CompileError{{"cancelled before it was compiled", {source.file.string()}}, {}, true, false});
}

tl::unexpected<CompileError> failed(std::string log, std::vector<Diagnostic> diagnostics) {
  CompileError result{{std::move(log), {}}, std::move(diagnostics), false, false};
  for (const Diagnostic& each : result.diagnostics) {
    if (each.severity != Diagnostic::Severity::kError) continue;
    result.error.where = {each.file, each.line, each.column};
    break;
  }
  return tl::unexpected(std::move(result));
}

namespace {

// What more than the text is missing: a header, or a host compiler for nvcc to call.
bool lacks_something(const CompileError& error) {
  if (!has_errors(error.diagnostics)) return true;
  for (const Diagnostic& each : error.diagnostics) {
    if (each.message.find("No such file or directory") != std::string::npos ||
        each.message.find("could not open source file") != std::string::npos)
      return true;
  }
  return false;
}

}  // namespace

CompileResult compile(const Source& source, const CompileOptions& options) {
  auto quick = compile_with_nvrtc(source, options);
  if (quick || quick.error().cancelled) return quick;
  auto whole = compile_with_nvcc(source, options);
  if (whole || whole.error().cancelled) return whole;
  const bool nvcc_decides = !whole.error().no_compiler && !lacks_something(whole.error());
  if (nvcc_decides) return whole;
  auto parts = compile_with_stand_ins(source, options);
  if (parts || whole.error().no_compiler || !parts.error().no_compiler) return parts;
  return whole;
}

CompileResult compile(const fs::path& file, const CompileOptions& options) {
  auto source = read_source(file);
  if (!source) return tl::unexpected(CompileError{source.error(), {}, false, false});
  return compile(*source, options);
}

}  // namespace warpscope::cuda

// NVRTC for files that were written for nvcc: without their host code, with small headers in place of the host's.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "compute/cuda/host_code.h"
#include "compute/cuda/instances.h"
#include "compute/cuda/nvrtc.h"
#include "compute/cuda/results.h"
#include "compute/cuda/stand_in_headers.h"
#include "compute/cuda/tokens.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;
namespace {

struct Include {
  std::string name;  // between the <> or ""
  int line = 0;
};

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> all;
  int line = 1;
  std::size_t counted = 0;
  for (const Token& token : tokenize(text)) {
    if (token.kind != TokenKind::kDirective || directive_name(token.text) != "include") continue;
    line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                        text.begin() + static_cast<std::ptrdiff_t>(token.begin), '\n'));
    counted = token.begin;
    const std::string_view rest = directive_rest(token.text);
    if (rest.size() < 2 || (rest[0] != '<' && rest[0] != '"')) continue;
    const std::size_t end = rest.find(rest[0] == '<' ? '>' : '"', 1);
    if (end != std::string_view::npos) all.push_back({std::string(rest.substr(1, end - 1)), line});
  }
  return all;
}

// The file and the headers it includes, up to those of the toolkit: read, and split into device and host code.
class Package {
 public:
  Package(const Source& source, const CompileOptions& options) : file_(source.file.string()) {
    folders_.push_back(folder_of(source));
    for (std::size_t i = 0; i < options.more.size(); ++i) {
      const std::string_view option = options.more[i];
      for (const std::string_view start : {"-I", "--include-path="}) {
        if (option.starts_with(start) && option.size() > start.size())
          folders_.emplace_back(option.substr(start.size()));
      }
    }
    gather(source.text, folder_of(source), file_);
    add_device_macros(source.text, macros_);
    for (const Header& header : headers_) {
      HostCode code = separate_host_code(header.text, macros_);
      program_.headers.emplace_back(header.include, named(header.file, code.device_text));
      functions_.insert(functions_.end(), code.functions.begin(), code.functions.end());
    }
    HostCode code = separate_host_code(source.text, macros_);
    functions_.insert(functions_.end(), code.functions.begin(), code.functions.end());
    stand_in(kPreludeName, *stand_in_header(kPreludeName));
    program_.name = file_;
    program_.text = fmt::format("#include \"{}\"\n{}", kPreludeName, named(file_, code.device_text));
    // What is left unmarked, as a constexpr function, is for the device; what only the host used is unused now.
    program_.options = {"-default-device", "-diag-suppress=177", "--include-path=" + folder_of(source).string()};
    Instances instances = find_instances(functions_);
    program_.instances = std::move(instances.names);
    for (const std::string& name : instances.unresolved) note_unresolved(name);
  }

  const NvrtcProgram& program() const { return program_; }
  const std::vector<Diagnostic>& notes() const { return notes_; }

  // Mends what NVRTC could not do; false where nothing of it can be mended.
  bool learn(const std::string& log, const std::vector<Diagnostic>& diagnostics) {
    return leave_out_instances(log) || stand_in_missing(diagnostics);
  }

 private:
  struct Header {
    std::string include, file, text;
  };

  void gather(const std::string& text, const fs::path& folder, const std::string& file) {
    for (const Include& include : includes_of(text)) {
      if (!seen_.insert(include.name).second) continue;
      if (const auto path = find_beside(include.name, folder)) {
        auto source = read_source(*path);
        if (!source) continue;
        gather(source->text, path->parent_path(), path->string());
        add_device_macros(source->text, macros_);
        headers_.push_back({include.name, path->string(), std::move(source->text)});
        continue;
      }
      if (const auto small = stand_in_header(include.name)) {
        stand_in(include.name, *small);
      } else if (is_host_library(include.name)) {
        stand_in(include.name, {});
        notes_.push_back({Diagnostic::Severity::kNote, file, include.line, 0,
                          fmt::format("<{}> is left empty: it is for host code, that NVRTC cannot compile; nvcc of the "
                                      "CUDA Toolkit can",
                                      include.name)});
      } else if (!in_toolkit(include.name)) {
        stand_in(include.name, {});
        note_missing(include.name, file, include.line);
      }
    }
  }

  // What a small header includes is there too.
  void stand_in(std::string_view include, std::string_view text) {
    seen_.insert(std::string(include));
    program_.headers.emplace_back(include, named(fmt::format("/warpscope/stand-in/{}", include), text));
    for (const Include& inner : includes_of(text)) {
      const auto small = stand_in_header(inner.name);
      if (small && seen_.insert(inner.name).second) stand_in(inner.name, *small);
    }
  }

  void note_missing(const std::string& include, const std::string& file, int line) {
    notes_.push_back(
        {Diagnostic::Severity::kNote, file, line, 0,
         fmt::format("'{}' was not found, neither beside the file nor in a CUDA Toolkit, and is left empty", include)});
  }

  void note_unresolved(const std::string& name) {
    notes_.push_back({Diagnostic::Severity::kNote, file_, 0, 0,
                      fmt::format("the kernel template '{0}' is not compiled, because no launch tells its template "
                                  "arguments; name them in one, as in {0}<float><<<...>>>(...)",
                                  name)});
  }

  std::optional<fs::path> find_beside(const std::string& include, const fs::path& folder) const {
    std::error_code ignored;
    if (fs::is_regular_file(folder / include, ignored)) return folder / include;
    for (const fs::path& each : folders_) {
      if (fs::is_regular_file(each / include, ignored)) return each / include;
    }
    return {};
  }

  static bool in_toolkit(const std::string& include) {
    const fs::path folder = nvrtc_include_folder();
    std::error_code ignored;
    return !folder.empty() && (fs::exists(folder / include, ignored) || fs::exists(folder / "cccl" / include, ignored));
  }

  // Launches whose template arguments NVRTC does not understand: they name something of the host.
  bool leave_out_instances(const std::string& log) {
    const auto refused = [&](const std::string& name) {
      return log.find("nv_mangled_name " + name + "\n") != std::string::npos;
    };
    const std::size_t before = program_.instances.size();
    for (const std::string& name : program_.instances) {
      const std::string kernel = name.substr(0, name.find('<'));
      const auto same = [&](const std::string& other) { return other.starts_with(kernel + "<") && !refused(other); };
      if (refused(name) && std::none_of(program_.instances.begin(), program_.instances.end(), same))
        note_unresolved(kernel);
    }
    std::erase_if(program_.instances, refused);
    return program_.instances.size() < before;
  }

  bool stand_in_missing(const std::vector<Diagnostic>& diagnostics) {
    for (const Diagnostic& each : diagnostics) {
      if (each.message.find("open source file \"") == std::string::npos) continue;
      const std::size_t begin = each.message.find('"') + 1;
      const std::string include = each.message.substr(begin, each.message.find('"', begin) - begin);
      const bool fresh = std::none_of(program_.headers.begin(), program_.headers.end(),
                                      [&](const auto& header) { return header.first == include; });
      if (!fresh) return false;
      const auto small = stand_in_header(include);
      stand_in(include, small.value_or(std::string_view()));
      if (!small) note_missing(include, each.file, each.line);
      return true;
    }
    return false;
  }

  std::string file_;
  std::vector<fs::path> folders_;
  std::set<std::string> seen_, macros_;
  std::vector<Header> headers_;
  std::vector<FunctionText> functions_;
  NvrtcProgram program_;
  std::vector<Diagnostic> notes_;
};

std::string text_of(const std::vector<Diagnostic>& notes) {
  std::string text;
  for (const Diagnostic& note : notes) {
    const std::string place = note.line > 0 ? fmt::format("{}({})", note.file, note.line) : note.file;
    text += fmt::format("{}: note: {}\n", place, note.message);
  }
  return text;
}

}  // namespace

CompileResult compile_with_stand_ins(const Source& source, const CompileOptions& options) {
  if (!has_nvrtc()) return no_nvrtc(source);
  if (is_stopped(options)) return cancelled(source);
  Package package(source, options);
  constexpr int kMostTries = 64;
  for (int tries = 1;; ++tries) {
    NvrtcAnswer answer = run_nvrtc(package.program(), options);
    if (is_stopped(options)) return cancelled(source);
    std::vector<Diagnostic> diagnostics = parse_diagnostics(answer.log, source.file.string(), source.text);
    const bool failing = answer.ptx.empty();
    if (failing && tries < kMostTries && package.learn(answer.log, diagnostics)) continue;
    answer.log += text_of(package.notes());
    diagnostics.insert(diagnostics.end(), package.notes().begin(), package.notes().end());
    if (failing) return failed(std::move(answer.log), std::move(diagnostics));
    return Compiled{std::move(answer.ptx), nvrtc_version() + " with stand-in headers", std::move(answer.log),
                    std::move(diagnostics)};
  }
}

}  // namespace warpscope::cuda

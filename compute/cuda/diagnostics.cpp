#include "compute/cuda/diagnostics.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace warpscope::cuda {
namespace {

using Severity = Diagnostic::Severity;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

std::string_view without_indent(std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t");
  return at == std::string_view::npos ? std::string_view() : line.substr(at);
}

struct SeverityWord {
  std::string_view word;
  Severity severity;
};
// "warning" is followed by a number: "warning #177-D: ...".
constexpr SeverityWord kWords[] = {
    {"fatal error", Severity::kError}, {"catastrophic error", Severity::kError}, {"internal error", Severity::kError},
    {"error", Severity::kError},       {"warning", Severity::kWarning},          {"remark", Severity::kNote},
    {"note", Severity::kNote},
};

// "error: what", "warning #177-D: what", "error : what" as the linker writes it.
std::optional<std::pair<Severity, std::string_view>> read_what(std::string_view text) {
  for (const SeverityWord& each : kWords) {
    if (!text.starts_with(each.word)) continue;
    std::string_view rest = text.substr(each.word.size());
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string_view between = without_indent(rest.substr(0, colon));
    if (!between.empty() && between.front() != '#') return {};
    return std::pair{each.severity, without_indent(rest.substr(colon + 1))};
  }
  return {};
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// "name(12): error: what"
std::optional<Diagnostic> read_edg(std::string_view line) {
  for (std::size_t at = line.find("): "); at != std::string_view::npos; at = line.find("): ", at + 1)) {
    const std::size_t open = line.rfind('(', at);
    if (open == std::string_view::npos || open == 0) continue;
    const auto number = whole_number(line.substr(open + 1, at - open - 1));
    const auto what = read_what(line.substr(at + 3));
    if (number && what)
      return Diagnostic{what->first, std::string(line.substr(0, open)), *number, 0, std::string(what->second)};
  }
  return {};
}

// "name:12:5: error: what" and "name:12: error: what"
std::optional<Diagnostic> read_gcc(std::string_view line) {
  for (std::size_t at = line.find(": "); at != std::string_view::npos; at = line.find(": ", at + 1)) {
    const auto what = read_what(line.substr(at + 2));
    if (!what) continue;
    std::string_view place = line.substr(0, at);
    int numbers[2] = {0, 0}, count = 0;
    for (; count < 2; ++count) {
      const std::size_t colon = place.rfind(':');
      const auto number = colon == std::string_view::npos ? std::nullopt : whole_number(place.substr(colon + 1));
      if (!number) break;
      numbers[count] = *number;
      place = place.substr(0, colon);
    }
    if (count == 0) continue;
    return Diagnostic{what->first, std::string(place), numbers[count - 1], count == 2 ? numbers[0] : 0,
                      std::string(what->second)};
  }
  return {};
}

// "nvcc fatal   : Unsupported gpu architecture", "ptxas error   : ..."
std::optional<Diagnostic> read_tool(std::string_view line) {
  for (const std::string_view start : {"nvcc fatal", "nvcc error", "ptxas fatal", "ptxas error", "nvcc warning"}) {
    const std::size_t colon = line.find(" : ");
    if (!line.starts_with(start) || colon == std::string_view::npos) continue;
    const bool warning = start.ends_with("warning");
    return Diagnostic{warning ? Severity::kWarning : Severity::kError, {}, 0, 0, std::string(line.substr(colon + 3))};
  }
  return {};
}

// NVRTC indents by two what it shows, nvcc too. Where macros have been replaced before the caret, the text behind the
// caret still ends as the person's line does.
int column_of(std::string_view shown, std::string_view caret, std::string_view own) {
  constexpr std::size_t kIndent = 2;
  const std::size_t at = caret.find('^');
  if (at < kIndent) return 0;
  const std::size_t column = at - kIndent;
  if (own.empty() || shown.size() < kIndent) return static_cast<int>(column) + 1;
  const std::string_view text = shown.substr(kIndent);
  std::size_t same = 0;
  while (same < text.size() && same < own.size() && text[text.size() - 1 - same] == own[own.size() - 1 - same]) ++same;
  const std::size_t from_end = text.size() - std::min(column, text.size());
  if (text == own || from_end > same) return static_cast<int>(column) + 1;
  return static_cast<int>(own.size() - from_end) + 1;
}

class Reader {
 public:
  Reader(std::string_view log, std::string_view file, std::string_view source) : lines_(lines_of(log)), file_(file) {
    if (!source.empty()) source_ = lines_of(source);
  }

  std::vector<Diagnostic> run() {
    while (at_ < lines_.size()) {
      const std::string_view line = lines_[at_++];
      if (auto edg = read_edg(line)) {
        read_below(*edg);
        all_.push_back(std::move(*edg));
      } else if (auto gcc = read_gcc(line)) {
        all_.push_back(std::move(*gcc));
      } else if (auto tool = read_tool(line)) {
        all_.push_back(std::move(*tool));
      }
    }
    return std::move(all_);
  }

 private:
  // The lines up to an empty one: more of the message, then the source and its caret, then "detected during ...".
  void read_below(Diagnostic& diagnostic) {
    const std::size_t begin = at_;
    while (at_ < lines_.size() && !without_indent(lines_[at_]).empty() && !read_edg(lines_[at_])) ++at_;
    std::size_t caret = at_;
    for (std::size_t i = begin + 1; i < at_ && caret == at_; ++i) {
      if (without_indent(lines_[i]) == "^") caret = i;
    }
    if (caret < at_) {
      const auto line = static_cast<std::size_t>(diagnostic.line);
      const bool own = diagnostic.file == file_ && line >= 1 && line <= source_.size();
      diagnostic.column = column_of(lines_[caret - 1], lines_[caret], own ? source_[line - 1] : std::string_view());
    }
    for (std::size_t i = begin; i < at_; ++i) {
      const bool shown = caret < at_ && (i == caret || i + 1 == caret);
      if (!shown && lines_[i].starts_with("  ")) diagnostic.message += " " + std::string(without_indent(lines_[i]));
    }
  }

  std::vector<std::string_view> lines_, source_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::vector<Diagnostic> all_;
};

}  // namespace

std::vector<Diagnostic> parse_diagnostics(std::string_view log, std::string_view file, std::string_view source) {
  return Reader(log, file, source).run();
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& each) { return each.severity == Severity::kError; });
}

}  // namespace warpscope::cuda

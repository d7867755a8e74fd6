// cuda/diagnostics.h: what a compiler says, line by line, as data. Floor 2. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warpscope::cuda {

struct Diagnostic {
  enum class Severity : std::uint8_t { kNote, kWarning, kError };
  Severity severity = Severity::kError;
  std::string file;     // as the compiler names it; "" where it names none
  int line = 0;         // from 1; 0: not known
  int column = 0;       // from 1; 0: not known
  std::string message;  // without the place and the severity
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// Reads NVRTC's and nvcc's "name(12): error: ..." with the source line and the caret below it, and the host compiler's
// "name:12:5: error: ...". Where `source` is the text of `file`, columns are those of this text, though the compiler
// shows the line with its macros replaced.
std::vector<Diagnostic> parse_diagnostics(std::string_view log, std::string_view file = {},
                                          std::string_view source = {});

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace warpscope::cuda

// scene/code_lexer.h: which parts of a line of CUDA C++ or PTX take which colour. Floor 6. Pure functions.
// Line by line: what a line leaves open (a comment, a raw string) is a small value that the next one goes on from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/scene/theme.h"

namespace warpscope::scene {

enum class CodeLanguage : std::uint8_t { kCuda, kPtx };

enum class CodeInk : std::uint8_t {
  kPlain,    // names, operators
  kKeyword,  // for, const; #define; directives of PTX
  kType,     // float, int4; .f32 of PTX
  kNumber,
  kComment,
  kBuiltin,  // threadIdx, __syncthreads, __shared__; special registers of PTX
  kString,
  kLabel,  // of PTX and of goto
};

// Bytes [begin, end) of a line. What no run covers is blank.
struct CodeRun {
  std::uint32_t begin = 0, end = 0;
  CodeInk ink = CodeInk::kPlain;
  bool operator==(const CodeRun&) const = default;
};

// What the end of a line leaves open.
struct CodeState {
  enum class Open : std::uint8_t {
    kNothing,
    kBlockComment,
    kLineComment,  // it ended with a backslash
    kDirective,    // a preprocessor line that ended with a backslash
    kString,       // likewise
    kRawString
  };
  Open open = Open::kNothing;
  std::string delimiter;  // of a raw string: what ends it, )name"
  bool operator==(const CodeState&) const = default;
};

// The runs of one line, in order; `state` goes from the end of the line before to the end of this one.
std::vector<CodeRun> lex_line(std::string_view line, CodeLanguage language, CodeState& state);

Rgba ink_color(const Palette& palette, CodeInk ink);

}  // namespace warpscope::scene

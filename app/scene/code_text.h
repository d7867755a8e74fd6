// scene/code_text.h: a text as lines, for showing code in a font whose characters are all equally wide. Floor 6. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/scene/code_lexer.h"

namespace warpscope::scene {

inline constexpr int kTabStop = 4;

// Where the lines of a text begin; one more than there are line breaks.
std::vector<std::uint32_t> line_starts(std::string_view text);

// Columns count characters from 0; a tab goes to the next stop.
int column_of_byte(std::string_view line, std::size_t byte);
// The byte of the character nearest to a column (a fraction counts: 2.6 is nearer to 3).
std::size_t byte_at_column(std::string_view line, float column);

// A text split into lines, each with its colours.
class CodeText {
 public:
  CodeText() = default;
  CodeText(std::shared_ptr<const std::string> text, CodeLanguage language);

  int lines() const { return static_cast<int>(starts_.size()); }
  // Counted from 0, without its line break.
  std::string_view line(int index) const;
  const std::vector<CodeRun>& runs(int index) const { return runs_[static_cast<std::size_t>(index)]; }
  std::uint32_t start(int index) const { return starts_[static_cast<std::size_t>(index)]; }
  int line_of_byte(std::uint32_t byte) const;
  int widest() const { return widest_; }  // columns of the longest line

  // The name (a letter or _ first) that stands around a byte of a line, where it is code; empty where there is none.
  std::string_view name_at(int index, std::size_t byte) const;
  // Bytes of the line that are code: without blanks before it and comments behind it. Both 0 where there is none.
  CodeRun code_part(int index) const;

 private:
  std::shared_ptr<const std::string> text_ = std::make_shared<const std::string>();
  std::vector<std::uint32_t> starts_{0};
  std::vector<std::vector<CodeRun>> runs_{{}};
  int widest_ = 0;
};

// Where each line of `now` stood in `before` (both counted from 0), -1 for lines that are new or changed.
std::vector<int> match_lines(std::string_view before, std::string_view now);

}  // namespace warpscope::scene

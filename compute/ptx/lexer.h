// ptx/lexer.h: PTX text -> tokens, one at a time. Floor 1. Internal to the parser.
// A lexer is a small value over a text that must outlive it and its tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compute/ptx/module.h"

namespace warpscope::ptx {

enum class TokenKind : std::uint8_t {
  kEnd,
  kWord,       // name, %name, $name, _
  kDirective,  // .word or .word::word; text is without the first dot
  kInteger,
  kFloat32,  // 0fXXXXXXXX
  kFloat64,  // 0dXXXXXXXXXXXXXXXX or decimal
  kString,   // text is what stands between the quotes
  kMark,     // operators and punctuation
  kBad,      // `problem` says why
};

using Mark = std::uint16_t;

// mark(";"), mark("<<"): the one or two characters as a number.
template <std::size_t size>
constexpr Mark mark(const char (&text)[size]) {
  static_assert(size == 2 || size == 3);
  return static_cast<Mark>(static_cast<unsigned char>(text[0]) |
                           (size == 3 ? static_cast<unsigned char>(text[1]) << 8 : 0));
}

struct Token {
  TokenKind kind = TokenKind::kEnd;
  bool is_unsigned = false;  // of integers: a U suffix, or too large for 63 bits
  Mark mark = 0;             // of kMark
  Position where;
  std::string_view text;
  std::uint64_t value = 0;        // of kInteger; the bits of kFloat32 and kFloat64
  const char* problem = nullptr;  // of kBad
};

class Lexer {
 public:
  explicit Lexer(std::string_view text);

  Token next();
  // `word` with the dotted words that follow it without a blank: "ld.global.L2::128B". Only right after next() gave
  // `word`.
  std::string_view dotted(const Token& word);
  // From here on there is nothing more to read.
  void finish() { at_ = end_; }

 private:
  bool skip_blanks();  // false: a comment that does not end
  bool skip_comment();
  void skip_line();
  Position position() const { return {line_, static_cast<int>(at_ - line_start_) + 1}; }
  char ahead(std::ptrdiff_t count) const { return end_ - at_ > count ? at_[count] : '\0'; }
  Token finish_token(Token token, const char* end);
  Token bad(Token token, const char* end, const char* problem);
  Token word(Token token);
  Token directive(Token token);
  Token number(Token token);
  Token bit_float(Token token, int digits);
  Token decimal_float(Token token);
  Token integer(Token token);
  Token string(Token token);
  Token operator_mark(Token token);
  const char* end_of_word(const char* from) const;
  const char* end_of_dotted_word(const char* from) const;

  const char* at_;
  const char* end_;
  const char* line_start_;
  int line_ = 1;
  bool line_is_blank_so_far_ = true;
  bool after_value_ = false;  // a '%' here is the operator, not the start of a name
};

// The text of a kString token with its escapes resolved, and back.
std::string unescaped(std::string_view text);
std::string escaped(std::string_view text);

}  // namespace warpscope::ptx

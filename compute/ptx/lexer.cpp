#include "compute/ptx/lexer.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace warpscope::ptx {
namespace {

enum CharClass : std::uint8_t { kOther = 0, kBlank = 1, kWordStart = 2, kWordRest = 4, kDigit = 8 };

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\r', '\f', '\v', '\n'}) classes[static_cast<unsigned char>(c)] = kBlank;
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = kWordStart | kWordRest;
  for (int c = 'A'; c <= 'Z'; ++c) classes[c] = kWordStart | kWordRest;
  for (int c = '0'; c <= '9'; ++c) classes[c] = kWordRest | kDigit;
  for (const char c : {'_', '$'}) classes[static_cast<unsigned char>(c)] = kWordStart | kWordRest;
  for (int c = 128; c < 256; ++c) classes[c] = kWordStart | kWordRest;  // UTF-8 in names of the source language
  return classes;
}();

bool is(char c, std::uint8_t classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

}  // namespace

Lexer::Lexer(std::string_view text) : at_(text.data()), end_(text.data() + text.size()), line_start_(text.data()) {
  if (text.starts_with("\xef\xbb\xbf")) at_ += 3;  // a byte order mark
}

Token Lexer::finish_token(Token token, const char* end) {
  if (token.text.data() == nullptr) token.text = {at_, static_cast<std::size_t>(end - at_)};
  at_ = end;
  line_is_blank_so_far_ = false;
  after_value_ = token.kind == TokenKind::kInteger || token.mark == mark(")");
  return token;
}

Token Lexer::bad(Token token, const char* end, const char* problem) {
  token.kind = TokenKind::kBad;
  token.problem = problem;
  if (end == at_ && at_ < end_) ++end;  // never stand still
  return finish_token(token, end);
}

void Lexer::skip_line() {
  const void* newline = std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
  at_ = newline == nullptr ? end_ : static_cast<const char*>(newline);
}

bool Lexer::skip_comment() {
  const std::string_view rest(at_ + 2, static_cast<std::size_t>(end_ - at_) - 2);
  const std::size_t length = rest.find("*/");
  if (length == std::string_view::npos) return false;
  for (std::size_t newline = rest.find('\n'); newline < length; newline = rest.find('\n', newline + 1)) {
    ++line_;
    line_start_ = rest.data() + newline + 1;
  }
  at_ = rest.data() + length + 2;
  return true;
}

bool Lexer::skip_blanks() {
  while (at_ < end_) {
    const char c = *at_;
    if (c == '\n') {
      ++at_;
      ++line_;
      line_start_ = at_;
      line_is_blank_so_far_ = true;
      after_value_ = false;
    } else if (is(c, kBlank)) {
      ++at_;
    } else if (c == '/' && ahead(1) == '/') {
      skip_line();
    } else if (c == '/' && ahead(1) == '*') {
      if (!skip_comment()) return false;
    } else if (line_is_blank_so_far_ && (c == '#' || (c == '@' && ahead(1) == '@'))) {
      skip_line();  // #line of a preprocessor; @@DWARF of PTX before 2.0
    } else {
      return true;
    }
  }
  return true;
}

const char* Lexer::end_of_word(const char* from) const {
  while (from < end_ && is(*from, kWordRest)) ++from;
  return from;
}

const char* Lexer::end_of_dotted_word(const char* from) const {
  from = end_of_word(from);
  while (end_ - from > 2 && from[0] == ':' && from[1] == ':' && is(from[2], kWordRest)) from = end_of_word(from + 2);
  return from;
}

std::string_view Lexer::dotted(const Token& word) {
  while (end_ - at_ > 1 && at_[0] == '.' && is(at_[1], kWordRest)) at_ = end_of_dotted_word(at_ + 1);
  return {word.text.data(), static_cast<std::size_t>(at_ - word.text.data())};
}

Token Lexer::next() {
  Token token;
  if (!skip_blanks()) {
    token.where = position();
    return bad(token, end_, "a comment that begins with /* does not end: expected */");
  }
  token.where = position();
  if (at_ == end_) return token;
  const char c = *at_;
  if (is(c, kWordStart)) return word(token);
  if (is(c, kDigit)) return number(token);
  if (c == '.') return directive(token);
  if (c == '"') return string(token);
  if (c == '%' && !after_value_ && is(ahead(1), kWordRest)) return word(token);
  return operator_mark(token);
}

Token Lexer::word(Token token) {
  token.kind = TokenKind::kWord;
  return finish_token(token, end_of_word(at_ + 1));
}

Token Lexer::directive(Token token) {
  const char* const end = end_of_dotted_word(at_ + 1);
  if (end == at_ + 1) return bad(token, end, "expected a word after the dot");
  const char* digits = at_ + 1;
  while (digits < end && is(*digits, kDigit)) ++digits;
  if (digits == end) return decimal_float(token);  // .5, but not .2d
  token.kind = TokenKind::kDirective;
  token.text = {at_ + 1, static_cast<std::size_t>(end - at_ - 1)};
  return finish_token(token, end);
}

Token Lexer::number(Token token) {
  if (*at_ == '0') {
    const char second = ahead(1);
    if (second == 'f' || second == 'F') return bit_float(token, 8);
    if (second == 'd' || second == 'D') return bit_float(token, 16);
    if (second == 'x' || second == 'X' || second == 'b' || second == 'B') return integer(token);
  }
  const char* digits = at_;
  while (digits < end_ && is(*digits, kDigit)) ++digits;
  const bool exponent = digits < end_ && (*digits == 'e' || *digits == 'E');
  const bool point = digits < end_ && *digits == '.' && !(end_ - digits > 1 && is(digits[1], kWordStart));
  return point || exponent ? decimal_float(token) : integer(token);
}

Token Lexer::bit_float(Token token, int digits) {
  const char* const end = end_of_word(at_);
  bool correct = end - at_ == digits + 2;
  for (const char* c = at_ + 2; c < end && correct; ++c) {
    const int digit = hex_digit(*c);
    correct = digit < 16;
    token.value = token.value << 4 | static_cast<unsigned>(digit);
  }
  if (!correct) {
    return bad(token, end,
               digits == 8 ? "expected 8 hexadecimal digits after 0f" : "expected 16 hexadecimal digits after 0d");
  }
  token.kind = digits == 8 ? TokenKind::kFloat32 : TokenKind::kFloat64;
  return finish_token(token, end);
}

Token Lexer::decimal_float(Token token) {
  double number = 0;
  const auto [end, error] = std::from_chars(at_, end_, number);
  if (error != std::errc() || (end < end_ && is(*end, kWordRest))) {
    return bad(token, end_of_word(end), "expected a decimal number such as 1.5 or 2e-3, of the range of .f64");
  }
  token.kind = TokenKind::kFloat64;
  token.value = std::bit_cast<std::uint64_t>(number);
  return finish_token(token, end);
}

Token Lexer::integer(Token token) {
  const char* const end = end_of_word(at_);
  const char* digits = at_;
  unsigned base = 10;
  if (*at_ == '0' && end - at_ > 1) {
    const char second = at_[1];
    base = second == 'x' || second == 'X' ? 16 : second == 'b' || second == 'B' ? 2 : 8;
    digits += base == 8 ? 1 : 2;
  }
  const char* last = end;
  if (last > digits && last[-1] == 'U') {
    token.is_unsigned = true;
    --last;
  }
  const bool alone_zero = base == 8 && last == digits;  // 0U
  bool correct = last > digits || alone_zero;
  for (const char* c = digits; c < last && correct; ++c) {
    const auto digit = static_cast<unsigned>(hex_digit(*c));
    correct = digit < base && token.value <= (~std::uint64_t{0} - digit) / base;
    token.value = token.value * base + digit;
  }
  if (!correct) return bad(token, end, "expected an integer of at most 64 bits, such as 12, 0x1f, 017, 0b101 or 3U");
  token.is_unsigned |= token.value >> 63 != 0;
  token.kind = TokenKind::kInteger;
  return finish_token(token, end);
}

Token Lexer::string(Token token) {
  const char* end = at_ + 1;
  while (end < end_ && *end != '"' && *end != '\n') end += *end == '\\' && end_ - end > 1 && end[1] != '\n' ? 2 : 1;
  if (end >= end_ || *end != '"') return bad(token, end, "a string does not end: expected \" on the same line");
  token.kind = TokenKind::kString;
  token.text = {at_ + 1, static_cast<std::size_t>(end - at_ - 1)};
  return finish_token(token, end + 1);
}

Token Lexer::operator_mark(Token token) {
  static constexpr std::string_view kSingle = ",;:()[]{}<>=+-*/%&|^~!?@";
  static constexpr std::array<std::string_view, 8> kDouble = {"<<", ">>", "<=", ">=", "==", "!=", "&&", "||"};
  const char c = *at_;
  if (kSingle.find(c) == std::string_view::npos) return bad(token, at_ + 1, "a character that PTX does not use");
  token.kind = TokenKind::kMark;
  token.mark = static_cast<unsigned char>(c);
  for (const std::string_view two : kDouble) {
    if (c != two[0] || ahead(1) != two[1]) continue;
    token.mark = static_cast<Mark>(token.mark | static_cast<unsigned char>(two[1]) << 8);
    return finish_token(token, at_ + 2);
  }
  return finish_token(token, at_ + 1);
}

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    result += text[i];
  }
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace warpscope::ptx

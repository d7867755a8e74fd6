// cuda/tokens.h: CUDA C++ cut into tokens, without understanding it. Floor 2. Any thread.
// Comments are left out; a directive with its continued lines is one token, so that braces in it are never counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace warpscope::cuda {

enum class TokenKind : std::uint8_t { kName, kNumber, kText, kSign, kDirective };

struct Token {
  TokenKind kind = TokenKind::kSign;
  std::size_t begin = 0;  // its place in the source
  std::string_view text;  // one character where it is a sign, but "::" and "->"

  std::size_t end() const { return begin + text.size(); }
  bool is(std::string_view what) const { return text == what && kind != TokenKind::kText; }
};

// The tokens view into the source. Any text at all is taken: what is not closed ends with the text.
std::vector<Token> tokenize(std::string_view source);

// Of a directive: "include" of "#  include <x>".
std::string_view directive_name(std::string_view directive);
// What follows the name, without blanks around it.
std::string_view directive_rest(std::string_view directive);

// For an opening (, [ or {: the index of the one that closes it, tokens.size() where none does. Of #if ... #else ...
// #endif each branch is counted from the same depth, because only one of them is compiled.
std::size_t find_close(const std::vector<Token>& tokens, std::size_t open);
// For the < of template arguments or parameters: the index of its >, tokens.size() where it is none.
std::size_t find_angle_close(const std::vector<Token>& tokens, std::size_t open);

}  // namespace warpscope::cuda

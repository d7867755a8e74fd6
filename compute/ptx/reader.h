// ptx/reader.h: tokens with one token of foresight, and the errors found so far. Floor 1. Internal to the parser.
#pragma once

#include <string>
#include <string_view>

#include "compute/ptx/lexer.h"
#include "compute/ptx/parser.h"

namespace warpscope::ptx {

class Reader {
 public:
  Reader(std::string_view text, std::string file, const ParseLimits& limits);

  const Token& peek();
  Token take();
  bool at(TokenKind kind) { return peek().kind == kind; }
  bool at(Mark mark) { return peek().mark == mark; }
  bool at_directive(std::string_view name);
  bool at_word(std::string_view name);
  // Take the token where it is the one asked for.
  bool accept(Mark mark);
  bool accept_directive(std::string_view name);
  bool accept_word(std::string_view name);
  // The same, or an error: "expected <what>, found ...".
  bool expect(Mark mark, std::string_view what);
  // The text with the dotted words behind it; only right after take() gave `word`.
  std::string_view dotted(const Token& word) { return lexer_.dotted(word); }

  // An error at the next token: "expected <what>, found 'x'". Always false, to be returned.
  bool unexpected(std::string_view what);
  bool error(Position where, std::string message);

  // Operands within { } are opened and closed here, so that recovery does not take their } for the end of a scope.
  void brace_opened() { ++open_braces_; }
  void brace_closed() { --open_braces_; }
  // After an error: behind the next ';', or before the '}' that ends the scope.
  void skip_statement();
  // After an error outside functions: behind the ';' or '}' that ends the declaration, or before a word that begins
  // one.
  void skip_declaration();

  // One level deeper; false, with an error, where that is deeper than anything real.
  bool enter(Position where);
  void leave() { --depth_; }

  const ParseLimits& limits() const { return limits_; }
  bool failed() const { return !errors_.empty(); }
  Errors take_errors() { return std::move(errors_); }

 private:
  Lexer lexer_;
  std::string file_;
  ParseLimits limits_;
  Token token_;
  bool has_token_ = false;
  int open_braces_ = 0;
  int depth_ = 0;
  Errors errors_;
};

// "'x'", "the end of the text", as errors tell it.
std::string described(const Token& token);

}  // namespace warpscope::ptx

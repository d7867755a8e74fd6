#include "compute/ptx/reader.h"

#include <array>

namespace warpscope::ptx {
namespace {

constexpr std::size_t kLongestShown = 60;

// Directives that begin a declaration outside functions.
bool begins_declaration(const Token& token) {
  static constexpr std::array<std::string_view, 12> kNames = {"entry",  "func",  "visible", "extern",  "weak", "common",
                                                              "global", "const", "shared",  "section", "file", "alias"};
  if (token.kind != TokenKind::kDirective) return false;
  for (const std::string_view name : kNames) {
    if (token.text == name) return true;
  }
  return false;
}

}  // namespace

std::string described(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end of the text";
  std::string text(token.text.substr(0, kLongestShown));
  if (token.text.size() > kLongestShown) text += "...";
  if (token.kind == TokenKind::kString) return "\"" + text + "\"";
  return (token.kind == TokenKind::kDirective ? "'." : "'") + text + "'";
}

Reader::Reader(std::string_view text, std::string file, const ParseLimits& limits)
    : lexer_(text), file_(std::move(file)), limits_(limits) {}

const Token& Reader::peek() {
  if (!has_token_) {
    token_ = lexer_.next();
    has_token_ = true;
  }
  return token_;
}

Token Reader::take() {
  peek();
  has_token_ = false;
  return token_;
}

bool Reader::at_directive(std::string_view name) {
  return peek().kind == TokenKind::kDirective && token_.text == name;
}

bool Reader::at_word(std::string_view name) {
  return peek().kind == TokenKind::kWord && token_.text == name;
}

bool Reader::accept(Mark mark) {
  if (peek().mark != mark) return false;
  has_token_ = false;
  return true;
}

bool Reader::accept_directive(std::string_view name) {
  if (!at_directive(name)) return false;
  has_token_ = false;
  return true;
}

bool Reader::accept_word(std::string_view name) {
  if (!at_word(name)) return false;
  has_token_ = false;
  return true;
}

bool Reader::expect(Mark mark, std::string_view what) {
  return accept(mark) || unexpected(what);
}

bool Reader::unexpected(std::string_view what) {
  const Token& token = peek();
  if (token.kind == TokenKind::kBad) return error(token.where, described(token) + ": " + token.problem);
  return error(token.where, "expected " + std::string(what) + ", found " + described(token));
}

bool Reader::error(Position where, std::string message) {
  const auto most = static_cast<std::size_t>(limits_.max_errors > 0 ? limits_.max_errors : 1);
  if (errors_.size() < most) errors_.push_back({std::move(message), {file_, where.line, where.column}});
  if (errors_.size() >= most) {
    lexer_.finish();
    if (has_token_) token_ = lexer_.next();
  }
  return false;
}

void Reader::skip_statement() {
  int braces = open_braces_;
  open_braces_ = 0;
  while (!at(TokenKind::kEnd)) {
    if (at(mark("}")) && braces-- == 0) return;
    if (at(mark("{"))) ++braces;
    if (take().mark == mark(";") && braces <= 0) return;
  }
}

void Reader::skip_declaration() {
  int braces = open_braces_;
  open_braces_ = 0;
  while (!at(TokenKind::kEnd)) {
    const Token token = take();
    if (token.mark == mark("{")) ++braces;
    if (token.mark == mark("}") && --braces <= 0) return;
    if (braces > 0) continue;
    if (token.mark == mark(";") || begins_declaration(peek())) return;
  }
}

bool Reader::enter(Position where) {
  if (++depth_ <= limits_.max_nesting) return true;
  --depth_;
  return error(where, "nested deeper than " + std::to_string(limits_.max_nesting) + " levels");
}

}  // namespace warpscope::ptx

#include "compute/cuda/tokens.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "compute/base/text.h"

namespace warpscope::cuda {
namespace {

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) > 127;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) step();
    return std::move(tokens_);
  }

 private:
  char look(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  void add(TokenKind kind, std::size_t end) {
    end = std::min(end, source_.size());
    tokens_.push_back({kind, at_, source_.substr(at_, end - at_)});
    at_ = end;
  }

  void step() {
    const char c = look();
    if (c == '\n') {
      fresh_line_ = true;
      ++at_;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0 ||
               (c == '\\' && (look(1) == '\n' || look(1) == '\r'))) {
      at_ += c == '\\' ? (look(1) == '\r' && look(2) == '\n' ? 3 : 2) : 1;
    } else if (c == '/' && (look(1) == '/' || look(1) == '*')) {
      at_ = comment_end(at_);
    } else if (c == '#' && fresh_line_) {
      add(TokenKind::kDirective, directive_end());
    } else {
      fresh_line_ = false;
      add_token(c);
    }
  }

  void add_token(char c) {
    if (starts_name(c)) {
      add_name();
    } else if (is_digit(c) || (c == '.' && is_digit(look(1)))) {
      add(TokenKind::kNumber, number_end());
    } else if (c == '"' || c == '\'') {
      add(TokenKind::kText, quoted_end(at_));
    } else {
      const bool pair = (c == ':' && look(1) == ':') || (c == '-' && look(1) == '>');
      add(TokenKind::kSign, at_ + (pair ? 2 : 1));
    }
  }

  void add_name() {
    std::size_t end = at_;
    while (end < source_.size() && (starts_name(source_[end]) || is_digit(source_[end]))) ++end;
    const std::string_view name = source_.substr(at_, end - at_);
    const char next = end < source_.size() ? source_[end] : '\0';
    constexpr std::string_view kPrefixes[] = {"R", "LR", "uR", "UR", "u8R", "L", "u", "U", "u8"};
    const bool prefix = std::find(std::begin(kPrefixes), std::end(kPrefixes), name) != std::end(kPrefixes);
    if (prefix && next == '"' && name.back() == 'R') return add(TokenKind::kText, raw_end(end));
    if (prefix && name.back() != 'R' && (next == '"' || next == '\'')) return add(TokenKind::kText, quoted_end(end));
    add(TokenKind::kName, end);
  }

  // 1'000, 0x1p-3f, 1e+5: as the preprocessor reads them.
  std::size_t number_end() const {
    std::size_t end = at_ + 1;
    for (; end < source_.size(); ++end) {
      const char c = source_[end], before = source_[end - 1];
      const bool exponent =
          (c == '+' || c == '-') && (before == 'e' || before == 'E' || before == 'p' || before == 'P');
      const bool group =
          c == '\'' && end + 1 < source_.size() &&
          (is_digit(source_[end + 1]) || std::isalpha(static_cast<unsigned char>(source_[end + 1])) != 0);
      if (!starts_name(c) && !is_digit(c) && c != '.' && !exponent && !group) break;
    }
    return end;
  }

  // Behind a string or character that begins with the quote at `from`. It ends with its line at the latest.
  std::size_t quoted_end(std::size_t from) const {
    const char quote = source_[from];
    for (std::size_t i = from + 1; i < source_.size(); ++i) {
      if (source_[i] == '\\') {
        if (source_.substr(i + 1, 2) == "\r\n") ++i;
        ++i;
      } else if (source_[i] == quote) {
        return i + 1;
      } else if (source_[i] == '\n') {
        return i;
      }
    }
    return source_.size();
  }

  // R"mark( ... )mark"
  std::size_t raw_end(std::size_t quote) const {
    const std::size_t open = source_.find('(', quote);
    if (open == std::string_view::npos || open - quote > 17) return quoted_end(quote);
    const std::string close = ")" + std::string(source_.substr(quote + 1, open - quote - 1)) + "\"";
    const std::size_t end = source_.find(close, open);
    return end == std::string_view::npos ? source_.size() : end + close.size();
  }

  std::size_t comment_end(std::size_t from) const {
    if (source_[from + 1] == '*') {
      const std::size_t end = source_.find("*/", from + 2);
      return end == std::string_view::npos ? source_.size() : end + 2;
    }
    return line_end(from);
  }

  // The newline that ends the line at `from`, continued lines counted to it.
  std::size_t line_end(std::size_t from) const {
    for (std::size_t end = source_.find('\n', from); end != std::string_view::npos; end = source_.find('\n', end + 1)) {
      const std::size_t last = end > from && source_[end - 1] == '\r' ? end - 1 : end;
      if (last == from || source_[last - 1] != '\\') return end;
    }
    return source_.size();
  }

  // A comment that begins in a directive may end lines below; what follows it there still belongs to the directive.
  std::size_t directive_end() const {
    for (std::size_t i = at_; i < source_.size(); ++i) {
      const char c = source_[i];
      if (c == '\n') return i;
      if (c == '\\' && i + 1 < source_.size()) i += source_.substr(i + 1, 2) == "\r\n" ? 2 : 1;
      if (c == '"') i = quoted_end(i) - 1;
      if (c == '/' && i + 1 < source_.size() && source_[i + 1] == '/') return line_end(i);
      if (c == '/' && i + 1 < source_.size() && source_[i + 1] == '*') i = comment_end(i) - 1;
    }
    return source_.size();
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool fresh_line_ = true;
  std::vector<Token> tokens_;
};

bool opens(const Token& token) {
  return token.is("(") || token.is("[") || token.is("{");
}

bool closes(const Token& token) {
  return token.is(")") || token.is("]") || token.is("}");
}

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(source).run();
}

std::string_view directive_name(std::string_view directive) {
  std::string_view text = base::trimmed(directive.substr(std::min<std::size_t>(1, directive.size())));
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) { return starts_name(c) || is_digit(c); });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view directive_rest(std::string_view directive) {
  const std::string_view name = directive_name(directive);
  if (name.empty()) return {};
  return base::trimmed(directive.substr(static_cast<std::size_t>(name.data() + name.size() - directive.data())));
}

std::size_t find_close(const std::vector<Token>& tokens, std::size_t open) {
  if (open >= tokens.size()) return tokens.size();
  // Only its own sort is counted: a ( that was forgotten to close does not take the } of its function along.
  const std::string_view opening = tokens[open].text;
  const std::string_view closing = opening == "(" ? ")" : opening == "[" ? "]" : "}";
  int depth = 0;
  std::vector<int> branches;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].kind == TokenKind::kDirective) {
      const std::string_view name = directive_name(tokens[i].text);
      if (name.starts_with("if")) branches.push_back(depth);
      // Of an #if before the opening one: the other branch opens it anew.
      if (name == "else" || name.starts_with("elif")) depth = branches.empty() ? 0 : branches.back();
      if (!branches.empty() && name == "endif") branches.pop_back();
    } else if (tokens[i].is(opening)) {
      ++depth;
    } else if (tokens[i].is(closing) && --depth <= 0) {
      return i;
    }
  }
  return tokens.size();
}

std::size_t find_angle_close(const std::vector<Token>& tokens, std::size_t open) {
  constexpr std::size_t kFurthest = 4096;  // longer ones are comparisons that never close
  int depth = 0;
  for (std::size_t i = open; i < tokens.size() && i - open < kFurthest; ++i) {
    if (opens(tokens[i])) {
      i = find_close(tokens, i);
      continue;
    }
    if (tokens[i].is(";") || closes(tokens[i]) || tokens[i].kind == TokenKind::kDirective) return tokens.size();
    if (tokens[i].is("<")) ++depth;
    if (tokens[i].is(">") && --depth == 0) return i;
  }
  return tokens.size();
}

}  // namespace warpscope::cuda

#include "compute/cuda/host_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "compute/cuda/declaration.h"
#include "compute/cuda/tokens.h"

namespace warpscope::cuda {
namespace {

// Without the tokens between #if 0 and its #else or #endif: that is often not C++.
std::vector<Token> without_disabled(std::vector<Token> tokens) {
  std::vector<Token> kept;
  int disabled = 0;  // how many #if deep, counted from the #if 0
  for (Token& token : tokens) {
    const bool directive = token.kind == TokenKind::kDirective;
    const std::string_view name = directive ? directive_name(token.text) : std::string_view();
    if (disabled == 0) {
      if (name == "if" && directive_rest(token.text) == "0") disabled = 1;
      kept.push_back(token);
    } else if (name.starts_with("if")) {
      ++disabled;
    } else if (name == "endif" || (disabled == 1 && name.starts_with("el"))) {
      --disabled;
      if (disabled == 0) kept.push_back(token);
    }
  }
  return kept;
}

class Separator {
 public:
  Separator(std::string_view text, const std::set<std::string>& macros)
      : tokens_(without_disabled(tokenize(text))), text_(text), macros_(macros) {
    result_.device_text = text;
  }

  HostCode run() {
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i)
      using_std_ = using_std_ || (tokens_[i].is("using") && tokens_[i + 1].is("namespace") && tokens_[i + 2].is("std"));
    read_all(0, tokens_.size(), {}, Place::kNamespace);
    return std::move(result_);
  }

 private:
  enum class Place : std::uint8_t { kNamespace, kClass };

  bool is(std::size_t index, std::string_view text) const { return index < tokens_.size() && tokens_[index].is(text); }

  // What is nested deeper than people nest it is left as it is.
  void read_all(std::size_t begin, std::size_t end, const std::string& scope, Place place) {
    constexpr int kDeepest = 100;
    if (depth_ == kDeepest) return;
    ++depth_;
    for (std::size_t i = begin; i < end;) i = read_one(i, end, scope, place);
    --depth_;
  }

  // The index behind what begins at `at`.
  std::size_t read_one(std::size_t at, std::size_t end, const std::string& scope, Place place) {
    const Token& token = tokens_[at];
    if (token.kind == TokenKind::kDirective || token.is(";") || token.is("}")) return at + 1;
    const bool access = token.is("public") || token.is("private") || token.is("protected");
    if (place == Place::kClass && access && is(at + 1, ":")) return at + 2;
    if (const std::size_t behind = read_namespace(at, end, scope); behind > at) return behind;
    const Declaration found = read_declaration(tokens_, at, end, macros_);
    handle(found, scope, place);
    return found.end;
  }

  // namespace a::b { ... }, extern "C" { ... }, namespace a = b; `at` itself where there is none.
  std::size_t read_namespace(std::size_t at, std::size_t end, const std::string& scope) {
    std::size_t i = at + (is(at, "inline") ? 1 : 0);
    std::string inner = scope;
    if (is(i, "namespace")) {
      for (++i; i < end && !tokens_[i].is("{"); ++i) {
        if (tokens_[i].is(";")) return i + 1;
        if (tokens_[i].kind == TokenKind::kName) inner += std::string(tokens_[i].text) + "::";
      }
    } else if (is(at, "extern") && at + 1 < end && tokens_[at + 1].kind == TokenKind::kText && is(at + 2, "{")) {
      i = at + 2;
    } else {
      return at;
    }
    const std::size_t close = std::min(find_close(tokens_, i), end);
    read_all(std::min(i + 1, end), close, inner, Place::kNamespace);
    return std::min(close + 1, end);
  }

  void handle(const Declaration& found, const std::string& scope, Place place) {
    if (found.type && found.body && !found.alias) return handle_class(found, scope);
    if (found.parameters && !found.alias) note_function(found, scope);
    if (!stays(found, place)) blank(found.first, found.end);
  }

  bool host_only(std::size_t first, std::size_t end) const { return names_host_only(tokens_, first, end, using_std_); }

  bool stays(const Declaration& found, Place place) const {
    if (found.device) return true;
    if (host_only(found.first, found.end)) return false;
    if (found.alias || found.type || found.is_constexpr) return true;
    if (place == Place::kClass) return !found.parameters || found.is_virtual || found.defaulted;
    if (!found.is_const || found.body || (found.parameters && !found.parenthesized_value)) return false;
    return !is_variable_pointer(found) && (!found.value || !calls_something(*found.value, found.end));
  }

  // "const char* text" points to constants and is none itself: device code cannot name it.
  bool is_variable_pointer(const Declaration& found) const {
    const std::size_t end = found.value.value_or(found.end);
    for (std::size_t i = found.begin; i + 1 < end; ++i) {
      if (tokens_[i].is("*") && !tokens_[i + 1].is("const")) return true;
    }
    return false;
  }

  // A constant that a host function computes. Casts, sizeof, make_float3() and macros are no calls.
  bool calls_something(std::size_t begin, std::size_t end) const {
    constexpr std::array<std::string_view, 8> kNoCalls{"sizeof", "static_cast", "alignof", "dim3",
                                                       "int",    "float",       "double",  "unsigned"};
    for (std::size_t i = begin; i + 1 < end; ++i) {
      const std::string_view name = tokens_[i].text;
      if (tokens_[i].kind != TokenKind::kName || !tokens_[i + 1].is("(") || name.starts_with("make_")) continue;
      const bool macro = std::none_of(name.begin(), name.end(), [](unsigned char c) { return std::islower(c) != 0; });
      if (!macro && std::find(kNoCalls.begin(), kNoCalls.end(), name) == kNoCalls.end()) return true;
    }
    return false;
  }

  void handle_class(const Declaration& found, const std::string& scope) {
    const std::size_t close = std::min(find_close(tokens_, *found.body), found.end);
    if (host_only(found.begin, *found.body)) return blank(found.first, found.end);
    if (found.is_enum) return;
    std::string name;
    for (std::size_t i = found.begin; i < *found.body && !tokens_[i].is(":"); ++i) {
      if (tokens_[i].kind == TokenKind::kName && !tokens_[i].is("final")) name = tokens_[i].text;
    }
    read_all(*found.body + 1, close, scope + name + "::", Place::kClass);
  }

  std::string_view text_of(std::size_t first, std::size_t end) const {
    if (first >= end || first >= tokens_.size()) return {};
    const std::size_t begin = tokens_[first].begin;
    return text_.substr(begin, tokens_[end - 1].end() - begin);
  }

  void note_function(const Declaration& found, const std::string& scope) {
    const std::size_t open = *found.parameters;
    if (is(found.first, "template") && !is(found.first + 1, "<")) return note_instantiation(found);
    if (open == 0 || tokens_[open - 1].kind != TokenKind::kName) return;
    if (found.device && !found.global) return;
    FunctionText function;
    function.kernel = found.global;
    function.name = scope + std::string(tokens_[open - 1].text);
    function.template_parameters = found.template_parameters;
    const std::size_t close = std::min(find_close(tokens_, open), found.end);
    for (std::size_t i = open + 1, begin = i; i <= close; ++i) {
      if (i == close || tokens_[i].is(",")) {
        if (i > begin) function.parameters.emplace_back(text_of(begin, i));
        begin = i + 1;
      } else if (tokens_[i].is("(") || tokens_[i].is("[") || tokens_[i].is("{")) {
        i = std::min(find_close(tokens_, i), close - 1);
      } else if (tokens_[i].is("<")) {
        if (const std::size_t angle = find_angle_close(tokens_, i); angle < close) i = angle;
      }
    }
    if (found.body) function.body = text_of(*found.body, found.end);
    result_.functions.push_back(std::move(function));
  }

  // template void reduce<float>(float* data): launches as a call of it would.
  void note_instantiation(const Declaration& found) {
    std::size_t name = found.first + 1;
    while (name + 1 < *found.parameters && !(tokens_[name].kind == TokenKind::kName && tokens_[name + 1].is("<")))
      ++name;
    const std::size_t close = find_close(tokens_, *found.parameters);
    if (found.device || close >= found.end) return;
    result_.functions.push_back({{}, false, {}, {}, fmt::format("{{ {}; }}", text_of(name, close + 1))});
  }

  // Blanks from the first to the last character, tabs and line ends left. Conditions and macros stay: what is left may
  // need them, and each #if must keep its #endif.
  void blank(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      if (tokens_[i].kind == TokenKind::kDirective) {
        const std::string_view name = directive_name(tokens_[i].text);
        if (name.starts_with("if") || name.starts_with("el") || name == "endif" || name == "define" || name == "undef")
          continue;
      }
      const std::size_t from = tokens_[i].begin;
      const bool last = i + 1 == end || tokens_[i + 1].kind == TokenKind::kDirective;
      blank_characters(from, last ? tokens_[i].end() : tokens_[i + 1].begin);
    }
  }

  void blank_characters(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (std::isspace(static_cast<unsigned char>(text_[i])) == 0) result_.device_text[i] = ' ';
    }
  }

  std::vector<Token> tokens_;
  std::string_view text_;
  const std::set<std::string>& macros_;
  bool using_std_ = false;
  int depth_ = 0;
  HostCode result_;
};

}  // namespace

void add_device_macros(std::string_view text, std::set<std::string>& macros) {
  for (const Token& token : tokenize(text)) {
    if (token.kind != TokenKind::kDirective || directive_name(token.text) != "define") continue;
    const std::vector<Token> words = tokenize(directive_rest(token.text));
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string name(words[i].text);
      const bool device = name == "__device__" || name == "__global__" || name == "__constant__" ||
                          name == "__shared__" || name == "constexpr" || macros.count(name) != 0;
      if (device) macros.insert(std::string(words[0].text));
    }
  }
}

HostCode separate_host_code(std::string_view text, const std::set<std::string>& device_macros) {
  return Separator(text, device_macros).run();
}

}  // namespace warpscope::cuda

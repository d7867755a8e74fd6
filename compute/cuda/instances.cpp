#include "compute/cuda/instances.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "compute/cuda/tokens.h"

namespace warpscope::cuda {
namespace {

using Names = std::map<std::string, std::string, std::less<>>;  // what a name stands for

bool is_qualifier(std::string_view word) {
  constexpr std::string_view kWords[] = {
      "const",  "volatile", "static",   "constexpr",         "__restrict__", "__restrict", "restrict",
      "extern", "inline",   "register", "__grid_constant__", "struct",       "class",      "typename"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

std::string_view last_part(std::string_view name) {
  const std::size_t at = name.rfind("::");
  return at == std::string_view::npos ? name : name.substr(at + 2);
}

// Tokens as text again: a blank only where two names meet, and behind a comma.
std::string joined(const std::vector<Token>& tokens, std::size_t begin, std::size_t end, const Names& names,
                   int depth) {
  std::string text;
  bool word = false;
  for (std::size_t i = begin; i < end; ++i) {
    const bool name = tokens[i].kind == TokenKind::kName || tokens[i].kind == TokenKind::kNumber;
    std::string piece(tokens[i].text);
    const bool member = i > begin && (tokens[i - 1].is("::") || tokens[i - 1].is("."));
    if (const auto found = names.find(piece); depth > 0 && name && !member && found != names.end()) {
      const std::vector<Token> inner = tokenize(found->second);
      piece = joined(inner, 0, inner.size(), names, depth - 1);
      if (piece == found->first) piece = found->second;
    }
    if (name && word) text += ' ';
    text += piece;
    if (tokens[i].is(",")) text += ' ';
    word = name || tokens[i].is(">");
  }
  return text;
}

// The parts between the commas of [begin, end), brackets of all sorts kept together.
std::vector<std::pair<std::size_t, std::size_t>> between_commas(const std::vector<Token>& tokens, std::size_t begin,
                                                                std::size_t end) {
  std::vector<std::pair<std::size_t, std::size_t>> parts;
  std::size_t first = begin;
  for (std::size_t i = begin; i < end; ++i) {
    if (tokens[i].is("(") || tokens[i].is("[") || tokens[i].is("{")) {
      i = find_close(tokens, i);
    } else if (tokens[i].is("<")) {
      if (const std::size_t close = find_angle_close(tokens, i); close < end) i = close;
    } else if (tokens[i].is(",")) {
      parts.emplace_back(first, i);
      first = i + 1;
    }
  }
  if (first < end) parts.emplace_back(first, end);
  return parts;
}

// A type as "float" and the number of its *.
struct Type {
  std::string base;
  int stars = 0;
};

// Reads "const float* __restrict__ name": the base up to the first * or &, without qualifiers. The name, where there is
// one, is the last word and left out.
std::optional<Type> read_type(const std::vector<Token>& tokens, std::size_t begin, std::size_t end, bool named) {
  Type type;
  std::vector<Token> base;
  for (std::size_t i = begin; i < end && !tokens[i].is("="); ++i) {
    if (tokens[i].is("*")) ++type.stars;
    if (tokens[i].is("[")) {
      ++type.stars;
      i = find_close(tokens, i);
    } else if (tokens[i].is("(")) {
      return {};
    } else if (!tokens[i].is("*") && !tokens[i].is("&") && !is_qualifier(tokens[i].text)) {
      base.push_back(tokens[i]);
    }
  }
  if (named && base.size() > 1 && base.back().kind == TokenKind::kName && !base[base.size() - 2].is("::"))
    base.pop_back();
  if (base.empty()) return {};
  type.base = joined(base, 0, base.size(), {}, 0);
  return type;
}

// The body of a host function, with what its own names mean.
class Body {
 public:
  Body(const FunctionText& function, const Names& given) : names_(given), tokens_(tokenize(function.body)) {
    for (const std::string& parameter : function.parameters) {
      const std::vector<Token> words = tokenize(parameter);
      if (words.size() < 2) continue;
      for (auto word = words.rbegin(); word != words.rend(); ++word) {
        if (word->kind != TokenKind::kName) continue;
        if (auto type = read_type(words, 0, words.size(), true)) variables_[std::string(word->text)] = *type;
        break;
      }
    }
    read_locals();
  }

  const std::vector<Token>& tokens() const { return tokens_; }
  std::string text(std::size_t begin, std::size_t end) const { return joined(tokens_, begin, end, names_, 4); }

  // The type of an argument, where it can be told: a variable, a literal, a cast, Functor(), values.data().
  std::optional<Type> type_of(std::size_t begin, std::size_t end) const {
    if (begin >= end) return {};
    const Token& first = tokens_[begin];
    if (first.is("&")) return pointer_to(type_of(begin + 1, end), 1);
    if (first.is("(")) {
      const std::size_t close = find_close(tokens_, begin);
      if (close + 1 < end) return resolved(read_type(tokens_, begin + 1, close, false));
    }
    if (first.kind == TokenKind::kNumber) return type_of_number(first.text);
    if (first.kind != TokenKind::kName) return {};
    for (std::size_t i = begin; i + 2 < end; ++i) {
      if (!tokens_[i + 1].is(".") && !tokens_[i + 1].is("->")) continue;
      if (tokens_[i + 2].is("data") || tokens_[i + 2].is("get")) return element_of(tokens_[i].text);
    }
    if (const auto found = variables_.find(first.text); found != variables_.end()) {
      Type type = found->second;
      if (begin + 1 < end && tokens_[begin + 1].is("[")) --type.stars;
      return resolved(type);
    }
    return made_on_the_spot(begin, end);
  }

 private:
  static std::optional<Type> pointer_to(std::optional<Type> type, int stars) {
    if (type) type->stars += stars;
    return type;
  }

  std::optional<Type> resolved(std::optional<Type> type) const {
    if (!type || type->base == "auto") return {};
    const std::vector<Token> words = tokenize(type->base);
    type->base = joined(words, 0, words.size(), names_, 4);
    while (type->base.ends_with('*')) {
      type->base.pop_back();
      ++type->stars;
    }
    return type;
  }

  static std::optional<Type> type_of_number(std::string_view text) {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const bool real = !hex && text.find_first_of(".eE") != std::string_view::npos;
    const char last = text.back();
    if (real) return Type{last == 'f' || last == 'F' ? "float" : "double", 0};
    if (last == 'u' || last == 'U') return Type{"unsigned int", 0};
    return last == 'l' || last == 'L' ? std::nullopt : std::optional(Type{"int", 0});
  }

  // thrust::device_vector<float> -> float*
  std::optional<Type> element_of(std::string_view name) const {
    const auto found = variables_.find(name);
    if (found == variables_.end()) return {};
    const std::vector<Token> words = tokenize(found->second.base);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!words[i].is("<")) continue;
      const auto parts = between_commas(words, i + 1, std::min(find_angle_close(words, i), words.size()));
      if (parts.empty()) return {};
      return resolved(pointer_to(read_type(words, parts[0].first, parts[0].second, false), 1));
    }
    return {};
  }

  // detail::Plus() and Plus{}: a name that is no variable, with nothing but brackets behind it.
  std::optional<Type> made_on_the_spot(std::size_t begin, std::size_t end) const {
    std::size_t i = begin;
    while (i < end && (tokens_[i].kind == TokenKind::kName || tokens_[i].is("::"))) ++i;
    if (i >= end || !(tokens_[i].is("(") || tokens_[i].is("{")) || find_close(tokens_, i) + 1 != end) return {};
    return resolved(Type{joined(tokens_, begin, i, {}, 0), 0});
  }

  void read_locals() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool starts = i == 0 || tokens_[i - 1].is(";") || tokens_[i - 1].is("{") || tokens_[i - 1].is("}") ||
                          tokens_[i - 1].is("(") || tokens_[i - 1].is(":") ||
                          tokens_[i - 1].kind == TokenKind::kDirective;
      if (starts && tokens_[i].kind == TokenKind::kName) read_statement(i);
    }
  }

  void read_statement(std::size_t begin) {
    std::size_t end = begin;
    const auto ends = [](const Token& token) { return token.is(";") || token.is(")") || token.is("}"); };
    while (end < tokens_.size() && !ends(tokens_[end])) {
      const bool open = tokens_[end].is("(") || tokens_[end].is("[") || tokens_[end].is("{");
      end = open ? find_close(tokens_, end) + 1 : end + 1;
    }
    end = std::min(end, tokens_.size());
    if (tokens_[begin].is("using") && begin + 2 < end && tokens_[begin + 2].is("=")) {
      names_[std::string(tokens_[begin + 1].text)] = joined(tokens_, begin + 3, end, {}, 0);
    } else if (tokens_[begin].is("typedef") && begin + 2 < end) {
      names_[std::string(tokens_[end - 1].text)] = joined(tokens_, begin + 1, end - 1, {}, 0);
    } else {
      read_variables(begin, end);
    }
  }

  // "const float *a = x, *b, c[3];"
  void read_variables(std::size_t begin, std::size_t end) {
    constexpr std::string_view kNoTypes[] = {"return", "delete", "case", "goto", "throw", "else", "new", "if", "for"};
    std::size_t i = begin, words = 0;
    bool constant = false, after_name = false;
    for (; i < end; ++i) {
      const Token& token = tokens_[i];
      if (std::find(std::begin(kNoTypes), std::end(kNoTypes), token.text) != std::end(kNoTypes)) return;
      constant = constant || token.is("const") || token.is("constexpr");
      if (token.is("<") && after_name) {
        i = find_angle_close(tokens_, i);
        continue;
      }
      if (token.kind != TokenKind::kName && !token.is("::")) break;
      words += token.kind == TokenKind::kName && !is_qualifier(token.text) ? 1 : 0;
      after_name = token.kind == TokenKind::kName;
    }
    if (i >= end && words < 2) return;
    const bool pointer = i < end && (tokens_[i].is("*") || tokens_[i].is("&"));
    const std::size_t type_end = pointer ? i : i - 1;  // the last word is the first variable
    if (words < (pointer ? 1U : 2U) || type_end <= begin) return;
    const auto base = read_type(tokens_, begin, type_end, false);
    if (!base) return;
    for (const auto& [first, last] : between_commas(tokens_, type_end, end))
      read_variable(*base, first, last, constant);
  }

  void read_variable(const Type& base, std::size_t begin, std::size_t end, bool constant) {
    Type type = base;
    std::size_t i = begin;
    for (; i < end && (tokens_[i].is("*") || tokens_[i].is("&") || is_qualifier(tokens_[i].text)); ++i)
      type.stars += tokens_[i].is("*") ? 1 : 0;
    if (i < end && tokens_[i].is("(")) {  // (*rows)[32]: a pointer to an array
      return;
    }
    if (i >= end || tokens_[i].kind != TokenKind::kName) return;
    const std::string name(tokens_[i].text);
    if (i + 1 < end && tokens_[i + 1].is("[")) ++type.stars;
    variables_[name] = type;
    const bool valued = i + 2 < end && tokens_[i + 1].is("=");
    if (constant && type.stars == 0 && valued) names_[name] = joined(tokens_, i + 2, end, {}, 0);
    if (constant && type.stars == 0 && i + 3 < end && tokens_[i + 1].is("{"))
      names_[name] = joined(tokens_, i + 2, end - 1, {}, 0);
    if (base.base != "auto" || !valued) return;
    const auto told = type_of(i + 2, end);
    if (told) variables_[name] = *told;
  }

  Names names_;
  std::map<std::string, Type, std::less<>> variables_;
  std::vector<Token> tokens_;
};

// Follows launches from host functions that are no templates into those that are.
class Finder {
 public:
  explicit Finder(const std::vector<FunctionText>& functions) : functions_(functions) {}

  Instances run() {
    for (const FunctionText& function : functions_) {
      const bool starts = !function.kernel && function.template_parameters.empty() && !function.body.empty();
      if (starts) follow(function, {}, 0);
    }
    for (const FunctionText& function : functions_) {
      const bool known = std::find(reached_.begin(), reached_.end(), &function) != reached_.end();
      if (!function.kernel && !function.template_parameters.empty() && !known && !function.body.empty())
        follow(function, {}, 0);
    }
    for (const FunctionText& function : functions_) {
      if (!function.kernel || function.template_parameters.empty() || function.body.empty()) continue;
      const auto is_instance = [&](const std::string& name) { return name.starts_with(function.name + "<"); };
      if (std::none_of(result_.names.begin(), result_.names.end(), is_instance))
        result_.unresolved.push_back(function.name);
    }
    return std::move(result_);
  }

 private:
  void follow(const FunctionText& function, const Names& given, int depth) {
    constexpr int kDeepest = 8;
    if (depth > kDeepest) return;
    const Body body(function, given);
    for (std::size_t i = 0; i < body.tokens().size(); ++i) {
      if (body.tokens()[i].kind == TokenKind::kName) look_at(function, body, i, depth);
    }
  }

  // A name in host code that may be that of a template: with its arguments, the launch and what is passed.
  void look_at(const FunctionText& from, const Body& body, std::size_t at, int depth) {
    const std::vector<Token>& tokens = body.tokens();
    const auto is = [&](std::size_t i, std::string_view text) { return i < tokens.size() && tokens[i].is(text); };
    const auto launches = [&](std::size_t i) { return is(i, "<") && is(i + 1, "<") && is(i + 2, "<"); };
    for (const FunctionText& target : functions_) {
      if (target.template_parameters.empty() || target.body.empty() || &target == &from) continue;
      if (last_part(target.name) != tokens[at].text) continue;
      std::vector<std::string> arguments;
      std::size_t behind = at + 1;
      if (is(behind, "<") && !launches(behind)) {
        const std::size_t close = find_angle_close(tokens, behind);
        if (close >= tokens.size()) continue;
        for (const auto& [first, last] : between_commas(tokens, behind + 1, close))
          arguments.push_back(body.text(first, last));
        behind = close + 1;
      }
      if (launches(behind)) {
        behind += 3;
        while (behind < tokens.size() && !(is(behind, ">") && is(behind + 1, ">") && is(behind + 2, ">"))) {
          const bool open = is(behind, "(") || is(behind, "[") || is(behind, "{");
          behind = open ? find_close(tokens, behind) + 1 : behind + 1;
        }
        behind += 3;
      }
      std::vector<std::optional<Type>> passed;
      if (is(behind, "(")) {
        const std::size_t close = std::min(find_close(tokens, behind), tokens.size());
        for (const auto& [first, last] : between_commas(tokens, behind + 1, close))
          passed.push_back(body.type_of(first, last));
      }
      take(target, std::move(arguments), passed, depth);
    }
  }

  void take(const FunctionText& target, std::vector<std::string> arguments,
            const std::vector<std::optional<Type>>& passed, int depth) {
    for (std::size_t i = arguments.size(); i < target.template_parameters.size(); ++i) {
      auto deduced = deduce(target, target.template_parameters[i].name, passed);
      if (!deduced && !target.template_parameters[i].has_default) return;
      if (!deduced) break;
      arguments.push_back(std::move(*deduced));
    }
    if (target.kernel) {
      std::string name = target.name + "<";
      for (std::size_t i = 0; i < arguments.size(); ++i) name += (i == 0 ? "" : ", ") + arguments[i];
      name += ">";
      if (std::find(result_.names.begin(), result_.names.end(), name) == result_.names.end())
        result_.names.push_back(std::move(name));
      return;
    }
    reached_.push_back(&target);
    if (!visited_.emplace(&target, arguments).second) return;
    Names given;
    for (std::size_t i = 0; i < arguments.size() && i < target.template_parameters.size(); ++i)
      given[target.template_parameters[i].name] = arguments[i];
    follow(target, given, depth + 1);
  }

  static std::optional<std::string> deduce(const FunctionText& target, const std::string& name,
                                           const std::vector<std::optional<Type>>& passed) {
    for (std::size_t i = 0; i < target.parameters.size() && i < passed.size(); ++i) {
      const std::vector<Token> words = tokenize(target.parameters[i]);
      const auto pattern = read_type(words, 0, words.size(), true);
      if (!passed[i] || !pattern || pattern->base != name || passed[i]->stars < pattern->stars) continue;
      return passed[i]->base + std::string(static_cast<std::size_t>(passed[i]->stars - pattern->stars), '*');
    }
    return {};
  }

  const std::vector<FunctionText>& functions_;
  std::vector<const FunctionText*> reached_;
  std::set<std::pair<const FunctionText*, std::vector<std::string>>> visited_;
  Instances result_;
};

}  // namespace

Instances find_instances(const std::vector<FunctionText>& functions) {
  return Finder(functions).run();
}

}  // namespace warpscope::cuda

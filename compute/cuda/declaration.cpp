#include "compute/cuda/declaration.h"

#include <algorithm>
#include <iterator>

namespace warpscope::cuda {
namespace {

template <std::size_t kCount>
bool one_of(const std::string_view (&names)[kCount], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

constexpr std::string_view kDeviceWords[] = {"__device__", "__global__", "__constant__", "__shared__", "__managed__"};
constexpr std::string_view kAliasWords[] = {"using", "typedef", "static_assert", "concept"};
constexpr std::string_view kTypeWords[] = {"class", "struct", "union", "enum"};
// Their brackets are not the parameters of a function.
constexpr std::string_view kAttributes[] = {
    "alignas",          "__align__", "__attribute__", "__declspec", "decltype",    "__launch_bounds__", "noexcept",
    "__cluster_dims__", "_Alignas",  "explicit",      "requires",   "__maxnreg__", "__block_size__"};

// Of namespace std, what the stand-in headers declare.
constexpr std::string_view kDeviceStd[] = {"size_t",
                                           "ptrdiff_t",
                                           "nullptr_t",
                                           "int8_t",
                                           "int16_t",
                                           "int32_t",
                                           "int64_t",
                                           "uint8_t",
                                           "uint16_t",
                                           "uint32_t",
                                           "uint64_t",
                                           "intptr_t",
                                           "uintptr_t",
                                           "min",
                                           "max",
                                           "swap",
                                           "move",
                                           "forward",
                                           "abs",
                                           "fabs",
                                           "sqrt",
                                           "exp",
                                           "log",
                                           "pow",
                                           "sin",
                                           "cos",
                                           "tan",
                                           "tanh",
                                           "floor",
                                           "ceil",
                                           "round",
                                           "fmod",
                                           "fma",
                                           "isnan",
                                           "isinf",
                                           "numeric_limits",
                                           "enable_if",
                                           "enable_if_t",
                                           "is_same",
                                           "is_same_v",
                                           "conditional",
                                           "conditional_t",
                                           "integral_constant",
                                           "true_type",
                                           "false_type",
                                           "is_integral",
                                           "is_integral_v",
                                           "is_floating_point",
                                           "is_floating_point_v",
                                           "remove_cv",
                                           "remove_cv_t",
                                           "remove_const",
                                           "remove_const_t",
                                           "remove_reference",
                                           "remove_reference_t",
                                           "decay_t",
                                           "declval",
                                           "is_unsigned",
                                           "is_unsigned_v",
                                           "is_signed",
                                           "is_signed_v",
                                           "unary_function",
                                           "binary_function"};
// Namespaces and beginnings of names of libraries that a host calls.
constexpr std::string_view kHostSpaces[] = {"thrust", "boost", "fs", "chrono", "cv", "torch", "at", "cutlass"};
constexpr std::string_view kHostBeginnings[] = {"cublas",   "cusparse",        "cusolver",   "cudnn",
                                                "cufft",    "curandGenerator", "nccl",       "glfw",
                                                "CUmodule", "CUcontext",       "CUfunction", "MPI_"};
constexpr std::string_view kHostNames[] = {"FILE", "ofstream", "ifstream", "ostream", "istream", "stringstream"};
// Of std without its name, after using namespace std.
constexpr std::string_view kBareStd[] = {"vector",   "string", "map",        "unordered_map", "set",
                                         "list",     "deque",  "array",      "pair",          "tuple",
                                         "function", "thread", "unique_ptr", "shared_ptr",    "mutex",
                                         "queue",    "stack",  "complex",    "mt19937",       "random_device"};

class Reader {
 public:
  Reader(const std::vector<Token>& tokens, std::size_t first, std::size_t end, const std::set<std::string>& macros)
      : tokens_(tokens), macros_(macros), limit_(std::min(end, tokens.size())), at_(first) {
    found_.first = first;
  }

  Declaration run() {
    read_template_heads();
    found_.begin = at_;
    while (at_ < limit_ && !done_) step();
    found_.end = std::min(std::max(at_, found_.first + 1), limit_);
    if (found_.parameters && found_.type && !found_.body) found_.type = false;
    return std::move(found_);
  }

 private:
  bool is(std::size_t index, std::string_view text) const { return index < limit_ && tokens_[index].is(text); }

  void read_template_heads() {
    while (is(at_, "template") && is(at_ + 1, "<")) {
      const std::size_t close = find_angle_close(tokens_, at_ + 1);
      if (close >= limit_) return;
      if (found_.template_parameters.empty()) read_template_parameters(at_ + 2, close);
      at_ = close + 1;
    }
  }

  // "class T, int kSize = 3, typename... Rest": the name is what is last before a default.
  void read_template_parameters(std::size_t begin, std::size_t end) {
    TemplateParameter parameter;
    const auto finish = [&] {
      if (!parameter.name.empty()) found_.template_parameters.push_back(parameter);
      parameter = {};
    };
    for (std::size_t i = begin; i < end; ++i) {
      const Token& token = tokens_[i];
      if (token.is("(") || token.is("{") || token.is("[")) {
        i = find_close(tokens_, i);
      } else if (token.is("<")) {
        i = std::min(find_angle_close(tokens_, i), end);
      } else if (token.is("=")) {
        parameter.has_default = true;
      } else if (token.is(",")) {
        finish();
      } else if (token.kind == TokenKind::kName && !parameter.has_default) {
        parameter.name = token.text;
      }
    }
    finish();
  }

  void step() {
    const Token& token = tokens_[at_];
    if (token.kind == TokenKind::kName) return read_name(token.text);
    if (token.is("(")) return read_parentheses();
    if (token.is("{")) return read_brace();
    if (token.is("[")) return skip_to(find_close(tokens_, at_));
    if (token.is("<") && at_ > found_.begin && tokens_[at_ - 1].kind == TokenKind::kName) {
      const std::size_t close = find_angle_close(tokens_, at_);
      return skip_to(close < limit_ ? close : at_);
    }
    if (token.is("=") && !found_.value) {
      found_.value = at_ + 1;
      found_.defaulted = is(at_ + 1, "default") || is(at_ + 1, "delete");
    }
    if (token.is(":") && found_.parameters && !found_.value) initializers_ = true;
    done_ = token.is(";");
    if (token.is("}")) {  // of what is around it, or a stray one
      done_ = true;
      if (at_ > found_.first) return;
    }
    ++at_;
  }

  void skip_to(std::size_t close) { at_ = close + 1; }

  void read_name(std::string_view name) {
    const bool head = !found_.parameters && !found_.value && !found_.body;
    if (one_of(kDeviceWords, name) || macros_.count(std::string(name)) != 0) found_.device = true;
    if (name == "__global__") found_.global = true;
    if (head && name == "const") found_.is_const = true;
    if (name == "constexpr" || name == "consteval") found_.is_constexpr = true;
    if (name == "virtual" || name == "override") found_.is_virtual = true;
    if (head && one_of(kAliasWords, name)) found_.alias = true;
    if (head && one_of(kTypeWords, name)) found_.type = true;
    if (head && name == "enum") found_.is_enum = true;
    ++at_;
    if (name == "operator" && head) return read_operator();
    if (one_of(kAttributes, name) && is(at_, "(")) skip_to(find_close(tokens_, at_));
  }

  // operator+ , operator() , operator=, operator float
  void read_operator() {
    if (is(at_, "(") && is(at_ + 1, ")")) at_ += 2;
    while (at_ < limit_ && !tokens_[at_].is("(") && !tokens_[at_].is(";") && !tokens_[at_].is("{")) ++at_;
  }

  void read_parentheses() {
    const std::size_t close = find_close(tokens_, at_);
    const bool pointer = is(at_ + 1, "*") || is(at_ + 1, "&");  // int (*callback)(int)
    if (!found_.parameters && !found_.value && !found_.alias && !pointer && !after_pointer_) {
      found_.parameters = at_;
      found_.parenthesized_value = at_ + 1 < limit_ && tokens_[at_ + 1].kind == TokenKind::kNumber;
    }
    after_pointer_ = pointer;
    skip_to(close);
  }

  void read_brace() {
    const std::size_t close = find_close(tokens_, at_);
    const Token* before = at_ > found_.first ? &tokens_[at_ - 1] : nullptr;
    const bool names_member = before != nullptr && (before->kind == TokenKind::kName || before->is(">"));
    const bool initializer = found_.value.has_value() || found_.alias || (initializers_ && names_member) ||
                             (!found_.parameters && !found_.type);
    if (found_.alias && found_.type && !found_.body) {  // typedef struct { ... } Name;
      found_.body = at_;
    } else if (!initializer && found_.parameters) {
      found_.body = at_;
      found_.type = false;
      done_ = true;
    } else if (!initializer && !found_.body) {
      found_.body = at_;
    }
    skip_to(close);
    if (done_) skip_handlers();
  }

  // try { } catch (...) { }
  void skip_handlers() {
    while (is(at_, "catch") && is(at_ + 1, "(")) {
      const std::size_t open = find_close(tokens_, at_ + 1) + 1;
      if (!is(open, "{")) return;
      skip_to(find_close(tokens_, open));
    }
  }

  const std::vector<Token>& tokens_;
  const std::set<std::string>& macros_;
  std::size_t limit_, at_;
  bool done_ = false, initializers_ = false, after_pointer_ = false;
  Declaration found_;
};

}  // namespace

Declaration read_declaration(const std::vector<Token>& tokens, std::size_t first, std::size_t end,
                             const std::set<std::string>& device_macros) {
  return Reader(tokens, first, end, device_macros).run();
}

bool names_host_only(const std::vector<Token>& tokens, std::size_t first, std::size_t end, bool using_std) {
  for (std::size_t i = first; i < end; ++i) {
    if (tokens[i].kind != TokenKind::kName) continue;
    const std::string_view name = tokens[i].text;
    const bool scope = i + 2 < end && tokens[i + 1].is("::") && tokens[i + 2].kind == TokenKind::kName;
    const bool member = i > first && (tokens[i - 1].is("::") || tokens[i - 1].is(".") || tokens[i - 1].is("->"));
    if (scope && name == "std" && !one_of(kDeviceStd, tokens[i + 2].text)) return true;
    if (scope && !member && one_of(kHostSpaces, name)) return true;
    if (member) continue;
    if (one_of(kHostNames, name) || (using_std && one_of(kBareStd, name))) return true;
    const auto begins = [&](std::string_view start) { return name.starts_with(start); };
    if (std::any_of(std::begin(kHostBeginnings), std::end(kHostBeginnings), begins)) return true;
  }
  return false;
}

}  // namespace warpscope::cuda

#include "app/scene/code_lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace warpscope::scene {
namespace {

// Sorted, so that a name is found by halving.
constexpr std::array<std::string_view, 66> kKeywords{"alignas",
                                                     "alignof",
                                                     "asm",
                                                     "auto",
                                                     "break",
                                                     "case",
                                                     "catch",
                                                     "class",
                                                     "co_await",
                                                     "co_return",
                                                     "co_yield",
                                                     "concept",
                                                     "const",
                                                     "const_cast",
                                                     "consteval",
                                                     "constexpr",
                                                     "constinit",
                                                     "continue",
                                                     "decltype",
                                                     "default",
                                                     "delete",
                                                     "do",
                                                     "dynamic_cast",
                                                     "else",
                                                     "enum",
                                                     "explicit",
                                                     "export",
                                                     "extern",
                                                     "false",
                                                     "final",
                                                     "for",
                                                     "friend",
                                                     "goto",
                                                     "if",
                                                     "inline",
                                                     "mutable",
                                                     "namespace",
                                                     "new",
                                                     "noexcept",
                                                     "nullptr",
                                                     "operator",
                                                     "override",
                                                     "private",
                                                     "protected",
                                                     "public",
                                                     "register",
                                                     "reinterpret_cast",
                                                     "requires",
                                                     "return",
                                                     "sizeof",
                                                     "static",
                                                     "static_assert",
                                                     "static_cast",
                                                     "struct",
                                                     "switch",
                                                     "template",
                                                     "this",
                                                     "throw",
                                                     "true",
                                                     "try",
                                                     "typedef",
                                                     "typename",
                                                     "union",
                                                     "using",
                                                     "virtual",
                                                     "while"};
static_assert(std::is_sorted(kKeywords.begin(), kKeywords.end()));

constexpr std::array<std::string_view, 33> kTypes{"bool",
                                                  "char",
                                                  "cudaSurfaceObject_t",
                                                  "cudaTextureObject_t",
                                                  "dim3",
                                                  "double",
                                                  "float",
                                                  "half",
                                                  "half2",
                                                  "int",
                                                  "int16_t",
                                                  "int32_t",
                                                  "int64_t",
                                                  "int8_t",
                                                  "intptr_t",
                                                  "long",
                                                  "ptrdiff_t",
                                                  "short",
                                                  "signed",
                                                  "size_t",
                                                  "uchar",
                                                  "uint",
                                                  "uint16_t",
                                                  "uint32_t",
                                                  "uint64_t",
                                                  "uint8_t",
                                                  "uintptr_t",
                                                  "ulong",
                                                  "unsigned",
                                                  "ushort",
                                                  "void",
                                                  "volatile",
                                                  "wchar_t"};
static_assert(std::is_sorted(kTypes.begin(), kTypes.end()));

constexpr std::array<std::string_view, 9> kBuiltins{"assert",  "blockDim", "blockIdx",  "clock",   "clock64",
                                                    "gridDim", "printf",   "threadIdx", "warpSize"};
static_assert(std::is_sorted(kBuiltins.begin(), kBuiltins.end()));

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_name(char c) {
  return is_name_start(c) || is_digit(c);
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// float4, uchar2, longlong1: an element type and 1 to 4.
bool is_vector_type(std::string_view name) {
  if (name.size() < 4 || name.back() < '1' || name.back() > '4') return false;
  name.remove_suffix(1);
  constexpr std::array<std::string_view, 12> kElements{"char",  "double", "float", "int",   "long",      "longlong",
                                                       "short", "uchar",  "uint",  "ulong", "ulonglong", "ushort"};
  return contains(kElements, name);
}

bool is_cuda_builtin(std::string_view name) {
  // __global__, __syncthreads, __shfl_down_sync, __ldg: names that only the compiler may begin like this.
  if (name.starts_with("__") && name.size() > 2 && name != "__restrict" && name != "__restrict__") return true;
  if (name.starts_with("atomic") && name.size() > 6 && std::isupper(static_cast<unsigned char>(name[6])) != 0) {
    return true;
  }
  return contains(kBuiltins, name);
}

CodeInk ink_of_name(std::string_view name) {
  if (contains(kKeywords, name) || name == "__restrict__" || name == "__restrict") return CodeInk::kKeyword;
  if (contains(kTypes, name) || is_vector_type(name)) return CodeInk::kType;
  return is_cuda_builtin(name) ? CodeInk::kBuiltin : CodeInk::kPlain;
}

// One line on its way through the lexer.
class LineLexer {
 public:
  LineLexer(std::string_view line, CodeLanguage language, CodeState& state)
      : line_(line), language_(language), state_(state) {}

  std::vector<CodeRun> run() {
    go_on();
    while (at_ < line_.size()) {
      if (is_blank(line_[at_])) {
        ++at_;
      } else {
        language_ == CodeLanguage::kCuda ? next_cuda() : next_ptx();
      }
    }
    return std::move(runs_);
  }

 private:
  using Open = CodeState::Open;

  char peek(std::size_t ahead = 0) const { return at_ + ahead < line_.size() ? line_[at_ + ahead] : '\0'; }
  bool continues() const {
    const std::size_t last = line_.find_last_not_of('\r');
    return last != line_.npos && line_[last] == '\\';
  }

  void add(std::size_t end, CodeInk ink) {
    end = std::min(end, line_.size());
    if (end <= at_) return;
    if (!runs_.empty() && runs_.back().end == at_ && runs_.back().ink == ink) {
      runs_.back().end = static_cast<std::uint32_t>(end);
    } else {
      runs_.push_back({static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end), ink});
    }
    at_ = end;
  }

  // Whatever the line before left open.
  void go_on() {
    const Open open = state_.open;
    state_.open = Open::kNothing;
    if (open == Open::kBlockComment) block_comment(at_);
    if (open == Open::kLineComment) line_comment();
    if (open == Open::kRawString) raw_string(at_);
    if (open == Open::kString) string_end('"', at_);
    if (open == Open::kDirective) in_directive_ = true;
    if (in_directive_ && continues()) state_.open = Open::kDirective;
  }

  void block_comment(std::size_t from) {
    const std::size_t end = line_.find("*/", from);
    if (end == line_.npos) state_.open = Open::kBlockComment;
    add(end == line_.npos ? line_.size() : end + 2, CodeInk::kComment);
  }

  void line_comment() {
    if (continues()) state_.open = Open::kLineComment;
    add(line_.size(), CodeInk::kComment);
  }

  void raw_string(std::size_t from) {
    const std::size_t end = line_.find(state_.delimiter, from);
    if (end == line_.npos) {
      state_.open = Open::kRawString;
      add(line_.size(), CodeInk::kString);
      return;
    }
    add(end + state_.delimiter.size(), CodeInk::kString);
    state_.delimiter.clear();
  }

  // From behind the opening quote.
  void string_end(char quote, std::size_t from) {
    std::size_t end = from;
    while (end < line_.size() && line_[end] != quote) end += line_[end] == '\\' ? 2 : 1;
    if (end >= line_.size() && quote == '"' && continues()) state_.open = Open::kString;
    add(end + 1, CodeInk::kString);
  }

  bool comment() {
    if (peek() != '/') return false;
    if (peek(1) == '/') {
      line_comment();
    } else if (peek(1) == '*') {
      block_comment(at_ + 2);
    } else {
      return false;
    }
    return true;
  }

  // 0x1p-3, 1'000u, .5f, 1e-3: a letter after e or p may be a sign.
  bool number() {
    const bool begins = is_digit(peek()) || (peek() == '.' && is_digit(peek(1)));
    if (!begins) return false;
    const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    std::size_t end = at_ + 1;
    for (; end < line_.size(); ++end) {
      const char c = line_[end];
      if (is_name(c) || c == '.' || (c == '\'' && end + 1 < line_.size() && is_name(line_[end + 1]))) continue;
      const char before = line_[end - 1];
      const bool exponent = hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E';
      if ((c != '+' && c != '-') || !exponent) break;
    }
    add(end, CodeInk::kNumber);
    return true;
  }

  std::string_view name_at(std::size_t from) const {
    std::size_t end = from;
    while (end < line_.size() && is_name(line_[end])) ++end;
    return line_.substr(from, end - from);
  }

  // R"name( and its relatives, and plain strings with a prefix: u8"...", L'x'.
  bool prefixed_string(std::string_view name) {
    const char quote = peek(name.size());
    if (quote != '"' && quote != '\'') return false;
    if (quote == '"' && (name == "R" || name == "LR" || name == "uR" || name == "UR" || name == "u8R")) {
      const std::size_t begin = at_ + name.size() + 1;
      const std::size_t open = line_.find('(', begin);
      if (open == line_.npos) return false;
      state_.delimiter = ")" + std::string(line_.substr(begin, open - begin)) + "\"";
      raw_string(open + 1);
      return true;
    }
    if (name != "u8" && name != "u" && name != "U" && name != "L") return false;
    string_end(quote, at_ + name.size() + 1);
    return true;
  }

  void directive() {
    in_directive_ = true;
    if (continues()) state_.open = Open::kDirective;
    std::size_t end = at_ + 1;
    while (end < line_.size() && is_blank(line_[end])) ++end;
    const std::string_view name = name_at(end);
    add(end + name.size(), CodeInk::kKeyword);
    if (name != "include") return;
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
    if (peek() != '<') return;
    const std::size_t close = line_.find('>', at_);
    add(close == line_.npos ? line_.size() : close + 1, CodeInk::kString);
  }

  void next_cuda() {
    const char c = peek();
    if (comment() || number()) return;
    if (c == '#' && runs_.empty() && !in_directive_) return directive();
    if (c == '"' || c == '\'') return string_end(c, at_ + 1);
    if (!is_name_start(c)) return add(at_ + 1, CodeInk::kPlain);
    const std::string_view name = name_at(at_);
    if (!prefixed_string(name)) add(at_ + name.size(), ink_of_name(name));
  }

  // ld.global.f32: the part up to the types is the instruction, types have their own colour.
  void next_ptx() {
    const char c = peek();
    if (comment() || number()) return;
    if (c == '"') return string_end(c, at_ + 1);
    if (c == '.' && is_name_start(peek(1))) {
      const std::string_view name = name_at(at_ + 1);
      return add(at_ + 1 + name.size(), ptx_dot(name));
    }
    if (c == '%') {
      const std::string_view name = name_at(at_ + 1);
      return add(at_ + 1 + name.size(), is_special(name) ? CodeInk::kBuiltin : CodeInk::kPlain);
    }
    if (!is_name_start(c) && c != '$') return add(at_ + 1, CodeInk::kPlain);
    const std::string_view name = c == '$' ? name_at(at_ + 1) : name_at(at_);
    const std::size_t end = at_ + name.size() + (c == '$' ? 1 : 0);
    const bool label = c == '$' || (end < line_.size() && line_[end] == ':' && first_word());
    const bool opcode = !label && first_word();
    had_word_ = true;
    add(end, label ? CodeInk::kLabel : opcode ? CodeInk::kKeyword : CodeInk::kPlain);
  }

  // Nothing but a guard (@!%p1) and directives stand before it.
  bool first_word() const { return !had_word_ && !had_directive_; }

  CodeInk ptx_dot(std::string_view name) {
    const bool after_word = at_ > 0 && is_name(line_[at_ - 1]);
    if (!after_word) had_directive_ = true;
    return is_ptx_type(name) ? CodeInk::kType : CodeInk::kKeyword;
  }

  // b8, u16, s32, f64, bf16x2, pred.
  static bool is_ptx_type(std::string_view name) {
    if (name == "pred" || name == "f16x2" || name == "bf16" || name == "bf16x2" || name == "tf32") return true;
    if (name.size() < 2 || name.size() > 4 || std::string_view("busf").find(name[0]) == std::string_view::npos) {
      return false;
    }
    return std::all_of(name.begin() + 1, name.end(), is_digit);
  }

  // %tid.x, %laneid: a letter and digits (%r12, %rd3, %f1, %p2) are ordinary registers.
  static bool is_special(std::string_view name) {
    constexpr std::array<std::string_view, 22> kSpecial{
        "clock",           "clock64",     "clock_hi",    "ctaid",       "dynamic_smem_size",
        "envreg",          "globaltimer", "gridid",      "laneid",      "lanemask_eq",
        "lanemask_ge",     "lanemask_gt", "lanemask_le", "lanemask_lt", "nctaid",
        "nsmid",           "ntid",        "nwarpid",     "smid",        "tid",
        "total_smem_size", "warpid"};
    static_assert(std::is_sorted(kSpecial.begin(), kSpecial.end()));
    return contains(kSpecial, name);
  }

  std::string_view line_;
  CodeLanguage language_;
  CodeState& state_;
  std::size_t at_ = 0;
  bool in_directive_ = false;
  bool had_word_ = false, had_directive_ = false;
  std::vector<CodeRun> runs_;
};

}  // namespace

std::vector<CodeRun> lex_line(std::string_view line, CodeLanguage language, CodeState& state) {
  return LineLexer(line, language, state).run();
}

Rgba ink_color(const Palette& palette, CodeInk ink) {
  switch (ink) {
    case CodeInk::kPlain:
      return palette.text;
    case CodeInk::kKeyword:
      return palette.code_keyword;
    case CodeInk::kType:
      return palette.code_type;
    case CodeInk::kNumber:
      return palette.code_number;
    case CodeInk::kComment:
      return palette.code_comment;
    case CodeInk::kBuiltin:
    case CodeInk::kLabel:
      return palette.code_builtin;
    case CodeInk::kString:
      return palette.code_string;
  }
  return palette.text;
}

}  // namespace warpscope::scene

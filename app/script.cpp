#include "app/script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "app/panels/keys.h"
#include "app/script_values.h"

namespace warpscope::app {
namespace {

// What an argument has to be.
enum class Wants { kWord, kNumber, kWhole, kDigit, kKey, kSize, kTheme, kWorkspace };

struct Rule {
  std::string_view name;
  Verb verb;
  std::vector<Wants> wants;
  std::size_t optional_from = 99;  // arguments from here on may be left out, all together
  std::string_view usage;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table{
      {"workspace", Verb::kWorkspace, {Wants::kWorkspace}, 99, "workspace learn"},
      {"wait-frames", Verb::kWaitFrames, {Wants::kWhole}, 99, "wait-frames N"},
      {"wait-seconds", Verb::kWaitSeconds, {Wants::kNumber}, 99, "wait-seconds S"},
      {"move", Verb::kMove, {Wants::kNumber, Wants::kNumber}, 99, "move X Y"},
      {"press", Verb::kPress, {}, 99, "press"},
      {"release", Verb::kRelease, {}, 99, "release"},
      {"click", Verb::kClick, {Wants::kWord}, 99, "click \"Label\""},
      {"hover", Verb::kHover, {Wants::kWord, Wants::kNumber, Wants::kNumber}, 1, "hover \"Label\" [FX FY]"},
      {"key", Verb::kKey, {Wants::kKey}, 99, "key Ctrl+Z"},
      {"type", Verb::kType, {Wants::kWord}, 99, "type \"text\""},
      {"drag", Verb::kDrag, {Wants::kNumber, Wants::kNumber, Wants::kNumber, Wants::kNumber}, 99, "drag X1 Y1 X2 Y2"},
      {"draw-digit", Verb::kDrawDigit, {Wants::kWord}, 99, "draw-digit FILE.json"},
      {"label-digit", Verb::kLabelDigit, {Wants::kDigit}, 99, "label-digit 7"},
      {"set", Verb::kSet, {Wants::kWord, Wants::kWord}, 99, "set \"Control\" VALUE"},
      {"open", Verb::kOpen, {Wants::kWord}, 99, "open FILE"},
      {"screenshot", Verb::kScreenshot, {Wants::kWord}, 99, "screenshot NAME.png"},
      {"resize", Verb::kResize, {Wants::kSize}, 99, "resize 1280x720"},
      {"theme", Verb::kTheme, {Wants::kTheme}, 99, "theme dark|light"},
      {"reset-frame-times", Verb::kResetFrameTimes, {}, 99, "reset-frame-times"},
  };
  return table;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// Words between blanks; "..." is one word and may hold anything but a quote; # begins a comment.
struct Words {
  std::vector<std::string> words;
  std::vector<bool> quoted;
  bool open_quote = false;
};
Words split(std::string_view line) {
  Words result;
  while (true) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    if (line.empty() || line.front() == '#') return result;
    if (line.front() == '"') {
      const auto end = line.find('"', 1);
      result.open_quote |= end == std::string_view::npos;
      result.words.emplace_back(line.substr(1, end == std::string_view::npos ? end : end - 1));
      result.quoted.push_back(true);
      line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    } else {
      const auto end = std::find_if(line.begin(), line.end(), is_blank);
      result.words.emplace_back(line.begin(), end);
      result.quoted.push_back(false);
      line.remove_prefix(static_cast<std::size_t>(end - line.begin()));
    }
  }
}

// "" where `word` is what is wanted, else what would be.
std::string complaint(const std::string& word, Wants wants) {
  const std::optional<double> number = number_of(word);
  switch (wants) {
    case Wants::kWord:
      return {};
    case Wants::kNumber:
      return number ? "" : fmt::format("'{}' is not a number", word);
    case Wants::kWhole:
      return number && *number >= 0 && *number == static_cast<double>(static_cast<long>(*number))
                 ? ""
                 : fmt::format("'{}' is not a whole number", word);
    case Wants::kDigit:
      return word.size() == 1 && word[0] >= '0' && word[0] <= '9'
                 ? ""
                 : fmt::format("'{}' is not a digit from 0 to 9", word);
    case Wants::kKey:
      return panels::parse_key(word).code != 0
                 ? ""
                 : fmt::format("'{}' is not a key; keys are written like Ctrl+Z, F10, Space, 7", word);
    case Wants::kSize: {
      const auto cross = word.find('x');
      const bool both = cross != std::string::npos && number_of(std::string_view(word).substr(0, cross)) &&
                        number_of(std::string_view(word).substr(cross + 1));
      return both ? "" : fmt::format("'{}' is not a size like 1280x720", word);
    }
    case Wants::kTheme:
      return word == "dark" || word == "light" ? "" : fmt::format("'{}' is neither dark nor light", word);
    case Wants::kWorkspace:
      return word == "learn" ? "" : fmt::format("there is no workspace '{}' in this version; there is learn", word);
  }
  return {};
}

struct OpName {
  std::string_view text;
  Comparison::Op op;
};
constexpr std::array kOps{
    OpName{"==", Comparison::Op::kEqual},
    OpName{"!=", Comparison::Op::kUnequal},
    OpName{"<", Comparison::Op::kLess},
    OpName{"<=", Comparison::Op::kLessOrEqual},
    OpName{">", Comparison::Op::kGreater},
    OpName{">=", Comparison::Op::kGreaterOrEqual},
    OpName{"contains", Comparison::Op::kContains},
};

base::Result<Comparison> parse_comparison(const std::string& name, const std::string& op, const std::string& value,
                                          bool quoted) {
  if (!is_script_name(name)) {
    return base::fail(fmt::format("nothing is called '{}'; there are {}", name, fmt::join(script_names(), ", ")));
  }
  const auto found = std::find_if(kOps.begin(), kOps.end(), [&](const OpName& o) { return o.text == op; });
  if (found == kOps.end()) return base::fail(fmt::format("'{}' is not one of == != < <= > >= contains", op));
  Comparison comparison{name, found->op, value};
  if (const auto number = number_of(value); number && !quoted) comparison.value = *number;
  const bool ordered = found->op != Comparison::Op::kEqual && found->op != Comparison::Op::kUnequal &&
                       found->op != Comparison::Op::kContains;
  if (ordered && std::holds_alternative<std::string>(comparison.value)) {
    return base::fail(fmt::format("{} compares numbers, and '{}' is none", op, value));
  }
  return comparison;
}

base::Result<Condition> parse_condition_words(const Words& words) {
  Condition condition;
  condition.groups.emplace_back();
  condition.text = fmt::format("{}", fmt::join(words.words, " "));
  std::size_t at = 0;
  while (true) {
    if (words.words.size() < at + 3) {
      return base::fail("a condition is NAME OP VALUE, like prediction == 7, joined by `and` or `or`");
    }
    auto comparison = parse_comparison(words.words[at], words.words[at + 1], words.words[at + 2], words.quoted[at + 2]);
    if (!comparison) return tl::unexpected(comparison.error());
    condition.groups.back().push_back(std::move(*comparison));
    at += 3;
    if (at == words.words.size()) return condition;
    const std::string& joint = words.words[at++];
    if (joint == "or") {
      condition.groups.emplace_back();
    } else if (joint != "and") {
      return base::fail(fmt::format("`and` or `or` is expected before '{}'", joint));
    }
  }
}

base::Result<ScriptCommand> parse_conditional(Words words) {
  ScriptCommand command;
  command.verb = words.words[0] == "expect" ? Verb::kExpect : Verb::kWaitUntil;
  const auto drop = [&words](std::size_t from, std::size_t count) {
    const auto first = static_cast<std::ptrdiff_t>(from);
    const auto last = static_cast<std::ptrdiff_t>(from + count);
    words.words.erase(words.words.begin() + first, words.words.begin() + last);
    words.quoted.erase(words.quoted.begin() + first, words.quoted.begin() + last);
  };
  drop(0, 1);
  const std::size_t size = words.words.size();
  if (command.verb == Verb::kWaitUntil && size >= 2 && words.words[size - 2] == "timeout") {
    const auto seconds = number_of(words.words[size - 1]);
    if (!seconds || *seconds <= 0)
      return base::fail(fmt::format("'{}' is not a number of seconds", words.words[size - 1]));
    command.timeout = *seconds;
    drop(size - 2, 2);
  }
  auto condition = parse_condition_words(words);
  if (!condition) return tl::unexpected(condition.error());
  command.condition = std::move(*condition);
  return command;
}

base::Result<ScriptCommand> parse_line(Words words) {
  if (words.open_quote) return base::fail("a quote is not closed");
  if (words.words[0] == "expect" || words.words[0] == "wait-until") return parse_conditional(std::move(words));
  const auto rule =
      std::find_if(rules().begin(), rules().end(), [&](const Rule& r) { return r.name == words.words[0]; });
  if (rule == rules().end()) {
    std::vector<std::string_view> names{"expect", "wait-until"};
    for (const Rule& known : rules()) names.push_back(known.name);
    return base::fail(fmt::format("there is no command '{}'; there are {}", words.words[0], fmt::join(names, ", ")));
  }
  ScriptCommand command;
  command.verb = rule->verb;
  command.words.assign(words.words.begin() + 1, words.words.end());
  const std::size_t count = command.words.size();
  if (count != rule->wants.size() && count != rule->optional_from) {
    return base::fail(fmt::format("expected `{}`", rule->usage));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string wrong = complaint(command.words[i], rule->wants[i]);
    if (!wrong.empty()) return base::fail(fmt::format("{}; expected `{}`", wrong, rule->usage));
    command.numbers.push_back(number_of(command.words[i]).value_or(0));
  }
  return command;
}

}  // namespace

base::Result<Condition> parse_condition(std::string_view text) {
  return parse_condition_words(split(text));
}

base::Result<Script> parse_script(std::string_view text, const std::string& file) {
  Script script;
  script.file = file;
  int line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    Words words = split(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.words.empty()) continue;
    auto command = parse_line(std::move(words));
    if (!command) return base::fail(command.error().message, {file, line_number, 0});
    command->line = line_number;
    script.commands.push_back(std::move(*command));
  }
  return script;
}

}  // namespace warpscope::app

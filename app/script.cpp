#include "app/script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "app/script_rules.h"
#include "app/script_values.h"

namespace warpscope::app {
namespace {

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
  if (const std::string wrong = name_complaint(name); !wrong.empty()) return base::fail(wrong);
  const auto found = std::find_if(kOps.begin(), kOps.end(), [&](const OpName& o) { return o.text == op; });
  if (found == kOps.end()) return base::fail(fmt::format("'{}' is not one of == != < <= > >= contains", op));
  const Comparison comparison{name, found->op, script_literal(value, quoted)};
  const bool ordered = found->op != Comparison::Op::kEqual && found->op != Comparison::Op::kUnequal &&
                       found->op != Comparison::Op::kContains;
  if (ordered && std::holds_alternative<std::string>(comparison.value)) {
    return base::fail(fmt::format("{} compares numbers, and '{}' is none", op, value));
  }
  return comparison;
}

base::Result<Condition> parse_condition_words(const ScriptWords& words) {
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

base::Result<ScriptCommand> parse_conditional(ScriptWords words) {
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

base::Result<ScriptCommand> parse_line(ScriptWords words) {
  if (words.open_quote) return base::fail("a quote is not closed");
  const std::string& name = words.words[0];
  if (name == "expect" || name == "wait-until") return parse_conditional(std::move(words));
  for (const ScriptSentence& sentence : script_sentences()) {
    if (sentence.name == name) return sentence.parse(words);
  }
  const auto rules = script_rules();
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const ScriptRule& r) { return r.name == name; });
  if (rule == rules.end()) {
    std::vector<std::string_view> names{"expect", "wait-until"};
    for (const ScriptRule& known : rules) names.push_back(known.name);
    for (const ScriptSentence& known : script_sentences()) names.push_back(known.name);
    return base::fail(fmt::format("there is no command '{}'; there are {}", name, fmt::join(names, ", ")));
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
  return parse_condition_words(split_words(text));
}

base::Result<Script> parse_script(std::string_view text, const std::string& file) {
  Script script;
  script.file = file;
  int line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    ScriptWords words = split_words(text.substr(0, end));
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

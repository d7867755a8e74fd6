// script_rules.h: what the commands of scripts look like: words, and what each has to be. Floor 8. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/script.h"

namespace warpscope::app {

// Words between blanks; "..." is one word and may hold anything but a quote; # begins a comment.
struct ScriptWords {
  std::vector<std::string> words;
  std::vector<bool> quoted;
  bool open_quote = false;
};
ScriptWords split_words(std::string_view line);

// What an argument has to be.
enum class Wants { kWord, kText, kNumber, kWhole, kDigit, kKey, kSize, kTheme, kWorkspace, kArgument };
// "" where `word` is what is wanted, else what would be.
std::string complaint(const std::string& word, Wants wants);

struct ScriptRule {
  std::string_view name;
  Verb verb;
  std::vector<Wants> wants;
  std::size_t optional_from = 99;  // arguments from here on may be left out, all together
  std::string_view usage;
};
// Of commands whose arguments stand at fixed places.
std::span<const ScriptRule> script_rules();

// Commands that are more like sentences: `go line back 3`, `ask "..." step.active choices 16 32`.
struct ScriptSentence {
  std::string_view name;
  base::Result<ScriptCommand> (*parse)(const ScriptWords& words);
};
std::span<const ScriptSentence> script_sentences();

std::optional<double> number_of(std::string_view text);
// What is written as a number is one, unless it is quoted.
std::variant<double, std::string> script_literal(const std::string& word, bool quoted);

}  // namespace warpscope::app

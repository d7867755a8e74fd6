#include "app/script_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/actions.h"
#include "app/panels/keys.h"
#include "compute/kernels/inputs.h"

namespace warpscope::app {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

}  // namespace

std::span<const ScriptRule> script_rules() {
  static const std::vector<ScriptRule> table{
      {"workspace", Verb::kWorkspace, {Wants::kWorkspace}, 99, "workspace learn|convolve|sm|step"},
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
      {"follow", Verb::kFollow, {Wants::kWhole, Wants::kWhole}, 99, "follow BLOCK WARP"},
      {"seek", Verb::kSeek, {Wants::kWhole}, 99, "seek POSITION"},
      {"argument", Verb::kArgument, {Wants::kWord, Wants::kArgument}, 99, "argument NAME TYPE:VALUE"},
      {"show", Verb::kShow, {Wants::kWord}, 99, "show shared|global|BUFFER"},
      {"tour", Verb::kTour, {Wants::kText}, 99, "tour \"Title\""},
      {"about", Verb::kAbout, {Wants::kText}, 99, "about \"One sentence for the list.\""},
      {"stop", Verb::kStop, {Wants::kText}, 99, "stop \"Heading\""},
      {"say", Verb::kSay, {Wants::kText}, 99, "say \"Text for the person.\""},
      {"right", Verb::kRight, {Wants::kText}, 99, "right \"What to say to the right answer.\""},
      {"wrong", Verb::kWrong, {Wants::kText}, 99, "wrong \"What to say to a wrong answer.\""},
  };
  return table;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::variant<double, std::string> script_literal(const std::string& word, bool quoted) {
  const auto number = number_of(word);
  if (number && !quoted) return *number;
  return word;
}

ScriptWords split_words(std::string_view line) {
  ScriptWords result;
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

std::string complaint(const std::string& word, Wants wants) {
  const std::optional<double> number = number_of(word);
  switch (wants) {
    case Wants::kWord:
      return {};
    case Wants::kText:
      return word.empty() ? "the text is empty" : "";
    case Wants::kArgument: {
      const auto argument = kernels::parse_argument(word);
      return argument ? "" : argument.error().message;
    }
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
      return find_workspace(word)
                 ? ""
                 : fmt::format("there is no workspace '{}' in this version; there are learn, convolve, sm and step",
                               word);
  }
  return {};
}

}  // namespace warpscope::app

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "app/script_rules.h"
#include "app/script_values.h"

namespace warpscope::app {
namespace {

using session::StepGoal;

struct Goal {
  std::string_view name;
  StepGoal goal;
};
constexpr std::array kGoals{
    Goal{"instruction", StepGoal::kInstruction},
    Goal{"line", StepGoal::kLine},
    Goal{"over", StepGoal::kOver},
    Goal{"out", StepGoal::kOut},
    Goal{"round", StepGoal::kRound},
    Goal{"barrier", StepGoal::kBarrier},
    Goal{"divergence", StepGoal::kDivergence},
    Goal{"access", StepGoal::kMemoryAccess},
    Goal{"finding", StepGoal::kFinding},
    Goal{"breakpoint", StepGoal::kBreakpoint},
    Goal{"end", StepGoal::kEnd},
    Goal{"start", StepGoal::kEnd},
    Goal{"to-line", StepGoal::kAtLine},
};

std::optional<int> whole_from_one(const std::string& word) {
  const auto number = number_of(word);
  const bool whole = number && *number >= 1 && *number <= 1e6 && *number == static_cast<int>(*number);
  return whole ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

base::Result<ScriptCommand> parse_go(const ScriptWords& words) {
  constexpr std::string_view kUsage = "expected `go WHAT [back] [N]` or `go to-line LINE [back] [N]`";
  const auto& w = words.words;
  if (w.size() < 2) return base::fail(std::string(kUsage));
  const auto found = std::find_if(kGoals.begin(), kGoals.end(), [&](const Goal& g) { return g.name == w[1]; });
  if (found == kGoals.end()) {
    std::vector<std::string_view> names;
    for (const Goal& goal : kGoals) names.push_back(goal.name);
    return base::fail(fmt::format("there is no '{}' to go to; there are {}", w[1], fmt::join(names, ", ")));
  }
  ScriptCommand command{.verb = Verb::kGo};
  command.go.goal = found->goal;
  std::size_t at = 2;
  if (found->goal == StepGoal::kAtLine) {
    const auto line = at < w.size() ? whole_from_one(w[at++]) : std::nullopt;
    if (!line) return base::fail("expected the number of a line: `go to-line LINE [back] [N]`");
    command.go.line = *line;
  }
  const bool back = at < w.size() && w[at] == "back";
  if (back) ++at;
  if (back || found->name == "start") command.go.direction = trace::Direction::kBackward;
  if (at < w.size()) {
    const auto count = whole_from_one(w[at++]);
    if (!count) return base::fail(fmt::format("'{}' is not how often to go; {}", w[at - 1], kUsage));
    command.go.count = *count;
  }
  if (at != w.size()) return base::fail(fmt::format("'{}' is too much; {}", w[at], kUsage));
  return command;
}

// Every choice becomes a group of the condition: the one that holds is right.
base::Result<ScriptCommand> parse_ask(const ScriptWords& words) {
  constexpr std::string_view kUsage = "expected `ask \"Question\" VALUE choices A B [C] [D]`";
  const auto& w = words.words;
  if (w.size() < 6 || w.size() > 8 || w[3] != "choices") return base::fail(std::string(kUsage));
  if (const std::string wrong = name_complaint(w[2]); !wrong.empty()) return base::fail(wrong);
  ScriptCommand command{.verb = Verb::kAsk};
  command.words = {w[1]};
  command.condition.text = w[2];
  for (std::size_t i = 4; i < w.size(); ++i) {
    if (std::count(w.begin() + 4, w.end(), w[i]) > 1) {
      return base::fail(fmt::format("the choice '{}' is there twice", w[i]));
    }
    command.words.push_back(w[i]);
    command.condition.groups.push_back({{w[2], Comparison::Op::kEqual, script_literal(w[i], words.quoted[i])}});
  }
  return command;
}

base::Result<ScriptCommand> parse_topic(const ScriptWords& words) {
  if (words.words.size() < 2) return base::fail("expected `topic NAME`, or several names");
  ScriptCommand command{.verb = Verb::kTopic};
  command.words.assign(words.words.begin() + 1, words.words.end());
  return command;
}

base::Result<ScriptCommand> parse_schedule(const ScriptWords& words) {
  const auto& w = words.words;
  const auto policy = w.size() > 1 ? find_schedule(w[1]) : std::nullopt;
  const bool random = policy == vgpu::WarpScheduler::kRandom;
  const auto seed = random && w.size() == 3 ? whole_from_one(w[2]) : std::nullopt;
  if (!policy || w.size() != (random ? 3U : 2U) || (random && !seed)) {
    return base::fail("expected `schedule run-to-wait`, `round-robin`, `greedy-then-oldest` or `random SEED`");
  }
  ScriptCommand command{.verb = Verb::kSchedule};
  command.schedule = {*policy, static_cast<std::uint64_t>(seed.value_or(0))};
  return command;
}

constexpr std::array kSentences{
    ScriptSentence{"go", parse_go},
    ScriptSentence{"schedule", parse_schedule},
    ScriptSentence{"topic", parse_topic},
    ScriptSentence{"ask", parse_ask},
};

}  // namespace

std::span<const ScriptSentence> script_sentences() {
  return kSentences;
}

}  // namespace warpscope::app

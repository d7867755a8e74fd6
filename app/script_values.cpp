#include "app/script_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "app/panels/learn_microscope.h"

namespace warpscope::app {
namespace {

using session::TrainingStatus;

constexpr std::string_view kNone = "none";

ScriptValue none() {
  return std::string(kNone);
}

template <class T>
ScriptValue number(T value) {
  return static_cast<double>(value);
}

ScriptValue maybe(const std::optional<double>& value) {
  return value ? ScriptValue(*value) : none();
}

// What the network makes of the drawing on the pad; null for an empty pad.
const training::Activations* reading(const ScriptFacts& facts) {
  const auto& probe = facts.view.probe;
  return probe && probe->from_pad ? &probe->activations : nullptr;
}

ScriptValue prediction(const ScriptFacts& facts) {
  const auto* read = reading(facts);
  return read == nullptr ? none() : number(read->digit);
}

ScriptValue runner_up(const ScriptFacts& facts) {
  const auto* read = reading(facts);
  return read == nullptr ? none() : number(read->runner_up);
}

ScriptValue probability(const ScriptFacts& facts) {
  const auto* read = reading(facts);
  return read == nullptr ? none() : number(read->probabilities[static_cast<std::size_t>(read->digit)]);
}

ScriptValue status(const ScriptFacts& facts) {
  constexpr std::array kWords{"loading", "ready", "training", "paused", "stepping", "finished", "diverged", "failed"};
  return std::string(kWords[static_cast<std::size_t>(facts.view.training.status)]);
}

ScriptValue step_phase(const ScriptFacts& facts) {
  constexpr std::array kWords{"forward", "loss", "backward", "update"};
  return facts.view.step ? ScriptValue(std::string(kWords[static_cast<std::size_t>(facts.view.step->phase)])) : none();
}

ScriptValue focus_kind(const ScriptFacts& facts) {
  constexpr std::array kWords{"none",   "pad",  "input",    "map-pixel", "map",     "pool-pixel", "filter", "unit",
                              "output", "loss", "accuracy", "confusion", "gallery", "control",    "step"};
  return std::string(kWords[static_cast<std::size_t>(facts.ui.focus().kind)]);
}

ScriptValue toasts(const ScriptFacts& facts) {
  std::vector<std::string> texts;
  for (const panels::Toast& toast : facts.ui.toasts) texts.push_back(toast.text);
  return fmt::format("{}", fmt::join(texts, "\n"));
}

ScriptValue newest_message(const ScriptFacts& facts) {
  return facts.view.messages.empty() ? none() : ScriptValue(facts.view.messages.back().text);
}

// Where the guided tour is.
ScriptValue tour_state(const ScriptFacts& facts) {
  const panels::TourState& tour = facts.ui.tour;
  if (tour.present < 0) return none();
  if (tour.working) return std::string("working");
  if (!tour.problem.empty()) return std::string("problem");
  if (tour.choices.empty()) return std::string("told");
  if (!tour.chosen) return std::string("asked");
  return std::string(tour.answered_right ? "right" : "wrong");
}

ScriptValue tour_problem(const ScriptFacts& facts) {
  return facts.ui.tour.problem.empty() ? none() : ScriptValue(facts.ui.tour.problem);
}

ScriptValue workspace(const ScriptFacts& facts) {
  constexpr std::array kWords{"learn", "convolve", "sm", "step"};
  return std::string(kWords[static_cast<std::size_t>(facts.ui.workspace)]);
}

ScriptValue microscope_state(const ScriptFacts& facts) {
  if (facts.view.microscope == nullptr) return none();
  constexpr std::array kWords{"freezing", "ready", "failed"};
  return std::string(kWords[static_cast<std::size_t>(facts.view.microscope->state)]);
}

const session::MicroscopeLaunch* chosen_launch(const ScriptFacts& facts) {
  const auto& view = facts.view.microscope;
  const int chosen = facts.ui.learn.microscope.chosen;
  if (view == nullptr || chosen < 0 || chosen >= static_cast<int>(view->launches.size())) return nullptr;
  return &view->launches[static_cast<std::size_t>(chosen)];
}

using Facts = ScriptFacts;
constexpr std::array kNames{
    ScriptName{"prediction", prediction},
    ScriptName{"runner_up", runner_up},
    ScriptName{"probability", probability},
    ScriptName{"status", status},
    ScriptName{"network", [](const Facts& f) -> ScriptValue { return f.view.training.settings.network; }},
    ScriptName{"batch", [](const Facts& f) { return number(f.view.training.settings.batch); }},
    ScriptName{"rate", [](const Facts& f) { return number(f.view.training.settings.rate); }},
    ScriptName{"train.step", [](const Facts& f) { return number(f.view.training.step); }},
    ScriptName{"train.epoch", [](const Facts& f) { return number(f.view.training.epoch); }},
    ScriptName{"train.loss", [](const Facts& f) { return number(f.view.training.loss); }},
    ScriptName{"train.accuracy", [](const Facts& f) { return number(f.view.training.accuracy); }},
    ScriptName{"train.samples_per_second", [](const Facts& f) { return number(f.view.training.samples_per_second); }},
    ScriptName{"validation.accuracy", [](const Facts& f) { return maybe(f.view.training.validation_accuracy); }},
    ScriptName{"test.accuracy", [](const Facts& f) { return maybe(f.view.training.test_accuracy); }},
    ScriptName{"drawings", [](const Facts& f) { return number(f.view.gallery->items.size()); }},
    ScriptName{"gallery.size", [](const Facts& f) { return number(f.view.gallery->items.size()); }},
    ScriptName{"replay", [](const Facts& f) { return number(f.view.training.drawings_in_replay); }},
    ScriptName{"strokes", [](const Facts& f) { return number(f.ui.editor.drawing().strokes.size()); }},
    ScriptName{"step.phase", step_phase},
    ScriptName{"focus.kind", focus_kind},
    ScriptName{"toast", toasts},
    ScriptName{"message", newest_message},
    ScriptName{"frames", [](const Facts& f) { return number(f.frame_times.count()); }},
    ScriptName{"frame.ms", [](const Facts& f) { return number(f.frame_times.last_ms()); }},
    ScriptName{"frame.median_ms", [](const Facts& f) { return number(f.frame_times.median_ms()); }},
    ScriptName{"frame.max_ms", [](const Facts& f) { return number(f.frame_times.max_ms()); }},
    ScriptName{"fps", [](const Facts& f) { return number(f.frame_times.per_second(f.now)); }},
    ScriptName{"theme", [](const Facts& f) -> ScriptValue { return std::string(f.ui.dark ? "dark" : "light"); }},
    ScriptName{"zoom", [](const Facts& f) { return number(f.ui.zoom); }},
    ScriptName{"workspace", workspace},
    ScriptName{"microscope", microscope_state},
    ScriptName{"microscope.step",
               [](const Facts& f) { return f.view.microscope ? number(f.view.microscope->step) : none(); }},
    ScriptName{"microscope.launches",
               [](const Facts& f) { return f.view.microscope ? number(f.view.microscope->launches.size()) : none(); }},
    ScriptName{"microscope.kernel",
               [](const Facts& f) { return chosen_launch(f) ? ScriptValue(chosen_launch(f)->kernel) : none(); }},
    ScriptName{"microscope.phase",
               [](const Facts& f) {
                 return chosen_launch(f) ? ScriptValue(std::string(panels::launch_phase_title(chosen_launch(f)->phase)))
                                         : none();
               }},
    ScriptName{"tour.state", tour_state},
    ScriptName{"tour.stop", [](const Facts& f) { return number(f.ui.tour.stop + 1); }},
    ScriptName{"tour.stops", [](const Facts& f) { return number(f.ui.tour.stops); }},
    ScriptName{"tour.problem", tour_problem},
    ScriptName{"keyboard_focus", [](const Facts& f) -> ScriptValue { return f.ui.widgets.focus; }},
};

std::string text_of(const ScriptValue& value) {
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{:.6g}", *real);
  return fmt::format("\"{}\"", std::get<std::string>(value));
}

bool compare(double left, Comparison::Op op, double right) {
  // train.accuracy is a float: equality of decimals somebody typed allows for that.
  const bool same = left == right || std::abs(left - right) < 1e-6 * std::max(std::abs(left), std::abs(right));
  switch (op) {
    case Comparison::Op::kEqual:
      return same;
    case Comparison::Op::kUnequal:
      return !same;
    case Comparison::Op::kLess:
      return left < right;
    case Comparison::Op::kLessOrEqual:
      return left <= right;
    case Comparison::Op::kGreater:
      return left > right;
    case Comparison::Op::kGreaterOrEqual:
      return left >= right;
    case Comparison::Op::kContains:
      return false;
  }
  return false;
}

bool is_true(const Comparison& comparison, const ScriptFacts& facts) {
  const ScriptValue left = script_value(comparison.name, facts);
  const auto* left_number = std::get_if<double>(&left);
  const auto* right_number = std::get_if<double>(&comparison.value);
  if (left_number != nullptr && right_number != nullptr) return compare(*left_number, comparison.op, *right_number);
  // A number is never equal to a text: "none" differs from every digit.
  if (left_number != nullptr || right_number != nullptr) return comparison.op == Comparison::Op::kUnequal;
  const auto& have = std::get<std::string>(left);
  const auto& want = std::get<std::string>(comparison.value);
  switch (comparison.op) {
    case Comparison::Op::kEqual:
      return have == want;
    case Comparison::Op::kUnequal:
      return have != want;
    case Comparison::Op::kContains:
      return have.find(want) != std::string::npos;
    default:
      return false;
  }
}

const ScriptName* find_name(std::string_view name) {
  const auto is_it = [name](const ScriptName& known) { return known.name == name; };
  for (const std::span<const ScriptName> names : {std::span<const ScriptName>(kNames), train_script_names(),
                                                  step_script_names(), convolve_script_names(), map_script_names()}) {
    if (const auto at = std::find_if(names.begin(), names.end(), is_it); at != names.end()) return &*at;
  }
  return nullptr;
}

}  // namespace

std::string name_complaint(std::string_view name) {
  if (const auto wrong = step_call_complaint(name)) return *wrong;
  if (find_name(name) != nullptr) return {};
  return fmt::format("nothing is called '{}'; there are {}, step.var(PATH,LANE), step.mem(BUFFER,INDEX)", name,
                     fmt::join(script_names(), ", "));
}

std::vector<std::string_view> script_names() {
  std::vector<std::string_view> names;
  for (const ScriptName& known : kNames) names.push_back(known.name);
  for (const ScriptName& known : train_script_names()) names.push_back(known.name);
  for (const ScriptName& known : step_script_names()) names.push_back(known.name);
  for (const ScriptName& known : convolve_script_names()) names.push_back(known.name);
  for (const ScriptName& known : map_script_names()) names.push_back(known.name);
  return names;
}

ScriptValue script_value(std::string_view name, const ScriptFacts& facts) {
  if (const auto value = step_call_value(name, facts)) return *value;
  const ScriptName* found = find_name(name);
  return found == nullptr ? none() : found->value(facts);
}

bool holds(const Condition& condition, const ScriptFacts& facts) {
  return std::any_of(condition.groups.begin(), condition.groups.end(), [&](const std::vector<Comparison>& group) {
    return std::all_of(group.begin(), group.end(), [&](const Comparison& c) { return is_true(c, facts); });
  });
}

std::string values_now(const Condition& condition, const ScriptFacts& facts) {
  std::vector<std::string> parts;
  for (const auto& group : condition.groups) {
    for (const Comparison& c : group) {
      parts.push_back(fmt::format("{} is {}", c.name, text_of(script_value(c.name, facts))));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace warpscope::app

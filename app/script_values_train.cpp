// What scripts can ask of the back ends of training.
#include <algorithm>
#include <array>

#include "app/panels/learn_backend.h"
#include "app/script_values.h"

namespace warpscope::app {
namespace {

using session::BackendMeasurement;
using training::PhaseTimes;

ScriptValue none() {
  return std::string("none");
}

template <class Number>
ScriptValue number(Number value) {
  return static_cast<double>(value);
}

// In milliseconds; "none" before a step was measured.
template <double PhaseTimes::*Phase>
ScriptValue phase_ms(const ScriptFacts& f) {
  const PhaseTimes& phases = f.view.training.phases;
  return phases.all() > 0 ? number(phases.*Phase * 1e3) : none();
}

ScriptValue step_ms(const ScriptFacts& f) {
  const PhaseTimes& phases = f.view.training.phases;
  return phases.all() > 0 ? number(phases.all() * 1e3) : none();
}

ScriptValue text_or_none(const std::string& text) {
  return text.empty() ? none() : ScriptValue(text);
}

// Whether every row of the comparison has its numbers or the reason why there are none.
ScriptValue compare_done(const ScriptFacts& f) {
  const auto& comparison = f.view.comparison;
  if (!comparison) return none();
  const bool all = std::all_of(comparison->rows.begin(), comparison->rows.end(),
                               [](const BackendMeasurement& row) { return row.done || !row.problem.empty(); });
  return number(all && !comparison->running ? 1 : 0);
}

ScriptValue compare_rows(const ScriptFacts& f) {
  return f.view.comparison ? number(f.view.comparison->rows.size()) : none();
}

ScriptValue compare_text(const ScriptFacts& f) {
  return f.view.comparison ? text_or_none(panels::comparison_text(*f.view.comparison)) : none();
}

// Of row N, from 1; "none" where there is no such row, or nothing was measured.
template <std::size_t Row, double BackendMeasurement::*Value>
ScriptValue of_row(const ScriptFacts& f) {
  const auto& comparison = f.view.comparison;
  if (!comparison || comparison->rows.size() < Row) return none();
  const BackendMeasurement& row = comparison->rows[Row - 1];
  return row.done && row.problem.empty() ? number(row.*Value) : none();
}

using Facts = ScriptFacts;
using Row = BackendMeasurement;
constexpr std::array kNames{
    ScriptName{"train.backend", [](const Facts& f) { return text_or_none(f.view.training.backend); }},
    ScriptName{"train.wanted", [](const Facts& f) -> ScriptValue { return f.view.training.settings.backend; }},
    ScriptName{"train.device", [](const Facts& f) { return text_or_none(f.view.training.device); }},
    ScriptName{"train.why", [](const Facts& f) { return text_or_none(f.view.training.backend_why); }},
    ScriptName{"train.precision",
               [](const Facts& f) -> ScriptValue {
                 return std::string(training::text_of(f.view.training.settings.precision));
               }},
    ScriptName{"train.switching", [](const Facts& f) { return number(f.view.training.switching ? 1 : 0); }},
    ScriptName{"train.batch_that_fits", [](const Facts& f) { return number(f.view.training.batch_that_fits); }},
    ScriptName{"train.phase.gather", phase_ms<&PhaseTimes::gather>},
    ScriptName{"train.phase.forward", phase_ms<&PhaseTimes::forward>},
    ScriptName{"train.phase.backward", phase_ms<&PhaseTimes::backward>},
    ScriptName{"train.phase.update", phase_ms<&PhaseTimes::update>},
    ScriptName{"train.phase.all", step_ms},
    ScriptName{"compare.rows", compare_rows},
    ScriptName{"compare.done", compare_done},
    ScriptName{"compare.text", compare_text},
    ScriptName{"compare.speed.1", of_row<1, &Row::samples_per_second>},
    ScriptName{"compare.speed.2", of_row<2, &Row::samples_per_second>},
    ScriptName{"compare.speed.3", of_row<3, &Row::samples_per_second>},
    ScriptName{"compare.speed.4", of_row<4, &Row::samples_per_second>},
    ScriptName{"compare.speed.5", of_row<5, &Row::samples_per_second>},
    ScriptName{"compare.loss.1", of_row<1, &Row::loss>},
    ScriptName{"compare.loss.2", of_row<2, &Row::loss>},
    ScriptName{"compare.loss.3", of_row<3, &Row::loss>},
    ScriptName{"compare.loss.4", of_row<4, &Row::loss>},
    ScriptName{"compare.loss.5", of_row<5, &Row::loss>},
    ScriptName{"compare.accuracy.1", of_row<1, &Row::accuracy>},
    ScriptName{"compare.accuracy.2", of_row<2, &Row::accuracy>},
    ScriptName{"compare.accuracy.3", of_row<3, &Row::accuracy>},
    ScriptName{"compare.accuracy.4", of_row<4, &Row::accuracy>},
    ScriptName{"compare.accuracy.5", of_row<5, &Row::accuracy>},
};

}  // namespace

std::span<const ScriptName> train_script_names() {
  return kNames;
}

}  // namespace warpscope::app

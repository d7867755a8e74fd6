// script_values.h: what a script can ask for by name. Floor 8. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/frame_times.h"
#include "app/panels/ui.h"
#include "app/script.h"

namespace warpscope::app {

using ScriptValue = std::variant<double, std::string>;

struct ScriptFacts {
  const session::LearnView& view;
  const panels::UiState& ui;
  const FrameTimes& frame_times;
  double now = 0;
};

bool is_script_name(std::string_view name);
std::vector<std::string_view> script_names();
// The name must be one. Text "none" where there is nothing: no prediction for an empty pad, no validation yet.
ScriptValue script_value(std::string_view name, const ScriptFacts& facts);

bool holds(const Condition& condition, const ScriptFacts& facts);
// "prediction is 4, train.step is 120": what the condition's names are now.
std::string values_now(const Condition& condition, const ScriptFacts& facts);

}  // namespace warpscope::app

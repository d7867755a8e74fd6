// script_values.h: what a script can ask for by name. Floor 8. Pure.
#pragma once

#include <optional>
#include <span>
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
  const session::StepView& step;
  const session::ConvolveView& convolve;
  const session::MapView& map;
  const panels::UiState& ui;
  const FrameTimes& frame_times;
  double now = 0;
};

struct ScriptName {
  std::string_view name;
  ScriptValue (*value)(const ScriptFacts& facts);
};
// "" where `name` can be asked for, else why not, and what can: also step.var(PATH,LANE) and step.mem(BUFFER,INDEX).
std::string name_complaint(std::string_view name);
std::vector<std::string_view> script_names();
// The name must be one. Text "none" where there is nothing: no prediction for an empty pad, no validation yet.
ScriptValue script_value(std::string_view name, const ScriptFacts& facts);

bool holds(const Condition& condition, const ScriptFacts& facts);
// "prediction is 4, train.step is 120": what the condition's names are now.
std::string values_now(const Condition& condition, const ScriptFacts& facts);

// Those of training's back ends (script_values_train.cpp), of Convolve (script_values_convolve.cpp), of the SM map
// (script_values_map.cpp).
std::span<const ScriptName> train_script_names();
std::span<const ScriptName> convolve_script_names();
std::span<const ScriptName> map_script_names();

// ---- Those of Step (script_values_step.cpp)

std::span<const ScriptName> step_script_names();
// Of names with arguments; nullopt: it is none of them.
std::optional<std::string> step_call_complaint(std::string_view name);
std::optional<ScriptValue> step_call_value(std::string_view name, const ScriptFacts& facts);
// "random", as scripts write the order in which warps run.
std::string_view schedule_name(vgpu::WarpScheduler policy);
std::optional<vgpu::WarpScheduler> find_schedule(std::string_view name);

}  // namespace warpscope::app

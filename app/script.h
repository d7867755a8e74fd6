// script.h: the language of scripts: one command a line, # comments. Floor 8. Pure: text in, commands out.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compute/base/error.h"
#include "compute/session/step_commands.h"

namespace warpscope::app {

// NAME OP VALUE, as in `train.accuracy > 0.97`.
struct Comparison {
  enum class Op { kEqual, kUnequal, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kContains };
  std::string name;
  Op op = Op::kEqual;
  std::variant<double, std::string> value;
};
// True where all comparisons of any group are: `a and b or c`.
struct Condition {
  std::vector<std::vector<Comparison>> groups;
  std::string text;
};

enum class Verb {
  kWorkspace,
  kWaitFrames,
  kWaitSeconds,
  kWaitUntil,
  kMove,
  kPress,
  kRelease,
  kClick,
  kHover,
  kKey,
  kType,
  kDrag,
  kDrawDigit,
  kLabelDigit,
  kSet,
  kOpen,
  kExpect,
  kScreenshot,
  kResize,
  kTheme,
  kResetFrameTimes,
  // Of Step.
  kGo,
  kFollow,
  kSeek,
  kSchedule,
  kArgument,
  kShow,
  // Of guided tours (see tour.h): what is told and asked. A player passes over them.
  kTour,
  kAbout,
  kTopic,
  kStop,
  kSay,
  kAsk,
  kRight,
  kWrong,
  kAnswer  // not written by anybody: how a tour is tested, the right choice is clicked
};

struct ScriptCommand {
  int line = 0;
  Verb verb = Verb::kWaitFrames;
  std::vector<std::string> words = {};  // arguments
  std::vector<double> numbers = {};     // the same, where they are numbers (0 elsewhere)
  Condition condition = {};             // of wait-until and expect; of ask: a group for each choice
  double timeout = 30;                  // seconds, of wait-until
  session::Go go = {};                  // of go
  vgpu::Schedule schedule = {};         // of schedule
};

struct Script {
  std::string file;
  std::vector<ScriptCommand> commands = {};
};

// Errors name file, line and what was expected.
base::Result<Script> parse_script(std::string_view text, const std::string& file);
base::Result<Condition> parse_condition(std::string_view text);

}  // namespace warpscope::app

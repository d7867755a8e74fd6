#include "app/script_player.h"

#include <GLFW/glfw3.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "app/actions.h"
#include "app/open_file.h"
#include "app/panels/keys.h"
#include "app/panels/tour.h"
#include "compute/drawings/drawing.h"

namespace warpscope::app {
namespace {

std::string_view name_of(panels::Workspace workspace) {
  switch (workspace) {
    case panels::Workspace::kConvolve:
      return "Convolve";
    case panels::Workspace::kMap:
      return "the SM map";
    default:
      return "Step";
  }
}

namespace fs = std::filesystem;

constexpr double kTargetTimeout = 5;   // seconds until a target must have appeared
constexpr double kReadingTimeout = 5;  // until the reading of a drawing must have come
constexpr double kStepTimeout = 60;    // until Step must have answered

ScriptFacts facts_of(ScriptHost& host, double now) {
  return {host.view(), host.step_view(), host.convolve_view(), host.map_view(), host.ui(), host.frame_times(), now};
}

int glfw_modifiers(const panels::KeyPress& press) {
  return (press.control ? GLFW_MOD_CONTROL : 0) | (press.shift ? GLFW_MOD_SHIFT : 0) | (press.alt ? GLFW_MOD_ALT : 0);
}

// What means nothing before Step has answered everything that was asked of it.
bool needs_answers(Verb verb) {
  switch (verb) {
    case Verb::kExpect:
    case Verb::kScreenshot:
    case Verb::kGo:
    case Verb::kFollow:
    case Verb::kSeek:
    case Verb::kSchedule:
    case Verb::kArgument:
    case Verb::kShow:
    case Verb::kAsk:
      return true;
    default:
      return false;
  }
}

}  // namespace

ScriptPlayer::ScriptPlayer(Script script, fs::path screenshots)
    : script_(std::move(script)), screenshots_(std::move(screenshots)) {}

void ScriptPlayer::fail(const ScriptCommand& command, const std::string& what) {
  if (failure_.empty()) failure_ = fmt::format("{}:{}: {}", script_.file, command.line, what);
}

void ScriptPlayer::advance(ScriptHost& host, double now, bool frame_drawn) {
  if (failed()) return;
  if (frame_drawn && frames_to_wait_ > 0) --frames_to_wait_;
  if (!host.window().input().empty() || frames_to_wait_ > 0) return;
  if (!deeds_.empty()) {
    if (!frame_drawn) return;
    const Deed deed = deeds_.front();
    if (deed.kind == Deed::Kind::kWaitForReading) {
      if (reading_deadline_ == 0) reading_deadline_ = now + kReadingTimeout;
      if (!reading_is_there(host) && now < reading_deadline_) return;
      reading_deadline_ = 0;
    }
    deeds_.pop_front();
    perform(host, deed);
    return;
  }
  if (waiting_) {
    check(host, now);
    return;
  }
  if (next_ >= script_.commands.size() || answers_are_due(host, script_.commands[next_], now)) return;
  begin(host, script_.commands[next_++], now);
}

// Whether the command has to wait for what was asked of the sessions.
bool ScriptPlayer::answers_are_due(ScriptHost& host, const ScriptCommand& command, double now) {
  if (!needs_answers(command.verb) || !host.is_busy()) {
    answer_deadline_ = 0;
    return false;
  }
  if (answer_deadline_ == 0) answer_deadline_ = now + kStepTimeout;
  if (now >= answer_deadline_)
    fail(command, fmt::format("{} gave no answer for {:g} s", name_of(host.ui().workspace), kStepTimeout));
  return true;
}

double ScriptPlayer::quiet_for(double now) const {
  constexpr double kLookAgain = 1.0 / 60;
  const bool only_time = waiting_ && script_.commands[next_ - 1].verb == Verb::kWaitSeconds;
  return only_time ? std::max(0.0, give_up_at_ - now) : kLookAgain;
}

void ScriptPlayer::begin(ScriptHost& host, const ScriptCommand& command, double now) {
  panels::UiState& ui = host.ui();
  switch (command.verb) {
    case Verb::kWorkspace:
      set_workspace(ui, *find_workspace(command.words[0]));
      queue_frames(2);
      break;
    case Verb::kWaitFrames:
    case Verb::kWaitSeconds:
    case Verb::kWaitUntil:
    case Verb::kExpect:
    case Verb::kClick:
    case Verb::kHover:
    case Verb::kAnswer:
      begin_waiting(host, command, now);
      break;
    case Verb::kMove:
    case Verb::kPress:
    case Verb::kRelease:
    case Verb::kDrag:
      begin_pointing(host, command);
      break;
    case Verb::kDrawDigit:
      begin_drawing(host, command);
      break;
    case Verb::kKey:
      queue_key(panels::parse_key(command.words[0]));
      break;
    case Verb::kLabelDigit:
      queue_key(panels::parse_key(command.words[0]));
      break;
    case Verb::kType:
      for (const char c : command.words[0]) {
        deeds_.push_back({.kind = Deed::Kind::kCharacter, .character = static_cast<unsigned char>(c)});
      }
      queue_frames(1);
      break;
    case Verb::kSet:
      ui.pending_sets[command.words[0]] = command.words[1];
      waiting_ = true;
      give_up_at_ = now + kTargetTimeout;
      queue_frames(1);  // the control takes it when it is drawn, also where nothing moves
      break;
    case Verb::kOpen:
      host.open(is_kernel_name(command.words[0]) ? fs::path(command.words[0]) : resolve(command.words[0]));
      queue_frames(2);
      break;
    case Verb::kScreenshot: {
      const auto written = host.screenshot(screenshots_ / command.words[0]);
      if (!written) fail(command, written.error().message);
      break;
    }
    case Verb::kResize: {
      const auto cross = command.words[0].find('x');
      host.window().resize(std::stoi(command.words[0].substr(0, cross)), std::stoi(command.words[0].substr(cross + 1)));
      queue_frames(4);
      break;
    }
    case Verb::kTheme:
      set_theme(ui, command.words[0] == "dark");
      queue_frames(2);
      break;
    case Verb::kResetFrameTimes:
      host.frame_times().reset();
      break;
    case Verb::kGo:
    case Verb::kFollow:
    case Verb::kSeek:
      begin_stepping(host, command);
      break;
    case Verb::kSchedule:
    case Verb::kArgument:
      begin_launching(host, command);
      break;
    case Verb::kShow:
      begin_showing(host, command);
      break;
    case Verb::kTour:
    case Verb::kAbout:
    case Verb::kTopic:
    case Verb::kStop:
    case Verb::kSay:
    case Verb::kAsk:
    case Verb::kRight:
    case Verb::kWrong:
      break;
  }
}

void ScriptPlayer::begin_stepping(ScriptHost& host, const ScriptCommand& command) {
  const auto& run = host.step_view().run;
  if (!run) {
    fail(command, "there is no run to step through; expected `open KERNEL` before");
    return;
  }
  if (command.verb == Verb::kGo) {
    host.send(command.go);
    return;
  }
  const auto first = static_cast<std::uint64_t>(command.numbers[0]);
  if (command.verb == Verb::kSeek) {
    if (first > run->size()) {
      fail(command, fmt::format("expected a position up to {}, the end of the run, not {}", run->size(), first));
      return;
    }
    host.send(session::SeekTo{.position = first});
    return;
  }
  const auto warp = static_cast<std::uint64_t>(command.numbers[1]);
  const base::Dim3& grid = run->launch.grid;
  const std::uint64_t blocks = std::uint64_t{grid.x} * grid.y * grid.z;
  if (first >= blocks || warp >= run->warps_per_block) {
    fail(command, fmt::format("expected a block below {} and a warp below {}", blocks, run->warps_per_block));
    return;
  }
  host.send(session::FollowWarp{static_cast<trace::WarpIndex>(first * run->warps_per_block + warp)});
}

// Which memory is looked at; where there is room for both kinds, both are there anyway.
void ScriptPlayer::begin_showing(ScriptHost& host, const ScriptCommand& command) {
  const std::string& what = command.words[0];
  panels::StepPanels& step = host.ui().step;
  using Tab = panels::StepPanels::MemoryTab;
  step.memory_tab = what == "shared" ? Tab::kShared : Tab::kGlobal;
  queue_frames(1);
  if (what == "shared" || what == "global") return;
  std::vector<std::string> names{"shared", "global"};
  if (const auto& run = host.step_view().run) {
    for (std::size_t i = 0; i < run->buffers.size(); ++i) {
      names.push_back(run->buffers[i].name);
      if (names.back() != what) continue;
      step.buffer = static_cast<int>(i);
      return;
    }
  }
  fail(command, fmt::format("there is no buffer '{}' to show; there are {}", what, fmt::join(names, ", ")));
}

void ScriptPlayer::begin_launching(ScriptHost& host, const ScriptCommand& command) {
  if (command.verb == Verb::kSchedule) {
    host.send(session::SetSchedule{command.schedule});
    return;
  }
  const auto& launch = host.step_view().launch;
  session::StepLaunch changed = launch ? *launch : session::StepLaunch{};
  for (auto* arguments : {&changed.arguments, &changed.symbols}) {
    for (session::StepArgument& argument : *arguments) {
      if (argument.name != command.words[0]) continue;
      argument.spec = command.words[1];
      argument.is_guess = false;
      host.send(session::SetLaunch{std::move(changed)});
      return;
    }
  }
  std::vector<std::string> names;
  for (const session::StepArgument& argument : changed.arguments) names.push_back(argument.name);
  fail(command, names.empty() ? fmt::format("there is no kernel that could take '{}'", command.words[0])
                              : fmt::format("the kernel has no argument '{}'; there are {}", command.words[0],
                                            fmt::join(names, ", ")));
}

void ScriptPlayer::begin_waiting(ScriptHost& host, const ScriptCommand& command, double now) {
  if (command.verb == Verb::kWaitFrames) {
    frames_to_wait_ = static_cast<int>(command.numbers[0]);
    return;
  }
  if (command.verb == Verb::kExpect) {
    const ScriptFacts facts = facts_of(host, now);
    if (!holds(command.condition, facts)) {
      fail(command, fmt::format("expected {}, but {}", command.condition.text, values_now(command.condition, facts)));
    }
    return;
  }
  waiting_ = true;
  give_up_at_ = now + (command.verb == Verb::kWaitSeconds ? command.numbers[0]
                       : command.verb == Verb::kWaitUntil ? command.timeout
                                                          : kTargetTimeout);
  check(host, now);
}

// Whether what the present command waits for has come, or never will.
void ScriptPlayer::check(ScriptHost& host, double now) {
  const ScriptCommand& command = script_.commands[next_ - 1];
  const bool late = now >= give_up_at_;
  switch (command.verb) {
    case Verb::kWaitSeconds:
      waiting_ = !late;
      return;
    case Verb::kSet:
      waiting_ = host.ui().pending_sets.contains(command.words[0]);
      if (waiting_ && late) {
        fail(command, fmt::format("no control '{}' took the value '{}'", command.words[0], command.words[1]));
      }
      if (!waiting_) queue_frames(1);
      return;
    case Verb::kWaitUntil: {
      const ScriptFacts facts = facts_of(host, now);
      waiting_ = !holds(command.condition, facts);
      if (waiting_ && late) {
        fail(command, fmt::format("waited {:g} s for {}, but {}", command.timeout, command.condition.text,
                                  values_now(command.condition, facts)));
      }
      return;
    }
    default:
      break;
  }
  // click, hover and answer: until there is such a target.
  const std::string name = target_name(host, command);
  const auto target = find_target(host, name);
  if (!target || !target->enabled) {
    if (!late) return;
    std::set<std::string> names;
    for (const panels::Target& known : host.ui().targets) names.insert(known.name);
    fail(command, target ? fmt::format("'{}' is there but not available", name)
                         : fmt::format("nothing called '{}' can be seen; there are {}", name, fmt::join(names, ", ")));
    return;
  }
  waiting_ = false;
  const bool inside = command.numbers.size() == 3;
  const scene::Rect& r = target->rect;
  const scene::Vec2 at = inside ? scene::Vec2{r.x + r.w * static_cast<float>(command.numbers[1]),
                                              r.y + r.h * static_cast<float>(command.numbers[2])}
                                : r.centre();
  queue_move(at);
  queue_frames(1);
  if (command.verb != Verb::kHover) queue_click();
}

void ScriptPlayer::begin_pointing(ScriptHost&, const ScriptCommand& command) {
  const auto at = [&](std::size_t i) {
    return scene::Vec2{static_cast<float>(command.numbers[i]), static_cast<float>(command.numbers[i + 1])};
  };
  if (command.verb == Verb::kMove) queue_move(at(0));
  if (command.verb == Verb::kPress) deeds_.push_back({.kind = Deed::Kind::kButton, .down = true});
  if (command.verb == Verb::kRelease) deeds_.push_back({.kind = Deed::Kind::kButton, .down = false});
  if (command.verb == Verb::kDrag) {
    constexpr int kSteps = 12;
    queue_move(at(0));
    deeds_.push_back({.kind = Deed::Kind::kButton, .down = true});
    for (int i = 1; i <= kSteps; ++i) {
      const float part = static_cast<float>(i) / kSteps;
      queue_move({at(0).x + (at(2).x - at(0).x) * part, at(0).y + (at(2).y - at(0).y) * part});
    }
    deeds_.push_back({.kind = Deed::Kind::kButton, .down = false});
  }
  queue_frames(1);
}

void ScriptPlayer::begin_drawing(ScriptHost& host, const ScriptCommand& command) {
  const auto drawing = drawings::read_strokes_file(resolve(command.words[0]));
  if (!drawing) {
    fail(command, drawing.error().text());
    return;
  }
  const auto pad = find_target(host, "Pad");
  if (!pad) {
    fail(command, "there is no pad to draw on");
    return;
  }
  const scene::Rect& r = pad->rect;
  for (const drawings::Stroke& stroke : drawing->strokes) {
    for (std::size_t i = 0; i < stroke.size(); ++i) {
      queue_move({r.x + stroke[i].x / drawing->canvas_width * r.w, r.y + stroke[i].y / drawing->canvas_height * r.h});
      if (i == 0) deeds_.push_back({.kind = Deed::Kind::kButton, .down = true});
    }
    deeds_.push_back({.kind = Deed::Kind::kButton, .down = false});
  }
  queue_frames(1);
  deeds_.push_back({.kind = Deed::Kind::kWaitForReading});
}

bool ScriptPlayer::reading_is_there(ScriptHost& host) const {
  const auto& probe = host.view().probe;
  return probe && probe->from_pad && probe->drawing_version >= host.ui().editor.version();
}

void ScriptPlayer::perform(ScriptHost& host, const Deed& deed) {
  InputPort& window = host.window();
  switch (deed.kind) {
    case Deed::Kind::kMove: {
      pointer_ = deed.at;
      const double unit = host.pixels_per_unit();
      window.on_pointer(deed.at.x / unit, deed.at.y / unit);
      break;
    }
    case Deed::Kind::kButton:
      window.on_button(0, deed.down, 0);
      break;
    case Deed::Kind::kKey: {
      // Nothing is held any more when the key comes up.
      const int modifiers = deed.down ? glfw_modifiers(deed.press) : 0;
      window.on_key(deed.press.code, 0, deed.down ? GLFW_PRESS : GLFW_RELEASE, modifiers);
      const bool types = deed.down && !deed.press.control && !deed.press.alt && deed.press.code < 128;
      // A layout turns a key into a character; without one, letters are small and everything else is itself.
      const int character = deed.press.shift ? deed.press.code : std::tolower(deed.press.code);
      if (types) window.on_character(static_cast<unsigned int>(character));
      break;
    }
    case Deed::Kind::kCharacter:
      window.on_character(deed.character);
      break;
    case Deed::Kind::kFrame:
    case Deed::Kind::kWaitForReading:
      break;
  }
}

void ScriptPlayer::queue_move(scene::Vec2 to) {
  deeds_.push_back({.kind = Deed::Kind::kMove, .at = to});
}

void ScriptPlayer::queue_click() {
  deeds_.push_back({.kind = Deed::Kind::kButton, .down = true});
  deeds_.push_back({.kind = Deed::Kind::kButton, .down = false});
  queue_frames(1);
}

void ScriptPlayer::queue_key(const panels::KeyPress& press) {
  deeds_.push_back({.kind = Deed::Kind::kKey, .down = true, .press = press});
  deeds_.push_back({.kind = Deed::Kind::kKey, .down = false, .press = press});
  queue_frames(1);
}

void ScriptPlayer::queue_frames(int count) {
  for (int i = 0; i < count; ++i) deeds_.push_back({});
}

std::string ScriptPlayer::target_name(ScriptHost& host, const ScriptCommand& command) const {
  return command.verb == Verb::kAnswer ? panels::choice_name(host.ui().tour.right_choice) : command.words[0];
}

std::optional<panels::Target> ScriptPlayer::find_target(ScriptHost& host, const std::string& name) const {
  // What was drawn last lies on top.
  const auto& targets = host.ui().targets;
  const auto found =
      std::find_if(targets.rbegin(), targets.rend(), [&](const panels::Target& t) { return t.name == name; });
  if (found == targets.rend()) return std::nullopt;
  return *found;
}

fs::path ScriptPlayer::resolve(const std::string& path) const {
  const fs::path beside = fs::path(script_.file).parent_path() / path;
  std::error_code error;
  return fs::exists(beside, error) ? beside : fs::path(path);
}

}  // namespace warpscope::app

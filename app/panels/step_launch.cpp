#include "app/panels/step_launch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/step_panels.h"
#include "app/panels/step_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::StepArgument;
using session::StepLaunch;

constexpr float kPad = 24, kTop = 64, kFoot = 60, kRow = 34, kField = 28;
constexpr double kMostGrid = 2147483647, kMostGridSide = 65535, kMostSteps = 50'000'000, kMostShared = 232'448;

// Draws down a column; `y` is where the next thing goes.
struct Column {
  const Frame& f;
  Rect room;
  float y = 0;
};

void label(const Frame& f, scene::Vec2 at, std::string_view what) {
  text(f, {at.x, at.y + f.px(kField / 2) - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, what);
}

void title(Column& c, std::string_view what, std::string_view about) {
  c.y += c.f.px(10);
  panel_title(c.f, {c.room.x, c.y}, what, about, c.room.w);
  c.y += c.f.px(26);
}

void problem_line(Column& c, float x, std::string_view problem) {
  if (problem.empty()) return;
  const Frame& f = c.f;
  c.y += paragraph(f, {x, c.y - f.px(3)}, c.room.right() - x, Type::kCaption, f.colors.error, problem) + f.px(4);
}

// Three numbers in a row. True where one changed.
bool dim_fields(const Frame& f, std::string_view name, scene::Vec2 at, base::Dim3& dim, std::array<double, 3> most) {
  constexpr std::array<const char*, 3> kAxes{"x", "y", "z"};
  const std::array<std::uint32_t*, 3> parts{&dim.x, &dim.y, &dim.z};
  bool changed = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto value = static_cast<double>(*parts[i]);
    const Rect r{at.x + f.px(84) * static_cast<float>(i), at.y, f.px(78), f.px(kField)};
    if (!number_field(f, fmt::format("{} {}", name, kAxes[i]), r, value, 1, most[i], 0)) continue;
    *parts[i] = static_cast<std::uint32_t>(value);
    changed = true;
  }
  return changed;
}

// A grid that is too large to be recorded whole comes with one block chosen.
void draw_only_block(Column& c, StepLaunch& draft) {
  if (!draft.only_block) return;
  const Frame& f = c.f;
  bool alone = true;
  toggle(f, "Only one block", {c.room.x, c.y + f.px(2)}, alone);
  text(f, {c.room.x + f.px(38), c.y + f.px(10) - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text,
       fmt::format("Only block {}", with_thousands(static_cast<long long>(*draft.only_block))));
  if (!alone) draft.only_block.reset();
  c.y += f.px(kRow);
}

void draw_threads(Column& c, StepLaunch& draft) {
  const Frame& f = c.f;
  const float x = c.room.x + f.px(84);
  title(c, "Threads",
        fmt::format("{}{} blocks of {} threads",
                    draft.only_block
                        ? fmt::format("only block {} of ", with_thousands(static_cast<long long>(*draft.only_block)))
                        : "",
                    with_thousands(static_cast<long long>(draft.grid.count())),
                    with_thousands(static_cast<long long>(draft.block.count()))));
  label(f, {c.room.x, c.y}, "Grid");
  dim_fields(f, "Grid", {x, c.y}, draft.grid, {kMostGrid, kMostGridSide, kMostGridSide});
  c.y += f.px(kRow);
  label(f, {c.room.x, c.y}, "Block");
  dim_fields(f, "Block", {x, c.y}, draft.block, {1024, 1024, 64});
  c.y += f.px(kRow);
  problem_line(c, x, block_problem(draft.block));
  label(f, {c.room.x, c.y}, "Shared");
  auto shared = static_cast<double>(draft.dynamic_shared_bytes);
  if (number_field(f, "Dynamic shared memory", {x, c.y, f.px(110), f.px(kField)}, shared, 0, kMostShared, 0)) {
    draft.dynamic_shared_bytes = static_cast<std::uint32_t>(shared);
  }
  text(f, {x + f.px(118), c.y + f.px(kField / 2) - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
       "bytes, dynamic", Align::kLeft, c.room.right() - x - f.px(118));
  c.y += f.px(kRow);
  draw_only_block(c, draft);
}

struct Check {
  const char *name, *about;
  bool device::Checks::*on;
};
constexpr std::array kChecks{Check{"Memory", "out of bounds, misaligned", &device::Checks::memory},
                             Check{"Init", "read before written", &device::Checks::init},
                             Check{"Race", "no order between two accesses", &device::Checks::race},
                             Check{"Sync", "barriers not all threads reach", &device::Checks::sync}};

void draw_watch(Column& c, StepLaunch& draft) {
  const Frame& f = c.f;
  title(c, "Watching", "what the checkers look for");
  for (const Check& check : kChecks) {
    toggle(f, fmt::format("Check {}", check.name), {c.room.x, c.y + f.px(2)}, draft.checks.*check.on);
    const float x = c.room.x + f.px(38);
    const float width =
        text(f, {x, c.y + f.px(10) - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text, check.name) +
        f.px(8);
    text(f, {x + width, c.y + f.px(10) - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
         check.about, Align::kLeft, c.room.right() - x - width);
    c.y += f.px(24);
  }
  c.y += f.px(4);
  label(f, {c.room.x, c.y}, "At most");
  auto steps = static_cast<double>(draft.max_steps);
  if (number_field(f, "Most steps", {c.room.x + f.px(64), c.y, f.px(110), f.px(kField)}, steps, 1, kMostSteps, 0)) {
    draft.max_steps = static_cast<std::uint64_t>(steps);
  }
  text(f, {c.room.x + f.px(182), c.y + f.px(kField / 2) - line_height(f, Type::kCaption) / 2}, Type::kCaption,
       f.colors.text3, "steps recorded", Align::kLeft, c.room.right() - c.room.x - f.px(182));
  c.y += f.px(kRow);
}

// ---- Arguments

const std::string& problem_of(const Frame& f, const std::string& spec) {
  auto& known = f.ui.step.launch.problems;
  const auto found = known.find(spec);
  return found != known.end() ? found->second : known.emplace(spec, spec_problem(spec)).first->second;
}

void draw_presets(const Frame& f, StepLaunch& draft, std::size_t index, Rect r) {
  const std::vector<ArgumentPreset> presets = presets_of(draft, index, f.ui.editor.drawing());
  if (presets.empty()) return;
  StepArgument& argument = draft.arguments[index];
  std::vector<std::string> labels{"as written"};
  int chosen = 0;
  for (const ArgumentPreset& preset : presets) {
    if (preset.spec == argument.spec) chosen = static_cast<int>(labels.size());
    labels.push_back(preset.label);
  }
  if (!combo(f, fmt::format("Preset of {}", argument.name), r, labels, chosen) || chosen == 0) return;
  argument.spec = presets[static_cast<std::size_t>(chosen) - 1].spec;
  argument.is_guess = false;
  f.ui.widgets.fields.erase(fmt::format("Argument {}", argument.name));
}

void draw_guess(const Frame& f, scene::Vec2 at) {
  const Rect r{at.x, at.y + f.px(kField / 2 - 9), text_width(f, Type::kCaption, "guess") + f.px(14), f.px(18)};
  fill(f, r, f.colors.warning_tint, f.px(9));
  text(f, {r.x + f.px(7), r.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.warning,
       "guess");
  if (hovered(f, r)) tip(f, "Nobody chose this value yet: it was guessed from the parameter's type and name.");
}

// `index` of the launch's arguments; a symbol has none and no presets.
void draw_argument(Column& c, StepLaunch& draft, StepArgument& argument, std::optional<std::size_t> index) {
  const Frame& f = c.f;
  const float names = f.px(96), types = f.px(std::min(150.0F, c.room.w / f.scale * 0.2F)), presets = f.px(140);
  const float middle = c.y + f.px(kField / 2), gap = f.px(8);
  text(f, {c.room.x, middle - line_height(f, Type::kCode) / 2}, Type::kCode, f.colors.text, argument.name, Align::kLeft,
       names - gap);
  text(f, {c.room.x + names, middle - line_height(f, Type::kMicro) / 2}, Type::kMicro, f.colors.text3, argument.type,
       Align::kLeft, types - gap);
  const bool has_presets = index && argument.is_pointer;
  const float x = c.room.x + names + types;
  const float guess = argument.is_guess ? text_width(f, Type::kCaption, "guess") + f.px(14) + gap : 0;
  const Rect field{x, c.y, c.room.right() - x - (has_presets ? presets + gap : 0) - guess, f.px(kField)};
  const std::string name = fmt::format("{} {}", index ? "Argument" : "Symbol", argument.name);
  if (const auto typed = committed_field(f, name, field, shown_spec(argument), "TYPE:VALUE or buf:TYPE:COUNT:zero")) {
    argument.spec = spec_from_shown(argument, *typed);
    argument.is_guess = false;
  }
  const std::string problem = problem_of(f, argument.spec);
  if (!problem.empty()) stroke(f, field, f.colors.error, f.px(scene::size::kRadiusControl), f.px(1));
  if (guess > 0) draw_guess(f, {field.right() + gap, c.y});
  if (has_presets) {
    draw_presets(f, draft, *index, {c.room.right() - presets, c.y, presets, f.px(kField)});
  }
  c.y += f.px(kRow);
  problem_line(c, x, problem);
}

void draw_arguments(Column& c, StepLaunch& draft) {
  title(c, "Arguments", draft.arguments.empty() ? "this kernel takes none" : "what each buffer and number starts with");
  for (std::size_t i = 0; i < draft.arguments.size(); ++i) draw_argument(c, draft, draft.arguments[i], i);
  if (draft.symbols.empty()) return;
  title(c, "Constant memory", "variables that the host sets before the launch");
  for (StepArgument& symbol : draft.symbols) draw_argument(c, draft, symbol, std::nullopt);
}

bool has_problem(const Frame& f, const StepLaunch& draft) {
  const auto wrong = [&](const StepArgument& argument) { return !problem_of(f, argument.spec).empty(); };
  return !block_problem(draft.block).empty() || std::any_of(draft.arguments.begin(), draft.arguments.end(), wrong) ||
         std::any_of(draft.symbols.begin(), draft.symbols.end(), wrong);
}

void close_card(const Frame& f) {
  f.ui.step.launch_open = false;
  f.ui.widgets.focus.clear();
  f.ui.wake_in(0);
}

void draw_foot(const Frame& f, Rect r, StepLaunch& draft) {
  const float y = std::round(r.centre().y - f.px(kField / 2)), height = f.px(kField);
  const ButtonLook run{.icon = Icon::kPlay, .primary = true, .enabled = !has_problem(f, draft), .label = "Run"};
  const float run_width = button_width(f, "Run this launch", run);
  if (button(f, "Run this launch", {r.right() - run_width, y, run_width, height}, run)) {
    f.ui.step.playing = false;
    f.send_step(session::SetLaunch{draft});
    close_card(f);
  }
  const float cancel = button_width(f, "Cancel");
  if (button(f, "Cancel", {r.right() - run_width - f.px(8) - cancel, y, cancel, height})) close_card(f);
  const kernels::Kernel* shipped = f.step.source ? f.step.source->shipped : nullptr;
  if (shipped != nullptr) shipped = kernels::neighbour(*shipped, draft.kernel);
  if (shipped == nullptr) return;
  const ButtonLook restore{.tip = "Grid, block and arguments as the catalogue has them"};
  if (button(f, "As shipped", {r.x, y, button_width(f, "As shipped", restore), height}, restore)) {
    draft = as_shipped(draft, *shipped);
    f.ui.widgets.fields.clear();
  }
}

// A draft is begun whenever the card opens, and when another kernel of the file was chosen.
void begin_draft(const Frame& f) {
  StepLaunchState& state = f.ui.step.launch;
  const bool was_open = state.drawn_in_frame + 1 >= ImGui::GetFrameCount();
  state.drawn_in_frame = ImGui::GetFrameCount();
  if (was_open && state.begun == f.step.launch) return;
  state.begun = f.step.launch;
  state.draft = *f.step.launch;
  state.problems.clear();
  state.scroll = 0;
  f.ui.widgets.fields.clear();
}

void draw_head(const Frame& f, Rect card) {
  text(f, {card.x + f.px(kPad), card.y + f.px(16)}, Type::kHeading, f.colors.text, "Launch");
  const float side = f.px(scene::size::kControl);
  const Rect close{card.right() - side - f.px(12), card.y + f.px(14), side, side};
  if (button(f, "Close the launch", close, {.icon = Icon::kClose, .tip = "Esc", .label_hidden = true, .ghost = true})) {
    close_card(f);
  }
  const float x = card.x + f.px(kPad) + text_width(f, Type::kHeading, "Launch") + f.px(16);
  const auto& kernels = f.step.kernels;
  const std::string& now = f.ui.step.launch.draft.kernel;
  const std::string readable = f.step.run && f.step.run->launch_text.kernel == now ? f.step.run->kernel : now;
  if (kernels.size() < 2) {
    text(f, {x, card.y + f.px(19)}, Type::kCode, f.colors.text2, readable, Align::kLeft, close.x - x - f.px(12));
    return;
  }
  int chosen = static_cast<int>(std::find(kernels.begin(), kernels.end(), now) - kernels.begin());
  const Rect field{x, card.y + f.px(14), std::min(f.px(360), close.x - x - f.px(12)), f.px(kField)};
  if (combo(f, "Kernel", field, kernels, chosen)) {
    f.ui.step.playing = false;
    f.send_step(session::ChooseKernel{kernels[static_cast<std::size_t>(chosen)]});
  }
}

}  // namespace

void draw_launch_card(const Frame& f, Rect window) {
  if (!f.step.launch) {
    f.ui.step.launch_open = false;
    return;
  }
  begin_draft(f);
  StepLaunchState& state = f.ui.step.launch;
  const bool list_was_open = !f.ui.widgets.open_popup.empty();
  const float width = std::min(f.px(820), window.w - f.px(32)), pad = f.px(kPad);
  const float height = std::min(f.px(kTop + kFoot) + std::max(state.content, f.px(240)), window.h - f.px(48));
  const Rect card{std::round(window.centre().x - width / 2), std::round(window.centre().y - height / 2), width, height};
  const Overlay overlay(f, "launch", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  draw_head(f, card);
  const Rect body{card.x + pad, card.y + f.px(kTop - 12), card.w - 2 * pad, card.h - f.px(kTop - 12 + kFoot)};
  if (hovered(f, body) && !list_was_open) state.scroll -= ImGui::GetIO().MouseWheel * f.px(kRow);
  state.scroll = std::clamp(state.scroll, 0.0F, std::max(0.0F, state.content - body.h));
  {
    const Clip clip(body.inset(-f.px(3)));
    const float half = std::floor((body.w - f.px(32)) * 0.52F);
    const float top = body.y - state.scroll;
    Column threads{f, {body.x, top, half, 0}, top},
        watch{f, {body.x + half + f.px(32), top, body.w - half - f.px(32), 0}, top};
    draw_threads(threads, state.draft);
    draw_watch(watch, state.draft);
    Column arguments{f, body, std::max(threads.y, watch.y)};
    draw_arguments(arguments, state.draft);
    state.content = arguments.y - top + f.px(8);
  }
  line(f, {card.x, card.bottom() - f.px(kFoot)}, {card.right(), card.bottom() - f.px(kFoot)}, f.colors.hair, f.px(1));
  draw_foot(f, {card.x + pad, card.bottom() - f.px(kFoot), card.w - 2 * pad, f.px(kFoot)}, state.draft);
  const ImGuiIO& io = ImGui::GetIO();
  const bool beside = io.MouseClicked[0] && !card.contains({io.MousePos.x, io.MousePos.y});
  if (beside && !list_was_open) close_card(f);
}

void draw_step_launch(const Frame& f, Rect window) {
  if (f.ui.step.launch_open) {
    f.ui.step.breakpoints_open = false;
    draw_launch_card(f, window);
  } else if (f.ui.step.breakpoints_open) {
    draw_breakpoints_card(f, window);
  }
}

}  // namespace warpscope::panels

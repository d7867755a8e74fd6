#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/step_panels.h"
#include "app/panels/step_scrub.h"
#include "app/panels/step_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using scene::Vec2;
using trace::Direction;

constexpr float kHeight = 28, kArrow = 22, kNameGap = 6, kSmallGap = 2;
constexpr std::array<std::string_view, 3> kUnits{"Line", "Instruction", "Round"};
constexpr std::array<double, 5> kSpeeds{1, 4, 16, 60, 250};

const std::vector<std::string>& scheduler_words() {
  static const std::vector<std::string> words{"Run to wait", "Round robin", "Greedy then oldest", "Random order"};
  return words;
}
const std::vector<std::string>& unit_words() {
  static const std::vector<std::string> words(kUnits.begin(), kUnits.end());
  return words;
}
const std::vector<std::string>& speed_words() {
  static const std::vector<std::string> words{"1 a second", "4 a second", "16 a second", "60 a second", "250 a second"};
  return words;
}
const std::vector<std::string>& goal_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all;
    for (const StepGoalChoice& choice : step_goals()) all.emplace_back(choice.text);
    return all;
  }();
  return words;
}
float combo_width(const Frame& f, const std::vector<std::string>& words) {
  float widest = 0;
  for (const std::string& word : words) widest = std::max(widest, text_width(f, Type::kLabel, word));
  return std::ceil(widest + f.px(10) + f.px(32));
}

void tell(const Frame& f, Rect r) {
  if (hovered(f, r)) f.ui.step.hovered = {.kind = StepFocus::Kind::kControl, .path = {}};
}

// "0, 3" as far as the grid has dimensions.
std::string block_text(const base::Dim3& grid, std::uint64_t block) {
  const base::Dim3 at = grid.at(block);
  if (grid.z > 1) return fmt::format("{}, {}, {}", at.x, at.y, at.z);
  return grid.y > 1 ? fmt::format("{}, {}", at.x, at.y) : fmt::format("{}", at.x);
}

float block_field_width(const Frame& f) {
  const base::Dim3 grid = f.step.run ? f.step.run->launch.grid : base::Dim3{};
  const std::string widest = block_text(grid, grid.count() == 0 ? 0 : grid.count() - 1);
  return std::max(f.px(44), text_width(f, Type::kSmall, widest) + 2 * f.px(11));
}

// ---- Units, goal, speed

float units_width(const Frame& f) {
  float width = 0;
  for (const std::string_view unit : kUnits) width += text_width(f, Type::kLabel, unit) + 2 * f.px(9);
  return std::ceil(width);
}

void draw_units(const Frame& f, const StepItemLook& look, Rect r) {
  StepPanels& state = f.ui.step;
  auto chosen = static_cast<int>(state.unit);
  if (!look.unit_row) {
    if (combo(f, "Step by", r, unit_words(), chosen)) state.unit = static_cast<StepUnit>(chosen);
    return;
  }
  constexpr std::array<std::string_view, 3> kNames{"Step by line", "Step by instruction", "Step by round"};
  constexpr std::array<std::string_view, 3> kTips{"Into and Over go to the warp's next line (L)",
                                                  "Into and Over make one PTX instruction of the followed warp (I)",
                                                  "Every warp of the block makes one step (R)"};
  float x = r.x;
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    const float width = std::ceil(text_width(f, Type::kLabel, kUnits[i]) + 2 * f.px(9));
    const ButtonLook unit{.selected = static_cast<int>(i) == chosen, .tip = kTips[i], .label = kUnits[i]};
    if (button(f, kNames[i], {x, r.y, width, r.h}, unit)) state.unit = static_cast<StepUnit>(i);
    x += width - f.px(1);
  }
}

void draw_goal(const Frame& f, const StepItemLook& look, Rect r) {
  StepPanels& state = f.ui.step;
  const float side = f.px(kArrow);
  float x = r.x;
  const bool can = can_step(f);
  const bool to_cursor = step_goals()[static_cast<std::size_t>(state.goal)].goal == session::StepGoal::kAtLine;
  const bool enabled = can && (!to_cursor || state.cursor_line > 0);
  const std::string_view why = enabled || !can ? "" : "Click a line number's code first: that is the cursor's line";
  if (look.goal_back) {
    const ButtonLook back{.icon = Icon::kSkipBack,
                          .enabled = enabled,
                          .tip = why.empty() ? "Back to the one before (Shift+F8)" : why,
                          .label_hidden = true};
    if (button(f, "Previous goal", {x, r.y, side, r.h}, back)) go_to_goal(f, Direction::kBackward);
    x += side + f.px(kSmallGap);
  }
  const float width = r.right() - x - side - f.px(kSmallGap);
  combo(f, "Goal", {x, r.y, width, r.h}, goal_words(), state.goal);
  const ButtonLook next{
      .icon = Icon::kSkip, .enabled = enabled, .tip = why.empty() ? "Go there (F8, Enter)" : why, .label_hidden = true};
  if (button(f, "Next goal", {r.right() - side, r.y, side, r.h}, next)) go_to_goal(f, Direction::kForward);
}

void draw_speed(const Frame& f, Rect r) {
  StepPanels& state = f.ui.step;
  const auto found = std::find(kSpeeds.begin(), kSpeeds.end(), state.units_per_second);
  int chosen = found == kSpeeds.end() ? -1 : static_cast<int>(found - kSpeeds.begin());
  if (combo(f, "Speed", r, speed_words(), chosen)) {
    state.units_per_second = kSpeeds[static_cast<std::size_t>(chosen)];
    state.play_due = f.ui.now;
  }
}

// ---- Block and warp

bool arrow(const Frame& f, std::string_view name, Rect r, std::string_view sign, std::string_view says) {
  return button(f, name, r, {.enabled = can_step(f), .tip = says, .label = sign});
}

void draw_block_field(const Frame& f, Rect r) {
  const base::Dim3 grid = f.step.run ? f.step.run->launch.grid : base::Dim3{};
  const bool can = can_step(f);
  const std::string shown = can ? block_text(grid, followed_block(*f.step.run, *f.step.moment)) : "";
  const auto typed = committed_field(f, "Block", r, shown, "-");
  if (!typed || !can) return;
  const auto block = parse_block(grid, *typed);
  f.ui.widgets.fields["Block"].problem = block ? "" : block.error().text();
  if (block) follow_block(f, *block);
}

void draw_warp_field(const Frame& f, Rect r) {
  const bool can = can_step(f);
  const std::uint32_t warps = can ? std::max(1U, f.step.run->warps_per_block) : 1;
  const trace::WarpIndex followed = can ? f.step.moment->followed : 0;
  double warp = followed % warps;
  if (!number_field(f, "Warp", r, warp, 0, warps - 1, 0) || !can) return;
  f.ui.step.playing = false;
  f.send_step(session::FollowWarp{followed - followed % warps + static_cast<trace::WarpIndex>(warp)});
}

void draw_followed(const Frame& f, StepItem item, const StepItemLook& look, Rect r) {
  const bool block = item == StepItem::kBlock;
  const float side = f.px(kArrow);
  Rect field = r;
  if (look.arrows) {
    const auto follow = [&](int by) { block ? follow_next_block(f, by) : follow_next_warp(f, by); };
    if (arrow(f, block ? "Previous block" : "Previous warp", {r.x, r.y, side, r.h}, "<",
              block ? "The block before (Ctrl+PageUp)" : "The warp before (PageUp)")) {
      follow(-1);
    }
    if (arrow(f, block ? "Next block" : "Next warp", {r.right() - side, r.y, side, r.h}, ">",
              block ? "The next block (Ctrl+PageDown)" : "The next warp (PageDown)")) {
      follow(1);
    }
    field = {r.x + side + f.px(kSmallGap), r.y, r.w - 2 * (side + f.px(kSmallGap)), r.h};
  }
  block ? draw_block_field(f, field) : draw_warp_field(f, field);
}

// ---- Scheduler

float seed_width(const Frame& f) {
  return std::max(f.px(48), text_width(f, Type::kCode, fmt::format("{}", f.step.schedule.seed)) + 2 * f.px(11));
}

void draw_scheduler(const Frame& f, Rect r) {
  vgpu::Schedule schedule = f.step.schedule;
  const bool random = schedule.policy == vgpu::WarpScheduler::kRandom;
  const float side = f.px(kHeight), gap = f.px(4);
  const float seed = random ? seed_width(f) + side + 2 * gap : 0;
  auto chosen = static_cast<int>(schedule.policy);
  bool changed = combo(f, "Scheduler", {r.x, r.y, r.w - seed, r.h}, scheduler_words(), chosen);
  schedule.policy = static_cast<vgpu::WarpScheduler>(chosen);
  if (random) {
    auto number = static_cast<double>(schedule.seed);
    const Rect field{r.right() - seed + gap, r.y, seed - side - 2 * gap, r.h};
    changed |= number_field(f, "Schedule seed", field, number, 0, 4294967295.0, 0);
    schedule.seed = static_cast<std::uint64_t>(number);
    const ButtonLook dice{.icon = Icon::kDice, .tip = "The next seed: another order", .label_hidden = true};
    if (button(f, "Next seed", {r.right() - side, r.y, side, r.h}, dice)) {
      ++schedule.seed;
      changed = true;
    }
  }
  if (!changed || schedule == f.step.schedule) return;
  f.ui.step.playing = false;
  f.send_step(session::SetSchedule{schedule});
}

float bare_width(const Frame& f, StepItem item, const StepItemLook& look) {
  const float arrows = look.arrows ? 2 * (f.px(kArrow) + f.px(kSmallGap)) : 0;
  const float goal_back = look.goal_back ? f.px(kArrow) + f.px(kSmallGap) : 0;
  switch (item) {
    case StepItem::kUnit:
      return look.unit_row ? units_width(f) : combo_width(f, unit_words());
    case StepItem::kGoal:
      return (look.wide_goal ? combo_width(f, goal_words())
                             : combo_width(f, {goal_words()[static_cast<std::size_t>(f.ui.step.goal)]})) +
             f.px(kArrow) + f.px(kSmallGap) + goal_back;
    case StepItem::kSpeed:
      return combo_width(f, speed_words());
    case StepItem::kBlock:
      return block_field_width(f) + arrows;
    case StepItem::kWarp:
      return f.px(40) + arrows;
    case StepItem::kScheduler: {
      const bool random = f.step.schedule.policy == vgpu::WarpScheduler::kRandom;
      return combo_width(f, scheduler_words()) + (random ? seed_width(f) + f.px(kHeight) + f.px(8) : 0);
    }
  }
  return 0;
}

bool is_named(StepItem item, const StepItemLook& look) {
  const bool speaks_for_itself = item == StepItem::kGoal || item == StepItem::kScheduler || item == StepItem::kSpeed;
  return look.named && !speaks_for_itself;
}

}  // namespace

std::string_view name_of(StepItem item) {
  constexpr std::array<std::string_view, 6> kNames{"Step by", "Go", "Speed", "Block", "Warp", "Scheduler"};
  return kNames[static_cast<std::size_t>(item)];
}

float item_width(const Frame& f, StepItem item, const StepItemLook& look) {
  const float name = is_named(item, look) ? text_width(f, Type::kSmall, name_of(item)) + f.px(kNameGap) : 0;
  return std::ceil(name) + bare_width(f, item, look);
}

void draw_item(const Frame& f, StepItem item, const StepItemLook& look, Vec2 at) {
  float x = at.x;
  if (is_named(item, look)) {
    x += std::ceil(text(f, {x, at.y + f.px(kHeight / 2) - line_height(f, Type::kSmall) / 2}, Type::kSmall,
                        f.colors.text2, name_of(item))) +
         f.px(kNameGap);
  }
  const Rect r{std::round(x), at.y, bare_width(f, item, look), f.px(kHeight)};
  tell(f, r);
  switch (item) {
    case StepItem::kUnit:
      draw_units(f, look, r);
      break;
    case StepItem::kGoal:
      draw_goal(f, look, r);
      break;
    case StepItem::kSpeed:
      draw_speed(f, r);
      break;
    case StepItem::kBlock:
    case StepItem::kWarp:
      draw_followed(f, item, look, r);
      break;
    case StepItem::kScheduler:
      draw_scheduler(f, r);
      break;
  }
}

}  // namespace warpscope::panels

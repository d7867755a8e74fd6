#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/learn_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::LearnSettings;
using training::OptimizerKind;
using training::ScheduleKind;

// After this a setting that did not come back counts as refused: the session said why in a message.
constexpr double kRefusedAfter = 1.5;

constexpr std::array kOptimizers{OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam};
constexpr std::array kSchedules{ScheduleKind::kConstant, ScheduleKind::kOneCycle};
const std::vector<std::string>& optimizer_words() {
  static const std::vector<std::string> words{"SGD", "Momentum", "Adam"};
  return words;
}
const std::vector<std::string>& schedule_words() {
  static const std::vector<std::string> words{"Constant", "One-cycle"};
  return words;
}
const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const training::NetworkSpec& network : training::networks()) found.push_back(network.name);
    return found;
  }();
  return names;
}

template <class T, std::size_t N>
int index_of(const std::array<T, N>& all, T one) {
  return static_cast<int>(std::find(all.begin(), all.end(), one) - all.begin());
}

float usual_rate_of(const LearnSettings& settings) {
  const auto network = training::find_network(settings.network);
  return network ? training::usual_rate(*network, settings.optimizer.kind, settings.schedule) : settings.rate;
}

// A rate nobody chose follows network, optimiser and schedule; a chosen one stays.
void follow_with_rate(LearnSettings& settings, const LearnSettings& before) {
  if (before.rate == usual_rate_of(before)) settings.rate = usual_rate_of(settings);
}

void set_network(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  const LearnSettings before = settings;
  const auto& names = network_names();
  int selected = static_cast<int>(std::find(names.begin(), names.end(), settings.network) - names.begin());
  if (!combo(f, "Network", r, names, selected)) return;
  settings.network = names[static_cast<std::size_t>(selected)];
  follow_with_rate(settings, before);
  ask_for(f, settings);
}

void set_optimizer(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  const LearnSettings before = settings;
  int selected = index_of(kOptimizers, settings.optimizer.kind);
  if (!combo(f, "Optimiser", r, optimizer_words(), selected)) return;
  settings.optimizer.kind = kOptimizers[static_cast<std::size_t>(selected)];
  follow_with_rate(settings, before);
  ask_for(f, settings);
}

void set_schedule(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  const LearnSettings before = settings;
  int selected = index_of(kSchedules, settings.schedule);
  if (!combo(f, "Schedule", r, schedule_words(), selected)) return;
  settings.schedule = kSchedules[static_cast<std::size_t>(selected)];
  follow_with_rate(settings, before);
  ask_for(f, settings);
}

void set_rate(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  // The float nearest to 0.001 is 0.00100000005: people see what they typed.
  double rate = std::strtod(fmt::format("{:.6g}", settings.rate).c_str(), nullptr);
  if (!number_field(f, "Rate", r, rate, 0.000001, 1000, 7)) return;
  settings.rate = static_cast<float>(rate);
  ask_for(f, settings);
}

void set_batch(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  double batch = settings.batch;
  if (!number_field(f, "Batch", r, batch, 1, 4096, 0)) return;
  settings.batch = static_cast<int>(batch);
  ask_for(f, settings);
}

void set_seed(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  auto seed = static_cast<double>(settings.seed);
  if (!number_field(f, "Seed", r, seed, 0, 999'999'999, 0)) return;
  settings.seed = static_cast<std::uint64_t>(seed);
  ask_for(f, settings);
}

void set_epochs(const Frame& f, Rect r) {
  LearnSettings settings = asked_settings(f);
  double epochs = settings.epochs;
  if (!number_field(f, "Epochs", r, epochs, 1, 10'000, 0)) return;
  settings.epochs = static_cast<int>(epochs);
  ask_for(f, settings);
}

void set_augment(const Frame& f, Rect r) {
  ToolbarState& state = f.ui.learn.toolbar;
  LearnSettings settings = asked_settings(f);
  bool on = settings.augmentation.any();
  const float pill = f.px(16);
  if (toggle(f, "Augment", {r.x, std::round(r.centre().y - pill / 2)}, on)) {
    if (on) {
      settings.augmentation = state.last_augmentation.any() ? state.last_augmentation : training::mnist_augmentation();
    } else {
      state.last_augmentation = settings.augmentation;
      settings.augmentation = training::no_augmentation();
    }
    ask_for(f, settings);
  }
  const float side = f.px(20);
  const Rect opener{r.x + f.px(30), std::round(r.centre().y - f.px(24) / 2), side, f.px(24)};
  const ButtonLook look{
      .icon = Icon::kChevronDown, .tip = "Which changes, and how large", .label_hidden = true, .ghost = true};
  if (button(f, "Augmentation kinds", opener, look)) {
    const bool open = state.open == ToolbarState::Popover::kAugment;
    state.open = open ? ToolbarState::Popover::kNone : ToolbarState::Popover::kAugment;
    f.ui.wake_in(0);
  }
  draw_augment_popover(f, opener);
}

struct Setting {
  SettingId id;
  const char* name;
  float width;  // logical, of the widget; 0: as wide as its words need
  void (*draw)(const Frame& f, Rect r);
};
constexpr std::array kSettings{
    Setting{SettingId::kNetwork, "Network", 0, set_network},
    Setting{SettingId::kOptimiser, "Optimiser", 0, set_optimizer},
    Setting{SettingId::kRate, "Rate", 56, set_rate},
    Setting{SettingId::kBatch, "Batch", 40, set_batch},
    Setting{SettingId::kSeed, "Seed", 32, set_seed},
    Setting{SettingId::kAugment, "Augment", 48, set_augment},
    Setting{SettingId::kSchedule, "Schedule", 0, set_schedule},
    Setting{SettingId::kEpochs, "Epochs", 40, set_epochs},
};

const Setting& setting(SettingId id) {
  return kSettings[static_cast<std::size_t>(id)];
}

std::string word_of_combo(const Frame& f, SettingId id) {
  const LearnSettings settings = asked_settings(f);
  if (id == SettingId::kNetwork) return settings.network;
  if (id == SettingId::kOptimiser) {
    return optimizer_words()[static_cast<std::size_t>(index_of(kOptimizers, settings.optimizer.kind))];
  }
  return schedule_words()[static_cast<std::size_t>(index_of(kSchedules, settings.schedule))];
}

// What the field needs for the number in it, so that a long rate is not cut off.
float number_width(const Frame& f, SettingId id) {
  const LearnSettings settings = asked_settings(f);
  std::string shown;
  if (id == SettingId::kRate) shown = fmt::format("{:.6g}", settings.rate);
  if (id == SettingId::kBatch) shown = fmt::format("{}", settings.batch);
  if (id == SettingId::kSeed) shown = fmt::format("{}", settings.seed);
  if (id == SettingId::kEpochs) shown = fmt::format("{}", settings.epochs);
  return text_width(f, Type::kCode, shown) + 2 * f.px(10) + f.px(1);
}

}  // namespace

LearnSettings asked_settings(const Frame& f) {
  const session::TrainingView& training = f.view.training;
  ToolbarState& state = f.ui.learn.toolbar;
  const LearnSettings known = training.pending.value_or(training.settings);
  if (state.sent && (known == *state.sent || f.ui.now > state.sent_at + kRefusedAfter)) state.sent.reset();
  return state.sent.value_or(known);
}

void ask_for(const Frame& f, const LearnSettings& settings) {
  if (settings == asked_settings(f)) return;
  f.ui.learn.toolbar.sent = settings;
  f.ui.learn.toolbar.sent_at = f.ui.now;
  f.ui.wake_in(kRefusedAfter);
  f.send(session::ApplySettings{settings});
}

std::string_view name_of(SettingId id) {
  return setting(id).name;
}

float setting_width(const Frame& f, SettingId id) {
  const float fixed = f.px(setting(id).width);
  if (id == SettingId::kAugment) return fixed;
  if (fixed > 0) return std::max(fixed, number_width(f, id));
  return std::max(f.px(76), text_width(f, Type::kLabel, word_of_combo(f, id)) + f.px(10) + f.px(32));
}

bool waits_for_reset(const session::TrainingView& training, SettingId id) {
  if (!training.pending) return false;
  const LearnSettings &now = training.settings, &later = *training.pending;
  switch (id) {
    case SettingId::kNetwork:
      return now.network != later.network;
    case SettingId::kBatch:
      return now.batch != later.batch;
    case SettingId::kSeed:
      return now.seed != later.seed;
    default:
      return false;
  }
}

std::string waiting_settings(const session::TrainingView& training) {
  std::vector<std::string> parts;
  if (waits_for_reset(training, SettingId::kNetwork)) parts.push_back(training.pending->network);
  if (waits_for_reset(training, SettingId::kBatch))
    parts.push_back(fmt::format("{} {}", parts.empty() ? "Batch" : "batch", training.pending->batch));
  if (waits_for_reset(training, SettingId::kSeed))
    parts.push_back(fmt::format("{} {}", parts.empty() ? "Seed" : "seed", training.pending->seed));
  std::string all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char* joint = i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ";
    all += joint + parts[i];
  }
  return all;
}

void draw_setting(const Frame& f, SettingId id, Rect r) {
  const Setting& shown = setting(id);
  if (hovered(f, r)) f.ui.hovered = {.kind = Focus::Kind::kControl, .name = shown.name};
  shown.draw(f, r);
  if (!waits_for_reset(f.view.training, id)) return;
  // The field shows what was asked for; its frame says that it is not in force yet.
  stroke(f, r, f.colors.warning, f.px(scene::size::kRadiusControl), f.px(1));
  const float radius = f.px(4);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddCircleFilled({r.right() - f.px(1), r.y + f.px(1)}, radius + f.px(1), f.colors.panel, 16);
  list.AddCircleFilled({r.right() - f.px(1), r.y + f.px(1)}, radius, f.colors.warning, 16);
  if (hovered(f, r)) {
    const LearnSettings& now = f.view.training.settings;
    const std::string in_force = id == SettingId::kNetwork ? now.network
                                 : id == SettingId::kBatch ? fmt::format("{}", now.batch)
                                                           : fmt::format("{}", now.seed);
    tip(f, fmt::format("Takes effect on reset. In force now: {}", in_force));
  }
}

}  // namespace warpscope::panels

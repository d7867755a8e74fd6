// panels/learn_toolbar.h: the parts of Learn's toolbar. Floor 7. GUI thread.
#pragma once

#include <string>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

// Settings as the person asked for them: in force, waiting for a reset, or on their way to the session.
session::LearnSettings asked_settings(const Frame& f);
// Sends them where they differ from what was asked for before.
void ask_for(const Frame& f, const session::LearnSettings& settings);

// One setting: its name, its widget, and how wide both are. Drawn in the toolbar or, for want of room, in "More".
enum class SettingId { kNetwork, kOptimiser, kRate, kBatch, kSeed, kAugment, kSchedule, kEpochs };
std::string_view name_of(SettingId id);
float setting_width(const Frame& f, SettingId id);
// Draws the widget (without its name) at the left of `r` and takes in what the person sets.
void draw_setting(const Frame& f, SettingId id, scene::Rect r);

// "cnn32-64 and seed 2": what waits for a reset; "" for nothing.
std::string waiting_settings(const session::TrainingView& training);
bool waits_for_reset(const session::TrainingView& training, SettingId id);

// The popover of augmentation, hanging from `opener`; only while open.
void draw_augment_popover(const Frame& f, scene::Rect opener);
// What had no room in the bar.
struct MoreContent {
  std::vector<SettingId> settings;
  bool backend = false, compare = false;
};
void draw_more_popover(const Frame& f, scene::Rect opener, const MoreContent& content);
// Closes whichever is open on Escape and on a click beside `card`, `other` and `opener`, but not on one in a list that
// hangs from them.
void close_popover(const Frame& f, scene::Rect card, scene::Rect opener, bool list_was_open, scene::Rect other = {});

}  // namespace warpscope::panels

// tests/gui/plots_fixture.h: toolbar, plots and runs of Learn drawn without a window, where they stand at 1920 x 1080.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "app/panels/learn_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/support/sample_view.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {

// The centre of a 1920 x 1080 window.
inline constexpr scene::Rect kToolbar{352, 44, 1208, 48}, kBanner{352, 92, 1208, 60};
inline constexpr scene::Rect kLoss{352, 676, 408, 376}, kAccuracy{760, 676, 408, 376}, kConfusion{1168, 676, 392, 376};

inline void draw_plots(const panels::Frame& f) {
  panels::handle_learn_keys(f);
  panels::draw_learn_toolbar(f, kToolbar);
  if (panels::learn_banner_height(f, kBanner.w) > 0) panels::draw_learn_banner(f, kBanner);
  panels::draw_curves(f, kLoss, kAccuracy);
  panels::draw_confusion(f, kConfusion);
  if (f.ui.runs_open) panels::draw_runs(f, {0, 0, 1920, 1080});
}

class Plots : public testing::Test {
 protected:
  explicit Plots(const SampleOptions& options = {}) { show(options); }

  void show(const SampleOptions& options) {
    gui.view = sample_view(options);
    gui.view.data_dir = folder.path();
    gui.frames(2, draw_plots);
    gui.commands.clear();
  }
  bool has_target(const std::string& name) const {
    return std::any_of(gui.ui.targets.begin(), gui.ui.targets.end(),
                       [&](const panels::Target& target) { return target.name == name; });
  }
  // The settings that the session was asked for last; as they were where it was not.
  session::LearnSettings asked() const {
    const auto sent = gui.sent<session::ApplySettings>();
    return sent.empty() ? gui.view.training.settings : sent.back().settings;
  }
  void set(const std::string& name, const std::string& value) {
    gui.ui.pending_sets[name] = value;
    gui.frames(2, draw_plots);
  }
  // What the session does with settings: those that need a reset wait.
  void answer() {
    session::LearnSettings settings = asked();
    session::TrainingView& training = gui.view.training;
    const session::LearnSettings before = training.settings;
    training.settings = settings;
    training.settings.network = before.network;
    training.settings.batch = before.batch;
    training.settings.seed = before.seed;
    training.pending = training.settings == settings ? std::nullopt : std::optional(settings);
    gui.commands.clear();
    gui.frames(2, draw_plots);
  }

  ScratchFolder folder;
  BareGui gui{1920, 1080};
};

}  // namespace warpscope::tests

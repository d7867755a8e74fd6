// tests/gui/tour_host.h: what a tour's player needs of the program, without a window. Step is the real one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/script_player.h"
#include "compute/session/step_session.h"
#include "tests/support/sample_view.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {

class NoWindow final : public app::InputPort {
 public:
  app::InputQueue& input() override { return queue_; }
  void resize(int, int) override {}
  void on_pointer(double, double) override {}
  void on_button(int, bool, int) override {}
  void on_key(int, int, int, int) override {}
  void on_character(unsigned int) override {}

 private:
  app::InputQueue queue_;
};

class TourHost final : public app::ScriptHost {
 public:
  app::InputPort& window() override { return window_; }
  panels::UiState& ui() override { return ui_; }
  const session::LearnView& view() override { return view_; }
  const session::StepView& step_view() override { return *session_.view(); }
  const session::ConvolveView& convolve_view() override { return convolve_; }
  const session::MapView& map_view() override { return map_; }
  app::FrameTimes& frame_times() override { return times_; }
  void open(const std::filesystem::path& path) override {
    opened.push_back(path.string());
    session_.send(session::OpenKernel{.name = path.string(), .file = {}});
  }
  void send(session::StepCommand command) override { session_.send(std::move(command)); }
  bool is_busy() override { return holds_back_answers || session_.view()->answered < session_.sent(); }
  base::Result<void> screenshot(const std::filesystem::path& file) override {
    screenshots.push_back(file.string());
    return {};
  }
  float pixels_per_unit() const override { return 1; }

  bool holds_back_answers = false;
  std::vector<std::string> opened, screenshots;

 private:
  ScratchFolder folder_;
  NoWindow window_;
  panels::UiState ui_;
  session::LearnView view_ = sample_view({});
  session::StepSession session_{session::StepOptions{folder_.path()}, [] {}};
  session::ConvolveView convolve_;
  session::MapView map_;
  app::FrameTimes times_;
};

}  // namespace warpscope::tests

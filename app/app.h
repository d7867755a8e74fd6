// app.h: the running program: window, session, frames, and when to draw one. Floor 8. GUI thread.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "app/convolve_link.h"
#include "app/convolve_screen.h"
#include "app/device_report.h"
#include "app/frame.h"
#include "app/frame_times.h"
#include "app/gl/texture.h"
#include "app/learn_link.h"
#include "app/map_link.h"
#include "app/options.h"
#include "app/panels/fonts.h"
#include "app/script_player.h"
#include "app/tour.h"
#include "app/window.h"
#include "compute/session/convolve_session.h"
#include "compute/session/learn_session.h"
#include "compute/session/map_session.h"
#include "compute/session/step_session.h"

namespace warpscope::app {

class App : public ScriptHost {
 public:
  using Clock = std::chrono::steady_clock;

  // `started`: when the process began, for --timing.
  static base::Result<std::unique_ptr<App>> create(const AppOptions& options, Clock::time_point started);
  ~App() override;

  // Until the window is closed or the script has ended. The process's exit code.
  int run();

  // ScriptHost: what a script may do and ask.
  Window& window() override { return *window_; }
  panels::UiState& ui() override { return ui_; }
  const session::LearnView& view() override { return *session_->view(); }
  const session::StepView& step_view() override { return *step_session_->view(); }
  const session::ConvolveView& convolve_view() override { return *convolve_session_->view(); }
  const session::MapView& map_view() override { return *map_session_->view(); }
  FrameTimes& frame_times() override { return times_; }
  void open(const std::filesystem::path& path) override;
  void send(session::StepCommand command) override { step_session_->send(std::move(command)); }
  bool is_busy() override;
  base::Result<void> screenshot(const std::filesystem::path& file) override;
  float pixels_per_unit() const override;

 private:
  App(const AppOptions& options, Clock::time_point started);
  base::Result<void> start();
  base::Result<void> read_script();
  bool script_hurries() const;
  device::Choice device_choice();
  base::Result<void> build_fonts();
  bool frame_due(double now, bool happened);
  double sleep_for(double now) const;
  bool workspace_moved() const;
  double view_interval() const;
  void draw();
  void render(const Window::Size& size);  // the last frame's draw lists into the back buffer
  void serve_requests();
  void take_devices();
  void follow_display();
  void say(session::Message::Kind kind, std::string text);
  void keep_settings();
  void print_timing() const;

  AppOptions options_;
  Clock::time_point started_;
  // In the order they need each other: the window before what lives in its context.
  struct ImGuiContextOwner;
  std::unique_ptr<ImGuiContextOwner> imgui_;
  std::unique_ptr<Window> window_;
  struct Backend;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<gl::Texture> atlas_;
  std::unique_ptr<session::LearnSession> session_;
  std::unique_ptr<session::StepSession> step_session_;
  std::unique_ptr<session::ConvolveSession> convolve_session_;
  std::unique_ptr<ConvolveScreen> convolve_screen_;
  std::unique_ptr<session::MapSession> map_session_;
  std::unique_ptr<ScriptPlayer> script_;
  std::unique_ptr<TourPlayer> tours_;

  panels::UiState ui_;
  panels::Images images_;
  panels::Fonts fonts_{};
  DeviceReport devices_;
  std::future<DeviceReport> looking_for_devices_;
  FrameTimes times_;
  Ground ground_;
  std::vector<session::LearnCommand> commands_;
  std::vector<session::StepCommand> step_commands_;
  std::vector<session::ConvolveCommand> convolve_commands_;
  std::vector<session::MapCommand> map_commands_;
  std::uint64_t drawn_view_ = 0, drawn_step_view_ = 0, drawn_convolve_view_ = 0, drawn_map_view_ = 0;
  int frames_owed_ = 3;     // after input, so that what follows from it is drawn too
  double last_frame_ = -1;  // when its drawing began
  double shown_fps_ = 0, shown_ms_ = 0, numbers_at_ = -1;
  double first_frame_ms_ = 0;
  ConvolveLink convolve_link_;
  MapLink map_link_;
  LearnLink learn_link_;
  bool resting_ = false;  // this frame only says that nothing moves any more
};

}  // namespace warpscope::app

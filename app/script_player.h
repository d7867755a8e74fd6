// script_player.h: plays a script with the app's own mouse and keyboard. Floor 8. GUI thread.
// One small deed a frame: the pointer moves, then a button goes down, then up, each with a frame in between, as with a
// hand.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "app/frame_times.h"
#include "app/panels/ui.h"
#include "app/script.h"
#include "app/script_values.h"
#include "app/window.h"

namespace warpscope::app {

// What a script needs of the running program.
class ScriptHost {
 public:
  virtual ~ScriptHost() = default;
  virtual InputPort& window() = 0;
  virtual panels::UiState& ui() = 0;
  virtual const session::LearnView& view() = 0;
  virtual const session::StepView& step_view() = 0;
  virtual const session::ConvolveView& convolve_view() = 0;
  virtual const session::MapView& map_view() = 0;
  virtual FrameTimes& frame_times() = 0;
  virtual void open(const std::filesystem::path& path) = 0;
  virtual void send(session::StepCommand command) = 0;
  virtual bool is_busy() = 0;  // Step, Convolve or the SM map has not answered yet all that was asked of it
  virtual base::Result<void> screenshot(const std::filesystem::path& file) = 0;
  virtual float pixels_per_unit() const = 0;  // physical pixels for a unit of the window system
};

class ScriptPlayer {
 public:
  // Relative files of `open` and `draw-digit` are looked for beside the script, then in the present folder.
  ScriptPlayer(Script script, std::filesystem::path screenshots);

  // Between two turns of the app's loop. `frame_drawn`: whether a frame was drawn since the last call.
  void advance(ScriptHost& host, double now, bool frame_drawn);
  bool done() const { return next_ >= script_.commands.size() && deeds_.empty() && !waiting_ && frames_to_wait_ == 0; }
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }  // FILE:LINE: what was expected
  // For how long nobody needs to look after the script.
  double quiet_for(double now) const;
  // True while the next deed needs a frame although nothing else does.
  bool wants_frame() const { return !deeds_.empty() || frames_to_wait_ > 0; }

 private:
  struct Deed {
    enum class Kind { kMove, kButton, kKey, kCharacter, kFrame, kWaitForReading };
    Kind kind = Kind::kFrame;
    scene::Vec2 at = {};  // physical pixels
    bool down = false;
    panels::KeyPress press = {};
    unsigned int character = 0;
  };

  void begin(ScriptHost& host, const ScriptCommand& command, double now);
  void begin_waiting(ScriptHost& host, const ScriptCommand& command, double now);
  void begin_pointing(ScriptHost& host, const ScriptCommand& command);
  void begin_drawing(ScriptHost& host, const ScriptCommand& command);
  void begin_stepping(ScriptHost& host, const ScriptCommand& command);
  void begin_showing(ScriptHost& host, const ScriptCommand& command);
  void begin_launching(ScriptHost& host, const ScriptCommand& command);
  bool answers_are_due(ScriptHost& host, const ScriptCommand& command, double now);
  void check(ScriptHost& host, double now);
  void perform(ScriptHost& host, const Deed& deed);
  bool reading_is_there(ScriptHost& host) const;
  void fail(const ScriptCommand& command, const std::string& what);

  void queue_move(scene::Vec2 to);
  void queue_click();
  void queue_key(const panels::KeyPress& press);
  void queue_frames(int count);
  std::optional<panels::Target> find_target(ScriptHost& host, const std::string& name) const;
  std::string target_name(ScriptHost& host, const ScriptCommand& command) const;
  std::filesystem::path resolve(const std::string& path) const;

  Script script_;
  std::filesystem::path screenshots_;
  std::size_t next_ = 0;
  std::deque<Deed> deeds_;
  scene::Vec2 pointer_;
  int frames_to_wait_ = 0;
  bool waiting_ = false;  // for the present command's condition, target or time
  double give_up_at_ = 0;
  double reading_deadline_ = 0;
  double answer_deadline_ = 0;  // 0: nobody is waited for
  std::string failure_;
};

}  // namespace warpscope::app

// session/convolve_worker.h: the thread of the Convolve workspace: owns the device, computes frames, measures variants,
// publishes. Floor 5.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "compute/base/command_queue.h"
#include "compute/base/newest_value.h"
#include "compute/session/convolve_pictures.h"
#include "compute/session/convolve_screen.h"
#include "compute/session/convolve_session.h"

namespace warpscope::session {

struct StopConvolve {};

// With its full stop, so that another can follow.
std::string sentence(std::string text);

class ConvolveWorker {
 public:
  using Command = std::variant<ShowPicture, SetDrawnDigit, SetConvolve, PlayScene, SetConvolveVisible, ChooseDevice,
                               MeasureVariants, PrepareStep, SavePicture, StopConvolve>;
  // What a command that has just arrived cuts short.
  enum class Urgency : std::uint8_t { kNone, kMeasuring, kFrame };

  // `screen` outlives the worker.
  ConvolveWorker(ConvolveOptions options, std::function<void()> wake, ConvolveScreen& screen);
  void run();  // the thread; returns after StopConvolve

  // Any thread.
  void push(Command command, Urgency urgency);
  std::uint64_t sent() const { return sent_.load(); }
  // Owner only.
  const std::shared_ptr<const ConvolveView>& view() { return newest_.take(); }

 private:
  using Clock = std::chrono::steady_clock;

  void take(const ShowPicture& command);
  void take(const SetDrawnDigit& command);
  void take(const SetConvolve& command);
  void take(const PlayScene& command);
  void take(const SetConvolveVisible& command);
  void take(const ChooseDevice& command);
  void take(const MeasureVariants& command);
  void take(const PrepareStep& command);
  void take(const SavePicture& command);
  void take(const StopConvolve&) { stopped_ = true; }

  // The one that waits longest; where none does, those counted in `sent` are done.
  std::optional<Command> next_command(std::uint64_t& sent);
  // One piece of what is to be done while no command waits. False where there is nothing to do now.
  bool work();
  bool work_at_rest();
  Clock::duration patience() const;  // until work() has something to do again
  bool scene_moves() const { return visible_ && draft_.playing && draft_.source.kind == PictureKind::kScene; }

  // The picture.
  bool load_picture(const PictureSource& source);
  void set_picture(LoadedPicture loaded);
  bool make_preview(bool at_rest);  // of the next picture that has none; false where there is none to be made
  void set_preview(std::size_t choice, const convolution::Picture& picture);

  // Frames.
  void compute_frame();
  void keep_frame(convolution::Run run);
  bool read_outputs(ConvolveFrame& frame);  // false: that failed, and is dealt with
  void read_late();                         // the values of a frame that was shown without them
  void check_frame();
  void count_frame();

  // The table of variants.
  bool table_fits() const;
  void begin_table();
  void measure_next();

  // The device.
  void open(const device::Choice& choice);
  void use(device::OpenedDevice opened);
  void load_kernels();
  device::CudaDevice* gpu() const;         // null: the virtual GPU computes
  void deal_with(const base::Error& why);  // something on the device failed
  void go_on_without_gpu(const base::Error& why);
  void read_sensors();

  // Telling.
  device::LaunchOptions launch_options(const std::atomic<bool>& stop) const;
  void say(Message::Kind kind, std::string text);
  void update_problem();
  void publish();

  ConvolveOptions options_;
  std::function<void()> wake_;
  ConvolveScreen& screen_;
  std::mutex pushing_;  // a command is in the queue and counted, or neither
  base::CommandQueue<Command> queue_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<bool> stop_frame_{false}, stop_measuring_{false};  // a command waits that makes it pointless
  base::NewestValue<ConvolveView> newest_;

  ConvolveView draft_;
  ConvolvePictures pictures_;
  device::OpenedDevice device_;
  std::optional<convolution::Engine> engine_;  // of device_; empty: its kernels cannot be loaded
  std::shared_ptr<const convolution::Picture> picture_;
  std::uint64_t picture_version_ = 0, frame_version_ = 0, table_version_ = 0, last_message_ = 0;
  std::uint64_t scene_frame_ = 0;
  std::string picture_problem_, settings_problem_;
  bool visible_ = true;
  bool stopped_ = false;
  std::uint64_t rebuilds_ = 0;    // of the GPU, as engine_ knows it
  bool broke_gpu_ = false;        // the last frame did: it is not tried once more
  std::string device_why_;        // it and not another
  bool values_due_ = false;       // draft_.frame has the values of an older one
  bool frame_due_ = false;        // picture or settings are newer than the frame
  bool table_asked_ = false;      // by MeasureVariants: begin anew ...
  bool table_wanted_ = false;     // ... and go on although the scene moves
  bool changed_ = false;          // draft_ is newer than the published view
  std::vector<bool> no_preview_;  // of draft_.pictures: those that cannot be had
  std::optional<convolution::Size> table_picture_;
  Clock::time_point next_frame_{}, rests_since_{}, checked_{}, read_{}, sensors_read_{};
  std::deque<Clock::time_point> frames_;  // of the last second
};

}  // namespace warpscope::session

// session/reader_worker.h: reads the pad's drawing with the newest weights as the pen moves. Floor 5. Its own thread.
// Answering the pen comes before all else; the stored drawings are read again in small slices when there is nothing to
// answer.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "compute/session/channels.h"

namespace warpscope::session {

class ReaderWorker {
 public:
  explicit ReaderWorker(Channels& channels) : channels_(channels) {}
  void run();  // the thread; returns after Stop

 private:
  using Clock = std::chrono::steady_clock;

  bool take_next(std::optional<ReaderCommand> command);
  void take(SetDrawing& command);
  void take(const ShowExample& command);
  void take(SnapshotMade& command);
  void take(PicturesChanged& command);
  void take(const Stop&) { stopped_ = true; }

  bool pad_is_empty() const { return pad_.drawing.empty(); }
  void answer();
  drawings::DigitImage show_pad(Probe& probe) const;
  drawings::DigitImage show_example(Probe& probe) const;

  // Stored drawings that were not yet read with the newest weights.
  bool has_pictures_to_read() const {
    return snapshot_ && pictures_ && !pictures_->empty() && (next_picture_ < pictures_->size() || pictures_are_stale_);
  }
  void begin_pass();
  void read_some_pictures();
  std::chrono::milliseconds patience() const;

  Channels& channels_;
  std::shared_ptr<const NetworkSnapshot> snapshot_;
  SetDrawing pad_;  // without strokes while the pad is empty
  int example_ = 0;
  bool answer_due_ = false;
  bool stopped_ = false;

  DrawingPictures pictures_;
  std::size_t next_picture_ = 0;     // those before it were read in this pass
  bool pictures_are_stale_ = false;  // the weights changed since the pass began
  Clock::time_point pass_began_{};
  Clock::time_point next_slice_{};
  training::Activations scratch_;
};

}  // namespace warpscope::session

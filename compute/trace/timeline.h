// trace/timeline.h: a run that can be gone through forwards and backwards. Floor 3. Owned by one thread.
// The run is made once, forwards, and of every step 16 bytes are kept; at intervals a copy of the whole machine. To be
// at a step is to take the copy before it and run on from there: the machine is deterministic. When the copies need
// more than their share of memory, every second one goes and the interval doubles, so that each place costs the same.
#pragma once

#include <memory>
#include <vector>

#include "compute/base/error.h"
#include "compute/trace/recorder.h"
#include "compute/vgpu/machine.h"

namespace warpscope::trace {

struct TimelineOptions {
  std::uint64_t keyframe_bytes = 192U << 20;  // for copies of the machine
  std::uint64_t keyframe_interval = 4096;     // steps between two of them, at first
  std::uint64_t max_steps = 16'000'000;       // longer runs are recorded up to here
  std::vector<vgpu::Observer*> watchers;      // watch the recording, once; must outlive it
};

class Timeline {
 public:
  // Refuses impossible launches, as vgpu::check_launch() does.
  static base::Result<Timeline> create(std::shared_ptr<const vgpu::Program> program, vgpu::Launch launch,
                                       vgpu::GlobalMemory memory, vgpu::TextureTable textures,
                                       TimelineOptions options = {});

  // Records up to `steps` more steps; how many there were. Fewer than asked for: the run has ended (or its limit is
  // reached, see is_complete()).
  std::uint64_t record(std::uint64_t steps);
  bool has_ended() const;    // nothing more can be recorded
  bool is_complete() const;  // the launch ended, by itself or by a fault
  const std::optional<vgpu::Fault>& fault() const { return head_.state().fault; }

  // Steps recorded. Positions are 0 (nothing has happened) to size(); at position n, records()[n] comes next.
  std::uint64_t size() const { return recorder_->records().size(); }
  const std::vector<StepRecord>& records() const { return recorder_->records(); }
  // The recorder's last step found something new: called by who brought a checker among the watchers.
  void mark_finding() { recorder_->mark_finding(); }

  // Goes to a position (the last one where it is beyond the end).
  void seek(std::uint64_t position);
  std::uint64_t position() const { return cursor_.state().steps; }
  const vgpu::MachineState& state() const { return cursor_.state(); }
  // Runs from the present position to `position`, watched; for questions about what happens in between. The position is
  // then that one.
  void replay(std::uint64_t position, const std::vector<vgpu::Observer*>& observers);

  const vgpu::Program& program() const { return cursor_.program(); }
  const vgpu::Launch& launch() const { return cursor_.launch(); }
  std::uint32_t warps_per_block() const { return warps_per_block_; }
  std::uint64_t keyframe_interval() const { return interval_; }
  std::size_t keyframes() const { return keyframes_.size(); }
  std::uint64_t keyframe_bytes() const { return keyframe_bytes_; }

 private:
  struct Keyframe {
    vgpu::MachineState state;
    std::uint64_t bytes = 0;  // about
  };
  Timeline(vgpu::Machine head, vgpu::Machine cursor, TimelineOptions options, std::uint32_t warps_per_block);
  void add_keyframe();
  void thin_out();

  TimelineOptions options_;
  std::uint32_t warps_per_block_ = 1;
  std::unique_ptr<Recorder> recorder_;
  std::vector<vgpu::Observer*> observers_;  // the recorder first: others may mark its last step
  vgpu::Machine head_;                      // records
  vgpu::Machine cursor_;                    // is looked at
  std::vector<Keyframe> keyframes_;         // the i-th at position i * interval_
  std::uint64_t interval_ = 0;
  std::uint64_t keyframe_bytes_ = 0;
};

}  // namespace warpscope::trace

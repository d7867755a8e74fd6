// trace/timeline.h: a run that can be gone through forwards and backwards. Floor 3. Owned by one thread.
// The run is made once, forwards, and of every step 16 bytes are kept; at intervals a copy of the whole machine. To be
// at a step is to take the copy before it and run on from there: the machine is deterministic. When the copies need
// more than their share of memory, every second one goes and the interval doubles, so that each place costs the same.
// Edits are part of the run: whoever comes to a position finds those made there and before.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "compute/base/error.h"
#include "compute/trace/recorder.h"
#include "compute/vgpu/machine.h"

namespace warpscope::trace {

// A change somebody made to the paused machine: history forks there.
struct Edit {
  std::uint64_t position = 0;                      // after so many steps, before the next
  std::function<void(vgpu::MachineState&)> apply;  // the same each time; see Machine::edit()
};

struct TimelineOptions {
  std::uint64_t keyframe_bytes = 192U << 20;  // for copies of the machine
  std::uint64_t keyframe_interval = 4096;     // steps between two of them, at first
  std::uint64_t max_steps = 16'000'000;       // longer runs are recorded up to here
  std::vector<vgpu::Observer*> watchers;      // watch the recording, once, from on_launch() on; must outlive it
  // Are told only of steps that wrote shared memory, by the recorder, which costs next to nothing (their wants_steps()
  // says no), and of blocks.
  std::vector<vgpu::Observer*> shared_store_watchers;
  std::vector<Edit> edits;  // those of one position in this order
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
  const std::optional<vgpu::Fault>& fault() const { return head_->state().fault; }
  const std::string& printed() const { return head_->state().printed; }  // by all that was recorded
  void forget_watchers();                                                // they need not live any longer

  // Steps recorded. Positions are 0 (nothing has happened) to size(); at position n, records()[n] comes next.
  std::uint64_t size() const { return recorder_->records().size(); }
  const std::vector<StepRecord>& records() const { return recorder_->records(); }
  // The same without a copy, for a window that outlives this timeline: to be taken once has_ended(), or while nothing
  // more is recorded (record() is what changes them).
  std::shared_ptr<const std::vector<StepRecord>> shared_records() const { return recorder_->shared_records(); }
  // The recorder's last step found something new: called by who brought a checker among the watchers.
  void mark_finding() { recorder_->mark_finding(); }

  // Goes to a position (the last one where it is beyond the end).
  void seek(std::uint64_t position);
  std::uint64_t position() const { return cursor_.state().steps; }
  const vgpu::MachineState& state() const { return cursor_.state(); }
  // Runs from the present position to `position`, watched; for questions about what happens in between. The position is
  // then that one.
  void replay(std::uint64_t position, const std::vector<vgpu::Observer*>& observers);

  // Whose step records()[position()] is or would be; nullopt at the end.
  std::optional<vgpu::Machine::Next> next() const { return cursor_.next(); }
  // The next `steps` steps, watched, on a copy: the position stays.
  void look_ahead(std::uint64_t steps, const std::vector<vgpu::Observer*>& observers);
  // The part from `begin` up to `end` once more, watched, while the position stays what it is: cheaper than to go there
  // and back.
  void watch_part(std::uint64_t begin, std::uint64_t end, const std::vector<vgpu::Observer*>& observers);

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
  // The first edit behind a position: those before it have been made there.
  std::size_t first_edit_behind(std::uint64_t position) const;
  // Runs a machine to a position, making the edits on the way and those there.
  void run_to(vgpu::Machine& machine, std::uint64_t position, const std::vector<vgpu::Observer*>& observers) const;
  void thin_out();
  std::size_t keyframe_before(std::uint64_t position) const;

  TimelineOptions options_;
  std::uint32_t warps_per_block_ = 1;
  std::unique_ptr<Recorder> recorder_;
  std::vector<vgpu::Observer*> observers_;  // the recorder first: others may mark its last step
  std::unique_ptr<vgpu::Machine> head_;     // records; watchers keep a pointer to its memory
  bool told_end_ = false;                   // to the watchers
  vgpu::Machine cursor_;                    // is looked at
  std::vector<Keyframe> keyframes_;         // the i-th at position i * interval_
  std::uint64_t interval_ = 0;
  std::uint64_t keyframe_bytes_ = 0;
};

}  // namespace warpscope::trace

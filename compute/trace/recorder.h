// trace/recorder.h: writes a StepRecord of every step. Floor 3. Owned by the thread that runs the launch.
#pragma once

#include <memory>
#include <vector>

#include "compute/trace/step_record.h"
#include "compute/vgpu/observer.h"

namespace warpscope::trace {

class Recorder final : public vgpu::Observer {
 public:
  Recorder(const vgpu::FunctionCode& entry, std::uint32_t warps_per_block)
      : entry_begin_(entry.begin), entry_end_(entry.end), warps_per_block_(warps_per_block) {}

  void on_step(const vgpu::StepEvent& event) override;
  void on_fault(const vgpu::Fault& fault, const vgpu::Block& block) override;
  // Its on_step() is called for steps that wrote shared memory, and for no others.
  void tell_of_shared_stores(vgpu::Observer* watcher) { shared_store_watchers_.push_back(watcher); }
  void forget_watchers() { shared_store_watchers_.clear(); }
  // The last step found something new.
  void mark_finding();

  const std::vector<StepRecord>& records() const { return *records_; }
  // The records themselves, no copy: whoever holds them may read them while nothing more is recorded, and for good once
  // the recording has ended.
  std::shared_ptr<const std::vector<StepRecord>> shared_records() const { return records_; }

 private:
  std::uint16_t depth_of(const vgpu::StepEvent& event) const;

  Pc entry_begin_, entry_end_;
  std::uint32_t warps_per_block_;
  std::vector<vgpu::Observer*> shared_store_watchers_;
  std::shared_ptr<std::vector<StepRecord>> records_ = std::make_shared<std::vector<StepRecord>>();
};

}  // namespace warpscope::trace

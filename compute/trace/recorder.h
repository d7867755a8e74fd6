// trace/recorder.h: writes a StepRecord of every step. Floor 3. Owned by the thread that runs the launch.
#pragma once

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
  // The last step found something new.
  void mark_finding();

  const std::vector<StepRecord>& records() const { return records_; }

 private:
  std::uint16_t depth_of(const vgpu::StepEvent& event) const;

  Pc entry_begin_, entry_end_;
  std::uint32_t warps_per_block_;
  std::vector<StepRecord> records_;
};

}  // namespace warpscope::trace

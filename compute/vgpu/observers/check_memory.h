// vgpu/observers/check_memory.h: accesses outside of memory, and what kernels do wrong with malloc and free. Floor 2.
// Owned by the thread that runs the launch. Every access is checked by the virtual GPU itself, which ends the kernel;
// this makes a finding of that, tells use after free from the rest, and looks at what a launch leaves behind.
#pragma once

#include <map>
#include <vector>

#include "compute/vgpu/observer.h"
#include "compute/vgpu/observers/finding.h"

namespace warpscope::vgpu {

class CheckMemory final : public Observer {
 public:
  explicit CheckMemory(std::size_t limit = 100) : list_(limit) {}

  void on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) override;
  void on_step(const StepEvent& event) override;
  void on_fault(const Fault& fault, const Block& block) override;
  void on_launch_end(const GlobalMemory& memory) override;
  bool wants_accesses() const override { return false; }
  bool wants_steps(InstKind kind) const override { return kind == InstKind::kCall; }

  const FindingList& list() const { return list_; }
  const std::vector<Finding>& findings() const { return list_.findings(); }

 private:
  struct Origin {
    Pc pc = kNoPc;
    ThreadPlace at;
  };
  FindingList list_;
  Places places_;
  const GlobalMemory* memory_ = nullptr;
  std::size_t known_ = 0;                  // allocations at the last look
  std::map<std::uint64_t, Origin> heap_;   // by address: what malloc() gave in this launch
  std::map<std::uint64_t, Origin> freed_;  // and where it was freed
};

}  // namespace warpscope::vgpu

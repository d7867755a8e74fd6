// device/watch.h: the checkers and counters of one launch on the virtual GPU. Floor 3. Owned by the thread that runs
// it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "compute/device/device.h"
#include "compute/vgpu/observer.h"

namespace warpscope::vgpu {
class CheckMemory;
class CheckInit;
class CheckRace;
class CheckSync;
}  // namespace warpscope::vgpu

namespace warpscope::device {

class Watch {
 public:
  Watch(const Checks& checks, bool count);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Those asked for; they live as long as this does.
  std::vector<vgpu::Observer*> observers() const;
  // Findings so far: of memory, init, race and sync, each in the order in which they were seen.
  std::vector<vgpu::Finding> findings() const;
  std::array<std::size_t, 4> counts() const;  // of findings(), by kind
  // The init checker says what was written; without it everything may have been.
  bool marks_written() const { return init_ != nullptr; }
  const vgpu::Counters* counters() const { return counters_.get(); }  // null where nobody counts

 private:
  template <class Visit>
  void each(Visit visit) const;

  std::unique_ptr<vgpu::CheckMemory> memory_;
  std::unique_ptr<vgpu::CheckInit> init_;
  std::unique_ptr<vgpu::CheckRace> race_;
  std::unique_ptr<vgpu::CheckSync> sync_;
  std::unique_ptr<vgpu::Counters> counters_;
};

}  // namespace warpscope::device

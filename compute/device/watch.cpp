#include "compute/device/watch.h"

#include "compute/vgpu/observers/check_init.h"
#include "compute/vgpu/observers/check_memory.h"
#include "compute/vgpu/observers/check_race.h"
#include "compute/vgpu/observers/check_sync.h"

namespace warpscope::device {

Watch::Watch(const Checks& checks, bool count) {
  if (checks.memory) memory_ = std::make_unique<vgpu::CheckMemory>();
  if (checks.init) init_ = std::make_unique<vgpu::CheckInit>();
  if (checks.race) race_ = std::make_unique<vgpu::CheckRace>();
  if (checks.sync) sync_ = std::make_unique<vgpu::CheckSync>();
  if (count) counters_ = std::make_unique<vgpu::Counters>();
}

Watch::~Watch() = default;

template <class Visit>
void Watch::each(Visit visit) const {
  if (memory_) visit(*memory_);
  if (init_) visit(*init_);
  if (race_) visit(*race_);
  if (sync_) visit(*sync_);
}

std::vector<vgpu::Observer*> Watch::observers() const {
  std::vector<vgpu::Observer*> all;
  each([&](auto& checker) { all.push_back(&checker); });
  if (counters_) all.push_back(counters_.get());
  return all;
}

std::vector<vgpu::Finding> Watch::findings() const {
  std::vector<vgpu::Finding> all;
  each([&](const auto& checker) { all.insert(all.end(), checker.findings().begin(), checker.findings().end()); });
  return all;
}

std::array<std::size_t, 4> Watch::counts() const {
  return {memory_ ? memory_->findings().size() : 0, init_ ? init_->findings().size() : 0,
          race_ ? race_->findings().size() : 0, sync_ ? sync_->findings().size() : 0};
}

}  // namespace warpscope::device

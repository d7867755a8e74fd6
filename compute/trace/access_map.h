// trace/access_map.h: how often each word of device memory was read and written in a run, and when first.
// Floor 3. Owned by the thread that runs the launch.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/trace/step_record.h"

#include "compute/vgpu/observer.h"

namespace warpscope::trace {

// Words of 4 bytes of one buffer. Counts are of lanes, over all steps.
struct WordCounts {
  std::uint64_t address = 0, size_bytes = 0;
  std::vector<std::uint32_t> reads, writes;
  std::vector<std::uint64_t> first_write;  // the step; kNever where there is none
};
inline constexpr std::uint64_t kNever = ~0ULL;

class AccessMap final : public vgpu::Observer {
 public:
  // Watches buffers of at most `limit_words` words in all, in the order of add(); larger ones are left out.
  explicit AccessMap(std::uint64_t limit_words = 4U << 20) : words_left_(limit_words) {}

  // Before the launch. False: there was no room for it.
  bool add(std::uint64_t address, std::uint64_t size_bytes);
  void on_step(const vgpu::StepEvent& event) override;
  bool wants_steps(vgpu::InstKind kind) const override {
    return kind != vgpu::InstKind::kLane && kind != vgpu::InstKind::kBranch;
  }

  // The buffer at this address; null where it is not watched.
  const WordCounts* find(std::uint64_t address) const;
  WordCounts take(std::uint64_t address);

 private:
  WordCounts* containing(std::uint64_t address);
  void count(const vgpu::Access& access, std::uint64_t step);

  std::uint64_t words_left_;
  std::vector<WordCounts> buffers_;  // in order of address
  std::size_t last_ = 0;             // where the last access was
};

}  // namespace warpscope::trace

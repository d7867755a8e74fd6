#include "app/scene/map_chip_slots.h"

#include <algorithm>

namespace warpscope::scene {

using timing::BlockSpan;
using timing::Timeline;

MapSlots::MapSlots(std::shared_ptr<const Timeline> timeline) : timeline_(std::move(timeline)) {
  const Timeline& t = *timeline_;
  const std::size_t slots = t.slots;
  const auto place = [&](const BlockSpan& block) { return block.sm * slots + block.slot; };
  const auto known = [&](const BlockSpan& block) { return block.sm < t.sms && block.slot < slots; };
  first_.assign(t.sms * slots + 1, 0);
  for (const BlockSpan& block : t.blocks) {
    waves_ = std::max(waves_, block.wave + 1);
    longest_ |= 1U << static_cast<unsigned>(block.longest);
    if (known(block)) ++first_[place(block) + 1];
  }
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  blocks_.resize(first_.back());
  // Blocks come by start, so they are so within each slot too.
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t i = 0; i < t.blocks.size(); ++i) {
    if (known(t.blocks[i])) blocks_[next[place(t.blocks[i])]++] = static_cast<std::uint32_t>(i);
  }
}

const BlockSpan* MapSlots::at(std::uint32_t sm, int slot, double cycle) const {
  if (timeline_ == nullptr || sm >= timeline_->sms || slot < 0 || slot >= timeline_->slots) return nullptr;
  const std::size_t place = std::size_t{sm} * timeline_->slots + static_cast<std::size_t>(slot);
  const auto begin = blocks_.begin() + first_[place], end = blocks_.begin() + first_[place + 1];
  const auto after = std::upper_bound(begin, end, cycle, [this](double at, std::uint32_t index) {
    return at < static_cast<double>(timeline_->blocks[index].start);
  });
  if (after == begin) return nullptr;
  const BlockSpan& block = timeline_->blocks[*(after - 1)];
  return cycle < static_cast<double>(block.end) ? &block : nullptr;
}

int MapSlots::resident(std::uint32_t sm, double cycle) const {
  int found = 0;
  const int slots = timeline_ == nullptr ? 0 : timeline_->slots;
  for (int slot = 0; slot < slots; ++slot) found += at(sm, slot, cycle) != nullptr ? 1 : 0;
  return found;
}

}  // namespace warpscope::scene

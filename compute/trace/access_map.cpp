#include "compute/trace/access_map.h"

#include <algorithm>
#include <bit>

namespace warpscope::trace {

using vgpu::AccessKind;
using vgpu::AccessSpace;

bool AccessMap::add(std::uint64_t address, std::uint64_t size_bytes) {
  const std::uint64_t words = (size_bytes + 3) / 4;
  if (words == 0 || words > words_left_) return false;
  words_left_ -= words;
  WordCounts counts{address, size_bytes, {}, {}, {}};
  counts.reads.resize(words);
  counts.writes.resize(words);
  counts.first_write.assign(words, kNever);
  const auto behind = std::upper_bound(buffers_.begin(), buffers_.end(), address,
                                       [](std::uint64_t a, const WordCounts& b) { return a < b.address; });
  buffers_.insert(behind, std::move(counts));
  return true;
}

const WordCounts* AccessMap::find(std::uint64_t address) const {
  const auto found = std::find_if(buffers_.begin(), buffers_.end(),
                                  [address](const WordCounts& counts) { return counts.address == address; });
  return found == buffers_.end() ? nullptr : &*found;
}

WordCounts AccessMap::take(std::uint64_t address) {
  const WordCounts* found = find(address);
  return found == nullptr ? WordCounts{} : std::move(buffers_[static_cast<std::size_t>(found - buffers_.data())]);
}

WordCounts* AccessMap::containing(std::uint64_t address) {
  const auto holds = [address](const WordCounts& b) { return address - b.address < b.size_bytes; };
  if (last_ < buffers_.size() && holds(buffers_[last_])) return &buffers_[last_];
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (!holds(buffers_[i])) continue;
    last_ = i;
    return &buffers_[i];
  }
  return nullptr;
}

void AccessMap::count(const vgpu::Access& access, std::uint64_t step) {
  const bool writes = access.kind == AccessKind::kStore || access.kind == AccessKind::kAtomic;
  const bool reads = access.kind != AccessKind::kStore;
  for (LaneMask left = access.mask; left != 0; left &= left - 1) {
    const std::uint64_t address = access.address[std::countr_zero(left)];
    WordCounts* const buffer = containing(address);
    if (buffer == nullptr) continue;
    const std::uint64_t first = (address - buffer->address) / 4;
    const std::uint64_t last =
        std::min<std::uint64_t>((address - buffer->address + access.bytes - 1) / 4, buffer->reads.size() - 1);
    for (std::uint64_t word = first; word <= last; ++word) {
      if (reads) ++buffer->reads[word];
      if (!writes) continue;
      ++buffer->writes[word];
      buffer->first_write[word] = std::min(buffer->first_write[word], step);
    }
  }
}

void AccessMap::on_step(const vgpu::StepEvent& event) {
  for (const vgpu::Access& access : event.accesses) {
    if (access.space == AccessSpace::kGlobal || access.space == AccessSpace::kConstant) count(access, event.step);
  }
}

}  // namespace warpscope::trace

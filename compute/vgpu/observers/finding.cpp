#include "compute/vgpu/observers/finding.h"

#include <fmt/format.h>

#include <bit>

namespace warpscope::vgpu {

const char* name_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::kMemory:
      return "memory";
    case FindingKind::kInit:
      return "init";
    case FindingKind::kRace:
      return "race";
    case FindingKind::kSync:
      return "sync";
  }
  return "";
}

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

bool FindingList::is_new(std::uint32_t title, std::uint32_t place, std::uint32_t other_place, std::uint64_t count) {
  total_ += count;
  const Key key{std::uint64_t{place} << 32 | other_place, title};
  if (last_index_ < findings_.size() && key == last_) {  // errors come in swarms
    findings_[last_index_].count += count;
    return false;
  }
  const auto found = known_.find(key);
  if (found != known_.end()) {
    findings_[found->second].count += count;
    last_ = key;
    last_index_ = found->second;
    return false;
  }
  if (full()) return false;
  pending_ = key;
  return true;
}

void FindingList::add(Finding finding) {
  known_.emplace(pending_, findings_.size());
  last_ = pending_;
  last_index_ = findings_.size();
  findings_.push_back(std::move(finding));
}

void FindingList::clear() {
  findings_.clear();
  known_.clear();
  last_index_ = ~std::size_t{0};
  total_ = 0;
}

ThreadPlace Places::thread(std::uint64_t block_number, std::uint32_t thread_number) const {
  return {block_number, thread_number, grid.at(block_number), block.at(thread_number)};
}

std::string Places::text(const ThreadPlace& place) const {
  const base::Dim3& t = place.thread_index;
  const base::Dim3& b = place.block_index;
  return fmt::format("thread ({},{},{}) of block ({},{},{})", t.x, t.y, t.z, b.x, b.y, b.z);
}

std::string lanes_text(base::LaneMask mask) {
  if (mask == 0) return "no lanes";
  std::vector<std::string> runs;
  for (int lane = 0; lane < base::kWarpSize;) {
    const int skipped = std::countr_zero(mask >> lane);
    if (lane + skipped >= base::kWarpSize || mask >> lane == 0) break;
    lane += skipped;
    const int length = std::countr_one(mask >> lane);
    runs.push_back(length == 1 ? fmt::format("{}", lane) : fmt::format("{}-{}", lane, lane + length - 1));
    lane += length;
  }
  std::string text = std::has_single_bit(mask) ? "lane " : "lanes ";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i > 0) text += i + 1 == runs.size() ? " and " : ", ";
    text += runs[i];
  }
  return text;
}

}  // namespace warpscope::vgpu

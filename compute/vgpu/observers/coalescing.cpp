#include "compute/vgpu/observers/coalescing.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "compute/vgpu/observers/lane_runs.h"

namespace warpscope::vgpu {
namespace {

constexpr int kSectorShift = 5;
constexpr std::uint32_t kBanks = 32;

// Up to 32 lanes' numbers, of which the distinct ones are to be counted.
struct Numbers {
  std::array<std::uint64_t, 32> values;
  int count = 0;
  bool ascending = true;

  void add(std::uint64_t value) {
    ascending &= count == 0 || values[static_cast<std::size_t>(count - 1)] <= value;
    values[static_cast<std::size_t>(count++)] = value;
  }
  int distinct() {
    if (count == 0) return 0;
    if (!ascending) std::sort(values.begin(), values.begin() + count);
    int changes = 1;
    for (int i = 1; i < count; ++i) {
      changes += values[static_cast<std::size_t>(i)] != values[static_cast<std::size_t>(i - 1)] ? 1 : 0;
    }
    return changes;
  }
};

// All lanes at consecutive addresses: the commonest case by far.
bool is_consecutive(const Access& access) {
  if (access.mask != base::kAllLanes) return false;
  if (access.address[31] - access.address[0] != 31ULL * access.bytes) return false;
  std::uint64_t different = 0;
  for (std::uint64_t lane = 0; lane < 32; ++lane) {
    different |= access.address[lane] ^ (access.address[0] + lane * access.bytes);
  }
  return different == 0;
}

// Accesses that are wider than a sector, or that are not aligned to their size, touch several.
int count_wide_sectors(const Access& access) {
  std::vector<std::uint64_t> sectors;
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    const std::uint64_t address = access.address[std::countr_zero(rest)];
    const std::uint64_t last = (address + access.bytes - 1) >> kSectorShift;
    for (std::uint64_t s = address >> kSectorShift; s <= last; ++s) sectors.push_back(s);
  }
  std::sort(sectors.begin(), sectors.end());
  return static_cast<int>(std::unique(sectors.begin(), sectors.end()) - sectors.begin());
}

// Whether all active lanes n and n^distance ask for the same address.
bool pairs_agree(const Access& access, std::uint32_t distance) {
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(rest));
    const std::uint32_t partner = lane ^ distance;
    if ((access.mask >> partner & 1U) != 0 && access.address[lane] != access.address[partner]) return false;
  }
  return true;
}

// The distinct words that are asked for, by bank.
class BankWords {
 public:
  void add(std::uint64_t word) {
    const std::size_t bank = word % kBanks;
    // Above or below all others: surely new, which is how words mostly come.
    const bool is_new = count_ == 0 || word > highest_ || word < lowest_;
    if (!is_new && holds(bank, word)) return;
    if (count_ == kMost) return;
    lowest_ = count_ == 0 ? word : std::min(lowest_, word);
    highest_ = count_ == 0 ? word : std::max(highest_, word);
    words_[count_] = word;
    before_[count_] = last_[bank];
    last_[bank] = static_cast<std::uint16_t>(++count_);
    most_ = std::max<int>(most_, ++of_bank_[bank]);
  }
  // Words of the bank that is asked for most.
  int most() const { return most_; }

 private:
  static constexpr std::size_t kMost = 32 * 8;
  bool holds(std::size_t bank, std::uint64_t word) const {
    for (std::size_t i = last_[bank]; i != 0; i = before_[i - 1]) {
      if (words_[i - 1] == word) return true;
    }
    return false;
  }
  std::array<std::uint64_t, kMost> words_;
  std::array<std::uint16_t, kMost> before_;   // in the same bank: its number, from 1 on; 0: none
  std::array<std::uint16_t, kBanks> last_{};  // the same, by bank
  std::array<std::uint16_t, kBanks> of_bank_{};
  std::size_t count_ = 0;
  std::uint64_t lowest_ = 0, highest_ = 0;
  int most_ = 0;
};

// Wavefronts of the lanes of one group: the most distinct words any bank is asked for.
int wavefronts_of_group(const Access& access, LaneMask lanes) {
  BankWords words;
  for_each_run(access, lanes, [&](const LaneRun& run) {
    const std::uint64_t address = access.address[run.first];
    const std::uint64_t last = (address + std::uint64_t{run.in_a_row()} * access.bytes - 1) / 4;
    for (std::uint64_t word = address / 4; word <= last; ++word) words.add(word);
  });
  return words.most();
}

// Whether all lanes ask for words that are less than 32 apart: no two of those are in one bank.
bool is_within_banks(const Access& access) {
  const auto first = static_cast<std::size_t>(std::countr_zero(access.mask));
  std::uint64_t lowest = access.address[first], highest = lowest;
  for (std::size_t lane = 0; lane < 32; ++lane) {
    const std::uint64_t address = (access.mask >> lane & 1U) != 0 ? access.address[lane] : access.address[first];
    lowest = std::min(lowest, address);
    highest = std::max(highest, address);
  }
  return highest / 4 - lowest / 4 < kBanks;
}

}  // namespace

int count_sectors(const Access& access) {
  if (access.mask == 0) return 0;
  if (is_consecutive(access)) {
    const std::uint64_t last = access.address[0] + 32ULL * access.bytes - 1;
    return static_cast<int>((last >> kSectorShift) - (access.address[0] >> kSectorShift) + 1);
  }
  Numbers sectors;
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    const std::uint64_t address = access.address[std::countr_zero(rest)];
    const std::uint64_t sector = address >> kSectorShift;
    if ((address + access.bytes - 1) >> kSectorShift != sector) return count_wide_sectors(access);
    sectors.add(sector);
  }
  return sectors.distinct();
}

int count_local_sectors(const Access& access) {
  constexpr std::uint64_t kLanesPerSector = 8;
  int sectors = 0;
  // Eight lanes share a sector where they are at the same word.
  for (std::uint64_t first = 0; first < 32; first += kLanesPerSector) {
    std::array<std::uint64_t, 8 * 17> words;
    std::size_t count = 0;
    for (std::uint64_t lane = first; lane < first + kLanesPerSector; ++lane) {
      if ((access.mask >> lane & 1U) == 0) continue;
      const std::uint64_t last = (access.address[lane] + access.bytes - 1) / 4;
      for (std::uint64_t w = access.address[lane] / 4; w <= last && count < words.size(); ++w) words[count++] = w;
    }
    const auto end = words.begin() + static_cast<std::ptrdiff_t>(count);
    std::sort(words.begin(), end);
    sectors += static_cast<int>(std::unique(words.begin(), end) - words.begin());
  }
  return sectors;
}

Wavefronts count_wavefronts(const Access& access) {
  if (access.mask == 0) return {};
  if (is_consecutive(access) && access.address[0] % 4 == 0) {
    const int groups = std::max(1, access.bytes / 4);
    if (access.bytes <= 4 && access.address[0] / 4 % kBanks + 32U * access.bytes / 4 <= kBanks) return {1, 1};
    if (access.bytes == 4 || access.bytes == 8 || access.bytes == 16) return {groups, groups};
  }
  if (access.bytes <= 4 && is_within_banks(access)) return {1, 1};
  if (access.bytes > 32) {  // bulk copies: whole rows of banks
    const int rows = std::popcount(access.mask) * ((access.bytes + 127) / 128);
    return {rows, rows};
  }
  std::uint32_t lanes_per_group = access.bytes <= 4 ? 32 : std::max(4U, 128U / access.bytes);
  if (access.bytes > 4 && access.kind == AccessKind::kLoad && (pairs_agree(access, 1) || pairs_agree(access, 2))) {
    lanes_per_group *= 2;
  }
  Wavefronts result;
  for (std::uint32_t first = 0; first < 32; first += lanes_per_group) {
    const LaneMask group =
        lanes_per_group >= 32 ? access.mask : access.mask & ((LaneMask{1} << lanes_per_group) - 1) << first;
    if (group == 0) continue;
    ++result.fewest;
    result.taken += wavefronts_of_group(access, group);
  }
  return result;
}

int count_contending_lanes(const Access& access) {
  Numbers addresses;
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    addresses.add(access.address[std::countr_zero(rest)]);
  }
  return addresses.count - addresses.distinct();
}

}  // namespace warpscope::vgpu

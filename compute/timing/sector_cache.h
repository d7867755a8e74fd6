// timing/sector_cache.h: a cache of 128-byte lines in four sectors, the least recently used given up. Floor 3.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "compute/timing/timeline.h"

namespace warpscope::timing {

// Of a mask of four.
inline std::uint32_t sectors_in(std::uint64_t mask) {
  constexpr std::uint64_t kCounts = 0x4332'3221'3221'2110;
  return kCounts >> (4 * (mask & 15)) & 15;
}

class SectorCache {
 public:
  static constexpr std::size_t kWays = 16;
  // Small, because every multiprocessor has thousands, and the host's caches have to hold them all.
  struct Way {
    std::uint64_t valid : 4 = 0, dirty : 4 = 0;
    std::uint64_t line : 56 = kNone;
    Cycle ready = 0;  // when the last of its sectors came
  };
  static_assert(sizeof(Way) == 16);
  struct Evicted {
    std::uint64_t line = 0;
    std::uint8_t dirty = 0;
  };

  explicit SectorCache(std::uint64_t bytes = 0)
      : sets_(std::max<std::uint64_t>(1, bytes / (128 * kWays))), ways_(sets_ * kWays) {}

  // The line, now the most recently used of its set; null where it is not there.
  Way* find(std::uint64_t line) {
    Way* const set = set_of(line);
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].line != line) continue;
      if (i > 0) put_first(set, i, Way(set[i]));
      return set;
    }
    return nullptr;
  }
  // Puts it in, in place of another one.
  Way* insert(std::uint64_t line, Evicted& evicted) {
    Way* const set = set_of(line);
    evicted = {set[kWays - 1].line, static_cast<std::uint8_t>(set[kWays - 1].dirty)};
    Way way;
    way.line = line;
    put_first(set, kWays - 1, way);
    return set;
  }
  std::uint64_t lines() const { return ways_.size(); }

 private:
  static constexpr std::uint64_t kNone = ~0ULL >> 8;
  // In place of the one at `at`.
  static void put_first(Way* set, std::size_t at, Way way) {
    std::move_backward(set, set + at, set + at + 1);
    *set = way;
  }
  Way* set_of(std::uint64_t line) {
    // Neighbours are in neighbouring sets, so that what has the cache's size fits; powers of two apart not in the same.
    return ways_.data() + (line + line / sets_ * 37) % sets_ * kWays;
  }

  std::uint64_t sets_;
  std::vector<Way> ways_;
};

}  // namespace warpscope::timing

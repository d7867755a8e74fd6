// How a warp's access is split, against counting it lane by lane: accesses of many patterns and widths at random.
#include "compute/vgpu/observers/coalescing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "compute/vgpu/observers/lane_runs.h"
#include "tests/vgpu/random_access.h"

namespace warpscope::vgpu {
namespace {

using base::LaneMask;
using testing::RandomAccesses;

constexpr int kRounds = 20'000;

bool pairs_share(const Access& access, std::size_t distance) {
  for (std::size_t lane = 0; lane < 32; ++lane) {
    const bool both = (access.mask >> lane & 1U) != 0 && (access.mask >> (lane ^ distance) & 1U) != 0;
    if (both && access.address[lane] != access.address[lane ^ distance]) return false;
  }
  return true;
}

// Lanes of a wavefront by the width of what each wants: 32 words a wavefront.
std::size_t lanes_together(const Access& access) {
  const std::size_t lanes = access.bytes <= 4 ? 32 : 128U / access.bytes;
  const bool shares =
      access.bytes > 4 && access.kind == AccessKind::kLoad && (pairs_share(access, 1) || pairs_share(access, 2));
  return shares ? std::min<std::size_t>(32, 2 * lanes) : lanes;
}

int wavefronts_word_by_word(const Access& access) {
  const std::size_t together = lanes_together(access);
  int taken = 0;
  for (std::size_t begin = 0; begin < 32; begin += together) {
    std::map<std::uint64_t, std::set<std::uint64_t>> words;  // by bank
    for (std::size_t lane = begin; lane < begin + together; ++lane) {
      if ((access.mask >> lane & 1U) == 0) continue;
      for (std::uint64_t byte = 0; byte < access.bytes; ++byte) {
        const std::uint64_t word = (access.address[lane] + byte) / 4;
        words[word % 32].insert(word);
      }
    }
    std::size_t most = 0;
    for (const auto& [bank, of_bank] : words) most = std::max(most, of_bank.size());
    taken += static_cast<int>(most);
  }
  return taken;
}

TEST(Wavefronts, AreThoseOfCountingWordByWord) {
  RandomAccesses random(4711);
  std::set<int> seen;
  for (int round = 0; round < kRounds; ++round) {
    const Access access = random.next();
    const int taken = count_wavefronts(access).taken;
    ASSERT_EQ(taken, wavefronts_word_by_word(access)) << testing::text_of(access);
    seen.insert(taken);
  }
  // From none to a conflict of all lanes.
  EXPECT_EQ(*seen.begin(), 1);
  EXPECT_GE(*seen.rbegin(), 32);
  EXPECT_GT(seen.size(), 20U);
}

TEST(Sectors, AreThoseOfCountingByteByByte) {
  RandomAccesses random(815);
  for (int round = 0; round < kRounds; ++round) {
    const Access access = random.next();
    std::set<std::uint64_t> sectors;
    for (std::size_t lane = 0; lane < 32; ++lane) {
      if ((access.mask >> lane & 1U) == 0) continue;
      for (std::uint64_t byte = 0; byte < access.bytes; ++byte) sectors.insert((access.address[lane] + byte) / 32);
    }
    ASSERT_EQ(count_sectors(access), static_cast<int>(sectors.size())) << testing::text_of(access);
  }
}

TEST(LaneRuns, CoverJustTheLanesThatWereAskedFor) {
  RandomAccesses random(42);
  std::mt19937 masks(43);
  for (int round = 0; round < kRounds; ++round) {
    const Access access = random.next();
    const LaneMask lanes = access.mask & static_cast<LaneMask>(masks());
    LaneMask visited = 0;
    for_each_run(access, lanes, [&](const LaneRun& run) {
      for (std::uint32_t lane = run.first; lane < run.first + run.count; ++lane) {
        EXPECT_EQ(visited >> lane, 0U) << "lanes come in their order, each once";
        visited |= LaneMask{1} << lane;
        const std::uint32_t place = run.shape == LaneRun::Shape::kSameAddress ? 0 : (lane - run.first) % run.in_a_row();
        EXPECT_EQ(access.address[lane], access.address[run.first] + std::uint64_t{place} * access.bytes);
      }
    });
    ASSERT_EQ(visited, lanes) << testing::text_of(access);
  }
}

}  // namespace
}  // namespace warpscope::vgpu

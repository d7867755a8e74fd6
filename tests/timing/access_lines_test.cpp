// The lines of an access, against going through its bytes one by one.
#include "compute/timing/access_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compute/vgpu/address_space.h"
#include "tests/vgpu/random_access.h"

namespace warpscope::timing {
namespace {

std::vector<Line> lines_byte_by_byte(const vgpu::Access& access) {
  std::vector<Line> lines;
  for (std::size_t lane = 0; lane < 32; ++lane) {
    if ((access.mask >> lane & 1U) == 0) continue;
    for (std::uint64_t byte = 0; byte < access.bytes; ++byte) {
      const std::uint64_t place = access.address[lane] + byte - vgpu::kGlobalBase;
      const Line sector = 1U << (place / 32 % 4);
      const auto found = std::find_if(lines.begin(), lines.end(), [&](Line line) { return line >> 4 == place / 128; });
      if (found == lines.end()) {
        lines.push_back(make_line(place / 128, sector));
      } else {
        *found |= sector;
      }
    }
  }
  return lines;
}

TEST(AccessLines, AreThoseOfItsBytesInTheOrderOfLanes) {
  vgpu::testing::RandomAccesses random(99);
  // What other accesses left there stays as it is, even where lines are the same.
  std::vector<Line> all, expected;
  std::size_t longest = 0;
  for (int round = 0; round < 20'000; ++round) {
    const vgpu::Access access = random.next();
    const std::vector<Line> lines = lines_byte_by_byte(access);
    expected.insert(expected.end(), lines.begin(), lines.end());
    ASSERT_EQ(append_lines(access, all), lines.size()) << vgpu::testing::text_of(access);
    ASSERT_TRUE(std::equal(lines.rbegin(), lines.rend(), all.rbegin())) << vgpu::testing::text_of(access);
    longest = std::max(longest, lines.size());
  }
  EXPECT_EQ(all, expected);
  EXPECT_GE(longest, 32U) << "some accesses have a line for every lane";
}

TEST(AccessLines, OfLocalMemoryAreOneForAWordOfAllLanes) {
  vgpu::Access access;
  access.space = vgpu::AccessSpace::kLocal;
  access.bytes = 8;
  access.mask = 0x0000'ff01;
  for (std::uint64_t& address : access.address) address = 40;
  std::vector<Line> lines;
  EXPECT_EQ(append_local_lines(access, lines), 2U);
  // Lanes 0 to 7 have the first sector of four, 8 to 15 the second.
  EXPECT_EQ(lines, (std::vector<Line>{make_line(10, 0b0011), make_line(11, 0b0011)}));
}

}  // namespace
}  // namespace warpscope::timing

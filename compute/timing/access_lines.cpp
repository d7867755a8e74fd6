#include "compute/timing/access_lines.h"

#include <algorithm>
#include <array>
#include <bit>

#include "compute/vgpu/address_space.h"
#include "compute/vgpu/observers/lane_runs.h"

namespace warpscope::timing {
namespace {

using base::LaneMask;
using vgpu::Access;

constexpr int kSectorShift = 5;

// From the beginning of device memory.
std::uint64_t place_of(std::uint64_t address) {
  return address - vgpu::kGlobalBase;
}

// Some of a line's sectors, if it is not among them already: the last line is the likeliest one.
void add_sectors(std::vector<Line>& lines, std::size_t first, std::uint64_t number, std::uint32_t sectors) {
  const Line line = make_line(number, 0);
  for (std::size_t i = lines.size(); i-- > first;) {
    if ((lines[i] & ~Line{15}) != line) continue;
    lines[i] |= sectors;
    return;
  }
  lines.push_back(line | sectors);
}

void add_range(std::vector<Line>& lines, std::size_t first, std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t begin = address >> kSectorShift, end = ((address + bytes - 1) >> kSectorShift) + 1;
  for (std::uint64_t line = begin >> 2; line << 2 < end; ++line) {
    const std::uint64_t from = std::max(begin, line << 2) & 3;
    const std::uint64_t to = std::min(end - (line << 2), std::uint64_t{4});
    add_sectors(lines, first, line, ((1U << to) - 1) & ~((1U << from) - 1));
  }
}

// The addresses of the lanes that take part, in ascending order.
std::size_t sorted_addresses(const Access& access, std::array<std::uint64_t, 32>& addresses) {
  std::size_t count = 0;
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    addresses[count++] = access.address[std::countr_zero(rest)];
  }
  std::sort(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

}  // namespace

std::size_t append_lines(const Access& access, std::vector<Line>& lines) {
  const std::size_t first = lines.size();
  vgpu::for_each_run(access, [&](const vgpu::LaneRun& run) {
    add_range(lines, first, place_of(access.address[run.first]), std::uint64_t{run.in_a_row()} * access.bytes);
  });
  return lines.size() - first;
}

std::size_t append_local_lines(const Access& access, std::vector<Line>& lines) {
  const std::size_t first = lines.size();
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<std::uint64_t>(std::countr_zero(rest));
    const std::uint64_t last = (access.address[lane] + access.bytes - 1) / 4;
    for (std::uint64_t word = access.address[lane] / 4; word <= last; ++word) {
      add_sectors(lines, first, word, 1U << (lane / 8));
    }
  }
  return lines.size() - first;
}

std::uint32_t most_at_one_address(const Access& access) {
  std::array<std::uint64_t, 32> addresses{};
  const std::size_t count = sorted_addresses(access, addresses);
  std::uint32_t most = 0, run = 0;
  for (std::size_t i = 0; i < count; ++i) {
    run = i > 0 && addresses[i] == addresses[i - 1] ? run + 1 : 1;
    most = std::max(most, run);
  }
  return most;
}

std::uint32_t distinct_addresses(const Access& access) {
  std::array<std::uint64_t, 32> addresses{};
  const std::size_t count = sorted_addresses(access, addresses);
  const auto end = std::unique(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(count));
  return static_cast<std::uint32_t>(end - addresses.begin());
}

}  // namespace warpscope::timing

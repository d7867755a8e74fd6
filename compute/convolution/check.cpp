// What settings a chain may have, and which variant can compute what.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compute/convolution/chain.h"

namespace warpscope::convolution {
namespace {

struct Range {
  std::string_view what;
  int value, least, most;
};

base::Result<void> check_ranges(std::string_view where, std::initializer_list<Range> ranges) {
  for (const Range& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return base::fail(
        fmt::format("{}{} is {}; {} to {} are accepted", where, range.what, range.value, range.least, range.most));
  }
  return {};
}

base::Result<void> check_filter(std::string_view where, const Filter& filter, int size) {
  if (filter.size < 1 || filter.size > kLargestFilter || filter.size % 2 == 0) {
    return base::fail(fmt::format("{}the filter has {} rows; 1, 3, 5 or 7 are accepted, so that there is a middle",
                                  where, filter.size));
  }
  if (filter.size != size) {
    return base::fail(fmt::format("{}one filter is {} x {}, another {} x {}; all filters of a stage have one size",
                                  where, size, size, filter.size, filter.size));
  }
  if (filter.weights.size() != static_cast<std::size_t>(size * size)) {
    return base::fail(fmt::format("{}a filter of {} x {} has {} weights; it needs {}", where, size, size,
                                  filter.weights.size(), size * size));
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(filter.weights, finite) || !finite(filter.divide) || !finite(filter.add)) {
    return base::fail(
        fmt::format("{}a weight, what is divided by or what is added is not finite; write a number", where));
  }
  if (filter.divide == 0) {
    return base::fail(fmt::format("{}the sum would be divided by 0; any other number is accepted", where));
  }
  return {};
}

base::Result<void> check_filters(std::string_view where, const Stage& stage) {
  const auto count = static_cast<int>(stage.filters.size());
  const bool magnitude = stage.kind == StageKind::kMagnitude;
  const bool none = stage.kind == StageKind::kRelu || stage.kind == StageKind::kMaxPool;
  const int least = none ? 0 : magnitude ? 2 : 1;
  const int most = none ? 0 : magnitude ? 2 : kLargestBank;
  if (count < least || count > most) {
    return base::fail(fmt::format("{}there {} {} filter{}; {} accepted", where, count == 1 ? "is" : "are", count,
                                  count == 1 ? "" : "s",
                                  least == most ? fmt::format("{} {}", least, least == 1 ? "is" : "are")
                                                : fmt::format("{} to {} are", least, most)));
  }
  for (const Filter& filter : stage.filters) {
    if (auto fine = check_filter(where, filter, stage.filters.front().size); !fine) return fine;
  }
  if (none) return {};
  if (stage.padding == Stage::kSame) {
    return check_ranges(where, {{"the stride", stage.stride, 1, 4}, {"the dilation", stage.dilation, 1, 4}});
  }
  return check_ranges(where, {{"the stride", stage.stride, 1, 4},
                              {"the dilation", stage.dilation, 1, 4},
                              {"the padding", stage.padding, 0, kLargestPadding}});
}

}  // namespace

base::Result<void> check(const Settings& settings, Size picture) {
  if (settings.chain.empty()) return base::fail("the chain is empty; it needs a stage, a filter for instance");
  if (auto fine = check_ranges("", {{"the number of stages", static_cast<int>(settings.chain.size()), 1, kLongestChain},
                                    {"the picture's width", picture.width, 1, kLargestSide},
                                    {"the picture's height", picture.height, 1, kLargestSide},
                                    {"the number of planes", picture.planes, 1, kMostPlanes}});
      !fine) {
    return fine;
  }
  const base::Dim3 block = settings.block;
  if (block.x == 0 || block.y == 0 || block.z != 1 || block.count() > kMostThreads) {
    return base::fail(
        fmt::format("a block of {} x {} x {} threads is not possible; width x height x 1 with 1 to {} threads is",
                    block.x, block.y, block.z, kMostThreads));
  }
  Size size = picture;
  for (std::size_t i = 0; i < settings.chain.size(); ++i) {
    const std::string where = settings.chain.size() == 1 ? "" : fmt::format("stage {}: ", i + 1);
    const Stage& stage = settings.chain[i];
    if (auto fine = check_filters(where, stage); !fine) return fine;
    const Size next = size_after(stage, size);
    if (next.width == 0 || next.height == 0) {
      return base::fail(
          fmt::format("{}nothing is left of {} x {} pixels: what reads them is larger; use a larger picture, "
                      "more padding or fewer stages",
                      where, size.width, size.height));
    }
    if (next.planes > kMostPlanes) {
      return base::fail(
          fmt::format("{}{} planes would come out, one for each filter and plane; at most {} are accepted", where,
                      next.planes, kMostPlanes));
    }
    size = next;
  }
  return {};
}

std::uint32_t tile_side(const Stage& stage, std::uint32_t threads) {
  const int size = stage.filters.empty() ? 1 : stage.filters.front().size;
  return (threads - 1) * static_cast<std::uint32_t>(stage.stride) +
         static_cast<std::uint32_t>((size - 1) * stage.dilation) + 1;
}

std::string why_not(Variant variant, const Stage& stage, base::Dim3 block) {
  if (stage.filters.empty()) return "";
  if (variant == Variant::kSeparable) {
    for (const Filter& filter : stage.filters) {
      if (separate(filter)) continue;
      return fmt::format("{} is not a column times a row, so it cannot be applied in two passes.", filter.name);
    }
  }
  if (variant == Variant::kTiled) {
    const std::uint32_t width = tile_side(stage, block.x), height = tile_side(stage, block.y);
    if (width * height * sizeof(float) > kSharedBytes) {
      return fmt::format(
          "A block of {} x {} threads would need a tile of {} x {} pixels; {} KB of shared memory hold {}.", block.x,
          block.y, width, height, kSharedBytes / 1024, kSharedBytes / sizeof(float));
    }
  }
  return "";
}

}  // namespace warpscope::convolution

#include "compute/convolution/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "compute/base/text.h"

namespace warpscope::convolution {
namespace {

constexpr double kSameToWithin = 1e-6;  // of the largest weight: two floats that were rounded on different ways
constexpr float kGaussianSigma = 1;

Filter square(std::string_view title, std::vector<float> weights) {
  return {std::string(title), static_cast<int>(std::lround(std::sqrt(weights.size()))), std::move(weights), 1, 0};
}

std::vector<NamedFilter> all_named_filters() {
  std::vector<NamedFilter> all{
      {"identity", "Identity", "Only the middle counts: every pixel stays what it is.",
       square("", {0, 0, 0, 0, 1, 0, 0, 0, 0})},
      {"box", "Box", "The mean of the pixels around: noise goes, and so do sharp edges.", box(3)},
      {"gaussian", "Gaussian", "A mean in which near pixels count more: the blur of a lens, without the box's corners.",
       gaussian(5, kGaussianSigma)},
      {"sharpen", "Sharpen", "The pixel, and what makes it different from its neighbours once more.",
       square("", {0, -1, 0, -1, 5, -1, 0, -1, 0})},
      {"laplacian", "Laplacian", "The neighbours less four times the pixel: 0 on every even slope, not at its ends.",
       square("", {0, 1, 0, 1, -4, 1, 0, 1, 0})},
      {"sobel-x", "Sobel x", "The right column less the left one: how fast the picture brightens to the right.",
       square("", {-1, 0, 1, -2, 0, 2, -1, 0, 1})},
      {"sobel-y", "Sobel y", "The lower row less the upper one: how fast the picture brightens downwards.",
       square("", {-1, -2, -1, 0, 0, 0, 1, 2, 1})},
      {"prewitt-x", "Prewitt x", "As Sobel x, but all three rows count the same.",
       square("", {-1, 0, 1, -1, 0, 1, -1, 0, 1})},
      {"prewitt-y", "Prewitt y", "As Sobel y, but all three columns count the same.",
       square("", {-1, -1, -1, 0, 0, 0, 1, 1, 1})},
      {"emboss", "Emboss",
       "The lower right less the upper left, and the pixel itself: the picture seems pressed into its paper.",
       square("", {-2, -1, 0, -1, 1, 1, 0, 1, 2})},
      {"edge", "1 0 -1", "The left neighbour less the right one: the smallest filter that sees an edge.",
       square("", {0, 0, 0, 1, 0, -1, 0, 0, 0})},
  };
  for (NamedFilter& named : all) named.filter.name = named.title;
  return all;
}

std::string known_keys() {
  std::string text;
  for (const NamedFilter& named : named_filters()) text += (text.empty() ? "" : ", ") + std::string(named.key);
  return text;
}

base::Result<float> parse_weight(std::string_view text, std::size_t row, std::size_t column) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  float value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value)) {
    return base::fail(
        fmt::format("'{}' in row {}, column {} of the filter is no number; write 2, -0.5 or 1e-3", text, row, column));
  }
  return value;
}

}  // namespace

const std::vector<NamedFilter>& named_filters() {
  static const std::vector<NamedFilter> all = all_named_filters();
  return all;
}

const NamedFilter* find_filter(std::string_view key) {
  const auto& all = named_filters();
  const auto found = std::ranges::find(all, key, &NamedFilter::key);
  return found == all.end() ? nullptr : &*found;
}

Filter box(int size) {
  const std::size_t count = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  return {"Box", size, std::vector<float>(count, 1.0F), static_cast<float>(count), 0};
}

Filter gaussian(int size, float sigma) {
  const int middle = size / 2;
  std::vector<double> line;
  double sum = 0;
  for (int i = 0; i < size; ++i) {
    const double away = (i - middle) / std::max(1e-3, static_cast<double>(sigma));
    line.push_back(std::exp(-0.5 * away * away));
    sum += line.back();
  }
  Filter filter{"Gaussian", size, {}, 1, 0};
  for (const double a : line) {
    for (const double b : line) filter.weights.push_back(static_cast<float>(a / sum * (b / sum)));
  }
  return filter;
}

Filter resized(const Filter& filter, int size) {
  Filter result = filter;
  result.size = size;
  result.weights.assign(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 0.0F);
  const int move = (filter.size - size) / 2;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const int from_row = row + move, from_column = column + move;
      if (from_row < 0 || from_row >= filter.size || from_column < 0 || from_column >= filter.size) continue;
      result.weights[static_cast<std::size_t>(row * size + column)] = filter.at(from_row, from_column);
    }
  }
  return result;
}

Filter flipped(const Filter& filter) {
  Filter result = filter;
  std::ranges::reverse(result.weights);
  return result;
}

base::Result<Filter> parse_filter(std::string_view text) {
  text = base::trimmed(text);
  if (const NamedFilter* named = find_filter(text)) return named->filter;
  const bool looks_like_numbers = text.find_first_of(",;") != std::string_view::npos ||
                                  text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
  if (text.empty() || !looks_like_numbers) {
    return base::fail(
        fmt::format("there is no filter '{}'; there are: {}; or write one: 0,1,0;1,-4,1;0,1,0", text, known_keys()));
  }
  const std::vector<std::string_view> rows = base::split(text, ";");
  const std::size_t size = rows.size();
  if (size % 2 == 0 || size > kLargestFilter) {
    return base::fail(fmt::format(
        "the filter has {} rows; 1, 3, 5 or 7 are accepted, so that there is a middle (rows end with ';')", size));
  }
  Filter filter{"Custom", static_cast<int>(size), {}, 1, 0};
  for (std::size_t row = 0; row < size; ++row) {
    const std::vector<std::string_view> cells = base::split(rows[row], ",");
    if (cells.size() != size) {
      return base::fail(fmt::format("row {} of the filter has {} numbers, and there {}: a filter is a square", row + 1,
                                    cells.size(), size == 1 ? "is 1 row" : fmt::format("are {} rows", size)));
    }
    for (std::size_t column = 0; column < size; ++column) {
      const auto weight = parse_weight(base::trimmed(cells[column]), row + 1, column + 1);
      if (!weight) return tl::unexpected(weight.error());
      filter.weights.push_back(*weight);
    }
  }
  return filter;
}

std::optional<Separation> separate(const Filter& filter) {
  const auto largest =
      std::ranges::max_element(filter.weights, [](float a, float b) { return std::abs(a) < std::abs(b); });
  if (largest == filter.weights.end()) return std::nullopt;
  const int at = static_cast<int>(largest - filter.weights.begin());
  const int pivot_row = at / filter.size, pivot_column = at % filter.size;
  const double pivot = *largest;
  Separation parts;
  for (int i = 0; i < filter.size; ++i) {
    parts.row.push_back(filter.at(pivot_row, i));
    parts.column.push_back(pivot == 0 ? 0.0F : static_cast<float>(filter.at(i, pivot_column) / pivot));
  }
  for (int row = 0; row < filter.size; ++row) {
    for (int column = 0; column < filter.size; ++column) {
      const double product = static_cast<double>(parts.column[static_cast<std::size_t>(row)]) *
                             static_cast<double>(parts.row[static_cast<std::size_t>(column)]);
      if (std::abs(product - filter.at(row, column)) > kSameToWithin * std::abs(pivot)) return std::nullopt;
    }
  }
  return parts;
}

}  // namespace warpscope::convolution

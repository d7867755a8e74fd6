// convolution/filter.h: a filter: a small square of weights, and where it has a name. Floor 4. Pure functions.
// As in deep learning what is computed is a cross-correlation: out(x, y) = sum of w(u, v) * in(x + u, y + v). A
// mathematician's convolution flips the filter first: flipped().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::convolution {

inline constexpr int kLargestFilter = 7;

struct Filter {
  std::string name;            // "Sobel x"; "Custom" where nobody named it
  int size = 3;                // 1, 3, 5 or 7: rows and columns
  std::vector<float> weights;  // (size, size), row-major
  float divide = 1;            // the sum of products is divided by this, never 0 ...
  float add = 0;               // ... and then this is added

  float at(int row, int column) const { return weights[static_cast<std::size_t>(row * size + column)]; }
  bool operator==(const Filter&) const = default;
};

// A filter that has a name. `key` is what a command line calls it: "sobel-x".
struct NamedFilter {
  std::string_view key, title, idea;  // the idea in one sentence
  Filter filter;
};
// identity, box, gaussian, sharpen, laplacian, sobel-x, sobel-y, prewitt-x, prewitt-y, emboss, edge ([1 0 -1] in a
// row).
const std::vector<NamedFilter>& named_filters();
const NamedFilter* find_filter(std::string_view key);

Filter box(int size);                            // weights 1, divided by their number
Filter gaussian(int size, float sigma);          // normalised: its weights sum to 1
Filter resized(const Filter& filter, int size);  // grown with zeros around, or cut down to its middle
Filter flipped(const Filter& filter);            // turned by half a turn
// "a,b,c;d,e,f;g,h,i" (a square of odd side up to 7), or a key. The error names the part that is wrong.
base::Result<Filter> parse_filter(std::string_view text);

// A filter that is a column times a row can be applied in two passes. Each has `size` weights.
struct Separation {
  std::vector<float> column, row;
};
// Empty where the filter is not one (rank 2 and more); to within 1e-6 of its largest weight.
std::optional<Separation> separate(const Filter& filter);

}  // namespace warpscope::convolution

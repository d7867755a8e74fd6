// convolution/chain.h: what is done to a picture, one stage after another, and in which way. Floor 4. Plain data and
// pure functions. The reference computes in double precision, by itself: everything else is compared with it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/base/launch_types.h"
#include "compute/convolution/filter.h"

namespace warpscope::convolution {

// What check() accepts.
inline constexpr int kLongestChain = 8;
inline constexpr int kLargestBank = 8;      // filters of a stage
inline constexpr int kMostPlanes = 64;      // of a picture
inline constexpr int kLargestSide = 16384;  // of a picture
inline constexpr int kLargestPadding = 64;
inline constexpr std::uint64_t kMostThreads = 1024;       // of a block
inline constexpr std::uint32_t kSharedBytes = 48 * 1024;  // of a block, without asking for more

// (planes, height, width), row-major; 0 black to 255 white where it comes from a file.
struct Picture {
  int width = 0, height = 0;
  int planes = 1;  // 1: grey, 3: red, green, blue; of a bank of filters: one each
  std::vector<float> pixels;

  float at(int plane, int x, int y) const {
    return pixels[(static_cast<std::size_t>(plane) * static_cast<std::size_t>(height) + static_cast<std::size_t>(y)) *
                      static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

enum class Border : std::uint8_t {
  kZero,
  kClamp,
  kMirror
};  // mirror: the edge pixel itself is not repeated (dcb|abcd)

enum class StageKind : std::uint8_t {
  kFilter,     // each plane through each of `filters`: all outputs of plane 0, then all of plane 1 ...
  kMagnitude,  // the root of the sum of the squares of two filters: sqrt(a*a + b*b)
  kRelu,
  kMaxPool,  // 2 x 2, stride 2; an odd last row or column is left out
};

struct Stage {
  StageKind kind = StageKind::kFilter;
  std::vector<Filter> filters;  // all of one size; kFilter: one, or a bank of up to 8; kMagnitude: two; else none
  Border border = Border::kClamp;
  int stride = 1;       // 1 to 4
  int dilation = 1;     // 1 to 4: pixels from weight to weight
  int padding = kSame;  // pixels added around; kSame: as many as keep the size at stride 1
  static constexpr int kSame = -1;
  bool operator==(const Stage&) const = default;
};

// Ways to write the same convolution.
enum class Variant : std::uint8_t { kNaive, kConstant, kTiled, kSeparable, kVectorised, kMatrixProduct };
inline constexpr std::array kVariants{Variant::kNaive,     Variant::kConstant,   Variant::kTiled,
                                      Variant::kSeparable, Variant::kVectorised, Variant::kMatrixProduct};
std::string_view key_of(Variant variant);    // "naive" ... as on the command line
std::string_view title_of(Variant variant);  // "Tiled, with halo"
std::string_view idea_of(Variant variant);   // in one sentence
std::optional<Variant> find_variant(std::string_view key);
std::string_view key_of(Border border);    // "zero", "clamp", "mirror"
std::string_view title_of(Border border);  // "Clamp: repeat the edge"
std::optional<Border> find_border(std::string_view key);
// The pixel that stands for `index` of a row or column of `size`; -1: there is none, it counts as 0.
int bordered(Border border, int index, int size);

struct Settings {
  std::vector<Stage> chain;  // at least one
  Variant variant = Variant::kTiled;
  base::Dim3 block{16, 16, 1};
  bool operator==(const Settings&) const = default;
};

// Height and width of what a stage makes.
struct Size {
  int width = 0, height = 0, planes = 0;
  bool operator==(const Size&) const = default;
};
int padding_of(const Stage& stage);
Size size_after(const Stage& stage, Size input);
// The first thing that is wrong with the settings for a picture of this size, with what is accepted instead.
base::Result<void> check(const Settings& settings, Size picture);
// Why this variant cannot compute this stage (the separable one a filter that is none, the tiled one where a tile does
// not fit into shared memory); "" where it can.
std::string why_not(Variant variant, const Stage& stage, base::Dim3 block = {16, 16, 1});
// Pixels that a row (or column) of so many threads reads, halo included.
std::uint32_t tile_side(const Stage& stage, std::uint32_t threads);

// In double precision; one picture a stage.
std::vector<Picture> reference(const Picture& picture, const std::vector<Stage>& chain);
// How far outputs are from the reference, the worst of all stages: relative to what a stage's sum can come to at most
// with the largest pixel and these weights. (Relative to the output itself, one that is all 0 could not be judged.)
double largest_error(const Picture& picture, const std::vector<Stage>& chain, const std::vector<Picture>& expected,
                     const std::vector<Picture>& outputs);

// One output value of a kFilter stage (or one of the two of kMagnitude), written out as a textbook does.
struct Term {
  int x = 0, y = 0;  // in the stage's input; outside of it where the border decides
  bool inside = true;
  float pixel = 0, weight = 0, product = 0;
};
struct Arithmetic {
  int size = 0;             // of the filter
  std::vector<Term> terms;  // (size, size), row-major
  double sum = 0;           // of the products
  float divide = 1, add = 0;
  double value = 0;  // sum / divide + add
};
// Of the output (plane, x, y) of a stage with this input. For kMagnitude `which` chooses the filter.
Arithmetic arithmetic(const Picture& input, const Stage& stage, int plane, int x, int y, int which = 0);

}  // namespace warpscope::convolution

#include "compute/convolution/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace warpscope::convolution {
namespace {

struct VariantText {
  Variant variant;
  std::string_view key, title, idea;
};
constexpr std::array kVariantTexts{
    VariantText{Variant::kNaive, "naive", "Naive",
                "Every thread fetches all pixels of its window and all weights from global memory."},
    VariantText{Variant::kConstant, "constant", "Constant weights",
                "The weights, which all lanes read at the same time, come from constant memory."},
    VariantText{Variant::kTiled, "tiled", "Tiled, with halo",
                "A block fetches its pixels and a border around them once, and shares them."},
    VariantText{Variant::kSeparable, "separable", "Separable, 2 passes",
                "A filter that is a column times a row is applied as a row and then as a column."},
    VariantText{Variant::kVectorised, "vectorised", "Four outputs a thread",
                "A thread makes four neighbours, whose windows overlap, from pixels it loads four at a time."},
    VariantText{Variant::kMatrixProduct, "matrix", "Matrix product",
                "All windows are written out as columns; then all filters are one product of two matrices."},
};

struct BorderText {
  Border border;
  std::string_view key, title;
};
constexpr std::array kBorderTexts{
    BorderText{Border::kZero, "zero", "Zero: black around"},
    BorderText{Border::kClamp, "clamp", "Clamp: repeat the edge"},
    BorderText{Border::kMirror, "mirror", "Mirror: turn back at the edge"},
};

const VariantText& text_of(Variant variant) {
  return *std::ranges::find(kVariantTexts, variant, &VariantText::variant);
}
const BorderText& text_of(Border border) {
  return *std::ranges::find(kBorderTexts, border, &BorderText::border);
}

// A picture whose pixels are doubles, so that nothing is rounded between stages.
struct Exact {
  int width = 0, height = 0, planes = 0;
  std::vector<double> pixels;

  double at(int plane, int x, int y) const { return pixels[index(plane, x, y)]; }
  std::size_t index(int plane, int x, int y) const {
    return (static_cast<std::size_t>(plane) * static_cast<std::size_t>(height) + static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
};

Exact exact_of(const Picture& picture) {
  return {picture.width, picture.height, picture.planes, {picture.pixels.begin(), picture.pixels.end()}};
}

Picture rounded(const Exact& exact) {
  Picture picture{exact.width, exact.height, exact.planes, {}};
  picture.pixels.reserve(exact.pixels.size());
  for (const double value : exact.pixels) picture.pixels.push_back(static_cast<float>(value));
  return picture;
}

struct Window {
  const Stage& stage;
  const Filter& filter;

  int input(int output, int tap) const { return output * stage.stride + tap * stage.dilation - padding_of(stage); }
};

double weighed(const Exact& in, const Window& window, int plane, int x, int y) {
  double sum = 0;
  for (int row = 0; row < window.filter.size; ++row) {
    const int from_y = bordered(window.stage.border, window.input(y, row), in.height);
    for (int column = 0; column < window.filter.size; ++column) {
      const int from_x = bordered(window.stage.border, window.input(x, column), in.width);
      if (from_x < 0 || from_y < 0) continue;
      sum += static_cast<double>(window.filter.at(row, column)) * in.at(plane, from_x, from_y);
    }
  }
  return sum / static_cast<double>(window.filter.divide) + static_cast<double>(window.filter.add);
}

double value_of(const Exact& in, const Stage& stage, int plane, int x, int y) {
  switch (stage.kind) {
    case StageKind::kFilter: {
      const int count = static_cast<int>(stage.filters.size());
      return weighed(in, {stage, stage.filters[static_cast<std::size_t>(plane % count)]}, plane / count, x, y);
    }
    case StageKind::kMagnitude:
      return std::hypot(weighed(in, {stage, stage.filters[0]}, plane, x, y),
                        weighed(in, {stage, stage.filters[1]}, plane, x, y));
    case StageKind::kRelu:
      return std::max(0.0, in.at(plane, x, y));
    case StageKind::kMaxPool:
      return std::max({in.at(plane, 2 * x, 2 * y), in.at(plane, 2 * x + 1, 2 * y), in.at(plane, 2 * x, 2 * y + 1),
                       in.at(plane, 2 * x + 1, 2 * y + 1)});
  }
  return 0;
}

Exact applied(const Exact& in, const Stage& stage) {
  const Size size = size_after(stage, {in.width, in.height, in.planes});
  Exact out{size.width, size.height, size.planes, {}};
  out.pixels.reserve(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) *
                     static_cast<std::size_t>(size.planes));
  for (int plane = 0; plane < size.planes; ++plane) {
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) out.pixels.push_back(value_of(in, stage, plane, x, y));
    }
  }
  return out;
}

double largest_magnitude(const std::vector<float>& values) {
  double largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  return largest;
}

// What a sum of this stage can come to at most, where no pixel is larger than `largest`.
double reach(const Stage& stage, double largest) {
  double most = stage.filters.empty() ? largest : 0;
  for (const Filter& filter : stage.filters) {
    double sum = 0;
    for (const float weight : filter.weights) sum += std::abs(static_cast<double>(weight));
    most = std::max(
        most, sum * largest / std::abs(static_cast<double>(filter.divide)) + std::abs(static_cast<double>(filter.add)));
  }
  return most;
}

}  // namespace

std::string_view key_of(Variant variant) {
  return text_of(variant).key;
}
std::string_view title_of(Variant variant) {
  return text_of(variant).title;
}
std::string_view idea_of(Variant variant) {
  return text_of(variant).idea;
}
std::string_view key_of(Border border) {
  return text_of(border).key;
}
std::string_view title_of(Border border) {
  return text_of(border).title;
}

std::optional<Variant> find_variant(std::string_view key) {
  const auto* const found = std::ranges::find(kVariantTexts, key, &VariantText::key);
  return found == kVariantTexts.end() ? std::nullopt : std::optional(found->variant);
}
std::optional<Border> find_border(std::string_view key) {
  const auto* const found = std::ranges::find(kBorderTexts, key, &BorderText::key);
  return found == kBorderTexts.end() ? std::nullopt : std::optional(found->border);
}

int bordered(Border border, int index, int size) {
  if (index >= 0 && index < size) return index;
  if (border == Border::kZero) return -1;
  if (border == Border::kClamp) return index < 0 ? 0 : size - 1;
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  const int within = ((index % period) + period) % period;
  return within < size ? within : period - within;
}

int padding_of(const Stage& stage) {
  if (stage.padding != Stage::kSame) return stage.padding;
  return stage.filters.empty() ? 0 : stage.dilation * (stage.filters.front().size - 1) / 2;
}

Size size_after(const Stage& stage, Size input) {
  switch (stage.kind) {
    case StageKind::kRelu:
      return input;
    case StageKind::kMaxPool:
      return {input.width / 2, input.height / 2, input.planes};
    case StageKind::kFilter:
    case StageKind::kMagnitude:
      break;
  }
  const int reach = stage.filters.empty() ? 0 : stage.dilation * (stage.filters.front().size - 1) + 1;
  const auto steps = [&](int side) {
    const int room = side + 2 * padding_of(stage) - reach;
    return room < 0 ? 0 : room / stage.stride + 1;
  };
  const int count = stage.kind == StageKind::kMagnitude ? 1 : static_cast<int>(stage.filters.size());
  return {steps(input.width), steps(input.height), input.planes * count};
}

std::vector<Picture> reference(const Picture& picture, const std::vector<Stage>& chain) {
  std::vector<Picture> outputs;
  Exact now = exact_of(picture);
  for (const Stage& stage : chain) {
    now = applied(now, stage);
    outputs.push_back(rounded(now));
  }
  return outputs;
}

Arithmetic arithmetic(const Picture& input, const Stage& stage, int plane, int x, int y, int which) {
  Arithmetic result;
  if (stage.filters.empty()) return result;
  const int count = stage.kind == StageKind::kMagnitude ? 1 : static_cast<int>(stage.filters.size());
  const int chosen = stage.kind == StageKind::kMagnitude ? which : plane % count;
  const Filter& filter = stage.filters[static_cast<std::size_t>(chosen)];
  const Window window{stage, filter};
  result.size = filter.size;
  result.divide = filter.divide;
  result.add = filter.add;
  for (int row = 0; row < filter.size; ++row) {
    for (int column = 0; column < filter.size; ++column) {
      Term term;
      term.x = window.input(x, column);
      term.y = window.input(y, row);
      term.inside = term.x >= 0 && term.x < input.width && term.y >= 0 && term.y < input.height;
      const int from_x = bordered(stage.border, term.x, input.width);
      const int from_y = bordered(stage.border, term.y, input.height);
      term.pixel = from_x < 0 || from_y < 0 ? 0.0F : input.at(plane / count, from_x, from_y);
      term.weight = filter.at(row, column);
      term.product = term.pixel * term.weight;
      result.sum += static_cast<double>(term.pixel) * static_cast<double>(term.weight);
      result.terms.push_back(term);
    }
  }
  result.value = result.sum / static_cast<double>(filter.divide) + static_cast<double>(filter.add);
  return result;
}

double largest_error(const Picture& picture, const std::vector<Stage>& chain, const std::vector<Picture>& expected,
                     const std::vector<Picture>& outputs) {
  double largest = 0;
  const Picture* input = &picture;
  for (std::size_t stage = 0; stage < chain.size(); ++stage) {
    const std::vector<float>& want = expected[stage].pixels;
    const std::vector<float>& got = outputs[stage].pixels;
    if (want.size() != got.size()) return HUGE_VAL;
    const double scale = reach(chain[stage], largest_magnitude(input->pixels));
    double off = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      const double difference = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
      off = std::isnan(difference) ? HUGE_VAL : std::max(off, difference);
    }
    if (off > 0) largest = std::max(largest, scale > 0 ? off / scale : HUGE_VAL);
    input = &expected[stage];
  }
  return largest;
}

}  // namespace warpscope::convolution

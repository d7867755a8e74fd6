#include "app/panels/convolve_centre.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::panels {
namespace {

using convolution::Filter;
using convolution::Picture;
using convolution::Stage;
using convolution::StageKind;

float sum_of(const Filter& filter) {
  float sum = 0;
  for (const float weight : filter.weights) sum += weight;
  return sum;
}

bool keeps_brightness(const Stage& stage) {
  return std::ranges::all_of(stage.filters, [](const Filter& filter) {
    return std::abs(sum_of(filter) - filter.divide) < 1e-3F * std::abs(filter.divide) && filter.add == 0;
  });
}

bool keeps_positive(const Stage& stage) {
  return std::ranges::all_of(stage.filters, [](const Filter& filter) {
    return filter.divide > 0 && filter.add >= 0 && std::ranges::all_of(filter.weights, [](float w) { return w >= 0; });
  });
}

ConvolveLook look_of(const Stage& stage, ConvolveLook before) {
  switch (stage.kind) {
    case StageKind::kMagnitude:
      return ConvolveLook::kPositive;
    case StageKind::kRelu:
      return before == ConvolveLook::kSigned ? ConvolveLook::kPositive : before;
    case StageKind::kMaxPool:
      return before;
    case StageKind::kFilter:
      if (before == ConvolveLook::kPhoto && keeps_brightness(stage)) return before;
      return before != ConvolveLook::kSigned && keeps_positive(stage) ? ConvolveLook::kPositive : ConvolveLook::kSigned;
  }
  return before;
}

void measure(const Picture& picture, ConvolveRange& range) {
  const auto [low, high] = std::ranges::minmax_element(picture.pixels);
  if (low == picture.pixels.end()) return;
  range.low = *low;
  range.high = *high;
}

void measure_difference(const ChosenStage& view, ConvolveRange& range) {
  const auto area = static_cast<std::size_t>(view.output->width) * static_cast<std::size_t>(view.output->height);
  range.low = range.high = 0;
  for (int plane = 0; plane < view.output->planes; ++plane) {
    const float* a = view.output->pixels.data() + static_cast<std::size_t>(plane) * area;
    const float* b = view.input->pixels.data() + static_cast<std::size_t>(view.plane_below(plane)) * area;
    for (std::size_t i = 0; i < area; ++i) {
      range.low = std::min(range.low, a[i] - b[i]);
      range.high = std::max(range.high, a[i] - b[i]);
    }
  }
}

std::optional<ChosenStage> stage_view(const session::ConvolveFrame& frame, int stage) {
  const auto i = static_cast<std::size_t>(stage);
  if (stage < 0 || i >= frame.outputs.size() || i >= frame.settings.chain.size()) return std::nullopt;
  return ChosenStage{&frame, stage, &frame.settings.chain[i],
                     stage == 0 ? frame.input.get() : frame.outputs[i - 1].get(), frame.outputs[i].get()};
}

}  // namespace

const Filter* ChosenStage::filter_of(int plane) const {
  if (spec->filters.empty()) return nullptr;
  const int index = spec->kind == StageKind::kFilter ? plane % filters() : 0;
  return &spec->filters[static_cast<std::size_t>(index)];
}

std::optional<ChosenStage> chosen_stage(const Frame& f) {
  if (!f.convolve.frame) return std::nullopt;
  return stage_view(*f.convolve.frame, convolve_stage(f));
}

std::optional<ConvolvePixel> convolve_pixel(const Frame& f, const ChosenStage& view) {
  const auto pixel = f.ui.convolve.pixel();
  const bool there = pixel && pixel->plane < view.output->planes && pixel->x < view.output->width &&
                     pixel->y < view.output->height && pixel->x >= 0 && pixel->y >= 0 && pixel->plane >= 0;
  return there ? pixel : std::nullopt;
}

int window_reach(const Stage& stage) {
  if (stage.kind == StageKind::kMaxPool) return 2;
  return stage.filters.empty() ? 1 : (stage.filters.front().size - 1) * stage.dilation + 1;
}

ConvolvePlace window_begin(const Stage& stage, int x, int y) {
  if (stage.kind == StageKind::kMaxPool) return {2 * x, 2 * y};
  if (stage.filters.empty()) return {x, y};
  const int padding = convolution::padding_of(stage);
  return {x * stage.stride - padding, y * stage.stride - padding};
}

ConvolvePlace centre_of_window(const Stage& stage, int x, int y) {
  const ConvolvePlace begin = window_begin(stage, x, y);
  const int half = stage.kind == StageKind::kMaxPool ? 0 : (window_reach(stage) - 1) / 2;
  return {begin.x + half, begin.y + half};
}

ConvolvePlace output_under(const ChosenStage& view, int x, int y) {
  const Stage& stage = *view.spec;
  const ConvolvePlace first = centre_of_window(stage, 0, 0);
  const int stride = stage.kind == StageKind::kMaxPool ? 2 : stage.filters.empty() ? 1 : stage.stride;
  const auto nearest = [&](int at, int from, int size) {
    const double steps =
        stage.kind == StageKind::kMaxPool ? std::floor(at / 2.0) : std::round(static_cast<double>(at - from) / stride);
    return std::clamp(static_cast<int>(steps), 0, std::max(0, size - 1));
  };
  return {nearest(x, first.x, view.output->width), nearest(y, first.y, view.output->height)};
}

ConvolveLook look_after(const std::vector<Stage>& chain, int stage) {
  ConvolveLook look = ConvolveLook::kPhoto;
  for (int i = 0; i <= stage; ++i) look = look_of(chain[static_cast<std::size_t>(i)], look);
  return look;
}

float colour_range(const Frame& f, const session::ConvolveFrame& frame, int picture, ConvolveShow show) {
  const bool difference = show == ConvolveShow::kDifference;
  if (!difference && look_after(frame.settings.chain, picture) == ConvolveLook::kPhoto) return 255;
  std::vector<ConvolveRange>& ranges = f.ui.convolve.stage_state.ranges;
  const auto index = static_cast<std::size_t>(picture + 1);
  if (ranges.size() <= index) ranges.resize(index + 1);
  ConvolveRange& range = ranges[index];
  if (range.version == frame.version && range.difference == difference) return range.shown;
  if (range.difference != difference) range.shown = 0;
  range.version = frame.version;
  range.difference = difference;
  if (difference) {
    measure_difference(*stage_view(frame, picture), range);
  } else {
    measure(picture < 0 ? *frame.input : *frame.outputs[static_cast<std::size_t>(picture)], range);
  }
  constexpr float kKeptDownTo = 0.7F;
  const float most = std::max(-range.low, range.high);
  const bool kept = most <= range.shown && most >= kKeptDownTo * range.shown;
  if (!kept) range.shown = most;
  if (range.shown <= 0) range.shown = 1;
  return range.shown;
}

scene::Rgba value_color(ConvolveLook look, float range, float value) {
  switch (look) {
    case ConvolveLook::kPhoto:
      return scene::grey(value / range);
    case ConvolveLook::kPositive:
      return scene::cividis(value / range);
    case ConvolveLook::kSigned:
      return scene::signed_color(value / range);
  }
  return 0;
}

std::string pixel_number(double value) {
  const double whole = std::round(value);
  if (std::abs(value - whole) < 1e-4 && std::abs(whole) < 1e6) return fmt::format("{:.0f}", whole == 0 ? 0.0 : whole);
  const double size = std::abs(value);
  if (size >= 1e6 || size < 0.001) return fmt::format("{:.1e}", value);
  return fmt::format("{:.{}f}", value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 0.1 ? 2 : 3);
}

std::string_view plane_name(int planes, int plane) {
  constexpr std::array<std::string_view, 3> kNames{"red", "green", "blue"};
  return planes == 3 && plane >= 0 && plane < 3 ? kNames[static_cast<std::size_t>(plane)] : "";
}

}  // namespace warpscope::panels

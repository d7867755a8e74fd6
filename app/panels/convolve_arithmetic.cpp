// The band under the pictures: the pixel that everything is about, enlarged, and how its value comes about.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/convolve_sums.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::StageKind;
using scene::Rect;

constexpr int kLensPixels = 13;

struct Lens {
  const convolution::Picture* picture;
  int index;  // of the chain's pictures: -1 the input
  int plane, x, y;
  bool rgb;
};

scene::Rgba lens_color(const Frame& f, const ChosenStage& view, const Lens& lens, int x, int y) {
  if (!lens.rgb) return picture_color(f, view, lens.index, lens.picture->at(lens.plane, x, y));
  const auto part = [&](int plane) {
    return static_cast<scene::Rgba>(std::clamp(lens.picture->at(plane, x, y), 0.0F, 255.0F) + 0.5F);
  };
  return 0xFF000000U | part(2) << 16U | part(1) << 8U | part(0);
}

Rect lens_cell(Rect r, float from_x, float from_y, int pixels) {
  const float cell = r.w / kLensPixels;
  const float x = std::round(r.x + from_x * cell), y = std::round(r.y + from_y * cell);
  const float reach = static_cast<float>(pixels);
  return {x, y, std::round(r.x + (from_x + reach) * cell) - x, std::round(r.y + (from_y + reach) * cell) - y};
}

void draw_lens(const Frame& f, const ChosenStage& view, const Lens& lens, Rect r) {
  fill(f, r, f.colors.raised);
  constexpr int kHalf = kLensPixels / 2;
  for (int row = 0; row < kLensPixels; ++row) {
    for (int column = 0; column < kLensPixels; ++column) {
      const int x = lens.x - kHalf + column, y = lens.y - kHalf + row;
      if (x < 0 || y < 0 || x >= lens.picture->width || y >= lens.picture->height) continue;
      fill(f, lens_cell(r, static_cast<float>(column), static_cast<float>(row), 1), lens_color(f, view, lens, x, y));
    }
  }
  stroke(f, r.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
}

std::string input_words(const ChosenStage& view, const ConvolvePixel& pixel, bool rgb, bool brief) {
  const ConvolvePlace centre = centre_of_window(*view.spec, pixel.x, pixel.y);
  std::string words = fmt::format("{} {}, {}", brief ? "At" : "Pixel", centre.x, centre.y);
  if (rgb || view.input->planes == 3) {
    words += fmt::format(", {}", plane_name(view.input->planes, view.plane_below(pixel.plane)));
  } else if (view.input->planes > 1) {
    words += fmt::format(", map {}", view.plane_below(pixel.plane) + 1);
  }
  return brief ? words : words + (view.stage == 0 ? " of the input, enlarged" : " of the stage before, enlarged");
}

struct Band {
  Rect left, right, sums;
};

Band lay_out(const Frame& f, Rect r) {
  const bool compact = r.w < f.px(1000);
  const float pad = f.px(compact ? 12 : 36), head = f.px(compact ? 26 : 32);
  const float side = std::min(r.h - head - f.px(10), f.px(122));
  const float y = r.y + head;
  const float apart = f.px(compact ? 12 : 36);
  Band band{{r.x + pad, y, side, side}, {r.right() - pad - side, y, side, side}, {}};
  band.sums = {band.left.right() + apart, r.y + f.px(6), band.right.x - band.left.right() - 2 * apart,
               r.h - f.px(compact ? 10 : 24)};
  return band;
}

void draw_heads(const Frame& f, const Band& band, Rect r, const std::string& words, const std::string& brief) {
  const float y = std::round(r.y + f.px(6)), room = band.left.w + f.px(r.w < f.px(1000) ? 8 : 60);
  const bool fits = text_width(f, Type::kTitle, words) <= room + f.px(120) && r.w >= f.px(1000);
  text(f, {band.left.x, y}, Type::kTitle, f.colors.text, fits ? words : brief, Align::kLeft, fits ? 0 : room);
  const std::string_view out = r.w >= f.px(1000) ? "The same place in the output" : "Output";
  text(f, {band.right.right(), y}, Type::kTitle, f.colors.text, out, Align::kRight);
}

// From the window in the lens to the numbers, and from the value to its place.
void draw_lines(const Frame& f, const ChosenStage& view, const Band& band, Rect window, Rect pixel, int size) {
  if (view.spec->kind != StageKind::kFilter && view.spec->kind != StageKind::kMagnitude) return;
  const scene::Rgba ink = scene::with_alpha(f.colors.accent, 0.8F);
  if (view.spec->kind == StageKind::kFilter) {
    const SumLayout layout = lay_out_sum(f, band.sums, 3, size);
    const Rect& first = layout.squares[0];
    line(f, {window.right(), window.y}, {first.x - f.px(3), first.y}, ink, f.px(1));
    line(f, {window.right(), window.bottom()}, {first.x - f.px(3), first.bottom()}, ink, f.px(1));
    line(f, {layout.pill.right() + f.px(3), std::round(layout.pill.centre().y)},
         {pixel.x - f.px(3), std::round(pixel.centre().y)}, ink, f.px(1));
  }
}

using Writer = void (*)(const Frame&, const ChosenStage&, const ConvolvePixel&, Rect);
struct StageWriter {
  StageKind kind;
  Writer write;
};
constexpr std::array kWriters{
    StageWriter{StageKind::kFilter, draw_products}, StageWriter{StageKind::kMagnitude, draw_magnitude},
    StageWriter{StageKind::kRelu, draw_relu}, StageWriter{StageKind::kMaxPool, draw_max_pool}};

void draw_pixel(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, Rect r) {
  const Band band = lay_out(f, r);
  const auto& chain = view.frame->settings.chain;
  const bool photo_in = look_after(chain, view.stage - 1) == ConvolveLook::kPhoto;
  const bool rgb_in = photo_in && view.input->planes == 3;
  const bool rgb_out =
      view.output->planes == 3 && view.filters() == 1 && look_after(chain, view.stage) == ConvolveLook::kPhoto;
  const ConvolvePlace centre = centre_of_window(*view.spec, pixel.x, pixel.y);
  const Lens input{view.input, view.stage - 1, view.plane_below(pixel.plane), centre.x, centre.y, rgb_in};
  const Lens output{view.output, view.stage, pixel.plane, pixel.x, pixel.y, rgb_out};
  draw_heads(f, band, r, input_words(view, pixel, rgb_in, false), input_words(view, pixel, rgb_in, true));
  draw_lens(f, view, input, band.left);
  draw_lens(f, view, output, band.right);
  constexpr float kHalf = kLensPixels / 2;
  const ConvolvePlace begin = window_begin(*view.spec, pixel.x, pixel.y);
  const int reach = window_reach(*view.spec);
  const Rect window = lens_cell(band.left, kHalf + static_cast<float>(begin.x - centre.x),
                                kHalf + static_cast<float>(begin.y - centre.y), reach);
  const Rect middle = lens_cell(band.right, kHalf, kHalf, 1);
  {
    const Clip clip(r);
    draw_lines(f, view, band, window, middle, view.spec->filters.empty() ? 1 : view.spec->filters.front().size);
  }
  {
    const Clip clip(band.left);
    mark_selected(f, window);
  }
  mark_hovered(f, middle);
  std::ranges::find(kWriters, view.spec->kind, &StageWriter::kind)->write(f, view, pixel, band.sums);
}

}  // namespace

void draw_convolve_arithmetic(const Frame& f, Rect r) {
  fill(f, r, f.colors.panel);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  const auto view = chosen_stage(f);
  if (!view) return;
  const Clip clip(r);
  if (const auto pixel = convolve_pixel(f, *view)) {
    draw_pixel(f, *view, *pixel, r);
    return;
  }
  const std::string_view words =
      "Point at a pixel of the output: its window, the filter, every product and the sum appear here. A click holds "
      "it.";
  const float width = std::min(f.px(440), r.w - f.px(32));
  paragraph(f, {std::round(r.centre().x - width / 2), std::round(r.centre().y - f.px(22))}, width, Type::kBody,
            f.colors.text2, words);
}

}  // namespace warpscope::panels

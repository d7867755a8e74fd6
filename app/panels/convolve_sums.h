// panels/convolve_sums.h: numbers in coloured cells, as a textbook writes a sum out. Floor 7. GUI thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/convolve_centre.h"

namespace warpscope::panels {

struct SumCell {
  std::string text;
  scene::Rgba ground = 0;
  bool outside = false;  // of the picture: what the border gives
  bool marked = false;
  std::string tip;
};
// A square of cells with a caption above; numbers vanish where one of them has no room, then the pointer asks for them.
void draw_sum_cells(const Frame& f, scene::Rect r, std::span<const SumCell> cells, int columns);
void caption_above(const Frame& f, scene::Rect r, std::string_view words);
void sign_at(const Frame& f, float x, float y, std::string_view sign);
// A number alone, larger.
void value_pill(const Frame& f, scene::Rect r, double value, scene::Rgba ground);

// Widths of a row of `squares` squares of cells, a pill and what lies between, within `room` x `height`.
struct SumLayout {
  std::vector<scene::Rect> squares;
  scene::Rect pill;
  float gap = 0;
};
SumLayout lay_out_sum(const Frame& f, scene::Rect room, int squares, int size);

// What of a stage that is no single filter is written out.
void draw_magnitude(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, scene::Rect room);
void draw_relu(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, scene::Rect room);
void draw_max_pool(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, scene::Rect room);
void draw_products(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, scene::Rect room);

// The cells of one sum.
struct SumCells {
  std::vector<SumCell> window, filter, products;
};
SumCells cells_of(const Frame& f, const ChosenStage& view, const convolution::Arithmetic& sum);
// Colours of a picture of the chain: -1 its input.
scene::Rgba picture_color(const Frame& f, const ChosenStage& view, int picture, float value);

}  // namespace warpscope::panels

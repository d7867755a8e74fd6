// How a sum is written out: cells, pills, and each kind of stage.
#include "app/panels/convolve_sums.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "app/panels/step_memory.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::Arithmetic;
using convolution::Border;
using convolution::Term;
using scene::Rect;

constexpr float kLargestCellWide = 50, kLargestCellHigh = 34;

std::string_view border_words(Border border) {
  switch (border) {
    case Border::kZero:
      return "outside the picture: 0";
    case Border::kClamp:
      return "outside the picture: the edge is repeated";
    case Border::kMirror:
      return "outside the picture: mirrored at the edge";
  }
  return "";
}

Rect cell_rect(Rect r, int columns, int rows, std::size_t index) {
  const auto column = static_cast<int>(index) % columns, row = static_cast<int>(index) / columns;
  const auto edge = [](float from, float length, int i, int count) {
    return std::round(from + length * static_cast<float>(i) / static_cast<float>(count));
  };
  const float x = edge(r.x, r.w, column, columns), y = edge(r.y, r.h, row, rows);
  return {x, y, edge(r.x, r.w, column + 1, columns) - x, edge(r.y, r.h, row + 1, rows) - y};
}

float largest_of(std::span<const Term> terms, float Term::*part) {
  float largest = 1e-6F;
  for (const Term& term : terms) largest = std::max(largest, std::abs(term.*part));
  return largest;
}

// A little paler than the largest would be, so that a number reads well on it.
scene::Rgba product_color(float value, float largest) {
  return scene::signed_color(value / (1.3F * largest));
}

std::string sum_note(const Arithmetic& sum) {
  std::string note;
  if (sum.divide != 1) note += fmt::format("÷ {}", pixel_number(static_cast<double>(sum.divide)));
  if (sum.add != 0) {
    const double add = static_cast<double>(sum.add);
    note += fmt::format("{}{} {}", note.empty() ? "" : "  ", add < 0 ? "−" : "+", pixel_number(std::abs(add)));
  }
  return note;
}

// "-123.8" as "-124"; anything else as it is.
std::string whole_number(const std::string& written) {
  double value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  return error == std::errc() && end == written.data() + written.size() ? fmt::format("{:.0f}", value) : written;
}

}  // namespace

void caption_above(const Frame& f, Rect r, std::string_view words) {
  text(f, {r.centre().x, r.y - line_height(f, Type::kCaption) - f.px(2)}, Type::kCaption, f.colors.text2, words,
       Align::kCentre);
}

void sign_at(const Frame& f, float x, float y, std::string_view sign) {
  text(f, {x, std::round(y - line_height(f, Type::kHeading) / 2)}, Type::kHeading, f.colors.text2, sign,
       Align::kCentre);
}

void value_pill(const Frame& f, Rect r, double value, scene::Rgba ground) {
  fill(f, r, ground, f.px(scene::size::kRadiusControl));
  const std::string number = pixel_number(value);
  const Type type = text_width(f, Type::kValue, number) < r.w - f.px(8) ? Type::kValue : Type::kCode;
  text(f, {r.centre().x, std::round(r.centre().y - line_height(f, type) / 2)}, type, scene::text_on(ground), number,
       Align::kCentre);
}

void draw_sum_cells(const Frame& f, Rect r, std::span<const SumCell> cells, int columns) {
  if (columns <= 0 || r.w <= 0) return;
  const int rows = static_cast<int>(cells.size()) / columns;
  const Rect first = cell_rect(r, columns, rows, 0);
  const auto fit = [&](const auto& text_of) {
    float widest = 0;
    for (const SumCell& cell : cells) widest = std::max(widest, text_width(f, Type::kTick, text_of(cell)));
    return widest + f.px(4) <= first.w && line_height(f, Type::kTick) <= first.h + f.px(2);
  };
  // Where the decimals have no room, whole numbers: pointing at a cell tells the rest.
  const bool exact = fit([](const SumCell& cell) -> std::string_view { return cell.text; });
  const bool numbers = exact || fit([](const SumCell& cell) { return whole_number(cell.text); });
  const bool large = numbers && first.w >= f.px(34) && first.h >= line_height(f, Type::kCode);
  const Type type = large ? Type::kCode : Type::kTick;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const SumCell& cell = cells[i];
    const Rect whole = cell_rect(r, columns, rows, i);
    const Rect box{whole.x, whole.y, whole.w - f.px(1), whole.h - f.px(1)};
    fill(f, box, cell.ground);
    const scene::Rgba ink = scene::text_on(cell.ground);
    if (cell.outside) hatch(f, box, scene::with_alpha(ink, 0.35F));
    if (numbers) {
      const std::string number = exact ? cell.text : whole_number(cell.text);
      const Type used = text_width(f, type, number) + f.px(4) <= box.w ? type : Type::kTick;
      text(f, {box.centre().x, std::round(box.centre().y - line_height(f, used) / 2)}, used, ink, number,
           Align::kCentre);
    }
    if (cell.marked) mark_hovered(f, box.inset(f.px(3)));
    if (hovered(f, whole)) tip(f, cell.tip);
  }
}

SumLayout lay_out_sum(const Frame& f, Rect room, int squares, int size) {
  SumLayout out;
  const bool narrow = room.w < f.px(620);
  out.gap = f.px(narrow ? 22 : 40);
  const float pill = f.px(narrow ? 64 : 96), over = line_height(f, Type::kCaption) + f.px(4);
  const auto cells = static_cast<float>(size);
  const float left = room.w - pill - static_cast<float>(squares) * out.gap;
  const float w = std::floor(std::min(f.px(kLargestCellWide), left / (static_cast<float>(squares) * cells)));
  const float h = std::floor(std::min(f.px(kLargestCellHigh), (room.h - over) / cells));
  const float wide = static_cast<float>(squares) * (w * cells + out.gap) + pill;
  float x = std::round(room.x + (room.w - wide) / 2);
  const float y = std::round(room.y + over + (room.h - over - h * cells) / 2);
  for (int i = 0; i < squares; ++i) {
    out.squares.push_back({x, y, w * cells, h * cells});
    x += w * cells + out.gap;
  }
  const float high = std::min(f.px(44), room.h - over);
  out.pill = {x, std::round(y + (h * cells - high) / 2), pill, high};
  return out;
}

scene::Rgba picture_color(const Frame& f, const ChosenStage& view, int picture, float value) {
  const ConvolveLook look = look_after(view.frame->settings.chain, picture);
  return value_color(look, colour_range(f, *view.frame, picture, ConvolveShow::kSideBySide), value);
}

SumCells cells_of(const Frame& f, const ChosenStage& view, const Arithmetic& sum) {
  SumCells out;
  const float weight = largest_of(sum.terms, &Term::weight);
  const float product = std::max(1.0F, largest_of(sum.terms, &Term::product));
  for (const Term& term : sum.terms) {
    const auto number = [](float value) { return pixel_number(static_cast<double>(value)); };
    const std::string where =
        term.inside ? fmt::format("input pixel {}, {}", term.x, term.y) : std::string(border_words(view.spec->border));
    const std::string written =
        fmt::format("{} × {} = {}", number(term.pixel), number(term.weight), number(term.product));
    const std::string tip = where + "\n" + written;
    out.window.push_back(
        {number(term.pixel), picture_color(f, view, view.stage - 1, term.pixel), !term.inside, false, tip});
    out.filter.push_back({number(term.weight), scene::signed_color(term.weight / weight), false, false, tip});
    out.products.push_back({number(term.product), product_color(term.product, product), false, false, tip});
  }
  return out;
}

void draw_products(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, Rect room) {
  const Arithmetic sum = convolution::arithmetic(*view.input, *view.spec, pixel.plane, pixel.x, pixel.y);
  const SumCells cells = cells_of(f, view, sum);
  const SumLayout layout = lay_out_sum(f, room, 3, sum.size);
  constexpr std::array<std::string_view, 3> kCaptions{"window", "filter", "products"};
  constexpr std::array<std::string_view, 3> kSigns{"×", "=", "Σ"};
  const std::array parts{&cells.window, &cells.filter, &cells.products};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Rect& square = layout.squares[i];
    draw_sum_cells(f, square, *parts[i], sum.size);
    caption_above(f, square, kCaptions[i]);
    sign_at(f, square.right() + layout.gap / 2, square.centre().y, kSigns[i]);
  }
  const std::string note = sum_note(sum);
  caption_above(f, layout.pill, note.empty() ? "sum" : fmt::format("sum {}", pixel_number(sum.sum)));
  const scene::Rgba ground = picture_color(f, view, view.stage, static_cast<float>(sum.value));
  value_pill(f, layout.pill, sum.value, ground);
  stroke(f, layout.pill, f.colors.strong, f.px(scene::size::kRadiusControl), f.px(1));
  if (!note.empty()) {
    text(f, {layout.pill.centre().x, layout.pill.bottom() + f.px(4)}, Type::kNumber, f.colors.text3, note,
         Align::kCentre);
  }
}

// Two filters above each other, two sums, and the root of their squares.
void draw_magnitude(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, Rect room) {
  const std::array sums{convolution::arithmetic(*view.input, *view.spec, pixel.plane, pixel.x, pixel.y, 0),
                        convolution::arithmetic(*view.input, *view.spec, pixel.plane, pixel.x, pixel.y, 1)};
  const float pill = f.px(room.w < f.px(620) ? 56 : 80);
  const Rect rest{room.x, room.y, room.w - pill - f.px(40), room.h};
  const SumLayout layout = lay_out_sum(f, rest, 3, sums[0].size);
  const float over = line_height(f, Type::kCaption) + f.px(4), apart = f.px(6);
  const float high = std::floor((room.h - over - apart) / 2);
  const float range = colour_range(f, *view.frame, view.stage, ConvolveShow::kSideBySide);
  constexpr std::array<std::string_view, 3> kCaptions{"window", "filters", "products"};
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const SumCells cells = cells_of(f, view, sums[i]);
    const float y = room.y + over + static_cast<float>(i) * (high + apart);
    const auto half = [&](const Rect& square) { return Rect{square.x, y, square.w, high}; };
    if (i == 0) draw_sum_cells(f, layout.squares[0], cells.window, sums[i].size);
    draw_sum_cells(f, half(layout.squares[1]), cells.filter, sums[i].size);
    draw_sum_cells(f, half(layout.squares[2]), cells.products, sums[i].size);
    sign_at(f, layout.squares[1].right() + layout.gap / 2, y + high / 2, "=");
    sign_at(f, layout.squares[2].right() + layout.gap / 2, y + high / 2, "Σ");
    const float side = std::min(high, f.px(32));
    value_pill(f, {layout.pill.x, std::round(y + (high - side) / 2), layout.pill.w, side}, sums[i].value,
               scene::signed_color(static_cast<float>(sums[i].value) / range));
  }
  for (std::size_t i = 0; i < kCaptions.size(); ++i) {
    const Rect& square = layout.squares[i];
    caption_above(f, i == 0 ? square : Rect{square.x, room.y + over, square.w, 0}, kCaptions[i]);
  }
  sign_at(f, layout.squares[0].right() + layout.gap / 2, layout.squares[0].centre().y, "×");
  const double value = std::hypot(sums[0].value, sums[1].value);
  const float side = std::min(room.h - over, f.px(44));
  const Rect root{room.right() - pill, std::round(room.y + over + (room.h - over - side) / 2), pill, side};
  sign_at(f, (layout.pill.right() + root.x) / 2, root.centre().y, "=");
  caption_above(f, root, "√(a² + b²)");
  value_pill(f, root, value, picture_color(f, view, view.stage, static_cast<float>(value)));
}

void draw_relu(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, Rect room) {
  const float value = view.input->at(pixel.plane, pixel.x, pixel.y), after = std::max(0.0F, value);
  const float pill = f.px(96), high = f.px(44), middle = std::round(room.centre().y + f.px(6));
  const float words = text_width(f, Type::kHeading, "max(0,  )  =");
  const float x = std::round(room.centre().x - pill - words / 2);
  const Rect from{x, middle - high / 2, pill, high}, to{room.centre().x + words / 2, middle - high / 2, pill, high};
  value_pill(f, from, static_cast<double>(value), picture_color(f, view, view.stage - 1, value));
  caption_above(f, from, "x");
  sign_at(f, (from.right() + to.x) / 2, middle, "max(0, x)  =");
  value_pill(f, to, static_cast<double>(after), picture_color(f, view, view.stage, after));
  caption_above(f, to, value < 0 ? "negative: nothing is left" : "not negative: it stays");
}

void draw_max_pool(const Frame& f, const ChosenStage& view, const ConvolvePixel& pixel, Rect room) {
  std::vector<SumCell> cells;
  std::size_t largest = 0;
  float most = view.input->at(pixel.plane, 2 * pixel.x, 2 * pixel.y);
  for (int i = 0; i < 4; ++i) {
    const int x = 2 * pixel.x + i % 2, y = 2 * pixel.y + i / 2;
    const float value = view.input->at(pixel.plane, x, y);
    if (value > most) largest = cells.size();
    most = std::max(most, value);
    cells.push_back({pixel_number(static_cast<double>(value)), picture_color(f, view, view.stage - 1, value), false,
                     false, fmt::format("input pixel {}, {}", x, y)});
  }
  cells[largest].marked = true;
  const float over = line_height(f, Type::kCaption) + f.px(4), high = std::min(room.h - over, f.px(76));
  const float wide = f.px(120), pill = f.px(96), gap = f.px(64);
  const float x = std::round(room.centre().x - (wide + gap + pill) / 2),
              y = std::round(room.y + over + (room.h - over - high) / 2);
  const Rect square{x, y, wide, high};
  draw_sum_cells(f, square, cells, 2);
  caption_above(f, square, "2 × 2 of the input");
  sign_at(f, square.right() + gap / 2, square.centre().y, "max");
  const Rect to{square.right() + gap, std::round(square.centre().y - f.px(22)), pill, f.px(44)};
  value_pill(f, to, static_cast<double>(most), picture_color(f, view, view.stage, most));
  caption_above(f, to, "the largest stays");
}

}  // namespace warpscope::panels

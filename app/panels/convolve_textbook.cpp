#include "app/panels/convolve_textbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/convolve_left.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/convolve_textbook_parts.h"
#include "app/panels/keys.h"

namespace warpscope::panels {
namespace {

constexpr std::array kPages{"Matrix product", "Filter over a matrix", "Convolution or cross-correlation"};

struct PageText {
  std::string_view first_field, second_field, first_label, second_label, rule;
};
constexpr std::array kTexts{
    PageText{"Left matrix", "Right matrix", "A", "B",
             "Each cell of the result is a **row** of A times a **column** of B: product for product, summed up."},
    PageText{
        "Matrix", "Filter matrix", "Matrix", "Filter",
        "The filter is laid over a **window** of the matrix; all products are summed up. Then the window moves on. "
        "Only where it lies inside there is a result."},
    PageText{
        "Matrix", "Turned filter", "Matrix", "Filter",
        "Cross-correlation takes the filter **as it is**; a convolution turns it by **half a turn** first. Networks "
        "learn their filters, so they can do without turning."},
};

std::string& first_of(ConvolveTextbook& state) {
  return state.page == 0 ? state.left : state.matrix;
}
std::string& second_of(ConvolveTextbook& state) {
  return state.page == 0 ? state.right : state.page == 1 ? state.filter : state.turned;
}

int cells_of(const TextbookSheet& sheet) {
  return sheet.result.rows * sheet.result.columns;
}

bool is_worked_out(const ConvolveTextbook& state, int cell) {
  return state.step < 0 || cell < state.step;
}

void next_cell(ConvolveTextbook& state, int cells) {
  state.step = state.step < 0 ? 1 : state.step + 1;
  if (state.step > cells) state.step = 1;
  state.cell = state.step - 1;
}

void move_cell(ConvolveTextbook& state, const TextbookSheet& sheet, int by) {
  const int to = state.cell + by;
  if (to < 0 || to >= cells_of(sheet)) return;
  state.cell = to;
  if (state.step >= 0) state.step = std::max(state.step, to + 1);
}

void handle_arrows(const Frame& f, const TextbookSheet& sheet) {
  ConvolveTextbook& state = f.ui.convolve.textbook;
  if (key_pressed(f, KeyId::kConvolveLeft)) move_cell(state, sheet, -1);
  if (key_pressed(f, KeyId::kConvolveRight)) move_cell(state, sheet, 1);
  if (key_pressed(f, KeyId::kConvolveUp)) move_cell(state, sheet, -sheet.result.columns);
  if (key_pressed(f, KeyId::kConvolveDown)) move_cell(state, sheet, sheet.result.columns);
}

// Buttons from left to right; they go on in the next line where there is no room.
struct ButtonLine {
  const Frame& f;
  scene::Rect place;
  float x = 0, y = 0;
  bool put(std::string_view name, const ButtonLook& look) {
    const float width = button_width(f, name, look), high = f.px(scene::size::kControl);
    if (x > place.x && x + width > place.right()) x = place.x, y += high + f.px(6);
    const scene::Rect r{x, y, width, high};
    x += width + f.px(6);
    return button(f, name, r, look);
  }
  float bottom() const { return y + f.px(scene::size::kControl); }
};

float draw_bar(const Frame& f, scene::Rect r) {
  ConvolveTextbook& state = f.ui.convolve.textbook;
  ButtonLine line{f, r, r.x, r.y};
  for (int i = 0; i < static_cast<int>(kPages.size()); ++i) {
    if (!line.put(kPages[static_cast<std::size_t>(i)], {.selected = state.page == i})) continue;
    state.page = i;
    state.step = -1;
    state.cell = 0;
  }
  return line.bottom();
}

float draw_fields(const Frame& f, scene::Rect r) {
  ConvolveTextbook& state = f.ui.convolve.textbook;
  const PageText& words = kTexts.at(static_cast<std::size_t>(state.page));
  const auto page = static_cast<TextbookPage>(state.page);
  const float high = f.px(scene::size::kControl), gap = f.px(16);
  const ButtonLook reset{.icon = Icon::kReset, .enabled = !first_of(state).empty() || !second_of(state).empty()};
  const float button_room = button_width(f, "The book's numbers", reset);
  const bool below = r.w < f.px(760);
  const float half = std::floor(((below ? r.w : r.w - button_room - gap) - gap) / 2);
  const auto field = [&](float x, std::string_view label, std::string_view name, std::string& value,
                         std::string_view book) {
    const float taken = text_width(f, Type::kSmall, label) + f.px(8);
    text(f, {x, r.y + (high - line_height(f, Type::kSmall)) / 2}, Type::kSmall, f.colors.text2, label);
    if (text_field(f, name, {x + taken, r.y, half - taken, high}, value, book)) state.step = -1, state.cell = 0;
  };
  field(r.x, words.first_label, words.first_field, first_of(state), book_first(page));
  field(r.x + half + gap, words.second_label, words.second_field, second_of(state), book_second(page));
  const float y = below ? r.y + high + f.px(6) : r.y;
  const float x = below ? r.x : r.right() - button_room;
  if (button(f, "The book's numbers", {x, y, button_room, high}, reset)) {
    first_of(state).clear();
    second_of(state).clear();
    state.step = -1;
    state.cell = 0;
  }
  return y + high;
}

float draw_controls(const Frame& f, scene::Rect r, const TextbookSheet& sheet) {
  ConvolveTextbook& state = f.ui.convolve.textbook;
  ButtonLine line{f, r, r.x, r.y};
  if (line.put("Next cell", {.icon = Icon::kStep, .tip = "Work out one cell more"})) next_cell(state, cells_of(sheet));
  if (line.put("All", {.selected = state.step < 0, .tip = "All cells at once"})) state.step = -1;
  line.x += f.px(8);
  if (line.put("One thread a cell", {.selected = state.threads, .tip = "Colours of the threads that compute them"})) {
    state.threads = !state.threads;
  }
  const std::string words =
      state.step < 0 ? fmt::format("{} cells, {} products each", cells_of(sheet), sheet.sum(0, 0).terms.size())
                     : fmt::format("cell {} of {}", state.step, cells_of(sheet));
  text(f, {line.x + f.px(8), std::round(line.y + (f.px(scene::size::kControl) - line_height(f, Type::kCaption)) / 2)},
       Type::kCaption, f.colors.text3, words, Align::kLeft, r.right() - line.x - f.px(8));
  return line.bottom();
}

// Whether cell `i` of a matrix takes part in the sum of the result's cell.
bool lit_in_first(const TextbookSheet& sheet, int i, int row, int column) {
  const int y = i / sheet.first.columns, x = i % sheet.first.columns;
  if (sheet.page == TextbookPage::kProduct) return y == row;
  return y >= row && y < row + sheet.second.rows && x >= column && x < column + sheet.second.columns;
}

struct Scene {
  const Frame& f;
  const TextbookSheet& sheet;
  float cell = 0;
  int current = 0, row = 0, column = 0;

  CellLook first(int i) const { return {.lit = lit_in_first(sheet, i, row, column)}; }
  CellLook second(int i) const {
    if (sheet.page == TextbookPage::kProduct) return {.lit = i % sheet.second.columns == column};
    return {.ground = matrix_color(sheet.second, i)};
  }
  CellLook turned(int i) const { return {.ground = matrix_color(sheet.turned, i)}; }
  CellLook result(int i) const {
    const ConvolveTextbook& state = f.ui.convolve.textbook;
    CellLook look{.current = i == current, .hidden = !is_worked_out(state, i)};
    if (state.threads) look.ground = scene::category(i), look.thread = i;
    return look;
  }
};

void draw_sign(const Frame& f, float x, float y, std::string_view sign) {
  text(f, {x, y - line_height(f, Type::kHeading) / 2}, Type::kHeading, f.colors.text2, sign, Align::kCentre);
}

// The largest cells with which everything fits.
float fitting_cell(const Frame& f, scene::Rect r, float columns, float rows) {
  const float by_width = (r.w - f.px(40)) / columns, by_height = r.h / rows;
  return std::floor(std::clamp(std::min(by_width, by_height) - f.px(2), f.px(18), f.px(88)));
}

constexpr float kBetween = 1.6F;  // cells between two matrices, for the sign

PointedCell draw_one_row(const Scene& s, scene::Rect r) {
  const Frame& f = s.f;
  const bool product = s.sheet.page == TextbookPage::kProduct;
  const float gap = std::round(s.cell * kBetween), title = matrix_title_height(f);
  const float high = std::max({matrix_size(f, s.sheet.first, s.cell).y, matrix_size(f, s.sheet.second, s.cell).y,
                               matrix_size(f, s.sheet.result, s.cell).y});
  const float middle = std::round(r.y + title + high / 2);
  float x = r.x + f.px(8);
  const auto place = [&](const Matrix& matrix) {
    return scene::Vec2{x, std::round(middle - matrix_size(f, matrix, s.cell).y / 2)};
  };
  const auto step = [&](const Matrix& matrix, std::string_view sign) {
    x += matrix_size(f, matrix, s.cell).x;
    draw_sign(f, x + gap / 2, middle, sign);
    x += gap;
  };
  draw_matrix(f, {product ? "A" : "Matrix", "", s.sheet.first, place(s.sheet.first), s.cell, ""},
              [&s](int i) { return s.first(i); });
  step(s.sheet.first, "×");
  draw_matrix(f, {product ? "B" : "Filter", "", s.sheet.second, place(s.sheet.second), s.cell, ""},
              [&s](int i) { return s.second(i); });
  step(s.sheet.second, "=");
  return draw_matrix(f, {product ? "A × B" : "Result", "", s.sheet.result, place(s.sheet.result), s.cell, "Result"},
                     [&s](int i) { return s.result(i); });
}

PointedCell draw_two_rows(const Scene& s, scene::Rect r) {
  const Frame& f = s.f;
  const float gap = std::round(s.cell * kBetween), title = matrix_title_height(f);
  const scene::Vec2 matrix = matrix_size(f, s.sheet.first, s.cell), filter = matrix_size(f, s.sheet.second, s.cell);
  const float each = std::max(filter.y, matrix_size(f, s.sheet.result, s.cell).y);
  const float second = r.y + 2 * title + each + f.px(12);
  const float whole = second + each - (r.y + title);
  const scene::Vec2 at{r.x + f.px(8), std::round(r.y + title + std::max(0.0F, (whole - matrix.y) / 2))};
  draw_matrix(f, {"Matrix", "", s.sheet.first, at, s.cell, ""}, [&s](int i) { return s.first(i); });
  PointedCell pointed;
  for (const bool turned : {false, true}) {
    const float y = turned ? second : r.y + title, x = at.x + matrix.x + gap;
    draw_sign(f, x - gap / 2, y + each / 2, "×");
    draw_matrix(f, {turned ? "Turned" : "Filter", "", turned ? s.sheet.turned : s.sheet.second, {x, y}, s.cell, ""},
                [&](int i) { return turned ? s.turned(i) : s.second(i); });
    draw_sign(f, x + filter.x + gap / 2, y + each / 2, "=");
    const PointedCell one = draw_matrix(f,
                                        {turned ? "Convolution" : "Cross-correlation",
                                         "",
                                         turned ? s.sheet.convolution : s.sheet.result,
                                         {x + filter.x + gap, y},
                                         s.cell,
                                         turned ? "Convolution" : "Result"},
                                        [&](int i) { return s.result(i); });
    if (one.hovered) pointed.hovered = one.hovered;
    if (one.clicked) pointed.clicked = one.clicked;
  }
  return pointed;
}

float needed_columns(const TextbookSheet& sheet) {
  return static_cast<float>(sheet.first.columns + sheet.second.columns + sheet.result.columns) + 2 * kBetween;
}

float needed_rows(const TextbookSheet& sheet) {
  const auto tallest = static_cast<float>(std::max(sheet.second.rows, sheet.result.rows));
  const auto first = static_cast<float>(sheet.first.rows);
  return sheet.page == TextbookPage::kTurned ? std::max(first, 2 * tallest + 1.3F) : std::max(first, tallest);
}

// The sums of the current cell, written out.
float draw_sums(const Scene& s, scene::Rect r, bool measure_only) {
  const Frame& f = s.f;
  const bool two = s.sheet.page == TextbookPage::kTurned;
  float y = r.y;
  for (const bool turned : {false, true}) {
    if (turned && !two) break;
    const WrittenSum sum = turned ? s.sheet.turned_sum(s.row, s.column) : s.sheet.sum(s.row, s.column);
    const std::string label = fmt::format("{} row {}, column {}",
                                          turned ? "Convolution,"
                                          : two  ? "Cross-correlation,"
                                                 : "Result,",
                                          s.row + 1, s.column + 1);
    if (!measure_only) text(f, {r.x, y}, Type::kCaption, f.colors.text3, label, Align::kLeft, r.w);
    y += line_height(f, Type::kCaption);
    y += paragraph(f, {r.x, y}, r.w, sum.terms.size() <= 9 ? Type::kHeading : Type::kBody, f.colors.text, sum_text(sum),
                   measure_only) +
         f.px(6);
  }
  if (two) {
    const bool same_filter = s.sheet.turned == s.sheet.second, same = s.sheet.convolution == s.sheet.result;
    const std::string_view words =
        same_filter ? "Both agree everywhere: this filter is the same when it is turned by half a turn."
        : same      ? "Both agree for this matrix, though the filter is not the same when it is turned."
                    : "They differ: the filter is not the same when it is turned by half a turn.";
    y += paragraph(f, {r.x, y}, r.w, Type::kBody, same ? f.colors.good : f.colors.text2, words, measure_only);
  }
  return y - r.y;
}

void draw_sheet(const Frame& f, scene::Rect r, const TextbookSheet& sheet) {
  ConvolveTextbook& state = f.ui.convolve.textbook;
  state.step = std::min(state.step, cells_of(sheet));
  state.cell = std::clamp(state.cell, 0, cells_of(sheet) - 1);
  handle_arrows(f, sheet);
  const float controls = draw_controls(f, r, sheet);
  Scene s{f, sheet};
  const auto choose = [&s](int cell) {
    s.current = cell;
    s.row = cell / s.sheet.result.columns;
    s.column = cell % s.sheet.result.columns;
  };
  choose(state.hovered.value_or(state.cell) < cells_of(sheet) ? state.hovered.value_or(state.cell) : state.cell);
  const float sums = draw_sums(s, {r.x, 0, r.w, 0}, true);
  const int titles = sheet.page == TextbookPage::kTurned ? 2 : 1;
  const scene::Rect room{r.x, controls + f.px(14), r.w, std::max(f.px(60), r.bottom() - controls - sums - f.px(34))};
  const scene::Rect cells{room.x, room.y, room.w, room.h - static_cast<float>(titles) * matrix_title_height(f)};
  s.cell = fitting_cell(f, cells, needed_columns(sheet), needed_rows(sheet));
  const PointedCell pointed = sheet.page == TextbookPage::kTurned ? draw_two_rows(s, room) : draw_one_row(s, room);
  if (pointed.hovered != state.hovered) f.ui.wake_in(0);
  state.hovered = pointed.hovered;
  if (pointed.clicked) {
    state.cell = *pointed.clicked;
    if (state.step >= 0) state.step = std::max(state.step, state.cell + 1);
  }
  const float used = needed_rows(sheet) * (s.cell + f.px(2)) + static_cast<float>(titles) * matrix_title_height(f);
  draw_sums(s, {r.x, std::round(room.y + std::min(room.h, used) + f.px(16)), r.w, 0}, false);
}

}  // namespace

void draw_convolve_textbook(const Frame& f, scene::Rect r) {
  const Clip clip(r);
  fill(f, r, f.colors.stage);
  ConvolveTextbook& state = f.ui.convolve.textbook;
  state.page = std::clamp(state.page, 0, static_cast<int>(kPages.size()) - 1);
  const float padding = f.px(20);
  scene::Rect in{r.x + padding, r.y + f.px(14), r.w - 2 * padding, r.h - f.px(24)};
  const auto down_to = [&in](float y) {
    in.h = std::max(0.0F, in.bottom() - y);
    in.y = y;
  };
  down_to(draw_bar(f, in) + f.px(12));
  const PageText& words = kTexts.at(static_cast<std::size_t>(state.page));
  down_to(in.y + paragraph(f, {in.x, in.y}, std::min(in.w, f.px(820)), Type::kBody, f.colors.text2, words.rule) +
          f.px(10));
  down_to(draw_fields(f, in) + f.px(10));
  const auto sheet = textbook_sheet(static_cast<TextbookPage>(state.page), first_of(state), second_of(state));
  if (!sheet) {
    icon(f, Icon::kWarning, {in.x + f.px(8), in.y + f.px(10)}, f.px(16), f.colors.warning);
    paragraph(f, {in.x + f.px(24), in.y}, in.w - f.px(24), Type::kBody, f.colors.warning, sheet.error().message);
  } else {
    draw_sheet(f, in, *sheet);
  }
  speak_of(f, r, "textbook");
}

}  // namespace warpscope::panels

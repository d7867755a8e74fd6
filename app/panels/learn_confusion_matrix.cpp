#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/learn_confusion.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;

constexpr float kCountsFrom = 20;  // logical pitch from which numbers fit into cells
constexpr float kWidePitch = 27, kTallPitch = 27;

// The parts of the panel, in physical pixels.
struct MatrixLayout {
  Rect grid;
  float pitch_x = 0, pitch_y = 0;
  bool counts = false;    // numbers in the cells, share read right at the right
  bool row_word = false;  // "true" at the left
  float footer = 0;       // y of the line below
  Rect cell(const Frame& f, int row, int column) const {
    const float gap = f.px(1);
    return {grid.x + static_cast<float>(column) * pitch_x, grid.y + static_cast<float>(row) * pitch_y, pitch_x - gap,
            pitch_y - gap};
  }
};

MatrixLayout lay_out(const Frame& f, Rect r) {
  MatrixLayout layout;
  const float line = line_height(f, Type::kCaption);
  const float head = f.px(34), foot = line + f.px(8);
  const float words = f.px(34), digits = f.px(16), shares = f.px(50);
  const auto pitch = [](float room, float most) { return std::floor(std::min(room / 10, most)); };
  const float most_x = std::max(f.px(kWidePitch), std::min(r.w / 12, f.px(48)));
  const float most_y = std::max(f.px(kTallPitch), std::min((r.h - head - foot) / 10, f.px(48)));
  layout.pitch_y = std::max(2.0F, pitch(r.h - head - foot, most_y));
  layout.pitch_x = pitch(r.w - words - digits - shares, most_x);
  layout.counts = layout.pitch_x >= f.px(kCountsFrom) && layout.pitch_y >= f.px(16);
  if (!layout.counts) layout.pitch_x = std::max(2.0F, pitch(r.w - words - digits, most_x));
  // Cells are wider than high at most by half, so that the matrix still reads as one.
  layout.pitch_x = std::min(layout.pitch_x, std::max(layout.pitch_y * 1.5F, f.px(kCountsFrom)));
  layout.counts = layout.counts && layout.pitch_x >= f.px(kCountsFrom);
  const float used = words + digits + 10 * layout.pitch_x + (layout.counts ? shares : 0);
  const float left = r.x + std::floor(std::max(0.0F, r.w - used) / 2);
  layout.row_word = true;
  layout.grid = {left + words + digits, r.y + head, 10 * layout.pitch_x, 10 * layout.pitch_y};
  layout.footer = std::min(layout.grid.bottom() + f.px(6), r.bottom() - line);
  return layout;
}

int most_confused(const training::Evaluation& numbers) {
  int most = 1;
  for (std::size_t i = 0; i < 10; ++i) {
    for (std::size_t k = 0; k < 10; ++k) most = std::max(most, i == k ? 0 : numbers.confusion[i][k]);
  }
  return most;
}

void draw_heads(const Frame& f, const MatrixLayout& m) {
  const scene::Rgba ink = f.colors.text3;
  text(f, {m.grid.centre().x, m.grid.y - f.px(35)}, Type::kCaption, ink, "read as", Align::kCentre);
  const float word = m.grid.centre().y - line_height(f, Type::kCaption) / 2;
  text(f, {m.grid.x - f.px(18), word}, Type::kCaption, ink, "true", Align::kRight);
  const float half = line_height(f, Type::kTick) / 2;
  for (int i = 0; i < 10; ++i) {
    const std::string digit = fmt::format("{}", i);
    const Rect column = m.cell(f, 0, i), row = m.cell(f, i, 0);
    text(f, {column.centre().x, m.grid.y - f.px(3) - 2 * half}, Type::kTick, f.colors.text2, digit, Align::kCentre);
    text(f, {m.grid.x - f.px(6), row.centre().y - half}, Type::kTick, f.colors.text2, digit, Align::kRight);
  }
}

// How many of each class were read right; the two worst stand out.
void draw_shares(const Frame& f, const MatrixLayout& m, const training::Evaluation& numbers) {
  if (!m.counts) return;
  std::array<double, 10> shares{};
  for (int i = 0; i < 10; ++i) shares[static_cast<std::size_t>(i)] = class_accuracy(numbers, i);
  std::array<double, 10> sorted = shares;
  std::sort(sorted.begin(), sorted.end());
  const float right = m.grid.right() + f.px(46);
  text(f, {right, m.grid.y - f.px(3) - line_height(f, Type::kCaption)}, Type::kCaption, f.colors.text3, "% right",
       Align::kRight);
  for (int i = 0; i < 10; ++i) {
    const double share = shares[static_cast<std::size_t>(i)];
    const bool poor = share <= sorted[1] && share < 1;
    text(f, {right, m.cell(f, i, 0).centre().y - line_height(f, Type::kTick) / 2}, Type::kTick,
         poor ? f.colors.text : f.colors.text2, fmt::format("{:.1f}", 100 * share), Align::kRight);
  }
}

void draw_cell(const Frame& f, Rect cell, int row, int column, int count, int most, bool with_count) {
  scene::Rgba ground = scene::mix(f.colors.panel, f.colors.raised, 0.45F);
  scene::Rgba ink = f.colors.text3;
  if (row == column) {
    ground = f.colors.raised;
  } else if (count > 0) {
    const float part = std::sqrt(static_cast<float>(count) / static_cast<float>(most));
    ground = scene::mix(f.colors.panel, f.colors.positive, 0.12F + 0.88F * part);
    ink = scene::text_on(ground);
  }
  fill(f, cell, ground, f.px(1));
  if (!with_count || count == 0) return;
  // Four figures are wider than a cell: they are shortened rather than cut.
  const std::string number = count > 999 ? fmt::format("{:.1f}k", count / 1000.0) : fmt::format("{}", count);
  text(f, {cell.centre().x, cell.centre().y - line_height(f, Type::kTick) / 2}, Type::kTick, ink, number,
       Align::kCentre);
}

void draw_footer(const Frame& f, const MatrixLayout& m, Rect r, const std::string& sentence, int most) {
  if (!sentence.empty()) {
    // The invitation to click goes first where there is no room for both sentences.
    const std::string first = sentence.substr(0, sentence.find(". ") + 1);
    const bool fits = first.empty() || text_width(f, Type::kCaption, sentence) <= r.w;
    text(f, {r.centre().x, m.footer}, Type::kCaption, f.colors.text2, fits ? sentence : first, Align::kCentre, r.w);
    return;
  }
  // The scale: what the darkest and the brightest cell stand for.
  const std::string high = fmt::format("{} wrong", most);
  const float middle = m.footer + std::round(line_height(f, Type::kCaption) / 2);
  const float wide = f.px(90), numbers = text_width(f, Type::kTick, high);
  const float left = std::round(r.centre().x - (wide + numbers + f.px(28)) / 2);
  const float half = line_height(f, Type::kTick) / 2;
  text(f, {left, middle - half}, Type::kTick, f.colors.text3, "1");
  constexpr int kSteps = 18;
  for (int i = 0; i < kSteps; ++i) {
    const float part = std::sqrt((static_cast<float>(i) + 0.5F) / kSteps);
    const float from = left + f.px(14) + wide * static_cast<float>(i) / kSteps;
    fill(f, {std::round(from), middle - f.px(3), std::ceil(wide / kSteps), f.px(6)},
         scene::mix(f.colors.panel, f.colors.positive, 0.12F + 0.88F * part));
  }
  text(f, {left + f.px(22) + wide, middle - half}, Type::kTick, f.colors.text3, high);
}

}  // namespace

void draw_matrix(const Frame& f, Rect r) {
  const training::Evaluation& numbers = *f.view.evaluation->numbers;
  const MatrixLayout m = lay_out(f, r);
  const int most = most_confused(numbers);
  draw_heads(f, m);
  draw_shares(f, m, numbers);
  const AreaState pointer = area(f, "Confusion matrix", m.grid);
  const int over_row = static_cast<int>((pointer.mouse.y - m.grid.y) / m.pitch_y);
  const int over_column = static_cast<int>((pointer.mouse.x - m.grid.x) / m.pitch_x);
  const bool over = pointer.hovered && over_row >= 0 && over_row < 10 && over_column >= 0 && over_column < 10;
  for (int row = 0; row < 10; ++row) {
    for (int column = 0; column < 10; ++column) {
      const int count = numbers.confusion[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
      const Rect cell = m.cell(f, row, column);
      draw_cell(f, cell, row, column, count, most, m.counts);
      f.ui.targets.push_back({fmt::format("Confusion {} as {}", row, column), cell, true});
    }
  }
  const Focus& focus = f.ui.pinned;
  if (focus.kind == Focus::Kind::kConfusion && focus.row >= 0) mark_selected(f, m.cell(f, focus.row, focus.column));
  std::string sentence;
  if (over) {
    mark_hovered(f, m.cell(f, over_row, over_column));
    sentence = confusion_sentence(numbers, over_row, over_column);
    f.ui.hovered = {.kind = Focus::Kind::kConfusion, .row = over_row, .column = over_column, .name = {}};
    const int count = numbers.confusion[static_cast<std::size_t>(over_row)][static_cast<std::size_t>(over_column)];
    if (pointer.clicked && count > 0) f.ui.confusion_cell = {over_row, over_column};
  }
  draw_footer(f, m, r, sentence, most);
}

}  // namespace warpscope::panels

#include "app/panels/learn_confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;

// The plural of a digit, as people say it.
constexpr std::array kSingular{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
constexpr std::array kPlural{"zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines"};

struct TabLook {
  ConfusionState::Tab tab;
  std::string_view label, name;
};
constexpr TabLook kTabs[] = {
    {ConfusionState::Tab::kMatrix, "Confusion", "Confusion"},
    {ConfusionState::Tab::kMostWrong, "Most wrong", "Most wrong"},
};

int wrong_count(const training::Evaluation& numbers) {
  int right = 0;
  for (std::size_t i = 0; i < 10; ++i) right += numbers.confusion[i][i];
  return numbers.count - right;
}

// Two titles side by side: the one shown has the accent under it. Returns where they end.
float draw_tabs(const Frame& f, float x, float y) {
  ConfusionState& state = f.ui.learn.confusion;
  for (const TabLook& look : kTabs) {
    const float width = text_width(f, Type::kTitle, look.label);
    const Rect tab{x - f.px(4), y, width + f.px(8), f.px(24)};
    std::string pending;
    const bool chosen = register_widget(f, look.name, tab, true, &pending);
    const AreaState pointer = area(f, look.name, tab);
    const bool shown = state.tab == look.tab;
    if ((chosen || pointer.clicked) && !shown) {
      state.tab = look.tab;
      state.scroll = 0;
      f.ui.confusion_cell.reset();
    }
    text(f, {x, tab.centre().y - line_height(f, Type::kTitle) / 2}, Type::kTitle,
         shown || pointer.hovered ? f.colors.text : f.colors.text3, look.label);
    if (shown) fill(f, {x, tab.bottom() - f.px(2), width, f.px(2)}, f.colors.accent);
    if (f.ui.widgets.focus == look.name) focus_ring(f, tab, f.px(scene::size::kRadiusControl));
    x += width + f.px(16);
  }
  return x;
}

// As many words as fit.
void draw_caption(const Frame& f, const training::Evaluation& numbers, Rect header, float left) {
  const std::string all = with_thousands(numbers.count), wrong = with_thousands(wrong_count(numbers));
  const std::string wordings[] = {fmt::format("{} validation digits, {} wrong", all, wrong),
                                  fmt::format("{} digits, {} wrong", all, wrong), fmt::format("{} wrong", wrong)};
  for (const std::string& words : wordings) {
    if (text_width(f, Type::kCaption, words) > header.right() - left) continue;
    text(f, {header.right(), header.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
         words, Align::kRight);
    return;
  }
}

// The pictures of a cell, instead of the matrix, with the way back.
void draw_cell(const Frame& f, Rect header, Rect r) {
  ConfusionState& state = f.ui.learn.confusion;
  const std::array<int, 2> cell = *f.ui.confusion_cell;
  if (state.found_in != f.view.evaluation || state.found_for != cell) {
    if (state.found_for != cell) state.scroll = 0;
    state.found_in = f.view.evaluation;
    state.found_for = cell;
    state.found = f.view.evaluation->pictures_of(cell[0], cell[1]);
  }
  const ButtonLook back{.tip = "Back to all digits (Esc)", .label = "← Back"};
  const float width = button_width(f, "Back to the matrix", back);
  const Rect place{header.x, header.y, width, f.px(24)};
  const bool leave = button(f, "Back to the matrix", place, back) || key_pressed(f, KeyId::kClose);
  const std::string title =
      cell[0] == cell[1]
          ? fmt::format("{} {} read right", state.found.size(), kPlural[static_cast<std::size_t>(cell[0])])
          : fmt::format("{} {} read as {}", state.found.size(),
                        state.found.size() == 1 ? kSingular[static_cast<std::size_t>(cell[0])]
                                                : kPlural[static_cast<std::size_t>(cell[0])],
                        cell[1]);
  const float room = header.right() - place.right() - f.px(10);
  const std::string_view order = "the worst first";
  const bool fits = text_width(f, Type::kTitle, title) + f.px(8) + text_width(f, Type::kCaption, order) <= room;
  panel_title(f, {place.right() + f.px(10), place.centre().y - line_height(f, Type::kTitle) / 2}, title,
              fits ? order : "", room);
  if (state.found.empty()) {
    paragraph(f, {r.x, r.y + f.px(8)}, r.w, Type::kSmall, f.colors.text2,
              "None any more: the network has learned since you clicked.");
  } else {
    draw_pictures(f, r, state.found);
  }
  if (leave) {
    f.ui.confusion_cell.reset();
    f.ui.wake_in(0);
  }
}

void draw_before_first(const Frame& f, Rect r) {
  const std::string_view title = "Not validated yet";
  const std::string_view about =
      "A quarter of an epoch into training, digits that are never trained on are read for the first time. Here you "
      "will see which ones are mixed up.";
  const float width = std::min(r.w, f.px(280));
  const float height =
      line_height(f, Type::kBodyStrong) + f.px(4) + paragraph(f, {}, width, Type::kSmall, 0, about, true);
  const float y = std::round(r.centre().y - height / 2);
  text(f, {r.centre().x, y}, Type::kBodyStrong, f.colors.text, title, Align::kCentre, width);
  paragraph(f, {std::round(r.centre().x - width / 2), y + line_height(f, Type::kBodyStrong) + f.px(4)}, width,
            Type::kSmall, f.colors.text2, about);
}

}  // namespace

std::string confusion_sentence(const training::Evaluation& numbers, int truth, int read_as) {
  const auto row = static_cast<std::size_t>(truth);
  const int count = numbers.confusion[row][static_cast<std::size_t>(read_as)];
  if (truth == read_as) {
    return fmt::format("{} {} were read right: {:.1f} %.", with_thousands(count), kPlural[row],
                       100 * class_accuracy(numbers, truth));
  }
  if (count == 0) return fmt::format("No {} was read as {}.", kSingular[row], read_as);
  if (count == 1) return fmt::format("1 {} was read as {}. Click to see it.", kSingular[row], read_as);
  return fmt::format("{} {} were read as {}. Click to see them.", with_thousands(count), kPlural[row], read_as);
}

double class_accuracy(const training::Evaluation& numbers, int digit) {
  const auto& row = numbers.confusion[static_cast<std::size_t>(digit)];
  int all = 0;
  for (const int count : row) all += count;
  return all == 0 ? 1.0 : static_cast<double>(row[static_cast<std::size_t>(digit)]) / all;
}

void draw_confusion(const Frame& f, Rect r) {
  const bool compact = r.w < f.px(320);
  const float padding = f.px(compact ? 12 : 16);
  const Rect header{r.x + padding, r.y + f.px(compact ? 5 : 8), r.w - 2 * padding, f.px(24)};
  const Rect body{header.x, header.bottom() + f.px(4), header.w, r.bottom() - header.bottom() - f.px(8)};
  if (f.view.evaluation == nullptr) {
    f.ui.confusion_cell.reset();
    panel_title(f, {header.x, header.centre().y - line_height(f, Type::kTitle) / 2}, "Confusion",
                "which digits are mixed up", header.w);
    draw_before_first(f, body);
    return;
  }
  if (f.ui.confusion_cell) {
    draw_cell(f, header, body);
    return;
  }
  const training::Evaluation& numbers = *f.view.evaluation->numbers;
  const float after = draw_tabs(f, header.x, header.y);
  draw_caption(f, numbers, header, after);
  if (f.ui.learn.confusion.tab == ConfusionState::Tab::kMatrix) {
    draw_matrix(f, body);
  } else {
    draw_pictures(f, body, f.view.evaluation->most_wrong);
  }
}

}  // namespace warpscope::panels

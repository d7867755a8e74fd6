#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "app/panels/learn_confusion.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;

struct Facts {
  int index = 0, label = 0, read_as = 0;
  float confidence = 0, loss = 0;
};

Facts facts_of(const session::EvaluationView& evaluation, int index) {
  const auto at = static_cast<std::size_t>(index);
  const training::Evaluation& numbers = *evaluation.numbers;
  return {index, evaluation.validation->labels[at], numbers.read_as[at], numbers.confidence[at], numbers.loss_of[at]};
}

// Tells pictures of the same index apart when another data set is opened (FNV-1a).
std::uint64_t fingerprint(std::span<const std::uint8_t> picture) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const std::uint8_t byte : picture) hash = (hash ^ byte) * 0x100000001B3U;
  return hash;
}

void draw_digit(const Frame& f, const training::Dataset& pictures, int index, Rect where) {
  const training::Shape shape = pictures.shape;
  const auto area = static_cast<std::size_t>(shape.width * shape.height);
  f.images.draw(
      *ImGui::GetWindowDrawList(), fmt::format("v{}", index), fingerprint(pictures.picture(index)), shape.width,
      shape.height,
      [&](std::span<scene::Rgba> out) {
        const auto picture = pictures.picture(index);
        for (std::size_t i = 0; i < area; ++i) {
          // Colours count as their mean: what matters here is which digit it is.
          int sum = 0;
          for (int c = 0; c < shape.channels; ++c) sum += picture[static_cast<std::size_t>(c) * area + i];
          out[i] = scene::grey(static_cast<float>(sum) / static_cast<float>(shape.channels) / 255);
        }
      },
      where);
}

// Beside the pointer, above everything: the picture larger, and what is known of it.
void draw_card(const Frame& f, const Facts& facts, Rect thumbnail) {
  const bool pad_empty = f.ui.editor.drawing().empty();
  const std::string_view hint =
      pad_empty ? "Click to see it in the network." : "Clear the pad first to see it in the network.";
  const float side = f.px(28) * 5, padding = f.px(12), row = f.px(19);
  const float hint_height = paragraph(f, {}, side, Type::kCaption, f.colors.text3, hint, true);
  const float width = side + 2 * padding, height = side + 2 * padding + 3 * row + f.px(10) + hint_height;
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const bool left = thumbnail.x - f.px(12) - width >= 0;
  const float x = left ? thumbnail.x - f.px(12) - width : thumbnail.right() + f.px(12);
  const float y =
      std::clamp(thumbnail.centre().y - height / 2, f.px(8), std::max(f.px(8), display.y - height - f.px(8)));
  const Rect card{std::round(x), std::round(y), width, height};
  const Overlay overlay(f, "validation picture", card, Overlay::Kind::kShows);
  callout(f, card, false);
  const Rect picture{card.x + padding, card.y + padding, side, side};
  draw_digit(f, *f.view.evaluation->validation, facts.index, picture);
  stroke(f, picture.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
  float line_y = picture.bottom() + f.px(6);
  const bool wrong = facts.label != facts.read_as;
  text(f, {picture.x, line_y}, Type::kTitle, f.colors.text, fmt::format("A {}", facts.label));
  line_y += row;
  text(f, {picture.x, line_y}, Type::kCaption, wrong ? f.colors.warning : f.colors.text2,
       fmt::format("read {}, {:.1f} % sure", facts.read_as, 100 * facts.confidence));
  line_y += row;
  text(f, {picture.x, line_y}, Type::kCaption, f.colors.text2,
       fmt::format("loss {:.2f}, picture {}", facts.loss, with_thousands(facts.index)));
  line_y += row + f.px(2);
  paragraph(f, {picture.x, line_y}, side, Type::kCaption, f.colors.text3, hint);
}

void choose(const Frame& f, const Facts& facts) {
  if (f.ui.editor.drawing().empty()) {
    f.send(session::ShowExample{facts.index});
    return;
  }
  f.ui.toasts.push_back(
      {.kind = session::Message::Kind::kWarning,
       .text = "The pad holds your drawing. Clear it (Backspace) to see this picture in the network."});
  f.ui.wake_in(0);
}

constexpr float kRing = 4;  // logical: marks around a picture

// Pictures side by side at a whole-number scale: the largest at which all of them are in view, at least the usual one.
struct PictureGrid {
  float wide = 0, high = 0, pitch_x = 0, pitch_y = 0;
  int columns = 1;
  float content = 0;  // height of all rows
};
PictureGrid grid_at(const Frame& f, Rect r, training::Shape shape, int count, int zoom) {
  PictureGrid grid;
  const float gap = f.px(8), room = r.w - 2 * f.px(kRing) - f.px(6) + gap;
  grid.wide = static_cast<float>(shape.width * zoom);
  grid.high = static_cast<float>(shape.height * zoom);
  grid.columns = std::max(1, static_cast<int>(room / (grid.wide + gap)));
  // A few pictures stand beside each other instead of being spread out.
  grid.pitch_x = count < grid.columns ? grid.wide + gap : std::floor(room / static_cast<float>(grid.columns));
  grid.pitch_y = grid.high + line_height(f, Type::kMicro) + f.px(8);
  const int rows = (count + grid.columns - 1) / grid.columns;
  grid.content = static_cast<float>(rows) * grid.pitch_y + f.px(kRing);
  return grid;
}
PictureGrid grid_for(const Frame& f, Rect r, training::Shape shape, int count) {
  const int side = std::max(shape.width, shape.height);
  const int usual = std::max(1, static_cast<int>(f.px(r.w >= f.px(300) ? 56 : 42)) / side);
  const int largest = std::max(usual, static_cast<int>(f.px(84)) / side);
  for (int zoom = largest; zoom > usual; --zoom) {
    const PictureGrid grid = grid_at(f, r, shape, count, zoom);
    if (grid.content <= r.h && grid.columns > 1) return grid;
  }
  return grid_at(f, r, shape, count, usual);
}

// "7" and, where it was read wrongly, "→2".
void draw_words(const Frame& f, const Facts& facts, float x, float y) {
  const float width = text(f, {x, y}, Type::kMicro, f.colors.text2, fmt::format("{}", facts.label));
  if (facts.label == facts.read_as) return;
  text(f, {x + width + f.px(2), y}, Type::kMicro, f.colors.warning, fmt::format("→{}", facts.read_as));
}

}  // namespace

void draw_pictures(const Frame& f, Rect r, const std::vector<int>& pictures) {
  const session::EvaluationView& evaluation = *f.view.evaluation;
  if (pictures.empty()) {
    paragraph(f, {r.x, r.y + f.px(8)}, r.w, Type::kSmall, f.colors.text2, "Every validation picture was read right.");
    return;
  }
  const auto count = static_cast<int>(pictures.size());
  const PictureGrid grid = grid_for(f, r, evaluation.validation->shape, count);
  const auto [wide, high, pitch_x, pitch_y, columns, content] = grid;
  const float range = std::max(0.0F, content - r.h);
  const float ring = f.px(kRing);
  float& scroll = f.ui.learn.confusion.scroll;
  if (hovered(f, r)) scroll -= ImGui::GetIO().MouseWheel * pitch_y;
  scroll = std::clamp(scroll, 0.0F, range);
  if (hovered(f, r)) f.ui.hovered = {.kind = Focus::Kind::kConfusion, .name = {}};
  {
    const Clip clip(r);
    const int first = std::max(0, static_cast<int>(scroll / pitch_y)) * columns;
    const int last = std::min(count, (static_cast<int>((scroll + r.h) / pitch_y) + 1) * columns);
    for (int i = first; i < last; ++i) {
      const Facts facts = facts_of(evaluation, pictures[static_cast<std::size_t>(i)]);
      const Rect cell{r.x + ring + static_cast<float>(i % columns) * pitch_x,
                      std::round(r.y + ring + static_cast<float>(i / columns) * pitch_y - scroll), wide, high};
      const AreaState pointer = area(f, fmt::format("Validation {}", facts.index), cell);
      draw_digit(f, *evaluation.validation, facts.index, cell);
      stroke(f, cell.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
      draw_words(f, facts, cell.x, cell.bottom() + f.px(2));
      if (f.view.probe != nullptr && !f.view.probe->from_pad && f.view.probe->example_index == facts.index) {
        mark_selected(f, cell);
      }
      if (pointer.hovered) {
        mark_hovered(f, cell);
        f.ui.hovered = {.kind = Focus::Kind::kConfusion, .row = facts.label, .column = facts.read_as, .name = {}};
        draw_card(f, facts, cell);
      }
      if (pointer.clicked) choose(f, facts);
    }
  }
  if (range <= 0) return;
  const float bar = std::max(f.px(16), r.h * r.h / content);
  fill(f, {r.right() - f.px(3), r.y + (r.h - bar) * scroll / range, f.px(3), bar}, f.colors.strong, f.px(1));
}

}  // namespace warpscope::panels

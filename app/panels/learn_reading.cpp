#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/learn_actions.h"
#include "app/panels/learn_network.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"
#include "app/scene/learn_layout.h"

namespace warpscope::panels {

namespace {

// What is read of the pad, or null: the answer to an empty pad is no answer. An older answer stays until the newer one
// is there.
const session::Probe* reading_of(const Frame& f) {
  const bool drawn = !f.ui.editor.drawing().empty();
  return drawn && f.view.probe != nullptr && f.view.probe->from_pad ? f.view.probe.get() : nullptr;
}

void draw_picture(const Frame& f, const session::Probe* probe, scene::Rect r) {
  fill(f, r, scene::rgb(0x000000));
  if (probe != nullptr) {
    f.images.draw(
        *ImGui::GetWindowDrawList(), "seen", f.ui.learn.network.cache.version, drawings::kImageSide,
        drawings::kImageSide,
        [probe](std::span<scene::Rgba> out) {
          for (std::size_t i = 0; i < out.size(); ++i) out[i] = scene::grey(static_cast<float>(probe->image[i]) / 255);
        },
        r);
  }
  stroke(f, r.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
}

// A font of the display role at another height, for narrow panels.
void big_digit(const Frame& f, scene::Vec2 at, float height, int digit) {
  const ImFont* font = f.font(Type::kDisplay);
  ImGui::GetWindowDrawList()->AddText(font, font->FontSize * height / line_height(f, Type::kDisplay), {at.x, at.y},
                                      f.colors.text, fmt::format("{}", digit).c_str());
}

std::string percent(float probability) {
  return fmt::format("{:.1f} %", 100 * probability);
}

// Texts of different sizes in one line, each in its middle.
struct Piece {
  Type type;
  scene::Rgba ink;
  std::string words;
};
void draw_line(const Frame& f, scene::Vec2 left_middle, float width, float gap, const std::vector<Piece>& pieces) {
  float x = left_middle.x;
  for (const Piece& piece : pieces) {
    const float y = std::round(left_middle.y - line_height(f, piece.type) / 2);
    x += text(f, {x, y}, piece.type, piece.ink, piece.words, Align::kLeft, std::max(1.0F, left_middle.x + width - x)) +
         gap;
  }
}

void draw_runner_up(const Frame& f, scene::Vec2 left_middle, float width, const training::Activations& read) {
  const bool roomy = width >= f.px(140);
  const float next = read.probabilities[static_cast<std::size_t>(read.runner_up)];
  draw_line(f, left_middle, width, f.px(roomy ? 7 : 4),
            {{roomy ? Type::kSmall : Type::kCaption, f.colors.text3, "Runner-up"},
             {roomy ? Type::kBodyStrong : Type::kTitle, f.colors.text, fmt::format("{}", read.runner_up)},
             {roomy ? Type::kNumber : Type::kTick, f.colors.text2, percent(next)}});
}

void draw_verdict(const Frame& f, const session::Probe* probe, scene::Rect r) {
  if (probe == nullptr) {
    const std::string_view hint = "Draw a digit to get a reading.";
    const float high = paragraph(f, {}, r.w, Type::kSmall, f.colors.text3, hint, true);
    paragraph(f, {r.x, std::round(r.centre().y - high / 2)}, r.w, Type::kSmall, f.colors.text3, hint);
    return;
  }
  const training::Activations& read = probe->activations;
  const float sure = read.probabilities[static_cast<std::size_t>(read.digit)];
  const float lines = line_height(f, Type::kSmall);
  const bool roomy = r.h >= f.px(100), with_title = r.h >= f.px(70);
  if (with_title) text(f, {r.x, r.y - f.px(2)}, Type::kSmall, f.colors.text3, "It reads");
  const float top = r.y + (with_title ? lines - f.px(2) : 0);
  const float middle = std::round(top + (r.bottom() - lines + f.px(2) - top) / 2);
  if (roomy) {
    big_digit(f, {r.x - f.px(1), std::round(middle - line_height(f, Type::kDisplay) / 2)},
              line_height(f, Type::kDisplay), read.digit);
    text(f, {r.x + f.px(52), middle - f.px(21)}, Type::kValue, f.colors.text, percent(sure));
    text(f, {r.x + f.px(52), middle + f.px(4)}, Type::kCaption, f.colors.text3, "sure");
  } else {
    const float height = f.px(38);
    big_digit(f, {r.x, std::round(middle - height / 2)}, height, read.digit);
    draw_line(f, {r.x + f.px(32), middle}, r.w - f.px(32), 0, {{Type::kValue, f.colors.text, percent(sure)}});
  }
  draw_runner_up(f, {r.x, std::round(r.bottom() - lines / 2 + f.px(2))}, r.w, read);
}

// Above a bar: its percentage.
void draw_bar_label(const Frame& f, const training::Activations& read, const scene::ReadingLayout& layout, int digit) {
  constexpr float kWorthSaying = 0.045F;
  const float probability = read.probabilities[static_cast<std::size_t>(digit)];
  const bool first = digit == read.digit;
  if (probability < kWorthSaying && !first) return;
  const scene::Rect track = layout.bar(digit);
  const float y = track.bottom() - std::round(probability * track.h) - line_height(f, Type::kTick) - f.px(1);
  const float width = text(f, {track.centre().x, y}, Type::kTick, first ? f.colors.text : f.colors.text2,
                           fmt::format("{:.0f}", 100 * probability), Align::kCentre);
  if (first && digit < 9 && read.runner_up != digit + 1) {
    text(f, {track.centre().x + width / 2 + f.px(4), y}, Type::kTick, f.colors.text3, "%");
  }
}

// Bars stand on the keys: the axis is the control.
void draw_bars(const Frame& f, const session::Probe* probe, const scene::ReadingLayout& layout) {
  const float radius = f.px(scene::size::kRadiusCell);
  for (int digit = 0; digit < 10; ++digit) {
    const scene::Rect track = layout.bar(digit);
    fill(f, track, f.colors.stage, radius);
    line(f, {track.x, track.bottom() - f.px(1)}, {track.right(), track.bottom() - f.px(1)}, f.colors.strong, f.px(1));
    if (probe == nullptr) continue;
    const training::Activations& read = probe->activations;
    const float high = std::round(read.probabilities[static_cast<std::size_t>(digit)] * track.h);
    const scene::Rgba ink = digit == read.digit       ? f.colors.accent
                            : digit == read.runner_up ? f.colors.text2
                                                      : f.colors.text3;
    if (high >= 1) fill(f, {track.x, track.bottom() - high, track.w, high}, ink, radius);
  }
  if (probe == nullptr) return;
  for (int digit = 0; digit < 10; ++digit) draw_bar_label(f, probe->activations, layout, digit);
}

std::vector<std::string> captions(const Frame& f) {
  const UiState& ui = f.ui;
  if (ui.selected_drawing) return {"Press a key to relabel the chosen drawing", "Press a key to relabel it"};
  if (ui.editor.drawing().empty())
    return {"Draw a digit, then press the key of what it is", "Draw, then press its key"};
  if (is_labelled(ui)) {
    const int label = ui.learn.pad.labelled_as;
    return {fmt::format("Joined training as {}. Another key corrects it", label),
            fmt::format("Joined as {}. Draw the next", label)};
  }
  return {"Press the key of what you drew: it joins training now", "Press its key to label it"};
}

void draw_keys(const Frame& f, const scene::ReadingLayout& layout) {
  const bool labelled = is_labelled(f.ui) && !f.ui.selected_drawing;
  for (int digit = 0; digit < 10; ++digit) {
    const bool selected = labelled && f.ui.learn.pad.labelled_as == digit;
    if (keycap_button(f, fmt::format("Label {}", digit), layout.key(digit), selected)) give_label(f, digit);
  }
}

// Pointing at a bar or its key shows in the network what speaks for this digit.
void follow_pointer(const Frame& f, const session::Probe* probe, const scene::ReadingLayout& layout) {
  if (probe == nullptr) return;
  const int output = static_cast<int>(probe->network->layers.size()) - 1;
  for (int digit = 0; digit < 10; ++digit) {
    if (hovered(f, layout.bar(digit)) || hovered(f, layout.key(digit))) {
      f.ui.hovered = {Focus::Kind::kOutput, output, digit, -1, -1, {}};
    }
  }
  if (hovered(f, layout.picture)) f.ui.hovered = {Focus::Kind::kInput, -1, 0, -1, -1, {}};
}

}  // namespace

void draw_reading(const Frame& f, scene::Rect r) {
  refresh_cache(f.ui.learn.network.cache, f.view.probe);
  const scene::ReadingLayout layout = scene::layout_reading(r, f.scale);
  const session::Probe* probe = reading_of(f);
  text(f, {layout.title.x, layout.title.y}, Type::kTitle, f.colors.text, "What the network sees");
  draw_picture(f, probe, layout.picture);
  draw_verdict(f, probe, layout.verdict);
  if (layout.picture_caption.w > 0) {
    text(f, {layout.picture_caption.x, layout.picture_caption.y}, Type::kCaption, f.colors.text3,
         "28 × 28 pixels, values 0 to 1");
  }
  follow_pointer(f, probe, layout);
  draw_bars(f, probe, layout);
  draw_keys(f, layout);
  if (layout.caption.w > 0) {
    const std::vector<std::string> lines = captions(f);
    const bool fits = text_width(f, Type::kCaption, lines[0]) <= layout.caption.w;
    text(f, {layout.caption.x, layout.caption.y}, Type::kCaption, f.colors.text2, lines[fits ? 0 : 1], Align::kLeft,
         layout.caption.w);
  }
}

}  // namespace warpscope::panels

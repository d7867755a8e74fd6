// The bar above the pictures: the slow slide, what is shown, what the colours mean, the zoom.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "app/panels/convolve_centre.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;

constexpr float kSlowest = 1, kFastest = 60;
constexpr float kHeight = 28, kNameGap = 8;

// What of the bar is shown; the fitting takes away one thing after the other until it fits.
struct Bar {
  float between = 14;
  bool key = true;    // inside "Slide slowly"
  bool names = true;  // "Speed", "View" ...
  bool speed = true;  // the number beside the slider
  float slider = 72;
  bool brief = false;       // "Compare" words shortened
  bool scene_label = true;  // of Play
  bool colour_row = true;   // else a combo
};
using Yield = void (*)(Bar& bar);
constexpr std::array<Yield, 8> kYields{
    [](Bar& bar) { bar.between = 10; },        [](Bar& bar) { bar.key = false; },
    [](Bar& bar) { bar.speed = false; },       [](Bar& bar) { bar.slider = 48; },
    [](Bar& bar) { bar.names = false; },       [](Bar& bar) { bar.brief = true; },
    [](Bar& bar) { bar.scene_label = false; }, [](Bar& bar) { bar.colour_row = false; },
};

struct Choice {
  std::string_view name, label, brief, tip;
};
constexpr std::array kViews{
    Choice{"Side by side", "Side by side", "Both", "Input and output side by side (D)"},
    Choice{"Difference", "Difference", "Diff.", "The output less the input: what the filter changed (D)"},
};
constexpr std::array kColours{
    Choice{"Colour by nothing", "Nothing", "None", "The output as it is (B)"},
    Choice{"Colour by block", "Block", "Block", "Each block of threads in a colour of its own (B)"},
    Choice{"Colour by SM", "SM", "SM", "Which multiprocessor ran the block (B)"},
    Choice{"Colour by warp", "Warp", "Warp", "The 32 threads that go together (B)"},
};

std::string_view label_of(const Choice& choice, const Bar& bar) {
  return bar.brief ? choice.brief : choice.label;
}
float segment_width(const Frame& f, const Choice& choice, const Bar& bar) {
  return std::ceil(text_width(f, Type::kLabel, label_of(choice, bar)) + 2 * f.px(bar.brief ? 7 : 9));
}
float row_width(const Frame& f, std::span<const Choice> choices, const Bar& bar) {
  float width = f.px(1);
  for (const Choice& choice : choices) width += segment_width(f, choice, bar) - f.px(1);
  return width;
}
float name_width(const Frame& f, std::string_view name, const Bar& bar) {
  return bar.names ? std::ceil(text_width(f, Type::kSmall, name)) + f.px(kNameGap) : 0;
}
float draw_name(const Frame& f, const Bar& bar, scene::Vec2 at, std::string_view name) {
  if (!bar.names) return at.x;
  const float middle = at.y + f.px(kHeight) / 2;
  text(f, {at.x, std::round(middle - line_height(f, Type::kSmall) / 2)}, Type::kSmall, f.colors.text2, name);
  return at.x + name_width(f, name, bar);
}
int draw_row(const Frame& f, const Bar& bar, scene::Vec2 at, std::span<const Choice> choices, int selected) {
  int chosen = selected;
  Rect lit{};
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Rect r{at.x, at.y, segment_width(f, choices[i], bar), f.px(kHeight)};
    const bool on = static_cast<int>(i) == selected;
    if (on) lit = r;
    const ButtonLook look{.selected = on, .tip = choices[i].tip, .label = label_of(choices[i], bar)};
    if (button(f, choices[i].name, r, look)) chosen = static_cast<int>(i);
    at.x += r.w - f.px(1);
  }
  // The border of the next one lies over it otherwise.
  if (lit.w > 0) stroke(f, lit, f.colors.accent, f.px(scene::size::kRadiusControl), f.px(1));
  return chosen;
}

// ---- The parts, each with its width

struct Part {
  float (*width)(const Frame& f, const Bar& bar);
  void (*draw)(const Frame& f, const Bar& bar, scene::Vec2 at);
};

ButtonLook slide_look(const Frame& f, const Bar& bar) {
  const bool sliding = f.ui.convolve.stage_state.sliding;
  return {.icon = sliding ? Icon::kPause : Icon::kPlay,
          .primary = true,
          .enabled = f.convolve.frame != nullptr,
          .key = bar.key ? "Space" : "",
          .tip = sliding ? "Stop here (Space)" : "The filter walks over the picture, pixel by pixel (Space)",
          .label = sliding ? "Stop sliding" : "Slide slowly"};
}
float slide_width(const Frame& f, const Bar& bar) {
  ButtonLook other = slide_look(f, bar);
  other.label = "Stop sliding";
  return std::max(button_width(f, "Slide slowly", slide_look(f, bar)), button_width(f, "Slide slowly", other));
}
void draw_slide(const Frame& f, const Bar& bar, scene::Vec2 at) {
  const Rect r{at.x, at.y, slide_width(f, bar), f.px(kHeight)};
  if (button(f, "Slide slowly", r, slide_look(f, bar))) toggle_slide(f);
}

float speed_width(const Frame& f, const Bar& bar) {
  const float number = bar.speed ? text_width(f, Type::kNumber, "60 px/s") + f.px(kNameGap) : 0;
  return name_width(f, "Speed", bar) + f.px(bar.slider) + number;
}
void draw_speed(const Frame& f, const Bar& bar, scene::Vec2 at) {
  float& speed = f.ui.convolve.stage_state.pixels_per_second;
  const float x = draw_name(f, bar, at, "Speed");
  const Rect r{x, at.y, f.px(bar.slider), f.px(kHeight)};
  slider(f, "Slide speed", r, speed, kSlowest, kFastest);
  const std::string number = fmt::format("{:.0f} px/s", speed);
  if (hovered(f, r)) tip(f, fmt::format("{:.0f} output pixels a second", speed));
  if (!bar.speed) return;
  text(f, {r.right() + f.px(kNameGap), std::round(r.centre().y - line_height(f, Type::kNumber) / 2)}, Type::kNumber,
       f.colors.text, number);
}

float view_width(const Frame& f, const Bar& bar) {
  return name_width(f, "View", bar) + row_width(f, kViews, bar);
}
void draw_view(const Frame& f, const Bar& bar, scene::Vec2 at) {
  ConvolveShow& show = f.ui.convolve.show;
  const float x = draw_name(f, bar, at, "View");
  show = static_cast<ConvolveShow>(draw_row(f, bar, {x, at.y}, kViews, static_cast<int>(show)));
}

const std::vector<std::string>& colour_words() {
  static const std::vector<std::string> words{"No colours", "By block", "By SM", "By warp"};
  return words;
}
float colour_width(const Frame& f, const Bar& bar) {
  const float row = bar.colour_row ? row_width(f, kColours, bar) : f.px(110);
  return name_width(f, "Colour by", bar) + row;
}
void draw_colour(const Frame& f, const Bar& bar, scene::Vec2 at) {
  ConvolveColour& colour = f.ui.convolve.colour;
  auto chosen = static_cast<int>(colour);
  const float x = draw_name(f, bar, at, "Colour by");
  if (bar.colour_row) {
    chosen = draw_row(f, bar, {x, at.y}, kColours, chosen);
  } else {
    combo(f, "Colour by", {x, at.y, f.px(110), f.px(kHeight)}, colour_words(), chosen);
  }
  colour = static_cast<ConvolveColour>(chosen);
}

bool has_scene(const Frame& f) {
  return f.convolve.source.kind == session::PictureKind::kScene;
}
ButtonLook scene_look(const Frame& f, const Bar& bar) {
  const bool playing = f.convolve.playing;
  return {.icon = playing ? Icon::kPause : Icon::kPlay,
          .tip = playing ? "The moving scene stands still" : "The moving scene goes on",
          .label_hidden = !bar.scene_label,
          .label = playing ? "Pause" : "Play"};
}
float scene_width(const Frame& f, const Bar& bar) {
  return has_scene(f) ? button_width(f, "Play the scene", scene_look(f, bar)) : 0;
}
void draw_scene(const Frame& f, const Bar& bar, scene::Vec2 at) {
  if (!has_scene(f)) return;
  const Rect r{at.x, at.y, scene_width(f, bar), f.px(kHeight)};
  if (button(f, "Play the scene", r, scene_look(f, bar))) {
    f.send_convolve(session::PlayScene{!f.convolve.playing});
  }
}

constexpr std::array kParts{Part{slide_width, draw_slide}, Part{speed_width, draw_speed}, Part{scene_width, draw_scene},
                            Part{view_width, draw_view}, Part{colour_width, draw_colour}};

// ---- The right end

constexpr float kStepButton = 24;

std::string zoom_text(const Frame& f) {
  const ConvolveStage& state = f.ui.convolve.stage_state;
  return state.shown_zoom > 0 ? fmt::format("{} ×", state.shown_zoom) : fmt::format("1/{} ×", -state.shown_zoom);
}
float zoom_width(const Frame& f, const Bar& bar) {
  return name_width(f, "Zoom", bar) + 2 * f.px(kStepButton) + f.px(48);
}
void draw_zoom(const Frame& f, const Bar& bar, scene::Vec2 at) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  float x = draw_name(f, bar, at, "Zoom");
  const float side = f.px(kStepButton), high = f.px(kHeight);
  if (button(f, "Smaller pixels", {x, at.y, side, high}, {.tip = "Smaller pixels (-, or the wheel)", .label = "−"})) {
    zoom_pictures(f, -1);
  }
  x += side - f.px(1);
  const std::string shown = zoom_text(f);
  const ButtonLook fit{.tip = "As large as fits", .label = shown, .type = Type::kNumber};
  if (button(f, "Fit the pictures", {x, at.y, f.px(50), high}, fit)) {
    state.zoom = 0;
    state.scroll = {0.5F, 0.5F};
  }
  x += f.px(49);
  if (button(f, "Larger pixels", {x, at.y, side, high}, {.tip = "Larger pixels (+, or the wheel)", .label = "+"})) {
    zoom_pictures(f, 1);
  }
}

float total_width(const Frame& f, const Bar& bar) {
  float width = zoom_width(f, bar);
  for (const Part& part : kParts) {
    const float w = part.width(f, bar);
    if (w > 0) width += w + f.px(bar.between);
  }
  return width;
}

void draw_back(const Frame& f, Rect r, float padding) {
  const ButtonLook look{.icon = Icon::kBackOver, .primary = true, .tip = "To the live picture and its filter"};
  const float y = std::round(r.centre().y - f.px(kHeight) / 2);
  const Rect place{r.x + padding, y, button_width(f, "Back to the picture", look), f.px(kHeight)};
  if (button(f, "Back to the picture", place, look)) f.ui.convolve.page = ConvolvePage::kPictures;
}

}  // namespace

void draw_convolve_toolbar(const Frame& f, Rect r) {
  const float padding = f.px(r.h < f.px(44) ? 8 : 16);
  const Clip clip(r.inset(-f.px(3)));
  if (f.ui.convolve.page == ConvolvePage::kTextbook) {
    draw_back(f, r, padding);
    return;
  }
  Bar bar;
  for (const Yield yield : kYields) {
    if (total_width(f, bar) <= r.w - 2 * padding) break;
    yield(bar);
  }
  const float y = std::round(r.centre().y - f.px(kHeight) / 2);
  float x = r.x + padding;
  for (const Part& part : kParts) {
    const float width = part.width(f, bar);
    if (width <= 0) continue;
    part.draw(f, bar, {std::round(x), y});
    x += width + f.px(bar.between);
  }
  draw_zoom(f, bar, {std::round(r.right() - padding - zoom_width(f, bar)), y});
}

}  // namespace warpscope::panels

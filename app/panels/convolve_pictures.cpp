// Input and output side by side, what is marked on them, and the filter between.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/convolve_centre.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::StageKind;
using scene::Rect;

struct Side {
  const convolution::Picture* picture;
  const ConvolveMaps* maps;
  int index;  // of the chain's pictures: -1 the input
  bool rgb;
  bool difference;
};

ConvolveShow show_of(const Side& side) {
  return side.difference ? ConvolveShow::kDifference : ConvolveShow::kSideBySide;
}

ConvolveLook look_of(const ChosenStage& view, const Side& side) {
  return side.difference ? ConvolveLook::kSigned : look_after(view.frame->settings.chain, side.index);
}

FieldLook field_look(const Side& side, ConvolveLook look) {
  if (side.difference) return FieldLook::kDifference;
  if (side.rgb) return FieldLook::kRgb;
  constexpr std::array kLooks{FieldLook::kGrey, FieldLook::kCividis, FieldLook::kSigned};
  return kLooks[static_cast<std::size_t>(look)];
}

// Where in the texture the planes of a map are; false where there is no room for one.
bool find_planes(const Frame& f, const ChosenStage& view, const Side& side, int map, FieldPicture& picture) {
  const Fields& fields = f.ui.convolve.fields;
  const auto put = [&](std::size_t slot, int index, int plane) {
    const auto place = session::atlas_place(*view.frame, index + 1, plane, fields.atlas_width, fields.atlas_height);
    if (place) picture.planes[slot] = *place;
    return place.has_value();
  };
  if (side.rgb) return put(0, side.index, 0) && put(1, side.index, 1) && put(2, side.index, 2);
  if (!put(0, side.index, map)) return false;
  return !side.difference || put(1, side.index - 1, view.plane_below(map));
}

void draw_maps(const Frame& f, const ChosenStage& view, const Side& side) {
  const ConvolveMaps& maps = *side.maps;
  const Clip clip(maps.place);
  const ConvolveLook look = look_of(view, side);
  const float range = colour_range(f, *view.frame, side.index, show_of(side));
  for (int i = 0; i < maps.maps; ++i) {
    FieldPicture picture{.where = maps.map(i), .look = field_look(side, look), .low = 0, .high = range, .planes = {}};
    if (look == ConvolveLook::kSigned) picture.low = -range;
    if (find_planes(f, view, side, i, picture)) {
      f.ui.convolve.fields.draw(*ImGui::GetWindowDrawList(), picture);
      continue;
    }
    paragraph(f, {maps.place.x + f.px(8), maps.place.y + f.px(8)}, maps.place.w - f.px(16), Type::kBody, f.colors.text2,
              "The screen has no room for so many pictures of this size. Take a stage away, or a smaller picture.");
    return;
  }
}

// ---- Titles and ranges

void draw_range(const Frame& f, Rect head, ConvolveLook look, float range, float from) {
  const bool is_signed = look == ConvolveLook::kSigned;
  const std::string low = is_signed ? "-" + pixel_number(static_cast<double>(range)) : "0";
  const std::string high = (is_signed ? "+" : "") + pixel_number(static_cast<double>(range));
  const float gap = f.px(6), bar = f.px(head.w > f.px(400) ? 108 : 56), high_w = text_width(f, Type::kTick, high);
  const float x = head.right() - high_w - gap - bar;
  const float low_w = text_width(f, Type::kTick, low);
  if (x - gap - low_w < from + f.px(8)) return;
  const float middle = std::round(head.bottom() - f.px(22)), tick = middle - line_height(f, Type::kTick) / 2;
  text(f, {head.right(), tick}, Type::kTick, f.colors.text3, high, Align::kRight);
  text(f, {x - gap, tick}, Type::kTick, f.colors.text3, low, Align::kRight);
  constexpr int kSteps = 24;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto color = [&](int step) {
    const float part = static_cast<float>(step) / kSteps;
    return value_color(look, range, is_signed ? (part * 2 - 1) * range : part * range);
  };
  const float high_y = middle + f.px(4);
  for (int i = 0; i < kSteps; ++i) {
    list.AddRectFilledMultiColor({x + bar * static_cast<float>(i) / kSteps, middle - f.px(4)},
                                 {x + bar * static_cast<float>(i + 1) / kSteps, high_y}, color(i), color(i + 1),
                                 color(i + 1), color(i));
  }
}

std::string caption_of(const ChosenStage& view, const Side& side) {
  if (side.difference) return "less input; white is 0";
  const std::string size = fmt::format("{} × {}", side.picture->width, side.picture->height);
  if (side.rgb) return size + " colour";
  if (side.picture->planes > 1) return fmt::format("{} maps of {}", side.picture->planes, size);
  if (side.index < 0) return size + " grey";
  if (look_of(view, side) != ConvolveLook::kSigned) return size;
  return view.same_size() ? "white is 0" : size + ", white is 0";
}

void draw_head(const Frame& f, const ChosenStage& view, const Side& side, Rect head, std::string_view title) {
  const float width =
      std::min(head.right(), std::max(side.maps->place.right(), head.x + f.px(220))) - side.maps->place.x;
  const Rect r{side.maps->place.x, side.maps->place.y - head.h, std::min(width, head.right() - side.maps->place.x),
               head.h};
  const ConvolveLook look = look_of(view, side);
  const float range = colour_range(f, *view.frame, side.index, show_of(side));
  const float top = std::round(r.bottom() - f.px(22) - line_height(f, Type::kTitle) / 2);
  const float end = panel_title(f, {r.x, top}, title, caption_of(view, side), r.w);
  draw_range(f, r, look, range, end);
}

std::string input_title(const ChosenStage& view) {
  return view.stage == 0 ? "Input" : fmt::format("Output of {}", view.stage);
}

std::string output_title(const Frame& f, const ChosenStage& view) {
  const std::size_t stages = view.frame->outputs.size();
  const std::string name = stages == 1 ? "Output" : fmt::format("Output of {}", view.stage + 1);
  return f.ui.convolve.show == ConvolveShow::kDifference ? "Output" : name;
}

// ---- The filter between

struct StageWord {
  StageKind kind;
  const char *above, *sign, *below;
};
constexpr std::array kStageWords{
    StageWord{StageKind::kFilter, "filter", "", "slides over"},
    StageWord{StageKind::kMagnitude, "filters", "", "√(a² + b²)"},
    StageWord{StageKind::kRelu, "ReLU", "max(0, x)", "each pixel"},
    StageWord{StageKind::kMaxPool, "max-pool", "2 × 2", "largest stays"},
};

void arrow(const Frame& f, float from, float to, float y) {
  if (to - from < f.px(6)) return;
  line(f, {from, y}, {to - f.px(3), y}, f.colors.text3, f.px(1));
  const float s = f.px(4), tip_y = y + f.px(1) / 2;
  ImGui::GetWindowDrawList()->AddTriangleFilled({to, tip_y}, {to - 1.5F * s, tip_y - s / 1.5F},
                                                {to - 1.5F * s, tip_y + s / 1.5F}, f.colors.text3);
}

void draw_weights(const Frame& f, const convolution::Filter& filter, Rect r) {
  float largest = 1e-6F;
  for (const float weight : filter.weights) largest = std::max(largest, std::abs(weight));
  const auto size = static_cast<float>(filter.size);
  const auto edge = [&](float from, float length, int i) {
    return std::round(from + length * static_cast<float>(i) / size);
  };
  for (int row = 0; row < filter.size; ++row) {
    for (int column = 0; column < filter.size; ++column) {
      const float x = edge(r.x, r.w, column), y = edge(r.y, r.h, row);
      fill(f, {x, y, edge(r.x, r.w, column + 1) - x, edge(r.y, r.h, row + 1) - y},
           scene::signed_color(filter.at(row, column) / largest));
    }
  }
}

void draw_between(const Frame& f, const ChosenStage& view, Rect r) {
  const StageWord& words = *std::ranges::find(kStageWords, view.spec->kind, &StageWord::kind);
  const auto pixel = convolve_pixel(f, view);
  const int plane = pixel ? pixel->plane : 0;
  const bool wide = r.w >= f.px(80);
  const float side = f.px(wide ? 48 : 28);
  const float middle = std::round(r.centre().y);
  const Rect chip{std::round(r.centre().x - side / 2), middle - std::round(side / 2), side, side};
  if (const convolution::Filter* filter = view.filter_of(plane)) {
    draw_weights(f, *filter, chip);
    stroke(f, chip.inset(-f.px(1)), f.colors.strong, 0, f.px(1));
    if (hovered(f, chip)) f.ui.convolve.about = "filter";
  }
  if (wide) {
    arrow(f, r.x + f.px(10), chip.x - f.px(8), middle);
    arrow(f, chip.right() + f.px(8), r.right() - f.px(10), middle);
  }
  const Type small = Type::kCaption;
  const auto put = [&](float y, std::string_view what) {
    text(f, {r.centre().x, y}, wide ? Type::kSmall : small, f.colors.text2, what, Align::kCentre, r.w);
  };
  put(chip.y - f.px(8) - line_height(f, wide ? Type::kSmall : small), words.above);
  if (words.sign[0] != '\0') put(middle - line_height(f, wide ? Type::kSmall : small) / 2, words.sign);
  const bool bank = view.spec->kind == StageKind::kFilter && view.filters() > 1;
  put(chip.bottom() + f.px(8),
      bank ? fmt::format("{} of {}", plane % view.filters() + 1, view.filters()) : words.below);
}

// ---- Marks

// The filter's weights where they lie on the input, and a frame around the whole window.
void draw_window(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures, const ConvolvePixel& pixel,
                 bool pinned) {
  const ConvolveMaps& maps = pictures.input;
  const Clip clip(maps.place);
  const int map = pictures.rgb_in ? 0 : view.plane_below(pixel.plane);
  const ConvolvePlace begin = window_begin(*view.spec, pixel.x, pixel.y);
  const int reach = window_reach(*view.spec);
  const Rect first = maps.pixel(map, begin.x, begin.y);
  const float side = std::max(f.px(3), static_cast<float>(reach) * maps.zoom);
  const convolution::Filter* filter = view.filter_of(pixel.plane);
  constexpr float kSmallestCell = 3;
  if (filter != nullptr && maps.zoom >= kSmallestCell) {
    float largest = 1e-6F;
    for (const float weight : filter->weights) largest = std::max(largest, std::abs(weight));
    for (int row = 0; row < filter->size; ++row) {
      for (int column = 0; column < filter->size; ++column) {
        const int step = view.spec->dilation;
        const Rect cell = maps.pixel(map, begin.x + column * step, begin.y + row * step);
        fill(f, cell, scene::with_alpha(scene::signed_color(filter->at(row, column) / largest), 0.6F));
      }
    }
  }
  const Rect window{first.x, first.y, side, side};
  pinned ? mark_selected(f, window) : mark_hovered(f, window);
}

void draw_output_mark(const Frame& f, const ConvolvePictures& pictures, const ConvolvePixel& pixel, bool pinned) {
  const Clip clip(pictures.output.place);
  Rect r = pictures.output.pixel(pictures.rgb_out ? 0 : pixel.plane, pixel.x, pixel.y);
  const float grow = std::max(0.0F, f.px(3) - r.w) / 2;
  r = r.inset(-std::round(grow));
  pinned ? mark_selected(f, r) : mark_hovered(f, r);
}

void draw_marks(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures, bool shows_output) {
  const ConvolvePanels& state = f.ui.convolve;
  const auto pixel = convolve_pixel(f, view);
  if (pixel && shows_output) {
    if (const auto block = block_outline(view, pictures, *pixel); block && state.colour != ConvolveColour::kNothing) {
      const Clip clip(pictures.output.place);
      outline(f, *block);
    }
  }
  const bool also_pinned = state.pinned && pixel && *state.pinned != *pixel &&
                           state.pinned->plane < view.output->planes && state.pinned->x < view.output->width &&
                           state.pinned->y < view.output->height;
  if (also_pinned) {
    draw_window(f, view, pictures, *state.pinned, true);
    if (shows_output) draw_output_mark(f, pictures, *state.pinned, true);
  }
  if (!pixel) return;
  const bool pinned = state.pinned == pixel;
  draw_window(f, view, pictures, *pixel, pinned);
  if (shows_output) draw_output_mark(f, pictures, *pixel, pinned);
}

// ---- The wipe

constexpr std::string_view kWipeWords[] = {"", "coloured by the block that made it", "coloured by the SM that ran it",
                                           "coloured by the warp that made it"};
constexpr std::string_view kWipeWordsShort[] = {"", "block", "SM", "warp"};

void draw_wipe(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures) {
  if (!shows_thread_colours(f, pictures)) return;
  const Rect place = seen_map(pictures, 0);
  const Clip clip(pictures.output.place.inset(-f.px(8)));
  const float x = wipe_at(f, pictures, 0), middle = std::round(place.y + place.h * 0.9F);
  const bool lit = f.ui.convolve.stage_state.wipe_held;
  for (int i = 0; i < pictures.output.maps; ++i) {
    const Rect map = seen_map(pictures, i);
    const float at = wipe_at(f, pictures, i) - f.px(1);
    if (map.w > 0 && map.h > 0) line(f, {at, map.y}, {at, map.bottom()}, f.colors.accent, f.px(lit ? 3 : 2));
  }
  const Rect grip{x - f.px(7), middle - f.px(14), f.px(14), f.px(28)};
  fill(f, grip, f.colors.accent_fill, f.px(3));
  for (const float side : {-1.0F, 1.0F}) {
    line(f, {x + side * f.px(4), middle}, {x + side * f.px(1), middle - f.px(4)}, f.colors.on_accent, f.px(1));
    line(f, {x + side * f.px(4), middle}, {x + side * f.px(1), middle + f.px(4)}, f.colors.on_accent, f.px(1));
  }
  if (f.ui.widgets.focus == "Wipe") focus_ring(f, grip, f.px(3));
  const auto colour = static_cast<std::size_t>(f.ui.convolve.colour);
  const bool is_sm = f.ui.convolve.colour == ConvolveColour::kSm;
  const float room = place.right() - grip.right() - f.px(8), mark = is_sm ? f.px(16) : 0;
  std::string_view words = kWipeWords[colour];
  if (text_width(f, Type::kCaption, words) + mark + f.px(16) > room) words = kWipeWordsShort[colour];
  const float width = text_width(f, Type::kCaption, words) + mark + f.px(16);
  if (width > room) return;
  const Rect label{grip.right() + f.px(4), middle - f.px(12), width, f.px(24)};
  fill(f, label, scene::with_alpha(f.colors.panel, 0.92F), f.px(3));
  if (is_sm) {
    const bool told = measured_sms(view) != nullptr;
    origin_mark(f, {label.x + f.px(14), middle}, told ? Origin::kMeasured : Origin::kModelled);
  }
  text(f, {label.x + f.px(8) + mark, middle - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text,
       words);
}

void draw_nothing_yet(const Frame& f, Rect r) {
  const std::string words = f.convolve.problem.empty() ? "The first frame is being computed." : f.convolve.problem;
  const float width = std::min(f.px(420), r.w - f.px(32));
  paragraph(f, {std::round(r.centre().x - width / 2), std::round(r.centre().y - f.px(20))}, width, Type::kBody,
            f.colors.text2, words);
}

void draw_no_difference(const Frame& f, const ChosenStage& view, Rect place) {
  const std::string words = fmt::format(
      "There is no difference to show: the input is **{} × {}**, the output **{} × {}**. With stride 1 and the border "
      "kept, both have one size.",
      view.input->width, view.input->height, view.output->width, view.output->height);
  const float width = std::min(f.px(300), place.w - f.px(16));
  paragraph(f, {std::round(place.centre().x - width / 2), std::round(place.centre().y - f.px(32))}, width, Type::kBody,
            f.colors.text2, words);
}

void draw_frames(const Frame& f, const ConvolvePictures& pictures) {
  const std::string& focus = f.ui.widgets.focus;
  if (focus == "Input picture") focus_ring(f, pictures.input.place, f.px(2));
  if (focus == "Output picture") focus_ring(f, pictures.output.place, f.px(2));
}

}  // namespace

void draw_convolve_pictures(const Frame& f, Rect r) {
  ConvolvePanels& state = f.ui.convolve;
  state.fields.begin_frame();
  const auto view = chosen_stage(f);
  if (!view || view->output->pixels.empty()) {
    draw_nothing_yet(f, r);
    return;
  }
  const Clip clip(r);
  slide_pixel(f, *view);
  const ConvolvePictures before = place_pictures(f, *view, r);
  const Rect& room = before.output_head;
  const scene::Rect right{room.x, before.between.y, room.w, before.between.h};
  state.stage_state.shown_zoom =
      state.stage_state.zoom != 0
          ? state.stage_state.zoom
          : fitting_zoom(right, before.output.width, before.output.height, before.output.maps, before.output.gap);
  answer_pictures(f, *view, before);
  const ConvolvePictures pictures = place_pictures(f, *view, r);
  const bool difference = state.show == ConvolveShow::kDifference;
  const bool shows_output = !difference || view->same_size();
  const Side input{view->input, &pictures.input, view->stage - 1, pictures.rgb_in, false};
  const Side output{view->output, &pictures.output, view->stage, pictures.rgb_out, difference};
  draw_head(f, *view, input, pictures.input_head, input_title(*view));
  draw_maps(f, *view, input);
  draw_between(f, *view, pictures.between);
  if (shows_output) {
    draw_head(f, *view, output, pictures.output_head, output_title(f, *view));
    draw_maps(f, *view, output);
    draw_thread_colours(f, *view, pictures);
  } else {
    draw_no_difference(f, *view, right);
  }
  draw_marks(f, *view, pictures, shows_output);
  if (shows_output) draw_wipe(f, *view, pictures);
  draw_frames(f, pictures);
}

}  // namespace warpscope::panels

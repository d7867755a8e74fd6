// The pointer over the pictures of Convolve, the pixel that walks by itself, and the keys that move it.
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "app/panels/convolve_centre.h"
#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

constexpr double kSlowestMotion = 2;  // pixels a second, where motion is to be reduced
constexpr float kDragFrom = 4;
constexpr std::string_view kOutput = "Output picture", kInput = "Input picture", kWipe = "Wipe";

// The plane that is asked about where the pointer alone does not say it.
int asked_plane(const Frame& f, const ChosenStage& view) {
  return std::clamp(f.ui.convolve.stage_state.plane, 0, std::max(0, view.output->planes - 1));
}

std::optional<ConvolvePixel> output_at(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures,
                                       scene::Vec2 at) {
  const auto found = hit(pictures.output, at);
  if (!found) return std::nullopt;
  return ConvolvePixel{pictures.rgb_out ? asked_plane(f, view) : found->map, found->x, found->y};
}

std::optional<ConvolvePixel> output_of_input_at(const Frame& f, const ChosenStage& view,
                                                const ConvolvePictures& pictures, scene::Vec2 at) {
  const auto found = hit(pictures.input, at);
  if (!found) return std::nullopt;
  const ConvolvePlace under = output_under(view, found->x, found->y);
  int plane = asked_plane(f, view);
  if (!pictures.rgb_in && view.plane_below(plane) != found->map) {
    plane = view.spec->kind == convolution::StageKind::kFilter ? found->map * view.filters() : found->map;
  }
  return ConvolvePixel{std::min(plane, view.output->planes - 1), under.x, under.y};
}

void drag(const Frame& f, const AreaState& pointer, const ConvolveMaps& maps) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  const float x = pointer.mouse.x - state.drag_from.x, y = pointer.mouse.y - state.drag_from.y;
  if (pointer.pressed) {
    state.drag_from = pointer.mouse;
    state.dragging = false;
    return;
  }
  const scene::Vec2 hidden = maps.hidden();
  if (!pointer.held || (hidden.x <= 0 && hidden.y <= 0)) return;
  if (!state.dragging && std::abs(x) + std::abs(y) <= f.px(kDragFrom)) return;
  state.dragging = true;
  const auto moved = [](float part, float by, float over) {
    return over > 0 ? std::clamp(part - by / over, 0.0F, 1.0F) : part;
  };
  state.scroll = {moved(state.scroll.x, x, hidden.x), moved(state.scroll.y, y, hidden.y)};
  state.drag_from = pointer.mouse;
}

// The picture's pixel under the pointer stays there.
void zoom_at(const Frame& f, const ConvolveMaps& maps, scene::Vec2 at, int by) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  const float before = maps.zoom;
  state.zoom = stepped_zoom(state.shown_zoom, by);
  const float after = state.zoom > 0 ? static_cast<float>(state.zoom) : 1.0F / static_cast<float>(-state.zoom);
  const auto part = [&](float point, float begin, float from, float room, float length) {
    const float over = length * after / before - room;
    const float hidden_left = (point - begin) * after / before - (point - from);
    return over > 0 ? std::clamp(hidden_left / over, 0.0F, 1.0F) : 0.5F;
  };
  const scene::Vec2 hidden = maps.hidden();
  state.scroll = {part(at.x, maps.at.x, maps.room.x, maps.room.w, maps.place.w + hidden.x),
                  part(at.y, maps.at.y, maps.room.y, maps.room.h, maps.place.h + hidden.y)};
}

void answer_wheel(const Frame& f, const AreaState& pointer, const ConvolveMaps& maps) {
  const float wheel = ImGui::GetIO().MouseWheel;
  if (pointer.hovered && wheel != 0) zoom_at(f, maps, pointer.mouse, wheel > 0 ? 1 : -1);
}

// True while the handle has the pointer.
bool answer_wipe(const Frame& f, const ConvolvePictures& pictures) {
  if (!shows_thread_colours(f, pictures)) return false;
  ConvolveStage& state = f.ui.convolve.stage_state;
  const scene::Rect place = seen_map(pictures, 0);
  const float x = wipe_at(f, pictures, 0), reach = f.px(7);
  const scene::Rect grip{x - reach, place.y, 2 * reach, place.h};
  std::string typed;
  register_widget(f, kWipe, grip, true, &typed);
  if (!typed.empty()) state.wipe = std::clamp(std::strtof(typed.c_str(), nullptr), 0.0F, 1.0F);
  const AreaState pointer = area(f, kWipe, grip);
  if (pointer.held && place.w > 0) state.wipe = std::clamp((pointer.mouse.x - place.x) / place.w, 0.0F, 1.0F);
  if (f.ui.widgets.focus == kWipe) {
    constexpr float kStep = 0.05F;
    if (raw_key(f, key::kLeft)) state.wipe = std::max(0.0F, state.wipe - kStep);
    if (raw_key(f, key::kRight)) state.wipe = std::min(1.0F, state.wipe + kStep);
  }
  state.wipe_held = pointer.held;
  if (pointer.hovered || pointer.held) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    f.ui.convolve.about = "threads";
  }
  return pointer.hovered || pointer.held;
}

void press(const Frame& f, const AreaState& pointer, const std::optional<ConvolvePixel>& pixel) {
  ConvolvePanels& state = f.ui.convolve;
  if (!pointer.clicked || state.stage_state.dragging || !pixel) return;
  if (state.pinned == pixel) {
    state.pinned.reset();
  } else {
    pin_pixel(f, *pixel);
  }
}

void next_plane(const Frame& f, int by) {
  const auto view = chosen_stage(f);
  if (!view) return;
  const int planes = view->output->planes;
  auto pixel = convolve_pixel(f, *view);
  const int plane = ((pixel ? pixel->plane : asked_plane(f, *view)) + by + planes) % planes;
  f.ui.convolve.stage_state.plane = plane;
  if (!pixel) pixel = ConvolvePixel{plane, view->output->width / 2, view->output->height / 2};
  pin_pixel(f, {plane, pixel->x, pixel->y});
}

void hold(const Frame& f) {
  ConvolvePanels& state = f.ui.convolve;
  if (state.pinned) {
    state.pinned.reset();
  } else if (state.pixel()) {
    pin_pixel(f, *state.pixel());
  }
}

struct KeyAction {
  KeyId key;
  void (*act)(const Frame& f);
};
constexpr std::array kKeyActions{
    KeyAction{KeyId::kConvolvePreviousPlane, [](const Frame& f) { next_plane(f, -1); }},
    KeyAction{KeyId::kConvolveNextPlane, [](const Frame& f) { next_plane(f, 1); }},
    KeyAction{KeyId::kConvolveZoomIn, [](const Frame& f) { zoom_pictures(f, 1); }},
    KeyAction{KeyId::kConvolveZoomOut, [](const Frame& f) { zoom_pictures(f, -1); }},
};

void keys_of_focused_picture(const Frame& f) {
  const std::string& focus = f.ui.widgets.focus;
  if (focus != kOutput && focus != kInput) return;
  if (raw_key(f, key::kLeft)) move_convolve_pixel(f, -1, 0);
  if (raw_key(f, key::kRight)) move_convolve_pixel(f, 1, 0);
  if (raw_key(f, key::kUp)) move_convolve_pixel(f, 0, -1);
  if (raw_key(f, key::kDown)) move_convolve_pixel(f, 0, 1);
}

}  // namespace

void move_convolve_pixel(const Frame& f, int x, int y) {
  const auto view = chosen_stage(f);
  if (!view) return;
  const ConvolvePixel middle{asked_plane(f, *view), view->output->width / 2, view->output->height / 2};
  const auto now = convolve_pixel(f, *view);
  if (!now) {
    pin_pixel(f, middle);
    return;
  }
  pin_pixel(f, {now->plane, std::clamp(now->x + x, 0, view->output->width - 1),
                std::clamp(now->y + y, 0, view->output->height - 1)});
}

void pin_pixel(const Frame& f, const ConvolvePixel& pixel) {
  f.ui.convolve.pinned = pixel;
  f.ui.convolve.stage_state.plane = pixel.plane;
  f.ui.convolve.stage_state.sliding = false;
}

void zoom_pictures(const Frame& f, int by) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  state.zoom = stepped_zoom(state.shown_zoom, by);
}

void toggle_slide(const Frame& f) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  const auto view = chosen_stage(f);
  if (!view) return;
  const auto pixel = convolve_pixel(f, *view);
  state.sliding = !state.sliding;
  if (!state.sliding) {
    if (pixel) f.ui.convolve.pinned = pixel;
    return;
  }
  f.ui.convolve.pinned.reset();
  state.slid = pixel ? pixel->y * view->output->width + pixel->x : 0;
  state.slid_at = f.ui.now;
  if (pixel) state.plane = pixel->plane;
}

void slide_pixel(const Frame& f, const ChosenStage& view) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  if (!state.sliding || view.output->width <= 0 || view.output->height <= 0) return;
  const double wanted = static_cast<double>(state.pixels_per_second);
  const double speed = f.ui.reduced_motion ? std::min(wanted, kSlowestMotion) : wanted;
  // After a pause of the window (it was hidden) the walk goes on where it was instead of catching up.
  state.slid += std::clamp(f.ui.now - state.slid_at, 0.0, 0.5) * speed;
  state.slid_at = f.ui.now;
  const auto whole = static_cast<std::int64_t>(state.slid);
  const std::int64_t at = whole % (std::int64_t{view.output->width} * view.output->height);
  f.ui.convolve.hovered = ConvolvePixel{asked_plane(f, view), static_cast<int>(at % view.output->width),
                                        static_cast<int>(at / view.output->width)};
  f.ui.wake_in((static_cast<double>(whole) + 1 - state.slid) / speed);
}

void answer_pictures(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures) {
  ConvolvePanels& state = f.ui.convolve;
  const bool on_wipe = answer_wipe(f, pictures);
  const bool chosen_output = register_widget(f, kOutput, pictures.output.place, true);
  const bool chosen_input = register_widget(f, kInput, pictures.input.place, true);
  if (chosen_output || chosen_input) hold(f);
  keys_of_focused_picture(f);
  const AreaState input = area(f, kInput, pictures.input.place);
  const AreaState output = on_wipe ? AreaState{} : area(f, kOutput, pictures.output.place);
  drag(f, input, pictures.input);
  drag(f, output, pictures.output);
  answer_wheel(f, input, pictures.input);
  answer_wheel(f, output, pictures.output);
  std::optional<ConvolvePixel> under;
  if (output.hovered) under = output_at(f, view, pictures, output.mouse);
  if (input.hovered) under = output_of_input_at(f, view, pictures, input.mouse);
  if (state.stage_state.dragging && (input.held || output.held)) under.reset();
  if (under) {
    state.hovered = under;
    state.about = output.hovered ? "pixel" : "picture";
  }
  press(f, output, under);
  press(f, input, under);
}

void handle_convolve_centre_keys(const Frame& f) {
  if (f.ui.convolve.page != ConvolvePage::kPictures) return;
  for (const KeyAction& action : kKeyActions) {
    if (key_pressed(f, action.key)) action.act(f);
  }
}

}  // namespace warpscope::panels

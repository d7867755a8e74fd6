#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/convolve_left.h"
#include "app/panels/convolve_panels.h"
#include "app/scene/convolve_layout.h"

namespace warpscope::panels {

const convolution::Settings& convolve_settings(const Frame& f) {
  return f.ui.convolve.wanted ? *f.ui.convolve.wanted : f.convolve.settings;
}

void change_convolve(const Frame& f, convolution::Settings settings) {
  f.ui.convolve.wanted = settings;
  f.send_convolve(session::SetConvolve{std::move(settings)});
}

int convolve_stage(const Frame& f) {
  const auto stages = f.convolve.frame ? static_cast<int>(f.convolve.frame->outputs.size()) : 0;
  return std::clamp(f.ui.convolve.stage, 0, std::max(0, stages - 1));
}

int edited_convolve_stage(const Frame& f) {
  const auto stages = static_cast<int>(convolve_settings(f).chain.size());
  return std::clamp(f.ui.convolve.stage, 0, std::max(0, stages - 1));
}

void change_convolve_stage(const Frame& f, convolution::Stage stage) {
  convolution::Settings settings = convolve_settings(f);
  const auto at = static_cast<std::size_t>(edited_convolve_stage(f));
  if (at >= settings.chain.size()) return;
  settings.chain[at] = std::move(stage);
  change_convolve(f, std::move(settings));
}

bool draw_convolve_tabs(const Frame& f, scene::Rect header) {
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  const scene::Rect whole{0, 0, window.x, window.y};
  if (!scene::convolve_layout(whole, window.x / f.scale, f.scale, 0).compact) return false;
  constexpr std::array kTabs{"Who computed this pixel?", "Variants"};
  int& chosen = f.ui.convolve.stage_state.bottom_tab;
  const float high = std::min(f.px(scene::size::kControlSmall), header.h);
  float x = header.x;
  for (int i = 0; i < static_cast<int>(kTabs.size()); ++i) {
    const char* name = kTabs[static_cast<std::size_t>(i)];
    const float width = button_width(f, name);
    if (button(f, name, {x, std::round(header.centre().y - high / 2), width, high}, {.selected = chosen == i})) {
      chosen = i;
      f.ui.wake_in(0);
    }
    x += width + f.px(4);
  }
  return true;
}

void step_convolve_pixel(const Frame& f) {
  const int stage = convolve_stage(f);
  const convolution::Picture* output = convolve_picture(f, stage);
  if (output == nullptr) return;
  const ConvolvePixel middle{0, output->width / 2, output->height / 2};
  ConvolvePixel pixel = f.ui.convolve.pixel().value_or(middle);
  pixel.plane = std::clamp(pixel.plane, 0, output->planes - 1);
  pixel.x = std::clamp(pixel.x, 0, output->width - 1);
  pixel.y = std::clamp(pixel.y, 0, output->height - 1);
  // Built in its place: GCC 12 takes a moved variant of this kind for uninitialised.
  f.convolve_commands.emplace_back(
      session::PrepareStep{++f.ui.convolve.step_question, stage, pixel.plane, pixel.x, pixel.y});
}

void keep_pinned_pixel(const Frame& f) {
  ConvolvePanels& state = f.ui.convolve;
  const convolution::Picture* output = convolve_picture(f, convolve_stage(f));
  if (output == nullptr || output->pixels.empty()) return;
  if (state.pinned && (state.pinned->plane >= output->planes || state.pinned->x >= output->width ||
                       state.pinned->y >= output->height)) {  // another picture or stage is smaller
    state.pinned.reset();
    state.met = false;
  }
  if (state.met) return;
  state.met = true;
  if (state.pinned) return;
  // Away from the edges, where the border has its say, and left of the colours of threads.
  const int margin = output->width >= 32 && output->height >= 32 ? 8 : 0;
  const int right = std::max(margin + 1, output->width / 2 - margin);
  ConvolvePixel strongest{0, margin, margin};
  for (int y = margin; y < output->height - margin; ++y) {
    for (int x = margin; x < right; ++x) {
      if (std::abs(output->at(0, x, y)) > std::abs(output->at(0, strongest.x, strongest.y))) strongest = {0, x, y};
    }
  }
  state.pinned = strongest;
}

const convolution::Picture* convolve_picture(const Frame& f, int stage) {
  if (!f.convolve.frame) return nullptr;
  const session::ConvolveFrame& frame = *f.convolve.frame;
  if (stage < 0) return frame.input.get();
  return static_cast<std::size_t>(stage) < frame.outputs.size() ? frame.outputs[static_cast<std::size_t>(stage)].get()
                                                                : nullptr;
}

}  // namespace warpscope::panels

#include "tests/gui/bare_gui.h"

#include <gtest/gtest.h>

#include "app/panels/fonts.h"
#include "app/panels/keys.h"

namespace warpscope::tests {

BareGui::BareGui(float width, float height, float scale) : context_(ImGui::CreateContext()), scale_(scale) {
  io().IniFilename = nullptr;
  io().DisplaySize = {width, height};
  io().DeltaTime = 1.0F / 60;
  io().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
  auto fonts = panels::build_fonts(*io().Fonts, scale);
  if (fonts) {
    fonts_ = *fonts;
  } else {
    ADD_FAILURE() << fonts.error().text();
  }
  ui.display_scale = scale;
  ui.now = 100;
}

// Several may live side by side, each with a context of its own.
ImGuiIO& BareGui::io() {
  ImGui::SetCurrentContext(context_);
  return ImGui::GetIO();
}

BareGui::~BareGui() {
  ImGui::DestroyContext(context_);
}

void BareGui::frame(const Draw& draw) {
  io();
  ui.now += 1.0 / 60;
  ui.wake_at = panels::UiState::kNever;
  ui.targets.clear();
  ui.widgets.order.clear();
  ui.widgets.tips.clear();
  ui.hovered = {};
  ImGui::NewFrame();
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(io().DisplaySize);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::Begin("##root", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoNav);
  ImGui::PopStyleVar();
  draw({.view = view,
        .step = step,
        .convolve = convolve,
        .map = map,
        .ui = ui,
        .commands = commands,
        .step_commands = step_commands,
        .convolve_commands = convolve_commands,
        .map_commands = map_commands,
        .fonts = fonts_,
        .images = images,
        .colors = scene::palette(ui.dark),
        .scale = scale_});
  ImGui::End();
  ImGui::Render();
  images.end_frame();
  ui.keys.clear();
  ui.pointer_path.clear();
  io().MouseWheel = 0;
}

void BareGui::frames(int count, const Draw& draw) {
  for (int i = 0; i < count; ++i) frame(draw);
}

void BareGui::move(scene::Vec2 to, const Draw& draw) {
  io().MousePos = {to.x, to.y};
  ui.pointer_path.push_back({to, ui.now + 1.0 / 60});
  frame(draw);
}

void BareGui::press(const Draw& draw) {
  io().MouseDown[0] = true;
  frame(draw);
}

void BareGui::release(const Draw& draw) {
  io().MouseDown[0] = false;
  frame(draw);
}

void BareGui::click(scene::Vec2 at, const Draw& draw) {
  move(at, draw);
  press(draw);
  release(draw);
}

void BareGui::wheel(float steps, const Draw& draw) {
  io().MouseWheel = steps;
  frame(draw);
}

void BareGui::key(const std::string& key, const Draw& draw) {
  ui.keys.push_back(panels::parse_key(key));
  frame(draw);
}

scene::Rect BareGui::target(std::string_view name) const {
  for (const panels::Target& target : ui.targets) {
    if (target.name == name) return target.rect;
  }
  ADD_FAILURE() << "nothing is called " << name;
  return {};
}

void BareGui::click(std::string_view name, const Draw& draw) {
  click(target(name).centre(), draw);
}

}  // namespace warpscope::tests

#include "tests/gui/bare_frame.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "app/panels/keys.h"

namespace warpscope::tests {
namespace {

// Rasterising fonts is the slow part: one atlas a scale for the whole program.
struct SharedFonts {
  ImFontAtlas atlas;
  panels::Fonts fonts{};
};
SharedFonts& fonts_at(float scale) {
  static std::map<float, std::unique_ptr<SharedFonts>> made;
  auto& shared = made[scale];
  if (shared == nullptr) {
    shared = std::make_unique<SharedFonts>();
    auto built = panels::build_fonts(shared->atlas, scale);
    if (!built) throw std::runtime_error(built.error().text());
    shared->fonts = *built;
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    shared->atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
  }
  return *shared;
}

}  // namespace

BareFrame::BareFrame(Size size) : size_(size) {
  SharedFonts& shared = fonts_at(size.scale);
  fonts_ = shared.fonts;
  context_ = ImGui::CreateContext(&shared.atlas);
  ImGui::SetCurrentContext(context_);
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset | ImGuiBackendFlags_HasMouseCursors;
  app::map_editing_keys(io);
  ui_.display_scale = size.scale;
  ui_.now = 100;
  static const app::DeviceReport devices = app::look_for_devices();
  devices_ = devices;
}

BareFrame::~BareFrame() {
  ImGui::DestroyContext(context_);
}

void BareFrame::resize(Size size) {
  size_ = size;
  fonts_ = fonts_at(size.scale).fonts;
}

void BareFrame::draw(const session::LearnView& view) {
  ImGuiIO& io = ImGui::GetIO();
  do {
    io.DisplaySize = {size_.width, size_.height};
    io.DeltaTime = 1.0F / 60;
    ui_.now += 1.0 / 60;
    input_.apply(io, ui_);
    ImGui::NewFrame();
    const panels::Frame frame{.view = view,
                              .step = step,
                              .convolve = convolve,
                              .map = map,
                              .ui = ui_,
                              .commands = commands_,
                              .step_commands = step_commands,
                              .convolve_commands = convolve_commands,
                              .map_commands = map_commands,
                              .fonts = fonts_,
                              .images = images_,
                              .colors = scene::palette(ui_.dark),
                              .scale = ui_.scale(),
                              .fps = 60,
                              .frame_ms = 3.8F};
    app::draw_frame(frame, devices_);
    ground_ = app::frame_ground(frame);
    ImGui::Render();
    vertices_ = ImGui::GetDrawData()->TotalVtxCount;
  } while (!input_.empty());
}

void BareFrame::move(scene::Vec2 at) {
  input_.push({.kind = app::InputEvent::Kind::kMove, .at = at, .seconds = ui_.now});
}

void BareFrame::button(bool down) {
  input_.push({.kind = app::InputEvent::Kind::kButton, .code = 0, .down = down, .seconds = ui_.now});
}

void BareFrame::key(int code, bool control, bool shift) {
  input_.push({.kind = app::InputEvent::Kind::kKey, .code = code, .down = true, .control = control, .shift = shift});
  input_.push({.kind = app::InputEvent::Kind::kKey, .code = code, .down = false});
}

void BareFrame::type(const std::string& text) {
  for (const char c : text) {
    input_.push({.kind = app::InputEvent::Kind::kCharacter, .code = static_cast<unsigned char>(c)});
  }
}

std::optional<panels::Target> BareFrame::target(const std::string& name) const {
  const auto& all = ui_.targets;
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const panels::Target& t) { return t.name == name; });
  return found == all.rend() ? std::nullopt : std::optional(*found);
}

bool BareFrame::click(const session::LearnView& view, const std::string& name) {
  const auto found = target(name);
  if (!found || !found->enabled) return false;
  move(found->rect.centre());
  draw(view);
  button(true);
  button(false);
  draw(view);
  return true;
}

}  // namespace warpscope::tests

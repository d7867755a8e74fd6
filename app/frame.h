// frame.h: one frame of the whole window, from a view and the state of the interface to draw calls and commands.
// Floor 8. GUI thread. Needs an ImGui context between NewFrame and Render, and no window: tests run it bare.
#pragma once

#include "app/device_report.h"
#include "app/panels/ui.h"
#include "app/scene/frame_layout.h"

namespace warpscope::app {

// What lies under everything: the panels' colour, and the stage on top of it. Whoever owns the window clears with
// these, which on software OpenGL costs a third of filling the same pixels as ImGui's triangles.
struct Ground {
  scene::Rgba panel = 0, stage = 0;
  scene::Rect stage_rect;
};
Ground frame_ground(const panels::Frame& f);

// Everything above the ground. Fills f.ui.targets and f.commands, uses up f.ui.keys. The display size is ImGui's.
void draw_frame(const panels::Frame& f, const DeviceReport& devices);

// The layout draw_frame uses for this display size and these settings.
scene::FrameLayout layout_of(const panels::UiState& ui, float width_px, float height_px);

}  // namespace warpscope::app

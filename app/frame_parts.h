// frame_parts.h: the parts of the frame that belong to no workspace. Floor 8. GUI thread.
#pragma once

#include <array>

#include "app/device_report.h"
#include "app/panels/ui.h"
#include "app/scene/frame_layout.h"
#include "app/scene/step_layout.h"

namespace warpscope::app {

void draw_top_bar(const panels::Frame& f, const scene::FrameLayout& layout);
void draw_status_bar(const panels::Frame& f, const scene::FrameLayout& layout);
// Which splitters are under the pointer or dragged.
using LitSplitters = std::array<bool, scene::FrameLayout::kSplitterCount>;
LitSplitters move_splitters(const panels::Frame& f, const scene::FrameLayout& layout);
void draw_splitters(const panels::Frame& f, const scene::FrameLayout& layout, const LitSplitters& lit);
using LitStepSplitters = std::array<bool, scene::StepLayout::kSplitterCount>;
LitStepSplitters move_step_splitters(const panels::Frame& f, const scene::StepLayout& layout, const scene::Rect& whole);
void draw_step_splitters(const panels::Frame& f, const scene::StepLayout& layout, const LitStepSplitters& lit);
void draw_right_tab(const panels::Frame& f, const scene::FrameLayout& layout);

// Overlays: drawn last, each only while it is open.
void draw_device_card(const panels::Frame& f, const scene::FrameLayout& layout, const DeviceReport& devices);
void draw_messages(const panels::Frame& f, const scene::FrameLayout& layout);
void draw_help(const panels::Frame& f);
void draw_palette(const panels::Frame& f);
void draw_tips(const panels::Frame& f);

// A click beside a card closes it; the click that opened it does not count.
void close_when_clicked_beside(const panels::Frame& f, const scene::Rect& card, const scene::Rect& opener, bool& open);
// Of this frame's control with this name; empty where there is none.
scene::Rect target_rect(const panels::Frame& f, std::string_view name);
// What the open workspace has said, oldest first.
const std::vector<session::Message>& workspace_messages(const panels::Frame& f);

// Turns new messages of the session into toasts, and lets old ones go.
void collect_toasts(const panels::Frame& f);
void draw_toasts(const panels::Frame& f, const scene::FrameLayout& layout);
// Does what a message offers: undo, retry, recover.
void act_on(const panels::Frame& f, session::Message::Action action);

}  // namespace warpscope::app

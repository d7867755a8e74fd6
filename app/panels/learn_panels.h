// panels/learn_panels.h: the parts of the Learn workspace, each drawn into the rectangle it is given. Floor 7, GUI
// thread.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::panels {

// Left panel: pad and tools, what the network sees, bars on the label keys, gallery. (learn_left.cpp lays these out.)
void draw_learn_left(const Frame& f, scene::Rect r);
void draw_pad(const Frame& f, scene::Rect r);
void draw_reading(const Frame& f, scene::Rect r);  // "what the network sees", digit, runner-up, bars on keys
void draw_gallery(const Frame& f, scene::Rect r);

// Centre.
void draw_learn_toolbar(const Frame& f, scene::Rect r);
// What has to be decided: training diverged or failed, or settings wait for a reset. A strip under the toolbar that
// takes its height from the picture below; 0 while there is nothing.
float learn_banner_height(const Frame& f, float width);
void draw_learn_banner(const Frame& f, scene::Rect r);
void draw_network(const Frame& f, scene::Rect r);      // live activations; the worked sum
void draw_step_slowly(const Frame& f, scene::Rect r);  // takes the network's and the plots' place while kStepping
void draw_microscope(const Frame& f, scene::Rect r);   // likewise, while a step is frozen
void draw_curves(const Frame& f, scene::Rect loss, scene::Rect accuracy);
void draw_confusion(const Frame& f, scene::Rect r);  // confusion, or the pictures of a chosen cell, or the most wrong
void draw_runs(const Frame& f, scene::Rect window);  // overlay: compare, name, delete, export

// Right: "What am I looking at?" follows ui.focus().
void draw_explanation(const Frame& f, scene::Rect r);

// Keys of the workspace (Space, 0-9, Ctrl+Z, arrows, N, ...), when no text field has the keyboard.
void handle_learn_keys(const Frame& f);

}  // namespace warpscope::panels

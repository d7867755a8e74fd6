// panels/convolve_panels.h: the parts of the Convolve workspace, each drawn into the rectangle it is given. Floor 7,
// GUI thread. All read f.convolve (the session's view) and f.ui.convolve, and answer with ConvolveCommands.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::panels {

// Left: picture, filter, chain, how it is computed.
void draw_convolve_left(const Frame& f, scene::Rect r);
// Centre.
void draw_convolve_toolbar(const Frame& f, scene::Rect r);
void draw_convolve_pictures(const Frame& f, scene::Rect r);    // input, filter, output, colours of who computed
void draw_convolve_arithmetic(const Frame& f, scene::Rect r);  // window x filter = products, sum
void draw_convolve_worker(const Frame& f, scene::Rect r);      // who computed this pixel?
void draw_convolve_variants(const Frame& f, scene::Rect r);    // ways to write the same kernel
void draw_convolve_textbook(const Frame& f, scene::Rect r);    // takes the place of all four
// Right.
void draw_convolve_right(const Frame& f, scene::Rect r);

// Keys of the workspace, when no text field has the keyboard.
void handle_convolve_keys(const Frame& f);

// ---- What several of them need

// The settings being edited, and the way to change them: sends SetConvolve at once.
const convolution::Settings& convolve_settings(const Frame& f);
void change_convolve(const Frame& f, convolution::Settings settings);
// Pins the strongest answer of the first frame there is, so that the panels begin with something to tell; and again
// where what was pinned lies no longer within the picture.
void keep_pinned_pixel(const Frame& f);
// The chosen stage's picture (the input of the chain where `stage` is -1); null before the first frame.
const convolution::Picture* convolve_picture(const Frame& f, int stage);
// Index of the stage that is chosen, within the frame that is shown.
int convolve_stage(const Frame& f);
// The chosen stage among the settings that are being edited.
int edited_convolve_stage(const Frame& f);
// In small windows who computed this pixel and the variants are two tabs, which each draws into its header. False, and
// nothing drawn, where both are on screen.
bool draw_convolve_tabs(const Frame& f, scene::Rect header);
// Opens Step with the thread that computes the pixel in question, or the one in the middle.
void step_convolve_pixel(const Frame& f);

}  // namespace warpscope::panels

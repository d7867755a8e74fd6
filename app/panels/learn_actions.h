// panels/learn_actions.h: what keys, buttons and the pad of Learn do alike. Floor 7. GUI thread.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::panels {

// Tells the session when the pad holds another drawing than it was told last.
void send_drawing(const Frame& f);
// True while the drawing on the pad is the one that was labelled last: the next pen-down begins a new one.
bool is_labelled(const UiState& ui);
// Digit key, pressed or clicked: relabels the chosen drawing of the gallery, else labels the one on the pad (a second,
// different digit corrects the first). Nothing where there is neither.
void give_label(const Frame& f, int digit);
// Newest first: takes back the label just given, else a stroke, else the gallery's last change.
void undo(const Frame& f);
void redo(const Frame& f);
void clear_pad(const Frame& f);
void delete_chosen_drawing(const Frame& f);
// Lets go, one thing a call: a sliding window, the chosen drawing, what is pinned.
void let_go(const Frame& f);

}  // namespace warpscope::panels

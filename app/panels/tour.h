// panels/tour.h: the guided tour that goes on, and the list of those there are. Floor 7. GUI thread.
#pragma once

#include <string>

#include "app/panels/ui.h"

namespace warpscope::panels {

// Height that the tour's block would like in a panel so wide, physical pixels; 0 while there is no tour. Where it gets
// less, its text scrolls.
float tour_height(const Frame& f, float width);
// Heading, text, question and buttons; its keys. Nothing while there is no tour.
void draw_tour(const Frame& f, scene::Rect r);
// Overlay, while ui.tour.list_open; a topic asked for opens it.
void draw_tour_list(const Frame& f, scene::Rect window);

// Name of the button of a question's choice: "Choice 1" for 0.
std::string choice_name(int choice);

}  // namespace warpscope::panels

// panels/map_toolbar.h: what the toolbar and the keys of the SM map do alike. Floor 7. GUI thread.
#pragma once

#include "app/panels/map_panels.h"

namespace warpscope::panels {

// Cycles a second of the person's time that the clock runs at: chosen, or the whole run in ten seconds.
double map_speed(const Frame& f);
// Kept between 10 a second and the whole run in one; two figures.
void set_map_speed(const Frame& f, double cycles_a_second);
void toggle_map_play(const Frame& f);  // from the beginning where it stands at the end
// The model, or what a real GPU did; says why where there is none.
void set_map_traced(const Frame& f, bool traced);
// A line at the foot of the window that stays a moment.
void say_in_map(const Frame& f, std::string text);

}  // namespace warpscope::panels

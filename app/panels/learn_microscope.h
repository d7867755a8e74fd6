// panels/learn_microscope.h: the parts of the microscope: a frozen training step, launch by launch. Floor 7. GUI
// thread.
#pragma once

#include <string>

#include "app/panels/ui.h"

namespace warpscope::panels {

// What the step's times come to, in one sentence: where most of it goes, and what that means.
std::string microscope_sentence(const session::MicroscopeView& view);
// "12.3 µs", "4.56 ms".
std::string launch_time_text(double seconds);
// "(43, 2) × (16, 16)": grid and block without the ones at their ends.
std::string launch_shape_text(base::Dim3 grid, base::Dim3 block);
scene::Rgba launch_phase_colour(training::LaunchPhase phase);
std::string_view launch_phase_title(training::LaunchPhase phase);

// Opens a launch in Step or in the SM map, as soon as the session has written its tensors.
void open_launch(const Frame& f, int launch, session::LaunchTarget target);
// Whether the microscope stands where the network and the plots do.
bool microscope_open(const Frame& f);

// learn_microscope_ribbon.cpp: the launches side by side, as wide as they took long, under their phases.
void draw_microscope_ribbon(const Frame& f, scene::Rect r);
// learn_microscope_list.cpp: a row a launch.
void draw_microscope_list(const Frame& f, scene::Rect r);
// learn_microscope_launch.cpp: the chosen launch and its tensors.
void draw_microscope_launch(const Frame& f, scene::Rect r);

}  // namespace warpscope::panels

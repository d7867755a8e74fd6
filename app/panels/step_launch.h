// panels/step_launch.h: how a launch is edited: presets and limits as pure functions, and the parts of the overlay.
// Floor 7. GUI thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

// "" where the launch can be made, else what was wrong and what is accepted.
std::string block_problem(const base::Dim3& block);
// Of an argument's spec. Does not fill large buffers to find out.
std::string spec_problem(const std::string& spec);

// What a buffer holds and how much: as its spec says, else as its type and the launch's size suggest.
struct BufferShape {
  kernels::ElementType element = kernels::ElementType::kF32;
  std::uint64_t count = 0;
};
BufferShape shape_of(const session::StepArgument& argument, const session::StepLaunch& launch);

struct ArgumentPreset {
  std::string label;  // "zeros"
  std::string spec;   // "buf:f32:1000:zero"
};
// Those that fit argument `index`; none for a scalar. `drawing`: what is on Learn's pad.
std::vector<ArgumentPreset> presets_of(const session::StepLaunch& launch, std::size_t index,
                                       const drawings::Drawing& drawing);
// The drawn digit as the network would see it: 28 x 28 numbers of 0 to 1.
std::string digit_spec(const drawings::Drawing& drawing);

// The launch of the catalogue, in place of what was edited.
session::StepLaunch as_shipped(session::StepLaunch launch, const kernels::Kernel& kernel);

// A scalar as people write it: "1000" for "i32:1000"; other specs as they are. And back.
std::string shown_spec(const session::StepArgument& argument);
std::string spec_from_shown(const session::StepArgument& argument, std::string_view shown);

void draw_launch_card(const Frame& f, scene::Rect window);
void draw_breakpoints_card(const Frame& f, scene::Rect window);

}  // namespace warpscope::panels

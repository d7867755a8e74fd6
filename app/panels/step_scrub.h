// panels/step_scrub.h: the parts of the scrub bar. Floor 7. GUI thread.
#pragma once

#include <span>
#include <string>

#include "app/panels/ui.h"

namespace warpscope::panels {

// Where its rows are. Physical pixels.
struct ScrubPlaces {
  scene::Rect blocks, marks, warps, axis;
  scene::Rect all() const { return {marks.x, marks.y, marks.w, axis.bottom() - marks.y}; }
};
ScrubPlaces scrub_places(scene::Rect bar, float scale);

// The steps of a block as positions of the run; empty where none was recorded.
std::span<const std::uint32_t> steps_of_block(const session::StepRun& run, std::uint64_t block);
std::uint64_t followed_block(const session::StepRun& run, const session::StepMoment& moment);
scene::BlockRecords block_records(const session::StepRun& run, std::uint64_t block);

// Makes ui.step.scrub fit what is shown: timeline, marks and ribbon, as far as they are not those of now. False where
// there is nothing to show.
bool refresh_scrub(const Frame& f, int columns);

// The steps of a block at which line and pc breakpoints stop, whatever their condition says; by step.
std::vector<ScrubMark> breakpoint_hits(const session::StepRun& run, std::uint64_t block,
                                       std::span<const session::StepBreakpoint> breakpoints);

float x_of_step(const StepScrubState& state, scene::Rect where, double step);
double step_of_x(const StepScrubState& state, scene::Rect where, float x);
// The step that a point of the ribbon means: the nearest one of that row's warp, where one is close by.
std::uint64_t step_under(const Frame& f, const ScrubPlaces& places, scene::Vec2 point);
// The mark under the pointer; null: none.
const ScrubMark* mark_under(const Frame& f, const ScrubPlaces& places, scene::Vec2 point);

// "step 9,139: warp 3, line 20, 8 of 32 lanes".
std::string step_text(const session::StepRun& run, std::uint64_t block, std::uint64_t step);
std::string mark_text(const Frame& f, const ScrubMark& mark);

// Pointer, wheel and keys.
void follow_scrub_input(const Frame& f, const ScrubPlaces& places);
void seek_to_step(const Frame& f, std::uint64_t block, std::uint64_t step, bool follow);

}  // namespace warpscope::panels

// panels/convolve_centre.h: what the parts in the middle of Convolve share: the chosen stage, how its pictures are
// coloured and where they lie, the pixel everything is about, and who computed it. Floor 7. GUI thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/panels/convolve_panels.h"
#include "app/panels/ui.h"

namespace warpscope::panels {

// SMs of the chip that blocks are given to where no real one says it: an RTX 3060's.
inline constexpr int kModelledSms = 28;

// ---- The chosen stage (convolve_centre.cpp)

// Of the frame that is shown. Its input is the output of the stage before.
struct ChosenStage {
  const session::ConvolveFrame* frame = nullptr;
  int stage = 0;
  const convolution::Stage* spec = nullptr;
  const convolution::Picture* input = nullptr;
  const convolution::Picture* output = nullptr;

  int filters() const { return std::max(1, static_cast<int>(spec->filters.size())); }
  // The input plane that an output plane is made of.
  int plane_below(int plane) const { return spec->kind == convolution::StageKind::kFilter ? plane / filters() : plane; }
  const convolution::Filter* filter_of(int plane) const;  // null: the stage has none
  bool same_size() const { return input->width == output->width && input->height == output->height; }
};
std::optional<ChosenStage> chosen_stage(const Frame& f);
// The pixel that everything is about, where the output has it.
std::optional<ConvolvePixel> convolve_pixel(const Frame& f, const ChosenStage& view);
// The input pixel under the middle of the filter; may lie outside.
struct ConvolvePlace {
  int x = 0, y = 0;
};
ConvolvePlace centre_of_window(const convolution::Stage& stage, int x, int y);
// The output pixel whose window has its middle nearest to this input pixel.
ConvolvePlace output_under(const ChosenStage& view, int x, int y);
// Pixels of the input from the first that a window covers to the last, and where it begins.
int window_reach(const convolution::Stage& stage);
ConvolvePlace window_begin(const convolution::Stage& stage, int x, int y);

// How a picture of the chain is shown. It follows from what the stages do and not from the values, so that nothing
// jumps while the picture moves: what keeps brightness (weights that sum to what they are divided by, ReLU, max-pool)
// stays a photograph, 0 to 255, in colour where it has three planes; what is never negative is cividis from 0; the rest
// is signed.
enum class ConvolveLook { kPhoto, kPositive, kSigned };
ConvolveLook look_after(const std::vector<convolution::Stage>& chain, int stage);
// Where the colours of the picture end: 255 of a photograph, else the largest |value|; it does not follow every small
// change while frames come. `picture`: -1 the input of the chain, else the stage.
float colour_range(const Frame& f, const session::ConvolveFrame& frame, int picture, ConvolveShow show);
scene::Rgba value_color(ConvolveLook look, float range, float value);
// "386", "-0.25", "1020.5".
std::string pixel_number(double value);
std::string_view plane_name(int planes, int plane);  // "red"; "" where it has none

// ---- Where pictures lie (convolve_places.cpp)

// One or several planes, side by side and below each other, zoomed by a whole number (or a whole fraction).
struct ConvolveMaps {
  scene::Rect room;   // that there is for them
  scene::Rect place;  // of all that can be seen
  scene::Vec2 at;     // of the first map's first pixel
  float zoom = 1;     // screen pixels for one of the picture's
  float gap = 0;
  int columns = 1, maps = 1, width = 0, height = 0;

  scene::Rect map(int index) const;
  scene::Rect pixel(int index, int x, int y) const;
  scene::Vec2 hidden() const;  // of all maps, how much does not fit
};
struct ConvolveHit {
  int map = 0, x = 0, y = 0;
};
std::optional<ConvolveHit> hit(const ConvolveMaps& maps, scene::Vec2 at);
// `zoom` as in ConvolveStage.
ConvolveMaps lay_out_maps(scene::Rect place, int width, int height, int maps, int zoom, scene::Vec2 scroll, float gap);
// What zoom 0 comes to.
int fitting_zoom(scene::Rect place, int width, int height, int maps, float gap);

struct ConvolvePictures {
  ConvolveMaps input, output;
  scene::Rect input_head, output_head, between;
  bool rgb_in = false, rgb_out = false;  // three planes are one picture
};
// How many screen pixels a picture's pixel takes is counted through: 1/3, 1/2, 1, 2, 3.
int stepped_zoom(int zoom, int by);
ConvolvePictures place_pictures(const Frame& f, const ChosenStage& view, scene::Rect r);

// ---- Pointer and keys (convolve_pointer.cpp)

void answer_pictures(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures);
// "Slide slowly": takes the pixel on when its time has come.
void slide_pixel(const Frame& f, const ChosenStage& view);
void toggle_slide(const Frame& f);
// Moves the pinned pixel; where none is chosen it begins in the middle.
void move_convolve_pixel(const Frame& f, int x, int y);
// Those of planes and zoom.
void handle_convolve_centre_keys(const Frame& f);
void zoom_pictures(const Frame& f, int by);
// Makes this the pixel that everything is about until it is let go.
void pin_pixel(const Frame& f, const ConvolvePixel& pixel);

// ---- Who computed it (convolve_threads.cpp)

// The launch that made the stage's output; null where there is none.
const convolution::LaunchInfo* launch_of(const ChosenStage& view);
// The SM of each block of that launch, as a real GPU said; null on the virtual one, whose SMs are modelled.
const std::vector<std::uint32_t>* measured_sms(const ChosenStage& view);
int sm_of(const ChosenStage& view, std::uint64_t block_number);
convolution::Worker worker_at(const ChosenStage& view, const ConvolvePixel& pixel);
scene::Rgba thread_color(ConvolveColour colour, const convolution::Worker& worker);
// The output in colours of who computed it, right of the wipe.
void draw_thread_colours(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures);
bool shows_thread_colours(const Frame& f, const ConvolvePictures& pictures);
// What can be seen of a map of the output, and where its wipe is on the screen: each map has one, all move together.
scene::Rect seen_map(const ConvolvePictures& pictures, int map);
float wipe_at(const Frame& f, const ConvolvePictures& pictures, int map);
// Two outlines: visible on any picture, thinner than those of pixels.
void outline(const Frame& f, scene::Rect r);
// The output pixels (of a plane) that the block of a pixel made: empty where they are no rectangle.
std::optional<scene::Rect> block_outline(const ChosenStage& view, const ConvolvePictures& pictures,
                                         const ConvolvePixel& pixel);

}  // namespace warpscope::panels

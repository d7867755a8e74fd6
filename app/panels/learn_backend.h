// panels/learn_backend.h: where training runs: the control in Learn's toolbar and the card it opens, where a step's
// time goes, and back ends side by side. Floor 7. GUI thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "app/panels/ui.h"

namespace warpscope::panels {

// ---- Words (learn_backend_words.cpp): pure

// "CPU", "CUDA", "Virtual GPU": what scripts call the rows.
std::string_view row_name(training::BackendKind kind);
// "H100" for "NVIDIA H100 80GB HBM3", "RTX 4070" for "NVIDIA GeForce RTX 4070"; others as they are.
std::string short_device(std::string_view device);
// Without what follows the point: "CPU" for "CPU · 2 cores".
std::string shortest_device(std::string_view device);
// "1.24 ms", "37 µs": three digits at most.
std::string step_time_text(double seconds);
// "a 7th", "half", "12 %": what part of something `part` is, 0..1.
std::string part_text(double part);
// "1.4", "85", "140": how many times, as exactly as a measurement of a second or two is.
std::string times_text(double times);
// What the finished rows say, in a few sentences: the GPUs beside the CPU, 16 bits beside 32. "" before two are done.
std::string comparison_text(const session::BackendComparison& comparison);

// The back end that the settings lead to; "auto" is what it is at present.
training::BackendKind wanted_backend(const session::TrainingView& training, const session::LearnSettings& asked);
// Of this kind, where it was looked for.
const session::BackendChoice* find_choice(const session::TrainingView& training, training::BackendKind kind);
// Why it cannot be had with the back end that is asked for; "" where it can.
std::string precision_problem(const session::TrainingView& training, const session::LearnSettings& asked,
                              training::Precision precision);
// Memory ran out, and a smaller batch is not asked for yet: the batch that would fit.
std::optional<int> smaller_batch(const session::TrainingView& training);

// ---- Phases (learn_backend_phases.cpp)

struct TimedPhase {
  const char *name, *about;
  double training::PhaseTimes::*seconds;
};
inline constexpr std::array kTimedPhases{
    TimedPhase{"gather", "the batch's pictures are fetched and changed a little", &training::PhaseTimes::gather},
    TimedPhase{"forward", "layer by layer to the ten probabilities", &training::PhaseTimes::forward},
    TimedPhase{"backward", "from the loss back to every weight's gradient", &training::PhaseTimes::backward},
    TimedPhase{"update", "the optimiser moves every weight", &training::PhaseTimes::update},
};
// One bar, cut into the phases; grey where nothing was measured.
void draw_phase_bar(const Frame& f, scene::Rect r, const training::PhaseTimes& phases);
// A line a phase, for a tip.
std::string phase_lines(const training::PhaseTimes& phases);
// Swatch, name and time of each phase, in columns; returns the height.
float phase_legend_height(const Frame& f);
void draw_phase_legend(const Frame& f, scene::Rect r, const training::PhaseTimes& phases);

// ---- The control and its card (learn_backend.cpp, learn_backend_card.cpp)

// How much of itself the control shows.
enum class BackendLook : std::uint8_t { kFull, kShort, kMark, kInMore };
float backend_width(const Frame& f, BackendLook look);
// Takes what scripts set, too ("Back end", "Precision"), also where it is not drawn.
void take_backend_settings(const Frame& f);
void draw_backend_control(const Frame& f, scene::Rect r, BackendLook look);
// What hangs from the control while it is open.
void draw_backend_popover(const Frame& f, scene::Rect opener);

// Three squares of which one is lit, the next a moment later: something is under way.
void draw_busy(const Frame& f, scene::Vec2 centre);
float busy_width(const Frame& f);
// A ring is a device made of software, a disc a GPU.
void draw_device_mark(const Frame& f, scene::Vec2 centre, bool gpu, scene::Rgba ink);

// ---- Side by side (learn_backend_compare.cpp)

// Where a comparison's parts stand in a card of this width; columns that have no room are 0 wide.
struct ComparisonLayout {
  struct Column {
    float x = 0, w = 0;
  };
  scene::Rect card;
  Column name, rate, rate_bar, times, step, phases, loss, accuracy;
  float first_row = 0, row = 0;  // y, height
  float note = 0, text = 0;      // y of the paragraphs
};
// `right`, `top`: the card's corner. `width`: what there is.
ComparisonLayout layout_comparison(const Frame& f, float right, float top, float width,
                                   const session::BackendComparison& comparison);
// The least width in which it says what it has to.
float least_comparison_width(const Frame& f);
// Its parts as words, as they stand in the columns.
struct ComparisonCells {
  std::string name, precision, rate, times, step, loss, accuracy;
};
ComparisonCells comparison_cells(const session::BackendComparison& comparison, std::size_t row);
void draw_comparison(const Frame& f, const ComparisonLayout& layout, const session::BackendComparison& comparison);

}  // namespace warpscope::panels

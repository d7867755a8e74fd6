// session/convolve_commands.h: everything a person can ask of the Convolve workspace. Floor 5. Plain data.
#pragma once

#include <cstdint>
#include <variant>

#include "compute/drawings/drawing.h"
#include "compute/session/convolve_view.h"

namespace warpscope::session {

struct ShowPicture {
  static constexpr bool kReplacesOlder = true;
  PictureSource source;
};
// The digit on Learn's pad, as the network sees it; sent whenever it changes.
struct SetDrawnDigit {
  static constexpr bool kReplacesOlder = true;
  drawings::DigitImage image{};
};
struct SetConvolve {
  static constexpr bool kReplacesOlder = true;
  convolution::Settings settings;
};
struct PlayScene {
  bool playing = true;
};
// Nothing is computed while nobody looks.
struct SetConvolveVisible {
  static constexpr bool kReplacesOlder = true;
  bool visible = true;
};
struct ChooseDevice {
  device::Choice choice;
};
// Counts and times every variant with this picture and chain. Also done by itself when nothing has changed for a while
// and the picture has no more than 512 x 512 values.
struct MeasureVariants {};
struct PrepareStep {
  std::uint64_t id = 0;  // comes back in StepRequest
  int stage = 0;
  int plane = 0, x = 0, y = 0;  // of the output: the thread to be followed
  bool whole = false;           // all of the picture, however long that would be to record: for the SM map
};
struct SavePicture {  // a stage's output as PNG, in the range it has
  std::filesystem::path file;
  int stage = 0;
};

using ConvolveCommand = std::variant<ShowPicture, SetDrawnDigit, SetConvolve, PlayScene, SetConvolveVisible,
                                     ChooseDevice, MeasureVariants, PrepareStep, SavePicture>;

}  // namespace warpscope::session

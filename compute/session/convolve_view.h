// session/convolve_view.h: everything the Convolve workspace shows, as values that never change. Floor 5. Any thread
// may read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/convolution/chain.h"
#include "compute/convolution/engine.h"
#include "compute/device/open_device.h"
#include "compute/session/learn_view.h"
#include "compute/session/step_view.h"

namespace warpscope::session {

enum class PictureKind : std::uint8_t {
  kShipped,  // of assets/images
  kScene,    // drawn anew for every frame: something always moves
  kDrawing,  // the digit being drawn in Learn
  kDigit,    // of MNIST's validation pictures
  kFile,     // a person's own
};
struct PictureSource {
  PictureKind kind = PictureKind::kShipped;
  std::string name = "lighthouse";  // of kShipped
  int index = 0;                    // of kDigit
  std::filesystem::path file;       // of kFile
  bool colour = false;              // three planes where the picture has colours
  bool operator==(const PictureSource&) const = default;
};

// One thumbnail of the picker.
struct PictureChoice {
  PictureSource source;
  std::string title;                                    // "Lighthouse"
  std::shared_ptr<const convolution::Picture> preview;  // 56 x 56, grey or colour; null: not made yet
};

// What was computed from one picture with one chain. Immutable, shared between views.
struct ConvolveFrame {
  std::uint64_t version = 0;  // goes up with every frame
  std::uint64_t picture_version = 0;
  convolution::Settings settings;                     // that it was made with
  std::shared_ptr<const convolution::Picture> input;  // never null
  // One a stage, never null. While the GPU draws to the screen by itself they are of a slightly older frame of the same
  // sizes: read them for numbers, not for the picture.
  std::vector<std::shared_ptr<const convolution::Picture>> outputs;
  convolution::Run run;
  // The SM that each block ran on, one list a launch of `run`, as a real GPU says. Empty of the virtual one, whose SMs
  // are modelled: convolution::worker_of(). As old as the values of `outputs`.
  std::vector<std::vector<std::uint32_t>> ran_on;
  bool checked = false;      // compared with the reference
  double largest_error = 0;  // relative to the largest value; where checked
};

struct ConvolveTable {  // the variants side by side
  std::uint64_t version = 0;
  convolution::Settings settings;  // that were measured
  std::string device;              // that the times are of
  bool measuring = false;          // rows still come
  std::vector<convolution::VariantReport> rows;
};

// How a frame reaches the screen.
struct ScreenPath {
  enum class Kind : std::uint8_t { kUpload, kInterop } kind = Kind::kUpload;
  std::string why;  // why not by interop
};

struct ConvolveView {
  std::uint64_t version = 0;
  std::uint64_t answered = 0;  // commands done
  std::vector<PictureChoice> pictures;
  PictureSource source;
  std::string title;                           // of the picture: "Lighthouse", "cat.png"
  convolution::Settings settings;              // as asked; frame->settings may be older by a moment
  std::string problem;                         // why the settings or the picture asked for could not be used; "" else
  std::shared_ptr<const ConvolveFrame> frame;  // null until the first is there
  std::shared_ptr<const ConvolveTable> table;  // null until something was measured
  bool playing = true;                         // the moving scene moves
  device::DeviceStatus device;
  ScreenPath screen;
  double frames_per_second = 0;  // of the worker, over the last second; 0 while nothing moves
  std::optional<StepRequest> step;
  std::vector<Message> messages;  // newest last; as in LearnView
};

}  // namespace warpscope::session

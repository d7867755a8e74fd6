// session/convolve_pictures.h: where the Convolve workspace's pictures come from. Floor 5. The worker's thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compute/drawings/drawing.h"
#include "compute/session/convolve_view.h"
#include "compute/training/dataset.h"

namespace warpscope::session {

// Of assets/images.
struct ShippedPicture {
  std::string_view name, title;
  std::string_view file;         // grey
  std::string_view colour_file;  // "": it has no colours
};
const std::vector<ShippedPicture>& shipped_pictures();

inline constexpr int kLargestSide = 1024;  // pictures with a longer side are scaled down to it
inline constexpr int kPreviewSide = 56;

struct LoadedPicture {
  std::shared_ptr<const convolution::Picture> picture;  // never null
  std::string title;
  std::string note;  // what a person should know: "it was scaled down"; "" else
};

class ConvolvePictures {
 public:
  explicit ConvolvePictures(std::filesystem::path mnist_dir) : mnist_dir_(std::move(mnist_dir)) {}

  // The error says which picture cannot be had, why, and what is accepted. `scene_frame`: of kScene.
  base::Result<LoadedPicture> load(const PictureSource& source, std::uint64_t scene_frame);
  void set_drawn(const drawings::DigitImage& image) { drawn_ = image; }

 private:
  base::Result<LoadedPicture> load_digit(int index);

  std::filesystem::path mnist_dir_;
  std::shared_ptr<const training::Dataset> digits_;  // MNIST's validation pictures, once one was asked for
  drawings::DigitImage drawn_{};
};

// What the picker offers; no previews yet.
std::vector<PictureChoice> picture_choices();
// Averaged down to kPreviewSide, the middle square of it.
convolution::Picture preview_of(const convolution::Picture& picture);
// As it is where no side is longer than `longest`; else scaled down by averaging.
convolution::Picture scaled_down(convolution::Picture picture, int longest);

}  // namespace warpscope::session

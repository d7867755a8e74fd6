#include "compute/session/convolve_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compute/base/paths.h"
#include "compute/drawings/picture_file.h"
#include "compute/session/convolve_scene.h"

namespace warpscope::session {
namespace {

using convolution::Picture;

Picture picture_of(const std::uint8_t* grey, int width, int height) {
  Picture picture{width, height, 1, {}};
  picture.pixels.assign(grey, grey + static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  return picture;
}

base::Result<LoadedPicture> loaded(Picture picture, std::string title, std::string note = {}) {
  return LoadedPicture{std::make_shared<const Picture>(std::move(picture)), std::move(title), std::move(note)};
}

base::Result<Picture> read_file(const std::filesystem::path& file, bool colour) {
  const auto read = drawings::read_picture(file);
  if (!read) return tl::unexpected(read.error());
  const bool has_colours = colour && read->channels == 3;
  return Picture{read->width, read->height, has_colours ? 3 : 1,
                 has_colours ? drawings::planar(*read) : drawings::brightness(*read)};
}

base::Result<LoadedPicture> load_shipped(const PictureSource& source) {
  const auto& all = shipped_pictures();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == source.name; });
  if (found == all.end()) {
    std::string names;
    for (const ShippedPicture& p : all) names += (names.empty() ? "" : ", ") + std::string(p.name);
    return base::fail(fmt::format("there is no picture '{}'; there is: {}", source.name, names));
  }
  const bool colour = source.colour && !found->colour_file.empty();
  const auto file = base::find_asset(fmt::format("images/{}", colour ? found->colour_file : found->file));
  if (!file) return tl::unexpected(file.error());
  auto picture = read_file(*file, colour);
  if (!picture) return tl::unexpected(picture.error());
  return loaded(std::move(*picture), std::string(found->title));
}

base::Result<LoadedPicture> load_file(const PictureSource& source) {
  auto picture = read_file(source.file, source.colour);
  if (!picture) return tl::unexpected(picture.error());
  const int width = picture->width, height = picture->height;
  Picture scaled = scaled_down(std::move(*picture), kLargestSide);
  const std::string title = source.file.filename().string();
  std::string note;
  if (scaled.width != width || scaled.height != height) {
    note = fmt::format("{} is {} x {}; it was averaged down to {} x {}", title, width, height, scaled.width,
                       scaled.height);
  }
  return loaded(std::move(scaled), title, std::move(note));
}

// The mean of a part of a plane; bounds are in pixels and may cut through them.
float mean_of(const Picture& picture, int plane, double left, double top, double right, double bottom) {
  double sum = 0, area = 0;
  for (int y = static_cast<int>(top); y < picture.height && y < bottom; ++y) {
    const double rows = std::min<double>(y + 1, bottom) - std::max<double>(y, top);
    for (int x = static_cast<int>(left); x < picture.width && x < right; ++x) {
      const double part = rows * (std::min<double>(x + 1, right) - std::max<double>(x, left));
      sum += part * static_cast<double>(picture.at(plane, x, y));
      area += part;
    }
  }
  return area > 0 ? static_cast<float>(sum / area) : 0.0F;
}

// A part of the picture that begins at (left, top), a pixel for `step` x `step` of its own.
Picture averaged(const Picture& picture, double left, double top, double step, int width, int height) {
  Picture out{width, height, picture.planes, {}};
  out.pixels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                     static_cast<std::size_t>(picture.planes));
  for (int plane = 0; plane < picture.planes; ++plane) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double at_x = left + x * step, at_y = top + y * step;
        out.pixels.push_back(mean_of(picture, plane, at_x, at_y, at_x + step, at_y + step));
      }
    }
  }
  return out;
}

}  // namespace

const std::vector<ShippedPicture>& shipped_pictures() {
  static const std::vector<ShippedPicture> all{
      {"lighthouse", "Lighthouse", "lighthouse-grey.png", "lighthouse.png"},
      {"rings", "Rings", "rings.png", ""},
      {"checks", "Checks", "checks.png", ""},
      {"step", "Step", "step.png", ""},
      {"ramp", "Ramp", "ramp.png", ""},
      {"letters", "Letters", "letters.png", ""},
      {"window", "Stained glass", "window-grey.png", "window.png"},
      {"mountains", "Mountains", "mountains-grey.png", "mountains.png"},
  };
  return all;
}

base::Result<LoadedPicture> ConvolvePictures::load(const PictureSource& source, std::uint64_t scene_frame) {
  switch (source.kind) {
    case PictureKind::kShipped:
      return load_shipped(source);
    case PictureKind::kScene:
      return loaded(draw_scene(scene_frame, source.colour), "Moving scene");
    case PictureKind::kDrawing:
      return loaded(picture_of(drawn_.data(), drawings::kImageSide, drawings::kImageSide), "Drawing");
    case PictureKind::kDigit:
      return load_digit(source.index);
    case PictureKind::kFile:
      break;
  }
  return load_file(source);
}

base::Result<LoadedPicture> ConvolvePictures::load_digit(int index) {
  if (!digits_) {
    const auto split = training::read_split(mnist_dir_);
    if (!split) return tl::unexpected(split.error());
    digits_ = split->validation;
  }
  if (index < 0 || index >= digits_->count()) {
    return base::fail(fmt::format("there is no digit {}; there are 0 to {}", index, digits_->count() - 1));
  }
  const auto pixels = digits_->picture(index);  // its first plane
  return loaded(picture_of(pixels.data(), digits_->shape.width, digits_->shape.height),
                fmt::format("Digit {}, a {}", index, digits_->labels[static_cast<std::size_t>(index)]));
}

std::vector<PictureChoice> picture_choices() {
  std::vector<PictureChoice> choices;
  const auto add = [&](PictureKind kind, std::string name, std::string title) {
    PictureChoice choice;
    choice.source.kind = kind;
    choice.source.name = std::move(name);
    choice.title = std::move(title);
    choices.push_back(std::move(choice));
  };
  for (const ShippedPicture& p : shipped_pictures()) {
    add(PictureKind::kShipped, std::string(p.name), std::string(p.title));
  }
  // Beside the still pictures, where they are seen without scrolling.
  const auto at = choices.begin() + 3;
  PictureChoice drawing, scene;
  drawing.source.kind = PictureKind::kDrawing;
  drawing.title = "Drawing";
  scene.source.kind = PictureKind::kScene;
  scene.title = "Moving";
  choices.insert(at, {drawing, scene});
  add(PictureKind::kDigit, "", "MNIST");
  return choices;
}

convolution::Picture preview_of(const convolution::Picture& picture) {
  const int side = std::min(picture.width, picture.height);
  const double left = (picture.width - side) / 2.0, top = (picture.height - side) / 2.0;
  return averaged(picture, left, top, static_cast<double>(side) / kPreviewSide, kPreviewSide, kPreviewSide);
}

convolution::Picture scaled_down(convolution::Picture picture, int longest) {
  const int side = std::max(picture.width, picture.height);
  if (side <= longest) return picture;
  const double step = static_cast<double>(side) / longest;
  const auto scaled = [&](int length) { return std::max(1, static_cast<int>(std::lround(length / step))); };
  return averaged(picture, 0, 0, step, scaled(picture.width), scaled(picture.height));
}

}  // namespace warpscope::session

#include "app/convolve_screen.h"

#include <algorithm>
#include <array>
#include <span>

#include "app/scene/theme.h"

namespace warpscope::app {
namespace {

constexpr int kTableSize = 256;
enum Table { kGrey, kSigned, kCividis };

std::vector<scene::Rgba> colour_tables() {
  std::vector<scene::Rgba> tables;
  for (const Table table : {kGrey, kSigned, kCividis}) {
    for (int i = 0; i < kTableSize; ++i) {
      const float t = static_cast<float>(i) / (kTableSize - 1);
      tables.push_back(table == kGrey     ? scene::grey(t)
                       : table == kSigned ? scene::signed_color(t * 2 - 1)
                                          : scene::cividis(t));
    }
  }
  return tables;
}

struct Look {
  gl::FieldColours colours;
  Table table;
};
constexpr std::array<Look, panels::kFieldLooks> kLooks{{
    {gl::FieldColours::kTable, kGrey},
    {gl::FieldColours::kTable, kSigned},
    {gl::FieldColours::kTable, kCividis},
    {gl::FieldColours::kRgb, kGrey},
    {gl::FieldColours::kDifference, kSigned},
    {gl::FieldColours::kStrength, kGrey},
}};

struct AtlasSize {
  int width, height;
};
// The smallest that holds all of a frame is taken; the last one where none does.
constexpr std::array<AtlasSize, 5> kAtlasSizes{{{1024, 2048}, {2048, 2048}, {2048, 4096}, {4096, 4096}, {4096, 8192}}};

bool holds(const AtlasSize& atlas, const session::ConvolveFrame& frame) {
  const auto last = static_cast<int>(frame.outputs.size());
  const auto planes = frame.outputs.empty() ? frame.input->planes : frame.outputs.back()->planes;
  return session::atlas_place(frame, last, planes - 1, atlas.width, atlas.height).has_value();
}

}  // namespace

ConvolveScreen::ConvolveScreen(session::ConvolveSession& session) : session_(session), shader_(colour_tables()) {}

ConvolveScreen::~ConvolveScreen() {
  if (texture_) session_.detach_texture();
}

void ConvolveScreen::set_size(int width, int height) {
  width_ = width;
  height_ = height;
}

void ConvolveScreen::make_room(const session::ConvolveFrame& frame) {
  const int most = gl::FieldTexture::largest_side();
  AtlasSize wanted = kAtlasSizes.front();
  for (const AtlasSize& size : kAtlasSizes) {
    if (size.width > most || size.height > most) break;
    wanted = size;
    if (holds(size, frame)) break;
  }
  const bool enough = texture_ && texture_->width() >= wanted.width && texture_->height() >= wanted.height;
  if (enough) return;
  if (texture_) session_.detach_texture();
  texture_ = std::make_unique<gl::FieldTexture>(wanted.width, wanted.height);
  session_.attach_texture(texture_->id(), wanted.width, wanted.height);
  uploaded_ = 0;
}

void ConvolveScreen::upload(const session::ConvolveFrame& frame) {
  const auto put = [&](int index, const convolution::Picture& picture) {
    const std::size_t size = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
    for (int plane = 0; plane < picture.planes; ++plane) {
      const auto place = session::atlas_place(frame, index, plane, texture_->width(), texture_->height());
      if (!place) return;
      texture_->upload(std::span(picture.pixels).subspan(static_cast<std::size_t>(plane) * size, size), place->x,
                       place->y, place->width, place->height);
    }
  };
  put(0, *frame.input);
  for (std::size_t i = 0; i < frame.outputs.size(); ++i) put(static_cast<int>(i) + 1, *frame.outputs[i]);
}

void ConvolveScreen::follow(const session::ConvolveView& view, panels::Fields& fields) {
  fields.painter = this;
  if (!view.frame) return;
  make_room(*view.frame);
  fields.atlas_width = texture_->width();
  fields.atlas_height = texture_->height();
  if (session_.present() != 0) {
    uploaded_ = 0;  // the GPU's own: what is copied would be older
    return;
  }
  if (uploaded_ == view.frame->version) return;
  uploaded_ = view.frame->version;
  upload(*view.frame);
}

void ConvolveScreen::paint(const panels::FieldPicture& picture, scene::Rect clip) {
  if (!texture_) return;
  const Look& look = kLooks[static_cast<std::size_t>(picture.look)];
  gl::FieldDraw what;
  what.where = {picture.where.x, picture.where.y, picture.where.w, picture.where.h};
  what.clip = {clip.x, clip.y, clip.w, clip.h};
  what.screen_width = static_cast<float>(width_);
  what.screen_height = static_cast<float>(height_);
  what.colours = look.colours;
  what.table = look.table;
  what.low = picture.low;
  what.high = picture.high;
  what.width = picture.planes[0].width;
  what.height = picture.planes[0].height;
  for (std::size_t i = 0; i < picture.planes.size(); ++i) what.origins[i] = {picture.planes[i].x, picture.planes[i].y};
  shader_.draw(*texture_, what);
}

void ConvolveScreen::multiply() {
  gl::multiply_colours();
}

}  // namespace warpscope::app

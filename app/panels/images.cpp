#include "app/panels/images.h"

#include <algorithm>
#include <cstddef>

namespace warpscope::panels {
namespace {

// A transparent pixel between pictures: neighbours never bleed in, whatever the sampler does at an edge.
constexpr int kGap = 1;
// Frames after which a picture that nobody drew may lose its place when room is short.
constexpr std::uint64_t kStaleFrames = 2;

}  // namespace

void Images::draw(ImDrawList& list, const std::string& key, std::uint64_t version, int width, int height,
                  const std::function<void(std::span<scene::Rgba>)>& paint, scene::Rect where) {
  if (width <= 0 || height <= 0 || width > kSide || height > kSide) return;
  if (pixels_.empty()) pixels_.resize(static_cast<std::size_t>(kSide) * kSide);
  auto found = slots_.find(key);
  const bool fits = found != slots_.end() && found->second.width == width && found->second.height == height;
  Slot* slot = fits ? &found->second : place(key, width, height);
  if (slot == nullptr) return;
  if (!fits || slot->version != version) {
    std::vector<scene::Rgba> picture(static_cast<std::size_t>(width) * height);
    paint(picture);
    for (int row = 0; row < height; ++row) {
      std::copy_n(picture.begin() + static_cast<std::ptrdiff_t>(row) * width, width,
                  pixels_.begin() + static_cast<std::ptrdiff_t>(slot->y + row) * kSide + slot->x);
    }
    slot->version = version;
    mark_dirty(*slot);
  }
  slot->last_frame = frame_;
  const auto u = [](int pixel) { return static_cast<float>(pixel) / kSide; };
  list.AddImage(texture_, {where.x, where.y}, {where.right(), where.bottom()}, {u(slot->x), u(slot->y)},
                {u(slot->x + width), u(slot->y + height)});
}

Images::Slot* Images::place(const std::string& key, int width, int height) {
  slots_.erase(key);
  const auto try_shelves = [&]() -> Slot* {
    for (Shelf& shelf : shelves_) {
      if (shelf.height != height + kGap || shelf.used + width + kGap > kSide) continue;
      Slot& slot = slots_[key];
      slot = {.x = shelf.used, .y = shelf.y, .width = width, .height = height};
      shelf.used += width + kGap;
      return &slot;
    }
    const int top = shelves_.empty() ? 0 : shelves_.back().y + shelves_.back().height;
    if (top + height + kGap > kSide) return nullptr;
    shelves_.push_back({.y = top, .height = height + kGap, .used = width + kGap});
    Slot& slot = slots_[key];
    slot = {.x = 0, .y = top, .width = width, .height = height};
    return &slot;
  };
  if (Slot* slot = try_shelves()) return slot;

  // Full. What has not been drawn for a while goes; a place is only reused by a picture of its own size.
  const Slot* reusable = nullptr;
  std::string owner;
  for (const auto& [name, slot] : slots_) {
    const bool stale = slot.last_frame + kStaleFrames <= frame_;
    if (stale && slot.width == width && slot.height == height &&
        (reusable == nullptr || slot.last_frame < reusable->last_frame)) {
      reusable = &slot;
      owner = name;
    }
  }
  if (reusable != nullptr) {
    const Slot taken = *reusable;
    slots_.erase(owner);
    Slot& slot = slots_[key];
    slot = {.x = taken.x, .y = taken.y, .width = width, .height = height};
    return &slot;
  }
  crowded_ = true;
  return nullptr;
}

void Images::mark_dirty(const Slot& slot) {
  if (dirty_.width == 0) {
    dirty_ = {slot.x, slot.y, slot.width, slot.height};
    return;
  }
  const int right = std::max(dirty_.x + dirty_.width, slot.x + slot.width);
  const int bottom = std::max(dirty_.y + dirty_.height, slot.y + slot.height);
  dirty_.x = std::min(dirty_.x, slot.x);
  dirty_.y = std::min(dirty_.y, slot.y);
  dirty_.width = right - dirty_.x;
  dirty_.height = bottom - dirty_.y;
}

Images::Dirty Images::take_dirty() {
  const Dirty dirty = dirty_;
  dirty_ = {};
  return dirty;
}

void Images::end_frame() {
  ++frame_;
  if (!crowded_) return;
  // Shelves of sizes no longer used (after a zoom, say) are in the way: begin anew, everything is painted again.
  crowded_ = false;
  slots_.clear();
  shelves_.clear();
}

}  // namespace warpscope::panels

#include "compute/cuda/atlas.h"

#include <fmt/format.h>

#include <algorithm>

namespace warpscope::cuda {
namespace {

constexpr std::size_t kTexel = sizeof(float);

std::size_t at(int value) {
  return static_cast<std::size_t>(value);
}

tl::unexpected<CudaError> does_not_fit(int width, int height) {
  return tl::unexpected(
      CudaError{{fmt::format("a piece of the picture lies outside its atlas of {} x {} texels", width, height), {}},
                CUresult::kInvalidValue});
}

// From a piece's floats; where to is the caller's.
CUDA_MEMCPY2D copy_of(const AtlasPiece& piece, int atlas_width) {
  CUDA_MEMCPY2D copy;
  copy.srcMemoryType = CUmemorytype::kDevice;
  copy.srcDevice = piece.from;
  copy.srcPitch = piece.pitch_bytes != 0 ? piece.pitch_bytes : at(piece.width) * kTexel;
  copy.dstXInBytes = at(piece.x) * kTexel;
  copy.dstY = at(piece.y);
  copy.dstPitch = at(atlas_width) * kTexel;
  copy.WidthInBytes = at(piece.width) * kTexel;
  copy.Height = at(piece.height);
  return copy;
}

// Whichever thread is the last to need them.
template <class Slots>
void give_back(const Context& context, Slots& slots) {
  const auto held = context.hold();
  (void)context.make_current();
  slots = {};
}

}  // namespace

bool fit(std::span<const AtlasPiece> pieces, int width, int height) {
  return std::all_of(pieces.begin(), pieces.end(), [&](const AtlasPiece& p) {
    return p.x >= 0 && p.y >= 0 && p.width > 0 && p.height > 0 && p.x <= width - p.width && p.y <= height - p.height;
  });
}

void ThreeSlots::publish() {
  back_ = middle_.exchange(static_cast<std::uint8_t>(back_ | kFresh), std::memory_order_acq_rel) & kIndex;
}

bool ThreeSlots::take() {
  if ((middle_.load(std::memory_order_relaxed) & kFresh) == 0) return false;
  front_ = middle_.exchange(front_, std::memory_order_acq_rel) & kIndex;
  return true;
}

// ---- AtlasRing

CudaResult<std::shared_ptr<AtlasRing>> AtlasRing::create(const std::shared_ptr<Context>& context, int width,
                                                         int height) {
  std::shared_ptr<AtlasRing> ring(new AtlasRing(context, width, height));
  for (Slot& slot : ring->slots_) {
    auto memory = make_device_memory(context, at(width) * at(height) * kTexel);
    if (!memory) return tl::unexpected(memory.error());
    auto ready = make_event(context, EventUse::kOrder);
    if (!ready) return tl::unexpected(ready.error());
    auto taken = make_event(context, EventUse::kOrder);
    if (!taken) return tl::unexpected(taken.error());
    slot.memory = std::move(*memory);
    slot.ready = std::move(*ready);
    slot.taken = std::move(*taken);
    slot.picture.ready = slot.ready.get();
    slot.picture.taken = slot.taken.get();
  }
  return ring;
}

AtlasRing::~AtlasRing() {
  give_back(*context_, slots_);
}

CudaResult<void> AtlasRing::publish(CUstream stream, std::span<const AtlasPiece> pieces, std::uint64_t frame) {
  if (!fit(pieces, width_, height_)) return does_not_fit(width_, height_);
  const Driver& driver = context_->driver();
  Slot& slot = slots_[turn_.back()];
  // Never recorded (the reader never saw this slot): nothing to wait for.
  if (auto fine =
          driver.check(driver->cuStreamWaitEvent(stream, slot.picture.taken, 0), "a picture cannot be handed on");
      !fine)
    return fine;
  slot.picture.pieces.assign(pieces.begin(), pieces.end());
  slot.picture.frame = frame;
  for (AtlasPiece& piece : slot.picture.pieces) {
    CUDA_MEMCPY2D copy = copy_of(piece, width_);
    copy.dstMemoryType = CUmemorytype::kDevice;
    copy.dstDevice = slot.memory.get();
    if (auto fine = driver.check(driver->cuMemcpy2DAsync_v2(&copy, stream), "a picture cannot be handed on"); !fine)
      return fine;
    piece.pitch_bytes = copy.dstPitch;
    piece.from = slot.memory.get() + copy.dstY * copy.dstPitch + copy.dstXInBytes;
  }
  if (auto fine = driver.check(driver->cuEventRecord(slot.picture.ready, stream), "a picture cannot be handed on");
      !fine)
    return fine;
  turn_.publish();
  return {};
}

const AtlasRing::Picture* AtlasRing::take() {
  return alive() && turn_.take() ? &slots_[turn_.front()].picture : nullptr;
}

}  // namespace warpscope::cuda

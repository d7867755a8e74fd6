// cuda/atlas.h: finished pictures on their way from the thread that computes to the thread that draws. Floor 2.
// A picture is an atlas of float texels. There are three of them: one is written, one is ready, one is drawn, and
// neither thread waits for the other on the host.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compute/cuda/handles.h"

namespace warpscope::cuda {

// A rectangle of an atlas, in texels, and the floats on the device that it takes.
struct AtlasPiece {
  int x = 0, y = 0, width = 0, height = 0;
  CUdeviceptr from = 0;
  std::size_t pitch_bytes = 0;  // from row to row of `from`; 0: width * 4
};

// Whether all of them lie in an atlas of this size.
bool fit(std::span<const AtlasPiece> pieces, int width, int height);

// Which of three slots is whose. One writer thread, one reader thread, no lock.
class ThreeSlots {
 public:
  std::size_t back() const { return back_; }  // the writer's
  // Writer: back() is finished; another becomes back(): one the reader has put down, or never saw.
  void publish();
  // Reader: true where something newer was finished, which is front() from now on.
  bool take();
  std::size_t front() const { return front_; }  // the reader's

 private:
  static constexpr std::uint8_t kFresh = 4, kIndex = 3;
  std::uint8_t back_ = 0;
  std::atomic<std::uint8_t> middle_{1};
  std::uint8_t front_ = 2;
};

// The atlases on the device: the way by interop, without a byte over the bus.
class AtlasRing {
 public:
  // By the owner of the context.
  static CudaResult<std::shared_ptr<AtlasRing>> create(const std::shared_ptr<Context>& context, int width, int height);

  ~AtlasRing();
  AtlasRing(const AtlasRing&) = delete;
  AtlasRing& operator=(const AtlasRing&) = delete;

  // Writer: copies the pieces on its stream, behind the kernels that make them. `frame`: any number that tells pictures
  // apart. All pieces of a picture every time: three atlases take turns. After a reset of the context it is useless.
  CudaResult<void> publish(CUstream stream, std::span<const AtlasPiece> pieces, std::uint64_t frame);

  struct Picture {
    std::vector<AtlasPiece> pieces;  // places in the atlas; `from` within `memory`
    std::uint64_t frame = 0;         // 0: nothing yet
    CUevent ready = nullptr;         // the reader's stream waits for it before it reads
    CUevent taken = nullptr;         // the reader's stream records it after it has read
  };
  // Reader: the newest picture; null where it has been taken before, or there is none. It stays as it is until the next
  // call. The reader holds the context meanwhile.
  const Picture* take();

  int width() const { return width_; }
  int height() const { return height_; }
  bool alive() const { return slots_[0].memory.alive(); }

 private:
  struct Slot {
    DeviceMemory memory;
    Event ready, taken;
    Picture picture;
  };
  AtlasRing(std::shared_ptr<Context> context, int width, int height)
      : context_(std::move(context)), width_(width), height_(height) {}

  std::shared_ptr<Context> context_;
  int width_, height_;
  ThreeSlots turn_;
  std::array<Slot, 3> slots_;
};

}  // namespace warpscope::cuda

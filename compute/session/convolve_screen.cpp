#include "compute/session/convolve_screen.h"

#include <utility>
#include <vector>

#include "compute/session/convolve_session.h"

namespace warpscope::session {
namespace {

constexpr const char* kVirtual =
    "The virtual GPU computes in the computer's own memory; its pictures are copied to the screen.";
constexpr const char* kNoTexture = "No window shows the pictures.";
constexpr const char* kTooLarge = "These pictures together are larger than the window's texture.";

// Every plane with its place in the atlas; empty where one has none.
std::vector<cuda::AtlasPiece> pieces_of(const ConvolveFrame& frame, int width, int height) {
  std::vector<cuda::AtlasPiece> pieces;
  for (int picture = 0; picture <= static_cast<int>(frame.run.outputs.size()); ++picture) {
    const auto output = static_cast<std::size_t>(picture) - 1;
    const int planes = picture == 0 ? frame.input->planes : frame.run.sizes[output].planes;
    const device::Address first = picture == 0 ? frame.run.input : frame.run.outputs[output];
    for (int plane = 0; plane < planes; ++plane) {
      const auto place = atlas_place(frame, picture, plane, width, height);
      if (!place) return {};
      const auto pixels = static_cast<std::uint64_t>(place->width) * static_cast<std::uint64_t>(place->height);
      pieces.push_back({place->x, place->y, place->width, place->height,
                        first + sizeof(float) * pixels * static_cast<std::uint64_t>(plane), 0});
    }
  }
  return pieces;
}

}  // namespace

ConvolveScreen::Shared ConvolveScreen::shared() const {
  const std::lock_guard lock(mutex_);
  return shared_;
}

// ---- The thread of the OpenGL context

void ConvolveScreen::attach(unsigned texture, int width, int height) {
  detach();
  const std::lock_guard lock(mutex_);
  shared_.texture = {texture, width, height};
}

void ConvolveScreen::detach() {
  port_.reset();
  presented_.reset();
  in_texture_ = 0;
  const std::lock_guard lock(mutex_);
  shared_.texture = {};
  shared_.open = false;
  shared_.why.clear();
}

void ConvolveScreen::close(std::string why) {
  port_.reset();
  in_texture_ = 0;
  const std::lock_guard lock(mutex_);
  shared_.open = false;
  shared_.why = std::move(why);
}

std::uint64_t ConvolveScreen::present() {
  const Shared now = shared();
  if (now.texture.name == 0 || !now.ring) {
    if (port_) close("");
    presented_.reset();
    return in_texture_ = 0;
  }
  if (presented_ != now.ring) {
    // Another GPU, or the same one set up anew. Tried once.
    presented_ = now.ring;
    close("");
    auto port = cuda::GlPort::open(now.context, now.texture.name, now.texture.width, now.texture.height);
    if (!port) {
      close(port.error().message);
      return 0;
    }
    port_ = std::move(*port);
    const std::lock_guard lock(mutex_);
    shared_.open = true;
  }
  if (!port_) return 0;
  const auto frame = port_->present(*now.ring);
  if (!frame) {
    close(frame.error().message);
    return 0;
  }
  if (*frame) in_texture_ = **frame;
  return in_texture_;
}

// ---- The worker

base::Result<bool> ConvolveScreen::publish(device::CudaDevice* gpu, const ConvolveFrame& frame) {
  Shared now = shared();
  std::vector<cuda::AtlasPiece> pieces;
  if (gpu != nullptr && now.texture.name != 0) pieces = pieces_of(frame, now.texture.width, now.texture.height);
  const auto tell = [&](std::shared_ptr<cuda::AtlasRing> ring) {
    const std::lock_guard lock(mutex_);
    shared_.context = gpu == nullptr ? nullptr : gpu->context();
    shared_.ring = std::move(ring);
  };
  if (pieces.empty()) {
    tell(nullptr);
    return false;
  }
  const bool fits = now.ring && now.ring->alive() && now.context == gpu->context() &&
                    now.ring->width() == now.texture.width && now.ring->height() == now.texture.height;
  if (!fits) {
    auto made = cuda::AtlasRing::create(gpu->context(), now.texture.width, now.texture.height);
    if (!made) {
      tell(nullptr);
      return tl::unexpected(gpu->respond(made.error()));
    }
    now.ring = std::move(*made);
  }
  if (auto fine = now.ring->publish(gpu->stream(), pieces, frame.version); !fine) {
    tell(nullptr);
    return tl::unexpected(gpu->respond(fine.error()));
  }
  tell(now.ring);
  return fits && now.open;
}

ScreenPath ConvolveScreen::path() const {
  const Shared now = shared();
  if (now.open && now.ring) return {ScreenPath::Kind::kInterop, ""};
  if (!now.why.empty()) return {ScreenPath::Kind::kUpload, now.why};
  if (!now.context) return {ScreenPath::Kind::kUpload, kVirtual};
  return {ScreenPath::Kind::kUpload, now.texture.name == 0 ? kNoTexture : kTooLarge};
}

}  // namespace warpscope::session

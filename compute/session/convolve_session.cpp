#include "compute/session/convolve_session.h"

#include <thread>
#include <utility>

#include "compute/session/convolve_worker.h"

namespace warpscope::session {
namespace {

using Urgency = ConvolveWorker::Urgency;

// Only what makes a frame pointless may cut it short: while a filter is dragged, new settings come faster than frames.
template <class C>
constexpr Urgency kUrgency =
    std::is_same_v<C, ShowPicture> || std::is_same_v<C, ChooseDevice> || std::is_same_v<C, StopConvolve>
        ? Urgency::kFrame
    : std::is_same_v<C, MeasureVariants> ? Urgency::kNone
                                         : Urgency::kMeasuring;

}  // namespace

struct ConvolveSession::Impl {
  Impl(ConvolveOptions options, std::function<void()> wake)
      : worker(std::move(options), std::move(wake), screen), thread([this] { worker.run(); }) {}
  ~Impl() {
    worker.push(StopConvolve{}, kUrgency<StopConvolve>);
    thread.join();
  }
  ConvolveScreen screen;
  ConvolveWorker worker;
  std::thread thread;
};

ConvolveSession::ConvolveSession(ConvolveOptions options, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(wake))) {}

ConvolveSession::~ConvolveSession() = default;

void ConvolveSession::send(ConvolveCommand command) {
  std::visit(
      [this](auto& c) {
        using C = std::decay_t<decltype(c)>;
        impl_->worker.push(std::move(c), kUrgency<C>);
      },
      command);
}

std::uint64_t ConvolveSession::sent() const {
  return impl_->worker.sent();
}

const std::shared_ptr<const ConvolveView>& ConvolveSession::view() {
  return impl_->worker.view();
}

std::optional<int> ConvolveSession::gpu_of_context(std::string& why) {
  const auto driver = cuda::Driver::open();
  if (!driver) {
    why = driver.error().message;
    return std::nullopt;
  }
  const auto gpu = cuda::GlPort::gpu_of_context(**driver);
  if (gpu) return *gpu;
  why = gpu.error().message;
  return std::nullopt;
}

void ConvolveSession::attach_texture(unsigned gl_texture, int width, int height) {
  impl_->screen.attach(gl_texture, width, height);
}

void ConvolveSession::detach_texture() {
  impl_->screen.detach();
}

std::uint64_t ConvolveSession::present() {
  return impl_->screen.present();
}

}  // namespace warpscope::session

// The Convolve workspace without its window, on the virtual GPU: frames a second of the moving scene, from the drawing
// of the scene to the view that has the filtered picture; and how long a person who changes a filter waits for it.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <vector>

#include "compute/session/convolve_session.h"

namespace {

using namespace warpscope;
using Clock = std::chrono::steady_clock;

int failed = 0;

void show(const std::string& what, double figure, const char* unit, double asked, bool at_least) {
  const bool met = at_least ? figure >= asked : figure <= asked;
  failed += met ? 0 : 1;
  fmt::print("{:<52} {:>8.4g} {:<10} asked: {} {:.3g} {}\n", what, figure, unit, at_least ? ">=" : "<=", asked,
             met ? "met" : "NOT MET");
}

double seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

class Session {
 public:
  Session()
      : session_({.data_dir = std::filesystem::temp_directory_path(),
                  .mnist_dir = "",
                  .device = {.wanted = device::Wanted::kVirtual, .ordinal = {}},
                  .frames_per_second = 0},
                 [this] {
                   ++woken_;
                   woken_.notify_all();
                 }) {}

  template <class Command>
  void answer(Command command) {
    session_.send(std::move(command));
    until([this] { return view().answered >= session_.sent(); });
  }
  // Frames a second over so many seconds.
  double rate(double of_seconds) {
    const auto begin = Clock::now();
    const std::uint64_t first = view().frame->version;
    until([&] { return seconds(begin) >= of_seconds; });
    return static_cast<double>(view().frame->version - first) / seconds(begin);
  }

 private:
  const session::ConvolveView& view() { return *session_.view(); }
  template <class Holds>
  void until(Holds holds) {
    for (std::uint32_t seen = woken_; !holds(); seen = woken_) {
      if (!holds()) woken_.wait(seen);
    }
  }

  std::atomic<std::uint32_t> woken_{0};
  session::ConvolveSession session_;
};

convolution::Settings blur(float sigma, convolution::Variant variant) {
  convolution::Settings settings;
  settings.variant = variant;
  convolution::Stage stage;
  stage.filters = {convolution::gaussian(5, sigma)};
  settings.chain = {std::move(stage)};
  return settings;
}

}  // namespace

int main() {
  Session session;
  session::PictureSource scene;
  scene.kind = session::PictureKind::kScene;
  session.answer(session::ShowPicture{scene});
  fmt::print("256 x 256 grey, 5 x 5 Gaussian, virtual GPU\n");
  for (const convolution::Variant variant : convolution::kVariants) {
    session.answer(session::SetConvolve{blur(1, variant)});
    session.rate(0.3);  // so that nothing is being loaded any more
    // Only the one that the workspace begins with has a figure to reach.
    const bool asked = variant == convolution::Variant::kTiled;
    show(fmt::format("frames of the moving scene: {}", convolution::title_of(variant)), session.rate(2), "a second",
         asked ? 30 : 0, true);
  }
  session.answer(session::SetConvolve{blur(1, convolution::Variant::kTiled)});
  session.answer(session::PlayScene{false});
  std::vector<double> waits;
  for (int i = 0; i < 60; ++i) {
    const auto begin = Clock::now();
    session.answer(session::SetConvolve{blur(0.5F + 0.02F * static_cast<float>(i), convolution::Variant::kTiled)});
    waits.push_back(1000 * seconds(begin));
  }
  std::sort(waits.begin(), waits.end());
  show("a changed filter until its picture, median of 60", waits[waits.size() / 2], "ms", 1000.0 / 30, false);
  return failed == 0 ? 0 : 1;
}

// bench_convolution: frames a second of every way to convolve, from the picture in host memory to the result there.
//
// A picture of 256 x 256, a filter of 5 x 5, on the virtual GPU with all cores: each frame is another picture, which is
// uploaded, convolved and read back. The first figure is the median of a few hundred frames; exit code 1 where the
// variant in use (tiled) is below 30 frames a second.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "compute/convolution/engine.h"
#include "compute/device/virtual_device.h"

namespace {

using namespace warpscope;
using namespace warpscope::convolution;
using Clock = std::chrono::steady_clock;

constexpr int kSide = 256;
constexpr double kSecondsEach = 1.5;
constexpr double kLeastFrames = 30;  // a second

Picture noise(int side) {
  std::mt19937 draw(1);
  Picture picture{side, side, 1, {}};
  for (int i = 0; i < side * side; ++i) picture.pixels.push_back(static_cast<float>(draw() % 256));
  return picture;
}

// Median seconds a frame; below 0 where something failed, which is told.
double seconds_a_frame(Engine& engine, Picture picture, const Settings& settings, double& kernels) {
  std::vector<double> frames, inside;
  const auto begin = Clock::now();
  for (std::uint64_t version = 1; std::chrono::duration<double>(Clock::now() - begin).count() < kSecondsEach;
       ++version) {
    picture.pixels[version % picture.pixels.size()] += 1;
    const auto start = Clock::now();
    const auto run = engine.run(picture, version, settings, {});
    const auto output = run ? engine.read(*run, static_cast<int>(settings.chain.size()) - 1)
                            : base::Result<Picture>(tl::unexpected(run.error()));
    if (!output) {
      fmt::print(stderr, "{}\n", output.error().text());
      return -1;
    }
    frames.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    inside.push_back(run->seconds);
  }
  std::ranges::sort(frames);
  std::ranges::sort(inside);
  kernels = inside[inside.size() / 2];
  return frames[frames.size() / 2];
}

}  // namespace

int main() {
  device::VirtualDevice device;
  auto engine = Engine::create(device);
  if (!engine) {
    fmt::print(stderr, "{}\n", engine.error().text());
    return 1;
  }
  fmt::print("{}, {} x {}, filter 5 x 5\n", device.name(), kSide, kSide);
  bool fast_enough = true;
  for (const Variant variant : kVariants) {
    Settings settings;
    settings.chain.push_back({StageKind::kFilter, {gaussian(5, 1.2F)}, Border::kClamp, 1, 1, Stage::kSame});
    settings.variant = variant;
    double kernels = 0;
    const double seconds = seconds_a_frame(*engine, noise(kSide), settings, kernels);
    if (seconds < 0) return 1;
    const auto counts = engine->count(noise(kSide), settings, {});
    if (!counts) return 1;
    fmt::print("{:<12} {:7.1f} frames/s  {:6.2f} ms a frame, {:6.2f} ms of them kernels  {:>9} warp instructions\n",
               key_of(variant), 1 / seconds, 1e3 * seconds, 1e3 * kernels, counts->warp_instructions);
    if (variant == Settings{}.variant && 1 / seconds < kLeastFrames) fast_enough = false;
  }
  if (!fast_enough) fmt::print(stderr, "tiled is below {} frames a second\n", kLeastFrames);
  return fast_enough ? 0 : 1;
}

// Frames that go into a texture of OpenGL without a byte over the bus.
#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <memory>

#include "compute/cuda/gl_port.h"
#include "tests/gpu_check/counting_device.h"
#include "tests/gpu_check/frames.h"
#include "tests/gpu_check/gl_context.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSmallWidth = 317, kSmallHeight = 123;

base::Error as_error(const cuda::CudaError& error) {
  return {error.message, {}};
}

// Everything that a frame goes through, of one size.
class Way {
 public:
  static base::Result<Way> open(device::CudaDevice& gpu, int width, int height) {
    Way way(gpu, width, height);
    auto engine = convolution::Engine::create(*way.counted_);
    if (!engine) return tl::unexpected(engine.error());
    way.engine_ = std::make_unique<convolution::Engine>(std::move(*engine));
    auto ring = cuda::AtlasRing::create(gpu.context(), width, height);
    if (!ring) return tl::unexpected(as_error(ring.error()));
    way.ring_ = std::move(*ring);
    way.texture_ = std::make_unique<FloatTexture>(width, height);
    auto port = cuda::GlPort::open(gpu.context(), way.texture_->id(), width, height);
    if (!port) return tl::unexpected(as_error(port.error()));
    way.port_ = std::move(*port);
    return way;
  }

  // The kernel, and its output into the texture.
  base::Result<convolution::Run> frame() {
    auto run = engine_->run(picture_, 1, frame_settings(), {});
    if (!run) return run;
    cuda::AtlasPiece piece;
    piece.width = picture_.width;
    piece.height = picture_.height;
    piece.from = run->outputs.back();
    if (auto published = ring_->publish(gpu_->stream(), {&piece, 1}, ++number_); !published) {
      return tl::unexpected(as_error(published.error()));
    }
    const auto presented = port_->present(*ring_);
    if (!presented) return tl::unexpected(as_error(presented.error()));
    if (!*presented) return base::fail("the newest picture was not presented");
    return run;
  }
  base::Result<convolution::Picture> output(const convolution::Run& run) const { return engine_->read(run, 0); }
  const FloatTexture& texture() const { return *texture_; }
  CountingDevice& counted() { return *counted_; }

 private:
  Way(device::CudaDevice& gpu, int width, int height)
      : gpu_(&gpu), counted_(std::make_unique<CountingDevice>(gpu)), picture_(test_picture(width, height)) {}

  device::CudaDevice* gpu_;
  std::unique_ptr<CountingDevice> counted_;
  convolution::Picture picture_;
  std::unique_ptr<convolution::Engine> engine_;
  std::shared_ptr<cuda::AtlasRing> ring_;
  std::unique_ptr<FloatTexture> texture_;
  std::unique_ptr<cuda::GlPort> port_;
  std::uint64_t number_ = 0;
};

Row row_of(Verdict verdict, std::string what, std::string note) {
  return {verdict, {std::move(what), "", ""}, std::move(note)};
}

// What OpenGL has beside what the device has, as every pixel must be the same.
Row compare_frame(device::CudaDevice& gpu, int width, int height) {
  const std::string what = fmt::format("a frame of {} x {}, read back", width, height);
  auto way = Way::open(gpu, width, height);
  if (!way) return row_of(Verdict::kFailed, what, way.error().text());
  const auto run = way->frame();
  if (!run) return row_of(Verdict::kFailed, what, run.error().text());
  const auto expected = way->output(*run);
  if (!expected) return row_of(Verdict::kFailed, what, expected.error().text());
  const std::vector<float> got = way->texture().read();
  const bool same = got.size() == expected->pixels.size() &&
                    std::memcmp(got.data(), expected->pixels.data(), got.size() * sizeof(float)) == 0;
  return judged(what, same ? "equal" : "other pixels", "equal", same);
}

void measure_frames(Section& section, device::CudaDevice& gpu, Figures figures) {
  const Scale scale = scale_of(figures);
  auto way = Way::open(gpu, scale.width, scale.height);
  const std::string what = fmt::format("frames a second, {} x {}, kernel and texture", scale.width, scale.height);
  if (!way) return section.rows.push_back(row_of(Verdict::kFailed, what, way.error().text()));
  if (auto first = way->frame(); !first) {
    return section.rows.push_back(row_of(Verdict::kFailed, what, first.error().text()));
  }
  finish_gl();
  way->counted().reset();
  const auto begin = Clock::now();
  for (int i = 0; i < scale.frames; ++i) {
    if (auto run = way->frame(); !run) {
      return section.rows.push_back(row_of(Verdict::kFailed, what, run.error().text()));
    }
  }
  finish_gl();
  const double a_second = scale.frames / std::chrono::duration<double>(Clock::now() - begin).count();
  section.rows.push_back(judged(figures, what, fmt::format("{:.0f}", a_second), fmt::format(">= {:.0f}", kLeastFrames),
                                a_second >= kLeastFrames));
  const std::uint64_t bytes = way->counted().bytes();
  section.rows.push_back(judged("bytes over the bus, all of these frames", fmt::format("{}", bytes), "0", bytes == 0));
}

}  // namespace

Section check_interop(device::CudaDevice& gpu, Figures figures) {
  Section section{"OpenGL", "", {"what", "figure", "asked"}, {}};
  const auto fits = [&gpu]() -> std::string {
    const auto drives = cuda::GlPort::gpu_of_context(gpu.context()->driver());
    if (!drives) return drives.error().message;
    if (*drives == gpu.gpu().ordinal) return "";
    return fmt::format("GPU {} drives it, GPU {} computes", *drives, gpu.gpu().ordinal);
  };
  const auto context = open_gl(fits);
  if (!context) {
    section.about = "Frames into a texture of OpenGL.";
    section.rows.push_back(row_of(Verdict::kSkipped, "interop", context.error().text()));
    return section;
  }
  section.about =
      fmt::format("Frames into a texture of OpenGL: mapped, copied on the device, unmapped. {}.", (*context)->name());
  section.rows.push_back(compare_frame(gpu, kSmallWidth, kSmallHeight));
  if (figures == Figures::kNone) return section;
  const Scale scale = scale_of(figures);
  section.rows.push_back(compare_frame(gpu, scale.width, scale.height));
  measure_frames(section, gpu, figures);
  return section;
}

}  // namespace warpscope::gpu_check

// What the GPU is measured by: its own bandwidth, and how near frames of a large picture come to it.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "compute/ptx/parser.h"
#include "tests/gpu_check/counting_device.h"
#include "tests/gpu_check/frames.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLeastShare = 0.6;

// A thread copies 16 bytes, and the next ones a grid further on.
constexpr std::string_view kCopyPtx = R"(.version 6.3
.target sm_70
.address_size 64
.visible .entry copy(.param .u64 from, .param .u64 to, .param .u64 count)
{
  .reg .u64 %i, %n, %step, %a, %b, %at;
  .reg .u32 %t, %c, %d, %g;
  .reg .b32 %x, %y, %z, %w;
  .reg .pred %p;
  ld.param.u64 %a, [from];
  ld.param.u64 %b, [to];
  ld.param.u64 %n, [count];
  cvta.to.global.u64 %a, %a;
  cvta.to.global.u64 %b, %b;
  mov.u32 %t, %tid.x;
  mov.u32 %c, %ctaid.x;
  mov.u32 %d, %ntid.x;
  mov.u32 %g, %nctaid.x;
  mul.wide.u32 %i, %c, %d;
  cvt.u64.u32 %at, %t;
  add.u64 %i, %i, %at;
  mul.wide.u32 %step, %d, %g;
again:
  setp.ge.u64 %p, %i, %n;
  @%p bra done;
  shl.b64 %at, %i, 4;
  add.u64 %at, %a, %at;
  ld.global.v4.b32 {%x, %y, %z, %w}, [%at];
  shl.b64 %at, %i, 4;
  add.u64 %at, %b, %at;
  st.global.v4.b32 [%at], {%x, %y, %z, %w};
  add.u64 %i, %i, %step;
  bra again;
done:
  ret;
}
)";

std::vector<std::uint8_t> bytes_of(std::uint64_t value) {
  std::vector<std::uint8_t> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Bytes a second, read and written together.
base::Result<double> measure_copies(device::CudaDevice& gpu, const Scale& scale, device::Address from,
                                    device::Address to) {
  auto module = ptx::parse(kCopyPtx, "copy.ptx");
  if (!module) return tl::unexpected(module.error().front());
  if (auto done = gpu.load(std::make_shared<const ptx::Module>(std::move(*module))); !done) {
    return tl::unexpected(done.error().front());
  }
  device::LaunchRequest request;
  request.kernel = "copy";
  request.grid = {static_cast<std::uint32_t>(gpu.gpu().multiprocessors) * 16, 1, 1};
  request.block = {512, 1, 1};
  request.arguments = {bytes_of(from), bytes_of(to), bytes_of(scale.copy_bytes / 16)};
  std::vector<double> seconds;
  for (int i = 0; i < scale.copies; ++i) {
    const auto report = gpu.launch(request, {});
    if (!report) return tl::unexpected(report.error());
    if (report->fault) return base::fail(report->fault->message);
    seconds.push_back(report->seconds);
  }
  return 2.0 * static_cast<double>(scale.copy_bytes) / median(seconds);
}

base::Result<double> measure_bandwidth(device::CudaDevice& gpu, const Scale& scale) {
  const auto from = gpu.allocate(scale.copy_bytes, "from");
  if (!from) return tl::unexpected(from.error());
  const auto to = gpu.allocate(scale.copy_bytes, "to");
  if (!to) return tl::unexpected(to.error());
  auto bandwidth = measure_copies(gpu, scale, *from, *to);
  (void)gpu.free(*from);
  (void)gpu.free(*to);
  return bandwidth;
}

struct Frames {
  double kernel_seconds = 0;  // of one frame, as the GPU measures it
  double a_second = 0;        // by the clock, one after the other, each waited for
  double bus_bytes = 0;       // of one frame
};

base::Result<Frames> measure_frames(device::CudaDevice& gpu, const Scale& scale) {
  CountingDevice counted(gpu);
  auto engine = convolution::Engine::create(counted);
  if (!engine) return tl::unexpected(engine.error());
  const convolution::Picture picture = test_picture(scale.width, scale.height);
  const convolution::Settings settings = frame_settings();
  std::vector<double> kernel_seconds;
  // The first uploads the picture and makes everything that stays.
  if (auto first = engine->run(picture, 1, settings, {}); !first) return tl::unexpected(first.error());
  counted.reset();
  const auto begin = Clock::now();
  for (int i = 0; i < scale.frames; ++i) {
    const auto run = engine->run(picture, 1, settings, {});
    if (!run) return tl::unexpected(run.error());
    kernel_seconds.push_back(run->seconds);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return Frames{median(kernel_seconds), scale.frames / seconds, static_cast<double>(counted.bytes()) / scale.frames};
}

void add_frames(Section& section, Figures figures, const Frames& frames, double bandwidth) {
  const Scale scale = scale_of(figures);
  const double bytes = 2.0 * scale.width * scale.height * sizeof(float);  // every pixel read once and written once
  const double share = bytes / frames.kernel_seconds / bandwidth;
  section.rows.push_back(
      {Verdict::kHeld, {"kernel time of a frame", fmt::format("{:.1f} us", 1e6 * frames.kernel_seconds), ""}, ""});
  section.rows.push_back(judged(figures, "frames a second, kernel alone",
                                fmt::format("{:.0f}", 1 / frames.kernel_seconds),
                                fmt::format(">= {:.0f}", kLeastFrames), 1 / frames.kernel_seconds >= kLeastFrames));
  section.rows.push_back(judged(figures, "frames a second, each started and waited for",
                                fmt::format("{:.0f}", frames.a_second), fmt::format(">= {:.0f}", kLeastFrames),
                                frames.a_second >= kLeastFrames));
  section.rows.push_back(judged(figures, "share of the bandwidth bound", fmt::format("{:.0f} %", 100 * share),
                                fmt::format(">= {:.0f} %", 100 * kLeastShare), share >= kLeastShare));
  section.rows.push_back(
      judged("bytes over the bus a frame", fmt::format("{:.0f}", frames.bus_bytes), "0", frames.bus_bytes == 0));
}

}  // namespace

convolution::Picture test_picture(int width, int height) {
  convolution::Picture picture{.width = width, .height = height, .planes = 1, .pixels = {}};
  picture.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<float>(i * 7 % 256);
  return picture;
}

convolution::Settings frame_settings() {
  convolution::Settings settings;
  settings.variant = convolution::Variant::kTiled;
  settings.chain.resize(1);
  settings.chain[0].filters = {convolution::gaussian(5, 1)};
  return settings;
}

Scale scale_of(Figures figures) {
  if (figures == Figures::kJudged) return {};
  return {.width = 211, .height = 120, .frames = 5, .copies = 3, .copy_bytes = 1ULL << 20};
}

Row judged(std::string what, std::string figure, std::string asked, bool holds) {
  return {holds ? Verdict::kHeld : Verdict::kFailed, {std::move(what), std::move(figure), std::move(asked)}, ""};
}

Row judged(Figures figures, std::string what, std::string figure, std::string asked, bool holds) {
  Row row = judged(std::move(what), std::move(figure), std::move(asked), holds || figures != Figures::kJudged);
  if (figures != Figures::kJudged) row.note = "rehearsed, not judged";
  return row;
}

Section measure_figures(device::CudaDevice& gpu, Figures figures) {
  const Scale scale = scale_of(figures);
  Section section{
      "Figures",
      fmt::format("Frames of {} x {} floats through a 5 x 5 filter, tiled. The bound is the time to read and "
                  "write every pixel once at the bandwidth measured by copying {} MiB.",
                  scale.width, scale.height, scale.copy_bytes >> 20),
      {"what", "figure", "asked"},
      {}};
  const auto bandwidth = measure_bandwidth(gpu, scale);
  if (!bandwidth) {
    section.rows.push_back({Verdict::kFailed, {"bandwidth", "", ""}, bandwidth.error().text()});
    return section;
  }
  section.rows.push_back({Verdict::kHeld, {"bandwidth", fmt::format("{:.0f} GB/s", *bandwidth / 1e9), ""}, ""});
  const auto frames = measure_frames(gpu, scale);
  if (!frames) {
    section.rows.push_back({Verdict::kFailed, {"frames", "", ""}, frames.error().text()});
    return section;
  }
  add_frames(section, figures, *frames, *bandwidth);
  return section;
}

}  // namespace warpscope::gpu_check

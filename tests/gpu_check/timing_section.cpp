// The microbenchmarks of docs/timing-model.md on the GPU that is there, beside what the cycle model says of it.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "compute/session/map_trace.h"
#include "tests/gpu_check/sections.h"
#include "tests/timing_table/table.h"

namespace warpscope::gpu_check {
namespace {

using timing_table::Measured;

// Of the whole check's 8 minutes; what is left out then is said.
constexpr double kMostSeconds = 150;
constexpr int kRehearsed = 3;

gpu::Gpu described(const device::CudaDevice& gpu, const std::vector<gpu::Gpu>& catalogue, Figures figures) {
  gpu::Gpu real = session::gpu_of(gpu.gpu(), catalogue);
  if (figures == Figures::kJudged) return real;
  real.gpcs = {1};  // so that the launches are small
  real.l2_mib = 0.25;
  return real;
}

Row row_of(const Measured& one) {
  const double error = one.measured == 0 ? 0 : one.model / one.measured - 1;
  return {Verdict::kHeld,
          {one.group, one.title, one.of, fmt::format("{:.4g}", one.measured), fmt::format("{:.4g}", one.model),
           fmt::format("{:+.0f} %", 100 * error)},
          ""};
}

}  // namespace

Section measure_timing(device::CudaDevice& gpu, Figures figures) {
  Section section{"Cycle model, microbenchmarks",
                  "What the cycle model is measured by (docs/timing-model.md), on this GPU; the model has the GPU as "
                  "assets/gpus.json or its driver describes it. Its errors are told, not judged.",
                  {"group", "benchmark", "of", "measured", "model", "error"},
                  {}};
  const auto catalogue = gpu::read_gpus();
  if (!catalogue) {
    section.rows.push_back({Verdict::kFailed, {"", "", "", "", "", ""}, catalogue.error().text()});
    return section;
  }
  const auto begin = std::chrono::steady_clock::now();
  double seconds = 0, sum = 0;
  const auto each = [&](const Measured& one) {
    section.rows.push_back(row_of(one));
    if (one.measured != 0) sum += std::fabs(one.model / one.measured - 1);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return seconds < kMostSeconds;
  };
  const int most = figures == Figures::kJudged ? 1'000 : kRehearsed;
  const auto done = timing_table::measure_device(gpu, described(gpu, *catalogue, figures), each, most);
  if (!done) section.rows.push_back({Verdict::kFailed, {"", "", "", "", "", ""}, done.error().text()});
  if (section.rows.empty()) return section;
  const double mean = 100 * sum / static_cast<double>(section.rows.size());
  section.rows.push_back({Verdict::kHeld, {"", "mean error", "", "", "", fmt::format("{:.0f} %", mean)}, ""});
  if (seconds >= kMostSeconds) section.rows.back().note = "those before time was up";
  if (figures != Figures::kJudged) section.rows.back().note = "rehearsed on one SM";
  return section;
}

}  // namespace warpscope::gpu_check

// Going through a run of more than a million warp instructions: the tiled product of 112 x 112 matrices, debug code.
// Prints what a jump and a step cost, and how much memory it takes.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "compute/ptx/parser.h"
#include "compute/trace/shared_writers.h"
#include "compute/trace/timeline.h"

namespace {

using namespace warpscope;
using Clock = std::chrono::steady_clock;

constexpr std::int32_t kN = 112;

int failed = 0;

void show(const char* what, double figure, const char* unit, double asked, bool at_least) {
  const bool met = at_least ? figure >= asked : figure <= asked;
  failed += met ? 0 : 1;
  fmt::print("{:<44} {:>10.4g} {:<6} asked: {} {} {}\n", what, figure, unit, at_least ? ">=" : "<=", asked,
             met ? "met" : "NOT MET");
}

double milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

trace::Timeline make(trace::TimelineOptions options = {}, vgpu::Schedule schedule = {}) {
  std::ifstream file(WARPSCOPE_SOURCE_DIR "/assets/ptx/matmul_tiled.debug.ptx");
  std::ostringstream text;
  text << file.rdbuf();
  vgpu::GlobalMemory memory;
  const auto program = vgpu::Program::load(
      std::make_shared<const ptx::Module>(ptx::parse(text.str(), "matmul_tiled.ptx").value()), memory);
  vgpu::Launch launch;
  launch.function = (*program)->find_function("matmul_tiled");
  launch.grid = {kN / 16, kN / 16, 1};
  launch.block = {16, 16, 1};
  launch.schedule = schedule;
  launch.parameters.resize(28);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::uint64_t buffer = *memory.allocate(kN * kN * 4, vgpu::AllocationKind::kBuffer);
    std::memcpy(launch.parameters.data() + 8 * i, &buffer, 8);
  }
  std::memcpy(launch.parameters.data() + 24, &kN, 4);
  return *trace::Timeline::create(*program, launch, memory, {}, std::move(options));
}

double record(trace::Timeline& timeline) {
  const auto begin = Clock::now();
  while (!timeline.has_ended()) timeline.record(1U << 18);
  return milliseconds(begin);
}

// What an observer costs: the difference of two recordings would be lost in their noise.
class Timed final : public vgpu::Observer {
 public:
  explicit Timed(vgpu::Observer& observer) : observer_(observer) {}
  void on_step(const vgpu::StepEvent& event) override {
    const auto begin = Clock::now();
    observer_.on_step(event);
    spent_ms += milliseconds(begin);
  }
  void on_block_end(const vgpu::Block& block) override {
    const auto begin = Clock::now();
    observer_.on_block_end(block);
    spent_ms += milliseconds(begin);
  }
  bool wants_steps(vgpu::InstKind kind) const override { return observer_.wants_steps(kind); }
  double spent_ms = 0;

 private:
  vgpu::Observer& observer_;
};

// Who wrote shared memory: what it costs to know, and to be told.
void measure_shared_writers() {
  trace::SharedWriters writers;
  Timed timed(writers);
  trace::TimelineOptions options;
  options.shared_store_watchers = {&timed};
  trace::Timeline timeline = make(std::move(options));
  record(timeline);
  show("watching who writes shared memory", timed.spent_ms, "ms", 3, false);
  std::mt19937_64 random(2);
  double told_ms = 0;
  for (int n = 0; n < 100; ++n) {
    timeline.seek(random() % timeline.size());
    const std::uint64_t block = timeline.records()[timeline.position()].warp / timeline.warps_per_block();
    const auto begin = Clock::now();
    (void)writers.at(timeline, timeline.position(), block);
    told_ms = std::max(told_ms, milliseconds(begin));
  }
  show("longest answer who wrote all its words", told_ms, "ms", 5, false);
}

// The same run with the slowest scheduler.
void measure_random_schedule() {
  trace::Timeline timeline = make({}, {vgpu::WarpScheduler::kRandom, 1});
  fmt::print("drawn at random: recorded in {:.0f} ms\n", record(timeline));
  std::mt19937_64 random(1);
  double step_back_ms = 0;
  for (int i = 0; i < 100; ++i) {
    timeline.seek(1 + random() % (timeline.size() - 2));
    const auto since = Clock::now();
    timeline.seek(timeline.position() - 1);
    step_back_ms = std::max(step_back_ms, milliseconds(since));
  }
  show("longest step back, drawn at random", step_back_ms, "ms", 5, false);
}

}  // namespace

int main() {
  trace::Timeline timeline = make();
  const double recording_ms = record(timeline);
  fmt::print("{} steps recorded in {:.0f} ms, {} keyframes of {:.1f} MB together\n", timeline.size(), recording_ms,
             timeline.keyframes(), static_cast<double>(timeline.keyframe_bytes()) / 1e6);
  show("steps", static_cast<double>(timeline.size()), "", 1e6, true);

  std::mt19937_64 random(1);
  double jump_ms = 0, step_ms = 0, step_back_ms = 0;
  for (int i = 0; i < 300; ++i) {
    auto since = Clock::now();
    timeline.seek(1 + random() % (timeline.size() - 2));
    jump_ms = std::max(jump_ms, milliseconds(since));
    const std::uint64_t here = timeline.position();
    since = Clock::now();
    timeline.seek(here + 1);
    step_ms = std::max(step_ms, milliseconds(since));
    since = Clock::now();
    timeline.seek(here);
    step_back_ms = std::max(step_back_ms, milliseconds(since));
  }
  show("longest jump of 300", jump_ms, "ms", 50, false);
  show("longest step forward", step_ms, "ms", 5, false);
  show("longest step back", step_back_ms, "ms", 5, false);
  measure_shared_writers();
  measure_random_schedule();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  show("memory of the process, at most", static_cast<double>(usage.ru_maxrss) / 1024, "MB", 512, false);
  return failed == 0 ? 0 : 1;
}

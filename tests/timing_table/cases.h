// timing_table/cases.h: which figures of which GPUs are published, and by whom. Pure data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace warpscope::timing_table {

enum class Unit : std::uint8_t {
  kCycles,    // for a piece of work
  kPerCycle,  // work a cycle and SM
  kGiga,      // work a second, in 1e9: GB/s, GFLOP/s
  kTotal,     // microseconds for Case::amount of work
  kTimes,     // as long as the case before that is not measured in kTimes
};

struct Case {
  std::string_view group;  // "Latency"
  std::string_view title;  // "pointer chase, 1 MiB (L2)"
  std::string_view gpu;    // as gpu::find_gpu() knows it
  double clock_mhz = 0;    // that it was measured at, where the source says so; 0: the catalogue's
  std::string_view benchmark;
  int a = 0, b = 0;
  Unit unit = Unit::kCycles;
  std::string_view of;   // "cycles", "GB/s": what the figures are
  double reference = 0;  // 0: none that can be trusted; the model's figure stands alone
  int source = -1;       // index into sources()
  double amount = 0;     // of kTotal; of others: microseconds that a launch takes besides, where the source has them in
  bool latency = false;  // one of the latencies that must be within 5 %
};
std::span<const Case> cases();

struct Source {
  std::string_view name, where;
};
std::span<const Source> sources();

}  // namespace warpscope::timing_table

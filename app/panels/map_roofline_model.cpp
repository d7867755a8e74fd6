#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/panels/map_roofline.h"

namespace warpscope::panels {

namespace {

constexpr double kNear = 0.6;  // of the roof

struct Kind {
  const char* name;
  double timing::Timeline::*flops;
  double timing::Peak::*peak;
};
constexpr std::array kKinds{Kind{"float", &timing::Timeline::flops, &timing::Peak::flops},
                            Kind{"half", &timing::Timeline::half_flops, &timing::Peak::half_flops},
                            Kind{"double", &timing::Timeline::double_flops, &timing::Peak::double_flops},
                            Kind{"tensor", &timing::Timeline::tensor_flops, &timing::Peak::tensor_flops}};

}  // namespace

Roofline roofline_of(const session::MapRun& run) {
  const timing::Timeline& t = *run.timeline;
  Roofline roof;
  const double seconds = t.seconds();
  roof.bytes = static_cast<double>(t.traffic.dram_read_bytes + t.traffic.dram_write_bytes);
  roof.bandwidth = run.peak.dram_bytes;
  const auto most = std::max_element(kKinds.begin(), kKinds.end(),
                                     [&](const Kind& a, const Kind& b) { return t.*a.flops < t.*b.flops; });
  roof.flops = t.*(most->flops);
  if (roof.flops > 0) {
    roof.kind = most->name;
    roof.peak = run.peak.*(most->peak);
  }
  if (seconds > 0) {
    roof.rate = roof.flops / seconds;
    roof.byte_rate = roof.bytes / seconds;
  }
  roof.intensity = roof.bytes > 0 ? roof.flops / roof.bytes : 0;
  roof.roof = roof.bytes > 0 ? std::min(roof.peak, roof.intensity * roof.bandwidth) : roof.peak;
  return roof;
}

Bound bound_of(const Roofline& roof) {
  const bool below_memory = roof.kind == nullptr || (roof.bytes > 0 && roof.intensity * roof.bandwidth < roof.peak);
  const double reached =
      below_memory ? roof.byte_rate / std::max(1.0, roof.bandwidth) : roof.rate / std::max(1.0, roof.peak);
  if (reached < kNear) return Bound::kLatency;
  return below_memory ? Bound::kMemory : Bound::kCompute;
}

std::string roofline_sentence(const Roofline& roof) {
  const double of_peak = 100 * roof.rate / std::max(1.0, roof.peak),
               of_bandwidth = 100 * roof.byte_rate / std::max(1.0, roof.bandwidth);
  switch (bound_of(roof)) {
    case Bound::kMemory:
      return fmt::format("Memory-bound: it moves {:.0f} % of what memory can; only fewer bytes make it faster.",
                         of_bandwidth);
    case Bound::kCompute:
      return fmt::format(
          "Compute-bound: it does {:.0f} % of what the arithmetic units can; only fewer operations make it faster.",
          of_peak);
    case Bound::kLatency:
      break;
  }
  if (roof.kind == nullptr) {
    return fmt::format("Memory gives {:.0f} % of its bandwidth: warps wait for latency, not for the bytes.",
                       of_bandwidth);
  }
  return fmt::format("Neither arithmetic ({:.0f} %) nor memory ({:.0f} %) is near its limit: warps wait for latency.",
                     of_peak, of_bandwidth);
}

std::string si_text(double value, Digits digits) {
  struct Unit {
    double size;
    const char* name;
  };
  constexpr std::array kUnits{Unit{1e12, " T"}, Unit{1e9, " G"}, Unit{1e6, " M"}, Unit{1e3, " k"}, Unit{1, ""}};
  const auto unit =
      std::find_if(kUnits.begin(), kUnits.end() - 1, [value](const Unit& u) { return value >= u.size * 0.9995; });
  const double shown = value / unit->size;
  if (digits == Digits::kFewest) return fmt::format("{:g}{}", shown, unit->name);
  const int decimals = shown >= 99.95 || shown == 0 ? 0 : shown >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", shown, decimals, unit->name);
}

}  // namespace warpscope::panels

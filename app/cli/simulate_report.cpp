#include "app/cli/simulate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "app/cli/command.h"
#include "compute/timing/simulate.h"

namespace warpscope::cli {
namespace {

using nlohmann::ordered_json;
using session::MapPlan;
using timing::Timeline;

struct NamedLimiter {
  gpu::Limiter limiter;
  std::string_view key;
};
constexpr NamedLimiter kLimiters[] = {{gpu::kByWarps, "warps"},
                                      {gpu::kByRegisters, "registers"},
                                      {gpu::kByShared, "shared_memory"},
                                      {gpu::kByBlocks, "blocks"}};

// In the order of session::RegisterOrigin.
constexpr std::string_view kRegisterKeys[] = {"ptxas", "ptxas_newer", "estimate", "chosen"};
std::string_view register_key(const MapPlan& plan) {
  return kRegisterKeys[static_cast<std::size_t>(plan.registers.origin)];
}
std::string register_text(const MapPlan& plan) {
  switch (plan.registers.origin) {
    case session::RegisterOrigin::kPtxas:
      return fmt::format("as ptxas says for {}", gpu::text_of(plan.gpu.capability));
    case session::RegisterOrigin::kNearest:
      return fmt::format("as ptxas says for the oldest GPU it knows; {} is older", gpu::text_of(plan.gpu.capability));
    case session::RegisterOrigin::kEstimate:
      return "an estimate: there is no ptxas here";
    case session::RegisterOrigin::kChosen:
      break;
  }
  return plan.registers.of_kernel == plan.registers.count
             ? "as asked"
             : fmt::format("as asked; {} are the kernel's own", plan.registers.of_kernel);
}

ordered_json json_of(const base::Dim3& d) {
  return ordered_json::array({d.x, d.y, d.z});
}

double part(double some, double all) {
  return all == 0 ? 0 : some / all;
}

std::uint64_t warp_cycles(const Timeline& timeline) {
  std::uint64_t sum = 0;
  for (const std::uint64_t each : timeline.warp_cycles) sum += each;
  return sum;
}

std::uint64_t dram_bytes(const Timeline& timeline) {
  return timeline.traffic.dram_read_bytes + timeline.traffic.dram_write_bytes;
}

// Where the kernel is under the roof.
struct Roofline {
  double flops = 0, peak = 0;  // a second; float, or what there is most of
  std::string_view kind = "float";
  double bytes = 0, peak_bytes = 0;  // of memory, a second
  double intensity() const { return part(flops, bytes); }
  double limit() const { return std::min(peak, intensity() * peak_bytes); }
  bool by_memory() const { return intensity() * peak_bytes < peak; }
};
Roofline roofline_of(const Timeline& timeline) {
  const timing::Peak peak = timing::peak_of(timeline.gpu);
  const double seconds = std::max(timeline.seconds(), 1e-12);
  Roofline roof;
  roof.flops = timeline.flops / seconds;
  roof.peak = peak.flops;
  const auto more = [&](double flops, double most, std::string_view kind) {
    if (flops / seconds <= roof.flops) return;
    roof.flops = flops / seconds;
    roof.peak = most;
    roof.kind = kind;
  };
  more(timeline.half_flops, peak.half_flops, "half");
  more(timeline.double_flops, peak.double_flops, "double");
  more(timeline.tensor_flops, peak.tensor_flops, "tensor");
  roof.bytes = static_cast<double>(dram_bytes(timeline)) / seconds;
  roof.peak_bytes = peak.dram_bytes;
  return roof;
}

ordered_json json_of_sms(const Timeline& timeline) {
  std::vector<ordered_json> blocks(timeline.sms, ordered_json::array());
  for (const timing::BlockSpan& block : timeline.blocks)
    blocks.at(block.sm).push_back({{"block", block.block}, {"start", block.start}, {"end", block.end}});
  ordered_json all = ordered_json::array();
  for (std::uint32_t sm = 0; sm < timeline.sms; ++sm) all.push_back({{"sm", sm}, {"blocks", std::move(blocks[sm])}});
  return all;
}

ordered_json json_of_stalls(const Timeline& timeline) {
  ordered_json stalls = ordered_json::object();
  const auto all = static_cast<double>(warp_cycles(timeline));
  for (std::size_t i = 0; i < timing::kStalls; ++i)
    stalls[std::string(timing::key_of(static_cast<timing::Stall>(i)))] =
        part(static_cast<double>(timeline.warp_cycles[i]), all);
  return stalls;
}

ordered_json json_of_traffic(const Timeline& timeline) {
  const timing::Traffic& traffic = timeline.traffic;
  return {{"l1_requests", traffic.l1_requests},
          {"l1_sectors", traffic.l1_sectors},
          {"l2_sectors", traffic.l2_sectors},
          {"l2_read_bytes", traffic.l2_read_bytes},
          {"l2_write_bytes", traffic.l2_write_bytes},
          {"dram_read_bytes", traffic.dram_read_bytes},
          {"dram_write_bytes", traffic.dram_write_bytes},
          {"shared_wavefronts", traffic.shared_wavefronts},
          {"shared_bank_conflicts", traffic.shared_conflicts}};
}

// ---- For people

// Three digits and what they count: "1.23 MB".
std::string metric(double value, std::string_view unit) {
  static constexpr std::array<std::string_view, 5> kPrefixes = {"", "k", "M", "G", "T"};
  std::size_t prefix = 0;
  while (std::abs(value) >= 999.5 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  const int digits = prefix == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", value, digits, kPrefixes[prefix], unit);
}

std::string with_commas(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string time_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.2f} us", seconds * 1e6);
  return seconds < 1 ? fmt::format("{:.3f} ms", seconds * 1e3) : fmt::format("{:.3f} s", seconds);
}

std::string dim_text(const base::Dim3& d) {
  return d.z > 1   ? fmt::format("{} x {} x {}", d.x, d.y, d.z)
         : d.y > 1 ? fmt::format("{} x {}", d.x, d.y)
                   : fmt::format("{}", d.x);
}

double percent(double share) {
  return 100 * share;
}

void print_field(std::string_view name, const std::string& text) {
  print_line(fmt::format("  {:<10} {}", name, text));
}

void print_launch(const MapPlan& plan) {
  print_field("launch", fmt::format("{} blocks ({}) of {} threads ({})", with_commas(plan.grid.count()),
                                    dim_text(plan.grid), plan.block.count(), dim_text(plan.block)));
  print_field("registers", fmt::format("{} a thread, {}", plan.registers.count, register_text(plan)));
  const std::uint64_t shared = plan.static_shared + plan.dynamic_shared + plan.added_shared;
  if (shared > 0) print_field("shared", fmt::format("{} bytes a block", with_commas(shared)));
}

void print_occupancy(const Timeline& timeline, const MapPlan& plan) {
  const gpu::Occupancy& occupancy = timeline.occupancy;
  print_field(
      "occupancy",
      fmt::format("{} {} and {} warps on an SM at a time, {:.0f} % of its most, limited by {}; {:.0f} % achieved",
                  occupancy.blocks, occupancy.blocks == 1 ? "block" : "blocks", occupancy.warps,
                  percent(occupancy.share), gpu::text_of_limiters(occupancy.limiters),
                  percent(timeline.occupancy_achieved())));
  std::string tail;
  if (timeline.tail < timeline.cycles)
    tail = fmt::format("; the last {:.0f} % of the time have free places that no block fills",
                       percent(1 - part(static_cast<double>(timeline.tail), static_cast<double>(timeline.cycles))));
  print_field("waves", fmt::format("{:.2f} over {} SMs{}", plan.waves, timeline.sms, tail));
}

void print_traffic(const Timeline& timeline) {
  const timing::Traffic& traffic = timeline.traffic;
  const Roofline roof = roofline_of(timeline);
  print_field("issued", fmt::format("{} warp instructions, {:.2f} a cycle and SM",
                                    with_commas(timeline.warp_instructions), timeline.ipc()));
  print_field("memory",
              fmt::format("{:.0f} % of {} L1 sectors and {:.0f} % of {} L2 sectors hit; {} of DRAM at {} of {}",
                          percent(part(static_cast<double>(traffic.l1_hits), static_cast<double>(traffic.l1_sectors))),
                          with_commas(traffic.l1_sectors),
                          percent(part(static_cast<double>(traffic.l2_hits), static_cast<double>(traffic.l2_sectors))),
                          with_commas(traffic.l2_sectors), metric(static_cast<double>(dram_bytes(timeline)), "B"),
                          metric(roof.bytes, "B/s"), metric(roof.peak_bytes, "B/s")));
  if (traffic.shared_wavefronts > 0)
    print_field("", fmt::format("{} wavefronts of shared memory, {} of them bank conflicts",
                                with_commas(traffic.shared_wavefronts), with_commas(traffic.shared_conflicts)));
  if (roof.flops > 0)
    print_field("roofline", fmt::format("{} {}, {:.0f} % of the {} that {} allows at {:.2f} operations a byte",
                                        metric(roof.flops, "FLOP/s"), roof.kind,
                                        percent(part(roof.flops, roof.limit())), metric(roof.limit(), "FLOP/s"),
                                        roof.by_memory() ? "memory" : "arithmetic", roof.intensity()));
}

// What the warps did with their time, most first; nothing below half a percent.
void print_stalls(const Timeline& timeline) {
  const auto all = static_cast<double>(warp_cycles(timeline));
  if (all == 0) return;
  std::vector<std::size_t> order(timing::kStalls);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return timeline.warp_cycles[i]; });
  print_line("what the warps did with their time");
  for (const std::size_t i : order) {
    const double share = static_cast<double>(timeline.warp_cycles[i]) / all;
    if (share < 0.005) break;
    const auto stall = static_cast<timing::Stall>(i);
    const std::string bar(static_cast<std::size_t>(std::lround(40 * share)), '#');
    print_line(fmt::format("  {:<18} {:>3.0f} %  {:<40}  {}", timing::name_of(stall), percent(share), bar,
                           timing::meaning_of(stall)));
  }
}

}  // namespace

ordered_json json_of(const SimulatedRun& run) {
  const Timeline& timeline = run.timeline;
  const MapPlan& plan = run.plan;
  const timing::Traffic& traffic = timeline.traffic;
  const bool modelled = timeline.origin == Timeline::Origin::kModelled;
  const auto counted = [&](const auto& value) { return modelled ? ordered_json(value) : ordered_json(nullptr); };
  ordered_json limiters = ordered_json::array();
  for (const NamedLimiter& each : kLimiters) {
    if ((timeline.occupancy.limiters & each.limiter) != 0) limiters.push_back(each.key);
  }
  const Roofline roof = roofline_of(timeline);
  const double l1 = part(static_cast<double>(traffic.l1_hits), static_cast<double>(traffic.l1_sectors));
  const double l2 = part(static_cast<double>(traffic.l2_hits), static_cast<double>(traffic.l2_sectors));
  return {{"kernel", plan.kernel},
          {"device", run.device},
          {"origin", modelled ? "model" : "trace"},
          {"gpu", plan.gpu.name},
          {"grid", json_of(plan.grid)},
          {"block", json_of(plan.block)},
          {"registers", plan.registers.count},
          {"registers_from", register_key(plan)},
          {"cycles", timeline.cycles},
          {"ticks_per_second", timeline.ticks_per_second},
          {"seconds", timeline.seconds()},
          {"ipc", counted(timeline.ipc())},
          {"occupancy", timeline.occupancy.share},
          {"occupancy_achieved", timeline.occupancy_achieved()},
          {"blocks_per_sm", timeline.occupancy.blocks},
          {"warps_per_sm", timeline.occupancy.warps},
          {"limiters", std::move(limiters)},
          {"waves", plan.waves},
          {"tail", timeline.tail},
          {"warp_instructions", counted(timeline.warp_instructions)},
          {"ptx_instructions", counted(timeline.ptx_instructions)},
          {"stalls", modelled ? json_of_stalls(timeline) : ordered_json::object()},
          {"l1_hit", counted(l1)},
          {"l2_hit", counted(l2)},
          {"dram_bytes", counted(dram_bytes(timeline))},
          {"traffic", modelled ? json_of_traffic(timeline) : ordered_json(nullptr)},
          {"roofline", modelled ? ordered_json{{"flops", roof.flops},
                                               {"flops_kind", roof.kind},
                                               {"peak_flops", roof.peak},
                                               {"dram_bytes_per_second", roof.bytes},
                                               {"peak_dram_bytes_per_second", roof.peak_bytes},
                                               {"flops_per_byte", roof.intensity()},
                                               {"bound", roof.by_memory() ? "memory" : "arithmetic"}}
                                : ordered_json(nullptr)},
          {"overhead", run.overhead},
          {"host_seconds", run.host_seconds},
          {"fault", run.fault.empty() ? ordered_json(nullptr) : ordered_json(run.fault)},
          {"printf", run.printed},
          {"sms", json_of_sms(timeline)}};
}

void print_as_text(const SimulatedRun& run) {
  const Timeline& timeline = run.timeline;
  const bool modelled = timeline.origin == Timeline::Origin::kModelled;
  if (!run.printed.empty()) fmt::print("{}", run.printed);
  print_line(fmt::format("{} on {}: {}", run.plan.kernel, run.plan.gpu.name, time_text(timeline.seconds())));
  if (modelled)
    print_field("cycles",
                fmt::format("{} at {:.2f} GHz", with_commas(timeline.cycles), timeline.ticks_per_second * 1e-9));
  print_launch(run.plan);
  print_occupancy(timeline, run.plan);
  if (modelled) {
    print_traffic(timeline);
    print_stalls(timeline);
  } else if (run.overhead != 0) {
    print_field("tracing", fmt::format("made the kernel {:.1f} % slower", percent(run.overhead)));
  }
  if (!run.fault.empty()) print_line(fmt::format("fault: {}", run.fault));
}

}  // namespace warpscope::cli

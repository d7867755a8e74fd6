// What a run did: one SM, stalls, memory, the roofline.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"
#include "app/panels/map_right_words.h"

namespace warpscope::panels {
namespace {

using timing::Stall;
using timing::Timeline;
using timing::Traffic;

bool has_stalls(const MapSubject& s) {
  return s.run != nullptr && !is_traced(*s.run);
}

double cycles_of(const Timeline& timeline, Stall stall) {
  return static_cast<double>(timeline.warp_cycles[static_cast<std::size_t>(stall)]);
}
double all_cycles(const Timeline& timeline) {
  double all = 0;
  for (const std::uint64_t each : timeline.warp_cycles) all += static_cast<double>(each);
  return all;
}

// What warps waited for, most first; those that issued, or could have, do not wait.
std::vector<Stall> waits_of(const Timeline& timeline) {
  std::vector<Stall> waits;
  for (std::size_t i = static_cast<std::size_t>(Stall::kNotSelected) + 1; i < timing::kStalls; ++i) {
    if (timeline.warp_cycles[i] > 0) waits.push_back(static_cast<Stall>(i));
  }
  std::ranges::stable_sort(waits, std::greater<>(), [&](Stall stall) { return cycles_of(timeline, stall); });
  return waits;
}

struct Advice {
  Stall stall;
  std::string_view text;
};
constexpr Advice kAdvice[] = {
    {Stall::kLongScoreboard,
     "Read memory in whole sectors, keep what is used again in shared memory, or have more warps."},
    {Stall::kShortScoreboard,
     "Let one read of shared memory serve several products: a thread that computes four values."},
    {Stall::kMioThrottle, "Fewer accesses to shared memory: wider ones, or values kept in registers."},
    {Stall::kLgThrottle, "Fewer, wider accesses to memory: four floats at a time."},
    {Stall::kBarrier, "Smaller blocks wait for fewer warps; fewer barriers wait less often."},
    {Stall::kWait, "Independent instructions between a result and its use: unrolled loops have them."},
    {Stall::kMathPipeThrottle, "The arithmetic pipe is busy: that is what a fast kernel looks like."},
    {Stall::kBranch, "Fewer jumps: unroll short loops, let lanes of a warp go the same way."},
    {Stall::kNoInstruction, "The code is long, or the warps have just begun: fewer, longer blocks."},
    {Stall::kDrain, "Warps end while their stores are on the way: store in whole sectors."},
    {Stall::kMembar, "Fences wait for all stores before them: fewer of them."},
    {Stall::kTexThrottle, "Fewer texture reads at a time."},
};
std::string advice_for(Stall stall) {
  const auto* const found = std::ranges::find(kAdvice, stall, &Advice::stall);
  return found == std::end(kAdvice) ? std::string() : std::string(found->text);
}

// How often a warp issues, and how many would be needed to issue in every cycle.
struct Hiding {
  double between = 0;  // cycles of a warp from one instruction to the next, while it could not go on
  double have = 0;     // warps of a scheduler, on average
  double issued = 0;   // share of the cycles in which a scheduler issued
};
Hiding hiding_of(const Timeline& timeline) {
  Hiding hiding;
  const double issued = cycles_of(timeline, Stall::kIssued);
  if (issued <= 0 || timeline.cycles == 0) return hiding;
  const gpu::SmLimits* const limits = gpu::find_limits(timeline.gpu.capability);
  const double schedulers = limits == nullptr ? 4 : limits->sub_partitions;
  const double all = all_cycles(timeline);
  hiding.between = (all - cycles_of(timeline, Stall::kNotSelected)) / issued;
  const double slots = static_cast<double>(timeline.cycles) * timeline.sms * schedulers;
  hiding.have = all / slots;
  hiding.issued = issued / slots;
  return hiding;
}

std::string rate_text(double bytes_a_second) {
  return fmt::format("{:.0f} GB/s", bytes_a_second / 1e9);
}
std::string bytes_text(double bytes) {
  return bytes >= 1e9 ? fmt::format("{:.2f} GB", bytes / 1e9) : fmt::format("{:.2f} MB", bytes / 1e6);
}
// "128 M": three figures.
std::string short_text(double number) {
  constexpr std::pair<double, const char*> kUnits[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {1, ""}};
  const auto* unit = std::ranges::find_if(kUnits, [number](const auto& each) { return number >= each.first; });
  if (unit == std::end(kUnits)) --unit;
  const double value = number / unit->first;
  return fmt::format("{:.{}f}{}", value, value < 10 ? 2 : value < 100 ? 1 : 0, unit->second);
}
std::string flops_text(double flops) {
  return flops >= 1e12  ? fmt::format("{:.2f} TFLOP/s", flops / 1e12)
         : flops >= 1e9 ? fmt::format("{:.1f} GFLOP/s", flops / 1e9)
                        : fmt::format("{:.1f} MFLOP/s", flops / 1e6);
}

}  // namespace

MapExplanation explain_sm(const MapSubject& s) {
  if (!has_stalls(s)) return without_run(s, "One SM");
  MapExplanation e;
  const Timeline& timeline = *s.run->timeline;
  const Hiding h = hiding_of(timeline);
  e.heading = "How an SM hides waiting";
  e.text.push_back(fmt::format(
      "An SM has **{} schedulers**. In every cycle each picks one of its warps that can go on and issues one "
      "instruction of it. A row of the picture is a warp's place, a column a cycle; white is an instruction, a colour "
      "says why there was none.",
      s.run->plan->limits->sub_partitions));
  e.text.push_back(fmt::format(
      "In this run a warp could issue about every **{:.0f} cycles**. To issue in each of them a scheduler would need "
      "that many warps; it had **{:.1f}** on average, and issued in **{:.0f} %** of the cycles.",
      h.between, h.have, 100 * h.issued));
  e.formula = {"warps", "cycles between issues", "cycles of an issue", fmt::format("{:.0f} / 1", h.between),
               fmt::format("{:.0f}", h.between)};
  e.more.push_back(h.have >= h.between
                       ? "There are **enough**: while one waits, another goes on. What limits the kernel is elsewhere."
                       : "There are **not enough** to hide all waiting: more warps would help, or more independent "
                         "instructions in each, so that it waits less often.");
  e.facts_title = fmt::format("SM {}", s.sm);
  const auto blocks = std::ranges::count(timeline.blocks, s.sm, &timing::BlockSpan::sm);
  e.facts = {{"blocks that ran here", count_text(static_cast<double>(blocks))},
             modelled(s, "IPC, mean of all SMs", fmt::format("{:.2f}", timeline.ipc()))};
  e.truth = truth_of_times(s);
  e.buttons.push_back(step_block_button());
  const bool robin = s.settings.policy == timing::WarpPolicy::kRoundRobin;
  e.buttons.push_back({MapTry::Kind::kPolicy, 0, robin ? "Greedy then oldest" : "Round robin"});
  return e;
}

MapExplanation explain_stalls(const MapSubject& s) {
  if (!has_stalls(s)) return without_run(s, "What the warps waited for");
  MapExplanation e;
  const Timeline& timeline = *s.run->timeline;
  const std::vector<Stall> waits = waits_of(timeline);
  const double all = all_cycles(timeline);
  e.heading = waits.empty() ? "No warp waited" : fmt::format("Most waits: {}", timing::name_of(waits.front()));
  e.text.push_back(fmt::format(
      "In every cycle each warp on an SM either issues an instruction, or there is a **reason** why not. Here "
      "**{}** of the warp-cycles issued, and in **{}** a warp could have, but another was chosen.",
      percent_of(cycles_of(timeline, Stall::kIssued), all), percent_of(cycles_of(timeline, Stall::kNotSelected), all)));
  constexpr std::size_t kTold = 3;
  for (std::size_t i = 0; i < std::min(kTold, waits.size()); ++i) {
    e.text.push_back(fmt::format("**{}**, {}: {}", timing::name_of(waits[i]),
                                 percent_of(cycles_of(timeline, waits[i]), all), timing::meaning_of(waits[i])));
  }
  e.more.emplace_back("Waiting is no harm by itself: a GPU has many warps so that some may wait while others go on.");
  if (!waits.empty()) e.tries.push_back(advice_for(waits.front()));
  e.truth = truth_of_times(s);
  e.buttons.push_back(step_block_button());
  if (!s.view.compared) e.buttons.push_back({MapTry::Kind::kKeep, 0, "Keep to compare"});
  return e;
}

MapExplanation explain_roofline(const MapSubject& s) {
  if (!has_stalls(s)) return without_run(s, "The roofline");
  MapExplanation e;
  const Timeline& timeline = *s.run->timeline;
  const timing::Peak& peak = s.run->peak;
  const double bytes = static_cast<double>(timeline.traffic.dram_read_bytes + timeline.traffic.dram_write_bytes);
  const double seconds = timeline.seconds();
  e.truth = truth_of_times(s);
  if (timeline.flops <= 0 || bytes <= 0 || seconds <= 0 || peak.dram_bytes <= 0) {
    e.heading = timeline.flops <= 0 ? "No float arithmetic" : "Nothing came from memory";
    e.text.emplace_back(
        "A roofline sets float operations beside bytes of memory. This run has none of the one or the other, so it "
        "has no place in it.");
    return e;
  }
  const double intensity = timeline.flops / bytes, ridge = peak.flops / peak.dram_bytes;
  const double roof = std::min(peak.flops, intensity * peak.dram_bytes), reached = timeline.flops / seconds;
  const bool by_memory = intensity < ridge;
  e.heading = by_memory ? "Under the slope: memory sets the roof" : "Under the flat roof: arithmetic sets it";
  e.text.push_back(fmt::format(
      "For every byte of memory this kernel does **{:.2f}** float operations. The chip can do {} and move {}; both are "
      "busy together at **{:.0f}** operations a byte.",
      intensity, flops_text(peak.flops), rate_text(peak.dram_bytes), ridge));
  e.formula = {"intensity", "float operations", "bytes of memory",
               fmt::format("{} / {}", short_text(timeline.flops), short_text(bytes)), fmt::format("{:.2f}", intensity)};
  e.more.push_back(fmt::format("It reached **{}**: **{}** of what the roof allows there.", flops_text(reached),
                               percent_of(reached, roof)));
  e.more.emplace_back(
      by_memory ? "To get higher it would have to read less, or use what it has read more often: **tiles** in "
                  "shared memory do that."
                : "Memory is fast enough. What keeps it from the roof is waiting: look at the **stalls**.");
  e.facts_title = "This run";
  e.facts = {{"float operations", short_text(timeline.flops)},
             modelled(s, "bytes of memory", bytes_text(bytes)),
             modelled(s, "time", time_text(seconds))};
  return e;
}

MapExplanation explain_memory(const MapSubject& s) {
  if (!has_stalls(s)) return without_run(s, "Memory");
  MapExplanation e;
  const Timeline& timeline = *s.run->timeline;
  const Traffic& t = timeline.traffic;
  const double seconds = timeline.seconds();
  const double dram = static_cast<double>(t.dram_read_bytes + t.dram_write_bytes);
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  const double each = t.l1_requests == 0 ? 0 : number(t.l1_sectors) / number(t.l1_requests);
  e.heading = "Where the bytes came from";
  e.text.push_back(fmt::format(
      "Memory moves in **sectors of 32 bytes**. A load of a warp touched **{:.1f}** on average; 32 floats side by side "
      "are **4**, scattered ones up to 32.",
      each));
  e.text.push_back(
      fmt::format("**L1** had **{}** of them, **L2** **{}** of what was asked of it. The rest came from **{}**.",
                  percent_of(number(t.l1_hits), number(t.l1_sectors)),
                  percent_of(number(t.l2_hits), number(t.l2_sectors)), timeline.gpu.memory_type));
  if (seconds > 0) {
    e.text.push_back(fmt::format("That is **{}**, **{}** of the {:.0f} GB/s that it can do.", rate_text(dram / seconds),
                                 percent_of(dram / seconds, timeline.gpu.bandwidth_gbs * 1e9),
                                 timeline.gpu.bandwidth_gbs));
  }
  if (t.shared_wavefronts > 0) {
    e.text.push_back(fmt::format(
        "Shared memory took **{}** wavefronts, **{}** of them only because lanes met in the same bank.",
        count_text(number(t.shared_wavefronts)), percent_of(number(t.shared_conflicts), number(t.shared_wavefronts))));
  }
  e.facts_title = "This run";
  e.facts = {modelled(s, "L2, read", bytes_text(number(t.l2_read_bytes))),
             modelled(s, "L2, written", bytes_text(number(t.l2_write_bytes))),
             modelled(s, "memory, read", bytes_text(number(t.dram_read_bytes))),
             modelled(s, "memory, written", bytes_text(number(t.dram_write_bytes)))};
  e.tries.emplace_back(s.settings.cold_caches
                           ? "The caches were empty at first, as after another program: **More** has warm ones."
                           : "L2 was filled at first, as after a launch before: **More** has cold caches.");
  e.truth = truth_of_times(s);
  return e;
}

}  // namespace warpscope::panels

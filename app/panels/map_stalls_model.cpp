#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "app/panels/map_roofline.h"
#include "app/panels/map_stalls.h"
#include "app/scene/map_gantt.h"

namespace warpscope::panels {

using session::MapRun;
using timing::Stall;
using timing::Timeline;

namespace {

constexpr double kLeastShare = 0.02;  // of a part that stands alone

// Whole tenths that sum to 1000: what is lost by rounding down goes to those that lost most.
void round_shares(std::vector<StallPart>& parts, std::uint64_t all) {
  std::vector<std::pair<double, std::size_t>> lost;
  int sum = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double exact = 1000.0 * static_cast<double>(parts[i].warp_cycles) / static_cast<double>(all);
    parts[i].tenths = static_cast<int>(exact);
    sum += parts[i].tenths;
    lost.emplace_back(exact - parts[i].tenths, i);
  }
  std::stable_sort(lost.begin(), lost.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t k = 0; sum < 1000 && k < lost.size(); ++k, ++sum) ++parts[lost[k].second].tenths;
}

}  // namespace

std::vector<StallPart> stall_parts(const Timeline& timeline, std::size_t most) {
  const std::uint64_t all = std::accumulate(timeline.warp_cycles.begin(), timeline.warp_cycles.end(), std::uint64_t{0});
  if (all == 0) return {};
  std::vector<StallPart> waits;
  StallPart issued{Stall::kIssued, false, timeline.warp_cycles[0]}, other{Stall::kOther, true};
  for (std::size_t i = 1; i < timing::kStalls; ++i) {
    if (timeline.warp_cycles[i] > 0) waits.push_back({static_cast<Stall>(i), false, timeline.warp_cycles[i]});
  }
  std::stable_sort(waits.begin(), waits.end(),
                   [](const auto& a, const auto& b) { return a.warp_cycles > b.warp_cycles; });
  std::vector<StallPart> parts{issued};
  for (const StallPart& wait : waits) {
    const bool small = static_cast<double>(wait.warp_cycles) < kLeastShare * static_cast<double>(all);
    if (small || wait.stall == Stall::kOther || parts.size() + 1 >= most) {
      other.warp_cycles += wait.warp_cycles;
    } else {
      parts.push_back(wait);
    }
  }
  if (other.warp_cycles > 0) parts.push_back(other);
  round_shares(parts, all);
  return parts;
}

std::string_view stall_part_name(const StallPart& part) {
  return part.merged ? "Other" : timing::name_of(part.stall);
}

BlamedLine blamed_line(const MapRun& run, Stall stall) {
  std::map<std::uint32_t, std::uint64_t> by_place;
  std::uint64_t all = 0;
  const auto& of_pcs = run.timeline->pc_warp_cycles;
  for (std::size_t pc = 0; pc < of_pcs.size(); ++pc) {
    const std::uint64_t cycles = of_pcs[pc][static_cast<std::size_t>(stall)];
    all += cycles;
    if (cycles > 0) by_place[run.lines.number(static_cast<vgpu::Pc>(pc))] += cycles;
  }
  const auto most = std::max_element(by_place.begin(), by_place.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (all == 0 || most == by_place.end() || most->first == 0) return {};
  return {run.lines.lines()[most->first].line, static_cast<double>(most->second) / static_cast<double>(all)};
}

StallFacts stall_facts(const MapRun& run) {
  const Timeline& t = *run.timeline;
  StallFacts facts;
  const auto all = static_cast<double>(std::accumulate(t.warp_cycles.begin(), t.warp_cycles.end(), std::uint64_t{0}));
  const auto longest = std::max_element(t.warp_cycles.begin() + 1, t.warp_cycles.end());
  if (all > 0) {
    facts.longest = static_cast<Stall>(longest - t.warp_cycles.begin());
    facts.share = static_cast<double>(*longest) / all;
    facts.issued = static_cast<double>(t.warp_cycles[0]) / all;
  }
  const scene::Tail tail = scene::tail_of(t);
  facts.tail = tail.share;
  facts.tail_filled = tail.share > 0 ? tail.filled : 1;
  facts.warps = t.occupancy.warps;
  facts.room = run.plan->limits != nullptr ? run.plan->limits->warps : t.occupancy.warps;
  facts.limiters = gpu::text_of_limiters(t.occupancy.limiters);
  const auto part = [](double some, double of) { return of > 0 ? some / of : 0.0; };
  facts.sectors = part(static_cast<double>(t.traffic.l1_sectors), static_cast<double>(t.traffic.l1_requests));
  facts.conflicts =
      part(static_cast<double>(t.traffic.shared_conflicts), static_cast<double>(t.traffic.shared_wavefronts));
  facts.shared_memory = t.traffic.shared_wavefronts > 0;
  const Roofline roof = roofline_of(run);
  facts.memory = part(roof.byte_rate, roof.bandwidth);
  facts.arithmetic = part(roof.rate, roof.peak);
  facts.threads = static_cast<int>(run.plan->block.count());
  return facts;
}

// ---- Advice

namespace {

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

// The first rule that holds is said.
struct Rule {
  bool (*holds)(const StallFacts&);
  std::string (*text)(const StallFacts&);
};

bool waits_for_memory(const StallFacts& s) {
  return s.longest == Stall::kLongScoreboard || s.longest == Stall::kLgThrottle || s.longest == Stall::kTexThrottle ||
         s.longest == Stall::kDrain;
}
bool waits_for_shared(const StallFacts& s) {
  return s.longest == Stall::kShortScoreboard || s.longest == Stall::kMioThrottle;
}
template <Stall which>
bool is(const StallFacts& s) {
  return s.longest == which;
}

constexpr double kWholeRun = 0.995, kLongTail = 0.3, kEmptyTail = 0.7;
constexpr double kManySectors = 8;  // of a request; 32 neighbouring words of 4 bytes take 4
constexpr double kManyConflicts = 0.2;
constexpr double kNearPeak = 0.7, kFewWarps = 0.5;

const std::array kRules{
    Rule{[](const StallFacts& s) { return s.tail >= kWholeRun && s.tail_filled < kEmptyTail; },
         [](const StallFacts& s) {
           return fmt::format("a larger grid, or smaller blocks: from the beginning this one fills {} of the slots.",
                              percent(s.tail_filled));
         }},
    Rule{[](const StallFacts& s) { return s.tail >= kLongTail && s.tail_filled < kEmptyTail; },
         [](const StallFacts& s) {
           return fmt::format(
               "smaller blocks, or a grid of whole waves. The tail takes {} of the time with {} of the slots filled.",
               percent(s.tail), percent(s.tail_filled));
         }},
    Rule{[](const StallFacts& s) { return waits_for_memory(s) && s.sectors >= kManySectors; },
         [](const StallFacts& s) {
           return fmt::format(
               "let neighbouring threads read neighbouring words. A request takes {:.1f} sectors here; 32 "
               "neighbouring words of 4 bytes take 4.",
               s.sectors);
         }},
    Rule{[](const StallFacts& s) { return waits_for_memory(s) && s.memory >= kNearPeak; },
         [](const StallFacts& s) {
           return fmt::format(
               "move fewer bytes: smaller types, or values kept on the chip. Memory already gives {} of its bandwidth.",
               percent(s.memory));
         }},
    Rule{[](const StallFacts& s) { return s.longest == Stall::kLongScoreboard && s.warps < kFewWarps * s.room; },
         [](const StallFacts& s) {
           return fmt::format(
               "more warps, or more independent loads a warp. Most waits are for memory, and {} of {} warps fit "
               "on an SM ({} set the limit).",
               s.warps, s.room, s.limiters);
         }},
    Rule{is<Stall::kLongScoreboard>,
         [](const StallFacts& s) {
           return fmt::format(
               "let a thread load several values before it uses the first. {} of {} warps fit, and still most "
               "waits are for memory.",
               s.warps, s.room);
         }},
    Rule{[](const StallFacts& s) { return waits_for_shared(s) && s.conflicts >= kManyConflicts; },
         [](const StallFacts& s) {
           return fmt::format("pad the rows of the shared array by a word. {} of its wavefronts are bank conflicts.",
                              percent(s.conflicts));
         }},
    Rule{[](const StallFacts& s) { return waits_for_shared(s) && s.shared_memory; },
         [](const StallFacts&) {
           return std::string(
               "let a thread compute several values, so that one read serves more of them. Most waits are for shared "
               "memory.");
         }},
    Rule{waits_for_shared,
         [](const StallFacts&) {
           return std::string(
               "fewer special functions, or their fast forms (__expf, __sinf): most waits are for that unit.");
         }},
    Rule{
        is<Stall::kBarrier>,
        [](const StallFacts& s) {
          return s.threads > 128
                     ? fmt::format(
                           "smaller blocks, or work that is shared out evenly. The {} warps of a block wait for the "
                           "slowest at each barrier.",
                           (s.threads + 31) / 32)
                     : std::string(
                           "more work between barriers, shared out evenly: the warps of a block wait for the slowest.");
        }},
    Rule{is<Stall::kNotSelected>,
         [](const StallFacts&) {
           return std::string("fewer instructions. There are warps enough: most are ready and wait for their turn.");
         }},
    Rule{[](const StallFacts& s) { return s.longest == Stall::kMathPipeThrottle && s.arithmetic >= kNearPeak; },
         [](const StallFacts& s) {
           return fmt::format(
               "nothing more of this kind: it runs at {} of the chip's peak. Fewer or smaller operations are left.",
               percent(s.arithmetic));
         }},
    Rule{is<Stall::kMathPipeThrottle>,
         [](const StallFacts& s) {
           return fmt::format(
               "another kind of operations. The pipe that most of them need is full, at {} of the peak of float "
               "arithmetic.",
               percent(s.arithmetic));
         }},
    Rule{[](const StallFacts& s) { return s.longest == Stall::kWait && s.warps < kFewWarps * s.room; },
         [](const StallFacts& s) {
           return fmt::format(
               "more warps, or independent operations side by side. Each waits for the one before, and {} of {} "
               "warps fit on an SM.",
               s.warps, s.room);
         }},
    Rule{is<Stall::kWait>,
         [](const StallFacts&) {
           return std::string(
               "two or more independent sums instead of one chain: each operation waits for the one before it.");
         }},
    Rule{is<Stall::kLgThrottle>,
         [](const StallFacts&) {
           return std::string(
               "let neighbouring threads use neighbouring words, then wider ones (float4): the queue to memory is "
               "full.");
         }},
    Rule{is<Stall::kTexThrottle>,
         [](const StallFacts&) { return std::string("fewer texture reads at a time: their queue is full."); }},
    Rule{is<Stall::kDrain>,
         [](const StallFacts&) {
           return std::string(
               "let neighbouring threads store neighbouring words, or store less: warps have ended and wait for their "
               "stores.");
         }},
    Rule{is<Stall::kBranch>,
         [](const StallFacts&) { return std::string("fewer branches: unroll short loops, select instead of jump."); }},
    Rule{is<Stall::kNoInstruction>,
         [](const StallFacts&) {
           return std::string(
               "more work in a thread: warps begin, or leave the instruction cache, more often than they compute.");
         }},
    Rule{is<Stall::kMembar>,
         [](const StallFacts&) {
           return std::string("fewer fences: warps wait for their stores to be seen by others.");
         }},
    Rule{is<Stall::kSleeping>,
         [](const StallFacts&) { return std::string("shorter sleeps: the kernel itself asks its warps to wait."); }},
};

}  // namespace

std::string stall_advice(const StallFacts& facts) {
  const auto rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.holds(facts); });
  if (rule != kRules.end()) return rule->text(facts);
  return fmt::format("nothing that one number tells: {} of the warp-cycles issued.", percent(facts.issued));
}

BlockLengths block_lengths(const Timeline& timeline) {
  if (timeline.blocks.empty()) return {};
  std::vector<timing::Cycle> lengths;
  lengths.reserve(timeline.blocks.size());
  for (const timing::BlockSpan& block : timeline.blocks) lengths.push_back(block.end - block.start);
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  const timing::Cycle median = *middle;
  const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  return {*least, median, *most};
}

}  // namespace warpscope::panels

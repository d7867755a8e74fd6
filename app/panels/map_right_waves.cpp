// Waves and the tail, a block, two runs, the trace.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"
#include "app/panels/map_right_words.h"

namespace warpscope::panels {
namespace {

using session::MapPlan;
using session::MapRun;
using timing::Timeline;

// How the grid goes through the chip.
struct Waves {
  std::uint64_t blocks = 0, at_a_time = 0;
  std::uint64_t full = 0, left = 0;  // waves, and the blocks beyond them
  double last = 0;                   // how full the last one is
};
Waves waves_of(const MapPlan& plan) {
  Waves w;
  w.blocks = plan.grid.count();
  w.at_a_time = static_cast<std::uint64_t>(plan.gpu.sms()) * static_cast<std::uint64_t>(plan.occupancy->blocks);
  if (w.at_a_time == 0) return w;
  w.full = w.blocks / w.at_a_time;
  w.left = w.blocks % w.at_a_time;
  w.last = static_cast<double>(w.left) / static_cast<double>(w.at_a_time);
  return w;
}

double tail_share(const Timeline& timeline) {
  return timeline.cycles == 0 ? 0.0
                              : static_cast<double>(timeline.cycles - std::min(timeline.tail, timeline.cycles)) /
                                    static_cast<double>(timeline.cycles);
}

std::string waves_heading(const MapSubject& s, const Waves& w) {
  constexpr double kHalfFrom = 0.35, kHalfTo = 0.65, kLongTail = 0.15, kShortTail = 0.05, kManyWaves = 6;
  if (w.blocks <= w.at_a_time) return "All blocks fit at once";
  if (w.left == 0) return "Every wave is full";
  if (is_current(s) && s.plan.waves > kManyWaves && tail_share(*s.run->timeline) < kShortTail) {
    return fmt::format("{:.0f} waves, and hardly a tail", std::ceil(s.plan.waves));
  }
  if (w.last < kHalfFrom) return "The last wave is nearly empty";
  if (w.last <= kHalfTo) return "The last wave is half empty";
  if (is_current(s) && tail_share(*s.run->timeline) > kLongTail) {
    return fmt::format("The tail takes {:.0f} % of the time", 100 * tail_share(*s.run->timeline));
  }
  return "The last wave is almost full";
}

std::string waves_story(const MapPlan& plan, const Waves& w) {
  if (w.blocks <= w.at_a_time) {
    return fmt::format(
        "There are **{}**, so all of them start together, and **{}** of the places stay empty from the beginning.",
        plural(w.blocks, "block"),
        percent_of(static_cast<double>(w.at_a_time - w.blocks), static_cast<double>(w.at_a_time)));
  }
  std::string words = fmt::format("**{}**", plural(w.full, "full wave"));
  if (w.left == 0)
    return words + ", and nothing is left over: the chip is busy to the end, as far as blocks are alike.";
  words += fmt::format(", and **{}** left for {} places: the last wave fills **{:.0f} %** of the chip.",
                       plural(w.left, "block"), count_text(static_cast<double>(w.at_a_time)), 100 * w.last);
  if (plan.occupancy->blocks > 1) words += " SMs with fewer warps have less to switch to while one waits.";
  return words;
}

std::string tail_story(const MapSubject& s) {
  if (!is_current(s)) return {};
  const Timeline& timeline = *s.run->timeline;
  const double share = tail_share(timeline);
  if (share <= 0 || timeline.tail == 0) return {};
  return fmt::format(
      "The **tail** begins where the first place stays empty, at {} of {} {}: **{:.0f} %** of the time goes by while "
      "the chip empties.",
      cycles_text(static_cast<double>(timeline.tail)), cycles_text(static_cast<double>(timeline.cycles)),
      is_traced(*s.run) ? "ticks" : "cycles", 100 * share);
}

std::string suggestion_story(const MapSubject& s) {
  if (!s.plan.suggestion) return {};
  const gpu::Suggestion& suggestion = *s.plan.suggestion;
  const int per_block = suggestion.axis == gpu::Axis::kBlockThreads
                            ? static_cast<int>((suggestion.to + gpu::kWarpSize - 1) / gpu::kWarpSize)
                            : s.plan.occupancy->warps_per_block;
  const int blocks = suggestion.warps / std::max(1, per_block);
  std::string words = suggestion.text;
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  if (suggestion.axis == gpu::Axis::kBlockThreads || blocks == 0) return words + ".";
  const double waves = static_cast<double>(s.plan.grid.count()) / (static_cast<double>(s.plan.gpu.sms()) * blocks);
  return fmt::format("{}: **{}** on an SM, and {} blocks are **{:.2f}** waves.", words,
                     plural(static_cast<std::uint64_t>(blocks), "block"),
                     count_text(static_cast<double>(s.plan.grid.count())), waves);
}

void add_gpu_button(MapExplanation& e, const MapSubject& s) {
  if (other_gpu(s.view, s.settings.gpu).empty()) return;
  e.buttons.push_back({MapTry::Kind::kCompareGpus, 0, "Compare GPUs"});
}

}  // namespace

MapExplanation explain_waves(const MapSubject& s) {
  MapExplanation e;
  if (!s.plan.occupancy || s.plan.occupancy->blocks == 0) {
    e.heading = "No block fits";
    e.text.push_back(s.plan.problem.empty() ? "An SM cannot hold even one block of this kernel." : s.plan.problem);
    e.text.emplace_back("Fewer registers, less shared memory or a smaller block would let it run.");
    e.truth = truth_of_rules();
    if (const auto button = suggestion_button(s)) e.buttons.push_back(*button);
    return e;
  }
  const Waves w = waves_of(s.plan);
  const auto blocks = static_cast<std::uint64_t>(s.plan.occupancy->blocks);
  e.heading = waves_heading(s, w);
  e.text.push_back(fmt::format(
      "A GPU hands out whole **blocks**. An SM takes as many as registers, shared memory and warp slots allow: here "
      "**{}**. So {} hold **{}** at a time. When one ends, the next takes its place.",
      blocks, plural(static_cast<std::uint64_t>(s.plan.gpu.sms()), "SM"), plural(w.at_a_time, "block")));
  e.formula = {"waves", "blocks", "SMs × blocks per SM",
               fmt::format("{} / ({} × {})", w.blocks, s.plan.gpu.sms(), blocks), fmt::format("{:.2f}", s.plan.waves)};
  e.more = {waves_story(s.plan, w), tail_story(s), suggestion_story(s)};
  e.truth = truth_of_times(s);
  if (const auto button = suggestion_button(s)) e.buttons.push_back(*button);
  add_gpu_button(e, s);
  return e;
}

MapExplanation explain_block(const MapSubject& s) {
  if (s.run == nullptr) return without_run(s, "A block");
  MapExplanation e;
  if (s.block == nullptr) {
    e.heading = "A block";
    e.text.emplace_back(
        "Point at a bar of the chip or of the chart below: it is a **block** on its SM. A click holds it.");
    e.truth = truth_of_times(s);
    return e;
  }
  const timing::BlockSpan& b = *s.block;
  const MapPlan& plan = *s.run->plan;
  const Timeline& timeline = *s.run->timeline;
  const base::Dim3 at = plan.grid.at(b.block);
  const auto length = static_cast<double>(b.end - b.start);
  const std::string unit = is_traced(*s.run) ? "ticks" : "cycles";
  e.heading =
      plan.grid.z > 1 ? fmt::format("Block ({}, {}, {})", at.x, at.y, at.z) : fmt::format("Block ({}, {})", at.x, at.y);
  e.text.push_back(fmt::format(
      "It ran on **SM {}** in place {} of {}, in wave **{}**: **{}** blocks had been there before it. Its {} stayed "
      "together on this SM from beginning to end.",
      b.sm, b.slot + 1, timeline.slots, b.wave + 1, b.wave, plural(timeline.warps_per_block, "warp")));
  if (s.median > 0) {
    const double more = 100 * (length - s.median) / s.median;
    constexpr double kAsLong = 2;  // percent
    e.text.push_back(
        std::abs(more) < kAsLong
            ? fmt::format("It took **{} {}**, as long as the middle one of all blocks.", cycles_text(length), unit)
            : fmt::format("It took **{} {}**, **{:.0f} % {}** than the middle one of all blocks ({}).",
                          cycles_text(length), unit, std::abs(more), more > 0 ? "longer" : "shorter",
                          cycles_text(s.median)));
  }
  if (b.longest != timing::Stall::kIssued) {
    e.text.push_back(fmt::format("Its warps waited longest for **{}**: {}", timing::name_of(b.longest),
                                 timing::meaning_of(b.longest)));
  }
  e.facts_title = "This block";
  e.facts = {{"number", count_text(static_cast<double>(b.block))},
             modelled(s, "start", cycles_text(static_cast<double>(b.start))),
             modelled(s, "end", cycles_text(static_cast<double>(b.end))),
             modelled(s, "time", time_text(length / timeline.ticks_per_second))};
  e.truth = truth_of_times(s);
  e.buttons.push_back(step_block_button());
  if (has_map_pixels(plan.settings)) e.buttons.push_back({MapTry::Kind::kPixels, 0, "Show its pixels"});
  return e;
}

MapExplanation explain_compare(const MapSubject& s) {
  MapExplanation e;
  if (s.run == nullptr || s.other == nullptr) {
    e = s.run == nullptr ? without_run(s, "One change at a time") : MapExplanation{};
    e.heading = "One change at a time";
    e.text.emplace_back(
        "Move a slider, choose another kernel or GPU: the run before stays in the left column beside the new one, and "
        "what became better or worse is coloured.");
    if (s.run != nullptr) e.buttons.push_back({MapTry::Kind::kKeep, 0, "Keep to compare"});
    if (s.run != nullptr) add_gpu_button(e, s);
    e.truth = truth_of_times(s);
    return e;
  }
  const auto differences = map_differences(*s.other, *s.run);
  const double before = s.other->timeline->seconds(), now = s.run->timeline->seconds();
  const double ratio = now > 0 && before > 0 ? before / now : 1;
  constexpr double kAsFast = 0.01;
  e.heading = std::abs(ratio - 1) < kAsFast ? "As fast as the other run"
              : ratio > 1                   ? fmt::format("{:.2f} times as fast", ratio)
                                            : fmt::format("Takes {:.2f} times as long", 1 / ratio);
  std::string changed;
  for (const MapDifference& each : differences) {
    changed += fmt::format("{}**{}** instead of {}", changed.empty() ? "" : ", ", each.now, each.before);
  }
  e.text.push_back(changed.empty() ? "Both runs have the same settings." : "What differs: " + changed + ".");
  for (const MapComparison& row : map_comparison(*s.other, *s.run)) {
    e.facts.push_back({row.name, row.before + " | " + row.now});
  }
  e.facts_title = s.other == s.view.compared.get() ? "The run kept | this run" : "The run before | this run";
  if (differences.size() > 1) {
    e.more.emplace_back("More than one thing differs: which of them made the difference, one run cannot tell.");
  }
  const double fit = static_cast<double>(s.run->timeline->occupancy.warps - s.other->timeline->occupancy.warps);
  if (fit != 0 && (fit > 0) == (ratio < 1 - kAsFast)) {
    e.more.emplace_back("**Occupancy is not speed**: the run with more warps on an SM is the slower one here.");
  }
  e.truth = truth_of_times(s);
  e.buttons.push_back({MapTry::Kind::kKeep, 0, s.view.compared ? "Let it go" : "Keep to compare"});
  add_gpu_button(e, s);
  return e;
}

MapExplanation explain_trace(const MapSubject& s) {
  MapExplanation e;
  e.heading = "What the hardware really did";
  e.text.emplace_back(
      "A few instructions are added to the kernel's **PTX**, its source stays as it is: at its entry and at each exit "
      "one lane of every warp writes down its **SM**, its warp slot and the **time**.");
  e.text.emplace_back(
      "The same pictures then show what was recorded: which SM took which block, when it began and ended, the waves "
      "and the tail. Why a warp waited in between, a trace does not know.");
  if (s.run != nullptr && is_traced(*s.run)) {
    if (s.run->overhead > 0) {
      e.text.push_back(
          fmt::format("Tracing made this kernel **{:.0f} %** slower; without the additions it runs as it "
                      "always does.",
                      100 * s.run->overhead));
    }
    e.facts_title = "This trace";
    e.facts = {modelled(s, "time", time_text(s.run->timeline->seconds())),
               modelled(s, "SMs seen", fmt::format("{}", s.run->timeline->sms)),
               modelled(s, "places on an SM", fmt::format("{}", s.run->timeline->slots))};
  }
  const bool can = s.view.trace_note.empty();
  if (!can) e.text.push_back(s.view.trace_note);
  e.truth =
      "The rewritten kernel is tested on the virtual GPU: its results stay the same, and every warp is recorded once.";
  if (can) {
    e.buttons.push_back({MapTry::Kind::kTrace, 0, s.settings.traced ? "Show the model" : "Show the real trace"});
  }
  return e;
}

}  // namespace warpscope::panels

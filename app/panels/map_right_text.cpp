// Which page there is, and the words that several of them use.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"
#include "app/panels/map_right_words.h"

namespace warpscope::panels {
namespace {

struct Page {
  std::string_view about;
  MapExplanation (*explain)(const MapSubject& s);
};
constexpr Page kPages[] = {
    {"waves", explain_waves},     {"block", explain_block},         {"sm", explain_sm},
    {"stalls", explain_stalls},   {"roofline", explain_roofline},   {"occupancy", explain_occupancy},
    {"threads", explain_threads}, {"registers", explain_registers}, {"shared", explain_shared},
    {"memory", explain_memory},   {"trace", explain_trace},         {"compare", explain_compare},
};

}  // namespace

MapExplanation explain_map(const MapSubject& subject, std::string_view about) {
  const auto page = std::ranges::find(kPages, about, &Page::about);
  return (page == std::end(kPages) ? kPages[0] : *page).explain(subject);
}

std::string count_text(double number) {
  return with_thousands(std::llround(number));
}

std::string percent_of(double part, double whole) {
  return fmt::format("{:.0f} %", whole > 0 ? 100 * part / whole : 0.0);
}

std::string kib_text(double bytes) {
  return fmt::format("{:.1f} KiB", bytes / 1024);
}

std::string block_text(const session::MapPlan& plan) {
  return grid_text(plan.block);
}

std::string plural(std::uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", with_thousands(static_cast<long long>(number)), one, number == 1 ? "" : "s");
}

bool is_current(const MapSubject& s) {
  return s.run != nullptr && is_run_of(*s.run, s.plan);
}

bool is_traced(const session::MapRun& run) {
  return run.timeline->origin == timing::Timeline::Origin::kTraced;
}

MapExplanation without_run(const MapSubject& s, std::string heading) {
  MapExplanation e;
  e.heading = std::move(heading);
  if (!s.plan.problem.empty()) {
    e.text.push_back("There is no run to speak of: " + s.plan.problem);
  } else if (s.run != nullptr && is_traced(*s.run)) {
    e.text.emplace_back(
        "A real trace knows when each warp came and went, but not what it did in between. The **model** shows that.");
  } else {
    e.text.emplace_back("The run is on its way; its numbers will stand here.");
  }
  e.truth = truth_of_rules();
  return e;
}

std::string truth_of_rules() {
  return "Occupancy is **exact**: the rules are NVIDIA's own, and tests compare every case with them.";
}

std::string truth_of_times(const MapSubject& s) {
  if (s.run != nullptr && is_traced(*s.run)) {
    std::string words = "This is a **real trace**: every warp wrote down where and when it came and went.";
    if (s.run->overhead > 0) words += fmt::format(" That made the kernel **{:.0f} %** slower.", 100 * s.run->overhead);
    return words;
  }
  return "Occupancy is **exact**: the rules are NVIDIA's. Times come from the **cycle model**, a diamond marks them; "
         "docs/timing-model.md sets them beside measured ones. On a machine with an NVIDIA GPU **Real trace** shows "
         "what the hardware did.";
}

MapTry step_block_button() {
  return {MapTry::Kind::kStepBlock, 0, "Step this block"};
}

std::optional<MapTry> suggestion_button(const MapSubject& s) {
  if (!s.plan.suggestion || !can_apply(s.plan, s.settings, *s.plan.suggestion)) return std::nullopt;
  const gpu::Suggestion& suggestion = *s.plan.suggestion;
  switch (suggestion.axis) {
    case gpu::Axis::kBlockThreads:
      return MapTry{MapTry::Kind::kSetThreads, suggestion.to, fmt::format("Set threads to {}", suggestion.to)};
    case gpu::Axis::kRegisters:
      return MapTry{MapTry::Kind::kSetRegisters, suggestion.to, fmt::format("Set registers to {}", suggestion.to)};
    case gpu::Axis::kShared:
      break;
  }
  return MapTry{MapTry::Kind::kSetShared, suggestion.to,
                fmt::format("Set shared memory to {}", kib_text(static_cast<double>(suggestion.to)))};
}

ExplanationFact modelled(const MapSubject& s, std::string name, std::string value) {
  const bool traced = s.run != nullptr && is_traced(*s.run);
  return {.name = std::move(name), .value = std::move(value), .measured = traced, .modelled = !traced};
}

}  // namespace warpscope::panels

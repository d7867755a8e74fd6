// What a variant costs, and one sentence on why, made of the numbers that were counted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compute/convolution/plan.h"

namespace warpscope::convolution {
namespace {

constexpr int kRuns = 5;
constexpr double kLongEnough = 0.25;  // seconds: a run that takes so long is not repeated

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

// "5.1 times fewer sectors than naive".
std::string compared(std::uint64_t count, std::uint64_t naive, std::string_view what) {
  if (count == naive) return fmt::format("as many {} as naive", what);
  if (count == 0) return fmt::format("no {}, where naive has {}", what, grouped(naive));
  const double ratio = static_cast<double>(naive) / static_cast<double>(count);
  if (ratio >= 1.05) return fmt::format("{:.1f} times fewer {} than naive", ratio, what);
  if (ratio <= 1 / 1.05) return fmt::format("{:.1f} times as many {} as naive", 1 / ratio, what);
  return fmt::format("nearly as many {} as naive ({} and {})", what, grouped(count), grouped(naive));
}

// What the sentences speak of.
struct Subject {
  const Stage& stage;
  const PlannedLaunch& launch;  // the first of the stage
  Counts counts, naive;
  Size writes;  // by the stage's filters, all planes

  int size() const { return stage.filters.front().size; }
  int weights() const { return size() * size(); }
};

std::string why_naive(const Subject& s) {
  const auto per_request = static_cast<double>(s.counts.sectors) / static_cast<double>(s.counts.global_requests);
  return fmt::format(
      "Each output takes its {0} pixels and {0} weights from global memory: {1} requests of warps, {2:.1f} sectors "
      "each "
      "in the mean.",
      s.weights(), grouped(s.counts.global_requests), per_request);
}

std::string why_constant(const Subject& s) {
  return fmt::format("The {} weights, the same for all lanes, come from constant memory: {}.", s.weights(),
                     compared(s.counts.global_requests, s.naive.global_requests, "global requests"));
}

std::string why_tiled(const Subject& s) {
  const base::Dim3 block = s.launch.info.block;
  std::string text = fmt::format(
      "A block of {} threads loads its {} x {} pixels once, and each thread reads its {} from shared memory: {}",
      block.count(), tile_side(s.stage, block.x), tile_side(s.stage, block.y), s.weights(),
      compared(s.counts.sectors, s.naive.sectors, "sectors"));
  if (s.counts.bank_conflicts > 0) {
    text += fmt::format("; {} of {} wavefronts wait for a bank that is in use", grouped(s.counts.bank_conflicts),
                        grouped(s.counts.shared_wavefronts));
  }
  return text + ".";
}

std::string why_separable(const Subject& s) {
  return fmt::format(
      "A row and a column make {} products an output instead of {}, at the price of a picture between them: {}.",
      2 * s.size(), s.weights(), compared(s.counts.warp_instructions, s.naive.warp_instructions, "warp instructions"));
}

std::string why_vectorised(const Subject& s) {
  return fmt::format("A thread makes {} outputs from pixels that it loads once for all of them: {}.",
                     s.launch.info.outputs_per_thread,
                     compared(s.counts.global_requests, s.naive.global_requests, "global requests"));
}

std::string why_matrix(const Subject& s) {
  const auto filters = s.stage.filters.size();
  const std::uint64_t outputs = static_cast<std::uint64_t>(s.writes.width) *
                                static_cast<std::uint64_t>(s.writes.height) *
                                static_cast<std::uint64_t>(s.writes.planes) / filters;
  return fmt::format("{} windows are written out as {} numbers each and read back for {}: {}.", grouped(outputs),
                     s.weights(), filters == 1 ? "one filter alone" : fmt::format("{} filters together", filters),
                     compared(s.counts.sectors, s.naive.sectors, "sectors"));
}

struct Sentence {
  Variant variant;
  std::string (*made_of)(const Subject&);
};
constexpr std::array kSentences{
    Sentence{Variant::kNaive, why_naive},           Sentence{Variant::kConstant, why_constant},
    Sentence{Variant::kTiled, why_tiled},           Sentence{Variant::kSeparable, why_separable},
    Sentence{Variant::kVectorised, why_vectorised}, Sentence{Variant::kMatrixProduct, why_matrix},
};

// Of the chain's first filters; the counts are of all of it.
std::string sentence(const Settings& settings, Size picture, const Counts& counts, const Counts& naive) {
  const auto first = std::ranges::find_if(settings.chain, [](const Stage& stage) { return !stage.filters.empty(); });
  if (first == settings.chain.end()) return "The chain has no filter: all variants are the same.";
  const auto stage = static_cast<int>(first - settings.chain.begin());
  const Plan plan = plan_of(settings, picture);
  const auto launch =
      std::ranges::find_if(plan.launches, [&](const PlannedLaunch& each) { return each.info.stage == stage; });
  Size writes = plan.sizes[static_cast<std::size_t>(stage)];
  if (first->kind == StageKind::kMagnitude) writes.planes *= static_cast<int>(first->filters.size());
  const Subject subject{*first, *launch, counts, naive, writes};
  return std::ranges::find(kSentences, settings.variant, &Sentence::variant)->made_of(subject);
}

base::Result<void> time_runs(Engine& engine, const Picture& picture, const Settings& settings,
                             const device::LaunchOptions& options, VariantReport& report) {
  std::vector<double> seconds;
  std::vector<Picture> outputs;
  for (int i = 0; i < kRuns; ++i) {
    const auto run = engine.run(picture, 0, settings, options);
    if (!run) return tl::unexpected(run.error());
    if (run->stopped) {
      report.stopped = true;
      return {};
    }
    seconds.push_back(run->seconds);
    if (i == 0) {
      for (std::size_t stage = 0; stage < settings.chain.size(); ++stage) {
        auto output = engine.read(*run, static_cast<int>(stage));
        if (!output) return tl::unexpected(output.error());
        outputs.push_back(std::move(*output));
      }
    }
    if (run->seconds > kLongEnough) break;
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  report.seconds = *middle;
  report.largest_error = largest_error(picture, settings.chain, engine.expected(picture, settings.chain), outputs);
  return {};
}

bool asked_to_stop(const device::LaunchOptions& options) {
  return options.stop != nullptr && *options.stop;
}

}  // namespace

base::Result<VariantReport> measure(Engine& engine, const Picture& picture, const Settings& settings, Variant variant,
                                    const device::LaunchOptions& options) {
  VariantReport report;
  report.variant = variant;
  Settings own = settings;
  own.variant = variant;
  const Size size{picture.width, picture.height, picture.planes};
  if (auto fine = check(own, size); !fine) return tl::unexpected(fine.error());
  for (const Stage& stage : own.chain) {
    report.why_not = why_not(variant, stage, own.block);
    if (!report.why_not.empty()) return report;
  }
  if (auto timed = time_runs(engine, picture, own, options, report); !timed) return tl::unexpected(timed.error());
  if (report.stopped) return report;
  Settings naive = own;
  naive.variant = Variant::kNaive;
  const auto counts = engine.count(picture, own, options);
  const auto naive_counts = counts && variant != Variant::kNaive ? engine.count(picture, naive, options) : counts;
  for (const auto* each : {&counts, &naive_counts}) {
    if (*each) continue;
    if (!asked_to_stop(options)) return tl::unexpected(each->error());
    report.stopped = true;
    return report;
  }
  report.counts = *counts;
  report.why = sentence(own, size, *counts, *naive_counts);
  return report;
}

}  // namespace warpscope::convolution

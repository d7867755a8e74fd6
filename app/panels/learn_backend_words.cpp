// What there is to say about back ends, without drawing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "app/panels/learn_backend.h"

namespace warpscope::panels {
namespace {

using session::BackendComparison;
using session::BackendMeasurement;
using training::BackendKind;
using training::Precision;

constexpr double kSameNumbers = 2e-3;  // part of the loss; sums of other order end as near as that
constexpr double kDeviations = 2;      // accuracies nearer than this many standard deviations are the same

const BackendMeasurement* find_done(const BackendComparison& comparison, BackendKind kind, Precision precision) {
  const auto found = std::find_if(comparison.rows.begin(), comparison.rows.end(), [&](const BackendMeasurement& row) {
    return row.done && row.problem.empty() && row.kind == kind && row.precision == precision &&
           row.samples_per_second > 0;
  });
  return found == comparison.rows.end() ? nullptr : &*found;
}

std::string subject_of(const BackendMeasurement& row) {
  return row.kind == BackendKind::kVirtual ? "The virtual GPU" : fmt::format("The {}", short_device(row.device));
}

// "a 7th of its speed", "85 times its speed".
std::string speed_text(double ratio) {
  if (ratio > 0.95 && ratio < 1.05) return "the same speed";
  if (ratio >= 1) return fmt::format("{} times its speed", times_text(ratio));
  return fmt::format("{} of its speed", part_text(ratio));
}

bool same_numbers(const BackendMeasurement& a, const BackendMeasurement& b) {
  return std::abs(a.loss - b.loss) <= kSameNumbers * std::max(std::abs(a.loss), std::abs(b.loss));
}

std::string beside_cpu(const BackendMeasurement& cpu, const BackendMeasurement& row) {
  const std::string speed = speed_text(row.samples_per_second / cpu.samples_per_second);
  if (same_numbers(cpu, row)) {
    return fmt::format("{} computes the same numbers as the CPU at {}.", subject_of(row), speed);
  }
  return fmt::format("{} trains beside the CPU at {}, and ends at loss {:.4f} where the CPU ends at {:.4f}.",
                     subject_of(row), speed, row.loss, cpu.loss);
}

// Whether chance alone explains the difference.
bool as_accurate(double a, double b, int pictures) {
  const double middle = std::clamp((a + b) / 2, 0.0, 1.0);
  const double deviation = std::sqrt(2 * middle * (1 - middle) / std::max(1, pictures));
  return std::abs(a - b) <= kDeviations * deviation;
}

std::string beside_f32(const BackendMeasurement& full, const BackendMeasurement& half, int pictures) {
  const double ratio = half.samples_per_second / full.samples_per_second;
  const std::string speed = ratio > 0.95 && ratio < 1.05 ? "as fast as f32"
                            : ratio >= 1                 ? fmt::format("{} times as fast as f32", times_text(ratio))
                                         : fmt::format("slower than f32 ({} of its speed)", part_text(ratio));
  const bool same = as_accurate(full.accuracy, half.accuracy, pictures);
  const char* accurate = same ? "as accurate" : half.accuracy < full.accuracy ? "less accurate" : "more accurate";
  return fmt::format("{} is {} there and {}: {:.1f} % against {:.1f} %.", training::text_of(half.precision), speed,
                     accurate, 100 * half.accuracy, 100 * full.accuracy);
}

// Words of a GPU's name that say nothing about which it is.
bool says_nothing(std::string_view word) {
  constexpr std::string_view kMakers[] = {"NVIDIA", "GeForce", "Generation", "PCIe", "PCIE", "NVL"};
  if (std::find(std::begin(kMakers), std::end(kMakers), word) != std::end(kMakers)) return true;
  return word.starts_with("HBM") || word.starts_with("SXM") || word.ends_with("GB");
}

}  // namespace

std::string_view row_name(BackendKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"CPU", "CUDA", "Virtual GPU"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string short_device(std::string_view device) {
  if (device.find("·") != std::string_view::npos) return std::string(device);
  std::vector<std::string_view> kept;
  while (!device.empty()) {
    const std::size_t end = std::min(device.find(' '), device.size());
    std::string_view word = device.substr(0, end);
    device.remove_prefix(std::min(end + 1, device.size()));
    if (const auto dash = word.find("-SXM"); dash != std::string_view::npos) word = word.substr(0, dash);
    if (const auto dash = word.find("-PCI"); dash != std::string_view::npos) word = word.substr(0, dash);
    if (!word.empty() && !says_nothing(word)) kept.push_back(word);
  }
  return kept.empty() ? "GPU" : fmt::format("{}", fmt::join(kept, " "));
}

std::string shortest_device(std::string_view device) {
  return short_device(device.substr(0, std::min(device.find(" ·"), device.size())));
}

std::string step_time_text(double seconds) {
  const double ms = seconds * 1e3;
  if (ms >= 100) return fmt::format("{:.0f} ms", ms);
  if (ms >= 10) return fmt::format("{:.1f} ms", ms);
  if (ms >= 0.1) return fmt::format("{:.2f} ms", ms);
  return fmt::format("{:.{}f} µs", ms * 1e3, ms * 1e3 >= 10 ? 0 : 1);
}

std::string times_text(double times) {
  if (times < 10) return fmt::format("{:.1f}", times);
  if (times < 100) return fmt::format("{:.0f}", times);
  const double unit = std::pow(10.0, std::floor(std::log10(times)) - 1);
  return fmt::format("{:.0f}", std::round(times / unit) * unit);
}

std::string part_text(double part) {
  if (part > 0.55) return fmt::format("{:.0f} %", 100 * part);
  const auto whole = static_cast<std::int64_t>(std::llround(std::strtod(times_text(1 / part).c_str(), nullptr)));
  if (whole <= 2) return "half";
  if (whole == 3) return "a third";
  if (whole == 4) return "a quarter";
  const std::int64_t tens = whole % 100, ones = whole % 10;
  const char* ending = tens >= 11 && tens <= 13 ? "th" : ones == 1 ? "st" : ones == 2 ? "nd" : ones == 3 ? "rd" : "th";
  const std::string digits = fmt::format("{}", whole);
  const bool vowel = digits.front() == '8' || whole == 11 || whole == 18;  // an eighth, an eleventh
  return fmt::format("{} {}{}", vowel ? "an" : "a", digits, ending);
}

std::string comparison_text(const BackendComparison& comparison) {
  std::vector<std::string> sentences;
  const BackendMeasurement* const cpu = find_done(comparison, BackendKind::kCpu, Precision::kF32);
  for (const BackendKind kind : {BackendKind::kCuda, BackendKind::kVirtual}) {
    const BackendMeasurement* const full = find_done(comparison, kind, Precision::kF32);
    if (full == nullptr) continue;
    if (cpu != nullptr) sentences.push_back(beside_cpu(*cpu, *full));
    for (const Precision precision : {Precision::kF16, Precision::kBf16}) {
      const BackendMeasurement* const half = find_done(comparison, kind, precision);
      if (half != nullptr) sentences.push_back(beside_f32(*full, *half, comparison.validated));
    }
  }
  return fmt::format("{}", fmt::join(sentences, " "));
}

BackendKind wanted_backend(const session::TrainingView& training, const session::LearnSettings& asked) {
  if (const auto kind = training::parse_backend(asked.backend)) return *kind;
  return training::parse_backend(training.backend).value_or(BackendKind::kCpu);
}

const session::BackendChoice* find_choice(const session::TrainingView& training, BackendKind kind) {
  const auto& choices = *training.backends;
  const auto found = std::find_if(choices.begin(), choices.end(),
                                  [kind](const session::BackendChoice& choice) { return choice.kind == kind; });
  return found == choices.end() ? nullptr : &*found;
}

std::string precision_problem(const session::TrainingView& training, const session::LearnSettings& asked,
                              Precision precision) {
  if (precision == Precision::kF32) return {};
  const BackendKind kind = wanted_backend(training, asked);
  if (kind == BackendKind::kCpu) return "The CPU computes in f32; 16 bits are for GPUs.";
  const session::BackendChoice* const choice = find_choice(training, kind);
  if (precision == Precision::kBf16 && choice != nullptr && !choice->bf16) {
    return fmt::format("{} has no tensor cores for bf16; those of Ampere and newer have.", short_device(choice->name));
  }
  return {};
}

std::optional<int> smaller_batch(const session::TrainingView& training) {
  if (training.batch_that_fits <= 0) return std::nullopt;
  const session::LearnSettings& known = training.pending ? *training.pending : training.settings;
  if (known.batch <= training.batch_that_fits) return std::nullopt;
  return training.batch_that_fits;
}

}  // namespace warpscope::panels

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/convolve_variants.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::Settings;
using convolution::Variant;
using convolution::VariantReport;

bool is_of(const session::ConvolveTable& table, const Settings& settings) {
  return table.settings.chain == settings.chain && table.settings.block == settings.block;
}

const VariantReport* row_of(const session::ConvolveTable& table, Variant variant) {
  const auto found = std::ranges::find(table.rows, variant, &VariantReport::variant);
  return found == table.rows.end() ? nullptr : &*found;
}

double value_of(const VariantReport& report, VariantColumn column) {
  if (column == VariantColumn::kTime) return report.seconds;
  if (!report.counts) return 0;
  const convolution::Counts& counts = *report.counts;
  switch (column) {
    case VariantColumn::kRequests:
      return static_cast<double>(counts.global_requests);
    case VariantColumn::kSectors:
      return static_cast<double>(counts.sectors);
    case VariantColumn::kWavefronts:
      return static_cast<double>(counts.shared_wavefronts);
    default:
      return static_cast<double>(counts.warp_instructions);
  }
}

std::string text_of(const VariantReport& report, VariantColumn column) {
  if (column == VariantColumn::kTime) return report.seconds > 0 ? seconds_text(report.seconds) : "";
  return report.counts ? with_thousands(static_cast<long long>(value_of(report, column))) : "";
}

std::string reason_against(const Settings& settings, Variant variant) {
  for (const convolution::Stage& stage : settings.chain) {
    std::string why = convolution::why_not(variant, stage, settings.block);
    if (!why.empty()) return why;
  }
  return "";
}

std::string caption_of(const session::ConvolveTable* table, bool outdated, int measured) {
  if (table == nullptr || measured == 0) return "not measured yet";
  if (outdated) return "numbers of the chain before";
  double error = 0;
  for (const VariantReport& row : table->rows) {
    if (row.why_not.empty()) error = std::max(error, row.largest_error);
  }
  if (error == 0) return "same output, checked to the last bit";
  const double power = std::pow(10.0, std::ceil(std::log10(error)));
  return fmt::format("{}, checked to {:.0e}", error <= 1e-5 ? "same output" : "not the same output", power);
}

}  // namespace

std::string seconds_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.2f} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.{}f} ms", seconds * 1e3, seconds < 0.1 ? 1 : 0);
  return fmt::format("{:.{}f} µs", seconds * 1e6, seconds < 1e-5 ? 1 : 0);
}

const VariantReport* report_of(const session::ConvolveView& view, const Settings& settings, Variant variant) {
  if (!view.table || !is_of(*view.table, settings)) return nullptr;
  const VariantReport* row = row_of(*view.table, variant);
  return row != nullptr && row->counts ? row : nullptr;
}

VariantTable variant_table(const session::ConvolveView& view, const Settings& settings) {
  VariantTable result;
  const session::ConvolveTable* table = view.table.get();
  result.outdated = table != nullptr && !is_of(*table, settings);
  result.measuring = table != nullptr && table->measuring;
  result.measured = table == nullptr ? 0 : static_cast<int>(table->rows.size());
  result.caption = caption_of(table, result.outdated, result.measured);
  for (const Variant variant : convolution::kVariants) {
    VariantRow row;
    row.variant = variant;
    row.chosen = settings.variant == variant;
    row.why_not = reason_against(settings, variant);
    const VariantReport* report = table == nullptr ? nullptr : row_of(*table, variant);
    for (std::size_t i = 0; report != nullptr && row.why_not.empty() && i < kVariantColumns.size(); ++i) {
      double most = 0;
      for (const VariantReport& each : table->rows) most = std::max(most, value_of(each, kVariantColumns[i]));
      row.cells[i].text = text_of(*report, kVariantColumns[i]);
      if (most > 0) row.cells[i].share = static_cast<float>(value_of(*report, kVariantColumns[i]) / most);
    }
    if (row.chosen) {
      std::string said(convolution::idea_of(variant));
      if (report != nullptr && !result.outdated && !report->why.empty()) said = report->why;
      if (!row.why_not.empty()) said = row.why_not + " Constant weights are used instead.";
      result.sentence = fmt::format("**{}:** {}", convolution::title_of(variant), said);
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

}  // namespace warpscope::panels

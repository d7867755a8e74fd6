// panels/convolve_variants.h: what the table of variants shows, apart from how it is drawn. Floor 7. Pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

enum class VariantColumn { kRequests, kSectors, kWavefronts, kInstructions, kTime };
inline constexpr std::array kVariantColumns{VariantColumn::kRequests, VariantColumn::kSectors,
                                            VariantColumn::kWavefronts, VariantColumn::kInstructions,
                                            VariantColumn::kTime};

struct VariantCell {
  std::string text;  // "28,258", "6.3 ms"; "" where it is not known
  float share = 0;   // of the largest in its column
};
struct VariantRow {
  convolution::Variant variant = convolution::Variant::kNaive;
  bool chosen = false;
  std::string why_not;  // it cannot do this chain
  std::array<VariantCell, kVariantColumns.size()> cells;
};
struct VariantTable {
  std::vector<VariantRow> rows;
  std::string caption;   // "same output, checked to 1e-6"
  std::string sentence;  // on the chosen one
  int measured = 0;      // rows that are there
  bool measuring = false;
  bool outdated = false;  // the numbers are of other settings
};
VariantTable variant_table(const session::ConvolveView& view, const convolution::Settings& settings);

// The counted row of a variant, where the table is of these settings.
const convolution::VariantReport* report_of(const session::ConvolveView& view, const convolution::Settings& settings,
                                            convolution::Variant variant);
// "6.3 ms", "37 µs".
std::string seconds_text(double seconds);

}  // namespace warpscope::panels

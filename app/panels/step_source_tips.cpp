#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "app/panels/step_source_parts.h"

namespace warpscope::panels {
namespace {

constexpr std::size_t kTipWidth = 76;

std::string count(std::uint64_t value) {
  return with_thousands(static_cast<long long>(value));
}

const session::VariableRow* find_variable_row(const std::vector<session::VariableRow>& rows, std::string_view name) {
  const session::VariableRow* found = nullptr;
  for (const session::VariableRow& row : rows) {
    if (row.depth != 0 || row.path != name) continue;
    // Inner scopes come later and hide outer ones of the same name.
    if (found == nullptr || row.in_scope || !found->in_scope) found = &row;
  }
  return found;
}

struct Range {
  std::optional<double> low, high;
  std::string low_text, high_text;
};

Range range_of(const std::vector<ptx::TypeInfo>& types, const session::VariableRow& row, LaneMask lanes) {
  Range range;
  for (int lane = 0; lane < 32; ++lane) {
    if ((lanes >> lane & 1U) == 0) continue;
    const auto value = session::value_number(types, row.type_index, row.of(lane));
    if (!value) continue;
    if (!range.low || *value < *range.low) {
      range.low = value;
      range.low_text = session::value_text(types, row.type_index, row.of(lane));
    }
    if (!range.high || *value > *range.high) {
      range.high = value;
      range.high_text = session::value_text(types, row.type_index, row.of(lane));
    }
  }
  return range;
}

}  // namespace

std::string heat_tip(const LineHeat& heat, int run_line, bool unchanged) {
  if (!heat.known || heat.row.warp_instructions == 0) return {};
  const vgpu::CounterRow& row = heat.row;
  std::string tip = fmt::format("Line {}: {} warp instructions in the whole run\n{:.1f} of 32 lanes active on average",
                                run_line, count(row.warp_instructions), row.active_lanes_mean());
  if (row.divergent_branches > 0) {
    tip += fmt::format("\n{} of {} branches diverged", count(row.divergent_branches), count(row.branches));
  }
  if (row.global_requests > 0) {
    tip += fmt::format("\nGlobal memory: {} requests, {} sectors: {:.2f} a request", count(row.global_requests),
                       count(row.global_sectors), row.sectors_per_request());
  }
  if (row.shared_requests > 0) {
    tip += fmt::format("\nShared memory: {} requests, {} wavefronts, {} of them bank conflicts",
                       count(row.shared_requests), count(row.shared_wavefronts), count(row.shared_bank_conflicts));
  }
  if (row.atomics > 0) {
    tip += fmt::format("\nAtomics: {} requests, {} lanes waited for another", count(row.atomics),
                       count(row.atomic_contention));
  }
  if (!unchanged) tip += "\nThe line has been edited since: these are of what it was";
  return tip;
}

std::string variable_tip(const Frame& f, std::string_view name) {
  const session::VariableRow* row = find_variable_row(f.ui.step.reading.variables, name);
  const session::WarpRow* warp = followed_row(f);
  if (row == nullptr || warp == nullptr || !f.step.run || !f.step.run->debug) return {};
  if (!row->in_scope)
    return fmt::format("{} is not in scope here, it is declared in line {}", name, row->declared_line);
  if (row->has_parts || row->bytes == 0) return fmt::format("{} {}", row->type, name);
  const std::vector<ptx::TypeInfo>& types = f.step.run->debug->types();
  const LaneMask active = (warp->active != 0 ? warp->active : warp->exists) & row->has_value;
  const LaneMask selected = f.ui.step.selected_lanes & row->has_value;
  const LaneMask shown = selected != 0 ? selected : active;
  if (shown == 0) return fmt::format("{} {}\nno value here: optimised away, or not computed yet", row->type, name);
  const int lane = std::countr_zero(shown);
  const std::string value = session::value_text(types, row->type_index, row->of(lane));
  if (row->is_shared) return fmt::format("{} = {} for the whole block", name, value);
  std::string tip = fmt::format("{} = {} in lane {}", name, value, lane);
  const Range range = range_of(types, *row, active);
  if (range.low && *range.low != *range.high) {
    tip += fmt::format("; {} to {} over the warp", range.low_text, range.high_text);
  } else if (range.low && std::popcount(active) > 1) {
    tip += fmt::format("; the same in all {} active lanes", std::popcount(active));
  }
  return tip;
}

std::string finding_tip(const session::StepFinding& finding) {
  const vgpu::Finding& found = finding.finding;
  const std::string times = found.count > 1 ? fmt::format(", {} times", count(found.count)) : std::string();
  return fmt::format("{} checker: {}{}\n{}\nClick to read more", vgpu::name_of(found.kind),
                     vgpu::name_of(found.severity), times, wrapped(found.message, kTipWidth));
}

}  // namespace warpscope::panels

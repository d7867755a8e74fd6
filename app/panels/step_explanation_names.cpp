#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "app/panels/step_explanation.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using vgpu::AccessSpace;

const session::StepBuffer* buffer_at(const session::StepRun& run, std::uint64_t address) {
  const auto found = std::find_if(run.buffers.begin(), run.buffers.end(), [address](const session::StepBuffer& b) {
    return address >= b.address && address - b.address < b.size_bytes;
  });
  return found == run.buffers.end() ? nullptr : &*found;
}

std::optional<session::SharedVariableRow> shared_at(const session::StepRun& run, std::uint64_t offset) {
  for (session::SharedVariableRow& row : session::shared_variables(run)) {
    if (offset >= row.offset && offset - row.offset < row.size_bytes) return std::move(row);
  }
  return std::nullopt;
}

// "[3][5]" of an array with these counts, outermost first.
std::string indices(std::uint64_t element, const std::vector<std::uint64_t>& counts) {
  if (counts.size() < 2) return fmt::format("[{}]", element);
  std::string out;
  for (std::size_t i = counts.size(); i > 0; --i) {
    const std::uint64_t count = i > 1 ? std::max<std::uint64_t>(1, counts[i - 1]) : ~0ULL;
    out.insert(0, fmt::format("[{}]", element % count));
    element /= count;
  }
  return out;
}

}  // namespace

std::string place_name(const session::StepRun& run, AccessSpace space, std::uint64_t address) {
  if (space == AccessSpace::kShared) {
    const auto row = shared_at(run, address);
    if (!row) return fmt::format("offset {}", address);
    if (row->counts.empty() && row->size_bytes <= 8) return row->name;
    return row->name +
           indices((address - row->offset) / static_cast<std::uint64_t>(kernels::bytes_of(row->element)), row->counts);
  }
  if (space == AccessSpace::kGlobal) {
    const session::StepBuffer* buffer = buffer_at(run, address);
    if (buffer == nullptr) return fmt::format("0x{:x}", address);
    const std::uint64_t element =
        (address - buffer->address) / static_cast<std::uint64_t>(kernels::bytes_of(buffer->element));
    return fmt::format("{}[{}]", buffer->name, element);
  }
  return fmt::format("offset {}", address);
}

std::string variable_name(const session::StepRun& run, AccessSpace space, std::uint64_t address) {
  if (space == AccessSpace::kShared) {
    const auto row = shared_at(run, address);
    return row ? row->name : "";
  }
  if (space != AccessSpace::kGlobal) return "";
  const session::StepBuffer* buffer = buffer_at(run, address);
  return buffer == nullptr ? "" : buffer->name;
}

AccessNames names_of(const session::StepRun& run, trace::WarpIndex warp, const vgpu::Access& access) {
  AccessNames names;
  names.warp = fmt::format("warp {}", warp % std::max(1U, run.warps_per_block));
  if (access.mask == 0) return names;
  const int first = std::countr_zero(access.mask), last = 31 - std::countl_zero(access.mask);
  names.place = variable_name(run, access.space, access.address[first]);
  names.first = place_name(run, access.space, access.address[first]);
  names.last = place_name(run, access.space, access.address[last]);
  return names;
}

std::string where_text(const session::StepRun& run, vgpu::Pc pc) {
  const int line = session::line_at(run, pc);
  return line > 0 ? fmt::format("line {}", line) : fmt::format("pc {}", pc);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_thousands(static_cast<long long>(count)), count == 1 ? one : many);
}

std::string listed(std::string_view one, std::string_view many, const std::vector<int>& numbers) {
  if (numbers.empty()) return fmt::format("no {}", many);
  std::string out = fmt::format("{} {}", numbers.size() == 1 ? one : many, numbers.front());
  // Stretches of neighbours as "2-5", so that a long list stays short.
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    std::size_t end = i;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (end - i >= 2) {
      out += fmt::format("-{}", numbers[end - 1]);
      i = end - 1;
      continue;
    }
    out += fmt::format("{} {}", i + 1 == numbers.size() ? " and" : ",", numbers[i]);
  }
  return out;
}

}  // namespace warpscope::panels

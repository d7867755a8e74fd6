#include "app/panels/step_ptx_listing.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/base/text.h"
#include "compute/session/step_reading.h"

namespace warpscope::panels {
namespace {

constexpr std::size_t kOperandColumn = 14;

// "@%p1 bra" and "mad.lo.s32" in a column of their own, as assemblers list them.
std::string in_columns(std::string_view code) {
  std::size_t end = code.find(' ');
  if (code.starts_with('@') && end != code.npos) end = code.find(' ', end + 1);
  if (end == code.npos) return std::string(code);
  std::string out(code.substr(0, end));
  out.resize(std::max(out.size() + 1, kOperandColumn), ' ');
  return out + std::string(code.substr(end + 1));
}

std::string subscripts(const std::vector<std::uint64_t>& counts, std::uint64_t index) {
  if (counts.empty()) return fmt::format("[{}]", index);
  std::string out;
  for (std::size_t i = counts.size(); i-- > 0;) {
    const std::uint64_t count = std::max<std::uint64_t>(1, counts[i]);
    out = fmt::format("[{}]", i == 0 ? index : index % count) + out;
    index /= count;
  }
  return out;
}

const vgpu::Block* block_of_followed(const session::StepRun& run, const session::StepMoment& moment) {
  if (!moment.state) return nullptr;
  const std::uint64_t number = moment.followed / std::max(1U, run.warps_per_block);
  const auto& blocks = moment.state->blocks;
  const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const auto& b) { return b.number == number; });
  return found == blocks.end() ? nullptr : &*found;
}

struct Element {
  std::string name;  // "b_tile[3][0]"
  kernels::ElementType type = kernels::ElementType::kU8;
};

std::optional<Element> shared_element(const session::StepRun& run, std::uint64_t offset) {
  for (const session::SharedVariableRow& row : session::shared_variables(run)) {
    if (offset < row.offset || offset >= row.offset + row.size_bytes) continue;
    const auto size = static_cast<std::uint64_t>(kernels::bytes_of(row.element));
    const bool single = row.size_bytes <= size;
    return Element{single ? row.name : row.name + subscripts(row.counts, (offset - row.offset) / size), row.element};
  }
  return std::nullopt;
}

std::optional<Element> buffer_element(const session::StepRun& run, std::uint64_t address) {
  for (const session::StepBuffer& buffer : run.buffers) {
    if (address < buffer.address || address >= buffer.address + buffer.size_bytes) continue;
    const auto size = static_cast<std::uint64_t>(kernels::bytes_of(buffer.element));
    return Element{fmt::format("{}[{}]", buffer.name, (address - buffer.address) / size), buffer.element};
  }
  return std::nullopt;
}

std::optional<Element> element_of(const session::StepRun& run, const vgpu::Access& access, std::uint64_t address) {
  if (access.space == vgpu::AccessSpace::kShared) return shared_element(run, address);
  const bool device = access.space == vgpu::AccessSpace::kGlobal || access.space == vgpu::AccessSpace::kConstant;
  return device ? buffer_element(run, address) : std::nullopt;
}

// What will be written, or what is there to be read.
std::vector<std::uint8_t> bytes_of(const session::StepRun& run, const session::StepMoment& moment,
                                   const vgpu::Access& access, int lane) {
  const std::uint64_t address = access.address[lane];
  if (access.kind == vgpu::AccessKind::kStore && access.bytes <= 8) {
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < access.bytes; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(access.store_bits[lane] >> (8 * i)));
    }
    return bytes;
  }
  if (access.space == vgpu::AccessSpace::kShared) {
    const vgpu::Block* block = block_of_followed(run, moment);
    if (block == nullptr || address + access.bytes > block->shared.size()) return {};
    const auto* begin = block->shared.data() + address;
    return {begin, begin + access.bytes};
  }
  return session::device_bytes(moment, address, access.bytes);
}

std::string_view space_name(vgpu::AccessSpace space) {
  switch (space) {
    case vgpu::AccessSpace::kGlobal:
      return "global";
    case vgpu::AccessSpace::kConstant:
      return "constant";
    case vgpu::AccessSpace::kShared:
      return "shared";
    case vgpu::AccessSpace::kLocal:
      return "local";
    case vgpu::AccessSpace::kParameter:
      return "parameter";
    case vgpu::AccessSpace::kTexture:
      return "texture";
    case vgpu::AccessSpace::kSurface:
      return "surface";
  }
  return "";
}

}  // namespace

void PtxListing::list(const std::shared_ptr<const session::StepRun>& run, int function) {
  if (run == run_ && function == function_) return;
  clear();
  run_ = run;
  function_ = function;
  const vgpu::FunctionCode& code = run->program->functions[static_cast<std::size_t>(function)];
  const ptx::Function& source = run->module->functions[static_cast<std::size_t>(code.source)];
  begin_ = code.begin;
  std::vector<std::pair<int, std::string_view>> labels;
  for (const auto& [name, index] : source.labels) labels.emplace_back(index, name);
  std::sort(labels.begin(), labels.end());
  std::size_t label = 0;
  for (vgpu::Pc pc = code.begin; pc < code.end; ++pc) {
    const int index = static_cast<int>(run->program->source_of[pc]);
    for (; label < labels.size() && labels[label].first <= index; ++label) {
      rows_.push_back({std::string(labels[label].second) + ":", vgpu::kNoPc, 0});
    }
    row_of_pc_.push_back(static_cast<int>(rows_.size()));
    rows_.push_back({{}, pc, session::line_at(*run, pc)});
  }
  for (; label < labels.size(); ++label) rows_.push_back({std::string(labels[label].second) + ":", vgpu::kNoPc, 0});
  words_.resize(rows_.size());
}

const PtxListing::Words& PtxListing::words(std::size_t row) {
  Words& words = words_[row];
  if (!words.code.empty()) return words;
  const Row& what = rows_[row];
  words.code = what.label;
  if (what.label.empty()) words.code = in_columns(base::trimmed(session::instruction_text(*run_, what.pc)));
  scene::CodeState state;
  words.runs = scene::lex_line(words.code, scene::CodeLanguage::kPtx, state);
  return words;
}

int PtxListing::row_of(vgpu::Pc pc) const {
  return pc >= begin_ && pc - begin_ < row_of_pc_.size() ? row_of_pc_[pc - begin_] : -1;
}

std::string touched_text(const session::StepRun& run, const session::StepMoment& moment, const vgpu::Access& access,
                         int lane) {
  const std::uint64_t address = access.address[lane];
  if (const auto element = element_of(run, access, address)) {
    const auto bytes = bytes_of(run, moment, access, lane);
    const bool one = access.bytes == kernels::bytes_of(element->type) && bytes.size() == access.bytes;
    if (one) {
      return fmt::format("lane {}: {} = {}", lane, element->name,
                         session::element_text(element->type, bytes, session::ValueFormat::kNatural));
    }
    return fmt::format("lane {}: {} bytes from {}", lane, access.bytes, element->name);
  }
  const bool offset = access.space != vgpu::AccessSpace::kGlobal && access.space != vgpu::AccessSpace::kConstant;
  return fmt::format("lane {}: {} bytes of {} memory at {}0x{:x}", lane, access.bytes, space_name(access.space),
                     offset ? "offset " : "", address);
}

std::string cost_text(const vgpu::Access& access) {
  const session::AccessCost cost = session::cost_of(access);
  if (cost.wavefronts > 0) {
    return cost.wavefronts == cost.fewest_wavefronts
               ? fmt::format("{} wavefront{}, as few as can be", cost.wavefronts, cost.wavefronts == 1 ? "" : "s")
               : fmt::format("{} wavefronts, {} would do", cost.wavefronts, cost.fewest_wavefronts);
  }
  if (cost.sectors == 0) return {};
  return cost.sectors == cost.fewest_sectors
             ? fmt::format("{} sector{}, as few as can be", cost.sectors, cost.sectors == 1 ? "" : "s")
             : fmt::format("{} sectors, {} would do", cost.sectors, cost.fewest_sectors);
}

}  // namespace warpscope::panels

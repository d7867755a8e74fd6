// What the followed block's shared memory holds at the moment, read once a view.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "app/panels/step_shared.h"

namespace warpscope::panels {
namespace {

using vgpu::AccessSpace;

const vgpu::Block* find_block(const Frame& f) {
  const std::uint64_t number = followed_block(f);
  for (const vgpu::Block& block : f.step.moment->state->blocks) {
    if (block.number == number) return &block;
  }
  return nullptr;
}

// The last barrier that this block has left, as the number of a step behind it.
std::uint64_t last_barrier(const Frame& f) {
  std::uint64_t last = 0;
  const std::uint64_t block = followed_block(f);
  for (const session::BarrierMark& mark : f.step.run->barriers) {
    if (mark.at >= f.step.moment->position) break;
    if (mark.block == block) last = mark.at + 1;
  }
  return last;
}

void read_touched(const Frame& f, SharedReading& shared) {
  shared.touched.assign(shared.words, false);
  shared.touched_lane.assign(shared.words, -1);
  for (const vgpu::Access& access : f.step.moment->followed_accesses) {
    if (access.space != AccessSpace::kShared) continue;
    for (int lane = 0; lane < 32; ++lane) {
      if ((access.mask >> lane & 1U) == 0) continue;
      const std::uint64_t first = access.address[lane] / 4, last = (access.address[lane] + access.bytes - 1) / 4;
      for (std::uint64_t word = first; word <= last && word < shared.words; ++word) {
        shared.touched[word] = true;
        if (shared.touched_lane[word] < 0) shared.touched_lane[word] = lane;
      }
    }
  }
}

void read_access(const Frame& f, SharedReading& shared) {
  const vgpu::Access* access = scene::costliest(f.step.moment->followed_accesses, AccessSpace::kShared);
  shared.accesses = access != nullptr;
  shared.said = {};
  shared.use = {};
  if (access == nullptr) return;
  const auto lane = static_cast<std::size_t>(std::countr_zero(access->mask));
  const session::SharedVariableRow* variable = scene::variable_of(shared.variables, access->address[lane]);
  const auto& source = f.step.run->source;
  const std::string length =
      variable != nullptr && source ? scene::row_length_text(*source->text, variable->name) : std::string();
  shared.use = scene::bank_use(*access);
  shared.said = scene::bank_words(*access, variable, length);
}

void read_range(const Frame& f, SharedReading& shared) {
  shared.range = {};
  for (std::uint64_t word = 0; word < shared.words; ++word) {
    if (!last_write(f, word)) continue;
    const auto number = shared_number(f, word);
    if (!number || !std::isfinite(*number)) continue;
    shared.range.low = std::min(shared.range.low, *number);
    shared.range.high = std::max(shared.range.high, *number);
    shared.range.any = true;
  }
}

}  // namespace

void refresh_shared(const Frame& f) {
  SharedReading& shared = f.ui.step.memory.shared;
  if (shared.version == f.step.version && shared.run == f.step.run->id) return;
  if (shared.run != f.step.run->id) shared.variables = session::shared_variables(*f.step.run);
  shared.version = f.step.version;
  shared.run = f.step.run->id;
  const vgpu::Block* block = find_block(f);
  shared.begun = block != nullptr;
  std::uint64_t bytes = f.step.run->launch.dynamic_shared_bytes;
  for (const auto& variable : shared.variables) bytes = std::max(bytes, variable.offset + variable.size_bytes);
  if (block != nullptr) bytes = block->shared.size();
  shared.words = (bytes + 3) / 4;
  shared.bytes.assign(shared.words * 4, 0);
  if (block != nullptr) std::copy_n(block->shared.data(), bytes, shared.bytes.begin());
  shared.groups = scene::shared_groups(shared.variables, bytes);
  shared.last_barrier = last_barrier(f);
  read_touched(f, shared);
  read_access(f, shared);
  read_range(f, shared);
}

std::optional<std::uint64_t> last_write(const Frame& f, std::uint64_t word) {
  const auto& writes = f.step.moment->shared_writes;
  if (!writes || word >= writes->size() || (*writes)[word] == 0) return std::nullopt;
  return (*writes)[word] - 1;
}

namespace {

// The element that begins in a word, or that the word is a part of.
struct Place {
  std::uint64_t offset = 0;
  kernels::ElementType type = kernels::ElementType::kU32;
  std::uint64_t bytes = 4;
};
Place place_of(const SharedReading& shared, std::uint64_t word) {
  Place place{word * 4, kernels::ElementType::kU32, 4};
  const auto* variable = scene::variable_of(shared.variables, place.offset);
  if (variable == nullptr) return place;
  place.type = variable->element;
  place.bytes = static_cast<std::uint64_t>(kernels::bytes_of(place.type));
  place.offset = variable->offset + (place.offset - variable->offset) / place.bytes * place.bytes;
  return place;
}

std::string written_text(const Frame& f, std::uint64_t step) {
  const auto& run = *f.step.run;
  if (step >= run.size()) return {};
  const trace::StepRecord& record = (*run.records)[step];
  const int line = session::line_at(run, record.pc);
  const std::string where = line > 0 ? fmt::format("line {}, ", line) : std::string();
  return fmt::format("{}warp {}, step {}", where, record.warp % std::max(1U, run.warps_per_block),
                     with_thousands(static_cast<long long>(step)));
}

}  // namespace

std::optional<float> shared_number(const Frame& f, std::uint64_t word) {
  const SharedReading& shared = f.ui.step.memory.shared;
  const Place place = place_of(shared, word);
  if (place.offset + place.bytes > shared.bytes.size()) return std::nullopt;
  return static_cast<float>(
      session::element_number(place.type, std::span(shared.bytes).subspan(place.offset, place.bytes)));
}

MemoryCell shared_cell(const Frame& f, std::uint64_t word) {
  const SharedReading& shared = f.ui.step.memory.shared;
  const Place place = place_of(shared, word);
  MemoryCell cell;
  cell.name = scene::shared_name(shared.variables, place.offset);
  if (place.offset + place.bytes <= shared.bytes.size()) {
    cell.value =
        session::element_text(place.type, std::span(shared.bytes).subspan(place.offset, place.bytes), f.ui.step.format);
  }
  cell.place = {AccessSpace::kShared, place.offset, place.bytes, followed_block(f), 0};
  cell.element = place.type;
  cell.focus.kind = StepFocus::Kind::kShared;
  cell.focus.word = word;
  cell.facts.push_back(fmt::format("bank {} of 32, offset {:#x}", word % 32, place.offset));
  if (word < shared.touched.size() && shared.touched[word]) {
    cell.facts.push_back(fmt::format("the next access touches it: lane {}", shared.touched_lane[word]));
  }
  if (const auto step = last_write(f, word)) {
    cell.writer = written_text(f, *step);
  } else {
    cell.facts.emplace_back("nobody has written it yet");
  }
  return cell;
}

}  // namespace warpscope::panels

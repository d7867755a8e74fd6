#include "compute/vgpu/observers/counters.h"

#include <bit>
#include <map>
#include <utility>

#include "compute/vgpu/observers/coalescing.h"

namespace warpscope::vgpu {
namespace {

std::uint64_t lanes_in(LaneMask mask) {
  return static_cast<std::uint64_t>(std::popcount(mask));
}

void count_atomic(const Access& access, CounterRow& row) {
  if (access.kind != AccessKind::kAtomic) return;
  ++row.atomics;
  row.atomic_threads += lanes_in(access.mask);
  row.atomic_contention += static_cast<std::uint64_t>(count_contending_lanes(access));
}

void count_access(const Access& access, CounterRow& row) {
  if (access.kind == AccessKind::kPrefetch || access.mask == 0) return;  // a hint: no data comes to the warp
  switch (access.space) {
    case AccessSpace::kGlobal:
      ++row.global_requests;
      row.global_sectors += static_cast<std::uint64_t>(count_sectors(access));
      count_atomic(access, row);
      break;
    case AccessSpace::kShared: {
      const Wavefronts wavefronts = count_wavefronts(access);
      ++row.shared_requests;
      row.shared_wavefronts += static_cast<std::uint64_t>(wavefronts.taken);
      row.shared_bank_conflicts += static_cast<std::uint64_t>(wavefronts.conflicts());
      count_atomic(access, row);
      break;
    }
    case AccessSpace::kLocal:
      ++row.local_requests;
      row.local_sectors += static_cast<std::uint64_t>(count_local_sectors(access));
      break;
    case AccessSpace::kConstant:
      ++row.constant_requests;
      break;
    case AccessSpace::kTexture:
    case AccessSpace::kSurface:
      ++row.texture_requests;
      break;
    case AccessSpace::kParameter:
      break;
  }
}

}  // namespace

CounterRow& CounterRow::operator+=(const CounterRow& other) {
  warp_instructions += other.warp_instructions;
  thread_instructions += other.thread_instructions;
  predicated_off_threads += other.predicated_off_threads;
  branches += other.branches;
  divergent_branches += other.divergent_branches;
  global_requests += other.global_requests;
  global_sectors += other.global_sectors;
  shared_requests += other.shared_requests;
  shared_wavefronts += other.shared_wavefronts;
  shared_bank_conflicts += other.shared_bank_conflicts;
  local_requests += other.local_requests;
  local_sectors += other.local_sectors;
  constant_requests += other.constant_requests;
  texture_requests += other.texture_requests;
  atomics += other.atomics;
  atomic_threads += other.atomic_threads;
  atomic_contention += other.atomic_contention;
  return *this;
}

double CounterRow::active_lanes_mean() const {
  if (warp_instructions == 0) return 0;
  return static_cast<double>(thread_instructions + predicated_off_threads) / static_cast<double>(warp_instructions);
}

double CounterRow::sectors_per_request() const {
  return global_requests == 0 ? 0 : static_cast<double>(global_sectors) / static_cast<double>(global_requests);
}

void Counters::on_launch(const Program& program, const Launch&, const GlobalMemory&) {
  if (program_ != &program) rows_.assign(program.code.size(), {});
  program_ = &program;
}

void Counters::on_step(const StepEvent& event) {
  if (event.pc >= rows_.size()) rows_.resize(event.pc + 1);
  CounterRow& row = rows_[event.pc];
  ++row.warp_instructions;
  row.thread_instructions += lanes_in(event.executed);
  row.predicated_off_threads += lanes_in(event.active & ~event.executed);
  if (event.inst != nullptr &&
      (event.inst->kind == InstKind::kBranch || event.inst->kind == InstKind::kBranchIndexed)) {
    ++row.branches;
    row.divergent_branches += event.diverged ? 1 : 0;
  }
  for (const Access& access : event.accesses) count_access(access, row);
}

CounterRow Counters::total() const {
  CounterRow sum;
  for (const CounterRow& row : rows_) sum += row;
  return sum;
}

std::vector<LineCounters> Counters::lines(const SourceMap& map) const {
  std::map<std::pair<std::string, int>, CounterRow> by_line;
  for (Pc pc = 0; pc < rows_.size(); ++pc) {
    if (rows_[pc].warp_instructions == 0) continue;
    const SourceLine& where = map.at(pc);
    by_line[{where.file, where.line}] += rows_[pc];
  }
  std::vector<LineCounters> lines;
  lines.reserve(by_line.size());
  for (auto& [place, row] : by_line) lines.push_back({{place.first, place.second, 0}, row});
  return lines;
}

void Counters::clear() {
  rows_.assign(rows_.size(), {});
}

}  // namespace warpscope::vgpu

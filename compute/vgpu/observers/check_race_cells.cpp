// One cell at a time: where a whole run was not alike, or something is wrong.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "compute/vgpu/observers/check_race.h"
#include "compute/vgpu/observers/race_step.h"

namespace warpscope::vgpu {

using race::Cells;
using race::Entries;
using race::Info;
using race::Order;
using race::Stamp;
using race::Thread;

namespace {

bool is_plain_read(Info info) {
  return (info & race::kKind) == 0;
}
bool is_strong_read(Info info) {
  return (info & race::kKind) == race::kStrong;
}

// Whether two accesses of different threads race where nothing orders them.
bool may_race(Info earlier, Info now, bool same_block, bool same_warp, bool shared) {
  if (((earlier | now) & race::kWrite) == 0) return false;
  if ((earlier & now & race::kStrong) == 0) return true;
  if (!same_block && ((earlier | now) & race::kBlockScope) != 0) return true;
  return shared && same_warp && (earlier & now & race::kVolatile) != 0;
}

std::string place_text(const Access& access, std::uint64_t address, const GlobalMemory& memory) {
  if (access.space == AccessSpace::kShared) return fmt::format("shared memory at offset {}", address);
  return fmt::format("global memory at 0x{:x}, {}", address, memory.describe(address));
}

const char* verb_of(Info info) {
  if ((info & race::kAtomic) != 0) return "updates atomically";
  if ((info & race::kAsync) != 0) return "writes by an asynchronous copy";
  return (info & race::kWrite) != 0 ? "writes" : "reads";
}

struct Hazard {
  Info earlier = 0, now = 0;
  bool same_warp = false, same_block = false, same_thread = false, shared = false, same_value = false;
  bool checked = false;  // a plain read and a compare-and-swap
};

const char* advice_of(const Hazard& hazard) {
  if (hazard.same_thread)
    return "Wait for the copy (cp.async.wait_group, __pipeline_wait_prior) before using what it brings.";
  if (hazard.same_value) return "Both write the same value, which is harmless where it is meant so.";
  if (hazard.checked) return "This is harmless where the swap checks the value that was read.";
  const Info both = hazard.earlier & hazard.now;
  if (((hazard.earlier | hazard.now) & race::kAtomic) != 0 && (both & race::kStrong) == 0 &&
      (!hazard.same_block || !hazard.shared)) {
    return "An atomic does not protect against plain accesses: make all of them atomic, or put a barrier between.";
  }
  if ((both & race::kStrong) != 0 && !hazard.same_block) {
    return "The scope of one of them is its own block: use device scope.";
  }
  if (hazard.same_warp) return "Lanes of a warp do not run in lockstep: put __syncwarp() between.";
  if (hazard.same_block) return "A __syncthreads() between the two would order them.";
  return "Blocks run in any order: use atomics, a flag with __threadfence() before it, or a second launch.";
}

// Whether a pc is a compare-and-swap, or debug code's call of a function that is one: atomicCAS() calls others itself.
bool swaps(const Program& program, Pc pc, int depth = 0) {
  if (pc >= program.code.size() || depth > 3) return false;
  const Inst& inst = program.code[pc];
  if (inst.kind != InstKind::kCall) {
    const ptx::Instruction* source = program.source(pc);
    return source != nullptr && source->opcode == ptx::Opcode::kAtom && source->has(ptx::Modifier::kCas);
  }
  const int callee = program.calls[inst.target].function;
  if (callee < 0) return false;
  const FunctionCode& code = program.functions[static_cast<std::size_t>(callee)];
  for (Pc at = code.begin; at < code.end; ++at) {
    if (swaps(program, at, depth + 1)) return true;
  }
  return false;
}

enum Title : std::uint32_t { kReadAfterWrite, kWriteAfterRead, kWriteAfterWrite };
constexpr const char* kTitles[] = {"read after write", "write after read", "write after write"};

}  // namespace

void CheckRace::report(Step& step, Thread earlier, Info earlier_info, int lane, bool same_value) {
  const Pc other_pc = earlier_info & race::kPcMask;
  const Info now = step.look.info;
  const bool shared = step.look.own_block_only;
  Title title = kWriteAfterWrite;
  if ((earlier_info & race::kWrite) == 0) title = kWriteAfterRead;
  if ((now & race::kWrite) == 0) title = kReadAfterWrite;
  const std::uint32_t key = title | (shared ? 4U : 0U) | (same_value ? 8U : 0U);
  // By line: an unrolled loop has many instructions on one.
  if (!list_.is_new(key, places_.map.number(step.pc), places_.map.number(other_pc))) return;
  const race::BlockOrder& order = step.state->order;
  const race::WarpNumber warp = earlier / 32;
  Finding finding;
  finding.kind = FindingKind::kRace;
  const bool checked = (is_plain_read(now) && swaps(*places_.program, other_pc)) ||
                       (is_plain_read(earlier_info) && swaps(*places_.program, step.pc));
  finding.severity = same_value || checked ? Severity::kInfo : Severity::kError;
  finding.where = places_.map.at(step.pc);
  finding.other_where = places_.map.at(other_pc);
  finding.pc = step.pc;
  finding.other_pc = other_pc;
  finding.at = places_.thread(order.number, step.viewer.warp * 32 + static_cast<std::uint32_t>(lane));
  finding.other = places_.thread(warp / warps_per_block_, (warp % warps_per_block_) * 32 + earlier % 32);
  finding.has_other = true;
  finding.address = step.address;
  Hazard hazard{earlier_info, now, warp == step.look.warp, order.holds(warp), false, shared, same_value, checked};
  hazard.same_thread = hazard.same_warp && earlier % 32 == static_cast<Thread>(lane);
  finding.message = fmt::format(
      "race ({}) in {}: {} {} at {} what {} {} at {}, and nothing orders the two. {}", kTitles[title],
      place_text(*step.access, step.address, *memory_), places_.text(finding.at), verb_of(now), finding.where.text(),
      places_.text(finding.other), verb_of(earlier_info), finding.other_where.text(), advice_of(hazard));
  list_.add(std::move(finding));
}

void CheckRace::check_cell(Step& step, Cells& cells, std::uint32_t cell, LaneMask lanes) {
  if (cells.written[cell] != 0) check_write(step, cells, cell, lanes);
  for (int which = 0; which < 2; ++which) check_entry(step, cells, which, cell, lanes);
  if (step.is_plain_write && !std::has_single_bit(lanes)) {
    // Several lanes of one instruction: which of them is last is not said.
    const int first = std::countr_zero(lanes);
    int other = 31 - std::countl_zero(lanes);
    bool same = step.values_known;
    for (LaneMask rest = lanes; rest != 0 && same; rest &= rest - 1) {
      if (step.cell_values[std::countr_zero(rest)] == step.cell_values[first]) continue;
      other = std::countr_zero(rest);
      same = false;
    }
    report(step, step.look.warp * 32 + static_cast<Thread>(first), step.look.info, other, same);
  }
  remember(step, cells, cell, lanes);
}

void CheckRace::check_write(Step& step, Cells& cells, std::uint32_t cell, LaneMask lanes) {
  const Thread writer = cells.writer[cell];
  const bool is_copy = cells.written[cell] == race::kAsyncStamp;
  const Stamp stamp = is_copy ? cells.value[cell] : cells.written[cell];
  // In shared memory that is what another block left behind.
  if (step.look.own_block_only && !step.state->order.holds(writer / 32)) return;
  if (!is_copy && step.state->order.holds(writer / 32) && stamp <= step.look.synced) return;
  for (LaneMask rest = lanes; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    const bool before = is_copy ? Order::is_copied_before(writer, stamp, step.viewer, lane)
                                : Order::is_before(writer, stamp, step.viewer, lane);
    if (before) continue;
    const Info info = cells.write_info[cell];
    const bool known = step.is_plain_write && step.values_known && !is_copy && (info & race::kValueKnown) != 0;
    report(step, writer, info, lane, known && cells.value[cell] == step.cell_values[lane]);
    return;
  }
  const race::BlockOrder& order = step.state->order;
  if (is_copy && order.holds(writer / 32) && stamp <= order.synced) {
    cells.written[cell] = stamp;  // over for everybody: from now on it is a write like others
    cells.write_info[cell] &= ~race::kValueKnown;
  }
}

void CheckRace::check_entry(Step& step, Cells& cells, int which, std::uint32_t cell, LaneMask lanes) {
  const Entries& e = cells.others[which];
  const Stamp stamp = e.stamp[cell];
  if (stamp == 0) return;
  const race::BlockOrder& order = step.state->order;
  const race::WarpNumber warp = e.warp[cell];
  const bool same_block = order.holds(warp), same_warp = warp == step.look.warp;
  if (step.look.own_block_only && !same_block) return;
  if (same_block && stamp <= order.synced) return;
  if (same_warp && stamp <= step.warp->synced) return;
  const Info info = e.info[cell];
  if (!may_race(info, step.look.info, same_block, same_warp, step.look.own_block_only)) return;
  for (LaneMask before = e.lanes[cell]; before != 0; before &= before - 1) {
    const Thread earlier = warp * 32 + static_cast<Thread>(std::countr_zero(before));
    for (LaneMask rest = lanes; rest != 0; rest &= rest - 1) {
      if (Order::is_before(earlier, stamp, step.viewer, std::countr_zero(rest))) continue;
      report(step, earlier, info, std::countr_zero(rest), false);
      return;
    }
  }
}

void CheckRace::remember(const Step& step, Cells& cells, std::uint32_t cell, LaneMask lanes) {
  if (!step.is_plain_write) return remember_entry(step, cells, cell, lanes);
  const int last = 31 - std::countl_zero(lanes);
  const bool is_copy = (step.look.info & race::kAsync) != 0;
  cells.written[cell] = is_copy ? race::kAsyncStamp : step.stamp;
  cells.writer[cell] = step.look.warp * 32 + static_cast<Thread>(last);
  cells.write_info[cell] = step.look.info | (step.values_known || is_copy ? race::kValueKnown : 0);
  cells.value[cell] = is_copy ? step.stamp : step.cell_values[last];
  // What was there is ordered before this write, or has been reported.
  cells.others[0].stamp[cell] = 0;
  cells.others[1].stamp[cell] = 0;
  cells.others[1].info[cell] = 0;
}

// Takes the place of an entry that this access stands for as well: whoever is ordered behind this access is ordered
// behind that one too, and races with that one only if it does with this. Else keeps entries that are as different as
// possible.
void CheckRace::remember_entry(const Step& step, Cells& cells, std::uint32_t cell, LaneMask lanes) {
  const race::BlockOrder& order = step.state->order;
  const Info info = step.look.info;
  const Info kind = info & race::kKind;
  const auto put = [&](int which, LaneMask mask) {
    const Entries& e = cells.others[which];
    e.stamp[cell] = step.stamp;
    e.warp[cell] = step.look.warp;
    e.lanes[cell] = mask;
    e.info[cell] = info;
    const Entries &first = cells.others[0], &second = cells.others[1];
    second.info[cell] &= ~race::kDiverse;
    const auto block_of = [&](const Entries& x) { return x.warp[cell] / warps_per_block_; };
    if (cells.written[cell] == 0 && first.stamp[cell] != 0 && second.stamp[cell] != 0 &&
        block_of(first) != block_of(second) && is_plain_read(first.info[cell]) && is_plain_read(second.info[cell])) {
      second.info[cell] |= race::kDiverse;
    }
  };
  for (int which = 0; which < 2; ++which) {
    const Entries& e = cells.others[which];
    const Info there = e.info[cell] & ~race::kDiverse;
    if (e.stamp[cell] != step.stamp || e.warp[cell] != step.look.warp || (there & race::kKind) != kind) continue;
    if (e.lanes[cell] == lanes) return put(which, lanes);  // the later place is the one to tell
    if ((e.lanes[cell] & lanes) == lanes) return;
    if (there == info) return put(which, e.lanes[cell] | lanes);
  }
  for (int which = 0; which < 2; ++which) {
    const Entries& e = cells.others[which];
    if (e.stamp[cell] == 0) return put(which, lanes);
    const Info there = e.info[cell];
    const bool same_block = order.holds(e.warp[cell]);
    // Shared memory: nobody else can come who is not behind the barrier too.
    const bool is_left_over = step.look.own_block_only && (!same_block || e.stamp[cell] <= order.synced);
    if (!is_left_over && (there & race::kKind) != kind && !is_strong_read(there)) continue;
    const bool is_before =
        (same_block && e.stamp[cell] <= order.synced) ||
        (e.warp[cell] == step.look.warp && (e.stamp[cell] <= step.warp->synced || e.lanes[cell] == lanes));
    if (is_left_over || is_before || (is_strong_read(there) && !is_strong_read(info))) return put(which, lanes);
  }
  if (is_strong_read(info)) return;
  const Entries &first = cells.others[0], &second = cells.others[1];
  if (((first.info[cell] ^ second.info[cell]) & race::kKind) != 0) return;
  if ((second.info[cell] & race::kKind) != kind) return put(1, lanes);  // one of each kind
  const auto block_of = [&](race::WarpNumber warp) { return warp / warps_per_block_; };
  const bool same_blocks = block_of(first.warp[cell]) == block_of(second.warp[cell]);
  const bool new_block = block_of(step.look.warp) != block_of(first.warp[cell]);
  const bool new_warp = step.look.warp != first.warp[cell];
  if ((same_blocks && new_block) || (first.warp[cell] == second.warp[cell] && new_warp)) put(1, lanes);
}

}  // namespace warpscope::vgpu

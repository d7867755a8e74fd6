#include "compute/vgpu/warp_ops/handlers.h"
#include "compute/vgpu/warp_ops/lanes_of.h"

namespace warpscope::vgpu::warp_ops {
namespace {

// The lanes that take part and whose predicate holds.
LaneMask votes(const Exec& exec, const Inst& inst) {
  const LaneMask value = exec.predicate(inst.s[0]);
  return (inst.flags[0] != 0 ? ~value : value) & exec.mask;
}

void write_verdict(Exec& exec, const Inst& inst, bool verdict) {
  write_predicate(exec, inst.d, verdict ? ~0U : 0U);
}

void vote_all(Exec& exec, const Inst& inst) {
  write_verdict(exec, inst, votes(exec, inst) == exec.mask);
}

void vote_any(Exec& exec, const Inst& inst) {
  write_verdict(exec, inst, votes(exec, inst) != 0);
}

void vote_uni(Exec& exec, const Inst& inst) {
  const LaneMask yes = votes(exec, inst);
  write_verdict(exec, inst, yes == 0 || yes == exec.mask);
}

void vote_ballot(Exec& exec, const Inst& inst) {
  fill_row<std::uint32_t>(exec, inst.d, votes(exec, inst));
}

// Lanes that take part and hold the same value as `lane`.
template <class T>
LaneMask equal_lanes(const Exec& exec, const T* values, int lane) {
  std::uint32_t equal[kLanes];
  for (int other = 0; other < kLanes; ++other) equal[other] = values[other] == values[lane];
  return mask_of(equal) & exec.mask;
}

template <class T>
void match_any(Exec& exec, const Inst& inst) {
  const T* values = exec.row<T>(inst.s[0]);
  std::uint32_t result[kLanes] = {};
  for (LaneMask open = exec.mask; open != 0;) {
    const LaneMask equal = equal_lanes(exec, values, first_lane(open));
    for (int lane = 0; lane < kLanes; ++lane) result[lane] = has_lane(equal, lane) ? equal : result[lane];
    open &= ~equal;
  }
  write_row(exec, inst.d, result);
}

template <class T>
void match_all(Exec& exec, const Inst& inst) {
  if (exec.mask == 0) return;
  const bool same = equal_lanes(exec, exec.row<T>(inst.s[0]), first_lane(exec.mask)) == exec.mask;
  fill_row<std::uint32_t>(exec, inst.d, same ? exec.mask : 0);
  if (inst.flags[0] != 0) write_predicate(exec, inst.s[3], same ? ~0U : 0U);
}

}  // namespace

Handler find_vote(ptx::Modifier mode) {
  switch (mode) {
    case ptx::Modifier::kAll:
      return vote_all;
    case ptx::Modifier::kAny:
      return vote_any;
    case ptx::Modifier::kUni:
      return vote_uni;
    case ptx::Modifier::kBallot:
      return vote_ballot;
    default:
      return nullptr;
  }
}

Handler find_match(bool all, int value_bytes) {
  if (value_bytes == 8) return all ? match_all<std::uint64_t> : match_any<std::uint64_t>;
  return all ? match_all<std::uint32_t> : match_any<std::uint32_t>;
}

void activemask(Exec& exec, const Inst& inst) {
  fill_row<std::uint32_t>(exec, inst.d, exec.mask);
}

// The ISA lets any lane be the leader: here it is always the first, as on every GPU seen so far.
void elect(Exec& exec, const Inst& inst) {
  if (exec.mask == 0) return;
  const int leader = first_lane(exec.mask);
  fill_row<std::uint32_t>(exec, inst.d, static_cast<std::uint32_t>(leader));
  write_predicate(exec, inst.s[3], LaneMask{1} << leader);
}

void meet(Exec&, const Inst&) {}

}  // namespace warpscope::vgpu::warp_ops

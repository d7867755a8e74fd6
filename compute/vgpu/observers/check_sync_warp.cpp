// Warp operations: __syncwarp, shuffles, votes and the like, and the lanes their masks name.
#include <fmt/format.h>

#include <bit>

#include "compute/vgpu/observers/check_sync.h"
#include "compute/vgpu/observers/rows.h"
#include "compute/vgpu/observers/sync_state.h"

namespace warpscope::vgpu {
namespace {

// The value of an operand that is a register or a number, for a lane; false where it is neither.
bool operand_value(const Program& program, const Warp& warp, Pc pc, const ptx::Operand& operand, int lane,
                   std::uint32_t& value) {
  if (operand.kind == ptx::OperandKind::kInteger) {
    value = static_cast<std::uint32_t>(operand.value);
    return true;
  }
  if (operand.kind != ptx::OperandKind::kRegister || operand.reg < 0) return false;
  const FunctionCode& code = program.functions[static_cast<std::size_t>(program.function_of[pc])];
  if (static_cast<std::size_t>(operand.reg) >= code.registers.size()) return false;
  value = static_cast<std::uint32_t>(
      read_lane(program, warp, code.registers[static_cast<std::size_t>(operand.reg)], 4, lane));
  return true;
}

// The lane a shuffle reads from (PTX ISA, shfl.sync).
std::uint32_t shuffle_source(const ptx::Instruction& in, std::uint32_t lane, std::uint32_t b, std::uint32_t c) {
  using ptx::Modifier;
  const std::uint32_t step = b & 31, clamp = c & 31, segment = c >> 8 & 31;
  const std::uint32_t last = (lane & segment) | (clamp & ~segment);
  std::uint32_t source = 0;
  bool valid = false;
  if (in.has(Modifier::kUp)) {
    source = lane - step;
    valid = static_cast<std::int32_t>(source) >= static_cast<std::int32_t>(last);
  } else {
    if (in.has(Modifier::kDown)) source = lane + step;
    if (in.has(Modifier::kBfly)) source = lane ^ step;
    if (in.has(Modifier::kIdx)) source = (lane & segment) | (step & ~segment);
    valid = source <= last;
  }
  return valid ? source & 31 : lane;
}

// "lanes 3-5 read", "lane 3 reads".
const char* ending(LaneMask lanes) {
  return std::has_single_bit(lanes) ? "s" : "";
}

template <class Visit>
void for_each_lane(LaneMask mask, Visit&& visit) {
  for (; mask != 0; mask &= mask - 1) visit(std::countr_zero(mask));
}

}  // namespace

CheckSync::LaneMasks CheckSync::own_masks(const Warp& warp, const Inst& inst, LaneMask executed, LaneMask all) const {
  LaneMasks own{};
  const bool overwritten = inst.members == inst.d;
  for_each_lane(executed, [&](int lane) {
    const bool is_known = !inst.member_mask_is_all && !overwritten;
    own[static_cast<std::size_t>(lane)] =
        is_known ? static_cast<LaneMask>(read_lane(*places_.program, warp, inst.members, 4, lane)) : all;
  });
  return own;
}

void CheckSync::check_mask(const StepEvent& event) {
  const Block& block = *event.block;
  const Warp& warp = block.warps[event.warp];
  const Pc pc = places_.map.told_at(event.pc, warp);
  const std::string where = places_.map.at(pc).text();
  const LaneMasks own = own_masks(warp, *event.inst, event.executed, event.members);
  LaneMask outside = 0, disagreeing = 0, named = 0;
  for_each_lane(event.executed, [&](int lane) {
    const LaneMask mask = own[static_cast<std::size_t>(lane)];
    if ((mask >> lane & 1U) == 0) {
      outside |= LaneMask{1} << lane;
      return;
    }
    named |= mask;
    // Tiles of a warp have masks of their own; within one, all must name the same lanes.
    for_each_lane(mask & event.executed, [&](int other) {
      if (own[static_cast<std::size_t>(other)] != mask) disagreeing |= LaneMask{1} << lane;
    });
  });
  if (outside != 0 && found(Title::kNotInMask, block, event.warp, outside, pc, kNoPc)) {
    const auto first = static_cast<std::size_t>(std::countr_zero(outside));
    add(Severity::kError,
        fmt::format("{} of warp {} execute{} a warp operation at {} with a mask (0x{:08x}) that does not name "
                    "the lane itself",
                    lanes_text(outside), event.warp, ending(outside), where, own[first]));
  }
  if (disagreeing != 0 && outside == 0 && found(Title::kDifferentMasks, block, event.warp, disagreeing, pc, kNoPc)) {
    add(Severity::kError,
        fmt::format("{} of warp {} execute{} the warp operation at {} with a mask that names lanes whose own "
                    "mask differs",
                    lanes_text(disagreeing), event.warp, ending(disagreeing), where));
  }
  const LaneMask nobody = event.inst->member_mask_is_all ? 0 : named & ~warp.threads;
  if (nobody != 0 && found(Title::kMaskNamesNobody, block, event.warp, event.executed, pc, kNoPc)) {
    add(Severity::kWarning,
        fmt::format("the mask 0x{:08x} of the warp operation at {} names {}, but warp {} has only {} threads", named,
                    where, lanes_text(nobody), event.warp, std::popcount(warp.threads)));
  }
  const LaneMask gone = named & warp.threads & warp.exited;
  const Pc exit = state_of(block).exits[event.warp];
  if (gone != 0 && found(Title::kMaskNamesExited, block, event.warp, event.executed, pc, exit)) {
    add(Severity::kWarning, fmt::format("the mask 0x{:08x} of the warp operation at {} names {}, which ended at {}",
                                        named, where, lanes_text(gone), places_.map.at(exit).text()));
  }
  if ((event.members & live(warp) & ~event.executed) == 0) {
    check_shuffle(block, event.warp, event.pc, event.executed, event.members);
  } else {
    state_of(block).waiting[event.warp].push_back({event.executed, event.members, gone, event.pc, pc});
  }
}

void CheckSync::on_warp_sync(const Block& block, std::uint32_t warp, Pc pc, LaneMask met) {
  std::vector<Waiting>& waiting = state_of(block).waiting[warp];
  const auto is_plain_sync = [&](Pc at) {
    const ptx::Instruction* in = places_.program->source(at);
    return in != nullptr && in->opcode == ptx::Opcode::kBarWarpSync;
  };
  const Warp& lanes = block.warps[warp];
  const Pc told = places_.map.told_at(pc, lanes);
  for (const Waiting& other : waiting) {
    if ((other.lanes & met) == 0) continue;
    const LaneMask missing = other.named & lanes.threads & ~met & ~other.gone;
    const Pc exit = state_of(block).exits[warp];
    if (missing != 0 && found(Title::kNeverCame, block, warp, other.lanes, other.told, exit)) {
      // Lanes that have ended need not come; __syncwarp() behind an early return is common.
      add(is_plain_sync(other.pc) ? Severity::kWarning : Severity::kError,
          fmt::format("{} of warp {} wait{} at {} for {} of their mask 0x{:08x}, which ended at {} without coming",
                      lanes_text(other.lanes), warp, ending(other.lanes), draft_.where.text(), lanes_text(missing),
                      other.named, draft_.other_where.text()));
    }
    const LaneMask here = met & ~other.lanes;
    if (here == 0 || other.pc == pc || (is_plain_sync(pc) && is_plain_sync(other.pc))) continue;
    if (!found(Title::kDifferentOperations, block, warp, here, told, other.told)) continue;
    draft_.other = places_.thread(block.number, warp * 32 + static_cast<std::uint32_t>(std::countr_zero(other.lanes)));
    draft_.has_other = true;
    add(Severity::kError,
        fmt::format("{} of warp {} wait{} for the lanes of their mask at {}, but {} wait{} at {}: all lanes of "
                    "a mask must execute the same warp operation",
                    lanes_text(here), warp, ending(here), draft_.where.text(), lanes_text(other.lanes),
                    ending(other.lanes), draft_.other_where.text()));
  }
  std::erase_if(waiting, [&](const Waiting& other) { return (other.lanes & met) != 0; });
  check_shuffle(block, warp, pc, met, base::kAllLanes);
}

void CheckSync::check_shuffle(const Block& block, std::uint32_t warp_index, Pc pc, LaneMask executed,
                              LaneMask members) {
  const ptx::Instruction* in = places_.program->source(pc);
  if (in == nullptr || in->opcode != ptx::Opcode::kShfl || in->operands.size() < 4) return;
  const Warp& warp = block.warps[warp_index];
  const ptx::Operand& to = in->operands[0].kind == ptx::OperandKind::kPair ? in->operands[0].list[0] : in->operands[0];
  const auto is_overwritten = [&](const ptx::Operand& o) {
    return o.kind == ptx::OperandKind::kRegister && to.kind == ptx::OperandKind::kRegister && o.reg == to.reg;
  };
  if (is_overwritten(in->operands[2]) || is_overwritten(in->operands[3])) return;
  const LaneMasks own = own_masks(warp, places_.program->code[pc], executed, members);
  LaneMask readers = 0, sources = 0;
  bool known = true;
  for_each_lane(executed, [&](int lane) {
    std::uint32_t b = 0, c = 0;
    known = known && operand_value(*places_.program, warp, pc, in->operands[2], lane, b) &&
            operand_value(*places_.program, warp, pc, in->operands[3], lane, c);
    const std::uint32_t source = shuffle_source(*in, static_cast<std::uint32_t>(lane), b, c);
    if ((executed & own[static_cast<std::size_t>(lane)]) >> source & 1U) return;
    readers |= LaneMask{1} << lane;
    sources |= LaneMask{1} << source;
  });
  const Pc told = places_.map.told_at(pc, warp);
  if (!known || readers == 0 || !found(Title::kShuffleInactive, block, warp_index, readers, told, kNoPc)) return;
  add(Severity::kWarning,
      fmt::format("the shuffle at {} reads from {} of warp {}, which {} not take part: what {} get{} is undefined",
                  draft_.where.text(), lanes_text(sources), warp_index, std::has_single_bit(sources) ? "does" : "do",
                  lanes_text(readers), ending(readers)));
}

}  // namespace warpscope::vgpu

#include "compute/trace/recorder.h"

#include <algorithm>
#include <limits>

#include "compute/vgpu/machine.h"

namespace warpscope::trace {
namespace {

std::uint16_t flags_of(const vgpu::Access& access) {
  std::uint16_t flags = 0;
  switch (access.space) {
    case vgpu::AccessSpace::kGlobal:
    case vgpu::AccessSpace::kConstant:
      flags = kGlobal;
      break;
    case vgpu::AccessSpace::kShared:
      flags = kShared;
      break;
    case vgpu::AccessSpace::kLocal:
      flags = kLocal;
      break;
    case vgpu::AccessSpace::kTexture:
    case vgpu::AccessSpace::kSurface:
      flags = kTexture;
      break;
    case vgpu::AccessSpace::kParameter:
      break;
  }
  const bool copies_in = access.kind == vgpu::AccessKind::kAsyncCopy && access.space == vgpu::AccessSpace::kShared;
  if (access.kind == vgpu::AccessKind::kStore || copies_in) flags |= kStore;
  if (access.kind == vgpu::AccessKind::kAtomic) flags |= kStore | kAtomic;
  return flags;
}

std::uint16_t flags_of(vgpu::InstKind kind) {
  switch (kind) {
    case vgpu::InstKind::kBarrier:
      return kBarrier;
    case vgpu::InstKind::kWarp:
      return kWarpSync;
    case vgpu::InstKind::kCall:
      return kCall;
    case vgpu::InstKind::kReturn:
      return kReturn;
    case vgpu::InstKind::kExit:
      return kExit;
    default:
      return 0;
  }
}

}  // namespace

// Kernels are not called. In a function: the step has been made already, what calls or returns has changed the number.
std::uint16_t Recorder::depth_of(const vgpu::StepEvent& event) const {
  if (entry_begin_ <= event.pc && event.pc <= entry_end_) return 0;
  const vgpu::Warp& warp = event.block->warps[event.warp];
  std::size_t depth = warp.current < warp.fragments.size() ? warp.fragments[warp.current].calls.size() : 0;
  if (event.executed != 0 && event.inst->kind == vgpu::InstKind::kCall && depth > 1) --depth;
  if (event.executed != 0 && event.inst->kind == vgpu::InstKind::kReturn) ++depth;
  return static_cast<std::uint16_t>(std::clamp<std::size_t>(depth, 1, std::numeric_limits<std::uint16_t>::max()));
}

void Recorder::on_step(const vgpu::StepEvent& event) {
  StepRecord record;
  record.pc = event.pc;
  record.executed = event.executed;
  record.warp = static_cast<WarpIndex>(event.block->number * warps_per_block_ + event.warp);
  if (event.executed != 0) {
    record.flags = flags_of(event.inst->kind);
    for (const vgpu::Access& access : event.accesses) record.flags |= flags_of(access);
  }
  if (event.diverged) record.flags |= kDiverged;
  record.depth = depth_of(event);
  records_->push_back(record);
  if ((record.flags & (kShared | kStore)) != (kShared | kStore)) return;
  for (vgpu::Observer* watcher : shared_store_watchers_) watcher->on_step(event);
}

void Recorder::on_fault(const vgpu::Fault&, const vgpu::Block&) {
  if (!records_->empty()) records_->back().flags |= kFault;
}

void Recorder::mark_finding() {
  if (!records_->empty()) records_->back().flags |= kFinding;
}

}  // namespace warpscope::trace

#include "compute/vgpu/observers/check_memory.h"

#include <fmt/format.h>

#include <bit>

#include "compute/vgpu/machine.h"

namespace warpscope::vgpu {
namespace {

bool is_memory_fault(FaultKind kind) {
  return kind == FaultKind::kOutOfBounds || kind == FaultKind::kMisaligned || kind == FaultKind::kReadOnly;
}

bool is_in_calls(const Program& program, Pc pc) {
  return pc < program.code.size() && program.code[pc].kind == InstKind::kCall;
}

}  // namespace

void CheckMemory::on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) {
  places_ = {&program, SourceMap(program), launch.grid, launch.block};
  memory_ = &memory;
  known_ = memory.allocations().size();
  heap_.clear();
  freed_.clear();
}

// malloc() and free() are calls: what they changed shows behind the step.
void CheckMemory::on_step(const StepEvent& event) {
  if (event.inst == nullptr || event.inst->kind != InstKind::kCall || event.executed == 0) return;
  if (places_.program->calls[event.inst->target].intrinsic < 0) return;
  const auto lane = static_cast<std::uint32_t>(std::countr_zero(event.executed));
  const std::vector<Allocation>& all = memory_->allocations();
  // Lanes call one after the other, so that the k-th of what is new is the k-th lane's, where all got something.
  LaneMask lanes = event.executed;
  for (; known_ < all.size(); ++known_) {
    const auto caller = lanes == 0 ? lane : static_cast<std::uint32_t>(std::countr_zero(lanes));
    lanes &= lanes - 1;
    if (all[known_].kind != AllocationKind::kDeviceHeap) continue;
    heap_[all[known_].address] = {event.pc, places_.thread(event.block->number, event.warp * 32 + caller)};
  }
  for (auto at = heap_.begin(); at != heap_.end();) {
    const Allocation* allocation = memory_->nearest(at->first);
    if (allocation != nullptr && allocation->address == at->first && allocation->freed) {
      freed_[at->first] = {event.pc, places_.thread(event.block->number, event.warp * 32 + lane)};
      at = heap_.erase(at);
    } else {
      ++at;
    }
  }
}

void CheckMemory::on_fault(const Fault& fault, const Block& block) {
  const bool bad_free = fault.kind == FaultKind::kBadOperand && is_in_calls(*places_.program, fault.pc);
  if (!is_memory_fault(fault.kind) && !bad_free) return;
  const std::size_t warp = fault.thread / base::kWarpSize;
  const Pc pc = warp < block.warps.size() ? places_.map.told_at(fault.pc, block.warps[warp]) : fault.pc;
  if (!list_.is_new(static_cast<std::uint32_t>(fault.kind), pc, kNoPc)) return;
  Finding finding;
  finding.kind = FindingKind::kMemory;
  finding.where = places_.map.at(pc);
  if (finding.where.line == 0) finding.where = {fault.file, fault.line, fault.column};
  finding.pc = pc;
  finding.at = places_.thread(fault.block, fault.thread);
  finding.address = fault.address;
  finding.message = fault.message;
  const Allocation* allocation = memory_->nearest(fault.address);
  const bool inside =
      allocation != nullptr && fault.address >= allocation->address && fault.address < allocation->end();
  if (inside && allocation->freed && fault.kind == FaultKind::kOutOfBounds) {
    finding.message = fmt::format("use after free: {}", fault.message);
  }
  if (bad_free) {
    const bool twice = allocation != nullptr && allocation->address == fault.address && allocation->freed;
    finding.message = fmt::format("{}: {}", twice ? "double free" : "invalid free", fault.message);
  }
  const auto origin = allocation != nullptr ? freed_.find(allocation->address) : freed_.end();
  if (origin != freed_.end() && allocation->freed && (inside || bad_free)) {
    finding.other_pc = origin->second.pc;
    finding.other_where = places_.map.at(origin->second.pc);
    finding.other = origin->second.at;
    finding.has_other = true;
    finding.message +=
        fmt::format("; it was freed by {} at {}", places_.text(finding.other), finding.other_where.text());
  }
  finding.message += fmt::format("; {} at {}", places_.text(finding.at), finding.where.text());
  list_.add(std::move(finding));
}

void CheckMemory::on_launch_end(const GlobalMemory& memory) {
  for (const auto& [address, origin] : heap_) {
    const Allocation* allocation = memory.nearest(address);
    if (allocation == nullptr || allocation->address != address || allocation->freed) continue;
    constexpr std::uint32_t kLeak = 100;
    if (!list_.is_new(kLeak, origin.pc, kNoPc)) continue;
    Finding finding;
    finding.kind = FindingKind::kMemory;
    finding.severity = Severity::kWarning;
    finding.where = places_.map.at(origin.pc);
    finding.pc = origin.pc;
    finding.at = origin.at;
    finding.address = address;
    finding.message = fmt::format("leak: {} bytes that {} allocated at {} are not freed when the kernel ends",
                                  allocation->size_bytes, places_.text(origin.at), finding.where.text());
    list_.add(std::move(finding));
  }
}

}  // namespace warpscope::vgpu

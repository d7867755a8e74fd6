// Reports of what ended a kernel early.
#include <fmt/format.h>

#include <bit>

#include "compute/vgpu/engine.h"
#include "compute/vgpu/fragments.h"

namespace warpscope::vgpu {
namespace {

std::string message_of(const Trouble& trouble, const GlobalMemory& memory, const Exec& exec) {
  const auto kind = static_cast<FaultKind>(trouble.kind);
  const std::string_view what = trouble.store ? "write" : "read";
  switch (kind) {
    case FaultKind::kOutOfBounds: {
      std::string where;
      if (in_window(trouble.address, kSharedWindow)) {
        where =
            fmt::format("offset {} of {} bytes of shared memory", trouble.address - kSharedWindow, exec.shared_bytes);
      } else if (in_window(trouble.address, kLocalWindow)) {
        where = fmt::format("offset {} of {} bytes of local memory", trouble.address - kLocalWindow, exec.local_bytes);
      } else if (in_window(trouble.address, kParamWindow)) {
        where =
            fmt::format("offset {} of {} bytes of parameters", trouble.address - kParamWindow, exec.parameter_bytes);
      } else {
        where = fmt::format("address 0x{:x}, {}", trouble.address, memory.describe(trouble.address));
      }
      return fmt::format("{} of {} bytes out of bounds: {}", what, trouble.bytes, where);
    }
    case FaultKind::kMisaligned:
      return fmt::format("{} of {} bytes at address 0x{:x}, which is not a multiple of {}", what, trouble.bytes,
                         trouble.address, trouble.bytes);
    case FaultKind::kReadOnly:
      return fmt::format("write of {} bytes to constant memory at address 0x{:x}", trouble.bytes, trouble.address);
    default:
      if (!exec.trouble_text.empty()) return exec.trouble_text;
      return trouble.text != nullptr ? std::string(trouble.text) : std::string("the kernel could not go on");
  }
}

}  // namespace

void Engine::raise(FaultKind kind, const Inst&, LaneMask lanes, const char* text, std::uint64_t address) {
  exec_.trouble.raised = true;
  exec_.trouble.kind = static_cast<std::uint8_t>(kind);
  exec_.trouble.lane = static_cast<std::uint8_t>(std::countr_zero(lanes) & 31);
  exec_.trouble.address = address;
  exec_.trouble.text = text;
}

void Engine::fill_place(Fault& fault, Pc pc, std::uint32_t lane) const {
  fault.kernel = program_.module->functions[static_cast<std::size_t>(entry_.source)].name;
  fault.pc = pc;
  fault.block = block_->number;
  fault.block_index = block_->index;
  fault.thread = warp_index_ * base::kWarpSize + lane;
  fault.thread_index = launch_.launch.block.at(fault.thread);
  const ptx::Instruction* source = program_.source(pc);
  if (source == nullptr) return;
  const ptx::Function& function = program_.source_function(pc);
  if (source->loc >= 0) {
    const ptx::Loc& loc = function.locs[static_cast<std::size_t>(source->loc)];
    fault.file = std::string(program_.module->file_path(loc.file));
    fault.line = loc.line;
    fault.column = loc.column;
  } else {
    fault.file = program_.module->file;
    fault.line = source->where.line;
    fault.column = source->where.column;
  }
}

void Engine::make_fault(Pc pc) {
  Fault fault;
  fault.kind = static_cast<FaultKind>(exec_.trouble.kind);
  fault.message = message_of(exec_.trouble, *exec_.memory, exec_);
  fault.address = exec_.trouble.address;
  fill_place(fault, pc, exec_.trouble.lane);
  exec_.trouble = Trouble();
  exec_.trouble_text.clear();
  fault_ = std::move(fault);
  for (Observer* observer : *observers_) observer->on_fault(*fault_, *block_);
}

void Engine::make_deadlock(const Block& block) {
  for (Observer* observer : *observers_) observer->on_deadlock(block);
  Fault fault;
  fault.kind = FaultKind::kDeadlock;
  std::string waiting;
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
    for (const Fragment& f : block.warps[w].fragments) {
      if (waiting.empty()) {
        warp_index_ = w;
        fill_place(fault, f.pc, static_cast<std::uint32_t>(std::countr_zero(f.mask)));
      }
      const bool at_barrier = f.state == FragmentState::kAtBarrier;
      waiting += fmt::format("{}{} threads of warp {} wait {}", waiting.empty() ? "" : ", ", std::popcount(f.mask), w,
                             at_barrier ? fmt::format("at barrier {}", f.barrier)
                                        : fmt::format("for lanes 0x{:08x}", f.members & ~f.mask));
    }
  }
  fault.message = fmt::format("deadlock: {}, and nobody comes", waiting);
  fault_ = std::move(fault);
  for (Observer* observer : *observers_) observer->on_fault(*fault_, block);
}

}  // namespace warpscope::vgpu

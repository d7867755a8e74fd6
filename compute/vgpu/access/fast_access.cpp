#include "compute/vgpu/access/fast_access.h"

#include <string_view>

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu {

// One finder for each instruction set that lanes/memory.lanes.cpp is compiled for.
namespace lanes::baseline {
HandlerPair find_memory(const access::MemoryOp& op, bool is_store, bool constant_address);
}
#ifdef WARPSCOPE_X86_LANES
namespace lanes::avx2 {
HandlerPair find_memory(const access::MemoryOp& op, bool is_store, bool constant_address);
}
namespace lanes::avx512 {
HandlerPair find_memory(const access::MemoryOp& op, bool is_store, bool constant_address);
}
#endif

namespace access {
namespace {

using Finder = lanes::HandlerPair (*)(const MemoryOp&, bool, bool);

Finder finder() {
#ifdef WARPSCOPE_X86_LANES
  if (lanes::instruction_set() == "avx512") return lanes::avx512::find_memory;
  if (lanes::instruction_set() == "avx2") return lanes::avx2::find_memory;
#endif
  return lanes::baseline::find_memory;
}

}  // namespace

void use_fast_handlers(const MemoryOp& op, bool is_store, Inst& inst) {
  const lanes::HandlerPair fast = finder()(op, is_store, inst.s[0].in_frame == 0);
  if (fast.full == nullptr) return;
  inst.full = fast.full;
  inst.masked = fast.masked;
}

}  // namespace access
}  // namespace warpscope::vgpu

#include "compute/vgpu/access/fast_access.h"

#include <string_view>

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu {

// Finders for each instruction set that lanes/memory*.lanes.cpp are compiled for.
namespace lanes::baseline {
HandlerPair find_memory(const access::MemoryOp& op, bool is_store, bool constant_address);
Handler find_load_in_run(const access::MemoryOp& op, std::int64_t offset);
}  // namespace lanes::baseline
#ifdef WARPSCOPE_X86_LANES
namespace lanes::avx2 {
HandlerPair find_memory(const access::MemoryOp& op, bool is_store, bool constant_address);
Handler find_load_in_run(const access::MemoryOp& op, std::int64_t offset);
}  // namespace lanes::avx2
namespace lanes::avx512 {
HandlerPair find_memory(const access::MemoryOp& op, bool is_store, bool constant_address);
Handler find_load_in_run(const access::MemoryOp& op, std::int64_t offset);
}  // namespace lanes::avx512
#endif

namespace access {
namespace {

struct Finders {
  lanes::HandlerPair (*memory)(const MemoryOp&, bool is_store, bool constant_address);
  Handler (*load_in_run)(const MemoryOp&, std::int64_t offset);
};

Finders finders() {
#ifdef WARPSCOPE_X86_LANES
  if (lanes::instruction_set() == "avx512") return {lanes::avx512::find_memory, lanes::avx512::find_load_in_run};
  if (lanes::instruction_set() == "avx2") return {lanes::avx2::find_memory, lanes::avx2::find_load_in_run};
#endif
  return {lanes::baseline::find_memory, lanes::baseline::find_load_in_run};
}

}  // namespace

void use_fast_handlers(const MemoryOp& op, bool is_store, Inst& inst) {
  const Finders find = finders();
  const lanes::HandlerPair fast = find.memory(op, is_store, !inst.s[0].in_frame());
  if (fast.full == nullptr) return;
  inst.full = fast.full;
  inst.masked = fast.masked;
  if (!is_store) inst.in_run = find.load_in_run(op, inst.imm);
}

}  // namespace access
}  // namespace warpscope::vgpu

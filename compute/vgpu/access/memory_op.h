// vgpu/access/memory_op.h: what a memory instruction does, packed into an Inst. Floor 2.
// Rows of ld: s[0] address, destinations d, s[1], s[2], s[3]. Of st: s[0] address, values s[1], s[2], s[3], d.
// Vectors of eight, and vectors whose registers differ in width, have their rows in Program::lists instead, followed by
// as many entries whose offsets are the rows' widths. Kept lean on purpose: it is compiled for several instruction
// sets.
#pragma once

#include <bit>
#include <cstdint>

#include "compute/vgpu/exec.h"

// Kernels may race on purpose: functions that touch their memory for them are none of the thread sanitizer's business.
// Macros because the two compilers write it differently otherwise.
#define WARPSCOPE_RACY __attribute__((no_sanitize("thread")))
#define WARPSCOPE_RACY_INLINE __attribute__((always_inline, no_sanitize("thread"))) inline

namespace warpscope::vgpu::access {

// Where an address points before lanes are looked at: a space that is written in the instruction, or any.
enum class Reach : std::uint8_t { kGeneric, kGlobal, kConstant, kShared, kLocal, kParameter };

struct MemoryOp {
  Reach reach = Reach::kGeneric;
  std::uint8_t base_bytes = 8;  // of the address row: 4 or 8
  bool frame_relative = false;  // Exec::frame_local_base is added
  bool is_signed = false;       // narrow loads extend their sign
  bool non_coherent = false;
  std::uint8_t element_bytes = 4;  // 1 ... 16
  std::uint8_t elements = 1;       // 1, 2, 4, 8
  std::uint8_t row_bytes = 4;      // per lane, of every register; 0: they are in the list, with the rows
  MemoryOrder order = MemoryOrder::kWeak;
  MemoryScope scope = MemoryScope::kDevice;

  std::uint32_t bytes() const { return std::uint32_t{element_bytes} * elements; }
};

inline constexpr std::uint8_t kFrameRelative = 1U << 5;  // in Inst::flags[0]

inline void pack(const MemoryOp& op, Inst& inst) {
  const auto log2 = [](std::uint8_t x) { return static_cast<std::uint32_t>(std::countr_zero(x)); };
  inst.flags[0] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(op.reach) | (op.base_bytes == 4 ? 8U : 0U) |
                                            (op.frame_relative ? kFrameRelative : 0U) | (op.is_signed ? 64U : 0U) |
                                            (op.non_coherent ? 128U : 0U));
  inst.flags[1] = static_cast<std::uint8_t>(log2(op.element_bytes) | log2(op.elements) << 3 |
                                            (op.row_bytes == 0 ? 0U : log2(op.row_bytes) << 5));
  inst.extra =
      static_cast<std::uint16_t>(static_cast<std::uint32_t>(op.order) | static_cast<std::uint32_t>(op.scope) << 3);
}

inline MemoryOp unpack(const Inst& inst) {
  MemoryOp op;
  op.reach = static_cast<Reach>(inst.flags[0] & 7);
  op.base_bytes = (inst.flags[0] & 8) != 0 ? 4 : 8;
  op.frame_relative = (inst.flags[0] & kFrameRelative) != 0;
  op.is_signed = (inst.flags[0] & 64) != 0;
  op.non_coherent = (inst.flags[0] & 128) != 0;
  op.element_bytes = static_cast<std::uint8_t>(1U << (inst.flags[1] & 7));
  op.elements = static_cast<std::uint8_t>(1U << (inst.flags[1] >> 3 & 3));
  op.row_bytes = static_cast<std::uint8_t>(inst.flags[1] >> 5 == 0 ? 0U : 1U << (inst.flags[1] >> 5));
  op.order = static_cast<MemoryOrder>(inst.extra & 7);
  op.scope = static_cast<MemoryScope>(inst.extra >> 3 & 3);
  return op;
}

// The handlers that do everything: any space, width and vector, faults, observers. Others are faster and leave to these
// what they do not know.
void load(Exec& exec, const Inst& inst);
void store(Exec& exec, const Inst& inst);

}  // namespace warpscope::vgpu::access

// vgpu/lanes/video.h: the video instructions, lane by lane: vadd to vset, and their SIMD forms v*2 and v*4. Floor 2.
#pragma once

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes {

// Bits of VideoSpec::options.
inline constexpr std::uint16_t kVideoSignedD = 1, kVideoSignedA = 2, kVideoSignedB = 4, kVideoSaturate = 8;
inline constexpr std::uint16_t kVideoAdd = 16, kVideoMin = 32, kVideoMax = 64;  // what is done with c
inline constexpr std::uint16_t kVideoWrap = 128;  // vshl, vshr: amounts modulo 32, else at most 32
inline constexpr std::uint16_t kVideoPlusOne = 256, kVideoNegateProduct = 512, kVideoNegateC = 1024;  // vmad
inline constexpr std::uint16_t kVideoShift7 = 2048, kVideoShift15 = 4096;                             // vmad

// What one instruction does. Up to and with b_part it fits into Inst::imm; options are Inst::extra, elements
// Inst::flags[1].
struct VideoSpec {
  ptx::Opcode opcode = ptx::Opcode::kVadd;
  // One element: the part of d that is written, as in ptx::Operand::part (0xb2: byte 2, 0xa1: upper half, 0: all).
  // More: bit i where element i is written.
  std::uint8_t d_part = 0;
  ptx::Modifier compare = ptx::Modifier::kUnknown;  // of vset
  // The same for sources. More elements: four bits each, which of the elements of b:a is meant.
  std::uint16_t a_part = 0, b_part = 0;
  std::uint16_t options = 0;
  std::uint8_t elements = 1;  // 1, 2 or 4
};

std::uint32_t run_video(const VideoSpec& spec, std::uint32_t a, std::uint32_t b, std::uint32_t c);

// Puts the spec into the instruction.
HandlerPair find_any_video(const VideoSpec& spec, Inst& inst);

}  // namespace warpscope::vgpu::lanes

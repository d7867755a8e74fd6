// timing/op_costs.h: which machine instructions a PTX instruction becomes. Floor 3. Internal to lowering.
#pragma once

#include <cstdint>
#include <optional>

#include "compute/ptx/module.h"
#include "compute/timing/lowering.h"

namespace warpscope::timing {

// What kind of values an instruction computes with.
enum class Width : std::uint8_t { kInt32, kInt64, kHalf, kSingle, kDouble, kPredicate, kAny };
Width width_of(const ptx::Instruction& instruction);

struct Cost {
  OpKind kind = OpKind::kMath;
  Unit unit = Unit::kInteger;
  std::uint8_t count = 1;        // machine instructions, one after the other
  std::optional<Macro> macro{};  // in place of unit and count
};

// By opcode and width, from a table. Memory instructions are told apart by their space.
Cost cost_of(const ptx::Instruction& instruction);
Flops flops_of(const ptx::Instruction& instruction);
// Half-precision multiply-adds of a warp's mma or wmma, as its tensor unit counts them; 0 of others.
std::uint32_t multiplies_of(const ptx::Instruction& instruction);

}  // namespace warpscope::timing

// vgpu/warp_ops/handlers.h: the handlers of instructions through which the lanes of a warp exchange values. Floor 2.
// Each works for full warps and for some lanes: Inst::full and Inst::masked are the same function. A second destination
// is in s[3].
#pragma once

#include "compute/ptx/opcodes.h"
#include "compute/ptx/types.h"
#include "compute/vgpu/exec.h"

namespace warpscope::vgpu::warp_ops {

// shfl: s[0] value, s[1] lane or distance, s[2] clamp and segments; d result; with flags[0] the predicate s[3].
// Null: no such mode.
Handler find_shuffle(ptx::Modifier mode);

// vote: s[0] predicate, negated with flags[0]; d a predicate, of ballot a u32 row.
Handler find_vote(ptx::Modifier mode);

// match: s[0] value; d u32 row; of .all with flags[0] the predicate s[3].
Handler find_match(bool all, int value_bytes);

// redux: s[0] value, d result. flags[0]: .abs, flags[1]: .NaN (of f32).
Handler find_redux(ptx::Modifier operation, ptx::Type type);

void activemask(Exec& exec, const Inst& inst);
// d: lane of the leader, s[3]: predicate.
void elect(Exec& exec, const Inst& inst);
// Meeting is all there is to it, and the engine did that.
void meet(Exec& exec, const Inst& inst);

}  // namespace warpscope::vgpu::warp_ops

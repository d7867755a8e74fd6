// vgpu/intrinsics.h: functions that kernels call and every GPU driver brings along. Floor 2.
// Source: NVIDIA, "PTX Writers Guide to Interoperability", System Calls: vprintf, malloc, free, __assertfail.
#pragma once

#include <string_view>

#include "compute/vgpu/exec.h"

namespace warpscope::vgpu {

// -1: there is no such function.
int find_intrinsic(std::string_view name);

// Runs a function for the lanes of exec.mask, one lane after the other: arguments are read from where the call site
// says, and the result is written there. False where a lane got into trouble: exec.trouble says how, and of
// __assertfail exec.trouble_text holds what it says.
bool call_intrinsic(int id, Exec& exec, const CallSite& call);

}  // namespace warpscope::vgpu

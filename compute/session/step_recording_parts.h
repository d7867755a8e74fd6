// session/step_recording_parts.h: what a recording is put together from. Floor 5. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "compute/session/place_arguments.h"
#include "compute/session/step_view.h"
#include "compute/trace/access_map.h"

namespace warpscope::session {

// The file of the run's lines that its source's text is; "" where the text is the PTX itself.
std::string find_source_file(const StepRun& run);

BlockSteps index_blocks(const std::vector<trace::StepRecord>& records, std::uint32_t warps_per_block);

// Buffers of the arguments, then variables of the module that a person declared.
std::vector<StepBuffer> list_buffers(const StepRun& run, const std::vector<PlacedArgument>& arguments);
void take_counts(std::vector<StepBuffer>& buffers, trace::AccessMap& accesses);

// What elements of this type (a pointer's target, an array's element) are as numbers of a buffer.
kernels::ElementType element_of(const std::vector<ptx::TypeInfo>& types, int type, kernels::ElementType otherwise);

}  // namespace warpscope::session

// ptx/section_parser.h: .section bodies, which hold DWARF. Floor 1. Internal to the parser.
#pragma once

#include "compute/ptx/declarations.h"

namespace warpscope::ptx {

// Behind ".section". False after an error; the caller recovers.
bool parse_section(ModuleContext& context);

}  // namespace warpscope::ptx

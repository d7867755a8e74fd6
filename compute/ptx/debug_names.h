// ptx/debug_names.h: names as people write them. Internal to ptx. Floor 1.
#pragma once

#include <string>
#include <string_view>

#include "compute/ptx/debug_dwarf.h"

namespace warpscope::ptx::dwarf {

// "_Z6shadowPfPKfi" -> "shadow(float *, const float *, int)". The name itself where it is not mangled, and a shortened
// one ("cub::BlockRadixSort<...>") where writing it out could take unbounded memory.
std::string readable(std::string_view mangled, Budget& budget);

// Names of types and members: compilers mangle some of them ("_ZN4warp4ModeE", "__b_N4warp4BaseE" for a base class,
// "__SO__5Shape" for a base without its virtual bases).
std::string readable_type(std::string_view name, Budget& budget);

}  // namespace warpscope::ptx::dwarf

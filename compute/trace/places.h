// trace/places.h: where a paused warp keeps its registers and symbols. Floor 3. Internal to trace: inspect.h reads
// them, edit.h writes them. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "compute/trace/inspect.h"

namespace warpscope::trace {

// Where a symbol of the function that runs lies: its space, and its address there.
struct SymbolPlace {
  ptx::Space space = ptx::Space::kGeneric;
  std::uint64_t address = 0;
};
std::optional<SymbolPlace> place_of_symbol(const WarpView& view, const ptx::SymbolRef& symbol);

// The row of a register of the function that runs, in Warp::rows, all of which exists.
struct RegisterPlace {
  std::size_t offset = 0;
  std::size_t bytes = 0;  // of a lane's value, one behind the other; 0: a predicate, one mask for all lanes
};
std::optional<RegisterPlace> place_of_register(const WarpView& view, int reg);

// The place of a variable at the warp's present instruction; nullptr: it has none there.
const ptx::VariablePlace* present_place(const WarpView& view, const ptx::VariableInfo& variable);

}  // namespace warpscope::trace

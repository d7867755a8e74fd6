// trace/navigate.h: where in a run the next step of some kind is, forwards and backwards. Floor 3. Pure functions.
// A position n means: records[n] comes next. While a warp is followed, positions are those at which it comes next, or
// the end of the run; a search that finds nothing answers nullopt.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "compute/trace/step_record.h"
#include "compute/vgpu/observers/source_map.h"

namespace warpscope::trace {

enum class Direction : std::uint8_t { kForward, kBackward };

using Records = std::span<const StepRecord>;
using Position = std::uint64_t;

// The first position behind `from` (or the last before it) whose record is wanted.
std::optional<Position> find_step(Records records, Position from, Direction direction,
                                  const std::function<bool(const StepRecord&)>& wanted);

// ---- Of one warp

// Its next (or last) instruction.
std::optional<Position> find_instruction(Records records, Position from, Direction direction, WarpIndex warp);

enum class LineStep : std::uint8_t {
  kInto,  // also into functions
  kOver,  // the next line of this function, or of who called it
  kOut,   // behind the return from this function
};
// The beginning of the warp's next line; backwards: of the line it came from. `lines` numbers the places of pcs
// (SourceMap::number()).
std::optional<Position> find_line(Records records, Position from, Direction direction, WarpIndex warp, LineStep step,
                                  const vgpu::SourceMap& lines);

// ---- Of all warps of a block

// The position at which every warp of the block that still runs has made at least one more step: one round. Backwards:
// one step less.
std::optional<Position> find_round(Records records, Position from, Direction direction, std::uint64_t block,
                                   std::uint32_t warps_per_block);

}  // namespace warpscope::trace

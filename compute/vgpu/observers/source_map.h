// vgpu/observers/source_map.h: from a pc to the line a person wrote. Floor 2. Immutable once made.
#pragma once

#include <string>
#include <vector>

#include "compute/vgpu/program.h"
#include "compute/vgpu/state.h"

namespace warpscope::vgpu {

// A place in a text. Lines and columns count from 1; 0 means "not known".
struct SourceLine {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const SourceLine&) const = default;
  // "tile.cu:12", without what is not known.
  std::string text() const;
};

// The innermost line of a pc that is not in a header of the CUDA Toolkit: __syncwarp() and its like are inline
// functions, and the line that matters is the one that calls them. Code without line information gets its line of the
// PTX text.
class SourceMap {
 public:
  SourceMap() = default;
  explicit SourceMap(const Program& program);

  // A stand-in without file and line for a pc that is none (kNoPc).
  const SourceLine& at(Pc pc) const { return lines_[pc < index_.size() ? index_[pc] : 0]; }
  // Lines are numbered densely, 0 is "no place": equal places have equal numbers.
  std::uint32_t number(Pc pc) const { return pc < index_.size() ? index_[pc] : 0; }
  const std::vector<SourceLine>& lines() const { return lines_; }
  // Of a function of the CUDA Toolkit, inlined or called.
  bool in_toolkit(Pc pc) const { return pc < in_toolkit_.size() && in_toolkit_[pc] != 0; }
  // Where a person would look for what a warp does at pc: debug code calls the CUDA Toolkit's functions instead of
  // inlining them; then it is the innermost call from a person's line.
  Pc told_at(Pc pc, const Warp& warp) const { return in_toolkit(pc) ? caller(pc, warp) : pc; }

 private:
  Pc caller(Pc pc, const Warp& warp) const;

  std::vector<std::uint8_t> in_toolkit_;  // by pc
  std::vector<SourceLine> lines_{SourceLine{}};
  std::vector<std::uint32_t> index_;
};

}  // namespace warpscope::vgpu

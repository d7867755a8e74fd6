// vgpu/observers/race_step.h: what CheckRace passes between its functions. Floor 2.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "compute/vgpu/observers/check_race.h"

namespace warpscope::vgpu {

struct CheckRace::BlockState {
  race::BlockOrder order;
  std::vector<std::unique_ptr<race::Cells>> shared;  // by page
  bool running = false;
};

// One access of a warp, and who makes it.
struct CheckRace::Step {
  Step() {}  // leaves the arrays as they are: a step is made for every access
  const Access* access = nullptr;
  BlockState* state = nullptr;
  race::WarpOrder* warp = nullptr;
  race::Viewer viewer;
  race::Look look;
  race::Stamp stamp = 0;  // to remember it by
  Pc pc = 0;
  LaneRun run;         // that is looked at
  LaneMask lanes = 0;  // of the run
  bool is_plain_write = false;
  bool values_known = false;
  bool task_releases = false;                 // the instruction publishes, whatever the access says
  std::uint32_t piece_bytes = 4;              // of a cell it needs at most
  std::array<std::uint32_t, 64> values;       // of the run's cells
  std::uint64_t address = 0;                  // of the cell that is looked at
  std::array<std::uint32_t, 32> cell_values;  // by lane: what they write to it
};

}  // namespace warpscope::vgpu

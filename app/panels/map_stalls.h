// panels/map_stalls.h: what the stall bar says, and why. Floor 7. GUI thread; the functions that take no Frame are
// pure.
#pragma once

#include <string>
#include <vector>

#include "app/panels/map_panels.h"

namespace warpscope::panels {

// Issued first, then the longest waits; small ones in one part at the end. At most `most` parts. Empty of a trace.
std::vector<StallPart> stall_parts(const timing::Timeline& timeline, std::size_t most);
std::string_view stall_part_name(const StallPart& part);

// The line of the source whose instructions waited so for longest; 0: not known. `share`: of all that waited so.
struct BlamedLine {
  int line = 0;
  double share = 0;
};
BlamedLine blamed_line(const session::MapRun& run, timing::Stall stall);

// What the advice is chosen by: all of it numbers of the run.
struct StallFacts {
  timing::Stall longest = timing::Stall::kOther;  // what the warps waited for most, of all but issuing
  double share = 0;                               // of warp-cycles that it took
  double issued = 0;                              // of warp-cycles
  double tail = 0, tail_filled = 1;               // of the time; of the slots in it
  int warps = 0, room = 0;                        // that fit on an SM, and that it has room for
  std::string limiters{};                         // "registers"
  double sectors = 0;                             // of a request to global memory
  double conflicts = 0;                           // of the wavefronts of shared memory
  bool shared_memory = false;                     // is used at all
  double memory = 0;                              // of the bandwidth there is
  double arithmetic = 0;                          // of the peak of its kind
  int threads = 0;                                // of a block
};
StallFacts stall_facts(const session::MapRun& run);
// What to try, in a sentence or two: without the "Try:".
std::string stall_advice(const StallFacts& facts);

BlockLengths block_lengths(const timing::Timeline& timeline);

// In a window so small that stalls and roofline share one place: the tabs that choose, in its header; true: drawn.
bool draw_map_tabs(const Frame& f, scene::Rect header);

}  // namespace warpscope::panels

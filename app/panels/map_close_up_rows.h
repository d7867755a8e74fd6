// panels/map_close_up_rows.h: the sub-partitions of the SM that is looked at. Floor 7, GUI thread.
#pragma once

#include "app/panels/map_close_up.h"
#include "app/panels/map_panels.h"

namespace warpscope::panels {

// What all parts of the close-up go by.
struct CloseUp {
  const session::MapRun& run;
  std::uint32_t sm = 0;
  int sub_partitions = 4, slots = 1;  // warp slots of each
  double now = 0;
  CloseUpWindow window;
  const timing::SmSchedule* schedule = nullptr;  // null: only when its warps began and ended is known

  bool traced() const { return run.timeline->origin == timing::Timeline::Origin::kTraced; }
};
CloseUp close_up_of(const Frame& f, const session::MapRun& run);

// A title, and a row for each warp slot. The pointer names warp, cycle and reason; a click holds the warp.
void draw_sub_partition(const Frame& f, scene::Rect r, const CloseUp& sm, int part);

}  // namespace warpscope::panels

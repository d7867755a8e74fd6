// panels/map_chip.h: what the chip and the one SM share. Floor 7, GUI thread.
#pragma once

#include "app/panels/map_panels.h"
#include "app/scene/map_chip_slots.h"

namespace warpscope::panels {

// Who is in which slot of the run of this side, which there must be. Made once a run.
const scene::MapSlots& map_slots(const Frame& f, MapSide side);
// SMs of each GPC as they are drawn. A trace of a GPU that is not in the catalogue: all SMs in one group.
std::vector<int> map_gpcs(const timing::Timeline& timeline);
// Bytes a second that went through L2 and memory around this cycle: the mean over two hundredths of the run, as a
// kernel that loads and computes in turns would only flicker else.
struct MapTraffic {
  double l2 = 0, dram = 0;
};
MapTraffic map_traffic(const timing::Timeline& timeline, double cycle);
// Bytes a second in units of 1e9: "333", "0.4".
std::string giga_text(double bytes_per_second);
// A click on a block holds it, a click on the held one lets it go.
void toggle_map_pin(const Frame& f, MapSpot spot);

}  // namespace warpscope::panels

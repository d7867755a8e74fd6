// panels/map_right_words.h: what the pages of the right panel say alike. Floor 7. Pure.
#pragma once

#include "app/panels/map_right.h"

namespace warpscope::panels {

// Whether the newest run is of the plan that is shown.
bool is_current(const MapSubject& s);
bool is_traced(const session::MapRun& run);
// For pages about a run: why there is nothing to say yet.
MapExplanation without_run(const MapSubject& s, std::string heading);
// Of occupancy, and of times: what is exact, what a model says.
std::string truth_of_rules();
std::string truth_of_times(const MapSubject& s);

MapTry step_block_button();
std::optional<MapTry> suggestion_button(const MapSubject& s);

std::string plural(std::uint64_t number, std::string_view one);  // "1 warp", "8 warps"
ExplanationFact modelled(const MapSubject& s, std::string name, std::string value);

}  // namespace warpscope::panels

// session/map_commands.h: everything a person can ask of the SM map. Floor 5. Plain data.
#pragma once

#include <cstdint>
#include <variant>

#include "compute/session/map_view.h"

namespace warpscope::session {

// A new plan at once; a run as soon as nothing newer has come for a moment.
struct SetMap {
  static constexpr bool kReplacesOlder = true;
  MapSettings settings;
};
// Nothing is run while nobody looks.
struct SetMapVisible {
  static constexpr bool kReplacesOlder = true;
  bool visible = true;
};
struct RunMap {};   // again, with the settings there are
struct StopMap {};  // the run in progress; what it has so far is shown
// This SM is looked at closely: its schedule is made where the timeline has none.
struct LookAtSm {
  static constexpr bool kReplacesOlder = true;
  std::uint32_t sm = 0;
};
// The newest run stays beside those that follow; false: no longer.
struct KeepToCompare {
  bool keep = true;
};
// A block of the newest run to be opened in Step, at its warp.
struct PrepareMapStep {
  std::uint64_t id = 0;  // comes back in StepRequest
  std::uint64_t block = 0;
  int warp = 0;
};

using MapCommand = std::variant<SetMap, SetMapVisible, RunMap, StopMap, LookAtSm, KeepToCompare, PrepareMapStep>;

}  // namespace warpscope::session

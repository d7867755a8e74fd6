// session/step_navigation.h: where in a recording the next thing a person asks for is. Floor 5. The worker's thread.
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <string>

#include "compute/session/step_commands.h"
#include "compute/session/step_reading.h"
#include "compute/session/step_recording.h"

namespace warpscope::session {

struct Found {
  trace::Position position = 0;
  trace::WarpIndex followed = 0;
  std::string note;  // for the person: "Warp 3 has ended", "Breakpoint at line 20: sum > 100"; "" mostly
};

struct Search {
  const Recording& recording;
  std::span<const StepBreakpoint> breakpoints;
  const std::atomic<bool>* stop = nullptr;
};

// From a position, following a warp. The error says in a sentence that there is none.
base::Result<Found> go_to(const Search& search, const StepMoment& from, const Go& go);

// The last step before the moment that wrote a place, and by whom; nullopt: none in this launch. The error says why
// the question has no answer: there is no such variable.
base::Result<std::optional<trace::Write>> find_writer(const Search& search, const StepMoment& at,
                                                      const WrittenPlace& place);

// The step that printed this character of the launch's output.
std::optional<trace::Position> find_printed(const Recording& recording, std::uint64_t character);

// The first pcs of each stretch of code of a line: where a person means to stop.
std::vector<vgpu::Pc> entry_pcs(const StepRun& run, int line);

}  // namespace warpscope::session

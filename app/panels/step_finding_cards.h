// panels/step_finding_cards.h: what the checkers found, and what a run wastes, as cards for people. Floor 7. Pure.
#pragma once

#include <string>
#include <vector>

#include "compute/session/step_reading.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

struct FindingJump {
  std::string name;  // of the button: "Write 1,363"
  trace::Position position = 0;
};

struct FindingCard {
  vgpu::Severity severity = vgpu::Severity::kError;
  int finding = -1;     // index into StepRun::findings; -1: advice
  std::string heading;  // "Race on b_tile"
  std::string where;    // "lines 20 and 24"
  std::string summary;  // one line: "9,680 times"
  std::string text;     // two sentences
  std::vector<FindingJump> jumps;
  std::vector<int> lines;
  std::string topic;  // of the lesson behind it: memory, init, race, sync, divergence, coalescing, banks
};

// Findings in order of time, then advice.
std::vector<FindingCard> finding_cards(const session::StepRun& run);
// "all checkers on", "race and init are off"
std::string checkers_text(const device::Checks& checks);

}  // namespace warpscope::panels

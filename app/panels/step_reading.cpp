// What all panels of Step read of the present moment.
#include <algorithm>

#include "app/panels/step_panels.h"

namespace warpscope::panels {

void refresh_step_reading(const Frame& f) {
  StepReading& reading = f.ui.step.reading;
  const auto& run = f.step.run;
  const auto& moment = f.step.moment;
  if (!run || !moment) {
    reading = {};
    return;
  }
  if (reading.version == f.step.version && reading.unfolded == f.ui.step.unfolded) return;
  const std::vector<std::string> unfolded(f.ui.step.unfolded.begin(), f.ui.step.unfolded.end());
  reading.run = run->id;
  reading.version = f.step.version;
  reading.unfolded = f.ui.step.unfolded;
  reading.warps = session::warp_rows(*run, *moment);
  reading.barriers = session::barrier_rows(*run, *moment);
  reading.variables = session::variable_rows(*run, *moment, unfolded);
  reading.registers = session::register_rows(*run, *moment);
}

std::uint64_t followed_block(const Frame& f) {
  return f.step.run && f.step.moment ? f.step.moment->followed / std::max(1U, f.step.run->warps_per_block) : 0;
}

const session::WarpRow* followed_row(const Frame& f) {
  if (!f.step.moment) return nullptr;
  const auto& rows = f.ui.step.reading.warps;
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const session::WarpRow& row) { return row.warp == f.step.moment->followed; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace warpscope::panels

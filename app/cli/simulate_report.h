// cli/simulate_report.h: what a simulated or traced run says, for programs and for people. Floor 7. Main thread only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "compute/session/map_plan.h"

namespace warpscope::cli {

struct SimulatedRun {
  const session::MapPlan& plan;
  const timing::Timeline& timeline;
  std::string device;       // "virtual", or "cuda"
  std::string fault;        // why the kernel faulted; "" else
  std::string printed;      // by printf
  double host_seconds = 0;  // that it took here
  double overhead = 0;      // of a trace: how much longer the kernel took, as a part; 0: not known
};

nlohmann::ordered_json json_of(const SimulatedRun& run);
void print_as_text(const SimulatedRun& run);

}  // namespace warpscope::cli

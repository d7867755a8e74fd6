// device_report.h: what this machine can compute with, looked up once at start. Floor 8. Plain data.
#pragma once

#include <string>
#include <vector>

namespace warpscope::app {

struct DeviceReport {
  struct Line {
    bool found = false;
    std::string name;
    std::string why;  // what was found, or why it is not used
  };
  std::vector<Line> lines;
};

// Starting a GPU's driver can take a second: not for the GUI thread.
DeviceReport look_for_devices();

}  // namespace warpscope::app

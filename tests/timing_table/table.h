// timing_table/table.h: all cases together: what is published, what the model says, and how far that is off. Any
// thread; blocks for a minute or so.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/device/device.h"
#include "compute/gpu/gpu.h"
#include "tests/timing_table/cases.h"

namespace warpscope::timing_table {

struct Row {
  const Case* of = nullptr;
  std::string gpu;  // its whole name
  double model = 0;
  // (model - reference) / reference; none where there is no reference.
  std::optional<double> error() const;
};

struct Table {
  std::vector<Row> rows;      // in the order of cases()
  int counted() const;        // rows that have a reference
  double mean_error() const;  // of them, absolute
};
// Only cases of whose group or benchmark `filter` is a part; "": all of them. `threads`: 0: all cores.
base::Result<Table> make_table(const std::string& filter = {}, int threads = 0);

// Markdown: what docs/timing-model.md has between its markers. `with_sources`: the list of sources below.
std::string markdown(const Table& table, bool with_sources);
std::string json(const Table& table);

// The benchmarks on the device that is there, beside what the model says of that GPU: for machines that have one.
struct Measured {
  std::string group, title, of;
  double measured = 0, model = 0;
};
// `gpu`: what the device is. `each`: told after every one; false ends it. Every benchmark once; `most`: at most so
// many.
base::Result<std::vector<Measured>> measure_device(device::Device& device, const gpu::Gpu& gpu,
                                                   const std::function<bool(const Measured&)>& each, int most = 1'000);

}  // namespace warpscope::timing_table

// panels/learn_runs.h: the table of stored runs. Floor 7. GUI thread.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

// One column of the table: what stands in it, and how wide it is (logical; 0: what is left).
struct RunColumn {
  const char* title;
  float width;
  bool number;   // right-aligned, in mono
  int priority;  // the highest goes first when room is short
  std::string (*value)(const store::RunSummary& run);
};
// Name first; those that fit into `width` physical pixels.
std::vector<RunColumn> columns_that_fit(const Frame& f, float width);

// "21 Nov 11:38": as short as it stays clear. The text as it is where it is no such time.
std::string short_time(std::string_view iso);

// One row: compare, name, numbers, rename and delete.
void draw_run_row(const Frame& f, const store::RunSummary& run, const std::vector<RunColumn>& columns, scene::Rect r);
void toggle_compared(const Frame& f, std::int64_t id);

}  // namespace warpscope::panels

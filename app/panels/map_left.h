// panels/map_left.h: the sections of the SM map's left panel, and what its sliders mean. Floor 7. GUI thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/convolve_left.h"
#include "app/panels/map_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

// ---- Sections, one below the other

void put_map_source(LeftColumn& column);
void put_map_sliders(LeftColumn& column);
void put_map_more(LeftColumn& column);
void put_map_limit(LeftColumn& column);
void put_map_runs(LeftColumn& column);

// What the right panel explains while the pointer is over `r`.
void speak_of_map(const Frame& f, scene::Rect r, std::string_view what);
// A control that the keyboard has just reached is scrolled into view.
void keep_in_view(const LeftColumn& column, std::string_view name, scene::Rect r);
// A name at the left, the rest of the row for its control.
scene::Rect map_labelled(LeftColumn& column, std::string_view label);

// ---- A list of many things in groups

struct MapListRow {
  std::string heading;        // of the group it belongs to
  std::string title, detail;  // "Matrix product, tiled", "matmul_tiled"
};
// A field with `shown` in it; open, it lists the rows in as many columns as they need. Scripts set it by title or
// detail. True where another row was chosen.
bool map_list(const Frame& f, std::string_view name, scene::Rect field, const std::vector<MapListRow>& rows,
              std::string_view shown, int& selected);

// ---- What if

// One of the three things that decide how much fits on an SM.
struct MapAxis {
  gpu::Axis axis = gpu::Axis::kBlockThreads;
  std::uint64_t low = 0, high = 0, step = 1;  // of the line
  std::uint64_t value = 0;
  std::uint64_t own = 0;             // the kernel's; 0: not known
  std::uint64_t least = 0;           // less cannot be set
  std::vector<std::uint64_t> legal;  // ascending; empty: every step of the line
  bool fixed = false;                // it cannot be moved: `note` says why
  std::string note;
  const std::vector<gpu::CurvePoint>* curve = nullptr;  // of the plan
};
// `settings`: as they are being edited; what they leave open is the plan's.
MapAxis map_axis(const session::MapPlan& plan, const session::MapSettings& settings, gpu::Axis axis);
// The same settings with another value; the kernel's own is not written down, so that it follows the kernel.
session::MapSettings with_axis(const MapAxis& axis, session::MapSettings settings, std::uint64_t value);
// Where a value lies on the line, 0 to 1; and the value nearest to a place.
float part_of(const MapAxis& axis, std::uint64_t value);
std::uint64_t value_at(const MapAxis& axis, float part);
std::uint64_t next_value(const MapAxis& axis, int by);
// Warps at the value of the curve that is nearest.
int warps_at(const std::vector<gpu::CurvePoint>& curve, std::uint64_t value);
// Why a block cannot have so many threads; "" where it can.
std::string refusal_of_threads(const session::MapPlan& plan, int threads);
// Does what a suggestion says, where the settings allow it.
bool can_apply(const session::MapPlan& plan, const session::MapSettings& settings, const gpu::Suggestion& suggestion);
void apply_suggestion(const Frame& f, const gpu::Suggestion& suggestion);

// "13 × 50"; and back from "13 x 50", "13,50,2", "650". Empty where it is no grid; `problem` says why.
std::string grid_text(const base::Dim3& grid);
std::optional<base::Dim3> parse_grid(std::string_view text, std::string& problem);

// "Registers set the limit.", "Warps and blocks set the limit."
std::string limit_sentence(const gpu::Occupancy& occupancy);

// ---- This run and the one before

// What differs between two runs, what matters most first: {"40 registers", "42 registers"}.
struct MapDifference {
  std::string before, now;
};
std::vector<MapDifference> map_differences(const session::MapRun& before, const session::MapRun& now);

struct MapComparison {
  std::string name, brief, before, now;
  int better = 0;  // 1: now is better, -1: worse, 0: as good, or neither
};
std::vector<MapComparison> map_comparison(const session::MapRun& before, const session::MapRun& now);
// The run that the newest is compared with: the one kept, else the one before. Null: there is none.
const session::MapRun* compared_run(const Frame& f);

// Whether a run is of these settings: also one that was made before others and is shown again.
bool is_run_of(const session::MapRun& run, const session::MapPlan& plan);

// Keeps the newest run beside those that follow, or lets the kept one go.
void toggle_compare(const Frame& f);

}  // namespace warpscope::panels

// panels/step_memory_state.h: what the memory panels of the Step workspace remember between frames. Floor 7. Owned by
// the GUI thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/scene/step_access.h"
#include "app/scene/step_memory_layout.h"
#include "app/scene/step_picture.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

// A picture as it was painted last, and of what: painted anew only where that has changed.
struct MemoryPicture {
  std::uint64_t run = 0;
  trace::Position position = 0;
  std::vector<const std::uint8_t*> pages;               // of the buffer; what they point to never changes
  std::vector<std::shared_ptr<std::uint8_t[]>> owners;  // keeps it so
  scene::BufferShape shape;
  scene::PictureRegion region;
  scene::PictureMode mode = scene::PictureMode::kValue;
  kernels::ElementType type = kernels::ElementType::kU8;
  bool dark = true;
  int width = 0, height = 0;
  std::uint64_t version = 0;  // for Images
  scene::ValueRange range;
};

// What shared memory looked like, read once a view.
struct SharedReading {
  std::uint64_t version = 0, run = 0;
  bool begun = false;  // the block has memory at this moment
  std::uint64_t words = 0;
  std::vector<session::SharedVariableRow> variables;
  std::vector<scene::SharedGroup> groups;
  std::vector<std::uint8_t> bytes;
  std::uint64_t last_barrier = 0;  // step after which cells were written "since"; 0: there was none
  std::vector<bool> touched;       // by the next access of the followed warp, by word
  std::vector<int> touched_lane;   // the first lane that does; -1 none
  scene::ValueRange range;
  scene::BankWords said;
  scene::BankUse use;
  bool accesses = false;
};

struct StepMemoryState {
  enum class SharedColours { kTime, kWarp, kValue };
  SharedColours shared_colours = SharedColours::kTime;
  float shared_scroll = 0;
  SharedReading shared;

  enum class Space { kGlobal, kLocal, kConstant };
  Space space = Space::kGlobal;
  scene::PictureMode mode = scene::PictureMode::kValue;
  bool table = false, shape_open = false;
  std::map<std::string, scene::BufferShape> shapes;      // chosen, by name of the buffer
  std::map<std::string, kernels::ElementType> elements;  // likewise
  std::map<std::string, scene::PictureView> views;       // zoomed; none: all of it
  std::map<std::string, MemoryPicture> pictures;
  std::uint64_t picture_versions = 0;
  bool dragging = false;
  scene::Vec2 drag_from;
  float thumbs_scroll = 0, local_scroll = 0;

  // The cell that the pointer rests on, for "who wrote this?".
  std::string resting;
  double resting_since = 0;
  std::uint64_t asked = 0;  // question of the answer that is wanted
  std::string asked_cell;   // for this cell
  std::uint64_t asked_version = 0;
  std::string edit_problem;
};

}  // namespace warpscope::panels

// panels/step_code_state.h: what the code panels of the Step workspace remember between frames. Floor 7. Owned by the
// GUI thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/panels/step_ptx_listing.h"
#include "app/panels/step_source_model.h"
#include "app/scene/text_edit.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

struct StepCodeState {
  // Source.
  SourceModel model;
  float columns = 0;  // scrolled to the side
  // What the text was last scrolled for: it follows the followed warp until a person scrolls.
  std::uint64_t seen_run = 0;
  trace::Position seen_position = ~trace::Position{0};
  trace::WarpIndex seen_warp = ~trace::WarpIndex{0};

  // Editor.
  scene::TextEdit editor;
  bool was_editing = false;  // in the last frame: keys and buttons elsewhere begin and end it too
  bool keyboard = false;     // it has the keyboard
  std::shared_ptr<const std::string> session_text;       // that the session had last
  std::string session_file;                              // of that text
  std::vector<std::shared_ptr<const std::string>> sent;  // not come back yet
  bool reveal_caret = false;
  bool selecting = false;  // the pointer is held since it was pressed in the text
  double caret_since = 0;  // it blinks from when it was moved last
  bool keep_mine = false;  // "changed on disk" was answered

  // PTX.
  PtxListing listing;
  vgpu::Pc cursor_pc = vgpu::kNoPc;  // clicked: "run to cursor"
  std::uint64_t ptx_seen_run = 0;
  trace::Position ptx_seen_position = ~trace::Position{0};
  trace::WarpIndex ptx_seen_warp = ~trace::WarpIndex{0};
};

}  // namespace warpscope::panels

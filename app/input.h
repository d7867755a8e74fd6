// input.h: what people (and scripts) do, on its way to ImGui and the panels. Floor 8. GUI thread.
// The window's callbacks and the script player push into the same queue, so a script goes the way a hand goes.
#pragma once

#include <imgui.h>

#include <deque>

#include "app/panels/ui.h"

namespace warpscope::app {

struct InputEvent {
  enum class Kind { kMove, kLeave, kButton, kScroll, kKey, kCharacter };
  Kind kind = Kind::kMove;
  scene::Vec2 at = {};  // kMove: physical pixels; kScroll: wheel steps
  int code = 0;         // kButton: 0 left, 1 right, 2 middle; kKey: as panels::KeyPress; kCharacter: code point
  bool down = false;    // kButton, kKey
  bool repeat = false;  // kKey
  bool control = false, shift = false, alt = false;
  double seconds = 0;  // when it happened
};

class InputQueue {
 public:
  void push(const InputEvent& event) { waiting_.push_back(event); }
  bool empty() const { return waiting_.empty(); }
  // Gives the next frame its events, in order. A button or key that changes twice waits for the frame after: a quick
  // click is never lost.
  void apply(ImGuiIO& io, panels::UiState& ui);

 private:
  std::deque<InputEvent> waiting_;
};

// Once for each ImGui context: which keys text fields edit with.
void map_editing_keys(ImGuiIO& io);

}  // namespace warpscope::app

#include "app/input.h"

#include <array>
#include <set>

#include "app/panels/keys.h"

namespace warpscope::app {
namespace {

namespace key = panels::key;

struct EditingKey {
  ImGuiKey imgui;
  int code;
};
// Tab is left out: the frame itself goes from widget to widget.
constexpr std::array kEditingKeys{
    EditingKey{ImGuiKey_LeftArrow, key::kLeft},
    EditingKey{ImGuiKey_RightArrow, key::kRight},
    EditingKey{ImGuiKey_UpArrow, key::kUp},
    EditingKey{ImGuiKey_DownArrow, key::kDown},
    EditingKey{ImGuiKey_Home, key::kHome},
    EditingKey{ImGuiKey_End, key::kEnd},
    EditingKey{ImGuiKey_Delete, key::kDelete},
    EditingKey{ImGuiKey_Backspace, key::kBackspace},
    EditingKey{ImGuiKey_Enter, key::kEnter},
    EditingKey{ImGuiKey_Escape, key::kEscape},
    EditingKey{ImGuiKey_Space, key::kSpace},
    EditingKey{ImGuiKey_A, 'A'},
    EditingKey{ImGuiKey_C, 'C'},
    EditingKey{ImGuiKey_V, 'V'},
    EditingKey{ImGuiKey_X, 'X'},
    EditingKey{ImGuiKey_Y, 'Y'},
    EditingKey{ImGuiKey_Z, 'Z'},
};

#if IMGUI_VERSION_NUM >= 18700
void tell_key(ImGuiIO& io, const InputEvent& event) {
  for (const EditingKey& editing : kEditingKeys) {
    if (editing.code == event.code) io.AddKeyEvent(editing.imgui, event.down);
  }
  io.AddKeyEvent(ImGuiMod_Ctrl, event.control);
  io.AddKeyEvent(ImGuiMod_Shift, event.shift);
  io.AddKeyEvent(ImGuiMod_Alt, event.alt);
}
void tell_position(ImGuiIO& io, float x, float y) {
  io.AddMousePosEvent(x, y);
}
void tell_button(ImGuiIO& io, int button, bool down) {
  io.AddMouseButtonEvent(button, down);
}
void tell_wheel(ImGuiIO& io, float x, float y) {
  io.AddMouseWheelEvent(x, y);
}
#else
void tell_key(ImGuiIO& io, const InputEvent& event) {
  if (event.code >= 0 && event.code < IM_ARRAYSIZE(io.KeysDown)) io.KeysDown[event.code] = event.down;
  io.KeyCtrl = event.control;
  io.KeyShift = event.shift;
  io.KeyAlt = event.alt;
}
void tell_position(ImGuiIO& io, float x, float y) {
  io.MousePos = {x, y};
}
void tell_button(ImGuiIO& io, int button, bool down) {
  io.MouseDown[button] = down;
}
void tell_wheel(ImGuiIO& io, float x, float y) {
  io.MouseWheelH += x;
  io.MouseWheel += y;
}
#endif

// What one frame has taken so far.
class FrameShare {
 public:
  // False where the event would change what this frame has already taken.
  bool takes(const InputEvent& event) {
    switch (event.kind) {
      case InputEvent::Kind::kMove:
      case InputEvent::Kind::kLeave:
        return buttons_.empty();
      case InputEvent::Kind::kButton:
        return keys_.empty() && buttons_.insert(event.code).second;
      case InputEvent::Kind::kKey:
        return event.repeat || (buttons_.empty() && keys_.insert(event.code).second);
      case InputEvent::Kind::kCharacter:
      case InputEvent::Kind::kScroll:
        return true;
    }
    return true;
  }

 private:
  std::set<int> buttons_, keys_;
};

void hand_over(const InputEvent& event, ImGuiIO& io, panels::UiState& ui) {
  switch (event.kind) {
    case InputEvent::Kind::kMove:
      tell_position(io, event.at.x, event.at.y);
      ui.pointer_path.push_back({event.at, event.seconds});
      break;
    case InputEvent::Kind::kLeave:
      tell_position(io, -FLT_MAX, -FLT_MAX);
      break;
    case InputEvent::Kind::kButton:
      tell_button(io, event.code, event.down);
      break;
    case InputEvent::Kind::kScroll:
      tell_wheel(io, event.at.x, event.at.y);
      break;
    case InputEvent::Kind::kKey:
      tell_key(io, event);
      if (event.down) {
        ui.keys.push_back({.code = event.code,
                           .control = event.control,
                           .shift = event.shift,
                           .alt = event.alt,
                           .repeat = event.repeat});
      }
      break;
    case InputEvent::Kind::kCharacter:
      io.AddInputCharacter(static_cast<unsigned int>(event.code));
      // '?' sits on another key in every layout: it counts as the character it is.
      if (event.code == '?') ui.keys.push_back({.code = '?'});
      break;
  }
}

}  // namespace

void InputQueue::apply(ImGuiIO& io, panels::UiState& ui) {
  FrameShare share;
  while (!waiting_.empty() && share.takes(waiting_.front())) {
    hand_over(waiting_.front(), io, ui);
    waiting_.pop_front();
  }
}

void map_editing_keys(ImGuiIO& io) {
#if IMGUI_VERSION_NUM < 18700
  for (const EditingKey& editing : kEditingKeys) io.KeyMap[editing.imgui] = editing.code;
  io.KeyMap[ImGuiKey_KeyPadEnter] = key::kEnter;
#else
  static_cast<void>(io);
#endif
}

}  // namespace warpscope::app

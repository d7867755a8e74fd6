// session/message.h: what a session has to say to the person. Floor 5. Plain data.
#pragma once

#include <cstdint>
#include <string>

namespace warpscope::session {

// A line for the person. Shown as a toast and kept in the status bar's history.
struct Message {
  enum class Kind { kGood, kWarning, kError };
  std::uint64_t id = 0;  // goes up
  Kind kind = Kind::kGood;
  std::string text;  // "Drawing 24 saved as 7"
  enum class Action { kNone, kUndoLabel, kRetryStore, kRecover };
  Action action = Action::kNone;
};

}  // namespace warpscope::session

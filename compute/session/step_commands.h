// session/step_commands.h: everything a person can ask of the Step workspace. Floor 5. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compute/session/step_view.h"

namespace warpscope::session {

// ---- What is run

struct OpenKernel {
  std::string name;            // of a shipped kernel; "": the file
  std::filesystem::path file;  // .cu or .ptx
  // Launched so; else as shipped, or as good guesses say.
  std::optional<StepLaunch> launch{};
};
struct SetKernelText {  // the editor's text; nothing runs yet
  static constexpr bool kReplacesOlder = true;
  std::string text;
};
struct RunKernel {};     // compiles where the text has changed, records anew
struct ReloadKernel {};  // the text as it is on disk now
struct SaveKernelText {
  std::filesystem::path file;  // "": where it came from (a shipped kernel goes into the data folder)
};
struct ChooseKernel {  // another entry of the open file; records it with a launch of its own
  std::string name;
};
struct SetLaunch {  // records anew
  static constexpr bool kReplacesOlder = true;
  StepLaunch launch;
};
struct SetSchedule {  // records anew
  static constexpr bool kReplacesOlder = true;
  vgpu::Schedule schedule;
};
struct CancelJob {};  // at once; a recording keeps what there is

// ---- Where to be

enum class StepGoal : std::uint8_t {
  kInstruction,  // of the followed warp
  kLine,         // of the followed warp; into functions
  kOver,         // likewise, over calls and barriers
  kOut,          // of this function
  kRound,        // every warp of the block makes one step
  kBarrier,      // of the followed warp, as the next four
  kDivergence,
  kMemoryAccess,
  kAtLine,      // the cursor's line
  kAtPc,        // the cursor's instruction
  kFinding,     // of anybody
  kBreakpoint,  // of anybody
  kEnd,         // of the run; backwards: its beginning
};
struct Go {
  StepGoal goal = StepGoal::kInstruction;
  trace::Direction direction = trace::Direction::kForward;
  int count = 1;
  int line = 0;     // of kAtLine
  vgpu::Pc pc = 0;  // of kAtPc
};
struct SeekTo {
  static constexpr bool kReplacesOlder = true;
  trace::Position position = 0;
  bool follow = true;  // the warp that is next there is followed from now on
};
struct FollowWarp {
  static constexpr bool kReplacesOlder = true;
  trace::WarpIndex warp = 0;
};

struct GoToPrinted {  // to the step that printed this character of the launch's output
  std::uint64_t character = 0;
};

// ---- Questions and changes

// Bytes that somebody wrote: of a variable in a lane of the followed warp, or of memory.
struct WrittenPlace {
  std::string variable;  // "sum", "tile[3][5]", "p.x"; "": memory
  int lane = 0;
  trace::MemoryPlace memory;
};
struct AskWriter {
  static constexpr bool kReplacesOlder = true;
  std::uint64_t question = 0;  // comes back in WriterAnswer
  WrittenPlace place;
};
struct GoToWriter {
  WrittenPlace place;
};
struct AddBreakpoint {
  StepBreakpoint breakpoint;  // its id is given by the session
};
struct ChangeBreakpoint {  // the one of this id
  StepBreakpoint breakpoint;
};
struct RemoveBreakpoint {
  int id = 0;
};
struct ToggleLineBreakpoint {
  int line = 0;
};
// From this moment on history is another one.
struct EditVariable {
  std::string variable;  // as in WrittenPlace
  LaneMask lanes = 0;    // of the followed warp
  std::string value;     // "3.5", "0x10", "true"
};
struct EditMemory {
  trace::MemoryPlace place;
  kernels::ElementType type = kernels::ElementType::kF32;
  std::string value;
};
struct DropEdits {};  // back to the history that the launch has by itself

using StepCommand =
    std::variant<OpenKernel, SetKernelText, RunKernel, ReloadKernel, SaveKernelText, ChooseKernel, SetLaunch,
                 SetSchedule, CancelJob, Go, SeekTo, FollowWarp, GoToPrinted, AskWriter, GoToWriter, AddBreakpoint,
                 ChangeBreakpoint, RemoveBreakpoint, ToggleLineBreakpoint, EditVariable, EditMemory, DropEdits>;

}  // namespace warpscope::session

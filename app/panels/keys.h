// panels/keys.h: the one table of keys: what help, palette, README and the key handlers go by. Floor 7. Plain data.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/panels/ui.h"

namespace warpscope::panels {

// Codes of keys that are no character: GLFW's numbers, without its header.
namespace key {
inline constexpr int kSpace = 32, kEscape = 256, kEnter = 257, kTab = 258, kBackspace = 259, kDelete = 261;
inline constexpr int kRight = 262, kLeft = 263, kDown = 264, kUp = 265, kPageUp = 266, kPageDown = 267;
inline constexpr int kHome = 268, kEnd = 269, kF1 = 290;
constexpr int function(int n) {
  return kF1 + n - 1;
}
}  // namespace key

enum class KeyId {
  // Learn.
  kPlayPause,
  kOneStep,
  kLeaveStep,
  kMicroscope,
  kOpenLaunch,
  kResetTraining,
  kLabel,
  kNextExample,
  kUndo,
  kRedo,
  kClear,
  kPen,
  kEraser,
  kThinner,
  kThicker,
  kMoveLeft,
  kMoveRight,
  kMoveUp,
  kMoveDown,
  kPreviousCell,
  kNextCell,
  kPreviousLayer,
  kNextLayer,
  kPin,
  kSlide,
  kLogScale,
  kWeightChange,
  kCompareRuns,
  kDeleteDrawing,
  // Step.
  kStepPlay,
  kStepPlayBack,
  kStepRun,
  kStepStop,
  kStepNextGoal,
  kStepPreviousGoal,
  kStepBreakpoint,
  kStepOver,
  kStepBackOver,
  kStepToCursor,
  kStepBackToCursor,
  kStepInto,
  kStepBackInto,
  kStepOut,
  kStepBackOut,
  kStepForward,
  kStepBack,
  kStepRoundForward,
  kStepRoundBack,
  kStepBeginning,
  kStepEnd,
  kStepPreviousMark,
  kStepNextMark,
  kStepPreviousWarp,
  kStepNextWarp,
  kStepPreviousBlock,
  kStepNextBlock,
  kStepByLine,
  kStepByInstruction,
  kStepByRound,
  kStepGoal,
  kStepGoalEnter,
  kStepGoalBack,
  kStepScheduler,
  kStepEdit,
  kStepEditAnywhere,
  kStepSave,
  kStepWriter,
  kStepToWriter,
  kStepMemory,
  kStepBreakpoints,
  kStepVariables,
  kStepCells,
  // Convolve.
  kConvolveSlide,
  kConvolveVariant,
  kConvolveLeft,
  kConvolveRight,
  kConvolveUp,
  kConvolveDown,
  kConvolvePreviousStage,
  kConvolveNextStage,
  kConvolveAddFilter,
  kConvolveAddRelu,
  kConvolveAddPool,
  kConvolveRemoveStage,
  kConvolveColour,
  kConvolveDifference,
  kConvolveTextbook,
  kConvolvePin,
  kConvolveStep,
  kConvolveMeasure,
  kConvolvePreviousPlane,
  kConvolveNextPlane,
  kConvolveZoomIn,
  kConvolveZoomOut,
  // SM map.
  kMapPlay,
  kMapLoop,
  kMapBack,
  kMapForward,
  kMapBackCycle,
  kMapForwardCycle,
  kMapBeginning,
  kMapEnd,
  kMapPreviousMark,
  kMapNextMark,
  kMapSlower,
  kMapFaster,
  kMapPreviousSm,
  kMapNextSm,
  kMapCloseUp,
  kMapZoomIn,
  kMapZoomOut,
  kMapZoomAll,
  kMapColour,
  kMapPin,
  kMapStep,
  kMapPixels,
  kMapCompare,
  kMapTrace,
  kMapRun,
  // Guided tours.
  kTourNext,
  kTourBack,
  kTourChoice,
  // Everywhere.
  kLearn,
  kConvolve,
  kMap,
  kStep,
  kPalette,
  kHelp,
  kHelpMark,
  kScreenshot,
  kOpen,
  kZoomIn,
  kZoomOut,
  kZoomReset,
  kTheme,
  kPresenter,
  kFoldRight,
  kMapThis,
  kClose,
  kQuit
};

struct KeyBinding {
  KeyId id;
  int code;  // as in KeyPress; kLabel: '0', and the nine after it
  bool control, shift;
  std::string_view keys;   // "Ctrl+Z", as shown
  std::string_view does;   // "Undo a stroke"
  std::string_view where;  // "Learn", "Convolve", "SM map", "Step" or "Everywhere"
};
std::span<const KeyBinding> key_bindings();
const KeyBinding& binding(KeyId id);

// Whether the key holds in this workspace: its own and those of everywhere.
bool holds_in(const KeyBinding& bound, Workspace workspace);

// True in the frame in which the key went down, or repeats. Keys of the workspace that is not open are dead. Plain keys
// do nothing while a text field has the keyboard; Space, Enter and arrows do nothing while a widget reached by Tab has
// the focus; nothing but Escape reaches the workspace while an overlay is open.
bool key_pressed(const Frame& f, KeyId id);
// The same without the repeats of a held key: for what turns on and off.
bool key_struck(const Frame& f, KeyId id);
// 0..9 in the frame in which a label key went down, else -1.
int label_pressed(const Frame& f);
// 0..3 in the frame in which a key of a tour's choices went down, else -1.
int tour_choice_pressed(const Frame& f);
// 0..5 in the frame in which a key of Convolve's variants went down, else -1.
int variant_pressed(const Frame& f);
// A press of this code with no modifier, for overlays and widgets; ignores who has the keyboard.
bool raw_key(const Frame& f, int code);
// From the text shown in help and written in scripts: "Ctrl+Z", "F10", "Space", "7". Code 0 where unknown.
KeyPress parse_key(std::string_view text);

}  // namespace warpscope::panels

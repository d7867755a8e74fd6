#include "app/panels/keys.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace warpscope::panels {
namespace {

constexpr std::string_view kLearn = "Learn";
constexpr std::string_view kTour = "Step, in a tour";
constexpr std::string_view kConvolve = "Convolve";
constexpr std::string_view kMap = "SM map";
constexpr std::string_view kStep = "Step";
constexpr std::string_view kEverywhere = "Everywhere";

constexpr std::array kBindings{
    KeyBinding{KeyId::kPlayPause, key::kSpace, false, false, "Space", "Start or pause training", kLearn},
    KeyBinding{KeyId::kOneStep, 'N', false, false, "N", "One step, slowly; then its next phase", kLearn},
    KeyBinding{KeyId::kLeaveStep, 'N', false, true, "Shift+N", "Leave the slow step", kLearn},
    KeyBinding{KeyId::kMicroscope, 'M', false, false, "M", "The microscope: freeze this step, open its kernels",
               kLearn},
    KeyBinding{KeyId::kOpenLaunch, key::kEnter, false, false, "Enter",
               "Step through the chosen launch of a frozen step", kLearn},
    KeyBinding{KeyId::kResetTraining, 'R', true, false, "Ctrl+R", "Reset to fresh weights", kLearn},
    KeyBinding{KeyId::kLabel, '0', false, false, "0-9", "Say what the drawing is: it joins training", kLearn},
    KeyBinding{KeyId::kNextExample, 'X', false, false, "X", "Show another example digit", kLearn},
    KeyBinding{KeyId::kUndo, 'Z', true, false, "Ctrl+Z", "Undo a stroke, or the last label", kLearn},
    KeyBinding{KeyId::kRedo, 'Z', true, true, "Ctrl+Shift+Z", "Redo a stroke", kLearn},
    KeyBinding{KeyId::kClear, key::kBackspace, false, false, "Backspace", "Clear the pad", kLearn},
    KeyBinding{KeyId::kPen, 'P', false, false, "P", "Pen", kLearn},
    KeyBinding{KeyId::kEraser, 'E', false, false, "E", "Eraser", kLearn},
    KeyBinding{KeyId::kThinner, '[', false, false, "[", "Thinner pen", kLearn},
    KeyBinding{KeyId::kThicker, ']', false, false, "]", "Thicker pen", kLearn},
    KeyBinding{KeyId::kMoveLeft, key::kLeft, false, false, "Left", "Move the chosen pixel left", kLearn},
    KeyBinding{KeyId::kMoveRight, key::kRight, false, false, "Right", "Move the chosen pixel right", kLearn},
    KeyBinding{KeyId::kMoveUp, key::kUp, false, false, "Up", "Move the chosen pixel up", kLearn},
    KeyBinding{KeyId::kMoveDown, key::kDown, false, false, "Down", "Move the chosen pixel down", kLearn},
    KeyBinding{KeyId::kPreviousCell, key::kPageUp, false, false, "PageUp", "The map or unit before", kLearn},
    KeyBinding{KeyId::kNextCell, key::kPageDown, false, false, "PageDown", "The next map or unit", kLearn},
    KeyBinding{KeyId::kPreviousLayer, key::kLeft, true, false, "Ctrl+Left", "The layer before", kLearn},
    KeyBinding{KeyId::kNextLayer, key::kRight, true, false, "Ctrl+Right", "The next layer", kLearn},
    KeyBinding{KeyId::kPin, 'H', false, false, "H", "Hold what is hovered; again to let go", kLearn},
    KeyBinding{KeyId::kSlide, 'S', false, false, "S", "Slide the window over the picture", kLearn},
    KeyBinding{KeyId::kLogScale, 'L', false, false, "L", "Loss on a log scale", kLearn},
    KeyBinding{KeyId::kWeightChange, 'W', false, false, "W", "Show how the weights changed", kLearn},
    KeyBinding{KeyId::kCompareRuns, 'C', false, false, "C", "Compare runs", kLearn},
    KeyBinding{KeyId::kDeleteDrawing, key::kDelete, false, false, "Delete", "Delete the chosen drawing", kLearn},
    KeyBinding{KeyId::kStepPlay, key::kSpace, false, false, "Space", "Play or pause", kStep},
    KeyBinding{KeyId::kStepPlayBack, key::kSpace, false, true, "Shift+Space", "Play backwards", kStep},
    KeyBinding{KeyId::kStepRun, key::function(5), false, false, "F5", "Run: compile what changed, record anew", kStep},
    KeyBinding{KeyId::kStepStop, key::function(5), false, true, "Shift+F5",
               "Stop what is compiled, recorded or searched", kStep},
    KeyBinding{KeyId::kStepNextGoal, key::function(8), false, false, "F8",
               "To the next barrier, divergence ... as chosen", kStep},
    KeyBinding{KeyId::kStepPreviousGoal, key::function(8), false, true, "Shift+F8", "Back to the one before", kStep},
    KeyBinding{KeyId::kStepBreakpoint, key::function(9), false, false, "F9", "Breakpoint at the cursor's line, or away",
               kStep},
    KeyBinding{KeyId::kStepOver, key::function(10), false, false, "F10", "Step over", kStep},
    KeyBinding{KeyId::kStepBackOver, key::function(10), false, true, "Shift+F10", "Step back over", kStep},
    KeyBinding{KeyId::kStepToCursor, key::function(10), true, false, "Ctrl+F10", "Run to the cursor's line", kStep},
    KeyBinding{KeyId::kStepBackToCursor, key::function(10), true, true, "Ctrl+Shift+F10",
               "Run back to the cursor's line", kStep},
    KeyBinding{KeyId::kStepInto, key::function(11), false, false, "F11", "Step into", kStep},
    KeyBinding{KeyId::kStepBackInto, key::function(11), false, true, "Shift+F11", "Step back into", kStep},
    KeyBinding{KeyId::kStepOut, key::function(11), true, false, "Ctrl+F11", "Step out of this function", kStep},
    KeyBinding{KeyId::kStepBackOut, key::function(11), true, true, "Ctrl+Shift+F11", "Step back out of this function",
               kStep},
    KeyBinding{KeyId::kStepForward, key::kRight, false, false, "Right", "One instruction", kStep},
    KeyBinding{KeyId::kStepBack, key::kLeft, false, false, "Left", "One instruction back", kStep},
    KeyBinding{KeyId::kStepRoundForward, key::kRight, true, false, "Ctrl+Right", "One round: every warp makes a step",
               kStep},
    KeyBinding{KeyId::kStepRoundBack, key::kLeft, true, false, "Ctrl+Left", "One round back", kStep},
    KeyBinding{KeyId::kStepBeginning, key::kHome, false, false, "Home", "To the beginning", kStep},
    KeyBinding{KeyId::kStepEnd, key::kEnd, false, false, "End", "To the end", kStep},
    KeyBinding{KeyId::kStepPreviousMark, '[', false, false, "[", "To the mark before, in the scrub bar", kStep},
    KeyBinding{KeyId::kStepNextMark, ']', false, false, "]", "To the next mark", kStep},
    KeyBinding{KeyId::kStepPreviousWarp, key::kPageUp, false, false, "PageUp", "Follow the warp before", kStep},
    KeyBinding{KeyId::kStepNextWarp, key::kPageDown, false, false, "PageDown", "Follow the next warp", kStep},
    KeyBinding{KeyId::kStepPreviousBlock, key::kPageUp, true, false, "Ctrl+PageUp", "Follow the block before", kStep},
    KeyBinding{KeyId::kStepNextBlock, key::kPageDown, true, false, "Ctrl+PageDown", "Follow the next block", kStep},
    KeyBinding{KeyId::kStepByLine, 'L', false, false, "L", "Step by lines", kStep},
    KeyBinding{KeyId::kStepByInstruction, 'I', false, false, "I", "Step by instructions", kStep},
    KeyBinding{KeyId::kStepByRound, 'R', false, false, "R", "Step by rounds", kStep},
    KeyBinding{KeyId::kStepGoal, 'G', false, false, "G", "To the next goal", kStep},
    KeyBinding{KeyId::kStepGoalEnter, key::kEnter, false, false, "Enter", "To the next goal", kStep},
    KeyBinding{KeyId::kStepGoalBack, 'G', false, true, "Shift+G", "Back to the goal before", kStep},
    KeyBinding{KeyId::kStepScheduler, 'S', false, false, "S", "Choose the warp scheduler", kStep},
    KeyBinding{KeyId::kStepEdit, 'E', false, false, "E", "Edit the source", kStep},
    KeyBinding{KeyId::kStepEditAnywhere, 'E', true, false, "Ctrl+E", "Edit the source, or be done with it", kStep},
    KeyBinding{KeyId::kStepSave, 'S', true, false, "Ctrl+S", "Save the source", kStep},
    KeyBinding{KeyId::kStepWriter, 'W', false, false, "W", "Who wrote what is pinned?", kStep},
    KeyBinding{KeyId::kStepToWriter, 'W', false, true, "Shift+W", "Go to who wrote it", kStep},
    KeyBinding{KeyId::kStepMemory, 'M', false, false, "M", "Shared, global or local memory", kStep},
    KeyBinding{KeyId::kStepBreakpoints, 'B', false, false, "B", "Breakpoints and watchpoints", kStep},
    KeyBinding{KeyId::kStepVariables, 'V', false, false, "V", "To the variables: arrows choose, Enter changes", kStep},
    KeyBinding{KeyId::kStepCells, 'C', false, false, "C", "To the cells of shared memory: arrows choose", kStep},
    KeyBinding{KeyId::kConvolveSlide, key::kSpace, false, false, "Space", "Slide the window slowly over the picture",
               kConvolve},
    KeyBinding{KeyId::kConvolveVariant, '1', false, false, "1-6", "Choose a way to write the kernel", kConvolve},
    KeyBinding{KeyId::kConvolveLeft, key::kLeft, false, false, "Left", "Move the chosen pixel left", kConvolve},
    KeyBinding{KeyId::kConvolveRight, key::kRight, false, false, "Right", "Move the chosen pixel right", kConvolve},
    KeyBinding{KeyId::kConvolveUp, key::kUp, false, false, "Up", "Move the chosen pixel up", kConvolve},
    KeyBinding{KeyId::kConvolveDown, key::kDown, false, false, "Down", "Move the chosen pixel down", kConvolve},
    KeyBinding{KeyId::kConvolvePreviousStage, '[', false, false, "[", "The stage before, in the chain", kConvolve},
    KeyBinding{KeyId::kConvolveNextStage, ']', false, false, "]", "The next stage of the chain", kConvolve},
    KeyBinding{KeyId::kConvolveAddFilter, 'F', false, false, "F", "Add a filter to the chain", kConvolve},
    KeyBinding{KeyId::kConvolveAddRelu, 'R', false, false, "R", "Add a ReLU to the chain", kConvolve},
    KeyBinding{KeyId::kConvolveAddPool, 'P', false, false, "P", "Add a max pool to the chain", kConvolve},
    KeyBinding{KeyId::kConvolveRemoveStage, key::kDelete, false, false, "Delete", "Remove the chosen stage", kConvolve},
    KeyBinding{KeyId::kConvolveColour, 'B', false, false, "B", "Colour the output by nothing, block, SM or warp",
               kConvolve},
    KeyBinding{KeyId::kConvolveDifference, 'D', false, false, "D", "Output beside the input, or their difference",
               kConvolve},
    KeyBinding{KeyId::kConvolveTextbook, 'T', false, false, "T", "The textbook page, and back", kConvolve},
    KeyBinding{KeyId::kConvolvePin, 'H', false, false, "H", "Hold the explanation; again to let go", kConvolve},
    KeyBinding{KeyId::kConvolveStep, 'S', false, false, "S", "Step through the chosen pixel's thread", kConvolve},
    KeyBinding{KeyId::kConvolveMeasure, 'M', false, false, "M", "Count and time all variants again", kConvolve},
    KeyBinding{KeyId::kConvolvePreviousPlane, key::kPageUp, false, false, "PageUp", "The colour or map before",
               kConvolve},
    KeyBinding{KeyId::kConvolveNextPlane, key::kPageDown, false, false, "PageDown", "The next colour or map",
               kConvolve},
    KeyBinding{KeyId::kConvolveZoomIn, '+', false, false, "+", "Larger pixels", kConvolve},
    KeyBinding{KeyId::kConvolveZoomOut, '-', false, false, "-", "Smaller pixels", kConvolve},
    KeyBinding{KeyId::kMapPlay, key::kSpace, false, false, "Space", "Play and pause: time goes on", kMap},
    KeyBinding{KeyId::kMapLoop, 'L', false, false, "L", "Begin again at the end, or stop there", kMap},
    KeyBinding{KeyId::kMapBack, key::kLeft, false, false, "Left", "A hundredth of what is seen back in time", kMap},
    KeyBinding{KeyId::kMapForward, key::kRight, false, false, "Right", "A hundredth of what is seen on in time", kMap},
    KeyBinding{KeyId::kMapBackCycle, key::kLeft, false, true, "Shift+Left", "One cycle back", kMap},
    KeyBinding{KeyId::kMapForwardCycle, key::kRight, false, true, "Shift+Right", "One cycle on", kMap},
    KeyBinding{KeyId::kMapBeginning, key::kHome, false, false, "Home", "To the beginning", kMap},
    KeyBinding{KeyId::kMapEnd, key::kEnd, false, false, "End", "To the end", kMap},
    KeyBinding{KeyId::kMapPreviousMark, '[', false, false, "[", "To where the wave before begins", kMap},
    KeyBinding{KeyId::kMapNextMark, ']', false, false, "]", "To where the next wave, or the tail, begins", kMap},
    KeyBinding{KeyId::kMapSlower, ',', false, false, ",", "Slower", kMap},
    KeyBinding{KeyId::kMapFaster, '.', false, false, ".", "Faster", kMap},
    KeyBinding{KeyId::kMapPreviousSm, key::kUp, false, false, "Up", "The SM before", kMap},
    KeyBinding{KeyId::kMapNextSm, key::kDown, false, false, "Down", "The next SM", kMap},
    KeyBinding{KeyId::kMapCloseUp, 'O', false, false, "O", "Open the SM, or close it", kMap},
    KeyBinding{KeyId::kMapZoomIn, '+', false, false, "+", "See less time, larger", kMap},
    KeyBinding{KeyId::kMapZoomOut, '-', false, false, "-", "See more time", kMap},
    KeyBinding{KeyId::kMapZoomAll, '0', false, false, "0", "See the whole run", kMap},
    KeyBinding{KeyId::kMapColour, 'B', false, false, "B", "Colour by wave, block or what was waited for", kMap},
    KeyBinding{KeyId::kMapPin, 'H', false, false, "H", "Hold the explanation; again to let go", kMap},
    KeyBinding{KeyId::kMapStep, 'S', false, false, "S", "Step through the chosen block", kMap},
    KeyBinding{KeyId::kMapPixels, 'P', false, false, "P", "Show the chosen block's pixels in Convolve", kMap},
    KeyBinding{KeyId::kMapCompare, 'C', false, false, "C", "Keep this run beside the next; again to let it go", kMap},
    KeyBinding{KeyId::kMapTrace, 'T', false, false, "T", "What the model says, or what a real GPU did", kMap},
    KeyBinding{KeyId::kMapRun, 'R', false, false, "R", "Run again", kMap},
    KeyBinding{KeyId::kTourNext, 'N', false, false, "N", "The tour's next stop", kTour},
    KeyBinding{KeyId::kTourBack, 'N', false, true, "Shift+N", "The stop before", kTour},
    KeyBinding{KeyId::kTourChoice, '1', false, false, "1-4", "Choose an answer to the tour's question", kTour},
    KeyBinding{KeyId::kLearn, '1', true, false, "Ctrl+1", "Learn: draw a digit, watch a network learn", kEverywhere},
    KeyBinding{KeyId::kConvolve, '2', true, false, "Ctrl+2", "Convolve: filters over a live picture", kEverywhere},
    KeyBinding{KeyId::kMap, '3', true, false, "Ctrl+3", "SM map: who ran where, when, and what limits it", kEverywhere},
    KeyBinding{KeyId::kStep, '4', true, false, "Ctrl+4", "Step: walk through a kernel", kEverywhere},
    KeyBinding{KeyId::kPalette, 'K', true, false, "Ctrl+K", "Search commands", kEverywhere},
    KeyBinding{KeyId::kHelp, key::function(1), false, false, "F1", "This list of keys", kEverywhere},
    KeyBinding{KeyId::kHelpMark, '?', false, false, "?", "This list of keys", kEverywhere},
    KeyBinding{KeyId::kScreenshot, key::function(12), false, false, "F12", "Save a screenshot", kEverywhere},
    KeyBinding{KeyId::kOpen, 'O', true, false, "Ctrl+O", "Open a file by its path", kEverywhere},
    KeyBinding{KeyId::kZoomIn, '+', true, false, "Ctrl++", "Everything larger", kEverywhere},
    KeyBinding{KeyId::kZoomOut, '-', true, false, "Ctrl+-", "Everything smaller", kEverywhere},
    KeyBinding{KeyId::kZoomReset, '0', true, false, "Ctrl+0", "Size as designed", kEverywhere},
    KeyBinding{KeyId::kTheme, 'L', true, false, "Ctrl+L", "Light or dark", kEverywhere},
    KeyBinding{KeyId::kPresenter, 'P', true, true, "Ctrl+Shift+P", "Presenter mode: larger for a hall", kEverywhere},
    KeyBinding{KeyId::kFoldRight, 'B', true, false, "Ctrl+B", "Fold or unfold the explanation", kEverywhere},
    KeyBinding{KeyId::kMapThis, 'M', true, false, "Ctrl+M", "The open kernel in the SM map: Step's or Convolve's",
               kEverywhere},
    KeyBinding{KeyId::kClose, key::kEscape, false, false, "Esc", "Close what is open, let go", kEverywhere},
    KeyBinding{KeyId::kQuit, 'Q', true, false, "Ctrl+Q", "Quit", kEverywhere},
};

// Written as the array is: entry i is KeyId i.
constexpr bool in_order() {
  for (std::size_t i = 0; i < kBindings.size(); ++i) {
    if (static_cast<std::size_t>(kBindings[i].id) != i) return false;
  }
  return true;
}
static_assert(in_order());

struct NamedKey {
  std::string_view name;
  int code;
};
constexpr std::array kNamedKeys{
    NamedKey{"Space", key::kSpace},   NamedKey{"Esc", key::kEscape},    NamedKey{"Escape", key::kEscape},
    NamedKey{"Enter", key::kEnter},   NamedKey{"Tab", key::kTab},       NamedKey{"Backspace", key::kBackspace},
    NamedKey{"Delete", key::kDelete}, NamedKey{"Left", key::kLeft},     NamedKey{"Right", key::kRight},
    NamedKey{"Up", key::kUp},         NamedKey{"Down", key::kDown},     NamedKey{"Home", key::kHome},
    NamedKey{"End", key::kEnd},       NamedKey{"PageUp", key::kPageUp}, NamedKey{"PageDown", key::kPageDown},
};

bool same_key(int pressed, int bound) {
  // '+' shares its key with '=' on many layouts, and Ctrl+= is what people press.
  return pressed == bound || (bound == '+' && pressed == '=');
}

bool is_character(int code) {
  return code > key::kSpace && code < 128;
}

bool matches(const KeyPress& press, const KeyBinding& bound) {
  if (!same_key(press.code, bound.code) || press.control != bound.control || press.alt) return false;
  // Shift is part of how some characters are typed ('?', '+', '[' on many layouts), so it only counts for letters and
  // named keys.
  const bool shift_counts = !is_character(bound.code) || (bound.code >= 'A' && bound.code <= 'Z');
  return !shift_counts || press.shift == bound.shift;
}

bool overlay_open(const UiState& ui) {
  return ui.palette_open || ui.help_open || ui.device_card_open || ui.runs_open || ui.messages_open ||
         ui.tour.list_open || ui.step.launch_open || ui.step.breakpoints_open;
}

bool is_typing() {
  return ImGui::GetIO().WantTextInput;
}

// Keys that no text needs: they go on while the source is edited.
bool holds_while_typing(const KeyBinding& bound) {
  if (bound.where == kEverywhere) return bound.control || bound.code >= key::kF1 || bound.code == key::kEscape;
  if (bound.where != kStep) return false;
  return bound.code >= key::kF1 || (bound.control && is_character(bound.code));
}

// Whether something nearer to the person than the workspace takes this key.
bool taken(const Frame& f, const KeyBinding& bound) {
  if (!holds_in(bound, f.ui.workspace)) return true;
  if (bound.where != kEverywhere && overlay_open(f.ui)) return true;
  if (is_typing() && !holds_while_typing(bound)) return true;
  const bool used_by_widgets =
      bound.code == key::kSpace || bound.code == key::kEnter || (bound.code >= key::kRight && bound.code <= key::kUp);
  return used_by_widgets && !f.ui.widgets.focus.empty();
}

// Which of the keys 1, 2 ... went down; -1: none.
int choice_pressed(const Frame& f, KeyId id, int count) {
  if (taken(f, binding(id))) return -1;
  for (const KeyPress& press : f.ui.keys) {
    const bool choice = press.code >= '1' && press.code < '1' + count;
    if (choice && !press.control && !press.alt && !press.repeat) return press.code - '1';
  }
  return -1;
}

}  // namespace

std::span<const KeyBinding> key_bindings() {
  return kBindings;
}

const KeyBinding& binding(KeyId id) {
  return kBindings[static_cast<std::size_t>(id)];
}

bool holds_in(const KeyBinding& bound, Workspace workspace) {
  if (bound.where == kEverywhere) return true;
  if (workspace == Workspace::kConvolve) return bound.where == kConvolve;
  if (workspace == Workspace::kMap) return bound.where == kMap;
  return workspace == Workspace::kStep ? bound.where == kStep || bound.where == kTour : bound.where == kLearn;
}

bool key_pressed(const Frame& f, KeyId id) {
  const KeyBinding& bound = binding(id);
  if (taken(f, bound)) return false;
  return std::any_of(f.ui.keys.begin(), f.ui.keys.end(), [&](const KeyPress& press) { return matches(press, bound); });
}

bool key_struck(const Frame& f, KeyId id) {
  const KeyBinding& bound = binding(id);
  if (taken(f, bound)) return false;
  return std::any_of(f.ui.keys.begin(), f.ui.keys.end(),
                     [&](const KeyPress& press) { return !press.repeat && matches(press, bound); });
}

int label_pressed(const Frame& f) {
  const KeyBinding& bound = binding(KeyId::kLabel);
  if (taken(f, bound)) return -1;
  for (const KeyPress& press : f.ui.keys) {
    const bool digit = press.code >= '0' && press.code <= '9';
    if (digit && !press.control && !press.alt && !press.repeat) return press.code - '0';
  }
  return -1;
}

int tour_choice_pressed(const Frame& f) {
  return choice_pressed(f, KeyId::kTourChoice, 4);
}

int variant_pressed(const Frame& f) {
  return choice_pressed(f, KeyId::kConvolveVariant, 6);
}

bool raw_key(const Frame& f, int code) {
  return std::any_of(f.ui.keys.begin(), f.ui.keys.end(), [&](const KeyPress& press) {
    return press.code == code && !press.control && !press.alt && !press.shift;
  });
}

KeyPress parse_key(std::string_view text) {
  KeyPress press;
  const auto take = [&text](std::string_view prefix) {
    if (text.size() <= prefix.size() || !text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  };
  for (bool found = true; found;) {
    found = false;
    if (take("Ctrl+")) found = press.control = true;
    if (take("Shift+")) found = press.shift = true;
    if (take("Alt+")) found = press.alt = true;
  }
  for (const NamedKey& named : kNamedKeys) {
    if (named.name == text) press.code = named.code;
  }
  if (press.code == 0 && text.size() == 1) {
    press.code = std::toupper(static_cast<unsigned char>(text[0]));
  } else if (press.code == 0 && text.size() <= 3 && text.starts_with('F')) {
    const int number = std::atoi(std::string(text.substr(1)).c_str());
    if (number >= 1 && number <= 12) press.code = key::function(number);
  }
  return press;
}

}  // namespace warpscope::panels

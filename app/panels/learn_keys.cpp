#include <algorithm>

#include "app/panels/keys.h"
#include "app/panels/learn_actions.h"
#include "app/panels/learn_microscope.h"
#include "app/panels/learn_network.h"
#include "app/panels/learn_panels.h"

namespace warpscope::panels {

namespace {

using session::TrainingStatus;

void play_or_pause(const Frame& f) {
  switch (f.view.training.status) {
    case TrainingStatus::kTraining:
      f.send(session::PauseTraining{});
      break;
    case TrainingStatus::kReady:
    case TrainingStatus::kPaused:
    case TrainingStatus::kFinished:
      f.send(session::StartTraining{});
      break;
    case TrainingStatus::kStepping:
      f.send(session::LeaveStep{});
      break;
    case TrainingStatus::kDiverged:
      if (f.view.training.divergence) f.send(session::RecoverTraining{f.view.training.divergence->suggested_rate});
      break;
    case TrainingStatus::kLoading:
    case TrainingStatus::kFailed:
      break;
  }
}

void pin_or_let_go(const Frame& f) {
  UiState& ui = f.ui;
  const bool pinned = ui.pinned.kind != Focus::Kind::kNone;
  ui.pinned = pinned ? Focus{} : ui.learn.explanation.shown;
}

void slide(const Frame& f) {
  f.ui.slide_window = !f.ui.slide_window;
  f.ui.learn.network.slide_at = 0;
}

void next_example(const Frame& f) {
  if (f.ui.editor.drawing().empty()) f.send(session::ShowExample{-1});
}

void leave_step(const Frame& f) {
  if (f.view.training.status == TrainingStatus::kStepping) f.send(session::LeaveStep{});
}

void change_pen(const Frame& f, float by) {
  f.ui.pen_width_px = std::clamp(f.ui.pen_width_px + by, 8.0F, 40.0F);
}

// A step made slowly, or frozen, stands where the network was: there the arrows are the step's.
void move_in_network(const Frame& f, int rows, int columns) {
  if (f.view.training.status != TrainingStatus::kStepping && !microscope_open(f)) move_focus(f, rows, columns);
}

struct KeyAction {
  KeyId id;
  void (*act)(const Frame& f);
};
constexpr KeyAction kActions[] = {
    {KeyId::kPlayPause, play_or_pause},
    {KeyId::kOneStep, [](const Frame& f) { f.send(session::AdvanceStep{}); }},
    {KeyId::kLeaveStep, leave_step},
    {KeyId::kMicroscope, [](const Frame& f) { f.send(session::FreezeStep{}); }},
    {KeyId::kResetTraining, [](const Frame& f) { f.send(session::ResetTraining{}); }},
    {KeyId::kNextExample, next_example},
    {KeyId::kUndo, undo},
    {KeyId::kRedo, redo},
    {KeyId::kClear, clear_pad},
    {KeyId::kPen, [](const Frame& f) { f.ui.eraser = false; }},
    {KeyId::kEraser, [](const Frame& f) { f.ui.eraser = true; }},
    {KeyId::kThinner, [](const Frame& f) { change_pen(f, -2); }},
    {KeyId::kThicker, [](const Frame& f) { change_pen(f, 2); }},
    {KeyId::kMoveLeft, [](const Frame& f) { move_in_network(f, 0, -1); }},
    {KeyId::kMoveRight, [](const Frame& f) { move_in_network(f, 0, 1); }},
    {KeyId::kMoveUp, [](const Frame& f) { move_in_network(f, -1, 0); }},
    {KeyId::kMoveDown, [](const Frame& f) { move_in_network(f, 1, 0); }},
    {KeyId::kPreviousCell, [](const Frame& f) { step_cell(f, -1); }},
    {KeyId::kNextCell, [](const Frame& f) { step_cell(f, 1); }},
    {KeyId::kPreviousLayer, [](const Frame& f) { step_layer(f, -1); }},
    {KeyId::kNextLayer, [](const Frame& f) { step_layer(f, 1); }},
    {KeyId::kPin, pin_or_let_go},
    {KeyId::kSlide, slide},
    {KeyId::kLogScale, [](const Frame& f) { f.ui.log_loss = !f.ui.log_loss; }},
    {KeyId::kWeightChange, [](const Frame& f) { f.ui.show_weight_change = !f.ui.show_weight_change; }},
    {KeyId::kCompareRuns, [](const Frame& f) { f.ui.runs_open = !f.ui.runs_open; }},
    {KeyId::kDeleteDrawing, delete_chosen_drawing},
    {KeyId::kClose, let_go},
};

}  // namespace

void send_drawing(const Frame& f) {
  const std::uint64_t version = f.ui.editor.version();
  if (version == f.ui.learn.pad.sent_version) return;
  f.ui.learn.pad.sent_version = version;
  f.send(session::SetDrawing{version, f.ui.editor.drawing()});
}

bool is_labelled(const UiState& ui) {
  return ui.learn.pad.labelled_as >= 0 && ui.learn.pad.labelled.strokes == ui.editor.drawing().strokes;
}

void give_label(const Frame& f, int digit) {
  UiState& ui = f.ui;
  PadState& pad = ui.learn.pad;
  if (ui.selected_drawing) {
    f.send(session::RelabelDrawing{*ui.selected_drawing, digit});
    pad.labelled_as = -1;
    return;
  }
  if (ui.editor.drawing().empty() || pad.drawing || pad.erasing) return;
  if (is_labelled(ui)) {
    if (pad.labelled_as == digit) return;
    f.send(session::UndoGallery{});  // the wrong label goes, the right one comes
  }
  pad.labelled = ui.editor.drawing();
  pad.labelled_as = digit;
  pad.label_seen = false;
  f.send(session::LabelDrawing{digit, ui.editor.drawing()});
}

void undo(const Frame& f) {
  UiState& ui = f.ui;
  if (ui.learn.pad.drawing || ui.learn.pad.erasing) return;
  if (is_labelled(ui)) {
    ui.learn.pad.labelled_as = -1;
    f.send(session::UndoGallery{});
  } else if (!ui.editor.undo()) {
    f.send(session::UndoGallery{});
  }
  send_drawing(f);
}

void redo(const Frame& f) {
  if (f.ui.learn.pad.drawing || f.ui.learn.pad.erasing) return;
  f.ui.editor.redo();
  send_drawing(f);
}

void clear_pad(const Frame& f) {
  if (f.ui.editor.drawing().empty() || f.ui.learn.pad.drawing || f.ui.learn.pad.erasing) return;
  f.ui.editor.clear();
  send_drawing(f);
}

void delete_chosen_drawing(const Frame& f) {
  UiState& ui = f.ui;
  if (!ui.selected_drawing) return;
  f.send(session::DeleteDrawing{*ui.selected_drawing});
  ui.selected_drawing.reset();
  ui.learn.pad.labelled_as = -1;
}

void let_go(const Frame& f) {
  UiState& ui = f.ui;
  if (ui.slide_window) {
    ui.slide_window = false;
  } else if (ui.learn.gallery.asking != GalleryState::Asking::kNothing) {
    ui.learn.gallery.asking = GalleryState::Asking::kNothing;
  } else if (ui.selected_drawing) {
    ui.selected_drawing.reset();
  } else {
    ui.pinned = {};
  }
}

void handle_learn_keys(const Frame& f) {
  for (const KeyAction& action : kActions) {
    if (key_pressed(f, action.id)) action.act(f);
  }
  const int digit = label_pressed(f);
  if (digit >= 0) give_label(f, digit);
}

}  // namespace warpscope::panels

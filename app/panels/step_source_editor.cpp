#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_source_parts.h"

namespace warpscope::panels {
namespace {

using scene::TextEdit;
using Selection = TextEdit::Selection;

constexpr double kBlink = 0.5;  // seconds shown, seconds hidden

bool overlay_open(const UiState& ui) {
  return ui.palette_open || ui.help_open || ui.device_card_open || ui.messages_open || ui.step.launch_open ||
         ui.step.breakpoints_open;
}

// A field of ImGui's, anywhere. That something is active is not enough: a pressed window is, too.
bool field_has_keyboard() {
  const ImGuiID active = ImGui::GetActiveID();
  return active != 0 && ImGui::GetCurrentContext()->InputTextState.ID == active;
}

// From the next frame on, plain keys are characters and Tab is no way out.
void hold_keyboard(const Frame& f) {
  f.ui.step.code.keyboard = true;
  f.ui.widgets.takes_tab = true;
  ImGui::GetCurrentContext()->WantTextInputNextFrame = 1;
}

void touched(const Frame& f) {
  StepCodeState& code = f.ui.step.code;
  code.reveal_caret = true;
  code.caret_since = f.ui.now;
  f.ui.wake_in(0);
}

// Tells the session what the text is now, where that is something new.
void tell_session(const Frame& f, const std::shared_ptr<const std::string>& before) {
  StepCodeState& code = f.ui.step.code;
  if (code.editor.shared() == before) return;
  code.sent.push_back(code.editor.shared());
  f.send_step(session::SetKernelText{code.editor.text()});
}

struct MoveKey {
  int code;
  bool control;
  TextEdit::Move move;
};
using Move = TextEdit::Move;
constexpr std::array kMoves{
    MoveKey{key::kLeft, false, Move::kLeft},      MoveKey{key::kLeft, true, Move::kWordLeft},
    MoveKey{key::kRight, false, Move::kRight},    MoveKey{key::kRight, true, Move::kWordRight},
    MoveKey{key::kUp, false, Move::kUp},          MoveKey{key::kDown, false, Move::kDown},
    MoveKey{key::kHome, false, Move::kLineStart}, MoveKey{key::kHome, true, Move::kTextStart},
    MoveKey{key::kEnd, false, Move::kLineEnd},    MoveKey{key::kEnd, true, Move::kTextEnd},
    MoveKey{key::kPageUp, false, Move::kUp},      MoveKey{key::kPageDown, false, Move::kDown},
};

void copy(TextEdit& editor) {
  if (editor.has_selection()) ImGui::SetClipboardText(std::string(editor.selected()).c_str());
}
void cut(TextEdit& editor) {
  copy(editor);
  if (editor.has_selection()) editor.remove();
}
void paste(TextEdit& editor) {
  const char* clipboard = ImGui::GetClipboardText();
  if (clipboard != nullptr) editor.type(clipboard);
}

struct EditKey {
  int code;
  bool control, shift;
  void (*act)(TextEdit&);
};
constexpr std::array kEdits{
    EditKey{key::kEnter, false, false, [](TextEdit& e) { e.new_line(); }},
    EditKey{key::kEnter, false, true, [](TextEdit& e) { e.new_line(); }},
    EditKey{key::kBackspace, false, false, [](TextEdit& e) { e.backspace(); }},
    EditKey{key::kBackspace, false, true, [](TextEdit& e) { e.backspace(); }},
    EditKey{key::kBackspace, true, false, [](TextEdit& e) { e.remove_word_left(); }},
    EditKey{key::kDelete, false, false, [](TextEdit& e) { e.remove(); }},
    EditKey{key::kDelete, true, false, [](TextEdit& e) { e.remove_word_right(); }},
    EditKey{key::kTab, false, false, [](TextEdit& e) { e.indent(); }},
    EditKey{key::kTab, false, true, [](TextEdit& e) { e.outdent(); }},
    EditKey{'A', true, false, [](TextEdit& e) { e.select_all(); }},
    EditKey{'C', true, false, copy},
    EditKey{'X', true, false, cut},
    EditKey{'V', true, false, paste},
    EditKey{'Z', true, false, [](TextEdit& e) { e.undo(); }},
    EditKey{'Z', true, true, [](TextEdit& e) { e.redo(); }},
    EditKey{'Y', true, false, [](TextEdit& e) { e.redo(); }},
};

// True where the key was for the text.
bool edit_with_key(TextEdit& editor, const KeyPress& press, int page) {
  if (press.alt) return false;
  for (const MoveKey& bound : kMoves) {
    if (bound.code != press.code || bound.control != press.control) continue;
    const bool by_page = bound.code == key::kPageUp || bound.code == key::kPageDown;
    editor.move(bound.move, press.shift ? Selection::kExtend : Selection::kDrop, by_page ? std::max(1, page - 1) : 1);
    return true;
  }
  for (const EditKey& bound : kEdits) {
    if (bound.code != press.code || bound.control != press.control || bound.shift != press.shift) continue;
    bound.act(editor);
    return true;
  }
  // A letter without Ctrl comes as a character; its key means nothing else while somebody types.
  return !press.control && press.code > key::kSpace - 1 && press.code < key::kEscape;
}

std::string typed_characters() {
  const ImGuiIO& io = ImGui::GetIO();
  std::string typed;
  if (io.KeyCtrl && !io.KeyAlt) return typed;  // AltGr comes as both
  for (const ImWchar character : io.InputQueueCharacters) {
    if (character < 32 || character == 127) continue;
    std::array<char, 5> bytes{};
    typed += ImTextCharToUtf8(bytes.data(), character);
  }
  return typed;
}

void edit_with_keyboard(const Frame& f, int page) {
  StepCodeState& code = f.ui.step.code;
  if (field_has_keyboard() || overlay_open(f.ui)) code.keyboard = false;
  if (!code.keyboard) return;
  hold_keyboard(f);
  const auto before = code.editor.shared();
  const std::string typed = typed_characters();
  if (!typed.empty()) code.editor.type(typed);
  const auto used = std::remove_if(f.ui.keys.begin(), f.ui.keys.end(),
                                   [&](const KeyPress& press) { return edit_with_key(code.editor, press, page); });
  if (!typed.empty() || used != f.ui.keys.end()) touched(f);
  f.ui.keys.erase(used, f.ui.keys.end());
  tell_session(f, before);
}

// Takes a key out of this frame's, where it was pressed.
bool take_key(const Frame& f, int code, bool control) {
  const auto found = std::find_if(f.ui.keys.begin(), f.ui.keys.end(), [&](const KeyPress& press) {
    return press.code == code && press.control == control && !press.shift && !press.alt;
  });
  if (found == f.ui.keys.end()) return false;
  f.ui.keys.erase(found);
  return true;
}

void take_script_text(const Frame& f) {
  const auto found = f.ui.pending_sets.find("Source");
  if (found == f.ui.pending_sets.end()) return;
  const std::string text = std::move(found->second);
  f.ui.pending_sets.erase(found);
  if (!f.ui.step.editing) begin_editing(f);
  TextEdit& editor = f.ui.step.code.editor;
  const auto before = editor.shared();
  editor.replace_all(text);
  touched(f);
  tell_session(f, before);
}

}  // namespace

std::shared_ptr<const std::string> follow_session_text(const Frame& f) {
  StepCodeState& code = f.ui.step.code;
  const session::StepSource& source = *f.step.source;
  const std::string file = source.file.string() + "\n" + source.name;
  if (file != code.session_file) {
    f.ui.step.editing = code.was_editing = code.keyboard = false;
    f.ui.step.cursor_line = 0;
    f.ui.step.code_scroll = code.columns = 0;
    code.sent.clear();
    code.session_file = file;
    code.session_text = source.text;
    code.editor.reset(*source.text);
  } else if (source.text != code.session_text) {
    code.session_text = source.text;
    const auto back =
        std::find_if(code.sent.begin(), code.sent.end(), [&](const auto& sent) { return *sent == *source.text; });
    if (back != code.sent.end()) {
      code.sent.erase(code.sent.begin(), back + 1);
    } else if (*source.text != code.editor.text()) {  // loaded anew from disk
      code.sent.clear();
      code.editor.replace_all(*source.text);
    }
  }
  return f.ui.step.editing || !code.sent.empty() ? code.editor.shared() : source.text;
}

void begin_editing(const Frame& f) {
  StepPanels& step = f.ui.step;
  StepCodeState& code = step.code;
  if (code.sent.empty() && code.editor.text() != *f.step.source->text) code.editor.reset(*f.step.source->text);
  step.editing = code.was_editing = true;
  hold_keyboard(f);
  f.ui.widgets.focus.clear();
  // The caret begins where the person is: at the line that was clicked, else at the first in sight.
  const auto starts = scene::line_starts(code.editor.text());
  const auto& rows = code.model.rows();
  int line = step.cursor_line > 0 ? code.model.line_of(step.cursor_line) : -1;
  const auto top = static_cast<std::size_t>(std::max(0.0F, step.code_scroll));
  if (line < 0 && top < rows.size()) line = rows[top].line;
  if (line >= 0 && static_cast<std::size_t>(line) < starts.size()) {
    code.editor.place(starts[static_cast<std::size_t>(line)], Selection::kDrop);
  }
  code.caret_since = f.ui.now;
  f.ui.wake_in(0);
}

void end_editing(const Frame& f) {
  f.ui.step.editing = f.ui.step.code.was_editing = f.ui.step.code.keyboard = false;
  f.ui.wake_in(0);
}

void handle_code_keys(const Frame& f, int page) {
  take_script_text(f);
  StepPanels& step = f.ui.step;
  if (overlay_open(f.ui)) {
    step.code.keyboard = false;
    return;
  }
  if (step.editing != step.code.was_editing) {
    // A key of the workspace began it (or ended it): what it is as a character is not meant for the text.
    step.editing ? begin_editing(f) : end_editing(f);
    return;
  }
  if (!step.editing) return;
  if (step.code.keyboard && take_key(f, key::kEscape, false)) {
    end_editing(f);
    return;
  }
  if (step.code.keyboard && take_key(f, key::kEnter, true)) f.send_step(session::RunKernel{});
  edit_with_keyboard(f, page);
}

void edit_with_pointer(const Frame& f, const SourcePlace& place, const AreaState& state) {
  StepCodeState& code = f.ui.step.code;
  const bool elsewhere = ImGui::GetIO().MouseClicked[0] && !state.hovered;
  if (elsewhere && code.keyboard) {
    code.keyboard = false;
    f.ui.wake_in(0);
  }
  const bool on_text = state.mouse.x >= place.columns.code - f.px(4) && state.mouse.x < place.code_end;
  if (state.hovered && on_text) ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
  const bool selecting = state.held && code.keyboard && code.selecting;
  if (state.pressed) code.selecting = on_text;
  if (!(state.pressed && on_text) && !selecting) return;
  hold_keyboard(f);
  const auto& rows = code.model.rows();
  const int row = std::clamp(place.row_at(state.mouse.y), 0, static_cast<int>(rows.size()) - 1);
  const int line = rows[static_cast<std::size_t>(row)].line;
  const std::string_view whole = code.model.code().line(line);
  const std::size_t byte =
      code.model.code().start(line) + scene::byte_at_column(whole, std::max(0.0F, place.column_at(state.mouse.x)));
  if (state.pressed && ImGui::IsMouseDoubleClicked(0)) {
    code.editor.select_word(byte);
    code.selecting = false;
  } else {
    const bool extend = !state.pressed || ImGui::GetIO().KeyShift;
    code.editor.place(byte, extend ? Selection::kExtend : Selection::kDrop);
  }
  touched(f);
}

void draw_selection(const Frame& f, const SourcePlace& place, int line) {
  const StepCodeState& code = f.ui.step.code;
  if (!f.ui.step.editing || !code.editor.has_selection()) return;
  const std::size_t start = code.model.code().start(line);
  const std::string_view whole = code.model.code().line(line);
  const std::size_t begin = code.editor.selection_begin(), end = code.editor.selection_end();
  if (end <= start || begin > start + whole.size()) return;
  const std::size_t from = begin > start ? begin - start : 0;
  const bool goes_on = end > start + whole.size();
  const std::size_t to = goes_on ? whole.size() : end - start;
  const float left = place.x_of(scene::column_of_byte(whole, from));
  float right = place.x_of(scene::column_of_byte(whole, to));
  if (goes_on) right += place.columns.character / 2;  // the line break is selected too
  const float top = std::round(place.top_of(code.model.row_of(line)));
  fill(f, {left, top, right - left, place.columns.row}, scene::with_alpha(f.colors.accent_fill, 0.45F));
}

void draw_caret(const Frame& f, const SourcePlace& place) {
  const StepCodeState& code = f.ui.step.code;
  if (!code.keyboard) return;
  const double since = f.ui.now - code.caret_since;
  if (!f.ui.reduced_motion) {
    const double phase = std::fmod(since, 2 * kBlink);
    f.ui.wake_in(kBlink - std::fmod(phase, kBlink));
    if (phase >= kBlink) return;
  }
  const int line = code.model.code().line_of_byte(static_cast<std::uint32_t>(code.editor.caret()));
  const std::size_t byte = code.editor.caret() - code.model.code().start(line);
  const float x = std::round(place.x_of(scene::column_of_byte(code.model.code().line(line), byte)));
  if (x < place.columns.code - f.px(2) || x > place.code_end) return;
  const float top = std::round(place.top_of(code.model.row_of(line)));
  fill(f, {x - f.px(1), top + f.px(2), f.px(2), place.columns.row - f.px(4)}, f.colors.accent);
}

void reveal_caret(const Frame& f, const SourcePlace& place) {
  StepPanels& step = f.ui.step;
  StepCodeState& code = step.code;
  if (!code.reveal_caret) return;
  code.reveal_caret = false;
  const int line = code.model.code().line_of_byte(static_cast<std::uint32_t>(code.editor.caret()));
  const auto row = static_cast<float>(code.model.row_of(line));
  step.code_scroll = std::clamp(step.code_scroll, row + 1 - std::floor(place.seen), row);
  const std::size_t byte = code.editor.caret() - code.model.code().start(line);
  const auto column = static_cast<float>(scene::column_of_byte(code.model.code().line(line), byte));
  const float wide = std::floor((place.code_end - place.columns.code) / place.columns.character);
  constexpr float kBeside = 4;  // characters that stay in sight beside the caret
  if (column < code.columns) code.columns = std::max(0.0F, column - kBeside);
  if (column > code.columns + wide - 1) code.columns = column - wide + kBeside;
}

}  // namespace warpscope::panels

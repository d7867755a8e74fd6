#include <algorithm>
#include <cmath>

#include "app/actions.h"
#include "app/frame_parts.h"
#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Align;
using panels::Frame;
using panels::Overlay;
using panels::Type;
using panels::UiState;
using scene::Rect;

constexpr int kMostRows = 10;
constexpr float kRow = 32, kField = 44;

Rect card_for(const Frame& f, int rows) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float width = std::min(f.px(560), display.x - 2 * f.px(12));
  const float height = f.px(kField) + static_cast<float>(rows) * f.px(kRow) + (rows > 0 ? f.px(9) : 0);
  return {std::round((display.x - width) / 2), f.px(scene::size::kTopBar) + f.px(24), width, height};
}

void draw_field(const Frame& f, const Rect& card, std::string_view name, std::string_view hint, panels::Icon which) {
  const float middle = card.y + f.px(kField) / 2;
  panels::icon(f, which, {card.x + f.px(22), middle}, f.px(16), f.colors.text2);
  const float height = f.px(30);
  const Rect field{card.x + f.px(28), std::round(middle - height / 2), card.w - f.px(36), height};
  if (panels::text_field(f, name, field, f.ui.palette_text, hint, panels::FieldFrame::kNone)) f.ui.palette_row = 0;
}

void close(UiState& ui) {
  ui.palette_open = false;
  ui.widgets.focus.clear();
  ui.wake_in(0);
}

void draw_row(const Frame& f, const Action& action, const Rect& row, bool current) {
  if (current) panels::fill(f, row, f.colors.accent_tint, f.px(scene::size::kRadiusControl));
  float right = row.right() - f.px(8);
  if (!action.keys.empty()) {
    const float cap = panels::text_width(f, Type::kMicro, action.keys) + 2 * f.px(7);
    panels::keycap(f, {right - cap, row.centre().y - f.px(10), cap, f.px(20)}, action.keys);
    right -= cap + f.px(10);
  }
  right -= panels::text(f, {right, row.centre().y - panels::line_height(f, Type::kCaption) / 2}, Type::kCaption,
                        f.colors.text3, action.where, Align::kRight) +
           f.px(12);
  panels::text(f, {row.x + f.px(12), row.centre().y - panels::line_height(f, Type::kLabel) / 2}, Type::kLabel,
               current ? f.colors.text : f.colors.text2, action.text, Align::kLeft, right - row.x - f.px(12));
}

void draw_commands(const Frame& f) {
  UiState& ui = f.ui;
  const std::vector<Action> actions = find_actions(f, ui.palette_text);
  const int count = static_cast<int>(actions.size());
  const int rows = std::clamp(count, 1, kMostRows);
  const Rect card = card_for(f, rows);
  const Overlay overlay(f, "palette", card, Overlay::Kind::kTakesInput);
  panels::callout(f, card, false);
  draw_field(f, card, "Command", "What do you want to do?", panels::Icon::kSearch);
  panels::line(f, {card.x, card.y + f.px(kField)}, {card.right(), card.y + f.px(kField)}, f.colors.hair, f.px(1));

  if (panels::raw_key(f, panels::key::kDown)) ++ui.palette_row;
  if (panels::raw_key(f, panels::key::kUp)) --ui.palette_row;
  ui.palette_row = std::clamp(ui.palette_row, 0, std::max(0, count - 1));
  const int first = std::clamp(ui.palette_row - kMostRows + 1, 0, std::max(0, count - kMostRows));
  int chosen = panels::raw_key(f, panels::key::kEnter) && count > 0 ? ui.palette_row : -1;
  float y = card.y + f.px(kField) + f.px(5);
  for (int i = first; i < std::min(count, first + kMostRows); ++i) {
    const Action& action = actions[static_cast<std::size_t>(i)];
    const Rect row{card.x + f.px(4), y, card.w - 2 * f.px(4), f.px(kRow)};
    const panels::AreaState state = panels::area(f, action.text, row);
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    if (state.hovered && (moved.x != 0 || moved.y != 0)) ui.palette_row = i;
    if (state.clicked) chosen = i;
    draw_row(f, action, row, i == ui.palette_row);
    y += f.px(kRow);
  }
  if (count == 0) {
    panels::text(f, {card.x + f.px(16), y + f.px(7)}, Type::kSmall, f.colors.text3,
                 "No command has these letters at the start of its words.");
  }
  if (chosen < 0) return;
  close(ui);
  run_action(f, actions[static_cast<std::size_t>(chosen)]);
}

void draw_open_file(const Frame& f) {
  const Rect card = card_for(f, 2);
  const Overlay overlay(f, "palette", card, Overlay::Kind::kTakesInput);
  panels::callout(f, card, false);
  draw_field(f, card, "Path", "Path of a file or folder", panels::Icon::kImport);
  panels::line(f, {card.x, card.y + f.px(kField)}, {card.right(), card.y + f.px(kField)}, f.colors.hair, f.px(1));
  panels::paragraph(f, {card.x + f.px(16), card.y + f.px(kField) + f.px(14)}, card.w - 2 * f.px(16), Type::kSmall,
                    f.colors.text3,
                    "Enter opens it: a kernel (.cu, .ptx), strokes (.json), a picture of a digit, weights "
                    "(.safetensors), a folder of IDX "
                    "files or drawings.");
  if (!panels::raw_key(f, panels::key::kEnter) || f.ui.palette_text.empty()) return;
  f.ui.requests.open = f.ui.palette_text;
  close(f.ui);
}

}  // namespace

void draw_palette(const Frame& f) {
  UiState& ui = f.ui;
  if (!ui.palette_open) return;
  const bool commands = ui.palette_kind == UiState::Palette::kCommands;
  const ImGuiIO& io = ImGui::GetIO();
  const Rect card = card_for(f, commands ? kMostRows : 2);
  if (io.MouseClicked[0] && !card.contains({io.MousePos.x, io.MousePos.y})) {
    close(ui);
    return;
  }
  commands ? draw_commands(f) : draw_open_file(f);
}

}  // namespace warpscope::app

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "app/panels/step_toolbar.h"
#include "app/panels/widgets.h"
#include "compute/kernels/catalogue.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using Popover = StepToolbarState::Popover;

constexpr float kMenuRow = 24, kMenuColumn = 320;

// A card below `opener`, inside the window.
Rect card_below(const Frame& f, Rect opener, float width, float height) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float right = std::max(f.px(8), display.x - f.px(8) - width);
  const float top = opener.bottom() + f.px(8);
  return {std::round(std::clamp(opener.x, f.px(8), right)), top, width,
          std::min(height, std::max(f.px(120), display.y - top - f.px(8)))};
}

// Escape is the keys' to handle; a click beside closes, but not one in a list that hangs from the popover.
void close_on_click(const Frame& f, Rect card, Rect opener) {
  StepToolbarState& state = f.ui.step.toolbar;
  const ImGuiIO& io = ImGui::GetIO();
  const scene::Vec2 mouse{io.MousePos.x, io.MousePos.y};
  const bool list = state.list_was_open || !f.ui.widgets.open_popup.empty();
  if (!io.MouseClicked[0] || list || card.contains(mouse) || opener.contains(mouse)) return;
  state.open = Popover::kNone;
  f.ui.wake_in(0);
}

// A row of the menu: a topic's name, or one of its kernels.
struct MenuRow {
  std::string_view topic;
  const kernels::Kernel* kernel = nullptr;
};
std::vector<MenuRow> menu_rows() {
  std::vector<MenuRow> rows;
  std::string_view topic;
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    if (kernel.topic != topic) rows.push_back({.topic = topic = kernel.topic});
    rows.push_back({.topic = topic, .kernel = &kernel});
  }
  return rows;
}

void open_kernel(const Frame& f, const kernels::Kernel& kernel) {
  StepPanels& state = f.ui.step;
  state.toolbar.open = Popover::kNone;
  state.playing = false;
  f.send_step(session::OpenKernel{.name = std::string(kernel.name), .file = {}});
  f.ui.wake_in(0);
}

void draw_menu_row(const Frame& f, const MenuRow& row, Rect r) {
  const float top = r.centre().y - line_height(f, Type::kSmall) / 2;
  if (row.kernel == nullptr) {
    std::string title(row.topic);
    if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
    text(f, {r.x + f.px(8), top}, Type::kCaption, f.colors.text3, title);
    return;
  }
  const std::string name = fmt::format("Kernel {}", row.kernel->name);
  const bool chosen = register_widget(f, name, r, true);
  const AreaState state = area(f, name, r);
  const bool now = f.step.source && f.step.source->shipped == row.kernel;
  if (state.hovered) {
    fill(f, r, f.colors.hover, f.px(scene::size::kRadiusControl));
    tip(f, row.kernel->idea);
  }
  if (f.ui.widgets.focus == name) focus_ring(f, r, f.px(scene::size::kRadiusControl));
  if (now) icon(f, Icon::kCheck, {r.x + f.px(12), r.centre().y}, f.px(12), f.colors.accent);
  text(f, {r.x + f.px(22), top}, Type::kSmall, f.colors.text, row.kernel->title, Align::kLeft, r.w - f.px(28));
  if (chosen || state.clicked) open_kernel(f, *row.kernel);
}

// Rows flow down a column and on into the next one; a topic is not left alone at a column's end.
void draw_menu_rows(const Frame& f, Rect body, const std::vector<MenuRow>& rows, int in_column) {
  const float row = f.px(kMenuRow), column = f.px(kMenuColumn);
  int at = 0, place = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (place >= in_column || (rows[i].kernel == nullptr && place + 2 > in_column)) {
      ++at;
      place = 0;
    }
    const Rect r{body.x + column * static_cast<float>(at),
                 body.y + row * static_cast<float>(place++) - f.ui.step.toolbar.menu_scroll, column - f.px(8), row};
    draw_menu_row(f, rows[i], r);
  }
}

}  // namespace

void draw_kernel_menu(const Frame& f, Rect opener) {
  StepToolbarState& state = f.ui.step.toolbar;
  if (state.open != Popover::kKernels) return;
  const std::vector<MenuRow> rows = menu_rows();
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float pad = f.px(12), row = f.px(kMenuRow), foot = f.px(48);
  const int columns = std::clamp(static_cast<int>((display.x - f.px(40)) / f.px(kMenuColumn)), 1, 3);
  // One row more than even shares: topics that move on leave a gap.
  const int in_column = (static_cast<int>(rows.size()) + columns - 1) / columns + (columns > 1 ? 1 : 0);
  const float content = row * static_cast<float>(in_column);
  const Rect card =
      card_below(f, opener, f.px(kMenuColumn) * static_cast<float>(columns) + 2 * pad, content + foot + 2 * pad);
  const Overlay overlay(f, "kernel menu", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  const Rect body{card.x + pad, card.y + pad, card.w - 2 * pad, card.h - 2 * pad - foot};
  if (hovered(f, body)) state.menu_scroll -= ImGui::GetIO().MouseWheel * 2 * row;
  state.menu_scroll = std::clamp(state.menu_scroll, 0.0F, std::max(0.0F, content - body.h));
  {
    const Clip clip(body);
    draw_menu_rows(f, body, rows, in_column);
  }
  line(f, {card.x, body.bottom() + f.px(4)}, {card.right(), body.bottom() + f.px(4)}, f.colors.hair, f.px(1));
  const ButtonLook look{.icon = Icon::kFolder, .key = "Ctrl+O", .label = "Open file..."};
  const Rect open{body.x, body.bottom() + f.px(16), button_width(f, "Open file", look), f.px(28)};
  if (button(f, "Open file", open, look)) {
    state.open = Popover::kNone;
    open_file_dialog(f);
  }
  text(f, {open.right() + f.px(12), open.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption,
       f.colors.text3, "a .cu or .ptx of your own; it can be dropped on the window too", Align::kLeft,
       card.right() - pad - open.right() - f.px(12));
  close_on_click(f, card, opener);
}

void draw_step_more(const Frame& f, Rect opener, const std::vector<StepItem>& items, bool with_launch) {
  StepToolbarState& state = f.ui.step.toolbar;
  if (state.open != Popover::kMore) return;
  const StepItemLook look{.named = false};
  const float pad = f.px(12), row = f.px(36), name = f.px(76);
  float widest = f.px(120);
  for (const StepItem item : items) widest = std::max(widest, item_width(f, item, look));
  const float height = row * static_cast<float>(items.size() + (with_launch ? 1 : 0)) + f.px(8);
  const Rect card = card_below(f, opener, name + widest + 2 * pad, height);
  const Overlay overlay(f, "more of step", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  float y = card.y + f.px(4);
  for (const StepItem item : items) {
    text(f, {card.x + pad, y + row / 2 - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2,
         name_of(item));
    draw_item(f, item, look, {card.x + pad + name, std::round(y + row / 2 - f.px(14))});
    y += row;
  }
  const Rect launch{card.x + pad, std::round(y + row / 2 - f.px(14)), card.w - 2 * pad, f.px(28)};
  if (with_launch && button(f, "Launch", launch, {.enabled = f.step.launch != nullptr})) {
    f.ui.step.launch_open = true;
    state.open = Popover::kNone;
  }
  close_on_click(f, card, opener);
}

}  // namespace warpscope::panels

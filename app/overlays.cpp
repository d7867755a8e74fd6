#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/frame_parts.h"
#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Align;
using panels::Frame;
using panels::Icon;
using panels::Overlay;
using panels::Type;
using scene::Rect;

// What help lists: the keys of the open workspace, then those of everywhere.
std::vector<const panels::KeyBinding*> listed_keys(const Frame& f) {
  std::vector<const panels::KeyBinding*> listed;
  for (const panels::KeyBinding& bound : panels::key_bindings()) {
    if (panels::holds_in(bound, f.ui.workspace)) listed.push_back(&bound);
  }
  return listed;
}

constexpr float kHelpRow = 24, kHelpColumn = 372, kHelpTop = 54;

// Flows down and then into the next column; a heading begins one where there are several.
void draw_help_rows(const Frame& f, const Rect& card, int rows) {
  const panels::Clip clip(card);
  const float row = f.px(kHelpRow), column = f.px(kHelpColumn), key_width = f.px(124);
  int at = 0, in_column = 0;
  std::string_view where;
  for (const panels::KeyBinding* bound : listed_keys(f)) {
    const bool heading = bound->where != where;
    if (in_column >= rows || (heading && at > 0 && in_column + 2 > rows)) {
      ++at;
      in_column = 0;
    }
    const float x = card.x + f.px(24) + column * static_cast<float>(at);
    if (heading) {
      where = bound->where;
      panels::text(f, {x, card.y + f.px(kHelpTop) + row * static_cast<float>(in_column++)}, Type::kTitle,
                   f.colors.text3, where);
    }
    const float y = card.y + f.px(kHelpTop) + row * static_cast<float>(in_column++);
    const float cap = panels::text_width(f, Type::kMicro, bound->keys) + 2 * f.px(7);
    panels::keycap(f, {x, y + f.px(2), cap, f.px(20)}, bound->keys);
    panels::text(f, {x + key_width, y + f.px(12) - panels::line_height(f, Type::kSmall) / 2}, Type::kSmall,
                 f.colors.text2, bound->does, Align::kLeft, column - key_width - f.px(12));
  }
}

}  // namespace

void close_when_clicked_beside(const Frame& f, const Rect& card, const Rect& opener, bool& open) {
  const ImGuiIO& io = ImGui::GetIO();
  const scene::Vec2 mouse{io.MousePos.x, io.MousePos.y};
  if (!io.MouseClicked[0] || card.contains(mouse) || opener.contains(mouse)) return;
  open = false;
  f.ui.wake_in(0);
}

Rect target_rect(const Frame& f, std::string_view name) {
  const auto found = std::find_if(f.ui.targets.begin(), f.ui.targets.end(),
                                  [name](const panels::Target& target) { return target.name == name; });
  return found == f.ui.targets.end() ? Rect{} : found->rect;
}

void draw_messages(const Frame& f, const scene::FrameLayout& layout) {
  if (!f.ui.messages_open) return;
  const auto& messages = workspace_messages(f);
  const float row = f.px(24);
  const float most_rows = std::max(1.0F, std::floor((layout.status_bar.y - layout.toolbar.y) * 0.6F / row));
  const auto shown = std::min(messages.size(), static_cast<std::size_t>(most_rows));
  const float width = std::min(f.px(520), layout.status_bar.w - 2 * f.px(8));
  const float height = f.px(40) + row * static_cast<float>(std::max<std::size_t>(shown, 1)) + f.px(8);
  const Rect anchor = target_rect(f, "Messages");
  const float left = std::clamp(anchor.x, f.px(8), layout.status_bar.w - width - f.px(8));
  const Rect card{left, layout.status_bar.y - f.px(4) - height, width, height};
  const Overlay overlay(f, "messages", card, Overlay::Kind::kTakesInput);
  panels::callout(f, card, false);
  panels::text(f, {card.x + f.px(16), card.y + f.px(12)}, Type::kTitle, f.colors.text, "Messages so far");
  float y = card.y + f.px(40);
  if (messages.empty()) {
    panels::text(f, {card.x + f.px(16), y}, Type::kSmall, f.colors.text3, "Nothing has been said yet.");
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const session::Message& message = messages[messages.size() - 1 - i];
    const bool good = message.kind == session::Message::Kind::kGood;
    const bool error = message.kind == session::Message::Kind::kError;
    const scene::Rgba ink = good ? f.colors.good : error ? f.colors.error : f.colors.warning;
    panels::icon(f,
                 good    ? Icon::kCheck
                 : error ? Icon::kError
                         : Icon::kWarning,
                 {card.x + f.px(24), y + row / 2}, f.px(14), ink);
    panels::text(f, {card.x + f.px(40), y + (row - panels::line_height(f, Type::kSmall)) / 2}, Type::kSmall,
                 f.colors.text2, message.text, Align::kLeft, card.w - f.px(56));
    y += row;
  }
  close_when_clicked_beside(f, card, anchor, f.ui.messages_open);
}

void draw_help(const Frame& f) {
  if (!f.ui.help_open) return;
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const int all = static_cast<int>(listed_keys(f).size()) + 2;
  const int most_columns = std::max(1, static_cast<int>((display.x - f.px(64)) / f.px(kHelpColumn)));
  const int most_rows = std::max(1, static_cast<int>((display.y - f.px(kHelpTop + 48)) / f.px(kHelpRow)));
  const int columns = std::clamp((all + most_rows - 1) / most_rows, std::min(2, most_columns), most_columns);
  const int rows = (all + columns - 1) / columns + 1;
  const float height = std::min(f.px(kHelpTop + 22) + f.px(kHelpRow) * static_cast<float>(rows), display.y - f.px(16));
  const float width = std::min(f.px(kHelpColumn) * static_cast<float>(columns) + 2 * f.px(24), display.x - 2 * f.px(8));
  const Rect card{std::round((display.x - width) / 2), std::round((display.y - height) / 2), width, height};
  const Overlay overlay(f, "help", card, Overlay::Kind::kTakesInput);
  panels::callout(f, card, false);
  panels::text(f, {card.x + f.px(24), card.y + f.px(16)}, Type::kHeading, f.colors.text, "Keys");
  const float close_side = f.px(scene::size::kControl);
  if (panels::button(f, "Close the keys",
                     {card.right() - close_side - f.px(12), card.y + f.px(14), close_side, close_side},
                     {.icon = Icon::kClose, .tip = "Esc", .label_hidden = true, .ghost = true})) {
    f.ui.help_open = false;
  }
  draw_help_rows(f, card, rows);
  close_when_clicked_beside(f, card, target_rect(f, "Keys"), f.ui.help_open);
}

void draw_tips(const Frame& f) {
  if (f.ui.widgets.tips.empty() || !f.ui.widgets.active.empty()) return;
  const std::string& last = f.ui.widgets.tips.back();
  float width = 0;
  std::vector<std::string_view> lines;
  for (std::string_view rest = last; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    width = std::max(width, panels::text_width(f, Type::kCaption, lines.back()));
  }
  const ImGuiIO& io = ImGui::GetIO();
  const float line = panels::line_height(f, Type::kCaption);
  Rect card{io.MousePos.x + f.px(12), io.MousePos.y + f.px(18), width + 2 * f.px(10),
            line * static_cast<float>(lines.size()) + 2 * f.px(5)};
  if (card.right() > io.DisplaySize.x - f.px(4)) card.x = std::max(f.px(4), io.DisplaySize.x - f.px(4) - card.w);
  if (card.bottom() > io.DisplaySize.y - f.px(4)) card.y = io.MousePos.y - f.px(8) - card.h;
  card.x = std::round(card.x);
  card.y = std::round(card.y);
  const Overlay overlay(f, "tip", card, Overlay::Kind::kShows);
  panels::callout(f, card, false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    panels::text(f, {card.x + f.px(10), card.y + f.px(5) + line * static_cast<float>(i)}, Type::kCaption,
                 i == 0 ? f.colors.text : f.colors.text2, lines[i]);
  }
}

}  // namespace warpscope::app

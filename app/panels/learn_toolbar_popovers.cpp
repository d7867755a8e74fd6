#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_backend.h"
#include "app/panels/learn_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using training::Augmentation;

struct Kind {
  const char* name;
  float Augmentation::*value;
  float most;
  const char* unit;
  int decimals;
  float shown_as;  // factor: a scale of 0.1 is shown as 10 %
};
constexpr Kind kKinds[] = {
    {"Shift", &Augmentation::shift_px, 6, "px", 1, 1},         {"Rotate", &Augmentation::rotate_degrees, 45, "°", 0, 1},
    {"Scale", &Augmentation::scale, 0.5F, "%", 0, 100},        {"Shear", &Augmentation::shear_degrees, 30, "°", 0, 1},
    {"Thickness", &Augmentation::thickness_px, 2, "px", 1, 1}, {"Elastic", &Augmentation::elastic_px, 6, "px", 1, 1},
};

// A card below `opener`, inside the window.
Rect card_below(const Frame& f, Rect opener, float width, float height) {
  const float right = ImGui::GetIO().DisplaySize.x - f.px(8);
  const float x = std::clamp(opener.right() - width, f.px(8), std::max(f.px(8), right - width));
  return {std::round(x), opener.bottom() + f.px(10), width, height};
}

void draw_kind(const Frame& f, const Kind& kind, Augmentation& augmentation, Rect row) {
  float& value = augmentation.*kind.value;
  const float name = f.px(76), number = f.px(58);
  text(f, {row.x, row.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, kind.name);
  const Rect bar{row.x + name, row.y, row.w - name - number, row.h};
  slider(f, kind.name, bar, value, 0, kind.most);
  if (value < kind.most / 200) value = 0;
  const std::string shown =
      value == 0 ? "off" : fmt::format("±{:.{}f} {}", value * kind.shown_as, kind.decimals, kind.unit);
  text(f, {row.right(), row.centre().y - line_height(f, Type::kNumber) / 2}, Type::kNumber,
       value == 0 ? f.colors.text3 : f.colors.text, shown, Align::kRight);
}

}  // namespace

void close_popover(const Frame& f, Rect card, Rect opener, bool list_was_open, Rect other) {
  const ImGuiIO& io = ImGui::GetIO();
  const scene::Vec2 mouse{io.MousePos.x, io.MousePos.y};
  const bool inside = card.contains(mouse) || other.contains(mouse) || opener.contains(mouse);
  const bool outside = io.MouseClicked[0] && !list_was_open && !inside;
  if (!outside && (list_was_open || !raw_key(f, key::kEscape))) return;
  f.ui.learn.toolbar.open = ToolbarState::Popover::kNone;
  f.ui.wake_in(0);
}

void draw_augment_popover(const Frame& f, Rect opener) {
  if (f.ui.learn.toolbar.open != ToolbarState::Popover::kAugment) return;
  constexpr std::string_view kAbout =
      "Each picture is changed a little, at random, every time it is trained on. So the network meets far more "
      "handwritings than there are.";
  const float pad = f.px(16), width = f.px(320), row = f.px(scene::size::kRow);
  const float about = paragraph(f, {}, width - 2 * pad, Type::kCaption, f.colors.text3, kAbout, true);
  const float rows = row * static_cast<float>(std::size(kKinds));
  const float height = pad + f.px(22) + about + f.px(8) + rows + f.px(10) + f.px(28) + pad;
  const Rect card = card_below(f, opener, width, height);
  const Overlay overlay(f, "augmentation", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  const float x = card.x + pad;
  float y = card.y + pad;
  text(f, {x, y}, Type::kTitle, f.colors.text, "Augmentation");
  y += f.px(22);
  paragraph(f, {x, y}, width - 2 * pad, Type::kCaption, f.colors.text3, kAbout);
  y += about + f.px(8);
  session::LearnSettings settings = asked_settings(f);
  for (const Kind& kind : kKinds) {
    draw_kind(f, kind, settings.augmentation, {x, y, width - 2 * pad, row});
    y += row;
  }
  y += f.px(10);
  const bool usual = settings.augmentation == training::mnist_augmentation();
  const float usual_width = button_width(f, "As tuned for MNIST"), none_width = button_width(f, "None");
  if (button(f, "As tuned for MNIST", {x, y, usual_width, f.px(28)}, {.enabled = !usual})) {
    settings.augmentation = training::mnist_augmentation();
  }
  if (button(f, "No augmentation", {x + usual_width + f.px(8), y, none_width, f.px(28)},
             {.enabled = settings.augmentation.any(), .label = "None"})) {
    f.ui.learn.toolbar.last_augmentation = settings.augmentation;
    settings.augmentation = training::no_augmentation();
  }
  ask_for(f, settings);
  close_popover(f, card, opener, false);
}

void draw_more_popover(const Frame& f, Rect opener, const MoreContent& content) {
  const std::vector<SettingId>& ids = content.settings;
  ToolbarState& state = f.ui.learn.toolbar;
  const bool augment_open = state.open == ToolbarState::Popover::kAugment;
  const bool augment_here = std::find(ids.begin(), ids.end(), SettingId::kAugment) != ids.end();
  if (state.open != ToolbarState::Popover::kMore && !(augment_open && augment_here)) return;
  const bool list_was_open = !f.ui.widgets.open_popup.empty();
  const float pad = f.px(12), row = f.px(36), name = f.px(84);
  float widest = std::max(f.px(96), content.backend ? backend_width(f, BackendLook::kFull) : 0.0F);
  for (const SettingId id : ids) widest = std::max(widest, setting_width(f, id));
  const float width = std::max(f.px(200), name + widest + 2 * pad);
  const float height =
      row * static_cast<float>(ids.size() + (content.backend ? 1 : 0) + (content.compare ? 1 : 0)) + f.px(8);
  const Rect card = card_below(f, opener, width, height);
  const Overlay overlay(f, "more settings", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  float y = card.y + f.px(4);
  for (const SettingId id : ids) {
    const float middle = y + row / 2;
    text(f, {card.x + pad, middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, name_of(id));
    draw_setting(f, id, {card.x + pad + name, std::round(middle - f.px(14)), setting_width(f, id), f.px(28)});
    y += row;
  }
  if (content.backend) {
    const BackendLook look = BackendLook::kFull;
    const float middle = y + row / 2;
    text(f, {card.x + pad, middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, "Back end");
    draw_backend_control(f, {card.x + pad + name, std::round(middle - f.px(14)), card.w - 2 * pad - name, f.px(28)},
                         look);
    y += row;
  }
  if (content.compare) {
    const Rect r{card.x + pad, std::round(y + row / 2 - f.px(14)), card.w - 2 * pad, f.px(28)};
    if (button(f, "Compare runs", r)) {
      f.ui.runs_open = true;
      state.open = ToolbarState::Popover::kNone;
    }
  }
  if (state.open == ToolbarState::Popover::kMore) close_popover(f, card, opener, list_was_open);
}

}  // namespace warpscope::panels

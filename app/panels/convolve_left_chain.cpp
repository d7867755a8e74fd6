// The chain: one row a stage, with what comes out of it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/convolve_left.h"
#include "app/panels/keys.h"

namespace warpscope::panels {
namespace {

using convolution::Settings;
using convolution::Size;
using convolution::Stage;
using convolution::StageKind;

enum class Edit { kUp, kDown, kDuplicate, kRemove };
struct MenuEntry {
  Edit edit;
  std::string_view name;
};
constexpr MenuEntry kMenu[] = {
    {Edit::kUp, "Move up"}, {Edit::kDown, "Move down"}, {Edit::kDuplicate, "Duplicate"}, {Edit::kRemove, "Remove"}};

bool possible(const Settings& settings, int stage, Edit edit) {
  const auto count = static_cast<int>(settings.chain.size());
  switch (edit) {
    case Edit::kUp:
      return stage > 0;
    case Edit::kDown:
      return stage + 1 < count;
    case Edit::kDuplicate:
      return count < convolution::kLongestChain;
    case Edit::kRemove:
      return count > 1;
  }
  return false;
}

void apply(const Frame& f, int stage, Edit edit) {
  Settings settings = convolve_settings(f);
  if (!possible(settings, stage, edit)) return;
  const auto at = settings.chain.begin() + stage;
  int chosen = stage;
  switch (edit) {
    case Edit::kUp:
      std::iter_swap(at, at - 1);
      chosen = stage - 1;
      break;
    case Edit::kDown:
      std::iter_swap(at, at + 1);
      chosen = stage + 1;
      break;
    case Edit::kDuplicate: {
      const Stage copy = *at;
      settings.chain.insert(at, copy);
      chosen = stage + 1;
      break;
    }
    case Edit::kRemove:
      settings.chain.erase(at);
      chosen = std::max(0, stage - 1);
      break;
  }
  f.ui.convolve.stage = chosen;
  change_convolve(f, std::move(settings));
}

void draw_menu(const Frame& f, int stage, scene::Rect opener) {
  const float high = f.px(scene::size::kRow), margin = f.px(4), width = f.px(136);
  const float total = high * static_cast<float>(std::size(kMenu)) + 2 * margin;
  const float below = opener.bottom() + f.px(2);
  const float y = below + total < ImGui::GetIO().DisplaySize.y ? below : opener.y - total - f.px(2);
  const scene::Rect list{opener.right() - width, y, width, total};
  bool done = raw_key(f, key::kEscape);
  {
    const Overlay overlay(f, "stage menu", list, Overlay::Kind::kTakesInput);
    callout(f, list, false);
    for (std::size_t i = 0; i < std::size(kMenu); ++i) {
      const scene::Rect row{list.x + margin, list.y + margin + static_cast<float>(i) * high, width - 2 * margin, high};
      const ButtonLook look{.enabled = possible(convolve_settings(f), stage, kMenu[i].edit), .ghost = true};
      if (!button(f, kMenu[i].name, row, look)) continue;
      apply(f, stage, kMenu[i].edit);
      done = true;
    }
  }
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const bool outside = !list.contains({mouse.x, mouse.y}) && !opener.contains({mouse.x, mouse.y});
  if (done || (ImGui::GetIO().MouseClicked[0] && outside)) {
    f.ui.convolve.controls.menu = -1;
    f.ui.wake_in(0);
  }
}

// A picture of what the stage does.
void draw_stage_icon(const Frame& f, int index, const Stage& stage, scene::Rect r) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (has_filters(stage)) {
    draw_filter_picture(f, fmt::format("stage{}", index), stage.filters.front(), r);
  } else if (stage.kind == StageKind::kRelu) {
    fill(f, r, f.colors.raised);
    const float low = r.bottom() - f.px(5), x = r.centre().x;
    const ImVec2 bend[] = {{r.x + f.px(2), low}, {x, low}, {r.right() - f.px(3), r.y + f.px(4)}};
    list.AddPolyline(bend, 3, f.colors.text, 0, f.px(2));
  } else {
    const float half = std::floor(r.w / 2) - f.px(1);
    for (int i = 0; i < 4; ++i) {
      const float x = i % 2 == 0 ? r.x : r.right() - half, y = i / 2 == 0 ? r.y : r.bottom() - half;
      fill(f, {x, y, half, half}, i == 1 ? f.colors.text : f.colors.strong);
    }
  }
}

void draw_row(LeftColumn& column, int index, const Stage& stage, Size after, scene::Rect r) {
  const Frame& f = column.f;
  ConvolvePanels& state = f.ui.convolve;
  const std::string name = fmt::format("Stage {}", index + 1);
  const bool chosen = index == edited_convolve_stage(f);
  const scene::Rect more{r.right() - f.px(30), std::round(r.centre().y - f.px(12)), f.px(26), f.px(24)};
  const scene::Rect rest{r.x, r.y, more.x - r.x, r.h};
  const AreaState pointer = area(f, name, rest);
  const bool by_key = register_widget(f, name, rest, true);
  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, r, chosen ? f.colors.accent_tint : pointer.hovered ? f.colors.hover : f.colors.raised, radius);
  stroke(f, r, chosen ? f.colors.accent : f.colors.strong, radius, f.px(1));
  if (f.ui.widgets.focus == name) focus_ring(f, r, radius);
  const float middle = r.centre().y, side = f.px(22);
  text(f, {r.x + f.px(8), middle - line_height(f, Type::kNumber) / 2}, Type::kNumber,
       chosen ? f.colors.accent : f.colors.text3, std::to_string(index + 1));
  const scene::Rect picture{r.x + f.px(22), std::round(middle - side / 2), side, side};
  draw_stage_icon(f, index, stage, picture);
  const float x = picture.right() + f.px(8);
  const std::string size = after.width > 0 ? size_text(after.width, after.height, after.planes) : "nothing left";
  const Type small = Type::kTick;
  const float taken = column.compact ? 0 : text_width(f, small, size) + f.px(8);
  const float title_y = column.compact ? r.y + f.px(3) : middle - line_height(f, Type::kLabel) / 2;
  text(f, {x, title_y}, column.compact ? Type::kCaption : Type::kLabel, f.colors.text, title_of(stage), Align::kLeft,
       more.x - x - taken);
  const scene::Rgba ink = after.width > 0 ? f.colors.text3 : f.colors.warning;
  if (column.compact) {
    text(f, {x, r.bottom() - line_height(f, small) - f.px(3)}, small, ink, size);
  } else {
    text(f, {more.x - f.px(4), middle - line_height(f, small) / 2}, small, ink, size, Align::kRight);
  }
  if (pointer.clicked || by_key) state.stage = index;
  const ButtonLook look{.tip = "Move, duplicate, remove", .ghost = true, .label = "…"};
  if (button(f, fmt::format("{} menu", name), more, look))
    state.controls.menu = state.controls.menu == index ? -1 : index;
  if (state.controls.menu == index) draw_menu(f, index, more);
}

struct NewStage {
  std::string_view name, label, tip;
  StageKind kind;
};
constexpr NewStage kNewStages[] = {
    {"Add filter", "+ Filter", "Another filter behind the chosen stage: Identity, to be changed", StageKind::kFilter},
    {"Add ReLU", "+ ReLU", "What is negative becomes 0", StageKind::kRelu},
    {"Add max pool", "+ Max pool 2 × 2", "Of each 2 × 2 pixels the largest: half as wide, half as high",
     StageKind::kMaxPool},
};

void put_add_buttons(LeftColumn& column) {
  const Frame& f = column.f;
  const bool room = static_cast<int>(convolve_settings(f).chain.size()) < convolution::kLongestChain;
  const float high = f.px(scene::size::kControl);
  float x = column.x;
  for (const NewStage& one : kNewStages) {
    const Type type = column.compact ? Type::kMicro : Type::kLabel;
    const std::string_view label = column.compact && one.kind == StageKind::kMaxPool ? "+ Max pool" : one.label;
    const ButtonLook look{
        .enabled = room, .tip = room ? one.tip : "A chain has at most 8 stages", .label = label, .type = type};
    const float width = std::ceil(text_width(f, type, label)) + f.px(column.compact ? 12 : 24);
    if (button(f, one.name, {x, std::round(column.y), width, high}, look)) add_convolve_stage(f, one.kind);
    x += width + f.px(column.compact ? 5 : 8);
  }
  column.y += high + f.px(12);
}

}  // namespace

void add_convolve_stage(const Frame& f, StageKind kind) {
  Settings settings = convolve_settings(f);
  if (static_cast<int>(settings.chain.size()) >= convolution::kLongestChain) return;
  const int at = settings.chain.empty() ? 0 : edited_convolve_stage(f) + 1;
  settings.chain.insert(settings.chain.begin() + at, new_stage(kind));
  f.ui.convolve.stage = at;
  change_convolve(f, std::move(settings));
}

void remove_convolve_stage(const Frame& f, int stage) {
  apply(f, stage, Edit::kRemove);
}

void put_chain(LeftColumn& column) {
  const Frame& f = column.f;
  const float begin = column.y;
  put_section(column, "Chain", column.compact ? "" : "applied from top to bottom");
  const std::vector<Stage> chain = convolve_settings(f).chain;
  Size size;
  if (f.convolve.frame) {
    const convolution::Picture& input = *f.convolve.frame->input;
    size = {input.width, input.height, input.planes};
  }
  const float high = f.px(column.compact ? 38 : 34);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    size = convolution::size_after(chain[i], size);
    draw_row(column, static_cast<int>(i), chain[i], size, column.row(high));
    column.y += high + f.px(4);
  }
  column.y += f.px(4);
  put_add_buttons(column);
  speak_of(f, {column.panel.x, begin, column.panel.w, column.y - begin}, "chain");
}

}  // namespace warpscope::panels

// How it is computed: border, stride, dilation, padding, threads, channels.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/convolve_left.h"

namespace warpscope::panels {
namespace {

using convolution::Settings;
using convolution::Stage;

constexpr std::array kBorders{convolution::Border::kZero, convolution::Border::kClamp, convolution::Border::kMirror};
constexpr int kMostSteps = 4;     // of stride and dilation
constexpr int kMostPadding = 12;  // in the list
constexpr std::array<std::array<std::uint32_t, 2>, 10> kBlocks{
    {{8, 8}, {16, 8}, {16, 16}, {32, 2}, {32, 4}, {32, 8}, {32, 16}, {32, 32}, {64, 4}, {128, 2}}};

scene::Rect labelled(LeftColumn& column, std::string_view label) {
  const Frame& f = column.f;
  const scene::Rect row = column.row(f.px(scene::size::kControl));
  const Type type = column.compact ? Type::kCaption : Type::kSmall;
  text(f, {row.x, row.centre().y - line_height(f, type) / 2}, type, f.colors.text2, label);
  const float taken = f.px(column.compact ? 92 : 132);
  column.y += row.h + f.px(6);
  return {row.x + taken, row.y, row.w - taken, row.h};
}

// A whole number with two small arrows.
bool stepper(const Frame& f, const std::string& name, scene::Rect r, int& value, int low, int high) {
  const float arrows = f.px(16);
  double number = value;
  bool changed = number_field(f, name, r, number, low, high, 0);
  int wanted = static_cast<int>(std::lround(number));
  for (const int by : {1, -1}) {
    const scene::Rect half{r.right() - arrows - f.px(2), by > 0 ? r.y + f.px(2) : r.centre().y, arrows,
                           r.h / 2 - f.px(2)};
    const AreaState pointer = area(f, fmt::format("{} {}", name, by > 0 ? "more" : "less"), half);
    const bool can = wanted + by >= low && wanted + by <= high;
    const scene::Rgba ink = !can ? f.colors.disabled : pointer.hovered ? f.colors.text : f.colors.text2;
    const scene::Vec2 c = half.centre();
    const float wide = f.px(4), tall = f.px(2) * static_cast<float>(by);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddLine({c.x - wide, c.y + tall}, {c.x, c.y - tall}, ink, f.px(1));
    list.AddLine({c.x, c.y - tall}, {c.x + wide, c.y + tall}, ink, f.px(1));
    if (pointer.clicked && can) wanted += by, changed = true;
  }
  value = wanted;
  return changed;
}

void put_border(LeftColumn& column, Stage& stage, bool& changed) {
  const Frame& f = column.f;
  const scene::Rect r = labelled(column, "Border");
  std::vector<std::string> items;
  for (const auto border : kBorders) items.emplace_back(convolution::title_of(border));
  int selected = static_cast<int>(std::ranges::find(kBorders, stage.border) - kBorders.begin());
  if (combo(f, "Border", r, items, selected)) {
    stage.border = kBorders[static_cast<std::size_t>(selected)];
    changed = true;
  }
  speak_of(f, {column.panel.x, r.y, column.panel.w, r.h}, "border");
}

void put_steps(LeftColumn& column, Stage& stage, bool& changed) {
  const Frame& f = column.f;
  const scene::Rect r = labelled(column, "Stride, dilation");
  const float half = std::floor((r.w - f.px(8)) / 2);
  changed |= stepper(f, "Stride", {r.x, r.y, half, r.h}, stage.stride, 1, kMostSteps);
  changed |= stepper(f, "Dilation", {r.right() - half, r.y, half, r.h}, stage.dilation, 1, kMostSteps);
}

void put_padding(LeftColumn& column, Stage& stage, bool& changed) {
  const Frame& f = column.f;
  const scene::Rect r = labelled(column, "Padding");
  Stage same = stage;
  same.padding = Stage::kSame;
  std::vector<std::string> items{fmt::format("Same: {} around", convolution::padding_of(same)), "0: none"};
  for (int i = 1; i <= std::max(kMostPadding, stage.padding); ++i) items.push_back(std::to_string(i));
  int selected = stage.padding == Stage::kSame ? 0 : stage.padding + 1;
  if (combo(f, "Padding", r, items, selected)) {
    stage.padding = selected == 0 ? Stage::kSame : selected - 1;
    changed = true;
  }
  speak_of(f, {column.panel.x, r.y, column.panel.w, r.h}, "border");
}

void put_threads(LeftColumn& column) {
  const Frame& f = column.f;
  const scene::Rect r = labelled(column, column.compact ? "Block" : "Threads in a block");
  Settings settings = convolve_settings(f);
  std::vector<std::array<std::uint32_t, 2>> blocks(kBlocks.begin(), kBlocks.end());
  const std::array<std::uint32_t, 2> now{settings.block.x, settings.block.y};
  if (std::ranges::find(blocks, now) == blocks.end()) blocks.push_back(now);
  std::vector<std::string> items;
  for (const auto& block : blocks)
    items.push_back(fmt::format("{} × {} = {}", block[0], block[1], block[0] * block[1]));
  int selected = static_cast<int>(std::ranges::find(blocks, now) - blocks.begin());
  if (combo(f, "Threads in a block", r, items, selected)) {
    const auto& block = blocks[static_cast<std::size_t>(selected)];
    settings.block = {block[0], block[1], 1};
    change_convolve(f, std::move(settings));
  }
  speak_of(f, {column.panel.x, r.y, column.panel.w, r.h}, "threads");
}

void put_channels(LeftColumn& column) {
  const Frame& f = column.f;
  const scene::Rect r = labelled(column, "Channels");
  float x = r.x;
  for (const bool colour : {false, true}) {
    const std::string_view name = colour ? "Colour" : "Grey";
    const float width = button_width(f, name);
    if (button(f, name, {x, r.y, width, r.h}, {.selected = f.convolve.source.colour == colour}) &&
        f.convolve.source.colour != colour) {
      session::PictureSource source = f.convolve.source;
      source.colour = colour;
      f.send_convolve(session::ShowPicture{source});
    }
    x += width + f.px(2);
  }
  speak_of(f, {column.panel.x, r.y, column.panel.w, r.h}, "picture");
}

// What cannot be done, in words, where it was asked for.
void put_refusals(LeftColumn& column) {
  const Frame& f = column.f;
  const Settings& settings = convolve_settings(f);
  if (f.convolve.frame) {
    const convolution::Picture& input = *f.convolve.frame->input;
    const auto fine = convolution::check(settings, {input.width, input.height, input.planes});
    if (!fine) {
      put_note(column, fmt::format("Not possible: {}. The picture shown is the one before.", fine.error().text()),
               f.colors.warning);
      return;
    }
  }
  for (const Stage& stage : settings.chain) {
    const std::string why = convolution::why_not(settings.variant, stage, settings.block);
    if (why.empty()) continue;
    put_note(column, fmt::format("{} Constant weights are used for this stage instead.", why), f.colors.warning);
    return;
  }
}

}  // namespace

void put_how(LeftColumn& column) {
  const Frame& f = column.f;
  std::optional<bool>& wanted = f.ui.convolve.controls.how_open;
  const bool open = wanted.value_or(!column.compact);
  const scene::Rect header = column.row(f.px(scene::size::kPanelHeader));
  put_section(column, "How it is computed", "", f.px(28));
  const float side = f.px(scene::size::kSmallestTarget);
  const ButtonLook look{.icon = open ? Icon::kChevronDown : Icon::kUnfold,
                        .tip = open ? "Fold" : "Border, stride, threads in a block ...",
                        .label_hidden = true,
                        .ghost = true};
  if (button(f, "How it is computed", {header.right() - side, std::round(header.centre().y - side / 2), side, side},
             look)) {
    wanted = !open;
  }
  if (open) {
    const int at = edited_convolve_stage(f);
    const std::vector<Stage>& chain = convolve_settings(f).chain;
    if (!chain.empty() && has_filters(chain[static_cast<std::size_t>(at)])) {
      Stage stage = chain[static_cast<std::size_t>(at)];
      bool changed = false;
      put_border(column, stage, changed);
      put_steps(column, stage, changed);
      put_padding(column, stage, changed);
      if (changed) change_convolve_stage(f, std::move(stage));
    }
    put_threads(column);
    put_channels(column);
  }
  put_refusals(column);
}

}  // namespace warpscope::panels

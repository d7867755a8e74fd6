// Below the cells: how many words each bank gives in the next access, and what that costs.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/panels/step_shared.h"

namespace warpscope::panels {
namespace {

void draw_bar(const Frame& f, const scene::SharedLayout& layout, int bank, scene::Rgba color) {
  const scene::BankUse& use = f.ui.step.memory.shared.use;
  const int words = use.words[static_cast<std::size_t>(bank)];
  const float x = layout.bars.x + layout.pitch * static_cast<float>(bank);
  const float bottom = layout.bars.bottom();
  fill(f, {x, bottom - f.px(2), layout.cell, f.px(2)}, f.colors.hair);
  if (words == 0 || use.most == 0) return;
  const float part = static_cast<float>(words) / static_cast<float>(std::max(use.most, 2));
  const float high = std::max(f.px(3), std::round(layout.bars.h * part));
  fill(f, {x, bottom - high, layout.cell, high}, color);
  const std::string number = fmt::format("{}", words);
  const float tick = line_height(f, Type::kTick);
  if (use.most < 2 || high < tick || text_width(f, Type::kTick, number) > layout.cell + f.px(1)) return;
  text(f, {x + layout.cell / 2, bottom - high}, Type::kTick, scene::text_on(color), number, Align::kCentre);
}

std::string bank_lanes(const Frame& f, int bank) {
  const SharedReading& shared = f.ui.step.memory.shared;
  const int words = shared.use.words[static_cast<std::size_t>(bank)];
  if (words == 0) return fmt::format("bank {}: idle in this access", bank);
  std::string lanes;
  int count = 0;
  for (std::uint64_t word = static_cast<std::uint64_t>(bank); word < shared.words; word += 32) {
    if (!shared.touched[word]) continue;
    if (count++ < 8)
      lanes += fmt::format("{}{}", lanes.empty() ? "" : ", ", scene::shared_name(shared.variables, word * 4));
  }
  return fmt::format("bank {}: {} {}\n{}{}", bank, words, words == 1 ? "word" : "words", lanes,
                     count > 8 ? " ..." : "");
}

void draw_words(const Frame& f, const scene::SharedLayout& layout) {
  const SharedReading& shared = f.ui.step.memory.shared;
  const scene::BankWords& said = shared.said;
  const scene::Rect r = layout.words;
  const scene::Rgba ink = said.conflict ? f.colors.warning : f.colors.text2;
  if (layout.side) {
    std::string all = said.cost + ".";
    if (!said.idle.empty()) all += "\n" + said.idle + ".";
    if (!said.padding.empty()) all += "\n" + said.padding + ".";
    const std::string shown = shared.accesses ? all : "The followed warp's next step leaves shared memory alone.";
    paragraph(f, {r.x, r.y}, r.w, Type::kCaption, shared.accesses ? ink : f.colors.text3, shown);
    return;
  }
  const float colours = f.px(130);
  if (!shared.accesses) {
    text(f, {r.x, r.y + f.px(2)}, Type::kCaption, f.colors.text3, "The next step leaves shared memory alone",
         Align::kLeft, r.w - colours);
    return;
  }
  text(f, {r.x, r.y + f.px(2)}, Type::kCaption, ink, said.cost, Align::kLeft, r.w - colours);
  std::string more = said.idle;
  if (!said.padding.empty()) more += (more.empty() ? "" : ". ") + said.padding;
  text(f, {r.x, r.y + f.px(21)}, Type::kCaption, f.colors.text2, more, Align::kLeft, r.w);
}

}  // namespace

void draw_shared_banks(const Frame& f, const scene::SharedLayout& layout) {
  const SharedReading& shared = f.ui.step.memory.shared;
  const scene::Rgba color = shared.said.conflict ? f.colors.positive : f.colors.lane_issues;
  for (int bank = 0; bank < scene::kBanks; ++bank) draw_bar(f, layout, bank, color);
  const float label = layout.bars.x - f.px(6);
  const float line = line_height(f, Type::kTick);
  const float top = layout.bars.centre().y - line;
  text(f, {label, top}, Type::kMicro, f.colors.text3, "words", Align::kRight);
  text(f, {label, top + line}, Type::kMicro, f.colors.text3, "a bank", Align::kRight);
  const AreaState pointer = area(f, "Words a bank", layout.bars);
  if (pointer.hovered && layout.pitch > 0) {
    const int bank = std::clamp(static_cast<int>((pointer.mouse.x - layout.bars.x) / layout.pitch), 0, 31);
    f.ui.step.hovered.kind = StepFocus::Kind::kAccess;
    tip(f, bank_lanes(f, bank));
  }
  draw_words(f, layout);
}

}  // namespace warpscope::panels

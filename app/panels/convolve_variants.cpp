#include "app/panels/convolve_variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/convolve_left.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

struct ColumnTitle {
  std::string_view upper, lower;
};
constexpr std::array kTitles{ColumnTitle{"global", "requests"}, ColumnTitle{"sectors", "of 32 B"},
                             ColumnTitle{"shared", "wavefronts"}, ColumnTitle{"warp", "instructions"},
                             ColumnTitle{"time here,", "measured"}};

struct TableLayout {
  scene::Rect header, heads, rows, sentence;
  float row = 0;           // height of one
  float name = 0;          // where the name begins
  float columns = 0;       // where the numbers' columns begin
  float column_width = 0;  // of each
  bool compact = false;
};

TableLayout layout_of(const Frame& f, scene::Rect r) {
  TableLayout layout;
  layout.compact = r.h < f.px(200);
  const float padding = f.px(16);
  const scene::Rect in{r.x + padding, r.y, r.w - 2 * padding, r.h};
  const float header = f.px(layout.compact ? 30 : 32), heads = f.px(layout.compact ? 28 : 32);
  const float sentence = f.px(layout.compact ? 18 : 38);
  const float gap = f.px(layout.compact ? 2 : 4);  // under the heads
  layout.row = std::floor(std::min(f.px(26), (r.h - header - heads - gap - sentence) / convolution::kVariants.size()));
  layout.header = {in.x, in.y, in.w, header};
  layout.heads = {in.x, layout.header.bottom(), in.w, heads};
  layout.rows = {in.x, layout.heads.bottom() + gap, in.w,
                 layout.row * static_cast<float>(convolution::kVariants.size())};
  layout.sentence = {in.x, layout.rows.bottom() + f.px(2), in.w, r.bottom() - layout.rows.bottom() - f.px(2)};
  layout.name = in.x + f.px(26);
  layout.column_width = std::floor(std::min(f.px(112), (in.w - f.px(26 + 128)) / kVariantColumns.size()));
  layout.columns = in.right() - layout.column_width * static_cast<float>(kVariantColumns.size());
  return layout;
}

void draw_header(const Frame& f, const TableLayout& layout, const VariantTable& table) {
  const scene::Rect& header = layout.header;
  const float side = f.px(scene::size::kSmallestTarget);
  const scene::Rect again{header.right() - side, std::round(header.centre().y - side / 2), side, side};
  const ButtonLook look{.icon = Icon::kReset,
                        .enabled = !table.measuring && f.convolve.frame != nullptr,
                        .tip = "Count and time every variant again",
                        .label_hidden = true,
                        .ghost = true};
  if (button(f, "Measure again", again, look)) f.send_convolve(session::MeasureVariants{});
  float right = again.x - f.px(8);
  if (table.measuring) {
    const auto all = static_cast<float>(table.rows.size());
    const scene::Rect bar{right - f.px(72), std::round(header.centre().y - f.px(2)), f.px(72), f.px(4)};
    progress_bar(f, bar, static_cast<float>(table.measured) / all);
    const std::string words =
        fmt::format("measuring {} of {}", std::min(table.measured + 1, static_cast<int>(all)), static_cast<int>(all));
    text(f, {bar.x - f.px(8), std::round(header.centre().y - line_height(f, Type::kCaption) / 2)}, Type::kCaption,
         f.colors.text2, words, Align::kRight);
    right = bar.x - f.px(16) - text_width(f, Type::kCaption, words);
  }
  if (draw_convolve_tabs(f, {header.x, header.y, right - header.x, header.h})) return;
  const float y = std::round(header.centre().y - line_height(f, Type::kTitle) / 2);
  panel_title(f, {header.x, y}, "Six ways to write the same kernel", table.caption, right - header.x);
}

void draw_heads(const Frame& f, const TableLayout& layout) {
  const Type type = layout.compact ? Type::kTick : Type::kMicro;
  const float line = layout.heads.h / 2;
  text(f, {layout.name, layout.heads.y + line}, Type::kMicro, f.colors.text3, "Variant");
  for (std::size_t i = 0; i < kTitles.size(); ++i) {
    const float right = layout.columns + static_cast<float>(i + 1) * layout.column_width;
    const Type used = layout.compact ? Type::kMicro : type;
    text(f, {right, layout.heads.y}, used, f.colors.text3, kTitles[i].upper, Align::kRight);
    text(f, {right, layout.heads.y + line}, used, f.colors.text3, kTitles[i].lower, Align::kRight);
    if (kVariantColumns[i] != VariantColumn::kTime) continue;
    const float width = text_width(f, used, kTitles[i].lower);
    origin_mark(f, {right - width - f.px(8), layout.heads.y + line * 1.5F}, Origin::kMeasured);
  }
}

void draw_cell(const Frame& f, const VariantCell& cell, scene::Rect r, scene::Rgba ink, scene::Rgba bar) {
  const Type type = r.h < f.px(18) ? Type::kTick : Type::kNumber;
  const float high = line_height(f, type);
  const float y = std::round(r.centre().y - high / 2 - f.px(1));
  text(f, {r.right(), y}, type, ink, cell.text.empty() ? "…" : cell.text, Align::kRight);
  const float length = std::round(cell.share * (r.w - f.px(14)));
  if (length > 0) fill(f, {r.right() - length, r.bottom() - f.px(3), length, f.px(2)}, bar);
}

void draw_radio(const Frame& f, scene::Vec2 centre, bool chosen, bool enabled) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const scene::Rgba ink = chosen ? f.colors.accent : enabled ? f.colors.text2 : f.colors.disabled;
  list.AddCircle({centre.x, centre.y}, f.px(6), ink, 24, f.px(1));
  if (chosen) list.AddCircleFilled({centre.x, centre.y}, f.px(3), ink, 16);
}

void choose(const Frame& f, convolution::Variant variant) {
  convolution::Settings settings = convolve_settings(f);
  if (settings.variant == variant) return;
  settings.variant = variant;
  change_convolve(f, std::move(settings));
}

void draw_row(const Frame& f, const TableLayout& layout, const VariantTable& table, const VariantRow& row, float y) {
  const std::string name(convolution::title_of(row.variant));
  const scene::Rect r{layout.rows.x - f.px(8), y, layout.rows.w + f.px(16), layout.row};
  const bool possible = row.why_not.empty();
  const AreaState pointer = area(f, name, r);
  const bool by_key = register_widget(f, name, r, possible);
  if (row.chosen) {
    fill(f, r, f.colors.accent_tint, f.px(scene::size::kRadiusChip));
  } else if (pointer.hovered && possible) {
    fill(f, r, f.colors.hover, f.px(scene::size::kRadiusChip));
  }
  if (f.ui.widgets.focus == name) focus_ring(f, r, f.px(scene::size::kRadiusChip));
  draw_radio(f, {layout.rows.x + f.px(8), std::round(r.centre().y)}, row.chosen, possible);
  const Type type = layout.row < f.px(18) ? Type::kMicro : Type::kLabel;
  text(f, {layout.name, std::round(r.centre().y - line_height(f, type) / 2)}, type,
       possible ? f.colors.text : f.colors.disabled, name, Align::kLeft, layout.columns - layout.name);
  if (!possible) {
    text(f, {layout.columns + f.px(8), std::round(r.centre().y - line_height(f, Type::kMicro) / 2)}, Type::kMicro,
         f.colors.text3, row.why_not, Align::kLeft, layout.rows.right() - layout.columns - f.px(8));
    if (pointer.hovered) tip(f, row.why_not);
  } else {
    const scene::Rgba ink = table.outdated ? f.colors.text3 : row.chosen ? f.colors.text : f.colors.text2;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      draw_cell(f, row.cells[i],
                {layout.columns + static_cast<float>(i) * layout.column_width, r.y, layout.column_width, r.h}, ink,
                row.chosen ? f.colors.accent : f.colors.strong);
    }
    if (pointer.hovered) tip(f, convolution::idea_of(row.variant));
  }
  if (possible && (pointer.clicked || by_key)) choose(f, row.variant);
}

}  // namespace

void draw_convolve_variants(const Frame& f, scene::Rect r) {
  const Clip clip(r);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  line(f, {r.x, r.y}, {r.x, r.bottom()}, f.colors.hair, f.px(1));
  const TableLayout layout = layout_of(f, r);
  const VariantTable table = variant_table(f.convolve, convolve_settings(f));
  draw_header(f, layout, table);
  draw_heads(f, layout);
  float y = layout.rows.y;
  for (const VariantRow& row : table.rows) {
    draw_row(f, layout, table, row, y);
    y += layout.row;
  }
  if (layout.compact) {
    std::string plain = table.sentence;
    for (std::size_t at = plain.find("**"); at != std::string::npos; at = plain.find("**")) plain.erase(at, 2);
    text(f, {layout.sentence.x, layout.sentence.y}, Type::kMicro, f.colors.text2, plain, Align::kLeft,
         layout.sentence.w);
    if (hovered(f, layout.sentence)) tip(f, plain);
  } else {
    paragraph(f, {layout.sentence.x, layout.sentence.y}, layout.sentence.w, Type::kCaption, f.colors.text2,
              table.sentence);
  }
  speak_of(f, r, "variants");
}

}  // namespace warpscope::panels

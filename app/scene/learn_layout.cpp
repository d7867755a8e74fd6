#include "app/scene/learn_layout.h"

#include <algorithm>
#include <cmath>

#include "app/scene/learn_layout_columns.h"

namespace warpscope::scene {

namespace {

using Kind = NetworkColumn::Kind;

// Logical lengths of the design at 1920 x 1080 and, where the picture has little room, at 1280 x 720.
struct Lengths {
  float top, foot, left, right;   // margins: header above, colour scales below
  float title, caption;           // tops of the header's lines
  float output, smallest_output;  // width of the output rows
  float unit;                     // width of a dense cell with its gap
  float input;                    // side of the input picture it would like
  float callout_height;
};
constexpr Lengths kRoomy{60, 42, 24, 20, 14, 34, 168, 130, 28, 280, 180};
constexpr Lengths kCompact{44, 36, 16, 10, 8, 26, 156, 112, 16, 168, 180};

// The card of the worked sum: side by side where it is wide, one above the other where it is high.
struct CalloutForm {
  float smallest_width, width, height;
};
constexpr CalloutForm kConvCallouts[] = {{356, 380, 180}, {250, 280, 238}};
constexpr CalloutForm kDenseCallouts[] = {{320, 380, 180}, {250, 280, 238}};

// Gap to the right of a column: the least it can do with, and its share of what is left over.
struct Gap {
  float least, share;
};
Gap gap_after(const NetworkColumn& column, const NetworkColumn& next) {
  if (next.kind == Kind::kOutput) return {60, 2};
  if (column.kind == Kind::kInput) return {36, 2};
  if (next.kind == Kind::kUnits && column.kind == Kind::kUnits) return {52, 1.4F};
  return {24, 1};
}

// How far gaps, cells and rows give way where even the smallest pictures are too wide together.
constexpr float kSqueezes[] = {1, 0.75F, 0.55F, 0.4F};

}  // namespace

Rect NetworkColumn::cell(int index) const {
  const int row = index / columns, column = index % columns;
  return {grid.x + static_cast<float>(column) * pitch_x, grid.y + static_cast<float>(row) * pitch_y, cell_w, cell_h};
}

Rect NetworkColumn::pixel(int index, int row, int column) const {
  const Rect all = cell(index);
  const float w = all.w / static_cast<float>(shape.width), h = all.h / static_cast<float>(shape.height);
  return {all.x + static_cast<float>(column) * w, all.y + static_cast<float>(row) * h, w, h};
}

int NetworkLayout::column_of(int made_by, NetworkColumn::Kind kind) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].made_by == made_by && columns[i].kind == kind) return static_cast<int>(i);
  }
  return -1;
}

namespace {

float round_px(float logical, float scale) {
  return std::round(logical * scale);
}

// What the columns are measured by while they are fitted into their place.
struct Fit {
  const Lengths& lengths;
  float scale, width, height;
  float squeeze = 1;
  float px(float logical) const { return std::round(logical * scale); }
  float least_gap(const NetworkColumn& column, const NetworkColumn& next) const {
    return px(gap_after(column, next).least * squeeze);
  }
  float output() const { return px(lengths.smallest_output * std::max(squeeze, 0.7F)); }
};

// Width of a column at the zoom it has now.
float width_of(const NetworkColumn& column, const Fit& fit) {
  if (column.kind == Kind::kOutput) return fit.output();
  return static_cast<float>(column.columns - 1) * column.pitch_x + column.cell_w;
}

float total_width(const std::vector<NetworkColumn>& columns, const Fit& fit) {
  float sum = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sum += width_of(columns[i], fit);
    if (i + 1 < columns.size()) sum += fit.least_gap(columns[i], columns[i + 1]);
  }
  return sum;
}

// Gives a picture column its cell size for its zoom. The gap between pictures is what the row pitch leaves, within
// reason.
void size_pictures(NetworkColumn& column, const Fit& fit) {
  const float side = static_cast<float>(column.shape.width * column.zoom) / static_cast<float>(column.shrink);
  column.cell_w = column.cell_h = side;
  if (column.kind == Kind::kInput) {
    column.pitch_x = column.pitch_y = side;
    return;
  }
  column.pitch_y = std::floor(fit.height / static_cast<float>(column.rows));
  column.pitch_x = side + std::round(std::clamp(column.pitch_y - side, 2 * fit.scale, 8 * fit.scale));
}

void size_units(NetworkColumn& column, const Fit& fit, bool compact) {
  column.pitch_x = fit.px(fit.lengths.unit * fit.squeeze);
  column.cell_w = column.pitch_x - std::max(1.0F, fit.px(compact ? 2 : 1));
  column.pitch_y = fit.height / static_cast<float>(column.rows);
  column.cell_h = std::max(1.0F, column.pitch_y - std::max(1.0F, std::floor(fit.scale)));
}

// The zoom at which a column's rows fill the height; a shrink where not even single pixels fit.
void fill_height(NetworkColumn& column, const std::vector<NetworkColumn>& columns, const Fit& fit) {
  const auto side = static_cast<float>(column.shape.height);
  float room = fit.height / static_cast<float>(column.rows) - std::max(2.0F, fit.px(2));
  if (column.kind == Kind::kInput) {
    // Room under the input for the worked sum, or at least for a note.
    const float below = fit.px(fit.lengths.callout_height + 16), note = std::min(fit.px(84), 0.3F * fit.height);
    room = fit.height - below >= fit.px(150) ? fit.height - below : fit.height - note;
    room = std::min(room, 0.36F * fit.width);
  }
  column.zoom = std::max(1, static_cast<int>(room / side));
  column.shrink = room >= side ? 1 : static_cast<int>(std::ceil(side / std::max(room, 1.0F)));
  if (column.kind == Kind::kPool) {
    column.zoom = std::min(column.zoom, columns[static_cast<std::size_t>(column.reads)].zoom);
  }
  size_pictures(column, fit);
}

// The picture column that is largest in proportion to its smallest form takes one pixel less; false where none can.
bool make_smaller(std::vector<NetworkColumn>& columns, const Fit& fit) {
  NetworkColumn* largest = nullptr;
  float most = 1;
  for (NetworkColumn& column : columns) {
    if (!column.pictures()) continue;
    const float smallest = column.kind == Kind::kInput ? 3.0F : 1.0F;
    const float ratio = static_cast<float>(column.zoom) / smallest;
    if (ratio > most) {
      most = ratio;
      largest = &column;
    }
  }
  if (largest == nullptr) return false;
  --largest->zoom;
  size_pictures(*largest, fit);
  return true;
}

// Pictures at half their pixels, the input last: for a centre that the panels beside it have pressed together.
bool shrink_pictures(std::vector<NetworkColumn>& columns, const Fit& fit) {
  for (NetworkColumn& column : columns) {
    if (!column.pictures() || column.kind == Kind::kInput || column.shrink > 1) continue;
    column.shrink = 2;
    size_pictures(column, fit);
    return true;
  }
  return false;
}

void choose_sizes(NetworkLayout& layout, Fit& fit) {
  std::vector<NetworkColumn>& columns = layout.columns;
  for (const float squeeze : kSqueezes) {
    fit.squeeze = squeeze;
    for (NetworkColumn& column : columns) {
      if (column.kind == Kind::kUnits) {
        size_units(column, fit, layout.compact);
      } else if (column.pictures()) {
        fill_height(column, columns, fit);
      }
    }
    while (total_width(columns, fit) > fit.width && make_smaller(columns, fit)) {
    }
    if (total_width(columns, fit) <= fit.width) return;
  }
  while (total_width(columns, fit) > fit.width && shrink_pictures(columns, fit)) {
  }
}

// Sets x of every column, sharing out the width left over.
void place_columns(NetworkLayout& layout, const Fit& fit, Rect content) {
  std::vector<NetworkColumn>& columns = layout.columns;
  float spare = std::max(0.0F, content.w - total_width(columns, fit));
  NetworkColumn& output = columns.back();
  const float extra_output = std::min(spare, fit.px(fit.lengths.output) - fit.output());
  output.cell_w = fit.output() + extra_output;
  output.pitch_y = output.cell_h = content.h / static_cast<float>(output.rows);
  spare -= extra_output;
  float shares = 0;
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) shares += gap_after(columns[i], columns[i + 1]).share;

  float x = content.x;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    NetworkColumn& column = columns[i];
    const float width = column.kind == Kind::kOutput ? column.cell_w : width_of(column, fit);
    column.grid = {std::round(x), content.y, width,
                   static_cast<float>(column.rows - 1) * column.pitch_y + column.cell_h};
    x += width;
    if (i + 1 == columns.size()) break;
    x += fit.least_gap(column, columns[i + 1]) + spare * gap_after(column, columns[i + 1]).share / shares;
  }
  output.grid.x = std::max(output.grid.x, content.right() - output.grid.w);
  // Pooled pictures stand in the middle of their convolution's rows.
  for (NetworkColumn& column : columns) {
    if (column.kind != Kind::kPool) continue;
    const NetworkColumn& above = columns[static_cast<std::size_t>(column.reads)];
    column.pitch_y = above.pitch_y;
    column.grid.y = content.y + std::floor((above.cell_h - column.cell_h) / 2);
    column.grid.h = static_cast<float>(column.rows - 1) * column.pitch_y + column.cell_h;
  }
}

void place_titles_and_scales(NetworkLayout& layout, Rect content, float scale) {
  std::vector<NetworkColumn>& columns = layout.columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    NetworkColumn& column = columns[i];
    const float next = i + 1 < columns.size() ? columns[i + 1].grid.x : layout.area.right();
    column.title_x = column.grid.x;
    column.title_width = std::max(0.0F, next - column.grid.x - round_px(10, scale));
    if (column.kind == Kind::kInput || column.kind == Kind::kOutput) continue;
    const float room = next - column.grid.x - round_px(12, scale);
    // Wide enough for the numbers at its two ends, which have signs where a pool shows what a unit makes of it.
    const float smallest = round_px(column.kind == Kind::kPool ? 78 : 48, scale);
    const float bar = std::min(std::clamp(column.grid.w, smallest, round_px(140, scale)), room);
    column.scale_bar = {column.grid.x, content.bottom() + round_px(10, scale), bar, round_px(7, scale)};
  }
}

void place_note_and_callout(NetworkLayout& layout, Rect content, float scale) {
  const NetworkColumn& input = layout.columns.front();
  const float next = layout.columns[1].grid.x;
  const float top = input.grid.bottom() + round_px(12, scale);
  const float width = next - input.grid.x - round_px(8, scale);
  layout.note = {input.grid.x, top, width, content.bottom() - top};
  layout.modes = {input.grid.x, content.bottom() + round_px(9, scale), width, round_px(24, scale)};
  const float left = layout.area.x + round_px(12, scale);
  const float room = next - round_px(10, scale) - left;
  const float below = content.bottom() - (input.grid.bottom() + round_px(8, scale));
  const bool has_windows = layout.columns[1].kind == Kind::kMaps;
  for (const CalloutForm& form : has_windows ? kConvCallouts : kDenseCallouts) {
    const float height = round_px(form.height, scale);
    if (room < round_px(form.smallest_width, scale) || below < height) continue;
    layout.callout = {left, content.bottom() - height, std::min(room, round_px(form.width, scale)), height};
    return;
  }
}

}  // namespace

NetworkLayout layout_network(const training::NetworkSpec& network, Rect area, float scale) {
  NetworkLayout layout;
  layout.area = area;
  layout.compact = area.w < 960 * scale || area.h < 440 * scale;
  const Lengths& lengths = layout.compact ? kCompact : kRoomy;
  layout.columns = columns_of(network);
  layout.title_y = area.y + round_px(lengths.title, scale);
  layout.caption_y = area.y + round_px(lengths.caption, scale);
  const float left = area.x + round_px(lengths.left, scale), top = area.y + round_px(lengths.top, scale);
  const Rect content{left, top, std::max(1.0F, area.right() - round_px(lengths.right, scale) - left),
                     std::max(1.0F, area.bottom() - round_px(lengths.foot, scale) - top)};
  Fit fit{lengths, scale, content.w, content.h};
  choose_sizes(layout, fit);
  place_columns(layout, fit, content);
  place_titles_and_scales(layout, content, scale);
  place_note_and_callout(layout, content, scale);
  return layout;
}

std::optional<NetworkHit> hit_network(const NetworkLayout& layout, Vec2 point) {
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    const NetworkColumn& column = layout.columns[c];
    if (!column.grid.contains(point)) continue;
    const int across = static_cast<int>((point.x - column.grid.x) / std::max(column.pitch_x, 1.0F));
    const int down = static_cast<int>((point.y - column.grid.y) / std::max(column.pitch_y, 1.0F));
    const int index = down * column.columns + std::min(across, column.columns - 1);
    if (down >= column.rows || index >= column.count) return std::nullopt;
    const Rect cell = column.cell(index);
    NetworkHit hit{static_cast<int>(c), index, -1, -1};
    if (!column.pictures()) return hit;
    if (!cell.contains(point)) return std::nullopt;
    hit.row = std::min(static_cast<int>((point.y - cell.y) / cell.h * static_cast<float>(column.shape.height)),
                       column.shape.height - 1);
    hit.pixel_column = std::min(static_cast<int>((point.x - cell.x) / cell.w * static_cast<float>(column.shape.width)),
                                column.shape.width - 1);
    return hit;
  }
  return std::nullopt;
}

}  // namespace warpscope::scene

// The pixels of the Gantt chart.
#include <algorithm>
#include <cmath>

#include "app/scene/map_gantt.h"

namespace warpscope::scene {
namespace {

using timing::BlockSpan;
using timing::Timeline;

constexpr float kFaintest = 0.3F;   // of a pixel that is filled at all: a lone short block stays visible
constexpr float kLowerRow = 0.42F;  // how much darker the last row of a slot is: slots stand apart
constexpr double kEndFrom = 4;      // pixels of a block that has a dark end

// One row of pixels: how much of each is filled, and the colour that fills most of it.
class RowPainter {
 public:
  RowPainter(const GanttPart& part, double weight)
      : from_(part.from),
        per_cycle_(part.width / std::max(1e-9, part.to - part.from)),
        weight_(static_cast<float>(weight)),
        pixels_(static_cast<std::size_t>(part.width)) {}

  void clear() { std::fill(pixels_.begin(), pixels_.end(), Pixel{}); }

  void add(timing::Cycle start, timing::Cycle end, Rgba color, bool dark_end) {
    const auto width = static_cast<double>(pixels_.size());
    const double x0 = (static_cast<double>(start) - from_) * per_cycle_,
                 x1 = (static_cast<double>(end) - from_) * per_cycle_;
    const double left = std::max(0.0, x0), right = std::min(width, x1);
    if (right <= left) return;
    const auto first = static_cast<std::size_t>(left);
    const std::size_t last = std::min(static_cast<std::size_t>(right), pixels_.size() - 1);
    if (first == last) {
      fill(pixels_[first], static_cast<float>(right - left), color);
    } else {
      fill(pixels_[first], static_cast<float>(static_cast<double>(first + 1) - left), color);
      for (std::size_t x = first + 1; x < last; ++x) fill(pixels_[x], 1, color);
      fill(pixels_[last], static_cast<float>(right - static_cast<double>(last)), color);
    }
    if (dark_end && x1 <= width && x1 - x0 >= kEndFrom) {
      pixels_[static_cast<std::size_t>(std::ceil(x1)) - 1].end = true;
    }
  }

  Rgba color(std::size_t x, Rgba ground) const {
    const Pixel& pixel = pixels_[x];
    if (pixel.end || pixel.filled <= 0) return ground;
    if (pixel.filled > 0.995F) return pixel.color;
    return mix(ground, pixel.color, std::max(kFaintest, pixel.filled));
  }
  std::size_t width() const { return pixels_.size(); }

 private:
  struct Pixel {
    float filled = 0, lead = 0;
    Rgba color = 0;
    bool end = false;
  };
  // A vote in one pass: a colour that fills more than all others together wins.
  void fill(Pixel& pixel, float part, Rgba color) const {
    part *= weight_;
    pixel.filled += part;
    if (pixel.color == color) {
      pixel.lead += part;
    } else if (part > pixel.lead) {
      pixel.lead = part - pixel.lead;
      pixel.color = color;
    } else {
      pixel.lead -= part;
    }
  }

  double from_, per_cycle_;
  float weight_;
  std::vector<Pixel> pixels_;
};

struct Canvas {
  const Timeline& timeline;
  const GanttIndex& index;
  const GanttRows& rows;
  const GanttPart& part;
  const GanttInk& ink;
  std::span<Rgba> pixels;

  // [top, bottom) of the content, in so far as it is seen.
  template <class ColorOf>
  void put(int top, int bottom, const ColorOf& color_of) const {
    const int first = std::max(0, top - part.top), last = std::min(part.height, bottom - part.top);
    for (int y = first; y < last; ++y) {
      const auto row = pixels.subspan(static_cast<std::size_t>(y) * static_cast<std::size_t>(part.width),
                                      static_cast<std::size_t>(part.width));
      color_of(row, y + part.top);
    }
  }
  bool seen(int top, int bottom) const { return bottom > part.top && top < part.top + part.height; }

  // Blocks of a slot that reach into the part.
  template <class Use>
  void each(std::uint32_t sm, std::uint32_t slot, const Use& use) const {
    const auto blocks = index.of(sm, slot);
    auto it = std::partition_point(blocks.begin(), blocks.end(), [&](std::uint32_t i) {
      return static_cast<double>(timeline.blocks[i].end) <= part.from;
    });
    for (; it != blocks.end() && static_cast<double>(timeline.blocks[*it].start) < part.to; ++it) use(*it);
  }
};

void draw_merged(const Canvas& c, std::uint32_t sm, RowPainter& painter) {
  painter.clear();
  for (std::uint32_t slot = 0; slot < c.rows.slots; ++slot) {
    c.each(sm, slot, [&](std::uint32_t i) {
      const BlockSpan& block = c.timeline.blocks[i];
      painter.add(block.start, block.end, c.ink.blocks[i], false);
    });
  }
  const int top = c.rows.tops[sm];
  std::vector<Rgba> line(painter.width());
  for (std::size_t x = 0; x < line.size(); ++x) line[x] = painter.color(x, c.ink.ground);
  c.put(top, top + c.rows.heights[sm],
        [&](std::span<Rgba> row, int) { std::copy(line.begin(), line.end(), row.begin()); });
}

void draw_slot(const Canvas& c, std::uint32_t sm, std::uint32_t slot, RowPainter& painter) {
  painter.clear();
  c.each(sm, slot, [&](std::uint32_t i) {
    const BlockSpan& block = c.timeline.blocks[i];
    painter.add(block.start, block.end, c.ink.blocks[i], true);
  });
  const int top = c.rows.slot_top(sm, slot), bottom = c.rows.slot_top(sm, slot + 1);
  std::vector<Rgba> line(painter.width());
  for (std::size_t x = 0; x < line.size(); ++x) line[x] = painter.color(x, c.ink.ground);
  c.put(top, bottom, [&](std::span<Rgba> row, int y) {
    if (y + 1 < bottom || bottom - top < 2) {
      std::copy(line.begin(), line.end(), row.begin());
    } else {
      std::transform(line.begin(), line.end(), row.begin(),
                     [&](Rgba color) { return mix(color, c.ink.ground, kLowerRow); });
    }
  });
}

// Every warp has a row of its own: from its start to its end.
void draw_warps(const Canvas& c, std::uint32_t sm, std::uint32_t slot, RowPainter& painter) {
  const std::uint32_t warps = c.timeline.warps_per_block;
  const int top = c.rows.slot_top(sm, slot), height = c.rows.slot_top(sm, slot + 1) - top - 1;
  for (std::uint32_t warp = 0; warp < warps; ++warp) {
    painter.clear();
    c.each(sm, slot, [&](std::uint32_t i) {
      const std::size_t at = std::size_t{i} * warps + warp;
      if (at >= c.timeline.warps.size()) return;
      painter.add(c.timeline.warps[at].start, c.timeline.warps[at].end, c.ink.blocks[i], true);
    });
    const int first = top + height * static_cast<int>(warp) / static_cast<int>(warps);
    const int last = top + height * static_cast<int>(warp + 1) / static_cast<int>(warps) - 1;
    c.put(first, last, [&](std::span<Rgba> row, int) {
      for (std::size_t x = 0; x < row.size(); ++x) row[x] = painter.color(x, c.ink.ground);
    });
  }
}

}  // namespace

void draw_gantt(const Timeline& timeline, const GanttIndex& index, const GanttRows& rows, const GanttPart& part,
                const GanttInk& ink, std::span<Rgba> pixels) {
  std::fill(pixels.begin(), pixels.end(), ink.ground);
  if (part.width <= 0 || part.height <= 0) return;
  const Canvas c{timeline, index, rows, part, ink, pixels};
  RowPainter painter(part, rows.merged ? 1.0 / rows.slots : 1.0);
  const bool warps = shows_warps(rows, timeline.warps_per_block) && !timeline.warps.empty();
  for (std::uint32_t sm = 0; sm < rows.tops.size(); ++sm) {
    if (!c.seen(rows.tops[sm], rows.tops[sm] + rows.heights[sm])) continue;
    if (rows.merged) {
      draw_merged(c, sm, painter);
      continue;
    }
    for (std::uint32_t slot = 0; slot < rows.slots; ++slot) {
      if (!c.seen(rows.slot_top(sm, slot), rows.slot_top(sm, slot + 1))) continue;
      warps ? draw_warps(c, sm, slot, painter) : draw_slot(c, sm, slot, painter);
    }
  }
  for (const int top : rows.gpc_tops) {
    c.put(top, top + rows.gpc_gap, [&](std::span<Rgba> row, int) { std::fill(row.begin(), row.end(), ink.divider); });
  }
}

// ---- Resident warps

std::vector<ResidentColumn> resident_columns(const Timeline& timeline, double from, double to, int columns) {
  std::vector<ResidentColumn> out(static_cast<std::size_t>(std::max(0, columns)));
  if (timeline.interval == 0 || !(to > from)) return out;
  const double per_column = (to - from) / columns, length = static_cast<double>(timeline.interval);
  const auto end = static_cast<double>(timeline.cycles);
  for (std::size_t x = 0; x < out.size(); ++x) {
    const double left = std::max(0.0, from + per_column * static_cast<double>(x));
    const double right = std::min(end, from + per_column * static_cast<double>(x + 1));
    ResidentColumn& column = out[x];
    double sum = 0, covered = 0;
    for (auto i = static_cast<std::size_t>(left / length); right > left && i < timeline.intervals.size(); ++i) {
      const double begin = static_cast<double>(i) * length;
      if (begin >= right) break;
      const double part = std::min(right, begin + length) - std::max(left, begin);
      if (part <= 0) continue;
      const auto warps = static_cast<float>(timeline.intervals[i].resident_warps);
      column.low = column.any ? std::min(column.low, warps) : warps;
      column.high = column.any ? std::max(column.high, warps) : warps;
      column.any = true;
      sum += part * static_cast<double>(warps);
      covered += part;
    }
    if (column.any) column.mean = static_cast<float>(sum / covered);
  }
  return out;
}

void draw_resident(std::span<const ResidentColumn> columns, float top, int height, Rgba area, Rgba line,
                   std::span<Rgba> pixels) {
  std::fill(pixels.begin(), pixels.end(), 0);
  if (columns.empty() || height <= 0 || !(top > 0)) return;
  const auto y_of = [&](float warps) {
    return std::clamp(static_cast<int>(std::round((1 - warps / top) * static_cast<float>(height - 1))), 0, height - 1);
  };
  int before = -1;
  for (std::size_t x = 0; x < columns.size(); ++x) {
    if (!columns[x].any) {
      before = -1;
      continue;
    }
    int high = y_of(columns[x].high), low = y_of(columns[x].low);
    const int mean = y_of(columns[x].mean);
    if (before >= 0) {  // joined to its neighbour
      high = std::min(high, before);
      low = std::max(low, before);
    }
    before = mean;
    for (int y = 0; y < height; ++y) {
      Rgba& pixel = pixels[static_cast<std::size_t>(y) * columns.size() + x];
      if (y >= high && y <= low) {
        pixel = line;
      } else if (y > mean) {
        pixel = area;
      }
    }
  }
}

}  // namespace warpscope::scene

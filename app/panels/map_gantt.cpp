#include "app/panels/map_gantt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using timing::Timeline;

constexpr float kTickEvery = 76;   // logical pixels a label of the axis needs
constexpr float kLabelEvery = 15;  // of the SMs
constexpr int kTile = 1024;        // pixels of a picture of the atlas
constexpr double kMostPixels = 1.6e6;

// ---- Pictures

// Through the atlas in tiles; of very large charts every second pixel.
void draw_picture(const GanttFrame& g, const char* name, std::span<const scene::Rgba> pixels, int width, int height,
                  Rect where) {
  if (width <= 0 || height <= 0) return;
  int step = 1;
  while (static_cast<double>(width / step) * (height / step) > kMostPixels) ++step;
  for (int left = 0; left < width; left += kTile * step) {
    const int columns = (std::min(kTile * step, width - left) + step - 1) / step, rows = (height + step - 1) / step;
    const std::string key =
        fmt::format("map {} {} {}", name, g.side == MapSide::kNewest ? 0 : 1, left / (kTile * step));
    g.f.images.draw(*ImGui::GetWindowDrawList(), key, g.state.version, columns, rows,
                    [&](std::span<scene::Rgba> out) {
                      for (int y = 0; y < rows; ++y) {
                        for (int x = 0; x < columns; ++x) {
                          out[static_cast<std::size_t>(y * columns + x)] =
                              pixels[static_cast<std::size_t>(y * step) * static_cast<std::size_t>(width) +
                                     static_cast<std::size_t>(left + x * step)];
                        }
                      }
                    },
                    {where.x + static_cast<float>(left), where.y, static_cast<float>(columns * step),
                     static_cast<float>(rows * step)});
  }
}

void draw_rows(const GanttFrame& g) {
  const Clip clip(g.places.rows);
  const scene::GanttPart& part = g.state.key.part;
  draw_picture(g, "gantt", g.state.picture, part.width, part.height, g.places.rows);
}

// What has not happened yet is darker.
void dim_future(const GanttFrame& g, float cursor) {
  const Rect& rows = g.places.rows;
  const float from = std::clamp(cursor, rows.x, rows.right());
  const float height = std::min(rows.h, static_cast<float>(g.state.rows.content));
  fill(g.f, {from, rows.y, rows.right() - from, height},
       scene::with_alpha(g.f.colors.stage, g.f.ui.dark ? 0.4F : 0.45F));
}

// ---- Marks

Rect mark_rect(const GanttFrame& g, const timing::BlockSpan& block) {
  Rect r = scene::gantt_block_rect(block, g.state.rows, g.state.key.part);
  r.x = std::round(r.x + g.places.rows.x);
  r.y += g.places.rows.y;
  r.w = std::max(g.f.px(2), std::round(r.w));
  return r;
}

void draw_marks(const GanttFrame& g) {
  const MapPanels& map = g.f.ui.map;
  const Timeline& timeline = *g.run.timeline;
  const Clip clip(g.places.rows.inset(-g.f.px(3)));
  const auto mark = [&](const std::optional<MapSpot>& spot, void (*draw)(const Frame&, Rect)) {
    if (!spot || spot->block >= timeline.block_at.size()) return;
    const std::uint32_t index = timeline.block_at[static_cast<std::size_t>(spot->block)];
    if (index < timeline.blocks.size()) draw(g.f, mark_rect(g, timeline.blocks[index]));
  };
  mark(map.pinned, mark_selected);
  mark(map.hovered ? map.hovered : map.before, mark_hovered);
}

// ---- Header and tail

std::string count_word(std::uint32_t n) {
  constexpr std::array kWords{"no",    "one",   "two",  "three", "four",   "five",  "six",
                              "seven", "eight", "nine", "ten",   "eleven", "twelve"};
  return n < kWords.size() ? kWords[n] : std::to_string(n);
}

// As much of it as there is room for.
std::string caption_of(const GanttFrame& g, float room) {
  const std::uint32_t slots = g.state.rows.slots;
  const std::string many = slots == 1 ? "" : "s";
  const std::array<std::string, 3> captions =
      g.state.rows.merged
          ? std::array<std::string, 3>{fmt::format("one row an SM, the brighter the more of its {} slots are filled, "
                                                   "time to the right",
                                                   slots),
                                       fmt::format("one row an SM, bright: all its {} slots are filled", slots),
                                       "one row an SM"}
          : std::array<std::string, 3>{
                fmt::format("one row an SM, {} slot{} in a row, time to the right", count_word(slots), many),
                fmt::format("one row an SM, {} slot{} in a row", count_word(slots), many), "one row an SM"};
  const auto fits = std::find_if(captions.begin(), captions.end(), [&](const std::string& caption) {
    return text_width(g.f, Type::kCaption, caption) <= room;
  });
  return fits == captions.end() ? std::string() : *fits;
}

void draw_bracket(const GanttFrame& g, float from, float to) {
  const Frame& f = g.f;
  const Rect& band = g.places.bracket;
  const float left = std::clamp(from, band.x, band.right()), right = std::clamp(to, band.x, band.right());
  const float y = std::round(band.centre().y), up = f.px(3);
  if (right <= left) return;
  line(f, {left, y}, {right, y}, f.colors.warning, f.px(1));
  if (from >= band.x) line(f, {left, y - up}, {left, y + up + f.px(1)}, f.colors.warning, f.px(1));
  if (to <= band.right())
    line(f, {right - f.px(1), y - up}, {right - f.px(1), y + up + f.px(1)}, f.colors.warning, f.px(1));
}

void draw_header(const GanttFrame& g) {
  const Frame& f = g.f;
  const Rect& header = g.places.header;
  std::string words = g.run.complete ? scene::tail_text(g.state.tail) : "stopped: what there was until then";
  const std::string title =
      map_side_by_side(f) ? g.run.plan->gpu.name + ", " + g.run.plan->kernel : "Every block on every SM";
  const float after_title = std::min(header.w, text_width(f, Type::kTitle, title)) + f.px(16);
  if (header.w - after_title < text_width(f, Type::kCaption, words))
    words.resize(std::min(words.size(), words.find(',')));
  const float width = words.empty() ? 0 : text_width(f, Type::kCaption, words);
  const float end = g.x.place(static_cast<double>(g.run.timeline->cycles));
  const float right =
      std::max(std::clamp(end, header.x, header.right()), std::min(header.right(), header.x + after_title + width));
  const float room = right - width - f.px(16) - header.x;
  panel_title(f, {header.x, header.y}, title, caption_of(g, room - after_title), std::max(room, after_title));
  if (!words.empty()) text(f, {right, header.y + f.px(1)}, Type::kCaption, f.colors.warning, words, Align::kRight);
  if (g.state.tail.share > 0) draw_bracket(g, g.x.place(static_cast<double>(g.run.timeline->tail)), end);
}

// ---- Labels

void draw_sm_labels(const GanttFrame& g) {
  const Frame& f = g.f;
  const Clip clip({g.places.labels.x, g.places.rows.y - f.px(6), g.places.labels.w, g.places.rows.h + f.px(12)});
  const scene::GanttRows& rows = g.state.rows;
  const float high = line_height(f, Type::kTick), right = g.places.rows.x - f.px(8);
  const auto middle = [&](int sm) {
    return g.places.rows.y + static_cast<float>(rows.tops[static_cast<std::size_t>(sm)]) - g.state.scroll +
           rows.pitch / 2;
  };
  const auto seen = [&](float y) { return y >= g.places.rows.y && y <= g.places.rows.bottom(); };
  int step = 1;
  while (static_cast<float>(step) * rows.pitch < f.px(kLabelEvery)) step *= 2;
  const int looked_at = static_cast<int>(f.ui.map.sm);
  const float accent_y = looked_at < rows.sms() ? middle(looked_at) : -1e6F;
  bool first = true;
  for (int sm = 0; sm < rows.sms(); sm += step) {
    const float y = middle(sm);
    if (!seen(y)) continue;
    const float left = right - text_width(f, Type::kTick, std::to_string(sm));
    if (std::abs(y - accent_y) >= high * 0.8F) {
      text(f, {right, std::round(y - high / 2)}, Type::kTick, f.colors.text3, std::to_string(sm), Align::kRight);
    }
    if (first) text(f, {left - f.px(4), std::round(y - high / 2)}, Type::kTick, f.colors.text3, "SM", Align::kRight);
    first = false;
  }
  if (!seen(accent_y)) return;
  text(f, {right, std::round(accent_y - high / 2)}, Type::kTick, f.colors.accent, std::to_string(looked_at),
       Align::kRight);
  fill(f, {g.places.rows.x - f.px(5), std::round(accent_y - rows.pitch / 2), f.px(3), std::max(f.px(2), rows.pitch)},
       f.colors.accent);
}

// ---- Strip and axis

int schedulers_of(const GanttFrame& g) {
  const gpu::SmLimits* const limits = g.run.plan->limits;
  return limits == nullptr ? 4 : limits->sub_partitions;
}

// From nothing at the foot of the strip to all slots at its dashed line.
void draw_issue_slots(const GanttFrame& g, float full_y) {
  const Frame& f = g.f;
  const Rect& strip = g.places.strip;
  constexpr float kStep = 2;
  std::vector<ImVec2> points;
  for (float x = strip.x; x < strip.right(); x += kStep) {
    const double from = g.x.value_at(x), to = g.x.value_at(x + kStep);
    if (from < 0 || from >= static_cast<double>(g.run.timeline->cycles)) continue;
    const double used = scene::issue_slots_used(*g.run.timeline, from, to, schedulers_of(g));
    points.push_back({x, strip.bottom() - static_cast<float>(used) * (strip.bottom() - full_y)});
  }
  ImGui::GetWindowDrawList()->AddPolyline(points.data(), static_cast<int>(points.size()), f.colors.validation, 0,
                                          f.px(1.5F));
}

void draw_strip(const GanttFrame& g) {
  const Frame& f = g.f;
  const Rect& strip = g.places.strip;
  const int warps = std::max(1, g.run.timeline->occupancy.warps);
  draw_picture(g, "strip", g.state.strip, g.state.key.part.width, g.state.key.strip_height, strip);
  const float y = std::round(strip.y + strip.h * (1 - 1 / 1.12F));
  for (float x = strip.x; x < strip.right(); x += f.px(7))
    fill(f, {x, y, std::min(f.px(4), strip.right() - x), f.px(1)}, f.colors.text3);
  line(f, {strip.x, strip.bottom()}, {strip.right(), strip.bottom()}, f.colors.strong, f.px(1));
  const float high = line_height(f, Type::kTick);
  text(f, {strip.x - f.px(8), std::round(y - high / 2)}, Type::kTick, f.colors.text3, std::to_string(warps),
       Align::kRight);
  if (strip.bottom() - high / 2 > y + high)
    text(f, {strip.x - f.px(8), std::round(strip.bottom() - high / 2)}, Type::kTick, f.colors.text3, "0",
         Align::kRight);
  const bool modelled = g.run.timeline->origin == Timeline::Origin::kModelled;
  if (modelled) draw_issue_slots(g, y);
  std::string words = fmt::format("mean warps on an SM, dashed: theoretical {}", warps);
  if (modelled) words = fmt::format("mean warps on an SM; orange: issue slots used; dashed: all {}, all slots", warps);
  if (strip.h < f.px(24)) words = modelled ? "warps; orange: issue slots" : "warps";  // there the lines are what counts
  const float line_y = std::round(strip.y + (strip.h - line_height(f, Type::kMicro)) / 2 + f.px(3));
  const float words_wide = std::min(text_width(f, Type::kMicro, words), strip.w - f.px(24));
  fill(f, {strip.x + f.px(8), line_y, words_wide + f.px(8), line_height(f, Type::kMicro)},
       scene::with_alpha(f.colors.stage, 0.85F), f.px(3));
  text(f, {strip.x + f.px(12), line_y}, Type::kMicro, f.colors.text, words, Align::kLeft, strip.w - f.px(24));
}

void draw_axis(const GanttFrame& g) {
  const Frame& f = g.f;
  const Rect& axis = g.places.axis;
  std::string unit = "cycles";
  const int most = std::max(2, static_cast<int>(axis.w / f.px(kTickEvery)));
  const auto ticks = g.in_time ? scene::second_ticks(g.shown, g.run.timeline->ticks_per_second, most, unit)
                               : scene::cycle_ticks(g.shown, most);
  const float y = axis.y + f.px(3), unit_width = text_width(f, Type::kCaption, unit);
  for (const scene::Tick& tick : ticks) {
    const float x = g.x.place(tick.value), width = text_width(f, Type::kTick, tick.text);
    fill(f, {std::round(x), axis.y, f.px(1), f.px(3)}, f.colors.strong);
    if (x + width / 2 > axis.right() - unit_width - f.px(8)) continue;
    text(f, {std::max(x, axis.x - f.px(10) + width / 2), y}, Type::kTick, f.colors.text3, tick.text, Align::kCentre);
  }
  text(f, {axis.right(), y - f.px(1)}, Type::kCaption, f.colors.text3, unit, Align::kRight);
}

void draw_cursor(const GanttFrame& g, float x) {
  const Frame& f = g.f;
  if (x < g.places.rows.x - 1 || x > g.places.rows.right() + 1) return;
  const float left = std::round(x - f.px(1)), top = g.places.bracket.y + f.px(2);
  fill(f, {left, top, f.px(2), g.places.axis.y - top}, f.colors.accent);
  const float half = f.px(6), middle = left + f.px(1);
  ImGui::GetWindowDrawList()->AddTriangleFilled({middle - half, top}, {middle + half, top}, {middle, top + half * 1.3F},
                                                f.colors.accent);
}

// Where more SMs are than fit.
void draw_scroll_bar(const GanttFrame& g) {
  const auto content = static_cast<float>(g.state.rows.content);
  const Rect& rows = g.places.rows;
  if (content <= rows.h) return;
  const float width = g.f.px(6);
  const Rect track{rows.right() + g.f.px(4), rows.y, width, rows.h};
  const float length = std::max(g.f.px(16), rows.h * rows.h / content);
  const float room = content - rows.h;
  const Rect thumb{track.x, track.y + (track.h - length) * g.state.scroll / room, width, length};
  const AreaState pointer = area(g.f, gantt_name(g.side, "Gantt scroll bar"), track);
  fill(g.f, track, g.f.colors.raised, width / 2);
  fill(g.f, thumb, pointer.hovered || pointer.held ? g.f.colors.text3 : g.f.colors.strong, width / 2);
  if (pointer.hovered && ImGui::GetIO().MouseWheel != 0) g.state.scroll -= ImGui::GetIO().MouseWheel * g.f.px(40);
  if (!pointer.held) return;
  g.state.scroll = (pointer.mouse.y - track.y - length / 2) / std::max(1.0F, track.h - length) * room;
  g.f.ui.wake_in(0);
}

// While time plays a zoomed chart turns the page with it.
void keep_cursor_in_view(const Frame& f, const GanttFrame& g) {
  MapGantt& view = f.ui.map.gantt[0];
  const MapClock& clock = f.ui.map.clock;
  if (g.side != MapSide::kNewest || !clock.playing || clock.held || view.to <= view.from) return;
  if (g.shown.contains(clock.cycle)) return;
  const scene::Range moved = scene::panned(g.shown, g.whole, clock.cycle - g.shown.low - 0.05 * g.shown.size());
  view.from = moved.low;
  view.to = moved.high;
}

}  // namespace

void draw_map_gantt(const Frame& f, Rect r, MapSide side) {
  const Clip clip(r);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  if (side == MapSide::kNewest && map_side_by_side(f)) line(f, {r.x, r.y}, {r.x, r.bottom()}, f.colors.hair, f.px(1));
  const session::MapRun* const run = map_run(f, side);
  if (run == nullptr) return;
  keep_cursor_in_view(f, gantt_frame(f, *run, r, side));
  const GanttFrame before = gantt_frame(f, *run, r, side);
  refresh_gantt(before);
  follow_gantt_pointer(before);
  const GanttFrame g = gantt_frame(f, *run, r, side);
  refresh_gantt(g);
  const float cursor = g.x.place(map_cycle(f, side));
  draw_header(g);
  draw_rows(g);
  dim_future(g, cursor);
  draw_sm_labels(g);
  draw_strip(g);
  draw_axis(g);
  draw_cursor(g, cursor);
  draw_marks(g);
  draw_scroll_bar(g);
  if (run->timeline->blocks.empty()) {
    text(f, {g.places.rows.centre().x, g.places.rows.centre().y}, Type::kSmall, f.colors.text2,
         run->fault.empty() ? "No block has ended yet." : "The kernel faulted before a block ended.", Align::kCentre);
  }
}

}  // namespace warpscope::panels

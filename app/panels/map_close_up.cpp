// One SM, cycle by cycle: what its schedulers picked, and why the other warps waited.
#include "app/panels/map_close_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/map_chip.h"
#include "app/panels/map_close_up_rows.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MapJob;
using session::MapRun;
using timing::Timeline;

constexpr int kFewestCycles = 20, kMostCycles = 2000;

// Where the parts are.
struct Places {
  Rect header, parts, gauges, footnote;
  int across = 2;         // sub-partitions beside each other
  int gauges_across = 2;  // gauges beside each other
};

Places place(const Frame& f, Rect r, int sub_partitions) {
  Places out;
  const bool wide = r.w > 2.2F * r.h;
  const float pad = f.px(wide ? 12 : 16);
  out.across = wide ? sub_partitions : 2;
  out.gauges_across = wide ? 4 : 2;
  out.header = {r.x, r.y, r.w, f.px(wide ? 30 : 38)};
  const float line = line_height(f, Type::kCaption);
  out.footnote = {r.x + pad, r.bottom() - f.px(wide ? 4 : 6) - line, r.w - 2 * pad, line};
  const float gauge = line + f.px(8);
  const float gauges = wide ? gauge : 2 * gauge + f.px(4);
  out.gauges = {r.x + pad, out.footnote.y - f.px(wide ? 2 : 6) - gauges, r.w - 2 * pad, gauges};
  out.parts = {r.x + pad, out.header.bottom(), r.w - 2 * pad, out.gauges.y - f.px(wide ? 4 : 8) - out.header.bottom()};
  return out;
}

Rect part_rect(const Frame& f, const Places& places, int sub_partitions, int part) {
  const int down = (sub_partitions + places.across - 1) / places.across;
  const float gap_x = f.px(16), gap_y = f.px(8);
  const auto across = static_cast<float>(places.across), rows = static_cast<float>(down);
  const float w = std::floor((places.parts.w - (across - 1) * gap_x) / across);
  const float h = std::floor((places.parts.h - (rows - 1) * gap_y) / rows);
  return {places.parts.x + static_cast<float>(part % places.across) * (w + gap_x),
          places.parts.y + static_cast<float>(part / places.across) * (h + gap_y), w, h};
}

// ---- Header

void draw_header(const Frame& f, const Rect& r, float pad, const CloseUp& sm) {
  const float side = f.px(scene::size::kSmallestTarget);
  const float y = std::round(r.centre().y - line_height(f, Type::kTitle) / 2);
  const std::string caption =
      sm.schedule != nullptr ? fmt::format("{} schedulers, each issues at most one warp a cycle", sm.sub_partitions)
                             : std::string(sm.traced() ? "a row is a warp slot, from a warp's start to its end" : "");
  panel_title(f, {r.x + pad, y}, fmt::format("SM {}", sm.sm), caption, r.w - 3 * pad - side);
  const Rect close{r.right() - pad - side + f.px(4), std::round(r.centre().y - side / 2), side, side};
  if (button(f, "Close the SM", close,
             {.icon = Icon::kClose, .tip = "Close the SM: the chip alone", .label_hidden = true, .ghost = true})) {
    f.ui.map.sm_open = false;
  }
}

// ---- What the SM has given out

struct Gauge {
  std::string name, value, tip_text;
  double share = 0;
};

std::string kib(double bytes) {
  return fmt::format("{:g}", std::round(bytes / 1024 * 10) / 10);
}

std::array<Gauge, 4> gauges_of(const CloseUp& sm, int blocks) {
  const Timeline& t = *sm.run.timeline;
  const gpu::SmLimits& limits = *sm.run.plan->limits;
  const auto share = [](double part, double of) { return of > 0 ? part / of : 0; };
  const int warps = blocks * static_cast<int>(t.warps_per_block);
  const int registers = blocks * t.occupancy.registers_per_block;
  const double shared = static_cast<double>(blocks) * t.occupancy.shared_per_block;
  return {Gauge{"Warps", fmt::format("{} of {}", warps, limits.warps),
                "A block needs a place for each of its warps as long as it runs.", share(warps, limits.warps)},
          Gauge{"Registers", fmt::format("{} of {}", with_thousands(registers), with_thousands(limits.registers)),
                fmt::format("A block takes {} registers, from its start to its end.",
                            with_thousands(t.occupancy.registers_per_block)),
                share(registers, limits.registers)},
          Gauge{"Shared memory", fmt::format("{} of {} KiB", kib(shared), kib(t.occupancy.shared_per_sm)),
                fmt::format("A block takes {} KiB, with what the driver keeps for itself.",
                            kib(t.occupancy.shared_per_block)),
                share(shared, t.occupancy.shared_per_sm)},
          Gauge{"Block slots", fmt::format("{} of {}", blocks, limits.blocks),
                fmt::format("An SM of this kind holds {} blocks at most, however small they are.", limits.blocks),
                share(blocks, limits.blocks)}};
}

void draw_gauges(const Frame& f, const Places& places, const CloseUp& sm) {
  const auto gauges = gauges_of(sm, map_slots(f, MapSide::kNewest).resident(sm.sm, sm.now));
  const auto across = static_cast<float>(places.gauges_across);
  const float gap = f.px(16), w = std::floor((places.gauges.w - (across - 1) * gap) / across);
  const float line_h = line_height(f, Type::kCaption), pitch = line_h + f.px(12);
  for (std::size_t i = 0; i < gauges.size(); ++i) {
    const auto column = static_cast<float>(static_cast<int>(i) % places.gauges_across);
    const auto row = static_cast<float>(static_cast<int>(i) / places.gauges_across);
    const Rect r{places.gauges.x + column * (w + gap), places.gauges.y + row * pitch, w, line_h + f.px(6)};
    const Gauge& gauge = gauges[i];
    const float value = text_width(f, Type::kTick, gauge.value);
    const float name = r.w - value - f.px(6);
    const bool whole = text_width(f, Type::kCaption, gauge.name) <= name;
    const std::string_view first = std::string_view(gauge.name).substr(0, gauge.name.find(' '));
    if (name > f.px(20))
      text(f, {r.x, r.y}, Type::kCaption, f.colors.text2, whole ? gauge.name : first, Align::kLeft, name);
    text(f, {r.right(), r.y + std::round((line_h - line_height(f, Type::kTick)) / 2)}, Type::kTick, f.colors.text,
         gauge.value, Align::kRight);
    const Rect bar{r.x, r.y + line_h + f.px(1), r.w, f.px(4)};
    fill(f, bar, f.colors.hover, f.px(2));
    const float part = std::round(bar.w * static_cast<float>(std::clamp(gauge.share, 0.0, 1.0)));
    if (part > 0) fill(f, {bar.x, bar.y, part, bar.h}, f.colors.text2, f.px(2));
    if (hovered(f, r)) tip(f, gauge.tip_text);
  }
}

// ---- Without a schedule

// An SM is asked for once; the session answers with a timeline that has its schedule.
void ask(const Frame& f, const CloseUp& sm) {
  MapCloseUp& state = f.ui.map.close_up;
  if (sm.traced() || (state.asked_sm == sm.sm && state.asked_run == sm.run.id)) return;
  state.asked_sm = sm.sm;
  state.asked_run = sm.run.id;
  f.send_map(session::LookAtSm{sm.sm});
}

void draw_asked(const Frame& f, const Rect& parts, const CloseUp& sm) {
  const MapJob& job = f.map.job;
  const std::string words = fmt::format("Looking closely at SM {} …", sm.sm);
  const float w = std::min(parts.w, text_width(f, Type::kSmall, words) + f.px(32)), h = f.px(48);
  const Rect card{std::round(parts.centre().x - w / 2), std::round(parts.centre().y - h / 2), w, h};
  callout(f, card, false);
  text(f, {card.centre().x, card.y + f.px(8)}, Type::kSmall, f.colors.text, words, Align::kCentre);
  const bool mine = job.kind == MapJob::Kind::kLookingClosely && job.progress.blocks > 0;
  const float done =
      mine ? static_cast<float>(job.progress.blocks_ended) / static_cast<float>(job.progress.blocks) : 0.0F;
  progress_bar(f, {card.x + f.px(16), card.bottom() - f.px(14), card.w - f.px(32), f.px(4)}, done);
}

std::string footnote_of(const Frame& f, const CloseUp& sm) {
  if (sm.traced()) return "traced: when each warp began and ended; cycle by cycle only the model can be looked at";
  if (sm.schedule == nullptr) return "row: warp slot, bar: a warp from its start to its end";
  return fmt::format("row: warp slot, column: cycle, {}: issued, colour: why it waited (below)",
                     f.ui.dark ? "white" : "black");
}

void zoom(const Frame& f, const Rect& parts) {
  const float wheel = ImGui::GetIO().MouseWheel;
  if (wheel == 0 || !hovered(f, parts)) return;
  int& shown = f.ui.map.close_up.cycles_shown;
  const double factor = std::pow(1.25, -static_cast<double>(wheel));
  shown = std::clamp(static_cast<int>(std::lround(shown * factor)), kFewestCycles, kMostCycles);
  f.ui.wake_in(0);
}

}  // namespace

void draw_map_close_up(const Frame& f, Rect r) {
  const MapRun* const run = map_run(f, MapSide::kNewest);
  if (run == nullptr || run->timeline->sms == 0 || r.w <= 0 || r.h <= 0) return;
  const Clip clip(r);
  MapPanels& state = f.ui.map;
  state.sm = std::min(state.sm, run->timeline->sms - 1);
  fill(f, r, f.colors.panel);
  const int sub_partitions = std::max(1, run->plan->limits->sub_partitions);
  const Places places = place(f, r, sub_partitions);
  zoom(f, places.parts);
  const CloseUp sm = close_up_of(f, *run);
  draw_header(f, places.header, places.parts.x - r.x, sm);
  for (int part = 0; part < sm.sub_partitions; ++part)
    draw_sub_partition(f, part_rect(f, places, sm.sub_partitions, part), sm, part);
  if (sm.schedule == nullptr && !sm.traced()) {
    ask(f, sm);
    draw_asked(f, places.parts, sm);
  }
  draw_gauges(f, places, sm);
  text(f, {places.footnote.x, places.footnote.y}, Type::kCaption, f.colors.text3, footnote_of(f, sm), Align::kLeft,
       places.footnote.w);
  line(f, {r.x, r.y}, {r.x, r.bottom()}, f.colors.hair, f.px(1));
  line(f, {r.x, r.bottom() - f.px(1)}, {r.right(), r.bottom() - f.px(1)}, f.colors.hair, f.px(1));
}

}  // namespace warpscope::panels

// What if: three sliders, each under its own occupancy curve.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/explanation_flow.h"
#include "app/panels/keys.h"
#include "app/panels/map_left.h"

namespace warpscope::panels {
namespace {

using gpu::Axis;
using scene::Rect;
using session::MapPlan;
using session::MapSettings;
using session::RegisterOrigin;

constexpr int kWarpStep = 16;  // from one label of the curve to the next

struct SliderLook {
  Axis axis;
  std::string_view label, brief, name, about;  // `name` of the field; the slider is "NAME slider"
};
constexpr SliderLook kSliders[] = {
    {Axis::kBlockThreads, "Threads in a block", "Threads", "Threads", "threads"},
    {Axis::kRegisters, "Registers of a thread", "Registers", "Registers", "registers"},
    {Axis::kShared, "Shared memory of a block", "Shared memory", "Shared KiB", "shared"},
};

// The curve above, the line below, as wide as each other.
struct Place {
  Rect all, curve;
  float track = 0;  // y of the line
};

Place place_of(const LeftColumn& column) {
  const Frame& f = column.f;
  const float high = f.px(column.compact ? 44 : 56), left = f.px(26), knob = f.px(scene::size::kKnob) / 2;
  Place place;
  place.curve = {column.x + left, std::round(column.y + f.px(4)), column.width - left - knob, high};
  place.track = std::round(place.curve.bottom() + f.px(column.compact ? 9 : 11));
  place.all = {place.curve.x - knob, place.curve.y, place.curve.w + 2 * knob, place.track + knob - place.curve.y};
  return place;
}

float y_of(const Place& place, int warps, int most) {
  return std::round(place.curve.bottom() - place.curve.h * static_cast<float>(warps) / static_cast<float>(most));
}
float x_of(const Place& place, const MapAxis& axis, std::uint64_t value) {
  return place.curve.x + place.curve.w * part_of(axis, value);
}

void draw_scale(const Frame& f, const LeftColumn& column, const Place& place, const gpu::SmLimits& limits) {
  // As many labels as have room.
  const float line_high = line_height(f, Type::kTick);
  const float per_step = place.curve.h * kWarpStep / static_cast<float>(limits.warps);
  const int every = per_step < 0.75F * line_high ? 2 * kWarpStep : kWarpStep;
  for (int warps = 0; warps <= limits.warps; warps += every) {
    const float y = y_of(place, warps, limits.warps);
    line(f, {place.curve.x, y}, {place.curve.right(), y}, f.colors.grid, f.px(1));
    text(f, {column.x + f.px(18), y - line_high / 2}, Type::kTick, f.colors.text3, fmt::format("{}", warps),
         Align::kRight);
  }
}

// Steps half way between two points, so that each point lies on its own step.
void draw_curve(const Frame& f, const Place& place, const MapAxis& axis, const gpu::SmLimits& limits) {
  const auto& points = *axis.curve;
  const scene::Rgba ink = axis.fixed ? f.colors.disabled : f.colors.text2;
  const scene::Rgba ground = scene::with_alpha(f.colors.text3, 0.12F);
  const float thin = f.px(1);
  float before = 0;  // y of the step to the left
  for (std::size_t i = 0; i < points.size();) {
    std::size_t next = i + 1;
    while (next < points.size() && points[next].warps == points[i].warps) ++next;
    const auto between = [&](std::size_t at) {
      return std::round((x_of(place, axis, points[at - 1].x) + x_of(place, axis, points[at].x)) / 2);
    };
    const float left = i == 0 ? place.curve.x : between(i);
    const float right = next == points.size() ? place.curve.right() : between(next);
    const float y = y_of(place, points[i].warps, limits.warps);
    fill(f, {left, y, right - left, place.curve.bottom() - y}, ground);
    fill(f, {left, y, right - left, thin}, ink);
    if (i > 0) fill(f, {left, std::min(before, y), thin, std::abs(before - y) + thin}, ink);
    before = y;
    i = next;
  }
}

// The line, its knob, the stem, and the point on the curve: one control.
void draw_knob(const Frame& f, const Place& place, const MapAxis& axis, int warps, int most, const AreaState& pointer,
               bool focused) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float knob = f.px(scene::size::kKnob) / 2, bar = f.px(4);
  const float x = std::round(x_of(place, axis, axis.value)), y = y_of(place, warps, most);
  const scene::Rgba accent = axis.fixed ? f.colors.disabled : f.colors.accent;
  fill(f, {place.curve.x, place.track - bar / 2, place.curve.w, bar}, f.colors.strong, bar / 2);
  // What the kernel needs at least is no part of the choice.
  const float needed = axis.least > axis.low ? x_of(place, axis, axis.least) : place.curve.x;
  fill(f, {needed, place.track - bar / 2, std::max(0.0F, x - needed), bar}, accent, bar / 2);
  line(f, {x, y}, {x, place.track}, accent, f.px(1));
  list.AddCircleFilled({x, y}, f.px(4), f.colors.panel, 24);
  list.AddCircleFilled({x, y}, f.px(3), accent, 24);
  if (!axis.fixed && (pointer.hovered || pointer.held || focused)) {
    list.AddCircle({x, place.track}, knob + f.px(2), f.colors.accent, 32, f.px(focused ? 2 : 1));
  }
  list.AddCircleFilled({x, place.track}, knob - f.px(1), axis.fixed ? f.colors.disabled : f.colors.text, 32);
}

std::string tick_text(const MapAxis& axis, std::uint64_t value) {
  return fmt::format("{}", axis.axis == Axis::kShared ? value / 1024 : value);
}

void draw_ticks(const Frame& f, const Place& place, const MapAxis& axis, float y) {
  constexpr int kParts = 4;
  for (int i = 0; i <= kParts; ++i) {
    // Whole figures where the line has them: 64, 128, 192 registers.
    const std::uint64_t exact = axis.high * static_cast<std::uint64_t>(i) / kParts;
    const std::uint64_t unit = axis.axis == Axis::kRegisters ? 64 : axis.step;
    const std::uint64_t value = i == 0 ? axis.low : i == kParts ? axis.high : (exact + unit / 2) / unit * unit;
    const Align align = i == 0 ? Align::kLeft : i == kParts ? Align::kRight : Align::kCentre;
    const float x = i == 0 ? place.curve.x - f.px(4) : x_of(place, axis, value);
    text(f, {x, y}, Type::kTick, f.colors.text3, tick_text(axis, value), align);
  }
}

// Where the run before stands, if somewhere else.
std::optional<std::pair<std::uint64_t, int>> ring_of(const Frame& f, const MapAxis& axis) {
  const bool current = f.map.run && f.map.plan && is_run_of(*f.map.run, *f.map.plan);
  const session::MapRun* const run = current ? f.map.before.get() : f.map.run.get();
  if (run == nullptr || !run->plan->occupancy) return std::nullopt;
  const MapPlan& plan = *run->plan;
  const std::uint64_t value = axis.axis == Axis::kBlockThreads ? plan.block.count()
                              : axis.axis == Axis::kRegisters
                                  ? static_cast<std::uint64_t>(plan.registers.count)
                                  : plan.static_shared + plan.dynamic_shared + plan.added_shared;
  if (value == axis.value) return std::nullopt;
  return std::pair{value, plan.occupancy->warps};
}

void set_value(const Frame& f, const MapAxis& axis, std::uint64_t value) {
  if (axis.fixed || value == axis.value) return;
  f.ui.map.controls.refused.clear();
  change_map(f, with_axis(axis, map_settings(f), value));
}

std::string axis_tip(const Frame& f, const MapAxis& axis, std::uint64_t at) {
  if (axis.fixed) return axis.note;
  const int warps = warps_at(*axis.curve, at);
  const std::string value = axis.axis == Axis::kBlockThreads ? fmt::format("{} threads", at)
                            : axis.axis == Axis::kRegisters  ? fmt::format("{} registers", at)
                                                            : fmt::format("{:.1f} KiB", static_cast<double>(at) / 1024);
  if (warps == 0) return fmt::format("{}: no block fits", value);
  return fmt::format("{}: {} of {} warps", value, warps, f.map.plan->limits->warps);
}

void put_curve(LeftColumn& column, const SliderLook& look, MapAxis& axis) {
  const Frame& f = column.f;
  const gpu::SmLimits& limits = *f.map.plan->limits;
  const Place place = place_of(column);
  const std::string name = fmt::format("{} slider", look.name);
  const AreaState pointer = area(f, name, place.all);
  keep_in_view(column, name, place.all);
  std::string pending;
  (void)register_widget(f, name, place.all, !axis.fixed, &pending);
  const float part = (pointer.mouse.x - place.curve.x) / std::max(1.0F, place.curve.w);
  const bool focused = f.ui.widgets.focus == name;
  std::uint64_t wanted = axis.value;
  if (pointer.held) wanted = value_at(axis, part);
  if (!pending.empty()) wanted = value_at(axis, part_of(axis, std::strtoull(pending.c_str(), nullptr, 10)));
  if (focused && (raw_key(f, key::kRight) || raw_key(f, key::kUp))) wanted = next_value(axis, 1);
  if (focused && (raw_key(f, key::kLeft) || raw_key(f, key::kDown))) wanted = next_value(axis, -1);
  if (wanted != axis.value) set_value(f, axis, wanted);
  if (!axis.fixed) axis.value = wanted;
  if (pointer.hovered || pointer.held) {
    f.ui.map.about = look.about;
    tip(f, axis_tip(f, axis, pointer.held ? wanted : value_at(axis, part)));
  }
  draw_scale(f, column, place, limits);
  if (!axis.curve->empty()) draw_curve(f, place, axis, limits);
  if (const auto ring = ring_of(f, axis)) {
    ImGui::GetWindowDrawList()->AddCircle(
        {std::round(x_of(place, axis, ring->first)), y_of(place, ring->second, limits.warps)}, f.px(3.5F),
        f.colors.text2, 24, f.px(1.5F));
  }
  // A block that is not a multiple of 32 lies between two points of the curve: its own plan knows better.
  const bool planned = f.map.plan->occupancy && wanted == map_axis(*f.map.plan, f.map.plan->settings, axis.axis).value;
  const int warps = planned ? f.map.plan->occupancy->warps : warps_at(*axis.curve, axis.value);
  draw_knob(f, place, axis, warps, limits.warps, pointer, focused);
  column.y = place.track + f.px(column.compact ? 9 : 11);
  draw_ticks(f, place, axis, column.y);
  column.y += line_height(f, Type::kTick) + f.px(column.compact ? 6 : 10);
}

// ---- The field beside the name

void put_number(const Frame& f, const SliderLook& look, const MapAxis& axis, Rect r) {
  const bool shared = axis.axis == Axis::kShared;
  const double unit = shared ? 1024 : 1;
  const auto rounded = [shared](double value) { return shared ? std::round(10 * value) / 10 : value; };
  const double before = rounded(static_cast<double>(axis.value) / unit);
  double value = before;
  const double low = rounded(static_cast<double>(std::max<std::uint64_t>(axis.least, shared ? 0 : 1)) / unit);
  const double most = rounded(static_cast<double>(axis.high) / unit);
  if (axis.fixed) {
    fill(f, r, f.colors.panel, f.px(scene::size::kRadiusControl));
    stroke(f, r, f.colors.hair, f.px(scene::size::kRadiusControl), f.px(1));
    text(f, {r.x + f.px(10), r.centre().y - line_height(f, Type::kCode) / 2}, Type::kCode, f.colors.disabled,
         fmt::format("{}", axis.value));
    if (hovered(f, r)) tip(f, axis.note);
    f.ui.targets.push_back({std::string(look.name), r, false});
    return;
  }
  const bool changed = number_field(f, look.name, r, value, low, most, shared ? 1 : 0);
  if (shared && !f.ui.widgets.fields[std::string(look.name)].editing) {
    text(f, {r.right() - f.px(8), r.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
         "KiB", Align::kRight);
  }
  if (!changed) return;
  const auto wanted = static_cast<std::uint64_t>(std::llround(value * unit));
  if (axis.axis == Axis::kBlockThreads) {
    std::string& refused = f.ui.map.controls.refused;
    refused = refusal_of_threads(*f.map.plan, static_cast<int>(wanted));
    if (!refused.empty()) return;
  }
  set_value(f, axis,
            wanted == static_cast<std::uint64_t>(std::llround(low * unit)) ? std::max(axis.least, wanted) : wanted);
}

struct OriginLook {
  std::string_view word, tip;
  std::optional<Origin> mark;
};
OriginLook origin_look(RegisterOrigin origin) {
  switch (origin) {
    case RegisterOrigin::kPtxas:
      return {"from ptxas", "NVIDIA's assembler said so, for this architecture.", Origin::kMeasured};
    case RegisterOrigin::kNearest:
      return {"from ptxas, near", "Today's ptxas does not know this GPU: this is for the nearest one that it knows.",
              Origin::kMeasured};
    case RegisterOrigin::kEstimate:
      return {"estimate", "From live ranges: there is no ptxas here to say.", Origin::kEstimated};
    case RegisterOrigin::kChosen:
      return {"chosen", "Chosen here: the kernel's own code takes another number.", std::nullopt};
  }
  return {};
}

// Where the number comes from; and the way back to it.
void put_origin(const Frame& f, const MapAxis& axis, float x, float right, Rect row) {
  const bool own = axis.own == 0 || axis.value == axis.own;
  const float side = f.px(scene::size::kSmallestTarget);
  if (!own && !axis.fixed) {
    const std::string name = fmt::format("{} of the kernel", axis.axis == Axis::kBlockThreads ? "Threads"
                                                             : axis.axis == Axis::kRegisters  ? "Registers"
                                                                                              : "Shared memory");
    const Rect reset{right - side, std::round(row.centre().y - side / 2), side, side};
    const std::string back = axis.axis == Axis::kShared
                                 ? fmt::format("{:.1f} KiB", static_cast<double>(axis.own) / 1024)
                                 : fmt::format("{}", axis.own);
    if (button(f, name, reset,
               {.icon = Icon::kReset,
                .tip = fmt::format("Back to the kernel's own: {}", back),
                .label_hidden = true,
                .ghost = true})) {
      set_value(f, axis, axis.own);
    }
    right = reset.x;
  }
  if (axis.axis != Axis::kRegisters) return;
  const OriginLook look =
      origin_look(own && f.map.plan->registers.origin != RegisterOrigin::kChosen ? f.map.plan->registers.origin
                                                                                 : RegisterOrigin::kChosen);
  const float mark = look.mark ? f.px(12) : 0;
  const float room = right - x - mark;
  if (text_width(f, Type::kCaption, look.word) > room) return;
  if (look.mark) origin_mark(f, {x + f.px(4), std::round(row.centre().y)}, *look.mark);
  const float wide = text(f, {x + mark, row.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption,
                          f.colors.text3, look.word);
  if (hovered(f, {x, row.y, mark + wide, row.h})) tip(f, look.tip);
}

void put_slider(LeftColumn& column, const SliderLook& look) {
  const Frame& f = column.f;
  MapAxis axis = map_axis(*f.map.plan, map_settings(f), look.axis);
  const float top = column.y;
  const Rect row = column.row(f.px(column.compact ? scene::size::kControlSmall : scene::size::kControl));
  const Type type = column.compact ? Type::kCaption : Type::kSmall;
  const float field = f.px(column.compact ? 72 : 84);
  const Rect number{row.right() - field, row.y, field, row.h};
  const float named = text(f, {row.x, row.centre().y - line_height(f, type) / 2}, type,
                           axis.fixed ? f.colors.disabled : f.colors.text, column.compact ? look.brief : look.label);
  keep_in_view(column, look.name, row);
  put_number(f, look, axis, number);
  axis = map_axis(*f.map.plan, map_settings(f), look.axis);
  put_origin(f, axis, row.x + named + f.px(10), number.x - f.px(6), row);
  column.y += row.h;
  put_curve(column, look, axis);
  const std::string& refused = f.ui.map.controls.refused;
  if (look.axis == Axis::kBlockThreads && axis.fixed) put_note(column, axis.note, f.colors.text3);
  if (look.axis == Axis::kBlockThreads && !axis.fixed && !refused.empty()) put_note(column, refused, f.colors.warning);
  speak_of_map(f, {column.panel.x, top, column.panel.w, column.y - top}, look.about);
}

// ---- More: what changes the run, not how much fits

const std::vector<std::string>& policy_words() {
  static const std::vector<std::string> words{"Greedy then oldest", "Round robin"};
  return words;
}

void put_policy(LeftColumn& column) {
  const Frame& f = column.f;
  const Rect r = map_labelled(column, "Scheduler");
  keep_in_view(column, "Scheduler", r);
  MapSettings settings = map_settings(f);
  int selected = static_cast<int>(settings.policy);
  if (combo(f, "Scheduler", r, policy_words(), selected)) {
    settings.policy = static_cast<timing::WarpPolicy>(selected);
    change_map(f, std::move(settings));
  }
  if (hovered(f, r) && f.ui.widgets.open_popup != "Scheduler") {
    tip(f,
        "Which of its ready warps a sub-partition issues: the last one again while it can, else the oldest;\n"
        "or each in turn.");
  }
  speak_of_map(f, r, "sm");
}

void put_carveout(LeftColumn& column) {
  const Frame& f = column.f;
  const Rect r = map_labelled(column, "Carve-out");
  keep_in_view(column, "Carve-out", r);
  MapSettings settings = map_settings(f);
  std::vector<int> percents{-1, 0, 25, 50, 75, 100};
  if (std::ranges::find(percents, settings.carveout_percent) == percents.end()) {
    percents.push_back(settings.carveout_percent);
  }
  std::vector<std::string> items;
  for (const int percent : percents) items.push_back(percent < 0 ? "Largest" : fmt::format("{} % shared", percent));
  int selected = static_cast<int>(std::ranges::find(percents, settings.carveout_percent) - percents.begin());
  if (combo(f, "Carve-out", r, items, selected)) {
    settings.carveout_percent = percents[static_cast<std::size_t>(selected)];
    change_map(f, std::move(settings));
  }
  if (hovered(f, r) && f.ui.widgets.open_popup != "Carve-out") {
    tip(f, "How much of an SM's memory is shared memory; the rest is L1 cache.");
  }
  speak_of_map(f, r, "shared");
}

void put_caches(LeftColumn& column) {
  const Frame& f = column.f;
  const Rect r = map_labelled(column, "Caches");
  keep_in_view(column, "Cold caches", r);
  MapSettings settings = map_settings(f);
  bool cold = settings.cold_caches;
  if (toggle(f, "Cold caches", {r.x, std::round(r.centre().y - f.px(8))}, cold)) {
    settings.cold_caches = cold;
    change_map(f, std::move(settings));
  }
  text(f, {r.x + f.px(36), r.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2,
       cold ? "cold: empty at first" : "warm: L2 is filled", Align::kLeft, r.w - f.px(36));
  speak_of_map(f, r, "memory");
}

}  // namespace

void put_map_sliders(LeftColumn& column) {
  const Frame& f = column.f;
  put_section(column, "What if?", column.compact ? "what fits on one SM" : "blocks and warps that fit on one SM");
  if (!f.map.plan || f.map.plan->limits == nullptr) return;
  for (const SliderLook& look : kSliders) put_slider(column, look);
}

void put_map_more(LeftColumn& column) {
  const Frame& f = column.f;
  bool& open = f.ui.map.controls.more_open;
  const Rect row = column.row(f.px(scene::size::kControl));
  const float side = f.px(scene::size::kSmallestTarget);
  const Type type = column.compact ? Type::kCaption : Type::kSmall;
  keep_in_view(column, "More", row);
  const AreaState pointer = area(f, "More", {row.x, row.y, row.w, row.h});
  const bool by_key = register_widget(f, "More", row, true);
  const scene::Rgba ink = pointer.hovered ? f.colors.text : f.colors.text2;
  const scene::Vec2 mark{row.x + f.px(6), std::round(row.centre().y)};
  if (open) {
    icon(f, Icon::kChevronDown, mark, f.px(14), ink);
  } else {
    line(f, {mark.x - f.px(2), mark.y - f.px(3)}, {mark.x + f.px(2), mark.y}, ink, f.px(1));
    line(f, {mark.x + f.px(2), mark.y}, {mark.x - f.px(2), mark.y + f.px(3)}, ink, f.px(1));
  }
  text(f, {row.x + side - f.px(4), row.centre().y - line_height(f, type) / 2}, type, ink,
       column.compact ? "More: scheduler, caches" : "More: scheduler, carve-out, caches", Align::kLeft, row.w - side);
  if (f.ui.widgets.focus == "More") focus_ring(f, row, f.px(scene::size::kRadiusControl));
  column.y += row.h + f.px(4);
  if (pointer.clicked || by_key) open = !open;
  if (!open) return;
  put_policy(column);
  put_carveout(column);
  put_caches(column);
}

}  // namespace warpscope::panels

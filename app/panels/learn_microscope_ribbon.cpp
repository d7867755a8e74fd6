#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/panels/learn_microscope.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MicroscopeLaunch;
using session::MicroscopeView;
using training::LaunchPhase;

// Where each launch lies: as wide as it took long, but wide enough to be hit.
std::vector<Rect> place_launches(const Frame& f, const MicroscopeView& view, Rect bar) {
  const float least = f.px(6), gap = f.px(1);
  double all = 0;
  for (const MicroscopeLaunch& launch : view.launches) all += launch.seconds;
  const auto count = static_cast<float>(view.launches.size());
  const float room = std::max(0.0F, bar.w - count * (least + gap));
  std::vector<Rect> places;
  float x = bar.x;
  for (const MicroscopeLaunch& launch : view.launches) {
    const float share = all > 0 ? static_cast<float>(launch.seconds / all) : 1 / count;
    const float width = least + room * share;
    places.push_back({std::round(x), bar.y, std::max(f.px(2), std::round(x + width) - std::round(x)), bar.h});
    x += width + gap;
  }
  return places;
}

// The launches one after the other belong to one phase: its name over them, its time beside the name.
void draw_phases(const Frame& f, const MicroscopeView& view, const std::vector<Rect>& places, float y) {
  const double times[] = {view.phases.gather, view.phases.forward, view.phases.backward, view.phases.update};
  for (std::size_t i = 0; i < places.size();) {
    const LaunchPhase phase = view.launches[i].phase;
    std::size_t end = i;
    while (end < places.size() && view.launches[end].phase == phase) ++end;
    const float left = places[i].x, right = places[end - 1].right();
    const float middle = std::round(y + line_height(f, Type::kCaption) / 2);
    const std::string_view title = launch_phase_title(phase);
    const std::string time = launch_time_text(times[static_cast<std::size_t>(phase)]);
    const float title_width = text_width(f, Type::kCaption, title);
    if (title_width + f.px(16) < right - left) {
      fill(f, {left, middle - f.px(4), f.px(8), f.px(8)}, launch_phase_colour(phase));
      text(f, {left + f.px(13), y}, Type::kCaption, f.colors.text2, title);
      const float x = left + f.px(13) + title_width + f.px(8);
      if (x + text_width(f, Type::kTick, time) < right) text(f, {x, y}, Type::kTick, f.colors.text3, time);
    } else {
      fill(f, {left, middle - f.px(2), std::max(f.px(3), right - left), f.px(4)}, launch_phase_colour(phase));
    }
    if (hovered(f, {left, y, right - left, line_height(f, Type::kCaption)})) {
      tip(f, fmt::format("{}: {}, {} {}", title, time, end - i, end - i == 1 ? "launch" : "launches"));
    }
    i = end;
  }
}

}  // namespace

void draw_microscope_ribbon(const Frame& f, Rect r) {
  const MicroscopeView& view = *f.view.microscope;
  MicroscopeState& state = f.ui.learn.microscope;
  const float names = line_height(f, Type::kCaption) + f.px(6);
  const Rect bar{r.x, r.y + names, r.w, r.h - names};
  const std::vector<Rect> places = place_launches(f, view, bar);
  draw_phases(f, view, places, r.y);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const MicroscopeLaunch& launch = view.launches[i];
    const scene::Rgba ink = launch_phase_colour(launch.phase);
    const bool chosen = static_cast<int>(i) == state.chosen;
    fill(f, places[i], ink, f.px(scene::size::kRadiusCell));
    const float room = places[i].w - f.px(10);
    if (room > f.px(44)) {
      text(f, {places[i].x + f.px(5), places[i].centre().y - line_height(f, Type::kTick) / 2}, Type::kTick,
           scene::text_on(ink), launch.kernel, Align::kLeft, room);
    }
    const AreaState pointer = area(f, fmt::format("Ribbon {}", i + 1), places[i]);
    if (pointer.hovered) {
      mark_hovered(f, places[i]);
      tip(f, fmt::format("{}. {}\n{}: {}", i + 1, launch.about, launch.kernel, launch_time_text(launch.seconds)));
    }
    if (pointer.clicked) {
      state.chosen = static_cast<int>(i);
      state.reveal = true;
    }
    if (chosen) mark_selected(f, places[i]);
  }
}

}  // namespace warpscope::panels

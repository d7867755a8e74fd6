// The bar above the chip: time, what the colours mean, model or trace, the run itself.
#include "app/panels/map_toolbar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "app/panels/map_left.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MapJob;
using session::MapRun;
using timing::Timeline;

constexpr float kHeight = 28, kNameGap = 8;
constexpr double kSlowest = 10;        // cycles a second
constexpr double kSecondsAtLeast = 1;  // that the whole run takes
constexpr double kSecondsForAll = 10;  // unless a speed was chosen

// What of the bar is shown; the fitting takes away one thing after the other until it fits.
struct Bar {
  float between = 14;
  bool key = true;      // inside Play
  bool names = true;    // "Speed", "Colour by"
  bool seconds = true;  // after the cycles
  bool speed = true;    // the number beside the slider
  bool cycles_word = true;
  float slider = 72;
  bool play_label = true;
  bool run_label = true;
  bool trace_brief = false;
};
using Yield = void (*)(Bar& bar);
constexpr std::array<Yield, 10> kYields{
    [](Bar& bar) { bar.between = 10; },       [](Bar& bar) { bar.key = false; },
    [](Bar& bar) { bar.run_label = false; },  [](Bar& bar) { bar.names = false; },
    [](Bar& bar) { bar.slider = 48; },        [](Bar& bar) { bar.seconds = false; },
    [](Bar& bar) { bar.speed = false; },      [](Bar& bar) { bar.trace_brief = true; },
    [](Bar& bar) { bar.play_label = false; }, [](Bar& bar) { bar.cycles_word = false; },
};

const MapRun* newest(const Frame& f) {
  return map_run(f, MapSide::kNewest);
}
std::string_view unit_of(const MapRun* run) {
  return run != nullptr && run->timeline->origin == Timeline::Origin::kTraced ? "ticks" : "cycles";
}

// ---- Rows of buttons of which one is on

struct Choice {
  std::string_view name, label, tip;
  bool enabled = true;
};

float segment_width(const Frame& f, const Choice& choice) {
  return std::ceil(text_width(f, Type::kLabel, choice.label) + 2 * f.px(9));
}
float row_width(const Frame& f, std::span<const Choice> choices) {
  float width = f.px(1);
  for (const Choice& choice : choices) width += segment_width(f, choice) - f.px(1);
  return width;
}
int draw_row(const Frame& f, scene::Vec2 at, std::span<const Choice> choices, int selected) {
  int chosen = selected;
  Rect lit{};
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Rect r{at.x, at.y, segment_width(f, choices[i]), f.px(kHeight)};
    const bool on = static_cast<int>(i) == selected;
    if (on) lit = r;
    const ButtonLook look{
        .selected = on, .enabled = choices[i].enabled, .tip = choices[i].tip, .label = choices[i].label};
    if (button(f, choices[i].name, r, look)) chosen = static_cast<int>(i);
    if (!choices[i].enabled && hovered(f, r)) f.ui.map.about = "trace";
    at.x += r.w - f.px(1);
  }
  // The border of the next one lies over it otherwise.
  if (lit.w > 0) stroke(f, lit, f.colors.accent, f.px(scene::size::kRadiusControl), f.px(1));
  return chosen;
}

float name_width(const Frame& f, std::string_view name, const Bar& bar) {
  return bar.names ? std::ceil(text_width(f, Type::kSmall, name)) + f.px(kNameGap) : 0;
}
float draw_name(const Frame& f, const Bar& bar, scene::Vec2 at, std::string_view name) {
  if (!bar.names) return at.x;
  text(f, {at.x, std::round(at.y + f.px(kHeight) / 2 - line_height(f, Type::kSmall) / 2)}, Type::kSmall, f.colors.text2,
       name);
  return at.x + name_width(f, name, bar);
}

// ---- The parts, each with its width

struct Part {
  float (*width)(const Frame& f, const Bar& bar);
  void (*draw)(const Frame& f, const Bar& bar, scene::Vec2 at);
};

float beginning_width(const Frame& f, const Bar&) {
  return f.px(kHeight);
}
void draw_beginning(const Frame& f, const Bar&, scene::Vec2 at) {
  const ButtonLook look{
      .icon = Icon::kSkipBack, .enabled = newest(f) != nullptr, .tip = "To the beginning (Home)", .label_hidden = true};
  if (button(f, "To the beginning", {at.x, at.y, f.px(kHeight), f.px(kHeight)}, look)) set_map_cycle(f, 0);
}

ButtonLook play_look(const Frame& f, const Bar& bar) {
  const bool playing = f.ui.map.clock.playing;
  return {.icon = playing ? Icon::kPause : Icon::kPlay,
          .primary = true,
          .enabled = newest(f) != nullptr,
          .key = bar.key ? "Space" : "",
          .tip = playing ? "Stop here (Space)" : "Time goes on: blocks come and go (Space)",
          .label_hidden = !bar.play_label,
          .label = playing ? "Pause" : "Play"};
}
float play_width(const Frame& f, const Bar& bar) {
  ButtonLook other = play_look(f, bar);
  other.label = "Pause";
  return std::max(button_width(f, "Play", play_look(f, bar)), button_width(f, "Play", other));
}
void draw_play(const Frame& f, const Bar& bar, scene::Vec2 at) {
  if (button(f, "Play", {at.x, at.y, play_width(f, bar), f.px(kHeight)}, play_look(f, bar))) toggle_map_play(f);
}

void draw_loop(const Frame& f, const Bar&, scene::Vec2 at) {
  bool& loop = f.ui.map.clock.loop;
  const ButtonLook look{.icon = Icon::kReset,
                        .selected = loop,
                        .tip = loop ? "Begins again at the end (L)" : "Stops at the end (L)",
                        .label_hidden = true};
  if (button(f, "Loop", {at.x, at.y, f.px(kHeight), f.px(kHeight)}, look)) loop = !loop;
}

std::string speed_text(const Frame& f) {
  return fmt::format("{} {}/s", cycles_text(map_speed(f)), unit_of(newest(f)));
}
float speed_width(const Frame& f, const Bar& bar) {
  // As wide as the fastest, so that nothing moves while it changes.
  const MapRun* const run = newest(f);
  const double most = std::max(10 * kSlowest, run != nullptr ? static_cast<double>(run->timeline->cycles) : 0);
  const std::string fastest = fmt::format("{} {}/s", cycles_text(most), unit_of(run));
  const float number = bar.speed ? text_width(f, Type::kNumber, fastest) + f.px(kNameGap) : 0;
  return name_width(f, "Speed", bar) + f.px(bar.slider) + number;
}
void draw_speed(const Frame& f, const Bar& bar, scene::Vec2 at) {
  const float x = draw_name(f, bar, at, "Speed");
  const Rect r{x, at.y, f.px(bar.slider), f.px(kHeight)};
  const MapRun* const run = newest(f);
  const double most =
      std::max(10 * kSlowest, run != nullptr ? static_cast<double>(run->timeline->cycles) / kSecondsAtLeast : 1e6);
  auto value = static_cast<float>(std::log10(std::clamp(map_speed(f), kSlowest, most)));
  if (slider(f, "Speed", r, value, std::log10(static_cast<float>(kSlowest)), static_cast<float>(std::log10(most)))) {
    set_map_speed(f, std::pow(10.0, static_cast<double>(value)));
  }
  if (hovered(f, r)) {
    std::string words = speed_text(f);
    if (run != nullptr) {
      words += fmt::format("\nthe whole run takes {:.1f} s (, and . change it)",
                           static_cast<double>(run->timeline->cycles) / map_speed(f));
    }
    tip(f, words);
  }
  if (!bar.speed) return;
  text(f, {r.right() + f.px(kNameGap), std::round(r.centre().y - line_height(f, Type::kNumber) / 2)}, Type::kNumber,
       f.colors.text2, speed_text(f));
}

// As wide as the end of the run, so that nothing moves while time goes on.
struct Now {
  std::string cycles, end, seconds, last;
};
Now now_of(const Frame& f) {
  const MapRun* const run = newest(f);
  if (run == nullptr) return {"–", "–", "", ""};
  const Timeline& timeline = *run->timeline;
  return {cycles_text(f.ui.map.clock.cycle), cycles_text(static_cast<double>(timeline.cycles)),
          time_text(f.ui.map.clock.cycle / timeline.ticks_per_second), "888.8 µs"};
}
float now_width(const Frame& f, const Bar& bar) {
  const Now now = now_of(f);
  float width = name_width(f, "Now", bar) + text_width(f, Type::kCode, now.end);
  if (bar.cycles_word) width += f.px(5) + text_width(f, Type::kCaption, unit_of(newest(f)));
  if (bar.seconds && !now.last.empty()) width += f.px(10) + text_width(f, Type::kNumber, now.last);
  return std::ceil(width);
}
void draw_now(const Frame& f, const Bar& bar, scene::Vec2 at) {
  const Now now = now_of(f);
  float x = draw_name(f, bar, at, "Now");
  const float middle = at.y + f.px(kHeight) / 2;
  const auto top = [&](Type type) { return std::round(middle - line_height(f, type) / 2); };
  x += text_width(f, Type::kCode, now.end);
  text(f, {x, top(Type::kCode)}, Type::kCode, f.colors.text, now.cycles, Align::kRight);
  if (bar.cycles_word) {
    x += f.px(5);
    x += text(f, {x, top(Type::kCaption)}, Type::kCaption, f.colors.text2, unit_of(newest(f)));
  }
  if (bar.seconds && !now.last.empty()) {
    text(f, {x + f.px(10), top(Type::kNumber)}, Type::kNumber, f.colors.text2, now.seconds);
  }
  const Rect r{at.x, at.y, now_width(f, bar), f.px(kHeight)};
  if (hovered(f, r) && !bar.seconds && !now.seconds.empty()) tip(f, now.seconds);
}

constexpr std::array kLeft{Part{beginning_width, draw_beginning}, Part{play_width, draw_play},
                           Part{beginning_width, draw_loop}, Part{speed_width, draw_speed}, Part{now_width, draw_now}};

// ---- The right end

constexpr std::array kColours{
    Choice{"Colour by wave", "Wave", "Which wave of blocks it belongs to (B)"},
    Choice{"Colour by block", "Block", "Each block in a colour of its own (B)"},
    Choice{"Colour by wait", "Wait", "What its warps waited for most (B)"},
};
float colour_width(const Frame& f, const Bar& bar) {
  return name_width(f, "Colour by", bar) + row_width(f, kColours);
}
void draw_colour(const Frame& f, const Bar& bar, scene::Vec2 at) {
  MapColour& colour = f.ui.map.colour;
  const float x = draw_name(f, bar, at, "Colour by");
  colour = static_cast<MapColour>(draw_row(f, {x, at.y}, kColours, static_cast<int>(colour)));
}

std::array<Choice, 2> trace_choices(const Frame& f, const Bar& bar) {
  const bool can = f.map.trace_note.empty();
  return {Choice{"Model", "Model", "What the cycle model says (T)"},
          Choice{"Real trace", bar.trace_brief ? "Trace" : "Real trace",
                 can ? std::string_view("What the hardware really did: every warp's way in and out is recorded (T)")
                     : std::string_view(f.map.trace_note),
                 can}};
}
float trace_width(const Frame& f, const Bar& bar) {
  return row_width(f, trace_choices(f, bar));
}
void draw_trace(const Frame& f, const Bar& bar, scene::Vec2 at) {
  const int before = map_settings(f).traced ? 1 : 0;
  const int chosen = draw_row(f, at, trace_choices(f, bar), before);
  if (chosen != before) set_map_traced(f, chosen == 1);
}

bool both_shown(const Frame& f) {
  return f.map.compared != nullptr;
}
float both_width(const Frame& f, const Bar&) {
  return both_shown(f) ? button_width(f, "Side by side") : 0;
}
void draw_both(const Frame& f, const Bar& bar, scene::Vec2 at) {
  if (!both_shown(f)) return;
  bool& both = f.ui.map.side_by_side;
  const ButtonLook look{.selected = both, .tip = "The run kept to compare beside the newest, at the same time"};
  if (button(f, "Side by side", {at.x, at.y, both_width(f, bar), f.px(kHeight)}, look)) both = !both;
}

bool working(const Frame& f) {
  return f.map.job.kind != MapJob::Kind::kNone;
}
ButtonLook run_look(const Frame& f, const Bar& bar) {
  const bool busy = working(f);
  return {.icon = busy ? Icon::kStop : Icon::kRedo,
          .tip = busy ? "Stop; what there is so far is shown" : "Run again, with these settings (R)",
          .label_hidden = !bar.run_label,
          .label = busy ? "Stop" : "Run again"};
}
float run_width(const Frame& f, const Bar& bar) {
  ButtonLook look = run_look(f, bar);
  look.label = "Run again";
  return button_width(f, "Run again", look);
}
void draw_run(const Frame& f, const Bar& bar, scene::Vec2 at) {
  const Rect r{at.x, at.y, run_width(f, bar), f.px(kHeight)};
  const bool busy = working(f);
  const ButtonLook look = run_look(f, bar);
  if (!busy) {
    if (button(f, "Run again", r, look)) f.send_map(session::RunMap{});
    return;
  }
  if (button(f, "Stop", r, look)) f.send_map(session::StopMap{});
  const timing::Progress& progress = f.map.job.progress;
  // How far it is: the foot of its own button.
  if (progress.blocks > 0) {
    const float part = static_cast<float>(progress.blocks_ended) / static_cast<float>(progress.blocks);
    progress_bar(f, {r.x + f.px(2), r.bottom() - f.px(4), r.w - f.px(4), f.px(3)}, std::clamp(part, 0.0F, 1.0F));
  }
  if (hovered(f, r)) {
    tip(f, fmt::format("{}\n{} of {} blocks, {} cycles so far", f.map.job.text,
                       with_thousands(static_cast<long long>(progress.blocks_ended)),
                       with_thousands(static_cast<long long>(progress.blocks)),
                       cycles_text(static_cast<double>(progress.cycles))));
  }
}

constexpr std::array kRight{Part{colour_width, draw_colour}, Part{trace_width, draw_trace}, Part{both_width, draw_both},
                            Part{run_width, draw_run}};

float width_of(const Frame& f, const Bar& bar, std::span<const Part> parts) {
  float width = 0;
  for (const Part& part : parts) {
    const float w = part.width(f, bar);
    if (w > 0) width += w + f.px(bar.between);
  }
  return width;
}

void draw_parts(const Frame& f, const Bar& bar, std::span<const Part> parts, scene::Vec2 at) {
  for (const Part& part : parts) {
    const float width = part.width(f, bar);
    if (width <= 0) continue;
    part.draw(f, bar, {std::round(at.x), at.y});
    at.x += width + f.px(bar.between);
  }
}

}  // namespace

double map_speed(const Frame& f) {
  const MapRun* const run = newest(f);
  if (f.ui.map.clock.speed > 0) return f.ui.map.clock.speed;
  return run == nullptr ? 0 : static_cast<double>(run->timeline->cycles) / kSecondsForAll;
}

void set_map_speed(const Frame& f, double cycles_a_second) {
  const MapRun* const run = newest(f);
  if (run == nullptr) return;
  const double most = std::max(10 * kSlowest, static_cast<double>(run->timeline->cycles) / kSecondsAtLeast);
  const double wanted = std::clamp(cycles_a_second, kSlowest, most);
  const double unit = std::pow(10.0, std::floor(std::log10(wanted)) - 1);
  f.ui.map.clock.speed = std::round(wanted / unit) * unit;
  f.ui.wake_in(0);
}

void toggle_map_play(const Frame& f) {
  const MapRun* const run = newest(f);
  if (run == nullptr) return;
  MapClock& clock = f.ui.map.clock;
  clock.playing = !clock.playing;
  if (clock.playing && clock.cycle >= static_cast<double>(run->timeline->cycles)) set_map_cycle(f, 0);
  f.ui.wake_in(0);
}

void set_map_traced(const Frame& f, bool traced) {
  if (traced && !f.map.trace_note.empty()) {
    say_in_map(f, f.map.trace_note);
    return;
  }
  session::MapSettings settings = map_settings(f);
  settings.traced = traced;
  change_map(f, std::move(settings));
}

void say_in_map(const Frame& f, std::string text) {
  f.ui.toasts.push_back({.kind = session::Message::Kind::kWarning, .text = std::move(text)});
  f.ui.wake_in(0);
}

void draw_map_toolbar(const Frame& f, Rect r) {
  const float padding = f.px(r.h < f.px(44) ? 8 : 16);
  const Clip clip(r.inset(-f.px(3)));
  Bar bar;
  for (const Yield yield : kYields) {
    if (width_of(f, bar, kLeft) + width_of(f, bar, kRight) <= r.w - 2 * padding) break;
    yield(bar);
  }
  const float y = std::round(r.centre().y - f.px(kHeight) / 2);
  draw_parts(f, bar, kLeft, {r.x + padding, y});
  const float right = width_of(f, bar, kRight) - f.px(bar.between);
  draw_parts(f, bar, kRight, {r.right() - padding - right, y});
}

}  // namespace warpscope::panels

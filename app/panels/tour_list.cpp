#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/tour.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;

constexpr float kRowPadding = 5, kGroup = 30, kTop = 70, kFoot = 16, kWheel = 48;
constexpr float kLeft = 8, kRight = 10;  // of a row's text

// Topics as findings and explanations name them, in the order in which one learns them.
struct Topic {
  std::string_view topic, title;
};
constexpr std::array kTopics{
    Topic{"start", "First steps"},
    Topic{"divergence", "Warps and lanes"},
    Topic{"coalescing", "Global memory"},
    Topic{"banks", "Shared memory"},
    Topic{"race", "Races and barriers"},
    Topic{"memory", "Errors to find"},
    Topic{"init", "Errors to find"},
    Topic{"sync", "Errors to find"},
    Topic{"algorithms", "Algorithms, from slow to fast"},
};

std::string_view group_of(const TourEntry& tour) {
  const auto is_it = [&](const Topic& t) { return !tour.topics.empty() && t.topic == tour.topics[0]; };
  const auto found = std::find_if(kTopics.begin(), kTopics.end(), is_it);
  return found == kTopics.end() ? "More" : found->title;
}

bool is_about(const TourEntry& tour, const std::string& topic) {
  return !topic.empty() && std::find(tour.topics.begin(), tour.topics.end(), topic) != tour.topics.end();
}

// A line of the list: the name of a group, or a tour.
struct Line {
  std::string_view group;
  int tour = -1;
};

// Tours of the topic that was asked for come first; the others stand in the order of kTopics.
std::vector<Line> lines_of(const TourState& state) {
  std::vector<Line> lines;
  const auto add_group = [&](std::string_view title, const auto& belongs) {
    bool first = true;
    for (std::size_t i = 0; i < state.list.size(); ++i) {
      if (!belongs(state.list[i])) continue;
      if (first) lines.push_back({.group = title});
      first = false;
      lines.push_back({.group = title, .tour = static_cast<int>(i)});
    }
  };
  const auto asked_for = [&](const TourEntry& tour) { return is_about(tour, state.list_topic); };
  add_group("About this", asked_for);
  std::vector<std::string_view> titles;
  for (const Topic& topic : kTopics) titles.push_back(topic.title);
  titles.emplace_back("More");
  titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
  for (const std::string_view title : titles) {
    add_group(title, [&](const TourEntry& tour) { return !asked_for(tour) && group_of(tour) == title; });
  }
  return lines;
}

// Of a list so wide.
float height_of(const Frame& f, const Line& line, float width) {
  if (line.tour < 0) return f.px(kGroup);
  const std::string& about = f.ui.tour.list[static_cast<std::size_t>(line.tour)].about;
  return line_height(f, Type::kBodyStrong) +
         paragraph(f, {}, width - f.px(kLeft + kRight), Type::kSmall, 0, about, true) + 2 * f.px(kRowPadding);
}

float height_of(const Frame& f, const std::vector<Line>& lines, float width) {
  float height = 0;
  for (const Line& line : lines) height += height_of(f, line, width);
  return height;
}

void close(const Frame& f) {
  f.ui.tour.list_open = false;
  f.ui.tour.list_topic.clear();
  f.ui.wake_in(0);
}

void draw_line(const Frame& f, const Line& line, Rect r, bool current) {
  if (line.tour < 0) {
    text(f, {r.x + f.px(8), r.bottom() - line_height(f, Type::kCaption) - f.px(4)}, Type::kCaption, f.colors.text3,
         line.group);
    return;
  }
  const TourEntry& tour = f.ui.tour.list[static_cast<std::size_t>(line.tour)];
  if (current) fill(f, r, f.colors.accent_tint, f.px(scene::size::kRadiusControl));
  const float x = r.x + f.px(kLeft), right = r.right() - f.px(kRight), y = r.y + f.px(kRowPadding);
  const std::string stops = fmt::format("{} stops", tour.stops);
  const float taken = text(f, {right, y + f.px(1)}, Type::kCaption, f.colors.text3, stops, Align::kRight);
  text(f, {x, y}, Type::kBodyStrong, f.colors.text, tour.title, Align::kLeft, right - taken - f.px(12) - x);
  paragraph(f, {x, y + line_height(f, Type::kBodyStrong)}, right - x, Type::kSmall, f.colors.text2, tour.about);
}

// The arrow keys lead from tour to tour; Enter begins the chosen one.
void follow_keys(const Frame& f, const std::vector<int>& tours) {
  TourState& state = f.ui.tour;
  if (tours.empty() || !f.ui.widgets.focus.empty()) return;
  const int last = static_cast<int>(tours.size()) - 1;
  if (raw_key(f, key::kDown)) ++state.list_row;
  if (raw_key(f, key::kUp)) --state.list_row;
  state.list_row = std::clamp(state.list_row, 0, last);
  if (!raw_key(f, key::kEnter)) return;
  state.requests.start = tours[static_cast<std::size_t>(state.list_row)];
  close(f);
}

void draw_lines(const Frame& f, const std::vector<Line>& lines, Rect r) {
  TourState& state = f.ui.tour;
  const float content = height_of(f, lines, r.w);
  const float range = std::max(0.0F, content - r.h);
  if (hovered(f, r)) state.list_scroll -= ImGui::GetIO().MouseWheel * f.px(kWheel);
  state.list_scroll = std::clamp(state.list_scroll, 0.0F, range);
  const ImVec2 moved = ImGui::GetIO().MouseDelta;
  {
    const Clip clip(r);
    float y = std::round(r.y - state.list_scroll);
    int row = 0;
    for (const Line& line : lines) {
      const Rect place{r.x, y, r.w, height_of(f, line, r.w)};
      y += place.h;
      const int this_row = line.tour < 0 ? -1 : row++;
      if (place.bottom() < r.y || place.y > r.bottom()) continue;
      if (line.tour >= 0) {
        const AreaState mouse = area(f, state.list[static_cast<std::size_t>(line.tour)].title, place);
        if (mouse.hovered && (moved.x != 0 || moved.y != 0)) state.list_row = this_row;
        if (mouse.clicked) {
          state.requests.start = line.tour;
          close(f);
        }
      }
      draw_line(f, line, place, this_row == state.list_row && this_row >= 0);
    }
  }
  if (range <= 0) return;
  const float bar = std::max(f.px(16), r.h * r.h / content);
  fill(f, {r.right() + f.px(6), r.y + (r.h - bar) * state.list_scroll / range, f.px(3), bar}, f.colors.strong, f.px(1));
}

// Keeps the chosen row in view when it was reached by a key.
void show_row(const Frame& f, const std::vector<Line>& lines, Rect r) {
  if (!raw_key(f, key::kDown) && !raw_key(f, key::kUp)) return;
  TourState& state = f.ui.tour;
  float y = 0;
  int row = 0;
  for (const Line& line : lines) {
    const float height = height_of(f, line, r.w);
    if (line.tour >= 0 && row++ == state.list_row) {
      state.list_scroll = std::clamp(state.list_scroll, y + height - r.h, y);
    }
    y += height;
  }
}

void draw_problems(const Frame& f, Rect r) {
  float y = r.y;
  for (const std::string& problem : f.ui.tour.list_problems) {
    icon(f, Icon::kWarning, {r.x + f.px(8), y + line_height(f, Type::kSmall) / 2}, f.px(14), f.colors.warning);
    y += paragraph(f, {r.x + f.px(24), y}, r.w - f.px(24), Type::kSmall, f.colors.text2, problem) + f.px(6);
  }
}

float problems_height(const Frame& f, float width) {
  float height = 0;
  for (const std::string& problem : f.ui.tour.list_problems) {
    height += paragraph(f, {}, width - f.px(24), Type::kSmall, 0, problem, true) + f.px(6);
  }
  return height;
}

void open_where_asked(const Frame& f) {
  std::string& topic = f.ui.requests.tour_topic;
  if (topic.empty()) return;
  f.ui.tour.list_topic = std::exchange(topic, {});
  f.ui.tour.list_open = true;
  f.ui.tour.list_scroll = 0;
  f.ui.tour.list_row = 0;
}

}  // namespace

void draw_tour_list(const Frame& f, Rect window) {
  open_where_asked(f);
  TourState& state = f.ui.tour;
  if (!state.list_open) return;
  const std::vector<Line> lines = lines_of(state);
  const float width = std::min(f.px(640), window.w - 2 * f.px(16));
  const float pad = f.px(20), inner = width - 2 * pad;
  const float content = height_of(f, lines, inner + f.px(16));
  const float problems = problems_height(f, inner);
  const float height = std::min(f.px(kTop + kFoot) + content + problems, window.h - 2 * f.px(32));
  const Rect card{std::round(window.centre().x - width / 2), std::round(window.centre().y - height / 2), width, height};
  const Overlay overlay(f, "tours", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  text(f, {card.x + pad, card.y + f.px(14)}, Type::kHeading, f.colors.text, "Tours");
  text(f, {card.x + pad, card.y + f.px(42)}, Type::kCaption, f.colors.text3,
       "A few stops each: what to look at, what the machine does, and a question or two.", Align::kLeft, inner);
  const float side = f.px(scene::size::kControl);
  const bool closed = button(f, "Close tours", {card.right() - side - f.px(12), card.y + f.px(12), side, side},
                             {.icon = Icon::kClose, .tip = "Esc", .label_hidden = true, .ghost = true});
  std::vector<int> tours;
  for (const Line& line : lines) {
    if (line.tour >= 0) tours.push_back(line.tour);
  }
  const Rect list{card.x + pad - f.px(8), card.y + f.px(kTop), inner + f.px(16),
                  card.h - f.px(kTop + kFoot) - problems};
  follow_keys(f, tours);
  show_row(f, lines, list);
  draw_lines(f, lines, list);
  draw_problems(f, {card.x + pad, list.bottom() + f.px(4), inner, problems});
  const ImGuiIO& io = ImGui::GetIO();
  if (closed || (io.MouseClicked[0] && !card.contains({io.MousePos.x, io.MousePos.y}))) close(f);
}

}  // namespace warpscope::panels

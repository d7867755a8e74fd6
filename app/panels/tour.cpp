#include "app/panels/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;

constexpr float kHeader = 34, kGap = 8, kControl = 28, kBottom = 12;
constexpr float kInvitation = 48;  // while no tour goes on

float padding(const Frame& f, float width) {
  return f.px(width < f.px(300) ? 12 : 16);
}

ButtonLook choice_look(const TourState& tour, int choice) {
  const bool chosen = tour.chosen == choice;
  return {.icon = !chosen               ? Icon::kNone
                  : tour.answered_right ? Icon::kCheck
                                        : Icon::kClose,
          .selected = chosen,
          .label = tour.choices[static_cast<std::size_t>(choice)]};
}

// Where the choices' buttons go: rows of equal ones, as many side by side as have room.
std::vector<Rect> choice_places(const Frame& f, Rect area) {
  const TourState& tour = f.ui.tour;
  const int count = static_cast<int>(tour.choices.size());
  float widest = 0;
  for (int i = 0; i < count; ++i) {
    // A chosen one shows a mark: the others keep their places.
    const ButtonLook marked{.icon = Icon::kCheck, .label = tour.choices[static_cast<std::size_t>(i)]};
    widest = std::max(widest, button_width(f, choice_name(i), marked));
  }
  const float gap = f.px(kGap);
  const int fitting = std::max(1, static_cast<int>((area.w + gap) / (widest + gap)));
  const int rows = (count + fitting - 1) / std::max(1, fitting);
  const int a_row = rows > 0 ? (count + rows - 1) / rows : 1;
  const float width = std::floor((area.w - gap * static_cast<float>(a_row - 1)) / static_cast<float>(a_row));
  std::vector<Rect> places;
  for (int i = 0; i < count; ++i) {
    places.push_back({area.x + static_cast<float>(i % a_row) * (width + gap),
                      area.y + static_cast<float>(i / a_row) * f.px(kControl + kGap), width, f.px(kControl)});
  }
  return places;
}

float choices_height(const Frame& f, float width) {
  const auto places = choice_places(f, {0, 0, width, 0});
  return places.empty() ? 0 : places.back().bottom() + f.px(kGap);
}

struct Part {
  Type type;
  scene::Rgba ink;
  std::string_view text;
  float gap;  // above
};

// What is read, from top to bottom; it scrolls where there is not room enough. Question and answer always show.
std::vector<Part> parts_of(const Frame& f) {
  const TourState& tour = f.ui.tour;
  const scene::Palette& c = f.colors;
  std::vector<Part> parts{{Type::kBodyStrong, c.text, tour.heading, 0}};
  for (const std::string& paragraph : tour.paragraphs) parts.push_back({Type::kSmall, c.text2, paragraph, f.px(6)});
  if (!tour.problem.empty()) {
    parts.push_back({Type::kSmall, c.warning, "Here the machine is not where the tour expects it:", f.px(10)});
    parts.push_back({Type::kSmall, c.text2, tour.problem, f.px(2)});
  }
  return parts;
}

float text_height(const Frame& f, float width) {
  float height = 0;
  for (const Part& part : parts_of(f)) {
    height += part.gap + paragraph(f, {}, width, part.type, part.ink, part.text, true);
  }
  return height + f.px(kGap);
}

float question_height(const Frame& f, float width) {
  const std::string& question = f.ui.tour.question;
  return question.empty() ? 0 : paragraph(f, {}, width, Type::kBodyStrong, 0, question, true) + f.px(kGap);
}

float answer_height(const Frame& f, float width) {
  const std::string& answer = f.ui.tour.answer_text;
  return answer.empty() ? 0 : paragraph(f, {}, width - f.px(22), Type::kSmall, 0, answer, true) + f.px(kGap);
}

void draw_header(const Frame& f, Rect r, float pad) {
  TourState& tour = f.ui.tour;
  const float side = f.px(scene::size::kControlSmall);
  const float middle = r.centre().y;
  const Rect close{r.right() - pad - side + f.px(4), middle - side / 2, side, side};
  if (button(f, "Leave the tour", close,
             {.icon = Icon::kClose, .tip = "Leave the tour", .label_hidden = true, .ghost = true})) {
    tour.requests.leave = true;
  }
  const float right = close.x - f.px(6);
  const std::string where = fmt::format("stop {} of {}", tour.stop + 1, tour.stops);
  const float taken = text(f, {right, middle - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
                           where, Align::kRight);
  text(f, {r.x + pad, middle - line_height(f, Type::kTitle) / 2}, Type::kTitle, f.colors.text,
       fmt::format("Tour: {}", tour.title), Align::kLeft, right - taken - f.px(10) - r.x - pad);
}

void draw_text(const Frame& f, Rect r) {
  TourState& tour = f.ui.tour;
  const float range = std::max(0.0F, text_height(f, r.w) - r.h);
  if (range > 0 && hovered(f, r)) tour.scroll -= ImGui::GetIO().MouseWheel * f.px(32);
  tour.scroll = std::clamp(tour.scroll, 0.0F, range);
  {
    const Clip clip({r.x - f.px(2), r.y, r.w + f.px(4), r.h});
    float y = std::round(r.y - tour.scroll);
    for (const Part& part : parts_of(f)) {
      y += part.gap;
      y += paragraph(f, {r.x, y}, r.w, part.type, part.ink, part.text);
    }
  }
  if (range <= 0) return;
  const float bar = std::max(f.px(16), r.h * r.h / (r.h + range));
  fill(f, {r.right() + f.px(5), r.y + (r.h - bar) * tour.scroll / range, f.px(3), bar}, f.colors.strong, f.px(1));
}

void draw_choices(const Frame& f, Rect r) {
  TourState& tour = f.ui.tour;
  const auto places = choice_places(f, r);
  int chosen = tour.choices.empty() ? -1 : tour_choice_pressed(f);
  for (int i = 0; i < static_cast<int>(places.size()); ++i) {
    if (button(f, choice_name(i), places[static_cast<std::size_t>(i)], choice_look(tour, i))) chosen = i;
  }
  if (chosen >= 0 && chosen < static_cast<int>(places.size())) tour.requests.choose = chosen;
}

void draw_answer(const Frame& f, Rect r) {
  const TourState& tour = f.ui.tour;
  if (tour.answer_text.empty()) return;
  const bool right = tour.answered_right;
  icon(f, right ? Icon::kCheck : Icon::kWarning, {r.x + f.px(8), r.y + line_height(f, Type::kSmall) / 2}, f.px(14),
       right ? f.colors.good : f.colors.warning);
  paragraph(f, {r.x + f.px(22), r.y}, r.w - f.px(22), Type::kSmall, f.colors.text2, tour.answer_text);
}

void draw_foot(const Frame& f, Rect r) {
  TourState& tour = f.ui.tour;
  const bool last = tour.stop + 1 >= tour.stops;
  const bool answered = tour.choices.empty() || tour.answered_right;
  const ButtonLook back{.enabled = tour.stop > 0, .tip = "Shift+N", .label = "Back"};
  const ButtonLook next{.primary = answered && !tour.working, .tip = "N", .label = last ? "Finish" : "Next"};
  const float width = std::max(button_width(f, "Stop before", back), button_width(f, "Next stop", next)) + f.px(8);
  if (button(f, "Stop before", {r.x, r.y, width, r.h}, back)) tour.requests.back = true;
  if (button(f, "Next stop", {r.right() - width, r.y, width, r.h}, next)) tour.requests.next = true;
  if (tour.working) {
    text(f, {r.centre().x, r.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
         "on the way ...", Align::kCentre, r.w - 2 * width - f.px(8));
  }
  if (key_pressed(f, KeyId::kTourNext)) tour.requests.next = true;
  if (key_pressed(f, KeyId::kTourBack)) tour.requests.back = true;
}

void draw_invitation(const Frame& f, Rect r) {
  const ButtonLook look{.tip = "A few stops each: what to look at, what the machine does, a question or two",
                        .label = "Guided tours"};
  const float width = button_width(f, "Tours", look), height = f.px(kControl);
  if (button(f, "Tours", {r.right() - width, std::round(r.centre().y - height / 2), width, height}, look)) {
    f.ui.tour.list_open = true;
    f.ui.wake_in(0);
  }
  text(f, {r.x, r.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, "New to this?",
       Align::kLeft, r.w - width - f.px(8));
}

}  // namespace

std::string choice_name(int choice) {
  return fmt::format("Choice {}", choice + 1);
}

float tour_height(const Frame& f, float width) {
  if (f.ui.tour.present < 0) return f.px(kInvitation);
  const float inner = width - 2 * padding(f, width);
  return f.px(kHeader + kControl + kBottom) + text_height(f, inner) + question_height(f, inner) +
         choices_height(f, inner) + answer_height(f, inner) + f.px(kGap);
}

void draw_tour(const Frame& f, Rect r) {
  TourState& tour = f.ui.tour;
  const float pad = padding(f, r.w);
  const float inner = r.w - 2 * pad;
  fill(f, r, f.colors.panel);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  if (tour.present < 0) {
    draw_invitation(f, {r.x + pad, r.y, inner, r.h});
    return;
  }
  draw_header(f, {r.x, r.y, r.w, f.px(kHeader)}, pad);
  // The buttons keep their place at the bottom; what room is left is the text's.
  const float foot = r.bottom() - f.px(kBottom + kControl);
  const float answer = answer_height(f, inner), choices = choices_height(f, inner);
  const float question = question_height(f, inner);
  const float below = foot - f.px(kGap) - answer - choices;
  const float top = r.y + f.px(kHeader);
  draw_text(f, {r.x + pad, top, inner, std::max(0.0F, below - question - top)});
  paragraph(f, {r.x + pad, below - question}, inner, Type::kBodyStrong, f.colors.text, tour.question);
  draw_choices(f, {r.x + pad, below, inner, choices});
  draw_answer(f, {r.x + pad, below + choices, inner, answer});
  draw_foot(f, {r.x + pad, foot, inner, f.px(kControl)});
  const TourRequests& asked = tour.requests;
  if (asked.next || asked.back || asked.leave || asked.choose) f.ui.wake_in(0);
}

}  // namespace warpscope::panels

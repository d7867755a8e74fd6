#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/step_right.h"

namespace warpscope::panels {
namespace {

struct CardLook {
  Icon icon;
  scene::Rgba ink, ground, border;
};
CardLook look_of(const Frame& f, const FindingCard& card, bool open) {
  const scene::Palette& c = f.colors;
  switch (card.severity) {
    case vgpu::Severity::kError:
      return {Icon::kError, c.error, open ? c.error_tint : c.raised, open ? c.error : c.hair};
    case vgpu::Severity::kWarning:
      return {Icon::kWarning, c.warning, open ? c.warning_tint : c.raised, open ? c.warning : c.hair};
    case vgpu::Severity::kInfo:
      break;
  }
  return {Icon::kInfo, c.text2, c.raised, open ? c.strong : c.hair};
}

// What a card needs inside: icon and text column.
struct CardPlace {
  float left, width;  // of the text
  float right_room;   // for the lines, beside the heading; 0: they go below
};
CardPlace place_in(const Flow& flow, const FindingCard& card) {
  const Frame& f = flow.f;
  const float padding = flow.gap(12, 8);
  const float left = flow.left + padding + f.px(22);
  const float width = flow.left + flow.width - padding - left;
  const float where = text_width(f, Type::kCaption, card.where);
  const bool beside = text_width(f, Type::kTitle, card.heading) + f.px(8) + where <= width;
  return {left, width, beside ? where : 0};
}

void put_jumps(Flow& flow, const FindingCard& card, const CardPlace& place) {
  const Frame& f = flow.f;
  Flow inside{f, place.left, place.width, flow.panel, flow.y, flow.measure_only, flow.tight};
  FlowButtons row{.gap = 8};
  for (const FindingJump& jump : card.jumps) {
    if (put_button(inside, row, jump.name, {.tip = "Go to this step"})) {
      f.send_step(session::SeekTo{.position = jump.position});
    }
  }
  if (!card.topic.empty() && put_button(inside, row, "Tour", {.primary = true, .tip = "The lesson behind it"})) {
    f.ui.requests.tour_topic = card.topic;
  }
  end_buttons(inside, row);
  flow.y = inside.y;
}

float summary_line(Flow& flow, const FindingCard& card, const CardPlace& place, float y) {
  const Frame& f = flow.f;
  const bool beside = place.right_room > 0 || card.where.empty();
  const std::string words = beside ? card.summary : fmt::format("{}, {}", card.where, card.summary);
  if (!flow.measure_only) {
    text(f, {place.left, y}, Type::kCaption, f.colors.text2, words, Align::kLeft, place.width);
  }
  return line_height(f, Type::kCaption);
}

void point_at(const Frame& f, const FindingCard& card) {
  StepFocus focus;
  if (card.finding >= 0) {
    focus.kind = StepFocus::Kind::kFinding;
    focus.finding = card.finding;
  } else if (!card.lines.empty() && card.lines.front() > 0) {
    focus.kind = StepFocus::Kind::kLine;
    focus.line = card.lines.front();
  }
  f.ui.step.hovered = focus;
}

// What stands in it; returns where that ends.
float card_content(Flow& flow, const FindingCard& card, bool open, float top) {
  const Frame& f = flow.f;
  const CardPlace place = place_in(flow, card);
  const CardLook look = look_of(f, card, open);
  float y = top + flow.gap(8, 6);
  if (!flow.measure_only) {
    icon(f, look.icon, {place.left - f.px(13), y + std::round(line_height(f, Type::kTitle) / 2)}, f.px(16), look.ink);
    text(f, {place.left, y}, Type::kTitle, f.colors.text, card.heading, Align::kLeft,
         place.width - (place.right_room > 0 ? place.right_room + f.px(8) : 0));
    if (place.right_room > 0) {
      text(f, {place.left + place.width, y + f.px(1)}, Type::kCaption, f.colors.text3, card.where, Align::kRight);
    }
  }
  y += line_height(f, Type::kTitle) + f.px(3);
  if (open) {
    y += paragraph(f, {place.left, y}, place.width, Type::kSmall, f.colors.text2, card.text, flow.measure_only) +
         f.px(4);
  }
  y += summary_line(flow, card, place, y);
  if (open) {
    flow.y = y + f.px(8);
    put_jumps(flow, card, place);
    y = flow.y + f.px(4);
  }
  return y + flow.gap(8, 6);
}

void put_card(Flow& flow, const FindingCard& card, int index) {
  const Frame& f = flow.f;
  StepRightState& right = f.ui.step.right;
  const bool open = right.open_card == index;
  const float top = std::round(flow.y);
  Flow measured{f, flow.left, flow.width, flow.panel, 0, true, flow.tight};
  const float high = std::ceil(card_content(measured, card, open, 0));
  if (!flow.measure_only) {
    const scene::Rect r{flow.left, top, flow.width, high};
    const std::string name = fmt::format("Finding {}", index + 1);
    // The head alone is pressed: in the open one there are buttons below.
    const scene::Rect head{r.x, r.y, r.w, open ? f.px(30) : r.h};
    const bool chosen = register_widget(f, name, head, true);
    const AreaState pointer = area(f, name, head);
    const CardLook look = look_of(f, card, open);
    const float radius = f.px(scene::size::kRadiusCard);
    fill(f, r, pointer.hovered && !open ? f.colors.hover : look.ground, radius);
    stroke(f, r, look.border, radius, f.px(1));
    if (f.ui.widgets.focus == name) focus_ring(f, r, radius);
    if (hovered(f, r)) point_at(f, card);
    if (pointer.clicked || chosen) {
      right.open_card = open ? -1 : index;
      if (!open && card.finding >= 0) f.ui.step.open_finding = right.seen_finding = card.finding;
    }
    card_content(flow, card, open, top);
  }
  flow.y = top + high + flow.gap(8, 6);
}

}  // namespace

const std::vector<FindingCard>& cards_of(const Frame& f) {
  static const std::vector<FindingCard> kNone;
  StepRightState& right = f.ui.step.right;
  const session::StepRun* run = f.step.run.get();
  if (run == nullptr) return kNone;
  if (!right.cards || right.cards_of != run || right.cards_run != run->id) {
    right.cards = std::make_shared<const std::vector<FindingCard>>(finding_cards(*run));
    right.cards_of = run;
    right.cards_run = run->id;
    right.open_card = right.cards->empty() || (*right.cards)[0].finding < 0 ? -1 : 0;
    right.seen_finding = f.ui.step.open_finding;
  }
  // Chosen elsewhere: at a squiggle, or on the scrub bar.
  if (right.seen_finding != f.ui.step.open_finding) {
    right.seen_finding = right.open_card = f.ui.step.open_finding;
  }
  return *right.cards;
}

bool draw_findings_header(const Frame& f, scene::Rect r, bool unfolds) {
  const std::vector<FindingCard>& cards = cards_of(f);
  bool chosen = false;
  float left = r.x, right = r.right();
  if (unfolds) {
    chosen = register_widget(f, "Findings", r, true);
    const AreaState pointer = area(f, "Findings", r);
    if (pointer.hovered) fill(f, r, f.colors.hover, 0);
    if (f.ui.widgets.focus == "Findings") focus_ring(f, r, 0);
    chosen |= pointer.clicked;
    left += f.px(12);
    right -= f.px(12);
    icon(f, f.ui.step.right.findings_over ? Icon::kChevronDown : Icon::kUnfold,
         {right - f.px(8), std::round(r.centre().y)}, f.px(14), f.colors.text3);
    right -= f.px(24);
  }
  const float y = std::round(r.centre().y - line_height(f, Type::kTitle) / 2);
  left += text(f, {left, y}, Type::kTitle, f.colors.text, "Findings");
  if (!cards.empty()) {
    const bool error = std::any_of(cards.begin(), cards.end(),
                                   [](const FindingCard& c) { return c.severity == vgpu::Severity::kError; });
    const std::string count = fmt::format("{}", cards.size());
    const float wide = std::max(f.px(18), text_width(f, Type::kTick, count) + f.px(10));
    const scene::Rect pill{left + f.px(8), std::round(r.centre().y - f.px(9)), wide, f.px(18)};
    fill(f, pill, error ? f.colors.error_tint : f.colors.raised, f.px(9));
    text(f, {pill.centre().x, std::round(pill.centre().y - line_height(f, Type::kTick) / 2)}, Type::kTick,
         error ? f.colors.text : f.colors.text2, count, Align::kCentre);
    left = pill.right();
  }
  const std::string checkers =
      f.step.launch ? checkers_text(f.step.run ? f.step.run->launch_text.checks : f.step.launch->checks) : "";
  const float room = right - left - f.px(10);
  if (room > f.px(60)) {
    const float wide = std::min(room, text_width(f, Type::kCaption, checkers));
    text(f, {right - wide, y}, Type::kCaption, f.colors.text3, checkers, Align::kLeft, wide + 1);
  }
  return chosen;
}

void put_findings(Flow& flow, const std::vector<FindingCard>& cards) {
  const Frame& f = flow.f;
  if (!f.step.run) {
    if (!flow.measure_only) {
      text(f, {flow.left, flow.y}, Type::kSmall, f.colors.text3, "What the checkers find stands here.", Align::kLeft,
           flow.width);
    }
    flow.y += line_height(f, Type::kSmall) + f.px(12);
    return;
  }
  const bool clean = std::none_of(cards.begin(), cards.end(), [](const FindingCard& c) { return c.finding >= 0; });
  const device::Checks& checks = f.step.run->launch_text.checks;
  if (clean && checks.any()) {
    std::string checked;
    for (const auto& [on, name] : {std::pair{checks.memory, "memory"}, std::pair{checks.init, "init"},
                                   std::pair{checks.race, "race"}, std::pair{checks.sync, "sync"}}) {
      if (on) checked += (checked.empty() ? "" : ", ") + std::string(name);
    }
    if (const std::size_t comma = checked.rfind(", "); comma != std::string::npos) checked.replace(comma, 2, " and ");
    const std::string words = fmt::format("No findings: {} {} checked over {} steps.", checked,
                                          checked.find(' ') == std::string::npos ? "was" : "were",
                                          with_thousands(static_cast<long long>(f.step.run->size())));
    if (!flow.measure_only) {
      icon(f, Icon::kCheck, {flow.left + f.px(8), flow.y + std::round(line_height(f, Type::kSmall) / 2)}, f.px(16),
           f.colors.good);
    }
    flow.y += paragraph(f, {flow.left + f.px(24), flow.y}, flow.width - f.px(24), Type::kSmall, f.colors.text2, words,
                        flow.measure_only);
    flow.y += f.px(10);
  }
  for (std::size_t i = 0; i < cards.size(); ++i) put_card(flow, cards[i], static_cast<int>(i));
}

}  // namespace warpscope::panels

#include "app/panels/explanation_flow.h"

#include <algorithm>
#include <cmath>

namespace warpscope::panels {
namespace {

constexpr double kHoldSeconds = 0.150;  // while the pointer crosses a gap between two things

// "28 × 28" stays on one line: the spaces around the sign are made unbreakable.
std::string with_whole_products(std::string_view words) {
  constexpr std::string_view kTimes = " × ", kUnbroken = "\u00A0×\u00A0";
  std::string out(words);
  for (std::size_t at = out.find(kTimes); at != std::string::npos; at = out.find(kTimes, at + kUnbroken.size())) {
    out.replace(at, kTimes.size(), kUnbroken);
  }
  return out;
}

}  // namespace

void put_heading(Flow& flow, std::string_view words) {
  flow.y += paragraph(flow.f, {flow.left, flow.y}, flow.width, flow.tight ? Type::kBrand : Type::kHeading,
                      flow.f.colors.text, words, flow.measure_only);
  flow.y += flow.gap(6, 4);
}

void put_paragraph(Flow& flow, std::string_view sentence) {
  if (sentence.empty()) return;
  const std::string words = with_whole_products(sentence);
  const Type type = flow.tight ? Type::kSmall : Type::kBody;
  flow.y += paragraph(flow.f, {flow.left, flow.y}, flow.width, type, flow.f.colors.text2, words, flow.measure_only);
  flow.y += flow.gap(12, 8);
}

void put_formula(Flow& flow, std::string_view words) {
  if (words.empty()) return;
  const bool tall = words.find("\\Sigma") != std::string_view::npos;  // what runs below the sign needs room
  const scene::Rect block{flow.left, flow.y, flow.width, flow.f.px(tall || !flow.tight ? 60 : 48)};
  if (!flow.measure_only) formula(flow.f, block, words);
  flow.y += block.h + flow.gap(14, 10);
}

void put_rule(Flow& flow) {
  flow.y += flow.gap(2, 0);
  if (!flow.measure_only) {
    line(flow.f, {flow.panel.x, std::round(flow.y)}, {flow.panel.right(), std::round(flow.y)}, flow.f.colors.hair,
         flow.f.px(1));
  }
  flow.y += flow.gap(9, 7);
}

void put_title(Flow& flow, std::string_view title, std::string_view caption) {
  if (!flow.measure_only) panel_title(flow.f, {flow.left, flow.y}, title, caption, flow.width);
  flow.y += line_height(flow.f, Type::kTitle) + flow.gap(5, 3);
}

void put_facts(Flow& flow, std::string_view title, const std::vector<ExplanationFact>& facts) {
  if (facts.empty()) return;
  const Frame& f = flow.f;
  put_rule(flow);
  put_title(flow, title, "");
  const float row = f.px(flow.tight ? 21 : 24);
  for (const ExplanationFact& fact : facts) {
    if (!flow.measure_only) {
      // The number stands whole; a long text (a network's layers) leaves room for its name.
      const float mark = fact.measured || fact.modelled ? f.px(12) : 0;
      const float value = std::min(text_width(f, Type::kNumber, fact.value), 0.7F * flow.width - mark);
      text(f, {flow.left, flow.y + std::round((row - line_height(f, Type::kSmall)) / 2)}, Type::kSmall, f.colors.text2,
           fact.name, Align::kLeft, flow.width - value - mark - f.px(8));
      const float x = flow.left + flow.width - value;
      text(f, {x, flow.y + std::round((row - line_height(f, Type::kNumber)) / 2)}, Type::kNumber, f.colors.text,
           fact.value, Align::kLeft, value + 1);
      const scene::Vec2 mark_at{x - f.px(8), std::round(flow.y + row / 2)};
      if (fact.measured) origin_mark(f, mark_at, Origin::kMeasured);
      if (fact.modelled) origin_mark(f, mark_at, Origin::kModelled);
    }
    flow.y += row;
  }
  flow.y += flow.gap(8, 6);
}

bool put_button(Flow& flow, FlowButtons& row, std::string_view name, const ButtonLook& look) {
  const Frame& f = flow.f;
  const float high = f.px(scene::size::kControl);
  const float width = std::min(button_width(f, name, look), flow.width);
  if (!row.any) row.x = flow.left;
  if (row.any && row.x + width > flow.left + flow.width) {
    row.x = flow.left;
    flow.y += high + f.px(8);
  }
  row.any = true;
  const scene::Rect place{row.x, std::round(flow.y), width, high};
  row.x += width + f.px(row.gap);
  return !flow.measure_only && button(f, name, place, look);
}

void end_buttons(Flow& flow, const FlowButtons& row) {
  if (row.any) flow.y += flow.f.px(scene::size::kControl);
}

bool explanation_header(const Frame& f, scene::Rect header, float padding, bool pinned, bool can_pin) {
  text(f, {header.x + padding, std::round(header.centre().y - line_height(f, Type::kTitle) / 2)}, Type::kTitle,
       f.colors.text, "What am I looking at?");
  const ButtonLook look{.icon = pinned ? Icon::kPinned : Icon::kPin,
                        .selected = pinned,
                        .enabled = pinned || can_pin,
                        .tip = pinned ? "Let go (Esc)" : "Hold this explanation (H)",
                        .label_hidden = true,
                        .ghost = true};
  const float side = f.px(28);
  const bool chosen =
      button(f, "Pin",
             {header.right() - padding - side + f.px(6), std::round(header.centre().y - side / 2), side, side}, look);
  line(f, {header.x, header.bottom() - f.px(1)}, {header.right(), header.bottom() - f.px(1)}, f.colors.hair, f.px(1));
  return chosen;
}

void scroll_mark(const Frame& f, scene::Rect body, float content_height, float scroll) {
  const float range = content_height - body.h;
  if (range <= 0) return;
  const float high = std::max(f.px(24), body.h * body.h / content_height);
  fill(f, {body.right() - f.px(5), body.y + (body.h - high) * scroll / range, f.px(3), high}, f.colors.strong, f.px(1));
}

void scroll_by_wheel(const Frame& f, scene::Rect body, float content_height, float& scroll) {
  if (hovered(f, body)) scroll -= ImGui::GetIO().MouseWheel * f.px(48);
  scroll = std::clamp(scroll, 0.0F, std::max(0.0F, content_height - body.h));
}

void draw_flow(const Frame& f, scene::Rect panel, scene::Rect body, float padding, float& content_height, float& scroll,
               const std::function<void(Flow&)>& put) {
  Flow flow{f, panel.x + padding, panel.w - 2 * padding, panel, 0, true, panel.w < f.px(300)};
  put(flow);
  if (!flow.tight && flow.y > body.h) {
    flow.y = 0;
    flow.tight = true;
    put(flow);
  }
  content_height = flow.y;
  scroll_by_wheel(f, body, content_height, scroll);
  {
    const Clip clip(body);
    Flow drawn{f, flow.left, flow.width, panel, std::round(body.y - scroll), false, flow.tight};
    put(drawn);
  }
  scroll_mark(f, body, content_height, scroll);
}

Spoken choose_spoken(const Frame& f, scene::Rect panel, SpokenOf of, double& hovered_at) {
  const double now = f.ui.now;
  const bool on_panel = hovered(f, panel);
  if (of.pinned || on_panel || of.hovered) hovered_at = now;
  if (of.pinned) return Spoken::kPinned;
  if (on_panel) return of.before ? Spoken::kAsBefore : Spoken::kNothing;
  if (of.hovered) return Spoken::kHovered;
  // On its way to the panel.
  if (ImGui::GetIO().MouseDelta.x > 0) hovered_at = std::max(hovered_at, now);
  const double left = kHoldSeconds - (now - hovered_at);
  if (left <= 0 || !of.before) return Spoken::kNothing;
  f.ui.wake_in(left);
  return Spoken::kAsBefore;
}

}  // namespace warpscope::panels

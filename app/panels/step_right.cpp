#include "app/panels/step_right.h"

#include <algorithm>
#include <cmath>

#include "app/panels/step_panels.h"
#include "app/panels/tour.h"

namespace warpscope::panels {
namespace {

// Lines of code, with a result at the right of the last one, or below where there is no room for it.
void put_code(Flow& flow, const StepExplanation& e) {
  if (e.formula.empty()) return;
  const Frame& f = flow.f;
  const Type type = flow.tight ? Type::kNumber : Type::kCode;
  const float row = line_height(f, type), padding = flow.gap(12, 9);
  const float room = flow.width - 2 * padding;
  const float result = text_width(f, type, e.formula_result);
  const bool below = text_width(f, type, e.formula.back()) + f.px(12) + result > room;
  const auto rows = static_cast<float>(e.formula.size() + (below && !e.formula_result.empty() ? 1 : 0));
  const float high = rows * row + 2 * padding;
  if (!flow.measure_only) {
    fill(f, {flow.left, std::round(flow.y), flow.width, high}, f.colors.raised, f.px(scene::size::kRadiusControl));
    float y = std::round(flow.y) + padding;
    for (const std::string& words : e.formula) {
      text(f, {flow.left + padding, y}, type, f.colors.text, words, Align::kLeft, room);
      y += row;
    }
    text(f, {flow.left + flow.width - padding - std::min(result, room), below ? y : y - row}, type, f.colors.text2,
         e.formula_result, Align::kLeft, room);
  }
  flow.y += high + flow.gap(14, 10);
}

void put_tries(Flow& flow, const StepExplanation& e) {
  if (e.tries.empty() && e.try_text.empty()) return;
  put_rule(flow);
  put_title(flow, "Try", "");
  put_paragraph(flow, e.try_text);
  FlowButtons row{.gap = 8};
  for (const StepTry& one : e.tries) {
    if (put_button(flow, row, one.name, {.key = flow.tight ? "" : std::string_view(one.key)})) {
      flow.f.send_step(one.command);
    }
  }
  end_buttons(flow, row);
  flow.y += flow.f.px(12);
}

// What is under the pointer by its name, where no panel has said it better: buttons of the toolbar.
StepFocus hovered_focus(const Frame& f) {
  StepFocus focus = f.ui.step.hovered;
  const bool said = focus.kind != StepFocus::Kind::kNone && focus.kind != StepFocus::Kind::kControl;
  if (said || !focus.path.empty()) return focus;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (const Target& target : f.ui.targets) {
    if (!target.rect.contains({mouse.x, mouse.y}) || !explain_step_control(target.name)) continue;
    focus.kind = StepFocus::Kind::kControl;
    focus.path = target.name;
    return focus;
  }
  return {};
}

StepFocus spoken_focus(const Frame& f, scene::Rect r) {
  StepPanels& step = f.ui.step;
  const StepFocus pointed = hovered_focus(f);
  const auto is = [](const StepFocus& focus) { return focus.kind != StepFocus::Kind::kNone; };
  switch (choose_spoken(f, r, {is(step.pinned), is(pointed), is(step.right.shown)}, step.right.hovered_at)) {
    case Spoken::kPinned:
      return step.pinned;
    case Spoken::kHovered:
      return pointed;
    case Spoken::kAsBefore:
      return step.right.shown;
    case Spoken::kNothing:
      break;
  }
  return {};
}

const StepExplanation& explanation_of(const Frame& f, const StepFocus& focus) {
  StepRightState& right = f.ui.step.right;
  if (!right.explanation || right.explained_version != f.step.version || !(right.explained == focus)) {
    right.explanation = std::make_shared<const StepExplanation>(explain_step(f.step, f.ui.step, focus));
    right.explained = focus;
    right.explained_version = f.step.version;
  }
  return *right.explanation;
}

Flow measuring(const Frame& f, scene::Rect panel, bool tight) {
  const float padding = f.px(panel.w < f.px(300) ? 12 : 16);
  return {f, panel.x + padding, panel.w - 2 * padding, panel, 0, true, tight};
}

// How high something would be: `put` puts it into a flow that draws nothing.
template <class Put>
float height_of(const Frame& f, scene::Rect panel, bool tight, const Put& put) {
  Flow flow = measuring(f, panel, tight);
  put(flow);
  return flow.y;
}

// Explanation and what was printed are two tabs, where anything was.
float draw_tabs(const Frame& f, scene::Rect body, float padding) {
  using Tab = StepPanels::RightTab;
  Tab& tab = f.ui.step.right_tab;
  if (!f.step.run || f.step.run->printed.empty()) {
    tab = Tab::kExplanation;
    return 0;
  }
  const float high = f.px(scene::size::kControlSmall), y = body.y + f.px(8);
  float x = body.x + padding;
  for (const auto& [name, which] : {std::pair{"Explanation", Tab::kExplanation}, std::pair{"Printed", Tab::kConsole}}) {
    const float width = button_width(f, name);
    if (button(f, name, {x, y, width, high}, {.selected = tab == which})) tab = which;
    x += width + f.px(4);
  }
  return high + f.px(12);
}

void draw_explanation_part(const Frame& f, scene::Rect r, const StepExplanation& e) {
  StepPanels& step = f.ui.step;
  const auto put = [&e](Flow& flow) { put_step_explanation(flow, e); };
  bool tight = r.w < f.px(300);
  step.right_content = height_of(f, r, tight, put);
  if (!tight && step.right_content > r.h) {
    tight = true;
    step.right_content = height_of(f, r, tight, put);
  }
  scroll_by_wheel(f, r, step.right_content, step.right_scroll);
  {
    const Clip clip(r);
    Flow drawn = measuring(f, r, tight);
    drawn.y = std::round(r.y - step.right_scroll);
    drawn.measure_only = false;
    put(drawn);
  }
  scroll_mark(f, r, step.right_content, step.right_scroll);
}

void draw_findings_part(const Frame& f, scene::Rect r, bool tight) {
  StepRightState& right = f.ui.step.right;
  const std::vector<FindingCard>& cards = cards_of(f);
  Flow flow = measuring(f, r, tight);
  put_findings(flow, cards);
  right.findings_content = flow.y;
  scroll_by_wheel(f, r, right.findings_content, right.findings_scroll);
  {
    const Clip clip(r);
    Flow drawn{f, flow.left, flow.width, r, std::round(r.y - right.findings_scroll), false, tight};
    put_findings(drawn, cards);
  }
  scroll_mark(f, r, right.findings_content, right.findings_scroll);
}

void draw_upper(const Frame& f, scene::Rect r, const StepExplanation& e) {
  if (f.ui.step.right_tab == StepPanels::RightTab::kConsole) {
    draw_step_console(f, r);
  } else {
    draw_explanation_part(f, r, e);
  }
}

void rule(const Frame& f, scene::Rect panel, float y) {
  line(f, {panel.x, y}, {panel.right(), y}, f.colors.hair, f.px(1));
}

// Narrow: findings are one row at the bottom, which opens over the explanation.
void draw_folded(const Frame& f, scene::Rect body, const StepExplanation& e) {
  StepRightState& right = f.ui.step.right;
  const scene::Rect row{body.x, body.bottom() - f.px(34), body.w, f.px(34)};
  const scene::Rect upper{body.x, body.y, body.w, row.y - body.y};
  if (right.findings_over) {
    draw_findings_part(f, {upper.x, upper.y + f.px(8), upper.w, upper.h - f.px(8)}, true);
  } else {
    draw_upper(f, upper, e);
  }
  if (draw_findings_header(f, row, true)) right.findings_over = !right.findings_over;
  rule(f, body, row.y);
}

// Both, one below the other. The findings' place moves as little as it can when the explanation changes.
void draw_both(const Frame& f, scene::Rect body, const StepExplanation& e) {
  const float padding = f.px(16), header = f.px(38);
  const float wanted = header + height_of(f, body, false, [&f](Flow& flow) { put_findings(flow, cards_of(f)); });
  const float natural = height_of(f, body, false, [&e](Flow& flow) { put_step_explanation(flow, e); });
  const float least = std::round(body.h * 0.42F);
  const float room = body.h - std::min(wanted, body.h - least);
  const bool console = f.ui.step.right_tab == StepPanels::RightTab::kConsole;
  const float upper = std::round(console ? room : std::clamp(natural, least, room));
  draw_upper(f, {body.x, body.y, body.w, upper}, e);
  const float y = body.y + upper;
  draw_findings_header(f, {body.x + padding, y, body.w - 2 * padding, header}, false);
  rule(f, body, y);
  draw_findings_part(f, {body.x, y + header, body.w, body.bottom() - y - header}, false);
}

}  // namespace

void put_step_explanation(Flow& flow, const StepExplanation& e) {
  flow.y += flow.gap(14, 8);
  put_heading(flow, e.heading);
  put_paragraph(flow, e.text);
  put_code(flow, e);
  put_paragraph(flow, e.more);
  put_facts(flow, e.facts_title, e.facts);
  put_tries(flow, e);
}

void draw_step_right(const Frame& f, scene::Rect r) {
  StepPanels& step = f.ui.step;
  StepRightState& right = step.right;
  const bool narrow = r.w < f.px(300);
  const float padding = f.px(narrow ? 12 : 16), header = f.px(scene::size::kPanelHeader);
  const StepFocus focus = spoken_focus(f, r);
  if (focus.kind != right.shown.kind) step.right_scroll = 0;
  right.shown = focus;
  const bool pinned = step.pinned.kind != StepFocus::Kind::kNone;
  if (explanation_header(f, {r.x, r.y, r.w, header}, padding, pinned, focus.kind != StepFocus::Kind::kNone)) {
    step.pinned = pinned ? StepFocus{} : focus;
  }
  const StepExplanation& e = explanation_of(f, focus);
  scene::Rect body{r.x, r.y + header, r.w, r.h - header};
  const float tabs = draw_tabs(f, body, padding);
  body.y += tabs;
  body.h -= tabs;
  // A tour keeps its place at the bottom; where it wants more than half, its text scrolls.
  const float tour = std::min(tour_height(f, r.w), std::round(body.h * 0.55F));
  body.h -= tour;
  if (tour > 0) draw_tour(f, {body.x, body.bottom(), body.w, tour});
  if (narrow) {
    draw_folded(f, body, e);
  } else {
    draw_both(f, body, e);
  }
}

}  // namespace warpscope::panels

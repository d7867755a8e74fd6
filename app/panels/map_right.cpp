#include "app/panels/map_right.h"

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MapRun;

std::string spoken_about(const Frame& f, Rect panel) {
  MapPanels& state = f.ui.map;
  const SpokenOf of{!state.pinned_about.empty(), !state.about.empty(), !state.right.shown.empty()};
  switch (choose_spoken(f, panel, of, state.right.hovered_at)) {
    case Spoken::kPinned:
      return state.pinned_about;
    case Spoken::kHovered:
      return state.about;
    case Spoken::kAsBefore:
      return state.right.shown;
    case Spoken::kNothing:
      break;
  }
  return state.pinned ? "block" : "waves";
}

double median_of(const Frame& f, const MapRun& run) {
  MapRight& right = f.ui.map.right;
  if (right.median_run == run.id && right.median > 0) return right.median;
  std::vector<timing::Cycle> lengths;
  lengths.reserve(run.timeline->blocks.size());
  for (const timing::BlockSpan& block : run.timeline->blocks) lengths.push_back(block.end - block.start);
  right.median_run = run.id;
  right.median = 0;
  if (lengths.empty()) return 0;
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  right.median = static_cast<double>(*middle);
  return right.median;
}

// ---- Parts

// A fraction, with the run's own numbers below it.
void put_fraction(Flow& flow, const MapFormula& formula) {
  if (formula.name.empty()) return;
  const Frame& f = flow.f;
  const float high = f.px(flow.tight ? 64 : 76);
  const Rect block{flow.left, flow.y, flow.width, high};
  flow.y += high + flow.gap(14, 10);
  if (flow.measure_only) return;
  fill(f, block, f.colors.raised, f.px(scene::size::kRadiusControl));
  const Clip clip(block);
  const Type type = flow.tight ? Type::kSmall : Type::kBody, small = flow.tight ? Type::kCaption : Type::kSmall;
  const float left = block.x + f.px(flow.tight ? 8 : 14), line_high = line_height(f, type);
  const float first = std::round(block.y + high * 0.34F), second = std::round(block.y + high * 0.76F);
  const float equals = left + text_width(f, type, formula.name) + f.px(8);
  text(f, {left, first - line_high / 2}, type, f.colors.text, formula.name);
  text(f, {equals, first - line_high / 2}, type, f.colors.text, "=");
  const float x = equals + text_width(f, type, "=") + f.px(10);
  const float wide = std::max(text_width(f, small, formula.over), text_width(f, small, formula.under));
  if (formula.under.empty()) {
    text(f, {x, first - line_high / 2}, type, f.colors.text, formula.over, Align::kLeft, block.right() - x - f.px(6));
  } else {
    const float small_high = line_height(f, small);
    text(f, {x + wide / 2, first - f.px(1) - small_high}, small, f.colors.text, formula.over, Align::kCentre);
    line(f, {x, first}, {x + wide, first}, f.colors.text2, f.px(1));
    text(f, {x + wide / 2, first + f.px(1)}, small, f.colors.text, formula.under, Align::kCentre);
  }
  const Type number = flow.tight ? Type::kNumber : Type::kCode;
  const float top = second - line_height(f, number) / 2;
  // Below the sign; from the left where large numbers need the room.
  const float needed = text_width(f, number, formula.numbers + " = " + formula.result);
  const float shift = x + needed > block.right() - f.px(6) ? equals - left : 0;
  text(f, {equals - shift, second - line_high / 2}, type, f.colors.text, "=");
  const float end = x - shift + text(f, {x - shift, top}, number, f.colors.text, formula.numbers + " = ");
  text(f, {end, top}, number, f.colors.accent, formula.result);
}

void put_tries(Flow& flow, const MapExplanation& e) {
  if (e.tries.empty() && e.buttons.empty()) return;
  put_rule(flow);
  put_title(flow, "Try", "");
  for (const std::string& one : e.tries) put_paragraph(flow, one);
  FlowButtons row{.gap = 8};
  for (const MapTry& each : e.buttons) {
    ButtonLook look;
    if (each.kind == MapTry::Kind::kStepBlock) look.icon = Icon::kStep;
    if (put_button(flow, row, each.label, look)) do_map_try(flow.f, each);
  }
  end_buttons(flow, row);
  flow.y += flow.f.px(12);
}

void put_all(Flow& flow, const MapExplanation& e) {
  flow.y += flow.gap(14, 8);
  put_heading(flow, e.heading);
  for (const std::string& each : e.text) put_paragraph(flow, each);
  put_fraction(flow, e.formula);
  for (const std::string& each : e.more) put_paragraph(flow, each);
  put_facts(flow, e.facts_title, e.facts);
  if (!e.truth.empty()) {
    put_rule(flow);
    put_title(flow, "How true is this?", "");
    put_paragraph(flow, e.truth);
  }
  put_tries(flow, e);
}

MapExplanation explanation_of(const Frame& f, std::string_view about) {
  if (!f.map.plan) {
    MapExplanation nothing;
    nothing.heading = "Who runs where, and when";
    nothing.text.emplace_back("A kernel is being looked at: what fits on the GPU comes first, then the run.");
    return nothing;
  }
  const MapRun* const run = map_run(f, MapSide::kNewest);
  MapSubject subject{.view = f.map, .settings = map_settings(f), .plan = *f.map.plan};
  subject.run = run;
  subject.sm = f.ui.map.sm;
  subject.other = compared_run(f);
  if (run != nullptr) {
    subject.median = median_of(f, *run);
    subject.block = map_spot_block(f, *run);
    const auto spot = f.ui.map.spot();
    subject.warp = spot ? spot->warp : -1;
  }
  return explain_map(subject, about);
}

}  // namespace

void draw_map_right(const Frame& f, Rect r) {
  MapPanels& state = f.ui.map;
  MapRight& right = state.right;
  const std::string about = spoken_about(f, r);
  if (about != right.shown) right.scroll = 0;
  right.shown = about;
  const float padding = f.px(r.w < f.px(300) ? 12 : 16), header = f.px(scene::size::kPanelHeader);
  const bool pinned = !state.pinned_about.empty();
  if (explanation_header(f, {r.x, r.y, r.w, header}, padding, pinned, true)) state.pinned_about = pinned ? "" : about;
  const Rect body{r.x, r.y + header, r.w, r.h - header};
  const MapExplanation e = explanation_of(f, about);
  draw_flow(f, r, body, padding, right.content, right.scroll, [&e](Flow& flow) { put_all(flow, e); });
}

}  // namespace warpscope::panels

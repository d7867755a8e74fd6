#include "app/panels/convolve_right.h"

#include <algorithm>

#include "app/panels/convolve_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

bool is_lost(const Frame& f) {
  return f.convolve.device.state == device::DeviceState::kLost;
}

std::string spoken_about(const Frame& f, scene::Rect panel) {
  ConvolvePanels& state = f.ui.convolve;
  std::string about = state.about;
  if (about.empty() && state.page == ConvolvePage::kTextbook) about = "textbook";
  const SpokenOf of{!state.pinned_about.empty(), !about.empty(), !state.right.shown.empty()};
  switch (choose_spoken(f, panel, of, state.right.hovered_at)) {
    case Spoken::kPinned:
      return state.pinned_about;
    case Spoken::kHovered:
      return about;
    case Spoken::kAsBefore:
      return state.right.shown;
    case Spoken::kNothing:
      break;
  }
  return state.page == ConvolvePage::kTextbook ? "textbook" : "";
}

void put_tries(Flow& flow, const ConvolveExplanation& e) {
  const Frame& f = flow.f;
  put_rule(flow);
  put_title(flow, "Try", "");
  for (const std::string& one : e.tries) put_paragraph(flow, one);
  FlowButtons row{.gap = 8};
  const bool can_step = f.convolve.frame != nullptr;
  if (put_button(flow, row, "Step this kernel",
                 {.icon = Icon::kStep,
                  .enabled = can_step,
                  .tip = "Follow this pixel's thread, instruction by "
                         "instruction"})) {
    step_convolve_pixel(f);
  }
  if (put_button(flow, row, "Map this kernel",
                 {.enabled = can_step, .tip = "Where its blocks run, and when: the SM map  Ctrl+M"})) {
    f.ui.next_keys.push_back({.code = 'M', .control = true});
  }
  const bool textbook = f.ui.convolve.page == ConvolvePage::kTextbook;
  if (put_button(flow, row, "Textbook page", {.selected = textbook, .key = flow.tight ? "" : "T"})) {
    f.ui.convolve.page = textbook ? ConvolvePage::kPictures : ConvolvePage::kTextbook;
    f.ui.convolve.right.shown.clear();
  }
  end_buttons(flow, row);
  flow.y += f.px(12);
}

void put_all(Flow& flow, const ConvolveExplanation& e) {
  const Frame& f = flow.f;
  const ConvolvePanels& state = f.ui.convolve;
  flow.y += flow.gap(14, 8);
  put_heading(flow, e.heading);
  put_paragraph(flow, e.text);
  put_formula(flow, e.formula);
  put_paragraph(flow, e.more);
  put_paragraph(flow, e.last);
  if (state.page == ConvolvePage::kPictures) {
    if (const auto pixel = state.pixel()) {
      put_facts(flow, "This output pixel", pixel_facts(f.convolve, convolve_stage(f), *pixel));
    }
  }
  put_tries(flow, e);
}

// A GPU that went away is said where it can be read in full.
float draw_device_strip(const Frame& f, scene::Rect body, float padding) {
  if (!is_lost(f)) return 0;
  const float left = body.x + padding + f.px(24), width = body.right() - padding - left;
  const std::string_view title = "The GPU was lost; the virtual GPU goes on";
  const float words = paragraph(f, {}, width, Type::kCaption, f.colors.text2, f.convolve.device.why, true);
  const float heading = paragraph(f, {}, width, Type::kTitle, f.colors.text, title, true);
  const scene::Rect strip{body.x, body.y, body.w, heading + words + f.px(20)};
  fill(f, strip, f.colors.warning_tint);
  icon(f, Icon::kWarning, {body.x + padding + f.px(8), strip.y + f.px(19)}, f.px(16), f.colors.warning);
  paragraph(f, {left, strip.y + f.px(10)}, width, Type::kTitle, f.colors.text, title);
  paragraph(f, {left, strip.y + f.px(10) + heading}, width, Type::kCaption, f.colors.text2, f.convolve.device.why);
  return strip.h;
}

}  // namespace

void draw_convolve_right(const Frame& f, scene::Rect r) {
  ConvolvePanels& state = f.ui.convolve;
  ConvolveRight& right = state.right;
  const std::string about = spoken_about(f, r);
  if (about != right.shown) right.scroll = 0;
  right.shown = about;
  const float padding = f.px(r.w < f.px(300) ? 12 : 16), header = f.px(scene::size::kPanelHeader);
  const bool pinned = !state.pinned_about.empty();
  if (explanation_header(f, {r.x, r.y, r.w, header}, padding, pinned, true)) {
    state.pinned_about = pinned ? "" : about.empty() ? "filter" : about;
  }
  scene::Rect body{r.x, r.y + header, r.w, r.h - header};
  const float strip = draw_device_strip(f, body, padding);
  body.y += strip;
  body.h -= strip;
  const ConvolveExplanation e = explain_convolve(f.convolve, convolve_settings(f), edited_convolve_stage(f), about);
  draw_flow(f, r, body, padding, right.content, right.scroll, [&e](Flow& flow) { put_all(flow, e); });
}

}  // namespace warpscope::panels

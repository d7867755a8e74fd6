// panels/explanation_flow.h: what the right panels of all workspaces are built of: blocks of text from top to bottom,
// the header with its pin, and what is spoken of while the pointer is on its way. Floor 7, GUI thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

struct ExplanationFact {
  std::string name, value;
  bool measured = false;  // a time or rate taken here and now: carries the mark of measured numbers
  bool modelled = false;  // what a model says: carries its mark
};

// Blocks from top to bottom; measured first where that decides how tight they stand.
struct Flow {
  const Frame& f;
  float left = 0, width = 0;  // of the text
  scene::Rect panel;          // hairlines run over its whole width
  float y = 0;
  bool measure_only = false;
  bool tight = false;
  float gap(float roomy, float narrow) const { return f.px(tight ? narrow : roomy); }
};

void put_heading(Flow& flow, std::string_view words);
void put_paragraph(Flow& flow, std::string_view sentence);  // nothing where it is empty, as the next ones
void put_formula(Flow& flow, std::string_view words);
void put_facts(Flow& flow, std::string_view title, const std::vector<ExplanationFact>& facts);
void put_rule(Flow& flow);
void put_title(Flow& flow, std::string_view title, std::string_view caption);
// A button in a row of them: goes on below where it does not fit beside the last. True when chosen.
struct FlowButtons {
  float gap = 12;  // between two, logical
  float x = 0;     // where the next begins
  bool any = false;
};
bool put_button(Flow& flow, FlowButtons& row, std::string_view name, const ButtonLook& look);
void end_buttons(Flow& flow, const FlowButtons& row);

// "What am I looking at?" and the pin. True in the frame in which the pin was chosen.
bool explanation_header(const Frame& f, scene::Rect header, float padding, bool pinned, bool can_pin);
// The bar at the right of what scrolls; none where everything fits.
void scroll_mark(const Frame& f, scene::Rect body, float content_height, float scroll);
// Lets the wheel move what is longer than its place, and keeps it in range.
void scroll_by_wheel(const Frame& f, scene::Rect body, float content_height, float& scroll);

// What `put` puts, within `body`, scrolled by the wheel: roomy where all of it fits, else tight.
void draw_flow(const Frame& f, scene::Rect panel, scene::Rect body, float padding, float& content_height, float& scroll,
               const std::function<void(Flow&)>& put);

// What the panel speaks of in this frame: what is pinned, else what is hovered. While the pointer is on its way, or on
// the panel itself, that stays what it was.
enum class Spoken { kPinned, kHovered, kAsBefore, kNothing };
struct SpokenOf {
  bool pinned = false, hovered = false, before = false;  // there is such a thing
};
Spoken choose_spoken(const Frame& f, scene::Rect panel, SpokenOf of, double& hovered_at);

}  // namespace warpscope::panels

// panels/step_right.h: the parts of Step's right panel. Floor 7, GUI thread.
#pragma once

#include "app/panels/explanation_flow.h"
#include "app/panels/step_explanation.h"
#include "app/panels/step_finding_cards.h"

namespace warpscope::panels {

// The cards of the run on screen, made once.
const std::vector<FindingCard>& cards_of(const Frame& f);

// Below each other from `flow.y` on.
void put_step_explanation(Flow& flow, const StepExplanation& e);
void put_findings(Flow& flow, const std::vector<FindingCard>& cards);
// Title, how many there are, which checkers are on. `r`: the row; true when it was chosen (narrow panels only).
bool draw_findings_header(const Frame& f, scene::Rect r, bool unfolds);

// What the kernel printed: so far, and dimmed what comes later.
void draw_step_console(const Frame& f, scene::Rect r);
// Where each line begins.
std::vector<std::size_t> line_begins(const std::string& text);

}  // namespace warpscope::panels

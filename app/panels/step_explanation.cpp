#include "app/panels/step_explanation.h"

#include <fmt/format.h>

#include "app/panels/step_finding_cards.h"

namespace warpscope::panels {
namespace {

StepExplanation explain_nothing(const session::StepView& view) {
  StepExplanation e;
  if (!view.source) {
    e.heading = "Nothing is open yet";
    e.text =
        "Choose a kernel to walk through, or open a **.cu** or **.ptx** file of your own with Ctrl+O. It runs on "
        "the virtual GPU, which remembers every step.";
    return e;
  }
  if (!view.problems->empty() && view.job.kind == session::StepJob::Kind::kNone) {
    e.heading = "It could not be run";
    e.text = fmt::format("The compiler says: {}", view.problems->front().message);
    if (view.problems->front().line > 0) e.more = fmt::format("In **line {}**.", view.problems->front().line);
    return e;
  }
  e.heading = view.job.kind == session::StepJob::Kind::kNone ? "Not run yet" : view.job.text;
  e.text = view.job.kind == session::StepJob::Kind::kNone
               ? "Run it to see what every warp, lane and variable does."
               : "Every step of the kernel is recorded, so that you can go to any of them, forwards and backwards.";
  if (view.job.kind == session::StepJob::Kind::kNone) e.tries = {{"Run the kernel", session::RunKernel{}, "F5"}};
  return e;
}

StepExplanation explain_finding(const StepScene& scene, int index) {
  StepExplanation e;
  const auto& findings = scene.run().findings;
  if (index < 0 || static_cast<std::size_t>(index) >= findings.size()) return explain_next(scene);
  for (FindingCard& card : finding_cards(scene.run())) {
    if (card.finding != index) continue;
    e.heading = card.heading;
    e.text = card.text;
    e.more = card.where.empty() ? card.summary : fmt::format("{}, {}.", card.where, card.summary);
    if (!e.more.empty() && e.more[0] == 'l') e.more[0] = 'L';
    for (FindingJump& jump : card.jumps)
      e.tries.push_back({"Go to " + jump.name, session::SeekTo{.position = jump.position}});
    if (e.tries.size() > 2) e.tries.resize(2);
  }
  return e;
}

}  // namespace

StepExplanation explain_step(const session::StepView& view, const StepPanels& state, const StepFocus& focus) {
  using Kind = StepFocus::Kind;
  if (focus.kind == Kind::kControl) {
    if (auto control = explain_step_control(focus.path)) return *std::move(control);
  }
  if (!view.source || !view.run || !view.moment || !view.moment->state) return explain_nothing(view);
  const StepScene scene{view, state};
  switch (focus.kind) {
    case Kind::kLine:
      return explain_line(scene, focus.line);
    case Kind::kPc:
      return explain_pc(scene, focus.pc);
    case Kind::kLane:
      return explain_lane(scene, focus.warp, focus.lane);
    case Kind::kWarp:
      return explain_warp(scene, focus.warp);
    case Kind::kVariable:
      return explain_variable(scene, focus.path, focus.lane);
    case Kind::kShared:
      return explain_shared_word(scene, focus.word);
    case Kind::kGlobal:
      return explain_global_word(scene, focus.buffer, focus.word);
    case Kind::kAccess:
      return explain_access(scene);
    case Kind::kFinding:
      return explain_finding(scene, focus.finding);
    case Kind::kStep:
      return explain_position(scene, focus.position);
    case Kind::kControl:
    case Kind::kNone:
      break;
  }
  return explain_next(scene);
}

}  // namespace warpscope::panels

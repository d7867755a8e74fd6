#include <algorithm>
#include <cmath>

#include "app/panels/step_right.h"

namespace warpscope::panels {

std::vector<std::size_t> line_begins(const std::string& text) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < text.size();) {
    begins.push_back(at);
    const std::size_t end = text.find('\n', at);
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return begins;
}

void draw_step_console(const Frame& f, scene::Rect r) {
  const session::StepRun& run = *f.step.run;
  StepRightState& right = f.ui.step.right;
  if (right.printed_run != run.id || right.printed_lines.empty()) {
    right.printed_lines = line_begins(run.printed);
    right.printed_run = run.id;
  }
  const std::vector<std::size_t>& begins = right.printed_lines;
  const std::size_t so_far =
      f.step.moment && f.step.moment->state ? f.step.moment->state->printed.size() : run.printed.size();
  const float padding = f.px(r.w < f.px(300) ? 12 : 16), row = line_height(f, Type::kNumber) + f.px(2);
  const float content = row * static_cast<float>(begins.size()) + 2 * f.px(8);
  // The line that is being printed stays in sight until the wheel is used.
  const auto present = static_cast<float>(std::upper_bound(begins.begin(), begins.end(), so_far) - begins.begin());
  if (hovered(f, r) && ImGui::GetIO().MouseWheel != 0) right.printed_follows = false;
  if (right.printed_follows) right.printed_scroll = present * row - r.h / 2;
  scroll_by_wheel(f, r, content, right.printed_scroll);
  const Clip clip(r);
  const auto first = static_cast<std::size_t>(std::max(0.0F, (right.printed_scroll - f.px(8)) / row));
  const auto shown = static_cast<std::size_t>(r.h / row) + 2;
  for (std::size_t i = first; i < std::min(begins.size(), first + shown); ++i) {
    const std::size_t end = i + 1 < begins.size() ? begins[i + 1] : run.printed.size();
    const float y = std::round(r.y + f.px(8) + row * static_cast<float>(i) - right.printed_scroll);
    const scene::Rect place{r.x, y, r.w, row};
    const std::string name = "Printed line " + std::to_string(i + 1);
    const AreaState pointer = area(f, name, place);
    if (pointer.hovered) {
      fill(f, place, f.colors.hover, 0);
      tip(f, "Go to when this was printed");
    }
    if (pointer.clicked) {
      f.send_step(session::GoToPrinted{.character = begins[i]});
      right.printed_follows = true;
    }
    std::string_view words(run.printed.data() + begins[i], end - begins[i]);
    while (!words.empty() && (words.back() == '\n' || words.back() == '\r')) words.remove_suffix(1);
    text(f, {r.x + padding, y + f.px(1)}, Type::kNumber, begins[i] < so_far ? f.colors.text : f.colors.disabled, words,
         Align::kLeft, r.w - 2 * padding);
  }
  scroll_mark(f, r, content, right.printed_scroll);
}

}  // namespace warpscope::panels

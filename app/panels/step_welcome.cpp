#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/panels/step_panels.h"
#include "app/panels/step_toolbar.h"
#include "app/panels/widgets.h"
#include "compute/kernels/catalogue.h"

namespace warpscope::panels {

namespace {

using kernels::Kernel;
using scene::Rect;

constexpr float kPad = 24, kTopic = 132, kCard = 92, kGap = 10, kCardWidth = 236;
constexpr std::string_view kAbout =
    "Step runs a real CUDA kernel lane by lane and remembers every step, so that you can walk through it forwards and "
    "backwards. It shows where each warp stands, what every variable holds in every lane, and what each memory access "
    "costs; no GPU is needed.";

// Kernels of one topic.
struct Topic {
  std::string title;
  std::vector<const Kernel*> kernels;
};
std::vector<Topic> topics() {
  std::vector<Topic> all;
  std::string_view before;
  for (const Kernel& kernel : kernels::catalogue()) {
    if (kernel.topic != before || all.empty()) {
      before = kernel.topic;
      Topic topic{std::string(kernel.topic), {}};
      if (!topic.title.empty())
        topic.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(topic.title[0])));
      all.push_back(std::move(topic));
    }
    all.back().kernels.push_back(&kernel);
  }
  return all;
}

void draw_card(const Frame& f, const Kernel& kernel, Rect r) {
  const std::string name = "Open " + std::string(kernel.name);
  const bool chosen = register_widget(f, name, r, true);
  const AreaState state = area(f, name, r);
  const float radius = f.px(scene::size::kRadiusCard), pad = f.px(12);
  fill(f, r, state.hovered ? f.colors.hover : f.colors.raised, radius);
  stroke(f, r, state.hovered ? f.colors.strong : f.colors.hair, radius, f.px(1));
  if (f.ui.widgets.focus == name) focus_ring(f, r, radius);
  text(f, {r.x + pad, r.y + f.px(9)}, Type::kTitle, f.colors.text, kernel.title, Align::kLeft, r.w - 2 * pad);
  const Clip clip({r.x + pad, r.y + f.px(29), r.w - 2 * pad, r.h - f.px(35)});
  paragraph(f, {r.x + pad, r.y + f.px(30)}, r.w - 2 * pad, Type::kCaption, f.colors.text2, kernel.idea);
  if (state.hovered) tip(f, kernel.idea);
  if (chosen || state.clicked) f.send_step(session::OpenKernel{.name = std::string(kernel.name), .file = {}});
}

// Returns the height used.
float draw_topic(const Frame& f, const Topic& topic, Rect row, int columns) {
  const float left = f.px(kTopic), gap = f.px(kGap);
  const float width = std::floor((row.w - left - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns));
  text(f, {row.x, row.y + f.px(9)}, Type::kLabel, f.colors.text3, topic.title, Align::kLeft, left - gap);
  const int count = static_cast<int>(topic.kernels.size());
  for (int i = 0; i < count; ++i) {
    const Rect card{row.x + left + (width + gap) * static_cast<float>(i % columns),
                    row.y + (f.px(kCard) + gap) * static_cast<float>(i / columns), width, f.px(kCard)};
    draw_card(f, *topic.kernels[static_cast<std::size_t>(i)], card);
  }
  return (f.px(kCard) + gap) * static_cast<float>((count + columns - 1) / columns);
}

float draw_head(const Frame& f, Rect r) {
  float y = r.y;
  text(f, {r.x, y}, Type::kHeading, f.colors.text, "Walk through a kernel");
  y += line_height(f, Type::kHeading) + f.px(6);
  y += paragraph(f, {r.x, y}, std::min(r.w, f.px(860)), Type::kBody, f.colors.text2, kAbout) + f.px(12);
  const ButtonLook look{.icon = Icon::kFolder, .key = "Ctrl+O", .label = "Open file..."};
  const float width = button_width(f, "Open your own", look);
  if (button(f, "Open your own", {r.x, y, width, f.px(28)}, look)) open_file_dialog(f);
  text(f, {r.x + width + f.px(12), y + f.px(14) - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2,
       "Open your own .cu or .ptx: drop it here or press Ctrl+O", Align::kLeft, r.w - width - f.px(12));
  return y + f.px(28) - r.y;
}

}  // namespace

void draw_step_welcome(const Frame& f, Rect r) {
  StepWelcomeState& state = f.ui.step.welcome;
  const float pad = f.px(kPad);
  if (hovered(f, r)) state.scroll -= ImGui::GetIO().MouseWheel * f.px(48);
  state.scroll = std::clamp(state.scroll, 0.0F, std::max(0.0F, state.content - r.h));
  const Clip clip(r);
  const Rect inner{r.x + pad, r.y + f.px(20) - state.scroll, r.w - 2 * pad, r.h};
  float y = inner.y + draw_head(f, inner) + f.px(24);
  const int columns = std::max(1, static_cast<int>((inner.w - f.px(kTopic)) / f.px(kCardWidth + kGap)));
  for (const Topic& topic : topics()) y += draw_topic(f, topic, {inner.x, y, inner.w, 0}, columns);
  state.content = y - inner.y + f.px(32);
  if (state.content <= r.h) return;
  const float bar = std::max(f.px(24), r.h * r.h / state.content);
  fill(f, {r.right() - f.px(5), r.y + (r.h - bar) * state.scroll / (state.content - r.h), f.px(3), bar},
       f.colors.strong, f.px(1));
}

}  // namespace warpscope::panels

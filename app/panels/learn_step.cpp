#include "app/panels/learn_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using scene::Rgba;
using session::StepPhase;

constexpr int kBatchColumns = 8;

struct PhaseText {
  StepPhase phase;
  const char* title;
  const char* what;
};
constexpr std::array kPhases{
    PhaseText{StepPhase::kForward, "Forward", "what the network says"},
    PhaseText{StepPhase::kLoss, "Loss", "how wrong that is"},
    PhaseText{StepPhase::kBackward, "Backward", "who is to blame"},
    PhaseText{StepPhase::kUpdate, "Update", "a little better"},
};

void draw_phase(const StepFrame& s, Rect r, int index) {
  const Frame& f = s.f;
  const PhaseText& text_of = kPhases[static_cast<std::size_t>(index)];
  const bool now = s.trace.phase == text_of.phase;
  const bool done = s.trace.phase > text_of.phase;
  if (now) {
    fill(f, r, f.colors.accent_tint);
    fill(f, {r.x, r.bottom() - f.px(3), r.w, f.px(3)}, f.colors.accent);
  }
  const Rgba ink = now ? f.colors.accent : done ? f.colors.text2 : f.colors.text3;
  const float radius = f.px(11);
  const scene::Vec2 centre{r.x + f.px(12) + radius, r.centre().y};
  fill(f, {centre.x - radius, centre.y - radius, 2 * radius, 2 * radius}, now ? f.colors.accent_fill : f.colors.raised,
       radius);
  if (done) {
    icon(f, Icon::kCheck, centre, f.px(12), f.colors.text2);
  } else {
    text(f, {centre.x, centre.y - line_height(f, Type::kTitle) / 2}, Type::kTitle,
         now ? f.colors.on_accent : f.colors.text3, std::to_string(index + 1), Align::kCentre);
  }
  const float x = centre.x + radius + f.px(10);
  const float room = r.right() - x - f.px(4);
  const float title = line_height(f, Type::kTitle), caption = line_height(f, Type::kCaption);
  const bool explained = text_width(f, Type::kCaption, text_of.what) <= room;
  const float top = r.centre().y - (explained ? title + caption : title) / 2;
  text(f, {x, top}, Type::kTitle, ink, text_of.title, Align::kLeft, room);
  if (explained) text(f, {x, top + title}, Type::kCaption, f.colors.text3, text_of.what);
}

// The four phases, and the way on.
void draw_strip(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  fill(f, r, f.colors.panel);
  const bool last = s.trace.phase == StepPhase::kUpdate;
  const ButtonLook next{.icon = Icon::kStep, .primary = true, .key = "N", .label = last ? "Next step" : "Next"};
  const ButtonLook leave{.key = "Shift N", .tip = "Finishes this step and goes back (Esc)"};
  const float next_width = button_width(f, "Next phase", next), leave_width = button_width(f, "Leave", leave);
  const float y = r.centre().y - f.px(14);
  if (button(f, "Next phase", {r.right() - f.px(12) - next_width, y, next_width, f.px(28)}, next)) {
    f.send(session::AdvanceStep{});
  }
  const float leave_x = r.right() - f.px(20) - next_width - leave_width;
  if (button(f, "Leave", {leave_x, y, leave_width, f.px(28)}, leave)) f.send(session::LeaveStep{});
  const float width = (leave_x - f.px(12) - r.x) / static_cast<float>(kPhases.size());
  for (int i = 0; i < static_cast<int>(kPhases.size()); ++i) {
    draw_phase(s, {r.x + width * static_cast<float>(i), r.y, width, r.h}, i);
  }
  line(f, {r.x, r.bottom()}, {r.right(), r.bottom()}, f.colors.hair);
}

bool read_wrongly(const StepFrame& s, std::size_t sample) {
  const auto p = s.trace.probabilities.begin() + static_cast<std::ptrdiff_t>(10 * sample);
  return std::max_element(p, p + 10) - p != s.trace.batch->labels[sample];
}

void draw_sample(const StepFrame& s, Rect cell, std::size_t sample) {
  const Frame& f = s.f;
  const training::Shape shape = s.trace.network->input;
  const auto pixels = static_cast<std::size_t>(shape.height * shape.width);
  const float* values = s.trace.batch->images.data() + sample * static_cast<std::size_t>(shape.count());
  f.images.draw(
      *ImGui::GetWindowDrawList(), fmt::format("step/batch/{}", sample), static_cast<std::uint64_t>(s.trace.step),
      shape.width, shape.height,
      [&](std::span<Rgba> out) { std::transform(values, values + pixels, out.begin(), scene::grey); }, cell);
  if (!s.trace.probabilities.empty() && read_wrongly(s, sample)) stroke(f, cell, f.colors.warning, 0, f.px(1));
  const AreaState mouse = area(f, fmt::format("Sample {}", sample + 1), cell);
  if (mouse.clicked) f.send(session::SelectStepSample{static_cast<int>(sample)});
  if (static_cast<int>(sample) == s.trace.sample) mark_selected(f, cell);
  if (!mouse.hovered) return;
  mark_hovered(f, cell);
  f.ui.hovered = {.kind = Focus::Kind::kStep, .index = static_cast<int>(sample), .name = "sample"};
  const std::string loss =
      s.trace.losses.empty() ? "" : fmt::format("\nloss {:.3f}", static_cast<double>(s.trace.losses[sample]));
  const float p =
      s.trace.probabilities.empty() ? 0 : s.trace.probabilities[10 * sample + s.trace.batch->labels[sample]];
  tip(f,
      fmt::format("a {}, believed with {:.1f} %{}", s.trace.batch->labels[sample], 100 * static_cast<double>(p), loss));
}

// All pictures of the batch. From the loss on, a bar under each tells its share. Returns where it ends.
float draw_batch(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  StepColumn column{r, r.y};
  const int from_drawings = s.trace.batch->from_drawings;
  step_title(s, column, "The batch",
             from_drawings > 0 ? fmt::format("{} pictures, {} yours", s.samples(), from_drawings)
                               : fmt::format("{} pictures", s.samples()));
  const bool with_loss = !s.trace.losses.empty();
  const float bar = with_loss ? f.px(6) : 0;
  const int rows = static_cast<int>((s.samples() + kBatchColumns - 1) / kBatchColumns);
  const float gap = f.px(4);
  const float legend = line_height(f, Type::kCaption) + f.px(6);
  const float by_width = (r.w - gap * (kBatchColumns - 1)) / kBatchColumns;
  const float by_height = (column.rest().h - legend) / static_cast<float>(rows) - gap - bar;
  const float side = std::floor(std::min(by_width, by_height));
  if (side < f.px(4)) return column.y;
  const float largest = with_loss ? *std::max_element(s.trace.losses.begin(), s.trace.losses.end()) : 1.0F;
  for (std::size_t i = 0; i < s.samples(); ++i) {
    const auto row = static_cast<float>(i / kBatchColumns), in_row = static_cast<float>(i % kBatchColumns);
    const Rect cell{r.x + in_row * (side + gap), column.y + row * (side + gap + bar), side, side};
    draw_sample(s, cell, i);
    if (!with_loss) continue;
    const float share = s.trace.losses[i] / std::max(largest, 1e-6F);
    fill(f, {cell.x, cell.bottom() + f.px(2), side, f.px(3)}, f.colors.raised);
    fill(f, {cell.x, cell.bottom() + f.px(2), side * share, f.px(3)}, f.colors.positive);
  }
  const float below = column.y + static_cast<float>(rows) * (side + gap + bar) + f.px(2);
  const std::string caption =
      with_loss ? "bar: loss, frame: read wrongly. Click one." : "frame: read wrongly. Click one.";
  text(f, {r.x, below}, Type::kCaption, f.colors.text3, caption, Align::kLeft, r.w);
  return below + line_height(f, Type::kCaption);
}

// The chosen picture, large, and what the network says to it.
void draw_chosen(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  const training::Shape shape = s.trace.network->input;
  const float title = line_height(f, Type::kTitle) + f.px(8);
  const float room = std::min(r.h - title, f.px(168));
  const float side = std::floor(room / static_cast<float>(shape.width)) * static_cast<float>(shape.width);
  if (side < f.px(56) || s.trace.probabilities.empty()) return;
  StepColumn column{r, r.y};
  step_title(s, column, "The chosen picture", fmt::format("{} of {}", s.trace.sample + 1, s.samples()));
  const Rect picture{r.x, column.y, side, side};
  const float* values = s.trace.batch->images.data() + static_cast<std::size_t>(s.trace.sample * shape.count());
  f.images.draw(
      *ImGui::GetWindowDrawList(), "step/chosen", s.version, shape.width, shape.height,
      [&](std::span<Rgba> out) { std::transform(values, values + out.size(), out.begin(), scene::grey); }, picture);
  const float* p = s.trace.probabilities.data() + 10 * static_cast<std::size_t>(s.trace.sample);
  const auto read_as = std::max_element(p, p + 10) - p;
  const float x = picture.right() + f.px(16), line = line_height(f, Type::kBody);
  text(f, {x, picture.y}, Type::kBody, f.colors.text2, fmt::format("It is a {}.", s.label()));
  text(f, {x, picture.y + line}, Type::kBody, read_as == s.label() ? f.colors.text2 : f.colors.warning,
       fmt::format("It is read as {},", read_as));
  text(f, {x, picture.y + 2 * line}, Type::kBody, f.colors.text2,
       fmt::format("with {:.1f} %.", 100 * static_cast<double>(p[read_as])), Align::kLeft, r.right() - x);
}

void draw_phase_content(const StepFrame& s, Rect r) {
  switch (s.trace.phase) {
    case StepPhase::kForward:
      return draw_step_forward(s, r);
    case StepPhase::kLoss:
      return draw_step_loss(s, r);
    case StepPhase::kBackward:
      return draw_step_backward(s, r);
    case StepPhase::kUpdate:
      return draw_step_update(s, r);
  }
}

std::string measured_time(const session::StepTrace& t) {
  switch (t.phase) {
    case StepPhase::kForward:
      return fmt::format("forward {:.2f} ms", t.forward_ms);
    case StepPhase::kLoss:
      return "";  // it comes with the forward pass
    case StepPhase::kBackward:
      return fmt::format("forward and backward {:.2f} ms", t.backward_ms);
    case StepPhase::kUpdate:
      return fmt::format("update {:.2f} ms", t.update_ms);
  }
  return "";
}

// Right goes on like N; Escape leaves, unless it closed a list or let go of something pinned.
void follow_keys(const Frame& f) {
  SlowStepState& state = f.ui.learn.slow_step;
  const bool list_open = f.ui.learn.toolbar.open != ToolbarState::Popover::kNone || !f.ui.widgets.open_popup.empty();
  if (key_pressed(f, KeyId::kMoveRight)) f.send(session::AdvanceStep{});
  if (key_pressed(f, KeyId::kClose) && !state.list_was_open) f.send(session::LeaveStep{});
  state.list_was_open = list_open;
}

// A picture that is read for sure has nothing to teach: all its numbers are 0 or 1. A new step shows the one that is
// believed least until the person chooses another.
void begin_with_the_least_believed(const Frame& f, const session::StepTrace& trace) {
  SlowStepState& state = f.ui.learn.slow_step;
  if (state.step == trace.step) return;
  state.step = trace.step;
  f.ui.pinned = {};  // the explanation speaks of the step from now on
  if (trace.phase != StepPhase::kForward || trace.probabilities.empty()) return;
  const int sample = least_believed(trace);
  if (sample != trace.sample) f.send(session::SelectStepSample{sample});
}

}  // namespace

void step_title(const StepFrame& s, StepColumn& column, std::string_view title, std::string_view caption) {
  panel_title(s.f, {column.area.x, column.y}, title, caption, column.area.w);
  column.y += line_height(s.f, Type::kTitle) + s.f.px(8);
}

void step_formula(const StepFrame& s, StepColumn& column, std::string_view formula_text) {
  const scene::Rect block{column.area.x, column.y, std::min(column.area.w, s.f.px(560)), s.f.px(48)};
  column.y += formula(s.f, block, formula_text) + s.f.px(12);
}

void draw_step_slowly(const Frame& f, Rect r) {
  if (!f.view.step) return;
  const session::StepTrace& trace = *f.view.step;
  follow_keys(f);
  begin_with_the_least_believed(f, trace);
  const auto version = (static_cast<std::uint64_t>(trace.step) * 1024 + static_cast<std::uint64_t>(trace.sample)) * 4 +
                       static_cast<std::uint64_t>(trace.phase);
  const StepFrame s{f, trace, version};
  if (hovered(f, r)) f.ui.hovered = {.kind = Focus::Kind::kStep, .name = {}};
  const Rect strip{r.x, r.y, r.w, f.px(56)};
  draw_strip(s, strip);

  const float padding = f.px(16);
  const float header = strip.bottom() + f.px(12);
  text(f, {r.x + padding, header}, Type::kNumber, f.colors.text2,
       fmt::format("step {}   {} pictures   {}   rate {:.3g}", with_thousands(trace.step), s.samples(), trace.optimizer,
                   static_cast<double>(trace.rate)));
  const std::string time = measured_time(trace);
  text(f, {r.right() - padding, header}, Type::kNumber, f.colors.text2, time, Align::kRight);
  if (!time.empty())
    origin_mark(f, {r.right() - padding - text_width(f, Type::kNumber, time) - f.px(10), header + f.px(8)},
                Origin::kMeasured);

  const float top = header + f.px(30);
  const Rect body{r.x + padding, top, r.w - 2 * padding, r.bottom() - top - padding};
  const float batch_width = std::min(body.w * 0.34F, f.px(440));
  const float below = draw_batch(s, {body.x, body.y, batch_width, body.h}) + f.px(16);
  draw_chosen(s, {body.x, below, batch_width, body.bottom() - below});
  const float x = body.x + batch_width + f.px(24);
  const Rect content{x, body.y, body.right() - x, body.h};
  const Clip clip(content);
  draw_phase_content(s, content);
}

}  // namespace warpscope::panels

#include "app/panels/learn_backend_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/learn_backend.h"
#include "app/panels/learn_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::LearnSettings;
using session::TrainingView;
using training::BackendKind;
using training::Precision;

constexpr float kPad = 16, kIndent = 26, kButton = 28, kSegment = 24;

// Draws from the top downwards, or only measures: both are the same walk.
struct Walk {
  const Frame& f;
  float x, y, width;
  CardSize size;
  bool measures;

  void skip(float logical) { y += f.px(logical); }
};

struct Row {
  std::string_view name;  // for scripts
  std::string title, why;
  std::string backend;  // of LearnSettings
  bool there = true, gpu = false, in_use = false;
};

Row auto_row() {
  return {.name = "Auto",
          .title = "Auto",
          .why = "A CUDA GPU where there is one, else the CPU.",
          .backend = "auto",
          .there = true,
          .gpu = false,
          .in_use = false};
}

Row row_of(const TrainingView& training, BackendKind kind) {
  const session::BackendChoice* const choice = find_choice(training, kind);
  const std::string_view backend = training::text_of(kind);
  Row row{.name = row_name(kind),
          .title = kind == BackendKind::kCuda ? "CUDA GPU" : std::string(row_name(kind)),
          .why = "Looking for it …",
          .backend = std::string(backend),
          .there = kind == BackendKind::kCpu,
          .gpu = kind == BackendKind::kCuda,
          .in_use = training.backend == backend};
  if (choice != nullptr) {
    if (!choice->name.empty()) row.title = choice->name;
    row.why = choice->why;
    row.there = choice->there;
  } else if (kind == BackendKind::kCpu) {
    row.why = "The trainer of this program, on all cores.";
  }
  return row;
}

// A reason under its row: whole, or one line and a tip.
void put_why(Walk& walk, float x, float width, scene::Rgba ink, const std::string& words) {
  if (words.empty()) return;
  const Frame& f = walk.f;
  if (walk.size == CardSize::kWhole) {
    walk.y += paragraph(f, {x, walk.y}, width, Type::kCaption, ink, words, walk.measures);
    return;
  }
  const float height = line_height(f, Type::kCaption);
  if (!walk.measures) {
    text(f, {x, walk.y}, Type::kCaption, ink, words, Align::kLeft, width);
    const bool cut = text_width(f, Type::kCaption, words) > width;
    if (cut && hovered(f, {x, walk.y, width, height})) tip(f, words);
  }
  walk.y += height;
}

void draw_radio(const Frame& f, scene::Vec2 centre, bool on, bool enabled) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const scene::Rgba ink = !enabled ? f.colors.disabled : on ? f.colors.accent : f.colors.text3;
  list.AddCircle({centre.x, centre.y}, f.px(6), ink, 24, f.px(1.5F));
  if (on) list.AddCircleFilled({centre.x, centre.y}, f.px(3), ink, 20);
}

// Ground and press of a row whose height is known; true when it was chosen.
bool press_row(const Frame& f, Rect r, const Row& row) {
  AreaState state;
  if (row.there) state = area(f, row.name, r);
  const bool by_key = register_widget(f, row.name, r, row.there);
  const float radius = f.px(scene::size::kRadiusChip);
  if (state.hovered) fill(f, r, f.colors.hover, radius);
  if (f.ui.widgets.focus == row.name) focus_ring(f, r, radius);
  return state.clicked || by_key;
}

void put_row(Walk& walk, const Row& row) {
  const Frame& f = walk.f;
  const float left = walk.x + f.px(kIndent), room = walk.width - f.px(kIndent);
  const float top = walk.y, line = line_height(f, Type::kLabel);
  Walk measured{f, walk.x, top + f.px(5) + line, walk.width, walk.size, true};
  put_why(measured, left, room, 0, row.why);
  measured.skip(5);
  if (walk.measures) {
    walk.y = measured.y;
    return;
  }
  LearnSettings settings = asked_settings(f);
  if (press_row(f, {walk.x - f.px(8), top, walk.width + 2 * f.px(8), measured.y - top}, row)) {
    settings.backend = row.backend;
    ask_for(f, settings);
  }
  walk.y = top + f.px(5);
  draw_radio(f, {walk.x + f.px(8), std::round(walk.y + line / 2)}, settings.backend == row.backend, row.there);
  float room_for_title = room;
  if (row.in_use) {
    constexpr std::string_view kInUse = "trains now";
    const float width = text_width(f, Type::kCaption, kInUse);
    text(f, {walk.x + walk.width, walk.y}, Type::kCaption, f.colors.text2, kInUse, Align::kRight);
    draw_device_mark(f, {walk.x + walk.width - width - f.px(10), std::round(walk.y + line / 2)}, row.gpu,
                     f.colors.accent);
    room_for_title -= width + f.px(24);
  }
  text(f, {left, walk.y}, Type::kLabel, row.there ? f.colors.text : f.colors.disabled, row.title, Align::kLeft,
       room_for_title);
  const Rect title{left, walk.y, room_for_title, line};
  if (text_width(f, Type::kLabel, row.title) > room_for_title && hovered(f, title)) tip(f, row.title);
  walk.y += line;
  put_why(walk, left, room, f.colors.text3, row.why);
  walk.y = measured.y;
}

void put_rule(Walk& walk) {
  walk.skip(8);
  if (!walk.measures) {
    line(walk.f, {walk.x, std::round(walk.y)}, {walk.x + walk.width, std::round(walk.y)}, walk.f.colors.hair,
         walk.f.px(1));
  }
  walk.skip(9);
}

// What happened to the back end, where that is not what its row says anyway.
std::string news_of(const TrainingView& training) {
  if (training.switching) return "Another back end is being set up; weights and moments go along.";
  const auto& choices = *training.backends;
  const bool known = std::any_of(choices.begin(), choices.end(), [&](const session::BackendChoice& choice) {
    return choice.why == training.backend_why;
  });
  return known ? std::string() : training.backend_why;
}

void put_news(Walk& walk) {
  const Frame& f = walk.f;
  const bool busy = f.view.training.switching;
  const std::string words = news_of(f.view.training);
  if (words.empty()) return;
  walk.skip(4);
  const float indent = busy ? busy_width(f) + f.px(8) : 0;
  if (busy && !walk.measures) {
    draw_busy(f, {walk.x + busy_width(f) / 2, walk.y + line_height(f, Type::kCaption) / 2});
  }
  put_why(walk, walk.x + indent, walk.width - indent, f.colors.text2, words);
}

void put_memory(Walk& walk) {
  const Frame& f = walk.f;
  const auto fits = smaller_batch(f.view.training);
  if (!fits) return;
  walk.skip(8);
  const std::string words = fmt::format("Memory ran out at batch {}.", f.view.training.settings.batch);
  const std::string label = fmt::format("Use batch {}", *fits);
  const float width = button_width(f, label);
  if (!walk.measures) {
    const float middle = std::round(walk.y + f.px(kButton) / 2);
    icon(f, Icon::kWarning, {walk.x + f.px(8), middle}, f.px(16), f.colors.warning);
    text(f, {walk.x + f.px(kIndent), middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text, words,
         Align::kLeft, walk.width - f.px(kIndent) - width - f.px(8));
    const Rect r{walk.x + walk.width - width, walk.y, width, f.px(kButton)};
    if (button(f, "Use the batch that fits", r, {.primary = true, .label = label})) {
      LearnSettings settings = asked_settings(f);
      settings.batch = *fits;
      ask_for(f, settings);
    }
  }
  walk.skip(kButton);
}

struct PrecisionText {
  Precision precision;
  std::string_view name, about;
};
constexpr std::array kPrecisions{
    PrecisionText{Precision::kF32, "f32", "Matrix products take 32-bit numbers, as everything else."},
    PrecisionText{Precision::kF16, "f16",
                  "Matrix products round their inputs to 11 significant bits; the loss is scaled, so that small "
                  "gradients are not lost. Sums and weights stay f32."},
    PrecisionText{Precision::kBf16, "bf16",
                  "Matrix products round their inputs to 8 significant bits, with the range of f32. Sums and weights "
                  "stay f32."},
};

// The line under the precisions: why some cannot be had, else what the chosen one means.
std::string precision_words(const TrainingView& training, const LearnSettings& asked) {
  const Precision asked_for = asked.precision == Precision::kF32 ? Precision::kF16 : asked.precision;
  std::string problem = precision_problem(training, asked, asked_for);
  if (!problem.empty()) return problem;
  return std::string(kPrecisions[static_cast<std::size_t>(asked.precision)].about);
}

void put_precision(Walk& walk) {
  const Frame& f = walk.f;
  const LearnSettings asked = asked_settings(f);
  const TrainingView& training = f.view.training;
  if (!walk.measures) {
    text(f, {walk.x, walk.y + f.px(kSegment) / 2 - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2,
         "Precision");
    float x = walk.x + f.px(72);
    const float width = f.px(56);
    // On the CPU f32 is in force, whatever is chosen for GPUs.
    const bool cpu = wanted_backend(training, asked) == BackendKind::kCpu;
    const Precision chosen = cpu ? Precision::kF32 : asked.precision;
    Rect lit{};
    for (const PrecisionText& each : kPrecisions) {
      const std::string problem = precision_problem(training, asked, each.precision);
      const Rect r{std::round(x), walk.y, width, f.px(kSegment)};
      const bool on = each.precision == chosen;
      if (on) lit = r;
      const ButtonLook look{.selected = on, .enabled = problem.empty(), .tip = problem.empty() ? each.about : problem};
      if (button(f, each.name, r, look)) {
        LearnSettings settings = asked;
        settings.precision = each.precision;
        ask_for(f, settings);
      }
      x += width - f.px(1);
    }
    if (lit.w > 0) stroke(f, lit, f.colors.accent, f.px(scene::size::kRadiusControl), f.px(1));
    if (hovered(f, {walk.x, walk.y, walk.width, f.px(kSegment)})) {
      f.ui.hovered = {.kind = Focus::Kind::kControl, .name = "Precision"};
    }
  }
  walk.skip(kSegment + 5);
  put_why(walk, walk.x, walk.width, f.colors.text3, precision_words(training, asked));
}

void put_fact(Walk& walk, std::string_view name, const std::string& value, scene::Rgba ink, bool measured) {
  const Frame& f = walk.f;
  const float height = f.px(20);
  if (!walk.measures) {
    const float middle = walk.y + height / 2;
    text(f, {walk.x, middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, name);
    const float width = text(f, {walk.x + walk.width, middle - line_height(f, Type::kNumber) / 2}, Type::kNumber, ink,
                             value, Align::kRight);
    if (measured) origin_mark(f, {walk.x + walk.width - width - f.px(9), std::round(middle)}, Origin::kMeasured);
  }
  walk.y += height;
}

void put_time(Walk& walk) {
  const Frame& f = walk.f;
  const TrainingView& training = f.view.training;
  const bool runs = training.status == session::TrainingStatus::kTraining && training.samples_per_second > 0;
  const bool measured = training.phases.all() > 0;
  const float top = walk.y;
  put_fact(walk, "Samples a second",
           runs ? with_thousands(std::llround(training.samples_per_second)) : std::string("at rest"),
           runs ? f.colors.text : f.colors.text3, runs);
  put_fact(walk, fmt::format("One step of {} samples", training.settings.batch),
           measured ? step_time_text(training.phases.all()) : std::string("not measured yet"),
           measured ? f.colors.text : f.colors.text3, measured);
  walk.skip(4);
  const float bar = f.px(18);
  if (!walk.measures) draw_phase_bar(f, {walk.x, walk.y, walk.width, bar}, training.phases);
  walk.y += bar + f.px(6);
  if (!walk.measures) draw_phase_legend(f, {walk.x, walk.y, walk.width, phase_legend_height(f)}, training.phases);
  walk.y += phase_legend_height(f);
  if (!walk.measures && hovered(f, {walk.x, top, walk.width, walk.y - top})) {
    f.ui.hovered = {.kind = Focus::Kind::kControl, .name = "Phases"};
  }
}

void put_compare(Walk& walk) {
  const Frame& f = walk.f;
  constexpr std::string_view kName = "Compare on this machine";
  const auto& comparison = f.view.comparison;
  const bool runs = comparison && comparison->running;
  const session::TrainingStatus status = f.view.training.status;
  const bool can = status != session::TrainingStatus::kLoading && status != session::TrainingStatus::kFailed;
  const std::string_view label = runs ? "Comparing …" : comparison ? "Compare again" : kName;
  if (!walk.measures) {
    const ButtonLook look{.enabled = can && !runs, .label = label};
    const Rect r{walk.x, walk.y, std::max(button_width(f, kName, look), button_width(f, kName)), f.px(kButton)};
    if (hovered(f, r)) f.ui.hovered = {.kind = Focus::Kind::kControl, .name = std::string(kName)};
    if (button(f, kName, r, look)) f.send(session::CompareBackends{});
  }
  walk.skip(kButton);
  if (comparison) return;  // it says so itself
  walk.skip(6);
  put_why(
      walk, walk.x, walk.width, f.colors.text3,
      "Every back end trains the same network from the same weights on the same batches; training rests meanwhile.");
}

float walk_card(Walk walk) {
  const Frame& f = walk.f;
  const float top = walk.y;
  walk.x += f.px(kPad);
  walk.width -= 2 * f.px(kPad);
  walk.skip(14);
  if (!walk.measures) text(f, {walk.x, walk.y}, Type::kTitle, f.colors.text, "Where it trains");
  walk.y += line_height(f, Type::kTitle) + f.px(4);
  put_row(walk, auto_row());
  for (const BackendKind kind : training::kBackendKinds) put_row(walk, row_of(f.view.training, kind));
  put_news(walk);
  put_memory(walk);
  put_rule(walk);
  put_precision(walk);
  put_rule(walk);
  put_time(walk);
  put_rule(walk);
  put_compare(walk);
  walk.skip(12);
  return walk.y - top;
}

}  // namespace

float backend_card_height(const Frame& f, float width, CardSize size) {
  return walk_card({f, 0, 0, width, size, true});
}

void fill_backend_card(const Frame& f, scene::Vec2 top_left, float width, CardSize size) {
  walk_card({f, top_left.x, top_left.y, width, size, false});
}

}  // namespace warpscope::panels

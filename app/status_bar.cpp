#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/actions.h"
#include "app/frame_parts.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/learn_backend.h"
#include "app/panels/map_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Align;
using panels::Frame;
using panels::Origin;
using panels::Type;
using scene::Rect;
using session::TrainingStatus;

struct StatusWord {
  TrainingStatus status;
  const char* text;
};
constexpr StatusWord kStatusWords[] = {
    {TrainingStatus::kLoading, "Loading"},   {TrainingStatus::kReady, "Ready"},
    {TrainingStatus::kTraining, "Training"}, {TrainingStatus::kPaused, "Paused"},
    {TrainingStatus::kStepping, "One step"}, {TrainingStatus::kFinished, "Finished"},
    {TrainingStatus::kDiverged, "Diverged"}, {TrainingStatus::kFailed, "Failed"},
};

const char* word_for(TrainingStatus status) {
  return std::find_if(std::begin(kStatusWords), std::end(kStatusWords),
                      [status](const StatusWord& w) { return w.status == status; })
      ->text;
}

std::string time_left(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::max(1.0, seconds));
  if (seconds < 3600) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// Writes items from the left with a hairline between them, and stops where there is no more room.
class Line {
 public:
  Line(const Frame& f, const Rect& bar, float right) : f_(f), bar_(bar), x_(bar.x + f.px(16)), right_(right) {}

  // A label in Inter and its value in mono; either may be empty. `extra` logical pixels follow, drawn by the caller at
  // x().
  bool item(std::string_view label, std::string_view value, float extra = 0) {
    float width =
        panels::text_width(f_, Type::kCaption, label) + panels::text_width(f_, Type::kNumber, value) + f_.px(extra);
    if (!label.empty() && !value.empty()) width += f_.px(6);
    const float divider = first_ ? 0 : 2 * f_.px(11);
    if (x_ + divider + width > right_) return false;
    if (!first_) {
      const float at = std::round(x_ + f_.px(11));
      panels::line(f_, {at, bar_.y + f_.px(8)}, {at, bar_.bottom() - f_.px(7)}, f_.colors.strong, f_.px(1));
      x_ = at + f_.px(11);
    }
    first_ = false;
    put(Type::kCaption, f_.colors.text3, label);
    if (!label.empty() && !value.empty()) x_ += f_.px(6);
    put(Type::kNumber, f_.colors.text, value);
    return true;
  }
  void put(Type type, scene::Rgba color, std::string_view string) {
    x_ += panels::text(f_, {x_, bar_.centre().y - panels::line_height(f_, type) / 2}, type, color, string);
  }
  void skip(float logical) { x_ += f_.px(logical); }
  float x() const { return x_; }
  float right() const { return right_; }

 private:
  const Frame& f_;
  const Rect& bar_;
  float x_, right_;
  bool first_ = true;
};

void draw_state(const Frame& f, Line& line, const Rect& bar) {
  const session::TrainingView& training = f.view.training;
  const bool wrong = training.status == TrainingStatus::kDiverged || training.status == TrainingStatus::kFailed;
  const std::string word = word_for(training.status);
  const float width = panels::text_width(f, Type::kLabel, word) / f.scale + 15;
  line.item("", "", width);
  const scene::Vec2 at{line.x() + f.px(4), std::round(bar.centre().y)};
  if (wrong) {
    panels::icon(f, panels::Icon::kError, at, f.px(14), f.colors.error);
  } else if (training.status == TrainingStatus::kTraining) {
    ImGui::GetWindowDrawList()->AddCircleFilled({at.x, at.y}, f.px(4), f.colors.accent, 20);
  } else {
    ImGui::GetWindowDrawList()->AddCircle({at.x, at.y}, f.px(4), f.colors.text3, 20, f.px(1.5F));
  }
  line.skip(15);
  line.put(Type::kLabel, wrong ? f.colors.error : f.colors.text, word);
}

void draw_epoch(const Frame& f, Line& line, const Rect& bar, bool compact) {
  const session::TrainingView& training = f.view.training;
  const int epochs = std::max(1, training.settings.epochs);
  const float done = std::clamp(training.epoch, 0.0F, static_cast<float>(epochs));
  const int current = std::min(static_cast<int>(done) + 1, epochs);
  const float part = done >= static_cast<float>(epochs) ? 1.0F : done - std::floor(done);
  const float bar_width = compact ? 90 : 140;
  const std::string percent = fmt::format("{:.0f} %", part * 100);
  if (!line.item("Epoch", fmt::format("{} of {}", current, epochs), bar_width + 8 + 10 + 34)) return;
  line.skip(8);
  panels::progress_bar(f, {line.x(), std::round(bar.centre().y - f.px(3)), f.px(bar_width), f.px(6)}, part);
  line.skip(bar_width + 10);
  line.put(Type::kNumber, f.colors.text, percent);
}

// Where a step's time goes, where the rest of the line leaves room for it.
void draw_phases(const Frame& f, Line& line, const Rect& bar, bool compact) {
  constexpr float kWidth = 90, kHeight = 8;
  const float rest = f.px(compact ? 380 : 440);  // epoch, time left, validation, drawings
  const training::PhaseTimes& phases = f.view.training.phases;
  if (!(phases.all() > 0) || line.right() - line.x() < f.px(kWidth) + rest) return;
  line.skip(10);
  const Rect place{line.x(), std::round(bar.centre().y - f.px(kHeight) / 2), f.px(kWidth), f.px(kHeight)};
  panels::draw_phase_bar(f, place, phases);
  line.skip(kWidth);
  if (panels::hovered(f, {place.x, bar.y, place.w, bar.h})) panels::tip(f, panels::phase_lines(phases));
}

// Returns where the right-hand group begins.
float draw_right(const Frame& f, const Rect& bar, bool compact) {
  struct Legend {
    Origin origin;
    const char* text;
  };
  constexpr Legend kLegend[] = {
      {Origin::kEstimated, "estimated"}, {Origin::kModelled, "modelled"}, {Origin::kMeasured, "measured"}};
  const float middle = std::round(bar.centre().y);
  float x = bar.right() - f.px(16);
  for (const Legend& entry : kLegend) {
    x -= panels::text(f, {x, middle - panels::line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
                      entry.text, Align::kRight);
    x -= f.px(11);
    panels::origin_mark(f, {x, middle}, entry.origin);
    x -= f.px(14);
  }
  const auto number = [&](std::string_view label, const std::string& value) {
    x -= f.px(2);
    panels::line(f, {std::round(x), bar.y + f.px(8)}, {std::round(x), bar.bottom() - f.px(7)}, f.colors.strong,
                 f.px(1));
    x -= f.px(11);
    x -= panels::text(f, {x, middle - panels::line_height(f, Type::kNumber) / 2}, Type::kNumber, f.colors.text, value,
                      Align::kRight);
    if (!label.empty()) {
      x -= f.px(6);
      x -= panels::text(f, {x, middle - panels::line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text3,
                        label, Align::kRight);
    }
    x -= f.px(9);
  };
  number("frame", fmt::format("{:.1f} ms", f.frame_ms));
  if (!compact) number("", f.fps > 0 ? fmt::format("{:.0f} fps", f.fps) : "at rest");
  return x;
}

void draw_newest_message(const Frame& f, const Line& line, const Rect& bar,
                         const std::vector<session::Message>& messages) {
  if (messages.empty()) return;
  const session::Message& newest = messages.back();
  const float left = line.x() + f.px(22);
  const float room = line.right() - left;
  if (room < f.px(60)) return;
  const float width = std::min(room, panels::text_width(f, Type::kCaption, newest.text));
  const Rect r{left, bar.y, width, bar.h};
  const panels::AreaState state = panels::area(f, "Messages", r);
  if (state.clicked) f.ui.messages_open = !f.ui.messages_open;
  const bool bad = newest.kind != session::Message::Kind::kGood;
  const scene::Rgba ink = bad ? newest.kind == session::Message::Kind::kError ? f.colors.error : f.colors.warning
                          : state.hovered ? f.colors.text
                                          : f.colors.text2;
  panels::line(f, {left - f.px(11), bar.y + f.px(8)}, {left - f.px(11), bar.bottom() - f.px(7)}, f.colors.strong,
               f.px(1));
  panels::text(f, {left, bar.centre().y - panels::line_height(f, Type::kCaption) / 2}, Type::kCaption, ink, newest.text,
               Align::kLeft, width);
}

void draw_learn_status(const Frame& f, Line& line, const Rect& bar, bool compact) {
  draw_state(f, line, bar);
  const session::TrainingView& training = f.view.training;
  const bool running = training.status == TrainingStatus::kTraining;
  const bool begun = training.step > 0;
  if (running) {
    line.item("samples/s", panels::with_thousands(std::llround(training.samples_per_second)));
    draw_phases(f, line, bar, compact);
  }
  if (begun) draw_epoch(f, line, bar, compact);
  if (running && training.seconds_left > 0) line.item("left", time_left(training.seconds_left));
  if (training.test_accuracy) {
    line.item("test", fmt::format("{:.2f} %", *training.test_accuracy * 100));
  } else if (training.validation_accuracy) {
    line.item("validation", fmt::format("{:.1f} %", *training.validation_accuracy * 100));
  }
  const int drawings = training.drawings_in_replay;
  if (drawings > 0) line.item(fmt::format("{} {} in replay", drawings, drawings == 1 ? "drawing" : "drawings"), "");
  if (!f.view.store_ok) line.item("drawings are only in memory", "");
}

std::string step_word(const Frame& f) {
  if (f.step.job.kind != session::StepJob::Kind::kNone) return f.step.job.text;
  if (!f.step.run) return f.step.source ? "Not run yet" : "Nothing open";
  return f.ui.step.playing ? "Playing" : "Paused";
}

std::string size_text(const base::Dim3& size) {
  if (size.z > 1) return fmt::format("{} × {} × {}", size.x, size.y, size.z);
  return size.y > 1 ? fmt::format("{} × {}", size.x, size.y) : fmt::format("{}", size.x);
}

void draw_step_status(const Frame& f, Line& line, const Rect& bar) {
  const std::string word = step_word(f);
  line.item("", "", panels::text_width(f, Type::kLabel, word) / f.scale + 15);
  const bool busy = f.step.job.kind != session::StepJob::Kind::kNone || f.ui.step.playing;
  const ImVec2 at{line.x() + f.px(4), std::round(bar.centre().y)};
  if (busy) {
    ImGui::GetWindowDrawList()->AddCircleFilled(at, f.px(4), f.colors.accent, 20);
  } else {
    ImGui::GetWindowDrawList()->AddCircle(at, f.px(4), f.colors.accent, 20, f.px(1.5F));
  }
  line.skip(15);
  line.put(Type::kLabel, f.colors.text, word);
  const auto& run = f.step.run;
  if (!run || !f.step.moment) return;
  const auto count = [](std::uint64_t n) { return panels::with_thousands(static_cast<long long>(n)); };
  line.item("step", fmt::format("{} of {}", count(f.step.moment->position), count(run->size())));
  if (!run->edits.empty()) {
    line.item(
        fmt::format("history changed {}", run->edits.size() == 1 ? "once" : fmt::format("{} times", run->edits.size())),
        "");
  }
  line.item("launch", fmt::format("grid {}, block {}", size_text(run->launch.grid), size_text(run->launch.block)));
  if (run->compile_seconds > 0) line.item("compiled in", fmt::format("{:.2f} s", run->compile_seconds));
  line.item("time travel", fmt::format("{:.0f} MB", static_cast<double>(run->time_travel_bytes) / 1e6));
}

void draw_convolve_status(const Frame& f, Line& line, const Rect& bar) {
  const session::ConvolveView& view = f.convolve;
  const std::string word = !view.frame ? "Starting" : view.frames_per_second > 0 ? "Live" : "At rest";
  line.item("", "", panels::text_width(f, Type::kLabel, word) / f.scale + 15);
  const ImVec2 at{line.x() + f.px(4), std::round(bar.centre().y)};
  if (view.frames_per_second > 0) {
    ImGui::GetWindowDrawList()->AddCircleFilled(at, f.px(4), f.colors.accent, 20);
  } else {
    ImGui::GetWindowDrawList()->AddCircle(at, f.px(4), f.colors.accent, 20, f.px(1.5F));
  }
  line.skip(15);
  line.put(Type::kLabel, f.colors.text, word);
  if (!view.frame) return;
  const session::ConvolveFrame& frame = *view.frame;
  const int stage = panels::convolve_stage(f);
  const auto launch = std::find_if(frame.run.launches.begin(), frame.run.launches.end(),
                                   [stage](const convolution::LaunchInfo& info) { return info.stage == stage; });
  if (launch != frame.run.launches.end()) {
    line.item("kernel", launch->kernel);
    line.item("grid", size_text(launch->grid));
    line.item("block", size_text(launch->block));
  }
  line.item("last run", fmt::format("{:.2f} ms", frame.run.seconds * 1e3));
  if (frame.checked) {
    line.item("output", frame.largest_error <= 1e-5
                            ? "same as reference to 1e-5"
                            : fmt::format("differs from the reference by {:.1e}", frame.largest_error));
  }
  if (view.frames_per_second > 0) line.item("computed", fmt::format("{:.0f} a second", view.frames_per_second));
}

std::string map_word(const session::MapView& view) {
  if (view.job.kind != session::MapJob::Kind::kNone) return view.job.text;
  if (!view.run) return view.plan ? "Not run" : "Starting";
  return view.run->timeline->origin == timing::Timeline::Origin::kTraced ? "Trace ready" : "Modelled run ready";
}

void draw_map_status(const Frame& f, Line& line, const Rect& bar) {
  const session::MapView& view = f.map;
  const std::string word = map_word(view);
  line.item("", "", panels::text_width(f, Type::kLabel, word) / f.scale + 15);
  const ImVec2 at{line.x() + f.px(4), std::round(bar.centre().y)};
  if (view.job.kind != session::MapJob::Kind::kNone) {
    ImGui::GetWindowDrawList()->AddCircleFilled(at, f.px(4), f.colors.accent, 20);
  } else {
    ImGui::GetWindowDrawList()->AddCircle(at, f.px(4), f.colors.accent, 20, f.px(1.5F));
  }
  line.skip(15);
  line.put(Type::kLabel, f.colors.text, word);
  if (!view.run) return;
  const timing::Timeline& timeline = *view.run->timeline;
  const auto count = [](std::uint64_t n) { return panels::with_thousands(static_cast<long long>(n)); };
  line.item("blocks", count(timeline.blocks.size()));
  if (timeline.origin == timing::Timeline::Origin::kModelled) {
    line.item("warp instructions", count(timeline.ptx_instructions));
    line.item("simulated in", fmt::format("{:.1f} s", view.run->host_seconds));
    line.item("IPC per SM", fmt::format("{:.2f}", timeline.ipc()));
  } else if (view.run->overhead > 0) {
    line.item("tracing took", fmt::format("{:.0f} % longer", 100 * view.run->overhead));
  }
}

// Step and the SM map show a launch of the training step that is frozen in Learn: the way back to it. Returns what is
// left of the bar.
Rect draw_way_back(const Frame& f, Rect bar) {
  const bool elsewhere = f.ui.workspace == panels::Workspace::kStep || f.ui.workspace == panels::Workspace::kMap;
  if (!elsewhere || !f.ui.learn.microscope.away || f.view.microscope == nullptr) return bar;
  const std::string label = fmt::format("Back to training step {}", panels::with_thousands(f.view.microscope->step));
  const panels::ButtonLook look{.icon = panels::Icon::kBackOver,
                                .tip = "The frozen step and its launches, in Learn (Ctrl+1)",
                                .label = label,
                                .type = Type::kCaption};
  const float width = panels::button_width(f, "Back to Learn", look), height = f.px(22);
  const Rect place{bar.x + f.px(10), std::round(bar.centre().y - height / 2), width, height};
  if (panels::button(f, "Back to Learn", place, look)) set_workspace(f.ui, panels::Workspace::kLearn);
  const float taken = place.right() - bar.x;
  return {bar.x + taken, bar.y, bar.w - taken, bar.h};
}

}  // namespace

void draw_status_bar(const Frame& f, const scene::FrameLayout& layout) {
  const Rect bar = draw_way_back(f, layout.status_bar);
  panels::line(f, {layout.status_bar.x, bar.y}, {bar.right(), bar.y}, f.colors.hair, f.px(1));
  const float right = draw_right(f, bar, layout.compact);
  Line line(f, bar, right);
  if (f.ui.workspace == panels::Workspace::kStep) {
    draw_step_status(f, line, bar);
    draw_newest_message(f, line, bar, f.step.messages);
  } else if (f.ui.workspace == panels::Workspace::kConvolve) {
    draw_convolve_status(f, line, bar);
    draw_newest_message(f, line, bar, f.convolve.messages);
  } else if (f.ui.workspace == panels::Workspace::kMap) {
    draw_map_status(f, line, bar);
    draw_newest_message(f, line, bar, f.map.messages);
  } else {
    draw_learn_status(f, line, bar, layout.compact);
    draw_newest_message(f, line, bar, f.view.messages);
  }
}

}  // namespace warpscope::app

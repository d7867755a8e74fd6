#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_backend.h"
#include "app/panels/learn_panels.h"
#include "app/panels/learn_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using scene::Rgba;
using session::TrainingStatus;

// What has to be decided, and the two ways on.
struct Banner {
  std::string title, text;
  std::string go, go_name, leave, leave_name;
  session::LearnCommand on_go, on_leave;
  Icon icon = Icon::kWarning;
  Rgba ink = 0, ground = 0;
};

std::string rate_text(float rate) {
  return fmt::format("{:.3g}", rate);
}

Banner diverged(const Frame& f) {
  const training::Divergence& divergence = *f.view.training.divergence;
  const std::string loss =
      std::isfinite(divergence.loss) ? fmt::format("rose to {:.3g}", divergence.loss) : "is no longer a number";
  return {.title = "The loss exploded",
          .text = fmt::format(
              "At step {} it {}; guessing costs 2.3. With rate {} the steps are too long and overshoot. The "
              "weights of step {} are kept.",
              with_thousands(divergence.step), loss, rate_text(f.view.training.settings.rate),
              with_thousands(divergence.good_step)),
          .go = fmt::format("Go on from step {} at rate {}", with_thousands(divergence.good_step),
                            rate_text(divergence.suggested_rate)),
          .go_name = "Go on at a lower rate",
          .leave = "Reset",
          .leave_name = "Reset after divergence",
          .on_go = session::RecoverTraining{divergence.suggested_rate},
          .on_leave = session::ResetTraining{},
          .icon = Icon::kError,
          .ink = f.colors.error,
          .ground = f.colors.error_tint};
}

Banner failed(const Frame& f) {
  return {.title = "Training cannot begin",
          .text = f.view.training.problem,
          .go = "Try again",
          .go_name = "Try again",
          .leave = {},
          .leave_name = {},
          .on_go = session::StartTraining{},
          .on_leave = session::StartTraining{},
          .icon = Icon::kError,
          .ink = f.colors.error,
          .ground = f.colors.error_tint};
}

Banner out_of_memory(const Frame& f, int fits) {
  const session::LearnSettings settings = asked_settings(f);
  const training::BackendKind kind = wanted_backend(f.view.training, settings);
  const session::BackendChoice* const choice = find_choice(f.view.training, kind);
  const std::string device = choice != nullptr && kind == training::BackendKind::kCuda
                                 ? fmt::format("the {}", short_device(choice->name))
                             : kind == training::BackendKind::kVirtual ? "the virtual GPU"
                                                                       : "the back end";
  session::LearnSettings smaller = settings, on_cpu = settings;
  smaller.batch = fits;
  on_cpu.backend = training::text_of(training::BackendKind::kCpu);
  return {.title = "Memory ran out",
          .text = fmt::format("{} with batch {} is too much for {}; batch {} fits.", settings.network, settings.batch,
                              device, with_thousands(fits)),
          .go = fmt::format("Use batch {}", fits),
          .go_name = "Use a smaller batch",
          .leave = "Train on the CPU",
          .leave_name = "Train on the CPU",
          .on_go = session::ApplySettings{smaller},
          .on_leave = session::ApplySettings{on_cpu},
          .icon = Icon::kWarning,
          .ink = f.colors.warning,
          .ground = f.colors.warning_tint};
}

Banner pending(const Frame& f) {
  const session::TrainingView& training = f.view.training;
  const std::string what = waiting_settings(training);
  const bool several = what.find(" and ") != std::string::npos;
  session::LearnSettings as_now = *training.pending;
  as_now.network = training.settings.network;
  as_now.batch = training.settings.batch;
  as_now.seed = training.settings.seed;
  return {.title = fmt::format("{} {} effect on reset", what, several ? "take" : "takes"),
          .text = "Training goes on as it is until you reset; a reset begins with fresh weights.",
          .go = "Reset now",
          .go_name = "Reset now",
          .leave = "Keep as it is",
          .leave_name = "Keep as it is",
          .on_go = session::ResetTraining{},
          .on_leave = session::ApplySettings{as_now},
          .icon = Icon::kReset,
          .ink = f.colors.warning,
          .ground = f.colors.warning_tint};
}

std::optional<Banner> banner_of(const Frame& f) {
  const session::TrainingView& training = f.view.training;
  if (training.status == TrainingStatus::kDiverged && training.divergence) return diverged(f);
  // Where the CPU is what was asked for there is nothing to decide; the card still offers the batch.
  const bool on_cpu = training.settings.backend == training::text_of(training::BackendKind::kCpu);
  if (const auto fits = smaller_batch(training); fits && !on_cpu) return out_of_memory(f, *fits);
  if (training.status == TrainingStatus::kFailed) return failed(f);
  if (training.pending) return pending(f);
  return std::nullopt;
}

struct Layout {
  bool one_line = false;  // title and text beside each other
  bool stacked = false;   // buttons under the text, for want of room beside it
  float text_width = 0, text_height = 0, height = 0;
  float go = 0, leave = 0;  // widths
};

Layout layout_of(const Frame& f, const Banner& banner, float width) {
  Layout layout;
  layout.go = button_width(f, banner.go);
  layout.leave = banner.leave.empty() ? 0 : button_width(f, banner.leave) + f.px(8);
  const float left = f.px(44), right = f.px(16);
  const float beside = width - left - right - layout.go - layout.leave - f.px(16);
  const float title = text_width(f, Type::kTitle, banner.title) + f.px(12);
  layout.one_line = title + text_width(f, Type::kCaption, banner.text) <= beside;
  layout.stacked = !layout.one_line && beside < f.px(300);
  layout.text_width = std::max(f.px(80), layout.stacked ? width - left - right : beside);
  layout.text_height = line_height(f, Type::kTitle);
  if (!layout.one_line) {
    layout.text_height += paragraph(f, {}, layout.text_width, Type::kCaption, f.colors.text2, banner.text, true);
  }
  const float buttons = f.px(28), margin = f.px(layout.one_line ? 4 : 8);
  layout.height =
      2 * margin + (layout.stacked ? layout.text_height + f.px(8) + buttons : std::max(layout.text_height, buttons));
  return layout;
}

}  // namespace

float learn_banner_height(const Frame& f, float width) {
  const auto banner = banner_of(f);
  return banner ? layout_of(f, *banner, width).height : 0;
}

void draw_learn_banner(const Frame& f, Rect r) {
  const auto banner = banner_of(f);
  if (!banner) return;
  const Layout layout = layout_of(f, *banner, r.w);
  fill(f, r, banner->ground);
  line(f, {r.x, r.bottom() - f.px(1)}, {r.right(), r.bottom() - f.px(1)},
       scene::mix(banner->ground, banner->ink, 0.45F), f.px(1));
  const float x = r.x + f.px(44);
  const float y = layout.stacked ? r.y + f.px(8) : std::round(r.centre().y - layout.text_height / 2);
  icon(f, banner->icon, {r.x + f.px(24), std::round(y + line_height(f, Type::kTitle) / 2)}, f.px(16), banner->ink);
  const float title = text(f, {x, y}, Type::kTitle, f.colors.text, banner->title, Align::kLeft, layout.text_width);
  if (layout.one_line) {
    text(f, {x + title + f.px(12), y}, Type::kCaption, f.colors.text2, banner->text);
  } else {
    const float below = y + line_height(f, Type::kTitle);
    paragraph(f, {x, below}, layout.text_width, Type::kCaption, f.colors.text2, banner->text);
  }
  const float height = f.px(28);
  const float buttons_y = layout.stacked ? y + layout.text_height + f.px(8) : std::round(r.centre().y - height / 2);
  float button_x = layout.stacked ? x : r.right() - f.px(16) - layout.go - layout.leave;
  const bool primary = f.view.training.status != TrainingStatus::kTraining;  // one primary button at a time
  if (button(f, banner->go_name, {button_x, buttons_y, layout.go, height}, {.primary = primary, .label = banner->go})) {
    f.send(banner->on_go);
  }
  if (banner->leave.empty()) return;
  button_x += layout.go + f.px(8);
  if (button(f, banner->leave_name, {button_x, buttons_y, layout.leave - f.px(8), height}, {.label = banner->leave})) {
    f.send(banner->on_leave);
  }
}

}  // namespace warpscope::panels

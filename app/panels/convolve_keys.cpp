#include <algorithm>

#include "app/panels/convolve_centre.h"
#include "app/panels/convolve_edit.h"
#include "app/panels/convolve_left.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/keys.h"

namespace warpscope::panels {
namespace {

using convolution::Settings;
using convolution::StageKind;

void move_pixel(const Frame& f, int by_x, int by_y) {
  if (f.ui.convolve.page == ConvolvePage::kPictures) move_convolve_pixel(f, by_x, by_y);
}

void choose_variant(const Frame& f, int index) {
  Settings settings = convolve_settings(f);
  const convolution::Variant variant = convolution::kVariants.at(static_cast<std::size_t>(index));
  const auto possible = [&](const convolution::Stage& stage) {
    return convolution::why_not(variant, stage, settings.block).empty();
  };
  if (settings.variant == variant || !std::ranges::all_of(settings.chain, possible)) return;
  settings.variant = variant;
  change_convolve(f, std::move(settings));
}

void choose_stage(const Frame& f, int by) {
  const auto stages = static_cast<int>(convolve_settings(f).chain.size());
  f.ui.convolve.stage = std::clamp(edited_convolve_stage(f) + by, 0, std::max(0, stages - 1));
}

void add(const Frame& f, StageKind kind) {
  add_convolve_stage(f, kind);
}

void next_colour(const Frame& f) {
  ConvolveColour& colour = f.ui.convolve.colour;
  colour = static_cast<ConvolveColour>((static_cast<int>(colour) + 1) % 4);
}

void toggle_difference(const Frame& f) {
  ConvolveShow& show = f.ui.convolve.show;
  show = show == ConvolveShow::kDifference ? ConvolveShow::kSideBySide : ConvolveShow::kDifference;
}

void toggle_page(const Frame& f) {
  ConvolvePage& page = f.ui.convolve.page;
  page = page == ConvolvePage::kTextbook ? ConvolvePage::kPictures : ConvolvePage::kTextbook;
}

void toggle_pin(const Frame& f) {
  ConvolvePanels& state = f.ui.convolve;
  if (!state.pinned_about.empty()) {
    state.pinned_about.clear();
  } else {
    state.pinned_about = state.right.shown.empty() ? "filter" : state.right.shown;
  }
}

// One thing at a time, what is nearest first.
void let_go(const Frame& f) {
  ConvolvePanels& state = f.ui.convolve;
  if (state.controls.menu >= 0) {
    state.controls.menu = -1;
  } else if (state.stage_state.sliding) {
    state.stage_state.sliding = false;
  } else if (!state.pinned_about.empty()) {
    state.pinned_about.clear();
  } else if (state.pinned) {
    state.pinned.reset();
  } else {
    state.page = ConvolvePage::kPictures;
  }
}

struct Key {
  KeyId id;
  void (*act)(const Frame& f);
};
constexpr Key kRepeating[] = {
    {KeyId::kConvolveLeft, [](const Frame& f) { move_pixel(f, -1, 0); }},
    {KeyId::kConvolveRight, [](const Frame& f) { move_pixel(f, 1, 0); }},
    {KeyId::kConvolveUp, [](const Frame& f) { move_pixel(f, 0, -1); }},
    {KeyId::kConvolveDown, [](const Frame& f) { move_pixel(f, 0, 1); }},
};
constexpr Key kOnce[] = {
    {KeyId::kConvolveSlide, toggle_slide},
    {KeyId::kConvolvePreviousStage, [](const Frame& f) { choose_stage(f, -1); }},
    {KeyId::kConvolveNextStage, [](const Frame& f) { choose_stage(f, 1); }},
    {KeyId::kConvolveAddFilter, [](const Frame& f) { add(f, StageKind::kFilter); }},
    {KeyId::kConvolveAddRelu, [](const Frame& f) { add(f, StageKind::kRelu); }},
    {KeyId::kConvolveAddPool, [](const Frame& f) { add(f, StageKind::kMaxPool); }},
    {KeyId::kConvolveRemoveStage, [](const Frame& f) { remove_convolve_stage(f, edited_convolve_stage(f)); }},
    {KeyId::kConvolveColour, next_colour},
    {KeyId::kConvolveDifference, toggle_difference},
    {KeyId::kConvolveTextbook, toggle_page},
    {KeyId::kConvolvePin, toggle_pin},
    {KeyId::kConvolveStep, step_convolve_pixel},
    {KeyId::kConvolveMeasure, [](const Frame& f) { f.send_convolve(session::MeasureVariants{}); }},
    {KeyId::kClose, let_go},
};

// A weight that has the keyboard takes figures, signs, Backspace and Delete for itself.
bool in_weight(const Frame& f) {
  return f.ui.widgets.focus.starts_with("Weight ");
}

}  // namespace

void handle_convolve_keys(const Frame& f) {
  const bool typing = in_weight(f);
  if (!typing) handle_convolve_centre_keys(f);
  for (const Key& key : kRepeating) {
    if (key_pressed(f, key.id)) key.act(f);
  }
  for (const Key& key : kOnce) {
    if (typing && key.id == KeyId::kConvolveRemoveStage) continue;
    if (key_struck(f, key.id)) key.act(f);
  }
  if (const int variant = variant_pressed(f); variant >= 0 && !typing) choose_variant(f, variant);
}

}  // namespace warpscope::panels

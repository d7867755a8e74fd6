#include "app/panels/learn_explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/explanation_flow.h"
#include "app/panels/learn_actions.h"
#include "app/panels/learn_network.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using session::TrainingStatus;

// One filter as the network holds it now, or the change since the start; behind the first layer its strongest slice.
std::vector<float> filter_values(const Frame& f, int layer, int index, float& range) {
  const session::Probe& probe = *f.view.probe;
  const ProbeCache& cache = f.ui.learn.network.cache;
  const training::LayerWeights* now = probe.weights->of_layer(layer);
  const training::LayerWeights* start = probe.start_weights->of_layer(layer);
  const bool change = f.ui.show_weight_change;
  range = (change ? cache.largest_change : cache.largest_weight)[static_cast<std::size_t>(layer)];
  const auto area = static_cast<std::size_t>(now->weight.shape[2] * now->weight.shape[3]);
  const auto size = area * static_cast<std::size_t>(now->weight.shape[1]);
  std::vector<float> all(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = static_cast<std::size_t>(index) * size + i;
    all[i] = now->weight.data[at] - (change ? start->weight.data[at] : 0);
  }
  std::size_t strongest = 0;
  float most = -1;
  for (std::size_t c = 0; c < size / area; ++c) {
    float sum = 0;
    for (std::size_t i = 0; i < area; ++i) sum += std::abs(all[c * area + i]);
    if (sum > most) most = sum, strongest = c;
  }
  return {all.begin() + static_cast<std::ptrdiff_t>(strongest * area),
          all.begin() + static_cast<std::ptrdiff_t>((strongest + 1) * area)};
}

void put_filters(Flow& flow, const Explanation& e) {
  if (e.filter_layer < 0) return;
  const Frame& f = flow.f;
  const session::Probe& probe = *f.view.probe;
  const training::LayerSpec& spec = probe.network->layers[static_cast<std::size_t>(e.filter_layer)];
  const bool slices = probe.network->shape_after(e.filter_layer - 1).channels > 1;
  const bool change = f.ui.show_weight_change;
  put_title(flow, fmt::format("The {} filters", spec.outputs),
            change   ? "what training changed"
            : slices ? "strongest slice of each"
                     : "learned, not designed");
  const int across = flow.tight || spec.outputs > 32 ? 16 : 8;
  const float pitch = flow.width / static_cast<float>(across);
  const float fitting = std::floor((pitch - f.px(2)) / static_cast<float>(spec.size)) * static_cast<float>(spec.size);
  const float side = std::max(static_cast<float>(spec.size), std::min(fitting, f.px(30)));
  const float down = side + (across == 8 ? f.px(10) : f.px(5));
  const int rows = (spec.outputs + across - 1) / across;
  float range = 1;
  if (!flow.measure_only) {
    const std::uint64_t version = f.ui.learn.network.cache.weights_version * 2 + (change ? 1 : 0);
    for (int i = 0; i < spec.outputs; ++i) {
      const scene::Rect cell{std::round(flow.left + static_cast<float>(i % across) * pitch),
                             std::round(flow.y + static_cast<float>(i / across) * down), side, side};
      filter_values(f, e.filter_layer, 0, range);
      f.images.draw(
          *ImGui::GetWindowDrawList(), fmt::format("e{}/{}", e.filter_layer, i), version, spec.size, spec.size,
          [&](std::span<scene::Rgba> out) {
            float scale = 1;
            const std::vector<float> values = filter_values(f, e.filter_layer, i, scale);
            for (std::size_t k = 0; k < out.size(); ++k) out[k] = scene::signed_color(values[k] / scale);
          },
          cell);
      const AreaState pointer = area(f, fmt::format("Filter {}", i + 1), cell);
      const Focus focus{Focus::Kind::kFilter, e.filter_layer, i, -1, -1, {}};
      if (pointer.hovered) {
        f.ui.hovered = focus;
        mark_hovered(f, cell);
        tip(f, fmt::format("Filter {}: click to see its map", i + 1));
      }
      if (pointer.clicked) f.ui.pinned = focus;
      if (i == e.filter) mark_selected(f, cell);
    }
  }
  flow.y += static_cast<float>(rows - 1) * down + side + f.px(8);
  if (!flow.measure_only) {
    const scene::Rect bar{flow.left, std::round(flow.y), std::min(f.px(140), flow.width * 0.6F), f.px(6)};
    color_scale(f, bar, Scale::kSigned, -range, range, change ? "change" : "weight");
  }
  flow.y += f.px(26) + flow.gap(6, 2);
}

struct TryLook {
  TryAction action;
  const char* name;
  Icon icon;
  const char* key;
};
constexpr TryLook kTries[] = {
    {TryAction::kSlide, "Slide the window", Icon::kPlay, "S"},
    {TryAction::kNextExample, "Show another example", Icon::kSkip, "X"},
    {TryAction::kOneStep, "Try one step, slowly", Icon::kStep, "N"},
    {TryAction::kTrain, "Start training", Icon::kPlay, "Space"},
    {TryAction::kRecover, "Go on", Icon::kPlay, ""},
    {TryAction::kChange, "Show the change", Icon::kNone, "W"},
    {TryAction::kFilters, "Show the filters", Icon::kNone, ""},
    {TryAction::kLogScale, "Log scale", Icon::kNone, "L"},
    {TryAction::kCompareRuns, "Compare with runs", Icon::kNone, "C"},
    {TryAction::kClearPad, "Clear and draw", Icon::kTrash, ""},
    {TryAction::kFreeze, "Freeze this step", Icon::kSearch, "M"},
};

void act(const Frame& f, TryAction action) {
  UiState& ui = f.ui;
  NetworkState& network = ui.learn.network;
  switch (action) {
    case TryAction::kSlide:
      ui.slide_window = !ui.slide_window;
      network.slide_at = 0;
      break;
    case TryAction::kNextExample:
      f.send(session::ShowExample{-1});
      break;
    case TryAction::kOneStep:
      f.send(session::AdvanceStep{});
      break;
    case TryAction::kTrain:
      f.send(session::StartTraining{});
      break;
    case TryAction::kRecover:
      if (f.view.training.divergence) f.send(session::RecoverTraining{f.view.training.divergence->suggested_rate});
      break;
    case TryAction::kChange:
      ui.show_weight_change = !ui.show_weight_change;
      break;
    case TryAction::kFilters:
      ui.show_weight_change = false;
      network.mode = network.mode == NetworkMode::kFilters ? NetworkMode::kMaps : NetworkMode::kFilters;
      break;
    case TryAction::kLogScale:
      ui.log_loss = !ui.log_loss;
      break;
    case TryAction::kCompareRuns:
      ui.runs_open = true;
      break;
    case TryAction::kClearPad:
      clear_pad(f);
      break;
    case TryAction::kFreeze:
      f.send(session::FreezeStep{});
      break;
  }
}

bool is_on(const UiState& ui, TryAction action) {
  switch (action) {
    case TryAction::kSlide:
      return ui.slide_window;
    case TryAction::kChange:
      return ui.show_weight_change;
    case TryAction::kFilters:
      return ui.learn.network.mode == NetworkMode::kFilters;
    case TryAction::kLogScale:
      return ui.log_loss;
    default:
      return false;
  }
}

void put_try(Flow& flow, const Explanation& e) {
  if (e.try_text.empty() && e.actions.empty()) return;
  const Frame& f = flow.f;
  put_rule(flow);
  put_title(flow, "Try", "");
  put_paragraph(flow, e.try_text);
  flow.y -= flow.gap(2, 2);
  FlowButtons row;
  for (const TryAction action : e.actions) {
    const auto* look =
        std::find_if(std::begin(kTries), std::end(kTries), [&](const TryLook& t) { return t.action == action; });
    ButtonLook button_look;
    button_look.icon = action == TryAction::kSlide && flow.f.ui.slide_window ? Icon::kPause : look->icon;
    button_look.selected = is_on(f.ui, action);
    button_look.enabled = action != TryAction::kClearPad || !f.ui.editor.drawing().empty();
    button_look.key = flow.tight ? "" : look->key;
    if (put_button(flow, row, look->name, button_look)) act(f, action);
  }
  end_buttons(flow, row);
  flow.y += f.px(12);
}

// Where the picture has no room for the worked sum, it stands here, below the heading.
void put_sum(Flow& flow, const Focus& focus) {
  const Frame& f = flow.f;
  if (!f.ui.learn.network.sum_in_panel || f.view.probe == nullptr || !has_sum(*f.view.probe->network, focus)) return;
  if (!flow.measure_only) {
    text(f, {flow.left, flow.y}, Type::kCaption, f.colors.text3, sum_title(*f.view.probe->network, focus));
  }
  flow.y += line_height(f, Type::kCaption) + f.px(4);
  const scene::Rect place{flow.left, flow.y, flow.width, 0};
  flow.y += draw_sum(f, *f.view.probe, focus, place, flow.measure_only) + flow.gap(14, 10);
}

void put_all(Flow& flow, const Explanation& e, const Focus& focus) {
  flow.y += flow.gap(14, 8);
  put_heading(flow, e.heading);
  put_sum(flow, focus);
  put_paragraph(flow, e.text);
  put_formula(flow, e.formula);
  put_paragraph(flow, e.more);
  put_filters(flow, e);
  put_facts(flow, e.facts_title, e.facts);
  put_try(flow, e);
}

Focus shown_focus(const Frame& f, scene::Rect r) {
  UiState& ui = f.ui;
  ExplanationState& state = ui.learn.explanation;
  const auto is = [](const Focus& focus) { return focus.kind != Focus::Kind::kNone; };
  switch (choose_spoken(f, r, {is(ui.pinned), is(ui.hovered), is(state.shown)}, state.hovered_at)) {
    case Spoken::kPinned:
      return ui.pinned;
    case Spoken::kHovered:
      return ui.hovered;
    case Spoken::kAsBefore:
      return state.shown;
    case Spoken::kNothing:
      break;
  }
  return {};
}

}  // namespace

void draw_explanation(const Frame& f, scene::Rect r) {
  refresh_cache(f.ui.learn.network.cache, f.view.probe);
  ExplanationState& state = f.ui.learn.explanation;
  state.drawn_in_frame = ImGui::GetFrameCount();
  const Focus focus = shown_focus(f, r);
  if (focus.kind != state.shown.kind) state.scroll = 0;
  state.shown = focus;
  const float padding = f.px(r.w < f.px(300) ? 12 : 16), header = f.px(scene::size::kPanelHeader);
  const bool pinned = f.ui.pinned.kind != Focus::Kind::kNone;
  if (explanation_header(f, {r.x, r.y, r.w, header}, padding, pinned, focus.kind != Focus::Kind::kNone)) {
    f.ui.pinned = pinned ? Focus{} : focus;
  }
  const Explanation e = explain(f.view, f.ui, focus);

  const scene::Rect body{r.x, r.y + header, r.w, r.h - header};
  Flow flow{f, r.x + padding, r.w - 2 * padding, r, 0, true, r.w < f.px(300)};
  put_all(flow, e, focus);
  if (!flow.tight && flow.y > body.h) {
    flow.y = 0;
    flow.tight = true;
    put_all(flow, e, focus);
  }
  state.content_height = flow.y;
  scroll_by_wheel(f, body, state.content_height, state.scroll);
  {
    const Clip clip(body);
    Flow drawn{f, flow.left, flow.width, r, std::round(body.y - state.scroll), false, flow.tight};
    put_all(drawn, e, focus);
  }
  scroll_mark(f, body, state.content_height, state.scroll);
  f.ui.learn.network.before = f.ui.hovered;
}

}  // namespace warpscope::panels

#include "app/panels/learn_explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_actions.h"
#include "app/panels/learn_network.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using session::TrainingStatus;

constexpr double kHoldSeconds = 0.150;  // while the pointer crosses a gap between two things

// Blocks from top to bottom; measured first where that decides how tight they stand.
struct Flow {
  const Frame& f;
  float left = 0, width = 0;  // of the text
  scene::Rect panel;          // hairlines run over its whole width
  float y = 0;
  bool measure_only = false;
  bool tight = false;
  float gap(float roomy, float narrow) const { return f.px(tight ? narrow : roomy); }
};

// "28 × 28" stays on one line: the spaces around the sign are made unbreakable.
std::string with_whole_products(std::string_view words) {
  constexpr std::string_view kTimes = " × ", kUnbroken = "\u00A0×\u00A0";
  std::string out(words);
  for (std::size_t at = out.find(kTimes); at != std::string::npos; at = out.find(kTimes, at + kUnbroken.size())) {
    out.replace(at, kTimes.size(), kUnbroken);
  }
  return out;
}

void put_paragraph(Flow& flow, std::string_view sentence) {
  if (sentence.empty()) return;
  const std::string words = with_whole_products(sentence);
  const Type type = flow.tight ? Type::kSmall : Type::kBody;
  flow.y += paragraph(flow.f, {flow.left, flow.y}, flow.width, type, flow.f.colors.text2, words, flow.measure_only);
  flow.y += flow.gap(12, 8);
}

void put_formula(Flow& flow, std::string_view words) {
  if (words.empty()) return;
  const bool tall = words.find("\\Sigma") != std::string_view::npos;  // what runs below the sign needs room
  const scene::Rect block{flow.left, flow.y, flow.width, flow.f.px(tall || !flow.tight ? 60 : 48)};
  if (!flow.measure_only) formula(flow.f, block, words);
  flow.y += block.h + flow.gap(14, 10);
}

void put_rule(Flow& flow) {
  flow.y += flow.gap(2, 0);
  if (!flow.measure_only) {
    line(flow.f, {flow.panel.x, std::round(flow.y)}, {flow.panel.right(), std::round(flow.y)}, flow.f.colors.hair,
         flow.f.px(1));
  }
  flow.y += flow.gap(9, 7);
}

void put_title(Flow& flow, std::string_view title, std::string_view caption) {
  if (!flow.measure_only) panel_title(flow.f, {flow.left, flow.y}, title, caption, flow.width);
  flow.y += line_height(flow.f, Type::kTitle) + flow.gap(5, 3);
}

void put_facts(Flow& flow, const Explanation& e) {
  if (e.facts.empty()) return;
  const Frame& f = flow.f;
  put_rule(flow);
  put_title(flow, e.facts_title, "");
  const float row = f.px(flow.tight ? 21 : 24);
  for (const Explanation::Fact& fact : e.facts) {
    if (!flow.measure_only) {
      // The number stands whole; a long text (a network's layers) leaves room for its name.
      const float mark = fact.measured ? f.px(12) : 0;
      const float value = std::min(text_width(f, Type::kNumber, fact.value), 0.7F * flow.width - mark);
      text(f, {flow.left, flow.y + std::round((row - line_height(f, Type::kSmall)) / 2)}, Type::kSmall, f.colors.text2,
           fact.name, Align::kLeft, flow.width - value - mark - f.px(8));
      const float x = flow.left + flow.width - value;
      text(f, {x, flow.y + std::round((row - line_height(f, Type::kNumber)) / 2)}, Type::kNumber, f.colors.text,
           fact.value, Align::kLeft, value + 1);
      if (fact.measured) origin_mark(f, {x - f.px(8), std::round(flow.y + row / 2)}, Origin::kMeasured);
    }
    flow.y += row;
  }
  flow.y += flow.gap(8, 6);
}

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
  float x = flow.left;
  const float high = f.px(scene::size::kControl);
  for (const TryAction action : e.actions) {
    const auto* look =
        std::find_if(std::begin(kTries), std::end(kTries), [&](const TryLook& t) { return t.action == action; });
    ButtonLook button_look;
    button_look.icon = action == TryAction::kSlide && flow.f.ui.slide_window ? Icon::kPause : look->icon;
    button_look.selected = is_on(f.ui, action);
    button_look.enabled = action != TryAction::kClearPad || !f.ui.editor.drawing().empty();
    button_look.key = flow.tight ? "" : look->key;
    const float width = std::min(button_width(f, look->name, button_look), flow.width);
    if (x > flow.left && x + width > flow.left + flow.width) {
      x = flow.left;
      flow.y += high + f.px(8);
    }
    if (!flow.measure_only && button(f, look->name, {x, std::round(flow.y), width, high}, button_look)) act(f, action);
    x += width + f.px(12);
  }
  if (!e.actions.empty()) flow.y += high;
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
  const Frame& f = flow.f;
  flow.y += flow.gap(14, 8);
  flow.y += paragraph(f, {flow.left, flow.y}, flow.width, flow.tight ? Type::kBrand : Type::kHeading, f.colors.text,
                      e.heading, flow.measure_only);
  flow.y += flow.gap(6, 4);
  put_sum(flow, focus);
  put_paragraph(flow, e.text);
  put_formula(flow, e.formula);
  put_paragraph(flow, e.more);
  put_filters(flow, e);
  put_facts(flow, e);
  put_try(flow, e);
}

// What the panel speaks of in this frame. While the pointer is on its way, or on the panel itself, it stays what it
// was.
Focus shown_focus(const Frame& f, scene::Rect r) {
  UiState& ui = f.ui;
  ExplanationState& state = ui.learn.explanation;
  if (ui.pinned.kind != Focus::Kind::kNone) {
    state.hovered_at = ui.now;
    return ui.pinned;
  }
  if (hovered(f, r)) {
    state.hovered_at = ui.now;
    return state.shown;
  }
  if (ui.hovered.kind != Focus::Kind::kNone) {
    state.hovered_at = ui.now;
    return ui.hovered;
  }
  const ImVec2 moved = ImGui::GetIO().MouseDelta;
  if (moved.x != 0 || moved.y != 0)
    state.hovered_at = std::max(state.hovered_at, moved.x > 0 ? ui.now : state.hovered_at);
  const double left = kHoldSeconds - (ui.now - state.hovered_at);
  if (left <= 0 || state.shown.kind == Focus::Kind::kNone) return {};
  ui.wake_in(left);
  return state.shown;
}

void draw_header(const Frame& f, scene::Rect header, float padding) {
  UiState& ui = f.ui;
  const bool pinned = ui.pinned.kind != Focus::Kind::kNone;
  text(f, {header.x + padding, std::round(header.centre().y - line_height(f, Type::kTitle) / 2)}, Type::kTitle,
       f.colors.text, "What am I looking at?");
  const ButtonLook look{.icon = pinned ? Icon::kPinned : Icon::kPin,
                        .selected = pinned,
                        .enabled = pinned || ui.learn.explanation.shown.kind != Focus::Kind::kNone,
                        .tip = pinned ? "Let go (Esc)" : "Hold this explanation (H)",
                        .label_hidden = true,
                        .ghost = true};
  const float side = f.px(28);
  if (button(f, "Pin",
             {header.right() - padding - side + f.px(6), std::round(header.centre().y - side / 2), side, side}, look)) {
    ui.pinned = pinned ? Focus{} : ui.learn.explanation.shown;
  }
  line(f, {header.x, header.bottom() - f.px(1)}, {header.right(), header.bottom() - f.px(1)}, f.colors.hair, f.px(1));
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
  draw_header(f, {r.x, r.y, r.w, header}, padding);
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
  const float range = std::max(0.0F, state.content_height - body.h);
  if (hovered(f, body)) state.scroll -= ImGui::GetIO().MouseWheel * f.px(48);
  state.scroll = std::clamp(state.scroll, 0.0F, range);
  {
    const Clip clip(body);
    Flow drawn{f, flow.left, flow.width, r, std::round(body.y - state.scroll), false, flow.tight};
    put_all(drawn, e, focus);
  }
  if (range > 0) {
    const float high = std::max(f.px(24), body.h * body.h / state.content_height);
    fill(f, {body.right() - f.px(5), body.y + (body.h - high) * state.scroll / range, f.px(3), high}, f.colors.strong,
         f.px(1));
  }
  f.ui.learn.network.before = f.ui.hovered;
}

}  // namespace warpscope::panels

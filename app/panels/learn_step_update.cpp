#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/learn_step.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using training::OptimizerSettings;

// Four significant digits, with a true minus sign, as formulas have it.
std::string number(double value) {
  const double size = std::abs(value);
  const std::string digits = size != 0 && size < 9.995e-4 ? fmt::format("{:.2e}", size) : fmt::format("{:.4g}", size);
  return (value < 0 ? "−" : "") + digits;
}

// A weight changes behind the fourth digit.
std::string fine(double value) {
  return fmt::format("{}{:.6f}", value < 0 ? "−" : "", std::abs(value));
}

// In the middle of an expression a negative number stands in brackets.
std::string factor(double value) {
  return value < 0 ? fmt::format("({})", number(value)) : number(value);
}

// One weight's numbers of this step.
struct Numbers {
  double before = 0, gradient = 0, rate = 0;
  double first = 0, second = 0;  // moments after the update
  double updates = 0;
};
Numbers numbers_of(const session::StepTrace& trace, std::size_t weight) {
  Numbers n;
  n.before = trace.before->layers.front().weight.data[weight];
  n.gradient = trace.gradients->layers.front().weight.data[weight];
  n.rate = trace.rate;
  if (trace.moments == nullptr) return n;
  n.updates = static_cast<double>(trace.moments->updates);
  const auto moment = [weight](const training::Weights& moments) {
    return moments.layers.empty() ? 0.0 : static_cast<double>(moments.layers.front().weight.data[weight]);
  };
  n.first = moment(trace.moments->first);
  n.second = moment(trace.moments->second);
  return n;
}

void work_sgd(const Numbers& n, const OptimizerSettings&, WorkedUpdate& out) {
  out.result = n.before - n.rate * n.gradient;
  out.lines.push_back({"new w",
                       fmt::format("w − η g = {} − {} · {}", fine(n.before), number(n.rate), factor(n.gradient)),
                       fine(out.result)});
}

void work_momentum(const Numbers& n, const OptimizerSettings& settings, WorkedUpdate& out) {
  const double mu = settings.momentum, old = (n.first - n.gradient) / mu;
  out.lines.push_back({"memory m",
                       fmt::format("{} m + g = {} · {} + {}", number(mu), number(mu), factor(old), factor(n.gradient)),
                       number(n.first)});
  out.result = n.before - n.rate * n.first;
  out.lines.push_back({"new w", fmt::format("w − η m = {} − {} · {}", fine(n.before), number(n.rate), factor(n.first)),
                       fine(out.result)});
}

void work_adam(const Numbers& n, const OptimizerSettings& settings, WorkedUpdate& out) {
  const double b1 = settings.beta1, b2 = settings.beta2;
  const double old_mean = (n.first - (1 - b1) * n.gradient) / b1;
  const double old_square = std::max(0.0, (n.second - (1 - b2) * n.gradient * n.gradient) / b2);
  const double mean = n.first / (1 - std::pow(b1, n.updates)), square = n.second / (1 - std::pow(b2, n.updates));
  const double step = mean / (std::sqrt(square) + static_cast<double>(settings.epsilon));
  out.result = n.before - n.rate * step;
  out.lines.push_back({"mean m",
                       fmt::format("{} m + {} g = {} · {} + {} · {}", number(b1), number(1 - b1), number(b1),
                                   factor(old_mean), number(1 - b1), factor(n.gradient)),
                       number(n.first)});
  out.lines.push_back({"squares v",
                       fmt::format("{} v + {} g² = {} · {} + {} · {}²", number(b2), number(1 - b2), number(b2),
                                   number(old_square), number(1 - b2), factor(n.gradient)),
                       number(n.second)});
  out.lines.push_back({"direction d",
                       fmt::format("m' / ( √v' + ε ) = {} / {}", number(mean), number(std::sqrt(square))),
                       number(step)});
  out.lines.push_back(
      {"new w", fmt::format("w − η d = {} − {} · {}", fine(n.before), number(n.rate), factor(step)), fine(out.result)});
}

// What an optimiser is called in a trace, and how it is told.
struct UpdateText {
  std::string_view optimizer, formula, about;
  void (*work)(const Numbers& n, const OptimizerSettings& settings, WorkedUpdate& out);
};
constexpr std::array kUpdates{
    UpdateText{"sgd", "w ← w − η g",
               "Plain gradient descent: every weight goes against its gradient g, as far as the rate η says.",
               work_sgd},
    UpdateText{"momentum", "m ← μ m + g ,   w ← w − η m",
               "Momentum: m remembers earlier gradients, so steps in one direction add up and zigzags cancel.",
               work_momentum},
    UpdateText{
        "adam", "w ← w − η m' / ( √v' + ε )",
        "Adam: m is the mean of recent gradients, v of their squares; m' and v' make up for both having begun at "
        "0. A weight with small but steady gradients moves as far as one with large ones.",
        work_adam},
};

const UpdateText& text_of(const session::StepTrace& trace) {
  return *std::find_if(kUpdates.begin(), kUpdates.end(),
                       [&](const UpdateText& u) { return u.optimizer == trace.optimizer; });
}

// Name, expression and value of each line; returns the height used.
float draw_worked(const StepFrame& s, Rect r, const WorkedUpdate& worked) {
  const Frame& f = s.f;
  const float row = f.px(r.h < f.px(400) ? 19 : 22), name = f.px(84), value = f.px(86);
  float y = r.y;
  for (std::size_t i = 0; i < worked.lines.size(); ++i) {
    const WorkedUpdate::Line& line_of = worked.lines[i];
    const bool last = i + 1 == worked.lines.size();
    const auto top = [&](Type type) { return y + std::round((row - line_height(f, type)) / 2); };
    if (last) fill(f, {r.x - f.px(6), y, r.w + f.px(12), row}, f.colors.raised, f.px(scene::size::kRadiusChip));
    text(f, {r.x, top(Type::kSmall)}, Type::kSmall, f.colors.text2, line_of.name, Align::kLeft, name);
    // Where the whole does not fit, its numbers alone do.
    const float room = r.w - name - value;
    const std::size_t equals = line_of.expression.find(" = ");
    const bool whole = equals == std::string::npos || text_width(f, Type::kTick, line_of.expression) <= room;
    const std::string_view expression = std::string_view(line_of.expression).substr(whole ? 0 : equals + 3);
    text(f, {r.x + name, top(Type::kTick)}, Type::kTick, f.colors.text3, expression, Align::kLeft, room);
    text(f, {r.x + r.w, top(Type::kNumber)}, Type::kNumber, f.colors.text, line_of.value, Align::kRight);
    if (hovered(f, {r.x, y, r.w, row})) tip(f, fmt::format("{} = {}", line_of.expression, line_of.value));
    y += row;
  }
  return y - r.y;
}

std::string place_text(const session::StepTrace& trace, std::size_t weight) {
  const training::Tensor& tensor = trace.before->layers.front().weight;
  const std::size_t stride = tensor.data.size() / static_cast<std::size_t>(tensor.shape[0]);
  const bool filters = tensor.shape.size() == 4;
  const auto width = static_cast<std::size_t>(filters ? tensor.shape[3] : trace.network->input.width);
  const std::size_t place = weight % stride;
  return fmt::format("{} {}, row {}, column {}", filters ? "filter" : "unit", weight / stride + 1, place / width + 1,
                     place % width + 1);
}

}  // namespace

std::size_t most_changed_weight(const session::StepTrace& trace) {
  const std::vector<float>& before = trace.before->layers.front().weight.data;
  const std::vector<float>& after = trace.after->layers.front().weight.data;
  std::size_t best = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (std::abs(after[i] - before[i]) > std::abs(after[best] - before[best])) best = i;
  }
  return best;
}

WorkedUpdate worked_update(const session::StepTrace& trace, const OptimizerSettings& settings, std::size_t weight) {
  const Numbers n = numbers_of(trace, weight);
  WorkedUpdate out;
  out.lines.push_back({"weight w", "", fine(n.before)});
  out.lines.push_back({"gradient g", "∂L / ∂w", number(n.gradient)});
  text_of(trace).work(n, settings, out);
  return out;
}

void draw_step_update(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  SlowStepState& state = f.ui.learn.slow_step;
  const training::Weights &before = *s.trace.before, &after = *s.trace.after;
  if (state.weight && *state.weight >= before.layers.front().weight.data.size()) state.weight.reset();
  const std::size_t weight = state.weight.value_or(most_changed_weight(s.trace));

  StepColumn column{r, r.y};
  const UpdateText& update = text_of(s.trace);
  const bool roomy = r.h > f.px(640);
  step_title(s, column, "The step", fmt::format("rate η = {:.3g}", static_cast<double>(s.trace.rate)));
  step_formula(s, column, update.formula);
  if (roomy) {
    column.y +=
        paragraph(f, {r.x, column.y}, std::min(r.w, f.px(620)), Type::kBody, f.colors.text2, update.about) + f.px(12);
  }
  step_title(s, column, "One weight",
             fmt::format("{}: {}", place_text(s.trace, weight),
                         state.weight ? "the one you chose" : "it changed most; click another below"));
  const WorkedUpdate worked = worked_update(s.trace, f.view.training.settings.optimizer, weight);
  column.y += draw_worked(s, {r.x + f.px(6), column.y, std::min(r.w, f.px(640)) - f.px(12), column.rest().h}, worked) +
              f.px(12);
  step_title(s, column, "Changes made", "the largest of each layer");
  column.y += draw_layer_bars(s, column.rest(), after, &before, "change") + f.px(4);
  const int first = before.layers.front().layer;
  const float weight_range = std::max(largest_of(before, nullptr, first), largest_of(after, nullptr, first));
  const float change_range = std::max(1e-12F, largest_of(after, &before, first));
  const auto clicked =
      draw_weight_blocks(s, column.rest(),
                         {{"Before", "first layer", {"before", &before, nullptr, weight_range, weight}},
                          {"Change", "own scale", {"change", &after, &before, change_range, weight}},
                          {"After", "first layer", {"after", &after, nullptr, weight_range, weight}}});
  if (clicked) state.weight = clicked;
}

}  // namespace warpscope::panels

#include <fmt/format.h>

#include <algorithm>

#include "app/panels/learn_explanation.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using session::LearnView;
using session::TrainingStatus;

std::string number(long long value) {
  return with_thousands(value);
}
std::string percent(double part) {
  return fmt::format("{:.1f} %", 100 * part);
}

bool is_idle(const LearnView& view) {
  const TrainingStatus status = view.training.status;
  return status == TrainingStatus::kReady || status == TrainingStatus::kPaused || status == TrainingStatus::kFinished;
}

void offer_training(Explanation& e, const LearnView& view) {
  if (is_idle(view)) {
    e.actions = {TryAction::kTrain, TryAction::kOneStep};
  } else if (view.training.status == TrainingStatus::kTraining) {
    e.actions = {TryAction::kOneStep};
  }
}

Explanation explain_divergence(const LearnView& view) {
  Explanation e;
  e.heading = "The loss exploded";
  e.text = view.training.divergence->message;
  e.formula = "w ← w − rate · ∂L/∂w";
  e.more =
      "A **rate** that is too high jumps over the valley instead of going down into it; every jump lands higher. "
      "Nothing is lost: the last good weights are still there.";
  e.try_text =
      fmt::format("Go on from the last good weights with the rate {:g}.", view.training.divergence->suggested_rate);
  e.actions = {TryAction::kRecover};
  return e;
}

Explanation explain_screen(const LearnView& view) {
  if (view.training.divergence) return explain_divergence(view);
  Explanation e;
  e.heading = "A network that learns digits";
  e.text =
      "Draw a digit at the left. The network in the middle turns its **28 × 28 pixels** into ten numbers: how sure it "
      "is "
      "of each digit. Follow the picture from left to right; every column is computed from the one before.";
  e.more =
      "At first its weights are random and it can only guess. **Training** shows it digits that people wrote, a batch "
      "at "
      "a time, and moves every weight a little to where the error gets smaller. The curves below tell how that goes.";
  e.facts_title = "This network in numbers";
  if (view.probe != nullptr) {
    const training::NetworkSpec& network = *view.probe->network;
    e.facts.push_back({network.name, network.about});
    e.facts.push_back({"weights and biases", number(network.parameter_count())});
  }
  e.facts.push_back({"training steps made", number(view.training.step)});
  if (view.training.validation_accuracy) {
    e.facts.push_back({"validation digits read right", percent(*view.training.validation_accuracy), true});
  }
  e.facts.push_back({"your drawings in training", number(view.training.drawings_in_replay)});
  e.try_text = "Draw your own 7 and press its key. Point at anything: this panel tells what it is.";
  offer_training(e, view);
  return e;
}

Explanation explain_pad(const LearnView&, const UiState& ui) {
  Explanation e;
  e.heading = "What you draw";
  e.text =
      "Your strokes are kept as **lines**, not as pixels. For the network they are fitted into 20 × 20 pixels, drawn "
      "about two pixels thick, and moved so that their **centre of mass** lies in the middle of 28 × 28.";
  e.more =
      "The digits of MNIST were made the same way. So size and place on the pad do not matter, and neither does the "
      "pen's "
      "width: that is for your eyes. The shape matters.";
  std::size_t points = 0;
  for (const drawings::Stroke& stroke : ui.editor.drawing().strokes) points += stroke.size();
  e.facts_title = "This drawing in numbers";
  e.facts = {{"strokes", number(static_cast<long long>(ui.editor.drawing().strokes.size()))},
             {"points", number(static_cast<long long>(points))}};
  e.try_text = "Draw a tiny 3 in a corner, then a huge one: the network sees nearly the same picture.";
  if (points > 0) e.actions = {TryAction::kClearPad};
  return e;
}

Explanation explain_loss(const LearnView& view) {
  Explanation e;
  e.heading = "Loss: how surprised it is";
  e.text =
      "For every digit, look at the probability the network gave to the **right answer**. The loss is minus its "
      "logarithm: 0 when it was sure and right, **2.3** when it guesses among ten, and more when it is sure and wrong.";
  e.formula = "L = − ln p_{label}";
  e.more =
      "The pale band is single batches, the line their smoothed course. **Validation** is measured on digits that are "
      "never trained on: if it rises while training falls, the network learns its examples by heart.";
  e.facts_title = "Now";
  e.facts = {{"step", number(view.training.step)},
             {"training loss, smoothed", fmt::format("{:.4f}", view.training.loss)}};
  if (view.training.validation_loss)
    e.facts.push_back({"validation loss", fmt::format("{:.4f}", *view.training.validation_loss)});
  e.try_text = "On a log scale small losses stay visible. Freeze a step to see the kernels that this curve is made of.";
  e.actions = {TryAction::kLogScale, TryAction::kFreeze};
  return e;
}

Explanation explain_accuracy(const LearnView& view) {
  Explanation e;
  e.heading = "Accuracy: how many it reads right";
  e.text =
      "The share of digits whose most probable answer is the right one. Guessing gives **10 %**. It is what we care "
      "about; but it jumps, so training follows the loss, which changes smoothly.";
  e.formula = "accuracy = right / all";
  e.more =
      "Training accuracy is measured on the batches just used, partly distorted and partly your drawings: it may lie "
      "**below** validation, whose digits are clean.";
  e.facts_title = "Now";
  e.facts = {{"training, smoothed", percent(view.training.accuracy)}};
  if (view.training.validation_accuracy)
    e.facts.push_back({"validation", percent(*view.training.validation_accuracy), true});
  if (view.training.test_accuracy)
    e.facts.push_back({"test, read once at the end", percent(*view.training.test_accuracy), true});
  e.try_text = "Compare with an earlier run, or freeze a step and see its kernels.";
  e.actions = {TryAction::kCompareRuns, TryAction::kFreeze};
  return e;
}

Explanation explain_confusion(const LearnView& view, const Focus& focus) {
  Explanation e;
  e.heading = "Which digits are mixed up";
  e.text =
      "Each row is a digit as it was **meant**, each column what it was **read as**. On the diagonal they agree. Every "
      "other cell counts mistakes: the brighter, the more of them.";
  if (view.evaluation != nullptr && focus.row >= 0 && focus.row < 10 && focus.column >= 0 && focus.column < 10) {
    const int count = view.evaluation->numbers
                          ->confusion[static_cast<std::size_t>(focus.row)][static_cast<std::size_t>(focus.column)];
    e.more = focus.row == focus.column ? fmt::format("**{}** of the {}s were read right.", number(count), focus.row)
                                       : fmt::format("**{}** of the {}s were read as {}. Click the cell to see them.",
                                                     number(count), focus.row, focus.column);
  } else {
    e.more = "4 and 9, 3 and 5, 7 and 2 are mixed up by people too. Click a cell to see its pictures.";
  }
  if (view.evaluation != nullptr) {
    e.facts_title = "Validation in numbers";
    e.facts = {{"digits", number(view.evaluation->numbers->count)},
               {"read right", percent(view.evaluation->numbers->accuracy), true},
               {"at step", number(view.evaluation->step)}};
  }
  e.try_text = "Look at the wrong ones: would you have read them right?";
  return e;
}

Explanation explain_gallery(const LearnView& view, const Focus& focus) {
  const auto& items = view.gallery->items;
  Explanation e;
  e.heading = "One of your drawings";
  e.text =
      "Every drawing you label is kept, and joins training at once. As soon as there are some, about **half of each "
      "batch** is your drawings, slightly changed each time, and every digit of yours equally often.";
  if (focus.index >= 0 && focus.index < static_cast<int>(items.size())) {
    const session::GalleryItem& item = items[static_cast<std::size_t>(focus.index)];
    if (item.read_as < 0) {
      e.more = fmt::format("Labelled **{}**; the network has not read it yet.", item.label);
    } else if (item.read_as == item.label) {
      e.more = fmt::format("Labelled **{}**, and read as {} with {:.0f} % certainty.", item.label, item.read_as,
                           100 * item.confidence);
    } else {
      e.more = fmt::format(
          "Labelled **{}**, but read as **{}** with {:.0f} % certainty. Let it train on: a few drawings "
          "of the kind are often enough.",
          item.label, item.read_as, 100 * item.confidence);
    }
  }
  const auto wrong = std::count_if(items.begin(), items.end(), [](const session::GalleryItem& item) {
    return item.read_as >= 0 && item.read_as != item.label;
  });
  e.facts_title = "Your drawings in numbers";
  e.facts = {{"drawings", number(static_cast<long long>(items.size()))}, {"read wrongly now", number(wrong)}};
  e.try_text = "Click to choose it: then a digit key corrects its label, and Delete removes it.";
  offer_training(e, view);
  return e;
}

struct PhaseText {
  const char *heading, *text, *formula, *more;
};
// In the order of session::StepPhase.
constexpr PhaseText kPhases[] = {
    {"1. Forward: what does it say now?",
     "The batch goes through the network, layer by layer, with the weights as they are. For every digit out come ten "
     "probabilities.",
     "p = softmax( network( x, w ) )", "Nothing is learned yet: this is only looking."},
    {"2. Loss: how wrong was that?",
     "The right label of each digit is known. The smaller the probability it got, the larger the loss. The mean over "
     "the "
     "batch is the one number to make smaller.",
     "L = − mean( ln p_{label} )", "2.3 is what guessing among ten would give."},
    {"3. Backward: who is to blame?",
     "From the loss back to the first layer, the **chain rule** works out for every single weight how the loss would "
     "change if that weight grew a little: its gradient.",
     "g = ∂L / ∂w",
     "Orange: the loss would grow with this weight. Blue: it would shrink. White: this weight hardly mattered."},
    {"4. Update: a small step down",
     "Every weight moves a little **against** its gradient. How far, the rate and the optimiser decide.",
     "w ← w − rate · g",
     "One step changes little. Thousands of them make a network that reads. Adam scales each weight's step by how "
     "large "
     "its gradients usually are."},
};

Explanation explain_step(const LearnView& view) {
  Explanation e;
  const auto phase = view.step != nullptr ? static_cast<std::size_t>(view.step->phase) : 0;
  const PhaseText& words = kPhases[std::min(phase, std::size(kPhases) - 1)];
  e.heading = words.heading;
  e.text = words.text;
  e.formula = words.formula;
  e.more = words.more;
  if (view.step != nullptr) {
    e.facts_title = "This step in numbers";
    e.facts.push_back({"step", number(view.step->step)});
    if (view.step->batch != nullptr)
      e.facts.push_back({"digits in the batch", number(static_cast<long long>(view.step->batch->labels.size()))});
    if (phase >= 1) e.facts.push_back({"mean loss", fmt::format("{:.4f}", view.step->mean_loss)});
    if (phase >= 1) e.facts.push_back({"read right", number(view.step->correct)});
    e.facts.push_back({"rate", fmt::format("{:g}", view.step->rate)});
  }
  e.try_text = phase < 3 ? "N goes on to the next phase." : "N begins the next step. Shift+N leaves.";
  e.actions = {TryAction::kOneStep};
  return e;
}

struct ControlText {
  const char *name, *heading, *text, *formula, *more;
};
constexpr ControlText kControls[] = {
    {"Microscope", "From a curve to a lane",
     "Freezes the training step that is about to come and lists the **kernels** it is made of, in order, with their "
     "tensors and times. Each opens in **Step**, on the numbers of this very step, or in the **SM map**.",
     "", "The step is made once more beside the training, which goes on as it was."},
    {"Network", "Which network",
     "The **mlp** networks join every unit to every number before it. The **cnn** networks first slide small filters "
     "over "
     "the picture, so that what is learned in one place holds everywhere.",
     "", "Another network has other weights: it takes effect on reset."},
    {"Optimiser", "How weights move",
     "**SGD** takes the gradient as it is. **Momentum** keeps rolling in the direction of the last steps. **Adam** "
     "also "
     "gives every weight its own step size, from how large its gradients usually are.",
     "m ← β m + (1 − β) g", "Adam is a good first choice; plain SGD shows best what the rate does."},
    {"Rate", "How far each step goes",
     "The **learning rate**. Too small, and learning crawls; too large, and it jumps over the valley: the loss rises, "
     "and may explode.",
     "w ← w − rate · g",
     "Try ten times more, then ten times less, and watch the loss curve. It can be changed while training runs."},
    {"Schedule", "The rate over time",
     "**Constant** keeps the rate. **One-cycle** starts low, rises to the rate set here, and ends very low: large "
     "steps "
     "while far away, small ones for the last bit.",
     "", "It needs to know how many epochs there will be."},
    {"Batch", "Digits per step",
     "The gradient is the mean over this many digits. A **small** batch gives many noisy steps, a **large** one few "
     "steady "
     "ones.",
     "g = mean( g_{1}, …, g_{n} )", "A new size takes effect on reset."},
    {"Epochs", "How often through all digits",
     "One **epoch** shows every training digit once, in a new order. After the planned epochs the test set is read, "
     "once.",
     "", "Training can go on afterwards, at a tenth of the rate."},
    {"Seed", "The same chance again",
     "All chance comes from this number: the first weights, the order of the digits, their distortions. **Same seed, "
     "same "
     "run**, to the last bit.",
     "", "Change it to see how much of a result was luck. It takes effect on reset."},
    {"Augment", "More digits out of the same ones",
     "Every digit is **slightly shifted, turned, stretched and bent** before each use, so the network never sees the "
     "same "
     "picture twice and cannot learn it by heart.",
     "", "Training accuracy gets lower, but unknown digits, and yours, are read better."},
    {"Back end", "Where training runs",
     "The same steps on the **CPU**, on a **CUDA GPU**, or on the **virtual GPU**, which runs the GPU's kernels on the "
     "processor: slower, but every launch can be opened. It can be changed while training runs; weights and moments go "
     "along.",
     "", "Auto takes a GPU where there is one, else the CPU."},
    {"Precision", "How exact the products are",
     "Tensor cores multiply **16-bit** numbers faster than 32-bit ones. **f16** keeps 11 significant bits, but no very "
     "small numbers: the loss is scaled up, and the gradients down again. **bf16** keeps 8, with the range of f32.",
     "Σ f32( x_{16} ) · f32( w_{16} )",
     "Only what goes into the matrix products is rounded; sums, weights and the optimiser stay f32."},
    {"Phases", "Where a step's time goes",
     "**gather** fetches the batch's pictures and changes them a little. **forward** goes through the layers to the "
     "ten "
     "probabilities. **backward** finds every weight's gradient. **update** moves the weights.",
     "", "Measured now and then, of one step."},
    {"Compare on this machine", "Back ends side by side",
     "The same network begins with the **same weights** on every back end and sees the **same batches**. So the speeds "
     "can be compared, and the losses show whether all compute the same.",
     "", "Training rests meanwhile, and goes on afterwards where it was."},
    {"One step, slowly", "Watch a single step",
     "Takes **one batch** through forward, loss, backward and update, and shows the numbers of each phase.", "",
     "N goes from phase to phase."},
    {"Reset", "Start afresh",
     "New random weights from the seed. Settings that need a restart take effect. Your drawings and earlier runs stay.",
     "", ""},
    {"Start", "Start or pause training",
     "Training runs in the **background**: draw, point and compare while it goes on.", "", "Space does the same."},
    {"Pause", "Start or pause training",
     "Training runs in the **background**: draw, point and compare while it goes on.", "", "Space does the same."},
    {"Compare runs", "Earlier runs",
     "The curve, settings and seed of every run are kept. Chosen ones are drawn behind the present curve.", "",
     "They can be named, deleted and exported."},
};

Explanation explain_control(const LearnView& view, const Focus& focus) {
  for (const ControlText& control : kControls) {
    if (focus.name != control.name) continue;
    Explanation e;
    e.heading = control.heading;
    e.text = control.text;
    e.formula = control.formula;
    e.more = control.more;
    if (focus.name == "Network" && view.probe != nullptr) {
      e.facts_title = "In force now";
      e.facts = {{view.probe->network->name, view.probe->network->about},
                 {"weights and biases", number(view.probe->network->parameter_count())}};
    } else if (focus.name == "Rate") {
      e.facts_title = "In force now";
      e.facts = {{"set to", fmt::format("{:g}", view.training.settings.rate)},
                 {"at this step", fmt::format("{:.2g}", view.training.rate_now)}};
    } else if (focus.name == "Back end") {
      e.facts_title = "In force now";
      e.facts = {{"trains on", view.training.device}};
      if (view.training.samples_per_second > 0) {
        e.facts.push_back({"samples a second", number(std::llround(view.training.samples_per_second)), true});
      }
    } else if (focus.name == "Augment") {
      e.facts_title = "In force now";
      const std::string kinds = training::text_of(view.training.settings.augmentation);
      e.more += kinds.empty() ? " It is off." : fmt::format(" On: {}.", kinds);
      e.facts_title.clear();
    }
    return e;
  }
  return explain_screen(view);
}

}  // namespace

Explanation explain(const LearnView& view, const UiState& ui, const Focus& focus) {
  using Kind = Focus::Kind;
  const bool in_network = view.probe != nullptr && is_in(*view.probe->network, focus);
  switch (focus.kind) {
    case Kind::kNone:
      break;
    case Kind::kPad:
      return explain_pad(view, ui);
    case Kind::kInput:
      if (view.probe != nullptr) return explain_input(view, focus);
      break;
    case Kind::kMapPixel:
    case Kind::kMap:
    case Kind::kFilter:
      if (in_network) return explain_map_pixel(view, focus);
      break;
    case Kind::kPoolPixel:
      if (in_network) return explain_pool_pixel(view, focus);
      break;
    case Kind::kUnit:
      if (in_network) return explain_unit(view, focus);
      break;
    case Kind::kOutput:
      if (in_network) return explain_output(view, focus);
      break;
    case Kind::kLossCurve:
      return explain_loss(view);
    case Kind::kAccuracyCurve:
      return explain_accuracy(view);
    case Kind::kConfusion:
      return explain_confusion(view, focus);
    case Kind::kGalleryItem:
      return explain_gallery(view, focus);
    case Kind::kControl:
      if (view.microscope != nullptr && focus.name == "Microscope") {
        return explain_microscope(*view.microscope, ui.learn.microscope);
      }
      return explain_control(view, focus);
    case Kind::kStep:
      return explain_step(view);
  }
  if (view.step != nullptr) return explain_step(view);
  if (view.microscope != nullptr) return explain_microscope(*view.microscope, ui.learn.microscope);
  return explain_screen(view);
}

}  // namespace warpscope::panels

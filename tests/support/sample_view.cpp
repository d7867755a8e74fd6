#include "tests/support/sample_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compute/drawings/prepare.h"
#include "tests/support/styles.h"

namespace warpscope::tests {

namespace {

using session::LearnView;
using session::Probe;
using session::TrainingStatus;

// Noise with a defined sequence in -1..1.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : random_(seed) {}
  float operator()() { return random_.uniform(-1.0F, 1.0F); }

 private:
  training::Random random_;
};

// Weights as after some training: changed everywhere, and with a last layer that has opinions.
std::shared_ptr<const training::Weights> grown(const training::Weights& start, std::uint64_t seed) {
  auto weights = std::make_shared<training::Weights>(start);
  Noise noise(seed + 17);
  for (training::LayerWeights& layer : weights->layers) {
    const bool last = &layer == &weights->layers.back();
    for (float& w : layer.weight.data) w = w * (last ? 6.0F : 1.2F) + 0.01F * noise();
    for (float& b : layer.bias.data) b += 0.01F * noise();
  }
  return weights;
}

void read_picture(Probe& probe) {
  probe.input.resize(probe.image.size());
  std::transform(probe.image.begin(), probe.image.end(), probe.input.begin(),
                 [](std::uint8_t v) { return static_cast<float>(v) / 255; });
  training::infer(*probe.network, *probe.weights, probe.input, probe.activations);
  probe.milliseconds = 0.42F;
}

std::shared_ptr<const Probe> make_probe(const SampleOptions& options) {
  auto probe = std::make_shared<Probe>();
  probe->network = std::make_shared<const training::NetworkSpec>(training::find_network(options.network).value());
  const training::Weights start = training::initial_weights(*probe->network, options.seed);
  probe->start_weights = std::make_shared<const training::Weights>(start);
  probe->weights = grown(start, options.seed);
  probe->step = options.steps;
  probe->from_pad = options.shows == SampleOptions::Shows::kDrawing;
  probe->drawing_version = probe->from_pad ? 1 : 0;
  if (!probe->from_pad) {
    probe->example_index = 3;
    probe->example_label = options.digit;
  }
  probe->image = drawings::prepare(sample_drawing(options));
  read_picture(*probe);
  return probe;
}

float loss_at(int step, int steps_per_epoch) {
  return 0.08F + 2.22F * std::exp(-4.0F * static_cast<float>(step) / static_cast<float>(steps_per_epoch));
}

std::shared_ptr<const session::CurveView> make_curve(const SampleOptions& options, int steps_per_epoch) {
  auto curve = std::make_shared<session::CurveView>();
  Noise noise(options.seed + 5);
  std::vector<store::CurvePoint> chunk;
  for (int step = 1; step <= options.steps; ++step) {
    const float loss = loss_at(step, steps_per_epoch);
    store::CurvePoint point{step, static_cast<float>(step) / static_cast<float>(steps_per_epoch),
                            std::max(0.002F, loss * (1 + 0.4F * noise())), 0};
    point.accuracy = std::clamp(1 - 0.4F * loss + 0.03F * noise(), 0.0F, 1.0F);
    chunk.push_back(point);
    if (step % 8 == 0) curve->smoothed.push_back({step, point.epoch, loss, std::clamp(1 - 0.4F * loss, 0.0F, 1.0F)});
    if (step % 200 == 0)
      curve->validation.push_back({step, point.epoch, loss * 1.05F, std::clamp(1 - 0.42F * loss, 0.0F, 1.0F)});
    if (static_cast<int>(chunk.size()) == session::CurveView::kChunk) {
      curve->train.push_back(std::make_shared<const std::vector<store::CurvePoint>>(std::exchange(chunk, {})));
    }
  }
  if (!chunk.empty()) curve->train.push_back(std::make_shared<const std::vector<store::CurvePoint>>(std::move(chunk)));
  return curve;
}

std::shared_ptr<const session::Gallery> make_gallery(const SampleOptions& options) {
  auto gallery = std::make_shared<session::Gallery>();
  for (int i = 0; i < options.drawings; ++i) {
    session::GalleryItem item;
    item.id = options.drawings - i;  // newest first
    item.label = (7 + 3 * i) % 10;
    auto drawing = make_digit(Style::kUsual, item.label, options.seed * 1000 + static_cast<std::uint64_t>(item.id));
    item.image = drawings::prepare(drawing);
    item.drawing = std::make_shared<const drawings::Drawing>(std::move(drawing));
    item.read_as = i % 5 == 2 ? (item.label + 6) % 10 : item.label;
    item.confidence = i % 5 == 2 ? 0.62F : 0.97F;
    item.created = "2026-11-21T11:38:48.123Z";
    gallery->items.push_back(std::move(item));
  }
  return gallery;
}

std::shared_ptr<const session::EvaluationView> make_evaluation(const SampleOptions& options) {
  constexpr int kPictures = 200;
  auto pictures = std::make_shared<training::Dataset>();
  pictures->shape = {1, drawings::kImageSide, drawings::kImageSide};
  auto numbers = std::make_shared<training::Evaluation>();
  for (int i = 0; i < kPictures; ++i) {
    const int label = i % 10;
    const auto image =
        drawings::prepare(make_digit(Style::kUsual, label, options.seed * 7919 + static_cast<std::uint64_t>(i)));
    pictures->pixels.insert(pictures->pixels.end(), image.begin(), image.end());
    pictures->labels.push_back(static_cast<std::uint8_t>(label));
    const bool wrong = i % 17 == 3;
    const int read = wrong ? (label + 5) % 10 : label;
    numbers->read_as.push_back(static_cast<std::uint8_t>(read));
    numbers->confidence.push_back(wrong ? 0.55F : 0.98F);
    numbers->loss_of.push_back(wrong ? 1.5F + 0.01F * static_cast<float>(i) : 0.02F);
    ++numbers->confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(read)];
    numbers->loss += numbers->loss_of.back() / kPictures;
    numbers->accuracy += wrong ? 0 : 1.0 / kPictures;
  }
  numbers->count = kPictures;
  auto evaluation = std::make_shared<session::EvaluationView>();
  for (int i = 0; i < kPictures; ++i) {
    if (numbers->read_as[static_cast<std::size_t>(i)] != i % 10) evaluation->most_wrong.push_back(i);
  }
  std::reverse(evaluation->most_wrong.begin(), evaluation->most_wrong.end());  // the loss grows with the index
  evaluation->numbers = numbers;
  evaluation->validation = pictures;
  evaluation->step = options.steps;
  return evaluation;
}

std::shared_ptr<const session::RunsView> make_runs(const SampleOptions& options, int steps_per_epoch) {
  auto runs = std::make_shared<session::RunsView>();
  for (int i = 3; i >= 1; --i) {
    store::RunSummary run;
    run.id = i;
    run.name = i == 2 ? std::string("small rate") : fmt::format("{} #{}", options.network, i);
    run.started = fmt::format("2026-11-21T10:0{}:00.000Z", i);
    run.settings = {options.network,      "adam", "constant", "shift 2, rotate 10", "cpu",
                    i == 2 ? 1e-4 : 1e-3, 64,     5,          options.seed};
    run.epochs_done = i == 3 ? 2 : 5;
    run.validation_loss = 0.05 + 0.01 * i;
    run.validation_accuracy = 0.99 - 0.004 * i;
    if (i != 3) run.test_accuracy = 0.989 - 0.004 * i;
    runs->runs.push_back(run);
  }
  for (int i = 0; i < std::min(options.compared_runs, 2); ++i) {
    auto curve = std::make_shared<store::RunCurve>();
    for (int step = 10; step <= 5 * steps_per_epoch; step += 10) {
      const float loss = 1.3F * loss_at(step, steps_per_epoch),
                  epoch = static_cast<float>(step) / static_cast<float>(steps_per_epoch);
      curve->train.push_back({step, epoch, loss, std::clamp(1 - 0.4F * loss, 0.0F, 1.0F)});
      if (step % 200 == 0)
        curve->validation.push_back({step, epoch, loss * 1.1F, std::clamp(1 - 0.43F * loss, 0.0F, 1.0F)});
    }
    runs->compared.push_back({runs->runs[static_cast<std::size_t>(i) + 1], curve});
  }
  return runs;
}

}  // namespace

drawings::Drawing sample_drawing(const SampleOptions& options) {
  return make_digit(options.digit == 7 ? Style::kBarredSeven : Style::kUsual, options.digit, options.seed);
}

std::shared_ptr<const Probe> probe_of(const Probe& before, const drawings::Drawing& drawing, std::uint64_t version) {
  auto probe = std::make_shared<Probe>(before);
  probe->drawing_version = version;
  probe->from_pad = !drawing.empty();
  if (probe->from_pad) {
    probe->example_index = probe->example_label = -1;
    probe->image = drawings::prepare(drawing);
  }
  read_picture(*probe);
  return probe;
}

LearnView sample_view(const SampleOptions& options) {
  constexpr int kStepsPerEpoch = 860;  // 55,000 digits in batches of 64
  LearnView view;
  view.version = 1;
  view.curves = make_curve(options, kStepsPerEpoch);
  view.gallery = make_gallery(options);
  view.runs = make_runs(options, kStepsPerEpoch);
  session::TrainingView& training = view.training;
  training.status = options.status;
  training.settings.network = options.network;
  training.settings.seed = options.seed;
  training.data_name = "mnist";
  training.backend = "cpu";
  training.device = "CPU · 2 cores";
  training.threads = 2;
  if (options.status == TrainingStatus::kLoading) return view;
  view.probe = make_probe(options);
  if (options.evaluated) view.evaluation = make_evaluation(options);
  training.step = options.steps;
  training.steps_per_epoch = kStepsPerEpoch;
  training.total_steps = training.settings.epochs * kStepsPerEpoch;
  training.epoch = static_cast<float>(options.steps) / kStepsPerEpoch;
  training.rate_now = training.settings.rate;
  training.samples_per_second = options.status == TrainingStatus::kTraining ? 12940 : 0;
  training.seconds_left = options.status == TrainingStatus::kTraining ? 10 : 0;
  training.seconds_trained = 21;
  training.loss = loss_at(options.steps, kStepsPerEpoch);
  training.accuracy = 0.974F;
  training.drawings_in_replay = options.drawings;
  training.run_id = 3;
  if (options.evaluated) {
    training.validation_loss = view.evaluation->numbers->loss;
    training.validation_accuracy = view.evaluation->numbers->accuracy;
  }
  if (options.status == TrainingStatus::kFinished) training.test_accuracy = 0.981;
  if (options.status == TrainingStatus::kDiverged) {
    training.divergence =
        training::Divergence{options.steps, 48.5F, "The loss of step 1,505 is 48.5; it began at 2.3.", 1e-4F};
  }
  if (options.status == TrainingStatus::kFailed) training.problem = "The folder has no train-images-idx3-ubyte.";
  return view;
}

}  // namespace warpscope::tests

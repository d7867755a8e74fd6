// training/trainer.h: a run: batches in, better weights out, a chunk at a time. Floor 4. Owned by one worker thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/training/augment.h"
#include "compute/training/backend.h"
#include "compute/training/dataset.h"
#include "compute/training/network.h"

namespace warpscope::training {

struct TrainerSettings {
  NetworkSpec network;
  OptimizerSettings optimizer;
  ScheduleKind schedule = ScheduleKind::kOneCycle;
  float rate = 1e-3F;  // constant, or the peak of one-cycle
  int batch = 64;
  int epochs = 5;
  Augmentation augmentation;
  std::uint64_t seed = 1;
  int threads = 0;  // 0: all cores
  BackendKind backend = BackendKind::kCpu;
  Precision precision = Precision::kF32;
};

// The rate at `step` of `total_steps`. One-cycle: cosine from rate/25 up to rate at 30 %, then cosine down to
// rate/10,000 (Smith, "Super-convergence", 2018, as in PyTorch's OneCycleLR).
float scheduled_rate(ScheduleKind kind, float rate, std::int64_t step, std::int64_t total_steps);

// A rate to begin with where the person names none: the network's own with its usual optimiser, else 0.1 (SGD), 0.01
// (momentum) or 0.001 (Adam). The peak of a one-cycle can be four times as high: it is held only for a moment.
float usual_rate(const NetworkSpec& network, OptimizerKind optimizer, ScheduleKind schedule);

// What was trained on, in the order of the batch: for "one step, slowly" and for tests.
struct Batch {
  std::vector<float> images;         // (n, channels, height, width)
  std::vector<std::uint8_t> labels;  // (n)
  int from_drawings = 0;             // how many of them are a person's drawings; those come last
};

// Batches prepared ahead on a thread of its own: shuffled training pictures, augmented; where there are drawings, half
// of each batch is replay: a digit is chosen first, mostly one that was drawn, then one of its drawings; training
// pictures stand for digits that nobody has drawn. So drawings of one digit are a quarter of a batch, of all ten a
// half. The k-th batch depends only on seed, settings and the drawings present, never on timing. An epoch is as many
// batches as it takes to show every training picture once. With drawings it stays as long, and the pictures whose
// places the replay takes wait for another epoch, which shuffles anew. Replay always goes through
// drawing_augmentation(), whatever the settings say: few have to stand for many.
class BatchSource {
 public:
  BatchSource(std::shared_ptr<const Dataset> train, int batch, Augmentation augmentation, std::uint64_t seed);
  ~BatchSource();
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;

  // The next batch; valid until the next call. The last batch of an epoch may be smaller.
  const Batch& next();
  // The same batch by name, for who gathers it himself; counts as taken. Prepared by the caller's thread.
  BatchRecipe next_recipe();
  // Of the batch to come; nothing is taken.
  BatchRecipe peek_recipe() const;
  // The drawings in replay in the order in which recipes number them.
  std::vector<ReplaySample> replay() const;
  // A picture, as it is before any change, by the number that recipes give it.
  std::vector<std::uint8_t> picture(std::uint32_t number) const;
  // From the very next batch on. Drops what was prepared without them. Drawings of another size than the training
  // pictures, or without a label 0..9, take no part.
  void set_replay(std::vector<ReplaySample> drawings);
  void set_augmentation(Augmentation augmentation);
  // Goes on with batch `index` of the run, counted from 0: where a checkpoint left off.
  void seek(std::int64_t index);
  int batches_per_epoch() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of all validation (or test) pictures.
struct Evaluation {
  double loss = 0;
  double accuracy = 0;  // 0..1
  int count = 0;
  std::array<std::array<int, 10>, 10> confusion{};  // [true][read as]
  std::vector<std::uint8_t> read_as;                // (count)
  std::vector<float> confidence;                    // (count) probability of what it was read as
  std::vector<float> loss_of;                       // (count)
};

// Evaluates a chunk at a time so that a worker stays responsive.
class Evaluator {
 public:
  explicit Evaluator(std::shared_ptr<const Dataset> data);
  // Begins anew; result() stays the last whole one until the new one is whole.
  void restart();
  // About `pictures` more, as many as the back end likes to take; true once all are done and result() is whole.
  bool advance(Backend& backend, int pictures);
  const Evaluation& result() const { return result_; }

 private:
  std::shared_ptr<const Dataset> data_;
  Evaluation result_;
  Evaluation partial_;
  int done_ = 0;
  std::vector<float> images_;  // of one chunk; kept for their memory
  std::vector<float> probabilities_;
};

// Why a run cannot go on.
struct Divergence {
  std::int64_t step = 0;
  float loss = 0;       // what was measured; not finite, or far above the start's
  std::string message;  // for the person: what happened, and the way on
  float suggested_rate = 0;
  std::int64_t good_step = 0;  // whose weights are kept
};

struct StepResult {
  std::int64_t step = 0;  // from 1
  float epoch = 0;        // fractional, after this step
  float rate = 0;
  BatchStats stats;
  int samples = 0;
  bool epoch_ended = false;
  bool run_ended = false;
  std::optional<Divergence> divergence;  // then no update was made, and weights are the last good ones
  // The back end can do no more: the step was not made. switch_backend() goes on from the newest safe weights.
  std::optional<BackendFailure> failure;
};

// What a network is trained on: the CPU, a GPU, the virtual one. Where it fails for want of memory the error names a
// batch that fits.
base::Result<std::unique_ptr<Backend>> make_backend(BackendKind kind, const NetworkSpec& network, int batch,
                                                    Precision precision, int threads);

class Trainer {
 public:
  // Fresh weights from the seed.
  static base::Result<std::unique_ptr<Trainer>> create(const TrainerSettings& settings,
                                                       std::shared_ptr<const Dataset> train);
  // On a back end that is there already; settings.backend is not looked at.
  static base::Result<std::unique_ptr<Trainer>> create(const TrainerSettings& settings,
                                                       std::shared_ptr<const Dataset> train,
                                                       std::unique_ptr<Backend> backend);
  ~Trainer();

  // One training step. After run_ended further steps go on at three tenths of the rate (learning from drawings).
  StepResult step();
  // Up to `most` steps, as many as the back end likes to take at once; never beyond the end of an epoch or of the run.
  // At least one result; a divergence or failure is the last one.
  std::vector<StepResult> advance(int most);

  // Goes on with weights, moments and step elsewhere; where the present back end has failed, with the newest safe
  // ones, at most half a second old. The old back end is gone afterwards; on an error it is kept.
  base::Result<void> switch_backend(std::unique_ptr<Backend> backend);
  // The step to come, as it will be made: for looking at it in peace. `pictures` holds just the batch, numbered 0...
  struct StepToCome {
    std::shared_ptr<const Dataset> pictures;
    PlannedStep step;
    Weights weights;
    OptimizerState optimizer;
  };
  StepToCome step_to_come() const;

  // The same step in its parts, for "one step, slowly": forward and loss and backward, then update.
  const Batch& begin_slow_step();      // takes the next batch
  BatchStats slow_forward_backward();  // gradients are in backend()
  StepResult finish_slow_step();       // update

  // Changes that need no restart. Moments are kept while the optimiser stays the same.
  void set_rate(float rate);
  void set_optimizer(const OptimizerSettings& settings);
  void set_schedule(ScheduleKind schedule);
  void set_augmentation(const Augmentation& augmentation);
  void set_epochs(int epochs);
  void set_replay(std::vector<ReplaySample> drawings);

  // Goes back to the last good weights with this rate and goes on.
  void recover(float rate);

  const TrainerSettings& settings() const;
  Backend& backend();
  std::int64_t steps_done() const;
  std::int64_t steps_per_epoch() const;
  std::int64_t total_steps() const;
  float rate_now() const;  // of the step to come
  // Continue from these weights: a checkpoint, or the person's network of last time.
  base::Result<void> load(const Weights& weights, const OptimizerState& optimizer, std::int64_t step);

 private:
  struct Impl;
  explicit Trainer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warpscope::training

// training/batch_maker.h: which pictures a batch of a run holds and how they are changed, and the batch itself.
// Floor 4. One thread at a time; nothing here depends on timing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "compute/training/augment.h"
#include "compute/training/backend.h"
#include "compute/training/dataset.h"
#include "compute/training/trainer.h"

namespace warpscope::training {

// Drawings by what they show: choosing a class first keeps a class of three drawings as present as one of thirty.
struct ReplayPool {
  std::vector<ReplaySample> samples;
  std::vector<std::vector<std::size_t>> classes;  // indices into samples; only classes that have any
  std::vector<int> not_drawn;                     // the classes without
};
// Of the drawings that fit; the same pool in whatever order they come.
std::shared_ptr<const ReplayPool> make_pool(std::vector<ReplaySample> drawings, Shape shape);

// What batches are made of, apart from the data set and the seed.
struct BatchIngredients {
  Augmentation augmentation;
  std::shared_ptr<const ReplayPool> replay = std::make_shared<ReplayPool>();
};

// Makes the k-th batch of a run from nothing but its arguments. Keeps the order of the last epoch asked for.
class BatchMaker {
 public:
  BatchMaker(std::shared_ptr<const Dataset> train, int batch, std::uint64_t seed);

  int batches_per_epoch() const;
  Shape shape() const { return train_->shape; }

  BatchRecipe recipe(std::int64_t index, const BatchIngredients& ingredients);
  // `out` keeps its memory.
  void render(const BatchRecipe& recipe, const ReplayPool& replay, Batch& out) const;
  // A picture by the number that recipes give it.
  std::span<const std::uint8_t> picture(std::uint32_t number, const ReplayPool& replay) const;

 private:
  struct Replayed {
    std::uint32_t picture;
    int label;
  };
  Replayed choose(const ReplayPool& replay, Random& random) const;
  std::uint32_t pictures() const { return static_cast<std::uint32_t>(train_->count()); }
  void shuffle_for(std::int64_t epoch);

  std::shared_ptr<const Dataset> train_;
  int batch_;
  std::uint64_t seed_;
  std::array<std::vector<std::uint32_t>, 10> of_class_;  // training pictures by what they show
  std::int64_t epoch_ = -1;
  std::vector<std::uint32_t> order_;
};

}  // namespace warpscope::training

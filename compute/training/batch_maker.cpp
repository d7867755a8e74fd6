#include "compute/training/batch_maker.h"

#include <algorithm>
#include <numeric>

namespace warpscope::training {
namespace {

constexpr int kClasses = 10;
// How often a digit that was drawn is chosen for one that was not. Batches of one digit alone would teach the network
// to expect that digit everywhere: with half of every batch open 9s, MNIST cost 1.7 points of accuracy; weighed like
// this, 0.4.
constexpr std::uint32_t kDrawnWeight = 8;

// A seed of its own for every use of the run's seed.
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index) {
  Random mixer(seed ^ (purpose << 56));
  return mixer() ^ (index * 0x9E3779B97F4A7C15);
}
constexpr std::uint64_t kShuffle = 1;
constexpr std::uint64_t kChanges = 2;

bool leaves_as_is(const PictureChange& change) {
  return change.xx == 1 && change.xy == 0 && change.x0 == 0 && change.yx == 0 && change.yy == 1 && change.y0 == 0 &&
         change.thickness_px == 0 && change.knots_x.empty();
}

}  // namespace

std::shared_ptr<const ReplayPool> make_pool(std::vector<ReplaySample> drawings, Shape shape) {
  auto pool = std::make_shared<ReplayPool>();
  for (ReplaySample& drawing : drawings) {
    const bool fits = drawing.picture.size() == static_cast<std::size_t>(shape.count());
    if (fits && drawing.label >= 0 && drawing.label < kClasses) pool->samples.push_back(std::move(drawing));
  }
  // The same drawings are the same batches, in whatever order they were handed over.
  std::stable_sort(pool->samples.begin(), pool->samples.end(),
                   [](const ReplaySample& a, const ReplaySample& b) { return a.id < b.id; });
  std::array<std::vector<std::size_t>, kClasses> by_label;
  for (std::size_t i = 0; i < pool->samples.size(); ++i) {
    by_label[static_cast<std::size_t>(pool->samples[i].label)].push_back(i);
  }
  for (int label = 0; label < kClasses; ++label) {
    auto& members = by_label[static_cast<std::size_t>(label)];
    if (members.empty()) {
      pool->not_drawn.push_back(label);
    } else {
      pool->classes.push_back(std::move(members));
    }
  }
  return pool;
}

BatchMaker::BatchMaker(std::shared_ptr<const Dataset> train, int batch, std::uint64_t seed)
    : train_(std::move(train)), batch_(std::max(batch, 1)), seed_(seed) {
  for (std::uint32_t i = 0; i < pictures(); ++i) of_class_[train_->labels[i]].push_back(i);
}

int BatchMaker::batches_per_epoch() const {
  return std::max(1, (train_->count() + batch_ - 1) / batch_);
}

BatchRecipe BatchMaker::recipe(std::int64_t index, const BatchIngredients& ingredients) {
  shuffle_for(index / batches_per_epoch());
  const int begin = static_cast<int>(index % batches_per_epoch()) * batch_;
  const int count = std::min(batch_, train_->count() - begin);
  const int replayed = ingredients.replay->samples.empty() ? 0 : count / 2;
  BatchRecipe out;
  out.pictures.resize(static_cast<std::size_t>(count));
  out.labels.resize(static_cast<std::size_t>(count));
  if (ingredients.augmentation.any() || replayed > 0) out.changes.resize(static_cast<std::size_t>(count));
  Random random(derived_seed(seed_, kChanges, static_cast<std::uint64_t>(index)));
  const auto put = [&](int i, std::uint32_t picture, int label, const Augmentation& augmentation) {
    const auto slot = static_cast<std::size_t>(i);
    out.pictures[slot] = picture;
    out.labels[slot] = static_cast<std::uint8_t>(label);
    if (!out.changes.empty()) out.changes[slot] = draw_change(train_->shape, augmentation, random);
  };
  for (int i = 0; i < count - replayed; ++i) {
    const std::uint32_t picture = order_[static_cast<std::size_t>(begin + i)];
    put(i, picture, train_->labels[picture], ingredients.augmentation);
  }
  // Training pictures fill the replayed half from its beginning, drawings from the end.
  int next_picture = count - replayed;
  int next_drawing = count;
  for (int i = 0; i < replayed; ++i) {
    const Replayed chosen = choose(*ingredients.replay, random);
    const bool is_drawing = chosen.picture >= pictures();
    put(is_drawing ? --next_drawing : next_picture++, chosen.picture, chosen.label, drawing_augmentation());
  }
  out.from_drawings = count - next_drawing;
  return out;
}

std::span<const std::uint8_t> BatchMaker::picture(std::uint32_t number, const ReplayPool& replay) const {
  if (number < pictures()) return train_->picture(static_cast<int>(number));
  return replay.samples[number - pictures()].picture;
}

void BatchMaker::render(const BatchRecipe& recipe, const ReplayPool& replay, Batch& out) const {
  const auto pixels = static_cast<std::size_t>(train_->shape.count());
  out.labels = recipe.labels;
  out.from_drawings = recipe.from_drawings;
  out.images.resize(recipe.pictures.size() * pixels);
  for (std::size_t i = 0; i < recipe.pictures.size(); ++i) {
    const auto from = picture(recipe.pictures[i], replay);
    const auto into = std::span(out.images).subspan(i * pixels, pixels);
    if (recipe.changes.empty() || leaves_as_is(recipe.changes[i])) {
      to_unit_floats(from, into);
    } else {
      apply_change(from, train_->shape, recipe.changes[i], into);
    }
  }
}

// A digit first, then one of its drawings; training pictures, changed as much as drawings are, stand for digits that
// nobody has drawn.
BatchMaker::Replayed BatchMaker::choose(const ReplayPool& replay, Random& random) const {
  const auto drawn = static_cast<std::uint32_t>(replay.classes.size()) * kDrawnWeight;
  const auto not_drawn = static_cast<std::uint32_t>(replay.not_drawn.size());
  const std::uint32_t pick = random.below(drawn + not_drawn);
  const auto any_of = [&](const auto& members) {
    return members[random.below(static_cast<std::uint32_t>(members.size()))];
  };
  if (pick >= drawn) {
    const int label = replay.not_drawn[pick - drawn];
    const auto& candidates = of_class_[static_cast<std::size_t>(label)];
    if (!candidates.empty()) return {any_of(candidates), label};
  }
  const auto drawing = static_cast<std::uint32_t>(any_of(replay.classes[pick % replay.classes.size()]));
  return {pictures() + drawing, replay.samples[drawing].label};
}

void BatchMaker::shuffle_for(std::int64_t epoch) {
  if (epoch == epoch_) return;
  epoch_ = epoch;
  order_.resize(pictures());
  std::iota(order_.begin(), order_.end(), 0U);
  Random random(derived_seed(seed_, kShuffle, static_cast<std::uint64_t>(epoch)));
  for (std::size_t left = order_.size(); left > 1; --left) {
    std::swap(order_[left - 1], order_[random.below(static_cast<std::uint32_t>(left))]);
  }
}

}  // namespace warpscope::training

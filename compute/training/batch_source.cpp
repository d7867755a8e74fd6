// Batches, prepared ahead of the trainer on a thread of their own.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include "compute/base/threads.h"
#include "compute/training/trainer.h"

namespace warpscope::training {
namespace {

constexpr std::size_t kPreparedAhead = 6;
constexpr int kClasses = 10;
// How often a digit that was drawn is chosen for one that was not. Batches of one digit alone would teach the network
// to expect that digit everywhere: with half of every batch open 9s, MNIST cost 1.7 points of accuracy; weighed like
// this, 0.4.
constexpr std::uint32_t kDrawnWeight = 8;

// Drawings by what they show: choosing a class first keeps a class of three drawings as present as one of thirty.
struct ReplayPool {
  std::vector<ReplaySample> samples;
  std::vector<std::vector<std::size_t>> classes;  // indices into samples; only classes that have any
  std::vector<int> not_drawn;                     // the classes without
};

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

// A seed of its own for every use of the run's seed.
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index) {
  Random mixer(seed ^ (purpose << 56));
  return mixer() ^ (index * 0x9E3779B97F4A7C15);
}
constexpr std::uint64_t kShuffle = 1;
constexpr std::uint64_t kChanges = 2;

// What batches are made of, apart from the data set and the seed.
struct Recipe {
  Augmentation augmentation;
  std::shared_ptr<const ReplayPool> replay = std::make_shared<ReplayPool>();
};

// Makes the k-th batch of a run from nothing but its arguments. Keeps the order of the last epoch asked for.
class BatchMaker {
 public:
  BatchMaker(std::shared_ptr<const Dataset> train, int batch, std::uint64_t seed)
      : train_(std::move(train)), batch_(std::max(batch, 1)), seed_(seed) {
    for (int i = 0; i < train_->count(); ++i) of_class_[train_->labels[static_cast<std::size_t>(i)]].push_back(i);
  }

  int batches_per_epoch() const { return std::max(1, (train_->count() + batch_ - 1) / batch_); }
  Shape shape() const { return train_->shape; }

  void make(std::int64_t index, const Recipe& recipe, Batch& out) {
    shuffle_for(index / batches_per_epoch());
    const auto begin = static_cast<int>(index % batches_per_epoch()) * batch_;
    const int count = std::min(batch_, train_->count() - begin);
    const int replayed = recipe.replay->samples.empty() ? 0 : count / 2;
    const auto pixels = static_cast<std::size_t>(train_->shape.count());
    out.images.resize(static_cast<std::size_t>(count) * pixels);
    out.labels.resize(static_cast<std::size_t>(count));
    Random random(derived_seed(seed_, kChanges, static_cast<std::uint64_t>(index)));
    const auto image_at = [&](int i) {
      return std::span(out.images).subspan(static_cast<std::size_t>(i) * pixels, pixels);
    };
    for (int i = 0; i < count - replayed; ++i) {
      const int picture = order_[static_cast<std::size_t>(begin + i)];
      augment(train_->picture(picture), train_->shape, recipe.augmentation, random, image_at(i));
      out.labels[static_cast<std::size_t>(i)] = train_->labels[static_cast<std::size_t>(picture)];
    }
    // Training pictures fill the replayed half from its beginning, drawings from the end.
    int next_picture = count - replayed;
    int next_drawing = count;
    for (int i = 0; i < replayed; ++i) {
      const Replayed chosen = choose(*recipe.replay, random);
      const int slot = chosen.is_drawing ? --next_drawing : next_picture++;
      augment(chosen.picture, train_->shape, drawing_augmentation(), random, image_at(slot));
      out.labels[static_cast<std::size_t>(slot)] = static_cast<std::uint8_t>(chosen.label);
    }
    out.from_drawings = count - next_drawing;
  }

 private:
  struct Replayed {
    std::span<const std::uint8_t> picture;
    int label;
    bool is_drawing;
  };

  // A digit first, then one of its drawings; training pictures, changed as much as drawings are, stand for digits that
  // nobody has drawn.
  Replayed choose(const ReplayPool& replay, Random& random) const {
    const auto drawn = static_cast<std::uint32_t>(replay.classes.size()) * kDrawnWeight;
    const auto not_drawn = static_cast<std::uint32_t>(replay.not_drawn.size());
    const std::uint32_t pick = random.below(drawn + not_drawn);
    const auto any_of = [&](const auto& members) {
      return members[random.below(static_cast<std::uint32_t>(members.size()))];
    };
    if (pick >= drawn) {
      const int label = replay.not_drawn[pick - drawn];
      const auto& pictures = of_class_[static_cast<std::size_t>(label)];
      if (!pictures.empty()) return {train_->picture(any_of(pictures)), label, false};
    }
    const ReplaySample& drawing = replay.samples[any_of(replay.classes[pick % replay.classes.size()])];
    return {drawing.picture, drawing.label, true};
  }

  void shuffle_for(std::int64_t epoch) {
    if (epoch == epoch_) return;
    epoch_ = epoch;
    order_.resize(static_cast<std::size_t>(train_->count()));
    std::iota(order_.begin(), order_.end(), 0);
    Random random(derived_seed(seed_, kShuffle, static_cast<std::uint64_t>(epoch)));
    for (std::size_t left = order_.size(); left > 1; --left) {
      std::swap(order_[left - 1], order_[random.below(static_cast<std::uint32_t>(left))]);
    }
  }

  std::shared_ptr<const Dataset> train_;
  int batch_;
  std::uint64_t seed_;
  std::array<std::vector<int>, kClasses> of_class_;  // training pictures by what they show
  std::int64_t epoch_ = -1;
  std::vector<int> order_;
};

}  // namespace

struct BatchSource::Impl {
  Impl(std::shared_ptr<const Dataset> train, int batch, Augmentation augmentation, std::uint64_t seed)
      : maker(std::move(train), batch, seed), batches_per_epoch(maker.batches_per_epoch()), shape(maker.shape()) {
    recipe.augmentation = augmentation;
    thread = std::thread([this] { prepare(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    room.notify_one();
    thread.join();
  }

  // The preparing thread.
  void prepare() {
    base::name_this_thread("batches");
    base::yield_to_interactive_threads();
    Batch batch;
    std::unique_lock lock(mutex);
    while (true) {
      room.wait(lock, [this] { return stopping || ready_count < kPreparedAhead; });
      if (stopping) return;
      const std::uint64_t for_generation = generation;
      const std::int64_t index = consumed + static_cast<std::int64_t>(ready_count);
      const Recipe with = recipe;
      lock.unlock();
      maker.make(index, with, batch);
      lock.lock();
      if (for_generation != generation) continue;  // made by a recipe, or for a place, that is no longer asked for
      std::swap(ready[(first_ready + ready_count) % kPreparedAhead], batch);
      ++ready_count;
      arrived.notify_one();
    }
  }

  const Batch& next() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [this] { return ready_count > 0; });
    std::swap(current, ready[first_ready]);
    first_ready = (first_ready + 1) % kPreparedAhead;
    --ready_count;
    ++consumed;
    lock.unlock();
    room.notify_one();
    return current;
  }

  // Changes something that batches depend on, and drops those prepared without it.
  template <class Change>
  void change(Change&& apply) {
    {
      const std::lock_guard lock(mutex);
      apply();
      ++generation;
      ready_count = 0;
    }
    room.notify_one();
  }

  BatchMaker maker;  // used by the preparing thread only
  const int batches_per_epoch;
  const Shape shape;
  Batch current;  // used by the caller of next() only

  std::mutex mutex;  // guards all below
  std::condition_variable room;
  std::condition_variable arrived;
  std::array<Batch, kPreparedAhead> ready;  // a ring
  std::size_t first_ready = 0;
  std::size_t ready_count = 0;
  std::int64_t consumed = 0;
  std::uint64_t generation = 0;  // goes up with every change
  Recipe recipe;
  bool stopping = false;

  std::thread thread;  // last, so that all it uses is there before it starts
};

BatchSource::BatchSource(std::shared_ptr<const Dataset> train, int batch, Augmentation augmentation, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(std::move(train), batch, augmentation, seed)) {}

BatchSource::~BatchSource() = default;

const Batch& BatchSource::next() {
  return impl_->next();
}

void BatchSource::set_replay(std::vector<ReplaySample> drawings) {
  auto pool = make_pool(std::move(drawings), impl_->shape);
  impl_->change([&] { impl_->recipe.replay = std::move(pool); });
}

void BatchSource::set_augmentation(Augmentation augmentation) {
  impl_->change([&] { impl_->recipe.augmentation = augmentation; });
}

void BatchSource::seek(std::int64_t index) {
  impl_->change([&] { impl_->consumed = std::max<std::int64_t>(index, 0); });
}

int BatchSource::batches_per_epoch() const {
  return impl_->batches_per_epoch;
}

}  // namespace warpscope::training

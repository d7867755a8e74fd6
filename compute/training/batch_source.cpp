// Batches, prepared ahead of the trainer on a thread of their own.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "compute/base/threads.h"
#include "compute/training/batch_maker.h"
#include "compute/training/trainer.h"

namespace warpscope::training {
namespace {

constexpr std::size_t kPreparedAhead = 6;

}  // namespace

struct BatchSource::Impl {
  Impl(std::shared_ptr<const Dataset> train, int batch, Augmentation augmentation, std::uint64_t seed)
      : maker(train, batch, seed),
        recipe_maker(std::move(train), batch, seed),
        batches_per_epoch(maker.batches_per_epoch()),
        shape(maker.shape()) {
    ingredients.augmentation = augmentation;
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
      room.wait(lock, [this] { return stopping || (batches_wanted && ready_count < kPreparedAhead); });
      if (stopping) return;
      const std::uint64_t for_generation = generation;
      const std::int64_t index = consumed + static_cast<std::int64_t>(ready_count);
      const BatchIngredients with = ingredients;
      lock.unlock();
      maker.render(maker.recipe(index, with), *with.replay, batch);
      lock.lock();
      if (for_generation != generation) continue;  // made of other things, or for a place, that is no longer asked for
      std::swap(ready[(first_ready + ready_count) % kPreparedAhead], batch);
      ++ready_count;
      arrived.notify_one();
    }
  }

  const Batch& next() {
    std::unique_lock lock(mutex);
    if (!batches_wanted) {
      batches_wanted = true;
      room.notify_one();
    }
    arrived.wait(lock, [this] { return ready_count > 0; });
    std::swap(current, ready[first_ready]);
    first_ready = (first_ready + 1) % kPreparedAhead;
    --ready_count;
    ++consumed;
    lock.unlock();
    room.notify_one();
    return current;
  }

  BatchRecipe next_recipe() {
    std::unique_lock lock(mutex);
    batches_wanted = false;
    ready_count = 0;
    ++generation;
    const std::int64_t index = consumed++;
    const BatchIngredients with = ingredients;
    lock.unlock();
    return recipe_maker.recipe(index, with);
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

  BatchMaker maker;         // used by the preparing thread only
  BatchMaker recipe_maker;  // used by the caller only
  const int batches_per_epoch;
  const Shape shape;
  Batch current;  // used by the caller of next() only

  std::mutex mutex;  // guards all below
  std::condition_variable room;
  std::condition_variable arrived;
  // Since the first next(); not where only recipes are taken, whose pictures nobody here has to make.
  bool batches_wanted = false;
  std::array<Batch, kPreparedAhead> ready;  // a ring
  std::size_t first_ready = 0;
  std::size_t ready_count = 0;
  std::int64_t consumed = 0;
  std::uint64_t generation = 0;  // goes up with every change
  BatchIngredients ingredients;
  bool stopping = false;

  std::thread thread;  // last, so that all it uses is there before it starts
};

BatchSource::BatchSource(std::shared_ptr<const Dataset> train, int batch, Augmentation augmentation, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(std::move(train), batch, augmentation, seed)) {}

BatchSource::~BatchSource() = default;

const Batch& BatchSource::next() {
  return impl_->next();
}

BatchRecipe BatchSource::next_recipe() {
  return impl_->next_recipe();
}

// The caller's thread is the only one that changes what is read here, so no lock is needed.
BatchRecipe BatchSource::peek_recipe() const {
  return impl_->recipe_maker.recipe(impl_->consumed, impl_->ingredients);
}

std::vector<ReplaySample> BatchSource::replay() const {
  return impl_->ingredients.replay->samples;
}

std::vector<std::uint8_t> BatchSource::picture(std::uint32_t number) const {
  const auto picture = impl_->recipe_maker.picture(number, *impl_->ingredients.replay);
  return {picture.begin(), picture.end()};
}

void BatchSource::set_replay(std::vector<ReplaySample> drawings) {
  auto pool = make_pool(std::move(drawings), impl_->shape);
  impl_->change([&] { impl_->ingredients.replay = std::move(pool); });
}

void BatchSource::set_augmentation(Augmentation augmentation) {
  impl_->change([&] { impl_->ingredients.augmentation = augmentation; });
}

void BatchSource::seek(std::int64_t index) {
  impl_->change([&] { impl_->consumed = std::max<std::int64_t>(index, 0); });
}

int BatchSource::batches_per_epoch() const {
  return impl_->batches_per_epoch;
}

}  // namespace warpscope::training

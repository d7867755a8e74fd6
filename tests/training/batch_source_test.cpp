#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include <array>
#include <chrono>
#include <cmath>
#include <set>
#include <span>
#include <thread>

#include "compute/training/trainer.h"
#include "tests/training/helpers.h"

namespace warpscope::training {
namespace {

int number_of(const Batch& batch, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<int>(std::lround(batch.images[i * 784 + k] * 255)); };
  return byte(0) * 256 + byte(1);
}

std::vector<int> numbers_of(const Batch& batch) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < batch.labels.size(); ++i) numbers.push_back(number_of(batch, i));
  return numbers;
}

std::vector<Batch> take(BatchSource& source, int count, std::chrono::milliseconds pause = {}) {
  std::vector<Batch> batches;
  for (int i = 0; i < count; ++i) {
    batches.push_back(source.next());
    if (pause.count() > 0) std::this_thread::sleep_for(pause);
  }
  return batches;
}

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].images, b[i].images) << "batch " << i;
    EXPECT_EQ(a[i].labels, b[i].labels) << "batch " << i;
    EXPECT_EQ(a[i].from_drawings, b[i].from_drawings) << "batch " << i;
  }
}

// Grey drawings that no training picture looks like.
std::vector<ReplaySample> drawings(std::initializer_list<int> labels) {
  std::vector<ReplaySample> samples;
  for (const int label : labels) {
    samples.push_back({static_cast<std::int64_t>(samples.size()) + 1, std::vector<std::uint8_t>(784, 100), label});
  }
  return samples;
}

TEST(BatchSource, ShowsEveryPictureOnceAnEpochWithItsLabel) {
  BatchSource source(numbered_pictures(150), 64, no_augmentation(), 1);
  EXPECT_EQ(source.batches_per_epoch(), 3);
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::set<int> seen;
    std::vector<std::size_t> sizes;
    for (int k = 0; k < 3; ++k) {
      const Batch& batch = source.next();
      sizes.push_back(batch.labels.size());
      EXPECT_EQ(batch.images.size(), batch.labels.size() * 784);
      for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        EXPECT_EQ(batch.labels[i], number_of(batch, i) % 10);
        EXPECT_TRUE(seen.insert(number_of(batch, i)).second) << "twice in one epoch";
      }
    }
    EXPECT_EQ(seen.size(), 150U);
    EXPECT_THAT(sizes, ::testing::ElementsAre(64, 64, 22)) << "the last batch is smaller";
  }
}

TEST(BatchSource, ShufflesEveryEpochAnewAndBySeed) {
  BatchSource source(numbered_pictures(200), 200, no_augmentation(), 1);
  BatchSource other(numbered_pictures(200), 200, no_augmentation(), 2);
  const auto first = numbers_of(source.next());
  const auto second = numbers_of(source.next());
  EXPECT_NE(first, second);
  EXPECT_NE(first, numbers_of(other.next()));
  std::vector<int> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_NE(first, sorted);
}

TEST(BatchSource, GivesTheSameBatchesToAFastAndASlowTrainer) {
  const auto data = numbered_pictures(100);
  BatchSource fast(data, 16, drawing_augmentation(), 3);
  BatchSource slow(data, 16, drawing_augmentation(), 3);
  expect_same(take(fast, 20), take(slow, 20, std::chrono::milliseconds(2)));
}

TEST(BatchSource, MixesInDrawingsFromTheVeryNextBatchOn) {
  BatchSource source(numbered_pictures(640), 64, no_augmentation(), 1);
  take(source, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that batches without drawings are waiting
  source.set_replay(drawings({7, 7, 7}));
  for (int k = 0; k < 5; ++k) {
    const Batch& batch = source.next();
    EXPECT_EQ(batch.labels.size(), 64U);
    EXPECT_GT(batch.from_drawings, 0);
    for (std::size_t i = 64 - static_cast<std::size_t>(batch.from_drawings); i < 64; ++i) {
      EXPECT_EQ(batch.labels[i], 7);
      EXPECT_NEAR(batch.images[i * 784 + 14 * 28 + 14], 100 / 255.0, 1e-3) << "a drawing, not a training picture";
    }
  }
  EXPECT_EQ(source.batches_per_epoch(), 10) << "an epoch stays as long";
}

TEST(BatchSource, ChangesAtTheSameBatchWhateverWasPreparedAhead) {
  const auto run = [](std::chrono::milliseconds pause) {
    BatchSource source(numbered_pictures(100), 16, mnist_augmentation(), 4);
    auto batches = take(source, 5, pause);
    source.set_replay(drawings({1, 2}));
    for (Batch& batch : take(source, 5, pause)) batches.push_back(std::move(batch));
    source.set_augmentation(no_augmentation());
    for (Batch& batch : take(source, 5, pause)) batches.push_back(std::move(batch));
    source.set_replay({});
    for (Batch& batch : take(source, 5, pause)) batches.push_back(std::move(batch));
    return batches;
  };
  const auto fast = run(std::chrono::milliseconds(0));
  expect_same(fast, run(std::chrono::milliseconds(5)));
  // Without drawings again, batch 15 is what it is in a run that never had any.
  BatchSource plain(numbered_pictures(100), 16, no_augmentation(), 4);
  EXPECT_EQ(take(plain, 16).back().images, fast[15].images);
}

TEST(BatchSource, BalancesTheClassesOfTheDrawings) {
  BatchSource source(numbered_pictures(640), 64, no_augmentation(), 5);
  source.set_replay(drawings({3, 8, 8, 8, 8, 8, 8, 8, 8, 8}));
  int threes = 0, all = 0;
  for (int k = 0; k < 50; ++k) {
    const Batch& batch = source.next();
    for (std::size_t i = batch.labels.size() - static_cast<std::size_t>(batch.from_drawings); i < batch.labels.size();
         ++i) {
      threes += batch.labels[i] == 3;
      ++all;
    }
  }
  EXPECT_NEAR(threes, all / 2, all / 20) << "one drawing of a 3 counts as much as nine of an 8";
}

TEST(BatchSource, ReplaysHalfDrawingsOnceEveryDigitIsDrawn) {
  BatchSource source(numbered_pictures(640), 64, no_augmentation(), 5);
  source.set_replay(drawings({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  for (int k = 0; k < 5; ++k) EXPECT_EQ(source.next().from_drawings, 32);
}

TEST(BatchSource, KeepsTheOtherDigitsPresentWhereOnlyOneIsDrawn) {
  BatchSource source(numbered_pictures(640), 64, no_augmentation(), 5);
  source.set_replay(drawings({9, 9, 9, 9, 9}));
  std::array<int, 10> replayed{};
  int drawings = 0;
  for (int k = 0; k < 100; ++k) {
    const Batch& batch = source.next();
    drawings += batch.from_drawings;
    for (std::size_t i = batch.labels.size() / 2; i < batch.labels.size(); ++i) ++replayed[batch.labels[i]];
  }
  // Of 17 chances 8 are the drawn digit's and one is each other digit's.
  EXPECT_NEAR(drawings, 3200 * 8 / 17, 150);
  EXPECT_EQ(replayed[9], drawings);
  for (std::size_t digit = 0; digit < 9; ++digit) EXPECT_NEAR(replayed[digit], 3200 / 17, 60);
}

TEST(BatchSource, AugmentsDrawingsEvenWhereNothingElseIs) {
  ReplaySample stroke{1, std::vector<std::uint8_t>(784, 0), 1};
  for (std::size_t y = 5; y < 23; ++y) stroke.picture[y * 28 + 14] = 255;
  BatchSource source(numbered_pictures(64), 64, no_augmentation(), 6);
  source.set_replay({stroke});
  const Batch& batch = source.next();
  std::set<std::vector<float>> different;
  const auto first = static_cast<std::size_t>(64 - batch.from_drawings);
  for (std::size_t i = first; i < 64; ++i) {
    different.emplace(batch.images.begin() + static_cast<std::ptrdiff_t>(i * 784),
                      batch.images.begin() + static_cast<std::ptrdiff_t>((i + 1) * 784));
  }
  EXPECT_GT(batch.from_drawings, 5);
  EXPECT_EQ(different.size(), static_cast<std::size_t>(batch.from_drawings));
}

TEST(BatchSource, DoesNotCareInWhichOrderDrawingsCome) {
  auto forwards = drawings({1, 2, 3});
  for (std::size_t i = 0; i < 3; ++i) forwards[i].picture.assign(784, static_cast<std::uint8_t>(50 * (i + 1)));
  std::vector<ReplaySample> backwards(forwards.rbegin(), forwards.rend());
  BatchSource a(numbered_pictures(64), 32, no_augmentation(), 7);
  BatchSource b(numbered_pictures(64), 32, no_augmentation(), 7);
  a.set_replay(forwards);
  b.set_replay(backwards);
  expect_same(take(a, 3), take(b, 3));
}

TEST(BatchSource, LeavesOutDrawingsThatCannotTakePart) {
  BatchSource source(numbered_pictures(64), 32, no_augmentation(), 8);
  source.set_replay({{1, std::vector<std::uint8_t>(100, 9), 3}, {2, std::vector<std::uint8_t>(784, 9), 12}});
  EXPECT_EQ(source.next().from_drawings, 0);
}

TEST(BatchSource, GoesOnWhereACheckpointLeftOff) {
  const auto data = numbered_pictures(100);
  BatchSource whole(data, 16, mnist_augmentation(), 9);
  BatchSource resumed(data, 16, mnist_augmentation(), 9);
  resumed.seek(11);
  const auto batches = take(whole, 14);
  expect_same({batches.begin() + 11, batches.end()}, take(resumed, 3));
}

// The pictures of a recipe, changed as it says, without the source's help.
Batch carried_out(const BatchRecipe& recipe, const Dataset& train, const std::vector<ReplaySample>& drawings) {
  Batch batch{std::vector<float>(recipe.pictures.size() * 784), recipe.labels, recipe.from_drawings};
  const auto count = static_cast<std::size_t>(train.count());
  for (std::size_t i = 0; i < recipe.pictures.size(); ++i) {
    const std::size_t number = recipe.pictures[i];
    const auto picture = number < count ? train.picture(static_cast<int>(number))
                                        : std::span<const std::uint8_t>(drawings[number - count].picture);
    const PictureChange change = recipe.changes.empty() ? PictureChange{} : recipe.changes[i];
    apply_change(picture, train.shape, change, std::span(batch.images).subspan(i * 784, 784));
  }
  return batch;
}

TEST(BatchSource, GivesTheSameBatchesByName) {
  const auto data = numbered_pictures(150);
  for (const Augmentation& augmentation : {no_augmentation(), mnist_augmentation(), drawing_augmentation()}) {
    for (const bool replay : {false, true}) {
      BatchSource pictures(data, 64, augmentation, 3), recipes(data, 64, augmentation, 3);
      // Handed over in the wrong order, and one that has no place.
      auto drawn = drawings({7, 2, 2});
      for (std::size_t i = 0; i < 3; ++i) drawn[i].picture[30 + i] = 200;
      std::reverse(drawn.begin(), drawn.end());
      drawn.push_back({9, std::vector<std::uint8_t>(3), 1});
      if (replay) pictures.set_replay(drawn);
      if (replay) recipes.set_replay(drawn);
      EXPECT_EQ(recipes.replay().size(), replay ? 3U : 0U);
      for (int k = 0; k < 8; ++k) {
        const BatchRecipe looked_at = recipes.peek_recipe();
        const BatchRecipe recipe = recipes.next_recipe();
        EXPECT_EQ(looked_at.pictures, recipe.pictures);
        EXPECT_EQ(recipe.changes.empty(), !augmentation.any() && !replay);
        expect_same({pictures.next()}, {carried_out(recipe, *data, recipes.replay())});
      }
    }
  }
}

TEST(BatchSource, ChangesBetweenBatchesAndRecipesAtAnyTime) {
  const auto data = numbered_pictures(100);
  BatchSource plain(data, 16, mnist_augmentation(), 5), mixed(data, 16, mnist_augmentation(), 5);
  for (int k = 0; k < 40; ++k) {
    const Batch& expected = plain.next();
    if (k % 5 < 2) {
      expect_same({expected}, {mixed.next()});
    } else {
      expect_same({expected}, {carried_out(mixed.next_recipe(), *data, {})});
    }
  }
}

// CPU time of the whole process, all threads.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

TEST(BatchSource, MakesNoPicturesForWhoTakesRecipes) {
  BatchSource source(numbered_pictures(2000), 1000, drawing_augmentation(), 6);
  source.next_recipe();
  source.set_augmentation(drawing_augmentation());  // a change would make the preparing thread begin anew
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(cpu_seconds() - before, 0.005) << "a thousand augmented pictures take longer";
}

TEST(BatchSource, CanBeDroppedAtAnyMoment) {
  const auto data = numbered_pictures(300);
  for (int i = 0; i < 50; ++i) {
    BatchSource source(data, 32, mnist_augmentation(), 1);
    for (int k = 0; k < i % 4; ++k) source.next();
    if (i % 3 == 0) source.set_replay(drawings({1}));
  }
}

}  // namespace
}  // namespace warpscope::training

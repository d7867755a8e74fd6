#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compute/training/trainer.h"
#include "tests/training/helpers.h"

namespace warpscope::training {
namespace {

// Answers every picture by a table: row = the number that `numbered_pictures` wrote into it.
class TableBackend final : public Backend {
 public:
  explicit TableBackend(std::vector<std::array<float, 10>> table) : table_(std::move(table)) {}
  std::string_view name() const override { return "table"; }
  void predict(std::span<const float> images, std::span<float> probabilities) override {
    largest_chunk = std::max(largest_chunk, images.size() / 784);
    for (std::size_t i = 0; i < images.size() / 784; ++i) {
      const auto& row = table_.at(static_cast<std::size_t>(std::lround(images[i * 784 + 1] * 255)));
      std::copy(row.begin(), row.end(), probabilities.begin() + static_cast<std::ptrdiff_t>(10 * i));
    }
  }
  BatchStats forward_backward(std::span<const float>, std::span<const std::uint8_t>) override { return {}; }
  void update(float) override {}
  Weights weights() const override { return {}; }
  Weights gradients() const override { return {}; }
  base::Result<void> set_weights(const Weights&) override { return {}; }
  OptimizerState optimizer_state() const override { return {}; }
  base::Result<void> set_optimizer_state(const OptimizerState&) override { return {}; }
  void set_optimizer(const OptimizerSettings&) override {}
  std::span<const float> sample_losses() const override { return {}; }
  std::span<const float> sample_probabilities() const override { return {}; }
  void keep_good() override {}
  void go_back() override {}
  std::string device_name() const override { return "Table"; }
  PhaseTimes phase_times() const override { return {}; }
  int pictures_at_once() const override { return at_once; }

  std::size_t largest_chunk = 0;
  int at_once = 1;

 private:
  std::vector<std::array<float, 10>> table_;
};

std::array<float, 10> sure_of(int digit, float probability) {
  std::array<float, 10> row;
  row.fill((1 - probability) / 9);
  row[static_cast<std::size_t>(digit)] = probability;
  return row;
}

// Pictures 0, 1, 2, 3 with labels 0, 1, 2, 3; the 2 is read as 7.
TableBackend four_answers() {
  return TableBackend({sure_of(0, 0.9F), sure_of(1, 0.5F), sure_of(7, 0.91F), sure_of(3, 1.0F)});
}

TEST(Evaluator, CountsAsOneDoesByHand) {
  TableBackend backend = four_answers();
  Evaluator evaluator(numbered_pictures(4));
  EXPECT_FALSE(evaluator.advance(backend, 3));
  EXPECT_EQ(evaluator.result().count, 0) << "nothing half done is shown";
  EXPECT_TRUE(evaluator.advance(backend, 3));
  const Evaluation& result = evaluator.result();
  EXPECT_EQ(backend.largest_chunk, 3U);
  EXPECT_EQ(result.count, 4);
  EXPECT_DOUBLE_EQ(result.accuracy, 0.75);
  // -ln 0.9, -ln 0.5, -ln 0.01 (a ninth of 0.09), -ln 1
  EXPECT_NEAR(result.loss, (0.1053605 + 0.6931472 + 4.6051702 + 0) / 4, 1e-6);
  EXPECT_THAT(result.read_as, ::testing::ElementsAre(0, 1, 7, 3));
  EXPECT_FLOAT_EQ(result.confidence[2], 0.91F);
  EXPECT_NEAR(result.loss_of[2], 4.60517, 1e-4);
  EXPECT_EQ(result.confusion[2][7], 1);
  EXPECT_EQ(result.confusion[2][2], 0);
  EXPECT_EQ(result.confusion[3][3], 1);
}

TEST(Evaluator, TakesWholeBatchesOfTheBackEnd) {
  TableBackend backend = four_answers();
  Evaluator evaluator(numbered_pictures(4));
  backend.at_once = 2;
  EXPECT_FALSE(evaluator.advance(backend, 3));
  EXPECT_EQ(backend.largest_chunk, 2U) << "three would be a whole batch and half of one";
  EXPECT_TRUE(evaluator.advance(backend, 1));
  EXPECT_EQ(backend.largest_chunk, 2U) << "at least one batch";
  EXPECT_DOUBLE_EQ(evaluator.result().accuracy, 0.75);
}

TEST(Evaluator, KeepsTheLastWholeResultWhileItBeginsAnew) {
  TableBackend backend = four_answers();
  Evaluator evaluator(numbered_pictures(4));
  ASSERT_TRUE(evaluator.advance(backend, 100));
  evaluator.restart();
  EXPECT_FALSE(evaluator.advance(backend, 2));
  EXPECT_DOUBLE_EQ(evaluator.result().accuracy, 0.75);
  TableBackend better({sure_of(0, 1), sure_of(1, 1), sure_of(2, 1), sure_of(3, 1)});
  evaluator.restart();
  EXPECT_TRUE(evaluator.advance(better, 4));
  EXPECT_DOUBLE_EQ(evaluator.result().accuracy, 1.0);
  EXPECT_EQ(evaluator.result().read_as.size(), 4U);
}

TEST(Evaluator, KeepsTheLossFiniteWhereAProbabilityIsZero) {
  TableBackend backend({sure_of(5, 1.0F)});
  Evaluator evaluator(numbered_pictures(1));
  ASSERT_TRUE(evaluator.advance(backend, 1));
  EXPECT_NEAR(evaluator.result().loss, 87.3, 0.1);  // -ln of the smallest normal float
}

}  // namespace
}  // namespace warpscope::training

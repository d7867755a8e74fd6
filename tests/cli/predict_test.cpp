#include <gmock/gmock.h>

#include <algorithm>

#include "compute/drawings/prepare.h"
#include "compute/training/augment.h"
#include "compute/training/inference.h"
#include "compute/training/safetensors.h"
#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char* const kSeven =
    R"({"label": 7, "canvas": [280, 280], "strokes": [[[60, 60, 0], [220, 60, 90], [120, 240, 200]]]})";
const char* const kNothing = R"({"canvas": [280, 280], "strokes": []})";

// A network with its first weights: it knows nothing, but what it says is defined.
training::Weights save_untrained(const fs::path& file, std::uint64_t seed) {
  training::Checkpoint checkpoint;
  checkpoint.network = "mlp128";
  checkpoint.weights = training::initial_weights(training::find_network("mlp128").value(), seed);
  EXPECT_TRUE(training::save_checkpoint(checkpoint, file));
  return checkpoint.weights;
}

void expect_reads_as(const json& line, const training::Weights& weights, const drawings::DigitImage& image) {
  std::vector<float> input(784);
  training::to_unit_floats(image, input);
  training::Activations expected;
  training::infer(training::find_network("mlp128").value(), weights, input, expected);
  ASSERT_EQ(line["probabilities"].size(), 10U) << line;
  EXPECT_EQ(line["digit"], expected.digit);
  double sum = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_NEAR(line["probabilities"][i].get<double>(), expected.probabilities[i], 1e-6);
    sum += line["probabilities"][i].get<double>();
  }
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST(Predict, ReadsStrokesAndPicturesWithTheGivenWeights) {
  const Workplace here;
  const auto weights = save_untrained(here / "w.safetensors", 1);
  write_file(here / "seven.json", kSeven);
  const drawings::DigitImage image = drawings::prepare(drawings::read_strokes_file(here / "seven.json").value());
  ASSERT_TRUE(drawings::write_digit_png(image, here / "seven.png"));
  const Answer answer = run(here, "predict --json --weights w.safetensors seven.json seven.png");
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.err, IsEmpty());
  const auto lines = answer.lines();
  ASSERT_EQ(lines.size(), 2U) << answer.out;
  EXPECT_EQ(lines[0]["file"], "seven.json");
  expect_reads_as(lines[0], weights, image);
  expect_reads_as(lines[1], weights, image);
}

TEST(Predict, SaysThatThereIsNothingToReadInAnEmptyDrawing) {
  const Workplace here;
  save_untrained(here / "w.safetensors", 1);
  write_file(here / "nothing.json", kNothing);
  const Answer answer = run(here, "predict --json --weights w.safetensors nothing.json");
  EXPECT_EQ(answer.code, 0);
  EXPECT_TRUE(answer.parsed()["digit"].is_null()) << answer.out;
  EXPECT_TRUE(answer.parsed()["probabilities"].is_null()) << answer.out;
  EXPECT_THAT(run(here, "predict --weights w.safetensors nothing.json").out, HasSubstr("nothing to read"));
  // A picture without a digit is another matter: nobody drew nothing, something is wrong with it.
  ASSERT_TRUE(drawings::write_digit_png({}, here / "black.png"));
  const Answer black = run(here, "predict --json --weights w.safetensors black.png");
  EXPECT_EQ(black.code, 2);
  EXPECT_THAT(black.err, HasSubstr("shows nothing"));
}

TEST(Predict, ReadsTheOthersWhereOneFileIsUnreadable) {
  const Workplace here;
  save_untrained(here / "w.safetensors", 1);
  write_file(here / "seven.json", kSeven);
  write_file(here / "broken.json", "{\n \"strokes\": oops}");
  write_file(here / "broken.png", "not a picture");
  const Answer answer = run(here, "predict --json --weights w.safetensors gone.png broken.json broken.png seven.json");
  EXPECT_EQ(answer.code, 2);
  EXPECT_EQ(answer.lines().size(), 1U);
  EXPECT_THAT(answer.err, HasSubstr("gone.png: "));
  EXPECT_THAT(answer.err, HasSubstr("broken.json:2:")) << "with line and column";
  EXPECT_THAT(answer.err, HasSubstr("broken.png: "));
}

TEST(Predict, UsesTheCheckpointOfTheDataFolderWhereNoWeightsAreGiven) {
  const Workplace here;
  fs::create_directories(here / "mine");
  fs::create_directories(here / "data/warpscope");
  const auto mine = save_untrained(here / "mine/checkpoint.safetensors", 5);
  const auto usual = save_untrained(here / "data/warpscope/checkpoint.safetensors", 6);
  write_file(here / "seven.json", kSeven);
  const drawings::DigitImage image = drawings::prepare(drawings::read_strokes_file(here / "seven.json").value());
  const Answer there = run(here, "predict --json --data-dir mine seven.json");
  ASSERT_EQ(there.code, 0) << there.err;
  expect_reads_as(there.parsed(), mine, image);
  const Answer usually = run(here, "predict --json seven.json");
  ASSERT_EQ(usually.code, 0) << usually.err;
  expect_reads_as(usually.parsed(), usual, image);
}

TEST(Predict, RefusesWeightsThatAreNone) {
  const Workplace here;
  write_file(here / "seven.json", kSeven);
  write_file(here / "w.safetensors", "hello, I am no weights file");
  for (const char* file : {"w.safetensors", "gone.safetensors"}) {
    const Answer answer = run(here, std::string("predict seven.json --weights ") + file);
    EXPECT_EQ(answer.code, 2);
    EXPECT_THAT(answer.out, IsEmpty());
    EXPECT_THAT(answer.err, HasSubstr(file));
  }
}

}  // namespace
}  // namespace warpscope::cli_test

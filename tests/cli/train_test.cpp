#include <gmock/gmock.h>

#include <algorithm>

#include "compute/training/dataset.h"
#include "compute/training/safetensors.h"
#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The first pictures of MNIST's test set as a data set of their own, so that a run takes moments.
fs::path small_set(const Workplace& here, std::size_t train = 1200, std::size_t test = 300) {
  static const training::Dataset all = [] {
    const fs::path mnist = fs::path(WARPSCOPE_SOURCE_DIR) / "assets" / "mnist";
    return training::read_dataset(mnist / "t10k-images-idx3-ubyte.gz", mnist / "t10k-labels-idx1-ubyte.gz").value();
  }();
  const fs::path folder = here / "set";
  fs::create_directories(folder);
  const auto write = [&](const std::string& name, std::size_t first, std::size_t count) {
    const auto items = static_cast<std::uint32_t>(count);
    const auto pixels = all.pixels.begin() + static_cast<std::ptrdiff_t>(784 * first);
    const auto labels = all.labels.begin() + static_cast<std::ptrdiff_t>(first);
    EXPECT_TRUE(training::write_idx({{items, 28, 28}, {pixels, pixels + static_cast<std::ptrdiff_t>(784 * count)}},
                                    folder / (name + "-images-idx3-ubyte")));
    EXPECT_TRUE(training::write_idx({{items}, {labels, labels + static_cast<std::ptrdiff_t>(count)}},
                                    folder / (name + "-labels-idx1-ubyte")));
  };
  write("train", 0, train);
  write("t10k", train, test);
  return folder;
}

TEST(Train, PrintsOneJsonLineAnEpochAndTheTestAccuracyLast) {
  const Workplace here;
  small_set(here);
  const Answer answer = run(here, "train --model mlp128 --epochs 4 --batch 32 --mnist set --seed 3 --json");
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.err, IsEmpty()) << "no progress where nobody watches";
  const auto lines = answer.lines();
  ASSERT_EQ(lines.size(), 5U) << answer.out;
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(lines[i]["epoch"], i + 1);
    EXPECT_GT(lines[i]["seconds"], 0);
    EXPECT_GT(lines[i]["samples_per_second"], 0);
    EXPECT_NEAR(lines[i]["samples_per_second"].get<double>() * lines[i]["seconds"].get<double>(), 1100, 1)
        << "1200 pictures less the twelfth kept for validation";
    EXPECT_GT(lines[i]["validation_loss"], 0);
    EXPECT_TRUE(lines[i].contains("validation_accuracy"));
  }
  EXPECT_LT(lines[3]["train_loss"], lines[0]["train_loss"]);
  EXPECT_GT(lines[4]["test_accuracy"], 0.7);
  EXPECT_LE(lines[4]["test_accuracy"], 1);
  EXPECT_EQ(lines[4]["model"], "mlp128");
  EXPECT_EQ(lines[4]["backend"], "cpu");
  EXPECT_EQ(lines[4]["precision"], "f32");
  EXPECT_EQ(lines[4]["seed"], 3);
  EXPECT_GT(lines[4]["total_seconds"], 0);
}

TEST(Train, SavesWeightsAndCurve) {
  const Workplace here;
  small_set(here);
  const std::string arguments =
      "train --model cnn32 --epochs 2 --mnist set --augment --optimizer momentum --lr 0.02 --seed 9";
  const Answer answer = run(here, arguments + " --save w.safetensors --export-curve c.csv");
  ASSERT_EQ(answer.code, 0) << answer.err;
  const auto saved = training::load_checkpoint(here / "w.safetensors");
  ASSERT_TRUE(saved) << saved.error().text();
  EXPECT_EQ(saved->network, "cnn32");
  EXPECT_EQ(saved->seed, 9U);
  EXPECT_EQ(saved->step, 2 * 18);  // 1100 pictures, 64 a step
  EXPECT_EQ(saved->accuracy, answer.lines()[1]["validation_accuracy"].get<double>());
  EXPECT_TRUE(saved->optimizer.first.layers.empty()) << "an export, not a checkpoint";

  const std::string curve = read_file(here / "c.csv");
  EXPECT_EQ(curve.substr(0, curve.find('\n')), "epoch,step,kind,loss,accuracy");
  EXPECT_EQ(std::count(curve.begin(), curve.end(), '\n'), 1 + 36 + 2);

  ASSERT_EQ(run(here, arguments + " --save again.safetensors").code, 0);
  EXPECT_EQ(read_file(here / "w.safetensors"), read_file(here / "again.safetensors")) << "the same seed";
  ASSERT_EQ(run(here, arguments + "1 --save other.safetensors").code, 0);
  EXPECT_NE(read_file(here / "w.safetensors"), read_file(here / "other.safetensors")) << "seed 91";
}

TEST(Train, SaysWhatIsWrongBeforeItTrains) {
  const Workplace here;
  small_set(here);
  fs::create_directories(here / "empty");
  const std::pair<std::string, std::string> wrong[] = {
      {"--model lenet", "there are: mlp64-sigmoid, mlp128, mlp128-64, cnn32, cnn32-64"},
      {"--optimizer lion", "sgd, momentum, adam"},
      {"--schedule steps", "constant, one-cycle"},
      {"--batch 0", "batch"},
      {"--batch 5000", "expected 1 to 1100"},
      {"--epochs 0", "epochs"},
      {"--lr -1", "lr"},
      {"--save missing/w.safetensors", "missing/w.safetensors: its folder does not exist"},
      {"--export-curve set", "set: a folder"},
  };
  for (const auto& [arguments, message] : wrong) {
    const Answer answer = run(here, "train --mnist set " + arguments);
    EXPECT_EQ(answer.code, 2) << arguments;
    EXPECT_THAT(answer.err, HasSubstr(message)) << arguments;
    EXPECT_THAT(answer.out, IsEmpty()) << arguments;
  }
  const Answer missing = run(here, "train --mnist empty");
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("train-images-idx3-ubyte"));
  const std::string pictures = read_file(here / "set/train-images-idx3-ubyte");
  write_file(here / "set/train-images-idx3-ubyte", pictures.substr(0, 5000));
  const Answer truncated = run(here, "train --mnist set");
  EXPECT_EQ(truncated.code, 2);
  EXPECT_THAT(truncated.err, HasSubstr("train-images-idx3-ubyte: truncated"));
}

TEST(Train, EndsWithCode1AndAnExplanationWhereItDiverges) {
  const Workplace here;
  small_set(here);
  const Answer answer =
      run(here, "train --model mlp128 --epochs 2 --mnist set --lr 1e6 --schedule constant --save w.safetensors");
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("rate"));
  EXPECT_FALSE(fs::exists(here / "w.safetensors"));
}

TEST(Train, TrainsOnTheVirtualGpuAndOnAGpuTheSameNetwork) {
  const Workplace here;
  small_set(here, 600, 100);
  const std::string arguments = "train --model mlp128 --epochs 2 --mnist set --seed 3 --json";
  const std::string gpu = stand_in_driver(here, "name 0 NVIDIA Imaginary\n");
  const Answer cpu = run(here, arguments);
  ASSERT_EQ(cpu.code, 0) << cpu.err;
  for (const auto& [backend, device] : {std::pair("virtual", "Virtual GPU"), std::pair("cuda", "NVIDIA Imaginary")}) {
    const Answer answer = run(here, arguments + " --backend " + backend, gpu);
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto lines = answer.lines();
    ASSERT_EQ(lines.size(), 3U) << answer.out;
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_NEAR(lines[i]["train_loss"], cpu.lines()[i]["train_loss"].get<double>(), 1e-3) << backend;
      EXPECT_NEAR(lines[i]["validation_loss"], cpu.lines()[i]["validation_loss"].get<double>(), 1e-3) << backend;
    }
    EXPECT_EQ(lines[2]["backend"], backend);
    EXPECT_THAT(lines[2]["device"].get<std::string>(), HasSubstr(device));
    EXPECT_EQ(lines[2]["precision"], "f32");
  }
}

TEST(Train, TrainsWithHalfPrecisionWhereMatrixProductsHaveIt) {
  const Workplace here;
  small_set(here, 600, 100);
  for (const std::string precision : {"f16", "bf16"}) {
    const std::string arguments = "train --model mlp128 --epochs 2 --mnist set --json --precision " + precision;
    const Answer answer = run(here, arguments + " --backend virtual");
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto lines = answer.lines();
    EXPECT_LT(lines[1]["train_loss"], lines[0]["train_loss"]);
    EXPECT_EQ(lines[2]["precision"], precision);
    const Answer cpu = run(here, arguments);
    EXPECT_EQ(cpu.code, 2);
    EXPECT_THAT(cpu.err, HasSubstr(precision + " is for a GPU"));
  }
}

TEST(Train, EndsWithCode3WhereThereIsNoGpu) {
  const Workplace here;
  small_set(here);
  const Answer none = run(here, "train --mnist set --backend cuda", "WARPSCOPE_CUDA_DRIVER=/nowhere/libcuda.so.1");
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("cannot train on cuda: "));
  EXPECT_THAT(none.err, HasSubstr("there is: cpu"));
  const Answer empty = run(here, "train --mnist set --backend cuda", stand_in_driver(here, "gpus 0\n"));
  EXPECT_EQ(empty.code, 3);
  EXPECT_EQ(run(here, "train --mnist set --backend opencl").code, 2);
}

TEST(Train, TakesPicturesOfOtherSizes) {
  const Workplace here;
  fs::create_directories(here / "colour");
  for (const std::string part : {"train", "t10k"}) {
    std::vector<std::uint8_t> pixels(240 * 32 * 32 * 3), labels(240);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<std::uint8_t>(i % 10);
      for (std::size_t p = 0; p < 3072; ++p) pixels[i * 3072 + p] = static_cast<std::uint8_t>((p * (i % 10 + 1)) % 251);
    }
    ASSERT_TRUE(training::write_idx({{240, 32, 32, 3}, pixels}, here / ("colour/" + part + "-images-idx3-ubyte")));
    ASSERT_TRUE(training::write_idx({{240}, labels}, here / ("colour/" + part + "-labels-idx1-ubyte")));
  }
  const Answer answer =
      run(here, "train --model cnn32-64 --epochs 8 --batch 20 --mnist colour --json --save w.safetensors");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_GT(answer.lines().back()["test_accuracy"], 0.9) << "ten patterns, each the same every time";
  const auto saved = training::load_checkpoint(here / "w.safetensors");
  ASSERT_TRUE(saved) << saved.error().text();
  EXPECT_EQ(saved->input, (training::Shape{3, 32, 32}));
}

}  // namespace
}  // namespace warpscope::cli_test

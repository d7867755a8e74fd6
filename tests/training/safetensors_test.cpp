#include "compute/training/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "compute/training/inference.h"
#include "tests/training/helpers.h"

namespace warpscope::training {
namespace {

using ::testing::HasSubstr;

std::string length_of(std::size_t bytes) {
  std::string text(8, '\0');
  for (int i = 0; i < 8; ++i) text[static_cast<std::size_t>(i)] = static_cast<char>(bytes >> (8 * i));
  return text;
}

std::string with_header(const std::string& header, const std::string& data) {
  return length_of(header.size()) + header + data;
}

std::string error_of(const std::string& bytes) {
  const auto file =
      parse_safetensors({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "w.safetensors");
  return file ? "no error" : file.error().text();
}

Checkpoint a_checkpoint() {
  Checkpoint checkpoint{"cnn32", {1, 28, 28}, 18446744073709551615ULL, 0.98765, 4321, {}, {}};
  checkpoint.weights = initial_weights(find_network("cnn32").value(), 2);
  return checkpoint;
}

TEST(Safetensors, WritesTheFormatByteForByte) {
  const TemporaryFolder folder;
  TensorFile file;
  file.metadata["model"] = "tiny";
  file.tensors["b"] = {{2}, {1.0F, -2.0F}};
  file.tensors["a"] = {{1, 1}, {0.5F}};
  ASSERT_TRUE(write_safetensors(file, folder / "tiny.safetensors"));
  std::string header = R"({"__metadata__":{"model":"tiny"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1,1]},)"
                       R"("b":{"data_offsets":[4,12],"dtype":"F32","shape":[2]}})";
  while (header.size() % 8 != 0) header += ' ';
  // 0.5, 1.0 and -2.0 in IEEE 754, little-endian.
  const std::string data("\x00\x00\x00\x3f\x00\x00\x80\x3f\x00\x00\x00\xc0", 12);
  EXPECT_EQ(read_bytes(folder / "tiny.safetensors"), with_header(header, data));
}

TEST(Safetensors, ReadsWhatOtherProgramsWrite) {
  // Another order of keys, line breaks, a scalar, an empty tensor.
  const std::string bytes = with_header(
      "{\n \"z\": {\"shape\": [], \"dtype\": \"F32\", \"data_offsets\": [0, 4]},\n"
      " \"none\": {\"shape\": [0, 7], \"dtype\": \"F32\", \"data_offsets\": [4, 4]}}",
      std::string("\x00\x00\x80\x3f", 4));
  const auto file = parse_safetensors({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "x");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->tensors.at("z"), (Tensor{{}, {1.0F}}));
  EXPECT_TRUE(file->tensors.at("none").data.empty());
}

TEST(Safetensors, SaysWhatIsWrongWithAFile) {
  const std::string four(4, '\0');
  const auto one = [&](const std::string& entry) { return error_of(with_header("{\"t\":" + entry + "}", four)); };
  EXPECT_THAT(error_of("abc"), HasSubstr("w.safetensors: not a safetensors file: it has 3 bytes"));
  EXPECT_THAT(error_of(length_of(5000) + "{}"), HasSubstr("announce a header of 5000 bytes, and 2 follow"));
  EXPECT_THAT(error_of(with_header("{\"t\":\n  oops}", "")), HasSubstr("w.safetensors:2:3: "));
  EXPECT_THAT(error_of(with_header("[1, 2]", "")), HasSubstr("not a JSON object"));
  EXPECT_THAT(one(R"({"dtype":"F16","shape":[2],"data_offsets":[0,4]})"), HasSubstr("tensor 't': is of type \"F16\""));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[2]})"), HasSubstr("needs dtype, shape and data_offsets"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), HasSubstr("whole number from 0"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"),
              HasSubstr("disagree with its shape (2), which takes 8"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]})"), HasSubstr("too many"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[8,4]})"), HasSubstr("disagree"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"),
              HasSubstr("begins at 4, but the one before ends at 0"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"), HasSubstr("truncated"));
  EXPECT_THAT(error_of(with_header("{}", four)), HasSubstr("take 0 bytes, found 4"));
  EXPECT_THAT(error_of(with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                   R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                                   four)),
              HasSubstr("not overlap"));
  EXPECT_THAT(error_of(with_header(R"({"__metadata__":{"seed":1}})", "")), HasSubstr("'seed' must be a text"));
  EXPECT_THAT(error_of(with_header(R"({"t":1e999})", "")), HasSubstr("beyond any size"));
  EXPECT_THAT(read_safetensors("/nowhere/w.safetensors").error().text(), HasSubstr("/nowhere/w.safetensors"));
}

TEST(Checkpoint, ComesBackAsItWasSaved) {
  const TemporaryFolder folder;
  Checkpoint saved = a_checkpoint();
  saved.optimizer.updates = 4321;
  saved.optimizer.first = initial_weights(find_network("cnn32").value(), 3);
  saved.optimizer.second = initial_weights(find_network("cnn32").value(), 4);
  ASSERT_TRUE(save_checkpoint(saved, folder / "c.safetensors"));
  const auto loaded = load_checkpoint(folder / "c.safetensors");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->network, "cnn32");
  EXPECT_EQ(loaded->seed, 18446744073709551615ULL);
  EXPECT_EQ(loaded->accuracy, 0.98765);
  EXPECT_EQ(loaded->step, 4321);
  EXPECT_EQ(loaded->weights, saved.weights);
  EXPECT_EQ(loaded->optimizer.updates, 4321);
  EXPECT_EQ(loaded->optimizer.first, saved.optimizer.first);
  EXPECT_EQ(loaded->optimizer.second, saved.optimizer.second);
}

TEST(Checkpoint, KeepsTheShapeOfThePictures) {
  const TemporaryFolder folder;
  Checkpoint saved{"cnn32-64", {3, 32, 32}, 1, 0, 0, {}, {}};
  saved.weights = initial_weights(with_input(find_network("cnn32-64").value(), saved.input).value(), 1);
  ASSERT_TRUE(save_checkpoint(saved, folder / "c.safetensors"));
  const auto loaded = load_checkpoint(folder / "c.safetensors");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->input, (Shape{3, 32, 32}));
}

TEST(Checkpoint, RefusesWhatDoesNotFitItsNetwork) {
  const TemporaryFolder folder;
  const auto error_after = [&](auto change) {
    EXPECT_TRUE(save_checkpoint(a_checkpoint(), folder / "c.safetensors"));
    TensorFile file = read_safetensors(folder / "c.safetensors").value();
    change(file);
    EXPECT_TRUE(write_safetensors(file, folder / "c.safetensors"));
    const auto loaded = load_checkpoint(folder / "c.safetensors");
    return loaded ? std::string("no error") : loaded.error().text();
  };
  EXPECT_THAT(error_after([](TensorFile& f) { f.metadata["model"] = "mlp128"; }), HasSubstr("is not one of mlp128's"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.metadata["model"] = "lenet"; }), HasSubstr("no network 'lenet'"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.metadata.clear(); }), HasSubstr("no 'model'"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.metadata["seed"] = "many"; }), HasSubstr("'seed' is 'many'"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.metadata["input"] = "28x28"; }),
              HasSubstr("channels x height x width"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.metadata["input"] = "1x32x28"; }), HasSubstr("layer 3 (dense)"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.tensors.erase("layer1.bias"); }),
              HasSubstr("needs a bias of shape (64)"));
  EXPECT_THAT(error_after([](TensorFile& f) { f.tensors.clear(); }), HasSubstr("none for layer 0"));
  EXPECT_THAT(error_after([](TensorFile& f) {
                f.tensors["layer9.weight"] = {{1}, {1}};
              }),
              HasSubstr("'layer9.weight'"));
  EXPECT_THAT(
      error_after([](TensorFile& f) { f.tensors["layer2.bias"].data[3] = std::numeric_limits<float>::quiet_NaN(); }),
      HasSubstr("not finite"));
}

TEST(Checkpoint, LeavesTheOldFileWhereItCannotWriteTheNewOne) {
  const TemporaryFolder folder;
  EXPECT_FALSE(save_checkpoint(a_checkpoint(), folder / "missing" / "c.safetensors"));
  ASSERT_TRUE(save_checkpoint(a_checkpoint(), folder / "c.safetensors"));
  ASSERT_TRUE(save_checkpoint(a_checkpoint(), folder / "c.safetensors"));
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
  EXPECT_EQ(files, 1) << "no temporary file is left";
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (const std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
  return pclose(pipe) == 0 ? output : "failed: " + output;
}

TEST(Checkpoint, LoadsIntoPyTorchAsItIsAndGivesTheSameLogits) {
  const std::string python = WARPSCOPE_TEST_PYTHON;
  if (std::system((python + " -c 'import torch' 2>/dev/null").c_str()) != 0) {
    GTEST_SKIP() << python << " has no torch (Debian: python3-torch); nothing to compare with";
  }
  const TemporaryFolder folder;
  const std::vector<float> picture = random_images(784, 11);
  write_bytes(folder / "picture",
              std::string(reinterpret_cast<const char*>(picture.data()), picture.size() * sizeof(float)));
  for (const NetworkSpec& network : networks()) {
    Checkpoint checkpoint{network.name, network.input, 77, 0.5, 1, initial_weights(network, 77), {}};
    const std::string path = (folder / (network.name + ".safetensors")).string();
    ASSERT_TRUE(save_checkpoint(checkpoint, path));
    const std::string answer = output_of(python + " " + WARPSCOPE_SOURCE_DIR + "/tests/training/load_safetensors.py " +
                                         path + " " + (folder / "picture").string() + " " + network.name + " 2>&1");
    const auto parsed = nlohmann::json::parse(answer, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << answer;
    EXPECT_EQ(parsed["model"], network.name);
    EXPECT_EQ(parsed["seed"], "77");
    EXPECT_EQ(parsed["accuracy"], "0.5");
    Activations found;
    infer(network, checkpoint.weights, picture, found);
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_NEAR(found.layers.back()[i], parsed["logits"][i].get<float>(), 1e-5) << network.name;
    }
  }
}

}  // namespace
}  // namespace warpscope::training

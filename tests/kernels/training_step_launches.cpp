#include "tests/kernels/training_step_launches.h"

#include <fmt/format.h>

namespace warpscope::kernels::testing {
namespace {

constexpr int kClasses = 10;
// Step 1 of two; of the other one every number is wrong.
constexpr const char* kCounter = "buf:i32:4:list:1,0,0,0";
constexpr const char* kRates = "buf:f32:8:list:9,9,9,9,0.01,0.271,0.002997001,1024";
constexpr const char* kState = "buf:i32:4:zero";

std::uint32_t blocks_for(int count, int block) {
  return static_cast<std::uint32_t>((count + block - 1) / block);
}
std::string f32(int count, const char* how) {
  return fmt::format("buf:f32:{}:{}", count, how);
}
std::string u8(int count, const char* how) {
  return fmt::format("buf:u8:{}:{}", count, how);
}
std::string i32(int value) {
  return fmt::format("i32:{}", value);
}

LaunchCase line(const Kernel& kernel, int threads, int block, std::vector<std::string> arguments) {
  LaunchCase launch = default_launch(kernel);
  launch.grid = {blocks_for(threads, block), 1, 1};
  launch.block = {static_cast<std::uint32_t>(block), 1, 1};
  launch.arguments = std::move(arguments);
  return launch;
}

}  // namespace

int knots_of(int height, int width) {
  return ((height - 1) / 7 + 4) * ((width - 1) / 7 + 4);
}

std::vector<float> some_changes(int count, int height, int width, int stride) {
  std::vector<float> all;
  for (int i = 0; i < count; ++i) {
    const float part = static_cast<float>(i % 7) / 7;
    const float thickness = i % 3 == 0 ? 0.0F : i % 3 == 1 ? 1.5F * part + 0.1F : -1.0F + part;
    std::vector<float> change{1.1F - 0.2F * part, 0.25F - 0.4F * part, 3 * part - 1.7F, -0.2F + 0.5F * part,
                              0.9F + 0.3F * part, 1.3F - 4 * part,     thickness,       i % 2 == 0 ? 1.0F : 0.0F};
    for (int knot = 0; knot < 2 * knots_of(height, width); ++knot) {
      change.push_back(static_cast<float>((knot * 37 + i * 11) % 41) / 10 - 2);
    }
    change.resize(static_cast<std::size_t>(stride), 1e9F);  // nobody reads it
    all.insert(all.end(), change.begin(), change.end());
  }
  return all;
}

LaunchCase gather_launch(const Kernel& kernel, const PictureSizes& s) {
  constexpr int kPictures = 11, kSteps = 2;
  const int pixels = s.channels * s.height * s.width, places = kSteps * s.batch;
  const std::string pictures = u8(kPictures * pixels, "rand:3");
  const std::string order = fmt::format("buf:u32:{}:rand:4:{}", places, kPictures);
  const std::string labels = u8(places, "rand:5:10");
  const std::string images_out = f32(s.batch * pixels, "zero"), labels_out = u8(s.batch, "zero");
  LaunchCase launch = default_launch(kernel);
  const auto samples = static_cast<std::uint32_t>(s.samples);
  if (kernel.name == "gather_plain") {
    launch.grid = {blocks_for(pixels, 1024), samples, 1};
    launch.arguments = {pictures, order, labels, kCounter, images_out, labels_out, i32(s.batch), i32(pixels)};
    return launch;
  }
  const int stride = 8 + 2 * knots_of(s.height, s.width) + 3;
  const std::vector<float> values = some_changes(places, s.height, s.width, stride);
  launch.grid = {samples, static_cast<std::uint32_t>(s.channels), 1};
  launch.shared_bytes =
      static_cast<std::uint32_t>(8 * (s.width + 3) * (s.height + 3) + 8 * s.height * ((s.width - 1) / 7 + 4));
  launch.arguments = {pictures,        order,
                      labels,          fmt::format("buf:f32:{}:list:{}", values.size(), fmt::join(values, ",")),
                      kCounter,        images_out,
                      labels_out,      i32(s.batch),
                      i32(s.channels), i32(s.height),
                      i32(s.width),    i32(stride)};
  return launch;
}

LaunchCase loss_launch(const Kernel& kernel, int n) {
  const int numbers = n * kClasses;
  const std::string logits = f32(numbers, "rand:7:-6:6"), given = f32(numbers, "rand:8"), labels = u8(n, "rand:9:10");
  const std::string out = f32(numbers, "zero"), losses = f32(n, "zero");
  if (kernel.name == "softmax_forward") return line(kernel, n, 256, {logits, out, i32(n)});
  if (kernel.name == "cross_entropy") return line(kernel, n, 256, {given, labels, losses, i32(n)});
  if (kernel.name == "cross_entropy_backward") {
    return line(kernel, numbers, 256, {given, labels, kRates, kCounter, out, i32(n)});
  }
  if (kernel.name == "training_metrics") {
    return line(
        kernel, 1, 256,
        {f32(n, "rand:10:0:5"), given, labels, kCounter, f32(8, "fill:7"), "buf:u32:100:fill:5", kState, i32(n)});
  }
  return line(kernel, n, 64, {logits, labels, kRates, kCounter, out, losses, out, i32(n)});
}

LaunchCase update_launch(const Kernel& kernel, int count) {
  const bool is_vector = kernel.name == "adam_update_vector";
  const int n = is_vector ? (count + 3) / 4 * 4 : count;
  const int threads = is_vector || kernel.name == "check_gradients" ? (n + 3) / 4 : n;
  const std::string parameters = f32(n, "rand:11:-1:1"), gradients = f32(n, "rand:12:-500:500");
  const std::string first = f32(n, "rand:13:-1:1"), second = f32(n, "rand:14");
  if (kernel.name == "check_gradients") return line(kernel, threads, 256, {gradients, kState, i32(n)});
  std::vector<std::string> arguments{parameters, gradients};
  if (kernel.name != "sgd_update") arguments.push_back(first);
  const bool is_adam = kernel.name.starts_with("adam");
  if (is_adam) arguments.push_back(second);
  for (const char* common : {kRates, kCounter, kState}) arguments.emplace_back(common);
  if (kernel.name == "momentum_update") arguments.emplace_back("f32:0.9");
  if (is_adam) arguments.insert(arguments.end(), {"f32:0.9", "f32:0.999", "f32:1e-8"});
  arguments.push_back(i32(n));
  return line(kernel, threads, 256, arguments);
}

std::vector<LaunchCase> step_launches(const Kernel& kernel) {
  std::vector<LaunchCase> all;
  if (kernel.name == "finish_step") return {default_launch(kernel)};
  if (kernel.file == "train_gather") {
    for (const PictureSizes& sizes : {PictureSizes{2, 3, 1, 28, 28},
                                      {1, 1, 3, 32, 32},
                                      {5, 6, 1, 7, 50},
                                      {3, 3, 2, 5, 3},
                                      {1, 2, 1, 1, 1},
                                      {1, 1, 1, 33, 34}}) {
      all.push_back(gather_launch(kernel, sizes));
    }
    // One warp in place of eight.
    for (const PictureSizes& sizes : {PictureSizes{2, 2, 1, 28, 28}, {1, 1, 3, 9, 33}}) {
      all.push_back(gather_launch(kernel, sizes));
      all.back().block.x = 32;
    }
  } else if (kernel.file == "train_loss") {
    for (const int samples : {1, 31, 64, 65, 300}) all.push_back(loss_launch(kernel, samples));
  } else {
    for (const int count : {1, 3, 4, 255, 1000, 1025, 2062}) all.push_back(update_launch(kernel, count));
    if (kernel.name == "adam_update_vector" || kernel.name == "check_gradients") {
      all.push_back(update_launch(kernel, 5003));
      all.back().grid.x = 2;  // they go on where the grid ends
    }
  }
  return all;
}

LaunchCase small_step_launch(const Kernel& kernel) {
  if (kernel.name == "finish_step") return default_launch(kernel);
  if (kernel.file == "train_gather") return gather_launch(kernel, {2, 2, 1, 6, 5});
  return kernel.file == "train_loss" ? loss_launch(kernel, 5) : update_launch(kernel, 300);
}

}  // namespace warpscope::kernels::testing

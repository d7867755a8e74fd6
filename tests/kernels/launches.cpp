#include "tests/kernels/launches.h"

#include <fmt/format.h>

#include "tests/kernels/training_dense.h"
#include "tests/kernels/training_layer_launches.h"
#include "tests/kernels/training_step_launches.h"

namespace warpscope::kernels::testing {
namespace {

using Launches = std::vector<LaunchCase>;

std::uint32_t blocks_for(int n, std::uint32_t block) {
  return (static_cast<std::uint32_t>(n) + block - 1) / block;
}

// The kernel's own launch with other sizes; `arguments` replace its own.
LaunchCase sized(const Kernel& kernel, base::Dim3 grid, base::Dim3 block, std::vector<std::string> arguments) {
  LaunchCase launch = default_launch(kernel);
  launch.grid = grid;
  launch.block = block;
  if (kernel.shared_bytes != 0) launch.shared_bytes = 4 * block.x;
  launch.arguments = std::move(arguments);
  return launch;
}

LaunchCase line(const Kernel& kernel, int n, std::uint32_t block, std::vector<std::string> arguments) {
  return sized(kernel, {blocks_for(n, block), 1, 1}, {block, 1, 1}, std::move(arguments));
}

LaunchCase plane(const Kernel& kernel, int width, int height, base::Dim3 block, std::vector<std::string> arguments) {
  return sized(kernel, {blocks_for(width, block.x), blocks_for(height, block.y), 1}, block, std::move(arguments));
}

std::string f32(int count, const char* how) {
  return fmt::format("buf:f32:{}:{}", count, how);
}
std::string i32(int value) {
  return fmt::format("i32:{}", value);
}

LaunchCase on_array(const Kernel& kernel, int n, std::uint32_t block) {
  const std::string in = f32(n, "rand:7"), more = f32(n, "rand:8"), out = f32(n, "zero");
  if (kernel.name == "vector_add") return line(kernel, n, block, {in, more, out, i32(n)});
  if (kernel.name == "copy_strided") return line(kernel, n, block, {f32(3 * n, "rand:7"), out, i32(n), i32(3)});
  if (kernel.name == "copy_offset") return line(kernel, n, block, {f32(n + 13, "rand:7"), out, i32(n), i32(13)});
  if (kernel.name == "scan_inclusive") return line(kernel, n, block, {in, out, i32(n)});
  if (kernel.topic == "histogram") {
    return line(kernel, n, block, {fmt::format("buf:u8:{}:rand:7", n), "buf:u32:16:fill:5", i32(n)});
  }
  if (kernel.topic == "reduction") {
    return line(kernel, n, block, {in, f32(static_cast<int>(blocks_for(n, block)), "zero"), i32(n)});
  }
  return sized(kernel, {2, 1, 1}, {block, 1, 1}, {"f32:-0.75", in, more, i32(n)});  // saxpy
}

LaunchCase on_image(const Kernel& kernel, int width, int height, base::Dim3 block) {
  const std::string image = f32(width * height, "rand:9"), out = f32(width * height, "zero");
  const std::string filter = "buf:f32:25:rand:10";
  const std::string w = i32(width), h = i32(height);
  if (kernel.name == "mandelbrot") {
    const std::string steps = fmt::format("buf:i32:{}:zero", width * height);
    return plane(kernel, width, height, block, {steps, w, h, "f32:-1.5", "f32:1", "f32:0.03125", "i32:30"});
  }
  if (kernel.name == "game_of_life") {
    return plane(
        kernel, width, height, block,
        {fmt::format("buf:u8:{}:rand:9:2", width * height), fmt::format("buf:u8:{}:zero", width * height), w, h});
  }
  if (kernel.name == "convolution_naive") return plane(kernel, width, height, block, {image, filter, out, w, h});
  LaunchCase launch = plane(kernel, width, height, block, {image, out, w, h});  // transposes too
  for (Symbol& symbol : launch.symbols) symbol.spec = filter;
  return launch;
}

std::string bytes(std::initializer_list<std::int32_t> values) {
  std::string text = "bytes:";
  for (const std::int32_t value : values) {
    for (int shift = 0; shift < 32; shift += 8) text += fmt::format("{:02x}", value >> shift & 0xff);
  }
  return text;
}

// Of convolve.cu: 3 x 3 weights, mirrored at the edges.
LaunchCase on_window(const Kernel& kernel, int width, int height, base::Dim3 block) {
  const std::string whole = "buf:f32:11:list:1,-2,3,-4,5,-6,7,-8,9,2,0.5",
                    in_two = "buf:f32:8:list:1,-2,3,4,5,-6,2,0.5";
  const int count = width * height;
  const std::string in = f32(count, "rand:9"), out = f32(count, "zero"), columns = f32(9 * count, "rand:9");
  std::string shape = bytes({width, height, width, height, 3, 1, 1, 1, 2, 1, 0});
  LaunchCase launch = plane(kernel, width, height, block, {in, out, shape, "null"});
  if (kernel.name == "convolve_naive") launch.arguments = {in, whole, out, shape, "null"};
  if (kernel.name == "convolve_vectorised") launch.grid.x = blocks_for((width + 3) / 4, block.x);
  if (kernel.name == "unfold") launch.arguments[1] = f32(9 * count, "zero");
  if (kernel.name == "magnitude") launch.arguments[0] = f32(2 * count, "rand:9");
  if (kernel.name == "max_pool") {
    launch.arguments[1] = f32(width / 2 * (height / 2), "zero");
    launch.arguments[2] = bytes({width, height, width / 2, height / 2, 1, 1, 1, 0, 0, 1, 0});
  }
  if (kernel.name == "filters_times_columns") {
    launch.arguments = {whole, columns, out, shape, "null"};
    launch.grid = {blocks_for(count, 32), 1, 1};
    launch.block = kernel.block;
  }
  launch.shared_bytes = kernel.shared_bytes == 0 ? 0 : 4 * (block.x + 2) * (block.y + 2);
  const bool passes = kernel.name == "convolve_rows" || kernel.name == "convolve_columns";
  for (Symbol& symbol : launch.symbols) symbol.spec = passes ? in_two : whole;
  return launch;
}

LaunchCase on_square(const Kernel& kernel, int n) {
  const std::string a = f32(n * n, "rand:11"), b = f32(n * n, "rand:12"), c = f32(n * n, "zero");
  if (kernel.name != "matmul_strip") return plane(kernel, n, n, {16, 16, 1}, {a, b, c, i32(n)});
  // 3, 4 or 5 rows, as n says: 3 and 5 do not divide the 32 of the tile.
  const auto rows = static_cast<std::uint32_t>(3 + n % 3);
  LaunchCase launch = plane(kernel, n, n, {32, rows, 1}, {a, b, c, i32(n)});
  launch.shared_bytes = (rows + 32) * 32 * 4;
  return launch;
}

LaunchCase on_rows(const Kernel& kernel, int rows, int columns, const char* scale) {
  const std::string in = f32(rows * columns, fmt::format("rand:13:{}", scale).c_str());
  return sized(kernel, {blocks_for(rows, 4), 1, 1}, {32, 4, 1},
               {in, f32(rows * columns, "zero"), i32(rows), i32(columns)});
}

}  // namespace

std::vector<LaunchCase> launches_of(const Kernel& kernel) {
  Launches all{default_launch(kernel)};
  const auto add = [&](LaunchCase launch) { all.push_back(std::move(launch)); };
  if (kernel.topic == "bugs to find") return all;
  if (kernel.topic == "training: convolution") {
    for (LaunchCase& launch : layer_launches(kernel)) add(std::move(launch));
    return all;
  }
  if (kernel.topic == "training: the step") {
    for (LaunchCase& launch : step_launches(kernel)) add(std::move(launch));
    return all;
  }
  if (kernel.topic == kDenseTopic) {
    for (LaunchCase& launch : dense_launches(kernel)) add(std::move(launch));
    return all;
  }
  if (kernel.topic == "transpose") {
    for (const auto& [w, h] : {std::pair{1, 1}, {31, 65}, {64, 32}, {33, 40}}) add(on_image(kernel, w, h, {32, 32, 1}));
  } else if (kernel.topic == "matrix product") {
    for (const int n : {1, 15, 16, 17, 48, 61}) add(on_square(kernel, n));
  } else if (kernel.topic == "convolution") {
    for (const auto& [w, h] : {std::pair{1, 1}, {3, 50}, {16, 16}, {17, 33}}) add(on_image(kernel, w, h, {16, 16, 1}));
  } else if (kernel.topic == "live convolution") {
    for (const auto& [w, h] : {std::pair{2, 2}, {3, 20}, {16, 16}, {17, 33}}) add(on_window(kernel, w, h, {8, 4, 1}));
  } else if (kernel.name == "softmax") {
    for (const auto& [r, c] : {std::pair{1, 1}, {5, 31}, {4, 32}, {3, 70}}) add(on_rows(kernel, r, c, "1"));
    add(on_rows(kernel, 2, 50, "1000"));
  } else if (kernel.name == "mandelbrot" || kernel.name == "game_of_life") {
    for (const auto& [w, h] : {std::pair{1, 1}, {3, 3}, {31, 17}, {65, 20}}) add(on_image(kernel, w, h, {16, 3, 1}));
  } else {
    const bool whole_warps = kernel.name == "histogram_aggregated";
    const bool power_of_two = kernel.topic == "reduction" || kernel.topic == "scan";
    for (const int n : {1, 31, 32, 33, 255, 513, 2000}) {
      add(on_array(kernel, n, 128));
      if (!power_of_two && !whole_warps) add(on_array(kernel, n, 100));  // the last warp of a block has 4 threads
    }
    if (power_of_two) add(on_array(kernel, 3000, 1024));
  }
  return all;
}

LaunchCase small_launch(const Kernel& kernel) {
  if (kernel.topic == "bugs to find") {
    LaunchCase launch = default_launch(kernel);
    launch.grid = {1, 1, 1};
    launch.block = {64, 1, 1};
    return launch;
  }
  if (kernel.topic == "training: convolution") return layer_launch(kernel, {1, 1, 7, 6, 2, 3});
  if (kernel.topic == "training: the step") return small_step_launch(kernel);
  if (kernel.topic == kDenseTopic) return small_dense_launch(kernel);
  if (kernel.topic == "transpose") return on_image(kernel, 20, 12, {32, 32, 1});
  if (kernel.topic == "matrix product") return on_square(kernel, 17);
  if (kernel.topic == "convolution") return on_image(kernel, 17, 9, {16, 16, 1});
  if (kernel.topic == "live convolution") return on_window(kernel, 9, 4, {8, 4, 1});
  if (kernel.name == "softmax") return on_rows(kernel, 5, 40, "1");
  if (kernel.name == "mandelbrot" || kernel.name == "game_of_life") return on_image(kernel, 20, 5, {16, 4, 1});
  return on_array(kernel, 100, 64);
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Kernel& kernel : catalogue()) names.emplace_back(kernel.name);
  return names;
}

std::string test_name(const ::testing::TestParamInfo<KernelAndFlavour>& info) {
  const auto& [name, flavour] = info.param;
  return name + (flavour == Flavour::kDebug ? "_debug" : "_optimised");
}

}  // namespace warpscope::kernels::testing

#include "tests/kernels/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "tests/kernels/training_dense.h"

namespace warpscope::kernels::testing {
namespace {

constexpr double kUnit = 0x1p-24;  // half the distance from 1 to the next float: the largest error of one rounding

struct Inputs {
  const LaunchCase& launch;
  std::vector<std::vector<double>> arguments;
  std::vector<std::vector<double>> symbols;

  const std::vector<double>& buffer(std::size_t i) const { return arguments[i]; }
  double scalar(std::size_t i) const { return arguments[i].at(0); }
  int size(std::size_t i) const { return static_cast<int>(arguments[i].at(0)); }
};

double at(const std::vector<double>& values, int row, int column, int columns) {
  return values.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                   static_cast<std::size_t>(column));
}

Expected vector_add(const Inputs& in) {
  Expected expected{2, in.buffer(2), kUnit};
  for (std::size_t i = 0; i < static_cast<std::size_t>(in.size(3)); ++i) {
    expected.values[i] = in.buffer(0)[i] + in.buffer(1)[i];
  }
  return expected;
}

Expected saxpy(const Inputs& in) {
  Expected expected{2, in.buffer(2), kUnit, kUnit * std::fabs(in.scalar(0))};  // x is below 1
  for (std::size_t i = 0; i < static_cast<std::size_t>(in.size(3)); ++i) {
    expected.values[i] = in.scalar(0) * in.buffer(1)[i] + in.buffer(2)[i];
  }
  return expected;
}

Expected copy(const Inputs& in, std::size_t step, std::size_t first) {
  Expected expected{1, in.buffer(1)};
  for (std::size_t i = 0; i < static_cast<std::size_t>(in.size(2)); ++i) {
    expected.values[i] = in.buffer(0).at(i * step + first);
  }
  return expected;
}

Expected transpose(const Inputs& in) {
  const int width = in.size(2), height = in.size(3);
  Expected expected{1, {}};
  for (int x = 0; x < width; ++x) {
    for (int y = 0; y < height; ++y) expected.values.push_back(at(in.buffer(0), y, x, width));
  }
  return expected;
}

Expected matmul(const Inputs& in) {
  const int n = in.size(3);
  Expected expected{2, {}, (n + 1) * kUnit};
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < n; ++column) {
      double sum = 0;
      for (int k = 0; k < n; ++k) sum += at(in.buffer(0), row, k, n) * at(in.buffer(1), k, column, n);
      expected.values.push_back(sum);
    }
  }
  return expected;
}

Expected reduce(const Inputs& in) {
  const std::size_t block = in.launch.block.x, n = static_cast<std::size_t>(in.size(2));
  Expected expected{1, in.buffer(1), 16 * kUnit};  // there may be room for more sums than there are blocks
  std::fill_n(expected.values.begin(), in.launch.grid.x, 0.0);
  for (std::size_t i = 0; i < n; ++i) expected.values.at(i / block) += in.buffer(0)[i];
  return expected;
}

Expected scan(const Inputs& in) {
  const std::size_t block = in.launch.block.x, n = static_cast<std::size_t>(in.size(2));
  Expected expected{1, in.buffer(1), 16 * kUnit};
  double running = 0;
  for (std::size_t i = 0; i < n; ++i) {
    running = i % block == 0 ? in.buffer(0)[i] : running + in.buffer(0)[i];
    expected.values[i] = running;
  }
  return expected;
}

Expected histogram(const Inputs& in) {
  Expected expected{1, in.buffer(1)};
  for (std::size_t i = 0; i < static_cast<std::size_t>(in.size(2)); ++i) {
    expected.values.at(static_cast<std::size_t>(in.buffer(0)[i] / 16)) += 1;
  }
  return expected;
}

Expected convolve(const Inputs& in, const std::vector<double>& filter, std::size_t out) {
  const int width = in.size(out + 1), height = in.size(out + 2);
  Expected expected{static_cast<int>(out), {}, 32 * kUnit};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx) {
          if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
          sum += at(filter, dy + 2, dx + 2, 5) * at(in.buffer(0), y + dy, x + dx, width);
        }
      }
      expected.values.push_back(sum);
    }
  }
  return expected;
}

// The exponent is a difference rounded to float: its error grows with the difference, up to 100 where the result still
// counts, and is a relative error of the result.
Expected softmax(const Inputs& in) {
  const int rows = in.size(2), columns = in.size(3);
  Expected expected{1, {}, 200 * kUnit, 1e-37};
  for (int row = 0; row < rows; ++row) {
    double largest = at(in.buffer(0), row, 0, columns), sum = 0;
    for (int c = 0; c < columns; ++c) largest = std::max(largest, at(in.buffer(0), row, c, columns));
    for (int c = 0; c < columns; ++c) sum += std::exp(at(in.buffer(0), row, c, columns) - largest);
    for (int c = 0; c < columns; ++c) {
      expected.values.push_back(std::exp(at(in.buffer(0), row, c, columns) - largest) / sum);
    }
  }
  return expected;
}

int escape_steps(double c_re, double c_im, int max_steps) {
  double re = 0, im = 0;
  int step = 0;
  for (; step < max_steps && re * re + im * im <= 4; ++step) {
    const double next = re * re - im * im + c_re;
    im = 2 * re * im + c_im;
    re = next;
  }
  return step;
}

// At the border of the set the last bit of a float decides. Only pixels are checked whose surroundings agree.
Expected mandelbrot(const Inputs& in) {
  const int width = in.size(1), height = in.size(2), max_steps = in.size(6);
  Expected expected{0, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double re = in.scalar(3) + x * in.scalar(5), im = in.scalar(4) - y * in.scalar(5);
      const int steps = escape_steps(re, im, max_steps);
      bool stable = true;
      for (const auto& [dx, dy] : {std::pair{1, 1}, {1, -1}, {-1, 1}, {-1, -1}}) {
        stable = stable && escape_steps(re + dx * 1e-5, im + dy * 1e-5, max_steps) == steps;
      }
      expected.values.push_back(stable ? steps : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return expected;
}

Expected life(const Inputs& in) {
  const int width = in.size(2), height = in.size(3);
  Expected expected{1, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int above = y > 0 ? y - 1 : height - 1, below = y + 1 < height ? y + 1 : 0;
      const int left = x > 0 ? x - 1 : width - 1, right = x + 1 < width ? x + 1 : 0;
      double neighbours = 0;
      for (const int row : {above, y, below}) {
        neighbours += at(in.buffer(0), row, left, width) + at(in.buffer(0), row, right, width);
      }
      neighbours += at(in.buffer(0), above, x, width) + at(in.buffer(0), below, x, width);
      const bool alive = at(in.buffer(0), y, x, width) != 0;
      expected.values.push_back(alive ? neighbours == 2 || neighbours == 3 : neighbours == 3);
    }
  }
  return expected;
}

const std::map<std::string, std::function<Expected(const Inputs&)>>& references() {
  static const std::map<std::string, std::function<Expected(const Inputs&)>> all{
      {"vector_add", vector_add},
      {"saxpy", saxpy},
      {"copy_strided", [](const Inputs& in) { return copy(in, static_cast<std::size_t>(in.size(3)), 0); }},
      {"copy_offset", [](const Inputs& in) { return copy(in, 1, static_cast<std::size_t>(in.size(3))); }},
      {"transpose_naive", transpose},
      {"transpose_shared", transpose},
      {"transpose_padded", transpose},
      {"matmul_naive", matmul},
      {"matmul_tiled", matmul},
      {"matmul_strip", matmul},
      {"reduce_divergent", reduce},
      {"reduce_sequential", reduce},
      {"reduce_shuffle", reduce},
      {"scan_inclusive", scan},
      {"histogram_global", histogram},
      {"histogram_shared", histogram},
      {"histogram_aggregated", histogram},
      {"convolution_naive", [](const Inputs& in) { return convolve(in, in.buffer(1), 2); }},
      {"convolution_constant", [](const Inputs& in) { return convolve(in, in.symbols.at(0), 1); }},
      {"convolution_tiled", [](const Inputs& in) { return convolve(in, in.symbols.at(0), 1); }},
      {"softmax", softmax},
      {"mandelbrot", mandelbrot},
      {"game_of_life", life},
  };
  return all;
}

template <class T>
std::vector<double> as_doubles(const Bytes& bytes) {
  const std::vector<T> values = values_of<T>(bytes);
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<double> numbers(const std::string& spec, const Bytes& bytes) {
  if (spec.starts_with("buf:u8") || spec.starts_with("u8")) return as_doubles<std::uint8_t>(bytes);
  if (spec.starts_with("buf:i32") || spec.starts_with("i32")) return as_doubles<std::int32_t>(bytes);
  if (spec.starts_with("buf:u32") || spec.starts_with("u32")) return as_doubles<std::uint32_t>(bytes);
  if (spec.starts_with("bytes:")) return as_doubles<std::int32_t>(bytes);
  if (spec == "null") return {};
  EXPECT_TRUE(spec.starts_with("buf:f32") || spec.starts_with("f32")) << spec;
  return as_doubles<float>(bytes);
}

std::vector<Expected> reference(const LaunchCase& launch, const Prepared& prepared) {
  Inputs inputs{launch, {}, {}};
  for (std::size_t i = 0; i < prepared.inputs.size(); ++i) {
    inputs.arguments.push_back(numbers(launch.arguments[i], prepared.inputs[i]));
  }
  for (const Bytes& symbol : prepared.symbols) inputs.symbols.push_back(as_doubles<float>(symbol));
  if (const auto live = convolve_reference(launch.kernel, inputs.arguments, inputs.symbols)) return {*live};
  if (auto layer = training_layer_reference(launch.kernel, inputs.arguments); !layer.empty()) return layer;
  if (auto step = training_step_reference(launch, inputs.arguments); !step.empty()) return step;
  if (auto dense = dense_reference(launch.kernel, inputs.arguments); !dense.empty()) return dense;
  const auto found = references().find(launch.kernel);
  if (found == references().end()) {
    ADD_FAILURE() << "no reference for " << launch.kernel << ": add one to tests/kernels/reference.cpp";
    return {};
  }
  return {found->second(inputs)};
}

}  // namespace warpscope::kernels::testing

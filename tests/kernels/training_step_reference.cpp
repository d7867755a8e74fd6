// What the kernels of a training step should compute, in doubles and in one plain loop each.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {
namespace {

using Numbers = std::vector<double>;

constexpr double kUnit = 0x1p-24;
constexpr std::size_t kClasses = 10;

struct Given {
  const LaunchCase& launch;
  const std::vector<Numbers>& arguments;

  const Numbers& operator[](std::size_t i) const { return arguments.at(i); }
  double value(std::size_t i) const { return arguments.at(i).at(0); }
  std::size_t size(std::size_t i) const { return static_cast<std::size_t>(value(i)); }
  // Of the current step, in an array with so many numbers a step.
  std::size_t step(std::size_t counter, std::size_t numbers) const { return size(counter) * numbers; }
};
using All = std::vector<Expected>;

// ---- Gathering

double pixel_at(const double* channel, int width, int height, int x, int y) {
  return x < 0 || y < 0 || x >= width || y >= height ? 0.0 : channel[y * width + x] / 255;
}

// The change of a picture as its definition has it: thickness first, then every pixel reads from where it came from.
class Change {
 public:
  Change(const double* numbers, int width, int height) : n_(numbers), width_(width), height_(height) {}

  double at(const double* channel, int x, int y) const {
    double from_x = n_[0] * x + n_[1] * y + n_[2], from_y = n_[3] * x + n_[4] * y + n_[5];
    if (n_[7] != 0) {
      from_x += displacement(n_ + 8, x, y);
      from_y += displacement(n_ + 8 + down() * across(), x, y);
    }
    const double left = std::floor(from_x), top = std::floor(from_y);
    const double fx = from_x - left, fy = from_y - top;
    const auto grown = [&](double column, double row) {
      return thick(channel, static_cast<int>(column), static_cast<int>(row));
    };
    return (1 - fy) * ((1 - fx) * grown(left, top) + fx * grown(left + 1, top)) +
           fy * ((1 - fx) * grown(left, top + 1) + fx * grown(left + 1, top + 1));
  }

 private:
  int across() const { return (width_ - 1) / 7 + 4; }
  int down() const { return (height_ - 1) / 7 + 4; }

  // The cubic B-spline in its closed form, of the distance from a knot.
  static double spline(double distance) {
    const double d = std::fabs(distance);
    if (d < 1) return 2.0 / 3 - d * d + d * d * d / 2;
    return d < 2 ? (2 - d) * (2 - d) * (2 - d) / 6 : 0;
  }
  double displacement(const double* knots, int x, int y) const {
    double sum = 0;
    for (int row = 0; row < down(); ++row) {
      for (int column = 0; column < across(); ++column) {
        // The first knot is one spacing before pixel 0.
        sum += knots[row * across() + column] * spline(x / 7.0 + 1 - column) * spline(y / 7.0 + 1 - row);
      }
    }
    return sum;
  }
  double thick(const double* channel, int x, int y) const {
    const auto read = [&](int dx, int dy) { return pixel_at(channel, width_, height_, x + dx, y + dy); };
    if (x < 0 || y < 0 || x >= width_ || y >= height_) return 0;
    const double amount = std::min(std::fabs(n_[6]) / 2, 1.0);
    double cross = read(0, 0), square = cross;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        const auto pick = [&](double a, double b) { return n_[6] > 0 ? std::max(a, b) : std::min(a, b); };
        square = pick(square, read(dx, dy));
        if (dx == 0 || dy == 0) cross = pick(cross, read(dx, dy));
      }
    }
    return (1 - amount) * read(0, 0) + amount * (cross + square) / 2;
  }

  const double* n_;
  int width_, height_;
};

// `images` and `labels` are arguments, `batch` is another; out(place, picture, sample) writes one picture.
template <class Out>
All gathered(const Given& in, std::size_t counter, std::size_t samples, std::size_t batch, Out out, double absolute) {
  Expected images{static_cast<int>(counter + 1), in[counter + 1], kUnit, absolute};
  Expected labels{static_cast<int>(counter + 2), in[counter + 2]};
  const std::size_t pixels = images.values.size() / batch;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const std::size_t place = in.step(counter, batch) + sample;
    const double* const picture = in[0].data() + static_cast<std::size_t>(in[1].at(place)) * pixels;
    out(place, picture, images.values.data() + sample * pixels);
    labels.values.at(sample) = in[2].at(place);
  }
  return {images, labels};
}

All gather_plain(const Given& in) {
  const std::size_t pixels = in.size(7);
  return gathered(
      in, 3, in.launch.grid.y, in.size(6),
      [&](std::size_t, const double* picture, double* out) {
        for (std::size_t i = 0; i < pixels; ++i) out[i] = picture[i] / 255;
      },
      0);
}

All gather_changed(const Given& in) {
  const int channels = static_cast<int>(in.value(8)), height = static_cast<int>(in.value(9)),
            width = static_cast<int>(in.value(10));
  const auto draw = [&](std::size_t place, const double* picture, double* out) {
    const Change change(in[3].data() + place * in.size(11), width, height);
    for (int i = 0; i < channels * height * width; ++i) {
      const int channel = i / (height * width), x = i % width, y = i / width % height;
      out[i] = change.at(picture + channel * height * width, x, y);
    }
  };
  return gathered(in, 4, in.launch.grid.x, in.size(7), draw, 2e-5);
}

// ---- The loss

Numbers softmax_of(const Numbers& logits) {
  Numbers result;
  for (std::size_t first = 0; first < logits.size(); first += kClasses) {
    double sum = 0;
    for (std::size_t c = 0; c < kClasses; ++c) sum += std::exp(logits[first + c]);
    for (std::size_t c = 0; c < kClasses; ++c) result.push_back(std::exp(logits[first + c]) / sum);
  }
  return result;
}

Numbers losses_of(const Numbers& probabilities, const Numbers& labels) {
  Numbers result;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    result.push_back(-std::log(probabilities.at(i * kClasses + static_cast<std::size_t>(labels[i]))));
  }
  return result;
}

Numbers gradient_of(const Numbers& probabilities, const Numbers& labels, double scale) {
  Numbers result = probabilities;
  for (std::size_t i = 0; i < labels.size(); ++i) result.at(i * kClasses + static_cast<std::size_t>(labels[i])) -= 1;
  for (double& value : result) value *= scale / static_cast<double>(labels.size());
  return result;
}

double loss_scale(const Given& in, std::size_t rates) {
  return in[rates].at(in.step(rates + 1, 4) + 3);
}

All softmax_forward(const Given& in) {
  return {{1, softmax_of(in[0]), 32 * kUnit, 0}};
}
All cross_entropy(const Given& in) {
  return {{2, losses_of(in[0], in[1]), 8 * kUnit, 8 * kUnit}};
}
All cross_entropy_backward(const Given& in) {
  return {{4, gradient_of(in[0], in[1], loss_scale(in, 2)), 8 * kUnit, 0}};
}
All softmax_cross_entropy(const Given& in) {
  const Numbers p = softmax_of(in[0]);
  const double scale = loss_scale(in, 2);
  return {{4, p, 32 * kUnit, 0},
          {5, losses_of(p, in[1]), 32 * kUnit, 32 * kUnit},
          {6, gradient_of(p, in[1], scale), 0, 32 * kUnit * scale / in.value(7)}};
}

All training_metrics(const Given& in) {
  Expected metrics{4, in[4], 16 * kUnit}, confusion{5, in[5]}, state{6, in[6]};
  Numbers row(4, 0.0);
  for (std::size_t i = 0; i < in[2].size(); ++i) {
    const auto first = in[1].begin() + static_cast<std::ptrdiff_t>(i * kClasses);
    const auto read = static_cast<std::size_t>(std::max_element(first, first + kClasses) - first);
    const auto label = static_cast<std::size_t>(in[2][i]);
    row[0] += in[0][i];
    row[1] += read == label ? 1 : 0;
    confusion.values.at(label * kClasses + read) += 1;
  }
  std::copy(row.begin(), row.end(), metrics.values.begin() + static_cast<std::ptrdiff_t>(in.step(3, 4)));
  return {metrics, confusion, state};
}

// ---- The update

struct Row {
  double rate, correction1, correction2, scale;
};
Row row_of(const Given& in, std::size_t rates) {
  const double* row = in[rates].data() + in.step(rates + 1, 4);
  return {row[0], row[1], row[2], row[3]};
}

All sgd_update(const Given& in) {
  Expected parameters{0, in[0], 0, 2 * kUnit};
  const Row row = row_of(in, 2);
  for (std::size_t i = 0; i < in.size(5); ++i) parameters.values[i] -= row.rate * in[1][i] / row.scale;
  return {parameters};
}

All momentum_update(const Given& in) {
  Expected parameters{0, in[0], 0, 2 * kUnit}, first{2, in[2], 0, 4 * kUnit};
  const Row row = row_of(in, 3);
  for (std::size_t i = 0; i < in.size(7); ++i) {
    first.values[i] = in.value(6) * first.values[i] + in[1][i] / row.scale;
    parameters.values[i] -= row.rate * first.values[i];
  }
  return {parameters, first};
}

// After Kingma and Ba, "Adam: a method for stochastic optimization", algorithm 1.
All adam_update(const Given& in) {
  Expected parameters{0, in[0], 4 * kUnit, 8 * kUnit}, first{2, in[2], 0, 2 * kUnit}, second{3, in[3], 4 * kUnit, 0};
  const Row row = row_of(in, 4);
  const double beta1 = in.value(7), beta2 = in.value(8), epsilon = in.value(9);
  for (std::size_t i = 0; i < in.size(10); ++i) {
    const double gradient = in[1][i] / row.scale;
    const double m = beta1 * in[2][i] + (1 - beta1) * gradient;
    const double v = beta2 * in[3][i] + (1 - beta2) * gradient * gradient;
    first.values[i] = m;
    second.values[i] = v;
    parameters.values[i] -= row.rate * (m / row.correction1) / (std::sqrt(v / row.correction2) + epsilon);
  }
  return {parameters, first, second};
}

All check_gradients(const Given& in) {
  Expected state{1, in[1]};
  for (const double value : in[0]) {
    if (!std::isfinite(value)) state.values[1] = 1;
  }
  return {state};
}

All finish_step(const Given& in) {
  Expected counter{0, in[0]}, state{1, in[1]}, metrics{2, in[2]};
  const double skipped = in[1][0] != 0 || in[1][1] != 0 ? 1 : 0;
  metrics.values.at(in.step(0, 4) + 2) = skipped;
  state.values[0] = 0;
  state.values[1] = skipped;  // the steps after it are skipped too
  counter.values[0] += 1;
  return {counter, state, metrics};
}

}  // namespace

std::vector<Expected> training_step_reference(const LaunchCase& launch, const std::vector<Numbers>& arguments) {
  static const std::map<std::string, std::function<All(const Given&)>> all{
      {"gather_plain", gather_plain},
      {"gather_changed", gather_changed},
      {"softmax_forward", softmax_forward},
      {"cross_entropy", cross_entropy},
      {"cross_entropy_backward", cross_entropy_backward},
      {"softmax_cross_entropy", softmax_cross_entropy},
      {"training_metrics", training_metrics},
      {"sgd_update", sgd_update},
      {"momentum_update", momentum_update},
      {"adam_update", adam_update},
      {"adam_update_vector", adam_update},
      {"check_gradients", check_gradients},
      {"finish_step", finish_step},
  };
  const auto found = all.find(launch.kernel);
  return found == all.end() ? All{} : found->second({launch, arguments});
}

}  // namespace warpscope::kernels::testing

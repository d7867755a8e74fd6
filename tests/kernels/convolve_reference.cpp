// What the kernels of convolve.cu should compute. Pixels beyond the edge are found by walking, a step at a time,
// instead of by arithmetic.
#include <cmath>
#include <map>

#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {
namespace {

using Numbers = std::vector<double>;

struct Window {
  int width, height, out_width, out_height, size, stride, dilation, padding, border, filters, first;

  explicit Window(const Numbers& shape)
      : width(whole(shape, 0)),
        height(whole(shape, 1)),
        out_width(whole(shape, 2)),
        out_height(whole(shape, 3)),
        size(whole(shape, 4)),
        stride(whole(shape, 5)),
        dilation(whole(shape, 6)),
        padding(whole(shape, 7)),
        border(whole(shape, 8)),
        filters(whole(shape, 9)),
        first(whole(shape, 10)) {}
  static int whole(const Numbers& shape, std::size_t i) { return static_cast<int>(shape.at(i)); }

  int from(int output, int tap) const { return output * stride + tap * dilation - padding; }
  // Towards the picture from where it lies beyond it; -1 where what lies there is 0.
  int walked(int at, int side) const {
    if (border == 0) return at < 0 || at >= side ? -1 : at;
    if (border == 1) {
      while (at < 0) ++at;
      while (at >= side) --at;
      return at;
    }
    while (at < 0 || at >= side) at = side == 1 ? 0 : at < 0 ? -at : 2 * (side - 1) - at;
    return at;
  }
  double pixel(const Numbers& in, int plane, int x, int y, int rows) const {
    x = walked(x, width);
    y = walked(y, rows);
    if (x < 0 || y < 0) return 0;
    return in.at(static_cast<std::size_t>((plane * rows + y) * width + x));
  }
};

struct Given {
  const std::vector<Numbers>& arguments;
  const Numbers& weights;
  Window window;
  // The kernels round every product and sum once; what goes in is below 64 * 64.
  Expected expected(int argument) const { return {argument, {}, 1e-5, 1e-5}; }

  template <class Value>
  Expected each(int argument, int planes, int width, int height, Value value) const {
    Expected result = expected(argument);
    for (int plane = 0; plane < planes; ++plane) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) result.values.push_back(value(plane, x, y));
      }
    }
    return result;
  }
  template <class Value>
  Expected each_output(int argument, int planes, Value value) const {
    return each(argument, planes, window.out_width, window.out_height, value);
  }
};

Expected whole_window(const Given& given, int argument) {
  const Window& w = given.window;
  return given.each_output(argument, 1, [&](int, int x, int y) {
    double sum = 0;
    for (int tap = 0; tap < w.size * w.size; ++tap) {
      sum += given.weights.at(static_cast<std::size_t>(tap)) *
             w.pixel(given.arguments[0], 0, w.from(x, tap % w.size), w.from(y, tap / w.size), w.height);
    }
    const auto end = static_cast<std::size_t>(w.size * w.size);
    return sum / given.weights.at(end) + given.weights.at(end + 1);
  });
}

Expected rows(const Given& given) {
  const Window& w = given.window;
  return given.each(1, 1, w.out_width, w.height, [&](int, int x, int y) {
    double sum = 0;
    for (int tap = 0; tap < w.size; ++tap) {
      sum +=
          given.weights.at(static_cast<std::size_t>(tap)) * w.pixel(given.arguments[0], 0, w.from(x, tap), y, w.height);
    }
    return sum;
  });
}

Expected columns(const Given& given) {
  const Window& w = given.window;
  const auto n = static_cast<std::size_t>(w.size);
  return given.each_output(1, 1, [&](int, int x, int y) {
    double sum = 0;
    for (int tap = 0; tap < w.size; ++tap) {
      const int from = w.walked(w.from(y, tap), w.height);
      if (from < 0) continue;
      sum += given.weights.at(n + static_cast<std::size_t>(tap)) *
             given.arguments[0].at(static_cast<std::size_t>(from * w.out_width + x));
    }
    return sum / given.weights.at(2 * n) + given.weights.at(2 * n + 1);
  });
}

Expected unfolded(const Given& given) {
  const Window& w = given.window;
  return given.each_output(1, w.size * w.size, [&](int tap, int x, int y) {
    return w.pixel(given.arguments[0], 0, w.from(x, tap % w.size), w.from(y, tap / w.size), w.height);
  });
}

Expected product(const Given& given) {
  const Window& w = given.window;
  const int count = w.size * w.size, outputs = w.out_width * w.out_height;
  return given.each_output(2, w.filters, [&](int filter, int x, int y) {
    const Numbers& bank = given.arguments[0];
    const auto begin = static_cast<std::size_t>(filter * (count + 2));
    double sum = 0;
    for (int tap = 0; tap < count; ++tap) {
      sum += bank.at(begin + static_cast<std::size_t>(tap)) *
             given.arguments[1].at(static_cast<std::size_t>(tap * outputs + y * w.out_width + x));
    }
    const std::size_t end = begin + static_cast<std::size_t>(count);
    return sum / bank.at(end) + bank.at(end + 1);
  });
}

Expected between(const Given& given, const std::string& kernel) {
  const Window& w = given.window;
  const Numbers& in = given.arguments[0];
  return given.each_output(1, 1, [&](int, int x, int y) {
    const double here = w.pixel(in, 0, x, y, w.height);
    if (kernel == "relu") return here > 0 ? here : 0.0;
    if (kernel == "magnitude") return std::hypot(here, w.pixel(in, 1, x, y, w.height));
    double largest = -HUGE_VAL;
    for (int i = 0; i < 4; ++i) largest = std::fmax(largest, w.pixel(in, 0, 2 * x + i % 2, 2 * y + i / 2, w.height));
    return largest;
  });
}

}  // namespace

std::optional<Expected> convolve_reference(const std::string& kernel, const std::vector<Numbers>& arguments,
                                           const std::vector<Numbers>& symbols) {
  static const std::map<std::string, std::size_t> shape_at{{"convolve_naive", 3},
                                                           {"convolve_constant", 2},
                                                           {"convolve_tiled", 2},
                                                           {"convolve_rows", 2},
                                                           {"convolve_columns", 2},
                                                           {"convolve_vectorised", 2},
                                                           {"unfold", 2},
                                                           {"relu", 2},
                                                           {"filters_times_columns", 3},
                                                           {"max_pool", 2},
                                                           {"magnitude", 2}};
  const auto found = shape_at.find(kernel);
  if (found == shape_at.end()) return std::nullopt;
  const Given given{arguments, symbols.at(0), Window(arguments.at(found->second))};
  if (kernel == "convolve_rows") return rows(given);
  if (kernel == "convolve_columns") return columns(given);
  if (kernel == "unfold") return unfolded(given);
  if (kernel == "filters_times_columns") return product(given);
  if (kernel.starts_with("convolve_")) return whole_window(given, kernel == "convolve_naive" ? 2 : 1);
  return between(given, kernel);
}

}  // namespace warpscope::kernels::testing

// MNIST's test pictures, for comparing with.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "compute/drawings/drawing.h"

namespace warpscope::tests {

struct MnistImage {
  drawings::DigitImage pixels{};
  int label = 0;
};

inline std::string unpack(const char* name) {
  const std::filesystem::path path = std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "assets/mnist" / name;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  std::string bytes(8'000'000, '\0');
  const int got = file ? gzread(file.get(), bytes.data(), static_cast<unsigned>(bytes.size())) : -1;
  if (got <= 0) throw std::runtime_error("cannot read " + path.string());
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

inline const std::vector<MnistImage>& mnist_test_images() {
  static const std::vector<MnistImage> images = [] {
    const std::string pixels = unpack("t10k-images-idx3-ubyte.gz");
    const std::string labels = unpack("t10k-labels-idx1-ubyte.gz");
    std::vector<MnistImage> all(10'000);
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>(16 + 784 * i), 784, all[i].pixels.begin());
      all[i].label = labels[8 + i];
    }
    return all;
  }();
  return images;
}

}  // namespace warpscope::tests

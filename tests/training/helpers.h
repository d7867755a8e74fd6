// Small things several training tests need.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "compute/training/augment.h"
#include "compute/training/dataset.h"

namespace warpscope::training {

// A fresh folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "warpscope-training-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::filesystem::path mnist_folder() {
  return std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "assets" / "mnist";
}

// The first `count` pictures of MNIST, read once.
inline std::shared_ptr<const Dataset> some_mnist(int count) {
  static const DataSplit split = read_split(mnist_folder()).value();
  Dataset part{split.train->shape, {}, {}};
  part.pixels.assign(split.train->pixels.begin(), split.train->pixels.begin() + count * 784);
  part.labels.assign(split.train->labels.begin(), split.train->labels.begin() + count);
  return std::make_shared<const Dataset>(std::move(part));
}

// Numbers in 0..1 from a generator of the standard, not ours.
std::vector<float> random_images(std::size_t count, unsigned seed);

// `count` pictures of 28x28 whose first two pixels say which one it is; labels 0, 1, ... 9, 0, ...
inline std::shared_ptr<const Dataset> numbered_pictures(int count) {
  Dataset dataset;
  dataset.shape = {1, 28, 28};
  for (int i = 0; i < count; ++i) {
    std::vector<std::uint8_t> picture(784, 0);
    picture[0] = static_cast<std::uint8_t>(i / 256);
    picture[1] = static_cast<std::uint8_t>(i % 256);
    picture[400] = 200;
    dataset.pixels.insert(dataset.pixels.end(), picture.begin(), picture.end());
    dataset.labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  return std::make_shared<const Dataset>(std::move(dataset));
}

}  // namespace warpscope::training

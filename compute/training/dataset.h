// training/dataset.h: labelled pictures from IDX files (MNIST, Fashion-MNIST, one's own). Floor 4.
// A Dataset is immutable once read and shared by pointer between threads.
// Format: http://yann.lecun.com/exdb/mnist/ (big-endian magic 0x00 0x00 type dims, one size a dimension, then the
// data).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/training/network.h"

namespace warpscope::training {

// An IDX file of bytes: sizes (first is the number of items) and the items one after the other.
struct IdxFile {
  std::vector<std::uint32_t> sizes;
  std::vector<std::uint8_t> data;
};

// Plain or gzip (told by content, not name). Errors: not there, not IDX (what the magic was), a type other than
// unsigned byte, truncated (bytes wanted and found), bytes left over, sizes whose product is absurd.
base::Result<IdxFile> read_idx(const std::filesystem::path& path);
// The same from memory; `name` is the file the errors speak of.
base::Result<IdxFile> parse_idx(std::span<const std::uint8_t> bytes, const std::string& name);
base::Result<void> write_idx(const IdxFile& file, const std::filesystem::path& path);

struct Dataset {
  Shape shape;                       // of one picture
  std::vector<std::uint8_t> pixels;  // (count, channels, height, width)
  std::vector<std::uint8_t> labels;  // (count), each 0..9

  int count() const { return static_cast<int>(labels.size()); }
  std::span<const std::uint8_t> picture(int index) const;
};

// Images (N, H, W) or (N, H, W, C) and labels (N) that belong together. Errors also: counts differ, a label above 9
// (which item), no items.
base::Result<Dataset> read_dataset(const std::filesystem::path& images, const std::filesystem::path& labels);

// Training, validation and where to find the test set.
struct DataSplit {
  std::string name;                           // "mnist", "fashion-mnist", or the folder's name
  std::shared_ptr<const Dataset> train;       // for MNIST the first 55,000
  std::shared_ptr<const Dataset> validation;  // the last 5,000 (1/12 of other data sets)
  std::filesystem::path test_images;          // not read until a run ends
  std::filesystem::path test_labels;
};

// The four files of MNIST's names (train-images-idx3-ubyte[.gz], ...) in `folder`. The error names what is missing.
base::Result<DataSplit> read_split(const std::filesystem::path& folder);
// The test set; called once, at the end of a run.
base::Result<Dataset> read_test(const DataSplit& split);

}  // namespace warpscope::training

#include "compute/training/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <climits>

namespace warpscope::training {
namespace {

using base::fail;
using base::Result;
namespace fs = std::filesystem;

constexpr int kLabels = 10;
constexpr int kValidationShare = 12;  // one in twelve: 5,000 of MNIST's 60,000

// Data sets known by the CRC-32 of their training labels, whatever the folder is called.
struct KnownDataset {
  std::uint32_t labels_crc;
  std::string_view name;
};
constexpr std::array<KnownDataset, 2> kKnown = {{{0xba07e8ef, "mnist"}, {0x2ed6e46a, "fashion-mnist"}}};

// MNIST's four names.
constexpr std::string_view kTrainImages = "train-images-idx3-ubyte";
constexpr std::string_view kTrainLabels = "train-labels-idx1-ubyte";
constexpr std::string_view kTestImages = "t10k-images-idx3-ubyte";
constexpr std::string_view kTestLabels = "t10k-labels-idx1-ubyte";

// (N, H, W, C) as files have colour pictures to (N, C, H, W) as networks want them.
std::vector<std::uint8_t> channels_first(const std::vector<std::uint8_t>& pixels, std::size_t pictures, Shape shape) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto plane = static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
  std::vector<std::uint8_t> result(pixels.size());
  for (std::size_t n = 0; n < pictures; ++n) {
    const std::size_t first = n * plane * channels;
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < plane; ++p) result[first + c * plane + p] = pixels[first + p * channels + c];
    }
  }
  return result;
}

Result<Shape> picture_shape(const IdxFile& file, const fs::path& path) {
  const auto& sizes = file.sizes;
  if (sizes.size() != 3 && sizes.size() != 4) {
    return fail(fmt::format("pictures have 3 sizes (count, height, width) or 4 (and channels); this file has {}: {}",
                            sizes.size(), fmt::join(sizes, " x ")),
                {path.string()});
  }
  const std::uint32_t channels = sizes.size() == 4 ? sizes[3] : 1;
  if (sizes[0] == 0) return fail("there is no picture in it", {path.string()});
  if (std::min({sizes[1], sizes[2], channels}) == 0 || std::max({sizes[1], sizes[2], channels}) > 4096) {
    return fail(fmt::format("its pictures measure {}x{} with {} channels; each must be 1 to 4096", sizes[2], sizes[1],
                            channels),
                {path.string()});
  }
  return Shape{static_cast<int>(channels), static_cast<int>(sizes[1]), static_cast<int>(sizes[2])};
}

// `name` in `folder`, plain or gzip; an empty path where there is neither.
fs::path find_file(const fs::path& folder, std::string_view name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"}) {
    fs::path path = folder / (std::string(name) + ending);
    if (fs::is_regular_file(path, ignored)) return path;
  }
  return {};
}

std::string dataset_name(const fs::path& folder, const Dataset& all) {
  const auto crc = static_cast<std::uint32_t>(crc32(0, all.labels.data(), static_cast<uInt>(all.labels.size())));
  for (const KnownDataset& known : kKnown) {
    if (known.labels_crc == crc) return std::string(known.name);
  }
  std::error_code ignored;
  return fs::weakly_canonical(folder, ignored).filename().string();
}

// Moves the last `count` items into a data set of their own.
Dataset split_off(Dataset& all, int count) {
  const int kept = all.count() - count;
  const std::size_t pixels_kept = static_cast<std::size_t>(kept) * static_cast<std::size_t>(all.shape.count());
  Dataset last;
  last.shape = all.shape;
  last.pixels.assign(all.pixels.begin() + static_cast<std::ptrdiff_t>(pixels_kept), all.pixels.end());
  last.labels.assign(all.labels.begin() + kept, all.labels.end());
  all.pixels.resize(pixels_kept);
  all.labels.resize(static_cast<std::size_t>(kept));
  return last;
}

}  // namespace

std::span<const std::uint8_t> Dataset::picture(int index) const {
  const auto size = static_cast<std::size_t>(shape.count());
  return std::span(pixels).subspan(static_cast<std::size_t>(index) * size, size);
}

Result<Dataset> read_dataset(const fs::path& images, const fs::path& labels) {
  auto picture_file = read_idx(images);
  if (!picture_file) return tl::unexpected(picture_file.error());
  auto label_file = read_idx(labels);
  if (!label_file) return tl::unexpected(label_file.error());
  const auto shape = picture_shape(*picture_file, images);
  if (!shape) return tl::unexpected(shape.error());
  if (label_file->sizes.size() != 1) {
    return fail(fmt::format("labels have one size, their count; this file has {}: {}", label_file->sizes.size(),
                            fmt::join(label_file->sizes, " x ")),
                {labels.string()});
  }
  const std::uint32_t count = picture_file->sizes[0];
  if (label_file->sizes[0] != count) {
    return fail(fmt::format("{} labels, but {} has {} pictures: they do not belong together", label_file->sizes[0],
                            images.filename().string(), count),
                {labels.string()});
  }
  const auto wrong = std::find_if(label_file->data.begin(), label_file->data.end(), [](int l) { return l >= kLabels; });
  if (wrong != label_file->data.end()) {
    return fail(fmt::format("the label of item {} (from 0) is {}; labels are 0 to 9", wrong - label_file->data.begin(),
                            int{*wrong}),
                {labels.string()});
  }
  Dataset dataset{*shape, std::move(picture_file->data), std::move(label_file->data)};
  if (shape->channels > 1) dataset.pixels = channels_first(dataset.pixels, count, *shape);
  return dataset;
}

Result<DataSplit> read_split(const fs::path& folder) {
  std::array<fs::path, 4> paths;
  std::string missing;
  constexpr std::array kNames = {kTrainImages, kTrainLabels, kTestImages, kTestLabels};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    paths[i] = find_file(folder, kNames[i]);
    if (paths[i].empty()) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", kNames[i]);
  }
  if (!missing.empty()) {
    return fail(fmt::format("not a data set folder: {} missing (each plain or with .gz)", missing), {folder.string()});
  }
  auto all = read_dataset(paths[0], paths[1]);
  if (!all) return tl::unexpected(all.error());
  if (all->count() < 2) return fail("one picture cannot be split into training and validation", {paths[0].string()});
  DataSplit split;
  split.name = dataset_name(folder, *all);
  split.validation = std::make_shared<const Dataset>(split_off(*all, std::max(1, all->count() / kValidationShare)));
  split.train = std::make_shared<const Dataset>(std::move(*all));
  split.test_images = paths[2];
  split.test_labels = paths[3];
  return split;
}

Result<Dataset> read_test(const DataSplit& split) {
  auto test = read_dataset(split.test_images, split.test_labels);
  if (test && test->shape != split.train->shape) {
    return fail(fmt::format("its pictures measure {}x{} with {} channels, those trained on {}x{} with {}",
                            test->shape.width, test->shape.height, test->shape.channels, split.train->shape.width,
                            split.train->shape.height, split.train->shape.channels),
                {split.test_images.string()});
  }
  return test;
}

}  // namespace warpscope::training

#include "compute/store/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "compute/drawings/prepare.h"

namespace warpscope::store {
namespace {

constexpr std::uint32_t kImagesMagic = 0x0803;  // unsigned bytes, three dimensions
constexpr std::uint32_t kLabelsMagic = 0x0801;  // unsigned bytes, one dimension
constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr std::uint32_t kMaxSide = 4096;

// zlib reads plain files as they are.
Result<std::string> unpacked(const std::filesystem::path& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) return base::fail("this file cannot be opened", {path.string()});
  std::string bytes;
  std::string chunk(std::size_t{1} << 16, '\0');
  int got = 0;
  while ((got = gzread(file.get(), chunk.data(), static_cast<unsigned>(chunk.size()))) > 0) {
    bytes.append(chunk, 0, static_cast<std::size_t>(got));
    if (bytes.size() > kMaxBytes) {
      return base::fail(fmt::format("this file holds more than the {} MiB that are read at most", kMaxBytes >> 20),
                        {path.string()});
    }
  }
  int problem = Z_OK;
  const char* text = gzerror(file.get(), &problem);
  if (got < 0 || problem != Z_OK)
    return base::fail(fmt::format("this .gz file is damaged or cut off ({})", text), {path.string()});
  return bytes;
}

std::uint32_t word_at(std::string_view bytes, std::size_t index) {
  std::uint32_t word = 0;
  for (const char c : bytes.substr(4 * index, 4)) word = word << 8 | static_cast<unsigned char>(c);
  return word;
}

void put_word(std::string& to, std::uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) to.push_back(static_cast<char>(word >> shift & 0xFF));
}

// An IDX file of unsigned bytes.
template <std::size_t Dimensions>
struct Idx {
  std::array<std::uint32_t, Dimensions> size{};
  std::string bytes;  // with the header
  std::span<const std::uint8_t> data() const {
    return std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()).subspan(4 + 4 * Dimensions);
  }
};

template <std::size_t Dimensions>
Result<Idx<Dimensions>> read_idx(const std::filesystem::path& path, std::uint32_t magic) {
  auto bytes = unpacked(path);
  if (!bytes) return tl::unexpected(bytes.error());
  Idx<Dimensions> idx;
  const std::size_t header = 4 + 4 * Dimensions;
  if (bytes->size() < header || word_at(*bytes, 0) != magic) {
    return base::fail(fmt::format("this is not an IDX file of {}: it must begin with the number {:#010x}",
                                  magic == kImagesMagic ? "pictures" : "labels", magic),
                      {path.string()});
  }
  std::uint64_t expected = 1;
  for (std::size_t d = 0; d < Dimensions; ++d) {
    idx.size[d] = word_at(*bytes, d + 1);
    // Kept from overflowing: more than kMaxBytes is too much in any case.
    expected = std::min<std::uint64_t>(expected * idx.size[d], kMaxBytes + 1);
  }
  if (bytes->size() - header != expected) {
    return base::fail(
        fmt::format("this IDX file is cut off or too long: its header announces {}{} bytes of data, and there are {}",
                    expected > kMaxBytes ? "more than " : "", std::min<std::uint64_t>(expected, kMaxBytes),
                    bytes->size() - header),
        {path.string()});
  }
  idx.bytes = *std::move(bytes);
  return idx;
}

}  // namespace

Result<std::vector<LabelledImage>> read_idx_pair(const std::filesystem::path& images_path,
                                                 const std::filesystem::path& labels_path) {
  const auto images = read_idx<3>(images_path, kImagesMagic);
  if (!images) return tl::unexpected(images.error());
  const auto labels = read_idx<1>(labels_path, kLabelsMagic);
  if (!labels) return tl::unexpected(labels.error());
  const auto [count, height, width] = images->size;
  if (labels->size[0] != count) {
    return base::fail(fmt::format("there are {} labels for {} pictures; both files must hold the same number",
                                  labels->size[0], count),
                      {labels_path.string()});
  }
  if (count > 0 && (height == 0 || width == 0 || height > kMaxSide || width > kMaxSide)) {
    return base::fail(fmt::format("its pictures are {} x {}; each side must be 1 to {}", width, height, kMaxSide),
                      {images_path.string()});
  }
  std::vector<LabelledImage> all(count);
  const std::size_t pixels = static_cast<std::size_t>(height) * width;
  const bool as_it_is = height == drawings::kImageSide && width == drawings::kImageSide;
  for (std::size_t i = 0; i < count; ++i) {
    const auto picture = images->data().subspan(i * pixels, pixels);
    all[i].label = labels->data()[i];
    if (all[i].label > 9) {
      return base::fail(fmt::format("label {} of {} is {}; labels are the digits 0 to 9", i + 1, count, all[i].label),
                        {labels_path.string()});
    }
    if (as_it_is) {
      std::copy(picture.begin(), picture.end(), all[i].image.begin());
    } else {
      all[i].image = drawings::prepare_picture(picture, static_cast<int>(width), static_cast<int>(height));
    }
  }
  return all;
}

IdxPair idx_pair(const std::vector<LabelledImage>& all) {
  IdxPair pair;
  const auto count = static_cast<std::uint32_t>(all.size());
  for (const std::uint32_t word :
       {kImagesMagic, count, std::uint32_t{drawings::kImageSide}, std::uint32_t{drawings::kImageSide}}) {
    put_word(pair.images, word);
  }
  for (const std::uint32_t word : {kLabelsMagic, count}) put_word(pair.labels, word);
  for (const auto& [image, label] : all) {
    pair.images.append(image.begin(), image.end());
    pair.labels.push_back(static_cast<char>(label));
  }
  return pair;
}

}  // namespace warpscope::store

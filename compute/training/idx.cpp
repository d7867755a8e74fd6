// IDX files: the container MNIST comes in, plain or gzip.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>

#include "compute/drawings/atomic_file.h"
#include "compute/training/dataset.h"

namespace warpscope::training {
namespace {

using base::fail;
using base::Result;
namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
constexpr std::uint8_t kUnsignedBytes = 0x08;
// Deflate cannot pack more than 1032 bytes into one (zlib's technical notes), which bounds what a small file may claim.
constexpr std::uint64_t kBestDeflateRatio = 1032;

std::string_view type_name(std::uint8_t type) {
  switch (type) {
    case 0x09:
      return "signed bytes";
    case 0x0B:
      return "16-bit integers";
    case 0x0C:
      return "32-bit integers";
    case 0x0D:
      return "32-bit floats";
    case 0x0E:
      return "64-bit floats";
    default:
      return "an unknown type";
  }
}

// Reads from memory, unpacking gzip on the way.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes)
      : packed_(bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b), rest_(bytes) {
    if (packed_ && inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) problem_ = "not enough memory to unpack";
  }
  ~ByteReader() {
    if (packed_) inflateEnd(&stream_);
  }
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  // How many bytes came; fewer than asked for at the end or at a problem.
  std::size_t read(std::span<std::uint8_t> out) { return packed_ ? read_packed(out) : read_plain(out); }
  // No more bytes than this can still come.
  std::uint64_t most_left() const { return rest_.size() * (packed_ ? kBestDeflateRatio : 1) + (packed_ ? 65536 : 0); }
  const std::string& problem() const { return problem_; }

 private:
  std::size_t read_plain(std::span<std::uint8_t> out) {
    const std::size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

  std::size_t read_packed(std::span<std::uint8_t> out) {
    std::size_t written = 0;
    while (written < out.size() && problem_.empty() && !ended_) {
      const auto room = static_cast<uInt>(std::min<std::size_t>(out.size() - written, 1U << 30));
      const auto offered = static_cast<uInt>(std::min<std::size_t>(rest_.size(), 1U << 30));
      stream_.next_in = const_cast<Bytef*>(rest_.data());  // zlib reads only, but its C interface does not say so
      stream_.avail_in = offered;
      stream_.next_out = out.data() + written;
      stream_.avail_out = room;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      rest_ = rest_.subspan(offered - stream_.avail_in);
      written += room - stream_.avail_out;
      if (status == Z_STREAM_END) {
        // A gzip file may be several members in a row.
        if (rest_.empty() || inflateReset(&stream_) != Z_OK) ended_ = true;
      } else if (status == Z_BUF_ERROR) {
        problem_ = "the gzip data ends in the middle";
      } else if (status != Z_OK) {
        problem_ = fmt::format("the gzip data is damaged ({})", stream_.msg ? stream_.msg : "unknown reason");
      }
    }
    return written;
  }

  bool packed_;
  bool ended_ = false;
  std::span<const std::uint8_t> rest_;
  std::string problem_;
  z_stream stream_{};
};

Result<std::vector<std::uint32_t>> read_header(ByteReader& reader, const std::string& name) {
  std::uint8_t magic[4] = {};
  const std::size_t found = reader.read(magic);
  if (!reader.problem().empty()) return fail(reader.problem(), {name});
  if (found == 0) return fail("the file is empty; an IDX file begins with 00 00 08", {name});
  if (found < 4 || magic[0] != 0 || magic[1] != 0 || magic[3] == 0) {
    return fail(fmt::format("not an IDX file: it begins with {:02x}, where an IDX file of bytes has 00 00 08 and the "
                            "number of its dimensions (1 for labels, 3 for pictures)",
                            fmt::join(magic, magic + found, " ")),
                {name});
  }
  if (magic[2] != kUnsignedBytes) {
    return fail(fmt::format("an IDX file of {} (type 0x{:02x}); only unsigned bytes (0x08) are read",
                            type_name(magic[2]), magic[2]),
                {name});
  }
  std::vector<std::uint8_t> bytes(std::size_t{4} * magic[3]);
  if (const std::size_t got = reader.read(bytes); got < bytes.size()) {
    return fail(
        fmt::format("truncated: the sizes of {} dimensions take {} bytes, found {}", int{magic[3]}, bytes.size(), got),
        {name});
  }
  std::vector<std::uint32_t> sizes(magic[3]);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    for (std::size_t k = 0; k < 4; ++k) sizes[i] = sizes[i] << 8 | bytes[4 * i + k];
  }
  return sizes;
}

// The product of the sizes, or kMostBytes + 1 where it is larger than that.
std::uint64_t bytes_of(const std::vector<std::uint32_t>& sizes) {
  std::uint64_t count = 1;
  for (const std::uint32_t size : sizes) {
    if (size == 0) return 0;
    if (count <= kMostBytes) count *= size;
  }
  return std::min(count, kMostBytes + 1);
}

}  // namespace

Result<IdxFile> parse_idx(std::span<const std::uint8_t> bytes, const std::string& name) {
  ByteReader reader(bytes);
  auto sizes = read_header(reader, name);
  if (!sizes) return tl::unexpected(sizes.error());
  const std::uint64_t wanted = bytes_of(*sizes);
  if (wanted > kMostBytes) {
    return fail(
        fmt::format("its sizes {} make more than 4 GiB, which no data set read here has", fmt::join(*sizes, " x ")),
        {name});
  }
  IdxFile file{std::move(*sizes), {}};
  file.data.resize(std::min(wanted, reader.most_left()));
  const std::size_t found = reader.read(file.data);
  if (!reader.problem().empty()) {
    return fail(fmt::format("{}, after {} of {} bytes", reader.problem(), found, wanted), {name});
  }
  if (found < wanted) {
    return fail(
        fmt::format("truncated: its sizes {} make {} bytes, found {}", fmt::join(file.sizes, " x "), wanted, found),
        {name});
  }
  std::uint8_t beyond[4096];
  const std::size_t left_over = reader.read(beyond);
  if (!reader.problem().empty()) return fail(reader.problem(), {name});
  if (left_over > 0) {
    return fail(
        fmt::format("{}{} bytes left over after the {} that its sizes {} make",
                    left_over == sizeof beyond ? "at least " : "", left_over, wanted, fmt::join(file.sizes, " x ")),
        {name});
  }
  return file;
}

Result<IdxFile> read_idx(const fs::path& path) {
  const auto bytes = drawings::read_whole_file(path, kMostBytes);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_idx({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()}, path.string());
}

Result<void> write_idx(const IdxFile& file, const fs::path& path) {
  if (file.sizes.empty() || file.sizes.size() > 255 || bytes_of(file.sizes) != file.data.size()) {
    return fail(fmt::format("cannot write sizes {} with {} bytes as IDX: their product must be the number of bytes",
                            fmt::join(file.sizes, " x "), file.data.size()),
                {path.string()});
  }
  std::string bytes = {0, 0, static_cast<char>(kUnsignedBytes), static_cast<char>(file.sizes.size())};
  for (const std::uint32_t size : file.sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift));
  }
  bytes.append(file.data.begin(), file.data.end());
  return drawings::write_file_atomically(path, bytes);
}

}  // namespace warpscope::training

// Drawings out to files and in from files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "compute/drawings/atomic_file.h"
#include "compute/drawings/prepare.h"
#include "compute/store/idx.h"
#include "compute/store/store.h"

namespace warpscope::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kImagesEnd = "-images-idx3-ubyte";
constexpr std::string_view kLabelsEnd = "-labels-idx1-ubyte";
constexpr std::string_view kOwnPair = "drawings";
constexpr std::string_view kPacked = ".gz";

std::string name_of_drawing(std::int64_t id, int label, std::string_view extension) {
  return fmt::format("{:05}-label{}{}", id, label, extension);
}

// The digit at the end of "00012-label7".
std::optional<int> label_in(const std::string& stem) {
  constexpr std::string_view kMark = "-label";
  const std::size_t mark = stem.rfind(kMark);
  if (mark == std::string::npos || stem.size() != mark + kMark.size() + 1) return std::nullopt;
  const char digit = stem.back();
  return digit >= '0' && digit <= '9' ? std::optional(digit - '0') : std::nullopt;
}

Result<void> export_one(const StoredDrawing& stored, const fs::path& folder) {
  const int label = *stored.drawing.label;
  for (int other = 0; other <= 9; ++other) {
    for (const char* extension : {".json", ".png"}) {
      std::error_code ignored;
      if (other != label) fs::remove(folder / name_of_drawing(stored.id, other, extension), ignored);
    }
  }
  if (!stored.drawing.empty()) {
    const fs::path path = folder / name_of_drawing(stored.id, label, ".json");
    auto written = drawings::write_file_without_flush(path, drawings::strokes_json(stored.drawing) + "\n");
    if (!written) return written;
  }
  const auto png = drawings::digit_png(stored.image);
  if (!png) return tl::unexpected(png.error());
  return drawings::write_file_without_flush(folder / name_of_drawing(stored.id, label, ".png"), *png);
}

// The folder's files by kind, each in the order of their names so that an import always goes the same way.
struct Found {
  std::vector<fs::path> strokes;
  std::vector<fs::path> pictures;
  std::vector<fs::path> idx_images;
};

bool ends_with(const std::string& name, std::string_view end) {
  return name.ends_with(end) || name.ends_with(std::string(end) + std::string(kPacked));
}

Result<Found> look_through(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return base::fail("there is no such folder; import takes a folder with strokes files, pictures or IDX pairs",
                      {folder.string()});
  }
  constexpr std::array<std::string_view, 7> kPictures = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".tga"};
  std::vector<fs::path> all;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    if (entry->is_regular_file(unreadable)) all.push_back(entry->path());
  }
  if (error) return base::fail("this folder cannot be read: " + error.message(), {folder.string()});
  std::sort(all.begin(), all.end());
  Found found;
  for (const fs::path& path : all) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (extension == ".json") {
      found.strokes.push_back(path);
    } else if (std::find(kPictures.begin(), kPictures.end(), extension) != kPictures.end()) {
      found.pictures.push_back(path);
    } else if (ends_with(path.filename().string(), kImagesEnd)) {
      found.idx_images.push_back(path);
    }
  }
  return found;
}

// Collects what is new, so that it can be added in one go.
class Import {
 public:
  explicit Import(const std::vector<StoredDrawing>& there) {
    for (const StoredDrawing& stored : there) note(stored.drawing, stored.image);
  }

  std::vector<NewDrawing> fresh;
  ImportReport report;

  void skip(const fs::path& path, const std::string& why) {
    report.skipped.push_back(path.filename().string() + ": " + why);
  }

  void add(drawings::Drawing drawing, const drawings::DigitImage& image) {
    if (!note(drawing, image)) {
      ++report.already_there;
      return;
    }
    fresh.push_back({std::move(drawing), image});
    ++report.imported;
  }

  void strokes(const fs::path& path) {
    auto drawing = drawings::read_strokes_file(path);
    if (!drawing) {
      const auto& [message, where] = drawing.error();
      return skip(path, where.line > 0 ? fmt::format("{}:{}: {}", where.line, where.column, message) : message);
    }
    if (!drawing->label) return skip(path, "it has no label, so nobody knows which digit it is");
    if (drawing->empty()) return skip(path, "it has no strokes");
    const drawings::DigitImage image = drawings::prepare(*drawing);
    add(*std::move(drawing), image);
  }

  void picture(const fs::path& path) {
    const auto label = label_in(path.stem().string());
    if (!label) return skip(path, "its name does not say which digit it is; name it like 00012-label7.png");
    const auto image = drawings::read_digit_picture(path);
    if (!image) return skip(path, image.error().message);
    add(picture_drawing(*label), *image);
  }

  // `own_files`: how many drawings the folder holds as single files.
  void idx(const fs::path& images, std::size_t own_files) {
    std::string labels = images.filename().string();
    labels.replace(labels.rfind(kImagesEnd), kImagesEnd.size(), kLabelsEnd);
    const auto pair = read_idx_pair(images, images.parent_path() / labels);
    if (!pair) return skip(images, pair.error().text());
    // An export holds every drawing twice. Its strokes files have come in already, and say more.
    if (labels.starts_with(kOwnPair) && pair->size() == own_files) return;
    int blank = 0;
    for (const auto& [image, label] : *pair) {
      if (std::all_of(image.begin(), image.end(), [](std::uint8_t v) { return v == 0; })) {
        ++blank;
      } else {
        add(picture_drawing(label), image);
      }
    }
    if (blank > 0) skip(images, fmt::format("{} of its pictures show nothing", blank));
  }

 private:
  static drawings::Drawing picture_drawing(int label) {
    drawings::Drawing drawing;
    drawing.label = label;
    return drawing;
  }

  // Remembers a drawing; false where it is known.
  bool note(const drawings::Drawing& drawing, const drawings::DigitImage& image) {
    const bool new_picture = pictures_.emplace(*drawing.label, image).second;
    return drawing.empty() ? new_picture : strokes_.insert(drawings::strokes_json(drawing)).second;
  }

  std::set<std::string> strokes_;  // as text, with their label
  std::set<std::pair<int, drawings::DigitImage>> pictures_;
};

}  // namespace

Result<int> export_drawings(const std::vector<StoredDrawing>& drawings, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return base::fail("this folder cannot be made: " + error.message(), {folder.string()});
  std::vector<LabelledImage> all;
  for (const StoredDrawing& stored : drawings) {
    if (auto written = export_one(stored, folder); !written) return tl::unexpected(written.error());
    all.push_back({stored.image, *stored.drawing.label});
  }
  const IdxPair pair = idx_pair(all);
  for (const auto& [end, bytes] : {std::pair(kImagesEnd, &pair.images), std::pair(kLabelsEnd, &pair.labels)}) {
    auto written = drawings::write_file_without_flush(folder / (std::string(kOwnPair) + std::string(end)), *bytes);
    if (!written) return tl::unexpected(written.error());
  }
  if (auto flushed = drawings::flush_file_system(folder); !flushed) return tl::unexpected(flushed.error());
  return static_cast<int>(drawings.size());
}

Result<ImportReport> import_drawings(Store& store, const fs::path& folder) {
  const auto found = look_through(folder);
  if (!found) return tl::unexpected(found.error());
  const auto there = store.drawings();
  if (!there) return tl::unexpected(there.error());
  Import import(*there);
  std::set<std::string> stems;  // of drawings that are there as single files
  for (const fs::path& path : found->strokes) {
    import.strokes(path);
    stems.insert(path.stem().string());
  }
  for (const fs::path& path : found->pictures) {
    if (stems.insert(path.stem().string()).second) import.picture(path);
  }
  for (const fs::path& path : found->idx_images) import.idx(path, stems.size());
  if (import.fresh.empty()) return std::move(import.report);
  if (const auto ids = store.add_drawings(import.fresh); !ids) return tl::unexpected(ids.error());
  return std::move(import.report);
}

}  // namespace warpscope::store

#include "app/open_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "app/trace.h"
#include "compute/drawings/drawing.h"
#include "compute/drawings/prepare.h"

namespace warpscope::app {
namespace {

namespace fs = std::filesystem;
using Commands = std::vector<session::LearnCommand>;
using Opened = base::Result<void>;

constexpr const char* kAccepted =
    "Learn opens strokes (.json), pictures of a digit (.png, .jpg, .bmp, .pgm), weights (.safetensors), folders of IDX "
    "files "
    "and folders of drawings";

void put_on_pad(drawings::Drawing drawing, panels::UiState& ui, Commands& commands) {
  drawing.label.reset();  // what it is, is for the network to say
  // The pad's own canvas: what is drawn on top of it counts in the same units.
  const float x = ui.editor.drawing().canvas_width / drawing.canvas_width;
  const float y = ui.editor.drawing().canvas_height / drawing.canvas_height;
  const float scale = std::min(x, y);
  for (drawings::Stroke& stroke : drawing.strokes) {
    for (drawings::StrokePoint& point : stroke) {
      point.x *= scale;
      point.y *= scale;
    }
  }
  drawing.canvas_width = ui.editor.drawing().canvas_width;
  drawing.canvas_height = ui.editor.drawing().canvas_height;
  ui.editor.replace(std::move(drawing));
  commands.push_back(session::SetDrawing{ui.editor.version(), ui.editor.drawing()});
  ui.learn.pad.sent_version = ui.editor.version();
}

Opened open_strokes(const fs::path& path, panels::UiState& ui, Commands& commands) {
  auto drawing = drawings::read_strokes_file(path);
  if (!drawing) return base::fail(drawing.error().text());
  put_on_pad(std::move(*drawing), ui, commands);
  return {};
}

Opened open_picture(const fs::path& path, panels::UiState& ui, Commands& commands) {
  const auto picture = drawings::read_digit_picture(path);
  if (!picture) return base::fail(picture.error().text());
  drawings::Drawing drawing = trace_picture(*picture);
  if (drawing.empty()) return base::fail(fmt::format("There is no ink in {}", path.filename().string()));
  put_on_pad(std::move(drawing), ui, commands);
  return {};
}

Opened open_weights(const fs::path& path, panels::UiState&, Commands& commands) {
  commands.push_back(session::LoadWeights{path});
  return {};
}

struct Opener {
  const char* extension;
  Opened (*open)(const fs::path&, panels::UiState&, Commands&);
};
constexpr Opener kOpeners[] = {{".json", open_strokes}, {".safetensors", open_weights}, {".png", open_picture},
                               {".jpg", open_picture},  {".jpeg", open_picture},        {".bmp", open_picture},
                               {".pgm", open_picture},  {".gif", open_picture},         {".tga", open_picture}};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Opened open_folder(const fs::path& path, Commands& commands) {
  std::error_code error;
  bool drawings = false;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    const std::string name = lower(entry.path().filename().string());
    // The training pictures of MNIST and its kin; a folder of exported drawings has an IDX pair of its own beside the
    // strokes.
    if (name.starts_with("train") && name.find("idx3") != std::string::npos) {
      commands.push_back(session::OpenDataset{path});
      return {};
    }
    drawings |= name.ends_with(".json") || name.ends_with(".png") || name.find("idx3") != std::string::npos;
  }
  if (error) return base::fail(fmt::format("{} cannot be read: {}", path.string(), error.message()));
  if (!drawings)
    return base::fail(fmt::format("There are neither IDX files nor drawings in {}. {}", path.string(), kAccepted));
  commands.push_back(session::ImportDrawings{path});
  return {};
}

}  // namespace

bool is_kernel_name(const fs::path& path) {
  return kernels::find_kernel(path.string()) != nullptr;
}

bool is_kernel_file(const fs::path& path) {
  const std::string extension = lower(path.extension().string());
  return extension == ".cu" || extension == ".cuh" || extension == ".ptx";
}

bool is_picture_file(const fs::path& path) {
  const std::string extension = lower(path.extension().string());
  constexpr std::array kPictures{".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tga", ".gif"};
  return std::find(kPictures.begin(), kPictures.end(), extension) != kPictures.end();
}

Opened open_in_learn(const fs::path& path, panels::UiState& ui, Commands& commands) {
  std::error_code error;
  if (!fs::exists(path, error)) return base::fail(fmt::format("There is no file {}", path.string()));
  if (fs::is_directory(path, error)) return open_folder(path, commands);
  const std::string extension = lower(path.extension().string());
  for (const Opener& opener : kOpeners) {
    if (extension == opener.extension) return opener.open(path, ui, commands);
  }
  return base::fail(fmt::format("{} is nothing Warpscope can open. Step opens kernels (.cu, .ptx). {}",
                                path.filename().string(), kAccepted));
}

}  // namespace warpscope::app

// scene/settings.h: what the window remembers from one start to the next. Floor 6. Plain data; read at start, written
// at exit.
#pragma once

#include <filesystem>
#include <string>

#include "app/scene/frame_layout.h"
#include "app/scene/step_layout.h"

namespace warpscope::scene {

struct Settings {
  int width = 1280, height = 720;  // of the window, in the window system's units
  bool dark = true;
  bool presenter = false;
  bool reduced_motion = false;
  float zoom = 1;
  bool right_folded = false;
  SplitterPlaces splitters;
  StepPlaces step;
};

inline constexpr float kSmallestZoom = 0.6F, kLargestZoom = 3;

struct LoadedSettings {
  Settings settings;
  std::string notice;  // "" or one sentence for the person
};

// data_dir/settings.json. A missing file gives the defaults; a damaged one is renamed to settings.json.damaged-N and
// reported.
LoadedSettings load_settings(const std::filesystem::path& data_dir);
// Whole or not at all: written beside the file, then renamed. "" or why it could not be.
std::string save_settings(const Settings& settings, const std::filesystem::path& data_dir);

}  // namespace warpscope::scene

// options.h: what the command line asks of the app. Floor 8. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "app/panels/ui.h"

namespace warpscope::app {

struct AppOptions {
  std::filesystem::path open;  // "" for none
  panels::Workspace workspace = panels::Workspace::kLearn;
  std::string device = "auto";
  int width = 0, height = 0;  // 0: as the window was left
  float scale = 0;            // 0: the display's
  std::filesystem::path data_dir;
  std::filesystem::path mnist_dir;  // "": the one that ships with the app
  std::uint64_t seed = 1;
  int threads = 0;
  std::optional<bool> dark;
  std::filesystem::path script;  // "" for none
  std::filesystem::path screenshots;
  bool timing = false;
};

// The options, or the code to exit with (help and errors are printed already).
std::variant<AppOptions, int> parse_options(int argc, const char* const* argv);

}  // namespace warpscope::app

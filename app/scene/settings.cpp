#include "app/scene/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace warpscope::scene {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFile = "settings.json";
constexpr int kSmallestWindow = 320, kLargestWindow = 16384;
constexpr float kLargestPlace = 4000;

// A value of another type, or beyond its limits, is as bad as no value: the file is damaged.
int whole(const json& j, const char* key, int otherwise, int low, int high) {
  return std::clamp(j.value(key, otherwise), low, high);
}
float real(const json& j, const char* key, float otherwise, float low, float high) {
  return std::clamp(j.value(key, otherwise), low, high);
}

struct StepPlace {
  const char* key;
  float StepPlaces::*value;
};
constexpr StepPlace kStepPlaces[] = {
    {"step_code", &StepPlaces::code},     {"step_ptx", &StepPlaces::ptx},
    {"step_lanes", &StepPlaces::lanes},   {"step_variables", &StepPlaces::variables},
    {"step_shared", &StepPlaces::shared}, {"step_scrub", &StepPlaces::scrub},
};

Settings from_json(const json& j) {
  Settings s;
  s.width = whole(j, "width", s.width, kSmallestWindow, kLargestWindow);
  s.height = whole(j, "height", s.height, kSmallestWindow, kLargestWindow);
  s.dark = j.value("dark", s.dark);
  s.presenter = j.value("presenter", s.presenter);
  s.reduced_motion = j.value("reduced_motion", s.reduced_motion);
  s.zoom = real(j, "zoom", s.zoom, kSmallestZoom, kLargestZoom);
  s.right_folded = j.value("right_folded", s.right_folded);
  s.splitters.left_width = real(j, "left_width", 0, 0, kLargestPlace);
  s.splitters.right_width = real(j, "right_width", 0, 0, kLargestPlace);
  s.splitters.plots_height = real(j, "plots_height", 0, 0, kLargestPlace);
  s.splitters.loss_width = real(j, "loss_width", 0, 0, kLargestPlace);
  s.splitters.accuracy_width = real(j, "accuracy_width", 0, 0, kLargestPlace);
  for (const StepPlace& place : kStepPlaces) s.step.*place.value = real(j, place.key, 0, 0, 1);
  return s;
}

json to_json(const Settings& s) {
  json j{{"width", s.width},
         {"height", s.height},
         {"dark", s.dark},
         {"presenter", s.presenter},
         {"reduced_motion", s.reduced_motion},
         {"zoom", s.zoom},
         {"right_folded", s.right_folded},
         {"left_width", s.splitters.left_width},
         {"right_width", s.splitters.right_width},
         {"plots_height", s.splitters.plots_height},
         {"loss_width", s.splitters.loss_width},
         {"accuracy_width", s.splitters.accuracy_width}};
  for (const StepPlace& place : kStepPlaces) j[place.key] = s.step.*place.value;
  return j;
}

fs::path set_aside(const fs::path& file) {
  for (int number = 1;; ++number) {
    fs::path aside = file;
    aside += fmt::format(".damaged-{}", number);
    std::error_code error;
    if (fs::exists(aside, error)) continue;
    fs::rename(file, aside, error);
    return error ? fs::path() : aside;
  }
}

}  // namespace

LoadedSettings load_settings(const fs::path& data_dir) {
  const fs::path file = data_dir / kFile;
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  try {
    return {from_json(json::parse(in)), {}};
  } catch (const json::exception&) {
    const fs::path aside = set_aside(file);
    return {{},
            aside.empty() ? fmt::format("{} is damaged; starting with the design's settings", file.string())
                          : fmt::format("The settings file was damaged and is now {}", aside.filename().string())};
  }
}

std::string save_settings(const Settings& settings, const fs::path& data_dir) {
  std::error_code error;
  fs::create_directories(data_dir, error);
  const fs::path file = data_dir / kFile;
  fs::path half = file;
  half += ".new";
  {
    std::ofstream out(half, std::ios::binary | std::ios::trunc);
    out << to_json(settings).dump(2) << '\n';
    out.flush();
    if (!out) return fmt::format("The settings could not be written to {}", half.string());
  }
  fs::rename(half, file, error);
  return error ? fmt::format("The settings could not be written to {}: {}", file.string(), error.message()) : "";
}

}  // namespace warpscope::scene

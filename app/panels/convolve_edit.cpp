#include "app/panels/convolve_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::panels {
namespace {

using convolution::Filter;
using convolution::Stage;
using convolution::StageKind;

constexpr std::string_view kBox = "Box", kGaussian = "Gaussian", kCustom = "Custom";
constexpr std::array kBank{"sobel-x", "sobel-y", "laplacian", "sharpen", "emboss", "box", "gaussian", "edge"};
constexpr int kUsualSize = 3;

Filter named(std::string_view key) {
  const convolution::NamedFilter* found = convolution::find_filter(key);
  return found == nullptr ? convolution::box(1) : found->filter;
}

Filter sized(const Filter& filter, int size, float sigma) {
  if (filter.name == kBox) return convolution::box(size);
  if (filter.name == kGaussian) return convolution::gaussian(size, sigma);
  return filter.size == size ? filter : renamed(convolution::resized(filter, size));
}

std::vector<ConvolvePreset> all_presets() {
  std::vector<ConvolvePreset> all;
  for (const convolution::NamedFilter& one : convolution::named_filters()) {
    all.push_back({std::string(one.title), std::string(one.idea), StageKind::kFilter, {one.filter}});
  }
  all.push_back({"Magnitude",
                 "The root of Sobel x squared and Sobel y squared: how strong an edge is, whichever way it runs.",
                 StageKind::kMagnitude,
                 {named("sobel-x"), named("sobel-y")}});
  ConvolvePreset bank{
      "Bank of 8", "Eight filters over the same picture, as in the first layer of a network.", StageKind::kFilter, {}};
  for (const char* key : kBank) bank.filters.push_back(sized(named(key), kUsualSize, 1));
  all.push_back(std::move(bank));
  return all;
}

// Filters of one size, as a stage wants them: the largest that one of them needs.
void even_out(Stage& stage, float sigma) {
  int size = 1;
  for (const Filter& filter : stage.filters) size = std::max(size, filter.size);
  stage = with_size(stage, size, sigma);
}

bool keeps_size(const ConvolvePreset& preset) {
  return preset.filters.size() == 1 && (preset.title == kBox || preset.title == kGaussian);
}

}  // namespace

const std::vector<ConvolvePreset>& convolve_presets() {
  static const std::vector<ConvolvePreset> all = all_presets();
  return all;
}

Stage with_preset(const Stage& stage, const ConvolvePreset& preset, float sigma) {
  Stage result = stage;
  const int size = stage.filters.empty() ? kUsualSize : std::max(kUsualSize, stage.filters.front().size);
  result.kind = preset.kind;
  result.filters = preset.filters;
  if (keeps_size(preset)) return with_size(result, size, sigma);
  even_out(result, sigma);
  return result;
}

bool has_preset(const Stage& stage, const ConvolvePreset& preset) {
  const auto same_name = [](const Filter& a, const Filter& b) { return a.name == b.name; };
  return stage.kind == preset.kind && std::ranges::equal(stage.filters, preset.filters, same_name);
}

Stage with_size(const Stage& stage, int size, float sigma) {
  Stage result = stage;
  for (Filter& filter : result.filters) filter = sized(filter, size, sigma);
  return result;
}

Filter renamed(Filter filter) {
  const auto is_same = [&filter](const Filter& other) {
    return other.size == filter.size && other.weights == filter.weights && other.divide == filter.divide &&
           other.add == filter.add;
  };
  const auto& all = convolution::named_filters();
  const auto found = std::ranges::find_if(all, is_same, &convolution::NamedFilter::filter);
  const bool box = is_same(convolution::box(filter.size));
  filter.name = box ? kBox : found == all.end() ? kCustom : found->title;
  return filter;
}

Stage with_weight(Stage stage, int filter, int cell, float weight) {
  Filter& changed = stage.filters.at(static_cast<std::size_t>(filter));
  changed.weights.at(static_cast<std::size_t>(cell)) = weight;
  changed = renamed(changed);
  return stage;
}

Stage with_scale(Stage stage, int filter, float divide, float add) {
  Filter& changed = stage.filters.at(static_cast<std::size_t>(filter));
  changed.divide = divide;
  changed.add = add;
  changed = renamed(changed);
  return stage;
}

bool has_filters(const Stage& stage) {
  return !stage.filters.empty();
}

std::string name_of(const Stage& stage) {
  if (stage.kind == StageKind::kRelu) return "ReLU";
  if (stage.kind == StageKind::kMaxPool) return "Max pool 2 × 2";
  if (stage.filters.empty()) return "No filter";
  for (const ConvolvePreset& preset : convolve_presets()) {
    if (preset.filters.size() > 1 && has_preset(stage, preset)) return preset.title;
  }
  if (stage.kind == StageKind::kMagnitude) {
    return fmt::format("{} with {}", stage.filters.front().name, stage.filters.back().name);
  }
  return stage.filters.size() == 1 ? stage.filters.front().name : fmt::format("{} filters", stage.filters.size());
}

std::string title_of(const Stage& stage) {
  if (stage.filters.empty()) return name_of(stage);
  const int size = stage.filters.front().size;
  return fmt::format("{}, {}", name_of(stage), size_text(size, size));
}

Stage new_stage(StageKind kind) {
  Stage stage;
  stage.kind = kind;
  if (kind == StageKind::kFilter) stage.filters.push_back(named("identity"));
  return stage;
}

std::string size_text(int width, int height, int planes) {
  return planes == 1 ? fmt::format("{} × {}", width, height) : fmt::format("{} × {} × {}", width, height, planes);
}

std::string weight_text(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  if (text == "-0") text = "0";
  return text == "0" && value != 0 ? "~0" : text;
}

}  // namespace warpscope::panels

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/script_values.h"

namespace warpscope::app {
namespace {

using Facts = ScriptFacts;
using session::ConvolveFrame;

ScriptValue none() {
  return std::string("none");
}

template <class T>
ScriptValue number(T value) {
  return static_cast<double>(value);
}

// The stage that is chosen in the chain, and its output.
std::size_t stage_of(const Facts& f) {
  return static_cast<std::size_t>(std::max(0, f.ui.convolve.stage));
}

const convolution::Picture* output(const Facts& f) {
  const auto& frame = f.convolve.frame;
  return frame && stage_of(f) < frame->outputs.size() ? frame->outputs[stage_of(f)].get() : nullptr;
}

ScriptValue frames(const Facts& f) {
  return f.convolve.frame ? number(f.convolve.frame->version) : none();
}

ScriptValue rate(const Facts& f) {
  return number(f.convolve.frames_per_second);
}

ScriptValue picture(const Facts& f) {
  return f.convolve.title;
}

ScriptValue width(const Facts& f) {
  return f.convolve.frame ? number(f.convolve.frame->input->width) : none();
}

ScriptValue out_width(const Facts& f) {
  const auto* picture = output(f);
  return picture ? number(picture->width) : none();
}

ScriptValue planes(const Facts& f) {
  const auto* picture = output(f);
  return picture ? number(picture->planes) : none();
}

ScriptValue filter(const Facts& f) {
  const auto& chain = f.convolve.settings.chain;
  if (stage_of(f) >= chain.size() || chain[stage_of(f)].filters.empty()) return none();
  return chain[stage_of(f)].filters.front().name;
}

ScriptValue stages(const Facts& f) {
  return number(f.convolve.settings.chain.size());
}

ScriptValue variant(const Facts& f) {
  return std::string(convolution::key_of(f.convolve.settings.variant));
}

ScriptValue pixel_value(const Facts& f) {
  const auto* picture = output(f);
  const auto pixel = f.ui.convolve.pixel();
  if (picture == nullptr || !pixel || pixel->plane >= picture->planes || pixel->x >= picture->width ||
      pixel->y >= picture->height) {
    return none();
  }
  return number(picture->at(pixel->plane, pixel->x, pixel->y));
}

ScriptValue pixel_x(const Facts& f) {
  return f.ui.convolve.pixel() ? number(f.ui.convolve.pixel()->x) : none();
}

ScriptValue pixel_y(const Facts& f) {
  return f.ui.convolve.pixel() ? number(f.ui.convolve.pixel()->y) : none();
}

ScriptValue error(const Facts& f) {
  return f.convolve.frame && f.convolve.frame->checked ? number(f.convolve.frame->largest_error) : none();
}

ScriptValue measured(const Facts& f) {
  const auto& table = f.convolve.table;
  return table && !table->measuring && table->settings.chain == f.convolve.settings.chain ? number(table->rows.size())
                                                                                          : number(0);
}

// Of the variant in use, in the table.
const convolution::VariantReport* row(const Facts& f) {
  if (!f.convolve.table) return nullptr;
  for (const auto& report : f.convolve.table->rows) {
    if (report.variant == f.convolve.settings.variant) return &report;
  }
  return nullptr;
}

ScriptValue sectors(const Facts& f) {
  const auto* report = row(f);
  return report && report->counts ? number(report->counts->sectors) : none();
}

ScriptValue requests(const Facts& f) {
  const auto* report = row(f);
  return report && report->counts ? number(report->counts->global_requests) : none();
}

ScriptValue device_state(const Facts& f) {
  switch (f.convolve.device.state) {
    case device::DeviceState::kVirtual:
      return std::string("virtual");
    case device::DeviceState::kGpu:
      return std::string("gpu");
    case device::DeviceState::kLost:
      return std::string("lost");
  }
  return none();
}

ScriptValue screen(const Facts& f) {
  return std::string(f.convolve.screen.kind == session::ScreenPath::Kind::kInterop ? "interop" : "upload");
}

ScriptValue problem(const Facts& f) {
  return f.convolve.problem;
}

constexpr std::array kNames{
    ScriptName{"convolve.frames", frames},       ScriptName{"convolve.rate", rate},
    ScriptName{"convolve.picture", picture},     ScriptName{"convolve.width", width},
    ScriptName{"convolve.out_width", out_width}, ScriptName{"convolve.planes", planes},
    ScriptName{"convolve.filter", filter},       ScriptName{"convolve.stages", stages},
    ScriptName{"convolve.variant", variant},     ScriptName{"convolve.value", pixel_value},
    ScriptName{"convolve.x", pixel_x},           ScriptName{"convolve.y", pixel_y},
    ScriptName{"convolve.error", error},         ScriptName{"convolve.measured", measured},
    ScriptName{"convolve.sectors", sectors},     ScriptName{"convolve.requests", requests},
    ScriptName{"convolve.device", device_state}, ScriptName{"convolve.screen", screen},
    ScriptName{"convolve.problem", problem},
};

}  // namespace

std::span<const ScriptName> convolve_script_names() {
  return kNames;
}

}  // namespace warpscope::app

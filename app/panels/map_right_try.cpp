// What the buttons of the right panel do.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/convolve_panels.h"
#include "app/panels/map_left.h"
#include "app/panels/map_right.h"
#include "app/panels/map_toolbar.h"

namespace warpscope::panels {
namespace {

using session::MapSettings;

constexpr std::string_view kConvolve = "Convolve";

void set_axis(const Frame& f, gpu::Axis axis, std::uint64_t value) {
  const MapSettings& settings = map_settings(f);
  change_map(f, with_axis(map_axis(*f.map.plan, settings, axis), settings, value));
}

void compare_gpus(const Frame& f) {
  MapSettings settings = map_settings(f);
  settings.gpu = other_gpu(f.map, settings.gpu);
  if (settings.gpu.empty()) return;
  f.send_map(session::KeepToCompare{true});
  f.ui.map.side_by_side = true;
  change_map(f, std::move(settings));
}

// The launch of Convolve's newest frame that the map's run is of.
const convolution::LaunchInfo* launch_in_convolve(const Frame& f, const session::MapPlan& plan) {
  if (!f.convolve.frame) return nullptr;
  const auto& launches = f.convolve.frame->run.launches;
  const auto found = std::ranges::find_if(launches, [&](const convolution::LaunchInfo& each) {
    return each.kernel == plan.kernel && each.grid == plan.grid && each.block == plan.block;
  });
  return found == launches.end() ? nullptr : &*found;
}

std::optional<ConvolvePixel> first_pixel(const session::ConvolveFrame& frame, const convolution::LaunchInfo& launch,
                                         std::uint64_t block) {
  const auto stage = static_cast<std::size_t>(launch.stage);
  if (stage >= frame.outputs.size()) return std::nullopt;
  const convolution::Picture& output = *frame.outputs[stage];
  for (int plane = 0; plane < output.planes; ++plane) {
    for (int y = 0; y < output.height; ++y) {
      for (int x = 0; x < output.width; ++x) {
        if (convolution::worker_of(frame.settings, launch, plane, x, y, 1).block_number == block) {
          return ConvolvePixel{plane, x, y};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace

bool has_map_pixels(const MapSettings& settings) {
  return settings.source.from == kConvolve;
}

void show_map_pixels(const Frame& f) {
  const session::MapRun* const run = map_run(f, MapSide::kNewest);
  if (run == nullptr) return;
  if (!has_map_pixels(run->plan->settings)) {
    say_in_map(f, "Only blocks of a kernel from Convolve have pixels: choose \"From Convolve\" in the list of kernels");
    return;
  }
  const auto spot = f.ui.map.spot();
  const std::uint64_t block = spot ? spot->block : 0;
  const convolution::LaunchInfo* const launch = launch_in_convolve(f, *run->plan);
  const auto pixel = launch == nullptr ? std::nullopt : first_pixel(*f.convolve.frame, *launch, block);
  if (!pixel) {
    say_in_map(f, launch == nullptr ? "Convolve's picture is launched otherwise by now: choose \"From Convolve\" again"
                                    : "This block lies beyond the picture's edge: it has no pixels");
    return;
  }
  ConvolvePanels& convolve = f.ui.convolve;
  convolve.stage = launch->stage;
  convolve.page = ConvolvePage::kPictures;
  convolve.show = ConvolveShow::kSideBySide;
  convolve.colour = ConvolveColour::kBlock;
  convolve.met = true;
  convolve.pinned = *pixel;
  f.ui.workspace = Workspace::kConvolve;
  f.ui.widgets.focus.clear();
  f.ui.wake_in(0);
}

std::string other_gpu(const session::MapView& view, std::string_view than) {
  const auto here = std::ranges::find(*view.gpus, than, &gpu::Gpu::name);
  const int sms = here == view.gpus->end() ? 0 : here->sms();
  const gpu::Gpu* best = nullptr;
  for (const gpu::Gpu& each : *view.gpus) {
    if (each.name == than) continue;
    if (best == nullptr || std::abs(each.sms() - sms) > std::abs(best->sms() - sms)) best = &each;
  }
  return best == nullptr ? std::string() : best->name;
}

void do_map_try(const Frame& f, const MapTry& what) {
  switch (what.kind) {
    case MapTry::Kind::kStepBlock:
      step_map_block(f);
      break;
    case MapTry::Kind::kPixels:
      show_map_pixels(f);
      break;
    case MapTry::Kind::kCompareGpus:
      compare_gpus(f);
      break;
    case MapTry::Kind::kSetThreads:
      set_axis(f, gpu::Axis::kBlockThreads, what.value);
      break;
    case MapTry::Kind::kSetRegisters:
      set_axis(f, gpu::Axis::kRegisters, what.value);
      break;
    case MapTry::Kind::kSetShared:
      set_axis(f, gpu::Axis::kShared, what.value);
      break;
    case MapTry::Kind::kKeep:
      toggle_compare(f);
      break;
    case MapTry::Kind::kPolicy: {
      MapSettings settings = map_settings(f);
      settings.policy = settings.policy == timing::WarpPolicy::kRoundRobin ? timing::WarpPolicy::kGreedyThenOldest
                                                                           : timing::WarpPolicy::kRoundRobin;
      change_map(f, std::move(settings));
      break;
    }
    case MapTry::Kind::kTrace:
      set_map_traced(f, !map_settings(f).traced);
      break;
    case MapTry::Kind::kOpenSm:
      look_at_sm(f, static_cast<std::uint32_t>(what.value));
      break;
  }
}

}  // namespace warpscope::panels

// Who computed what: the colours of blocks, SMs and warps over the output, right of the wipe.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/panels/convolve_centre.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using convolution::LaunchInfo;
using convolution::Worker;

// Colours of so many pixels are painted at most; larger pictures have one colour for several.
constexpr std::size_t kMostPainted = 1U << 20U;
constexpr std::uint32_t kSmallestFramed = 8;  // threads of a block in a row, so that a line between blocks is no net

bool same_unit(ConvolveColour colour, const Worker& a, const Worker& b) {
  return a.block_number == b.block_number && (colour != ConvolveColour::kWarp || a.warp == b.warp);
}

int step_of(const ConvolvePictures& pictures) {
  const ConvolveMaps& maps = pictures.output;
  const auto all = static_cast<std::size_t>(maps.maps) * static_cast<std::size_t>(maps.width) *
                   static_cast<std::size_t>(maps.height);
  int step = 1;
  while (all / static_cast<std::size_t>(step * step) > kMostPainted) ++step;
  return step;
}

void paint_threads(const ChosenStage& view, ConvolveColour colour, int plane, int step, int width,
                   std::span<scene::Rgba> out) {
  const LaunchInfo& launch = *launch_of(view);
  const bool framed = launch.block.x >= kSmallestFramed && step == 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int x = static_cast<int>(i % static_cast<std::size_t>(width)) * step;
    const int y = static_cast<int>(i / static_cast<std::size_t>(width)) * step;
    const Worker worker = worker_at(view, {plane, x, y});
    out[i] = thread_color(colour, worker);
    if (!framed) continue;
    const bool begins = (x > 0 && !same_unit(colour, worker, worker_at(view, {plane, x - 1, y}))) ||
                        (y > 0 && !same_unit(colour, worker, worker_at(view, {plane, x, y - 1})));
    if (begins) out[i] = scene::mix(out[i], scene::rgb(0x0F1114), 0.55F);
  }
}

// Paints anew only where other threads do the work than last time.
std::uint64_t colours_version(const Frame& f, const ChosenStage& view) {
  ConvolveStage& state = f.ui.convolve.stage_state;
  const LaunchInfo& launch = *launch_of(view);
  const auto* const measured = measured_sms(view);
  const std::vector<std::uint32_t> sms = measured != nullptr ? *measured : std::vector<std::uint32_t>();
  const bool same = state.colours == f.ui.convolve.colour && state.colours_of == launch && state.colours_sms == sms;
  if (!same) {
    state.colours = f.ui.convolve.colour;
    state.colours_of = launch;
    state.colours_sms = sms;
    ++state.colours_version;
  }
  return state.colours_version;
}

}  // namespace

const LaunchInfo* launch_of(const ChosenStage& view) {
  return convolution::writer_of(view.frame->run, view.stage);
}

const std::vector<std::uint32_t>* measured_sms(const ChosenStage& view) {
  const LaunchInfo* launch = launch_of(view);
  if (launch == nullptr) return nullptr;
  const auto index = static_cast<std::size_t>(launch - view.frame->run.launches.data());
  const auto& told = view.frame->ran_on;
  return index < told.size() && told[index].size() == launch->grid.count() ? &told[index] : nullptr;
}

int sm_of(const ChosenStage& view, std::uint64_t block_number) {
  const auto* const measured = measured_sms(view);
  return static_cast<int>(measured != nullptr ? (*measured)[block_number] : block_number % kModelledSms);
}

Worker worker_at(const ChosenStage& view, const ConvolvePixel& pixel) {
  Worker worker =
      convolution::worker_of(view.frame->settings, *launch_of(view), pixel.plane, pixel.x, pixel.y, kModelledSms);
  worker.sm = sm_of(view, worker.block_number);
  return worker;
}

scene::Rgba thread_color(ConvolveColour colour, const Worker& worker) {
  if (colour == ConvolveColour::kWarp) return scene::category(worker.warp);
  if (colour == ConvolveColour::kSm) return scene::category(worker.sm);
  // So that neighbours differ in both directions, however wide the grid is.
  return scene::category(static_cast<int>(worker.block.x + 5 * worker.block.y + 11 * worker.block.z) % kModelledSms);
}

scene::Rect seen_map(const ConvolvePictures& pictures, int map) {
  const scene::Rect whole = pictures.output.map(map);
  const scene::Rect& place = pictures.output.place;
  const float x = std::max(whole.x, place.x), y = std::max(whole.y, place.y);
  return {x, y, std::max(0.0F, std::min(whole.right(), place.right()) - x),
          std::max(0.0F, std::min(whole.bottom(), place.bottom()) - y)};
}

float wipe_at(const Frame& f, const ConvolvePictures& pictures, int map) {
  const scene::Rect seen = seen_map(pictures, map);
  return std::round(seen.x + f.ui.convolve.stage_state.wipe * seen.w);
}

bool shows_thread_colours(const Frame& f, const ConvolvePictures& pictures) {
  return f.ui.convolve.colour != ConvolveColour::kNothing && pictures.output.width > 0 &&
         f.ui.convolve.show == ConvolveShow::kSideBySide;
}

void draw_thread_colours(const Frame& f, const ChosenStage& view, const ConvolvePictures& pictures) {
  if (!shows_thread_colours(f, pictures) || launch_of(view) == nullptr) return;
  const ConvolveMaps& maps = pictures.output;
  Fields& fields = f.ui.convolve.fields;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float range = colour_range(f, *view.frame, view.stage, ConvolveShow::kSideBySide);
  const std::uint64_t version = colours_version(f, view);
  const int step = step_of(pictures);
  const int width = (maps.width + step - 1) / step, height = (maps.height + step - 1) / step;
  for (int i = 0; i < maps.maps; ++i) {
    const auto place = session::atlas_place(*view.frame, view.stage + 1, i, fields.atlas_width, fields.atlas_height);
    const scene::Rect seen = seen_map(pictures, i);
    if (!place || seen.w <= 0 || seen.h <= 0) continue;
    const float left = wipe_at(f, pictures, i);
    const Clip clip({left, seen.y, seen.right() - left, seen.h});
    fields.draw(list,
                {.where = maps.map(i), .look = FieldLook::kStrength, .low = 0, .high = range, .planes = {*place}});
    fields.begin_multiply(list);
    f.images.draw(
        list, "convolve threads " + std::to_string(i), version, width, height,
        [&](std::span<scene::Rgba> out) { paint_threads(view, f.ui.convolve.colour, i, step, width, out); },
        maps.map(i));
    fields.end_multiply(list);
  }
}

std::optional<scene::Rect> block_outline(const ChosenStage& view, const ConvolvePictures& pictures,
                                         const ConvolvePixel& pixel) {
  const LaunchInfo* launch = launch_of(view);
  if (launch == nullptr) return std::nullopt;
  const Worker worker = worker_at(view, pixel);
  const int wide = static_cast<int>(launch->block.x) * launch->outputs_per_thread;
  const int high = static_cast<int>(launch->block.y);
  const int x = pixel.x / wide * wide, y = pixel.y / high * high;
  const int right = std::min(x + wide, view.output->width), bottom = std::min(y + high, view.output->height);
  // A block whose threads go through the picture line by line made no rectangle.
  for (const ConvolvePixel corner : {ConvolvePixel{pixel.plane, x, y}, {pixel.plane, right - 1, bottom - 1}}) {
    if (worker_at(view, corner).block_number != worker.block_number) return std::nullopt;
  }
  const int map = pictures.rgb_out ? 0 : pixel.plane;
  const scene::Rect first = pictures.output.pixel(map, x, y);
  const float zoom = pictures.output.zoom;
  return scene::Rect{first.x, first.y, static_cast<float>(right - x) * zoom, static_cast<float>(bottom - y) * zoom};
}

void outline(const Frame& f, scene::Rect r) {
  stroke(f, r.inset(-f.px(2)), scene::rgb(0x0F1114), 0, f.px(1));
  stroke(f, r.inset(-f.px(1)), scene::rgb(0xFFFFFF), 0, f.px(1));
}

}  // namespace warpscope::panels

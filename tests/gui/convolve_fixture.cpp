#include "tests/gui/convolve_fixture.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace warpscope::tests {
namespace {

using convolution::Size;
using convolution::Stage;
using convolution::StageKind;
using convolution::Variant;

std::string kernel_of(const Stage& stage, Variant variant) {
  if (stage.kind == StageKind::kRelu) return "convolve_relu";
  if (stage.kind == StageKind::kMaxPool) return "convolve_max_pool";
  return fmt::format("convolve_{}", convolution::key_of(variant));
}

convolution::Run run_of(const ConvolveSample& what) {
  convolution::Run run;
  Size size{what.width, what.height, what.planes};
  for (const Stage& stage : what.settings.chain) {
    size = convolution::size_after(stage, size);
    run.sizes.push_back(size);
    const bool by_four = what.settings.variant == Variant::kVectorised && stage.kind == StageKind::kFilter;
    convolution::LaunchInfo launch;
    launch.kernel = kernel_of(stage, what.settings.variant);
    launch.block = what.settings.block;
    launch.stage = static_cast<int>(run.launches.size());
    launch.outputs_per_thread = by_four ? 4 : 1;
    const std::uint32_t wide = launch.block.x * static_cast<std::uint32_t>(launch.outputs_per_thread);
    launch.writes = size;
    launch.grid = {(static_cast<std::uint32_t>(size.width) + wide - 1) / wide,
                   (static_cast<std::uint32_t>(size.height) + launch.block.y - 1) / launch.block.y,
                   static_cast<std::uint32_t>(size.planes)};
    run.launches.push_back(launch);
  }
  run.seconds = 0.0063;
  return run;
}

}  // namespace

convolution::Picture sample_picture(int width, int height, int planes) {
  convolution::Picture picture{width, height, planes, {}};
  for (int plane = 0; plane < planes; ++plane) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        picture.pixels.push_back(static_cast<float>((x * 7 + y * 13 + x * y % 31 + plane * 29) % 256));
      }
    }
  }
  return picture;
}

Stage filter_stage(const std::vector<std::string_view>& keys) {
  Stage stage;
  for (const std::string_view key : keys) {
    const convolution::NamedFilter* named = convolution::find_filter(key);
    if (named == nullptr) {
      ADD_FAILURE() << "no filter is called " << key;
      continue;
    }
    stage.filters.push_back(named->filter);
  }
  return stage;
}

session::ConvolveView convolve_view(ConvolveSample what) {
  if (what.settings.chain.empty()) what.settings.chain.push_back(filter_stage({"sobel-x"}));
  auto frame = std::make_shared<session::ConvolveFrame>();
  frame->version = what.version;
  frame->picture_version = 1;
  frame->settings = what.settings;
  frame->input = std::make_shared<const convolution::Picture>(sample_picture(what.width, what.height, what.planes));
  for (convolution::Picture& output : convolution::reference(*frame->input, what.settings.chain)) {
    frame->outputs.push_back(std::make_shared<const convolution::Picture>(std::move(output)));
  }
  frame->run = run_of(what);
  frame->checked = true;
  session::ConvolveView view;
  view.version = what.version;
  view.title = "Lighthouse";
  view.settings = what.settings;
  view.frame = std::move(frame);
  view.device.name = "Virtual GPU";
  for (const auto& [name, title] : {std::pair{"lighthouse", "Lighthouse"}, {"rings", "Rings"}, {"checks", "Checks"}}) {
    session::PictureChoice choice;
    choice.source.name = name;
    choice.title = title;
    choice.preview = std::make_shared<const convolution::Picture>(sample_picture(56, 56, 1));
    view.pictures.push_back(std::move(choice));
  }
  return view;
}

}  // namespace warpscope::tests

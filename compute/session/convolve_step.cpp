#include "compute/session/convolve_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compute/drawings/atomic_file.h"
#include "compute/session/step_recording.h"
#include "compute/session/step_source.h"

namespace warpscope::session {
namespace {

using convolution::Picture;
using convolution::Size;
using convolution::Stage;

// Products that are recorded whole; about a million warp instructions of a kernel built for debugging.
constexpr std::uint64_t kMostProducts = 1'000'000;

std::uint64_t products_of(const Stage& stage, Size input) {
  const Size output = convolution::size_after(stage, input);
  const std::uint64_t each = stage.filters.empty() ? 1 : stage.filters.front().weights.size();
  return static_cast<std::uint64_t>(output.width) * static_cast<std::uint64_t>(output.height) *
         static_cast<std::uint64_t>(output.planes) * each;
}

struct Stretch {
  int begin = 0, length = 0;
};
// The pixels of a row or column of `size` around what output `at` reads. Begins at a multiple of the stride, so that
// its outputs are outputs of the whole, and reaches the picture's end where it comes near to it.
Stretch stretch(const Stage& stage, int at, int size, int stride) {
  if (size <= kStepPart) return {0, size};
  const int reach = stage.filters.empty() ? 0 : stage.dilation * (stage.filters.front().size - 1);
  const int middle = at * stride - convolution::padding_of(stage) + reach / 2;
  const int begin = std::clamp(middle - kStepPart / 2, 0, size - kStepPart) / stride * stride;
  const int left_over = size - begin - kStepPart;
  return {begin, left_over < stride ? size - begin : kStepPart};
}

Picture cut(const Picture& picture, const StepPart& part) {
  Picture out{part.width, part.height, picture.planes, {}};
  for (int plane = 0; plane < picture.planes; ++plane) {
    for (int y = 0; y < part.height; ++y) {
      for (int x = 0; x < part.width; ++x) out.pixels.push_back(picture.at(plane, part.left + x, part.top + y));
    }
  }
  return out;
}

base::Result<void> write_floats(const Picture& picture, const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) return base::fail(fmt::format("this folder cannot be made: {}", error.message()), {file.parent_path()});
  std::string bytes(picture.pixels.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), picture.pixels.data(), bytes.size());
  return drawings::write_file_without_flush(file, bytes);
}

// The launch as Step shows it: its parameters have their names and types.
base::Result<StepLaunch> named_launch(const convolution::StepHandover& handover) {
  const auto opened = open_source(handover.kernel, {});
  if (!opened) return tl::unexpected(opened.error());
  const auto compiled = compile_source(*opened->source, nullptr);
  if (!compiled) return base::fail(compiled.error().empty() ? "it does not compile" : compiled.error().front().message);
  StepLaunch launch = default_launch(*compiled->module, handover.kernel, opened->source->shipped);
  if (launch.arguments.size() != handover.arguments.size()) {
    return base::fail(fmt::format("'{}' takes {} arguments, {} were made", handover.kernel, launch.arguments.size(),
                                  handover.arguments.size()));
  }
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    launch.arguments[i].spec = handover.arguments[i];
    launch.arguments[i].is_guess = false;
  }
  launch.grid = handover.grid;
  launch.block = handover.block;
  launch.dynamic_shared_bytes = handover.dynamic_shared_bytes;
  launch.symbols.clear();
  for (const auto& [name, spec] : handover.symbols) {
    StepArgument symbol;
    symbol.name = name;
    symbol.spec = spec;
    launch.symbols.push_back(std::move(symbol));
  }
  return launch;
}

}  // namespace

StepPart step_part(const Stage& stage, const Picture& input, int x, int y) {
  if (products_of(stage, {input.width, input.height, input.planes}) <= kMostProducts) {
    return {0, 0, input.width, input.height, x, y};
  }
  const int stride = stage.kind == convolution::StageKind::kMaxPool ? 2 : stage.filters.empty() ? 1 : stage.stride;
  const Stretch columns = stretch(stage, x, input.width, stride);
  const Stretch rows = stretch(stage, y, input.height, stride);
  return {columns.begin, rows.begin, columns.length, rows.length, x - columns.begin / stride, y - rows.begin / stride};
}

base::Result<PreparedStep> prepare_step(const ConvolveFrame& frame, const PrepareStep& question,
                                        const std::filesystem::path& input_file) {
  const auto stages = static_cast<int>(frame.outputs.size());
  if (question.stage < 0 || question.stage >= stages) {
    return base::fail(fmt::format("there is no stage {}; the chain has {}", question.stage + 1, stages));
  }
  const auto index = static_cast<std::size_t>(question.stage);
  const Picture& output = *frame.outputs[index];
  if (question.plane < 0 || question.plane >= output.planes || question.x < 0 || question.x >= output.width ||
      question.y < 0 || question.y >= output.height) {
    return base::fail(fmt::format("there is no output {}, {} in plane {}; the output is {} x {} with {} plane(s)",
                                  question.x, question.y, question.plane, output.width, output.height, output.planes));
  }
  const Picture& input = index == 0 ? *frame.input : *frame.outputs[index - 1];
  const StepPart part = question.whole ? StepPart{0, 0, input.width, input.height, question.x, question.y}
                                       : step_part(frame.settings.chain[index], input, question.x, question.y);
  const Size size{part.width, part.height, input.planes};
  const auto handover = convolution::handover(frame.settings, question.stage, size, input_file.string());
  if (!handover) return tl::unexpected(handover.error());
  if (auto written = write_floats(cut(input, part), input_file); !written) return tl::unexpected(written.error());
  auto launch = named_launch(*handover);
  if (!launch) return tl::unexpected(launch.error());

  const convolution::Worker worker =
      convolution::worker_of(frame.settings, handover->launch, question.plane, part.x, part.y, 1);
  PreparedStep prepared;
  prepared.request = {question.id,         handover->kernel, {},         std::move(*launch),
                      worker.block_number, worker.warp,      worker.lane};
  if (part.width < input.width || part.height < input.height) {
    prepared.note =
        fmt::format("Step runs {} x {} pixels of the picture, from {}, {}: all of it would be too long to record",
                    part.width, part.height, part.left, part.top);
  }
  return prepared;
}

}  // namespace warpscope::session

#include "compute/session/map_step.h"

#include <fmt/format.h>

#include "compute/session/step_reading.h"
#include "compute/session/step_recording.h"
#include "compute/session/step_source.h"

namespace warpscope::session {

base::Result<StepRequest> map_step(const MapPlan& plan, const MapCode& code, const PrepareMapStep& question,
                                   const std::atomic<bool>* stop) {
  const std::uint64_t blocks = plan.grid.count();
  const auto warps = static_cast<int>((plan.block.count() + base::kWarpSize - 1) / base::kWarpSize);
  if (question.block >= blocks || question.warp < 0 || question.warp >= warps) {
    return base::fail(fmt::format("there is no warp {} in a block {}; the grid has {} blocks of {} warps",
                                  question.warp, question.block, with_commas(blocks), warps));
  }
  const std::string shipped = code.source.file.empty() ? plan.kernel : "";
  const auto opened = open_source(shipped, code.source.file);
  if (!opened) return tl::unexpected(opened.error());
  const auto compiled = compile_source(*opened->source, stop);
  if (!compiled) return base::fail(compiled.error().empty() ? "it does not compile" : compiled.error().front().message);
  // With the names and types that Step shows.
  StepLaunch launch = default_launch(*compiled->module, plan.kernel, opened->source->shipped);
  if (launch.arguments.size() != code.launch.arguments.size()) {
    return base::fail(fmt::format("'{}' takes {} arguments when it is compiled for debugging, and {} otherwise",
                                  plan.title, launch.arguments.size(), code.launch.arguments.size()));
  }
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    launch.arguments[i].spec = code.launch.arguments[i].spec;
    launch.arguments[i].is_guess = code.launch.arguments[i].is_guess;
  }
  launch.symbols = code.launch.symbols;
  launch.grid = plan.grid;
  launch.block = plan.block;
  launch.dynamic_shared_bytes = static_cast<std::uint32_t>(plan.dynamic_shared + plan.added_shared);
  launch.only_block = question.block;
  return StepRequest{question.id, shipped, code.source.file, std::move(launch), question.block, question.warp, 0};
}

}  // namespace warpscope::session

// warpscope-cli step: the state of a run after a number of steps, and back.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/launch_options.h"
#include "app/cli/variable_json.h"
#include "compute/trace/inspect.h"
#include "compute/trace/timeline.h"
#include "compute/vgpu/observers/source_map.h"

namespace warpscope::cli {
namespace {

using nlohmann::ordered_json;

struct StepOptions {
  LaunchText launch;
  std::uint64_t at = 0, back = 0;
  std::string warp;
  bool json = false;
};

// A run, recorded to its end, with what its debug information says.
struct Run {
  session::PreparedKernel kernel;
  trace::Timeline timeline;
  vgpu::SourceMap lines;
  ptx::DebugInfo debug;
};

tl::expected<Run, session::KernelRunError> record(const session::KernelRunRequest& request) {
  auto kernel = session::prepare_kernel(request);
  if (!kernel) return tl::unexpected(kernel.error());
  const device::VirtualDevice& device = *kernel->device;
  auto timeline = trace::Timeline::create(device.program(), kernel->launch, device.memory(), device.textures());
  if (!timeline) {
    return tl::unexpected(session::KernelRunError{session::RunProblem::kBadInput, {timeline.error()}});
  }
  while (!timeline->has_ended()) timeline->record(1U << 20);
  vgpu::SourceMap lines(*device.program());
  ptx::DebugInfo debug = ptx::DebugInfo::read(*kernel->file.module);
  return Run{std::move(*kernel), std::move(*timeline), std::move(lines), std::move(debug)};
}

// "B,W": block B, linear in the grid, and its warp W. Without: the warp whose turn it is.
base::Result<trace::WarpIndex> choose_warp(const trace::Timeline& timeline, std::string_view text) {
  const std::uint64_t warps = timeline.warps_per_block(), blocks = timeline.launch().grid.count();
  if (text.empty()) {
    const std::uint64_t at = std::min(timeline.position(), timeline.size() - 1);
    return timeline.size() == 0 ? 0 : timeline.records()[at].warp;
  }
  const std::vector<std::string_view> parts = split(text, ',');
  const auto block = whole_number<std::uint64_t>(parts.front()), warp = whole_number<std::uint64_t>(parts.back());
  if (parts.size() != 2 || !block || !warp || *block >= blocks || *warp >= warps) {
    return base::fail(
        fmt::format("--warp {}: BLOCK,WARP is expected, BLOCK below {} and WARP below {}", text, blocks, warps));
  }
  return static_cast<trace::WarpIndex>(*block * warps + *warp);
}

ordered_json json_of_register(ptx::Type type, std::uint64_t bits) {
  switch (type) {
    case ptx::Type::kPred:
      return bits != 0;
    case ptx::Type::kF32: {
      const auto value = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      return std::isfinite(value) ? ordered_json(value) : ordered_json(fmt::format("{}", value));
    }
    case ptx::Type::kF64: {
      const auto value = std::bit_cast<double>(bits);
      return std::isfinite(value) ? ordered_json(value) : ordered_json(fmt::format("{}", value));
    }
    case ptx::Type::kS16:
      return static_cast<std::int16_t>(bits);
    case ptx::Type::kS32:
      return static_cast<std::int32_t>(bits);
    case ptx::Type::kS64:
      return static_cast<std::int64_t>(bits);
    default:
      return bits;
  }
}

ordered_json json_of_lane(const Run& run, const trace::WarpView& view, int lane) {
  ordered_json variables = ordered_json::object(), registers = ordered_json::object();
  // Inner scopes come last and hide what they name again.
  for (const ptx::VariableInfo* variable : run.debug.variables(view.function(), view.instruction())) {
    const auto type = static_cast<std::size_t>(variable->type);
    if (variable->type < 0 || type >= run.debug.types().size()) continue;
    const auto bytes = trace::read_variable(view, lane, *variable, run.debug.types()[type]);
    variables[variable->name] = bytes.empty() ? nullptr : json_of_value(run.debug.types(), variable->type, bytes);
  }
  const auto& declared = view.program->module->functions[static_cast<std::size_t>(view.function())].registers;
  for (std::size_t reg = 0; reg < declared.size(); ++reg) {
    const std::uint64_t bits = trace::read_register(view, lane, static_cast<int>(reg));
    registers[declared[reg].name] = json_of_register(declared[reg].type, bits);
  }
  return {{"lane", lane},
          {"thread", (view.warp - view.block->warps.data()) * base::kWarpSize + lane},
          {"active", (view.active() >> lane & 1U) != 0},
          {"variables", std::move(variables)},
          {"registers", std::move(registers)}};
}

ordered_json state_of(const Run& run, trace::WarpIndex warp) {
  const trace::Timeline& timeline = run.timeline;
  const auto view = trace::find_warp(timeline.program(), timeline.launch(), timeline.state(), warp);
  const std::uint64_t warps = timeline.warps_per_block();
  ordered_json json{{"kernel", run.kernel.kernel},
                    {"step", timeline.position()},
                    {"total_steps", timeline.size()},
                    {"block", warp / warps},
                    {"warp", warp % warps},
                    {"pc", nullptr},
                    {"file", nullptr},
                    {"line", nullptr},
                    {"active_mask", 0},
                    {"lanes", ordered_json::array()}};
  if (view) {
    const vgpu::SourceLine& place = run.lines.at(view->pc());
    json["pc"] = view->instruction();
    json["function"] = run.debug.readable_name(view->function());
    json["file"] = place.file;
    json["line"] = place.line;
    json["active_mask"] = view->active();
    for (int lane = 0; lane < base::kWarpSize; ++lane) {
      if ((view->warp->threads >> lane & 1U) != 0) json["lanes"].push_back(json_of_lane(run, *view, lane));
    }
  }
  if (timeline.fault() && timeline.position() == timeline.size()) json["fault"] = timeline.fault()->message;
  json["printf"] = timeline.state().printed;
  json["state_hash"] = fmt::format("{:016x}", timeline.state().hash());
  return json;
}

void print_as_text(const ordered_json& state) {
  print_line(fmt::format("{}: step {} of {}, block {}, warp {}", state["kernel"].get<std::string>(),
                         state["step"].dump(), state["total_steps"].dump(), state["block"].dump(),
                         state["warp"].dump()));
  if (state["line"].is_null()) {
    print_line("this warp has not begun, or has ended");
    return;
  }
  print_line(fmt::format("{}:{}, lanes {:08x}", state["file"].get<std::string>(), state["line"].dump(),
                         state["active_mask"].get<std::uint32_t>()));
  if (state["lanes"].empty()) return;
  const char* const what = state["lanes"][0]["variables"].empty() ? "registers" : "variables";
  for (const auto& [name, ignored] : state["lanes"][0][what].items()) {
    std::string line, value;
    bool is_same = true;  // in all active lanes: once is enough
    for (const auto& lane : state["lanes"]) {
      const std::string here = lane["active"].get<bool>() ? lane[what][name].dump() : std::string();
      if (value.empty()) value = here;
      is_same = is_same && (here.empty() || here == value);
      line += " " + (here.empty() ? "-" : here);
    }
    print_line(fmt::format("{:>16}{}", name, is_same ? " " + value : line));
  }
  if (state.contains("fault")) print_line("fault: " + state["fault"].get<std::string>());
}

int step(StepOptions& options) {
  if (auto fine = complete(options.launch); !fine) return fail_with(kBadInput, fine.error());
  auto run = record(options.launch.request);
  if (!run) return tell_why(run.error());
  if (!run->kernel.file.compiler_messages.empty()) tell(run->kernel.file.compiler_messages);
  trace::Timeline& timeline = run->timeline;
  if (!timeline.is_complete()) {
    tell(fmt::format("the run was recorded up to step {}; it goes on", timeline.size()));
  }
  timeline.seek(options.at);
  timeline.seek(timeline.position() - std::min(options.back, timeline.position()));
  const auto warp = choose_warp(timeline, options.warp);
  if (!warp) return fail_with(kBadInput, warp.error());
  const ordered_json state = state_of(*run, *warp);
  options.json ? print_json(state) : print_as_text(state);
  return kDone;
}

}  // namespace

void add_step(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("step", "the state of a kernel after so many steps");
  const auto options = std::make_shared<StepOptions>();
  add_launch_options(*command, options->launch);
  command->add_option("--at", options->at, "Warp instructions to go forward; beyond the end: the end")->required();
  command->add_option("--back", options->back, "and back again from there")->capture_default_str();
  command->add_option("--warp", options->warp, "BLOCK,WARP: whose lanes to show (default: the warp whose turn it is)");
  add_json_option(*command, options->json);
  command->callback([options, &exit_code] { exit_code = step(*options); });
}

}  // namespace warpscope::cli

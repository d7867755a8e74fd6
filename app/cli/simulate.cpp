// warpscope-cli simulate: a kernel in time, on the cycle model of a GPU, or as a real one ran it.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/launch_options.h"
#include "app/cli/simulate_report.h"
#include "compute/device/open_device.h"
#include "compute/session/map_simulate.h"
#include "compute/session/map_trace.h"

namespace warpscope::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;

struct SimulateText {
  LaunchText launch;
  std::string gpu = session::MapSettings{}.gpu;
  std::string policy = "gto";
  std::optional<int> registers, carveout;
  bool warm = false, json = false;
};

// A text that is no file's is the name of a kernel that ships.
bool is_file(const fs::path& path) {
  std::error_code ignored;
  return path.extension() == ".cu" || path.extension() == ".ptx" || fs::exists(path, ignored);
}

session::StepArgument argument(std::string name, std::string spec) {
  session::StepArgument made;
  made.name = std::move(name);
  made.spec = std::move(spec);
  return made;
}

Result<void> take_launch(SimulateText& text, session::MapSettings& settings) {
  for (const auto& [option, value] : {std::pair("--grid", &text.launch.grid), {"--block", &text.launch.block}}) {
    if (value->empty()) return base::fail(fmt::format("a kernel in a file needs {} X[,Y[,Z]]", option));
  }
  if (auto fine = complete(text.launch); !fine) return fine;
  const session::KernelRunRequest& request = text.launch.request;
  session::StepLaunch launch;
  launch.kernel = request.kernel;
  launch.grid = request.grid;
  launch.block = request.block;
  launch.dynamic_shared_bytes = request.dynamic_shared_bytes;
  for (const std::string& spec : request.arguments) launch.arguments.push_back(argument({}, spec));
  for (const session::SymbolInput& symbol : request.symbols)
    launch.symbols.push_back(argument(symbol.name, "buf:@" + symbol.file.string()));
  settings.source.kernel = request.kernel;
  settings.source.file = request.file;
  settings.source.launch = std::move(launch);
  return {};
}

// A kernel that ships has its launch; a grid, or a block of so many threads, may be another one.
Result<void> take_shipped(SimulateText& text, session::MapSettings& settings) {
  const session::KernelRunRequest& request = text.launch.request;
  if (!request.arguments.empty() || !text.launch.symbols.empty() || !request.kernel.empty()) {
    return base::fail(
        fmt::format("{} is no file: a kernel that ships has its own arguments; --arg, --symbol and --kernel are for "
                    "those in files",
                    request.file.string()));
  }
  settings.source.kernel = request.file.string();
  if (!text.launch.grid.empty()) {
    const auto grid = parse_size("--grid", text.launch.grid);
    if (!grid) return tl::unexpected(grid.error());
    settings.grid = *grid;
  }
  if (!text.launch.block.empty()) {
    const auto block = parse_size("--block", text.launch.block);
    if (!block) return tl::unexpected(block.error());
    settings.block_threads = static_cast<int>(std::min<std::uint64_t>(block->count(), 1U << 20));
  }
  if (request.dynamic_shared_bytes > 0) settings.shared_bytes = request.dynamic_shared_bytes;
  return {};
}

Result<session::MapSettings> settings_of(SimulateText& text) {
  session::MapSettings settings;
  settings.gpu = text.gpu;
  settings.registers = text.registers;
  settings.carveout_percent = text.carveout.value_or(-1);
  settings.policy = text.policy == "rr" ? timing::WarpPolicy::kRoundRobin : timing::WarpPolicy::kGreedyThenOldest;
  settings.cold_caches = !text.warm;
  settings.traced = text.launch.request.device == "cuda";
  const auto taken = is_file(text.launch.request.file) ? take_launch(text, settings) : take_shipped(text, settings);
  if (!taken) return tl::unexpected(taken.error());
  return settings;
}

// On a terminal only.
class Meter {
 public:
  void tell(const timing::Progress& progress) const {
    if (!terminal_) return;
    fmt::print(stderr, "\r\033[K{} of {} blocks  cycle {}  {:.1f} M PTX instructions", progress.blocks_ended,
               progress.blocks, progress.cycles, static_cast<double>(progress.ptx_instructions) * 1e-6);
  }
  ~Meter() {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1;
};

int print_run(const SimulatedRun& run, bool as_json) {
  if (as_json) {
    print_json(json_of(run));
  } else {
    print_as_text(run);
  }
  return run.fault.empty() ? kDone : kFailed;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int run_model(const session::MapPlan& plan, const session::MapCode& code, bool as_json) {
  const auto inputs = session::place_map_inputs(code);
  if (!inputs) return fail_with(kBadInput, inputs.error());
  timing::SimulateOptions options = session::simulate_options(plan);
  options.close_sms.clear();  // who waited for what, cycle by cycle, is not told here
  options.most_segments = 0;
  const auto begin = std::chrono::steady_clock::now();
  Result<timing::SimulateResult> result = base::fail("");
  {
    const Meter meter;
    options.progress = [&](const timing::Progress& progress) { meter.tell(progress); };
    result = session::simulate_map(plan, **inputs, options);
  }
  if (!result) return fail_with(kBadInput, result.error());
  const std::string fault = result->fault ? session::fault_text(*result->fault) : "";
  return print_run({plan, result->timeline, "virtual", fault, result->printed, seconds_since(begin)}, as_json);
}

int run_trace(const session::MapPlan& plan, const session::MapCode& code, device::Device& device, bool as_json) {
  const auto begin = std::chrono::steady_clock::now();
  const auto trace = session::trace_map(plan, code, device, nullptr);
  if (!trace) return fail_with(device.lost() ? kFailed : kBadInput, trace.error());
  const auto timeline = session::timeline_of(*trace, plan);
  if (!timeline) return fail_with(kFailed, timeline.error());
  const double overhead = trace->plain_seconds > 0 ? trace->traced_seconds / trace->plain_seconds - 1 : 0;
  const std::string fault = trace->report.fault ? session::fault_text(*trace->report.fault) : "";
  return print_run({plan, *timeline, "cuda", fault, trace->report.printed, seconds_since(begin), overhead}, as_json);
}

int simulate(SimulateText& text) {
  const auto settings = settings_of(text);
  if (!settings) return fail_with(kBadInput, settings.error());
  auto catalogue = gpu::read_gpus();
  if (!catalogue) return fail_with(kFailed, catalogue.error());
  std::optional<device::OpenedGpu> real;
  std::optional<gpu::Gpu> described;
  if (settings->traced) {
    auto opened = device::open_gpu(std::nullopt);
    if (!opened) return fail_with(kNoDevice, opened.error());
    described = session::gpu_of(opened->device->gpu(), *catalogue);
    real = std::move(*opened);
  }
  session::MapPlanner planner(std::move(*catalogue));
  const session::MapPlanner::Answer answer = planner.plan(*settings, described);
  const session::MapPlan& plan = answer.plan;
  if (!plan.problem.empty()) return fail_with(kBadInput, {plan.problem, {}});
  // What was asked for and cannot be had.
  if (settings->block_threads && static_cast<int>(plan.block.count()) != *settings->block_threads)
    return fail_with(kBadInput, {plan.block_note, {}});
  if (!plan.shared_note.empty()) return fail_with(kBadInput, {plan.shared_note, {}});
  return real ? run_trace(plan, *answer.code, *real->device, text.json) : run_model(plan, *answer.code, text.json);
}

}  // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand(
      "simulate", "run a kernel on a cycle model of a GPU: how long it takes, and what it waits for");
  const auto text = std::make_shared<SimulateText>();
  add_launch_options(*command, text->launch);
  command->get_option("FILE")->description(
      "PTX, CUDA C++ (with --grid, --block and --arg as exec takes them), or the name of a kernel that ships");
  for (const char* const optional : {"--grid", "--block"}) command->get_option(optional)->required(false);
  command->remove_option(command->get_option("--schedule"));
  command->add_option("--gpu", text->gpu, "A GPU of assets/gpus.json, or a part of its name")->capture_default_str();
  command->add_option("--regs", text->registers, "Registers of a thread, instead of the kernel's own")
      ->check(CLI::Range(1, 255));
  command->add_option("--carveout", text->carveout, "Shared memory of an SM, in percent of its most")
      ->check(CLI::Range(0, 100));
  command
      ->add_option("--policy", text->policy,
                   "Which ready warp is issued: gto (the last one while it is ready, else the oldest) or rr (in turn)")
      ->check(CLI::IsMember({"gto", "rr"}))
      ->capture_default_str();
  command->add_flag("--warm", text->warm, "L2 holds what the kernel reads, as after a launch before");
  command
      ->add_option("--device", text->launch.request.device,
                   "virtual (the model), or cuda: what the GPU here does, traced")
      ->check(CLI::IsMember({"virtual", "cuda"}))
      ->capture_default_str();
  add_json_option(*command, text->json);
  command->callback([text, &exit_code] { exit_code = simulate(*text); });
}

}  // namespace warpscope::cli

#include "app/cli/launch_options.h"

#include <fmt/format.h>

#include "app/cli/command.h"

namespace warpscope::cli {
namespace {

using base::Dim3;
using base::Result;

struct NamedScheduler {
  std::string_view name;
  vgpu::WarpScheduler scheduler;
};
constexpr NamedScheduler kSchedulers[] = {{"run-to-wait", vgpu::WarpScheduler::kRunToWait},
                                          {"round-robin", vgpu::WarpScheduler::kRoundRobin},
                                          {"greedy-then-oldest", vgpu::WarpScheduler::kGreedyThenOldest},
                                          {"random", vgpu::WarpScheduler::kRandom}};

Result<vgpu::Schedule> parse_schedule(std::string_view text) {
  const std::size_t colon = text.find(':');
  for (const NamedScheduler& each : kSchedulers) {
    if (text.substr(0, colon) != each.name) continue;
    vgpu::Schedule schedule{each.scheduler, 0};
    if (colon == std::string_view::npos) return schedule;
    const auto seed = whole_number<std::uint64_t>(text.substr(colon + 1));
    if (each.scheduler != vgpu::WarpScheduler::kRandom || !seed) break;
    schedule.seed = *seed;
    return schedule;
  }
  return base::fail(fmt::format(
      "--schedule {}: run-to-wait, round-robin, greedy-then-oldest, random or random:SEED, a whole number, is expected",
      text));
}

}  // namespace

Result<Dim3> parse_size(std::string_view option, std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ',');
  Dim3 size;
  std::uint32_t* const dimensions[] = {&size.x, &size.y, &size.z};
  bool fine = parts.size() <= 3;
  for (std::size_t i = 0; fine && i < parts.size(); ++i) {
    const auto value = whole_number<std::uint32_t>(parts[i]);
    fine = value.has_value() && *value > 0;
    if (fine) *dimensions[i] = *value;
  }
  if (!fine)
    return base::fail(fmt::format("{} {}: one to three whole numbers above 0 are expected, as X,Y,Z", option, text));
  return size;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(at, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

Result<void> complete(LaunchText& text) {
  session::KernelRunRequest& request = text.request;
  const auto grid = parse_size("--grid", text.grid), block = parse_size("--block", text.block);
  if (!grid) return tl::unexpected(grid.error());
  if (!block) return tl::unexpected(block.error());
  request.grid = *grid;
  request.block = *block;
  const auto schedule = parse_schedule(text.schedule);
  if (!schedule) return tl::unexpected(schedule.error());
  request.schedule = *schedule;
  for (const std::string& symbol : text.symbols) {
    const std::size_t at = symbol.find("=@");
    if (at == std::string::npos || at == 0)
      return base::fail(fmt::format("--symbol {}: NAME=@FILE is expected", symbol));
    request.symbols.push_back({symbol.substr(0, at), symbol.substr(at + 2)});
  }
  return {};
}

void add_launch_options(CLI::App& command, LaunchText& text) {
  session::KernelRunRequest& request = text.request;
  command
      .add_option("FILE", request.file, "PTX, or CUDA C++ that NVRTC or nvcc compiles where one of them is installed")
      ->required();
  command.add_option("--kernel", request.kernel, "Name of the kernel (default: the file's only one)");
  command.add_option("--grid", text.grid, "Blocks, as X[,Y[,Z]]")->required();
  command.add_option("--block", text.block, "Threads of a block, as X[,Y[,Z]]")->required();
  command.add_option("--shared", request.dynamic_shared_bytes, "Bytes of dynamic shared memory")->capture_default_str();
  command
      .add_option(
          "--arg", request.arguments,
          "The next parameter: i32:5, f32:1.5, bytes:HEX, buf:TYPE:COUNT:zero|ones|iota|rand:SEED|fill:V|list:a,b, "
          "buf:@FILE, buf:TYPE:@FILE, buf:TYPE:picture:@FILE, same:K, null, tex:... or surf:...")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  command
      .add_option("--schedule", text.schedule,
                  "Whose turn it is among the warps of a block: run-to-wait (each runs until it waits for others), "
                  "round-robin (an instruction each), greedy-then-oldest (until it waits or loads from global memory, "
                  "then the lowest-numbered), random or random:SEED")
      ->capture_default_str();
  command.add_option("--symbol", text.symbols, "NAME=@FILE: overwrite a .const or .global variable before the run")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

int tell_why(const session::KernelRunError& error) {
  for (const base::Error& each : error.errors) tell(each.text());
  switch (error.problem) {
    case session::RunProblem::kNoDevice:
      return kNoDevice;
    case session::RunProblem::kFailed:
    case session::RunProblem::kCancelled:
      return kFailed;
    case session::RunProblem::kBadInput:
      break;
  }
  return kBadInput;
}

}  // namespace warpscope::cli

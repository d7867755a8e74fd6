// What a GPU does with the launches of the SM map, block by block: their warps traced, without touching their sources.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compute/device/warp_trace.h"
#include "compute/kernels/map_kernels.h"
#include "compute/session/map_simulate.h"
#include "compute/session/map_trace.h"
#include "tests/gpu_check/compare.h"
#include "tests/gpu_check/launched.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

const std::vector<std::string> kColumns = {"kernel",          "blocks",         "SMs seen", "blocks at a time on an SM",
                                           "cycles",          "model's cycles", "error",    "us",
                                           "us with tracing", "overhead"};

using device::WarpTrace;
using kernels::MapKernel;
using ptx::WarpTraceRecord;

// The kernel of an entry, as the other sections know kernels. Rehearsed, a few blocks are enough.
kernels::Kernel launch_of(const MapKernel& map, Figures figures) {
  kernels::Kernel kernel = map.kernel;
  if (figures == Figures::kJudged) return kernel;
  kernel.grid = {std::min(kernel.grid.x, 4U), std::min(kernel.grid.y, 4U), 1};
  return kernel;
}

// What the records say of the SMs.
struct Seen {
  std::size_t sms = 0;
  std::uint64_t cycles = 0;  // of the SM that took longest, by its own clock
  std::size_t blocks = 0;    // at a time on one SM, at most
  std::string wrong;         // "" where it is what a GPU can do
};

// How many of the blocks [start, end] overlap, at most.
std::size_t most_at_a_time(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& blocks) {
  std::vector<std::pair<std::uint64_t, int>> changes;  // at the same time, those that end come first
  for (const auto& [start, end] : blocks) {
    changes.emplace_back(start, 1);
    changes.emplace_back(end, -1);
  }
  std::ranges::sort(changes);
  int now = 0, most = 0;
  for (const auto& [at, change] : changes) most = std::max(most, now += change);
  return static_cast<std::size_t>(most);
}

Seen look_at(const WarpTrace& trace) {
  Seen seen;
  std::map<std::uint32_t, std::vector<std::pair<std::uint64_t, std::uint64_t>>> blocks_of;  // by SM
  const std::size_t warps = trace.warps_per_block;
  for (std::size_t first = 0; first < trace.records.size(); first += warps) {
    std::pair<std::uint64_t, std::uint64_t> block(~0ULL, 0);
    for (std::size_t i = first; i < first + warps; ++i) {
      const WarpTraceRecord& record = trace.records[i];
      block = {std::min(block.first, record.start_clock), std::max(block.second, record.end_clock)};
      if (record.sm != trace.records[first].sm) seen.wrong = fmt::format("block {} was on two SMs", first / warps);
      if (record.end_clock < record.start_clock || record.end_ns < record.start_ns) {
        seen.wrong = fmt::format("warp {} ended before it began", i);
      }
    }
    blocks_of[trace.records[first].sm].push_back(block);
  }
  seen.sms = blocks_of.size();
  for (const auto& [sm, blocks] : blocks_of) {
    const auto start = std::ranges::min_element(blocks)->first;
    const auto end = std::ranges::max(blocks, {}, [](const auto& block) { return block.second; }).second;
    seen.cycles = std::max(seen.cycles, end - start);
    seen.blocks = std::max(seen.blocks, most_at_a_time(blocks));
  }
  return seen;
}

// Where the buffers of a launch differ from those of one whose warps were traced.
base::Result<std::string> difference(device::CudaDevice& gpu, const kernels::Kernel& kernel, std::string_view entry,
                                     const std::shared_ptr<const ptx::Module>& module) {
  const auto set = [&](device::Device& device) { return set_symbols(device, kernel); };
  std::vector<Buffer> results[2];
  for (const bool traced : {false, true}) {
    const auto arguments = Arguments::place(gpu, kernel);
    if (!arguments) return tl::unexpected(arguments.error());
    const device::LaunchRequest request = (*arguments)->request(kernel, entry);
    if (!traced) {
      if (auto loaded = gpu.load(module); !loaded) return tl::unexpected(loaded.error().front());
      if (auto done = set(gpu); !done) return tl::unexpected(done.error());
      const auto report = gpu.launch(request, {});
      if (!report) return tl::unexpected(report.error());
      if (report->fault) return base::fail("the kernel faulted: " + report->fault->message);
    } else if (const auto trace = device::trace_warps(gpu, module, request, {}, set); !trace) {
      return tl::unexpected(trace.error());
    }
    auto buffers = (*arguments)->buffers();
    if (!buffers) return tl::unexpected(buffers.error());
    results[traced ? 1 : 0] = std::move(*buffers);
  }
  for (std::size_t i = 0; i < results[0].size(); ++i) {
    if (results[0][i].bytes == results[1][i].bytes) continue;
    return fmt::format("argument {} is another one with tracing: {}", results[0][i].argument,
                       compare(results[0][i].type, results[0][i].bytes, results[1][i].bytes).text());
  }
  return std::string();
}

base::Result<WarpTrace> trace(device::CudaDevice& gpu, const kernels::Kernel& kernel, std::string_view entry,
                              const std::shared_ptr<const ptx::Module>& module) {
  const auto arguments = Arguments::place(gpu, kernel);
  if (!arguments) return tl::unexpected(arguments.error());
  auto made =
      device::trace_warps(gpu, module, (*arguments)->request(kernel, entry), {.launch = {}, .measure_overhead = true},
                          [&](device::Device& device) { return set_symbols(device, kernel); });
  if (made && made->report.fault) return base::fail("the kernel faulted: " + made->report.fault->message);
  return made;
}

Row failed(Row row, std::string why) {
  row.verdict = Verdict::kFailed;
  row.note = std::move(why);
  return row;
}

// What the cycle model says of the same launch on this GPU, with its caches as a launch before left them.
base::Result<timing::Timeline> modelled(session::MapPlanner& planner, const device::CudaDevice& gpu,
                                        const kernels::Kernel& kernel) {
  session::MapSettings settings;
  settings.source.kernel = kernel.name;
  settings.grid = kernel.grid;
  settings.cold_caches = false;
  const auto answer = planner.plan(settings, session::gpu_of(gpu.gpu(), planner.gpus()));
  if (!answer.plan.problem.empty()) return base::fail(answer.plan.problem);
  const auto inputs = session::place_map_inputs(*answer.code);
  if (!inputs) return tl::unexpected(inputs.error());
  timing::SimulateOptions options = session::simulate_options(answer.plan);
  options.close_sms.clear();
  options.most_segments = 0;
  auto result = session::simulate_map(answer.plan, **inputs, options);
  if (!result) return tl::unexpected(result.error());
  return std::move(result->timeline);
}

// Measured cells, then the model's.
void add_model(Row& row, const Seen& seen, const base::Result<timing::Timeline>& model) {
  if (!model) {
    row.note = "not modelled: " + model.error().text();
    return;
  }
  const double error =
      static_cast<double>(model->cycles) / static_cast<double>(std::max<std::uint64_t>(1, seen.cycles)) - 1;
  row.cells[5] = std::to_string(model->cycles);
  row.cells[6] = fmt::format("{:+.0f} %", 100 * error);
}

Row trace_kernel(device::CudaDevice& gpu, session::MapPlanner& planner, const MapKernel& map, Figures figures) {
  const kernels::Kernel kernel = launch_of(map, figures);
  Row row{Verdict::kHeld, std::vector<std::string>(kColumns.size()), ""};
  row.cells[0] = kernel.name;
  row.cells[1] = std::to_string(kernel.grid.count());
  const auto module = module_of(kernel, kernels::Flavour::kOptimised);
  if (!module) return failed(row, module.error().text());
  const auto differs = difference(gpu, kernel, map.entry, *module);
  if (!differs) return failed(row, differs.error().text());
  if (!differs->empty()) return failed(row, *differs);
  const auto made = trace(gpu, kernel, map.entry, *module);
  if (!made) return failed(row, made.error().text());
  const Seen seen = look_at(*made);
  if (!seen.wrong.empty()) return failed(row, seen.wrong);
  if (seen.sms > static_cast<std::size_t>(gpu.gpu().multiprocessors)) {
    return failed(row, fmt::format("{} SMs were seen, and the GPU has {}", seen.sms, gpu.gpu().multiprocessors));
  }
  const double overhead = made->plain_seconds > 0 ? made->traced_seconds / made->plain_seconds - 1 : 0;
  row.cells[2] = std::to_string(seen.sms);
  row.cells[3] = std::to_string(seen.blocks);
  row.cells[4] = std::to_string(seen.cycles);
  row.cells[7] = fmt::format("{:.1f}", 1e6 * made->plain_seconds);
  row.cells[8] = fmt::format("{:.1f}", 1e6 * made->traced_seconds);
  row.cells[9] = fmt::format("{:+.1f} %", 100 * overhead);
  if (figures != Figures::kJudged) row.note = "rehearsed with few blocks";
  add_model(row, seen, modelled(planner, gpu, kernel));
  return row;
}

}  // namespace

Section trace_kernels(device::CudaDevice& gpu, Figures figures) {
  Section section{
      "Real traces",
      "The launches of the SM map with entry and exit of every warp added to their PTX: the buffers are bit for bit "
      "what they are without, every warp is recorded once, and each block's on one SM. Cycles are those of the SM that "
      "took longest, by its own clock, and what the cycle model says of this GPU beside them: told, not judged. Times "
      "are the fastest of three launches.",
      kColumns,
      {}};
  auto catalogue = gpu::read_gpus();
  session::MapPlanner planner(catalogue ? std::move(*catalogue) : std::vector<gpu::Gpu>());
  for (const MapKernel& map : kernels::map_kernels()) {
    section.rows.push_back(trace_kernel(gpu, planner, map, figures));
  }
  return section;
}

}  // namespace warpscope::gpu_check

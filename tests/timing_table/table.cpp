#include "tests/timing_table/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/timing_table/run.h"

namespace warpscope::timing_table {
namespace {

using base::Result;

Result<gpu::Gpu> gpu_of(std::span<const gpu::Gpu> catalogue, const Case& the_case) {
  auto found = gpu::find_gpu(catalogue, the_case.gpu);
  if (found && the_case.clock_mhz > 0) found->clock_mhz = the_case.clock_mhz;
  return found;
}

// Three digits, or all there are before the point.
std::string short_number(double value) {
  const double size = std::abs(value);
  return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

struct Job {
  const Case* of = nullptr;
  gpu::Gpu gpu;
  Slope slope;
};

bool is_wanted(const Case& the_case, const std::string& filter) {
  return the_case.group.find(filter) != std::string_view::npos ||
         the_case.benchmark.find(filter) != std::string_view::npos;
}

}  // namespace

std::optional<double> Row::error() const {
  if (of->reference == 0) return std::nullopt;
  return (model - of->reference) / of->reference;
}

int Table::counted() const {
  return static_cast<int>(std::ranges::count_if(rows, [](const Row& row) { return row.error().has_value(); }));
}

double Table::mean_error() const {
  double sum = 0;
  for (const Row& row : rows) sum += std::abs(row.error().value_or(0));
  return counted() == 0 ? 0 : sum / counted();
}

Result<Table> make_table(const std::string& filter, int threads) {
  const auto kernels = Kernels::read();
  if (!kernels) return tl::unexpected(kernels.error());
  const auto catalogue = gpu::read_gpus();
  if (!catalogue) return tl::unexpected(catalogue.error());
  std::vector<Job> jobs;
  for (const Case& each : cases()) {
    if (!is_wanted(each, filter)) continue;
    auto gpu = gpu_of(*catalogue, each);
    if (!gpu) return tl::unexpected(gpu.error());
    jobs.push_back({&each, std::move(*gpu), {}});
  }
  std::atomic<std::size_t> next{0};
  std::mutex guard;
  std::optional<base::Error> problem;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      Job& job = jobs[i];
      const Benchmark* const benchmark = find_benchmark(job.of->benchmark);
      const auto slope = benchmark == nullptr ? Result<Slope>(base::fail(std::string(job.of->benchmark)))
                                              : model(*kernels, *benchmark, job.gpu, job.of->a, job.of->b);
      const std::lock_guard lock(guard);
      if (slope) {
        job.slope = *slope;
      } else {
        problem = base::Error{fmt::format("{} on {}: {}", job.of->benchmark, job.gpu.name, slope.error().message), {}};
        next = jobs.size();
      }
    }
  };
  const int count = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> team;
  for (int i = 1; i < count; ++i) team.emplace_back(work);
  work();
  for (std::thread& each : team) each.join();
  if (problem) return tl::unexpected(*problem);

  Table table;
  const Slope* before = nullptr;
  for (const Job& job : jobs) {
    if (job.of->unit != Unit::kTimes) before = &job.slope;
    table.rows.push_back({job.of, job.gpu.name, figure(*job.of, job.slope, job.gpu, before)});
  }
  return table;
}

std::string markdown(const Table& table, bool with_sources) {
  std::string text =
      "| what | GPU | published | model | error | source |\n"
      "|---|---|--:|--:|--:|--:|\n";
  std::string_view group;
  for (const Row& row : table.rows) {
    const Case& of = *row.of;
    if (of.group != group) text += fmt::format("| **{}** | | | | | |\n", of.group);
    group = of.group;
    const auto error = row.error();
    text +=
        fmt::format("| {} | {} | {} | {} {} | {} | {} |\n", of.title, row.gpu, error ? short_number(of.reference) : "",
                    short_number(row.model), of.of, error ? fmt::format("{:+.0f} %", 100 * *error) : "model only",
                    of.source >= 0 ? fmt::format("[{}]", of.source + 1) : "");
  }
  text += fmt::format("\nMean absolute error of the {} rows that have a published figure: **{:.1f} %**.\n",
                      table.counted(), 100 * table.mean_error());
  if (!with_sources) return text;
  text += "\nSources:\n\n";
  for (std::size_t i = 0; i < sources().size(); ++i)
    text += fmt::format("{}. {}: {}\n", i + 1, sources()[i].name, sources()[i].where);
  return text;
}

std::string json(const Table& table) {
  nlohmann::ordered_json all{{"rows", nlohmann::ordered_json::array()},
                             {"counted", table.counted()},
                             {"mean_absolute_error", table.mean_error()}};
  for (const Row& row : table.rows) {
    const Case& of = *row.of;
    nlohmann::ordered_json each{{"group", of.group}, {"what", of.title},   {"gpu", row.gpu},
                                {"unit", of.of},     {"model", row.model}, {"benchmark", of.benchmark}};
    if (const auto error = row.error()) {
      each["published"] = of.reference;
      each["error"] = *error;
      each["source"] = sources()[static_cast<std::size_t>(of.source)].name;
    }
    all["rows"].push_back(std::move(each));
  }
  return all.dump(1);
}

Result<std::vector<Measured>> measure_device(device::Device& device, const gpu::Gpu& gpu,
                                             const std::function<bool(const Measured&)>& each, int most) {
  const auto kernels = Kernels::read();
  if (!kernels) return tl::unexpected(kernels.error());
  std::set<std::pair<std::string_view, int>> done;
  std::vector<Measured> all;
  Slope modelled_before, measured_before;
  for (const Case& of : cases()) {
    if (!done.emplace(of.benchmark, of.a).second) continue;
    if (static_cast<int>(all.size()) >= most) break;
    const Benchmark& benchmark = *find_benchmark(of.benchmark);
    const auto modelled = model(*kernels, benchmark, gpu, of.a, of.b);
    if (!modelled) continue;  // no block fits this GPU
    const auto measured = measure(*kernels, benchmark, device, gpu, of.a, of.b);
    if (!measured) return tl::unexpected(measured.error());
    if (of.unit != Unit::kTimes) {
      modelled_before = *modelled;
      measured_before = *measured;
    }
    all.push_back({std::string(of.group), std::string(of.title), std::string(of.of),
                   figure(of, *measured, gpu, &measured_before), figure(of, *modelled, gpu, &modelled_before)});
    if (!each(all.back())) break;
  }
  return all;
}

}  // namespace warpscope::timing_table

// warpscope-gpu-check: compares an NVIDIA GPU with the virtual GPU, measures it, and writes a report. tools/gpu-check
// runs it. Exit codes: 0 everything held; 1 something did not; 2 wrong usage; 77 there is no GPU.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>

#include "compute/base/paths.h"
#include "compute/device/open_device.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

namespace fs = std::filesystem;

constexpr int kHeldCode = 0, kFailedCode = 1, kUsageCode = 2, kSkippedCode = 77;

struct Options {
  fs::path out = "build/gpu-check";
  fs::path cases;
  Figures figures = Figures::kJudged;
};

// Beside the assets, in the repository as in a bundle.
fs::path find_cases() {
  const auto assets = base::find_asset("ptx");
  return assets ? assets->parent_path().parent_path() / "tests/vgpu/opcodes" : fs::path();
}

std::string machine() {
  utsname names{};
  return uname(&names) == 0 ? fmt::format("{} {} {}", names.sysname, names.release, names.machine) : "";
}

Report begin_report(const device::CudaDevice& gpu, const std::string& why) {
  const cuda::Gpu& about = gpu.gpu();
  const int version = gpu.context()->driver().version();
  Report report;
  report.date = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time(nullptr)));
  report.device =
      fmt::format("{}, compute capability {}.{}, {} multiprocessors, {:.1f} GiB", about.name, about.compute_major,
                  about.compute_minor, about.multiprocessors, static_cast<double>(about.memory_bytes) / (1ULL << 30));
  report.driver = fmt::format("CUDA {}.{}, {}", version / 1000, version % 1000 / 10, gpu.context()->driver().file());
  report.of = machine();
  report.facts = device::status_of(gpu, why).facts;
  return report;
}

void add_section(Report& report, std::string_view name, const std::function<Section()>& make) {
  fmt::print(stderr, "{} ...", name);
  const auto begin = std::chrono::steady_clock::now();
  Section section = make();
  section.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print(stderr, " {} held, {} failed, {} skipped, {:.1f} s\n", section.count(Verdict::kHeld),
             section.count(Verdict::kFailed), section.count(Verdict::kSkipped), section.seconds);
  report.sections.push_back(std::move(section));
}

void show_failures(const Report& report) {
  for (const Section& section : report.sections) {
    for (const Row& row : section.rows) {
      if (row.verdict != Verdict::kFailed) continue;
      std::string cells;
      for (const std::string& cell : row.cells) cells += cell.empty() ? "" : cell + ", ";
      fmt::print(stderr, "FAILED: {}: {}{}\n", section.title, cells, row.note);
    }
  }
}

// A GPU that is there and cannot be used is a failure; only where there is none is nothing to be checked.
bool has_usable_gpu() {
  const auto driver = cuda::Driver::open();
  if (!driver) return false;
  const auto gpus = cuda::list_gpus(**driver);
  return gpus && !cuda::usable_gpus(*gpus, std::nullopt).empty();
}

int check(const Options& options) {
  auto opened = device::open_gpu(std::nullopt);
  if (!opened) {
    const bool broken = has_usable_gpu();
    fmt::print(stderr, "{}: {}\n", broken ? "FAILED" : "skipped", opened.error().text());
    return broken ? kFailedCode : kSkippedCode;
  }
  device::CudaDevice& gpu = *opened->device;
  Report report = begin_report(gpu, opened->why);
  fmt::print(stderr, "{}\n", report.device);
  add_section(report, "Teaching kernels", [&] { return check_kernels(gpu); });
  add_section(report, "PTX instructions", [&] { return check_opcodes(gpu, options.cases); });
  add_section(report, "Convolutions", [&] { return check_convolutions(gpu); });
  add_section(report, "Real traces", [&] { return trace_kernels(gpu, options.figures); });
  add_section(report, "OpenGL", [&] { return check_interop(gpu, options.figures); });
  if (options.figures != Figures::kNone) {
    add_section(report, "Figures", [&] { return measure_figures(gpu, options.figures); });
    add_section(report, "Cycle model, microbenchmarks", [&] { return measure_timing(gpu, options.figures); });
    // The last: it opens the GPU for itself, and where a kernel of it faults, what the others hold is gone too.
    add_section(report, "Training", [&] { return measure_training(gpu, options.figures); });
  }
  if (auto written = write(report, options.out); !written) {
    fmt::print(stderr, "{}\n", written.error().text());
    return kFailedCode;
  }
  show_failures(report);
  fmt::print(stderr, "{}: {}\n", report.failed() ? "FAILED" : "passed", (options.out / "gpu-report.md").string());
  return report.failed() ? kFailedCode : kHeldCode;
}

}  // namespace
}  // namespace warpscope::gpu_check

int main(int argc, char** argv) {
  using namespace warpscope::gpu_check;
  Options options;
  options.cases = find_cases();
  bool no_figures = false, rehearse = false;
  CLI::App app("Compares an NVIDIA GPU with the virtual GPU, kernel by kernel and instruction by instruction.");
  app.add_option("--out", options.out, "folder for gpu-report.json and gpu-report.md")->capture_default_str();
  app.add_option("--cases", options.cases, "folder of the instructions' cases")->capture_default_str();
  app.add_flag("--no-figures", no_figures, "measure nothing");
  app.add_flag("--rehearse", rehearse, "measure small pictures and judge no figure: for a GPU that is only pretended");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kHeldCode : kUsageCode;
  }
  options.figures = no_figures ? Figures::kNone : rehearse ? Figures::kRehearsed : Figures::kJudged;
  return check(options);
}

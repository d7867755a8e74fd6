// Every teaching kernel on both devices.
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "compute/base/paths.h"
#include "compute/device/virtual_device.h"
#include "compute/kernels/catalogue.h"
#include "compute/ptx/parser.h"
#include "compute/session/place_arguments.h"
#include "tests/gpu_check/compare.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

using kernels::Flavour;
using kernels::Kernel;

base::Result<std::shared_ptr<const ptx::Module>> module_of(const Kernel& kernel, Flavour flavour) {
  const auto path = base::find_asset(kernels::ptx_asset(kernel, flavour));
  if (!path) return tl::unexpected(path.error());
  std::ifstream file(*path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  auto parsed = ptx::parse(text.str(), path->filename().string());
  if (!parsed) return tl::unexpected(parsed.error().front());
  return std::make_shared<const ptx::Module>(std::move(*parsed));
}

// A buffer behind a launch.
struct Buffer {
  std::size_t argument = 0;
  kernels::ElementType type = kernels::ElementType::kU8;
  std::vector<std::uint8_t> bytes;
};

base::Result<std::vector<Buffer>> take_buffers(device::Device& device,
                                               const std::vector<session::PlacedArgument>& placed) {
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (placed[i].address == 0 || placed[i].surface || placed[i].same_as >= 0) continue;
    Buffer buffer{i, placed[i].type, std::vector<std::uint8_t>(placed[i].size_bytes)};
    if (auto read = device.read(placed[i].address, buffer.bytes); !read) return tl::unexpected(read.error());
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

base::Result<void> set_symbols(device::Device& device, const Kernel& kernel) {
  for (const kernels::NamedInput& symbol : kernel.symbols) {
    const auto contents = kernels::parse_argument(symbol.spec);
    if (!contents) return tl::unexpected(contents.error());
    if (auto set = device.set_symbol(symbol.name, contents->bytes); !set) return set;
  }
  return {};
}

base::Result<std::vector<Buffer>> launch(device::Device& device, const Kernel& kernel,
                                         const std::vector<session::PlacedArgument>& placed) {
  device::LaunchRequest request;
  request.kernel = kernel.name;
  request.grid = kernel.grid;
  request.block = kernel.block;
  request.dynamic_shared_bytes = kernel.shared_bytes;
  for (const session::PlacedArgument& argument : placed) request.arguments.push_back(argument.bytes);
  const auto report = device.launch(request, {});
  if (!report) return tl::unexpected(report.error());
  if (report->fault) return base::fail("the kernel faulted: " + report->fault->message);
  return take_buffers(device, placed);
}

base::Result<std::vector<Buffer>> run(device::Device& device, const Kernel& kernel,
                                      const std::shared_ptr<const ptx::Module>& module) {
  if (auto loaded = device.load(module); !loaded) return tl::unexpected(loaded.error().front());
  if (auto set = set_symbols(device, kernel); !set) return tl::unexpected(set.error());
  std::vector<std::string> specs;
  for (const kernels::NamedInput& argument : kernel.arguments) specs.emplace_back(argument.spec);
  const auto placed = session::place_arguments(device, specs);
  if (!placed) return tl::unexpected(placed.error());
  const std::uint64_t before = device.rebuilds();
  auto buffers = launch(device, kernel, *placed);
  for (const session::PlacedArgument& argument : *placed) {
    const bool own = argument.address != 0 && !argument.surface && argument.same_as < 0;
    if (own && device.rebuilds() == before) (void)device.free(argument.address);
  }
  return buffers;
}

Row failed(Row row, std::string why) {
  row.verdict = Verdict::kFailed;
  row.note = std::move(why);
  return row;
}

Row compare_kernel(device::CudaDevice& gpu, const Kernel& kernel, Flavour flavour) {
  Row row{Verdict::kHeld, {std::string(kernel.name), flavour == Flavour::kDebug ? "debug" : "optimised", ""}, ""};
  if (!kernel.findings.empty()) {
    row.verdict = Verdict::kSkipped;
    row.note = "it has a bug to be found, with which its result is open";
    return row;
  }
  const auto module = module_of(kernel, flavour);
  if (!module) return failed(row, module.error().text());
  device::VirtualDevice virtual_gpu;
  const auto expected = run(virtual_gpu, kernel, *module);
  if (!expected) return failed(row, "on the virtual GPU: " + expected.error().text());
  const auto got = run(gpu, kernel, *module);
  if (!got) return failed(row, "on the GPU: " + got.error().text());
  Difference difference;
  for (std::size_t i = 0; i < expected->size(); ++i) {
    difference = worse(difference, compare((*expected)[i].type, (*expected)[i].bytes, (*got)[i].bytes));
  }
  const Allowance allowance = allowance_of(**module, kernel.name);
  row.cells[2] = difference.text();
  row.note = allowance.why;
  if (!difference.within(allowance)) row.verdict = Verdict::kFailed;
  return row;
}

}  // namespace

Section check_kernels(device::CudaDevice& gpu) {
  Section section{
      "Teaching kernels",
      fmt::format("Every kernel with its own launch on both devices, all of its buffers compared. Bit for bit, "
                  "but where the note says what is open: then floats within {:.0e} of the largest value, and "
                  "at most {:.0f} % of integers.",
                  kOpenFloat, 100 * kOpenIntegers),
      {"kernel", "compiled", "values"},
      {}};
  for (const Kernel& kernel : kernels::catalogue()) {
    for (const Flavour flavour : {Flavour::kOptimised, Flavour::kDebug}) {
      section.rows.push_back(compare_kernel(gpu, kernel, flavour));
    }
  }
  return section;
}

}  // namespace warpscope::gpu_check

// Every teaching kernel on both devices.
#include <fmt/format.h>

#include "compute/device/virtual_device.h"
#include "tests/gpu_check/compare.h"
#include "tests/gpu_check/launched.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

using kernels::Flavour;
using kernels::Kernel;

base::Result<std::vector<Buffer>> run(device::Device& device, const Kernel& kernel,
                                      const std::shared_ptr<const ptx::Module>& module) {
  if (auto loaded = device.load(module); !loaded) return tl::unexpected(loaded.error().front());
  if (auto set = set_symbols(device, kernel); !set) return tl::unexpected(set.error());
  const auto arguments = Arguments::place(device, kernel);
  if (!arguments) return tl::unexpected(arguments.error());
  const auto report = device.launch((*arguments)->request(kernel, kernel.name), {});
  if (!report) return tl::unexpected(report.error());
  if (report->fault) return base::fail("the kernel faulted: " + report->fault->message);
  return (*arguments)->buffers();
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

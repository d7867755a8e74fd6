// Every shipped kernel's own launch on CudaDevice (over the stand-in driver) and on VirtualDevice: the same bytes.
#include <fstream>
#include <iterator>

#include "compute/device/virtual_device.h"
#include "compute/kernels/catalogue.h"
#include "compute/session/place_arguments.h"
#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

std::shared_ptr<const ptx::Module> shipped(const kernels::Kernel& kernel) {
  const std::string path =
      std::string(WARPSCOPE_SOURCE_DIR) + "/assets/" + kernels::ptx_asset(kernel, kernels::Flavour::kOptimised);
  std::ifstream in(path, std::ios::binary);
  auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), path);
  EXPECT_TRUE(module) << path;
  return module ? std::make_shared<const ptx::Module>(std::move(*module)) : nullptr;
}

struct Outcome {
  bool faulted = false;
  std::vector<testing::Bytes> outputs;
};

Outcome run(Device& device, const kernels::Kernel& kernel) {
  Outcome outcome;
  const auto loaded = device.load(shipped(kernel));
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().front().text());
  for (const kernels::NamedInput& symbol : kernel.symbols) {
    const auto contents = kernels::parse_argument(symbol.spec);
    EXPECT_TRUE(contents && device.set_symbol(symbol.name, contents->bytes)) << symbol.name;
  }
  std::vector<std::string> specs;
  for (const kernels::NamedInput& argument : kernel.arguments) specs.emplace_back(argument.spec);
  const auto placed = session::place_arguments(device, specs);
  EXPECT_TRUE(placed) << (placed ? "" : placed.error().text());
  if (!loaded || !placed) return outcome;
  LaunchRequest request{std::string(kernel.name), kernel.grid, kernel.block, kernel.shared_bytes, {}, {}};
  for (const session::PlacedArgument& argument : *placed) request.arguments.push_back(argument.bytes);
  const auto report = device.launch(request, {});
  EXPECT_TRUE(report) << (report ? "" : report.error().text());
  if (!report) return outcome;
  outcome.faulted = report->fault.has_value();
  if (outcome.faulted) return outcome;
  for (const int index : kernel.outputs) {
    const session::PlacedArgument& argument = (*placed)[static_cast<std::size_t>(index)];
    testing::Bytes bytes(argument.size_bytes);
    EXPECT_TRUE(device.read(argument.address, bytes));
    outcome.outputs.push_back(std::move(bytes));
  }
  return outcome;
}

class SameResults : public testing::StandIn {};

TEST_F(SameResults, OfEveryShippedKernel) {
  const std::unique_ptr<CudaDevice> cuda = open();
  ASSERT_NE(cuda, nullptr);
  int compared = 0;
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    SCOPED_TRACE(std::string(kernel.name));
    VirtualDevice other;
    const Outcome expected = run(other, kernel);
    const Outcome seen = run(*cuda, kernel);
    EXPECT_EQ(seen.faulted, expected.faulted);
    ASSERT_EQ(seen.outputs.size(), expected.outputs.size());
    for (std::size_t i = 0; i < seen.outputs.size(); ++i) {
      EXPECT_EQ(seen.outputs[i], expected.outputs[i]) << "output " << i;
      compared += seen.outputs[i].empty() ? 0 : 1;
    }
  }
  EXPECT_GE(compared, 20) << "most kernels have an output";
}

}  // namespace
}  // namespace warpscope::device

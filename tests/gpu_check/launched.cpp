#include "tests/gpu_check/launched.h"

#include <fstream>
#include <sstream>

#include "compute/base/paths.h"
#include "compute/ptx/parser.h"

namespace warpscope::gpu_check {
namespace {

// Allocated for this argument, not shared with another.
bool is_own_buffer(const session::PlacedArgument& argument) {
  return argument.address != 0 && !argument.surface && argument.same_as < 0;
}

}  // namespace

base::Result<std::shared_ptr<const ptx::Module>> module_of(const kernels::Kernel& kernel, kernels::Flavour flavour) {
  const auto path = base::find_asset(kernels::ptx_asset(kernel, flavour));
  if (!path) return tl::unexpected(path.error());
  std::ifstream file(*path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  auto parsed = ptx::parse(text.str(), path->filename().string());
  if (!parsed) return tl::unexpected(parsed.error().front());
  return std::make_shared<const ptx::Module>(std::move(*parsed));
}

base::Result<void> set_symbols(device::Device& device, const kernels::Kernel& kernel) {
  for (const kernels::NamedInput& symbol : kernel.symbols) {
    const auto contents = kernels::parse_argument(symbol.spec);
    if (!contents) return tl::unexpected(contents.error());
    if (auto set = device.set_symbol(symbol.name, contents->bytes); !set) return set;
  }
  return {};
}

Arguments::Arguments(device::Device& device, std::vector<session::PlacedArgument> placed)
    : device_(device), placed_(std::move(placed)), rebuilds_(device.rebuilds()) {}

Arguments::~Arguments() {
  if (device_.rebuilds() != rebuilds_) return;
  for (const session::PlacedArgument& argument : placed_) {
    if (is_own_buffer(argument)) (void)device_.free(argument.address);
  }
}

base::Result<std::unique_ptr<Arguments>> Arguments::place(device::Device& device, const kernels::Kernel& kernel) {
  std::vector<std::string> specs;
  for (const kernels::NamedInput& argument : kernel.arguments) specs.emplace_back(argument.spec);
  auto placed = session::place_arguments(device, specs);
  if (!placed) return tl::unexpected(placed.error());
  return std::unique_ptr<Arguments>(new Arguments(device, std::move(*placed)));
}

device::LaunchRequest Arguments::request(const kernels::Kernel& kernel, std::string_view entry) const {
  device::LaunchRequest request;
  request.kernel = entry;
  request.grid = kernel.grid;
  request.block = kernel.block;
  request.dynamic_shared_bytes = kernel.shared_bytes;
  for (const session::PlacedArgument& argument : placed_) request.arguments.push_back(argument.bytes);
  return request;
}

base::Result<std::vector<Buffer>> Arguments::buffers() const {
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    if (!is_own_buffer(placed_[i])) continue;
    Buffer buffer{i, placed_[i].type, std::vector<std::uint8_t>(placed_[i].size_bytes)};
    if (auto read = device_.read(placed_[i].address, buffer.bytes); !read) return tl::unexpected(read.error());
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

}  // namespace warpscope::gpu_check

#include "compute/session/place_arguments.h"

#include <fmt/format.h>

namespace warpscope::session {
namespace {

std::vector<std::uint8_t> bytes_of(std::uint64_t value) {
  std::vector<std::uint8_t> bytes(8);
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

base::Result<PlacedArgument> place_buffer(device::Device& device, const kernels::Argument& argument, int index) {
  PlacedArgument placed;
  const auto address = device.allocate(argument.bytes.size(), fmt::format("argument {}", index));
  if (!address) return tl::unexpected(address.error());
  if (auto done = device.write(*address, argument.bytes); !done) return tl::unexpected(done.error());
  placed.address = *address;
  placed.size_bytes = argument.bytes.size();
  placed.bytes = bytes_of(*address);
  return placed;
}

base::Result<PlacedArgument> place_surface(device::Device& device, const kernels::Argument& argument) {
  PlacedArgument placed;
  const bool surface = argument.kind == kernels::Argument::Kind::kSurface;
  const auto handle = surface ? device.add_surface(argument.texture) : device.add_texture(argument.texture);
  if (!handle) return tl::unexpected(handle.error());
  placed.address = *handle;
  placed.surface = true;
  placed.bytes = bytes_of(*handle);
  return placed;
}

base::Result<PlacedArgument> place(device::Device& device, const kernels::Argument& argument, int index,
                                   const std::vector<PlacedArgument>& earlier) {
  PlacedArgument placed;
  switch (argument.kind) {
    case kernels::Argument::Kind::kValue:
      placed.bytes = argument.bytes;
      return placed;
    case kernels::Argument::Kind::kBuffer:
      return place_buffer(device, argument, index);
    case kernels::Argument::Kind::kNull:
      placed.bytes = bytes_of(0);
      return placed;
    case kernels::Argument::Kind::kSame: {
      const auto same = static_cast<std::size_t>(argument.same_as);
      if (same >= earlier.size() || earlier[same].address == 0) {
        return base::fail(fmt::format("argument {}: same:{} does not name an earlier buffer", index, argument.same_as));
      }
      placed = earlier[same];
      placed.same_as = argument.same_as;
      return placed;
    }
    case kernels::Argument::Kind::kTexture:
    case kernels::Argument::Kind::kSurface:
      return place_surface(device, argument);
  }
  return placed;
}

}  // namespace

base::Result<std::vector<PlacedArgument>> place_arguments(device::Device& device, std::span<const std::string> specs) {
  std::vector<PlacedArgument> all;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    auto argument = kernels::parse_argument(specs[i]);
    if (!argument) {
      argument.error().message = fmt::format("argument {}: {}", i, argument.error().message);
      return tl::unexpected(argument.error());
    }
    auto placed = place(device, *argument, static_cast<int>(i), all);
    if (!placed) return tl::unexpected(placed.error());
    if (argument->kind != kernels::Argument::Kind::kSame) placed->type = argument->type;
    all.push_back(std::move(*placed));
  }
  return all;
}

base::Result<void> set_symbols(device::Device& device, std::span<const StepArgument> symbols) {
  for (const StepArgument& symbol : symbols) {
    const auto value = kernels::parse_argument(symbol.spec);
    if (!value) return base::fail(fmt::format("{}: {}", symbol.name, value.error().message));
    if (auto done = device.set_symbol(symbol.name, value->bytes); !done) return done;
  }
  return {};
}

}  // namespace warpscope::session

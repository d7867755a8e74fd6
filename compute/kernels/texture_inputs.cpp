#include "compute/kernels/texture_inputs.h"

#include <fmt/format.h>

#include <charconv>

namespace warpscope::kernels {
namespace {

using vgpu::AddressMode;
using vgpu::TexelType;
using vgpu::Texture;

constexpr int kMaxTexels =
    1 << 17;  // along one direction, as the largest GPUs have for 1D textures

base::Result<void> read_size(std::string_view text, Texture& texture) {
  const auto sizes = split(text, 'x');
  int* const sides[] = {&texture.width, &texture.height, &texture.depth};
  if (sizes.size() > 3) return base::fail(fmt::format("'{}' has more than three dimensions", text));
  texture.dimensions = static_cast<int>(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    int& side = *sides[i];
    const auto [end, error] =
        std::from_chars(sizes[i].data(), sizes[i].data() + sizes[i].size(), side);
    if (error != std::errc{} || end != sizes[i].data() + sizes[i].size() || side < 1 ||
        side > kMaxTexels) {
      return base::fail(fmt::format("'{}' is no size; write W, WxH or WxHxD, each from 1 to {}",
                                    text, kMaxTexels));
    }
  }
  return {};
}

std::optional<TexelType> texel_type(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return TexelType::kU8;
    case ElementType::kU16:
      return TexelType::kU16;
    case ElementType::kU32:
      return TexelType::kU32;
    case ElementType::kI8:
      return TexelType::kS8;
    case ElementType::kI16:
      return TexelType::kS16;
    case ElementType::kI32:
      return TexelType::kS32;
    case ElementType::kF16:
      return TexelType::kF16;
    case ElementType::kF32:
      return TexelType::kF32;
    default:
      return std::nullopt;
  }
}

// "f32", "u8x4"
base::Result<ElementType> read_texel(std::string_view text, Texture& texture) {
  const auto parts = split(text, 'x');
  const auto type = element_type(parts[0]);
  if (!type) return type;
  const auto texel = texel_type(*type);
  if (!texel) return base::fail(fmt::format("no texture has texels of {}", parts[0]));
  texture.type = *texel;
  if (parts.size() == 1) return type;
  if (parts.size() > 2 || (parts[1] != "1" && parts[1] != "2" && parts[1] != "4")) {
    return base::fail(fmt::format("'{}': a texel has 1, 2 or 4 channels", text));
  }
  texture.channels = parts[1][0] - '0';
  return type;
}

base::Result<void> read_option(std::string_view option, Texture& texture) {
  if (option == "point") {
    texture.linear = false;
  } else if (option == "linear") {
    texture.linear = true;
  } else if (option == "clamp") {
    texture.address_modes.fill(AddressMode::kClamp);
  } else if (option == "wrap") {
    texture.address_modes.fill(AddressMode::kWrap);
  } else if (option == "mirror") {
    texture.address_modes.fill(AddressMode::kMirror);
  } else if (option == "border") {
    texture.address_modes.fill(AddressMode::kBorder);
  } else if (option == "normalized") {
    texture.normalized_coordinates = true;
  } else {
    return base::fail(fmt::format(
        "'{}' is no option; there are point, linear, clamp, wrap, mirror, border and normalized",
        option));
  }
  return {};
}

}  // namespace

base::Result<Argument> parse_texture(std::span<const std::string_view> parts) {
  const bool from_file = parts.size() > 3 && parts[3].starts_with('@');
  const std::size_t options = from_file ? 4 : 5;
  if (parts.size() < options) {
    return base::fail(
        "a texture is tex:WxH[xD]:TYPE[xCHANNELS]:@FILE|rand:SEED, then options such as "
        ":linear:wrap");
  }
  Argument argument{.kind =
                        parts[0] == "tex" ? Argument::Kind::kTexture : Argument::Kind::kSurface};
  Texture& texture = argument.texture;
  if (const auto size = read_size(parts[1], texture); !size) return tl::unexpected(size.error());
  const auto type = read_texel(parts[2], texture);
  if (!type) return tl::unexpected(type.error());
  argument.type = *type;

  const std::uint64_t count = std::uint64_t(texture.width) * std::uint64_t(texture.height) *
                              std::uint64_t(texture.depth) * std::uint64_t(texture.channels);
  auto texels = from_file ? read_input_file(std::string(parts[3].substr(1)))
                          : make_contents(*type, count, parts.subspan(3, 2));
  if (!texels) return tl::unexpected(texels.error());
  if (texels->size() != count * static_cast<std::uint64_t>(bytes_of(*type))) {
    return base::fail(fmt::format("'{}' has {} bytes, the texture {}", parts[3], texels->size(),
                                  count * static_cast<std::uint64_t>(bytes_of(*type))));
  }
  texture.texels = std::move(*texels);

  for (const std::string_view option : parts.subspan(options)) {
    if (const auto read = read_option(option, texture); !read) return tl::unexpected(read.error());
  }
  // As in CUDA: filtered integers are fractions of their largest value, for there is nothing
  // between two integers.
  texture.normalized_read =
      texture.linear && texture.type != TexelType::kF16 && texture.type != TexelType::kF32;
  return argument;
}

}  // namespace warpscope::kernels

#include "compute/vgpu/access/texture_sampling.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "compute/vgpu/access/half_float.h"

namespace warpscope::vgpu {

int bytes_of(TexelType type) {
  switch (type) {
    case TexelType::kU8:
    case TexelType::kS8:
      return 1;
    case TexelType::kU16:
    case TexelType::kS16:
    case TexelType::kF16:
      return 2;
    case TexelType::kU32:
    case TexelType::kS32:
    case TexelType::kF32:
      break;
  }
  return 4;
}

namespace access {
namespace {

// Weights have 8 bits behind the point (1.8 fixed point in the guide).
constexpr int kWeightBits = 8;
constexpr double kWeightSteps = 1 << kWeightBits;
constexpr double kFarAway = 1e12;  // beyond any texture, and well within an integer

std::int32_t raw_channel(const Texture& texture, std::size_t offset) {
  const std::uint8_t* at = texture.texels.data() + offset;
  const auto read = [&]<class T>(T value) {
    std::memcpy(&value, at, sizeof value);
    return static_cast<std::int32_t>(value);
  };
  switch (texture.type) {
    case TexelType::kU8:
      return read(std::uint8_t{});
    case TexelType::kS8:
      return read(std::int8_t{});
    case TexelType::kU16:
    case TexelType::kF16:
      return read(std::uint16_t{});
    case TexelType::kS16:
      return read(std::int16_t{});
    default:
      return read(std::int32_t{});
  }
}

// The value of a channel of a texture that reads_floats().
float float_channel(const Texture& texture, std::int32_t raw) {
  switch (texture.type) {
    case TexelType::kU8:
      return static_cast<float>(raw) / 255.0F;
    case TexelType::kU16:
      return static_cast<float>(raw) / 65535.0F;
    case TexelType::kS8:
      return std::max(static_cast<float>(raw) / 127.0F, -1.0F);
    case TexelType::kS16:
      return std::max(static_cast<float>(raw) / 32767.0F, -1.0F);
    case TexelType::kF16:
      return float_of_half(static_cast<std::uint16_t>(raw));
    default:
      return std::bit_cast<float>(raw);
  }
}

// The texel an index means; none: the border, which is black.
std::optional<std::int64_t> wrapped(AddressMode mode, std::int64_t i, std::int64_t size) {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case AddressMode::kWrap:
      return (i % size + size) % size;
    case AddressMode::kMirror: {
      const std::int64_t period = (i % (2 * size) + 2 * size) % (2 * size);
      return period < size ? period : 2 * size - 1 - period;
    }
    case AddressMode::kClamp:
      return std::clamp<std::int64_t>(i, 0, size - 1);
    case AddressMode::kBorder:
      break;
  }
  return std::nullopt;
}

// A fetch with its coordinates in texels.
struct Fetch {
  const Texture& texture;
  int dimensions = 1;
  std::int64_t layer = 0;
  std::array<double, 3> at{};
  std::array<AddressMode, 3> modes{};

  std::int64_t size(int axis) const { return axis == 0 ? texture.width : axis == 1 ? texture.height : texture.depth; }

  // Offset of the texel with these indices; none: the border.
  std::optional<std::size_t> find(std::array<std::int64_t, 3> index) const {
    for (int axis = 0; axis < 3; ++axis) {
      auto& i = index[static_cast<std::size_t>(axis)];
      if (axis >= dimensions) {
        i = 0;
        continue;
      }
      const auto inside = wrapped(modes[static_cast<std::size_t>(axis)], i, size(axis));
      if (!inside) return std::nullopt;
      i = *inside;
    }
    return texel_offset(texture, layer, index[0], index[1], index[2]);
  }

  TexelBits read(std::array<std::int64_t, 3> index) const {
    const bool floats = reads_floats(texture);
    TexelBits out{};
    const auto offset = find(index);
    if (!offset) return out;
    out[3] = floats ? std::bit_cast<std::uint32_t>(1.0F) : 1U;
    for (int c = 0; c < texture.channels; ++c) {
      const std::int32_t raw = raw_channel(texture, *offset + static_cast<std::size_t>(c * bytes_of(texture.type)));
      out[static_cast<std::size_t>(c)] =
          floats ? std::bit_cast<std::uint32_t>(float_channel(texture, raw)) : static_cast<std::uint32_t>(raw);
    }
    return out;
  }
};

// std::floor() is a call on hosts without an instruction for it. Within kFarAway.
std::int64_t floor_of(double x) {
  const auto whole = static_cast<std::int64_t>(x);
  return static_cast<double>(whole) > x ? whole - 1 : whole;
}

double sane(double x) {
  return std::isnan(x) ? 0.0 : std::clamp(x, -kFarAway, kFarAway);
}

// The face of a cube a direction points at, and where on it, in [0, 1].
void project_on_cube(Fetch& fetch, const std::array<double, 3>& direction) {
  const auto [x, y, z] = direction;
  const double ax = std::fabs(x), ay = std::fabs(y), az = std::fabs(z);
  double s = 0, t = 0, m = 1;
  std::int64_t face = 0;
  if (ax >= ay && ax >= az) {
    face = x >= 0 ? 0 : 1, m = ax, s = x >= 0 ? -z : z, t = -y;
  } else if (ay >= az) {
    face = y >= 0 ? 2 : 3, m = ay, s = x, t = y >= 0 ? z : -z;
  } else {
    face = z >= 0 ? 4 : 5, m = az, s = z >= 0 ? x : -x, t = -y;
  }
  if (m == 0) m = 1;
  fetch.layer = fetch.layer * 6 + face;
  fetch.at = {sane((s / m + 1) / 2 * fetch.texture.width), sane((t / m + 1) / 2 * fetch.texture.height), 0};
  fetch.modes = {AddressMode::kClamp, AddressMode::kClamp, AddressMode::kClamp};
}

Fetch prepare(const Texture& texture, Geometry geometry, const Coordinates& coordinates) {
  const bool is_cube = geometry == Geometry::kCube || geometry == Geometry::kLayeredCube;
  Fetch fetch{texture, is_cube ? 2 : dimensions_of(geometry)};
  const std::int64_t layers = std::max(1, is_cube ? texture.layers / 6 : texture.layers);
  fetch.layer = is_layered(geometry) ? std::clamp<std::int64_t>(coordinates.layer, 0, layers - 1) : 0;
  if (is_cube) {
    project_on_cube(fetch, coordinates.at);
    return fetch;
  }
  const bool normalized = texture.normalized_coordinates && !coordinates.integers;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    fetch.at[axis] =
        sane(coordinates.at[axis] * (normalized ? static_cast<double>(fetch.size(static_cast<int>(axis))) : 1));
    fetch.modes[axis] = texture.address_modes[axis];
    // Only normalised coordinates wrap and mirror; others clamp.
    const bool repeats = fetch.modes[axis] == AddressMode::kWrap || fetch.modes[axis] == AddressMode::kMirror;
    if (repeats && !normalized) fetch.modes[axis] = AddressMode::kClamp;
  }
  // tex1Dfetch: outside the range it reads 0.
  if (coordinates.integers && geometry == Geometry::k1D) fetch.modes[0] = AddressMode::kBorder;
  return fetch;
}

// The texel to the left of each coordinate, and the weight of its right neighbour.
struct Corner {
  std::array<std::int64_t, 3> index{};
  std::array<double, 3> weight{};
};

Corner corner_of(const Fetch& fetch) {
  Corner corner;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(fetch.dimensions); ++axis) {
    const std::int64_t steps = floor_of((fetch.at[axis] - 0.5) * kWeightSteps + 0.5);
    corner.index[axis] = steps >> kWeightBits;
    corner.weight[axis] = static_cast<double>(steps & ((1 << kWeightBits) - 1)) / kWeightSteps;
  }
  return corner;
}

TexelBits filter(const Fetch& fetch) {
  const Texture& texture = fetch.texture;
  const Corner corner = corner_of(fetch);
  // The two neighbours along each axis: their texels (-1: the border) and weights.
  std::int64_t index[3][2] = {};
  double weight[3][2] = {{1, 0}, {1, 0}, {1, 0}};
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(fetch.dimensions); ++axis) {
    for (int right = 0; right < 2; ++right) {
      index[axis][right] =
          wrapped(fetch.modes[axis], corner.index[axis] + right, fetch.size(static_cast<int>(axis))).value_or(-1);
    }
    weight[axis][0] = 1 - corner.weight[axis];
    weight[axis][1] = corner.weight[axis];
  }
  const int bytes = bytes_of(texture.type);
  std::array<double, 4> sum{};
  for (unsigned neighbour = 0; neighbour < 1U << fetch.dimensions; ++neighbour) {
    const unsigned x = neighbour & 1U, y = neighbour >> 1 & 1U, z = neighbour >> 2;
    const double w = weight[0][x] * weight[1][y] * weight[2][z];
    // An infinity next door that has no weight does not matter, and the border is black.
    if (w == 0 || index[0][x] < 0 || index[1][y] < 0 || index[2][z] < 0) continue;
    const std::size_t offset = texel_offset(texture, fetch.layer, index[0][x], index[1][y], index[2][z]);
    for (int c = 0; c < texture.channels; ++c) {
      const std::int32_t raw = raw_channel(texture, offset + static_cast<std::size_t>(c * bytes));
      sum[static_cast<std::size_t>(c)] += w * static_cast<double>(float_channel(texture, raw));
    }
    if (texture.channels < 4) sum[3] += w;
  }
  TexelBits out;
  for (std::size_t c = 0; c < 4; ++c) out[c] = std::bit_cast<std::uint32_t>(static_cast<float>(sum[c]));
  return out;
}

}  // namespace

int dimensions_of(Geometry geometry) {
  switch (geometry) {
    case Geometry::k1D:
    case Geometry::kLayered1D:
      return 1;
    case Geometry::k2D:
    case Geometry::kLayered2D:
      return 2;
    default:
      return 3;
  }
}

bool is_layered(Geometry geometry) {
  return geometry == Geometry::kLayered1D || geometry == Geometry::kLayered2D || geometry == Geometry::kLayeredCube;
}

bool reads_floats(const Texture& texture) {
  const bool is_float = texture.type == TexelType::kF32 || texture.type == TexelType::kF16;
  return is_float || (texture.normalized_read && bytes_of(texture.type) < 4);
}

std::size_t texel_offset(const Texture& texture, std::int64_t layer, std::int64_t x, std::int64_t y, std::int64_t z) {
  const std::int64_t index = ((layer * texture.depth + z) * texture.height + y) * texture.width + x;
  return static_cast<std::size_t>(index) * static_cast<std::size_t>(texture.channels * bytes_of(texture.type));
}

TexelBits sample(const Texture& texture, Geometry geometry, const Coordinates& coordinates) {
  const Fetch fetch = prepare(texture, geometry, coordinates);
  if (texture.linear && reads_floats(texture) && !coordinates.integers) return filter(fetch);
  std::array<std::int64_t, 3> index{};
  for (std::size_t axis = 0; axis < 3; ++axis) index[axis] = floor_of(fetch.at[axis]);
  return fetch.read(index);
}

TexelBits gather(const Texture& texture, Geometry geometry, const Coordinates& coordinates, int channel) {
  const Fetch fetch = prepare(texture, geometry, coordinates);
  const Corner corner = corner_of(fetch);
  static constexpr std::array<std::array<std::int64_t, 2>, 4> kOrder{{{0, 1}, {1, 1}, {1, 0}, {0, 0}}};
  TexelBits out;
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = fetch.read(
        {corner.index[0] + kOrder[i][0], corner.index[1] + kOrder[i][1], 0})[static_cast<std::size_t>(channel)];
  }
  return out;
}

}  // namespace access
}  // namespace warpscope::vgpu

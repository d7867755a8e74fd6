#include "compute/kernels/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>

#include "compute/drawings/prepare.h"
#include "compute/kernels/texture_inputs.h"

namespace warpscope::kernels {
namespace {

using Parts = std::span<const std::string_view>;

constexpr std::array<std::pair<std::string_view, int>, 11> kTypes{{
    {"i8", 1},
    {"i16", 2},
    {"i32", 4},
    {"i64", 8},
    {"u8", 1},
    {"u16", 2},
    {"u32", 4},
    {"u64", 8},
    {"f16", 2},
    {"f32", 4},
    {"f64", 8},
}};

struct Half {
  std::uint16_t bits = 0;
};

// To the nearest, halfway cases to even.
Half to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  if (std::isnan(value)) return {static_cast<std::uint16_t>(sign | 0x7fff)};
  const float magnitude = std::fabs(value);
  if (magnitude == 0) return {sign};
  if (magnitude >= 65520.0F) return {static_cast<std::uint16_t>(sign | 0x7c00)};
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude < 2^exponent
  const int last_place = std::max(exponent, -13) - 11;
  const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -last_place)));
  // `units` has 11 bits in a normal number, the uppermost of which adds 1 to the exponent's field.
  return {static_cast<std::uint16_t>(sign + (static_cast<std::uint32_t>(last_place + 24) << 10) +
                                     units)};
}

template <class T>
constexpr bool kIsFloat = std::floating_point<T> || std::same_as<T, Half>;

// Calls visit(T{}) with the type of an element.
template <class Visit>
auto visit_type(ElementType type, Visit&& visit) {
  switch (type) {
    case ElementType::kI8:
      return visit(std::int8_t{});
    case ElementType::kI16:
      return visit(std::int16_t{});
    case ElementType::kI32:
      return visit(std::int32_t{});
    case ElementType::kI64:
      return visit(std::int64_t{});
    case ElementType::kU8:
      return visit(std::uint8_t{});
    case ElementType::kU16:
      return visit(std::uint16_t{});
    case ElementType::kU32:
      return visit(std::uint32_t{});
    case ElementType::kU64:
      return visit(std::uint64_t{});
    case ElementType::kF16:
      return visit(Half{});
    case ElementType::kF32:
      return visit(float{});
    case ElementType::kF64:
      break;
  }
  return visit(double{});
}

template <class T, class Number>
T element_from(Number number) {
  if constexpr (std::same_as<T, Half>) {
    return to_half(static_cast<float>(number));
  } else {
    return static_cast<T>(number);
  }
}

// -128 to 255 for a byte, signed or not: bit patterns are often written unsigned.
template <std::integral T>
std::optional<T> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), magnitude, hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  using Unsigned = std::make_unsigned_t<T>;
  const std::uint64_t half = 1ULL << (8 * sizeof(T) - 1);
  if (negative ? magnitude > half || std::unsigned_integral<T>
               : magnitude > std::numeric_limits<Unsigned>::max()) {
    return std::nullopt;
  }
  return static_cast<T>(negative ? -magnitude : magnitude);
}

template <std::floating_point T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <std::same_as<Half> T>
std::optional<T> parse_number(std::string_view text) {
  const auto value = parse_number<float>(text);
  return value ? std::optional(to_half(*value)) : std::nullopt;
}

template <class T>
base::Result<T> number(std::string_view text, std::string_view type) {
  if (const auto value = parse_number<T>(text)) return *value;
  return base::fail(fmt::format("'{}' is no {}; {}", text, type,
                                kIsFloat<T> ? "write 1.5, -2e3, inf or nan"
                                            : "write an integer in its range, decimal or 0x..."));
}

template <class T>
void append(std::vector<std::uint8_t>& bytes, T value) {
  std::array<std::uint8_t, sizeof(T)> raw{};
  std::memcpy(raw.data(), &value, sizeof(T));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

// ---- Contents of buffers

template <class T, class At>
std::vector<std::uint8_t> fill(std::uint64_t count, At&& at) {
  std::vector<std::uint8_t> bytes(count * sizeof(T));
  for (std::uint64_t i = 0; i < count; ++i) {
    const T value = at(i);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

template <class T>
base::Result<std::vector<std::uint8_t>> random_bytes(std::uint64_t count, Parts how) {
  const auto seed = number<std::uint32_t>(how[1], "seed");
  if (!seed) return tl::unexpected(seed.error());
  std::mt19937 generator(*seed);
  if constexpr (kIsFloat<T>) {
    using Drawn = std::conditional_t<std::same_as<T, Half>, float, T>;
    const auto lowest =
        how.size() > 3 ? number<Drawn>(how[2], "bound") : base::Result<Drawn>(Drawn{0});
    if (!lowest) return tl::unexpected(lowest.error());
    const auto bound =
        how.size() > 2 ? number<Drawn>(how.back(), "bound") : base::Result<Drawn>(Drawn{1});
    if (!bound) return tl::unexpected(bound.error());
    if (!(*bound > *lowest) || !std::isfinite(*bound - *lowest))
      return base::fail(
          fmt::format("the bound {} is not above {}", how.back(), how.size() > 3 ? how[2] : "0"));
    std::uniform_real_distribution<Drawn> draw(*lowest, *bound);
    return fill<T>(count, [&](std::uint64_t) { return element_from<T>(draw(generator)); });
  } else {
    if (how.size() > 3)
      return base::fail("a lowest value is for floats; write rand:SEED or rand:SEED:BOUND");
    if (how.size() == 2)
      return fill<T>(count, [&](std::uint64_t) { return static_cast<T>(generator()); });
    const auto bound = number<std::uint32_t>(how[2], "bound");
    if (!bound) return tl::unexpected(bound.error());
    if (*bound == 0) return base::fail("the bound 0 is not above 0");
    return fill<T>(count, [&](std::uint64_t) { return static_cast<T>(generator() % *bound); });
  }
}

template <class T>
base::Result<std::vector<std::uint8_t>> listed_bytes(std::uint64_t count, std::string_view list,
                                                     std::string_view type) {
  std::vector<std::uint8_t> bytes;
  const std::vector<std::string_view> values = split(list, ',');
  if (values.size() != count) {
    return base::fail(fmt::format("the list has {} values for {} elements", values.size(), count));
  }
  for (const std::string_view text : values) {
    const auto value = number<T>(text, type);
    if (!value) return tl::unexpected(value.error());
    append(bytes, *value);
  }
  return bytes;
}

template <class T>
base::Result<std::vector<std::uint8_t>> contents(std::uint64_t count, Parts how,
                                                 std::string_view type) {
  const std::string_view way = how[0];
  const std::size_t words = how.size();
  if (way == "zero" && words == 1) return std::vector<std::uint8_t>(count * sizeof(T));
  if (way == "ones" && words == 1)
    return fill<T>(count, [](std::uint64_t) { return element_from<T>(1); });
  if (way == "iota" && words == 1)
    return fill<T>(count, [](std::uint64_t i) { return element_from<T>(i); });
  if (way == "rand" && words >= 2 && words <= 4) return random_bytes<T>(count, how);
  if (way == "list" && words == 2) return listed_bytes<T>(count, how[1], type);
  if (way == "fill" && words == 2) {
    const auto value = number<T>(how[1], type);
    if (!value) return tl::unexpected(value.error());
    return fill<T>(count, [&](std::uint64_t) { return *value; });
  }
  return base::fail(
      fmt::format("'{}' is no way to fill a buffer; write zero, ones, iota, fill:VALUE, list:a,b,c "
                  "or rand:SEED",
                  fmt::join(how, ":")));
}

// ---- The kinds of arguments

// The brightness of a picture file, row by row.
base::Result<Argument> parse_picture(std::string_view spec, ElementType type) {
  const auto picture = drawings::read_grey_picture(std::string(spec.substr(spec.find('@') + 1)));
  if (!picture) return tl::unexpected(picture.error());
  Argument argument{.kind = Argument::Kind::kBuffer, .type = type};
  argument.bytes.resize(picture->grey.size() * static_cast<std::size_t>(bytes_of(type)));
  visit_type(type, [&](auto zero) {
    using T = decltype(zero);
    // White: 1, or the most that a byte holds and this type too.
    double white = 1;
    if constexpr (!kIsFloat<T>)
      white = std::min(255.0, static_cast<double>(std::numeric_limits<T>::max()));
    for (std::size_t i = 0; i < picture->grey.size(); ++i) {
      const T value = element_from<T>(picture->grey[i] * white / 255);
      std::memcpy(argument.bytes.data() + i * sizeof(T), &value, sizeof(T));
    }
    return 0;
  });
  return argument;
}

// A file's bytes, which are whole elements.
base::Result<Argument> parse_raw(std::string_view spec, ElementType type) {
  const std::string file(spec.substr(spec.find('@') + 1));
  auto bytes = read_input_file(file);
  if (!bytes) return tl::unexpected(bytes.error());
  if (bytes->size() % static_cast<std::size_t>(bytes_of(type)) != 0) {
    return base::fail(fmt::format("{} has {} bytes, which are no whole elements of {} bytes", file,
                                  bytes->size(), bytes_of(type)));
  }
  return Argument{.kind = Argument::Kind::kBuffer, .type = type, .bytes = std::move(*bytes)};
}

base::Result<Argument> parse_buffer(std::string_view spec, Parts parts) {
  Argument argument{.kind = Argument::Kind::kBuffer};
  if (parts.size() > 1 && parts[1].starts_with('@')) return parse_raw(spec, ElementType::kU8);
  if (parts.size() > 2 && parts[2].starts_with('@')) {
    const auto type = element_type(parts[1]);
    if (!type) return tl::unexpected(type.error());
    return parse_raw(spec, *type);
  }
  if (parts.size() > 3 && parts[2] == "picture" && parts[3].starts_with('@')) {
    const auto type = element_type(parts[1]);
    if (!type) return tl::unexpected(type.error());
    return parse_picture(spec, *type);
  }
  if (parts.size() < 4) {
    return base::fail(
        "a buffer is buf:TYPE:COUNT:zero|ones|iota|fill:VALUE|list:a,b,c|rand:SEED, buf:@FILE, "
        "buf:TYPE:@FILE, or buf:TYPE:picture:@FILE");
  }
  const auto type = element_type(parts[1]);
  if (!type) return tl::unexpected(type.error());
  argument.type = *type;
  const auto count = number<std::uint64_t>(parts[2], "count");
  if (!count) return tl::unexpected(count.error());
  auto bytes = make_contents(*type, *count, parts.subspan(3));
  if (!bytes) return tl::unexpected(bytes.error());
  argument.bytes = std::move(*bytes);
  return argument;
}

base::Result<Argument> parse_hex(std::string_view hex) {
  Argument argument;
  if (hex.empty() || hex.size() % 2 != 0)
    return base::fail("bytes: takes two hexadecimal digits for each byte");
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != hex.data() + i + 2) {
      return base::fail(fmt::format("'{}' is no byte in hexadecimal digits", hex.substr(i, 2)));
    }
    argument.bytes.push_back(byte);
  }
  return argument;
}

base::Result<Argument> parse_value(ElementType type, std::string_view text) {
  Argument argument{.kind = Argument::Kind::kValue, .type = type};
  return visit_type(type, [&]<class T>(T) -> base::Result<Argument> {
    const auto value = number<T>(text, name_of(type));
    if (!value) return tl::unexpected(value.error());
    append(argument.bytes, *value);
    return argument;
  });
}

base::Result<Argument> parse_parts(std::string_view spec, Parts parts) {
  const std::string_view kind = parts[0];
  if (kind == "buf") return parse_buffer(spec, parts);
  if (kind == "tex" || kind == "surf") return parse_texture(parts);
  if (kind == "null" && parts.size() == 1) return Argument{.kind = Argument::Kind::kNull};
  if (kind == "bytes" && parts.size() == 2) return parse_hex(parts[1]);
  if (kind == "same" && parts.size() == 2) {
    const auto index = number<std::int32_t>(parts[1], "index of an argument");
    if (!index) return tl::unexpected(index.error());
    if (*index < 0) return base::fail("arguments count from 0");
    return Argument{.kind = Argument::Kind::kSame, .same_as = *index};
  }
  const auto type = find_element_type(kind);
  if (type && parts.size() == 2) return parse_value(*type, parts[1]);
  return base::fail(
      "an argument is TYPE:VALUE (i32:5), buf:..., same:K, null, bytes:HEX, tex:... or surf:...");
}

}  // namespace

int bytes_of(ElementType type) {
  return kTypes[static_cast<std::size_t>(type)].second;
}

std::string_view name_of(ElementType type) {
  return kTypes[static_cast<std::size_t>(type)].first;
}

std::uint16_t half_bits(float value) {
  return to_half(value).bits;
}

std::optional<ElementType> find_element_type(std::string_view name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].first == name) return static_cast<ElementType>(i);
  }
  return std::nullopt;
}

base::Result<ElementType> element_type(std::string_view name) {
  if (const auto type = find_element_type(name)) return *type;
  return base::fail(fmt::format(
      "'{}' is no type; there are i8, i16, i32, i64, u8, u16, u32, u64, f16, f32 and f64", name));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    if (end == text.size()) return parts;
    begin = end + 1;
  }
}

base::Result<std::vector<std::uint8_t>> read_input_file(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return base::fail(fmt::format("'{}' cannot be read: {}", path, error.message()));
  if (size > kMaxArgumentBytes) {
    return base::fail(fmt::format("'{}' has {} bytes; an argument has at most {}", path, size,
                                  kMaxArgumentBytes));
  }
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    return base::fail(fmt::format("'{}' cannot be read", path));
  }
  return bytes;
}

base::Result<std::vector<std::uint8_t>> make_contents(ElementType type, std::uint64_t count,
                                                      Parts how) {
  if (count > kMaxArgumentBytes / static_cast<std::uint64_t>(bytes_of(type))) {
    return base::fail(fmt::format("{} elements are too many; an argument has at most {} bytes",
                                  count, kMaxArgumentBytes));
  }
  return visit_type(type, [&]<class T>(T) { return contents<T>(count, how, name_of(type)); });
}

base::Result<Argument> parse_argument(std::string_view spec) {
  const std::vector<std::string_view> parts = split(spec, ':');
  auto argument = parse_parts(spec, parts);
  if (!argument)
    return base::fail(fmt::format("argument '{}': {}", spec, argument.error().message));
  return argument;
}

}  // namespace warpscope::kernels

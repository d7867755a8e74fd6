// Values as people read and write them.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "compute/base/text.h"
#include "compute/session/step_reading.h"

namespace warpscope::session {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Kind = ptx::TypeInfo::Kind;
using kernels::ElementType;

std::uint64_t whole(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

std::int64_t with_sign(Bytes bytes) {
  const std::size_t bits = 8 * std::min<std::size_t>(bytes.size(), 8);
  if (bits == 0 || bits == 64) return static_cast<std::int64_t>(whole(bytes));
  return static_cast<std::int64_t>(whole(bytes) << (64 - bits)) >> (64 - bits);
}

double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

double real(Bytes bytes) {
  if (bytes.size() == 2) return half(static_cast<std::uint16_t>(whole(bytes)));
  if (bytes.size() == 4) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(whole(bytes))));
  return std::bit_cast<double>(whole(bytes));
}

std::string real_text(Bytes bytes) {
  const double value = real(bytes);
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  // The shortest text that reads back as the same number.
  return bytes.size() == 8 ? fmt::format("{}", value) : fmt::format("{}", static_cast<float>(value));
}

std::string hex(Bytes bytes) {
  std::string text = "0x";
  for (std::size_t i = bytes.size(); i-- > 0;) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string bits(Bytes bytes) {
  std::string text;
  for (std::size_t i = bytes.size(); i-- > 0;) text += fmt::format("{}{:08b}", text.empty() ? "" : " ", bytes[i]);
  return text;
}

std::string char_text(Bytes bytes) {
  const auto c = static_cast<char>(bytes[0]);
  const auto number = static_cast<int>(static_cast<signed char>(bytes[0]));
  return c >= 32 && c < 127 ? fmt::format("{} '{}'", number, c) : fmt::format("{}", number);
}

std::string enum_text(const ptx::TypeInfo& type, Bytes bytes) {
  const std::int64_t value = with_sign(bytes);
  for (const auto& [name, number] : type.enumerators) {
    if (number == value) return name;
  }
  return fmt::format("{}", value);
}

const ptx::TypeInfo* find_type(const std::vector<ptx::TypeInfo>& types, int type) {
  return type < 0 || static_cast<std::size_t>(type) >= types.size() ? nullptr : &types[static_cast<std::size_t>(type)];
}

std::string natural(const ptx::TypeInfo* type, Bytes bytes) {
  switch (type == nullptr ? Kind::kUnknown : type->kind) {
    case Kind::kFloat:
      return real_text(bytes);
    case Kind::kBool:
      return whole(bytes) != 0 ? "true" : "false";
    case Kind::kSigned:
      return fmt::format("{}", with_sign(bytes));
    case Kind::kUnsigned:
      return fmt::format("{}", whole(bytes));
    case Kind::kChar:
      return char_text(bytes);
    case Kind::kEnum:
      return enum_text(*type, bytes);
    default:
      return bytes.size() <= 8 ? fmt::format("0x{:x}", whole(bytes)) : hex(bytes);
  }
}

// ---- Reading what a person wrote

struct NumberKind {
  bool is_real = false, is_signed = false;
  std::size_t bytes = 4;
};

std::vector<std::uint8_t> bytes_of(std::uint64_t value, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size && i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

std::optional<std::uint64_t> hex_number(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

base::Result<std::vector<std::uint8_t>> parse_real(std::string_view text, std::size_t size) {
  double value = 0;
  std::string_view number = text.starts_with('+') ? text.substr(1) : text;
  if (number.size() > 1 && (number.back() == 'f' || number.back() == 'F') && number.find("inf") == number.npos) {
    number.remove_suffix(1);
  }
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) {
    return base::fail(
        fmt::format("'{}' is not a number; write it as 1.5, -2e3, inf, nan, or its bits as 0x3f800000", text));
  }
  if (size == 8) return bytes_of(std::bit_cast<std::uint64_t>(value), 8);
  if (size == 4) return bytes_of(std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
  return bytes_of(kernels::half_bits(static_cast<float>(value)), 2);
}

base::Result<std::vector<std::uint8_t>> parse_whole(std::string_view text, const NumberKind& kind) {
  std::int64_t value = 0;
  std::uint64_t positive = 0;
  const char* const end = text.data() + text.size();
  const bool fits_signed = [&] {
    const auto done = std::from_chars(text.data(), end, value);
    return done.ec == std::errc() && done.ptr == end;
  }();
  const auto done = std::from_chars(text.data(), end, positive);
  const bool fits_unsigned = done.ec == std::errc() && done.ptr == end;
  if (!fits_signed && !fits_unsigned) {
    return base::fail(fmt::format("'{}' is not a whole number; write it as 12, -3 or 0x1f", text));
  }
  const std::size_t bits_there = 8 * std::min<std::size_t>(kind.bytes, 8);
  const std::int64_t low = kind.is_signed ? (bits_there == 64 ? std::numeric_limits<std::int64_t>::min()
                                                              : -(std::int64_t{1} << (bits_there - 1)))
                                          : 0;
  const std::uint64_t high = bits_there == 64 ? (kind.is_signed ? ~0ULL >> 1 : ~0ULL)
                                              : (1ULL << (kind.is_signed ? bits_there - 1 : bits_there)) - 1;
  const bool too_low = fits_signed && value < low;
  const bool too_high = fits_unsigned && positive > high;
  if (too_low || too_high) return base::fail(fmt::format("{} does not fit: from {} to {}", text, low, high));
  return bytes_of(fits_signed ? static_cast<std::uint64_t>(value) : positive, kind.bytes);
}

base::Result<std::vector<std::uint8_t>> parse_number(std::string_view text, const NumberKind& kind) {
  text = base::trimmed(text);
  if (const auto value = hex_number(text)) {
    if (kind.bytes < 8 && *value >> (8 * kind.bytes) != 0) {
      return base::fail(fmt::format("{} has more than {} bytes", text, kind.bytes));
    }
    return bytes_of(*value, kind.bytes);
  }
  return kind.is_real ? parse_real(text, kind.bytes) : parse_whole(text, kind);
}

NumberKind kind_of(ElementType type) {
  NumberKind kind;
  kind.bytes = static_cast<std::size_t>(kernels::bytes_of(type));
  kind.is_real = type == ElementType::kF16 || type == ElementType::kF32 || type == ElementType::kF64;
  kind.is_signed =
      type == ElementType::kI8 || type == ElementType::kI16 || type == ElementType::kI32 || type == ElementType::kI64;
  return kind;
}

}  // namespace

std::string value_text(const std::vector<ptx::TypeInfo>& types, int type, Bytes bytes, ValueFormat format) {
  if (bytes.empty()) return "";
  switch (format) {
    case ValueFormat::kHex:
      return hex(bytes);
    case ValueFormat::kBits:
      return bits(bytes);
    case ValueFormat::kFloat:
      return bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8 ? real_text(bytes) : hex(bytes);
    case ValueFormat::kNatural:
      break;
  }
  return natural(find_type(types, type), bytes);
}

std::optional<double> value_number(const std::vector<ptx::TypeInfo>& types, int type, Bytes bytes) {
  const ptx::TypeInfo* const info = find_type(types, type);
  if (bytes.empty() || bytes.size() > 8) return std::nullopt;
  switch (info == nullptr ? Kind::kUnsigned : info->kind) {
    case Kind::kFloat:
      return real(bytes);
    case Kind::kSigned:
    case Kind::kChar:
    case Kind::kEnum:
      return static_cast<double>(with_sign(bytes));
    case Kind::kBool:
      return whole(bytes) != 0 ? 1 : 0;
    case Kind::kStruct:
    case Kind::kUnion:
    case Kind::kArray:
      return std::nullopt;
    default:
      return static_cast<double>(whole(bytes));
  }
}

base::Result<std::vector<std::uint8_t>> parse_value(const std::vector<ptx::TypeInfo>& types, int type,
                                                    std::string_view text) {
  const ptx::TypeInfo* const info = find_type(types, type);
  if (info == nullptr || info->size_bytes == 0 || info->size_bytes > 8) {
    return base::fail("this has no single value; unfold it and change one of its parts");
  }
  text = base::trimmed(text);
  NumberKind kind{info->kind == Kind::kFloat, false, info->size_bytes};
  switch (info->kind) {
    case Kind::kStruct:
    case Kind::kUnion:
    case Kind::kArray:
      return base::fail("this has no single value; unfold it and change one of its parts");
    case Kind::kBool:
      if (text == "true" || text == "false") return bytes_of(text == "true" ? 1 : 0, info->size_bytes);
      break;
    case Kind::kEnum:
      for (const auto& [name, value] : info->enumerators) {
        if (name == text) return bytes_of(static_cast<std::uint64_t>(value), info->size_bytes);
      }
      kind.is_signed = true;
      break;
    case Kind::kSigned:
    case Kind::kChar:
      kind.is_signed = true;
      break;
    default:
      break;
  }
  return parse_number(text, kind);
}

std::string element_text(ElementType type, Bytes bytes, ValueFormat format) {
  if (bytes.empty()) return "";
  const NumberKind kind = kind_of(type);
  switch (format) {
    case ValueFormat::kHex:
      return hex(bytes);
    case ValueFormat::kBits:
      return bits(bytes);
    case ValueFormat::kFloat:
      if (bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8) return real_text(bytes);
      break;
    case ValueFormat::kNatural:
      break;
  }
  if (kind.is_real) return real_text(bytes);
  return kind.is_signed ? fmt::format("{}", with_sign(bytes)) : fmt::format("{}", whole(bytes));
}

double element_number(ElementType type, Bytes bytes) {
  const NumberKind kind = kind_of(type);
  if (kind.is_real) return real(bytes);
  return kind.is_signed ? static_cast<double>(with_sign(bytes)) : static_cast<double>(whole(bytes));
}

base::Result<std::vector<std::uint8_t>> parse_element(ElementType type, std::string_view text) {
  return parse_number(text, kind_of(type));
}

}  // namespace warpscope::session

#include "compute/vgpu/lanes/convert_any.h"

#include <algorithm>
#include <cstring>

#include "compute/vgpu/lanes/number.h"

namespace warpscope::vgpu::lanes {
namespace {

using ptx::Modifier;
using ptx::Type;

constexpr int kLanes = 32;

bool is_integer(Type type) {
  return ptx::is_signed(type) || ptx::is_unsigned(type);
}

bool is_whole(Modifier rounding) {
  return rounding == Modifier::kRni || rounding == Modifier::kRzi || rounding == Modifier::kRmi ||
         rounding == Modifier::kRpi;
}

// Of a packed type: the type of one element; kNone for others.
Type element_of(Type type) {
  switch (type) {
    case Type::kF16x2:
      return Type::kF16;
    case Type::kBF16x2:
      return Type::kBF16;
    case Type::kE4M3x2:
      return Type::kE4M3;
    case Type::kE5M2x2:
      return Type::kE5M2;
    default:
      return Type::kNone;
  }
}

bool is_subnormal_float(Type type, std::uint64_t bits) {
  return type == Type::kF32 && (bits & 0x7f80'0000U) == 0;
}

// ---- One number

std::uint64_t to_integer(const Conversion& c, const Number& number) {
  const int width = ptx::bits_of(c.to);
  const bool from_float = !is_integer(c.from);
  const Modifier rounding = is_whole(c.rounding) ? c.rounding : Modifier::kRzi;
  // PTX ISA, cvt: a NaN becomes 0 unless the source is f64 or the result has 64 bits.
  const std::uint64_t nan = c.from == Type::kF64 || width == 64 ? 1ULL << (width - 1) : 0;
  return integer_bits_of(from_float ? rounded_to_whole(number, rounding) : number, width, ptx::is_signed(c.to), nan);
}

// f64 keeps the bits of a NaN, made quiet, as far as they are known.
std::uint64_t double_nan(const Conversion& c, const Number& number, std::uint64_t canonical) {
  constexpr std::uint64_t kQuiet = 1ULL << 51;
  if (c.from == Type::kF64) return number.nan_bits | kQuiet;
  if (c.from != Type::kF32) return canonical;
  const std::uint64_t payload = (number.nan_bits & 0x7f'ffffU) << 29;
  return (number.nan_bits >> 31 & 1) << 63 | 0x7ff0'0000'0000'0000U | payload | kQuiet;
}

std::uint64_t to_float(const Conversion& c, Number number) {
  const FloatFormat& format = *format_of(c.to);
  const bool is_nan = number.kind == Number::Kind::kNan;
  if (c.saturate) {
    if (is_nan || number.negative) return 0;
    // At most 1, which every format has; below, rounding up stops there too.
    const Number one = number_of_integer(1, 32, false);
    const bool above =
        number.kind == Number::Kind::kInfinity || (number.kind == Number::Kind::kFinite && number.exponent + 63 >= 0);
    if (above) number = one;
  }
  if (c.relu && !is_nan && number.negative) return 0;
  if (is_nan && c.to == Type::kF64) return double_nan(c, number, format.nan);
  if (is_whole(c.rounding)) number = rounded_to_whole(number, c.rounding);
  // Between formats that hold all numbers of the source nothing is rounded, whatever is written.
  const Modifier rounding = is_whole(c.rounding) ? Modifier::kRn : c.rounding;
  const std::uint64_t bits = float_bits_of(number, format, rounding, c.saturate_to_finite);
  return c.ftz && is_subnormal_float(c.to, bits) ? bits & 0x8000'0000U : bits;
}

std::uint64_t convert_number(const Conversion& c, std::uint64_t bits) {
  const int width = ptx::bits_of(c.from);
  if (is_integer(c.from)) {
    const bool is_signed = ptx::is_signed(c.from);
    const Number number = number_of_integer(bits, width, is_signed);
    if (!is_integer(c.to)) return to_float(c, number);
    if (c.saturate) return to_integer(c, number);
    const std::uint64_t cut = width == 64 ? bits : bits & ((1ULL << width) - 1);
    return number.negative && width < 64 ? cut | ~0ULL << width : cut;
  }
  if (c.ftz && is_subnormal_float(c.from, bits)) bits &= 0x8000'0000U;
  const FloatFormat& format = *format_of(c.from);
  const Number number = number_of_float(format, bits >> format.low_zeros);
  return is_integer(c.to) ? to_integer(c, number) : to_float(c, number);
}

// What a register of `bytes` holds of a result: signed types go on with their sign, all others with zeros.
std::uint64_t extended(std::uint64_t bits, Type type) {
  const int width = ptx::bits_of(type);
  if (width >= 64) return bits;
  const std::uint64_t cut = bits & ((1ULL << width) - 1);
  return ptx::is_signed(type) && (cut >> (width - 1) & 1) != 0 ? cut | ~0ULL << width : cut;
}

// ---- Rows

std::uint64_t load(const std::uint8_t* row, int bytes, int lane) {
  std::uint64_t value = 0;
  std::memcpy(&value, row + bytes * lane, static_cast<std::size_t>(bytes));
  return value;
}

void convert_row(Exec& exec, const Inst& inst) {
  Conversion c;
  std::memcpy(static_cast<void*>(&c), &inst.imm, sizeof c);
  std::uint8_t* d = exec.row<std::uint8_t>(inst.d);
  const std::uint8_t* a = exec.row<std::uint8_t>(inst.s[0]);
  const std::uint8_t* b = exec.row<std::uint8_t>(inst.s[1]);
  for (int lane = 0; lane < kLanes; ++lane) {
    if ((exec.mask >> lane & 1U) == 0) continue;
    const std::uint64_t result = convert(c, load(a, c.from_bytes, lane), load(b, c.from_bytes, lane));
    std::memcpy(d + c.to_bytes * lane, &result, c.to_bytes);
  }
}

struct PackSpec {
  std::uint8_t bits = 8;
  bool is_signed = false, saturate = true, third = false;
};

void pack_row(Exec& exec, const Inst& inst) {
  PackSpec spec;
  std::memcpy(static_cast<void*>(&spec), &inst.imm, sizeof spec);
  const std::uint32_t mask = (1U << spec.bits) - 1;
  const std::int32_t most = static_cast<std::int32_t>(spec.is_signed ? mask >> 1 : mask);
  const std::int32_t least = spec.is_signed ? -most - 1 : 0;
  const auto cut = [&](std::int32_t v) {
    return static_cast<std::uint32_t>(spec.saturate ? std::clamp(v, least, most) : v) & mask;
  };
  std::uint32_t* d = exec.row<std::uint32_t>(inst.d);
  const std::int32_t* a = exec.row<std::int32_t>(inst.s[0]);
  const std::int32_t* b = exec.row<std::int32_t>(inst.s[1]);
  const std::uint32_t* c = exec.row<std::uint32_t>(inst.s[2]);
  for (int lane = 0; lane < kLanes; ++lane) {
    if ((exec.mask >> lane & 1U) == 0) continue;
    const std::uint32_t above = spec.third && spec.bits < 16 ? c[lane] << (2 * spec.bits) : 0;
    d[lane] = above | cut(a[lane]) << spec.bits | cut(b[lane]);
  }
}

template <class Spec>
std::int64_t in_imm(const Spec& spec) {
  static_assert(sizeof(Spec) <= sizeof(std::int64_t));
  std::int64_t imm = 0;
  std::memcpy(&imm, &spec, sizeof spec);
  return imm;
}

}  // namespace

std::uint64_t convert(const Conversion& conversion, std::uint64_t value, std::uint64_t second) {
  const Type to = element_of(conversion.to), from = element_of(conversion.from);
  if (to == Type::kNone) return extended(convert_number(conversion, value), conversion.to);
  Conversion one = conversion;
  one.to = to;
  if (from != Type::kNone) {
    one.from = from;
    second = value;
    value >>= ptx::bits_of(from);
  }
  return convert_number(one, value) << ptx::bits_of(to) | convert_number(one, second);
}

HandlerPair find_any_conversion(const LaneOp& op, std::int64_t& imm) {
  const bool packed = element_of(op.type) != Type::kNone;
  const bool two = packed && element_of(op.source) == Type::kNone;
  const auto is_number = [](Type type) { return is_integer(type) || format_of(type) != nullptr; };
  const bool possible = packed ? (two ? op.source == Type::kF32 && op.sources == 2 : op.sources == 1)
                               : is_number(op.type) && is_number(op.source) && op.sources == 1;
  if (!possible || op.rounding == Modifier::kRs) return {};
  Conversion c;
  c.to = op.type;
  c.from = op.source;
  c.rounding = op.rounding;
  c.ftz = op.ftz;
  c.saturate = op.saturate;
  c.relu = op.relu;
  c.saturate_to_finite = op.saturate_to_finite;
  c.to_bytes = op.destination_bytes;
  c.from_bytes = op.source_bytes[0];
  imm = in_imm(c);
  return {convert_row, convert_row};
}

HandlerPair find_pack_conversion(int bits, bool is_signed, bool saturate, bool third, std::int64_t& imm) {
  imm = in_imm(PackSpec{static_cast<std::uint8_t>(bits), is_signed, saturate, third});
  return {pack_row, pack_row};
}

}  // namespace warpscope::vgpu::lanes

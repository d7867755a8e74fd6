// vgpu/lanes/convert.lanes.cpp: the cvt that programs use most, as vector loops; convert_any.cpp does the others.
// Registers wider than the type of the instruction are here for integers only.
#include <limits>

#include "compute/vgpu/lanes/half.h"
#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Type;

bool is_integer(Type type) {
  return (Type::kU8 <= type && type <= Type::kU64) || (Type::kS8 <= type && type <= Type::kS64);
}

bool is_integral(Modifier rounding) {
  return rounding == Modifier::kRni || rounding == Modifier::kRzi || rounding == Modifier::kRmi ||
         rounding == Modifier::kRpi;
}

// ---- Integers to integers

template <class D, class S, class Row>
struct Extend {
  static D run(Row a) { return static_cast<D>(static_cast<S>(a)); }
};
template <class D, class Row>
struct Truncate {
  static D run(Row a) { return static_cast<D>(a); }
};

template <class D, class S, class Row>
HandlerPair extend_pair() {
  if constexpr (sizeof(S) < sizeof(D) && sizeof(S) <= sizeof(Row)) {
    return unary_pair<Extend<D, S, Row>, D, Row>();
  } else {
    return {};
  }
}
template <class D, class S>
HandlerPair find_extend_from(int row_bytes) {
  if (row_bytes == 2) return extend_pair<D, S, std::uint16_t>();
  if (row_bytes == 4) return extend_pair<D, S, std::uint32_t>();
  return row_bytes == 8 ? extend_pair<D, S, std::uint64_t>() : HandlerPair{};
}
template <class D>
HandlerPair find_extend(Type source, int row_bytes) {
  switch (source) {
    case Type::kU8:
      return find_extend_from<D, std::uint8_t>(row_bytes);
    case Type::kS8:
      return find_extend_from<D, std::int8_t>(row_bytes);
    case Type::kU16:
      return find_extend_from<D, std::uint16_t>(row_bytes);
    case Type::kS16:
      return find_extend_from<D, std::int16_t>(row_bytes);
    case Type::kU32:
      return find_extend_from<D, std::uint32_t>(row_bytes);
    case Type::kS32:
      return find_extend_from<D, std::int32_t>(row_bytes);
    default:
      return {};
  }
}
template <class D>
HandlerPair find_truncate(int row_bytes) {
  if (row_bytes == 2) return unary_pair<Truncate<D, std::uint16_t>, D, std::uint16_t>();
  if (row_bytes == 4) return unary_pair<Truncate<D, std::uint32_t>, D, std::uint32_t>();
  return row_bytes == 8 ? unary_pair<Truncate<D, std::uint64_t>, D, std::uint64_t>() : HandlerPair{};
}

int bytes_of_integer(Type type) {
  switch (type) {
    case Type::kU8:
    case Type::kS8:
      return 1;
    case Type::kU16:
    case Type::kS16:
      return 2;
    case Type::kU32:
    case Type::kS32:
      return 4;
    default:
      return 8;
  }
}

template <class D>
HandlerPair find_integer_to(const LaneOp& op) {
  const int from = bytes_of_integer(op.source);
  return static_cast<int>(sizeof(D)) > from ? find_extend<D>(op.source, op.source_bytes[0])
                                            : find_truncate<D>(op.source_bytes[0]);
}

// Into registers of just the type's size.
HandlerPair find_integer_to_integer(const LaneOp& op) {
  if (op.saturate || bytes_of_integer(op.type) != op.destination_bytes) return {};
  switch (op.destination_bytes) {
    case 2:
      return find_integer_to<std::uint16_t>(op);
    case 4:
      return find_integer_to<std::uint32_t>(op);
    default:
      return find_integer_to<std::uint64_t>(op);
  }
}

// ---- Integers to floats, to the nearest

template <class D, class S, class Row>
struct ToFloat {
  static D run(Row a) { return static_cast<D>(static_cast<S>(a)); }
};
// Beyond 65,520 all is infinity, and up to there f32 is exact.
template <class S, class Row>
struct ToHalf {
  static std::uint16_t run(Row a) { return float_to_half(static_cast<float>(static_cast<S>(a))); }
};

template <class S, class Row>
HandlerPair find_float_from(Type to) {
  if (to == Type::kF32) return unary_pair<ToFloat<float, S, Row>, float, Row>();
  if (to == Type::kF64) return unary_pair<ToFloat<double, S, Row>, double, Row>();
  if constexpr (sizeof(S) <= 4) {
    if (to == Type::kF16) return unary_pair<ToHalf<S, Row>, std::uint16_t, Row>();
  }
  return {};
}

HandlerPair find_integer_to_float(const LaneOp& op) {
  if (op.saturate || (op.rounding != Modifier::kRn && op.rounding != Modifier::kUnknown)) return {};
  const int natural = bytes_of_integer(op.source) < 2 ? 2 : bytes_of_integer(op.source);
  if (op.source_bytes[0] != natural) return {};
  switch (op.source) {
    case Type::kU8:
      return find_float_from<std::uint8_t, std::uint16_t>(op.type);
    case Type::kS8:
      return find_float_from<std::int8_t, std::uint16_t>(op.type);
    case Type::kU16:
      return find_float_from<std::uint16_t, std::uint16_t>(op.type);
    case Type::kS16:
      return find_float_from<std::int16_t, std::int16_t>(op.type);
    case Type::kU32:
      return find_float_from<std::uint32_t, std::uint32_t>(op.type);
    case Type::kS32:
      return find_float_from<std::int32_t, std::int32_t>(op.type);
    case Type::kU64:
      return find_float_from<std::uint64_t, std::uint64_t>(op.type);
    case Type::kS64:
      return find_float_from<std::int64_t, std::int64_t>(op.type);
    default:
      return {};
  }
}

// ---- Floats to integers: whole numbers beyond the range become its ends. A NaN becomes 0, but where the source is f64
// or the result has 64 bits, the number with only its highest bit set (PTX ISA 9.7.9, cvt).

struct Nearest {
  static float run(float a) { return __builtin_rintf(a); }
  static double run(double a) { return __builtin_rint(a); }
};
struct Zero {
  static float run(float a) { return __builtin_truncf(a); }
  static double run(double a) { return __builtin_trunc(a); }
};
struct Down {
  static float run(float a) { return __builtin_floorf(a); }
  static double run(double a) { return __builtin_floor(a); }
};
struct Up {
  static float run(float a) { return __builtin_ceilf(a); }
  static double run(double a) { return __builtin_ceil(a); }
};

template <class D, class F>
inline D clamp_whole(F whole) {
  using S = std::make_signed_t<D>;
  constexpr F kTop = static_cast<F>(std::uint64_t{1} << (8 * sizeof(D) - 1));  // 2^31, 2^63
  constexpr D kMiddle = static_cast<D>(D{1} << (8 * sizeof(D) - 1));
  constexpr D kNan = sizeof(F) == 8 || sizeof(D) == 8 ? kMiddle : D{0};
  if constexpr (std::is_signed_v<D>) {
    const F inside = whole >= kTop || whole < -kTop || whole != whole ? F{0} : whole;
    const D number = static_cast<D>(inside);
    const D low = whole < -kTop ? std::numeric_limits<D>::min() : number;
    const D high = whole >= kTop ? std::numeric_limits<D>::max() : low;
    return whole != whole ? kNan : high;
  } else {
    // The upper half of the range through signed numbers, which every instruction set converts.
    const bool upper = whole >= kTop;
    const F shifted = upper ? whole - kTop : whole;
    const F inside = shifted >= kTop || shifted < F{0} || whole != whole ? F{0} : shifted;
    const D number = static_cast<D>(static_cast<D>(static_cast<S>(inside)) | (upper ? kMiddle : D{0}));
    const D high = whole >= 2 * kTop ? static_cast<D>(~D{0}) : number;
    return whole != whole ? kNan : high;
  }
}

template <class D, class F, class Round>
struct ToInteger {
  static D run(F a) { return clamp_whole<D, F>(Round::run(a)); }
};

template <class D, class F>
HandlerPair find_integer_from(Modifier rounding) {
  switch (rounding) {
    case Modifier::kRni:
      return unary_pair<ToInteger<D, F, Nearest>, D, F>();
    case Modifier::kUnknown:
    case Modifier::kRzi:
      return unary_pair<ToInteger<D, F, Zero>, D, F>();
    case Modifier::kRmi:
      return unary_pair<ToInteger<D, F, Down>, D, F>();
    case Modifier::kRpi:
      return unary_pair<ToInteger<D, F, Up>, D, F>();
    default:
      return {};
  }
}
template <class F>
HandlerPair find_float_to_integer(const LaneOp& op) {
  // A flushed number matters to .rmi and .rpi only.
  if (op.ftz && (op.rounding == Modifier::kRmi || op.rounding == Modifier::kRpi)) return {};
  if (op.destination_bytes != bytes_of_integer(op.type)) return {};
  switch (op.type) {
    case Type::kU32:
      return find_integer_from<std::uint32_t, F>(op.rounding);
    case Type::kS32:
      return find_integer_from<std::int32_t, F>(op.rounding);
    case Type::kU64:
      return find_integer_from<std::uint64_t, F>(op.rounding);
    case Type::kS64:
      return find_integer_from<std::int64_t, F>(op.rounding);
    default:
      return {};
  }
}

// ---- Floats to floats

inline float canonical(float v) {
  return v == v ? v : bits_as<float>(kFloatNan);
}
inline float flushed(float v) {
  const std::uint32_t bits = bits_as<std::uint32_t>(v);
  return bits_as<float>((bits & 0x7f80'0000U) == 0 ? bits & 0x8000'0000U : bits);
}
inline float saturated(float v) {
  const float positive = v > 0.0F ? v : 0.0F;  // a NaN and -0 become 0
  return positive < 1.0F ? positive : 1.0F;
}

struct AsIs {
  static float run(float a) { return a; }
};
template <class Round, bool kFtz, bool kSaturate>
struct FloatToFloat {
  static float run(float a) {
    const float rounded = Round::run(kFtz ? flushed(a) : a);
    return kSaturate ? saturated(rounded) : canonical(rounded);
  }
};
template <class Round>
HandlerPair find_float_to_float_by(const LaneOp& op) {
  if (op.ftz) {
    return op.saturate ? unary_of<FloatToFloat<Round, true, true>, float>()
                       : unary_of<FloatToFloat<Round, true, false>, float>();
  }
  return op.saturate ? unary_of<FloatToFloat<Round, false, true>, float>()
                     : unary_of<FloatToFloat<Round, false, false>, float>();
}
HandlerPair find_float_to_float(const LaneOp& op) {
  switch (op.rounding) {
    case Modifier::kUnknown:
      return find_float_to_float_by<AsIs>(op);
    case Modifier::kRni:
      return find_float_to_float_by<Nearest>(op);
    case Modifier::kRzi:
      return find_float_to_float_by<Zero>(op);
    case Modifier::kRmi:
      return find_float_to_float_by<Down>(op);
    case Modifier::kRpi:
      return find_float_to_float_by<Up>(op);
    default:
      return {};
  }
}

// A NaN keeps its bits but becomes quiet.
template <class Round>
struct DoubleToDouble {
  static double run(double a) {
    constexpr std::uint64_t kQuiet = 1ULL << 51;
    return a == a ? Round::run(a) : bits_as<double>(bits_as<std::uint64_t>(a) | kQuiet);
  }
};
HandlerPair find_double_to_double(const LaneOp& op) {
  if (op.saturate) return {};
  switch (op.rounding) {
    case Modifier::kRni:
      return unary_of<DoubleToDouble<Nearest>, double>();
    case Modifier::kRzi:
      return unary_of<DoubleToDouble<Zero>, double>();
    case Modifier::kRmi:
      return unary_of<DoubleToDouble<Down>, double>();
    case Modifier::kRpi:
      return unary_of<DoubleToDouble<Up>, double>();
    default:
      return {};
  }
}

template <bool kFtz>
struct DoubleToFloat {
  static float run(double a) {
    const float result = canonical(static_cast<float>(a));
    return kFtz ? flushed(result) : result;
  }
};
template <bool kFtz>
struct FloatToDouble {
  static double run(float a) { return static_cast<double>(kFtz ? flushed(a) : a); }
};
struct HalfToFloat {
  static float run(std::uint16_t a) { return half_to_float(a); }
};
struct BfloatToFloat {
  static float run(std::uint16_t a) { return bfloat_to_float(a); }
};
struct FloatToHalf {
  static std::uint16_t run(float a) { return float_to_half(a); }
};
struct FloatToBfloat {
  static std::uint16_t run(float a) { return float_to_bfloat(a); }
};
struct FloatsToHalves {
  static std::uint32_t run(float a, float b) {
    return static_cast<std::uint32_t>(float_to_half(a)) << 16 | float_to_half(b);
  }
};
struct FloatsToBfloats {
  static std::uint32_t run(float a, float b) {
    return static_cast<std::uint32_t>(float_to_bfloat(a)) << 16 | float_to_bfloat(b);
  }
};
// Ten bits of mantissa, ties away from zero.
struct FloatToTf32 {
  static std::uint32_t run(float a) {
    const std::uint32_t bits = bits_as<std::uint32_t>(a);
    const std::uint32_t size = bits & 0x7fff'ffffU;
    const std::uint32_t rounded = (bits + 0x1000) & ~0x1fffU;
    return size > 0x7f80'0000U ? kFloatNan : size == 0x7f80'0000U ? bits : rounded;
  }
};

HandlerPair find_from_float(const LaneOp& op) {
  if (op.type == Type::kF32) return find_float_to_float(op);
  if (op.type == Type::kF64) {
    if (op.saturate || is_integral(op.rounding)) return {};
    return op.ftz ? unary_pair<FloatToDouble<true>, double, float>()
                  : unary_pair<FloatToDouble<false>, double, float>();
  }
  if (op.type == Type::kTF32) {
    return op.rounding == Modifier::kRna && !op.relu ? unary_pair<FloatToTf32, std::uint32_t, float>() : HandlerPair{};
  }
  if (is_integer(op.type)) return find_float_to_integer<float>(op);
  if (op.rounding != Modifier::kRn || op.saturate || op.relu) return {};
  switch (op.type) {
    case Type::kF16:
      return unary_pair<FloatToHalf, std::uint16_t, float>();
    case Type::kBF16:
      return op.ftz ? HandlerPair{} : unary_pair<FloatToBfloat, std::uint16_t, float>();
    case Type::kF16x2:
      return binary_pair<FloatsToHalves, std::uint32_t, float, float>();
    case Type::kBF16x2:
      return op.ftz ? HandlerPair{} : binary_pair<FloatsToBfloats, std::uint32_t, float, float>();
    default:
      return {};
  }
}

HandlerPair find_from_double(const LaneOp& op) {
  if (is_integer(op.type)) return find_float_to_integer<double>(op);
  if (op.type == Type::kF64) return find_double_to_double(op);
  if (op.type != Type::kF32 || op.saturate) return {};
  if (op.rounding != Modifier::kRn) return {};
  return op.ftz ? unary_pair<DoubleToFloat<true>, float, double>() : unary_pair<DoubleToFloat<false>, float, double>();
}

// What a register of this type takes.
int natural_bytes(Type type) {
  switch (type) {
    case Type::kF64:
      return 8;
    case Type::kF32:
    case Type::kTF32:
    case Type::kF16x2:
    case Type::kBF16x2:
      return 4;
    case Type::kF16:
    case Type::kBF16:
      return 2;
    default:
      return 0;
  }
}

}  // namespace

HandlerPair find_convert(const LaneOp& op) {
  if (op.opcode != ptx::Opcode::kCvt || op.saturate_to_finite) return {};
  if (is_integer(op.source) && is_integer(op.type)) return find_integer_to_integer(op);
  // Floats in registers of their own size only.
  if (!is_integer(op.type) && natural_bytes(op.type) != op.destination_bytes) return {};
  if (is_integer(op.source)) return find_integer_to_float(op);
  if (natural_bytes(op.source) != op.source_bytes[0]) return {};
  switch (op.source) {
    case Type::kF32:
      return find_from_float(op);
    case Type::kF64:
      return find_from_double(op);
    case Type::kF16:
      if (op.type != Type::kF32 || op.saturate || is_integral(op.rounding)) return {};
      return unary_pair<HalfToFloat, float, std::uint16_t>();
    case Type::kBF16:
      if (op.type != Type::kF32 || op.saturate || op.ftz || is_integral(op.rounding)) return {};
      return unary_pair<BfloatToFloat, float, std::uint16_t>();
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

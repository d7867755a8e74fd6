// vgpu/lanes/integer_types.h: from PTX integer types to C++ ones, and products; for *.lanes.cpp only. Floor 2.
#pragma once

#include <type_traits>

#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

template <class T>
struct WideOf;
template <>
struct WideOf<std::int16_t> {
  using Type = std::int32_t;
};
template <>
struct WideOf<std::uint16_t> {
  using Type = std::uint32_t;
};
template <>
struct WideOf<std::int32_t> {
  using Type = std::int64_t;
};
template <>
struct WideOf<std::uint32_t> {
  using Type = std::uint64_t;
};
template <>
struct WideOf<std::int64_t> {
  using Type = Int128;
};
template <>
struct WideOf<std::uint64_t> {
  using Type = UInt128;
};
// Twice as wide.
template <class T>
using Wide = typename WideOf<T>::Type;

// At least 32 bits wide: 16-bit ones would become signed ints in arithmetic.
template <class T>
inline auto unsigned_of(T value) {
  if constexpr (sizeof(T) <= 4) {
    return static_cast<std::uint32_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

template <class T>
inline T low_product(T a, T b) {
  return static_cast<T>(unsigned_of(a) * unsigned_of(b));
}
template <class T>
inline T high_product(T a, T b) {
  return static_cast<T>((static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b)) >> (8 * sizeof(T)));
}

inline std::int32_t saturate_s32(std::int64_t value) {
  constexpr std::int64_t kMost = 0x7fff'ffff, kLeast = -0x8000'0000LL;
  return static_cast<std::int32_t>(value > kMost ? kMost : value < kLeast ? kLeast : value);
}

// Each calls f.operator()<T>() with the type's C++ type; null handlers for other types.
template <class F>
HandlerPair for_signed(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::kS16:
      return f.template operator()<std::int16_t>();
    case ptx::Type::kS32:
      return f.template operator()<std::int32_t>();
    case ptx::Type::kS64:
      return f.template operator()<std::int64_t>();
    default:
      return {};
  }
}
template <class F>
HandlerPair for_unsigned(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::kU16:
      return f.template operator()<std::uint16_t>();
    case ptx::Type::kU32:
      return f.template operator()<std::uint32_t>();
    case ptx::Type::kU64:
      return f.template operator()<std::uint64_t>();
    default:
      return {};
  }
}
template <class F>
HandlerPair for_integer(ptx::Type type, F f) {
  return ptx::Type::kS4 <= type && type <= ptx::Type::kS64 ? for_signed(type, f) : for_unsigned(type, f);
}
// Those whose double width is a register's.
template <class F>
HandlerPair for_narrow(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::kS16:
      return f.template operator()<std::int16_t>();
    case ptx::Type::kU16:
      return f.template operator()<std::uint16_t>();
    case ptx::Type::kS32:
      return f.template operator()<std::int32_t>();
    case ptx::Type::kU32:
      return f.template operator()<std::uint32_t>();
    default:
      return {};
  }
}
template <class F>
HandlerPair for_integer_32(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::kS32:
      return f.template operator()<std::int32_t>();
    case ptx::Type::kU32:
      return f.template operator()<std::uint32_t>();
    default:
      return {};
  }
}
// Where signs do not matter: always the unsigned C++ type.
template <class F>
HandlerPair for_width(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::kS16:
    case ptx::Type::kU16:
      return f.template operator()<std::uint16_t>();
    case ptx::Type::kS32:
    case ptx::Type::kU32:
      return f.template operator()<std::uint32_t>();
    case ptx::Type::kS64:
    case ptx::Type::kU64:
      return f.template operator()<std::uint64_t>();
    default:
      return {};
  }
}
// Bit-size types, and every other type of that size, packed and floating-point ones too.
template <class F>
HandlerPair for_bits(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::kB16:
    case ptx::Type::kU16:
    case ptx::Type::kS16:
    case ptx::Type::kF16:
    case ptx::Type::kBF16:
      return f.template operator()<std::uint16_t>();
    case ptx::Type::kB32:
    case ptx::Type::kU32:
    case ptx::Type::kS32:
    case ptx::Type::kF32:
    case ptx::Type::kTF32:
    case ptx::Type::kF16x2:
    case ptx::Type::kBF16x2:
    case ptx::Type::kU16x2:
    case ptx::Type::kS16x2:
      return f.template operator()<std::uint32_t>();
    case ptx::Type::kB64:
    case ptx::Type::kU64:
    case ptx::Type::kS64:
    case ptx::Type::kF64:
      return f.template operator()<std::uint64_t>();
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

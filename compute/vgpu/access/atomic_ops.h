// vgpu/access/atomic_ops.h: what atom and red do to one value. Floor 2.
// Each operation has a type T as memory holds it, and run(old, b, c): the new value. c is only cas's.
#pragma once

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <mutex>

#include "compute/vgpu/access/half_float.h"
#include "compute/vgpu/access/memory_op.h"

namespace warpscope::vgpu::access {

struct Wide {  // 128 bits
  std::uint64_t low = 0, high = 0;
  bool operator==(const Wide&) const = default;
};

template <class U>
struct AddInteger {
  using T = U;
  static T run(T old, T b, T) { return static_cast<T>(old + b); }
};
template <class U, class Compared>
struct MinInteger {
  using T = U;
  static T run(T old, T b, T) { return static_cast<Compared>(b) < static_cast<Compared>(old) ? b : old; }
};
template <class U, class Compared>
struct MaxInteger {
  using T = U;
  static T run(T old, T b, T) { return static_cast<Compared>(b) > static_cast<Compared>(old) ? b : old; }
};
template <class U>
struct Increment {
  using T = U;
  static T run(T old, T b, T) { return old >= b ? 0 : old + 1; }
};
template <class U>
struct Decrement {
  using T = U;
  static T run(T old, T b, T) { return old == 0 || old > b ? b : old - 1; }
};
template <class U>
struct And {
  using T = U;
  static T run(T old, T b, T) { return old & b; }
};
template <class U>
struct Or {
  using T = U;
  static T run(T old, T b, T) { return old | b; }
};
template <class U>
struct Xor {
  using T = U;
  static T run(T old, T b, T) { return old ^ b; }
};
template <class U>
struct Exchange {
  using T = U;
  static T run(T, T b, T) { return b; }
};
template <class U>
struct CompareSwap {
  using T = U;
  static T run(T old, T b, T c) { return old == b ? c : old; }
};

// ---- Floating point

inline float flush(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return (bits & 0x7f80'0000U) == 0 ? std::bit_cast<float>(bits & 0x8000'0000U) : x;
}

// NaN results are PTX's canonical NaN.
inline std::uint32_t bits_of_float(float x) {
  return std::isnan(x) ? 0x7fff'ffffU : std::bit_cast<std::uint32_t>(x);
}

// On global memory atom.add.f32 flushes subnormal inputs and results to zero, on shared memory it does not (PTX ISA,
// atom).
template <bool kFlush>
struct AddFloat {
  using T = std::uint32_t;
  static T run(T old, T b, T) {
    const float x = std::bit_cast<float>(old), y = std::bit_cast<float>(b);
    return bits_of_float(kFlush ? flush(flush(x) + flush(y)) : x + y);
  }
};
struct AddDouble {
  using T = std::uint64_t;
  static T run(T old, T b, T) { return std::bit_cast<T>(std::bit_cast<double>(old) + std::bit_cast<double>(b)); }
};

struct HalfFormat {
  static float widen(std::uint16_t x) { return float_of_half(x); }
  static std::uint16_t narrow(float x) { return half_of_float(x); }
};
struct BfloatFormat {
  static float widen(std::uint16_t x) { return float_of_bfloat(x); }
  static std::uint16_t narrow(float x) { return bfloat_of_float(x); }
};

// A float holds the sum of two 16-bit ones closely enough that rounding twice is rounding once (24 >= 2 * 11 + 2 bits).
template <class Format>
struct AddSmall {
  using T = std::uint16_t;
  static T run(T old, T b, T) { return Format::narrow(Format::widen(old) + Format::widen(b)); }
};
// A NaN loses against a number; -0 is less than +0.
template <class Format, bool kMax>
struct ExtremeSmall {
  using T = std::uint16_t;
  static T run(T old, T b, T) {
    const float x = Format::widen(old), y = Format::widen(b);
    if (std::isnan(x) && std::isnan(y)) return 0x7fff;
    if (std::isnan(x)) return b;
    if (std::isnan(y)) return old;
    if (x == y) return kMax ? static_cast<T>(std::signbit(x) ? b : old) : static_cast<T>(std::signbit(x) ? old : b);
    return (x < y) != kMax ? old : b;
  }
};
// Two 16-bit values in one word: one access.
template <class Op>
struct Packed {
  using T = std::uint32_t;
  static T run(T old, T b, T) {
    const auto half = [&](int shift) {
      return std::uint32_t{Op::run(static_cast<std::uint16_t>(old >> shift), static_cast<std::uint16_t>(b >> shift), 0)}
             << shift;
    };
    return half(0) | half(16);
  }
};

// ---- In memory

// Guards 128-bit atomics, which few hosts have.
inline std::mutex& wide_lock() {
  static std::mutex lock;
  return lock;
}

// One step of one lane: returns what memory held before, `written` is what it holds now.
template <class Op, class T = typename Op::T>
WARPSCOPE_RACY T atomic_step(std::uint8_t* at, T b, T c, bool host_atomic, T& written) {
  T old;
  if (!host_atomic) {
    __builtin_memcpy(&old, at, sizeof old);
    written = Op::run(old, b, c);
    __builtin_memcpy(at, &written, sizeof written);
  } else if constexpr (sizeof(T) > 8) {
    const std::lock_guard guard(wide_lock());
    return atomic_step<Op>(at, b, c, false, written);
  } else {
    std::atomic_ref<T> memory(*reinterpret_cast<T*>(at));
    old = memory.load();
    do {
      written = Op::run(old, b, c);
    } while (!memory.compare_exchange_weak(old, written));
  }
  return old;
}

}  // namespace warpscope::vgpu::access

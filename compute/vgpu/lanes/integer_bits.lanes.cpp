// vgpu/lanes/integer_bits.lanes.cpp: counting, finding, extracting and inserting bits; dot products of bytes.
#include "compute/vgpu/lanes/integer_types.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

// ---- Counting and finding. Written out, so that loops become vector code where there are no instructions for it.

template <class T>
inline T bit_count(T v) {
  constexpr T kOnes = static_cast<T>(~T{0});
  v = v - ((v >> 1) & (kOnes / 3));
  v = (v & (kOnes / 15 * 3)) + ((v >> 2) & (kOnes / 15 * 3));
  v = (v + (v >> 4)) & (kOnes / 255 * 15);
  return static_cast<T>(v * (kOnes / 255)) >> (8 * sizeof(T) - 8);
}

// All bits below the highest one set as well.
template <class T>
inline T smear(T v) {
  for (unsigned shift = 1; shift < 8 * sizeof(T); shift *= 2) v |= v >> shift;
  return v;
}

struct Popc {
  template <class T>
  static std::uint32_t run(T a) {
    return static_cast<std::uint32_t>(bit_count(a));
  }
};
struct Clz {
  template <class T>
  static std::uint32_t run(T a) {
    return static_cast<std::uint32_t>(8 * sizeof(T) - bit_count(smear(a)));
  }
};

struct Bfind {
  template <class T>
  static std::uint32_t run(T a) {
    using U = std::make_unsigned_t<T>;
    const U bits = a < T{0} ? static_cast<U>(~a) : static_cast<U>(a);
    return static_cast<std::uint32_t>(bit_count(smear(bits))) - 1;  // none found: 0 - 1
  }
};
struct BfindShiftamt {
  template <class T>
  static std::uint32_t run(T a) {
    const std::uint32_t position = Bfind::run(a);
    return position == ~0U ? position : static_cast<std::uint32_t>(8 * sizeof(T) - 1) - position;
  }
};

struct Brev {
  template <class T>
  static T run(T v) {
    constexpr T kOnes = static_cast<T>(~T{0});
    v = ((v >> 1) & (kOnes / 3)) | ((v & (kOnes / 3)) << 1);
    v = ((v >> 2) & (kOnes / 5)) | ((v & (kOnes / 5)) << 2);
    v = ((v >> 4) & (kOnes / 17)) | ((v & (kOnes / 17)) << 4);
    v = ((v >> 8) & (kOnes / 257)) | ((v & (kOnes / 257)) << 8);
    if constexpr (sizeof(T) == 8) v = ((v >> 16) & (kOnes / 65537)) | ((v & (kOnes / 65537)) << 16);
    return (v >> (4 * sizeof(T))) | (v << (4 * sizeof(T)));
  }
};

// The |offset|-th set bit from `base` on, upwards or downwards; 0: base itself.
struct Fns {
  static std::uint32_t run(std::uint32_t mask, std::uint32_t base, std::int32_t offset) {
    if (base > 31) return ~0U;
    if (offset == 0) return mask >> base & 1U ? base : ~0U;
    const int step = offset > 0 ? 1 : -1;
    std::int64_t left = offset > 0 ? offset : -std::int64_t{offset};
    for (int position = static_cast<int>(base); 0 <= position && position < 32; position += step) {
      if ((mask >> position & 1U) != 0 && --left == 0) return static_cast<std::uint32_t>(position);
    }
    return ~0U;
  }
};

// ---- Fields. Positions and lengths are 8 bits wide.

struct Bfe {
  template <class T>
  static T run(T a, std::uint32_t b, std::uint32_t c) {
    constexpr std::uint32_t kBits = 8 * sizeof(T);
    using U = std::make_unsigned_t<T>;
    const std::uint32_t position = b & 0xff, length = c & 0xff;
    T field = static_cast<T>(a >> (position < kBits ? position : kBits - 1));
    // Beyond the top, signs go on and unsigned numbers end.
    if constexpr (!std::is_signed_v<T>) field = position < kBits ? field : T{0};
    const std::uint32_t unused = length < kBits ? kBits - length : 0;
    const std::uint32_t shift = unused < kBits ? unused : kBits - 1;
    const T cut = static_cast<T>(static_cast<T>(static_cast<U>(field) << shift) >> shift);
    return length == 0 ? T{0} : cut;
  }
};
struct Bfi {
  template <class T>
  static T run(T a, T b, std::uint32_t c, std::uint32_t d) {
    constexpr std::uint32_t kBits = 8 * sizeof(T);
    const std::uint32_t position = c & 0xff, length = d & 0xff;
    const T ones = length < kBits ? static_cast<T>((T{1} << (length & (kBits - 1))) - 1) : static_cast<T>(~T{0});
    const std::uint32_t shift = position & (kBits - 1);
    const T mask = position < kBits ? static_cast<T>(ones << shift) : T{0};
    return static_cast<T>((b & ~mask) | (static_cast<T>(a << shift) & mask));
  }
};

inline std::uint32_t ones_from(std::uint32_t position) {
  return position < 32 ? ~0U << (position & 31) : 0U;
}

struct BmskWrap {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t position = a & 31, width = b & 31;
    return ones_from(position) & ~ones_from(position + width);
  }
};
struct BmskClamp {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t width = b < 32 ? b : 32;
    return a < 32 ? ones_from(a) & ~ones_from(a + width) : 0U;
  }
};

// The low `bits` bits, 0 to 31, of a; the sign of their highest above them for signed types.
template <class T>
inline T extend(T a, std::uint32_t bits) {
  const std::uint32_t shift = bits == 0 ? 31 : 32 - bits;
  const T result = static_cast<T>(static_cast<std::uint32_t>(a) << shift) >> shift;
  return bits == 0 ? T{0} : result;
}
struct SzextWrap {
  template <class T>
  static T run(T a, std::uint32_t b) {
    return extend(a, b & 31);
  }
};
struct SzextClamp {
  template <class T>
  static T run(T a, std::uint32_t b) {
    return b >= 32 ? a : extend(a, b & 31);
  }
};

// ---- Dot products: sums wrap

template <class Part>
inline std::uint32_t part(std::uint32_t word, int index) {
  return static_cast<std::uint32_t>(
      std::int32_t{static_cast<Part>(word >> (8 * static_cast<int>(sizeof(Part)) * index))});
}
template <class A, class B>
struct Dp4a {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    for (int i = 0; i < 4; ++i) c += part<A>(a, i) * part<B>(b, i);
    return c;
  }
};
template <class A, class B, int kFirst>
struct Dp2a {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return c + part<A>(a, 0) * part<B>(b, kFirst) + part<A>(a, 1) * part<B>(b, kFirst + 1);
  }
};

template <class A, class B>
HandlerPair find_dot_of(const LaneOp& op) {
  if (op.opcode == Opcode::kDp4a) {
    using A8 = std::conditional_t<std::is_signed_v<A>, std::int8_t, std::uint8_t>;
    return ternary_of<Dp4a<A8, B>, std::uint32_t>();
  }
  if (op.detail == Modifier::kLo) return ternary_of<Dp2a<A, B, 0>, std::uint32_t>();
  if (op.detail == Modifier::kHi) return ternary_of<Dp2a<A, B, 2>, std::uint32_t>();
  return {};
}

HandlerPair find_dot(const LaneOp& op) {
  const bool known =
      (op.type == Type::kS32 || op.type == Type::kU32) && (op.source == Type::kS32 || op.source == Type::kU32);
  if (!known) return {};
  if (op.type == Type::kS32) {
    return op.source == Type::kS32 ? find_dot_of<std::int16_t, std::int8_t>(op)
                                   : find_dot_of<std::int16_t, std::uint8_t>(op);
  }
  return op.source == Type::kS32 ? find_dot_of<std::uint16_t, std::int8_t>(op)
                                 : find_dot_of<std::uint16_t, std::uint8_t>(op);
}

// ---- Finding handlers

template <class Op>
HandlerPair find_count(Type type) {
  if (type == Type::kB32) return unary_pair<Op, std::uint32_t, std::uint32_t>();
  if (type == Type::kB64) return unary_pair<Op, std::uint32_t, std::uint64_t>();
  return {};
}

template <class T>
HandlerPair find_bfe() {
  return ternary_pair<Bfe, T, T, std::uint32_t, std::uint32_t>();
}

HandlerPair find_field(const LaneOp& op) {
  const bool wraps = op.detail == Modifier::kWrap;
  if (op.opcode == Opcode::kBfi) {
    if (op.type == Type::kB32) {
      return quaternary_pair<Bfi, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>();
    }
    if (op.type == Type::kB64) {
      return quaternary_pair<Bfi, std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t, std::uint32_t>();
    }
    return {};
  }
  if (op.opcode == Opcode::kBfe) {
    if (op.type == Type::kU32) return find_bfe<std::uint32_t>();
    if (op.type == Type::kS32) return find_bfe<std::int32_t>();
    if (op.type == Type::kU64) return find_bfe<std::uint64_t>();
    if (op.type == Type::kS64) return find_bfe<std::int64_t>();
    return {};
  }
  if (!wraps && op.detail != Modifier::kClamp) return {};
  if (op.opcode == Opcode::kBmsk) {
    if (op.type != Type::kB32) return {};
    return wraps ? binary_of<BmskWrap, std::uint32_t>() : binary_of<BmskClamp, std::uint32_t>();
  }
  return for_integer_32(op.type, [&]<class T>() {
    return wraps ? binary_pair<SzextWrap, T, T, std::uint32_t>() : binary_pair<SzextClamp, T, T, std::uint32_t>();
  });
}

template <class T>
HandlerPair find_bfind_of(const LaneOp& op) {
  return op.detail == Modifier::kShiftamt ? unary_pair<BfindShiftamt, std::uint32_t, T>()
                                          : unary_pair<Bfind, std::uint32_t, T>();
}

HandlerPair find_bfind(const LaneOp& op) {
  if (op.type == Type::kU32) return find_bfind_of<std::uint32_t>(op);
  if (op.type == Type::kS32) return find_bfind_of<std::int32_t>(op);
  if (op.type == Type::kU64) return find_bfind_of<std::uint64_t>(op);
  if (op.type == Type::kS64) return find_bfind_of<std::int64_t>(op);
  return {};
}

}  // namespace

HandlerPair find_integer_bits(const LaneOp& op) {
  switch (op.opcode) {
    case Opcode::kPopc:
      return find_count<Popc>(op.type);
    case Opcode::kClz:
      return find_count<Clz>(op.type);
    case Opcode::kBfind:
      return find_bfind(op);
    case Opcode::kBrev:
      if (op.type == Type::kB32) return unary_of<Brev, std::uint32_t>();
      return op.type == Type::kB64 ? unary_of<Brev, std::uint64_t>() : HandlerPair{};
    case Opcode::kFns:
      return op.type == Type::kB32 ? ternary_pair<Fns, std::uint32_t, std::uint32_t, std::uint32_t, std::int32_t>()
                                   : HandlerPair{};
    case Opcode::kBfe:
    case Opcode::kBfi:
    case Opcode::kBmsk:
    case Opcode::kSzext:
      return find_field(op);
    case Opcode::kDp4a:
    case Opcode::kDp2a:
      return find_dot(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

// vgpu/lanes/move.lanes.cpp: mov of values, vectors and local addresses; selp, slct.
#include "compute/vgpu/lanes/integer_types.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Opcode;
using ptx::Type;

struct U128 {
  std::uint64_t low, high;
};

// ---- One value

struct Copy {
  template <class T>
  static T run(T a) {
    return a;
  }
};

template <class T>
void copy_row(Exec& exec, const Inst& inst) {
  std::memcpy(exec.row<T>(inst.d), exec.row<T>(inst.s[0]), kLanes * sizeof(T));
}
template <class T>
HandlerPair copy_pair() {
  return {copy_row<T>, unary<Copy, T, T, true>};
}
void copy_predicate(Exec& exec, const Inst& inst) {
  write_predicate(exec, inst.d, read_predicate(exec, inst, 0));
}

// Special registers are 32 or 64 bits wide and may be read as the other.
struct Resize {
  static std::uint32_t run(std::uint64_t a) { return static_cast<std::uint32_t>(a); }
  static std::uint64_t run(std::uint32_t a) { return a; }
};
struct Resize16 {
  static std::uint16_t run(std::uint32_t a) { return static_cast<std::uint16_t>(a); }
};

HandlerPair find_copy(const LaneOp& op) {
  const int from = op.source_bytes[0], to = op.destination_bytes;
  if (op.type == Type::kPred) return {copy_predicate, copy_predicate};
  if (from == 4 && to == 8) return unary_pair<Resize, std::uint64_t, std::uint32_t>();
  if (from == 8 && to == 4) return unary_pair<Resize, std::uint32_t, std::uint64_t>();
  if (from == 4 && to == 2) return unary_pair<Resize16, std::uint16_t, std::uint32_t>();
  if (from != to) return {};
  switch (to) {
    case 2:
      return copy_pair<std::uint16_t>();
    case 4:
      return copy_pair<std::uint32_t>();
    case 8:
      return copy_pair<std::uint64_t>();
    case 16:
      return copy_pair<U128>();
    default:
      return {};
  }
}

// ---- Vectors: the first element is the lowest. Elements of 8 bits lie in rows of 16.

template <class D, class E, int kCount, int kBits>
struct Packing {
  static D pack(const E* const* sources, int lane) {
    D result = 0;
    for (int i = 0; i < kCount; ++i) {
      const D element = static_cast<D>(static_cast<D>(sources[i][lane]) & kElement);
      result = static_cast<D>(result | static_cast<D>(element << (kBits * i)));
    }
    return result;
  }
  static E unpack(D value, int i) { return static_cast<E>((value >> (kBits * i)) & kElement); }
  static constexpr D kElement = static_cast<D>((D{1} << kBits) - 1);
};

template <class D, class E, int kCount, int kBits, bool kMasked>
void pack(Exec& exec, const Inst& inst) {
  D* d = exec.row<D>(inst.d);
  const E* sources[kCount];
  for (int i = 0; i < kCount; ++i) sources[i] = exec.row<E>(inst.s[i]);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const D result = Packing<D, E, kCount, kBits>::pack(sources, l);
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

// Destinations are d, s[1], s[2], s[3]; the source is s[0]. Sinks are all one row, which nobody reads.
template <class S, class E, int kCount, int kBits, bool kMasked>
void unpack(Exec& exec, const Inst& inst) {
  const S* source = exec.row<S>(inst.s[0]);
  const std::int32_t* on = exec.lane_on;
  for (int i = 0; i < kCount; ++i) {
    E* d = exec.row<E>(i == 0 ? inst.d : inst.s[i]);
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) {
      const E result = Packing<S, E, kCount, kBits>::unpack(source[l], i);
      d[l] = !kMasked || on[l] ? result : d[l];
    }
  }
}

// 128-bit registers are copied in parts: Part is what one element is.
template <class Part, int kCount>
void pack_128(Exec& exec, const Inst& inst) {
  std::uint8_t* d = exec.row<std::uint8_t>(inst.d);
  for (int i = 0; i < kCount; ++i) {
    const Part* source = exec.row<Part>(inst.s[i]);
    for (int l = 0; l < kLanes; ++l) {
      if ((exec.mask & kLaneBit[l]) != 0)
        std::memcpy(d + 16 * l + sizeof(Part) * static_cast<std::size_t>(i), source + l, sizeof(Part));
    }
  }
}
template <class Part, int kCount>
void unpack_128(Exec& exec, const Inst& inst) {
  const std::uint8_t* source = exec.row<std::uint8_t>(inst.s[0]);
  for (int i = 0; i < kCount; ++i) {
    Part* d = exec.row<Part>(i == 0 ? inst.d : inst.s[i]);
    for (int l = 0; l < kLanes; ++l) {
      if ((exec.mask & kLaneBit[l]) != 0)
        std::memcpy(d + l, source + 16 * l + sizeof(Part) * static_cast<std::size_t>(i), sizeof(Part));
    }
  }
}

template <class D, class E, int kCount, int kBits>
HandlerPair pack_pair(bool packs) {
  if (packs) return {pack<D, E, kCount, kBits, false>, pack<D, E, kCount, kBits, true>};
  return {unpack<D, E, kCount, kBits, false>, unpack<D, E, kCount, kBits, true>};
}
template <class Part, int kCount>
HandlerPair pack_128_pair(bool packs) {
  const Handler handler = packs ? pack_128<Part, kCount> : unpack_128<Part, kCount>;
  return {handler, handler};
}

// sources: how many elements; detail kHi: from a vector to a scalar (packs), kLo: the other way.
HandlerPair find_pack(const LaneOp& op) {
  const bool packs = op.detail == ptx::Modifier::kHi;
  const int whole = packs ? op.destination_bytes : op.source_bytes[0];
  switch (whole * 10 + op.sources) {
    case 22:
      return pack_pair<std::uint16_t, std::uint16_t, 2, 8>(packs);
    case 42:
      return pack_pair<std::uint32_t, std::uint16_t, 2, 16>(packs);
    case 44:
      return pack_pair<std::uint32_t, std::uint16_t, 4, 8>(packs);
    case 82:
      return pack_pair<std::uint64_t, std::uint32_t, 2, 32>(packs);
    case 84:
      return pack_pair<std::uint64_t, std::uint16_t, 4, 16>(packs);
    case 162:
      return pack_128_pair<std::uint64_t, 2>(packs);
    case 164:
      return pack_128_pair<std::uint32_t, 4>(packs);
    default:
      return {};
  }
}

// ---- Addresses in local memory: Inst::imm is the offset in the frame that runs

template <class T>
void local_address(Exec& exec, const Inst& inst) {
  T* d = exec.row<T>(inst.d);
  const T address = static_cast<T>(exec.frame_local_base + static_cast<std::uint64_t>(inst.imm));
  const LaneMask mask = exec.mask;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) d[l] = (mask & kLaneBit[l]) != 0 ? address : d[l];
}

// ---- Selections

template <class T, bool kMasked>
void selp(Exec& exec, const Inst& inst) {
  T* d = exec.row<T>(inst.d);
  const T* a = exec.row<T>(inst.s[0]);
  const T* b = exec.row<T>(inst.s[1]);
  const LaneMask p = read_predicate(exec, inst, 2);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const T x = a[l], y = b[l];
    const T result = (p & kLaneBit[l]) != 0 ? x : y;
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

// A NaN selects b. With .ftz negative subnormal numbers count as zero.
struct Slct {
  template <class T>
  static T run(T a, T b, std::int32_t c) {
    return c >= 0 ? a : b;
  }
  template <class T>
  static T run(T a, T b, float c) {
    return c >= 0.0F ? a : b;
  }
};
struct SlctFtz {
  template <class T>
  static T run(T a, T b, float c) {
    return c > -0x1p-126F ? a : b;
  }
};

HandlerPair find_slct(const LaneOp& op) {
  return for_bits(op.type, [&]<class T>() -> HandlerPair {
    if (op.source == Type::kS32) return ternary_pair<Slct, T, T, T, std::int32_t>();
    if (op.source != Type::kF32) return {};
    return op.ftz ? ternary_pair<SlctFtz, T, T, T, float>() : ternary_pair<Slct, T, T, T, float>();
  });
}

}  // namespace

HandlerPair find_move(const LaneOp& op) {
  switch (op.opcode) {
    case Opcode::kMov:
      if (op.detail == ptx::Modifier::kHi || op.detail == ptx::Modifier::kLo) return find_pack(op);
      if (op.detail == ptx::Modifier::kBase) {
        if (op.destination_bytes == 4) return {local_address<std::uint32_t>, local_address<std::uint32_t>};
        return {local_address<std::uint64_t>, local_address<std::uint64_t>};
      }
      return find_copy(op);
    case Opcode::kSelp:
      return for_bits(op.type, []<class T>() { return HandlerPair{selp<T, false>, selp<T, true>}; });
    case Opcode::kSlct:
      return find_slct(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

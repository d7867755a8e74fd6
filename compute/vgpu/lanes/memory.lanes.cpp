// Loads and stores of the common widths, as fast as lanes allow. A handler looks at the addresses of 16 lanes at a
// time: all the same, one behind the other, or anywhere within one page. What is none of these, or faults, or is
// watched goes to access::load() and access::store(), which know everything. Nothing is written before both halves have
// been looked at. Kernels may race on purpose: nothing here tells the thread sanitizer about memory of the virtual GPU.
#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/address_space.h"
#include "compute/vgpu/global_memory.h"
#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

using access::MemoryOp;
using access::Reach;

namespace {

constexpr int kHalf = 16;

// The type of an element in memory and in a register.
template <class Memory, class Register>
struct Cell {
  using M [[gnu::may_alias]] = Memory;
  using R = Register;
};

// ---- Addresses of 16 lanes

template <class Base>
struct PlainAddresses {
  const Base* base;
  Base offset;
  [[gnu::always_inline, gnu::no_sanitize("thread")]] Base at(int l) const { return base[l] + offset; }
};

// Lanes that take no part go where the first that does goes.
template <class Base>
struct MaskedAddresses {
  alignas(64) Base address[kHalf];
  [[gnu::always_inline, gnu::no_sanitize("thread")]] Base at(int l) const { return address[l]; }
};

template <class Base>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void take_addresses(const Exec&, const Base* base,
                                                                              Base offset, int half,
                                                                              PlainAddresses<Base>& out) {
  out = {base + half * kHalf, offset};
}

template <class Base>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void take_addresses(const Exec& exec, const Base* base,
                                                                              Base offset, int half,
                                                                              MaskedAddresses<Base>& out) {
  const int begin = half * kHalf;
  const Base first = base[begin + std::countr_zero(exec.mask >> begin)] + offset;
  const std::int32_t* on = exec.lane_on + begin;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kHalf; ++l) out.address[l] = on[l] ? base[begin + l] + offset : first;
}

// Where 16 lanes go, as far as it can be said with a few vector operations.
template <class Base>
struct Pattern {
  Base first;     // address of lane 0
  Base differ;    // bits in which some lane's address differs from lane 0's
  Base straight;  // 0: lane l goes to first + l * bytes
};

template <std::uint32_t kBytes, class Base, class Addresses>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline Pattern<Base> look(const Addresses& addresses) {
  Pattern<Base> p{addresses.at(0), 0, 0};
  Base differ = 0, straight = 0;
  for (int l = 0; l < kHalf; ++l) {
    const Base a = addresses.at(l);
    differ |= a ^ p.first;
    straight |= a ^ (p.first + static_cast<Base>(l) * kBytes);
  }
  p.differ = differ;
  p.straight = straight;
  return p;
}

template <class Base, class Addresses>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline Base largest(const Addresses& addresses) {
  Base most = 0;
  for (int l = 0; l < kHalf; ++l) most = most < addresses.at(l) ? addresses.at(l) : most;
  return most;
}

// ---- From addresses to the host's bytes

// Bytes of the host: those of address a are at origin + (a - start).
template <class Base>
struct Window {
  std::uint8_t* origin = nullptr;
  Base start = 0;
};

struct GlobalSpace {
  template <std::uint32_t kBytes, bool kStore, class Base, class Addresses>
  [[gnu::always_inline, gnu::no_sanitize("thread")]] static bool find(Exec& exec, const Addresses& addresses,
                                                                      const Pattern<Base>& p, Window<Base>& out) {
    if ((((p.first | p.differ) & (kBytes - 1)) | (p.differ >> kPageShift)) != 0) return false;
    const Page* page = kStore ? exec.memory->writable_page(p.first) : exec.memory->page(p.first);
    if (page == nullptr) return false;
    out.origin = page->data;
    out.start = p.first & ~static_cast<Base>(kPageBytes - 1);
    // first | differ is no less than any address. Only where it is too much, they are looked at one by one.
    const Base bound = (p.first | p.differ) - out.start;
    return bound + kBytes <= page->valid_bytes || largest<Base>(addresses) - out.start + kBytes <= page->valid_bytes;
  }
};

struct SharedSpace {
  template <std::uint32_t kBytes, bool kStore, class Base, class Addresses>
  [[gnu::always_inline, gnu::no_sanitize("thread")]] static bool find(Exec& exec, const Addresses& addresses,
                                                                      const Pattern<Base>& p, Window<Base>& out) {
    if (((p.first | p.differ) & (kBytes - 1)) != 0) return false;
    out.origin = exec.shared;
    out.start = 0;
    const std::uint64_t bound = p.first | p.differ;
    if (bound < exec.shared_bytes && bound + kBytes <= exec.shared_bytes) return true;
    const std::uint64_t most = largest<Base>(addresses);
    return most < exec.shared_bytes && most + kBytes <= exec.shared_bytes;
  }
};

// ---- Moves

template <bool kMasked, class T>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline T keep(const std::int32_t* on, int l, T value, T old) {
  return !kMasked || on[l] ? value : old;
}

template <class C, int kElements, bool kMasked, class Base, class Addresses>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void load_half(const Exec& exec,
                                                                         typename C::R* const (&rows)[4], int half,
                                                                         const Addresses& addresses,
                                                                         const Pattern<Base>& p, Window<Base> from) {
  using M = typename C::M;
  using R = typename C::R;
  const std::int32_t* on = exec.lane_on + half * kHalf;
  const M* first = reinterpret_cast<const M*>(from.origin + (p.first - from.start));
  if (p.straight == 0) {
    for (int i = 0; i < kElements; ++i) {
      R* row = rows[i] + half * kHalf;
      WARPSCOPE_EACH_LANE
      for (int l = 0; l < kHalf; ++l) row[l] = keep<kMasked>(on, l, static_cast<R>(first[l * kElements + i]), row[l]);
    }
  } else if (p.differ == 0) {
    for (int i = 0; i < kElements; ++i) {
      R* row = rows[i] + half * kHalf;
      const R value = static_cast<R>(first[i]);
      WARPSCOPE_EACH_LANE
      for (int l = 0; l < kHalf; ++l) row[l] = keep<kMasked>(on, l, value, row[l]);
    }
  } else {
#pragma GCC unroll 16
    for (int l = 0; l < kHalf; ++l) {
      const M* at = reinterpret_cast<const M*>(from.origin + (addresses.at(l) - from.start));
      R values[kElements];
      for (int i = 0; i < kElements; ++i) values[i] = static_cast<R>(at[i]);
      for (int i = 0; i < kElements; ++i) {
        R& to = rows[i][half * kHalf + l];
        to = keep<kMasked>(on, l, values[i], to);
      }
    }
  }
}

template <class C, int kElements, bool kMasked, class Base, class Addresses>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void store_half(const Exec& exec,
                                                                          const typename C::R* const (&rows)[4],
                                                                          int half, const Addresses& addresses,
                                                                          const Pattern<Base>& p, Window<Base> to) {
  using M = typename C::M;
  const std::int32_t* on = exec.lane_on + half * kHalf;
  if (!kMasked && p.straight == 0) {
    M* first = reinterpret_cast<M*>(to.origin + (p.first - to.start));
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kHalf; ++l) {
      for (int i = 0; i < kElements; ++i) first[l * kElements + i] = static_cast<M>(rows[i][half * kHalf + l]);
    }
    return;
  }
  // In the order of the lanes: where several go to one place, the last one's value stays.
  for (int l = 0; l < kHalf; ++l) {
    if (kMasked && !on[l]) continue;
    M* at = reinterpret_cast<M*>(to.origin + (addresses.at(l) - to.start));
    for (int i = 0; i < kElements; ++i) at[i] = static_cast<M>(rows[i][half * kHalf + l]);
  }
}

// ---- Spaces that lie as they are addressed

template <class Space, class C, int kElements, bool kMasked, bool kStore, class Base>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline bool access_rows(Exec& exec, const Base* base, Base offset,
                                                                           typename C::R* const (&rows)[4]) {
  using Addresses = std::conditional_t<kMasked, MaskedAddresses<Base>, PlainAddresses<Base>>;
  constexpr std::uint32_t kBytes = sizeof(typename C::M) * kElements;
  Addresses addresses[2];
  Pattern<Base> pattern[2];
  Window<Base> window[2];
  for (int half = 0; half < 2; ++half) {
    if (kMasked && (exec.mask >> (half * kHalf) & 0xffffU) == 0) continue;
    take_addresses<Base>(exec, base, offset, half, addresses[half]);
    pattern[half] = look<kBytes, Base>(addresses[half]);
    if (!Space::template find<kBytes, kStore>(exec, addresses[half], pattern[half], window[half])) return false;
  }
  for (int half = 0; half < 2; ++half) {
    if (kMasked && (exec.mask >> (half * kHalf) & 0xffffU) == 0) continue;
    if constexpr (kStore) {
      store_half<C, kElements, kMasked>(exec, rows, half, addresses[half], pattern[half], window[half]);
      exec.polls = 0;
    } else {
      load_half<C, kElements, kMasked>(exec, rows, half, addresses[half], pattern[half], window[half]);
    }
  }
  return true;
}

// ---- Local memory: word w of lane l is at [w * 32 + l]

// An element whose first word is at `words`, moved to or from a register. kStep is the distance of its words.
template <class C>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline typename C::R load_local(const std::uint32_t* words,
                                                                                   std::uint64_t address) {
  using M = typename C::M;
  if constexpr (sizeof(M) == 8) {
    return static_cast<typename C::R>(words[0] | static_cast<std::uint64_t>(words[kLanes]) << 32);
  } else {
    return static_cast<typename C::R>(static_cast<M>(words[0] >> (8 * (address & (4 - sizeof(M)) & 3))));
  }
}

template <class C>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void store_local(std::uint32_t* words, std::uint64_t address,
                                                                           typename C::R value) {
  using M = typename C::M;
  if constexpr (sizeof(M) == 8) {
    words[0] = static_cast<std::uint32_t>(value);
    words[kLanes] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32);
  } else if constexpr (sizeof(M) == 4) {
    words[0] = value;
  } else {
    const int shift = static_cast<int>(8 * (address & 3));
    const std::uint32_t bits = static_cast<std::uint32_t>((1U << (8 * sizeof(M))) - 1) << shift;
    words[0] = (words[0] & ~bits) | (static_cast<std::uint32_t>(value) << shift & bits);
  }
}

// All lanes at the same address: what stack variables nearly always are.
template <class C, int kElements, bool kMasked, bool kStore>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void access_local_row(Exec& exec, std::uint64_t first,
                                                                                typename C::R* const (&rows)[4]) {
  const std::int32_t* on = exec.lane_on;
  for (int i = 0; i < kElements; ++i) {
    typename C::R* row = rows[i];
    const std::uint64_t address = first + static_cast<std::uint64_t>(i) * sizeof(typename C::M);
    std::uint32_t* words = exec.local + address / 4 * kLanes;
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) {
      if constexpr (kStore) {
        if (!kMasked || on[l]) store_local<C>(words + l, address, row[l]);
      } else {
        row[l] = keep<kMasked>(on, l, load_local<C>(words + l, address), row[l]);
      }
    }
  }
}

template <class C, int kElements, bool kMasked, bool kStore>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline bool access_local(Exec& exec, const std::uint64_t* base,
                                                                            std::uint64_t offset,
                                                                            typename C::R* const (&rows)[4]) {
  constexpr std::uint32_t kSize = sizeof(typename C::M);
  constexpr std::uint32_t kBytes = kSize * kElements;
  const std::int32_t* on = exec.lane_on;
  const std::uint64_t first = base[kMasked ? std::countr_zero(exec.mask) : 0] + offset;
  alignas(64) std::uint64_t address[kLanes];
  std::uint64_t differ = 0, most = 0;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) address[l] = !kMasked || on[l] ? base[l] + offset : first;
  for (int l = 0; l < kLanes; ++l) {
    differ |= address[l] ^ first;
    most = most < address[l] ? address[l] : most;
  }
  if (((first | differ) & (kBytes - 1)) != 0 || most >= exec.local_bytes || most + kBytes > exec.local_bytes)
    return false;
  if (differ == 0) {
    access_local_row<C, kElements, kMasked, kStore>(exec, first, rows);
    return true;
  }
  for (int l = 0; l < kLanes; ++l) {
    if (kMasked && !on[l]) continue;
    for (int i = 0; i < kElements; ++i) {
      const std::uint64_t at = address[l] + static_cast<std::uint64_t>(i) * kSize;
      std::uint32_t* words = exec.local + at / 4 * kLanes + l;
      if constexpr (kStore) {
        store_local<C>(words, at, rows[i][l]);
      } else {
        rows[i][l] = load_local<C>(words, at);
      }
    }
  }
  return true;
}

// ---- Handlers

template <Reach kReach, class C, int kElements, bool kMasked, bool kStore, class Base>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline bool access_memory(Exec& exec, const Inst& inst) {
  using R = typename C::R;
  R* const rows[4] = {exec.row<R>(kStore ? inst.s[1] : inst.d), exec.row<R>(kStore ? inst.s[2] : inst.s[1]),
                      exec.row<R>(kStore ? inst.s[3] : inst.s[2]), exec.row<R>(kStore ? inst.d : inst.s[3])};
  const Base* base = exec.row<Base>(inst.s[0]);
  Base offset = static_cast<Base>(inst.imm);
  if constexpr (kReach == Reach::kGlobal) {
    return access_rows<GlobalSpace, C, kElements, kMasked, kStore>(exec, base, offset, rows);
  } else if constexpr (kReach == Reach::kShared) {
    return access_rows<SharedSpace, C, kElements, kMasked, kStore>(exec, base, offset, rows);
  } else if constexpr (kReach == Reach::kLocal) {
    if ((inst.flags[0] & access::kFrameRelative) != 0) offset += exec.frame_local_base;
    return access_local<C, kElements, kMasked, kStore>(exec, base, offset, rows);
  } else {
    // The window of the first lane; a lane with another one is then far out of bounds, and all is left to the slow way.
    const std::uint64_t first = base[kMasked ? std::countr_zero(exec.mask) : 0] + offset;
    if (in_window(first, kLocalWindow)) {
      return access_local<C, kElements, kMasked, kStore>(exec, base, offset - kLocalWindow, rows);
    }
    if (in_window(first, kSharedWindow)) {
      return access_rows<SharedSpace, C, kElements, kMasked, kStore>(exec, base, offset - kSharedWindow, rows);
    }
    return access_rows<GlobalSpace, C, kElements, kMasked, kStore>(exec, base, offset, rows);
  }
}

template <Reach kReach, class C, int kElements, bool kMasked, class Base>
[[gnu::no_sanitize("thread")]] void fast_load(Exec& exec, const Inst& inst) {
  if (exec.log != nullptr || !access_memory<kReach, C, kElements, kMasked, false, Base>(exec, inst)) {
    access::load(exec, inst);
    return;
  }
  if ((inst.extra & 7) != static_cast<std::uint16_t>(MemoryOrder::kWeak)) ++exec.polls;
}

template <Reach kReach, class C, int kElements, bool kMasked, class Base>
[[gnu::no_sanitize("thread")]] void fast_store(Exec& exec, const Inst& inst) {
  if (exec.log != nullptr || !access_memory<kReach, C, kElements, kMasked, true, Base>(exec, inst)) {
    access::store(exec, inst);
  }
}

// Of an entry's parameters, at an address that is the same for all.
template <class C, int kElements, bool kMasked>
[[gnu::no_sanitize("thread")]] void load_parameter(Exec& exec, const Inst& inst) {
  using M = typename C::M;
  using R = typename C::R;
  constexpr std::uint32_t kBytes = sizeof(M) * kElements;
  const auto offset = static_cast<std::uint64_t>(inst.imm);
  if (exec.log != nullptr || offset % kBytes != 0 || offset >= exec.parameter_bytes ||
      offset + kBytes > exec.parameter_bytes) {
    access::load(exec, inst);
    return;
  }
  R* const rows[4] = {exec.row<R>(inst.d), exec.row<R>(inst.s[1]), exec.row<R>(inst.s[2]), exec.row<R>(inst.s[3])};
  for (int i = 0; i < kElements; ++i) {
    M bits;
    std::memcpy(&bits, exec.parameters + offset + sizeof(M) * static_cast<std::uint32_t>(i), sizeof bits);
    const R value = static_cast<R>(bits);
    const std::int32_t* on = exec.lane_on;
    R* row = rows[i];
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) row[l] = keep<kMasked>(on, l, value, row[l]);
  }
}

// ---- Which handler

template <Reach kReach, class C, int kElements, class Base>
HandlerPair pair_of(bool is_store) {
  if (is_store) {
    return {fast_store<kReach, C, kElements, false, Base>, fast_store<kReach, C, kElements, true, Base>};
  }
  return {fast_load<kReach, C, kElements, false, Base>, fast_load<kReach, C, kElements, true, Base>};
}

template <class C, int kElements>
HandlerPair find_space(const MemoryOp& op, bool is_store, bool constant_address) {
  const bool wide = op.base_bytes == 8;
  switch (op.reach) {
    case Reach::kGeneric:
      return wide ? pair_of<Reach::kGeneric, C, kElements, std::uint64_t>(is_store) : HandlerPair{};
    case Reach::kGlobal:
    case Reach::kConstant:
      return wide ? pair_of<Reach::kGlobal, C, kElements, std::uint64_t>(is_store) : HandlerPair{};
    case Reach::kShared:
      return wide ? pair_of<Reach::kShared, C, kElements, std::uint64_t>(is_store)
                  : pair_of<Reach::kShared, C, kElements, std::uint32_t>(is_store);
    case Reach::kLocal:
      return wide ? pair_of<Reach::kLocal, C, kElements, std::uint64_t>(is_store) : HandlerPair{};
    case Reach::kParameter:
      if (is_store || !constant_address) return {};
      return {load_parameter<C, kElements, false>, load_parameter<C, kElements, true>};
  }
  return {};
}

template <class C>
HandlerPair find_elements(const MemoryOp& op, bool is_store, bool constant_address) {
  switch (op.elements) {
    case 1:
      return find_space<C, 1>(op, is_store, constant_address);
    case 2:
      return find_space<C, 2>(op, is_store, constant_address);
    case 4:
      if constexpr (sizeof(typename C::M) == 4) return find_space<C, 4>(op, is_store, constant_address);
      [[fallthrough]];
    default:
      return {};
  }
}

}  // namespace

// Null handlers: the general ones serve. Defined here, declared by access/fast_access.cpp.
HandlerPair find_memory(const MemoryOp& op, bool is_store, bool constant_address);

HandlerPair find_memory(const MemoryOp& op, bool is_store, bool constant_address) {
  if (op.order == MemoryOrder::kAcquire || op.order == MemoryOrder::kRelease) return {};
  if (op.element_bytes == 4 && op.row_bytes == 4) {
    return find_elements<Cell<std::uint32_t, std::uint32_t>>(op, is_store, constant_address);
  }
  if (op.element_bytes == 8 && op.row_bytes == 8) {
    return find_elements<Cell<std::uint64_t, std::uint64_t>>(op, is_store, constant_address);
  }
  if (op.elements != 1 || op.row_bytes != 2) return {};
  if (op.element_bytes == 2) return find_space<Cell<std::uint16_t, std::uint16_t>, 1>(op, is_store, constant_address);
  if (op.is_signed && !is_store) return find_space<Cell<std::int8_t, std::uint16_t>, 1>(op, is_store, constant_address);
  return find_space<Cell<std::uint8_t, std::uint16_t>, 1>(op, is_store, constant_address);
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

// Loads and stores of the common widths, as fast as lanes allow. A handler looks at the addresses of 16 lanes at a
// time: all the same, one behind the other, or anywhere within one page. What is none of these, or faults, goes to
// access::load() and access::store(), which know everything. Nothing is written before
// both halves have been looked at. Kernels may race on purpose: nothing here tells the thread sanitizer about memory of
// the virtual GPU.
#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/address_space.h"
#include "compute/vgpu/global_memory.h"
#include "compute/vgpu/lanes/lane_addresses.h"
#include "compute/vgpu/lanes/lane_loop.h"
#include "compute/vgpu/lanes/memory_local.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

namespace {

// ---- Where half a warp goes

enum class Way : std::uint8_t {
  kNowhere,   // no lane takes part
  kStraight,  // one behind the other
  kSame,
  kScattered,  // anywhere in one window
};

// Bytes of the host: those of address a are at origin + (a - start). Up to start + span an access may begin.
template <class Base>
struct Window {
  std::uint8_t* origin = nullptr;
  Base start = 0;
  Base span = 0;
};

template <class Base>
struct Half {
  LaneMask lanes = 0;  // that take part
  Base first = 0;      // address of the first of them
  Base line = 0;       // where lane 0 would go, were it in line with that one
  Window<Base> window;
  Way way = Way::kNowhere;
};

struct GlobalSpace {
  template <std::uint32_t kBytes, bool kStore, class Base>
  WARPSCOPE_RACY_INLINE static bool find(Exec& exec, Base address, Window<Base>& out) {
    const Page* page = kStore ? exec.memory->writable_page(address) : exec.memory->page(address);
    if (page == nullptr || page->valid_bytes < kBytes) return false;
    out = {page->data, address & ~static_cast<Base>(kPageBytes - 1), static_cast<Base>(page->valid_bytes - kBytes)};
    return true;
  }
};

struct SharedSpace {
  template <std::uint32_t kBytes, bool kStore, class Base>
  WARPSCOPE_RACY_INLINE static bool find(Exec& exec, Base, Window<Base>& out) {
    if (exec.shared_bytes < kBytes) return false;
    out = {exec.shared, 0, static_cast<Base>(exec.shared_bytes - kBytes)};
    return true;
  }
};

// Whether `count` accesses of kBytes, one behind the other from `address`, lie in a window.
template <std::uint32_t kBytes, class Base>
WARPSCOPE_RACY_INLINE bool fits(const Window<Base>& window, Base address, Base count) {
  const Base offset = address - window.start, behind = (count - 1) * kBytes;
  return (address & (kBytes - 1)) == 0 && window.span >= behind && offset <= window.span - behind;
}

// Half `h` of the lanes that take part. False: nothing is there, or nothing may be written.
template <class Space, std::uint32_t kBytes, bool kMasked, bool kStore, class Base>
WARPSCOPE_RACY_INLINE bool find_half(Exec& exec, LaneMask on, const Base* base, Base offset, int h, Half<Base>& half) {
  const LaneMask part = on >> (kHalf * h) & 0xffffU;
  half.lanes = part << (kHalf * h);
  if (kMasked && part == 0) return true;
  const int lane = kMasked ? std::countr_zero(part) : 0;
  half.first = base[kHalf * h + lane] + offset;
  half.line = half.first - static_cast<Base>(lane) * kBytes;
  return Space::template find<kBytes, kStore>(exec, half.first, half.window);
}

// What the lanes of a half do. `scattered_badly`: lanes that leave their window or are misaligned, asked for only where
// some lanes scatter.
template <std::uint32_t kBytes, class Base>
WARPSCOPE_RACY_INLINE bool choose_way(Half<Base>& half, LaneMask crooked, LaneMask unlike, LaneMask bad) {
  if (half.lanes == 0) {
    half.way = Way::kNowhere;
    return true;
  }
  if ((crooked & half.lanes) == 0 && fits<kBytes, Base>(half.window, half.line, kHalf)) {
    half.way = Way::kStraight;
    return true;
  }
  half.way = (unlike & half.lanes) == 0 ? Way::kSame : Way::kScattered;
  return half.way == Way::kSame ? fits<kBytes, Base>(half.window, half.first, 1) : (bad & half.lanes) == 0;
}

// Sorts both halves of the warp into ways. False: not for the fast handlers, or a fault.
template <class Space, std::uint32_t kBytes, bool kMasked, bool kStore, class Base>
WARPSCOPE_RACY_INLINE bool plan(Exec& exec, const Base* base, Base offset, Half<Base>& low, Half<Base>& high) {
  const LaneMask on = kMasked ? exec.mask : base::kAllLanes;
  const auto lanes = LaneAddresses<Base>::load(base, offset);
  if (!find_half<Space, kBytes, kMasked, kStore>(exec, on, base, offset, 0, low) ||
      !find_half<Space, kBytes, kMasked, kStore>(exec, on, base, offset, 1, high)) {
    return false;
  }
  const LaneMask crooked = lanes.crooked({low.line, high.line}, kBytes) & on;
  if (crooked == 0 && choose_way<kBytes>(low, 0, ~0U, 0) && choose_way<kBytes>(high, 0, ~0U, 0)) {
    if (low.way != Way::kScattered && high.way != Way::kScattered) return true;
  }
  const LaneMask unlike = lanes.unlike({low.first, high.first}) & on;
  LaneMask bad = 0;
  if (unlike != 0) {
    bad = lanes.outside({low.window.start, high.window.start}, {low.window.span, high.window.span}) & on;
    bad |= lanes.with_bits(kBytes - 1) & on;
  }
  return choose_way<kBytes>(low, crooked, unlike, bad) && choose_way<kBytes>(high, crooked, unlike, bad);
}

// ---- Moves

template <class C, int kElements, bool kMasked, class Base>
WARPSCOPE_RACY_INLINE void load_half(const Exec& exec, typename C::R* const (&rows)[4], int h, const Half<Base>& half,
                                     const Base* base, Base offset) {
  using M = typename C::M;
  using R = typename C::R;
  const std::int32_t* on = exec.lane_on + h * kHalf;
  if (half.way == Way::kStraight) {
    const M* first = reinterpret_cast<const M*>(half.window.origin + (half.line - half.window.start));
    for (int i = 0; i < kElements; ++i) {
      R* row = rows[i] + h * kHalf;
      WARPSCOPE_EACH_OF_HALF
      for (int l = 0; l < kHalf; ++l) row[l] = keep<kMasked>(on, l, static_cast<R>(first[l * kElements + i]), row[l]);
    }
  } else if (half.way == Way::kSame) {
    const M* first = reinterpret_cast<const M*>(half.window.origin + (half.first - half.window.start));
    for (int i = 0; i < kElements; ++i) {
      R* row = rows[i] + h * kHalf;
      const R value = static_cast<R>(first[i]);
      WARPSCOPE_EACH_OF_HALF
      for (int l = 0; l < kHalf; ++l) row[l] = keep<kMasked>(on, l, value, row[l]);
    }
  } else if (half.way == Way::kScattered) {
    for (int l = 0; l < kHalf; ++l) {
      if (kMasked && !on[l]) continue;
      const M* at = reinterpret_cast<const M*>(half.window.origin + (base[h * kHalf + l] + offset - half.window.start));
      R values[kElements];  // all of them first: a destination may be the address row
      for (int i = 0; i < kElements; ++i) values[i] = static_cast<R>(at[i]);
      for (int i = 0; i < kElements; ++i) rows[i][h * kHalf + l] = values[i];
    }
  }
}

// Half a row to where the lanes that take part are one behind the other; other lanes' bytes are not touched. False: the
// machine has no such instruction.
template <class T>
WARPSCOPE_RACY_INLINE bool store_some(T* to, const T* row, const std::int32_t* on) {
#if defined(__AVX512F__)
  const __mmask16 mask = _mm512_test_epi32_mask(_mm512_loadu_si512(on), _mm512_set1_epi32(-1));
  if constexpr (sizeof(T) == 4) {
    _mm512_mask_storeu_epi32(to, mask, _mm512_loadu_si512(row));
    return true;
  } else if constexpr (sizeof(T) == 8) {
    _mm512_mask_storeu_epi64(to, static_cast<__mmask8>(mask), _mm512_loadu_si512(row));
    _mm512_mask_storeu_epi64(to + 8, static_cast<__mmask8>(mask >> 8), _mm512_loadu_si512(row + 8));
    return true;
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    for (int i = 0; i < kHalf; i += 8) {
      const __m256i mask = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(on + i));
      _mm256_maskstore_epi32(reinterpret_cast<int*>(to + i), mask,
                             _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + i)));
    }
    return true;
  }
#endif
  (void)to, (void)row, (void)on;
  return false;
}

template <class C, int kElements, bool kMasked, class Base>
WARPSCOPE_RACY_INLINE void store_half(const Exec& exec, const typename C::R* const (&rows)[4], int h,
                                      const Half<Base>& half, const Base* base, Base offset) {
  using M = typename C::M;
  const std::int32_t* on = exec.lane_on + h * kHalf;
  if (half.way == Way::kNowhere) return;
  if (!kMasked && half.way == Way::kStraight) {
    M* first = reinterpret_cast<M*>(half.window.origin + (half.line - half.window.start));
    WARPSCOPE_EACH_OF_HALF
    for (int l = 0; l < kHalf; ++l) {
      for (int i = 0; i < kElements; ++i) first[l * kElements + i] = static_cast<M>(rows[i][h * kHalf + l]);
    }
    return;
  }
  if constexpr (kMasked && kElements == 1 && sizeof(M) == sizeof(typename C::R)) {
    if (half.way == Way::kStraight) {
      auto* first = reinterpret_cast<typename C::R*>(half.window.origin + (half.line - half.window.start));
      if (store_some(first, rows[0] + h * kHalf, on)) return;
    }
  }
  // In the order of the lanes: where several go to one place, the last one's value stays.
  for (int l = 0; l < kHalf; ++l) {
    if (kMasked && !on[l]) continue;
    M* at = reinterpret_cast<M*>(half.window.origin + (base[h * kHalf + l] + offset - half.window.start));
    for (int i = 0; i < kElements; ++i) at[i] = static_cast<M>(rows[i][h * kHalf + l]);
  }
}

// Memory that lies as it is addressed.
template <class Space, class C, int kElements, bool kMasked, bool kStore, class Base>
WARPSCOPE_RACY_INLINE bool access_rows(Exec& exec, const Base* base, Base offset, typename C::R* const (&rows)[4]) {
  Half<Base> low, high;
  if (!plan<Space, sizeof(typename C::M) * kElements, kMasked, kStore>(exec, base, offset, low, high)) return false;
  if constexpr (kStore) {
    store_half<C, kElements, kMasked>(exec, rows, 0, low, base, offset);
    store_half<C, kElements, kMasked>(exec, rows, 1, high, base, offset);
  } else {
    load_half<C, kElements, kMasked>(exec, rows, 0, low, base, offset);
    load_half<C, kElements, kMasked>(exec, rows, 1, high, base, offset);
  }
  if (kStore) exec.polls = 0;
  return true;
}

// ---- Handlers

template <Reach kReach, class C, int kElements, bool kMasked, bool kStore, class Base>
WARPSCOPE_RACY_INLINE bool access_memory(Exec& exec, const Inst& inst) {
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

// Fills in the next entry of the log ahead of an access: a load may overwrite its own addresses. False: the slow way
// tells it.
template <Reach kReach, class Base>
WARPSCOPE_RACY_INLINE bool note(const Exec& exec, const Inst& inst, std::uint32_t bytes, AccessKind kind) {
  if (exec.log->count == kMaxAccesses) return false;
  Access& access = exec.log->accesses[exec.log->count];
  const Base* base = exec.row<Base>(inst.s[0]);
  Base offset = static_cast<Base>(inst.imm);
  if (kReach == Reach::kLocal && (inst.flags[0] & access::kFrameRelative) != 0) offset += exec.frame_local_base;
  const std::uint64_t first = static_cast<Base>(base[std::countr_zero(exec.mask)] + offset);
  std::uint64_t window = 0;
  access.space = kReach == Reach::kShared  ? AccessSpace::kShared
                 : kReach == Reach::kLocal ? AccessSpace::kLocal
                                           : AccessSpace::kGlobal;
  if (kReach == Reach::kGeneric && in_window(first, kLocalWindow)) {
    access.space = AccessSpace::kLocal;
    window = kLocalWindow;
  } else if (kReach == Reach::kGeneric && in_window(first, kSharedWindow)) {
    access.space = AccessSpace::kShared;
    window = kSharedWindow;
  }
  for (int l = 0; l < kLanes; ++l) access.address[l] = static_cast<Base>(base[l] + offset) - window;
  if (access.space == AccessSpace::kGlobal) {
    // Half a warp reads within one page.
    const LaneMask high = exec.mask >> kHalf << kHalf;
    const Page* one = exec.memory->page(first);
    const Page* other = high == 0 ? one : exec.memory->page(access.address[std::countr_zero(high)]);
    if (one == nullptr || other == nullptr || one->constant != other->constant) return false;
    if (one->constant) access.space = AccessSpace::kConstant;
  }
  access.kind = kind;
  access.order = static_cast<MemoryOrder>(inst.extra & 7);
  access.scope = static_cast<MemoryScope>(inst.extra >> 3 & 3);
  access.non_coherent = (inst.flags[0] & 128) != 0;
  access.bytes = access.alignment = static_cast<std::uint16_t>(bytes);
  access.mask = exec.mask;
  return true;
}

template <Reach kReach, class C, int kElements, bool kMasked, class Base>
WARPSCOPE_RACY void fast_load(Exec& exec, const Inst& inst) {
  constexpr std::uint32_t kBytes = sizeof(typename C::M) * kElements;
  if ((exec.log != nullptr && !note<kReach, Base>(exec, inst, kBytes, AccessKind::kLoad)) ||
      !access_memory<kReach, C, kElements, kMasked, false, Base>(exec, inst)) {
    access::load(exec, inst);
    return;
  }
  if (exec.log != nullptr) ++exec.log->count;
  if ((inst.extra & 7) != static_cast<std::uint16_t>(MemoryOrder::kWeak)) ++exec.polls;
}

// The first 8 bytes that each lane stores.
template <class C, int kElements>
WARPSCOPE_RACY_INLINE void note_values(const Exec& exec, const Inst& inst, Access& access) {
  using M = typename C::M;
  constexpr std::uint64_t kBits = ~0ULL >> (64 - 8 * sizeof(M));
  if constexpr (sizeof(M) * kElements > 8) return;
  const auto* first = exec.row<typename C::R>(inst.s[1]);
  const auto* second = exec.row<typename C::R>(inst.s[kElements == 2 ? 2 : 1]);
  for (int l = 0; l < kLanes; ++l) {
    access.store_bits[l] = first[l] & kBits;
    if (kElements == 2) access.store_bits[l] |= (second[l] & kBits) << 32;
  }
}

template <Reach kReach, class C, int kElements, bool kMasked, class Base>
WARPSCOPE_RACY void fast_store(Exec& exec, const Inst& inst) {
  constexpr std::uint32_t kBytes = sizeof(typename C::M) * kElements;
  if (exec.log == nullptr) {
    if (!access_memory<kReach, C, kElements, kMasked, true, Base>(exec, inst)) access::store(exec, inst);
    return;
  }
  Access& access = exec.log->accesses[std::min(exec.log->count, kMaxAccesses - 1)];
  if (!note<kReach, Base>(exec, inst, kBytes, AccessKind::kStore) ||
      !access_memory<kReach, C, kElements, kMasked, true, Base>(exec, inst)) {
    access::store(exec, inst);
    return;
  }
  note_values<C, kElements>(exec, inst, access);
  ++exec.log->count;
}

// Of an entry's parameters, at an address that is the same for all.
template <class C, int kElements, bool kMasked>
WARPSCOPE_RACY void load_parameter(Exec& exec, const Inst& inst) {
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
  if (op.element_bytes != 1) return {};
  if (op.is_signed && !is_store) return find_space<Cell<std::int8_t, std::uint16_t>, 1>(op, is_store, constant_address);
  return find_space<Cell<std::uint8_t, std::uint16_t>, 1>(op, is_store, constant_address);
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

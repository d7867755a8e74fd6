// vgpu/lanes/lane_loop.h: loops over the 32 lanes of a warp, for *.lanes.cpp only. Floor 2.
// A handler is made of an operation on one lane, `struct Op { static D run(A a, B b); }`, and of the types its rows are
// read as. The loops are plain, of fixed length and without branches, so that the compiler turns them into a few vector
// instructions; whether it did is worth a look at the code (objdump) where an instruction is hot.
// Rows are either the same row or apart, and lane l of the result depends on lane l of the sources only: that is what
// WARPSCOPE_EACH_LANE promises the compiler.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "compute/vgpu/lanes/lane_op.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#define WARPSCOPE_EACH_LANE _Pragma("clang loop vectorize(assume_safety)")
// 128-bit products and the like have no vector code: no news.
#pragma clang diagnostic ignored "-Wpass-failed"
#else
#define WARPSCOPE_EACH_LANE _Pragma("GCC ivdep")
#endif

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

inline constexpr int kLanes = 32;

// Bit l for lane l: to spread a predicate over a row.
alignas(64) inline constexpr std::uint32_t kLaneBit[kLanes] = {
    1U << 0,  1U << 1,  1U << 2,  1U << 3,  1U << 4,  1U << 5,  1U << 6,  1U << 7,  1U << 8,  1U << 9,  1U << 10,
    1U << 11, 1U << 12, 1U << 13, 1U << 14, 1U << 15, 1U << 16, 1U << 17, 1U << 18, 1U << 19, 1U << 20, 1U << 21,
    1U << 22, 1U << 23, 1U << 24, 1U << 25, 1U << 26, 1U << 27, 1U << 28, 1U << 29, 1U << 30, 1U << 31};

// ---- Bits

// std::bit_cast without <bit>'s constraints in the way of debug builds.
template <class To, class From>
inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// ---- Rows to rows. kMasked: lanes that take no part keep what the destination holds.

template <class Op, class D, class A, bool kMasked>
void unary(Exec& exec, const Inst& inst) {
  D* d = exec.row<D>(inst.d);
  const A* a = exec.row<A>(inst.s[0]);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const D result = Op::run(a[l]);
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

template <class Op, class D, class A, class B, bool kMasked>
void binary(Exec& exec, const Inst& inst) {
  D* d = exec.row<D>(inst.d);
  const A* a = exec.row<A>(inst.s[0]);
  const B* b = exec.row<B>(inst.s[1]);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const D result = Op::run(a[l], b[l]);
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

template <class Op, class D, class A, class B, class C, bool kMasked>
void ternary(Exec& exec, const Inst& inst) {
  D* d = exec.row<D>(inst.d);
  const A* a = exec.row<A>(inst.s[0]);
  const B* b = exec.row<B>(inst.s[1]);
  const C* c = exec.row<C>(inst.s[2]);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const D result = Op::run(a[l], b[l], c[l]);
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

template <class Op, class D, class A, class B, class C, class E, bool kMasked>
void quaternary(Exec& exec, const Inst& inst) {
  D* d = exec.row<D>(inst.d);
  const A* a = exec.row<A>(inst.s[0]);
  const B* b = exec.row<B>(inst.s[1]);
  const C* c = exec.row<C>(inst.s[2]);
  const E* e = exec.row<E>(inst.s[3]);
  const std::int32_t* on = exec.lane_on;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const D result = Op::run(a[l], b[l], c[l], e[l]);
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

template <class Op, class D, class A>
constexpr HandlerPair unary_pair() {
  return {unary<Op, D, A, false>, unary<Op, D, A, true>};
}
template <class Op, class D, class A, class B>
constexpr HandlerPair binary_pair() {
  return {binary<Op, D, A, B, false>, binary<Op, D, A, B, true>};
}
template <class Op, class D, class A, class B, class C>
constexpr HandlerPair ternary_pair() {
  return {ternary<Op, D, A, B, C, false>, ternary<Op, D, A, B, C, true>};
}
template <class Op, class D, class A, class B, class C, class E>
constexpr HandlerPair quaternary_pair() {
  return {quaternary<Op, D, A, B, C, E, false>, quaternary<Op, D, A, B, C, E, true>};
}

// The same type everywhere.
template <class Op, class T>
constexpr HandlerPair unary_of() {
  return unary_pair<Op, T, T>();
}
template <class Op, class T>
constexpr HandlerPair binary_of() {
  return binary_pair<Op, T, T, T>();
}
template <class Op, class T>
constexpr HandlerPair ternary_of() {
  return ternary_pair<Op, T, T, T, T>();
}

// ---- Predicates

// Bit l set where yes[l] is -1; the others are 0.
inline LaneMask mask_of(const std::int16_t (&yes)[kLanes]) {
#if defined(__AVX512BW__)
  return _mm512_movepi16_mask(_mm512_load_si512(yes));
#elif defined(__AVX2__)
  const __m256i* v = reinterpret_cast<const __m256i*>(yes);
  // packs() works within 128-bit halves: put the quarters back in order.
  const __m256i bytes =
      _mm256_permute4x64_epi64(_mm256_packs_epi16(_mm256_load_si256(v), _mm256_load_si256(v + 1)), 0xd8);
  return static_cast<LaneMask>(_mm256_movemask_epi8(bytes));
#elif defined(__SSE2__)
  const __m128i* v = reinterpret_cast<const __m128i*>(yes);
  const int low = _mm_movemask_epi8(_mm_packs_epi16(_mm_load_si128(v), _mm_load_si128(v + 1)));
  const int high = _mm_movemask_epi8(_mm_packs_epi16(_mm_load_si128(v + 2), _mm_load_si128(v + 3)));
  return static_cast<LaneMask>(low) | static_cast<LaneMask>(high) << 16;
#else
  LaneMask mask = 0;
  for (int l = 0; l < kLanes; ++l) mask |= kLaneBit[l] & static_cast<LaneMask>(static_cast<std::int32_t>(yes[l]));
  return mask;
#endif
}

inline LaneMask mask_of(const std::int32_t (&yes)[kLanes]) {
#if defined(__AVX512DQ__)
  return static_cast<LaneMask>(_mm512_movepi32_mask(_mm512_load_si512(yes))) |
         static_cast<LaneMask>(_mm512_movepi32_mask(_mm512_load_si512(yes + 16))) << 16;
#elif defined(__AVX2__)
  LaneMask mask = 0;
  for (int part = 0; part < 4; ++part) {
    const __m256 v = _mm256_load_ps(reinterpret_cast<const float*>(yes + 8 * part));
    mask |= static_cast<LaneMask>(_mm256_movemask_ps(v)) << (8 * part);
  }
  return mask;
#elif defined(__SSE2__)
  LaneMask mask = 0;
  for (int part = 0; part < 8; ++part) {
    const __m128 v = _mm_load_ps(reinterpret_cast<const float*>(yes + 4 * part));
    mask |= static_cast<LaneMask>(_mm_movemask_ps(v)) << (4 * part);
  }
  return mask;
#else
  LaneMask mask = 0;
  for (int l = 0; l < kLanes; ++l) mask |= kLaneBit[l] & static_cast<LaneMask>(yes[l]);
  return mask;
#endif
}

inline LaneMask mask_of(const std::int64_t (&yes)[kLanes]) {
#if defined(__AVX512DQ__)
  LaneMask mask = 0;
  for (int part = 0; part < 4; ++part) {
    mask |= static_cast<LaneMask>(_mm512_movepi64_mask(_mm512_load_si512(yes + 8 * part))) << (8 * part);
  }
  return mask;
#elif defined(__AVX2__)
  LaneMask mask = 0;
  for (int part = 0; part < 8; ++part) {
    const __m256d v = _mm256_load_pd(reinterpret_cast<const double*>(yes + 4 * part));
    mask |= static_cast<LaneMask>(_mm256_movemask_pd(v)) << (4 * part);
  }
  return mask;
#elif defined(__SSE2__)
  LaneMask mask = 0;
  for (int part = 0; part < 16; ++part) {
    const __m128d v = _mm_load_pd(reinterpret_cast<const double*>(yes + 2 * part));
    mask |= static_cast<LaneMask>(_mm_movemask_pd(v)) << (2 * part);
  }
  return mask;
#else
  LaneMask mask = 0;
  for (int l = 0; l < kLanes; ++l) mask |= kLaneBit[l] & static_cast<LaneMask>(yes[l]);
  return mask;
#endif
}

template <int kBytes>
struct Signed;
template <>
struct Signed<2> {
  using Type = std::int16_t;
};
template <>
struct Signed<4> {
  using Type = std::int32_t;
};
template <>
struct Signed<8> {
  using Type = std::int64_t;
};

// Bit l: Op::run(a[l], b[l]), of rows of the same type.
template <class Op, class T>
inline LaneMask compare_rows(const T* a, const T* b) {
  using Yes = typename Signed<sizeof(T)>::Type;
  alignas(64) Yes yes[kLanes];
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) yes[l] = Op::run(a[l], b[l]) ? static_cast<Yes>(-1) : static_cast<Yes>(0);
  return mask_of(yes);
}

// Bit l: Op::run(a[l]).
template <class Op, class T>
inline LaneMask test_row(const T* a) {
  using Yes = typename Signed<sizeof(T)>::Type;
  alignas(64) Yes yes[kLanes];
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) yes[l] = Op::run(a[l]) ? static_cast<Yes>(-1) : static_cast<Yes>(0);
  return mask_of(yes);
}

// Writes a predicate for the lanes that take part; exec.mask is all ones in full handlers.
inline void write_predicate(const Exec& exec, RowRef row, LaneMask value) {
  LaneMask& d = exec.predicate(row);
  d = (d & ~exec.mask) | (value & exec.mask);
}

// A source predicate; decode_lane() sets bit `index` of flags[0] where it is written with '!'.
inline LaneMask read_predicate(const Exec& exec, const Inst& inst, int index) {
  const LaneMask negated = 0U - (inst.flags[0] >> index & 1U);
  return exec.predicate(inst.s[index]) ^ negated;
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

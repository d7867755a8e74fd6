// vgpu/lanes/lane_addresses.h: questions about the addresses of a warp's 32 lanes, for *.lanes.cpp only. Floor 2.
// Each answer is a mask of lanes. Numbers that come in pairs are for lanes 0-15 and lanes 16-31.
#pragma once

#include <cstdint>

#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

// Primary template: plain loops, for hosts without the vector units below. Base is std::uint32_t or std::uint64_t.
template <class Base>
struct LaneAddresses {
  const Base* base;
  Base offset;

  WARPSCOPE_RACY_INLINE static LaneAddresses load(const Base* base, Base offset) { return {base, offset}; }
  WARPSCOPE_RACY_INLINE Base at(int lane) const { return base[lane] + offset; }

  // Lanes that go elsewhere than first + (lane in its half) * step.
  WARPSCOPE_RACY_INLINE LaneMask crooked(const Base (&first)[2], Base step) const {
    alignas(64) Yes yes[kLanes];
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) yes[l] = at(l) != first[l / 16] + static_cast<Base>(l % 16) * step ? -1 : 0;
    return mask_of(yes);
  }
  // Lanes that go elsewhere than `first`.
  WARPSCOPE_RACY_INLINE LaneMask unlike(const Base (&first)[2]) const { return crooked(first, 0); }
  // Lanes with an address below `start` or more than `span` above it.
  WARPSCOPE_RACY_INLINE LaneMask outside(const Base (&start)[2], const Base (&span)[2]) const {
    alignas(64) Yes yes[kLanes];
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) yes[l] = at(l) - start[l / 16] > span[l / 16] ? -1 : 0;
    return mask_of(yes);
  }
  // Lanes whose address has one of the bits.
  WARPSCOPE_RACY_INLINE LaneMask with_bits(Base bits) const {
    alignas(64) Yes yes[kLanes];
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) yes[l] = (at(l) & bits) != 0 ? -1 : 0;
    return mask_of(yes);
  }

 private:
  using Yes = typename Signed<sizeof(Base)>::Type;
};

#if defined(__AVX512F__)

template <>
struct LaneAddresses<std::uint32_t> {
  __m512i v[2];

  WARPSCOPE_RACY_INLINE static LaneAddresses load(const std::uint32_t* base, std::uint32_t offset) {
    const __m512i add = _mm512_set1_epi32(static_cast<int>(offset));
    return {{_mm512_add_epi32(_mm512_loadu_si512(base), add), _mm512_add_epi32(_mm512_loadu_si512(base + 16), add)}};
  }
  WARPSCOPE_RACY_INLINE LaneMask crooked(const std::uint32_t (&first)[2], std::uint32_t step) const {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i way = _mm512_mullo_epi32(lane, all(step));
    return join(_mm512_cmpneq_epi32_mask(v[0], _mm512_add_epi32(all(first[0]), way)),
                _mm512_cmpneq_epi32_mask(v[1], _mm512_add_epi32(all(first[1]), way)));
  }
  WARPSCOPE_RACY_INLINE LaneMask unlike(const std::uint32_t (&first)[2]) const {
    return join(_mm512_cmpneq_epi32_mask(v[0], all(first[0])), _mm512_cmpneq_epi32_mask(v[1], all(first[1])));
  }
  WARPSCOPE_RACY_INLINE LaneMask outside(const std::uint32_t (&start)[2], const std::uint32_t (&span)[2]) const {
    return join(_mm512_cmpgt_epu32_mask(_mm512_sub_epi32(v[0], all(start[0])), all(span[0])),
                _mm512_cmpgt_epu32_mask(_mm512_sub_epi32(v[1], all(start[1])), all(span[1])));
  }
  WARPSCOPE_RACY_INLINE LaneMask with_bits(std::uint32_t bits) const {
    return join(_mm512_test_epi32_mask(v[0], all(bits)), _mm512_test_epi32_mask(v[1], all(bits)));
  }

 private:
  WARPSCOPE_RACY_INLINE static __m512i all(std::uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  WARPSCOPE_RACY_INLINE static LaneMask join(__mmask16 low, __mmask16 high) {
    return static_cast<LaneMask>(low) | static_cast<LaneMask>(high) << 16;
  }
};

template <>
struct LaneAddresses<std::uint64_t> {
  __m512i v[4];

  WARPSCOPE_RACY_INLINE static LaneAddresses load(const std::uint64_t* base, std::uint64_t offset) {
    LaneAddresses out;
    for (int i = 0; i < 4; ++i) out.v[i] = _mm512_add_epi64(_mm512_loadu_si512(base + 8 * i), all(offset));
    return out;
  }
  WARPSCOPE_RACY_INLINE LaneMask crooked(const std::uint64_t (&first)[2], std::uint64_t step) const {
    const __m512i way = _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), all(step));
    __mmask8 m[4];
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t begin = first[i / 2] + (i % 2 == 0 ? 0 : 8 * step);
      m[i] = _mm512_cmpneq_epi64_mask(v[i], _mm512_add_epi64(all(begin), way));
    }
    return join(m);
  }
  WARPSCOPE_RACY_INLINE LaneMask unlike(const std::uint64_t (&first)[2]) const {
    __mmask8 m[4];
    for (int i = 0; i < 4; ++i) m[i] = _mm512_cmpneq_epi64_mask(v[i], all(first[i / 2]));
    return join(m);
  }
  WARPSCOPE_RACY_INLINE LaneMask outside(const std::uint64_t (&start)[2], const std::uint64_t (&span)[2]) const {
    __mmask8 m[4];
    for (int i = 0; i < 4; ++i) {
      m[i] = _mm512_cmpgt_epu64_mask(_mm512_sub_epi64(v[i], all(start[i / 2])), all(span[i / 2]));
    }
    return join(m);
  }
  WARPSCOPE_RACY_INLINE LaneMask with_bits(std::uint64_t bits) const {
    __mmask8 m[4];
    for (int i = 0; i < 4; ++i) m[i] = _mm512_test_epi64_mask(v[i], all(bits));
    return join(m);
  }

 private:
  WARPSCOPE_RACY_INLINE static __m512i all(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  WARPSCOPE_RACY_INLINE static LaneMask join(const __mmask8 (&m)[4]) {
    return static_cast<LaneMask>(m[0]) | static_cast<LaneMask>(m[1]) << 8 | static_cast<LaneMask>(m[2]) << 16 |
           static_cast<LaneMask>(m[3]) << 24;
  }
};

#elif defined(__AVX2__)

template <>
struct LaneAddresses<std::uint32_t> {
  __m256i v[4];

  WARPSCOPE_RACY_INLINE static LaneAddresses load(const std::uint32_t* base, std::uint32_t offset) {
    LaneAddresses out;
    const auto* from = reinterpret_cast<const __m256i*>(base);
    for (int i = 0; i < 4; ++i) out.v[i] = _mm256_add_epi32(_mm256_loadu_si256(from + i), all(offset));
    return out;
  }
  WARPSCOPE_RACY_INLINE LaneMask crooked(const std::uint32_t (&first)[2], std::uint32_t step) const {
    const __m256i way = _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), all(step));
    __m256i same[4];
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t begin = first[i / 2] + (i % 2 == 0 ? 0 : 8 * step);
      same[i] = _mm256_cmpeq_epi32(v[i], _mm256_add_epi32(all(begin), way));
    }
    return ~join(same);
  }
  WARPSCOPE_RACY_INLINE LaneMask unlike(const std::uint32_t (&first)[2]) const {
    __m256i same[4];
    for (int i = 0; i < 4; ++i) same[i] = _mm256_cmpeq_epi32(v[i], all(first[i / 2]));
    return ~join(same);
  }
  WARPSCOPE_RACY_INLINE LaneMask outside(const std::uint32_t (&start)[2], const std::uint32_t (&span)[2]) const {
    __m256i inside[4];
    for (int i = 0; i < 4; ++i) {
      const __m256i far = _mm256_sub_epi32(v[i], all(start[i / 2]));
      inside[i] = _mm256_cmpeq_epi32(_mm256_max_epu32(far, all(span[i / 2])), all(span[i / 2]));
    }
    return ~join(inside);
  }
  WARPSCOPE_RACY_INLINE LaneMask with_bits(std::uint32_t bits) const {
    __m256i none[4];
    for (int i = 0; i < 4; ++i) none[i] = _mm256_cmpeq_epi32(_mm256_and_si256(v[i], all(bits)), _mm256_setzero_si256());
    return ~join(none);
  }

 private:
  WARPSCOPE_RACY_INLINE static __m256i all(std::uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  WARPSCOPE_RACY_INLINE static LaneMask join(const __m256i (&yes)[4]) {
    LaneMask mask = 0;
    for (int i = 0; i < 4; ++i) {
      mask |= static_cast<LaneMask>(_mm256_movemask_ps(_mm256_castsi256_ps(yes[i]))) << (8 * i);
    }
    return mask;
  }
};

template <>
struct LaneAddresses<std::uint64_t> {
  __m256i v[8];

  WARPSCOPE_RACY_INLINE static LaneAddresses load(const std::uint64_t* base, std::uint64_t offset) {
    LaneAddresses out;
    const auto* from = reinterpret_cast<const __m256i*>(base);
    for (int i = 0; i < 8; ++i) out.v[i] = _mm256_add_epi64(_mm256_loadu_si256(from + i), all(offset));
    return out;
  }
  WARPSCOPE_RACY_INLINE LaneMask crooked(const std::uint64_t (&first)[2], std::uint64_t step) const {
    const auto s = static_cast<long long>(step);
    const __m256i way = _mm256_setr_epi64x(0, s, 2 * s, 3 * s);
    __m256i same[8];
    for (int i = 0; i < 8; ++i) {
      const std::uint64_t begin = first[i / 4] + 4 * static_cast<std::uint64_t>(i % 4) * step;
      same[i] = _mm256_cmpeq_epi64(v[i], _mm256_add_epi64(all(begin), way));
    }
    return ~join(same);
  }
  WARPSCOPE_RACY_INLINE LaneMask unlike(const std::uint64_t (&first)[2]) const {
    __m256i same[8];
    for (int i = 0; i < 8; ++i) same[i] = _mm256_cmpeq_epi64(v[i], all(first[i / 4]));
    return ~join(same);
  }
  WARPSCOPE_RACY_INLINE LaneMask outside(const std::uint64_t (&start)[2], const std::uint64_t (&span)[2]) const {
    // Compared as signed numbers with the highest bit turned round.
    constexpr std::uint64_t kTurn = 1ULL << 63;
    __m256i yes[8];
    for (int i = 0; i < 8; ++i) {
      const __m256i far = _mm256_sub_epi64(v[i], all(start[i / 4] + kTurn));
      yes[i] = _mm256_cmpgt_epi64(far, all(span[i / 4] - kTurn));
    }
    return join(yes);
  }
  WARPSCOPE_RACY_INLINE LaneMask with_bits(std::uint64_t bits) const {
    __m256i none[8];
    for (int i = 0; i < 8; ++i) none[i] = _mm256_cmpeq_epi64(_mm256_and_si256(v[i], all(bits)), _mm256_setzero_si256());
    return ~join(none);
  }

 private:
  WARPSCOPE_RACY_INLINE static __m256i all(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  WARPSCOPE_RACY_INLINE static LaneMask join(const __m256i (&yes)[8]) {
    LaneMask mask = 0;
    for (int i = 0; i < 8; ++i) {
      mask |= static_cast<LaneMask>(_mm256_movemask_pd(_mm256_castsi256_pd(yes[i]))) << (4 * i);
    }
    return mask;
  }
};

#endif

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

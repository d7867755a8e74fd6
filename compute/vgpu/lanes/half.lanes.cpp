// vgpu/lanes/half.lanes.cpp: arithmetic of f16, f16x2, bf16 and bf16x2.
// fma.oob is refused: the ISA does not say which NaN its OOB-NaN is.
#include "compute/vgpu/lanes/approx_math.h"
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_minmax.h"
#include "compute/vgpu/lanes/half_bits.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

enum class Clamp { kNone, kSat, kRelu };

template <Clamp kClamp>
float clamped(float value) {
  if constexpr (kClamp == Clamp::kSat) return saturate(value);
  if constexpr (kClamp == Clamp::kRelu) return value <= 0.0F ? 0.0F : value;
  return value;
}

struct AddHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a, float b) {
    return a + b;
  }
};
struct SubHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a, float b) {
    return a - b;
  }
};
struct MulHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a, float b) {
    return Format::mul(a, b);
  }
};
struct FmaHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a, float b, float c) {
    return Format::fma(a, b, c);
  }
};
struct NegHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a) {
    return -a;
  }
};
struct AbsHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a) {
    return bits_as<float>(bits(a) & ~kSign32);
  }
};
struct Ex2Half {
  template <class Format>
  [[gnu::always_inline]] static float run(float a) {
    return exp2_float(a);
  }
};
struct TanhHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a) {
    return tanh_float(a);
  }
};
template <class Pick, bool kNan>
struct PickHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a, float b) {
    return pick<Pick, kNan>(a, b);
  }
};
template <class Pick, bool kNan>
struct PickXorSignHalf {
  template <class Format>
  [[gnu::always_inline]] static float run(float a, float b) {
    return pick_xor_sign<Pick, kNan>(a, b);
  }
};

// ---- Rows of 32 halves, or of 64 of which two belong to a lane

constexpr int kMost = 2 * kLanes;

// Halves as floats.
template <class Format, bool kFtz>
[[gnu::noinline]] void widen_row(float* out, const std::uint16_t* halves, int count) {
  alignas(64) std::uint16_t flushed[kMost];
  WARPSCOPE_EACH_LANE
  for (int i = 0; i < count; ++i) flushed[i] = flush_half<Format, kFtz>(halves[i]);
#if defined(__F16C__)
  if constexpr (std::is_same_v<Format, F16>) {
    for (int i = 0; i < count; i += 8) {
      _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_load_si128(reinterpret_cast<const __m128i*>(flushed + i))));
    }
    return;
  }
#endif
  WARPSCOPE_EACH_LANE
  for (int i = 0; i < count; ++i) out[i] = Format::widen(flushed[i]);
}

// Floats as halves, to nearest.
template <class Format, bool kFtz>
[[gnu::noinline]] void narrow_row(std::uint16_t* out, const float* floats, int count) {
#if defined(__F16C__)
  if constexpr (std::is_same_v<Format, F16>) {
    alignas(64) std::uint16_t narrow[kMost];
    for (int i = 0; i < count; i += 8) {
      const __m128i eight = _mm256_cvtps_ph(_mm256_loadu_ps(floats + i), _MM_FROUND_TO_NEAREST_INT);
      _mm_store_si128(reinterpret_cast<__m128i*>(narrow + i), eight);
    }
    WARPSCOPE_EACH_LANE
    for (int i = 0; i < count; ++i) {
      const bool nan = (narrow[i] & 0x7fff) > Format::kExponent;
      out[i] = flush_half<Format, kFtz>(nan ? kHalfNan : narrow[i]);
    }
    return;
  }
#endif
  WARPSCOPE_EACH_LANE
  for (int i = 0; i < count; ++i) out[i] = flush_half<Format, kFtz>(Format::narrow(floats[i]));
}

// An operation on floats as one on halves.
template <class Op, class Format, bool kFtz, Clamp kClamp>
struct OnHalves {
  template <int kSources>
  static void work(std::uint16_t* d, const std::uint16_t* const (&sources)[3], int count) {
    alignas(64) float x[kSources][kMost];
    for (int s = 0; s < kSources; ++s) widen_row<Format, kFtz>(x[s], sources[s], count);
    float* result = x[0];
    WARPSCOPE_EACH_LANE
    for (int i = 0; i < count; ++i) {
      if constexpr (kSources == 1) result[i] = clamped<kClamp>(Op::template run<Format>(x[0][i]));
      if constexpr (kSources == 2) result[i] = clamped<kClamp>(Op::template run<Format>(x[0][i], x[1][i]));
      if constexpr (kSources == 3) result[i] = clamped<kClamp>(Op::template run<Format>(x[0][i], x[1][i], x[2][i]));
    }
    narrow_row<Format, kFtz>(d, result, count);
  }
};

// Lane: std::uint16_t, or std::uint32_t for pairs.
template <class Half, int kSources, class Lane, bool kMasked>
void halves(Exec& exec, const Inst& inst) {
  constexpr int kCount = kLanes * static_cast<int>(sizeof(Lane)) / 2;
  const std::uint16_t* a = exec.row<std::uint16_t>(inst.s[0]);
  const std::uint16_t* b = kSources > 1 ? exec.row<std::uint16_t>(inst.s[1]) : a;
  const std::uint16_t* c = kSources > 2 ? exec.row<std::uint16_t>(inst.s[2]) : a;
  if constexpr (!kMasked) {
    Half::template work<kSources>(exec.row<std::uint16_t>(inst.d), {a, b, c}, kCount);
  } else {
    alignas(64) std::uint16_t result[kCount];
    Half::template work<kSources>(result, {a, b, c}, kCount);
    Lane lanes[kLanes];
    std::memcpy(lanes, result, sizeof lanes);
    Lane* d = exec.row<Lane>(inst.d);
    const std::int32_t* on = exec.lane_on;
    WARPSCOPE_EACH_LANE
    for (int l = 0; l < kLanes; ++l) d[l] = on[l] ? lanes[l] : d[l];
  }
}

template <class Half, int kSources>
HandlerPair single_or_packed(bool packed) {
  if (packed) return {halves<Half, kSources, std::uint32_t, false>, halves<Half, kSources, std::uint32_t, true>};
  return {halves<Half, kSources, std::uint16_t, false>, halves<Half, kSources, std::uint16_t, true>};
}

// ---- Variants. Of bf16, only fma.relu and ex2.ftz exist.

template <class Op, class Format, bool kFtz, int kSources>
HandlerPair find_clamp(const LaneOp& op, bool packed) {
  if constexpr (Format::kHasFtz) {
    if (op.saturate) return single_or_packed<OnHalves<Op, Format, kFtz, Clamp::kSat>, kSources>(packed);
  }
  if constexpr (kSources == 3) {
    if (op.relu) return single_or_packed<OnHalves<Op, Format, kFtz, Clamp::kRelu>, kSources>(packed);
  }
  if (op.saturate || op.relu) return {};
  return single_or_packed<OnHalves<Op, Format, kFtz, Clamp::kNone>, kSources>(packed);
}
template <class Op, class Format, int kSources>
HandlerPair find_clamp(const LaneOp& op, bool packed) {
  if constexpr (Format::kHasFtz) {
    if (op.ftz) return find_clamp<Op, Format, true, kSources>(op, packed);
  }
  return op.ftz ? HandlerPair{} : find_clamp<Op, Format, false, kSources>(op, packed);
}

template <class Op, class Format, int kSources, bool kMayFlush = Format::kHasFtz>
HandlerPair find_plain(const LaneOp& op, bool packed) {
  if constexpr (kMayFlush) {
    if (op.ftz) return single_or_packed<OnHalves<Op, Format, true, Clamp::kNone>, kSources>(packed);
  }
  return op.ftz ? HandlerPair{} : single_or_packed<OnHalves<Op, Format, false, Clamp::kNone>, kSources>(packed);
}

template <class Pick, class Format>
HandlerPair find_pick(const LaneOp& op, bool packed) {
  if (op.xor_sign_abs) {
    return op.nan_propagates ? find_plain<PickXorSignHalf<Pick, true>, Format, 2>(op, packed)
                             : find_plain<PickXorSignHalf<Pick, false>, Format, 2>(op, packed);
  }
  return op.nan_propagates ? find_plain<PickHalf<Pick, true>, Format, 2>(op, packed)
                           : find_plain<PickHalf<Pick, false>, Format, 2>(op, packed);
}

template <class Format>
HandlerPair find_format(const LaneOp& op, bool packed) {
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
      return find_clamp<AddHalf, Format, 2>(op, packed);
    case ptx::Opcode::kSub:
      return find_clamp<SubHalf, Format, 2>(op, packed);
    case ptx::Opcode::kMul:
      return find_clamp<MulHalf, Format, 2>(op, packed);
    case ptx::Opcode::kFma:
      return find_clamp<FmaHalf, Format, 3>(op, packed);
    case ptx::Opcode::kNeg:
      return find_plain<NegHalf, Format, 1>(op, packed);
    case ptx::Opcode::kAbs:
      return find_plain<AbsHalf, Format, 1>(op, packed);
    case ptx::Opcode::kMin:
      return find_pick<Lesser, Format>(op, packed);
    case ptx::Opcode::kMax:
      return find_pick<Greater, Format>(op, packed);
    case ptx::Opcode::kEx2:
      return find_plain<Ex2Half, Format, 1, true>(op, packed);
    case ptx::Opcode::kTanh:
      return find_plain<TanhHalf, Format, 1>(op, packed);
    default:
      return {};
  }
}

}  // namespace

HandlerPair find_half(const LaneOp& op) {
  if (op.detail == ptx::Modifier::kOob) return {};
  switch (op.type) {
    case ptx::Type::kF16:
      return find_format<F16>(op, false);
    case ptx::Type::kF16x2:
      return find_format<F16>(op, true);
    case ptx::Type::kBF16:
      return find_format<BF16>(op, false);
    case ptx::Type::kBF16x2:
      return find_format<BF16>(op, true);
    case ptx::Type::kF32:
      return find_half_mixed(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

// Runs the floating-point handlers on rows of numbers, for every instruction set that this machine has.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes {
namespace baseline {
HandlerPair find_float(const LaneOp& op);
}
#if defined(__x86_64__)
namespace avx2 {
HandlerPair find_float(const LaneOp& op);
}
namespace avx512 {
HandlerPair find_float(const LaneOp& op);
}
#endif
}  // namespace warpscope::vgpu::lanes

namespace warpscope::vgpu::float_rows {

using lanes::HandlerPair;
using lanes::LaneOp;
using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

struct InstructionSet {
  std::string name;
  HandlerPair (*find)(const LaneOp&);
};

inline std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets = {{"baseline", lanes::baseline::find_float}};
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (avx2) sets.push_back({"avx2", lanes::avx2::find_float});
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    sets.push_back({"avx512", lanes::avx512::find_float});
  }
#endif
  return sets;
}

template <class T>
struct Row {
  T lane[32] = {};
};

template <class To, class From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// Four rows of 32 values of up to 8 bytes: the destination, then the sources.
class Bench {
 public:
  template <class T>
  void set(int row, const Row<T>& values) {
    std::memcpy(rows() + row * kStride, values.lane, sizeof values.lane);
  }
  template <class T>
  Row<T> get(int row) const {
    Row<T> values;
    std::memcpy(values.lane, rows() + row * kStride, sizeof values.lane);
    return values;
  }
  // destination: a row; 1 writes over the first source.
  void run(HandlerPair handlers, LaneMask mask, int destination = 0) {
    Exec exec;
    exec.set_rows(rows(), rows());
    exec.mask = mask;
    for (int l = 0; l < 32; ++l) exec.lane_on[l] = (mask >> l & 1) != 0 ? -1 : 0;
    Inst inst;
    inst.d = row_ref(destination);
    for (int s = 0; s < 4; ++s) inst.s[s] = row_ref(s + 1 < kRows ? s + 1 : 1);
    (mask == ~LaneMask{0} ? handlers.full : handlers.masked)(exec, inst);
  }

 private:
  static constexpr int kRows = 4;
  static constexpr int kStride = 256;
  static RowRef row_ref(int row) { return {static_cast<std::uint32_t>(row * kStride), true}; }
  const std::uint8_t* rows() const { return bytes_ + 64; }
  std::uint8_t* rows() { return bytes_ + 64; }
  alignas(64) std::uint8_t bytes_[64 + kRows * kStride] = {};
};

// Bit patterns: all kinds of numbers, and more often than chance would have it the ones where mistakes live.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : random_(seed) {}

  std::uint64_t word() { return random_(); }

  // A format by the bits of its mantissa and exponent; sign on top.
  std::uint64_t pattern(int mantissa_bits, int exponent_bits) {
    const std::uint64_t mantissa = (std::uint64_t{1} << mantissa_bits) - 1;
    const std::uint64_t most = (std::uint64_t{1} << exponent_bits) - 1;
    const std::uint64_t bias = most >> 1;
    const std::uint64_t sign = (word() & 1) << (mantissa_bits + exponent_bits);
    std::uint64_t m = word() & mantissa;
    switch (word() % 4) {  // few bits, long runs of ones or zeros, or anything
      case 0:
        m &= mantissa << (word() % static_cast<unsigned>(mantissa_bits));
        break;
      case 1:
        m = mantissa >> (word() % static_cast<unsigned>(mantissa_bits));
        break;
      default:
        break;
    }
    std::uint64_t e = word() & most;
    switch (word() % 8) {
      case 0:
        e = 0;
        break;  // zero and subnormal numbers
      case 1:
        e = most;
        break;  // infinity and NaNs
      case 2:
        e = most - 1 - word() % 3;
        break;  // the greatest
      case 3:
        e = 1 + word() % 3;
        break;  // the least normal
      case 4:
      case 5:
        e = bias - 2 + word() % 5;
        break;  // near one
      default:
        break;
    }
    if (word() % 16 == 0) m = 0;
    return sign | e << mantissa_bits | m;
  }

  std::uint64_t of(std::size_t bytes, bool bfloat) {
    if (bytes == 8) return pattern(52, 11);
    if (bytes == 4) return pattern(23, 8);
    return bfloat ? pattern(7, 8) : pattern(10, 5);
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace warpscope::vgpu::float_rows

// vgpu/access/mbarrier.h: the 64-bit word of an mbarrier object. Floor 2. Pure functions.
// PTX leaves the encoding open. Here: bits 0-19 arrivals expected in each phase, bits 20-39 arrivals pending in this
// one, bits 40-61 bytes that asynchronous copies still owe (two's complement), bit 63 the parity of the phase. A state
// token, what arrive returns, is the word as it was before.
#pragma once

#include <cstdint>

namespace warpscope::vgpu::access {

struct MbarrierWord {
  std::uint32_t expected = 0, pending = 0;
  std::int32_t owed_bytes = 0;
  bool odd = false;

  static MbarrierWord from(std::uint64_t bits) {
    const auto field = [&](int shift) { return static_cast<std::uint32_t>(bits >> shift & kCountMask); };
    // The sign of 22 bits.
    const auto owed = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 40 & 0x3f'ffffU) << 10) / 1024;
    return {field(0), field(20), owed, bits >> 63 != 0};
  }
  std::uint64_t bits() const {
    return (expected & kCountMask) | (pending & kCountMask) << 20 |
           (static_cast<std::uint64_t>(static_cast<std::uint32_t>(owed_bytes)) & 0x3f'ffffU) << 40 |
           static_cast<std::uint64_t>(odd) << 63;
  }

  void arrive(std::uint32_t count) {
    pending = pending > count ? pending - count : 0;
    complete();
  }
  void arrive_and_drop(std::uint32_t count) {
    expected = expected > count ? expected - count : 0;
    arrive(count);
  }
  void expect_bytes(std::uint32_t count) { owed_bytes += static_cast<std::int32_t>(count); }
  void complete_bytes(std::uint32_t count) {
    owed_bytes -= static_cast<std::int32_t>(count);
    complete();
  }

 private:
  static constexpr std::uint64_t kCountMask = 0xf'ffff;

  void complete() {
    if (pending != 0 || owed_bytes != 0) return;
    odd = !odd;
    pending = expected;
  }
};

}  // namespace warpscope::vgpu::access

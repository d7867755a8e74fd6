// vgpu/hash.h: a 64-bit hash of state, the same on every machine. Floor 2. Not for adversaries.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace warpscope::vgpu {

class Hash {
 public:
  void add(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9e37'79b9'7f4a'7c15ULL;
    state_ ^= state_ >> 29;
  }
  void add_bytes(std::span<const std::uint8_t> bytes) {
    add(bytes.size());
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, 8);
      add(word);
    }
    std::uint64_t rest = 0;
    if (i < bytes.size()) {
      std::memcpy(&rest, bytes.data() + i, bytes.size() - i);
      add(rest);
    }
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x243f'6a88'85a3'08d3ULL;  // digits of pi: any start but 0
};

}  // namespace warpscope::vgpu

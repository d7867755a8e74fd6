// vgpu/address_space.h: where the windows of the generic address space lie. Floor 2.
// A generic address outside every window is a global one. Constant and global variables live in global memory, where
// their generic address is their address; shared, local and parameter addresses count from 0 in their own space and are
// moved into a window by cvta.
#pragma once

#include <cstdint>

namespace warpscope::vgpu {

inline constexpr std::uint64_t kGlobalBase = 0x0000'0007'0000'0000;  // the first allocation
inline constexpr std::uint64_t kWindowBytes = 1ULL << 32;
inline constexpr std::uint64_t kSharedWindow = 0x0000'7f10'0000'0000;
inline constexpr std::uint64_t kLocalWindow = 0x0000'7f20'0000'0000;
inline constexpr std::uint64_t kParamWindow = 0x0000'7f30'0000'0000;
inline constexpr std::uint64_t kCodeBase =
    0x0000'7f40'0000'0000;  // + 16 x index of the function: addresses of functions

inline constexpr bool in_window(std::uint64_t address, std::uint64_t window) {
  return address - window < kWindowBytes;
}

}  // namespace warpscope::vgpu

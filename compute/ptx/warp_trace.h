// ptx/warp_trace.h: PTX that tells when and where each of its warps ran: an entry and an exit are added to a kernel
// without touching its source. Floor 1. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "compute/base/error.h"
#include "compute/ptx/module.h"

namespace warpscope::ptx {

// The module's variable that holds the address of the records: .global .u64, 0 = record nothing.
inline constexpr std::string_view kWarpTraceVariable = "warpscope_warp_trace";

// One warp of the grid, as the kernel writes it: at [block * warps_per_block + warp].
struct WarpTraceRecord {
  std::uint64_t start_ns = 0, end_ns = 0;        // %globaltimer
  std::uint64_t start_clock = 0, end_clock = 0;  // %clock64, of the SM
  std::uint32_t sm = 0;                          // %smid
  std::uint32_t warp_slot = 0;                   // %warpid
  // How often its first lane came in: 1. How many of its lanes left: all that it has, each counted once whichever way
  // it went out. They may leave in several groups; the ends above are those of the last.
  std::uint32_t entries = 0, exits = 0;
};
static_assert(sizeof(WarpTraceRecord) == 48);

// The module with `kernel` so changed; its results stay what they were. Every way out is traced: ret, exit (also in the
// module's device functions), the end of the text; trap is left alone, which is a fault. At the entry lane 0 writes the
// record, reading the clocks last; at an exit the lanes that are there together read the clocks first, and the lowest
// of them takes them to the record with red.max. Records begin as zeros. The address is worked out anew at either end,
// so that no register is taken from the kernel in between; line numbers, labels and all else stay. A grid has 2^32
// warps at most. Needs PTX 6.2 (activemask): an older .version is raised to it. The error says what stands in the way.
base::Result<std::shared_ptr<const Module>> add_warp_trace(const Module& module, std::string_view kernel);

// Records of a grid: one for each warp of each block.
std::uint32_t warps_of_block(const base::Dim3& block);

}  // namespace warpscope::ptx

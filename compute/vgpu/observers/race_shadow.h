// vgpu/observers/race_shadow.h: the last accesses of every piece of memory. Floor 2. Used by CheckRace only.
// A cell remembers the last plain write and two other accesses (plain reads, or strong ones: atomics, volatiles),
// chosen from different blocks, or else different warps, where there are more: whoever comes next is then in another
// block or warp than one of the two. Cells are 4 bytes, or finer on pages that are accessed in smaller pieces. The
// fields of neighbouring cells stand in arrays, so that a whole warp's consecutive words are looked at with vector
// instructions.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "compute/vgpu/observers/race_order.h"

namespace warpscope::vgpu::race {

// What an access was: the pc in the low 24 bits, and these.
using Info = std::uint32_t;
inline constexpr Info kPcMask = (1U << 24) - 1;
inline constexpr Info kStrong = 1U << 24;  // ordered with other strong ones by the hardware
inline constexpr Info kWrite = 1U << 25;
inline constexpr Info kBlockScope = 1U << 26;  // strong within its block only
inline constexpr Info kVolatile = 1U << 27;
inline constexpr Info kAtomic = 1U << 28;
inline constexpr Info kValueKnown = 1U << 29;    // of the last write: Cells::value is what it wrote
inline constexpr Info kDiverse = 1U << 30;       // of the second of two: both are plain reads, in different blocks,
                                                 // and nobody has written: no further read matters
inline constexpr Info kAsync = 1U << 31;         // an asynchronous copy
inline constexpr Info kKind = kStrong | kWrite;  // 0: a plain read

// Stands in Cells::written for asynchronous copies, whose stamp is in Cells::value: nothing is as late as this.
inline constexpr Stamp kAsyncStamp = 0xffff'ffffU;

// Accesses other than plain writes, of lanes of one warp.
struct Entries {
  Stamp* stamp = nullptr;  // 0: none
  WarpNumber* warp = nullptr;
  LaneMask* lanes = nullptr;
  Info* info = nullptr;
};

class Cells {
 public:
  Cells(std::uint32_t bytes, int shift);

  int shift() const { return shift_; }  // log2 of the bytes of a cell
  std::uint32_t bytes() const { return bytes_; }
  std::uint32_t count() const { return bytes_ >> shift_; }
  // The same memory in finer cells, each as the one it was part of.
  Cells refined(int shift) const;
  void clear(std::uint32_t first, std::uint32_t count);

  Stamp* written = nullptr;  // 0: not yet
  Thread* writer = nullptr;
  Info* write_info = nullptr;
  std::uint32_t* value = nullptr;
  Entries others[2];

 private:
  struct Free {
    void operator()(std::uint32_t* p) const { std::free(p); }
  };
  static constexpr std::size_t kFields = 12;
  void lay_out();

  std::uint32_t bytes_ = 0;
  int shift_ = 2;
  std::unique_ptr<std::uint32_t, Free> storage_;
};

// Some cells in a row, and who accesses them.
struct Run {
  Cells* cells = nullptr;
  std::uint32_t first = 0, count = 0;
  const LaneMask* lanes = nullptr;      // by cell
  const std::uint32_t* lane = nullptr;  // by cell: the number of the lane, or kManyLanes
};
inline constexpr std::uint32_t kManyLanes = 1U << 30;
// Lanes from first_lane on, each with 1 << lane_shift cells.
void set_consecutive_lanes(Run& run, std::uint32_t first_lane, int lane_shift);
// The first 16 lanes like that, and the other 16 at the same cells.
void set_lanes_twice(Run& run, int lane_shift);
// Cells of several lanes together, at most 16 of them.
void set_many_lanes(Run& run, const LaneMask* lanes);

// What the one who accesses knows about a whole run.
struct Look {
  WarpNumber first_warp = 0, warps = 1;  // of the block
  WarpNumber warp = 0;
  Stamp synced = 0;  // of the block
  Stamp stamp = 0;
  Info info = 0;
  bool own_block_only = false;  // shared memory: whatever is there is of this block, or over
};

// Plain accesses of whole runs where nothing is wrong and all cells are alike. False: nothing was done.
bool record_plain_read(const Run& run, const Look& look);
bool record_plain_write(const Run& run, const Look& look, const std::uint32_t* values, bool values_known);

}  // namespace warpscope::vgpu::race

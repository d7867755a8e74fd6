// vgpu/observers/race_order.h: which accesses of a launch come before which, whatever order they happened to run in.
// Floor 2. Used by CheckRace only.
// Time is a number that goes up at every synchronisation. An access carries the stamp its warp had; who has
// synchronised with that thread since knows everything up to a certain stamp of it. What is known is kept where it is
// uniform: for all threads of a block (barriers), of a warp (__syncwarp), for pairs of warps or lanes (partial
// barriers), and as a clock for what came through fences and flags. (Vector clocks after Lamport and Mattern; epochs
// after Flanagan and Freund, "FastTrack", PLDI 2009. What orders what: PTX ISA, "Memory Consistency Model".)
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "compute/base/launch_types.h"

namespace warpscope::vgpu::race {

using base::LaneMask;
using Stamp = std::uint32_t;
using Thread = std::uint32_t;      // 32 x number of the warp in the grid + lane
using WarpNumber = std::uint32_t;  // of the grid

// What a thread knows of others: each entry says "everything of this thread (or warp, or block) up to this stamp".
struct Clock {
  struct Entry {
    std::uint64_t key = 0;
    Stamp stamp = 0;
  };
  std::vector<Entry> entries;  // by key
  Stamp everything = 0;        // of the whole launch: what remains of a clock that grew too long
  // Clocks of one variable follow each other: a later version contains the earlier ones.
  std::uint64_t lineage = 0;
  std::uint32_t version = 0;

  static constexpr std::uint64_t of_thread(Thread t) { return t; }
  static constexpr std::uint64_t of_warp(WarpNumber w) { return 1ULL << 62 | w; }
  static constexpr std::uint64_t of_block(std::uint64_t b) { return 2ULL << 62 | b; }

  Stamp find(std::uint64_t key) const;
  void raise(std::uint64_t key, Stamp stamp);
  void join(const Clock& other);
  bool contains(const Clock& other) const;  // join() would change nothing
  void limit();  // beyond kMaxEntries: forgets the entries and raises `everything`, which can only hide races
  static constexpr std::size_t kMaxEntries = 8192;
};
using ClockRef = std::shared_ptr<const Clock>;
ClockRef joined(const ClockRef& a, const ClockRef& b);

enum class Scope : std::uint8_t { kBlock, kDevice };

// The last fence of a lane: what a strong write behind it publishes.
struct Fence {
  Stamp own = 0;  // everything of the thread up to here; 0: no fence yet
  Stamp warp = 0, block = 0;
  ClockRef clock;
};

struct WarpOrder {
  Stamp stamp = 1;                                               // of accesses from now on
  Stamp synced = 0;                                              // all lanes know each other up to here
  std::unique_ptr<std::array<std::array<Stamp, 32>, 32>> seen;   // [lane][of lane]
  std::unique_ptr<std::array<std::array<Fence, 32>, 2>> fences;  // [scope][lane]
  // cp.async: batches by the stamp they were committed at; what is waited for, and what barriers have told the others.
  std::vector<Stamp> committed;
  Stamp copied = 0, copied_told = 0;
};

struct BlockOrder {
  std::uint64_t number = 0;
  WarpNumber first = 0;
  Stamp synced = 0;  // all threads of the block know each other up to here
  std::vector<WarpOrder> warps;
  std::vector<Stamp> seen;                             // [warp x warps + of warp]; empty: no partial barriers yet
  ClockRef clock;                                      // what all threads of the block know of others
  std::unordered_map<std::uint32_t, ClockRef> clocks;  // by 32 x warp + lane: what single threads know besides
  // What fences before the last barrier had made visible to the device: any thread may publish it by an atomic.
  ClockRef fenced;
  bool fences_are_new = false;
  std::array<std::vector<Stamp>, 16> arrived;  // by barrier: bar.arrive of a warp, 0: none

  bool holds(WarpNumber w) const { return w - first < warps.size(); }
};

// A thread that looks back at an earlier access.
struct Viewer {
  const BlockOrder* block = nullptr;
  std::uint32_t warp = 0;  // in the block
  WarpNumber number() const { return block->first + warp; }
};

class Order {
 public:
  void begin(std::uint32_t warps_per_block);
  void start(BlockOrder& block, std::uint64_t number);

  // Whether everything of `earlier` up to `stamp` comes before what the lane does now.
  static bool is_before(Thread earlier, Stamp stamp, const Viewer& viewer, int lane);
  // The same for an asynchronous copy that was issued at `stamp`.
  static bool is_copied_before(Thread earlier, Stamp stamp, const Viewer& viewer, int lane);

  // A barrier: the lanes that met, by warp; `exited` and `threads` by warp too. Lanes that have exited count as
  // arrived.
  void barrier(BlockOrder& block, int id, const std::vector<LaneMask>& met, const std::vector<LaneMask>& absent);
  void arrive(BlockOrder& block, int id, std::uint32_t warp);
  void sync_warp(BlockOrder& block, std::uint32_t warp, LaneMask met, LaneMask absent);
  void fence(BlockOrder& block, std::uint32_t warp, LaneMask lanes, Scope scope);

  // A strong access of one lane to a location (any number that stands for it).
  struct Strong {
    bool reads = false, writes = false, releases = false;
    Scope scope = Scope::kDevice;
  };
  void strong(BlockOrder& block, std::uint32_t warp, int lane, std::uint64_t location, const Strong& how);
  // The stamp to remember a lane's atomic by: that of the fence before it, which publishes it with what came before the
  // fence. (Who has seen the atomic may go on with plain accesses to the same place.)
  static Stamp stamp_of_atomic(const WarpOrder& warp, LaneMask lanes);
  // False: no fence and no release yet, so that strong() has nothing to do.
  bool publishes() const { return publishes_; }
  void publish_from_now_on() { publishes_ = true; }

  void commit_copies(WarpOrder& warp);
  void wait_for_copies(WarpOrder& warp, std::size_t open_groups);

 private:
  struct Variable {
    std::shared_ptr<Clock> device, block;  // published for everybody; for the threads of one block
    std::uint64_t block_number = 0;
  };
  Stamp tick() { return now_++; }
  static void collect_fences(BlockOrder& block);
  Fence snapshot(const BlockOrder& block, std::uint32_t warp, int lane, Stamp own) const;
  void acquire(BlockOrder& block, std::uint32_t warp, int lane, const Variable& variable, Scope scope);
  void release(BlockOrder& block, std::uint32_t warp, int lane, Variable& variable, const Strong& how);
  void publish(std::shared_ptr<Clock>& into, const Fence& fence, const BlockOrder& block, std::uint32_t warp, int lane,
               bool replace);
  void share_clocks(BlockOrder& block, std::uint32_t warp, LaneMask lanes);

  std::uint32_t warps_per_block_ = 1;
  Stamp now_ = 2;
  bool publishes_ = false;
  std::uint64_t lineages_ = 0;
  std::unordered_map<std::uint64_t, Variable> variables_;
};

}  // namespace warpscope::vgpu::race

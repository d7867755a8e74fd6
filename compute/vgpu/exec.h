// vgpu/exec.h: what the handler of an instruction sees. Floor 2. One per thread that runs warps.
// Kept lean on purpose: it is compiled for several instruction sets.
#pragma once

#include <cstdint>
#include <string>

#include "compute/vgpu/program.h"

namespace warpscope::vgpu {

struct Warp;
struct Block;
class GlobalMemory;
struct TextureTable;
struct LaunchContext;

enum class AccessKind : std::uint8_t { kLoad, kStore, kAtomic, kAsyncCopy, kPrefetch };
enum class AccessSpace : std::uint8_t { kGlobal, kConstant, kShared, kLocal, kParameter, kTexture, kSurface };
enum class MemoryOrder : std::uint8_t { kWeak, kVolatile, kRelaxed, kAcquire, kRelease, kAcquireRelease, kSequential };
enum class MemoryScope : std::uint8_t { kThreadBlock, kDevice, kSystem };

// One warp-wide access, as observers see it. Lanes of one instruction may go to different spaces through generic
// addresses: there is one Access for each space.
struct Access {
  AccessKind kind = AccessKind::kLoad;
  AccessSpace space = AccessSpace::kGlobal;
  MemoryOrder order = MemoryOrder::kWeak;
  MemoryScope scope = MemoryScope::kDevice;
  bool non_coherent = false;       // ld.global.nc
  std::uint16_t bytes = 4;         // per lane, a vector's elements together
  std::uint16_t alignment = 4;     // that was required
  LaneMask mask = 0;               // lanes that take part
  std::uint64_t address[32] = {};  // global: the address. shared, parameter: offset. local: offset in the lane's memory
  std::uint64_t store_bits[32] = {};  // stores of up to 8 bytes: what was written (to tell same-value races)
};
inline constexpr int kMaxAccesses = 8;  // wmma goes to memory up to eight times

struct AccessLog {
  int count = 0;
  Access accesses[kMaxAccesses];
};

// What went wrong in a handler: the engine makes a Fault of it.
struct Trouble {
  bool raised = false;
  std::uint8_t kind = 0;  // FaultKind
  std::uint8_t lane = 0;  // the first lane it happened to
  bool store = false;
  std::uint32_t bytes = 0;
  std::uint64_t address = 0;   // generic
  const char* text = nullptr;  // static text where the kind alone does not say it
};

// Where loads with one base register find their bytes: how the 32 addresses lie, each half of the warp by itself, and
// for which offsets that holds: for none where a half's are neither the same nor one access behind the other.
struct alignas(64) AddressShape {
  std::uintptr_t at[2] = {0, 0};  // host address of lanes 0 and 16, were the offset 0
  std::int64_t lowest = 0;        // offset, and how far above it
  std::uint64_t span = 0;         //   others may be
  bool same[2] = {false, false};  // all lanes of the half at one place; else one behind the other
};
inline constexpr int kShapes = 8;

// Where a load went last: the warps of a block mostly go on in equal strides.
struct LastLoad {
  const Inst* inst = nullptr;
  std::uint64_t address[2] = {0, 0};  // of lanes 0 and 16
};
inline constexpr std::size_t kLastLoads = 8;

struct Exec {
  // Where rows begin: [0] the warp's constant rows, [1] one byte before the rows of the frame that runs, because
  // RowRef::bits() of those is one more than their offset. This is done several times in every instruction.
  std::uint8_t* bases[2] = {nullptr, nullptr};
  LaneMask mask = 0;
  // mask as 32 numbers, -1 for lanes that take part, else 0. Valid in masked handlers.
  alignas(64) std::int32_t lane_on[32] = {};

  AddressShape shapes[kShapes];  // of loads in a run: Inst::shape
  LastLoad last_loads[kLastLoads];

  Warp* warp = nullptr;
  Block* block = nullptr;
  std::uint8_t* shared = nullptr;
  std::uint32_t shared_bytes = 0;
  std::uint32_t* local = nullptr;            // Warp::local
  std::uint32_t local_bytes = 0;             // per lane, that exist
  std::uint32_t frame_local_base = 0;        // of the frame that runs, bytes per lane
  const std::uint8_t* parameters = nullptr;  // of the launch
  std::uint32_t parameter_bytes = 0;
  GlobalMemory* memory = nullptr;
  LaunchContext* launch = nullptr;
  std::uint64_t clock = 0;            // warp instructions of this block so far: what %clock reads
  AccessLog* log = nullptr;           // null: nobody watches
  bool threads_share_memory = false;  // other threads run blocks on the same memory: atomics must be the host's atomics
  Trouble trouble;
  std::string trouble_text;  // instead of Trouble::text where it is not fixed: what __assertfail says
  // To tell a lane that waits for another from one that works: volatile, relaxed and acquire loads and atomics that
  // left memory as it was add to `polls`; stores and atomics that changed something set it to 0.
  std::uint32_t polls = 0;

  template <class T>
  T* row(RowRef r) const {
    return reinterpret_cast<T*>(bases[r.bits() & 1U] + r.bits());
  }
  LaneMask& predicate(RowRef r) const { return *row<LaneMask>(r); }
  void set_rows(std::uint8_t* constants, std::uint8_t* frame) {
    bases[0] = constants;
    bases[1] = frame - 1;
  }
};

}  // namespace warpscope::vgpu

// Loads in straight-line code (see runs.h), all lanes taking part. Several of them often have the same base register,
// with other offsets: how its 32 addresses lie is looked at once and kept in Exec::shapes.
#include <algorithm>

#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/global_memory.h"
#include "compute/vgpu/lanes/lane_addresses.h"
#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using access::MemoryOp;
using access::Reach;

constexpr int kHalf = kLanes / 2;
// No load has such an offset.
constexpr std::int64_t kNoOffset = 1LL << 62;

// The bytes around an address that lie in one piece.
struct Piece {
  const std::uint8_t* at = nullptr;            // the address; null: nothing is there
  std::uint64_t before = 0, from_here_on = 0;  // how many
};

struct SharedSpace {
  WARPSCOPE_RACY_INLINE static Piece find(const Exec& exec, std::uint64_t address) {
    if (address >= exec.shared_bytes) return {};
    return {exec.shared + address, address, exec.shared_bytes - address};
  }
};
struct GlobalSpace {
  WARPSCOPE_RACY_INLINE static Piece find(const Exec& exec, std::uint64_t address) {
    const Page* page = exec.memory->page(address);
    const std::uint64_t offset = address % kPageBytes;
    if (page == nullptr || offset >= page->valid_bytes) return {};
    return {page->data + offset, offset, page->valid_bytes - offset};
  }
};

// Fetches into the host's cache what this load will probably ask for next: on a real GPU other warps run while one
// waits for memory, here they would all wait.
WARPSCOPE_RACY_INLINE void fetch_next(Exec& exec, const Inst& inst, const std::uint64_t (&address)[2]) {
  LastLoad& last = exec.last_loads[reinterpret_cast<std::uintptr_t>(&inst) / sizeof(Inst) % kLastLoads];
  for (int h = 0; h < 2; ++h) {
    const Piece next = last.inst == &inst ? GlobalSpace::find(exec, 2 * address[h] - last.address[h]) : Piece();
    if (next.at != nullptr) __builtin_prefetch(next.at);
    last.address[h] = address[h];
  }
  last.inst = &inst;
}

// Looks at the base register of a load that accesses kBytes.
template <class Space, std::uint32_t kBytes, class Base>
WARPSCOPE_RACY_INLINE void find_shape(Exec& exec, const Inst& inst, AddressShape& shape) {
  const Base* base = exec.row<Base>(inst.s[0]);
  const auto lanes = LaneAddresses<Base>::load(base, 0);
  const Base first[2] = {base[0], base[kHalf]};
  const LaneMask crooked = lanes.crooked(first, kBytes), unlike = lanes.unlike(first);
  std::uint64_t address[2];
  std::int64_t lowest = -kNoOffset, highest = kNoOffset;
  bool is_regular = true;
  for (int h = 0; h < 2; ++h) {
    const LaneMask half = 0xffffU << (kHalf * h);
    address[h] = static_cast<Base>(first[h] + static_cast<Base>(inst.imm));
    const Piece piece = Space::find(exec, address[h]);
    shape.same[h] = (unlike & half) == 0;
    const std::uint64_t bytes = shape.same[h] ? kBytes : kBytes * kHalf;
    const bool in_order = shape.same[h] || (crooked & half) == 0;
    is_regular = is_regular && in_order && address[h] % kBytes == 0 && piece.from_here_on >= bytes;
    shape.at[h] = reinterpret_cast<std::uintptr_t>(piece.at) - static_cast<std::uintptr_t>(inst.imm);
    lowest = std::max(lowest, inst.imm - static_cast<std::int64_t>(piece.before));
    highest = std::min(highest, inst.imm + static_cast<std::int64_t>(piece.from_here_on - bytes));
  }
  shape.lowest = is_regular ? lowest : kNoOffset;
  shape.span = is_regular ? static_cast<std::uint64_t>(highest - lowest) : 0;
  if constexpr (std::is_same_v<Space, GlobalSpace>) {
    if (!inst.shape_known) fetch_next(exec, inst, address);
  }
}

template <class T, int kElements>
WARPSCOPE_RACY_INLINE void load_half(T* const (&rows)[4], std::uintptr_t address, bool same, int h) {
  using M [[gnu::may_alias]] = T;
  const M* from = reinterpret_cast<const M*>(address);
  for (int i = 0; i < kElements; ++i) {
    T* row = rows[i] + h * kHalf;
    if (same) {
      const T value = from[i];
      WARPSCOPE_EACH_LANE
      for (int l = 0; l < kHalf; ++l) row[l] = value;
    } else {
      WARPSCOPE_EACH_LANE
      for (int l = 0; l < kHalf; ++l) row[l] = from[l * kElements + i];
    }
  }
}

WARPSCOPE_RACY_INLINE bool holds(const AddressShape& shape, std::int64_t offset) {
  return static_cast<std::uint64_t>(offset - shape.lowest) <= shape.span;
}

template <class T, int kElements>
WARPSCOPE_RACY_INLINE void load_row(Exec& exec, const Inst& inst, const AddressShape& shape) {
  T* const rows[4] = {exec.row<T>(inst.d), exec.row<T>(inst.s[1]), exec.row<T>(inst.s[2]), exec.row<T>(inst.s[3])};
  load_half<T, kElements>(rows, shape.at[0] + static_cast<std::uintptr_t>(inst.imm), shape.same[0], 0);
  load_half<T, kElements>(rows, shape.at[1] + static_cast<std::uintptr_t>(inst.imm), shape.same[1], 1);
}

// The first load with a base register, and one that goes to another page than the first.
template <class Space, class T, int kElements, class Base>
[[gnu::noinline]] WARPSCOPE_RACY void look_and_load(Exec& exec, const Inst& inst) {
  AddressShape& shape = exec.shapes[inst.shape];
  find_shape<Space, sizeof(T) * kElements, Base>(exec, inst, shape);
  if (holds(shape, inst.imm)) {
    load_row<T, kElements>(exec, inst, shape);
  } else {
    inst.full(exec, inst);
  }
}

template <class Space, class T, int kElements, class Base>
WARPSCOPE_RACY void load_in_run(Exec& exec, const Inst& inst) {
  const AddressShape& shape = exec.shapes[inst.shape];
  if (inst.shape_known && holds(shape, inst.imm)) [[likely]] {
    load_row<T, kElements>(exec, inst, shape);
  } else {
    look_and_load<Space, T, kElements, Base>(exec, inst);
  }
}

template <class T, int kElements>
Handler find_space(const MemoryOp& op) {
  const bool wide = op.base_bytes == 8;
  switch (op.reach) {
    case Reach::kGlobal:
    case Reach::kConstant:
      return wide ? load_in_run<GlobalSpace, T, kElements, std::uint64_t> : nullptr;
    case Reach::kShared:
      return wide ? load_in_run<SharedSpace, T, kElements, std::uint64_t>
                  : load_in_run<SharedSpace, T, kElements, std::uint32_t>;
    default:
      return nullptr;
  }
}

template <class T>
Handler find_elements(const MemoryOp& op) {
  switch (op.elements) {
    case 1:
      return find_space<T, 1>(op);
    case 2:
      return find_space<T, 2>(op);
    case 4:
      if constexpr (sizeof(T) == 4) return find_space<T, 4>(op);
      [[fallthrough]];
    default:
      return nullptr;
  }
}

}  // namespace

// Null: the handler for all lanes serves. Declared by access/fast_access.cpp.
Handler find_load_in_run(const MemoryOp& op, std::int64_t offset);

Handler find_load_in_run(const MemoryOp& op, std::int64_t offset) {
  if (op.order != MemoryOrder::kWeak || op.element_bytes != op.row_bytes) return nullptr;
  // Other offsets of one base are as aligned as that of the load whose addresses were looked at.
  const bool is_common = offset == static_cast<std::int32_t>(offset) && offset % op.bytes() == 0;
  if (!is_common) return nullptr;
  if (op.row_bytes == 4) return find_elements<std::uint32_t>(op);
  if (op.row_bytes == 8) return find_elements<std::uint64_t>(op);
  return nullptr;
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES

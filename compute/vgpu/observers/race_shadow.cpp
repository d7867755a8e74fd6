#include "compute/vgpu/observers/race_shadow.h"

#include <algorithm>
#include <array>
#include <new>

// The loops over cells are compiled twice, where the loader can choose: once for AVX2.
#define WARPSCOPE_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__clang__)
#define WARPSCOPE_CLONES [[gnu::target_clones("avx2", "default")]] [[gnu::optimize("O3")]]
#else
#define WARPSCOPE_CLONES
#endif

namespace warpscope::vgpu::race {
namespace {

constexpr std::size_t kMaxRun = 512;  // 32 lanes x 16 bytes in cells of one
constexpr int kLaneShifts = 5;

// By lane shift: bit and number of the lane of cell i.
struct LaneTable {
  std::array<std::array<LaneMask, kMaxRun>, kLaneShifts> bit{};
  std::array<std::array<LaneMask, kMaxRun>, kLaneShifts> both{};  // lane l and l + 16
  std::array<std::array<std::uint32_t, kMaxRun>, kLaneShifts> lane{};
  std::array<std::uint32_t, kMaxRun> many{};
};
constexpr LaneTable make_lane_table() {
  LaneTable table;
  for (std::size_t shift = 0; shift < kLaneShifts; ++shift) {
    for (std::size_t i = 0; i < kMaxRun; ++i) {
      const auto lane = static_cast<std::uint32_t>(i >> shift) % 32;
      table.bit[shift][i] = LaneMask{1} << lane;
      table.both[shift][i] = LaneMask{1} << lane | LaneMask{1} << (lane + 16) % 32;
      table.lane[shift][i] = lane;
      table.many[i] = kManyLanes;
    }
  }
  return table;
}
constexpr LaneTable kTable = make_lane_table();

// The arrays of a run, so that loops over them need no class.
struct Window {
  Stamp* __restrict written;
  Thread* __restrict writer;
  Info* __restrict write_info;
  std::uint32_t* __restrict value;
  Entries a, b;
  const LaneMask* __restrict bit;
  const std::uint32_t* __restrict lane;
  std::uint32_t count;

  WARPSCOPE_INLINE Window(const Run& run, std::uint32_t cells)
      : written(run.cells->written + run.first),
        writer(run.cells->writer + run.first),
        write_info(run.cells->write_info + run.first),
        value(run.cells->value + run.first),
        a(at(run.cells->others[0], run.first)),
        b(at(run.cells->others[1], run.first)),
        bit(run.lanes),
        lane(run.lane),
        count(cells) {}

  WARPSCOPE_INLINE static Entries at(const Entries& e, std::uint32_t i) {
    return {e.stamp + i, e.warp + i, e.lanes + i, e.info + i};
  }
};

// Truth as a whole word, so that compilers make vector instructions of loops over it: all ones, or zero.
using Truth = std::uint32_t;
WARPSCOPE_INLINE Truth when(bool condition) {
  return condition ? ~0U : 0U;
}

// Whether an access of this block or warp is behind a barrier already, or nobody's.
template <bool kShared>
WARPSCOPE_INLINE Truth is_over(Stamp stamp, WarpNumber warp, const Look& look) {
  const Truth synced = when(stamp <= look.synced);
  if constexpr (kShared) return synced;
  return when(stamp == 0) | (when(warp - look.first_warp < look.warps) & synced);
}

// What stands in the way of the shortcuts, for any cell of a run.
enum : std::uint32_t {
  kUnorderedWrite = 1,  // a plain write that may race
  kStrongWrite = 2,     // an atomic or volatile write of somebody else that still counts
  kNotEnough = 4,       // one more reader makes a difference
  kFirstKept = 8,       // the first entry is not for us to take,
  kSecondKept = 16,     // nor the second
  kFirstIsOpen = 32,    // the first entry is ours, or nobody's: the second must stay
  kIsDiverse = 64,      // taking the first would make a note of the second wrong
};

struct Slot {
  Truth taken_by_other, strong, mine, may_take, current, near;
};
template <bool kShared>
WARPSCOPE_INLINE Slot look_at(const Entries& e, std::uint32_t i, LaneMask bit, const Look& look) {
  const Stamp stamp = e.stamp[i];
  const WarpNumber warp = e.warp[i];
  const LaneMask lanes = e.lanes[i];
  const Info info = e.info[i];
  const Truth none = when(stamp == 0), over = is_over<kShared>(stamp, warp, look);
  const Truth is_read = when((info & kKind) == 0), is_write = when((info & kWrite) != 0);
  const Truth own_warp = when(warp == look.warp), same_time = when(stamp == look.stamp);
  const Truth joins = own_warp & (when(lanes == bit) | (same_time & when(info == look.info)));
  const Truth near = kShared ? ~0U : when(warp - look.first_warp < look.warps);
  return {~over & near & ~own_warp,
          ~none & is_write & ~over,
          own_warp & same_time & is_read & when((lanes & bit) == bit),
          none | (is_read & (over | joins)),
          ~over,
          near};
}

template <bool kShared>
WARPSCOPE_INLINE std::uint32_t obstacles(const Window& w, const Look& look) {
  const Thread own = look.warp * 32;
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const LaneMask bit = w.bit[i];
    const Truth own_write = when(w.writer[i] == own + w.lane[i]) & when(w.written[i] <= look.stamp);
    const Truth ordered = is_over<kShared>(w.written[i], w.writer[i] >> 5, look) | own_write;
    const Slot a = look_at<kShared>(w.a, i, bit, look), b = look_at<kShared>(w.b, i, bit, look);
    const Truth reads = when(((w.a.info[i] | w.b.info[i]) & kKind) == 0);
    const Truth two_warps = when(w.a.warp[i] != w.b.warp[i]) & a.current & b.current & a.near & b.near;
    const Truth diverse = kShared ? 0 : when((w.b.info[i] & kDiverse) != 0);
    const Truth enough = reads & (a.mine | b.mine | two_warps | diverse);
    found |= (~ordered & kUnorderedWrite) | ((a.strong | b.strong) & kStrongWrite) | (~enough & kNotEnough) |
             (~a.may_take & kFirstKept) | (~b.may_take & kSecondKept) | (~a.taken_by_other & kFirstIsOpen) |
             (diverse & kIsDiverse);
  }
  return found;
}

WARPSCOPE_INLINE void take(const Entries& e, const Window& w, const Look& look) {
  Stamp* __restrict stamps = e.stamp;
  WarpNumber* __restrict warps = e.warp;
  LaneMask* __restrict lanes = e.lanes;
  Info* __restrict infos = e.info;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const Truth joins = when(warps[i] == look.warp) & when(stamps[i] == look.stamp) & when(infos[i] == look.info);
    lanes[i] = w.bit[i] | (joins & lanes[i]);
    warps[i] = look.warp;
    stamps[i] = look.stamp;
    infos[i] = look.info;
  }
}

// What is most often so, and quickly seen: nobody wrote, and the two reads that are known leave nothing to add.
template <bool kShared>
WARPSCOPE_INLINE bool is_settled(const Window& w, const Look& look) {
  Truth missing = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    if constexpr (kShared) {
      const Stamp a = w.a.stamp[i], b = w.b.stamp[i];
      missing |= when(w.written[i] > look.synced) | when(a <= look.synced) | when(b <= look.synced) |
                 when(w.a.warp[i] == w.b.warp[i]) | ((w.a.info[i] | w.b.info[i]) & kKind);
    } else {
      missing |= ~w.b.info[i] & kDiverse;
    }
  }
  return missing == 0;
}

// The other frequent case, in shared memory: the first read behind a barrier. All that is known is over.
WARPSCOPE_INLINE bool is_fresh(const Window& w, const Look& look) {
  Truth known = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const Stamp a = w.a.stamp[i];
    known |= when(w.written[i] > look.synced) | when(a > look.synced) | when(w.b.stamp[i] > look.synced) |
             (when(a != 0) & w.a.info[i] & kKind);
  }
  return known == 0;
}

WARPSCOPE_INLINE void take_first(const Window& w, const Look& look) {
  Stamp* __restrict stamps = w.a.stamp;
  WarpNumber* __restrict warps = w.a.warp;
  LaneMask* __restrict lanes = w.a.lanes;
  Info* __restrict infos = w.a.info;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    stamps[i] = look.stamp;
    warps[i] = look.warp;
    lanes[i] = w.bit[i];
    infos[i] = look.info;
  }
}

template <bool kShared>
WARPSCOPE_INLINE bool read(const Run& run, std::uint32_t count, const Look& look) {
  const Window w(run, count);
  if (is_settled<kShared>(w, look)) return true;
  if (kShared && is_fresh(w, look)) {
    take_first(w, look);
    return true;
  }
  const std::uint32_t found = obstacles<kShared>(w, look);
  if ((found & kUnorderedWrite) != 0) return false;
  if ((found & kNotEnough) == 0) return true;
  if ((found & kStrongWrite) != 0) return false;
  if ((found & (kFirstKept | kIsDiverse)) == 0) {
    take(w.a, w, look);
    return true;
  }
  if ((found & (kFirstIsOpen | kSecondKept)) == 0) {
    take(w.b, w, look);
    return true;
  }
  return false;
}

template <bool kShared>
WARPSCOPE_INLINE bool write(const Run& run, const Look& look, const std::uint32_t* values, bool known) {
  const Window w(run, run.count);
  const Thread own = look.warp * 32;
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const LaneMask bit = w.bit[i];
    const Truth own_write = when(w.writer[i] == own + w.lane[i]) & when(w.written[i] <= look.stamp);
    const Truth own_a = when(w.a.warp[i] == look.warp) & when(w.a.lanes[i] == bit) & when(w.a.stamp[i] <= look.stamp);
    const Truth own_b = when(w.b.warp[i] == look.warp) & when(w.b.lanes[i] == bit) & when(w.b.stamp[i] <= look.stamp);
    wrong |= ~((is_over<kShared>(w.written[i], w.writer[i] >> 5, look) | own_write) &
               (is_over<kShared>(w.a.stamp[i], w.a.warp[i], look) | own_a) &
               (is_over<kShared>(w.b.stamp[i], w.b.warp[i], look) | own_b));
  }
  if (wrong != 0) return false;
  const Info info = look.info | (known ? kValueKnown : 0);
  for (std::uint32_t i = 0; i < w.count; ++i) {
    w.written[i] = look.stamp;
    w.writer[i] = own + w.lane[i];
    w.write_info[i] = info;
  }
  std::fill_n(w.a.stamp, w.count, 0);
  std::fill_n(w.b.stamp, w.count, 0);
  if constexpr (!kShared) std::fill_n(w.b.info, w.count, 0);
  if (known) std::copy_n(values, w.count, w.value);
  return true;
}

WARPSCOPE_CLONES bool read_shared(const Run& run, const Look& look) {
  return read<true>(run, run.count, look);
}
WARPSCOPE_CLONES bool read_global(const Run& run, const Look& look) {
  return read<false>(run, run.count, look);
}
WARPSCOPE_CLONES bool write_shared(const Run& run, const Look& look, const std::uint32_t* values, bool known) {
  return write<true>(run, look, values, known);
}
WARPSCOPE_CLONES bool write_global(const Run& run, const Look& look, const std::uint32_t* values, bool known) {
  return write<false>(run, look, values, known);
}

}  // namespace

Cells::Cells(std::uint32_t bytes, int shift) : bytes_((bytes + 3) & ~3U), shift_(shift) {
  lay_out();
}

void Cells::lay_out() {
  const std::size_t cells = std::max<std::size_t>(1, count());
  storage_.reset(static_cast<std::uint32_t*>(std::calloc(cells * kFields, sizeof(std::uint32_t))));
  if (storage_ == nullptr) throw std::bad_alloc();
  std::uint32_t* next = storage_.get();
  const auto field = [&] {
    std::uint32_t* const here = next;
    next += cells;
    return here;
  };
  written = field();
  writer = field();
  write_info = field();
  value = field();
  for (Entries& entries : others) entries = {field(), field(), field(), field()};
}

Cells Cells::refined(int shift) const {
  Cells fine(bytes_, shift);
  const std::uint32_t parts = 1U << (shift_ - shift);
  for (std::size_t f = 0; f < kFields; ++f) {
    const std::uint32_t* from = storage_.get() + f * count();
    std::uint32_t* to = fine.storage_.get() + f * fine.count();
    for (std::uint32_t i = 0; i < fine.count(); ++i) to[i] = from[i / parts];
  }
  // A word's value is not that of its bytes.
  for (std::uint32_t i = 0; i < fine.count(); ++i) {
    if ((fine.write_info[i] & kAsync) == 0) fine.write_info[i] &= ~kValueKnown;
  }
  return fine;
}

void Cells::clear(std::uint32_t first, std::uint32_t cells) {
  std::fill_n(written + first, cells, 0);
  for (Entries& entries : others) std::fill_n(entries.stamp + first, cells, 0);
  std::fill_n(others[1].info + first, cells, 0);
}

void set_consecutive_lanes(Run& run, std::uint32_t first_lane, int lane_shift) {
  const auto shift = static_cast<std::size_t>(lane_shift);
  run.lanes = kTable.bit[shift].data() + (first_lane << shift);
  run.lane = kTable.lane[shift].data() + (first_lane << shift);
}

void set_lanes_twice(Run& run, int lane_shift) {
  run.lanes = kTable.both[static_cast<std::size_t>(lane_shift)].data();
  run.lane = kTable.many.data();
}

void set_many_lanes(Run& run, const LaneMask* lanes) {
  run.lanes = lanes;
  run.lane = kTable.many.data();
}

bool record_plain_read(const Run& run, const Look& look) {
  if (run.count == 1) {  // without what it takes to set up vector instructions
    return look.own_block_only ? read<true>(run, 1, look) : read<false>(run, 1, look);
  }
  return look.own_block_only ? read_shared(run, look) : read_global(run, look);
}

bool record_plain_write(const Run& run, const Look& look, const std::uint32_t* values, bool values_known) {
  return look.own_block_only ? write_shared(run, look, values, values_known)
                             : write_global(run, look, values, values_known);
}

}  // namespace warpscope::vgpu::race

#include "compute/vgpu/observers/race_shadow.h"

#include <algorithm>
#include <array>
#include <new>

namespace warpscope::vgpu::race {
namespace {

constexpr std::size_t kMaxRun = 512;  // 32 lanes x 16 bytes in cells of one
constexpr int kLaneShifts = 5;

// By lane shift: bit and number of the lane of cell i.
struct LaneTable {
  std::array<std::array<LaneMask, kMaxRun>, kLaneShifts> bit{};
  std::array<std::array<std::uint32_t, kMaxRun>, kLaneShifts> lane{};
};
constexpr LaneTable make_lane_table() {
  LaneTable table;
  for (std::size_t shift = 0; shift < kLaneShifts; ++shift) {
    for (std::size_t i = 0; i < kMaxRun; ++i) {
      const auto lane = static_cast<std::uint32_t>(i >> shift) % 32;
      table.bit[shift][i] = LaneMask{1} << lane;
      table.lane[shift][i] = lane;
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

  explicit Window(const Run& run)
      : written(run.cells->written + run.first),
        writer(run.cells->writer + run.first),
        write_info(run.cells->write_info + run.first),
        value(run.cells->value + run.first),
        a(at(run.cells->others[0], run.first)),
        b(at(run.cells->others[1], run.first)),
        bit(kTable.bit[static_cast<std::size_t>(run.lane_shift)].data() + (run.first_lane << run.lane_shift)),
        lane(kTable.lane[static_cast<std::size_t>(run.lane_shift)].data() + (run.first_lane << run.lane_shift)),
        count(run.count) {}

  static Entries at(const Entries& e, std::uint32_t i) { return {e.stamp + i, e.warp + i, e.lanes + i, e.info + i}; }
};

// Bitwise operators on purpose: no branches, so that loops become vector instructions.
template <bool kShared>
bool is_over(Stamp stamp, WarpNumber warp, const Look& look) {
  if constexpr (kShared) return stamp <= look.synced;
  return (stamp == 0) | ((warp - look.first_warp < look.warps) & (stamp <= look.synced));
}

template <bool kShared>
bool writes_are_before(const Window& w, const Look& look) {
  const Thread own = look.warp * 32;
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool mine = (w.writer[i] == own + w.lane[i]) & (w.written[i] <= look.stamp);
    wrong |= static_cast<std::uint32_t>(!(is_over<kShared>(w.written[i], w.writer[i] >> 5, look) | mine));
  }
  return wrong == 0;
}

// Entries that this access takes the place of, or joins.
template <bool kShared>
bool may_take(const Entries& e, const Window& w, const Look& look) {
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool is_read = (e.info[i] & kKind) == 0;
    const bool mine =
        (e.warp[i] == look.warp) & ((e.lanes[i] == w.bit[i]) | ((e.stamp[i] == look.stamp) & (e.info[i] == look.info)));
    wrong |= static_cast<std::uint32_t>(
        !((e.stamp[i] == 0) | (is_read & (is_over<kShared>(e.stamp[i], e.warp[i], look) | mine))));
  }
  return wrong == 0;
}

void take(const Entries& e, const Window& w, const Look& look) {
  Stamp* __restrict stamps = e.stamp;
  WarpNumber* __restrict warps = e.warp;
  LaneMask* __restrict lanes = e.lanes;
  Info* __restrict infos = e.info;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool joins = (warps[i] == look.warp) & (stamps[i] == look.stamp) & (infos[i] == look.info);
    lanes[i] = w.bit[i] | (joins ? lanes[i] : 0);
    warps[i] = look.warp;
    stamps[i] = look.stamp;
    infos[i] = look.info;
  }
}

// Two readers are known already that make a third one superfluous, or this one is among them.
template <bool kShared>
bool has_enough(const Window& w, const Look& look) {
  std::uint32_t missing = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool reads = ((w.a.info[i] | w.b.info[i]) & kKind) == 0;
    const bool in_a = (w.a.warp[i] == look.warp) & (w.a.stamp[i] == look.stamp) & ((w.a.lanes[i] & w.bit[i]) != 0);
    const bool in_b = (w.b.warp[i] == look.warp) & (w.b.stamp[i] == look.stamp) & ((w.b.lanes[i] & w.bit[i]) != 0);
    bool enough;
    if constexpr (kShared) {
      enough = (w.a.stamp[i] > look.synced) & (w.b.stamp[i] > look.synced) & (w.a.warp[i] != w.b.warp[i]);
    } else {
      const bool both_near = (w.a.warp[i] - look.first_warp < look.warps) &
                             (w.b.warp[i] - look.first_warp < look.warps) & (w.a.stamp[i] > look.synced) &
                             (w.b.stamp[i] > look.synced) & (w.a.warp[i] != w.b.warp[i]);
      enough = both_near | (((w.b.info[i] & kDiverse) != 0) & (w.a.stamp[i] != 0) & (w.b.stamp[i] != 0));
    }
    missing |= static_cast<std::uint32_t>(!(reads & (in_a | in_b | enough)));
  }
  return missing == 0;
}

// The first entry is somebody else's who still counts, so that the second is for us.
template <bool kShared>
bool first_is_taken(const Window& w, const Look& look) {
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool other_block = w.a.warp[i] - look.first_warp >= look.warps;
    const bool counts =
        kShared ? w.a.stamp[i] > look.synced : !is_over<kShared>(w.a.stamp[i], w.a.warp[i], look) & !other_block;
    wrong |= static_cast<std::uint32_t>(!(counts & (w.a.warp[i] != look.warp)));
  }
  return wrong == 0;
}

// No atomic or volatile write of somebody else that still counts.
template <bool kShared>
bool no_strong_writes(const Entries& e, const Window& w, const Look& look) {
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool harmless = (e.stamp[i] == 0) | ((e.info[i] & kWrite) == 0);
    wrong |= static_cast<std::uint32_t>(!(harmless | is_over<kShared>(e.stamp[i], e.warp[i], look)));
  }
  return wrong == 0;
}

template <bool kShared>
bool read(const Run& run, const Look& look) {
  const Window w(run);
  if (!writes_are_before<kShared>(w, look)) return false;
  // Runs are mostly uniform: what holds for the first cell is tried for all of them.
  const Run head{run.cells, run.first, 1, run.first_lane, run.lane_shift};
  const Window h(head);
  if (has_enough<kShared>(h, look) && has_enough<kShared>(w, look)) return true;
  if (!no_strong_writes<kShared>(w.a, w, look) || !no_strong_writes<kShared>(w.b, w, look)) return false;
  if (may_take<kShared>(h.a, h, look) && may_take<kShared>(w.a, w, look)) {
    std::uint32_t diverse = 0;
    for (std::uint32_t i = 0; i < w.count; ++i) diverse |= w.b.stamp[i] != 0 ? w.b.info[i] & kDiverse : 0;
    if (diverse != 0) return false;
    take(w.a, w, look);
    return true;
  }
  if (first_is_taken<kShared>(w, look) && may_take<kShared>(w.b, w, look)) {
    take(w.b, w, look);
    return true;
  }
  return false;
}

template <bool kShared>
bool is_free(const Entries& e, const Window& w, const Look& look) {
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    const bool mine = (e.warp[i] == look.warp) & (e.lanes[i] == w.bit[i]) & (e.stamp[i] <= look.stamp);
    wrong |= static_cast<std::uint32_t>(!(is_over<kShared>(e.stamp[i], e.warp[i], look) | mine));
  }
  return wrong == 0;
}

template <bool kShared>
bool write(const Run& run, const Look& look, const std::uint32_t* values, bool known) {
  const Window w(run);
  if (!writes_are_before<kShared>(w, look) || !is_free<kShared>(w.a, w, look) || !is_free<kShared>(w.b, w, look)) {
    return false;
  }
  const Info info = look.info | (known ? kValueKnown : 0);
  const Thread own = look.warp * 32;
  for (std::uint32_t i = 0; i < w.count; ++i) {
    w.written[i] = look.stamp;
    w.writer[i] = own + w.lane[i];
    w.write_info[i] = info;
  }
  std::fill_n(w.a.stamp, w.count, 0);
  std::fill_n(w.b.stamp, w.count, 0);
  if (known) std::copy_n(values, w.count, w.value);
  return true;
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

bool record_plain_read(const Run& run, const Look& look) {
  return look.own_block_only ? read<true>(run, look) : read<false>(run, look);
}

bool record_plain_write(const Run& run, const Look& look, const std::uint32_t* values, bool values_known) {
  return look.own_block_only ? write<true>(run, look, values, values_known)
                             : write<false>(run, look, values, values_known);
}

}  // namespace warpscope::vgpu::race

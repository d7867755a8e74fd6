#include "compute/vgpu/observers/race_order.h"

#include <algorithm>
#include <bit>

namespace warpscope::vgpu::race {
namespace {

template <class Visit>
void for_each_lane(LaneMask mask, Visit&& visit) {
  for (; mask != 0; mask &= mask - 1) visit(std::countr_zero(mask));
}

bool covers(const Clock& clock, Thread thread, Stamp stamp, std::uint64_t block) {
  return clock.everything >= stamp || clock.find(Clock::of_thread(thread)) >= stamp ||
         clock.find(Clock::of_warp(thread / 32)) >= stamp || clock.find(Clock::of_block(block)) >= stamp;
}

ClockRef clock_of(const BlockOrder& block, std::uint32_t warp, int lane) {
  if (block.clocks.empty()) return block.clock;
  const auto own = block.clocks.find(warp * 32 + static_cast<std::uint32_t>(lane));
  return own == block.clocks.end() ? block.clock : joined(block.clock, own->second);
}

}  // namespace

// ---- Clocks

Stamp Clock::find(std::uint64_t key) const {
  const auto at = std::lower_bound(entries.begin(), entries.end(), key,
                                   [](const Entry& entry, std::uint64_t wanted) { return entry.key < wanted; });
  return at != entries.end() && at->key == key ? at->stamp : 0;
}

void Clock::raise(std::uint64_t key, Stamp stamp) {
  const auto at = std::lower_bound(entries.begin(), entries.end(), key,
                                   [](const Entry& entry, std::uint64_t wanted) { return entry.key < wanted; });
  if (at != entries.end() && at->key == key) {
    at->stamp = std::max(at->stamp, stamp);
  } else if (stamp > 0) {
    entries.insert(at, {key, stamp});
  }
}

void Clock::join(const Clock& other) {
  everything = std::max(everything, other.everything);
  std::vector<Entry> merged;
  merged.reserve(entries.size() + other.entries.size());
  auto a = entries.begin();
  for (const Entry& b : other.entries) {
    while (a != entries.end() && a->key < b.key) merged.push_back(*a++);
    if (a != entries.end() && a->key == b.key) {
      merged.push_back({b.key, std::max(a->stamp, b.stamp)});
      ++a;
    } else {
      merged.push_back(b);
    }
  }
  merged.insert(merged.end(), a, entries.end());
  entries = std::move(merged);
  limit();
}

void Clock::limit() {
  if (entries.size() <= kMaxEntries) return;
  for (const Entry& entry : entries) everything = std::max(everything, entry.stamp);
  entries.clear();
}

bool Clock::contains(const Clock& other) const {
  if (everything < other.everything || entries.size() < other.entries.size()) return false;
  auto at = entries.begin();
  for (const Entry& entry : other.entries) {
    while (at != entries.end() && at->key < entry.key) ++at;
    if (at == entries.end() || at->key != entry.key || at->stamp < entry.stamp) return false;
  }
  return true;
}

ClockRef joined(const ClockRef& a, const ClockRef& b) {
  if (a == nullptr || a == b) return b;
  if (b == nullptr) return a;
  if (a->lineage != 0 && a->lineage == b->lineage) return a->version >= b->version ? a : b;
  if (a->contains(*b)) return a;  // who polls learns the same again and again
  auto both = std::make_shared<Clock>(*a);
  both->lineage = 0;
  both->join(*b);
  return both;
}

// ---- What comes before what

void Order::begin(std::uint32_t warps_per_block) {
  *this = Order();
  warps_per_block_ = std::max(1U, warps_per_block);
}

void Order::start(BlockOrder& block, std::uint64_t number) {
  block.number = number;
  block.first = static_cast<WarpNumber>(number * warps_per_block_);
  block.synced = tick();  // what earlier blocks did in the same shared memory is over
  block.warps.clear();
  block.warps.resize(warps_per_block_);
  for (WarpOrder& warp : block.warps) warp.stamp = now_;
  block.seen.clear();
  block.clock = nullptr;
  block.clocks.clear();
  block.fenced = nullptr;
  block.fences_are_new = false;
  for (auto& warps : block.arrived) warps.clear();
}

bool Order::is_before(Thread earlier, Stamp stamp, const Viewer& viewer, int lane) {
  const BlockOrder& block = *viewer.block;
  const WarpNumber warp = earlier / 32;
  if (earlier == viewer.number() * 32 + static_cast<Thread>(lane)) return true;
  if (block.holds(warp)) {
    if (stamp <= block.synced) return true;
    if (warp == viewer.number()) {
      const WarpOrder& own = block.warps[viewer.warp];
      if (stamp <= own.synced) return true;
      if (own.seen != nullptr && (*own.seen)[static_cast<std::size_t>(lane)][earlier % 32] >= stamp) return true;
    }
    if (!block.seen.empty() && block.seen[viewer.warp * block.warps.size() + (warp - block.first)] >= stamp)
      return true;
  }
  const std::uint64_t other_block = block.holds(warp) ? block.number : warp / block.warps.size();
  if (block.clock != nullptr && covers(*block.clock, earlier, stamp, other_block)) return true;
  if (block.clocks.empty()) return false;
  const auto own = block.clocks.find(viewer.warp * 32 + static_cast<std::uint32_t>(lane));
  return own != block.clocks.end() && covers(*own->second, earlier, stamp, other_block);
}

bool Order::is_copied_before(Thread earlier, Stamp stamp, const Viewer& viewer, int lane) {
  const BlockOrder& block = *viewer.block;
  if (!block.holds(earlier / 32)) return false;
  const WarpOrder& warp = block.warps[earlier / 32 - block.first];
  const bool same_thread = earlier == viewer.number() * 32 + static_cast<Thread>(lane);
  return stamp <= (same_thread ? warp.copied : warp.copied_told) && is_before(earlier, stamp, viewer, lane);
}

// ---- Barriers

void Order::arrive(BlockOrder& block, int id, std::uint32_t warp) {
  auto& arrived = block.arrived[static_cast<std::size_t>(id) % block.arrived.size()];
  arrived.resize(block.warps.size(), 0);
  arrived[warp] = tick();
  block.warps[warp].stamp = now_;
  block.warps[warp].copied_told = block.warps[warp].copied;
}

void Order::barrier(BlockOrder& block, int id, const std::vector<LaneMask>& met, const std::vector<LaneMask>& absent) {
  const std::size_t warps = block.warps.size();
  auto& arrived = block.arrived[static_cast<std::size_t>(id) % block.arrived.size()];
  arrived.resize(warps, 0);
  bool everybody = true;
  for (std::size_t w = 0; w < warps; ++w) everybody &= (met[w] | absent[w]) == base::kAllLanes && arrived[w] == 0;
  if (block.fences_are_new) collect_fences(block);
  const Stamp at = tick();
  if (everybody) {
    block.synced = at;
    for (const auto& [thread, clock] : block.clocks) block.clock = joined(block.clock, clock);
    block.clocks.clear();
    for (WarpOrder& warp : block.warps) {
      warp.stamp = now_;
      warp.copied_told = warp.copied;
    }
    return;
  }
  if (block.seen.empty()) block.seen.assign(warps * warps, 0);
  std::vector<Stamp> known(warps, 0);  // what any of them knew, and themselves up to here
  ClockRef clock;
  for (std::size_t t = 0; t < warps; ++t) {
    if (met[t] == 0) continue;
    for (std::size_t k = 0; k < warps; ++k) known[k] = std::max(known[k], block.seen[t * warps + k]);
    for_each_lane(met[t], [&](int lane) {
      if (!block.clocks.empty()) clock = joined(clock, clock_of(block, static_cast<std::uint32_t>(t), lane));
    });
  }
  for (std::size_t t = 0; t < warps; ++t) {
    if (met[t] != 0) known[t] = std::max(known[t], arrived[t] != 0 ? arrived[t] : at);
  }
  for (std::size_t u = 0; u < warps; ++u) {
    if (met[u] == 0 || arrived[u] != 0) continue;  // who only arrives learns nothing
    for (std::size_t k = 0; k < warps; ++k) {
      Stamp& seen = block.seen[u * warps + k];
      seen = std::max(seen, known[k]);
    }
    WarpOrder& warp = block.warps[u];
    if ((met[u] | absent[u]) == base::kAllLanes) warp.synced = at;
    warp.stamp = now_;
    warp.copied_told = warp.copied;
    if (clock == nullptr) continue;
    for_each_lane(met[u], [&](int lane) {
      block.clocks[static_cast<std::uint32_t>(u) * 32 + static_cast<std::uint32_t>(lane)] = clock;
    });
  }
  arrived.assign(warps, 0);
}

void Order::collect_fences(BlockOrder& block) {
  auto all = block.fenced != nullptr ? std::make_shared<Clock>(*block.fenced) : std::make_shared<Clock>();
  all->lineage = 0;
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
    if (block.warps[w].fences == nullptr) continue;
    const auto& fences = (*block.warps[w].fences)[static_cast<std::size_t>(Scope::kDevice)];
    const WarpNumber number = block.first + w;
    const bool uniform =
        std::all_of(fences.begin(), fences.end(), [&](const Fence& f) { return f.own == fences[0].own; });
    if (uniform) all->raise(Clock::of_warp(number), fences[0].own);
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
      const Fence& fence = fences[lane];
      if (fence.own == 0) continue;
      if (!uniform) all->raise(Clock::of_thread(number * 32 + lane), fence.own);
      all->raise(Clock::of_warp(number), fence.warp);
      all->raise(Clock::of_block(block.number), fence.block);
      if (fence.clock != nullptr && (lane == 0 || fence.clock != fences[lane - 1].clock)) all->join(*fence.clock);
    }
  }
  block.fenced = std::move(all);
  block.fences_are_new = false;
}

void Order::share_clocks(BlockOrder& block, std::uint32_t warp, LaneMask lanes) {
  if (block.clocks.empty()) return;
  ClockRef clock;
  for_each_lane(lanes, [&](int lane) {
    const auto own = block.clocks.find(warp * 32 + static_cast<std::uint32_t>(lane));
    if (own != block.clocks.end()) clock = joined(clock, own->second);
  });
  if (clock == nullptr) return;
  for_each_lane(lanes, [&](int lane) { block.clocks[warp * 32 + static_cast<std::uint32_t>(lane)] = clock; });
}

void Order::sync_warp(BlockOrder& block, std::uint32_t warp_index, LaneMask met, LaneMask absent) {
  WarpOrder& warp = block.warps[warp_index];
  const Stamp at = tick();
  warp.stamp = now_;
  warp.copied_told = warp.copied;
  share_clocks(block, warp_index, met);
  if ((met | absent) == base::kAllLanes) {
    warp.synced = at;
    return;
  }
  if (warp.seen == nullptr) warp.seen = std::make_unique<std::array<std::array<Stamp, 32>, 32>>();
  std::array<Stamp, 32> known{};
  for_each_lane(met, [&](int lane) {
    const auto& row = (*warp.seen)[static_cast<std::size_t>(lane)];
    for (std::size_t k = 0; k < 32; ++k) known[k] = std::max(known[k], row[k]);
  });
  for_each_lane(met, [&](int lane) { known[static_cast<std::size_t>(lane)] = at; });
  for_each_lane(met, [&](int lane) { (*warp.seen)[static_cast<std::size_t>(lane)] = known; });
}

// ---- Fences and flags

Fence Order::snapshot(const BlockOrder& block, std::uint32_t warp_index, int lane, Stamp own) const {
  const WarpOrder& warp = block.warps[warp_index];
  Fence fence{own, warp.synced, block.synced, clock_of(block, warp_index, lane)};
  if (warp.seen == nullptr && block.seen.empty()) return fence;
  auto clock = fence.clock != nullptr ? std::make_shared<Clock>(*fence.clock) : std::make_shared<Clock>();
  clock->lineage = 0;
  for (std::uint32_t k = 0; warp.seen != nullptr && k < 32; ++k) {
    clock->raise(Clock::of_thread((block.first + warp_index) * 32 + k),
                 (*warp.seen)[static_cast<std::size_t>(lane)][k]);
  }
  const std::size_t warps = block.warps.size();
  for (std::uint32_t k = 0; !block.seen.empty() && k < warps; ++k) {
    clock->raise(Clock::of_warp(block.first + k), block.seen[warp_index * warps + k]);
  }
  fence.clock = std::move(clock);
  return fence;
}

void Order::fence(BlockOrder& block, std::uint32_t warp_index, LaneMask lanes, Scope scope) {
  publishes_ = true;
  WarpOrder& warp = block.warps[warp_index];
  if (warp.fences == nullptr) warp.fences = std::make_unique<std::array<std::array<Fence, 32>, 2>>();
  const Stamp at = tick();
  warp.stamp = now_;
  for_each_lane(lanes, [&](int lane) {
    const Fence fence = snapshot(block, warp_index, lane, at);
    const auto l = static_cast<std::size_t>(lane);
    (*warp.fences)[static_cast<std::size_t>(Scope::kBlock)][l] = fence;
    if (scope == Scope::kDevice) (*warp.fences)[static_cast<std::size_t>(Scope::kDevice)][l] = fence;
  });
  block.fences_are_new |= scope == Scope::kDevice;
}

void Order::acquire(BlockOrder& block, std::uint32_t warp, int lane, const Variable& variable, Scope scope) {
  ClockRef learned;
  const bool same_block = variable.block_number == block.number;
  if (scope == Scope::kDevice || same_block) learned = variable.device;
  if (same_block && variable.block != nullptr) learned = joined(learned, variable.block);
  if (learned == nullptr) return;
  ClockRef& own = block.clocks[warp * 32 + static_cast<std::uint32_t>(lane)];
  own = joined(own, learned);
}

void Order::publish(std::shared_ptr<Clock>& into, const Fence& fence, const BlockOrder& block, std::uint32_t warp,
                    int lane, bool replace) {
  std::shared_ptr<Clock> next;
  if (replace || into == nullptr) {
    next = std::make_shared<Clock>();
    next->lineage = ++lineages_;
  } else {
    next = into.use_count() == 1 ? std::move(into) : std::make_shared<Clock>(*into);
    ++next->version;
  }
  const bool contained = fence.clock != nullptr && fence.clock->lineage == next->lineage;
  if (fence.clock != nullptr && !contained) next->join(*fence.clock);
  const WarpNumber number = block.first + warp;
  next->raise(Clock::of_thread(number * 32 + static_cast<Thread>(lane)), fence.own);
  next->raise(Clock::of_warp(number), fence.warp);
  next->raise(Clock::of_block(block.number), fence.block);
  next->limit();
  into = std::move(next);
}

void Order::release(BlockOrder& block, std::uint32_t warp_index, int lane, Variable& variable, const Strong& how) {
  WarpOrder& warp = block.warps[warp_index];
  const auto l = static_cast<std::size_t>(lane);
  Fence device, near;
  if (how.releases) {
    const Stamp at = tick();
    warp.stamp = now_;
    warp.copied_told = warp.copied;
    near = snapshot(block, warp_index, lane, at);
    if (how.scope == Scope::kDevice) device = near;
  } else if (warp.fences != nullptr) {
    near = (*warp.fences)[static_cast<std::size_t>(Scope::kBlock)][l];
    if (how.scope == Scope::kDevice) device = (*warp.fences)[static_cast<std::size_t>(Scope::kDevice)][l];
  }
  if (how.scope == Scope::kDevice && block.fenced != nullptr) {
    device.clock = joined(device.clock, block.fenced);
  }
  const bool replace =
      !how.reads;  // a plain store ends what earlier writes had published here; an atomic carries it on
  if (replace || variable.block_number != block.number) variable.block = nullptr;
  if (replace) variable.device = nullptr;
  variable.block_number = block.number;
  if (device.own != 0 || device.clock != nullptr) publish(variable.device, device, block, warp_index, lane, replace);
  if (near.own > device.own) publish(variable.block, near, block, warp_index, lane, replace);
}

void Order::strong(BlockOrder& block, std::uint32_t warp, int lane, std::uint64_t location, const Strong& how) {
  const bool may_publish =
      how.releases || (how.writes && (block.fenced != nullptr ||
                                      (block.warps[warp].fences != nullptr &&
                                       (*block.warps[warp].fences)[0][static_cast<std::size_t>(lane)].own != 0)));
  const auto found = variables_.find(location);
  if (found == variables_.end() && !may_publish) return;
  Variable& variable = found != variables_.end() ? found->second : variables_[location];
  if (how.reads) acquire(block, warp, lane, variable, how.scope);
  if (how.writes) release(block, warp, lane, variable, how);
}

Stamp Order::stamp_of_atomic(const WarpOrder& warp, LaneMask lanes) {
  if (warp.fences == nullptr) return warp.stamp;
  Stamp earliest = warp.stamp;
  bool all = true;
  for_each_lane(lanes, [&](int lane) {
    const Fence& fence = (*warp.fences)[static_cast<std::size_t>(Scope::kDevice)][static_cast<std::size_t>(lane)];
    all &= fence.own != 0;
    earliest = std::min(earliest, fence.own);
  });
  return all ? earliest : warp.stamp;
}

// ---- Asynchronous copies

void Order::commit_copies(WarpOrder& warp) {
  warp.committed.push_back(tick());
  warp.stamp = now_;
}

void Order::wait_for_copies(WarpOrder& warp, std::size_t open_groups) {
  if (warp.committed.size() > open_groups) {
    const auto done = warp.committed.end() - static_cast<std::ptrdiff_t>(open_groups);
    warp.copied = std::max(warp.copied, *(done - 1));
    warp.committed.erase(warp.committed.begin(), done);
  }
}

}  // namespace warpscope::vgpu::race

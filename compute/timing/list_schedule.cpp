#include "compute/timing/list_schedule.h"

#include <algorithm>

namespace warpscope::timing {
namespace {

// How far ahead of the oldest instruction that has not been placed others are looked at.
constexpr std::uint32_t kWindow = 40;

struct Edge {
  std::uint32_t to = 0;
  std::uint32_t latency = 0;
};

bool may_meet(const MemoryUse& a, const MemoryUse& b) {
  using Where = MemoryUse::Where;
  if (a.where == Where::kNone || b.where == Where::kNone) return false;
  if (a.fence || b.fence) return true;
  if (!a.writes && !b.writes) return false;
  if (a.read_only || b.read_only) return false;
  if (a.where != b.where && a.where != Where::kAny && b.where != Where::kAny) return false;
  const bool comparable = a.base >= 0 && a.base == b.base && a.bytes > 0 && b.bytes > 0;
  if (!comparable) return true;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

// How long what follows would wait, as a compiler reckons.
std::uint32_t expected_latency(const Node& node, const MachineModel& model) {
  switch (node.op.kind) {
    case OpKind::kFree:
      return 0;
    case OpKind::kLoad:
    case OpKind::kAtomic:
      return static_cast<std::uint32_t>(node.memory.where == MemoryUse::Where::kShared ? model.shared_latency
                                                                                       : model.l2_latency);
    case OpKind::kTexture:
      return static_cast<std::uint32_t>(model.l2_latency);
    case OpKind::kConstant:
      return static_cast<std::uint32_t>(model.constant_latency);
    default:
      return node.op.latency;
  }
}

class Graph {
 public:
  Graph(const std::vector<Node>& nodes, std::uint32_t slots, const MachineModel& model)
      : nodes_(nodes), edges_(nodes.size()), waits_for_(nodes.size(), 0), writer_(slots, kNobody), readers_(slots) {
    for (std::uint32_t n = 0; n < nodes.size(); ++n) latency_.push_back(expected_latency(nodes[n], model));
    for (std::uint32_t n = 0; n < nodes.size(); ++n) add(n);
    weigh();
  }
  std::vector<std::uint32_t> order();

 private:
  static constexpr std::uint32_t kNobody = ~0U;
  void add_edge(std::uint32_t from, std::uint32_t to, std::uint32_t latency) {
    if (from == to) return;
    edges_[from].push_back({to, latency});
    ++waits_for_[to];
  }
  void add(std::uint32_t n) {
    const Node& node = nodes_[n];
    for (const std::uint32_t slot : node.reads) {
      if (writer_[slot] != kNobody) add_edge(writer_[slot], n, latency_[writer_[slot]]);
      readers_[slot].push_back(n);
    }
    for (const std::uint32_t slot : node.writes) {
      if (writer_[slot] != kNobody) add_edge(writer_[slot], n, 1);
      for (const std::uint32_t reader : readers_[slot]) add_edge(reader, n, 0);
      readers_[slot].clear();
      writer_[slot] = n;
    }
    if (node.memory.where != MemoryUse::Where::kNone) {
      for (const std::uint32_t other : memory_) {
        if (may_meet(nodes_[other].memory, node.memory)) add_edge(other, n, 1);
      }
      if (node.memory.fence) memory_.clear();
      memory_.push_back(n);
    }
    if (!node.last) return;
    for (std::uint32_t other = 0; other < n; ++other) add_edge(other, n, 0);
  }
  void weigh() {
    weight_.assign(nodes_.size(), 0);
    for (std::size_t n = nodes_.size(); n-- > 0;) {
      for (const Edge& edge : edges_[n]) weight_[n] = std::max(weight_[n], weight_[edge.to] + edge.latency);
    }
  }
  std::uint32_t choose(std::uint32_t first, std::uint64_t clock) const;

  const std::vector<Node>& nodes_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<std::uint32_t> waits_for_, latency_, weight_;
  std::vector<std::uint64_t> ready_;
  std::vector<bool> placed_;
  std::vector<std::uint32_t> writer_;
  std::vector<std::vector<std::uint32_t>> readers_;
  std::vector<std::uint32_t> memory_;
};

std::uint32_t Graph::choose(std::uint32_t first, std::uint64_t clock) const {
  const auto end = std::min<std::uint64_t>(nodes_.size(), std::uint64_t{first} + kWindow);
  std::uint32_t best = kNobody, soonest = kNobody;
  for (std::uint32_t n = first; n < end; ++n) {
    if (placed_[n] || waits_for_[n] != 0) continue;
    if (nodes_[n].op.kind == OpKind::kFree) return n;
    if (ready_[n] <= clock && (best == kNobody || weight_[n] > weight_[best])) best = n;
    if (soonest == kNobody || ready_[n] < ready_[soonest]) soonest = n;
  }
  return best != kNobody ? best : soonest;
}

std::vector<std::uint32_t> Graph::order() {
  std::vector<std::uint32_t> order;
  ready_.assign(nodes_.size(), 0);
  placed_.assign(nodes_.size(), false);
  std::uint64_t clock = 0;
  std::uint32_t first = 0;
  while (order.size() < nodes_.size()) {
    const std::uint32_t n = choose(first, clock);
    clock = std::max(clock, ready_[n]);
    placed_[n] = true;
    order.push_back(n);
    for (const Edge& edge : edges_[n]) {
      --waits_for_[edge.to];
      ready_[edge.to] = std::max(ready_[edge.to], clock + edge.latency);
    }
    if (nodes_[n].op.kind != OpKind::kFree) ++clock;
    while (first < nodes_.size() && placed_[first]) ++first;
  }
  return order;
}

}  // namespace

std::vector<std::uint32_t> list_schedule(const std::vector<Node>& nodes, std::uint32_t slots,
                                         const MachineModel& model) {
  return Graph(nodes, slots, model).order();
}

}  // namespace warpscope::timing

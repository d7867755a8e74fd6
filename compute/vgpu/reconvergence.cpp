#include "compute/vgpu/reconvergence.h"

#include <algorithm>

namespace warpscope::vgpu {
namespace {

constexpr int kNone = -1;

// Basic blocks, and the virtual block after all ends (the last index).
struct Graph {
  std::vector<std::uint32_t> first;  // instruction a block begins with
  std::vector<std::uint32_t> last;   // and ends with
  std::vector<std::vector<int>> successors, predecessors;
  int exit = 0;
};

std::vector<std::uint8_t> block_starts(std::span<const Flow> flow) {
  std::vector<std::uint8_t> starts(flow.size() + 1, 0);
  starts[0] = 1;
  for (std::size_t i = 0; i < flow.size(); ++i) {
    const Flow& f = flow[i];
    for (const std::uint32_t target : f.targets) {
      if (target < flow.size()) starts[target] = 1;
    }
    if (!f.targets.empty() || !f.falls_through || f.leaves) starts[i + 1] = 1;
  }
  return starts;
}

Graph make_graph(std::span<const Flow> flow) {
  Graph g;
  const std::vector<std::uint8_t> starts = block_starts(flow);
  std::vector<int> block_of(flow.size() + 1, kNone);
  for (std::size_t i = 0; i < flow.size(); ++i) {
    if (starts[i] != 0) {
      g.first.push_back(static_cast<std::uint32_t>(i));
      g.last.push_back(0);
    }
    block_of[i] = static_cast<int>(g.first.size()) - 1;
    g.last.back() = static_cast<std::uint32_t>(i);
  }
  g.exit = static_cast<int>(g.first.size());
  block_of[flow.size()] = g.exit;
  g.successors.resize(g.first.size() + 1);
  g.predecessors.resize(g.first.size() + 1);
  for (std::size_t b = 0; b < g.first.size(); ++b) {
    const std::size_t i = g.last[b];
    const Flow& f = flow[i];
    std::vector<int>& to = g.successors[b];
    for (const std::uint32_t target : f.targets) to.push_back(block_of[std::min<std::size_t>(target, flow.size())]);
    if (f.falls_through) to.push_back(block_of[i + 1]);
    if (f.leaves) to.push_back(g.exit);
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
    for (const int s : to) g.predecessors[static_cast<std::size_t>(s)].push_back(static_cast<int>(b));
  }
  return g;
}

// Blocks from which the end can be reached, the exit first, each after at least one block it leads to.
std::vector<int> reverse_post_order(const Graph& g) {
  std::vector<std::uint8_t> seen(g.successors.size(), 0);
  std::vector<int> order;
  std::vector<std::pair<int, std::size_t>> stack{{g.exit, 0}};
  seen[static_cast<std::size_t>(g.exit)] = 1;
  while (!stack.empty()) {
    auto& [block, next] = stack.back();
    const std::vector<int>& before = g.predecessors[static_cast<std::size_t>(block)];
    if (next == before.size()) {
      order.push_back(block);
      stack.pop_back();
      continue;
    }
    const int b = before[next++];
    if (seen[static_cast<std::size_t>(b)] == 0) {
      seen[static_cast<std::size_t>(b)] = 1;
      stack.emplace_back(b, 0);
    }
  }
  std::reverse(order.begin(), order.end());
  return order;
}

// Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001), on the reversed graph.
std::vector<int> post_dominators(const Graph& g) {
  const std::vector<int> order = reverse_post_order(g);
  std::vector<int> rank(g.successors.size(), kNone), idom(g.successors.size(), kNone);
  for (std::size_t i = 0; i < order.size(); ++i) rank[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  const auto at = [](std::vector<int>& v, int i) -> int& { return v[static_cast<std::size_t>(i)]; };
  at(idom, g.exit) = g.exit;
  for (bool changed = true; changed;) {
    changed = false;
    for (const int b : order) {
      if (b == g.exit) continue;
      int meet = kNone;
      for (int s : g.successors[static_cast<std::size_t>(b)]) {
        if (at(idom, s) == kNone) continue;
        if (meet == kNone) {
          meet = s;
          continue;
        }
        while (meet != s) {
          while (at(rank, s) > at(rank, meet)) s = at(idom, s);
          while (at(rank, meet) > at(rank, s)) meet = at(idom, meet);
        }
      }
      if (meet != kNone && at(idom, b) != meet) {
        at(idom, b) = meet;
        changed = true;
      }
    }
  }
  return idom;
}

}  // namespace

std::vector<std::uint32_t> immediate_post_dominators(std::span<const Flow> flow) {
  std::vector<std::uint32_t> result(flow.size(), kNoInstruction);
  if (flow.empty()) return result;
  const Graph g = make_graph(flow);
  const std::vector<int> idom = post_dominators(g);
  for (std::size_t b = 0; b < g.first.size(); ++b) {
    const Flow& f = flow[g.last[b]];
    const bool several = f.targets.size() + (f.falls_through ? 1U : 0U) + (f.leaves ? 1U : 0U) > 1;
    if (several && idom[b] != kNone && idom[b] != g.exit) {
      result[g.last[b]] = g.first[static_cast<std::size_t>(idom[b])];
    }
  }
  return result;
}

}  // namespace warpscope::vgpu

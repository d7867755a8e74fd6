#include "compute/timing/merge_loads.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <utility>

#include "compute/timing/effects.h"

namespace warpscope::timing {
namespace {

using ptx::Opcode;
using ptx::OperandKind;

constexpr int kMost = 4;  // 16 bytes: the logarithm, as all alignments here

class Alignments {
 public:
  explicit Alignments(const ptx::Function& function) : writers_(function.registers.size()) {
    known_.assign(function.registers.size(), -1);
    for (const ptx::Instruction& in : function.instructions) {
      for (const int reg : effects_of(in).writes) writers_[static_cast<std::size_t>(reg)].push_back(&in);
    }
  }
  int of_register(int reg);

 private:
  int of_operand(const ptx::Operand& operand);
  int of_result(const ptx::Instruction& in);
  std::vector<std::vector<const ptx::Instruction*>> writers_;
  std::vector<int> known_;
};

// Of everything that writes it; a value that comes from itself, in a loop, adds nothing.
int Alignments::of_register(int reg) {
  if (reg < 0 || static_cast<std::size_t>(reg) >= known_.size()) return kMost;  // a symbol: the compiler places it
  int& known = known_[static_cast<std::size_t>(reg)];
  if (known >= 0) return known;
  known = kMost;
  int least = kMost;
  for (const ptx::Instruction* in : writers_[static_cast<std::size_t>(reg)]) least = std::min(least, of_result(*in));
  return known = least;
}

int Alignments::of_operand(const ptx::Operand& operand) {
  switch (operand.kind) {
    case OperandKind::kRegister:
      return of_register(operand.reg);
    case OperandKind::kInteger:
    case OperandKind::kSymbol:
      return std::min(kMost, std::countr_zero(static_cast<std::uint64_t>(operand.value)));
    default:
      return 0;
  }
}

int Alignments::of_result(const ptx::Instruction& in) {
  const auto of = [&](std::size_t operand) { return of_operand(in.operands[operand]); };
  switch (in.opcode) {
    case Opcode::kMov:
    case Opcode::kCvta:
    case Opcode::kCvt:
      return of(1);
    case Opcode::kAdd:
    case Opcode::kSub:
    case Opcode::kOr:
    case Opcode::kXor:
      return std::min(of(1), of(2));
    case Opcode::kAnd:
      return std::max(of(1), of(2));
    case Opcode::kMul:
      return std::min(kMost, of(1) + of(2));
    case Opcode::kMad:
      return std::min({kMost, of(1) + of(2), of(3)});
    case Opcode::kShl:
      if (in.operands[2].kind != OperandKind::kInteger) return of(1);
      return std::min(kMost, of(1) + static_cast<int>(std::clamp<std::int64_t>(in.operands[2].value, 0, kMost)));
    default:
      return 0;
  }
}

struct Group {
  std::array<int, 4> nodes{-1, -1, -1, -1};  // by word
};
using Groups = std::map<std::pair<int, std::int64_t>, Group>;  // by base and 16 bytes

class Joining {
 public:
  Joining(const ptx::Function& function, std::vector<Node>& nodes) : nodes_(nodes), alignments_(function) {}
  void add(std::uint32_t n);
  void close();
  std::vector<Joined>& joined() { return joined_; }

 private:
  void join(std::vector<int> members);
  std::vector<Node>& nodes_;
  Alignments alignments_;
  Groups groups_;
  std::set<std::uint32_t> bases_;  // slots of the addresses that groups are open for
  std::vector<Joined> joined_;
};

bool is_word_load(const Node& node) {
  return node.op.kind == OpKind::kLoad && node.memory.where == MemoryUse::Where::kShared && node.memory.bytes == 4 &&
         node.memory.offset % 4 == 0 && node.memory.base >= 0 && node.writes.size() == 1;
}

void Joining::join(std::vector<int> members) {
  std::sort(members.begin(), members.end());
  Node& first = nodes_[static_cast<std::size_t>(members.front())];
  first.op.argument = static_cast<std::uint16_t>(members.size());
  first.memory.bytes = static_cast<std::uint32_t>(4 * members.size());
  first.memory.offset &= -static_cast<std::int64_t>(first.memory.bytes);
  for (std::size_t i = 1; i < members.size(); ++i) {
    Node& other = nodes_[static_cast<std::size_t>(members[i])];
    other.op.kind = OpKind::kFree;
    other.reads = {first.writes.front()};
    other.memory = {};
    joined_.push_back({static_cast<std::uint32_t>(members[i]), 0});
  }
  joined_.push_back({static_cast<std::uint32_t>(members.front()), static_cast<std::uint32_t>(members.size())});
}

void Joining::close() {
  for (const auto& [key, group] : groups_) {
    const int alignment = alignments_.of_register(key.first);
    const std::array<int, 4>& n = group.nodes;
    if (alignment >= 4 && *std::min_element(n.begin(), n.end()) >= 0) {
      join({n[0], n[1], n[2], n[3]});
      continue;
    }
    if (alignment < 3) continue;
    if (n[0] >= 0 && n[1] >= 0) join({n[0], n[1]});
    if (n[2] >= 0 && n[3] >= 0) join({n[2], n[3]});
  }
  groups_.clear();
  bases_.clear();
}

void Joining::add(std::uint32_t n) {
  const Node& node = nodes_[n];
  const auto is_base = [&](std::uint32_t slot) { return bases_.contains(slot); };
  if (node.memory.fence || node.memory.writes || std::any_of(node.writes.begin(), node.writes.end(), is_base)) close();
  if (!is_word_load(node)) return;
  const std::int64_t word = node.memory.offset >> 2;
  int& place = groups_[{node.memory.base, word >> 2}].nodes[static_cast<std::size_t>(word & 3)];
  if (place < 0) place = static_cast<int>(n);
  bases_.insert(node.reads.begin(), node.reads.end());
}

}  // namespace

std::vector<Joined> merge_shared_loads(const ptx::Function& function, std::vector<Node>& nodes) {
  Joining joining(function, nodes);
  for (std::uint32_t n = 0; n < nodes.size(); ++n) joining.add(n);
  joining.close();
  return std::move(joining.joined());
}

}  // namespace warpscope::timing

#include "compute/timing/register_estimate.h"

#include <algorithm>

#include "compute/timing/effects.h"

namespace warpscope::timing {
namespace {

using ptx::Opcode;
using ptx::OperandKind;

int weight_of(ptx::Type type) {
  const int bits = ptx::bits_of(type);
  return type == ptx::Type::kPred ? 0 : std::max(1, bits / 32);
}

// Parameters, sizes of the launch and numbers are constants that instructions name: no register holds them.
bool makes_constant(const ptx::Instruction& in, const std::vector<bool>& constant) {
  const bool parameter = in.opcode == Opcode::kLd && (in.space == ptx::Space::kParam || in.space == ptx::Space::kConst);
  if (parameter && address_register(in) < 0) return in.vector_size == 1;
  const bool names = in.opcode == Opcode::kMov || in.opcode == Opcode::kCvta;
  if (!names || in.operands.size() < 2 || in.operands[0].kind != OperandKind::kRegister) return false;
  const ptx::Operand& from = in.operands[1];
  using S = ptx::SpecialRegister;
  switch (from.kind) {
    case OperandKind::kInteger:
    case OperandKind::kFloat32:
    case OperandKind::kSymbol:
      return true;
    case OperandKind::kRegister:
      return constant[static_cast<std::size_t>(from.reg)];
    case OperandKind::kSpecial:
      return (S::kNtidX <= from.special && from.special <= S::kNtidZ) ||
             (S::kNctaidX <= from.special && from.special <= S::kNctaidZ);
    default:
      return false;
  }
}

// By register of the function: how many of the machine's it takes.
std::vector<int> weigh(const ptx::Function& function) {
  std::vector<int> weights, writers(function.registers.size(), 0);
  for (const ptx::Register& reg : function.registers) weights.push_back(weight_of(reg.type));
  for (const ptx::Instruction& in : function.instructions) {
    for (const int reg : effects_of(in).writes) ++writers[static_cast<std::size_t>(reg)];
  }
  std::vector<bool> constant(function.registers.size(), false);
  for (const ptx::Instruction& in : function.instructions) {
    const std::vector<int> writes = effects_of(in).writes;
    if (writes.size() != 1 || writers[static_cast<std::size_t>(writes[0])] != 1) continue;
    if (!makes_constant(in, constant)) continue;
    constant[static_cast<std::size_t>(writes[0])] = true;
    weights[static_cast<std::size_t>(writes[0])] = 0;
  }
  return weights;
}

// What launch bounds leave.
int allowed_registers(const ptx::Function& function) {
  int allowed = function.max_registers.value_or(255);
  const auto& threads = function.required_threads ? function.required_threads : function.max_threads;
  if (threads && threads->count() > 0) {
    const auto warps = static_cast<int>((threads->count() + 31) / 32);
    const int blocks = std::max(1, function.min_blocks_per_sm.value_or(1));
    allowed = std::min(allowed, 65'536 / (32 * warps * blocks) / 8 * 8);
  }
  return std::clamp(allowed, 16, 255);
}

// Which registers live into each instruction, to a fixed point.
class Liveness {
 public:
  explicit Liveness(const ptx::Function& function) : function_(function), weights_(weigh(function)) {
    const std::size_t count = function.instructions.size();
    for (const ptx::Instruction& in : function.instructions) effects_.push_back(effects_of(in));
    live_.assign(count + 1, std::vector<bool>(function.registers.size(), false));
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = count; i-- > 0;) changed = update(i) || changed;
    }
  }
  int most() const {
    int most = 0;
    for (const std::vector<bool>& live : live_) {
      int sum = 0;
      for (std::size_t r = 0; r < live.size(); ++r) {
        if (live[r]) sum += weights_[r];
      }
      most = std::max(most, sum);
    }
    return most;
  }

 private:
  void join(std::vector<bool>& live, std::size_t from) const {
    for (std::size_t r = 0; r < live.size(); ++r) live[r] = live[r] || live_[from][r];
  }
  bool update(std::size_t i) {
    const ptx::Instruction& in = function_.instructions[i];
    std::vector<bool> live(function_.registers.size(), false);
    const bool ends = in.guard.reg < 0 && (in.opcode == Opcode::kRet || in.opcode == Opcode::kExit);
    const bool jumps = in.opcode == Opcode::kBra && in.guard.reg < 0;
    if (!ends && !jumps) join(live, i + 1);
    for (const ptx::Operand& operand : in.operands) {
      if (operand.kind == OperandKind::kLabel) join(live, static_cast<std::size_t>(operand.value));
      if (operand.kind != OperandKind::kTargets) continue;
      const auto& targets = function_.target_lists[static_cast<std::size_t>(operand.value)];
      for (const int target : targets.instructions) join(live, static_cast<std::size_t>(target));
    }
    if (in.guard.reg < 0) {
      for (const int reg : effects_[i].writes) live[static_cast<std::size_t>(reg)] = false;
    }
    for (const int reg : effects_[i].reads) live[static_cast<std::size_t>(reg)] = true;
    if (live == live_[i]) return false;
    live_[i] = std::move(live);
    return true;
  }

  const ptx::Function& function_;
  std::vector<int> weights_;
  std::vector<Effects> effects_;
  std::vector<std::vector<bool>> live_;
};

}  // namespace

int estimate_registers(const ptx::Function& function) {
  // The stack pointer, and what addresses and loads that are under way take beside the values of the text.
  constexpr int kExtra = 5, kFewest = 8;
  return std::clamp(Liveness(function).most() + kExtra, kFewest, std::max(kFewest, allowed_registers(function)));
}

}  // namespace warpscope::timing

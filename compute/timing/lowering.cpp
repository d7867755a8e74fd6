#include "compute/timing/lowering.h"

#include <algorithm>
#include <set>

#include "compute/timing/effects.h"
#include "compute/timing/folds.h"
#include "compute/timing/list_schedule.h"
#include "compute/timing/merge_loads.h"
#include "compute/timing/op_costs.h"

namespace warpscope::timing {
namespace {

using ptx::Opcode;
using ptx::OperandKind;
using ptx::Space;
using vgpu::FunctionCode;
using vgpu::InstKind;

// A branch over so few instructions becomes a predicate of each.
constexpr Pc kShortBranch = 8;

bool ends_block(InstKind kind) {
  return kind == InstKind::kBranch || kind == InstKind::kBranchIndexed || kind == InstKind::kCall ||
         kind == InstKind::kReturn || kind == InstKind::kExit || kind == InstKind::kTrap;
}

class FunctionLowering {
 public:
  FunctionLowering(const vgpu::Program& program, const FunctionCode& code, const MachineModel& model, Lowered& out)
      : program_(program),
        code_(code),
        source_(program.module->functions[static_cast<std::size_t>(code.source)]),
        model_(model),
        out_(out),
        folds_(find_folds(source_)),
        first_slot_(out.scoreboard) {
    out_.scoreboard += static_cast<std::uint32_t>(source_.registers.size());
  }

  void run() {
    find_blocks();
    for (Pc pc = code_.begin; pc <= code_.end;) pc = lower_region(pc);
  }

 private:
  void find_blocks();
  bool is_short_branch(Pc pc) const;
  Pc lower_region(Pc begin);
  void add_nodes(Pc pc, const std::vector<int>& predicates);
  void add_math(const Cost& cost, Pc pc, const Effects& effects);
  void add_one(Node node, const Effects& effects);
  std::vector<std::uint32_t> slots_of(const std::vector<int>& registers) const;
  void emit(Region& region);
  static MemoryUse memory_use(const ptx::Instruction& in, OpKind kind);
  const ptx::Instruction& instruction(Pc pc) const { return source_.instructions[pc - code_.begin]; }

  const vgpu::Program& program_;
  const FunctionCode& code_;
  const ptx::Function& source_;
  const MachineModel& model_;
  Lowered& out_;
  Folds folds_;
  std::uint32_t first_slot_;
  std::vector<std::uint32_t> entrances_;  // by instruction: how many branches come here, with all other ways more
  std::vector<Node> nodes_;               // of the region
  std::uint16_t accesses_ = 0;            //
};

void FunctionLowering::find_blocks() {
  constexpr std::uint32_t kMany = 1U << 20;
  entrances_.assign(code_.end - code_.begin + 1, 0);
  for (Pc pc = code_.begin; pc < code_.end; ++pc) {
    const vgpu::Inst& inst = program_.code[pc];
    if (inst.kind == InstKind::kBranch) ++entrances_[inst.target - code_.begin];
    if (inst.kind == InstKind::kBranchIndexed) {
      for (const Pc target : program_.tables[inst.target]) entrances_[target - code_.begin] += kMany;
    }
    if (ends_block(inst.kind)) entrances_[pc + 1 - code_.begin] += inst.kind == InstKind::kBranch ? 0 : kMany;
  }
}

// Forwards, over plain instructions that nobody else jumps into.
bool FunctionLowering::is_short_branch(Pc pc) const {
  const vgpu::Inst& inst = program_.code[pc];
  if (inst.kind != InstKind::kBranch || !inst.has_guard || inst.target <= pc + 1) return false;
  if (inst.target > pc + 1 + kShortBranch || inst.target >= code_.end) return false;
  for (Pc at = pc + 1; at < inst.target; ++at) {
    const InstKind kind = program_.code[at].kind;
    if (kind != InstKind::kLane && kind != InstKind::kMemory) return false;
    if (entrances_[at - code_.begin] != 0) return false;
    if (cost_of(instruction(at)).macro) return false;
  }
  return entrances_[inst.target - code_.begin] == 1;
}

std::vector<std::uint32_t> FunctionLowering::slots_of(const std::vector<int>& registers) const {
  std::vector<std::uint32_t> slots;
  for (const int reg : registers) {
    const std::uint32_t slot = first_slot_ + static_cast<std::uint32_t>(reg);
    if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
  }
  return slots;
}

MemoryUse FunctionLowering::memory_use(const ptx::Instruction& in, OpKind kind) {
  using Where = MemoryUse::Where;
  MemoryUse use;
  const bool ordered = kind == OpKind::kAtomic || kind == OpKind::kBarrier || kind == OpKind::kFence ||
                       kind == OpKind::kAsyncCopy || kind == OpKind::kAsyncCommit || kind == OpKind::kAsyncWait ||
                       in.opcode == Opcode::kBarWarpSync || in.has(ptx::Modifier::kVolatile) ||
                       in.has(ptx::Modifier::kRelaxed) || in.has(ptx::Modifier::kAcquire) ||
                       in.has(ptx::Modifier::kRelease);
  if (ordered) {
    use.where = Where::kAny;
    use.fence = true;
    return use;
  }
  if (kind != OpKind::kLoad && kind != OpKind::kStore) return use;
  use.where = in.space == Space::kShared || in.space == Space::kSharedCluster ? Where::kShared
              : in.space == Space::kGlobal                                    ? Where::kGlobal
              : in.space == Space::kLocal                                     ? Where::kLocal
                                                                              : Where::kAny;
  use.writes = kind == OpKind::kStore;
  use.read_only = in.has(ptx::Modifier::kNc);
  const ptx::Operand* address = address_of(in);
  if (address != nullptr && !in.types.empty()) {
    constexpr int kSymbols = 1 << 24;  // beside the registers
    use.base = address->base == ptx::AddressBase::kRegister ? address->reg
               : address->base == ptx::AddressBase::kSymbol ? kSymbols + address->symbol.index
                                                            : -1;
    use.offset = address->value;
    use.bytes = static_cast<std::uint32_t>(ptx::bytes_of(in.types[0]) * in.vector_size);
  }
  return use;
}

void FunctionLowering::add_one(Node node, const Effects& effects) {
  node.reads = slots_of(effects.reads);
  node.writes = slots_of(effects.writes);
  nodes_.push_back(std::move(node));
}

// A chain: the first reads what the instruction reads, the last writes what it writes.
void FunctionLowering::add_math(const Cost& cost, Pc pc, const Effects& effects) {
  const Unit unit = cost.macro ? Unit::kFloat : cost.unit;
  UnitTiming timing = model_.units[static_cast<std::size_t>(unit)];
  int count = cost.count;
  if (cost.macro) {
    const MacroTiming& macro = model_.macros[static_cast<std::size_t>(*cost.macro)];
    count = macro.instructions;
    timing.latency = std::max(1, macro.latency / std::max(1, count));
  }
  if (const std::uint32_t multiplies = multiplies_of(instruction(pc)); multiplies > 0) {
    timing.interval = std::max(1, static_cast<int>(multiplies) / model_.tensor_multiplies);
    timing.latency += timing.interval;
  }
  std::uint32_t between = 0;
  for (int i = 0; i < count; ++i) {
    Node node;
    node.op.pc = pc;
    node.op.pipe = timing.pipe;
    node.op.latency = static_cast<std::uint16_t>(timing.latency);
    node.op.interval = static_cast<std::uint16_t>(timing.interval);
    if (instruction(pc).opcode == Opcode::kBarWarpSync) node.memory = memory_use(instruction(pc), OpKind::kMath);
    if (i == 0) node.reads = slots_of(effects.reads);
    if (i > 0) node.reads = {between};
    if (i + 1 == count) {
      node.writes = slots_of(effects.writes);
    } else {
      between = out_.scoreboard++;
      node.writes = {between};
    }
    nodes_.push_back(std::move(node));
  }
}

void FunctionLowering::add_nodes(Pc pc, const std::vector<int>& predicates) {
  const ptx::Instruction& in = instruction(pc);
  Effects effects = effects_of(in);
  effects.reads.insert(effects.reads.end(), predicates.begin(), predicates.end());
  const bool conditional = !predicates.empty() || in.guard.reg >= 0;
  if (conditional) effects.reads.insert(effects.reads.end(), effects.writes.begin(), effects.writes.end());
  Cost cost = cost_of(in);
  const std::size_t index = pc - code_.begin;
  if (folds_.free[index]) cost = {OpKind::kFree, Unit::kInteger, 0};
  if (folds_.multiply_add[index]) cost = {OpKind::kMath, Unit::kMultiply, 1};
  if (cost.kind == OpKind::kBranch && in.opcode == Opcode::kRet && source_.is_entry) cost.kind = OpKind::kExit;
  out_.flops[pc] = flops_of(in);
  if (cost.kind == OpKind::kMath) return add_math(cost, pc, effects);
  Node node;
  node.op.pc = pc;
  node.op.kind = cost.kind;
  node.memory = memory_use(in, cost.kind);
  node.last = ends_block(program_.code[pc].kind);
  node.op.latency = 1;
  const bool shared = in.space == Space::kShared || in.space == Space::kSharedCluster;
  const bool in_memory = cost.kind == OpKind::kLoad || cost.kind == OpKind::kStore || cost.kind == OpKind::kAtomic ||
                         cost.kind == OpKind::kAsyncCopy;
  node.op.pipe = cost.kind == OpKind::kTexture    ? Pipe::kTex
                 : in_memory                      ? (shared && cost.kind != OpKind::kAsyncCopy ? Pipe::kMio : Pipe::kLg)
                 : cost.kind == OpKind::kConstant ? Pipe::kMio
                                                  : Pipe::kControl;
  const bool recorded =
      in_memory || cost.kind == OpKind::kTexture || cost.kind == OpKind::kConstant || cost.kind == OpKind::kBarrier;
  if (recorded) {
    node.op.access = accesses_;
    out_.access_of[pc] = accesses_++;
  }
  if (cost.kind == OpKind::kAsyncWait && !in.operands.empty() && in.operands[0].kind == OperandKind::kInteger) {
    node.op.argument = static_cast<std::uint16_t>(std::clamp<std::int64_t>(in.operands[0].value, 0, 1000));
  }
  if (cost.kind == OpKind::kAsyncWait && in.has(ptx::Modifier::kWaitAll)) node.op.latency = 0;
  if (cost.kind == OpKind::kFence && in.has(ptx::Modifier::kCta)) node.op.argument = 1;
  if (cost.kind == OpKind::kLoad) {
    node.op.argument = static_cast<std::uint16_t>(std::max(1U, node.memory.bytes / 4));
  }
  if (cost.kind == OpKind::kSleep) {
    const bool known = !in.operands.empty() && in.operands[0].kind == OperandKind::kInteger;
    node.op.argument =
        static_cast<std::uint16_t>(std::clamp<std::int64_t>(known ? in.operands[0].value / 16 : 8, 1, 65'535));
  }
  add_one(std::move(node), effects);
}

void FunctionLowering::emit(Region& region) {
  for (const Joined& joined : merge_shared_loads(source_, nodes_)) {
    out_.joined[nodes_[joined.node].op.pc] = static_cast<std::uint8_t>(joined.words);
  }
  region.first_op = static_cast<std::uint32_t>(out_.ops.size());
  for (const std::uint32_t n : list_schedule(nodes_, out_.scoreboard, model_)) {
    Op op = nodes_[n].op;
    op.first = static_cast<std::uint32_t>(out_.slots.size());
    op.sources = static_cast<std::uint8_t>(std::min<std::size_t>(nodes_[n].reads.size(), 255));
    op.destinations = static_cast<std::uint8_t>(std::min<std::size_t>(nodes_[n].writes.size(), 255));
    out_.slots.insert(out_.slots.end(), nodes_[n].reads.begin(), nodes_[n].reads.begin() + op.sources);
    out_.slots.insert(out_.slots.end(), nodes_[n].writes.begin(), nodes_[n].writes.begin() + op.destinations);
    out_.ops.push_back(op);
  }
  region.ops = static_cast<std::uint32_t>(out_.ops.size()) - region.first_op;
  region.accesses = accesses_;
}

Pc FunctionLowering::lower_region(Pc begin) {
  const auto number = static_cast<std::uint32_t>(out_.regions.size());
  Region region;
  region.begin = begin;
  nodes_.clear();
  accesses_ = 0;
  Pc skipped_to = begin;  // up to here a short branch may skip
  std::vector<int> predicates;
  Pc pc = begin;
  for (; pc <= code_.end; ++pc) {
    const bool entered = pc != begin && pc != skipped_to && entrances_[pc - code_.begin] != 0;
    if (entered || accesses_ > 4096) break;
    if (pc == skipped_to) predicates.clear();
    out_.region_of[pc] = number;
    if (pc == code_.end) {  // the ret that stands behind every function
      Node node;
      node.op.pc = pc;
      node.op.kind = source_.is_entry ? OpKind::kExit : OpKind::kBranch;
      node.op.pipe = Pipe::kControl;
      node.last = true;
      nodes_.push_back(std::move(node));
      ++pc;
      break;
    }
    if (pc >= skipped_to && is_short_branch(pc)) {
      predicates.push_back(instruction(pc).guard.reg);
      skipped_to = program_.code[pc].target;
      continue;
    }
    add_nodes(pc, pc < skipped_to ? predicates : std::vector<int>());
    if (ends_block(program_.code[pc].kind)) {
      ++pc;
      break;
    }
  }
  region.end = pc;
  emit(region);
  out_.regions.push_back(region);
  return pc;
}

void add_reachable(const vgpu::Program& program, int function, std::set<int>& into) {
  if (!into.insert(function).second) return;
  for (const int callee : program.functions[static_cast<std::size_t>(function)].callees) {
    add_reachable(program, callee, into);
  }
}

// Only registers that instructions use have a place in the scoreboard, in the order in which they are used first: what
// is used together lies together.
void pack_scoreboard(Lowered& lowered) {
  constexpr std::uint32_t kNone = ~0U;
  std::vector<std::uint32_t> packed(lowered.scoreboard, kNone);
  lowered.scoreboard = 0;
  for (std::uint32_t& slot : lowered.slots) {
    if (packed[slot] == kNone) packed[slot] = lowered.scoreboard++;
    slot = packed[slot];
  }
}

}  // namespace

Lowered lower(const vgpu::Program& program, int function, const MachineModel& model) {
  Lowered out;
  out.region_of.assign(program.code.size(), 0);
  out.access_of.assign(program.code.size(), Op::kNoAccess);
  out.flops.assign(program.code.size(), {});
  out.joined.assign(program.code.size(), 1);
  std::set<int> functions;
  add_reachable(program, function, functions);
  for (const int index : functions) {
    const FunctionCode& code = program.functions[static_cast<std::size_t>(index)];
    if (code.source < 0 || program.module->functions[static_cast<std::size_t>(code.source)].is_declaration) continue;
    FunctionLowering(program, code, model, out).run();
  }
  pack_scoreboard(out);
  return out;
}

}  // namespace warpscope::timing

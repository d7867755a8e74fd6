#include "compute/vgpu/runs.h"

#include <algorithm>
#include <limits>

#include "compute/vgpu/access/memory_op.h"

namespace warpscope::vgpu {
namespace {

using ptx::OperandKind;

bool is_run_on(const ptx::Instruction& source, const Inst& inst) {
  if (inst.has_guard || inst.full == nullptr) return false;
  if (inst.kind == InstKind::kLane) {
    return std::none_of(source.operands.begin(), source.operands.end(), [](const ptx::Operand& operand) {
      return operand.kind == OperandKind::kSpecial && ptx::is_clock(operand.special);
    });
  }
  const bool plain = source.opcode == ptx::Opcode::kLd || source.opcode == ptx::Opcode::kSt;
  // Others may be polls: who polls is not let go on for long.
  return inst.kind == InstKind::kMemory && plain && access::unpack(inst).order == MemoryOrder::kWeak;
}

// By instruction of the function: whether something comes there from elsewhere.
std::vector<bool> find_entrances(const Program& program, const FunctionCode& code) {
  std::vector<bool> entrance(code.end - code.begin + 1, false);
  const auto mark = [&](Pc pc) {
    if (pc != kNoPc) entrance[pc - code.begin] = true;
  };
  for (Pc pc = code.begin; pc < code.end; ++pc) {
    const Inst& inst = program.code[pc];
    mark(inst.reconverge);
    if (inst.kind == InstKind::kBranch) mark(inst.target);
    if (inst.kind == InstKind::kBranchIndexed) {
      for (const Pc target : program.tables[inst.target]) mark(target);
    }
  }
  return entrance;
}

// Which of Exec::shapes knows which base register, while a run is gone through.
class Shapes {
 public:
  void use(Inst& load, std::uint32_t bytes) {
    const auto known = std::find_if(std::begin(known_), std::end(known_),
                                    [&](const Known& k) { return k.bytes == bytes && k.base == load.s[0]; });
    load.shape_known = known != std::end(known_);
    if (!load.shape_known) known_[next_] = {load.s[0], bytes};
    load.shape = static_cast<std::uint8_t>(load.shape_known ? known - known_ : next_);
    if (!load.shape_known) next_ = (next_ + 1) % kShapes;
  }
  void forget(RowRef written) {
    for (Known& known : known_) {
      if (known.base == written) known.bytes = 0;
    }
  }
  void forget_all() { std::fill(std::begin(known_), std::end(known_), Known()); }

 private:
  struct Known {
    RowRef base;
    std::uint32_t bytes = 0;  // of an access; 0: nothing is known
  };
  Known known_[kShapes];
  std::ptrdiff_t next_ = 0;
};

void forget_written(const FunctionCode& code, const ptx::Instruction& source, Shapes& shapes) {
  if (source.opcode == ptx::Opcode::kSt) {
    // A store may move a page that is shared with a copy of the memory.
    const bool in_block = source.space == ptx::Space::kShared || source.space == ptx::Space::kLocal;
    if (!in_block) shapes.forget_all();
    return;
  }
  if (source.operands.empty()) return;
  const ptx::Operand& destination = source.operands[0];
  if (destination.kind == OperandKind::kRegister) {
    shapes.forget(code.registers[static_cast<std::size_t>(destination.reg)]);
  } else {
    shapes.forget_all();  // several registers
  }
}

void finish_run(Program& program, const FunctionCode& code, Pc begin, Pc end) {
  const bool worth_it = end - begin > 1 || (end > begin && program.code[begin].in_run != nullptr);
  if (!worth_it) return;
  Shapes shapes;
  program.code[begin].run = static_cast<std::uint16_t>(end - begin);
  for (Pc pc = begin; pc < end; ++pc) {
    Inst& inst = program.code[pc];
    if (inst.in_run != nullptr) {
      shapes.use(inst, access::unpack(inst).bytes());
    } else {
      inst.in_run = inst.full;
    }
    forget_written(code, *program.source(pc), shapes);
  }
}

}  // namespace

void find_runs(Program& program, const FunctionCode& code) {
  const std::vector<bool> entrance = find_entrances(program, code);
  Pc begin = code.begin;
  for (Pc pc = code.begin; pc <= code.end; ++pc) {
    const bool goes_on = pc < code.end && is_run_on(*program.source(pc), program.code[pc]);
    const bool full = pc - begin == std::numeric_limits<std::uint16_t>::max();
    if (goes_on && !full && !entrance[pc - code.begin]) continue;
    finish_run(program, code, begin, pc);
    begin = goes_on ? pc : pc + 1;
  }
}

}  // namespace warpscope::vgpu

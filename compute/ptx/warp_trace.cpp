#include "compute/ptx/warp_trace.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "compute/ptx/parser.h"

namespace warpscope::ptx {
namespace {

// ---- What is added, as text

constexpr std::string_view kHead = R"(
.version 6.2
.target sm_60
.address_size 64
.visible .global .align 8 .u64 warpscope_warp_trace;
)";

// The thread in its block is %r0, the records are at %rd1 (0: there are none), that of this warp at %rd0. The load
// comes first, so that the rest is worked out while it is on its way. 32 bits number 200 GB of records.
constexpr std::string_view kFindRecord = R"(
  .reg .pred %p<2>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<5>;
  ld.global.u64 %rd1, [warpscope_warp_trace];
  mov.u32 %r0, %tid.z;
  mov.u32 %r1, %ntid.y;
  mov.u32 %r2, %tid.y;
  mad.lo.u32 %r0, %r0, %r1, %r2;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.u32 %r0, %r0, %r3, %r2;
  mul.lo.u32 %r1, %r1, %r3;
  mov.u32 %r2, %ntid.z;
  mad.lo.u32 %r1, %r1, %r2, 31;
  shr.u32 %r1, %r1, 5;
  mov.u32 %r2, %ctaid.z;
  mov.u32 %r3, %nctaid.y;
  mov.u32 %r4, %ctaid.y;
  mad.lo.u32 %r2, %r2, %r3, %r4;
  mov.u32 %r3, %nctaid.x;
  mov.u32 %r4, %ctaid.x;
  mad.lo.u32 %r2, %r2, %r3, %r4;
  shr.u32 %r3, %r0, 5;
  mad.lo.u32 %r2, %r2, %r1, %r3;
  mad.wide.u32 %rd0, %r2, 48, %rd1;
)";

// Lane 0 speaks for the warp: all come in together, and the threads of a block fill its warps from the first lane on.
// It reads the clocks once it knows where to: the kernel's own work begins behind them.
constexpr std::string_view kEntered = R"(
  and.b32 %r2, %r0, 31;
  setp.eq.u32 %p1, %r2, 0;
  setp.ne.and.u64 %p0, %rd1, 0, %p1;
  @%p0 red.global.add.u32 [%rd0+40], 1;
  @%p0 mov.u32 %r2, %smid;
  @%p0 mov.u32 %r3, %warpid;
  @%p0 st.global.u32 [%rd0+32], %r2;
  @%p0 st.global.u32 [%rd0+36], %r3;
  @%p0 mov.u64 %rd1, %globaltimer;
  @%p0 mov.u64 %rd2, %clock64;
  @%p0 st.global.u64 [%rd0], %rd1;
  @%p0 st.global.u64 [%rd0+16], %rd2;
)";

// Before the address is worked out.
constexpr std::string_view kReadEnd = R"(
  mov.u64 %rd3, %globaltimer;
  mov.u64 %rd4, %clock64;
)";

// Every lane that executes activemask is in exactly one mask, whatever parts or joins the lanes later, and every mask
// has one lowest lane.
constexpr std::string_view kLeft = R"(
  activemask.b32 %r4;
  mov.u32 %r5, %lanemask_lt;
  and.b32 %r5, %r4, %r5;
  setp.eq.u32 %p1, %r5, 0;
  setp.ne.and.u64 %p0, %rd1, 0, %p1;
  popc.b32 %r4, %r4;
  @%p0 red.global.max.u64 [%rd0+8], %rd3;
  @%p0 red.global.max.u64 [%rd0+24], %rd4;
  @%p0 red.global.add.u32 [%rd0+44], %r4;
)";

// The above as a module: its first kernel is what comes at the entry, its second what comes at an exit. Both declare
// the same registers.
const Module& added() {
  static const Module module = [] {
    std::string find(kFindRecord);
    const std::size_t code = find.find("  ld.global");
    const std::string text = std::string(kHead) + ".entry entered() {" + find + std::string(kEntered) +
                             "}\n.entry left() {" + find.substr(0, code) + std::string(kReadEnd) + find.substr(code) +
                             std::string(kLeft) + "}\n";
    return parse(text, "warp trace").value();
  }();
  return module;
}

// ---- Names that nothing has

using Names = std::set<std::string_view>;

// All that a name inside a function may mean.
Names names_of(const Function& function) {
  Names names;
  for (const Register& reg : function.registers) names.insert(reg.name);
  for (const auto* list : {&function.variables, &function.parameters, &function.returns}) {
    for (const Variable& variable : *list) names.insert(variable.name);
  }
  for (const auto& [label, instruction] : function.labels) names.insert(label);
  for (const TargetList& list : function.target_lists) names.insert(list.name);
  for (const Prototype& prototype : function.prototypes) names.insert(prototype.name);
  return names;
}

// `wish`, longer by as many '_' as it takes until no name begins like it.
std::string unused_beginning(const Names& names, std::string wish) {
  const auto taken = [&] {
    const auto next = names.lower_bound(wish);
    return next != names.end() && next->starts_with(wish);
  };
  while (taken()) wish += '_';
  return wish;
}

// ---- Adding

bool goes_on(const Instruction& instruction) {
  if (instruction.guard.reg >= 0) return true;
  switch (instruction.opcode) {
    case Opcode::kRet:
    case Opcode::kExit:
    case Opcode::kBra:
    case Opcode::kBrx:
    case Opcode::kTrap:
      return false;
    default:
      return true;
  }
}

class FunctionTracer {
 public:
  FunctionTracer(Function& function, int trace_variable) : function_(function), variable_(trace_variable) {
    const Names names = names_of(function);
    label_ = unused_beginning(names, "$warpscope_");
    first_register_ = static_cast<int>(function.registers.size());
    declare_registers(unused_beginning(names, "%warpscope_"));
  }

  void trace() {
    const std::vector<Instruction> old = std::move(function_.instructions);
    if (function_.is_entry) append(added().functions[0], old.empty() ? Instruction{} : old.front());
    for (std::size_t i = 0; i < old.size(); ++i) {
      starts_.push_back(static_cast<int>(code_.size()));
      if (old[i].opcode == Opcode::kExit || (old[i].opcode == Opcode::kRet && function_.is_entry)) {
        leave(old[i], static_cast<int>(i));
      } else {
        code_.push_back(old[i]);
      }
    }
    starts_.push_back(static_cast<int>(code_.size()));
    if (function_.is_entry && ends_with_text(old)) {
      Instruction ret;
      ret.opcode = Opcode::kRet;
      ret.name = "ret";
      if (!old.empty()) std::tie(ret.loc, ret.where) = std::pair(old.back().loc, old.back().where);
      leave(ret, static_cast<int>(old.size()));
    }
    function_.instructions = std::move(code_);
    move_places();
  }

 private:
  void declare_registers(const std::string& prefix) {
    const Function& from = added().functions[0];
    for (const Register& reg : from.registers) {
      function_.registers.push_back({prefix + reg.name.substr(1), reg.type});
    }
    std::vector<BodyMark> ours;
    for (BodyMark mark : from.marks) {
      mark.first += first_register_;
      ours.push_back(mark);
    }
    own_marks_ = ours.size();
    function_.marks.insert(function_.marks.begin(), ours.begin(), ours.end());
  }

  // What is added belongs to the line of the instruction it stands before.
  void append(const Function& from, const Instruction& before) {
    for (Instruction instruction : from.instructions) {
      instruction.loc = before.loc;
      instruction.where = before.where;
      if (instruction.guard.reg >= 0) instruction.guard.reg += first_register_;
      for (Operand& operand : instruction.operands) {
        operand.where = before.where;
        if (operand.reg >= 0) operand.reg += first_register_;
        const bool is_symbol = operand.kind == OperandKind::kAddress && operand.base == AddressBase::kSymbol;
        if (is_symbol) operand.symbol.index = variable_;
      }
      code_.push_back(std::move(instruction));
    }
  }

  // `instruction`, number `index` of the old ones, ends the thread. Lanes that its guard keeps go round it.
  void leave(Instruction instruction, int index) {
    if (instruction.guard.reg >= 0) {
      Instruction around;
      around.opcode = Opcode::kBra;
      around.name = "bra";
      around.guard = {instruction.guard.reg, !instruction.guard.negated};
      around.loc = instruction.loc;
      around.where = instruction.where;
      Operand to;
      to.kind = OperandKind::kLabel;
      to.value = index + 1;
      to.where = instruction.where;
      around.operands.push_back(std::move(to));
      function_.labels.emplace(label_ + std::to_string(index), index + 1);
      code_.push_back(std::move(around));
      instruction.guard = {};
    }
    append(added().functions[1], instruction);
    code_.push_back(std::move(instruction));
  }

  bool ends_with_text(const std::vector<Instruction>& old) const {
    if (old.empty() || goes_on(old.back())) return true;
    const auto is_end = [&](std::int64_t to) { return to == static_cast<std::int64_t>(old.size()); };
    for (const TargetList& list : function_.target_lists) {
      if (std::any_of(list.instructions.begin(), list.instructions.end(), is_end)) return true;
    }
    for (const Instruction& instruction : old) {
      for (const Operand& operand : instruction.operands) {
        if (operand.kind == OperandKind::kLabel && is_end(operand.value)) return true;
      }
    }
    return false;
  }

  int start(std::int64_t old_index) const { return starts_[static_cast<std::size_t>(old_index)]; }

  // Everything that says where in the body it is or goes. A label goes before what was added to its instruction, but
  // behind the entry's; declarations at the top stay there.
  void move_places() {
    for (Instruction& instruction : function_.instructions) {
      for (Operand& operand : instruction.operands) {
        if (operand.kind == OperandKind::kLabel) operand.value = start(operand.value);
      }
    }
    for (auto& [name, index] : function_.labels) index = start(index);
    for (TargetList& list : function_.target_lists) {
      for (int& index : list.instructions) index = start(index);
    }
    bool at_top = true;
    for (std::size_t i = own_marks_; i < function_.marks.size(); ++i) {
      BodyMark& mark = function_.marks[i];
      at_top = at_top && mark.instruction == 0 && mark.kind != BodyMark::Kind::kOpen;
      if (!at_top) mark.instruction = start(mark.instruction);
    }
  }

  Function& function_;
  int variable_;
  int first_register_ = 0;
  std::size_t own_marks_ = 0;
  std::string label_;
  std::vector<Instruction> code_;
  std::vector<int> starts_;  // by old instruction, and one more: where it, with what was added before it, begins
};

std::string list_of_kernels(const Module& module) {
  std::string names;
  for (const Function& function : module.functions) {
    if (function.is_entry && !function.is_declaration) names += (names.empty() ? "" : ", ") + function.name;
  }
  return names.empty() ? "it has none" : "it has: " + names;
}

bool has_exit(const Function& function) {
  const auto is_exit = [](const Instruction& instruction) { return instruction.opcode == Opcode::kExit; };
  return std::any_of(function.instructions.begin(), function.instructions.end(), is_exit);
}

base::Result<void> check(const Module& module, std::string_view kernel) {
  const Function* const found = module.find_function(kernel);
  if (found == nullptr || !found->is_entry || found->is_declaration) {
    return base::fail(module.file + " has no kernel '" + std::string(kernel) +
                      "' whose warps could be traced: " + list_of_kernels(module));
  }
  if (module.address_size != 64) {
    return base::fail(module.file + " has addresses of " + std::to_string(module.address_size) +
                      " bits: warps can be traced where .address_size is 64");
  }
  bool taken =
      module.find_variable(kWarpTraceVariable) != nullptr || module.find_function(kWarpTraceVariable) != nullptr;
  for (const Function& function : module.functions) taken |= names_of(function).contains(kWarpTraceVariable);
  if (taken) {
    return base::fail(module.file + " uses the name '" + std::string(kWarpTraceVariable) +
                      "' already, which tracing needs for itself: trace the module as it was before");
  }
  return {};
}

}  // namespace

base::Result<std::shared_ptr<const Module>> add_warp_trace(const Module& module, std::string_view kernel) {
  if (auto possible = check(module, kernel); !possible) return tl::unexpected(possible.error());
  auto traced = std::make_shared<Module>(module);
  const Module& from = added();
  const std::pair version(traced->version_major, traced->version_minor);
  std::tie(traced->version_major, traced->version_minor) =
      std::max(version, std::pair(from.version_major, from.version_minor));
  const int variable = static_cast<int>(traced->variables.size());
  traced->variables.push_back(from.variables.front());
  for (Function& function : traced->functions) {
    if (function.is_declaration) continue;
    if (function.name == kernel || (!function.is_entry && has_exit(function)))
      FunctionTracer(function, variable).trace();
  }
  return traced;
}

std::uint32_t warps_of_block(const base::Dim3& block) {
  return static_cast<std::uint32_t>((block.count() + base::kWarpSize - 1) / base::kWarpSize);
}

}  // namespace warpscope::ptx

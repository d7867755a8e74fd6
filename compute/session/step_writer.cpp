// Who wrote this?
#include <fmt/format.h>

#include <algorithm>

#include "compute/session/step_navigation.h"

namespace warpscope::session {
namespace {

using Place = ptx::VariablePlace;

// Registers of the function that hold (parts of) a variable at an instruction; empty where it is not in registers.
std::vector<int> registers_of(const ptx::VariableInfo& variable, int instruction) {
  std::vector<int> registers;
  for (const Place& place : variable.places) {
    if (instruction < place.lo || place.hi <= instruction || place.kind != Place::Kind::kRegister) continue;
    if (place.pieces.empty()) registers.push_back(place.reg);
    for (const Place::Piece& piece : place.pieces) registers.push_back(piece.reg);
  }
  return registers;
}

bool names(const ptx::Operand& operand, int reg) {
  if (operand.kind == ptx::OperandKind::kRegister) return operand.reg == reg;
  const bool several = operand.kind == ptx::OperandKind::kVector || operand.kind == ptx::OperandKind::kPair ||
                       operand.kind == ptx::OperandKind::kArguments;
  return several && std::any_of(operand.list.begin(), operand.list.end(),
                                [reg](const ptx::Operand& each) { return names(each, reg); });
}

// Instructions whose first operand is not what they write.
bool writes_nothing(const ptx::Instruction& instruction) {
  constexpr std::string_view kStems[] = {"st",    "red",  "bar",    "barrier",      "bra",      "brx",
                                         "ret",   "exit", "membar", "fence",        "prefetch", "sust",
                                         "sured", "trap", "cp",     "mbarrier.init"};
  return std::any_of(std::begin(kStems), std::end(kStems), [&](std::string_view stem) {
    return instruction.name == stem || instruction.name.starts_with(fmt::format("{}.", stem));
  });
}

bool writes_register(const ptx::Instruction& instruction, int reg) {
  return !instruction.operands.empty() && !writes_nothing(instruction) && names(instruction.operands.front(), reg);
}

// The last step of the warp before a position that wrote one of these registers in this lane.
std::optional<trace::Write> find_register_write(const StepRun& run, const trace::WarpView& view,
                                                const std::vector<int>& registers, trace::Position before,
                                                trace::WarpIndex warp, int lane) {
  std::vector<char> writes(run.program->code.size(), 0);
  for (vgpu::Pc pc = 0; pc < writes.size(); ++pc) {
    const ptx::Instruction* const instruction = run.program->source(pc);
    if (instruction == nullptr || run.program->function_of[pc] != view.function()) continue;
    writes[pc] =
        std::any_of(registers.begin(), registers.end(), [&](int reg) { return writes_register(*instruction, reg); });
  }
  const LaneMask bit = LaneMask{1} << lane;
  const auto at = trace::find_step(*run.records, before, trace::Direction::kBackward, [&](const trace::StepRecord& r) {
    return r.warp == warp && (r.executed & bit) != 0 && writes[r.pc] != 0;
  });
  if (!at) return std::nullopt;
  return trace::Write{*at, (*run.records)[*at].executed};
}

std::optional<trace::Write> find_write(const Search& search, const trace::MemoryPlace& place, trace::Position before) {
  trace::AccessQuery query;
  query.place = place;
  return trace::find_last_access(*search.recording.timeline, query, before, search.stop);
}

}  // namespace

base::Result<std::optional<trace::Write>> find_writer(const Search& search, const StepMoment& at,
                                                      const WrittenPlace& place) {
  const StepRun& run = *search.recording.run;
  if (place.variable.empty()) return find_write(search, place.memory, at.position);
  const auto variable = find_variable(run, at, place.variable);
  if (!variable) return tl::unexpected(variable.error());
  if (const auto memory = memory_of(run, at, *variable, place.lane)) {
    return find_write(search, *memory, at.position);
  }
  const auto view = trace::find_warp(*run.program, run.launch, *at.state, at.followed);
  const auto registers = registers_of(*variable->variable, view->instruction());
  if (registers.empty()) {
    return base::fail(fmt::format("'{}' is not kept anywhere here: nobody wrote it", place.variable));
  }
  return find_register_write(run, *view, registers, at.position, at.followed, place.lane);
}

}  // namespace warpscope::session

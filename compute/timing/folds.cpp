#include "compute/timing/folds.h"

#include <algorithm>

#include "compute/timing/effects.h"

namespace warpscope::timing {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::OperandKind;
using ptx::Type;

struct Register {
  std::vector<int> users;
  int writers = 0, writer = -1;
};

bool is_integer(const ptx::Instruction& in) {
  return !in.types.empty() && !ptx::is_float(in.types[0]) && in.types[0] != Type::kPred;
}

bool is_addition(const ptx::Instruction& in) {
  return in.opcode == Opcode::kAdd && is_integer(in) && !in.has(Modifier::kCc);
}

bool has_integer(const ptx::Instruction& in) {
  return std::any_of(in.operands.begin(), in.operands.end(),
                     [](const ptx::Operand& o) { return o.kind == OperandKind::kInteger; });
}

bool is_access_of(const ptx::Instruction& in, int reg) {
  const bool memory = in.opcode == Opcode::kLd || in.opcode == Opcode::kSt || in.opcode == Opcode::kAtom ||
                      in.opcode == Opcode::kRed || in.opcode == Opcode::kLdu;
  if (!memory || address_register(in) != reg) return false;
  return in.operands.size() < 2 || in.opcode == Opcode::kLd || in.operands[1].reg != reg;
}

bool is_product(const ptx::Instruction& in) {
  const bool multiplies = in.opcode == Opcode::kMul && (in.has(Modifier::kWide) || in.has(Modifier::kLo));
  return multiplies && is_integer(in) && (in.has(Modifier::kWide) || ptx::bits_of(in.types[0]) <= 32);
}

bool is_shift(const ptx::Instruction& in) {
  return in.opcode == Opcode::kShl && has_integer(in);
}

bool is_widening(const ptx::Instruction& in) {
  return in.opcode == Opcode::kCvt && in.types.size() == 2 && is_integer(in) && ptx::bits_of(in.types[0]) == 64 &&
         ptx::bits_of(in.types[1]) == 32;
}

}  // namespace

Folds find_folds(const ptx::Function& function) {
  const std::vector<ptx::Instruction>& code = function.instructions;
  Folds folds{std::vector<bool>(code.size(), false), std::vector<bool>(code.size(), false)};
  std::vector<Register> registers(function.registers.size());
  for (std::size_t i = 0; i < code.size(); ++i) {
    const Effects effects = effects_of(code[i]);
    for (const int reg : effects.reads) registers[static_cast<std::size_t>(reg)].users.push_back(static_cast<int>(i));
    for (const int reg : effects.writes) {
      ++registers[static_cast<std::size_t>(reg)].writers;
      registers[static_cast<std::size_t>(reg)].writer = static_cast<int>(i);
    }
  }
  const auto at = [&](int i) -> const ptx::Instruction& { return code[static_cast<std::size_t>(i)]; };
  for (const Register& reg : registers) {
    if (reg.writers != 1 || reg.users.empty()) continue;
    const ptx::Instruction& writer = at(reg.writer);
    const auto place = static_cast<std::size_t>(reg.writer);
    const int number = static_cast<int>(&reg - registers.data());
    const auto all_users = [&](const auto& test) {
      return std::all_of(reg.users.begin(), reg.users.end(), [&](int user) { return test(at(user)); });
    };
    const bool only_added = all_users([](const ptx::Instruction& in) { return is_addition(in); });
    if (is_product(writer) && only_added) {
      folds.free[place] = true;
      for (const int user : reg.users) folds.multiply_add[static_cast<std::size_t>(user)] = true;
    }
    if ((is_shift(writer) || is_widening(writer)) && only_added) folds.free[place] = true;
    const bool only_addresses = is_addition(writer) && has_integer(writer) &&
                                all_users([&](const ptx::Instruction& in) { return is_access_of(in, number); });
    if (only_addresses) folds.free[place] = true;
    const bool combines = (writer.opcode == Opcode::kAnd || writer.opcode == Opcode::kOr) && !writer.types.empty() &&
                          writer.types[0] == Type::kPred;
    if (combines) folds.free[place] = true;
  }
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool inverts = code[i].opcode == Opcode::kNot && !code[i].types.empty() && code[i].types[0] == Type::kPred;
    if (inverts) folds.free[i] = true;
    // What is part of its users cannot do others' work.
    if (folds.free[i]) folds.multiply_add[i] = false;
  }
  return folds;
}

}  // namespace warpscope::timing

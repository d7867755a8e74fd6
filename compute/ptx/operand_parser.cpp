// ptx/operand_parser.cpp: one instruction with its guard and operands.
#include "compute/ptx/function_parser.h"

namespace warpscope::ptx {
namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

// x y z w, or r g b a; -1 where it is neither.
int component_of(std::string_view word) {
  if (word.size() != 1) return -1;
  const std::size_t place = std::string_view("xyzwrgba").find(word[0]);
  return place == std::string_view::npos ? -1 : static_cast<int>(place % 4);
}

// "b3210" -> 0xb3210, "h10" -> 0xa10; 0 where it is no selector of a video instruction.
std::uint32_t part_of(std::string_view word) {
  const bool bytes = !word.empty() && word[0] == 'b';
  if (word.size() < 2 || word.size() > 5 || !(bytes || word[0] == 'h')) return 0;
  std::uint32_t part = bytes ? 0xb : 0xa;
  for (const char c : word.substr(1)) {
    if (c < '0' || c > '7') return 0;
    part = part << 4 | static_cast<std::uint32_t>(c - '0');
  }
  return part;
}

// Instructions that read memory where they name a variable: ld.shared.u32 %r1, tile[3].
bool takes_address(Opcode opcode) {
  return opcode == Opcode::kLd || opcode == Opcode::kLdu || opcode == Opcode::kSt || opcode == Opcode::kAtom ||
         opcode == Opcode::kRed;
}

}  // namespace

// "@p", "@!p", or nothing.
std::optional<Guard> FunctionParser::parse_guard() {
  Guard guard;
  if (!reader_.accept(mark("@"))) return guard;
  guard.negated = reader_.accept(mark("!"));
  if (!reader_.at(TokenKind::kWord)) {
    reader_.unexpected("a predicate after '@'");
    return std::nullopt;
  }
  const Token word = reader_.take();
  const auto name = names_.find(word.text);
  if (!name || name->kind != Name::Kind::kRegister || name->width != 1) {
    reader_.error(word.where,
                  "there is no register " + quoted(word.text) + " here: expected a .pred register as guard");
    return std::nullopt;
  }
  guard.reg = name->index;
  if (function_.registers[static_cast<std::size_t>(guard.reg)].type == Type::kPred) return guard;
  reader_.error(word.where, "a guard is a .pred register; " + quoted(word.text) + " is ." +
                                std::string(name_of(function_.registers[static_cast<std::size_t>(guard.reg)].type)));
  return std::nullopt;
}

void FunctionParser::start_instruction(const Token& name, Instruction& instruction) {
  if (!reader_.at(TokenKind::kDirective)) {
    const auto [known, is_new] = known_names_.try_emplace(name.text);
    if (is_new) known->second = take_apart(std::string(name.text));
    instruction = known->second;
  } else {
    std::string full(name.text);  // blanks between the dotted words
    while (reader_.at(TokenKind::kDirective)) full += "." + std::string(reader_.take().text);
    instruction = take_apart(std::move(full));
  }
  instruction.where = name.where;
  instruction.loc = static_cast<int>(function_.locs.size()) - 1;
}

bool FunctionParser::parse_instruction(const Token& name, const Guard& guard) {
  const std::uint64_t most = reader_.limits().max_instructions;
  if (++context_.instructions > most) {
    return reader_.error(name.where, "more than " + std::to_string(most) + " instructions in one module");
  }
  Instruction instruction;
  start_instruction(name, instruction);
  instruction.guard = guard;
  const std::size_t pending = pending_.size();
  const bool correct = instruction.opcode == Opcode::kCall ? parse_call(instruction)
                                                           : parse_operands(instruction) && check_branch(instruction);
  if (!correct || !reader_.expect(mark(";"), "',' or ';' after an operand of " + quoted(instruction.name))) {
    pending_.resize(pending);
    return false;
  }
  function_.instructions.push_back(std::move(instruction));
  return true;
}

// Branches go to a label, or to one of a list.
bool FunctionParser::check_branch(const Instruction& instruction) {
  const std::vector<Operand>& operands = instruction.operands;
  if (instruction.opcode == Opcode::kBra) {
    if (operands.size() == 1 && operands[0].kind == OperandKind::kLabel) return true;
    return reader_.error(instruction.where, "expected one label behind " + quoted(instruction.name));
  }
  if (instruction.opcode != Opcode::kBrx) return true;
  if (operands.size() == 2 && operands[1].kind == OperandKind::kTargets) return true;
  return reader_.error(instruction.where,
                       "expected an index and the name of a .branchtargets behind " + quoted(instruction.name));
}

bool FunctionParser::parse_operands(Instruction& instruction) {
  if (reader_.at(mark(";"))) return true;
  if (reader_.at(mark("}"))) return reader_.unexpected("an operand of " + quoted(instruction.name) + " or ';'");
  instruction.operands.reserve(4);
  do {
    instruction.operands.emplace_back();
    if (!parse_operand(instruction, instruction.operands.back())) return false;
  } while (reader_.accept(mark(",")));
  return true;
}

bool FunctionParser::parse_operand(Instruction& instruction, Operand& operand) {
  if (!parse_single(instruction, operand)) return false;
  if (!reader_.accept(mark("|"))) return true;
  Operand pair;
  pair.kind = OperandKind::kPair;
  pair.where = operand.where;
  pair.list.resize(2);
  pair.list[0] = std::move(operand);
  if (!parse_single(instruction, pair.list[1])) return false;
  // The first may be a vector: what a texture gives, with whether its texels were in memory.
  for (const Operand& half : pair.list) {
    const bool vector = half.kind == OperandKind::kVector && &half == &pair.list[0];
    if (half.kind != OperandKind::kRegister && half.kind != OperandKind::kSink && !vector) {
      return reader_.error(half.where, "expected a register or '_' on both sides of '|'");
    }
  }
  operand = std::move(pair);
  return true;
}

bool FunctionParser::parse_single(Instruction& instruction, Operand& operand) {
  const Token& next = reader_.peek();
  operand.where = next.where;
  if (next.kind == TokenKind::kWord && !reader_.at_word("WARP_SZ")) return parse_named(instruction, operand);
  if (next.mark == mark("[")) return parse_bracket(instruction, operand);
  if (next.mark == mark("{")) return parse_vector(instruction, operand);
  if (next.mark == mark("!") || next.mark == mark("-") || next.mark == mark("+"))
    return parse_signed(instruction, operand);
  if (at_constant(reader_)) return parse_number(operand);
  return reader_.unexpected("an operand of " + quoted(instruction.name));
}

bool FunctionParser::parse_number(Operand& operand) {
  const auto value = parse_constant(reader_);
  if (!value) return false;
  operand.kind = value->kind == Constant::Kind::kFloat32   ? OperandKind::kFloat32
                 : value->kind == Constant::Kind::kFloat64 ? OperandKind::kFloat64
                                                           : OperandKind::kInteger;
  operand.value = static_cast<std::int64_t>(value->bits);
  return true;
}

// "!p", "-%r1", "-4", "!0"
bool FunctionParser::parse_signed(Instruction& instruction, Operand& operand) {
  const Token sign = reader_.take();
  if (!reader_.at(TokenKind::kWord) || reader_.at_word("WARP_SZ")) {
    const auto value = parse_constant_after(reader_, sign);
    if (!value) return false;
    operand.kind = value->kind == Constant::Kind::kFloat32   ? OperandKind::kFloat32
                   : value->kind == Constant::Kind::kFloat64 ? OperandKind::kFloat64
                                                             : OperandKind::kInteger;
    operand.value = static_cast<std::int64_t>(value->bits);
    return true;
  }
  if (!parse_named(instruction, operand)) return false;
  if (operand.kind != OperandKind::kRegister || sign.mark == mark("+")) {
    return reader_.error(operand.where, "expected a register or a constant after " + described(sign));
  }
  operand.negated = true;
  operand.where = sign.where;
  return true;
}

bool FunctionParser::parse_named(Instruction& instruction, Operand& operand) {
  if (reader_.accept_word("_")) {
    operand.kind = OperandKind::kSink;
    return true;
  }
  if (instruction.opcode == Opcode::kBra) return parse_label_use(instruction, operand);
  const Token word = reader_.peek();
  const auto name = names_.find(word.text);
  if (name && name->kind == Name::Kind::kRegister) {
    reader_.take();
    return parse_register(*name, operand);
  }
  if (find_symbol(word.text, operand.symbol)) {
    reader_.take();
    return parse_symbol(instruction, operand);
  }
  if (instruction.opcode == Opcode::kBrx) return parse_label_use(instruction, operand);
  reader_.take();
  bool known = false;
  if (!parse_special(word, operand, known)) return false;
  return known ||
         reader_.error(word.where, "there is no register, variable or function " + quoted(word.text) + " here");
}

bool FunctionParser::parse_label_use(const Instruction& instruction, Operand& operand) {
  if (&operand != &instruction.operands.back()) return reader_.unexpected("a register or constant");
  const Token word = reader_.take();
  operand.kind = instruction.opcode == Opcode::kBra ? OperandKind::kLabel : OperandKind::kTargets;
  pending_.push_back(
      {word.text, labels_.scope(), word.where, here(), -1, static_cast<int>(instruction.operands.size()) - 1});
  return true;
}

bool FunctionParser::parse_register(const Name& name, Operand& operand) {
  operand.kind = OperandKind::kRegister;
  operand.reg = name.index;
  if (name.width == 1) return !reader_.at(TokenKind::kDirective) || parse_part(operand);
  if (reader_.at(TokenKind::kDirective)) {
    const int component = component_of(reader_.peek().text);
    if (component < 0 || component >= name.width)
      return reader_.unexpected("a component of the register: .x, .y, .z or .w");
    reader_.take();
    operand.reg += component;
    return true;
  }
  operand.kind = OperandKind::kVector;
  operand.reg = -1;
  operand.list.resize(static_cast<std::size_t>(name.width));
  for (int i = 0; i < name.width; ++i) {
    operand.list[static_cast<std::size_t>(i)].reg = name.index + i;
    operand.list[static_cast<std::size_t>(i)].where = operand.where;
  }
  return true;
}

bool FunctionParser::parse_part(Operand& operand) {
  operand.part = part_of(reader_.peek().text);
  if (operand.part == 0) return reader_.unexpected("',' or ';', or a part of the register such as .b0 or .h1");
  reader_.take();
  return true;
}

bool FunctionParser::find_symbol(std::string_view name, SymbolRef& symbol) const {
  if (const auto local = names_.find(name)) {
    symbol.kind = local->kind == Name::Kind::kVariable    ? SymbolKind::kFunctionVariable
                  : local->kind == Name::Kind::kParameter ? SymbolKind::kParameter
                                                          : SymbolKind::kReturn;
    symbol.index = local->index;
    return local->kind != Name::Kind::kRegister;
  }
  if (const auto found = context_.variables.find(name); found != context_.variables.end()) {
    symbol = {SymbolKind::kModuleVariable, found->second};
    return true;
  }
  const auto found = context_.functions.find(name);
  if (found == context_.functions.end()) return false;
  symbol = {SymbolKind::kFunction, found->second};
  return true;
}

const Variable* FunctionParser::variable_of(const SymbolRef& symbol) const {
  const auto index = static_cast<std::size_t>(symbol.index);
  switch (symbol.kind) {
    case SymbolKind::kModuleVariable:
      return &context_.module.variables[index];
    case SymbolKind::kFunctionVariable:
      return &function_.variables[index];
    case SymbolKind::kParameter:
      return &function_.parameters[index];
    case SymbolKind::kReturn:
      return &function_.returns[index];
    case SymbolKind::kFunction:
      break;
  }
  return nullptr;
}

// Behind the name: "+ 4", "[3]".
bool FunctionParser::parse_symbol(const Instruction& instruction, Operand& operand) {
  operand.kind = OperandKind::kSymbol;
  if (reader_.at(mark("[")) && takes_address(instruction.opcode)) {
    operand.kind = OperandKind::kAddress;
    operand.base = AddressBase::kSymbol;
  }
  return parse_index(operand) && parse_offset(operand);
}

// "[2]": so many scalars, whatever the dimensions and vector size are, as ptxas counts them.
bool FunctionParser::parse_index(Operand& operand) {
  if (!reader_.accept(mark("["))) return true;
  const Variable* variable = variable_of(operand.symbol);
  if (variable == nullptr) return reader_.error(operand.where, "a function has no elements");
  const auto index = parse_constant(reader_);
  if (!index) return false;
  if (index->is_float()) return reader_.error(operand.where, "expected an integer as index");
  const auto scalar_bytes = static_cast<std::uint64_t>(bytes_of(variable->type));
  operand.value = static_cast<std::int64_t>(index->bits * scalar_bytes);
  return reader_.expect(mark("]"), "']' after an index");
}

// "+ 4", "- 4", "+ -4" behind a register or symbol.
bool FunctionParser::parse_offset(Operand& operand) {
  while (reader_.at(mark("+")) || reader_.at(mark("-"))) {
    const Token sign = reader_.take();
    const auto value = parse_constant_after(reader_, sign);
    if (!value) return false;
    if (value->is_float()) return reader_.error(sign.where, "expected an integer after " + described(sign));
    operand.value = static_cast<std::int64_t>(static_cast<std::uint64_t>(operand.value) + value->bits);
  }
  return true;
}

// "%tid.x", "%laneid"; "%tid" alone is a vector of four of which .w is always 0.
bool FunctionParser::parse_special(const Token& word, Operand& operand, bool& known) {
  std::string name(word.text);
  if (const auto single = find_special(name)) {
    known = true;
    operand.kind = OperandKind::kSpecial;
    operand.special = *single;
    return true;
  }
  const auto x = find_special(name + ".x");
  known = x.has_value();
  if (!known) return true;
  const auto component = [&](int index, Operand& target) {
    target.where = operand.where;
    target.kind = index < 3 ? OperandKind::kSpecial : OperandKind::kInteger;
    target.special = index < 3 ? static_cast<SpecialRegister>(static_cast<int>(*x) + index) : SpecialRegister::kTidX;
  };
  if (!reader_.at(TokenKind::kDirective)) {
    operand.kind = OperandKind::kVector;
    operand.list.resize(4);
    for (int i = 0; i < 4; ++i) component(i, operand.list[static_cast<std::size_t>(i)]);
    return true;
  }
  const int index = component_of(reader_.peek().text);
  if (index < 0) return reader_.unexpected("a component of " + name + ": .x, .y or .z");
  reader_.take();
  component(index, operand);
  return true;
}

// Operands up to `end`, behind the mark that opens the list.
bool FunctionParser::parse_list(Instruction& instruction, Operand& operand, Mark end, std::string_view what) {
  if (!reader_.enter(operand.where)) return false;
  bool correct = true;
  while (correct && !reader_.accept(end)) {
    operand.list.emplace_back();
    correct = parse_operand(instruction, operand.list.back());
    if (correct && !reader_.at(end)) correct = reader_.expect(mark(","), what);
  }
  reader_.leave();
  return correct;
}

bool FunctionParser::parse_vector(Instruction& instruction, Operand& operand) {
  operand.kind = OperandKind::kVector;
  reader_.take();
  reader_.brace_opened();
  if (!parse_list(instruction, operand, mark("}"), "',' or '}' in a vector")) return false;
  reader_.brace_closed();
  return true;
}

bool FunctionParser::parse_bracket(Instruction& instruction, Operand& operand) {
  reader_.take();
  if (!parse_address(instruction, operand)) return false;
  if (reader_.accept(mark("]"))) return true;
  if (!reader_.accept(mark(","))) return reader_.unexpected("']' or an offset, as in [%rd1+4]");
  Operand first = std::move(operand);
  if (first.value == 0 && first.base != AddressBase::kAbsolute) {
    first.kind = first.base == AddressBase::kRegister ? OperandKind::kRegister : OperandKind::kSymbol;
  }
  operand = {};
  operand.where = first.where;
  operand.kind = OperandKind::kTexture;
  operand.list.push_back(std::move(first));
  return parse_list(instruction, operand, mark("]"), "',' or ']' between a texture and its coordinates");
}

bool FunctionParser::parse_address(Instruction& instruction, Operand& operand) {
  operand.kind = OperandKind::kAddress;
  if (!reader_.at(TokenKind::kWord) || reader_.at_word("WARP_SZ")) {
    operand.base = AddressBase::kAbsolute;
    const Position where = reader_.peek().where;
    const auto value = parse_constant(reader_);
    if (!value) return false;
    operand.value = static_cast<std::int64_t>(value->bits);
    return !value->is_float() || reader_.error(where, "an address is an integer");
  }
  const Token word = reader_.take();
  const auto name = names_.find(word.text);
  if (name && name->kind == Name::Kind::kRegister) {
    if (!parse_register(*name, operand)) return false;
    if (operand.kind == OperandKind::kVector)
      return reader_.error(word.where, "a whole vector register is not an address");
    operand.base = AddressBase::kRegister;
  } else if (find_symbol(word.text, operand.symbol)) {
    operand.base = AddressBase::kSymbol;
    if (!parse_index(operand)) return false;
  } else {
    return reader_.error(word.where, "there is no register or variable " + quoted(word.text) +
                                         " here for the address of " + quoted(instruction.name));
  }
  operand.kind = OperandKind::kAddress;
  return parse_offset(operand);
}

// "call (r), f, (a, b), list;" of which all but f may be missing.
bool FunctionParser::parse_call(Instruction& instruction) {
  std::vector<Operand>& operands = instruction.operands;
  operands.resize(3);
  for (const std::size_t place : {std::size_t{0}, std::size_t{2}}) operands[place].kind = OperandKind::kArguments;
  operands[0].where = reader_.peek().where;
  if (reader_.accept(mark("("))) {
    if (!parse_list(instruction, operands[0], mark(")"), "',' or ')' after a returned value")) return false;
    if (!reader_.expect(mark(","), "',' and the function to call")) return false;
  }
  if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the function to call, or a register with its address");
  operands[1].where = reader_.peek().where;
  if (!parse_named(instruction, operands[1])) return false;
  const bool callable = operands[1].kind == OperandKind::kRegister ||
                        (operands[1].kind == OperandKind::kSymbol && operands[1].symbol.kind == SymbolKind::kFunction);
  if (!callable) return reader_.error(operands[1].where, "expected a function or a register with the address of one");
  operands[2].where = reader_.peek().where;
  if (!reader_.accept(mark(","))) return true;
  operands[2].where = reader_.peek().where;
  if (reader_.accept(mark("("))) {
    if (!parse_list(instruction, operands[2], mark(")"), "',' or ')' after an argument")) return false;
    if (!reader_.accept(mark(","))) return true;
  }
  if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of a .callprototype or .calltargets");
  operands.emplace_back();
  operands[3].where = reader_.peek().where;
  return parse_label_use(instruction, operands[3]);
}

}  // namespace warpscope::ptx

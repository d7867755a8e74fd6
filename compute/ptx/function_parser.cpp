#include "compute/ptx/function_parser.h"

#include <algorithm>
#include <climits>

namespace warpscope::ptx {
namespace {

constexpr std::string_view kComponents[] = {".x", ".y", ".z", ".w"};

}  // namespace

FunctionParser::FunctionParser(ModuleContext& context, Function& function)
    : context_(context), reader_(context.reader), function_(function) {}

void FunctionParser::parse_body() {
  names_.open();
  declare_parameters(function_.returns, Name::Kind::kReturn);
  declare_parameters(function_.parameters, Name::Kind::kParameter);
  const Position begin = reader_.take().where;
  open_scopes_ = 1;
  while (open_scopes_ > 0) {
    if (reader_.at(TokenKind::kEnd)) {
      reader_.error(reader_.peek().where, "the body of '" + function_.name + "', which begins in line " +
                                              std::to_string(begin.line) + ", does not end: expected '}'");
      return;
    }
    parse_statement();
  }
  resolve_labels();
}

void FunctionParser::declare_parameters(std::vector<Variable>& variables, Name::Kind kind) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    Variable& variable = variables[i];
    if (variable.name == "_") continue;
    Name meaning{kind, static_cast<int>(i)};
    if (variable.space == Space::kReg) {
      meaning = {Name::Kind::kRegister, static_cast<int>(function_.registers.size())};
      variable.reg = meaning.index;
      if (!has_room(1, variable.where)) return;
      add_register(variable.name, variable.type);
    }
    if (!names_.declare(context_.made_names.emplace_back(variable.name), meaning)) {
      reader_.error(variable.where, "'" + variable.name + "' is already a parameter of '" + function_.name + "'");
    }
  }
}

void FunctionParser::parse_statement() {
  if (reader_.accept(mark(";"))) return;
  if (reader_.at(mark("{"))) {
    if (!open_scope(reader_.take().where)) reader_.skip_statement();
    return;
  }
  if (reader_.accept(mark("}"))) return close_scope();
  const bool correct = reader_.at(TokenKind::kDirective) ? parse_directive() : parse_word_statement();
  if (!correct) reader_.skip_statement();
}

bool FunctionParser::open_scope(Position where) {
  if (open_scopes_ >= reader_.limits().max_nesting) {
    return reader_.error(where, "nested deeper than " + std::to_string(reader_.limits().max_nesting) + " levels");
  }
  ++open_scopes_;
  names_.open();
  labels_.open();
  function_.marks.push_back({BodyMark::Kind::kOpen, 1, here(), 0, 0});
  return true;
}

void FunctionParser::close_scope() {
  names_.close();
  if (--open_scopes_ == 0) return;
  labels_.close();
  function_.marks.push_back({BodyMark::Kind::kClose, 1, here(), 0, 0});
}

bool FunctionParser::parse_directive() {
  const Token word = reader_.peek();
  if (word.text == "loc") {
    reader_.take();
    return parse_loc(word.where);
  }
  if (word.text == "reg") {
    reader_.take();
    return parse_registers();
  }
  if (word.text == "pragma") {
    reader_.take();
    if (!reader_.at(TokenKind::kString)) return reader_.unexpected("a string after .pragma");
    function_.pragmas.push_back(unescaped(reader_.take().text));
    return reader_.expect(mark(";"), "';' after .pragma");
  }
  const auto space = at_space(reader_);
  if (space == Space::kParam || space == Space::kLocal || space == Space::kShared) return parse_body_variables(*space);
  if (space)
    return reader_.error(word.where, "." + std::string(word.text) + " variables are declared outside functions");
  return reader_.unexpected("an instruction, a label, .reg, .local, .shared, .param, .loc or .pragma");
}

bool FunctionParser::parse_body_variables(Space space) {
  reader_.take();
  Variable head;
  head.space = space;
  std::vector<Declared> declared;
  const bool correct = parse_variables(context_, head, declared);
  for (Declared& next : declared) {
    const int index = static_cast<int>(function_.variables.size());
    if (!names_.declare(next.name, {Name::Kind::kVariable, index})) {
      reader_.error(next.variable.where, "'" + next.variable.name + "' is already declared in this scope");
    }
    function_.marks.push_back({BodyMark::Kind::kVariable, 1, here(), index, 1});
    function_.variables.push_back(std::move(next.variable));
  }
  return correct;
}

bool FunctionParser::parse_registers() {
  Type type = Type::kNone;
  int width = 1;
  while (reader_.at(TokenKind::kDirective)) {
    const Token word = reader_.peek();
    const auto found = find_type(word.text);
    if (found && bits_of(*found) > 0) {
      type = *found;
    } else if (word.text == "v2" || word.text == "v4") {
      width = word.text[1] - '0';
    } else {
      return reader_.unexpected("the type of the registers, such as .b32 or .pred");
    }
    reader_.take();
  }
  if (type == Type::kNone) return reader_.unexpected("the type of the registers, such as .b32 or .pred");
  do {
    if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of a register");
    const Token name = reader_.take();
    if (reader_.accept(mark("<"))) {
      if (!parse_register_range(name, type, width)) return false;
      continue;
    }
    if (!has_room(static_cast<std::uint64_t>(width), name.where)) return false;
    const int first = static_cast<int>(function_.registers.size());
    if (!names_.declare(name.text, {Name::Kind::kRegister, first, width})) {
      return reader_.error(name.where, "'" + std::string(name.text) + "' is already declared in this scope");
    }
    function_.marks.push_back({BodyMark::Kind::kRegister, static_cast<std::uint8_t>(width), here(), first, 1});
    for (int i = 0; i < width; ++i) {
      std::string full(name.text);
      if (width > 1) full += kComponents[i];
      add_register(std::move(full), type);
    }
  } while (reader_.accept(mark(",")));
  return reader_.expect(mark(";"), "';' after the declaration of registers");
}

bool FunctionParser::parse_register_range(const Token& base, Type type, int width) {
  if (!reader_.at(TokenKind::kInteger)) return reader_.unexpected("how many registers there are, as in %r<10>");
  const Token count = reader_.take();
  if (!reader_.expect(mark(">"), "'>' after the number of registers")) return false;
  const std::uint64_t most = reader_.limits().max_registers;
  // More than `most` of them is too many whatever their width: the product stays small.
  if (!has_room(std::min(count.value, most + 1) * static_cast<std::uint64_t>(width), count.where)) return false;
  const int first = static_cast<int>(function_.registers.size());
  const int number = static_cast<int>(count.value);
  if (!names_.declare_range(base.text, first, number, width)) {
    return reader_.error(base.where, "'" + std::string(base.text) + "<...>' is already declared in this scope");
  }
  if (number > 0) {
    function_.marks.push_back(
        {BodyMark::Kind::kRegisterRange, static_cast<std::uint8_t>(width), here(), first, number});
  }
  for (int i = 0; i < number * width; ++i) {
    std::string name = std::string(base.text) + std::to_string(i / width);
    if (width > 1) name += kComponents[i % width];
    add_register(std::move(name), type);
  }
  return true;
}

bool FunctionParser::has_room(std::uint64_t registers, Position where) {
  const std::uint64_t most = reader_.limits().max_registers;
  if (function_.registers.size() + registers > most) {
    return reader_.error(where, "more than " + std::to_string(most) + " registers in '" + function_.name + "'");
  }
  const std::uint64_t most_together = reader_.limits().max_module_registers;
  if (context_.registers + registers > most_together) {
    return reader_.error(where, "more than " + std::to_string(most_together) + " registers in the module");
  }
  return true;
}

void FunctionParser::add_register(std::string name, Type type) {
  ++context_.registers;
  function_.registers.push_back({std::move(name), type});
}

bool FunctionParser::parse_integers(std::string_view what, int* values, int count) {
  for (int i = 0; i < count; ++i) {
    if (!reader_.at(TokenKind::kInteger) || reader_.peek().value > INT_MAX) return reader_.unexpected(what);
    values[i] = static_cast<int>(reader_.take().value);
  }
  return true;
}

bool FunctionParser::parse_loc(Position where) {
  int place[3] = {};
  if (!parse_integers("the file number, line and column of .loc", place, 3)) return false;
  Loc loc{place[0], place[1], place[2], -1, {}};
  if (!parse_loc_attributes(loc)) return false;
  // What assemblers add, such as prologue_end, says nothing about the place. No ';' ends a .loc: its line does.
  while ((reader_.at(TokenKind::kWord) || reader_.at(TokenKind::kInteger)) && reader_.peek().where.line == where.line) {
    reader_.take();
  }
  newest_loc_[{loc.file, loc.line, loc.column}] = static_cast<int>(function_.locs.size());
  function_.locs.push_back(std::move(loc));
  return true;
}

// ", function_name $L__info_string0, inlined_at 1 12 3"
bool FunctionParser::parse_loc_attributes(Loc& loc) {
  while (reader_.accept(mark(","))) {
    if (reader_.accept_word("function_name")) {
      if (!reader_.at(TokenKind::kWord) && !reader_.at(TokenKind::kDirective))
        return reader_.unexpected("a label after function_name");
      const Token label = reader_.take();
      loc.function = (label.kind == TokenKind::kDirective ? "." : "") + std::string(label.text);
      if (!reader_.accept(mark("+"))) continue;
      if (!reader_.at(TokenKind::kInteger)) return reader_.unexpected("an offset after '+'");
      loc.function += "+" + std::to_string(reader_.take().value);
    } else if (reader_.accept_word("inlined_at")) {
      int place[3] = {};
      if (!parse_integers("the file number, line and column of inlined_at", place, 3)) return false;
      const auto [known, is_new] =
          newest_loc_.try_emplace({place[0], place[1], place[2]}, static_cast<int>(function_.locs.size()));
      if (is_new) function_.locs.push_back({place[0], place[1], place[2], -1, {}});
      loc.inlined_at = known->second;
    } else {
      return reader_.unexpected("function_name or inlined_at");
    }
  }
  return true;
}

bool FunctionParser::parse_word_statement() {
  const auto guard = parse_guard();
  if (!guard) return false;
  if (!reader_.at(TokenKind::kWord)) {
    return reader_.unexpected(guard->reg < 0 ? "an instruction, a declaration or '}'"
                                             : "an instruction after its guard");
  }
  Token first = reader_.take();
  const std::string_view name = reader_.dotted(first);
  const bool alone = name.size() == first.text.size();
  if (alone && guard->reg < 0 && reader_.accept(mark(":"))) return parse_labelled(first);
  if (first.text[0] == '%' || first.text[0] == '_' || first.text[0] == '$') {
    return reader_.error(first.where, "expected an instruction, found " + described(first));
  }
  first.text = name;
  return parse_instruction(first, *guard);
}

bool FunctionParser::parse_labelled(const Token& name) {
  if (reader_.accept_directive("callprototype")) return parse_prototype(name);
  if (reader_.accept_directive("branchtargets")) return parse_targets(name, false);
  if (reader_.accept_directive("calltargets")) return parse_targets(name, true);
  std::string kept;
  if (keep_label(name, {LabelTable::Kind::kLabel, here()}, &kept)) function_.labels.emplace(std::move(kept), here());
  return true;
}

bool FunctionParser::keep_label(const Token& name, LabelTable::Label label, std::string* kept) {
  auto unique = labels_.declare(name.text, label);
  if (!unique) return reader_.error(name.where, "the label '" + std::string(name.text) + "' is already in this scope");
  *kept = std::move(*unique);
  return true;
}

bool FunctionParser::parse_prototype(const Token& name) {
  std::vector<Declared> returns;
  std::vector<Declared> parameters;
  Prototype prototype;
  if (reader_.at(mark("(")) && !parse_parameters(context_, returns)) return false;
  if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("'_' in place of the function's name");
  reader_.take();
  if (reader_.at(mark("(")) && !parse_parameters(context_, parameters)) return false;
  while (reader_.at(TokenKind::kDirective)) {
    if (reader_.take().text == "noreturn") prototype.noreturn = true;
    if (reader_.at(TokenKind::kInteger)) reader_.take();  // .abi_preserve 8
  }
  for (Declared& next : returns) prototype.returns.push_back(std::move(next.variable));
  for (Declared& next : parameters) prototype.parameters.push_back(std::move(next.variable));
  const int index = static_cast<int>(function_.prototypes.size());
  if (!keep_label(name, {LabelTable::Kind::kPrototype, index}, &prototype.name)) return false;
  function_.prototypes.push_back(std::move(prototype));
  function_.marks.push_back({BodyMark::Kind::kPrototype, 1, here(), index, 1});
  return reader_.expect(mark(";"), "';' after .callprototype");
}

bool FunctionParser::parse_targets(const Token& name, bool of_calls) {
  const int index = static_cast<int>(function_.target_lists.size());
  TargetList& list = function_.target_lists.emplace_back();
  function_.marks.push_back({BodyMark::Kind::kTargets, 1, here(), index, 1});
  if (!keep_label(name, {LabelTable::Kind::kTargets, index}, &list.name)) return false;
  do {
    if (!reader_.at(TokenKind::kWord)) return reader_.unexpected(of_calls ? "the name of a function" : "a label");
    const Token target = reader_.take();
    if (!of_calls) {
      const int place = static_cast<int>(list.instructions.size());
      pending_.push_back({target.text, labels_.scope(), target.where, -1, index, place});
      list.instructions.push_back(0);
      continue;
    }
    const auto found = context_.functions.find(target.text);
    if (found == context_.functions.end()) {
      return reader_.error(target.where, "there is no function '" + std::string(target.text) + "' above");
    }
    list.functions.push_back(found->second);
  } while (reader_.accept(mark(",")));
  return reader_.expect(mark(";"), "',' or ';' in a list of targets");
}

void FunctionParser::resolve_labels() {
  for (const PendingLabel& pending : pending_) resolve(pending);
}

void FunctionParser::resolve(const PendingLabel& pending) {
  const auto label = labels_.find(pending.name, pending.scope);
  if (!label) {
    reader_.error(pending.where,
                  "there is no label '" + std::string(pending.name) + "' in this scope of '" + function_.name + "'");
    return;
  }
  const auto index = static_cast<std::size_t>(pending.index);
  if (pending.target_list >= 0) {
    if (label->kind != LabelTable::Kind::kLabel) {
      reader_.error(pending.where, "expected a label of an instruction, found '" + std::string(pending.name) + "'");
      return;
    }
    function_.target_lists[static_cast<std::size_t>(pending.target_list)].instructions[index] = label->index;
    return;
  }
  Instruction& instruction = function_.instructions[static_cast<std::size_t>(pending.instruction)];
  const bool branch = instruction.opcode == Opcode::kBra;
  if (branch != (label->kind == LabelTable::Kind::kLabel)) {
    reader_.error(pending.where,
                  "expected " + std::string(branch ? "a label of an instruction" : "a list of targets or a prototype") +
                      ", found '" + std::string(pending.name) + "'");
    return;
  }
  Operand& operand = instruction.operands[index];
  operand.kind = branch                                      ? OperandKind::kLabel
                 : label->kind == LabelTable::Kind::kTargets ? OperandKind::kTargets
                                                             : OperandKind::kPrototype;
  operand.value = label->index;
}

}  // namespace warpscope::ptx

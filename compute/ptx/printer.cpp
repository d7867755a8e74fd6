#include <algorithm>
#include <cstdio>
#include <iterator>

#include "compute/ptx/lexer.h"
#include "compute/ptx/parser.h"

namespace warpscope::ptx {
namespace {

std::string hex(std::uint64_t value, int digits) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string_view word_of(Linkage linkage) {
  switch (linkage) {
    case Linkage::kVisible:
      return ".visible ";
    case Linkage::kExtern:
      return ".extern ";
    case Linkage::kWeak:
      return ".weak ";
    case Linkage::kCommon:
      return ".common ";
    case Linkage::kLocal:
      break;
  }
  return "";
}

std::string with_sign(std::int64_t value) {
  if (value == 0) return "";
  return (value > 0 ? "+" : "") + std::to_string(value);
}

// ---- Variables

// Initial values, element by element, in braces that follow the dimensions.
class InitialiserPrinter {
 public:
  InitialiserPrinter(const Module& module, const Variable& variable) : module_(module), variable_(variable) {
    for (std::size_t i = 0; i < variable.relocations.size(); ++i) order_.push_back(i);
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return variable.relocations[a].offset < variable.relocations[b].offset;
    });
    if (variable.vector_size > 1) rows_.push_back(static_cast<std::uint64_t>(variable.vector_size));
    for (std::size_t i = variable.dimensions.size(); i-- > 0;) {
      rows_.push_back((rows_.empty() ? 1 : rows_.back()) * std::max<std::uint64_t>(variable.dimensions[i], 1));
    }
  }

  std::string print() {
    if (rows_.empty()) return scalar(0);
    std::string text;
    print_row(text, rows_.size(), 0);
    return text;
  }

 private:
  std::uint64_t element_bytes() const { return static_cast<std::uint64_t>(bytes_of(variable_.type)); }
  std::uint64_t scalars() const { return variable_.bytes.size() / element_bytes(); }

  void print_row(std::string& text, std::size_t level, std::uint64_t first) {
    text += '{';
    const std::uint64_t step = level > 1 ? rows_[level - 2] : 1;
    for (std::uint64_t at = first; at < first + rows_[level - 1] && at < scalars(); at += step) {
      if (at > first) text += ", ";
      if (level > 1) {
        print_row(text, level - 1, at);
      } else {
        text += scalar(at);
      }
    }
    text += '}';
  }

  std::string scalar(std::uint64_t index) {
    const std::uint64_t offset = index * element_bytes();
    while (next_ < order_.size() && variable_.relocations[order_[next_]].offset < offset) ++next_;
    if (next_ < order_.size() && variable_.relocations[order_[next_]].offset == offset) {
      return address(variable_.relocations[order_[next_]]);
    }
    std::uint64_t bits = 0;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(element_bytes(), 8); ++i) {
      bits |= std::uint64_t{variable_.bytes[offset + i]} << (8 * i);
    }
    if (variable_.type == Type::kF32) return "0f" + hex(bits, 8);
    if (variable_.type == Type::kF64) return "0d" + hex(bits, 16);
    const bool negative = element_bytes() > 8 && variable_.bytes[offset + 8] != 0;  // .b128: only the sign is above
    return negative ? std::to_string(static_cast<std::int64_t>(bits)) : std::to_string(bits);
  }

  std::string address(const Relocation& relocation) const {
    const auto index = static_cast<std::size_t>(relocation.symbol.index);
    std::string text =
        relocation.symbol.kind == SymbolKind::kFunction ? module_.functions[index].name : module_.variables[index].name;
    if (relocation.generic) text = "generic(" + text + ")";
    text += with_sign(relocation.addend);
    const bool masked = relocation.size_bytes < 4 || relocation.shift != 0;
    if (!masked) return text;
    return "0x" + hex(((std::uint64_t{1} << (8 * relocation.size_bytes)) - 1) << relocation.shift, 1) + "(" + text +
           ")";
  }

  const Module& module_;
  const Variable& variable_;
  std::vector<std::uint64_t> rows_;  // scalars of the innermost row first, of the whole last
  std::vector<std::size_t> order_;
  std::size_t next_ = 0;
};

// ".param .u64 .ptr .global .align 16 name", without its initial value.
std::string declaration(const Variable& variable) {
  std::string text = "." + std::string(name_of(variable.space));
  if (variable.is_managed) text += " .attribute(.managed)";
  text += " .align " + std::to_string(variable.align_bytes);
  if (variable.vector_size > 1) text += " .v" + std::to_string(variable.vector_size);
  text += " ." + std::string(name_of(variable.type));
  if (variable.is_pointer) {
    text += " .ptr";
    if (variable.pointer_space != Space::kGeneric) text += " ." + std::string(name_of(variable.pointer_space));
    if (variable.pointer_align_bytes != 0) text += " .align " + std::to_string(variable.pointer_align_bytes);
  }
  text += " " + variable.name;
  for (const std::uint64_t count : variable.dimensions) text += count == 0 ? "[]" : "[" + std::to_string(count) + "]";
  return text;
}

std::string declaration(const Module& module, const Variable& variable) {
  std::string text = std::string(word_of(variable.linkage)) + declaration(variable);
  if (!variable.bytes.empty()) text += " = " + InitialiserPrinter(module, variable).print();
  if (!variable.properties.empty()) {
    text += " = {";
    for (const auto& [name, value] : variable.properties)
      text += (text.back() == '{' ? "" : ", ") + name + " = " + value;
    text += "}";
  }
  return text + ";\n";
}

std::string parameter_list(const std::vector<Variable>& parameters) {
  std::string text = "(";
  for (const Variable& parameter : parameters) text += (text.size() > 1 ? ", " : "") + declaration(parameter);
  return text + ")";
}

// ---- Instructions

class InstructionPrinter {
 public:
  InstructionPrinter(const Module& module, const Function& function,
                     const std::vector<std::pair<int, std::string_view>>* labels = nullptr)
      : module_(module), function_(function), labels_(labels) {}

  std::string print(const Instruction& instruction) const {
    std::string text;
    if (instruction.guard.reg >= 0) {
      text = (instruction.guard.negated ? "@!" : "@") + register_name(instruction.guard.reg) + " ";
    }
    text += instruction.name;
    if (instruction.opcode == Opcode::kCall) return text + call(instruction.operands);
    for (std::size_t i = 0; i < instruction.operands.size(); ++i)
      text += (i == 0 ? " " : ", ") + print(instruction.operands[i]);
    return text;
  }

 private:
  const std::string& register_name(int index) const {
    return function_.registers[static_cast<std::size_t>(index)].name;
  }

  const std::string& symbol_name(const SymbolRef& symbol) const {
    const auto index = static_cast<std::size_t>(symbol.index);
    switch (symbol.kind) {
      case SymbolKind::kModuleVariable:
        return module_.variables[index].name;
      case SymbolKind::kFunctionVariable:
        return function_.variables[index].name;
      case SymbolKind::kParameter:
        return function_.parameters[index].name;
      case SymbolKind::kReturn:
        return function_.returns[index].name;
      case SymbolKind::kFunction:
        break;
    }
    return module_.functions[index].name;
  }

  std::string list(const std::vector<Operand>& operands, std::string_view open, std::string_view close) const {
    std::string text(open);
    for (std::size_t i = 0; i < operands.size(); ++i) text += (i == 0 ? "" : ", ") + print(operands[i]);
    return text + std::string(close);
  }

  std::string call(const std::vector<Operand>& operands) const {
    std::string text = " ";
    if (!operands[0].list.empty()) text += list(operands[0].list, "(", "), ");
    text += print(operands[1]);
    if (!operands[2].list.empty()) text += ", " + list(operands[2].list, "(", ")");
    if (operands.size() > 3) text += ", " + print(operands[3]);
    return text;
  }

  std::string label(int instruction) const {
    if (labels_ != nullptr) {
      const auto found = std::lower_bound(labels_->begin(), labels_->end(), std::pair(instruction, std::string_view{}));
      return std::string(found->second);
    }
    for (const auto& [name, index] : function_.labels) {
      if (index == instruction) return name;
    }
    return "?";
  }

  std::string reg(const Operand& operand) const {
    std::string text = register_name(operand.reg);
    if (operand.part != 0) {
      std::string part = hex(operand.part, 1);
      if (part[0] == 'a') part[0] = 'h';
      text += "." + part;
    }
    if (!operand.negated) return text;
    const bool predicate = function_.registers[static_cast<std::size_t>(operand.reg)].type == Type::kPred;
    return (predicate ? "!" : "-") + text;
  }

  std::string address(const Operand& operand) const {
    if (operand.base == AddressBase::kAbsolute) return "[" + std::to_string(operand.value) + "]";
    const std::string base = operand.base == AddressBase::kRegister ? reg(operand) : symbol_name(operand.symbol);
    return "[" + base + with_sign(operand.value) + "]";
  }

  // A texture's first element stands in the brackets of the whole.
  std::string texture(const Operand& operand) const {
    std::vector<Operand> operands = operand.list;
    std::string first = print(operands[0]);
    if (operands[0].kind == OperandKind::kAddress) first = first.substr(1, first.size() - 2);
    operands.erase(operands.begin());
    return "[" + first + list(operands, operands.empty() ? "," : ", ", "]");
  }

  std::string print(const Operand& operand) const {
    const auto index = static_cast<std::size_t>(operand.value);
    switch (operand.kind) {
      case OperandKind::kRegister:
        return reg(operand);
      case OperandKind::kInteger:
        return std::to_string(operand.value);
      case OperandKind::kFloat32:
        return "0f" + hex(static_cast<std::uint64_t>(operand.value), 8);
      case OperandKind::kFloat64:
        return "0d" + hex(static_cast<std::uint64_t>(operand.value), 16);
      case OperandKind::kSpecial:
        return std::string(name_of(operand.special));
      case OperandKind::kSymbol:
        return symbol_name(operand.symbol) + with_sign(operand.value);
      case OperandKind::kAddress:
        return address(operand);
      case OperandKind::kVector:
        return list(operand.list, "{", "}");
      case OperandKind::kPair:
        return print(operand.list[0]) + "|" + print(operand.list[1]);
      case OperandKind::kLabel:
        return label(static_cast<int>(operand.value));
      case OperandKind::kSink:
        return "_";
      case OperandKind::kArguments:
        return list(operand.list, "(", ")");
      case OperandKind::kTexture:
        return texture(operand);
      case OperandKind::kTargets:
        return function_.target_lists[index].name;
      case OperandKind::kPrototype:
        return function_.prototypes[index].name;
    }
    return "";
  }

  const Module& module_;
  const Function& function_;
  const std::vector<std::pair<int, std::string_view>>* labels_;  // by instruction
};

// ---- Functions

std::string head(const Function& function) {
  std::string text = std::string(word_of(function.linkage)) + (function.is_entry ? ".entry " : ".func ");
  if (!function.returns.empty()) text += parameter_list(function.returns) + " ";
  text += function.name;
  if (!function.parameters.empty()) text += parameter_list(function.parameters);
  return text;
}

std::string bounds(const Function& function) {
  std::string text;
  const auto sizes = [&](const char* name, const std::optional<base::Dim3>& size) {
    if (!size) return;
    text += std::string("\n") + name + " " + std::to_string(size->x) + ", " + std::to_string(size->y) + ", " +
            std::to_string(size->z);
  };
  const auto count = [&](const char* name, const std::optional<int>& value) {
    if (value) text += std::string("\n") + name + " " + std::to_string(*value);
  };
  sizes(".maxntid", function.max_threads);
  sizes(".reqntid", function.required_threads);
  count(".minnctapersm", function.min_blocks_per_sm);
  count(".maxnreg", function.max_registers);
  sizes(".reqnctapercluster", function.required_cluster);
  count(".maxclusterrank", function.max_cluster_rank);
  if (function.explicit_cluster) text += "\n.explicitcluster";
  if (function.blocks_are_clusters) text += "\n.blocksareclusters";
  if (function.noreturn) text += "\n.noreturn";
  return text;
}

class BodyPrinter {
 public:
  BodyPrinter(const Module& module, const Function& function)
      : module_(module), function_(function), instructions_(module, function, &labels_) {
    for (const auto& [name, index] : function.labels) labels_.emplace_back(index, name);
    std::sort(labels_.begin(), labels_.end());
  }

  std::string print() {
    text_ = "{\n";
    for (const std::string& pragma : function_.pragmas) text_ += "\t.pragma \"" + escaped(pragma) + "\";\n";
    for (const Prototype& prototype : function_.prototypes) print_prototype(prototype);
    for (const TargetList& list : function_.target_lists) print_targets(list);
    for (std::size_t i = 0; i <= function_.instructions.size(); ++i) {
      print_labels(static_cast<int>(i));
      print_marks(static_cast<int>(i));
      if (i == function_.instructions.size()) break;
      const Instruction& instruction = function_.instructions[i];
      print_locs(instruction.loc + 1);
      text_ += "\t" + instructions_.print(instruction) + ";\n";
    }
    print_locs(static_cast<int>(function_.locs.size()));
    return text_ + "}\n";
  }

 private:
  void print_prototype(const Prototype& prototype) {
    text_ += "\t" + prototype.name + ": .callprototype ";
    if (!prototype.returns.empty()) text_ += parameter_list(prototype.returns) + " ";
    text_ += "_ " + parameter_list(prototype.parameters) + (prototype.noreturn ? " .noreturn;\n" : ";\n");
  }

  void print_targets(const TargetList& list) {
    const bool calls = !list.functions.empty();
    text_ += "\t" + list.name + (calls ? ": .calltargets " : ": .branchtargets ");
    const char* separator = "";
    for (const int function : list.functions) {
      text_ += separator + module_.functions[static_cast<std::size_t>(function)].name;
      separator = ", ";
    }
    for (const int instruction : list.instructions) {
      const auto label = std::lower_bound(labels_.begin(), labels_.end(), std::pair(instruction, std::string_view{}));
      text_ += separator + std::string(label->second);
      separator = ", ";
    }
    text_ += ";\n";
  }

  void print_labels(int instruction) {
    for (; next_label_ < labels_.size() && labels_[next_label_].first == instruction; ++next_label_) {
      text_ += std::string(labels_[next_label_].second) + ":\n";
    }
  }

  void print_marks(int instruction) {
    for (; next_mark_ < function_.marks.size() && function_.marks[next_mark_].instruction <= instruction;
         ++next_mark_) {
      const BodyMark& mark = function_.marks[next_mark_];
      const auto first = static_cast<std::size_t>(mark.first);
      switch (mark.kind) {
        case BodyMark::Kind::kOpen:
          text_ += "\t{\n";
          break;
        case BodyMark::Kind::kClose:
          text_ += "\t}\n";
          break;
        case BodyMark::Kind::kRegister:
        case BodyMark::Kind::kRegisterRange:
          print_registers(mark);
          break;
        case BodyMark::Kind::kVariable:
          text_ += "\t" + declaration(module_, function_.variables[first]);
          break;
      }
    }
  }

  void print_registers(const BodyMark& mark) {
    const Register& first = function_.registers[static_cast<std::size_t>(mark.first)];
    std::string name = first.name;
    text_ += "\t.reg ";
    if (mark.width > 1) {
      text_ += ".v" + std::to_string(mark.width) + " ";
      name.resize(name.size() - 2);  // .x
    }
    text_ += "." + std::string(name_of(first.type)) + " ";
    if (mark.kind == BodyMark::Kind::kRegisterRange) {
      name.back() = '<';  // instead of the 0 of the first
      name += std::to_string(mark.count) + ">";
    }
    text_ += name + ";\n";
  }

  void print_locs(int end) {
    for (; next_loc_ < end; ++next_loc_) {
      const Loc& loc = function_.locs[static_cast<std::size_t>(next_loc_)];
      text_ += "\t.loc " + place(loc);
      if (!loc.function.empty()) text_ += ", function_name " + loc.function;
      if (loc.inlined_at >= 0)
        text_ += ", inlined_at " + place(function_.locs[static_cast<std::size_t>(loc.inlined_at)]);
      text_ += "\n";
    }
  }

  static std::string place(const Loc& loc) {
    return std::to_string(loc.file) + " " + std::to_string(loc.line) + " " + std::to_string(loc.column);
  }

  const Module& module_;
  const Function& function_;
  std::vector<std::pair<int, std::string_view>> labels_;  // by instruction
  InstructionPrinter instructions_;
  std::string text_;
  std::size_t next_label_ = 0;
  std::size_t next_mark_ = 0;
  int next_loc_ = 0;
};

// The last function that something above its body mentions: it and those before it need a declaration first.
int last_mentioned_early(const Module& module) {
  int last = -1;
  const auto mention = [&](const SymbolRef& symbol, int from) {
    if (symbol.kind == SymbolKind::kFunction && symbol.index > from) last = std::max(last, symbol.index);
  };
  for (const Variable& variable : module.variables) {
    for (const Relocation& relocation : variable.relocations) mention(relocation.symbol, -1);
  }
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const int from = static_cast<int>(i);
    for (const Instruction& instruction : module.functions[i].instructions) {
      for (const Operand& operand : instruction.operands) mention(operand.symbol, from);
      for (const Operand& operand : instruction.operands) {
        for (const Operand& inner : operand.list) mention(inner.symbol, from);
      }
    }
    for (const TargetList& list : module.functions[i].target_lists) {
      for (const int function : list.functions) mention({SymbolKind::kFunction, function}, from);
    }
  }
  return last;
}

std::string print_functions(const Module& module) {
  std::string text;
  const int early = last_mentioned_early(module);
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const Function& function = module.functions[i];
    if (!function.is_declaration && static_cast<int>(i) > early) break;
    if (static_cast<int>(i) <= early) text += head(function) + (function.noreturn ? " .noreturn;\n" : ";\n");
  }
  for (const Function& function : module.functions) {
    text += "\n" + head(function) + bounds(function);
    if (!function.is_declaration) {
      text += "\n" + BodyPrinter(module, function).print();
      continue;
    }
    for (const std::string& pragma : function.pragmas) text += "\n.pragma \"" + escaped(pragma) + "\"";
    text += ";\n";
  }
  for (const Function& function : module.functions) {
    if (function.alias_of < 0) continue;
    text +=
        ".alias " + function.name + ", " + module.functions[static_cast<std::size_t>(function.alias_of)].name + ";\n";
  }
  return text;
}

// ---- Debug sections

std::string print_section(const Section& section) {
  std::vector<std::pair<std::uint64_t, std::string_view>> labels;
  for (const auto& [name, offset] : section.labels) labels.emplace_back(offset, name);
  std::sort(labels.begin(), labels.end());
  std::string text = ".section " + section.name + "\n{\n";
  std::size_t label = 0;
  std::size_t fixup = 0;
  for (std::uint64_t at = 0; at <= section.bytes.size();) {
    for (; label < labels.size() && labels[label].first <= at; ++label)
      text += std::string(labels[label].second) + ":\n";
    if (at == section.bytes.size()) break;
    if (fixup < section.fixups.size() && section.fixups[fixup].offset == at) {
      const Fixup& next = section.fixups[fixup++];
      text += ".b" + std::to_string(8 * next.size_bytes) + " " + next.symbol;
      if (!next.minus.empty()) text += "-" + next.minus;
      text += with_sign(next.addend) + "\n";
      at += static_cast<std::uint64_t>(next.size_bytes);
      continue;
    }
    text += ".b8 " + std::to_string(section.bytes[at++]) + "\n";
  }
  return text + "}\n";
}

}  // namespace

std::string print(const Module& module) {
  std::string text = ".version " + std::to_string(module.version_major) + "." + std::to_string(module.version_minor) +
                     "\n.target " + module.target;
  for (const std::string& option : module.target_options) text += ", " + option;
  text += "\n.address_size " + std::to_string(module.address_size) + "\n";
  for (const std::string& pragma : module.pragmas) text += ".pragma \"" + escaped(pragma) + "\";\n";
  for (const SourceFile& file : module.files)
    text += ".file " + std::to_string(file.number) + " \"" + escaped(file.path) + "\"\n";
  for (const Variable& variable : module.variables) text += declaration(module, variable);
  text += print_functions(module);
  for (const Section& section : module.sections) text += print_section(section);
  return text;
}

std::string print(const Module& module, const Function& function, const Instruction& instruction) {
  return InstructionPrinter(module, function).print(instruction);
}

}  // namespace warpscope::ptx

#include <algorithm>

#include "compute/ptx/lexer.h"
#include "compute/ptx/parser.h"
#include "compute/ptx/print_parts.h"

namespace warpscope::ptx {
namespace {

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
    for (std::size_t i = 0; i <= function_.instructions.size(); ++i) {
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

  // What stands before an instruction. Its labels go to the outermost of the scopes that end or begin here, from which
  // every branch to them sees them.
  void print_marks(int instruction) {
    std::size_t end = next_mark_;
    std::size_t outermost = next_mark_;
    for (int depth = 0, least = 0; end < function_.marks.size() && function_.marks[end].instruction <= instruction;
         ++end) {
      if (function_.marks[end].kind == BodyMark::Kind::kOpen) ++depth;
      if (function_.marks[end].kind == BodyMark::Kind::kClose) --depth;
      if (depth >= least) continue;
      least = depth;
      outermost = end + 1;
    }
    for (; next_mark_ < outermost; ++next_mark_) print_mark(function_.marks[next_mark_]);
    print_labels(instruction);
    for (; next_mark_ < end; ++next_mark_) print_mark(function_.marks[next_mark_]);
  }

  void print_mark(const BodyMark& mark) {
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
      case BodyMark::Kind::kPrototype:
        print_prototype(function_.prototypes[first]);
        break;
      case BodyMark::Kind::kTargets:
        print_targets(function_.target_lists[first]);
        break;
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
  LabelsByInstruction labels_;
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

// Compares two modules in everything but the places in their texts and the names of files.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "compute/ptx/module.h"

namespace warpscope::ptx {

// Where two modules differ first, as "functions[2].instructions[7].operands[0].value"; "" where they are the same.
class ModuleDifference {
 public:
  static std::string between(const Module& a, const Module& b) {
    ModuleDifference difference;
    difference.modules(a, b);
    return difference.found_;
  }

 private:
  template <class Value>
  void value(const char* name, const Value& a, const Value& b) {
    if (found_.empty() && !(a == b)) found_ = path_ + name;
  }

  // Compares two vectors with a member function for their elements.
  template <class Item>
  void items(const char* name, const std::vector<Item>& a, const std::vector<Item>& b,
             void (ModuleDifference::*compare)(const Item&, const Item&)) {
    if (!found_.empty()) return;
    const std::size_t length = path_.size();
    value((std::string(name) + ".size()").c_str(), a.size(), b.size());
    for (std::size_t i = 0; i < std::min(a.size(), b.size()) && found_.empty(); ++i) {
      path_.resize(length);
      path_ += std::string(name) + "[" + std::to_string(i) + "].";
      (this->*compare)(a[i], b[i]);
    }
    path_.resize(length);
  }

  void symbols(const SymbolRef& a, const SymbolRef& b) {
    value("symbol.kind", a.kind, b.kind);
    value("symbol.index", a.index, b.index);
  }

  void operand(const Operand& a, const Operand& b) {
    value("kind", a.kind, b.kind);
    value("base", a.base, b.base);
    value("special", a.special, b.special);
    value("negated", a.negated, b.negated);
    value("reg", a.reg, b.reg);
    value("part", a.part, b.part);
    symbols(a.symbol, b.symbol);
    value("value", a.value, b.value);
    if (!a.list.empty() || !b.list.empty()) items("list", a.list, b.list, &ModuleDifference::operand);
  }

  void instruction(const Instruction& a, const Instruction& b) {
    value("opcode", a.opcode, b.opcode);
    value("name", a.name, b.name);
    value("types", a.types, b.types);
    value("modifiers", a.modifiers, b.modifiers);
    value("space", a.space, b.space);
    value("second_space", a.second_space, b.second_space);
    value("vector_size", a.vector_size, b.vector_size);
    value("guard.reg", a.guard.reg, b.guard.reg);
    value("guard.negated", a.guard.negated, b.guard.negated);
    value("loc", a.loc, b.loc);
    items("operands", a.operands, b.operands, &ModuleDifference::operand);
  }

  void reg(const Register& a, const Register& b) {
    value("name", a.name, b.name);
    value("type", a.type, b.type);
  }

  void relocation(const Relocation& a, const Relocation& b) {
    value("offset", a.offset, b.offset);
    value("size_bytes", a.size_bytes, b.size_bytes);
    symbols(a.symbol, b.symbol);
    value("addend", a.addend, b.addend);
    value("generic", a.generic, b.generic);
    value("shift", a.shift, b.shift);
  }

  void variable(const Variable& a, const Variable& b) {
    value("name", a.name, b.name);
    value("space", a.space, b.space);
    value("type", a.type, b.type);
    value("vector_size", a.vector_size, b.vector_size);
    value("align_bytes", a.align_bytes, b.align_bytes);
    value("dimensions", a.dimensions, b.dimensions);
    value("size_bytes", a.size_bytes, b.size_bytes);
    value("linkage", a.linkage, b.linkage);
    value("is_pointer", a.is_pointer, b.is_pointer);
    value("pointer_space", a.pointer_space, b.pointer_space);
    value("pointer_align_bytes", a.pointer_align_bytes, b.pointer_align_bytes);
    value("is_managed", a.is_managed, b.is_managed);
    value("reg", a.reg, b.reg);
    value("bytes", a.bytes, b.bytes);
    items("relocations", a.relocations, b.relocations, &ModuleDifference::relocation);
    value("properties", a.properties, b.properties);
  }

  void loc(const Loc& a, const Loc& b) {
    value("file", a.file, b.file);
    value("line", a.line, b.line);
    value("column", a.column, b.column);
    value("inlined_at", a.inlined_at, b.inlined_at);
    value("function", a.function, b.function);
  }

  void prototype(const Prototype& a, const Prototype& b) {
    value("name", a.name, b.name);
    items("returns", a.returns, b.returns, &ModuleDifference::variable);
    items("parameters", a.parameters, b.parameters, &ModuleDifference::variable);
    value("noreturn", a.noreturn, b.noreturn);
  }

  void targets(const TargetList& a, const TargetList& b) {
    value("name", a.name, b.name);
    value("instructions", a.instructions, b.instructions);
    value("functions", a.functions, b.functions);
  }

  void mark(const BodyMark& a, const BodyMark& b) {
    value("kind", a.kind, b.kind);
    value("width", a.width, b.width);
    value("instruction", a.instruction, b.instruction);
    value("first", a.first, b.first);
    value("count", a.count, b.count);
  }

  void function(const Function& a, const Function& b) {
    value("name", a.name, b.name);
    value("is_entry", a.is_entry, b.is_entry);
    value("is_declaration", a.is_declaration, b.is_declaration);
    value("noreturn", a.noreturn, b.noreturn);
    value("linkage", a.linkage, b.linkage);
    items("returns", a.returns, b.returns, &ModuleDifference::variable);
    items("parameters", a.parameters, b.parameters, &ModuleDifference::variable);
    items("registers", a.registers, b.registers, &ModuleDifference::reg);
    items("variables", a.variables, b.variables, &ModuleDifference::variable);
    items("instructions", a.instructions, b.instructions, &ModuleDifference::instruction);
    items("marks", a.marks, b.marks, &ModuleDifference::mark);
    value("labels", a.labels, b.labels);
    items("target_lists", a.target_lists, b.target_lists, &ModuleDifference::targets);
    items("prototypes", a.prototypes, b.prototypes, &ModuleDifference::prototype);
    items("locs", a.locs, b.locs, &ModuleDifference::loc);
    value("max_threads", a.max_threads, b.max_threads);
    value("required_threads", a.required_threads, b.required_threads);
    value("min_blocks_per_sm", a.min_blocks_per_sm, b.min_blocks_per_sm);
    value("max_registers", a.max_registers, b.max_registers);
    value("required_cluster", a.required_cluster, b.required_cluster);
    value("max_cluster_rank", a.max_cluster_rank, b.max_cluster_rank);
    value("explicit_cluster", a.explicit_cluster, b.explicit_cluster);
    value("blocks_are_clusters", a.blocks_are_clusters, b.blocks_are_clusters);
    value("alias_of", a.alias_of, b.alias_of);
    value("pragmas", a.pragmas, b.pragmas);
  }

  void fixup(const Fixup& a, const Fixup& b) {
    value("offset", a.offset, b.offset);
    value("size_bytes", a.size_bytes, b.size_bytes);
    value("symbol", a.symbol, b.symbol);
    value("minus", a.minus, b.minus);
    value("addend", a.addend, b.addend);
  }

  void section(const Section& a, const Section& b) {
    value("name", a.name, b.name);
    value("bytes", a.bytes, b.bytes);
    items("fixups", a.fixups, b.fixups, &ModuleDifference::fixup);
    value("labels", a.labels, b.labels);
  }

  void file(const SourceFile& a, const SourceFile& b) {
    value("number", a.number, b.number);
    value("path", a.path, b.path);
  }

  void modules(const Module& a, const Module& b) {
    value("version_major", a.version_major, b.version_major);
    value("version_minor", a.version_minor, b.version_minor);
    value("target", a.target, b.target);
    value("target_options", a.target_options, b.target_options);
    value("address_size", a.address_size, b.address_size);
    value("pragmas", a.pragmas, b.pragmas);
    items("files", a.files, b.files, &ModuleDifference::file);
    items("variables", a.variables, b.variables, &ModuleDifference::variable);
    items("functions", a.functions, b.functions, &ModuleDifference::function);
    items("sections", a.sections, b.sections, &ModuleDifference::section);
  }

  std::string path_;
  std::string found_;
};

inline std::string difference(const Module& a, const Module& b) {
  return ModuleDifference::between(a, b);
}

}  // namespace warpscope::ptx

// Where variables live: location lists, and the names in locations looked up. See debug_reader.h.
#include <fmt/format.h>

#include <algorithm>

#include "compute/ptx/debug_reader.h"

namespace warpscope::ptx {

using dwarf::At;
using dwarf::Attributes;
using dwarf::Expression;
using dwarf::Value;

namespace {

std::uint64_t little_endian(const dwarf::Data& data, const Value& block) {
  dwarf::Cursor cursor(data, block.number, block.number + block.length);
  return cursor.fixed(static_cast<int>(std::min<std::uint64_t>(block.length, 8)));
}

template <class Index>
const Index* find_sorted(const std::vector<std::pair<std::string_view, Index>>& names, std::string_view name) {
  const auto found = std::lower_bound(names.begin(), names.end(), name,
                                      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  return found != names.end() && found->first == name ? &found->second : nullptr;
}

}  // namespace

void DebugInfoReader::read_places(int entry, const Attributes& attributes, const Scope& scope, VariableInfo& variable) {
  const auto add = [&](std::optional<VariablePlace> found) {
    if (!found) return;
    found->lo = scope.lo;
    found->hi = scope.hi;
    variable.places.push_back(std::move(*found));
  };
  if (const Value* constant = attributes.find(At::kConstValue)) {
    VariablePlace always;
    always.kind = VariablePlace::Kind::kConstant;
    always.value = constant->kind == Value::Kind::kBlock ? little_endian(entries_.info(), *constant) : constant->number;
    return add(always);
  }
  const Value* location = attributes.find(At::kLocation);
  if (!location) return;
  if (location->kind != Value::Kind::kBlock) {
    return read_list(entry, dwarf::offset_in(locations_, location->number, location->fixup), attributes, variable);
  }
  if (!budget_.spend(location->length)) return;
  const auto expression = dwarf::read_expression(entries_.info(), location->number, location->number + location->length,
                                                 entries_.unit_of(entry).address_bytes);
  if (!expression) {
    return problems_.add(".debug_info", location->number,
                         fmt::format("variable '{}': {}", variable.name, expression.error().message));
  }
  add(place(*expression, attributes));
}

void DebugInfoReader::read_list(int entry, std::uint64_t offset, const Attributes& attributes, VariableInfo& variable) {
  const int address_bytes = entries_.unit_of(entry).address_bytes;
  dwarf::Cursor cursor(locations_, offset, locations_.size());
  while (cursor.ok() && budget_.spend(8)) {
    const dwarf::Number lo = cursor.number(address_bytes);
    const dwarf::Number hi = cursor.number(address_bytes);
    if (!lo.fixup && !hi.fixup && lo.value == 0 && hi.value == 0) break;
    const std::uint64_t length = cursor.fixed(2);
    const std::uint64_t begin = cursor.position();
    cursor.skip(length);
    if (!cursor.ok()) break;
    const int from = pc_of(lo.fixup);
    const int to = pc_of(hi.fixup);
    if (from < 0 || to < 0) {
      problems_.add(".debug_loc", begin,
                    fmt::format("a place of '{}' is not between labels of its function", variable.name));
      continue;
    }
    if (from >= to || !budget_.spend(length)) continue;  // between two labels that no instruction separates
    const auto expression = dwarf::read_expression(locations_, begin, begin + length, address_bytes);
    if (!expression) {
      problems_.add(".debug_loc", begin, fmt::format("variable '{}': {}", variable.name, expression.error().message));
      continue;
    }
    if (auto found = place(*expression, attributes)) {
      found->lo = from;
      found->hi = to;
      variable.places.push_back(std::move(*found));
    }
  }
  if (!cursor.ok()) {
    problems_.add(".debug_loc", offset, fmt::format("the list of places of '{}' does not end properly", variable.name));
  }
}

std::optional<VariablePlace> DebugInfoReader::place(const Expression& expression, const Attributes& attributes) {
  VariablePlace result;
  switch (expression.kind) {
    case Expression::Kind::kNowhere:
      return std::nullopt;
    case Expression::Kind::kConstant:
      result.kind = VariablePlace::Kind::kConstant;
      result.value = expression.value;
      return result;
    case Expression::Kind::kRegister:
      result.reg = find_register(expression.name);
      result.space = Space::kReg;
      break;
    case Expression::Kind::kBased:
      result.kind = VariablePlace::Kind::kBased;
      result.reg = find_register(expression.name);
      result.space = dwarf::space_of_class(attributes.number(At::kAddressClass));
      result.offset = expression.offset;
      // %SPL is the depot's address in .local; %SP the same as a generic address, whatever the class says.
      if (expression.name == "%SP") result.space = Space::kGeneric;
      if (expression.name == "%SPL") result.space = Space::kLocal;
      break;
    case Expression::Kind::kSymbol:
      return place_at_symbol(expression, dwarf::space_of_class(attributes.number(At::kAddressClass)));
    case Expression::Kind::kFrame:
      return place_in_frame(expression);
    case Expression::Kind::kPieces:
      return place_in_pieces(expression);
  }
  if (result.reg < 0) return std::nullopt;
  return result;
}

// The frame of a function that needs one is its __local_depot.
std::optional<VariablePlace> DebugInfoReader::place_in_frame(const Expression& expression) {
  Expression base = frame_base_;
  base.offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(base.offset) +
                                          static_cast<std::uint64_t>(expression.offset));
  if (base.kind == Expression::Kind::kRegister) base.kind = Expression::Kind::kBased;
  if (base.kind == Expression::Kind::kBased || base.kind == Expression::Kind::kSymbol) return place(base, {});
  if (function_ < 0) return std::nullopt;
  const auto& variables = current().variables;
  const auto depot = std::find_if(variables.begin(), variables.end(), [](const Variable& variable) {
    return variable.name.compare(0, 13, "__local_depot") == 0;
  });
  if (depot == variables.end()) {
    problems_.add(fmt::format("a variable of '{}' lives in its frame, but it has no __local_depot", current().name));
    return std::nullopt;
  }
  base.name = depot->name;
  return place_at_symbol(base, Space::kLocal);
}

std::optional<VariablePlace> DebugInfoReader::place_at_symbol(const Expression& expression, Space space) {
  const std::optional<SymbolRef> symbol = find_symbol(expression.name);
  if (!symbol) {
    problems_.add(fmt::format("a variable lives at '{}', which the module does not declare", expression.name));
    return std::nullopt;
  }
  VariablePlace result;
  result.kind = VariablePlace::Kind::kMemory;
  result.symbol = *symbol;
  result.offset = expression.offset;
  result.space = space;
  const auto index = static_cast<std::size_t>(symbol->index);
  if (symbol->kind == SymbolKind::kParameter) {
    result.kind = VariablePlace::Kind::kParameter;
    result.space = Space::kParam;
  } else if (symbol->kind == SymbolKind::kModuleVariable) {
    result.space = module_.variables[index].space;
  } else if (symbol->kind == SymbolKind::kFunctionVariable) {
    result.space = current().variables[index].space;
  }
  return result;
}

std::optional<VariablePlace> DebugInfoReader::place_in_pieces(const Expression& expression) {
  VariablePlace result;
  bool any = false;
  for (const auto& [name, bytes] : expression.pieces) {
    const int reg = name.empty() ? -1 : find_register(name);
    any |= reg >= 0;
    result.pieces.push_back({reg, bytes});
  }
  if (!any) return std::nullopt;
  result.space = Space::kReg;
  result.reg = result.pieces.front().reg;
  return result;
}

const DebugInfoReader::Names& DebugInfoReader::names_of(int function) {
  const auto [place, is_new] = names_.try_emplace(function);
  Names& names = place->second;
  if (!is_new) return names;
  const Function& f = module_.functions[static_cast<std::size_t>(function)];
  for (std::size_t i = 0; i < f.registers.size(); ++i) {
    names.registers.emplace_back(f.registers[i].name, static_cast<int>(i));
  }
  const auto add = [&](const std::vector<Variable>& variables, SymbolKind kind) {
    for (std::size_t i = 0; i < variables.size(); ++i) {
      names.symbols.emplace_back(variables[i].name, SymbolRef{kind, static_cast<int>(i)});
    }
  };
  add(f.parameters, SymbolKind::kParameter);
  add(f.returns, SymbolKind::kReturn);
  add(f.variables, SymbolKind::kFunctionVariable);
  // Registers of inner braces may bear a name again; variables live in the function's own, which come first: stable.
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(names.registers.begin(), names.registers.end(), by_name);
  std::stable_sort(names.symbols.begin(), names.symbols.end(), by_name);
  return names;
}

int DebugInfoReader::find_register(std::string_view name) {
  if (function_ >= 0) {
    if (const int* found = find_sorted(names_of(function_).registers, name)) return *found;
    problems_.add(
        fmt::format("a variable of '{}' lives in register '{}', which is not declared there", current().name, name));
  }
  return -1;
}

std::optional<SymbolRef> DebugInfoReader::find_symbol(std::string_view name) {
  if (function_ >= 0) {
    if (const SymbolRef* own = find_sorted(names_of(function_).symbols, name)) return *own;
  }
  const auto found = module_variables_.find(name);
  if (found != module_variables_.end()) return SymbolRef{SymbolKind::kModuleVariable, found->second};
  const auto function = functions_.find(name);
  if (function != functions_.end()) return SymbolRef{SymbolKind::kFunction, function->second};
  return std::nullopt;
}

}  // namespace warpscope::ptx

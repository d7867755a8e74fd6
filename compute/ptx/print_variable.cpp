#include <algorithm>
#include <cstdio>

#include "compute/ptx/print_parts.h"

namespace warpscope::ptx {
namespace {

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

}  // namespace

std::string hex(std::uint64_t value, int digits) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string with_sign(std::int64_t value) {
  if (value == 0) return "";
  return "+" + std::to_string(value);
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

}  // namespace warpscope::ptx

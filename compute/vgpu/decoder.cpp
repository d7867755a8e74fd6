#include "compute/vgpu/decoder.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "compute/vgpu/address_space.h"

namespace warpscope::vgpu {
namespace {

using ptx::Operand;
using ptx::OperandKind;
using ptx::Space;
using ptx::SymbolKind;
using ptx::Type;

constexpr std::uint32_t kRowAlignment = 64;

std::uint32_t row_size(int bytes) {
  return bytes == 0 ? 4U : static_cast<std::uint32_t>(bytes * base::kWarpSize);
}

// Bits of the nearest number with `mantissa` explicit bits and an exponent of `exponent` bits, ties to even.
std::uint64_t narrow_float(double value, int exponent, int mantissa) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t sign = bits >> 63 << (exponent + mantissa);
  const std::uint64_t infinity = ((1ULL << exponent) - 1) << mantissa;
  if (std::isnan(value)) return sign | infinity | (1ULL << (mantissa - 1));
  const int bias = (1 << (exponent - 1)) - 1;
  const double size = std::abs(value);
  if (size == 0) return sign;
  // In units of the last place of its binade (or of the subnormals), rint() rounds ties to even.
  const int power = std::max(std::ilogb(size), 1 - bias);
  const double units = std::isinf(size) ? 0 : std::rint(std::ldexp(size, mantissa - power));
  if (std::isinf(size) || power > bias) return sign | infinity;
  const auto whole = static_cast<std::uint64_t>(units);
  // A carry out of the mantissa moves into the exponent by itself; subnormals have no hidden bit.
  const std::uint64_t hidden = 1ULL << mantissa;
  if (whole < hidden) return sign | whole;
  const std::uint64_t result = (static_cast<std::uint64_t>(power + bias) << mantissa) + (whole - hidden);
  return sign | std::min(result, infinity);
}

std::uint64_t float_bits(double value, Type type) {
  switch (type) {
    case Type::kF16:
      return narrow_float(value, 5, 10);
    case Type::kBF16:
      return narrow_float(value, 8, 7);
    case Type::kF32:
    case Type::kTF32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    default:
      return std::bit_cast<std::uint64_t>(value);
  }
}

// An immediate as the bits of a type.
std::uint64_t immediate_bits(const Operand& operand, Type type) {
  const auto bits = static_cast<std::uint64_t>(operand.value);
  const bool scalar_float = type == Type::kF16 || type == Type::kBF16 || type == Type::kF32 || type == Type::kF64;
  if (type == Type::kPred) return bits != 0 ? 1 : 0;
  if (operand.kind == OperandKind::kFloat64 && scalar_float) return float_bits(std::bit_cast<double>(bits), type);
  if (operand.kind == OperandKind::kFloat64 && ptx::bits_of(type) == 32) {
    return std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(bits)));
  }
  if (operand.kind == OperandKind::kFloat32 && scalar_float) {
    return float_bits(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits))), type);
  }
  if (operand.kind == OperandKind::kInteger && scalar_float)
    return float_bits(static_cast<double>(operand.value), type);
  const int width = ptx::bits_of(type);
  return width >= 64 ? bits : bits & ((1ULL << width) - 1);
}

int row_bytes_of(Type type) {
  if (type == Type::kPred) return 0;
  return std::max(2, ptx::bits_of(type) / 8);
}

}  // namespace

Decoder::Decoder(Program& program, ConstantPool& pool, int function)
    : program_(program),
      pool_(pool),
      code_(program.functions[static_cast<std::size_t>(function)]),
      source_(program.module->functions[static_cast<std::size_t>(code_.source)]) {}

int Decoder::row_bytes(const Operand& operand, Type type) const {
  switch (operand.kind) {
    case OperandKind::kRegister:
      return row_bytes_of(source_.registers[static_cast<std::size_t>(operand.reg)].type);
    case OperandKind::kSpecial:
      return row_bytes_of(ptx::type_of(operand.special));
    default:
      return row_bytes_of(type);
  }
}

std::uint32_t Decoder::new_constant_row(std::uint32_t bytes) {
  const std::uint32_t offset = program_.constant_bytes;
  program_.constant_bytes += (bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  return offset;
}

std::uint32_t Decoder::new_frame_row(std::uint32_t bytes) {
  const std::uint32_t offset = code_.frame_bytes;
  code_.frame_bytes += (bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  return offset;
}

RowRef Decoder::constant_row(std::uint64_t bits, int bytes, bool dynamic_shared) {
  const auto [place, is_new] = pool_.constants.try_emplace({bits, bytes, dynamic_shared}, program_.constant_bytes);
  if (is_new) {
    new_constant_row(row_size(bytes));
    program_.constants.push_back({place->second, static_cast<std::uint8_t>(bytes), bits, dynamic_shared});
  }
  return {place->second, false};
}

RowRef Decoder::constant(std::uint64_t bits, int bytes) {
  return constant_row(bits, bytes, false);
}

RowRef Decoder::special(ptx::SpecialRegister special) {
  const auto [place, is_new] = pool_.specials.try_emplace(special, program_.constant_bytes);
  if (is_new) {
    new_constant_row(row_size(ptx::bytes_of(ptx::type_of(special))));
    program_.specials.push_back({place->second, special});
  }
  return {place->second, false};
}

RowRef Decoder::carry() {
  if (!carry_) carry_ = RowRef(new_frame_row(4), true);
  return *carry_;
}

RowRef Decoder::scratch() {
  if (!scratch_) scratch_ = RowRef(new_frame_row(row_size(16)), true);
  return *scratch_;
}

RowRef Decoder::destination(const Operand& operand) {
  return operand.kind == OperandKind::kRegister ? code_.registers[static_cast<std::size_t>(operand.reg)] : scratch();
}

RowRef Decoder::source(const Operand& operand, Type type) {
  switch (operand.kind) {
    case OperandKind::kRegister:
      return code_.registers[static_cast<std::size_t>(operand.reg)];
    case OperandKind::kSpecial:
      return special(operand.special);
    case OperandKind::kSymbol:
    case OperandKind::kAddress: {
      const int bytes = type == Type::kNone ? 8 : std::max(4, row_bytes_of(type));
      const bool fixed = operand.kind == OperandKind::kAddress && operand.base != ptx::AddressBase::kSymbol;
      const std::uint64_t address =
          (fixed ? 0 : symbol_address(operand.symbol)) + static_cast<std::uint64_t>(operand.value);
      const std::uint64_t bits = bytes == 8 ? address : address & 0xffff'ffffU;
      return constant_row(bits, bytes, !fixed && is_dynamic_shared(operand.symbol));
    }
    case OperandKind::kSink:
      return constant(0, row_bytes_of(type));
    default:
      return constant(immediate_bits(operand, type), row_bytes_of(type));
  }
}

std::uint32_t Decoder::add_list(std::span<const RowRef> rows) {
  const auto begin = static_cast<std::uint32_t>(program_.lists.size());
  program_.lists.insert(program_.lists.end(), rows.begin(), rows.end());
  return begin;
}

const ptx::Variable* Decoder::variable(const ptx::SymbolRef& symbol) const {
  const auto index = static_cast<std::size_t>(symbol.index);
  switch (symbol.kind) {
    case SymbolKind::kModuleVariable:
      return &program_.module->variables[index];
    case SymbolKind::kFunctionVariable:
      return &source_.variables[index];
    case SymbolKind::kParameter:
      return &source_.parameters[index];
    case SymbolKind::kReturn:
      return &source_.returns[index];
    case SymbolKind::kFunction:
      break;
  }
  return nullptr;
}

bool Decoder::is_dynamic_shared(const ptx::SymbolRef& symbol) const {
  const ptx::Variable* v = variable(symbol);
  return v != nullptr && v->space == Space::kShared && v->size_bytes == 0;
}

bool Decoder::is_local_symbol(const Operand& operand) const {
  if (operand.kind != OperandKind::kSymbol &&
      (operand.kind != OperandKind::kAddress || operand.base != ptx::AddressBase::kSymbol)) {
    return false;
  }
  switch (operand.symbol.kind) {
    case SymbolKind::kParameter:
      return !source_.is_entry;
    case SymbolKind::kReturn:
      return true;
    case SymbolKind::kFunctionVariable: {
      const Space space = variable(operand.symbol)->space;
      return space == Space::kLocal || space == Space::kParam || space == Space::kParamFunc;
    }
    default:
      return false;
  }
}

std::uint64_t Decoder::symbol_address(const ptx::SymbolRef& symbol) const {
  const auto index = static_cast<std::size_t>(symbol.index);
  switch (symbol.kind) {
    case SymbolKind::kModuleVariable:
      return program_.variable_addresses[index];
    case SymbolKind::kFunctionVariable:
      return code_.variable_offsets[index];
    case SymbolKind::kParameter:
      return code_.parameter_offsets[index];
    case SymbolKind::kReturn:
      return code_.return_offsets[index];
    case SymbolKind::kFunction:
      return kCodeBase + 16 * index;
  }
  return 0;
}

Decoder::AddressParts Decoder::address(const Operand& operand, Space) {
  AddressParts parts;
  parts.offset = operand.value;
  if (operand.kind == OperandKind::kAddress && operand.base == ptx::AddressBase::kRegister) {
    parts.base = code_.registers[static_cast<std::size_t>(operand.reg)];
    parts.base_bytes = row_bytes_of(source_.registers[static_cast<std::size_t>(operand.reg)].type);
    return parts;
  }
  if (operand.kind == OperandKind::kAddress && operand.base == ptx::AddressBase::kAbsolute) return parts;
  if (is_dynamic_shared(operand.symbol)) {
    parts.base = constant_row(0, 4, true);
    parts.base_bytes = 4;
    return parts;
  }
  parts.offset += static_cast<std::int64_t>(symbol_address(operand.symbol));
  parts.frame_relative = is_local_symbol(operand);
  parts.parameter = operand.symbol.kind == SymbolKind::kParameter && source_.is_entry;
  return parts;
}

void Decoder::refuse(const ptx::Instruction& instruction, std::string why) {
  code_.refused.push_back({fmt::format("'{}' is not supported by the virtual GPU: {}", instruction.name, why),
                           {program_.module->file, instruction.where.line, instruction.where.column}});
}

}  // namespace warpscope::vgpu

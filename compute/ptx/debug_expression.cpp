// Location expressions: see debug_expression.h.
// Source: DWARF 5, section 2.5. PTX has no register numbers: DW_OP_regx is followed by the register's name, its ASCII
// characters as one big-endian number, in ULEB128 ("%f1" is 0x256631).
#include "compute/ptx/debug_expression.h"

#include <fmt/format.h>

#include <algorithm>

namespace warpscope::ptx::dwarf {

namespace {

using Kind = Expression::Kind;

constexpr int kMaxNameBits = 64 * 8;
constexpr std::size_t kMaxStack = 16;
constexpr std::size_t kMaxPieces = 64;

enum Op : std::uint8_t {
  kOpAddr = 0x03,
  kOpConst1u = 0x08,
  kOpConst8s = 0x0f,
  kOpConstu = 0x10,
  kOpConsts = 0x11,
  kOpMinus = 0x1c,
  kOpPlus = 0x22,
  kOpPlusUconst = 0x23,
  kOpLit0 = 0x30,
  kOpLit31 = 0x4f,
  kOpRegx = 0x90,
  kOpFbreg = 0x91,
  kOpBregx = 0x92,
  kOpPiece = 0x93,
  kOpNop = 0x96,
  kOpCallFrameCfa = 0x9c,
  kOpImplicitValue = 0x9e,
  kOpStackValue = 0x9f,
};

// A ULEB128 number of any length, read as characters.
std::string register_name(Cursor& cursor) {
  std::vector<std::uint8_t> bytes;  // least significant first
  unsigned pending = 0;
  int pending_bits = 0;
  for (int bits = 0; bits < kMaxNameBits; bits += 7) {
    const auto byte = static_cast<unsigned>(cursor.fixed(1));
    pending |= (byte & 0x7fU) << pending_bits;
    pending_bits += 7;
    if (pending_bits >= 8) {
      bytes.push_back(static_cast<std::uint8_t>(pending & 0xffU));
      pending >>= 8;
      pending_bits -= 8;
    }
    if ((byte & 0x80U) == 0) {
      if (pending != 0) bytes.push_back(static_cast<std::uint8_t>(pending));
      while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
      return {bytes.rbegin(), bytes.rend()};
    }
  }
  cursor.fail();
  return {};
}

Expression term(Kind kind, std::string name, std::int64_t offset) {
  Expression result;
  result.kind = kind;
  result.name = std::move(name);
  result.offset = offset;
  return result;
}

Expression constant(std::uint64_t value) {
  Expression result;
  result.kind = Kind::kConstant;
  result.value = value;
  return result;
}

class Machine {
 public:
  Machine(Cursor& cursor, int address_bytes) : cursor_(cursor), address_bytes_(address_bytes) {}

  base::Result<Expression> run() {
    if (cursor_.at_end()) return Expression{};
    while (cursor_.ok() && !cursor_.at_end()) {
      const std::uint64_t at = cursor_.position();
      const auto op = static_cast<std::uint8_t>(cursor_.fixed(1));
      if (!step(op)) {
        return base::fail(fmt::format("operation {:#04x} at {:#x} of a location is not understood", op, at));
      }
    }
    if (!cursor_.ok()) return base::fail("a location ends in the middle of an operation");
    if (!pieces_.empty()) {
      Expression result;
      result.kind = Kind::kPieces;
      result.pieces = std::move(pieces_);
      return result;
    }
    if (stack_.size() != 1) return base::fail(fmt::format("a location leaves {} values, not one", stack_.size()));
    // A bare number would be an absolute address, which PTX does not have.
    if (stack_.back().kind == Kind::kConstant && !is_value_) return base::fail("a location is an absolute address");
    if (stack_.back().kind != Kind::kConstant && is_value_) {
      return base::fail("a variable's value is computed from a register; only constants are understood there");
    }
    return std::move(stack_.back());
  }

 private:
  bool push(Expression expression) {
    if (stack_.size() >= kMaxStack) return false;
    stack_.push_back(std::move(expression));
    return true;
  }

  bool step(std::uint8_t op) {
    if (op >= kOpLit0 && op <= kOpLit31) return push(constant(op - kOpLit0));
    if (op >= kOpConst1u && op <= kOpConst8s) return push(constant(fixed_constant(op)));
    switch (op) {
      case kOpNop:
        return true;
      case kOpAddr:
        return address();
      case kOpConstu:
        return push(constant(cursor_.uleb()));
      case kOpConsts:
        return push(constant(static_cast<std::uint64_t>(cursor_.sleb())));
      case kOpPlusUconst:
        return add(cursor_.uleb());
      case kOpPlus:
      case kOpMinus:
        return combine(op == kOpMinus);
      case kOpRegx:
        return push(term(Kind::kRegister, register_name(cursor_), 0));
      case kOpBregx: {
        std::string name = register_name(cursor_);
        return push(term(Kind::kBased, std::move(name), cursor_.sleb()));
      }
      case kOpFbreg:
        return push(term(Kind::kFrame, {}, cursor_.sleb()));
      case kOpCallFrameCfa:
        return push(term(Kind::kFrame, {}, 0));
      case kOpPiece:
        return piece();
      case kOpImplicitValue:
        return implicit();
      case kOpStackValue:
        is_value_ = true;
        return !stack_.empty();
      default:
        return false;
    }
  }

  // 1, 2, 4 or 8 bytes, unsigned and signed in turns.
  std::uint64_t fixed_constant(std::uint8_t op) {
    const int bytes = 1 << ((op - kOpConst1u) / 2);
    const std::uint64_t value = cursor_.fixed(bytes);
    const bool is_signed = (op - kOpConst1u) % 2 == 1;
    if (!is_signed || bytes == 8 || (value >> (8 * bytes - 1) & 1U) == 0) return value;
    return value | ~std::uint64_t{0} << (8 * bytes);
  }

  bool address() {
    const Number number = cursor_.number(address_bytes_);
    if (!number.fixup) return push(constant(number.value));
    return push(term(Kind::kSymbol, number.fixup->symbol, number.fixup->addend));
  }

  bool add(std::uint64_t value) {
    if (stack_.empty() || stack_.back().kind == Kind::kRegister) return false;
    Expression& top = stack_.back();
    if (top.kind == Kind::kConstant) {
      top.value += value;
    } else {
      top.offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(top.offset) + value);  // wraps, as in DWARF
    }
    return true;
  }

  bool combine(bool subtract) {
    if (stack_.size() < 2) return false;
    Expression right = std::move(stack_.back());
    stack_.pop_back();
    if (right.kind != Kind::kConstant && stack_.back().kind == Kind::kConstant && !subtract) {
      std::swap(right, stack_.back());
    }
    return right.kind == Kind::kConstant && add(subtract ? 0 - right.value : right.value);
  }

  bool piece() {
    const auto bytes = static_cast<int>(std::min<std::uint64_t>(cursor_.uleb(), 1U << 20));
    if (pieces_.size() >= kMaxPieces) return false;
    std::string name;
    if (!stack_.empty()) {
      if (stack_.back().kind != Kind::kRegister) return false;
      name = std::move(stack_.back().name);
      stack_.pop_back();
    }
    pieces_.emplace_back(std::move(name), bytes);
    return true;
  }

  bool implicit() {
    const std::uint64_t length = cursor_.uleb();
    if (length == 0 || length > 8) return false;
    is_value_ = true;
    return push(constant(cursor_.fixed(static_cast<int>(length))));
  }

  Cursor& cursor_;
  int address_bytes_;
  std::vector<Expression> stack_;
  std::vector<std::pair<std::string, int>> pieces_;
  bool is_value_ = false;
};

}  // namespace

base::Result<Expression> read_expression(const Data& data, std::uint64_t begin, std::uint64_t end, int address_bytes) {
  Cursor cursor(data, begin, end);
  return Machine(cursor, address_bytes).run();
}

}  // namespace warpscope::ptx::dwarf

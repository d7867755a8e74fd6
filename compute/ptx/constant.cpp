#include "compute/ptx/constant.h"

#include <array>
#include <bit>
#include <string>

#include "compute/base/launch_types.h"

namespace warpscope::ptx {
namespace {

using Kind = Constant::Kind;

struct BinaryOperator {
  Mark mark;
  int strength;  // binds tighter than those with less
};

constexpr std::array kBinaryOperators = {
    BinaryOperator{mark("*"), 10}, BinaryOperator{mark("/"), 10}, BinaryOperator{mark("%"), 10},
    BinaryOperator{mark("+"), 9},  BinaryOperator{mark("-"), 9},  BinaryOperator{mark("<<"), 8},
    BinaryOperator{mark(">>"), 8}, BinaryOperator{mark("<"), 7},  BinaryOperator{mark(">"), 7},
    BinaryOperator{mark("<="), 7}, BinaryOperator{mark(">="), 7}, BinaryOperator{mark("=="), 6},
    BinaryOperator{mark("!="), 6}, BinaryOperator{mark("&"), 5},  BinaryOperator{mark("^"), 4},
    BinaryOperator{mark("|"), 3},  BinaryOperator{mark("&&"), 2}, BinaryOperator{mark("||"), 1},
};

int strength_of(const Token& token) {
  for (const BinaryOperator& candidate : kBinaryOperators) {
    if (candidate.mark == token.mark) return candidate.strength;
  }
  return 0;
}

Constant truth(bool value) {
  return {Kind::kSigned, value ? 1U : 0U};
}

Constant number(double value) {
  return {Kind::kFloat64, std::bit_cast<std::uint64_t>(value)};
}

bool is_true(const Constant& value) {
  return value.is_float() ? value.as_double() != 0 : value.bits != 0;
}

template <class Number>
std::optional<bool> compared(Mark op, Number a, Number b) {
  switch (op) {
    case mark("<"):
      return a < b;
    case mark(">"):
      return a > b;
    case mark("<="):
      return a <= b;
    case mark(">="):
      return a >= b;
    case mark("=="):
      return a == b;
    case mark("!="):
      return a != b;
    default:
      return std::nullopt;
  }
}

std::optional<Constant> fold_floats(Mark op, double a, double b) {
  if (const auto truth_value = compared(op, a, b)) return truth(*truth_value);
  switch (op) {
    case mark("+"):
      return number(a + b);
    case mark("-"):
      return number(a - b);
    case mark("*"):
      return number(a * b);
    case mark("/"):
      return number(a / b);
    case mark("&&"):
      return truth(a != 0 && b != 0);
    case mark("||"):
      return truth(a != 0 || b != 0);
    default:
      return std::nullopt;
  }
}

// Shifts by 64 and more move everything out.
std::uint64_t shifted(Mark op, const Constant& a, std::uint64_t count) {
  const bool negative = a.kind == Kind::kSigned && static_cast<std::int64_t>(a.bits) < 0;
  if (op == mark("<<")) return count > 63 ? 0 : a.bits << count;
  if (!negative) return count > 63 ? 0 : a.bits >> count;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(a.bits) >> (count > 63 ? 63 : count));
}

// b is not 0. The one quotient that does not fit, of the smallest number by -1, wraps.
std::uint64_t divided(Mark op, std::uint64_t a, std::uint64_t b, bool is_signed) {
  const bool quotient = op == mark("/");
  if (!is_signed) return quotient ? a / b : a % b;
  if (b == ~std::uint64_t{0}) return quotient ? 0 - a : 0;
  const auto dividend = static_cast<std::int64_t>(a);
  const auto divisor = static_cast<std::int64_t>(b);
  return static_cast<std::uint64_t>(quotient ? dividend / divisor : dividend % divisor);
}

Constant fold_integers(Mark op, const Constant& left, const Constant& right) {
  const bool is_signed = left.kind == Kind::kSigned && right.kind == Kind::kSigned;
  const Kind kind = is_signed ? Kind::kSigned : Kind::kUnsigned;
  const std::uint64_t a = left.bits;
  const std::uint64_t b = right.bits;
  const auto order =
      is_signed ? compared(op, static_cast<std::int64_t>(a), static_cast<std::int64_t>(b)) : compared(op, a, b);
  if (order) return truth(*order);
  switch (op) {
    case mark("+"):
      return {kind, a + b};
    case mark("-"):
      return {kind, a - b};
    case mark("*"):
      return {kind, a * b};
    case mark("/"):
    case mark("%"):
      return {kind, divided(op, a, b, is_signed)};
    case mark("<<"):
    case mark(">>"):
      return {left.kind, shifted(op, left, b)};
    case mark("&"):
      return {kind, a & b};
    case mark("^"):
      return {kind, a ^ b};
    case mark("|"):
      return {kind, a | b};
    case mark("&&"):
      return truth(a != 0 && b != 0);
    default:
      return truth(a != 0 || b != 0);  // ||
  }
}

std::optional<Constant> fold(Reader& reader, const Token& op, const Constant& a, const Constant& b) {
  if (a.is_float() || b.is_float()) {
    const auto folded = fold_floats(op.mark, a.as_double(), b.as_double());
    if (!folded) reader.error(op.where, "the operator " + described(op) + " needs integers on both sides");
    return folded;
  }
  if ((op.mark == mark("/") || op.mark == mark("%")) && b.bits == 0) {
    reader.error(op.where, "a division by zero in a constant expression");
    return std::nullopt;
  }
  return fold_integers(op.mark, a, b);
}

std::optional<Constant> parse_unary(Reader& reader);
std::optional<Constant> parse_conditional(Reader& reader);

std::optional<Constant> apply_unary(Reader& reader, const Token& op) {
  if (!reader.enter(op.where)) return std::nullopt;
  auto value = parse_unary(reader);
  reader.leave();
  if (!value || op.mark == mark("+")) return value;
  if (op.mark == mark("!")) return truth(!is_true(*value));
  if (op.mark == mark("-")) {
    if (value->kind == Kind::kFloat32) return Constant{Kind::kFloat32, value->bits ^ 0x8000'0000U};
    if (value->kind == Kind::kFloat64) return Constant{Kind::kFloat64, value->bits ^ 0x8000'0000'0000'0000U};
    return Constant{value->kind, 0 - value->bits};
  }
  if (value->is_float()) {
    reader.error(op.where, "the operator '~' needs an integer");
    return std::nullopt;
  }
  return Constant{value->kind, ~value->bits};
}

// Behind "(": a cast to .s64 or .u64 with its operand, or an expression and ")".
std::optional<Constant> parse_parenthesis(Reader& reader) {
  if (reader.at_directive("s64") || reader.at_directive("u64")) {
    const Token type = reader.take();
    if (!reader.expect(mark(")"), "')' after the type of a cast")) return std::nullopt;
    auto value = parse_unary(reader);
    if (!value) return value;
    if (value->is_float()) {
      reader.error(type.where, "a cast in a constant expression needs an integer");
      return std::nullopt;
    }
    value->kind = type.text == "s64" ? Kind::kSigned : Kind::kUnsigned;
    return value;
  }
  const auto value = parse_conditional(reader);
  if (value && !reader.expect(mark(")"), "')' to end a constant expression in parentheses")) return std::nullopt;
  return value;
}

std::optional<Constant> parse_unary(Reader& reader) {
  const Token& next = reader.peek();
  switch (next.kind) {
    case TokenKind::kInteger: {
      const Token token = reader.take();
      return Constant{token.is_unsigned ? Kind::kUnsigned : Kind::kSigned, token.value};
    }
    case TokenKind::kFloat32:
      return Constant{Kind::kFloat32, reader.take().value};
    case TokenKind::kFloat64:
      return Constant{Kind::kFloat64, reader.take().value};
    default:
      break;
  }
  if (reader.accept_word("WARP_SZ")) return Constant{Kind::kSigned, base::kWarpSize};
  if (next.mark == mark("+") || next.mark == mark("-") || next.mark == mark("!") || next.mark == mark("~")) {
    return apply_unary(reader, reader.take());
  }
  if (next.mark != mark("(")) {
    reader.unexpected("a constant");
    return std::nullopt;
  }
  if (!reader.enter(reader.take().where)) return std::nullopt;
  const auto value = parse_parenthesis(reader);
  reader.leave();
  return value;
}

// Everything behind `left` that binds at least as tightly as `least`.
std::optional<Constant> parse_binary(Reader& reader, std::optional<Constant> left, int least) {
  while (left) {
    const int strength = strength_of(reader.peek());
    if (strength == 0 || strength < least) return left;
    const Token op = reader.take();
    const auto right = parse_binary(reader, parse_unary(reader), strength + 1);
    if (!right) return std::nullopt;
    left = fold(reader, op, *left, *right);
  }
  return left;
}

std::optional<Constant> parse_choice(Reader& reader, std::optional<Constant> condition) {
  if (!condition || !reader.at(mark("?"))) return condition;
  if (!reader.enter(reader.take().where)) return std::nullopt;
  const auto yes = parse_conditional(reader);
  const bool colon = yes && reader.expect(mark(":"), "':' of a conditional expression");
  const auto no = colon ? parse_conditional(reader) : std::nullopt;
  reader.leave();
  if (!no) return std::nullopt;
  return is_true(*condition) ? yes : no;
}

std::optional<Constant> parse_conditional(Reader& reader) {
  return parse_choice(reader, parse_binary(reader, parse_unary(reader), 1));
}

}  // namespace

double Constant::as_double() const {
  switch (kind) {
    case Kind::kSigned:
      return static_cast<double>(static_cast<std::int64_t>(bits));
    case Kind::kUnsigned:
      return static_cast<double>(bits);
    case Kind::kFloat32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case Kind::kFloat64:
      return std::bit_cast<double>(bits);
  }
  return 0;
}

std::optional<Constant> parse_constant(Reader& reader) {
  return parse_conditional(reader);
}

std::optional<Constant> parse_constant_after(Reader& reader, const Token& unary_operator) {
  return parse_choice(reader, parse_binary(reader, apply_unary(reader, unary_operator), 1));
}

bool at_constant(Reader& reader) {
  const Token& next = reader.peek();
  return next.kind == TokenKind::kInteger || next.kind == TokenKind::kFloat32 || next.kind == TokenKind::kFloat64 ||
         next.mark == mark("(") || next.mark == mark("~") || reader.at_word("WARP_SZ");
}

}  // namespace warpscope::ptx

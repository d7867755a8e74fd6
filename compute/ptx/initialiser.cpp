// ptx/initialiser.cpp: "= {1, {2, 3}, generic(x) + 4, 0xff00(y)}" -> bytes and relocations.
#include <bit>
#include <cstring>

#include "compute/ptx/constant.h"
#include "compute/ptx/declarations.h"

namespace warpscope::ptx {
namespace {

class Initialiser {
 public:
  Initialiser(ModuleContext& context, Declared& declared)
      : context_(context), reader_(context.reader), declared_(declared), variable_(declared.variable) {}

  bool parse() {
    if (variable_.type >= Type::kTexref) return parse_properties();
    measure_levels();
    if (!reader_.at(mark("{"))) {
      return levels_.empty() ? parse_scalar() : reader_.unexpected("'{' before the initial values of an array");
    }
    if (levels_.empty()) levels_.push_back(1);
    if (!parse_braces(0)) return false;
    if (unsized_) variable_.dimensions[0] = (cursor_ + row_ - 1) / row_;
    return true;
  }

 private:
  // levels_[0]: scalars of the whole variable, levels_[1]: of one row of it, and so on; a vector is the last row.
  void measure_levels() {
    std::uint64_t scalars = 1;
    std::vector<std::uint64_t> reversed;
    if (variable_.vector_size > 1) reversed.push_back(scalars = static_cast<std::uint64_t>(variable_.vector_size));
    for (std::size_t i = variable_.dimensions.size(); i-- > 0;) {
      row_ = scalars;
      const std::uint64_t count = variable_.dimensions[i];
      unsized_ = i == 0 && count == 0;
      const bool fits = count == 0 || scalars <= ~std::uint64_t{0} / count;
      scalars = unsized_ || !fits ? ~std::uint64_t{0} : scalars * count;
      reversed.push_back(scalars);
    }
    levels_.assign(reversed.rbegin(), reversed.rend());
    if (row_ == 0) row_ = 1;
  }

  bool parse_braces(std::size_t level) {
    reader_.take();
    reader_.brace_opened();
    const std::uint64_t begin = cursor_;
    while (!reader_.at(mark("}"))) {
      if (cursor_ - begin >= levels_[level]) {
        return reader_.error(reader_.peek().where, "more initial values than '" + variable_.name + "' has room for: " +
                                                       std::to_string(levels_[level]) + " fit here");
      }
      if (reader_.at(mark("{"))) {
        if (!parse_row(begin, level + 1)) return false;
      } else {
        if (!parse_scalar()) return false;
        ++cursor_;
      }
      if (!reader_.at(mark("}")) && !reader_.expect(mark(","), "',' or '}' after an initial value")) return false;
    }
    reader_.take();
    reader_.brace_closed();
    return true;
  }

  bool parse_row(std::uint64_t begin, std::size_t level) {
    if (level >= levels_.size() || levels_[level] == 0 || (cursor_ - begin) % levels_[level] != 0) {
      return reader_.error(reader_.peek().where,
                           "these braces do not match the dimensions of '" + variable_.name + "'");
    }
    const std::uint64_t row_begin = cursor_;
    if (!parse_braces(level)) return false;
    cursor_ = row_begin + levels_[level];
    return true;
  }

  bool parse_scalar() {
    if (reader_.at(TokenKind::kWord) && !reader_.at_word("WARP_SZ")) return parse_address(0, false);
    const Position where = reader_.peek().where;
    const auto value = parse_constant(reader_);
    if (!value) return false;
    if (!reader_.at(mark("("))) return store(*value, where);
    if (value->is_float()) return reader_.unexpected("',' or '}' after an initial value");
    reader_.take();
    return parse_address(value->bits, true) && reader_.expect(mark(")"), "')' after the masked address") &&
           parse_addend(declared_.variable.relocations.back());
  }

  // "x", "x + 4", "generic(x) + 4"; with a mask, what stands in its parentheses.
  bool parse_address(std::uint64_t address_mask, bool masked) {
    Relocation relocation;
    const int element_bytes = bytes_of(variable_.type);
    relocation.size_bytes = element_bytes;
    const Position where = reader_.peek().where;
    if (!masked && element_bytes < 4) {
      return reader_.error(where, "an address does not fit a ." + std::string(name_of(variable_.type)) +
                                      ": expected .u32 or .u64, or a mask as in 0xff(x)");
    }
    if (is_float(variable_.type) || element_bytes > 8) {
      return reader_.error(where, "an address cannot be a ." + std::string(name_of(variable_.type)));
    }
    if (masked && !shift_of(address_mask, element_bytes, where, relocation.shift)) return false;
    if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of a variable or function");
    Token name = reader_.take();
    if (name.text == "generic" && reader_.accept(mark("("))) {
      relocation.generic = true;
      if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of a variable");
      name = reader_.take();
      if (!parse_addend(relocation) || !reader_.expect(mark(")"), "')' after generic(...")) return false;
    }
    if (!parse_addend(relocation)) return false;
    return place_relocation(relocation, name);
  }

  bool place_relocation(Relocation& relocation, const Token& name) {
    if (!make_room(name.where)) return false;
    relocation.offset = cursor_ * static_cast<std::uint64_t>(relocation.size_bytes);
    declared_.addresses.push_back({static_cast<int>(variable_.relocations.size()), name.text, name.where});
    variable_.relocations.push_back(relocation);
    return true;
  }

  bool parse_addend(Relocation& relocation) {
    if (!reader_.at(mark("+")) && !reader_.at(mark("-"))) return true;
    const auto value = parse_constant_after(reader_, reader_.take());
    if (!value) return false;
    if (value->is_float()) return reader_.unexpected("an integer to add to an address");
    relocation.addend = static_cast<std::int64_t>(static_cast<std::uint64_t>(relocation.addend) + value->bits);
    return true;
  }

  // 0xff00 keeps the second byte: shifted right by 8. The mask covers exactly what the element holds.
  bool shift_of(std::uint64_t address_mask, int element_bytes, Position where, int& shift) {
    const int element_bits = element_bytes * 8;
    shift = address_mask == 0 ? 0 : std::countr_zero(address_mask);
    const std::uint64_t all = element_bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << element_bits) - 1;
    if (address_mask == all << shift && address_mask >> shift == all) return true;
    return reader_.error(where,
                         "the mask of an address covers one element: expected 0xff, 0xff00, ... in an array of .u8");
  }

  bool store(const Constant& value, Position where) {
    std::uint64_t bits = value.bits;
    const Type type = variable_.type;
    if (type == Type::kF32) {
      bits = value.kind == Constant::Kind::kFloat32
                 ? bits
                 : std::bit_cast<std::uint32_t>(static_cast<float>(value.as_double()));
    } else if (type == Type::kF64) {
      bits = value.kind == Constant::Kind::kFloat64 ? bits : std::bit_cast<std::uint64_t>(value.as_double());
    } else if (is_float(type)) {
      return reader_.error(where, "an initial value of type ." + std::string(name_of(type)) +
                                      " is written as its bits: declare it .b" + std::to_string(bits_of(type)));
    } else if (value.is_float() && (is_signed(type) || is_unsigned(type))) {
      return reader_.error(where, "expected an integer for a ." + std::string(name_of(type)));
    }
    if (!make_room(where)) return false;
    const auto size = static_cast<std::uint64_t>(bytes_of(type));
    const std::uint64_t offset = cursor_ * size;
    // .b128 elements: the upper half of a negative number is filled with its sign.
    const bool negative = value.kind == Constant::Kind::kSigned && bits >> 63 != 0;
    for (std::uint64_t i = 0; i < size; ++i) {
      variable_.bytes[offset + i] = static_cast<std::uint8_t>(i < 8 ? bits >> (8 * i) : negative ? 0xff : 0);
    }
    return true;
  }

  // Bytes up to the end of the scalar at the cursor.
  bool make_room(Position where) {
    const auto size = static_cast<std::uint64_t>(bytes_of(variable_.type));
    const std::uint64_t left = reader_.limits().max_initialiser_bytes - context_.initialiser_bytes;
    const std::uint64_t most = variable_.bytes.size() + left;
    if (cursor_ >= most / size) {
      return reader_.error(where, "more than " + std::to_string(reader_.limits().max_initialiser_bytes) +
                                      " bytes of initial values in one module");
    }
    const std::uint64_t bytes = (cursor_ + 1) * size;
    if (bytes <= variable_.bytes.size()) return true;
    context_.initialiser_bytes += bytes - variable_.bytes.size();
    variable_.bytes.resize(bytes);
    return true;
  }

  // "{ addr_mode_0 = clamp_to_border, width = 4 }" of .samplerref and the like.
  bool parse_properties() {
    if (!reader_.expect(mark("{"), "'{' before the properties of a texture or sampler")) return false;
    while (!reader_.accept(mark("}"))) {
      if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of a property, such as addr_mode_0");
      const Token name = reader_.take();
      if (!reader_.expect(mark("="), "'=' after the name of a property")) return false;
      if (!reader_.at(TokenKind::kWord) && !reader_.at(TokenKind::kInteger))
        return reader_.unexpected("the value of a property");
      variable_.properties.emplace_back(name.text, reader_.take().text);
      if (!reader_.at(mark("}")) && !reader_.expect(mark(","), "',' or '}' after a property")) return false;
    }
    return true;
  }

  ModuleContext& context_;
  Reader& reader_;
  Declared& declared_;
  Variable& variable_;
  std::vector<std::uint64_t> levels_;
  std::uint64_t row_ = 1;     // scalars of one element along the first dimension
  std::uint64_t cursor_ = 0;  // the scalar that comes next
  bool unsized_ = false;
};

}  // namespace

bool parse_initialiser(ModuleContext& context, Declared& declared) {
  return Initialiser(context, declared).parse();
}

}  // namespace warpscope::ptx

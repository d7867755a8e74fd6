#include "compute/ptx/declarations.h"

#include <algorithm>
#include <bit>

#include "compute/ptx/constant.h"

namespace warpscope::ptx {
namespace {

constexpr int kHandleBytes = 8;  // of .texref and the like, so that each has an address of its own
constexpr std::size_t kMostDimensions = 64;
constexpr std::uint64_t kLargestAlignment = 1U << 20;

// ".align 16", without its first word.
bool parse_alignment(Reader& reader, int& align_bytes) {
  const Position where = reader.peek().where;
  const auto value = parse_constant(reader);
  if (!value) return false;
  if (value->is_float() || !std::has_single_bit(value->bits) || value->bits > kLargestAlignment) {
    return reader.error(where, "an alignment is a power of two of at most 1048576 bytes");
  }
  align_bytes = static_cast<int>(value->bits);
  return true;
}

// "(.managed)", "(.unified(1, 2))"
bool parse_attributes(Reader& reader, Variable& head) {
  if (!reader.expect(mark("("), "'(' after .attribute")) return false;
  int open = 1;
  while (open > 0) {
    if (reader.at(TokenKind::kEnd) || reader.at(mark(";"))) return reader.unexpected("')' to end .attribute");
    const Token token = reader.take();
    if (token.mark == mark("(")) ++open;
    if (token.mark == mark(")")) --open;
    if (token.kind == TokenKind::kDirective && token.text == "managed") head.is_managed = true;
  }
  return true;
}

int vector_size_of(std::string_view word) {
  if (word == "v2") return 2;
  if (word == "v4") return 4;
  return word == "v8" ? 8 : 0;
}

bool is_memory_type(Type type) {
  return type >= Type::kTexref || (bits_of(type) >= 8 && bits_of(type) % 8 == 0);
}

// One directive of a head. `known` tells whether it was one.
bool parse_head_word(Reader& reader, Variable& head, const Token& word, bool& known) {
  known = true;
  if (word.text == "align")
    return parse_alignment(reader, head.is_pointer ? head.pointer_align_bytes : head.align_bytes);
  if (word.text == "attribute") return parse_attributes(reader, head);
  if (word.text == "ptr") {
    head.is_pointer = true;
    return true;
  }
  if (const int size = vector_size_of(word.text); size > 0) {
    head.vector_size = size;
    return true;
  }
  if (const auto type = find_type(word.text)) {
    head.type = *type;
    return true;
  }
  const std::optional<Space> space = head.is_pointer ? space_named(word.text) : std::nullopt;
  known = space.has_value();
  if (known) head.pointer_space = *space;
  return true;
}

// "[4][2]", "[]" behind the name.
bool parse_dimensions(Reader& reader, Variable& variable) {
  while (reader.accept(mark("["))) {
    std::uint64_t count = 0;
    if (!reader.at(mark("]"))) {
      const Position where = reader.peek().where;
      const auto value = parse_constant(reader);
      if (!value) return false;
      if (value->is_float() || (value->kind == Constant::Kind::kSigned && value->bits >> 63 != 0)) {
        return reader.error(where, "the size of an array is an integer of 0 or more");
      }
      count = value->bits;
    }
    if (!reader.expect(mark("]"), "']' after the size of an array")) return false;
    if (variable.dimensions.size() == kMostDimensions) {
      return reader.error(variable.where, "'" + variable.name + "' has more than 64 dimensions");
    }
    variable.dimensions.push_back(count);
  }
  return true;
}

bool take_name(Reader& reader, Declared& declared, std::string_view what) {
  if (!reader.at(TokenKind::kWord)) return reader.unexpected(what);
  const Token name = reader.take();
  declared.name = name.text;
  declared.variable.name = name.text;
  declared.variable.where = name.where;
  return true;
}

bool count_variables(ModuleContext& context, std::uint64_t count, Position where) {
  const std::uint64_t most = context.reader.limits().max_variables;
  if (count <= most && context.variable_count <= most - count) {
    context.variable_count += count;
    return true;
  }
  return context.reader.error(where, "more than " + std::to_string(most) + " variables in one module");
}

// "name<4>" behind the name: four variables name0 ... name3.
bool parse_numbered(ModuleContext& context, const Declared& first, std::vector<Declared>& declared) {
  Reader& reader = context.reader;
  if (!reader.at(TokenKind::kInteger)) return reader.unexpected("how many variables there are, as in name<4>");
  const Token count = reader.take();
  if (!reader.expect(mark(">"), "'>' after the number of variables")) return false;
  if (!count_variables(context, count.value, count.where)) return false;
  for (std::uint64_t i = 0; i < count.value; ++i) {
    declared.push_back(first);
    declared.back().variable.name += std::to_string(i);
    declared.back().name = context.made_names.emplace_back(declared.back().variable.name);
    if (!lay_out(context, declared.back().variable)) return false;
  }
  return true;
}

bool parse_declarator(ModuleContext& context, const Variable& head, std::vector<Declared>& declared) {
  Reader& reader = context.reader;
  Declared next;
  next.variable = head;
  if (!take_name(reader, next, "the name of a variable")) return false;
  if (reader.accept(mark("<"))) return parse_numbered(context, next, declared);
  if (!parse_dimensions(reader, next.variable)) return false;
  if (reader.at(mark("="))) {
    const Position where = reader.take().where;
    if (head.space != Space::kGlobal && head.space != Space::kConst) {
      return reader.error(where, "only variables in .global and .const space can have an initial value");
    }
    if (!parse_initialiser(context, next)) return false;
  }
  if (!count_variables(context, 1, next.variable.where) || !lay_out(context, next.variable)) return false;
  if (next.variable.size_bytes == 0 && head.linkage != Linkage::kExtern && head.space != Space::kParam) {
    return reader.error(next.variable.where,
                        "'" + next.variable.name + "' needs a size or an initial value, or .extern in front");
  }
  declared.push_back(std::move(next));
  return true;
}

bool parse_parameter(ModuleContext& context, std::vector<Declared>& parameters) {
  Reader& reader = context.reader;
  Declared next;
  const auto space = at_space(reader);
  if (space != Space::kParam && space != Space::kReg) return reader.unexpected("a parameter, as in '.param .u64 name'");
  reader.take();
  next.variable.space = *space;
  if (!parse_head(context, next.variable) || !take_name(reader, next, "the name of a parameter")) return false;
  if (!parse_dimensions(reader, next.variable)) return false;
  if (!count_variables(context, 1, next.variable.where) || !lay_out(context, next.variable)) return false;
  parameters.push_back(std::move(next));
  return true;
}

}  // namespace

std::optional<Space> space_named(std::string_view word) {
  if (word == "global") return Space::kGlobal;
  if (word == "shared" || word == "shared::cta") return Space::kShared;
  if (word == "param") return Space::kParam;
  if (word == "local") return Space::kLocal;
  if (word == "const") return Space::kConst;
  if (word == "reg") return Space::kReg;
  if (word == "shared::cluster") return Space::kSharedCluster;
  if (word == "param::func") return Space::kParamFunc;
  if (word == "param::entry") return Space::kParamEntry;
  return std::nullopt;
}

std::optional<Space> at_space(Reader& reader) {
  if (!reader.at(TokenKind::kDirective)) return std::nullopt;
  const auto space = space_named(reader.peek().text);
  return space && *space <= Space::kShared ? space : std::nullopt;
}

bool parse_head(ModuleContext& context, Variable& head) {
  Reader& reader = context.reader;
  head.type = Type::kNone;
  head.align_bytes = 0;
  while (reader.at(TokenKind::kDirective)) {
    const Token word = reader.peek();
    bool known = false;
    reader.take();
    if (!parse_head_word(reader, head, word, known)) return false;
    if (!known)
      return reader.error(word.where, "expected a type such as .f32, or .align, .v2, .v4 or .ptr, found '." +
                                          std::string(word.text) + "'");
  }
  if (head.type == Type::kNone) return reader.unexpected("a type such as .f32 or .b8");
  const bool fits = is_memory_type(head.type) || (head.space == Space::kReg && head.type == Type::kPred);
  if (!fits)
    return reader.error(reader.peek().where, "a variable cannot have the type ." + std::string(name_of(head.type)));
  return true;
}

bool lay_out(ModuleContext& context, Variable& variable) {
  const bool is_handle = variable.type >= Type::kTexref;
  const int element = is_handle ? kHandleBytes : std::max(bytes_of(variable.type), 1);
  if (variable.align_bytes == 0) variable.align_bytes = element * variable.vector_size;
  const std::uint64_t most = context.reader.limits().max_variable_bytes;
  variable.size_bytes = static_cast<std::uint64_t>(element) * static_cast<std::uint64_t>(variable.vector_size);
  for (const std::uint64_t count : variable.dimensions) {
    if (count != 0 && variable.size_bytes > most / count) {
      return context.reader.error(variable.where,
                                  "'" + variable.name + "' is larger than " + std::to_string(most) + " bytes");
    }
    variable.size_bytes *= count;
  }
  return true;
}

bool parse_variables(ModuleContext& context, Variable head, std::vector<Declared>& declared) {
  if (!parse_head(context, head)) return false;
  do {
    if (!parse_declarator(context, head, declared)) return false;
  } while (context.reader.accept(mark(",")));
  return context.reader.expect(mark(";"), "';' after the declaration of a variable");
}

bool parse_parameters(ModuleContext& context, std::vector<Declared>& parameters) {
  Reader& reader = context.reader;
  if (!reader.expect(mark("("), "'(' before parameters")) return false;
  if (reader.accept(mark(")"))) return true;
  do {
    if (!parse_parameter(context, parameters)) return false;
  } while (reader.accept(mark(",")));
  return reader.expect(mark(")"), "',' or ')' after a parameter");
}

}  // namespace warpscope::ptx

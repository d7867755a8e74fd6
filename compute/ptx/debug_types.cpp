// Types: see debug_types.h.
#include "compute/ptx/debug_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/ptx/debug_expression.h"
#include "compute/ptx/debug_names.h"

namespace warpscope::ptx::dwarf {

namespace {

using Kind = TypeInfo::Kind;

constexpr int kMaxDepth = 200;         // of pointers to pointers, typedefs of typedefs, ...
constexpr std::size_t kMaxName = 512;  // of a composed name; function types can nest their parameters' names
constexpr std::size_t kMaxDimensions = 64;

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > ~std::uint64_t{0} / b ? ~std::uint64_t{0} : a * b;
}

Kind kind_of_encoding(std::uint64_t encoding, std::string_view name) {
  switch (encoding) {
    case 0x02:
      return Kind::kBool;
    case 0x04:
      return Kind::kFloat;
    case 0x05:
      return Kind::kSigned;
    case 0x06:
      return name == "char" ? Kind::kChar : Kind::kSigned;  // "signed char" is a number
    case 0x01:
    case 0x07:
    case 0x08:
      return Kind::kUnsigned;
    case 0x10:
      return Kind::kChar;
    default:
      return Kind::kUnknown;
  }
}

bool is_record(Kind kind) {
  return kind == Kind::kStruct || kind == Kind::kUnion;
}

bool ends_in_word(const std::string& text) {
  return !text.empty() && text.back() != '*' && text.back() != '&';
}

}  // namespace

Space space_of_class(std::uint64_t address_class) {
  switch (address_class) {
    case 2:
      return Space::kReg;
    case 4:
      return Space::kConst;
    case 5:
      return Space::kGlobal;
    case 6:
      return Space::kLocal;
    case 7:
      return Space::kParam;
    case 8:
      return Space::kShared;
    default:
      return Space::kGeneric;
  }
}

TypeReader::TypeReader(const Entries& entries, int pointer_bytes, Budget& budget, Problems& problems)
    : entries_(entries),
      pointer_bytes_(static_cast<std::uint64_t>(pointer_bytes)),
      budget_(budget),
      problems_(problems) {}

int TypeReader::make(TypeInfo type, Spelling spelling) {
  types_.push_back(std::move(type));
  spellings_.emplace_back();
  const int index = static_cast<int>(types_.size()) - 1;
  spell(index, std::move(spelling));
  return index;
}

void TypeReader::spell(int index, Spelling spelling) {
  const bool needs_space = !spelling.behind.empty() && spelling.behind.front() != ')' && ends_in_word(spelling.before);
  std::string name = spelling.before + (needs_space ? " " : "") + spelling.behind;
  if (name.size() > kMaxName) {
    name = name.substr(0, kMaxName) + "...";
    spelling = {name, ""};
  }
  budget_.spend(name.size() / 4);
  at(index).name = std::move(name);
  this->spelling(index) = std::move(spelling);
}

int TypeReader::void_type() {
  if (void_ < 0) {
    TypeInfo type;
    type.kind = Kind::kVoid;
    void_ = make(std::move(type), {"void", ""});
  }
  return void_;
}

int TypeReader::type_of(const Attributes& attributes, int depth) {
  const Value* type = attributes.find(At::kType);
  if (!type) return void_type();
  return type->kind == Value::Kind::kReference ? type_at(type->number, depth) : type_at(~std::uint64_t{0}, depth);
}

int TypeReader::type_at(std::uint64_t offset, int depth) {
  const auto known = by_offset_.find(offset);
  if (known != by_offset_.end()) return known->second;
  const int entry = entries_.find(offset);
  if (entry >= 0 && entries_[entry].tag() == Tag::kUnspecified &&
      entries_.attributes(entry).text(At::kName) == "void") {
    return by_offset_[offset] = void_type();
  }
  // Known from here on, though not filled: types may lead back to themselves.
  const int index = by_offset_[offset] = make({}, {"?", ""});
  if (entry < 0) {
    problems_.add(".debug_info", offset, "a type is said to be here, but no entry begins here");
  } else if (depth >= kMaxDepth || budget_.exhausted()) {
    problems_.add(".debug_info", offset, fmt::format("types are nested deeper than {}", kMaxDepth));
  } else {
    fill(index, entry, depth + 1);
  }
  return index;
}

void TypeReader::fill(int index, int entry, int depth) {
  const Attributes attributes = entries_.attributes(entry);
  const Tag tag = entries_[entry].tag();
  switch (tag) {
    case Tag::kBase:
      return fill_base(index, attributes);
    case Tag::kPointer:
    case Tag::kReference:
    case Tag::kRvalueReference:
      return fill_pointer(index, tag, attributes, depth);
    case Tag::kArray:
      return fill_array(index, entry, attributes, depth);
    case Tag::kEnumeration:
      return fill_enumeration(index, entry, attributes, depth);
    case Tag::kSubroutine:
      return fill_function(index, entry, attributes, depth);
    case Tag::kStructure:
    case Tag::kClass:
    case Tag::kUnion: {
      at(index).kind = tag == Tag::kUnion ? Kind::kUnion : Kind::kStruct;
      at(index).size_bytes = attributes.number(At::kByteSize);
      const std::string name = readable_type(attributes.text(At::kName), budget_);
      spell(index, {!name.empty() ? name : tag == Tag::kUnion ? "union" : "struct", ""});
      structs_.emplace_back(index, entry);
      return;
    }
    case Tag::kTypedef:
    case Tag::kConst:
    case Tag::kVolatile:
    case Tag::kRestrict:
    case Tag::kAtomic:
      return fill_copy(index, tag, attributes, depth);
    default:
      at(index).size_bytes = attributes.number(At::kByteSize);
      spell(index, {readable_type(attributes.text(At::kName), budget_), ""});
  }
}

void TypeReader::fill_base(int index, const Attributes& attributes) {
  const std::string_view name = attributes.text(At::kName);
  at(index).kind = kind_of_encoding(attributes.number(At::kEncoding), name);
  at(index).size_bytes = attributes.number(At::kByteSize);
  spell(index, {std::string(name), ""});
}

void TypeReader::fill_pointer(int index, Tag tag, const Attributes& attributes, int depth) {
  const int element = type_of(attributes, depth);
  TypeInfo& type = at(index);
  type.kind = tag == Tag::kPointer ? Kind::kPointer : Kind::kReference;
  type.size_bytes = attributes.number(At::kByteSize, pointer_bytes_);
  type.element = element;
  type.pointer_space = space_of_class(attributes.number(At::kAddressClass));
  const std::string sign = tag == Tag::kPointer ? "*" : tag == Tag::kReference ? "&" : "&&";
  Spelling result = spelling(element);
  const bool needs_brackets = at(element).kind == Kind::kArray || at(element).kind == Kind::kFunction;
  if (needs_brackets && !result.behind.empty()) {
    result.before += " (" + sign;
    result.behind.insert(0, ")");
  } else {
    result.before += (ends_in_word(result.before) ? " " : "") + sign;
  }
  spell(index, std::move(result));
}

void TypeReader::fill_array(int index, int entry, const Attributes& attributes, int depth) {
  const int element = type_of(attributes, depth);
  TypeInfo& type = at(index);
  type.kind = Kind::kArray;
  type.element = element;
  type.size_bytes = at(element).size_bytes;
  Spelling result = spelling(element);
  std::string brackets;
  for (int child = entry + 1; child < entries_[entry].next && budget_.spend(); child = entries_[child].next) {
    if (entries_[child].tag() != Tag::kSubrange || type.counts.size() >= kMaxDimensions) continue;
    const Attributes dimension = entries_.attributes(child);
    // An upper bound of -1 or none at all: the extent is not known, as of extern shared arrays.
    std::uint64_t count = dimension.number(At::kCount);
    if (!dimension.find(At::kCount) && dimension.find(At::kUpperBound)) count = dimension.number(At::kUpperBound) + 1;
    type.counts.push_back(count);
    type.size_bytes = times(type.size_bytes, count);
    brackets += count == 0 ? "[]" : fmt::format("[{}]", count);
  }
  type.size_bytes = attributes.number(At::kByteSize, type.size_bytes);
  result.behind.insert(0, brackets);
  spell(index, std::move(result));
}

void TypeReader::fill_enumeration(int index, int entry, const Attributes& attributes, int depth) {
  const int element = attributes.find(At::kType) ? type_of(attributes, depth) : -1;
  TypeInfo& type = at(index);
  type.kind = Kind::kEnum;
  type.element = element;
  type.size_bytes = attributes.number(At::kByteSize, element >= 0 ? at(element).size_bytes : 4);
  for (int child = entry + 1; child < entries_[entry].next && budget_.spend(); child = entries_[child].next) {
    if (entries_[child].tag() != Tag::kEnumerator) continue;
    const Attributes enumerator = entries_.attributes(child);
    type.enumerators.emplace_back(readable_type(enumerator.text(At::kName), budget_),
                                  static_cast<std::int64_t>(enumerator.number(At::kConstValue)));
  }
  const std::string name = readable_type(attributes.text(At::kName), budget_);
  spell(index, {name.empty() ? "enum" : name, ""});
}

void TypeReader::fill_function(int index, int entry, const Attributes& attributes, int depth) {
  const int result = type_of(attributes, depth);
  std::string parameters;
  for (int child = entry + 1; child < entries_[entry].next && budget_.spend(); child = entries_[child].next) {
    if (entries_[child].tag() != Tag::kParameter || parameters.size() > kMaxName) continue;
    const int parameter = type_of(entries_.attributes(child), depth);
    parameters += (parameters.empty() ? "" : ", ") + at(parameter).name;
  }
  at(index).kind = Kind::kFunction;
  at(index).element = result;
  Spelling text = spelling(result);
  // The result's name ends here; a pointer to this puts its "(*" between this and the brackets.
  spell(index, {text.before, "(" + parameters + ")" + text.behind});
}

void TypeReader::fill_copy(int index, Tag tag, const Attributes& attributes, int depth) {
  const int target = type_of(attributes, depth);
  TypeInfo copy;
  copy.kind = at(target).kind;
  copy.size_bytes = at(target).size_bytes;
  copy.element = at(target).element;
  copy.counts = at(target).counts;
  copy.pointer_space = at(target).pointer_space;
  at(index) = std::move(copy);
  if (is_record(at(target).kind) || at(target).kind == Kind::kEnum) copies_.emplace_back(index, target);
  Spelling result = spelling(target);
  const std::string qualifier = tag == Tag::kConst      ? "const"
                                : tag == Tag::kVolatile ? "volatile"
                                : tag == Tag::kRestrict ? "__restrict__"
                                                        : "_Atomic";
  if (tag == Tag::kTypedef) {
    result = {readable_type(attributes.text(At::kName), budget_), ""};
  } else if (at(target).kind == Kind::kPointer && !ends_in_word(result.before)) {
    result.before += qualifier;  // int *const
  } else if (at(target).kind != Kind::kReference) {
    result.before.insert(0, qualifier + " ");
  }
  spell(index, std::move(result));
}

std::vector<TypeInfo> TypeReader::finish() {
  // Members bring new types, and with them new structs.
  for (std::size_t i = 0; i < structs_.size() && budget_.spend(); ++i)
    read_members(structs_[i].first, structs_[i].second);
  for (const auto& [copy, original] : copies_) {
    if (!budget_.spend(at(original).members.size() + at(original).enumerators.size())) break;
    at(copy).members = at(original).members;
    at(copy).enumerators = at(original).enumerators;
  }
  return std::move(types_);
}

void TypeReader::read_members(int index, int entry) {
  std::vector<Member> members;
  for (int child = entry + 1; child < entries_[entry].next && budget_.spend(); child = entries_[child].next) {
    Member member;
    if (read_member(child, member)) members.push_back(std::move(member));
  }
  at(index).members = std::move(members);
}

// False for what takes no place in the struct.
bool TypeReader::read_member(int entry, Member& member) {
  const Tag tag = entries_[entry].tag();
  if (tag != Tag::kMember && tag != Tag::kInheritance) return false;
  const Attributes attributes = entries_.attributes(entry);
  const bool has_place = attributes.find(At::kMemberLocation) || attributes.find(At::kDataBitOffset);
  const bool is_gap = attributes.find(At::kBitSize) && attributes.number(At::kBitSize) == 0;
  // A union's members need no location; static members have none either, but are variables in truth.
  const bool in_union = entries_[entry].parent >= 0 && entries_[entries_[entry].parent].tag() == Tag::kUnion;
  if (is_gap || (!has_place && !in_union && tag == Tag::kMember)) return false;
  member.type = type_of(attributes);
  member.name = readable_type(attributes.text(At::kName), budget_);
  if (tag == Tag::kInheritance) member.name = at(member.type).name;
  member.offset_bytes = member_offset(attributes);
  place_bits(attributes, at(member.type).size_bytes, member);
  return true;
}

// Before DWARF 4 a bit field is told from the most significant bit of its storage unit, since then from the beginning
// of the struct.
void TypeReader::place_bits(const Attributes& attributes, std::uint64_t size_bytes, Member& member) const {
  const std::uint64_t size = attributes.number(At::kBitSize);
  if (size == 0 || size > 64) return;
  const std::uint64_t unit_bits = 8 * std::clamp<std::uint64_t>(attributes.number(At::kByteSize, size_bytes), 1, 16);
  if (attributes.find(At::kDataBitOffset)) {
    const std::uint64_t begin = attributes.number(At::kDataBitOffset);
    member.offset_bytes = begin / unit_bits * (unit_bits / 8);
    member.bit_offset = static_cast<int>(begin % unit_bits);
  } else {
    const std::uint64_t from_top = attributes.number(At::kBitOffset);
    if (from_top > unit_bits - std::min(size, unit_bits)) return;
    member.bit_offset = static_cast<int>(unit_bits - size - from_top);
  }
  member.bit_size = static_cast<int>(size);
}

std::uint64_t TypeReader::member_offset(const Attributes& attributes) {
  const Value* where = attributes.find(At::kMemberLocation);
  if (!where || where->kind != Value::Kind::kBlock) return attributes.number(At::kMemberLocation);
  // An expression to be evaluated on the struct's address; compilers write DW_OP_plus_uconst and the offset.
  Cursor cursor(entries_.info(), where->number, where->number + where->length);
  constexpr std::uint64_t kPlusUconst = 0x23;
  const bool is_plain = cursor.fixed(1) == kPlusUconst;
  const std::uint64_t offset = cursor.uleb();
  if (is_plain && cursor.ok() && cursor.at_end()) return offset;
  problems_.add(".debug_info", where->number, "the place of a member is no plain offset; it is shown at the beginning");
  return 0;
}

}  // namespace warpscope::ptx::dwarf

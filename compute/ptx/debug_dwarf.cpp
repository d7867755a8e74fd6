// Units, abbreviations and entries of .debug_info: see debug_dwarf.h.
#include "compute/ptx/debug_dwarf.h"

#include <fmt/format.h>

#include <algorithm>

namespace warpscope::ptx::dwarf {

namespace {

constexpr std::size_t kMaxAttributes = 256;  // of an abbreviation; compilers use fewer than 30
constexpr std::size_t kMaxText = 1U << 16;

enum Form : std::uint32_t {
  kFormAddr = 0x01,
  kFormBlock2 = 0x03,
  kFormBlock4 = 0x04,
  kFormData2 = 0x05,
  kFormData4 = 0x06,
  kFormData8 = 0x07,
  kFormString = 0x08,
  kFormBlock = 0x09,
  kFormBlock1 = 0x0a,
  kFormData1 = 0x0b,
  kFormFlag = 0x0c,
  kFormSdata = 0x0d,
  kFormStrp = 0x0e,
  kFormUdata = 0x0f,
  kFormRefAddr = 0x10,
  kFormRef1 = 0x11,
  kFormRef2 = 0x12,
  kFormRef4 = 0x13,
  kFormRef8 = 0x14,
  kFormRefUdata = 0x15,
  kFormSecOffset = 0x17,
  kFormExprloc = 0x18,
  kFormFlagPresent = 0x19,
  kFormData16 = 0x1e,
  kFormLineStrp = 0x1f,
  kFormRefSig8 = 0x20,
  kFormImplicitConst = 0x21,
};

Value from(Value::Kind kind, const Number& number) {
  Value value;
  value.kind = kind;
  value.number = number.value;
  value.fixup = number.fixup;
  return value;
}

Value block(Cursor& cursor, std::uint64_t length) {
  Value value;
  value.kind = Value::Kind::kBlock;
  value.number = cursor.position();
  value.length = length;
  cursor.skip(length);
  return value;
}

Value reference(std::uint64_t offset) {
  Value value;
  value.kind = Value::Kind::kReference;
  value.number = offset;
  return value;
}

}  // namespace

const Value* Attributes::find(At at) const {
  for (const auto& [name, value] : values_) {
    if (name == at) return &value;
  }
  return nullptr;
}

std::string_view Attributes::text(At at) const {
  const Value* value = find(at);
  return value ? value->text : std::string_view();
}

std::uint64_t Attributes::number(At at, std::uint64_t otherwise) const {
  const Value* value = find(at);
  const bool usable = value && (value->kind == Value::Kind::kNumber || value->kind == Value::Kind::kSigned);
  return usable ? value->number : otherwise;
}

Entries::Entries(const Module& module, Budget& budget, Problems& problems)
    : budget_(budget),
      problems_(problems),
      info_(module.find_section(".debug_info")),
      abbrev_(module.find_section(".debug_abbrev")),
      strings_(module.find_section(".debug_str")),
      line_strings_(module.find_section(".debug_line_str")) {
  if (!info_.present()) return;
  if (!abbrev_.present()) {
    problems_.add(".debug_info cannot be read without a section .debug_abbrev; no variables and types are known");
    return;
  }
  read_units();
}

int Entries::find(std::uint64_t offset) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), offset,
                                      [](const Entry& entry, std::uint64_t at) { return entry.offset < at; });
  return found != entries_.end() && found->offset == offset ? static_cast<int>(found - entries_.begin()) : -1;
}

void Entries::read_units() {
  std::uint64_t position = 0;
  while (position < info_.size() && budget_.spend()) {
    Cursor cursor(info_, position, info_.size());
    Unit unit;
    unit.begin = position;
    if (!read_unit_header(cursor, unit)) return;
    units_.push_back(unit);
    if (unit.abbreviations) read_entries(static_cast<int>(units_.size()) - 1);
    position = unit.end;
  }
}

// False: where the next unit begins is not known.
bool Entries::read_unit_header(Cursor& cursor, Unit& unit) {
  const std::uint64_t length = cursor.fixed(4);
  const std::uint64_t after_length = cursor.position();
  if (!cursor.ok() || length == 0 || length >= 0xfffffff0U) {
    problems_.add(".debug_info", unit.begin, "expected the length of a unit in 32 bits; the rest is left out");
    return false;
  }
  unit.end = std::min(after_length + length, info_.size());
  if (after_length + length > info_.size()) {
    problems_.add(".debug_info", unit.begin,
                  fmt::format("the unit should have {} bytes, but the section ends after {}; what is there is read",
                              length, info_.size() - after_length));
  }
  unit.version = static_cast<int>(cursor.fixed(2));
  Number table;
  if (unit.version >= 5) {
    cursor.skip(1);  // kind of unit
    unit.address_bytes = static_cast<int>(cursor.fixed(1));
    table = cursor.number(4);
  } else {
    table = cursor.number(4);
    unit.address_bytes = static_cast<int>(cursor.fixed(1));
  }
  unit.entries = cursor.position();
  if (!cursor.ok() || unit.version < 2 || unit.version > 5 || (unit.address_bytes != 4 && unit.address_bytes != 8)) {
    problems_.add(".debug_info", unit.begin,
                  fmt::format("a unit of DWARF {} with addresses of {} bytes; readable are 2 to 5 and 4 or 8 bytes. It "
                              "is left out",
                              unit.version, unit.address_bytes));
    return true;
  }
  unit.abbreviations = abbreviations_at(offset_in(abbrev_, table.value, table.fixup));
  return true;
}

const Abbreviations* Entries::abbreviations_at(std::uint64_t offset) {
  const auto [place, is_new] = tables_.try_emplace(offset);
  Abbreviations& table = place->second;
  if (!is_new) return &table;
  Cursor cursor(abbrev_, offset, abbrev_.size());
  while (cursor.ok() && !cursor.at_end() && budget_.spend()) {
    const std::uint64_t code = cursor.uleb();
    if (cursor.ok() && code == 0) return &table;
    Abbreviation abbreviation;
    if (!read_abbreviation(cursor, abbreviation)) break;
    table.try_emplace(code, std::move(abbreviation));
  }
  problems_.add(".debug_abbrev", cursor.position(), "the table of abbreviations ends too early");
  return &table;
}

bool Entries::read_abbreviation(Cursor& cursor, Abbreviation& abbreviation) {
  abbreviation.tag = static_cast<Tag>(cursor.uleb());
  abbreviation.has_children = cursor.fixed(1) != 0;
  while (cursor.ok() && budget_.spend()) {
    const std::uint64_t at = cursor.uleb();
    const std::uint64_t form = cursor.uleb();
    if (at == 0 && form == 0) return cursor.ok();
    const std::int64_t implicit = form == kFormImplicitConst ? cursor.sleb() : 0;
    if (at > 0xffff || form > 0xffff || abbreviation.attributes.size() >= kMaxAttributes) return false;
    abbreviation.attributes.push_back({static_cast<At>(at), static_cast<std::uint32_t>(form), implicit});
  }
  return false;
}

void Entries::read_entries(int unit_index) {
  const Unit& unit = units_[static_cast<std::size_t>(unit_index)];
  Cursor cursor(info_, unit.entries, unit.end);
  int parent = -1;
  const auto close = [&](int index) { entries_[static_cast<std::size_t>(index)].next = size(); };
  while (!cursor.at_end() && budget_.spend()) {
    Entry entry;
    entry.offset = cursor.position();
    const std::uint64_t code = cursor.uleb();
    if (cursor.ok() && code == 0) {  // end of the children of `parent`
      if (parent < 0) continue;      // padding
      close(parent);
      parent = entries_[static_cast<std::size_t>(parent)].parent;
      continue;
    }
    const auto found = unit.abbreviations->find(code);
    if (!cursor.ok() || found == unit.abbreviations->end()) {
      problems_.add(
          ".debug_info", entry.offset,
          fmt::format("abbreviation {} is not declared in .debug_abbrev; the rest of the unit is left out", code));
      break;
    }
    entry.attributes = cursor.position();
    entry.abbreviation = &found->second;
    entry.unit = unit_index;
    entry.parent = parent;
    for (const AttributeForm& form : found->second.attributes) {
      if (budget_.spend()) read_value(cursor, unit, form);
    }
    if (!cursor.ok() || budget_.exhausted()) {
      problems_.add(".debug_info", entry.offset,
                    "an entry cannot be read to its end; the rest of the unit is left out");
      break;
    }
    entry.next = size() + 1;
    entries_.push_back(entry);
    if (found->second.has_children) parent = size() - 1;
  }
  for (; parent >= 0; parent = entries_[static_cast<std::size_t>(parent)].parent) close(parent);
}

Attributes Entries::attributes(int index) const {
  const Entry& entry = (*this)[index];
  const Unit& unit = unit_of(index);
  Attributes result;
  result.values_.reserve(entry.abbreviation->attributes.size());
  Cursor cursor(info_, entry.attributes, unit.end);
  for (const AttributeForm& form : entry.abbreviation->attributes) {
    if (!budget_.spend()) break;
    result.values_.emplace_back(form.at, read_value(cursor, unit, form));
  }
  return result;
}

Value Entries::string_at(const Data& strings, const Number& where) const {
  Value value;
  value.kind = Value::Kind::kText;
  if (!strings.present()) return value;
  const std::uint64_t offset = offset_in(strings, where.value, where.fixup);
  if (offset >= strings.size()) return value;
  Cursor cursor(strings, offset, offset + kMaxText);
  value.text = cursor.text();
  budget_.spend(value.text.size() / 16);
  return value;
}

Value Entries::read_value(Cursor& cursor, const Unit& unit, const AttributeForm& form) const {
  using Kind = Value::Kind;
  switch (form.form) {
    case kFormAddr:
      return from(Kind::kAddress, cursor.number(unit.address_bytes));
    case kFormData1:
    case kFormFlag:
      return from(Kind::kNumber, cursor.number(1));
    case kFormData2:
      return from(Kind::kNumber, cursor.number(2));
    case kFormData4:
      return from(Kind::kNumber, cursor.number(4));
    case kFormData8:
      return from(Kind::kNumber, cursor.number(8));
    case kFormUdata:
      return from(Kind::kNumber, {cursor.uleb(), nullptr});
    case kFormSdata:
      return from(Kind::kSigned, {static_cast<std::uint64_t>(cursor.sleb()), nullptr});
    case kFormImplicitConst:
      return from(Kind::kSigned, {static_cast<std::uint64_t>(form.implicit), nullptr});
    case kFormFlagPresent:
      return from(Kind::kNumber, {1, nullptr});
    case kFormSecOffset:
      return from(Kind::kOffset, cursor.number(4));
    case kFormString: {
      Value value;
      value.kind = Kind::kText;
      value.text = cursor.text().substr(0, kMaxText);
      return value;
    }
    case kFormStrp:
      return string_at(strings_, cursor.number(4));
    case kFormLineStrp:
      return string_at(line_strings_, cursor.number(4));
    case kFormBlock1:
      return block(cursor, cursor.fixed(1));
    case kFormBlock2:
      return block(cursor, cursor.fixed(2));
    case kFormBlock4:
      return block(cursor, cursor.fixed(4));
    case kFormBlock:
    case kFormExprloc:
      return block(cursor, cursor.uleb());
    case kFormData16:
      return block(cursor, 16);
    case kFormRef1:
      return reference(unit.begin + cursor.fixed(1));
    case kFormRef2:
      return reference(unit.begin + cursor.fixed(2));
    case kFormRef4: {
      const Number number = cursor.number(4);
      return number.fixup ? reference(offset_in(info_, number.value, number.fixup))
                          : reference(unit.begin + number.value);
    }
    case kFormRef8:
      return reference(unit.begin + cursor.fixed(8));
    case kFormRefUdata:
      return reference(unit.begin + cursor.uleb());
    case kFormRefAddr: {
      const Number number = cursor.number(unit.version == 2 ? unit.address_bytes : 4);
      return reference(offset_in(info_, number.value, number.fixup));
    }
    case kFormRefSig8:
      cursor.skip(8);
      return {};
    default:
      cursor.fail();
      return {};  // its size is not known, so nothing behind it can be read
  }
}

}  // namespace warpscope::ptx::dwarf

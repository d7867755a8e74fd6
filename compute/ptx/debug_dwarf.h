// ptx/debug_dwarf.h: the bytes of .debug_info as a flat list of entries. Internal to ptx. Floor 1.
// Nothing here trusts a section: every read is checked, every loop is paid for from a Budget.
// Source: DWARF Debugging Information Format, versions 2 to 5, section 7 (data representation).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compute/base/error.h"
#include "compute/ptx/module.h"

namespace warpscope::ptx::dwarf {

// Values of the DWARF standard: only those that are looked at.
enum class Tag : std::uint32_t {
  kArray = 0x01,
  kClass = 0x02,
  kEnumeration = 0x04,
  kParameter = 0x05,
  kBlock = 0x0b,
  kMember = 0x0d,
  kPointer = 0x0f,
  kReference = 0x10,
  kStructure = 0x13,
  kSubroutine = 0x15,
  kTypedef = 0x16,
  kUnion = 0x17,
  kInheritance = 0x1c,
  kInlined = 0x1d,
  kSubrange = 0x21,
  kBase = 0x24,
  kConst = 0x26,
  kEnumerator = 0x28,
  kSubprogram = 0x2e,
  kVariable = 0x34,
  kVolatile = 0x35,
  kRestrict = 0x37,
  kUnspecified = 0x3b,
  kRvalueReference = 0x42,
  kAtomic = 0x47,
};

enum class At : std::uint32_t {
  kLocation = 0x02,
  kName = 0x03,
  kByteSize = 0x0b,
  kBitOffset = 0x0c,
  kBitSize = 0x0d,
  kLowPc = 0x11,
  kHighPc = 0x12,
  kConstValue = 0x1c,
  kUpperBound = 0x2f,
  kAbstractOrigin = 0x31,
  kAddressClass = 0x33,
  kCount = 0x37,
  kMemberLocation = 0x38,
  kDeclaredLine = 0x3b,
  kEncoding = 0x3e,
  kFrameBase = 0x40,
  kSpecification = 0x47,
  kType = 0x49,
  kRanges = 0x55,
  kCallColumn = 0x57,
  kCallFile = 0x58,
  kCallLine = 0x59,
  kDataBitOffset = 0x6b,
  kLinkageName = 0x6e,
  kMipsLinkageName = 0x2007,
};

// What reading may still cost. A step is about one byte, entry or instruction looked at; honest sections need a few for
// each of their bytes, hostile ones (a million references to one long string) run out instead of taking hours.
class Budget {
 public:
  explicit Budget(std::uint64_t steps) : left_(steps) {}
  // False, from then on, when there is not so much left.
  bool spend(std::uint64_t steps = 1) {
    if (steps > left_) exhausted_ = true;
    left_ -= exhausted_ ? left_ : steps;
    return !exhausted_;
  }
  bool exhausted() const { return exhausted_; }

 private:
  std::uint64_t left_;
  bool exhausted_ = false;
};

// Collects what was dropped; keeps the first few, since one wrong byte can upset thousands of entries.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void add(std::string_view section, std::uint64_t offset, const std::string& text);
  void add(const std::string& text);
  std::vector<base::Error> take();

 private:
  std::string file_;
  std::vector<base::Error> kept_;
  std::size_t dropped_ = 0;
};

// A section with its fixups in order.
class Data {
 public:
  Data() = default;
  explicit Data(const Section* section);

  bool present() const { return section_ != nullptr; }
  std::uint64_t size() const { return section_ ? section_->bytes.size() : 0; }
  const std::uint8_t* bytes() const { return section_->bytes.data(); }
  const Fixup* fixup_at(std::uint64_t offset) const;
  const Section* section() const { return section_; }

 private:
  const Section* section_ = nullptr;
  std::vector<const Fixup*> fixups_;
};

// A number as the bytes say, and the fixup that stands for it where there is one.
struct Number {
  std::uint64_t value = 0;
  const Fixup* fixup = nullptr;
};

// Reads forwards in [begin, end); past the end everything is zero and ok() is false.
class Cursor {
 public:
  Cursor(const Data& data, std::uint64_t begin, std::uint64_t end);

  bool ok() const { return ok_; }
  bool at_end() const { return position_ >= end_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t end() const { return end_; }

  Number number(int bytes);
  std::uint64_t fixed(int bytes) { return number(bytes).value; }
  std::uint64_t uleb();
  std::int64_t sleb();
  std::string_view text();  // up to a zero byte
  void skip(std::uint64_t bytes);
  void fail() { ok_ = false; }

 private:
  const Data* data_;
  std::uint64_t position_;
  std::uint64_t end_;
  bool ok_ = true;
};

struct Value {
  enum class Kind : std::uint8_t { kNone, kNumber, kSigned, kText, kBlock, kReference, kAddress, kOffset };
  Kind kind = Kind::kNone;
  std::uint64_t number = 0;  // kReference: offset in .debug_info; kBlock: offset of the first byte there
  std::uint64_t length = 0;  // of kBlock
  const Fixup* fixup = nullptr;
  std::string_view text;
};

struct AttributeForm {
  At at;
  std::uint32_t form;
  std::int64_t implicit;
};

struct Abbreviation {
  Tag tag{};
  bool has_children = false;
  std::vector<AttributeForm> attributes;
};

using Abbreviations = std::map<std::uint64_t, Abbreviation>;  // by code

struct Unit {
  std::uint64_t begin = 0;  // of its header
  std::uint64_t end = 0;
  std::uint64_t entries = 0;  // where the first entry is
  int version = 0;
  int address_bytes = 8;
  const Abbreviations* abbreviations = nullptr;
};

struct Entry {
  std::uint64_t offset = 0;  // in .debug_info, of its abbreviation code
  std::uint64_t attributes = 0;
  const Abbreviation* abbreviation = nullptr;
  int unit = 0;
  int parent = -1;
  int next = 0;  // index of the first entry behind its children
  Tag tag() const { return abbreviation->tag; }
};

// The attributes of one entry.
class Attributes {
 public:
  const Value* find(At at) const;
  std::string_view text(At at) const;
  // `otherwise` where there is no such attribute, or it is no number.
  std::uint64_t number(At at, std::uint64_t otherwise = 0) const;

 private:
  std::vector<std::pair<At, Value>> values_;
  friend class Entries;
};

class Entries {
 public:
  Entries(const Module& module, Budget& budget, Problems& problems);

  int size() const { return static_cast<int>(entries_.size()); }
  const Entry& operator[](int index) const { return entries_[static_cast<std::size_t>(index)]; }
  const Unit& unit_of(int index) const { return units_[static_cast<std::size_t>((*this)[index].unit)]; }
  // Index of the entry that begins at this offset of .debug_info; -1: none does.
  int find(std::uint64_t offset) const;
  Attributes attributes(int index) const;
  const Data& info() const { return info_; }

 private:
  void read_units();
  bool read_unit_header(Cursor& cursor, Unit& unit);
  void read_entries(int unit);
  const Abbreviations* abbreviations_at(std::uint64_t offset);
  bool read_abbreviation(Cursor& cursor, Abbreviation& abbreviation);
  Value read_value(Cursor& cursor, const Unit& unit, const AttributeForm& form) const;
  Value string_at(const Data& strings, const Number& where) const;

  Budget& budget_;
  Problems& problems_;
  Data info_;
  Data abbrev_;
  Data strings_;
  Data line_strings_;
  std::map<std::uint64_t, Abbreviations> tables_;  // by offset in .debug_abbrev
  std::vector<Unit> units_;
  std::vector<Entry> entries_;
};

// The offset in `target` that a number stands for: ".debug_loc+204", a label of that section plus something, or itself.
std::uint64_t offset_in(const Data& target, std::uint64_t number, const Fixup* fixup);

}  // namespace warpscope::ptx::dwarf

// ptx/debug_types.h: types of DWARF -> TypeInfo. Internal to ptx. Floor 1.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compute/ptx/debug_dwarf.h"
#include "compute/ptx/debug_info.h"

namespace warpscope::ptx::dwarf {

// The state space of DW_AT_address_class, as NVIDIA numbers them (cuda-gdb: ptxConstStorage = 4, ...).
Space space_of_class(std::uint64_t address_class);

// Converts the types that are asked for, and those they are made of. Call finish() once, after the last type_of().
class TypeReader {
 public:
  TypeReader(const Entries& entries, int pointer_bytes, Budget& budget, Problems& problems);

  // The type that DW_AT_type of an entry refers to; void where there is none.
  int type_of(const Attributes& attributes) { return type_of(attributes, 0); }
  std::vector<TypeInfo> finish();
  const TypeInfo& operator[](int index) const { return types_[static_cast<std::size_t>(index)]; }

 private:
  // "float (*" and ")[4]": what stands before and behind a variable's name.
  struct Spelling {
    std::string before;
    std::string behind;
  };

  int type_of(const Attributes& attributes, int depth);
  int type_at(std::uint64_t offset, int depth);
  int make(TypeInfo type, Spelling spelling);
  int void_type();
  void fill(int index, int entry, int depth);
  void fill_base(int index, const Attributes& attributes);
  void fill_pointer(int index, Tag tag, const Attributes& attributes, int depth);
  void fill_array(int index, int entry, const Attributes& attributes, int depth);
  void fill_enumeration(int index, int entry, const Attributes& attributes, int depth);
  void fill_function(int index, int entry, const Attributes& attributes, int depth);
  void fill_copy(int index, Tag tag, const Attributes& attributes, int depth);
  void read_members(int index, int entry);
  bool read_member(int entry, Member& member);
  void place_bits(const Attributes& attributes, std::uint64_t size_bytes, Member& member) const;
  std::uint64_t member_offset(const Attributes& attributes);
  void spell(int index, Spelling spelling);
  TypeInfo& at(int index) { return types_[static_cast<std::size_t>(index)]; }
  Spelling& spelling(int index) { return spellings_[static_cast<std::size_t>(index)]; }

  const Entries& entries_;
  std::uint64_t pointer_bytes_;
  Budget& budget_;
  Problems& problems_;
  std::vector<TypeInfo> types_;
  std::vector<Spelling> spellings_;
  std::unordered_map<std::uint64_t, int> by_offset_;
  int void_ = -1;
  // Members are read after everything else: a list of structs that point to each other must not become a deep
  // recursion.
  std::vector<std::pair<int, int>> structs_;  // type, entry
  std::vector<std::pair<int, int>> copies_;   // type, the struct or enum whose members it shares
};

}  // namespace warpscope::ptx::dwarf

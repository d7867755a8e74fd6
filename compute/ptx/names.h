// ptx/names.h: which register, variable or parameter a name means inside a function. Floor 1. Internal to the parser.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warpscope::ptx {

struct Name {
  enum class Kind { kRegister, kVariable, kParameter, kReturn };
  Kind kind = Kind::kRegister;
  int index = 0;  // of registers: the first component
  int width = 1;  // of .v2 and .v4 registers
  int depth = 0;  // of the scope it was declared in, set by NameTable
};

// Scopes within scopes; an inner name hides outer ones. Names must outlive the table.
class NameTable {
 public:
  void open();
  void close();

  // False where the scope already has the name.
  bool declare(std::string_view name, Name meaning);
  // base0 ... base<count - 1>: registers from `first` on, `width` of them each. Costs the same for any count.
  bool declare_range(std::string_view base, int first, int count, int width);
  std::optional<Name> find(std::string_view name) const;

 private:
  struct Range {
    Name first;
    int count = 0;
    int hidden = -1;  // the range of the same base in an outer scope: index into ranges_
  };
  struct Undo {
    std::string_view name;
    bool is_range = false;
    std::optional<Name> hidden;
  };

  const Range* find_range(std::string_view name, int* number) const;
  const Range* range_with(std::string_view base, int number) const;

  std::unordered_map<std::string_view, Name> names_;
  std::unordered_map<std::string_view, int> newest_range_;  // base -> index into ranges_
  std::vector<Range> ranges_;
  std::vector<Undo> undo_;
  std::vector<std::size_t> scopes_;  // where the undo list of each open scope begins
};

}  // namespace warpscope::ptx

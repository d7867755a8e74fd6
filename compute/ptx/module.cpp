#include "compute/ptx/module.h"

#include <algorithm>

namespace warpscope::ptx {
namespace {

template <class Item>
const Item* find_named(const std::vector<Item>& items, std::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

bool Instruction::has(Modifier modifier) const {
  return std::find(modifiers.begin(), modifiers.end(), modifier) != modifiers.end();
}

const Function* Module::find_function(std::string_view name) const {
  return find_named(functions, name);
}

const Variable* Module::find_variable(std::string_view name) const {
  return find_named(variables, name);
}

const Section* Module::find_section(std::string_view name) const {
  return find_named(sections, name);
}

std::string_view Module::file_path(int number) const {
  for (const SourceFile& source : files) {
    if (source.number == number) return source.path;
  }
  return "";
}

}  // namespace warpscope::ptx

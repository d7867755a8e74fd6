#include "compute/ptx/function_parser.h"

namespace warpscope::ptx {

void LabelTable::open() {
  parents_.push_back(scope_);
  scope_ = static_cast<int>(parents_.size()) - 1;
}

std::optional<std::string> LabelTable::declare(std::string_view name, Label label) {
  if (!labels_.emplace(Key{name, scope_}, label).second) return std::nullopt;
  std::string kept(name);
  const auto [first, is_new] = kept_names_.try_emplace(kept, 1);
  if (is_new) return kept;
  int& number = first->second;  // stays where it is while others are added
  do {
    kept = std::string(name) + '$' + std::to_string(++number);
  } while (!kept_names_.try_emplace(kept, 1).second);
  return kept;
}

std::optional<LabelTable::Label> LabelTable::find(std::string_view name, int scope) const {
  for (int at = scope; at >= 0; at = parents_[static_cast<std::size_t>(at)]) {
    const auto label = labels_.find({name, at});
    if (label != labels_.end()) return label->second;
  }
  return std::nullopt;
}

}  // namespace warpscope::ptx

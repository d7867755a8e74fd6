#include "compute/ptx/function_parser.h"

namespace warpscope::ptx {

void LabelTable::open() {
  parents_.push_back(scope_);
  scope_ = static_cast<int>(parents_.size()) - 1;
}

std::string LabelTable::key(std::string_view name, int scope) {
  return std::string(name) + ' ' + std::to_string(scope);
}

std::optional<std::string> LabelTable::declare(std::string_view name, Label label) {
  if (!labels_.emplace(key(name, scope_), label).second) return std::nullopt;
  Occurrences& occurrences = occurrences_[name];
  if (++occurrences.count == 1) occurrences.first = label;
  std::string kept(name);
  const auto [first, is_new] = kept_names_.try_emplace(kept, 1);
  if (is_new) return kept;
  int& number = first->second;
  do {
    kept = std::string(name) + '$' + std::to_string(++number);
  } while (!kept_names_.try_emplace(kept, 1).second);
  return kept;
}

std::optional<LabelTable::Label> LabelTable::find(std::string_view name, int scope) const {
  const auto found = occurrences_.find(name);
  if (found == occurrences_.end()) return std::nullopt;
  if (found->second.count == 1) return found->second.first;
  for (int at = scope; at >= 0; at = parents_[static_cast<std::size_t>(at)]) {
    const auto label = labels_.find(key(name, at));
    if (label != labels_.end()) return label->second;
  }
  return std::nullopt;
}

}  // namespace warpscope::ptx

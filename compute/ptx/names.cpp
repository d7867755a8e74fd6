#include "compute/ptx/names.h"

namespace warpscope::ptx {
namespace {

constexpr std::size_t kMostDigits = 9;  // a register number fits an int

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

void NameTable::open() {
  scopes_.push_back(undo_.size());
}

void NameTable::close() {
  const std::size_t begin = scopes_.back();
  scopes_.pop_back();
  while (undo_.size() > begin) {
    const Undo& last = undo_.back();
    if (last.is_range) {
      const auto newest = newest_range_.find(last.name);
      const int hidden = ranges_.back().hidden;
      ranges_.pop_back();
      if (hidden < 0) {
        newest_range_.erase(newest);
      } else {
        newest->second = hidden;
      }
    } else if (last.hidden) {
      names_[last.name] = *last.hidden;
    } else {
      names_.erase(last.name);
    }
    undo_.pop_back();
  }
}

bool NameTable::declare(std::string_view name, Name meaning) {
  meaning.depth = static_cast<int>(scopes_.size());
  int number = 0;
  if (const Range* range = find_range(name, &number); range != nullptr && range->first.depth == meaning.depth)
    return false;
  const auto [place, is_new] = names_.try_emplace(name, meaning);
  if (!is_new && place->second.depth == meaning.depth) return false;
  undo_.push_back({name, false, is_new ? std::nullopt : std::optional(place->second)});
  place->second = meaning;
  return true;
}

bool NameTable::declare_range(std::string_view base, int first, int count, int width) {
  const auto [place, is_new] = newest_range_.try_emplace(base, static_cast<int>(ranges_.size()));
  const int depth = static_cast<int>(scopes_.size());
  const int hidden = is_new ? -1 : place->second;
  if (!is_new && ranges_[static_cast<std::size_t>(hidden)].first.depth == depth) return false;
  place->second = static_cast<int>(ranges_.size());
  ranges_.push_back({{Name::Kind::kRegister, first, width, depth}, count, hidden});
  undo_.push_back({base, true, std::nullopt});
  return true;
}

const NameTable::Range* NameTable::range_with(std::string_view base, int number) const {
  const auto newest = newest_range_.find(base);
  if (newest == newest_range_.end()) return nullptr;
  for (int at = newest->second; at >= 0; at = ranges_[static_cast<std::size_t>(at)].hidden) {
    const Range& range = ranges_[static_cast<std::size_t>(at)];
    if (number < range.count) return &range;
  }
  return nullptr;
}

// "%r12" is number 12 of base "%r", or number 2 of base "%r1"; the innermost scope that has one decides.
const NameTable::Range* NameTable::find_range(std::string_view name, int* number) const {
  const Range* best = nullptr;
  int value = 0;
  int scale = 1;
  for (std::size_t digits = 1; digits <= kMostDigits && digits < name.size(); ++digits) {
    const char c = name[name.size() - digits];
    if (!is_digit(c)) break;
    value += (c - '0') * scale;
    scale *= 10;
    if (c == '0' && digits > 1) continue;  // no leading zeros: %r01 is not %r1
    const Range* range = range_with(name.substr(0, name.size() - digits), value);
    if (range == nullptr || (best != nullptr && best->first.depth >= range->first.depth)) continue;
    best = range;
    *number = value;
  }
  return best;
}

std::optional<Name> NameTable::find(std::string_view name) const {
  std::optional<Name> found;
  if (const auto exact = names_.find(name); exact != names_.end()) found = exact->second;
  int number = 0;
  const Range* range = find_range(name, &number);
  if (range == nullptr || (found && found->depth >= range->first.depth)) return found;
  Name numbered = range->first;
  numbered.index += number * numbered.width;
  return numbered;
}

}  // namespace warpscope::ptx

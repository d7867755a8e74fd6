#include "compute/ptx/opcodes.h"

#include <algorithm>
#include <unordered_map>

namespace warpscope::ptx {
namespace {

constexpr std::string_view kOpcodeNames[] = {
    "unknown",
#define WARPSCOPE_OPCODE(id, text) text,
#include "compute/ptx/opcodes.inc"
#undef WARPSCOPE_OPCODE
};

constexpr std::string_view kModifierNames[] = {
    "unknown",
#define WARPSCOPE_MODIFIER(id, text) text,
#include "compute/ptx/modifiers.inc"
#undef WARPSCOPE_MODIFIER
};

template <class Id, std::size_t count>
std::unordered_map<std::string_view, Id> by_name(const std::string_view (&names)[count]) {
  std::unordered_map<std::string_view, Id> ids;
  for (std::size_t i = 1; i < count; ++i) ids.emplace(names[i], static_cast<Id>(i));
  return ids;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "m64n128k16": wgmma has 128 of them.
bool is_wgmma_shape(std::string_view word) {
  if (!word.starts_with("m64n")) return false;
  const std::size_t k = word.find('k');
  return k != std::string_view::npos && all_digits(word.substr(4, k - 4)) && all_digits(word.substr(k + 1));
}

}  // namespace

std::string_view name_of(Opcode opcode) {
  return kOpcodeNames[static_cast<std::size_t>(opcode)];
}

Opcode find_opcode(std::string_view first_word) {
  static const auto kIds = by_name<Opcode>(kOpcodeNames);
  const auto found = kIds.find(first_word);
  return found == kIds.end() ? Opcode::kUnknown : found->second;
}

std::string_view name_of(Modifier modifier) {
  return kModifierNames[static_cast<std::size_t>(modifier)];
}

Modifier find_modifier(std::string_view word) {
  static const auto kIds = by_name<Modifier>(kModifierNames);
  const auto found = kIds.find(word);
  if (found != kIds.end()) return found->second;
  return is_wgmma_shape(word) ? Modifier::kM64nNkK : Modifier::kUnknown;
}

}  // namespace warpscope::ptx

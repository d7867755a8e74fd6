// Demangling: see debug_names.h.
#include "compute/ptx/debug_names.h"

#include <cxxabi.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <memory>

namespace warpscope::ptx::dwarf {

namespace {

constexpr std::size_t kMaxMangled = 4096;
constexpr double kMaxExpanded = 16.0 * 1024 * 1024;  // bytes
constexpr std::size_t kMaxReadable = 2048;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// An upper bound of the length of the demangled name. A mangled name refers back to parts of itself (S_, S1_, T_), so
// it can double with every few characters; r references make at most 3^(r/3) copies. A pack expansion (Dp) repeats its
// pattern for each element of a pack, of which there are fewer than characters.
double expanded_bound(std::string_view mangled) {
  int references = 0;
  int expansions = 0;
  for (std::size_t i = 0; i + 1 < mangled.size(); ++i) {
    const char c = mangled[i];
    if (c == 'D' && mangled[i + 1] == 'p') ++expansions;
    if (c == 's' && (mangled[i + 1] == 'p' || mangled[i + 1] == 'Z')) ++expansions;
    if (c != 'S' && c != 'T') continue;
    std::size_t end = i + 1;
    while (end < mangled.size() && (std::isdigit(static_cast<unsigned char>(mangled[end])) != 0 ||
                                    std::isupper(static_cast<unsigned char>(mangled[end])) != 0)) {
      ++end;
    }
    if (end < mangled.size() && mangled[end] == '_') ++references;
  }
  const auto length = static_cast<double>(mangled.size());
  return length * std::pow(3.0, references / 3.0) * std::pow(length, expansions);
}

// "cub::BlockRadixSort<...>": the names at the front of a mangled name, up to what needs a demangler. Compilers' own
// namespaces for what is local to a file say nothing to a reader.
std::string shortened(std::string_view mangled) {
  std::string result;
  std::size_t i = 2;
  while (i < mangled.size() && std::string_view("NrVKLZS").find(mangled[i]) != std::string_view::npos) {
    i += mangled[i] == 'S' ? 2 : 1;  // St: std
  }
  while (i < mangled.size() && std::isdigit(static_cast<unsigned char>(mangled[i])) != 0) {
    std::size_t length = 0;
    for (; i < mangled.size() && std::isdigit(static_cast<unsigned char>(mangled[i])) != 0; ++i) {
      length = std::min<std::size_t>(length * 10 + static_cast<std::size_t>(mangled[i] - '0'), kMaxMangled);
    }
    const std::string_view part = mangled.substr(std::min(i, mangled.size()), length);
    i += part.size();
    if (part.substr(0, 10) == "_INTERNAL_" || part.substr(0, 10) == "_GLOBAL__N") continue;
    if (!result.empty()) result += "::";
    result += part.substr(0, kMaxReadable / 8);
    if (result.size() > kMaxReadable) break;
  }
  if (result.empty()) return std::string(mangled.substr(0, kMaxReadable));
  return i < mangled.size() && mangled[i] == 'I' ? result + "<...>" : result;
}

// nvcc puts what is local to a file into a namespace named after the file and a hash.
void drop_internal_namespace(std::string& name) {
  for (std::size_t at = name.find("_INTERNAL_"); at != std::string::npos; at = name.find("_INTERNAL_", at)) {
    std::size_t end = at;
    while (end < name.size() && is_word(name[end])) ++end;
    const bool is_whole = (at == 0 || !is_word(name[at - 1])) && name.compare(end, 2, "::") == 0;
    if (is_whole) {
      name.erase(at, end + 2 - at);
    } else {
      at = end;
    }
  }
}

// "float const*" -> "const float*": demanglers write the qualifier behind, people before a plain type.
void const_to_front(std::string& name) {
  constexpr std::string_view kConst = " const";
  for (std::size_t at = name.find(kConst); at != std::string::npos; at = name.find(kConst, at + 1)) {
    const std::size_t end = at + kConst.size();
    if (end >= name.size() || (name[end] != '*' && name[end] != '&')) continue;
    int depth = 0;
    std::size_t begin = at;
    for (; begin > 0; --begin) {
      const char c = name[begin - 1];
      depth += c == '>' ? 1 : c == '<' ? -1 : 0;
      if (depth < 0 || (depth == 0 && (c == '(' || c == ',' || c == '*' || c == '&' || c == ')'))) break;
    }
    if (begin > 0 && (name[begin - 1] == '*' || name[begin - 1] == '&' || name[begin - 1] == ')')) continue;
    while (begin < at && name[begin] == ' ') ++begin;
    name.erase(at, kConst.size());
    name.insert(begin, "const ");
  }
}

// "float*" -> "float *", as DWARF types are spelled here.
std::string spaced(const std::string& name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_operator = result.size() >= 8 && result.compare(result.size() - 8, 8, "operator") == 0;
    if ((name[i] == '*' || name[i] == '&') && i > 0 && (is_word(name[i - 1]) || name[i - 1] == '>') && !is_operator) {
      result += ' ';
    }
    result += name[i];
  }
  return result;
}

std::string demangled(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 && text ? std::string(text.get()) : std::string();
}

}  // namespace

std::string readable(std::string_view mangled, Budget& budget) {
  if (mangled.substr(0, 2) != "_Z") return std::string(mangled.substr(0, kMaxReadable));
  if (budget.exhausted() || mangled.size() > kMaxMangled || expanded_bound(mangled) > kMaxExpanded)
    return shortened(mangled);
  std::string name = demangled(std::string(mangled));
  budget.spend(mangled.size() + name.size());
  if (name.empty()) return std::string(mangled.substr(0, kMaxReadable));
  if (name.size() > kMaxReadable) return shortened(mangled);
  drop_internal_namespace(name);
  const_to_front(name);
  return spaced(name);
}

std::string readable_type(std::string_view name, Budget& budget) {
  for (const std::string_view prefix : {"__b_", "__v_", "__SO__"}) {
    if (name.substr(0, prefix.size()) != prefix) continue;
    // Wrapped as a variable's name, since a bare number and letters could be any type: "5Shape".
    const std::string inner = readable("_Z" + std::string(name.substr(prefix.size())), budget);
    return inner.substr(0, 2) == "_Z" ? std::string(name) : inner;
  }
  return readable(name, budget);
}

}  // namespace warpscope::ptx::dwarf

#include "compute/training/backend.h"

#include <fmt/format.h>

namespace warpscope::training {
namespace {

template <class Kind>
struct NamedKind {
  Kind kind;
  std::string_view name;
};
constexpr NamedKind<BackendKind> kBackends[] = {
    {BackendKind::kCpu, "cpu"}, {BackendKind::kCuda, "cuda"}, {BackendKind::kVirtual, "virtual"}};
constexpr NamedKind<Precision> kPrecisions[] = {
    {Precision::kF32, "f32"}, {Precision::kF16, "f16"}, {Precision::kBf16, "bf16"}};

template <class Kind, std::size_t kCount>
std::string_view name_of(const NamedKind<Kind> (&table)[kCount], Kind kind) {
  for (const auto& entry : table) {
    if (entry.kind == kind) return entry.name;
  }
  return "?";
}

template <class Kind, std::size_t kCount>
base::Result<Kind> kind_of(const NamedKind<Kind> (&table)[kCount], std::string_view what, std::string_view text) {
  std::string names;
  for (const auto& entry : table) {
    if (entry.name == text) return entry.kind;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.name);
  }
  return base::fail(fmt::format("there is no {} '{}'; there are: {}", what, text, names));
}

}  // namespace

std::string_view text_of(BackendKind kind) {
  return name_of(kBackends, kind);
}
std::string_view text_of(Precision precision) {
  return name_of(kPrecisions, precision);
}
base::Result<BackendKind> parse_backend(std::string_view text) {
  return kind_of(kBackends, "back end", text);
}
base::Result<Precision> parse_precision(std::string_view text) {
  return kind_of(kPrecisions, "precision", text);
}

}  // namespace warpscope::training

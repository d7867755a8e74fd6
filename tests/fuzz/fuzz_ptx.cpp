// Whatever bytes a PTX text holds: it is refused with a place in the text, or read, printed and read again to the same
// module.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "compute/ptx/parser.h"
#include "tests/fuzz/mutate_lines.h"
#include "tests/ptx/same_module.h"

namespace ptx = warpscope::ptx;

namespace {
void insist(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ptx::ParseLimits limits;  // small ones, so that reaching them is quick
  limits.max_registers = 1U << 12;
  limits.max_module_registers = 1U << 13;
  limits.max_variables = 1U << 10;
  limits.max_initialiser_bytes = 1U << 12;
  limits.max_nesting = 32;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto module = ptx::parse(text, "fuzz.ptx", limits);
  if (!module) {
    insist(!module.error().empty());
    for (const auto& error : module.error()) {
      insist(!error.message.empty() && error.where.line > 0 && error.where.column > 0);
    }
    return 0;
  }
  const auto again = ptx::parse(ptx::print(*module), "again.ptx", limits);
  insist(again.has_value() && ptx::difference(*module, *again).empty());
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  return warpscope::fuzz::mutate_lines_in_place(data, size, max_size, seed);
}

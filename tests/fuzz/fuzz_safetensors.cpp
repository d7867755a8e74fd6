// Whatever bytes a safetensors file holds: it is refused with a message, or every tensor has the numbers its shape says
// and none of the file's bytes is read twice.
#include <cstdint>
#include <cstdlib>

#include "compute/training/safetensors.h"

namespace {
void insist(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = warpscope::training::parse_safetensors({data, size}, "fuzz.safetensors");
  if (!file) {
    insist(!file.error().message.empty() && file.error().where.file == "fuzz.safetensors");
    return 0;
  }
  std::size_t numbers = 0;
  for (const auto& [name, tensor] : file->tensors) {
    std::uint64_t product = 1;
    for (const std::int64_t extent : tensor.shape) product *= static_cast<std::uint64_t>(extent);
    insist(product == tensor.data.size());
    numbers += tensor.data.size();
  }
  insist(numbers * sizeof(float) <= size);
  return 0;
}

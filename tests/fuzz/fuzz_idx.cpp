// Whatever bytes an IDX file holds, plain or gzip: it is refused with a message, or as many bytes come out as its sizes
// say.
#include <cstdint>
#include <cstdlib>

#include "compute/training/dataset.h"

namespace {
void insist(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = warpscope::training::parse_idx({data, size}, "fuzz.idx");
  if (!file) {
    insist(!file.error().message.empty() && file.error().where.file == "fuzz.idx");
    return 0;
  }
  insist(!file->sizes.empty());
  std::uint64_t product = 1;
  for (const std::uint32_t extent : file->sizes) product *= extent;
  insist(product == file->data.size());
  return 0;
}

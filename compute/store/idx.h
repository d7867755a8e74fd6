// store/idx.h: pictures and labels in the form of MNIST's files. Floor 2. Pure functions. Used only inside
// compute/store. Form: http://yann.lecun.com/exdb/mnist/, "the IDX file format": big-endian magic number and sizes,
// then bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compute/store/store.h"

namespace warpscope::store {

struct LabelledImage {
  drawings::DigitImage image{};
  int label = 0;
};

// Both files, plain or gzip. Pictures of another size than 28x28 are prepared as any picture is. Errors name the file.
Result<std::vector<LabelledImage>> read_idx_pair(const std::filesystem::path& images,
                                                 const std::filesystem::path& labels);

// The bytes of the two files.
struct IdxPair {
  std::string images;
  std::string labels;
};
IdxPair idx_pair(const std::vector<LabelledImage>& all);

}  // namespace warpscope::store

// cuda/toolkit.h: where a CUDA Toolkit is. Floor 2.
#pragma once

#include <filesystem>
#include <vector>

namespace warpscope::cuda {

// Folders that may hold a toolkit, most particular first: $CUDA_HOME, $CUDA_PATH, /usr/local/cuda, /usr/local/cuda-*
// newest first, /opt/cuda, /usr.
std::vector<std::filesystem::path> toolkit_folders();
// The nvcc of $PATH, else of the first toolkit that has one; empty where there is none.
std::filesystem::path find_nvcc();
// $WARPSCOPE_PTXAS where that is set, else the ptxas beside that nvcc, in $PATH, or of the first toolkit that has one;
// empty where there is none.
std::filesystem::path find_ptxas();

}  // namespace warpscope::cuda

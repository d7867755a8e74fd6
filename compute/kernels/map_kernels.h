// kernels/map_kernels.h: launches large enough to fill a GPU, for the SM map: kernels of the
// catalogue with grids of hundreds of blocks, and how each changes with its block. Floor 4. Data,
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/kernels/catalogue.h"

namespace warpscope::kernels {

enum class BlockRule : std::uint8_t {
  kFixed,  // the kernel is written for blocks of just this shape
  kWidth,  // any number of threads along x
  kRows,   // any number of rows of block.x threads each
};

// One entry of the SM map's list.
struct MapKernel {
  Kernel kernel;  // name, title, idea, file as in the catalogue; grid, block and arguments larger
  // Of the PTX. kernel.name too, but where the list has one kernel twice: there kernel.name is the
  // list's, and find_kernel() does not know it.
  std::string_view entry;
  BlockRule rule = BlockRule::kFixed;
  // kWidth: the fewest threads of a block; it has a multiple of `whole`, or `power_of_two` of them.
  std::uint32_t least = 1, whole = 1;
  bool power_of_two = false;
  // kRows: the grid is a line along x of blocks that have threads.y rows together.
  bool line_of_blocks = false;
  // What the grid must cover, in threads; blocks are as many as that takes. Of kFixed not used.
  base::Dim3 threads{};
  // Dynamic shared memory of a block is
  // fixed_shared + per_row_shared * block.y + per_thread_shared * its threads.
  std::uint32_t fixed_shared = 0, per_row_shared = 0, per_thread_shared = 0;
};

// In the order they are offered; the first is what the SM map begins with.
const std::vector<MapKernel>& map_kernels();
const MapKernel* find_map_kernel(std::string_view name);

struct LaunchShape {
  base::Dim3 grid{}, block{};
  std::uint32_t dynamic_shared_bytes = 0;
};
// With blocks of `threads` threads. Empty where the kernel cannot have such a block; `why` says
// why.
std::optional<LaunchShape> shape_for(const MapKernel& kernel, int threads, std::string& why);

}  // namespace warpscope::kernels

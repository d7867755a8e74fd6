// Warps whose lanes exchange values, as kernels do it: written for the tests of compute/vgpu/warp_ops.
#include <cooperative_groups.h>

namespace cg = cooperative_groups;

// Sum of each block, by shuffles; any number of threads up to 1,024.
extern "C" __global__ void block_sums(const int* in, int* sums, int n) {
  __shared__ int of_warps[32];
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  int value = i < n ? in[i] : 0;
  for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(0xffffffffu, value, step);
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x < 32) {
    value = threadIdx.x < (blockDim.x + 31) / 32 ? of_warps[threadIdx.x] : 0;
    for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
    if (threadIdx.x == 0) sums[blockIdx.x] = value;
  }
}

// Inclusive sums within each segment of 8 lanes, of doubles (two shuffles each).
extern "C" __global__ void segment_scan(const double* in, double* out) {
  const int lane = threadIdx.x % 8;
  double value = in[threadIdx.x];
  for (int step = 1; step < 8; step *= 2) {
    const double left = __shfl_up_sync(0xffffffffu, value, step, 8);
    if (lane >= step) value += left;
  }
  out[threadIdx.x] = value;
}

// Keeps the positive numbers, in their order; one warp.
extern "C" __global__ void compact(const int* in, int* out, int* count, int n) {
  int kept = 0;
  for (int first = 0; first < n; first += 32) {
    const int i = first + threadIdx.x;
    const int value = i < n ? in[i] : 0;
    const unsigned votes = __ballot_sync(0xffffffffu, value > 0);
    if (value > 0) out[kept + __popc(votes & ((1u << threadIdx.x) - 1))] = value;
    kept += __popc(votes);
  }
  if (threadIdx.x == 0) *count = kept;
}

// A histogram in which lanes of the same bin send one of them.
extern "C" __global__ void aggregated_histogram(const int* in, int* bins, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  const unsigned same = __match_any_sync(__activemask(), in[i]);
  if (threadIdx.x % 32 == __ffs(same) - 1) atomicAdd(&bins[in[i]], __popc(same));
}

// Per warp: minimum, maximum, or of all, and sum of the odd lanes only.
extern "C" __global__ void reduce_instructions(const int* in, int* out) {
  const int value = in[threadIdx.x];
  int* mine = out + threadIdx.x / 32 * 4;
  const int lowest = __reduce_min_sync(0xffffffffu, value);
  const int highest = __reduce_max_sync(0xffffffffu, value);
  const unsigned bits = __reduce_or_sync(0xffffffffu, static_cast<unsigned>(value));
  int odd = 0;
  if (threadIdx.x % 2 == 1) odd = __reduce_add_sync(0xaaaaaaaau, value);
  odd = __shfl_sync(0xffffffffu, odd, 1);
  if (threadIdx.x % 32 == 0) {
    mine[0] = lowest;
    mine[1] = highest;
    mine[2] = static_cast<int>(bits);
    mine[3] = odd;
  }
}

// Cooperative groups: sums of tiles of 4 lanes, and the ranks of those in a branch.
extern "C" __global__ void group_sums(const int* in, int* sums, int* ranks) {
  const cg::thread_block block = cg::this_thread_block();
  const cg::thread_block_tile<4> tile = cg::tiled_partition<4>(block);
  int value = in[block.thread_rank()];
  for (int step = tile.size() / 2; step > 0; step /= 2) value += tile.shfl_down(value, step);
  if (tile.thread_rank() == 0) sums[block.thread_rank() / 4] = value;
  ranks[block.thread_rank()] = -1;
  if (in[block.thread_rank()] % 3 == 0) {
    const cg::coalesced_group together = cg::coalesced_threads();
    ranks[block.thread_rank()] = static_cast<int>(together.thread_rank() + 100 * together.size());
  }
}

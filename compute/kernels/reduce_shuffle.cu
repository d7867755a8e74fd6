// Sum of a block by warp shuffles: lanes hand each other their registers, without shared memory
// and barriers in between.
//
// __shfl_down_sync gives each lane the value of the lane `offset` above it. After offsets of
// 16, 8, 4, 2 and 1, lane 0 has the sum of its warp. Only these, one for each warp, go through
// shared memory, and the first warp adds them up. The block's size must be a multiple of 32.
//
// Look for: all 32 lanes shuffle and add, although only lane 0 ends with a sum that matters:
//           switching lanes off would save nothing.
// Expect:   a single barrier; 10 shuffles on the way to the block's sum.

const unsigned kAllLanes = 0xffffffffu;

extern "C" __global__ void reduce_shuffle(const float* __restrict__ in,
                                          float* __restrict__ block_sums, int n) {
  __shared__ float warp_sums[32];  // a block has at most 32 warps

  int lane = threadIdx.x % 32;
  int warp = threadIdx.x / 32;
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float sum = i < n ? in[i] : 0.0f;
  for (int offset = 16; offset > 0; offset /= 2) {
    sum += __shfl_down_sync(kAllLanes, sum, offset);
  }
  if (lane == 0) {
    warp_sums[warp] = sum;
  }
  __syncthreads();

  if (warp == 0) {
    int warps = blockDim.x / 32;
    sum = lane < warps ? warp_sums[lane] : 0.0f;
    for (int offset = 16; offset > 0; offset /= 2) {
      sum += __shfl_down_sync(kAllLanes, sum, offset);
    }
    if (lane == 0) {
      block_sums[blockIdx.x] = sum;
    }
  }
}

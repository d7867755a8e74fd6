// Vector add: every thread adds one pair of numbers.
//
// The loop of a CPU program is gone: the grid is the loop. Each thread works out which element
// is its own from the index of its block and its index in the block. The last block has more
// threads than there are elements left, so each thread asks whether its element exists.
//
// Look for: the last warp, where the guard switches lanes off.
// Expect:   4 sectors of 32 bytes for each request of a full warp: 32 lanes x 4 bytes, side by
//           side, nothing read in vain.

extern "C" __global__ void vector_add(const float* __restrict__ a, const float* __restrict__ b,
                                      float* __restrict__ sum, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    sum[i] = a[i] + b[i];
  }
}

// Sum of a block as a tree, with the working threads far apart: every warp keeps running for
// fewer and fewer lanes.
//
// In each round, every second of the remaining partial sums takes in its neighbour. Only
// threads whose index is a multiple of 2, then 4, then 8, ... work. They are spread over all
// warps, so a warp runs although half its lanes are off, then three quarters, and so on. The
// next version, reduce_sequential, does the same additions with threads side by side. The
// block's size must be a power of two.
//
// Look for: active lanes in the line of the addition: 16, 8, 4, 2, 1 in every warp; then 1 in
//           fewer and fewer warps.
// Expect:   as many divergent branches in a round as warps have work in it.

extern "C" __global__ void reduce_divergent(const float* __restrict__ in,
                                            float* __restrict__ block_sums, int n) {
  extern __shared__ float partial[];  // blockDim.x floats

  int t = threadIdx.x;
  int i = blockIdx.x * blockDim.x + t;
  partial[t] = i < n ? in[i] : 0.0f;
  __syncthreads();

  for (int stride = 1; stride < blockDim.x; stride *= 2) {
    if (t % (2 * stride) == 0) {
      partial[t] += partial[t + stride];
    }
    __syncthreads();
  }

  if (t == 0) {
    block_sums[blockIdx.x] = partial[0];
  }
}

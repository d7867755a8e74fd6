// Sum of a block as a tree, with the working threads side by side: whole warps finish early.
//
// In each round the lower half of the partial sums takes in the upper half. The threads that
// work are the first ones, so the others are whole warps, which skip the addition together.
// Lanes of a warp diverge only in the last five rounds, when fewer than 32 threads are left.
// The block's size must be a power of two.
//
// Look for: active lanes in the line of the addition: 32 until the last five rounds.
// Expect:   5 divergent branches a block for the rounds, however large the block is; no bank
//           conflicts.

extern "C" __global__ void reduce_sequential(const float* __restrict__ in,
                                             float* __restrict__ block_sums, int n) {
  extern __shared__ float partial[];  // blockDim.x floats

  int t = threadIdx.x;
  int i = blockIdx.x * blockDim.x + t;
  partial[t] = i < n ? in[i] : 0.0f;
  __syncthreads();

  for (int stride = blockDim.x / 2; stride > 0; stride /= 2) {
    if (t < stride) {
      partial[t] += partial[t + stride];
    }
    __syncthreads();
  }

  if (t == 0) {
    block_sums[blockIdx.x] = partial[0];
  }
}

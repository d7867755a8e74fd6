// A bug to be found: the sum of a block as a tree, as in reduce_sequential. The result is often
// right.
//
// In each round the lower half of the partial sums takes in the upper half, and the threads
// that have worked wait for each other.
//
// Look for: which threads come to which barrier.
// Try:      the checkers, and a comparison with reduce_sequential line by line.

extern "C" __global__ void bug_divergent_barrier(const float* __restrict__ in,
                                                 float* __restrict__ block_sums) {
  extern __shared__ float partial[];  // blockDim.x floats, a power of two

  int t = threadIdx.x;
  partial[t] = in[blockIdx.x * blockDim.x + t];
  __syncthreads();

  for (int stride = blockDim.x / 2; stride > 0; stride /= 2) {
    if (t < stride) {
      partial[t] += partial[t + stride];
      __syncthreads();
    }
  }

  if (t == 0) {
    block_sums[blockIdx.x] = partial[0];
  }
}

// The bug: the barrier in the loop stands inside the if, so only some threads come to it, in
// the last rounds not even all lanes of a warp. __syncthreads() must be reached by every thread
// of the block, or by none; all else is undefined: it may hang, let threads through too early,
// or work by chance. The barrier belongs behind the if, as in reduce_sequential.

// A bug to be found: reverses each block of an array through shared memory. Sometimes the
// result is right.
//
// Every thread puts its element into the tile and takes out the one from the other end.
//
// Look for: what a thread reads, who wrote it, and what makes sure that this came first.
// Try:      the checkers; other sizes of the block. With 32 threads the result may look right
//           on every run.

extern "C" __global__ void bug_missing_barrier(const int* __restrict__ in, int* __restrict__ out) {
  extern __shared__ int tile[];  // blockDim.x ints

  int t = threadIdx.x;
  int first = blockIdx.x * blockDim.x;
  tile[t] = in[first + t];
  out[first + t] = tile[blockDim.x - 1 - t];
}

// The bug: nothing orders the write to the tile before the read. The element at the other end
// belongs to another warp, which may not have run yet. A __syncthreads() between the two lines
// makes every thread wait until all have written. That a block of one warp gets away with it is
// luck as well: lanes need not run in step.

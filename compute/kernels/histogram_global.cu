// Histogram with atomics in global memory: correct, and a queue at every bin.
//
// Thousands of threads count the brightness of bytes in 16 bins. `bins[k] += 1` would lose
// counts, since two threads may read the same old value; atomicAdd reads, adds and writes as
// one step. But threads that meet at one bin wait for each other, and here the whole grid meets
// at 16 addresses.
//
// Look for: the atomics' contention: lanes of one warp that go to the same bin are served one
//           after the other.
// Expect:   one atomic a thread; the fewer different brightnesses a picture has, the longer the
//           queues.

extern "C" __global__ void histogram_global(const unsigned char* __restrict__ data,
                                            unsigned* __restrict__ bins,  // (16)
                                            int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    atomicAdd(&bins[data[i] / 16], 1u);
  }
}

// Histogram with a private copy of the bins in each block: most of the queueing moves into
// shared memory.
//
// Each block counts its own bytes in shared memory, where atomics are fast and only the block's
// own threads compete. At the end it adds its 16 counts to the result: 16 global atomics a
// block instead of one a thread.
//
// Look for: three phases with a barrier between them: clear the private bins, count, hand over.
// Expect:   global atomics: 16 for each block. In shared memory lanes with equal bins still
//           wait for each other.

const int kBins = 16;

extern "C" __global__ void histogram_shared(const unsigned char* __restrict__ data,
                                            unsigned* __restrict__ bins,  // (kBins)
                                            int n) {
  __shared__ unsigned block_bins[kBins];

  if (threadIdx.x < kBins) {
    block_bins[threadIdx.x] = 0;
  }
  __syncthreads();

  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    atomicAdd(&block_bins[data[i] / 16], 1u);
  }
  __syncthreads();

  if (threadIdx.x < kBins) {
    atomicAdd(&bins[threadIdx.x], block_bins[threadIdx.x]);
  }
}

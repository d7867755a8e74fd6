// Well known kernels, in the versions that people measure beside each other.

// ---- Transpose: a tile of kTile columns by as many rows, kRows of them at a time.

template <int kTile, int kRows>
__device__ void copy_tile(float* out, const float* in, int width) {
  const int x = blockIdx.x * kTile + threadIdx.x, y = blockIdx.y * kTile + threadIdx.y;
  for (int j = 0; j < kTile; j += kRows) out[(y + j) * width + x] = in[(y + j) * width + x];
}
template <int kTile, int kRows>
__device__ void transpose_straight(float* out, const float* in, int width) {
  const int x = blockIdx.x * kTile + threadIdx.x, y = blockIdx.y * kTile + threadIdx.y;
  for (int j = 0; j < kTile; j += kRows) out[x * width + y + j] = in[(y + j) * width + x];
}
template <int kTile, int kRows, int kPadding>
__device__ void transpose_tile(float* out, const float* in, int width) {
  __shared__ float tile[kTile][kTile + kPadding];
  int x = blockIdx.x * kTile + threadIdx.x, y = blockIdx.y * kTile + threadIdx.y;
  for (int j = 0; j < kTile; j += kRows) tile[threadIdx.y + j][threadIdx.x] = in[(y + j) * width + x];
  __syncthreads();
  x = blockIdx.y * kTile + threadIdx.x;
  y = blockIdx.x * kTile + threadIdx.y;
  for (int j = 0; j < kTile; j += kRows) out[(y + j) * width + x] = tile[threadIdx.x][threadIdx.y + j];
}
#define TRANSPOSE(tile, rows)                                                                  \
  extern "C" __global__ void copy_##rows(float* out, const float* in, int width) {             \
    copy_tile<tile, rows>(out, in, width);                                                     \
  }                                                                                            \
  extern "C" __global__ void transpose_naive_##rows(float* out, const float* in, int width) {  \
    transpose_straight<tile, rows>(out, in, width);                                            \
  }                                                                                            \
  extern "C" __global__ void transpose_shared_##rows(float* out, const float* in, int width) { \
    transpose_tile<tile, rows, 0>(out, in, width);                                             \
  }                                                                                            \
  extern "C" __global__ void transpose_padded_##rows(float* out, const float* in, int width) { \
    transpose_tile<tile, rows, 1>(out, in, width);                                             \
  }
TRANSPOSE(32, 16)
TRANSPOSE(32, 8)

// ---- Reduction of 256 values, or 512, by a block of 256 threads.

constexpr int kThreads = 256;

// Neighbours first; the lanes that go on are scattered over all warps.
extern "C" __global__ void reduce_divergent(const float* in, float* out) {
  __shared__ float sums[kThreads];
  const unsigned lane = threadIdx.x;
  sums[lane] = in[blockIdx.x * blockDim.x + lane];
  __syncthreads();
  for (unsigned step = 1; step < blockDim.x; step *= 2) {
    if (lane % (2 * step) == 0) sums[lane] += sums[lane + step];
    __syncthreads();
  }
  if (lane == 0) out[blockIdx.x] = sums[0];
}
// The lanes that go on are together, their words are not.
extern "C" __global__ void reduce_conflicting(const float* in, float* out) {
  __shared__ float sums[kThreads];
  const unsigned lane = threadIdx.x;
  sums[lane] = in[blockIdx.x * blockDim.x + lane];
  __syncthreads();
  for (unsigned step = 1; step < blockDim.x; step *= 2) {
    const unsigned at = 2 * step * lane;
    if (at < blockDim.x) sums[at] += sums[at + step];
    __syncthreads();
  }
  if (lane == 0) out[blockIdx.x] = sums[0];
}
// Halves: lanes and words together.
extern "C" __global__ void reduce_sequential(const float* in, float* out) {
  __shared__ float sums[kThreads];
  const unsigned lane = threadIdx.x;
  sums[lane] = in[blockIdx.x * blockDim.x + lane];
  __syncthreads();
  for (unsigned step = blockDim.x / 2; step > 0; step /= 2) {
    if (lane < step) sums[lane] += sums[lane + step];
    __syncthreads();
  }
  if (lane == 0) out[blockIdx.x] = sums[0];
}
// Two values a thread.
extern "C" __global__ void reduce_two(const float* in, float* out) {
  __shared__ float sums[kThreads];
  const unsigned lane = threadIdx.x, first = blockIdx.x * 2 * blockDim.x + lane;
  sums[lane] = in[first] + in[first + blockDim.x];
  __syncthreads();
  for (unsigned step = blockDim.x / 2; step > 0; step /= 2) {
    if (lane < step) sums[lane] += sums[lane + step];
    __syncthreads();
  }
  if (lane == 0) out[blockIdx.x] = sums[0];
}
// The last warp needs no barrier.
extern "C" __global__ void reduce_last_warp(const float* in, float* out) {
  __shared__ float sums[kThreads];
  const unsigned lane = threadIdx.x, first = blockIdx.x * 2 * blockDim.x + lane;
  sums[lane] = in[first] + in[first + blockDim.x];
  __syncthreads();
  for (unsigned step = blockDim.x / 2; step > 32; step /= 2) {
    if (lane < step) sums[lane] += sums[lane + step];
    __syncthreads();
  }
  if (lane < 32) {
    volatile float* const warp = sums;
#pragma unroll
    for (unsigned step = 32; step > 0; step /= 2) {
      const float sum = warp[lane] + warp[lane + step];
      __syncwarp();
      warp[lane] = sum;
      __syncwarp();
    }
  }
  if (lane == 0) out[blockIdx.x] = sums[0];
}

// ---- Histograms.

extern "C" __global__ void histogram_global(const unsigned* in, unsigned* bins, int count, int bin_count) {
  const int first = blockIdx.x * blockDim.x + threadIdx.x, all = blockDim.x * gridDim.x;
  for (int bin = first; bin < bin_count; bin += all) bins[bin] = 0;
  __syncthreads();
  for (int i = first; i < count; i += all) atomicAdd(&bins[in[i]], 1U);
}
extern "C" __global__ void histogram_shared(const unsigned* in, unsigned* bins, int count, int bin_count) {
  extern __shared__ unsigned own[];
  const int first = blockIdx.x * blockDim.x + threadIdx.x, all = blockDim.x * gridDim.x;
  for (int bin = threadIdx.x; bin < bin_count; bin += blockDim.x) own[bin] = 0;
  __syncthreads();
  for (int i = first; i < count; i += all) atomicAdd(&own[in[i]], 1U);
  __syncthreads();
  for (int bin = threadIdx.x; bin < bin_count; bin += blockDim.x) atomicAdd(&bins[bin], own[bin]);
}

// How much gets through: caches that everyone reads from, streams that are longer than any cache.

// One block an SM reads the same few KiB over and over.
extern "C" __global__ void l1_bandwidth(const float* values, int zero, int laps, float* end) {
  const float* at = values + threadIdx.x;
  float sum = 0;
#pragma unroll 1
  for (int lap = 0; lap < laps; ++lap) {
    at += zero;
#pragma unroll
    for (int k = 0; k < 16; ++k) sum += at[256 * k];
  }
  end[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

// Blocks of 1024 threads read 256 KiB each, the parts of `parts` blocks beside each other in a buffer that L2 holds and
// L1 does not; the next `parts` blocks read the same again.
extern "C" __global__ void l2_bandwidth(const double* values, int parts, double* end) {
  const double* at = values + (blockIdx.x % parts) * 1024 + threadIdx.x;
  double sum = 0;
#pragma unroll
  for (int k = 0; k < 32; ++k) sum += at[k * parts * 1024];
  if (sum == 12.5) end[threadIdx.x] = sum;
}

extern "C" __global__ void stream_init(double* a) {
  a[blockIdx.x * blockDim.x + threadIdx.x] = 0.25;
}
extern "C" __global__ void stream_read(double* a, const double* __restrict__ b) {
  const double value = b[blockIdx.x * blockDim.x + threadIdx.x];
  if (value == 12.5) a[threadIdx.x] = value;
}
extern "C" __global__ void stream_scale(double* a, const double* __restrict__ b) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  a[i] = b[i] * 1.25;
}
extern "C" __global__ void stream_triad(double* a, const double* __restrict__ b, const double* __restrict__ c) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  a[i] = b[i] * 1.25 + c[i];
}

// Two integer arrays added, by rows and by columns of a matrix of `width` columns.
extern "C" __global__ void add_rows(const int* a, const int* b, int* c, int width, int height) {
  const int y = blockIdx.y * blockDim.y + threadIdx.y, x = blockIdx.x * blockDim.x + threadIdx.x;
  if (y < height && x < width) c[y * width + x] = a[y * width + x] + b[y * width + x];
}
extern "C" __global__ void add_columns(const int* a, const int* b, int* c, int width, int height) {
  const int y = blockIdx.x * blockDim.x + threadIdx.x, x = blockIdx.y * blockDim.y + threadIdx.y;
  if (y < height && x < width) c[y * width + x] = a[y * width + x] + b[y * width + x];
}

// 8 loads of shared memory and a store, over and over. kWays lanes want another word of the same bank.
template <int kWays>
__device__ void shared_ways(int laps, float* end) {
  __shared__ float words[8][512];
  for (int row = 0; row < 8; ++row) words[row][threadIdx.x] = static_cast<float>(row);
  __syncthreads();
  const int at = kWays == 1 ? (threadIdx.x + 1) % 256 : (threadIdx.x % kWays) * 32 + threadIdx.x / kWays;
#pragma unroll 1
  for (int lap = 0; lap < laps; ++lap) {
    float sum = 0;
#pragma unroll
    for (int row = 0; row < 8; ++row) sum += static_cast<volatile float&>(words[row][at]);
    static_cast<volatile float&>(words[0][threadIdx.x]) = sum;
  }
  end[blockIdx.x * blockDim.x + threadIdx.x] = words[0][threadIdx.x];
}
#define SHARED_WAYS(ways) \
  extern "C" __global__ void shared_##ways(int laps, float* end) { shared_ways<ways>(laps, end); }
SHARED_WAYS(1)
SHARED_WAYS(2)
SHARED_WAYS(4)
SHARED_WAYS(8)
SHARED_WAYS(16)

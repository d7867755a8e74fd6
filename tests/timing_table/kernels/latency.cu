// How long one thing takes: chains whose every step needs the one before it. One block; what it took is written down in
// cycles, by the GPU itself.

using Word = unsigned long long;

// A walk along pointers: each word holds the address of the next.
extern "C" __global__ void chase(const Word* start, int steps, Word* end, long long* elapsed) {
  const Word* at = start;
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; i += 16) {
#pragma unroll
    for (int k = 0; k < 16; ++k) at = reinterpret_cast<const Word*>(*reinterpret_cast<const volatile Word*>(at));
  }
  const long long after = clock64();
  if (threadIdx.x == 0) elapsed[0] = after - before;
  end[threadIdx.x] = reinterpret_cast<Word>(at);
}

// kChains independent sums; a step takes each of them once.
template <class T, int kChains>
__device__ void chains(T factor, int steps, T* end, long long* elapsed) {
  T value[kChains];
  for (int c = 0; c < kChains; ++c) value[c] = static_cast<T>(threadIdx.x + c);
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; i += 128 / kChains) {
#pragma unroll
    for (int k = 0; k < 128 / kChains; ++k) {
#pragma unroll
      for (int c = 0; c < kChains; ++c) value[c] = value[c] * factor + static_cast<T>(1);
    }
  }
  const long long after = clock64();
  T sum = 0;
  for (int c = 0; c < kChains; ++c) sum += value[c];
  end[blockIdx.x * blockDim.x + threadIdx.x] = sum;
  if (threadIdx.x == 0) elapsed[blockIdx.x] = after - before;
}

#define CHAINS(name, type, count)                                                                      \
  extern "C" __global__ void name(type factor, int steps, type* end, long long* elapsed) {             \
    chains<type, count>(factor, steps, end, elapsed);                                                  \
  }
CHAINS(fma_1, float, 1)
CHAINS(fma_2, float, 2)
CHAINS(fma_4, float, 4)
CHAINS(fma_8, float, 8)
CHAINS(dfma_1, double, 1)
CHAINS(dfma_2, double, 2)
CHAINS(dfma_4, double, 4)
CHAINS(mad_1, int, 1)
CHAINS(mad_8, int, 8)

// A value that goes from lane to lane.
extern "C" __global__ void shuffle(int steps, int* end, long long* elapsed) {
  int value = threadIdx.x;
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; i += 16) {
#pragma unroll
    for (int k = 0; k < 16; ++k) value = __shfl_xor_sync(0xffffffffU, value, 1);
  }
  const long long after = clock64();
  end[threadIdx.x] = value;
  if (threadIdx.x == 0) elapsed[0] = after - before;
}

// A chase in shared memory. Every lane has a word of its own, `stride` words behind its neighbour's, that holds its own
// address: with a stride of 2, two lanes want each bank, and so on.
extern "C" __global__ void shared_chase(int stride, int steps, unsigned* end, long long* elapsed) {
  __shared__ unsigned words[32 * 32];
  unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(&words[(threadIdx.x % 32) * stride]));
  words[(threadIdx.x % 32) * stride] = at;
  __syncthreads();
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; i += 16) {
#pragma unroll
    for (int k = 0; k < 16; ++k) asm volatile("ld.shared.u32 %0, [%0];" : "+r"(at)::"memory");
  }
  const long long after = clock64();
  end[threadIdx.x] = at;
  if (threadIdx.x == 0) elapsed[0] = after - before;
}

// A block that meets again and again.
extern "C" __global__ void barrier(int steps, int* end, long long* elapsed) {
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; i += 8) {
#pragma unroll
    for (int k = 0; k < 8; ++k) __syncthreads();
  }
  const long long after = clock64();
  end[threadIdx.x] = steps;
  if (threadIdx.x == 0) elapsed[0] = after - before;
}

// One lane adds, and needs what was there before it can add again.
extern "C" __global__ void atomic_chain(unsigned* word, int steps, unsigned* end, long long* elapsed) {
  unsigned value = 0;
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; i += 8) {
#pragma unroll
    for (int k = 0; k < 8; ++k) value = atomicAdd(word, value + 1);
  }
  const long long after = clock64();
  end[threadIdx.x] = value;
  if (threadIdx.x == 0) elapsed[0] = after - before;
}

// Loads of neighbouring lanes that lie `stride` floats apart, all in the L1 cache.
extern "C" __global__ void l1_stride(const float* values, int stride, int zero, int steps, float* end,
                                     long long* elapsed) {
  const float* at = values + (threadIdx.x % 64) * stride;
  float sum = 0;
  const long long before = clock64();
#pragma unroll 1
  for (int i = 0; i < steps; ++i) {
    at += zero;
#pragma unroll
    for (int k = 0; k < 8; ++k) sum += at[4 * k];
  }
  __syncthreads();
  const long long after = clock64();
  end[threadIdx.x] = sum;
  if (threadIdx.x == 0) elapsed[0] = after - before;
}

// Kernels whose threads do not all come to their barriers, and their neighbours that do.
extern "C" {

__global__ void all_arrive(int* out) {
  __shared__ int tile[64];
  tile[threadIdx.x] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

__global__ void conditional_barrier(int* out) {
  if (threadIdx.x < 16) __syncthreads();  // #conditional
  out[threadIdx.x] = threadIdx.x;
}

__global__ void uniform_condition(int* out, int n) {
  if (n > 3) __syncthreads();
  out[threadIdx.x] = threadIdx.x;
}

__global__ void early_exit(int* out, int n) {
  if (threadIdx.x >= n) return;
  out[threadIdx.x] = 1;
  __syncthreads();  // #early-exit
  out[threadIdx.x] += out[(threadIdx.x + 1) % n];
}

__global__ void two_barriers(int* out) {
  if (threadIdx.x < 32) {
    out[threadIdx.x] = 1;
    __syncthreads();  // #first-barrier
    out[threadIdx.x] += 1;
  } else {
    out[threadIdx.x] = 2;
    __syncthreads();  // #second-barrier
    out[threadIdx.x] += 3;
  }
}

__global__ void deadlock(int* out) {
  if (threadIdx.x < 32) {
    asm volatile("bar.sync 1, 64;" ::: "memory");  // #deadlock-one
  } else {
    asm volatile("bar.sync 2, 64;" ::: "memory");  // #deadlock-two
  }
  out[threadIdx.x] = 1;
}

__global__ void counts_differ(int* out) {
  if (threadIdx.x < 32) {
    asm volatile("bar.sync 1, 64;" ::: "memory");  // #count-64
  } else if (threadIdx.x < 64) {
    asm volatile("bar.sync 1, 96;" ::: "memory");  // #count-96
  } else {
    asm volatile("bar.arrive 1, 96;" ::: "memory");
  }
  out[threadIdx.x] = 1;
}

__global__ void producers_and_consumers(int* out) {
  if (threadIdx.x < 32) {
    asm volatile("bar.arrive 1, 64;" ::: "memory");
  } else {
    asm volatile("bar.sync 1, 64;" ::: "memory");
  }
  out[threadIdx.x] = 1;
}

__global__ void full_mask_in_a_branch(const int* in, int* out) {
  int v = in[threadIdx.x];
  if (threadIdx.x < 16) v += __shfl_down_sync(0xffffffffu, v, 1);  // #full-mask
  out[threadIdx.x] = v;
}

__global__ void mask_of_the_branch(const int* in, int* out) {
  int v = in[threadIdx.x];
  if (threadIdx.x < 16) v += __shfl_xor_sync(0x0000ffffu, v, 1);
  out[threadIdx.x] = v;
}

__global__ void not_in_own_mask(const int* in, int* out) {
  out[threadIdx.x] = __shfl_xor_sync(0x0000ffffu, in[threadIdx.x], 1);  // #own-mask
}

__global__ void reads_inactive_lane(const int* in, int* out) {
  int v = in[threadIdx.x];
  if (threadIdx.x < 16) v += __shfl_down_sync(0x0000ffffu, v, 1);  // #inactive
  out[threadIdx.x] = v;
}

__global__ void warp_reduce(const int* in, int* out) {
  int v = in[threadIdx.x];
  for (int step = 16; step > 0; step /= 2) v += __shfl_down_sync(0xffffffffu, v, step);
  if (threadIdx.x == 0) *out = v;
}

__global__ void syncs_with_the_gone(int* out) {
  if (threadIdx.x >= 20) return;
  out[threadIdx.x] = 1;
  __syncwarp();  // #gone
  out[threadIdx.x] += 1;
}

}  // extern "C"

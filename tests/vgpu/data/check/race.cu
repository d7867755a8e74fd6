// Kernels that race, and their neighbours that do not. Comments "#name" mark the lines the tests expect to be named.
__device__ void start_copy(int* to, const int* from) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from) : "memory");
  asm volatile("cp.async.commit_group;" ::: "memory");
}
__device__ void wait_for_copies() { asm volatile("cp.async.wait_group 0;" ::: "memory"); }

extern "C" {

__global__ void reverse_missing_barrier(const int* in, int* out) {
  __shared__ int tile[64];
  tile[threadIdx.x] = in[threadIdx.x];           // #reverse-write
  out[threadIdx.x] = tile[63 - threadIdx.x];     // #reverse-read
}

__global__ void reverse(const int* in, int* out) {
  __shared__ int tile[64];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

__global__ void tree_missing_barrier(const int* in, int* out) {
  __shared__ int tile[128];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  for (int half = 64; half > 0; half /= 2) {
    if (threadIdx.x < half) tile[threadIdx.x] += tile[threadIdx.x + half];  // #tree
  }
  if (threadIdx.x == 0) *out = tile[0];
}

__global__ void tree(const int* in, int* out) {
  __shared__ int tile[128];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  for (int half = 64; half > 0; half /= 2) {
    if (threadIdx.x < half) tile[threadIdx.x] += tile[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) *out = tile[0];
}

// The order in which lanes run hides this one: every lane reads before any writes.
__global__ void warp_synchronous(const int* in, int* out) {
  __shared__ int tile[64];
  tile[threadIdx.x] = in[threadIdx.x];
  tile[threadIdx.x + 32] = in[threadIdx.x + 32];
  for (int half = 32; half > 0; half /= 2) tile[threadIdx.x] += tile[threadIdx.x + half];  // #lockstep
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void warp_synchronous_volatile(const int* in, int* out) {
  __shared__ int memory[64];
  volatile int* tile = memory;
  tile[threadIdx.x] = in[threadIdx.x];
  tile[threadIdx.x + 32] = in[threadIdx.x + 32];
  for (int half = 32; half > 0; half /= 2) tile[threadIdx.x] += tile[threadIdx.x + half];  // #lockstep-volatile
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void warp_synced(const int* in, int* out) {
  __shared__ int tile[64];
  tile[threadIdx.x] = in[threadIdx.x];
  tile[threadIdx.x + 32] = in[threadIdx.x + 32];
  for (int half = 32; half > 0; half /= 2) {
    const int other = tile[threadIdx.x + half];
    __syncwarp();
    tile[threadIdx.x] += other;
    __syncwarp();
  }
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void half_warp_synced(const int* in, int* out) {
  __shared__ int tile[32];
  const unsigned mask = threadIdx.x < 16 ? 0x0000ffffu : 0xffff0000u;
  tile[threadIdx.x] = in[threadIdx.x];
  __syncwarp(mask);
  out[threadIdx.x] = tile[threadIdx.x ^ 15];
}

__global__ void wrong_half_synced(const int* in, int* out) {
  __shared__ int tile[32];
  const unsigned mask = threadIdx.x < 16 ? 0x0000ffffu : 0xffff0000u;
  tile[threadIdx.x] = in[threadIdx.x];         // #wrong-half-write
  __syncwarp(mask);
  out[threadIdx.x] = tile[threadIdx.x ^ 31];   // #wrong-half-read
}

__global__ void shuffle_is_no_barrier(const int* in, int* out) {
  __shared__ int tile[32];
  tile[threadIdx.x] = in[threadIdx.x];         // #shuffle-write
  const int seen = __shfl_xor_sync(0xffffffffu, in[threadIdx.x], 1);
  out[threadIdx.x] = seen + tile[threadIdx.x ^ 1];  // #shuffle-read
}

__global__ void histogram_shared(const int* in, int* out) {
  __shared__ int bins[16];
  if (threadIdx.x < 16) bins[threadIdx.x] = 0;
  __syncthreads();
  atomicAdd(&bins[in[threadIdx.x] & 15], 1);
  __syncthreads();
  if (threadIdx.x < 16) atomicAdd(&out[threadIdx.x], bins[threadIdx.x]);
}

// The last one to add to bin i could be the thread that reads it: only the others race.
__global__ void histogram_read_too_early(const int* in, int* out) {
  __shared__ int bins[16];
  if (threadIdx.x < 16) bins[threadIdx.x] = 0;
  __syncthreads();
  atomicAdd(&bins[in[threadIdx.x] & 15], 1);                              // #bins-add
  if (threadIdx.x < 16) atomicAdd(&out[threadIdx.x], bins[threadIdx.x]);  // #bins-read
}

__global__ void mixed_atomic(int* counter, int* out) {
  atomicAdd(counter, 1);                        // #mixed-add
  if (threadIdx.x == 40) *out = *counter;       // #mixed-read
}

__global__ void block_scope_atomic(int* counter) { atomicAdd_block(counter, 1); }  // #block-scope
__global__ void device_scope_atomic(int* counter) { atomicAdd(counter, 1); }

__global__ void same_value_flag(const int* in, int* flag) {
  if (in[threadIdx.x] > 0) *flag = 1;  // #same-value
}

__global__ void different_values(int* flag) { *flag = threadIdx.x; }  // #different-values

__global__ void last_block_sums(const int* in, int* partial, unsigned* ticket, int* out) {
  __shared__ bool last;
  if (threadIdx.x == 0) {
    int sum = 0;
    for (int i = 0; i < 32; ++i) sum += in[blockIdx.x * 32 + i];
    partial[blockIdx.x] = sum;
    __threadfence();
    last = atomicInc(ticket, gridDim.x) == gridDim.x - 1;
  }
  __syncthreads();
  if (last) {
    out[threadIdx.x] = threadIdx.x < gridDim.x ? partial[threadIdx.x] : 0;
    if (threadIdx.x == 0) *ticket = 0;
  }
}

__global__ void last_block_sums_unfenced(const int* in, int* partial, unsigned* ticket, int* out) {
  __shared__ bool last;
  if (threadIdx.x == 0) {
    int sum = 0;
    for (int i = 0; i < 32; ++i) sum += in[blockIdx.x * 32 + i];
    partial[blockIdx.x] = sum;  // #unfenced-write
    last = atomicInc(ticket, gridDim.x) == gridDim.x - 1;
  }
  __syncthreads();
  if (last) out[threadIdx.x] = threadIdx.x < gridDim.x ? partial[threadIdx.x] : 0;  // #unfenced-read
}

// Every thread writes and fences, one of them takes the ticket behind the barrier.
__global__ void last_block_gathers(int* partial, unsigned* ticket, int* out) {
  __shared__ bool last;
  partial[blockIdx.x * blockDim.x + threadIdx.x] = threadIdx.x;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) last = atomicInc(ticket, gridDim.x - 1) == gridDim.x - 1;
  __syncthreads();
  if (!last) return;
  int sum = 0;
  for (int b = 0; b < gridDim.x; ++b) sum += partial[b * blockDim.x + (threadIdx.x ^ 5)];
  out[threadIdx.x] = sum;
}

__global__ void spin_lock(int* lock, int* total) {
  bool done = false;
  while (!done) {
    if (atomicCAS(lock, 0, 1) == 0) {
      *total += threadIdx.x;
      __threadfence();
      atomicExch(lock, 0);
      done = true;
    }
  }
}

__global__ void spin_lock_unfenced(int* lock, int* total) {
  bool done = false;
  while (!done) {
    if (atomicCAS(lock, 0, 1) == 0) {
      *total += threadIdx.x;  // #lock-total
      atomicExch(lock, 0);
      done = true;
    }
  }
}

__global__ void double_buffer(const int* in, int* out) {
  __shared__ int tile[2][64];
  int sum = 0;
  for (int step = 0; step < 4; ++step) {
    tile[step & 1][threadIdx.x] = in[step * 64 + threadIdx.x];
    __syncthreads();
    sum += tile[step & 1][63 - threadIdx.x];
  }
  out[threadIdx.x] = sum;
}

__global__ void single_buffer(const int* in, int* out) {
  __shared__ int tile[64];
  int sum = 0;
  for (int step = 0; step < 4; ++step) {
    tile[threadIdx.x] = in[step * 64 + threadIdx.x];  // #single-write
    __syncthreads();
    sum += tile[63 - threadIdx.x];                    // #single-read
  }
  out[threadIdx.x] = sum;
}

// A chain of blocks: each waits for the flag of the one before it.
__global__ void look_back(volatile int* flags, int* sums) {
  if (threadIdx.x == 0) {
    int before = 0;
    if (blockIdx.x > 0) {
      while (flags[blockIdx.x - 1] == 0) {
      }
      __threadfence();
      before = sums[blockIdx.x - 1];
    }
    sums[blockIdx.x] = before + 1;
    __threadfence();
    flags[blockIdx.x] = 1;
  }
}

__global__ void look_back_unfenced(volatile int* flags, int* sums) {
  if (threadIdx.x == 0) {
    int before = 0;
    if (blockIdx.x > 0) {
      while (flags[blockIdx.x - 1] == 0) {
      }
      before = sums[blockIdx.x - 1];  // #chain-read
    }
    sums[blockIdx.x] = before + 1;  // #chain-write
    flags[blockIdx.x] = 1;
  }
}

__global__ void grid_barrier(int* data, unsigned* arrived, int* out) {
  data[blockIdx.x * blockDim.x + threadIdx.x] = threadIdx.x;
  __syncthreads();
  if (threadIdx.x == 0) {
    __threadfence();
    atomicAdd(arrived, 1);
    while (*(volatile unsigned*)arrived < gridDim.x) {
    }
    __threadfence();
  }
  __syncthreads();
  const int other = (blockIdx.x + 1) % gridDim.x;
  out[blockIdx.x * blockDim.x + threadIdx.x] = data[other * blockDim.x + threadIdx.x];
}

__global__ void blocks_overlap(int* out) { out[blockIdx.x * 16 + threadIdx.x] = blockIdx.x; }  // #overlap
__global__ void blocks_apart(int* out) { out[blockIdx.x * 32 + threadIdx.x] = blockIdx.x; }

__global__ void neighbour_bytes(char* out) { out[threadIdx.x] = threadIdx.x; }
__global__ void overlapping_bytes(char* out) {
  out[threadIdx.x] = 1;                                 // #byte-write
  if (threadIdx.x == 5) *(int*)(out + 32) = 0x1010101;  // #word-write
}

__global__ void stencil_in_place(int* a) {
  if (threadIdx.x < 63) a[threadIdx.x] = a[threadIdx.x + 1];  // #stencil
}

__global__ void named_barriers(const int* in, int* out) {
  __shared__ int tile[32];
  if (threadIdx.x < 32) {
    tile[threadIdx.x] = in[threadIdx.x];
    asm volatile("bar.arrive 1, 64;" ::: "memory");
  } else {
    asm volatile("bar.sync 1, 64;" ::: "memory");
    out[threadIdx.x - 32] = tile[63 - threadIdx.x];
  }
}

// Who only arrives learns nothing of the others.
__global__ void named_barriers_wrong_way(const int* in, int* out) {
  __shared__ int tile[32];
  if (threadIdx.x < 32) {
    asm volatile("bar.sync 1, 64;" ::: "memory");
    tile[threadIdx.x] = in[threadIdx.x];             // #arrive-write
  } else {
    asm volatile("bar.arrive 1, 64;" ::: "memory");
    out[threadIdx.x - 32] = tile[63 - threadIdx.x];  // #arrive-read
  }
}

// As the Programming Guide adds doubles without an instruction for it.
__global__ void add_by_swapping(const int* in, int* out) {
  int old = *out, assumed;  // #swap-read
  do {
    assumed = old;
    old = atomicCAS(out, assumed, assumed + in[threadIdx.x]);  // #swap
  } while (assumed != old);
}

// The sum may not be there yet: nobody checks what is read.
__global__ void sum_read_too_early(const int* in, int* out) {
  __shared__ int sum;
  if (threadIdx.x == 0) sum = 0;
  __syncthreads();
  atomicAdd(&sum, in[threadIdx.x]);  // #early-add
  out[threadIdx.x] = sum;            // #early-read
}

__global__ void async_copy(const int* in, int* out) {
  __shared__ int tile[64];
  start_copy(&tile[threadIdx.x], &in[threadIdx.x]);
  wait_for_copies();
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

__global__ void async_copy_not_awaited(const int* in, int* out) {
  __shared__ int tile[64];
  start_copy(&tile[threadIdx.x], &in[threadIdx.x]);
  out[threadIdx.x] = tile[threadIdx.x];  // #async-read
}

__global__ void async_copy_of_others(const int* in, int* out) {
  __shared__ int tile[64];
  start_copy(&tile[threadIdx.x], &in[threadIdx.x]);
  __syncthreads();
  wait_for_copies();
  out[threadIdx.x] = tile[63 - threadIdx.x];  // #async-others-read
}

}  // extern "C"

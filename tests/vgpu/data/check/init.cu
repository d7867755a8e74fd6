// Kernels that read what nobody has written, and their neighbours that do not.
extern "C" {

__global__ void halo_unwritten(const int* in, int* out) {
  __shared__ int tile[66];
  tile[threadIdx.x + 1] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x] + tile[threadIdx.x + 2];  // #halo
}

__global__ void halo_written(const int* in, int* out) {
  __shared__ int tile[66];
  tile[threadIdx.x + 1] = in[threadIdx.x];
  if (threadIdx.x < 2) tile[threadIdx.x * 65] = 0;
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x] + tile[threadIdx.x + 2];
}

__global__ void shared_counter_unwritten(int* out) {
  __shared__ int count;
  atomicAdd(&count, 1);  // #count
  __syncthreads();
  if (threadIdx.x == 0) *out = count;
}

__global__ void local_array(const int* index, int* out, int fill) {
  int values[8];
  for (int i = 0; i < fill; ++i) values[i] = i;
  out[threadIdx.x] = values[index[threadIdx.x] & 7];  // #local
}

__global__ void reads_global(const int* in, int* out) {
  out[threadIdx.x] = in[threadIdx.x];  // #global
}

__global__ void writes_then_reads(int* data, int* out) {
  data[threadIdx.x] = threadIdx.x;
  out[threadIdx.x] = data[threadIdx.x];
}

struct Padded {
  char tag;
  int value;
};
// Copied member by member, the padding stays untouched.
__global__ void padding_by_member(const Padded* in, Padded* out) {
  out[threadIdx.x].tag = in[threadIdx.x].tag;
  out[threadIdx.x].value = in[threadIdx.x].value;
}
// Copied as a whole, it is read.
__global__ void padding_as_whole(const long long* in, long long* out) {
  out[threadIdx.x] = in[threadIdx.x];  // #padding
}

__device__ __noinline__ int pick(int i) {
  int values[4];
  values[i & 3] = i;
  return values[(i + 1) & 3];  // #pick
}
__global__ void stack_of_a_call(int* out) {
  out[threadIdx.x] = pick(threadIdx.x);
}

}  // extern "C"

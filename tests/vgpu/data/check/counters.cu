// Access patterns whose counts are known by hand. One warp unless a test says otherwise.
template <int kPitch>
__device__ void transpose(const float* in, float* out) {
  __shared__ float tile[32 * kPitch];
  tile[threadIdx.y * kPitch + threadIdx.x] = in[threadIdx.y * 32 + threadIdx.x];
  __syncthreads();
  out[threadIdx.y * 32 + threadIdx.x] = tile[threadIdx.x * kPitch + threadIdx.y];
}
extern "C" {

__global__ void copy_stride(const float* in, float* out, int stride) {
  out[threadIdx.x] = in[threadIdx.x * stride];  // #stride
}
__global__ void copy_offset(const float* in, float* out, int offset) {
  out[threadIdx.x] = in[threadIdx.x + offset];  // #offset
}
__global__ void copy_double(const double* in, double* out) { out[threadIdx.x] = in[threadIdx.x]; }   // #double
__global__ void copy_float4(const float4* in, float4* out) { out[threadIdx.x] = in[threadIdx.x]; }   // #float4
__global__ void broadcast(const float* in, float* out) { out[threadIdx.x] = in[blockIdx.x]; }        // #broadcast
__global__ void gather(const float* in, const int* index, float* out) {
  const int i = index[threadIdx.x];
  out[threadIdx.x] = in[i];  // #gather
}

__global__ void transpose_conflicts(const float* in, float* out) { transpose<32>(in, out); }
__global__ void transpose_padded(const float* in, float* out) { transpose<33>(in, out); }

__global__ void diverge(int* out) {
  int v = 0;
  if (threadIdx.x & 1) {  // #branch
    for (int i = 0; i < out[0]; ++i) v += out[i];
  } else {
    for (int i = 0; i < out[1]; ++i) v -= out[i];
  }
  out[threadIdx.x] = v;
}
__global__ void contended(int* out) { atomicAdd(out, 1); }                                  // #contended
__global__ void four_way(int* out) { atomicAdd(&out[threadIdx.x / 4], (int)threadIdx.x); }  // #four-way

__global__ void local_array(const int* index, int* out) {
  int values[16];
  for (int i = 0; i < 16; ++i) values[i] = i + out[0];  // #local-write
  out[threadIdx.x] = values[index[threadIdx.x]];        // #local-read
}

}  // extern "C"

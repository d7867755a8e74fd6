__global__ void shadow(float *out, const float *in, int n) {
  __shared__ float tile[16][17];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float sum = 0.0f;
  for (int k = 0; k < n; k++) {
    float i = in[k];
    for (int k = 0; k < 3; k++) sum += i * k;
  }
  tile[threadIdx.x][threadIdx.y] = sum;
  __syncthreads();
  out[i] = tile[threadIdx.y][threadIdx.x];
}

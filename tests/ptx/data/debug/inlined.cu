static __device__ __forceinline__ float square(float x) {
  float result = x * x;
  return result;
}

static __device__ __forceinline__ float length2(float x, float y) {
  float sum = square(x);
  sum += square(y);
  return sum;
}

extern "C" __global__ void inlined(float* out, float x, float y) {
  float sum = length2(x, y);
  for (int i = 0; i < 2; ++i) {
    float sum = square(out[i]);
    out[i] = sum;
  }
  out[2] = sum;
}

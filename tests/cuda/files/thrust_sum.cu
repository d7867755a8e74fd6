// Thrust does the work on the host's side; the kernel here is plain.
#include <thrust/device_vector.h>
#include <thrust/functional.h>
#include <thrust/reduce.h>
#include <thrust/transform.h>
#include <iostream>

struct square {
  __host__ __device__ float operator()(float x) const { return x * x; }
};

template <typename T>
__global__ void fill(T* data, T value, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] = value;
}

int main() {
  thrust::device_vector<float> values(1000);
  fill<<<4, 256>>>(thrust::raw_pointer_cast(values.data()), 2.0f, 1000);
  thrust::transform(values.begin(), values.end(), values.begin(), square());
  std::cout << thrust::reduce(values.begin(), values.end(), 0.0f, thrust::plus<float>()) << "\n";
}

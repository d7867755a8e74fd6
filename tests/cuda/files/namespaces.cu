// Kernel templates in namespaces, that only host code instantiates: explicitly, by deduction, through functors.
#include <cassert>
#include <cstdio>
#include <type_traits>
#include <limits>

namespace detail {
struct Plus {
  template <typename T>
  __device__ T operator()(T a, T b) const { return a + b; }
  static constexpr const char* name = "plus";
};
struct Max {
  template <typename T>
  __device__ T operator()(T a, T b) const { return a > b ? a : b; }
};
template <typename T, typename Enable = void>
struct Limits;
template <typename T>
struct Limits<T, typename std::enable_if<std::is_floating_point<T>::value>::type> {
  static __device__ T lowest() { return -std::numeric_limits<T>::max(); }
};
template <typename T>
struct Limits<T, std::enable_if_t<std::is_integral_v<T>>> {
  static __device__ T lowest() { return std::numeric_limits<T>::lowest(); }
};
}  // namespace detail

namespace scan::kernels {
enum class Mode : int { kInclusive = 1, kExclusive };

template <typename T, typename Op = detail::Plus>
__global__ void __launch_bounds__(256) block_fold(const T* __restrict__ in, T* out, int n, Op op = Op()) {
  __shared__ T values[256];
  const int i = threadIdx.x;
  values[i] = i < n ? in[i] : detail::Limits<T>::lowest();
  for (int step = 128; step > 0; step /= 2) {
    __syncthreads();
    if (i < step) values[i] = op(values[i], values[i + step]);
  }
  if (i == 0) *out = values[0];
}

template <Mode kMode, int N>
__global__ void copy(float (*rows)[N], const float* from) {
  rows[blockIdx.x][threadIdx.x] = from[threadIdx.x] + static_cast<int>(kMode);
}
}  // namespace scan::kernels

extern "C" {
__global__ void plain(int* out) { out[threadIdx.x] = threadIdx.x; }
void helper_for_c(void);
}

namespace {
template <typename T>
void fold(const T* data, T* result, int n) {
  using namespace scan::kernels;
  block_fold<T, detail::Max><<<1, 256>>>(data, result, n);
}
}  // namespace

int main() {
  using real = double;
  const float* d_in = nullptr;
  float *d_out = nullptr, (*d_rows)[32] = nullptr;
  constexpr int kWidth = 32;
  scan::kernels::block_fold<<<1, 256>>>(d_in, d_out, 100, detail::Plus());
  fold<real>(nullptr, nullptr, 3);
  scan::kernels::copy<scan::kernels::Mode::kExclusive, kWidth><<<4, kWidth>>>(d_rows, d_in);
  plain<<<1, 32>>>(nullptr);
  return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}

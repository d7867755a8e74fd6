#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

using Clock = std::chrono::high_resolution_clock;
using std::vector;

constexpr int kBins = 256;
const int kThreads = 128;
static std::vector<std::string> g_names = {"one", "two {", R"(three } ")"};
std::map<int, std::vector<int>> g_results;
static int g_verbose = 0;

constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }

__constant__ float c_weights[kBins];
__device__ unsigned int d_total = 0;

__global__ void histogram(const uint8_t* __restrict__ data, uint32_t* bins, std::size_t n) {
  __shared__ uint32_t local[kBins];
  for (int i = threadIdx.x; i < kBins; i += blockDim.x) local[i] = 0;
  __syncthreads();
  for (std::size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += std::size_t(gridDim.x) * blockDim.x) {
    atomicAdd(&local[data[i]], 1u);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < kBins; i += blockDim.x) {
    if (local[i] > 0) atomicAdd(&bins[i], local[i]);
    if (local[i] == 0xFFFF'FFFFu) printf("full: %d of %d\n", i, ceil_div(kBins, kThreads));
  }
  if (threadIdx.x == 0) atomicAdd(&d_total, 1u);
}

static double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::vector<uint8_t> random_bytes(std::size_t n) {
  std::mt19937 generator{42};
  std::uniform_int_distribution<int> bytes(0, 255);
  std::vector<uint8_t> data(n);
  for (auto& byte : data) byte = static_cast<uint8_t>(bytes(generator));
  return data;
}

auto print_bins = [](const vector<uint32_t>& bins) {
  for (std::size_t i = 0; i < bins.size(); ++i) std::cout << std::setw(8) << bins[i] << (i % 8 == 7 ? '\n' : ' ');
};

int main() {
  const auto data = random_bytes(1 << 24);
  const auto start = Clock::now();
  histogram<<<256, kThreads>>>(nullptr, nullptr, data.size());
  cudaDeviceSynchronize();
  std::cout << milliseconds_since(start) << " ms\n";
  return g_verbose;
}

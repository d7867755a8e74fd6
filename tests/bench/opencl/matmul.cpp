// opencl_matmul N [REPETITIONS]: C = A B of N x N floats with 16 x 16 tiles, on the first OpenCL device there is.
// The kernel is compute/kernels/matmul_tiled.cu in OpenCL C. Prints the seconds of the fastest repetition and checks
// the result.
#include <CL/cl.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr const char* kSource = R"(
__kernel void matmul_tiled(__global const float* a, __global const float* b, __global float* c, int n) {
  __local float tile_a[16][16];
  __local float tile_b[16][16];
  int x = get_local_id(0), y = get_local_id(1);
  int column = get_group_id(0) * 16 + x, row = get_group_id(1) * 16 + y;
  float sum = 0.0f;
  for (int first = 0; first < n; first += 16) {
    tile_a[y][x] = row < n && first + x < n ? a[row * n + first + x] : 0.0f;
    tile_b[y][x] = column < n && first + y < n ? b[(first + y) * n + column] : 0.0f;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = 0; k < 16; ++k) sum = fma(tile_a[y][k], tile_b[k][x], sum);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (row < n && column < n) c[row * n + column] = sum;
}
)";

void check(cl_int status, const char* what) {
  if (status == CL_SUCCESS) return;
  std::fprintf(stderr, "%s: OpenCL error %d\n", what, status);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const int n = argc > 1 ? std::atoi(argv[1]) : 256;
  const int repetitions = argc > 2 ? std::atoi(argv[2]) : 3;
  if (n < 1 || repetitions < 1) return 2;
  cl_platform_id platform = nullptr;
  check(clGetPlatformIDs(1, &platform, nullptr), "no platform");
  cl_device_id device = nullptr;
  check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr), "no device");
  cl_int status = 0;
  const cl_context context = clCreateContext(nullptr, 1, &device, nullptr, nullptr, &status);
  check(status, "context");
  const cl_command_queue queue = clCreateCommandQueue(context, device, 0, &status);
  check(status, "queue");
  const char* source = kSource;
  const cl_program program = clCreateProgramWithSource(context, 1, &source, nullptr, &status);
  check(status, "program");
  check(clBuildProgram(program, 1, &device, "", nullptr, nullptr), "build");
  const cl_kernel kernel = clCreateKernel(program, "matmul_tiled", &status);
  check(status, "kernel");

  const auto count = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  std::vector<float> a(count), b(count), c(count);
  for (std::size_t i = 0; i < count; ++i) {
    a[i] = static_cast<float>(i * 7 % 13) / 13;
    b[i] = static_cast<float>(i * 5 % 11) / 11;
  }
  cl_mem buffers[3];
  float* const host[3] = {a.data(), b.data(), c.data()};
  for (int i = 0; i < 3; ++i) {
    buffers[i] =
        clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, count * sizeof(float), host[i], &status);
    check(status, "buffer");
    check(clSetKernelArg(kernel, static_cast<cl_uint>(i), sizeof(cl_mem), &buffers[i]), "argument");
  }
  check(clSetKernelArg(kernel, 3, sizeof n, &n), "argument");
  const std::size_t whole = static_cast<std::size_t>((n + 15) / 16 * 16);
  const std::size_t global[2] = {whole, whole}, local[2] = {16, 16};
  double best = 1e300;
  for (int i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    check(clEnqueueNDRangeKernel(queue, kernel, 2, nullptr, global, local, 0, nullptr, nullptr), "launch");
    check(clFinish(queue), "finish");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = seconds < best ? seconds : best;
  }
  check(clEnqueueReadBuffer(queue, buffers[2], CL_TRUE, 0, count * sizeof(float), c.data(), 0, nullptr, nullptr),
        "read");
  const auto size = static_cast<std::size_t>(n);
  double expected = 0;
  for (std::size_t k = 0; k < size; ++k)
    expected += static_cast<double>(a[(size - 1) * size + k]) * b[k * size + size - 1];
  if (std::abs(expected - c[count - 1]) > 1e-4 * std::abs(expected)) return 1;
  std::printf("%.6f\n", best);
  return 0;
}

// Virtual functions and overloaded operators, as small ray tracers have them.
#include <float.h>
#include <fstream>
#include <iostream>
#include <curand_kernel.h>

#define checkCudaErrors(val) check_cuda((val), #val, __FILE__, __LINE__)
void check_cuda(cudaError_t result, char const* const func, const char* const file, int const line) {
  if (result) {
    std::cerr << "CUDA error = " << static_cast<unsigned int>(result) << " at " << file << ":" << line << " '" << func << "' \n";
    cudaDeviceReset();
    exit(99);
  }
}

class vec3 {
 public:
  __host__ __device__ vec3() {}
  __host__ __device__ vec3(float e0, float e1, float e2) { e[0] = e0; e[1] = e1; e[2] = e2; }
  __host__ __device__ inline const vec3& operator+() const { return *this; }
  __host__ __device__ inline vec3 operator-() const { return vec3(-e[0], -e[1], -e[2]); }
  __host__ __device__ inline float operator[](int i) const { return e[i]; }
  __host__ __device__ inline vec3& operator+=(const vec3& v2);
  float e[3];
};

inline std::istream& operator>>(std::istream& is, vec3& t) { is >> t.e[0] >> t.e[1] >> t.e[2]; return is; }

__host__ __device__ inline vec3& vec3::operator+=(const vec3& v) {
  e[0] += v.e[0]; e[1] += v.e[1]; e[2] += v.e[2];
  return *this;
}

__host__ __device__ inline float dot(const vec3& v1, const vec3& v2) {
  return v1.e[0] * v2.e[0] + v1.e[1] * v2.e[1] + v1.e[2] * v2.e[2];
}

class hitable {
 public:
  __device__ virtual float hit(const vec3& direction, float t_max) const = 0;
  virtual ~hitable() {}
};

class sphere : public hitable {
 public:
  __device__ sphere(vec3 c, float r) : center(c), radius(r) {};
  __device__ virtual float hit(const vec3& direction, float t_max) const override;
  vec3 center;
  float radius;
};

__device__ float sphere::hit(const vec3& direction, float t_max) const {
  float b = dot(center, direction);
  float discriminant = b * b - dot(center, center) + radius * radius;
  return discriminant > 0 ? b - sqrt(discriminant) : t_max;
}

__global__ void render(float* image, int width, int height) {
  int x = threadIdx.x + blockIdx.x * blockDim.x, y = threadIdx.y + blockIdx.y * blockDim.y;
  if (x >= width || y >= height) return;
  sphere ball(vec3(0, 0, -3), 1.0f);
  const hitable* world = &ball;
  image[y * width + x] = world->hit(vec3(x / float(width) - 0.5f, y / float(height) - 0.5f, -1), FLT_MAX);
}

int main() {
  int nx = 1200, ny = 600;
  float* fb;
  checkCudaErrors(cudaMallocManaged((void**)&fb, nx * ny * sizeof(float)));
  render<<<dim3(nx / 8 + 1, ny / 8 + 1), dim3(8, 8)>>>(fb, nx, ny);
  checkCudaErrors(cudaDeviceSynchronize());
  std::ofstream("out.ppm") << "P3\n" << nx << " " << ny << "\n255\n";
}

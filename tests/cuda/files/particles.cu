// A struct with member functions of both sides, and lambdas in host code.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <ostream>
#include <vector>
#include <cuda_runtime.h>

#ifdef __CUDACC__
#define HOST_DEVICE __host__ __device__
#else
#define HOST_DEVICE
#endif

struct Vec3 {
  float x = 0, y = 0, z = 0;
  Vec3() = default;
  HOST_DEVICE Vec3(float x, float y, float z) : x{x}, y(y), z(z) {}
  HOST_DEVICE Vec3 operator+(const Vec3& o) const { return {x + o.x, y + o.y, z + o.z}; }
  HOST_DEVICE friend Vec3 operator*(float s, const Vec3& v) { return Vec3(s * v.x, s * v.y, s * v.z); }
  HOST_DEVICE float& operator[](int i) { return i == 0 ? x : i == 1 ? y : z; }
  HOST_DEVICE float length() const { return std::sqrt(x * x + y * y + z * z); }
  friend std::ostream& operator<<(std::ostream& out, const Vec3& v) { return out << v.x << ' ' << v.y << ' ' << v.z; }
};

class ParticleSystem;

struct alignas(16) Particle {
  Vec3 position, velocity;
  float mass{1.0f};

  __host__ __device__ Particle() : position{}, velocity{0, 0, 0} {}
  __host__ __device__ void advance(float dt) {
    position = position + dt * velocity;
    if (position.length() > 10.0f) velocity = -1.0f * velocity;
  }
  std::vector<Vec3> trail(int steps) const {
    std::vector<Vec3> all;
    Particle copy = *this;
    for (int i = 0; i < steps; ++i, copy.advance(0.1f)) all.push_back(copy.position);
    return all;
  }
  static Particle random();
};

Particle Particle::random() {
  Particle p;
  p.velocity = Vec3(rand() / float(RAND_MAX), 0, 0);
  return p;
}

class ParticleSystem {
 public:
  explicit ParticleSystem(int n) : particles_(n), n_(n) { cudaMalloc(&d_particles_, n * sizeof(Particle)); }
  ~ParticleSystem() { cudaFree(d_particles_); }
  ParticleSystem(const ParticleSystem&) = delete;
  void step(float dt);
  std::function<void(int)> on_step = [](int) {};

 private:
  std::vector<Particle> particles_;
  std::unique_ptr<int[]> order_;
  Particle* d_particles_ = nullptr;
  cudaStream_t stream_ = nullptr;
  int n_;
};

__global__ void advance_all(Particle* particles, float dt, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) particles[i].advance(dt);
}

void ParticleSystem::step(float dt) {
  auto blocks = [this](int threads) { return (n_ + threads - 1) / threads; };
  advance_all<<<blocks(128), 128, 0, stream_>>>(d_particles_, dt, n_);
  std::sort(particles_.begin(), particles_.end(), [](const Particle& a, const Particle& b) { return a.mass < b.mass; });
}

int main() try {
  ParticleSystem system(1000);
  for (int i = 0; i < 100; ++i) system.step(0.01f);
} catch (const std::exception& problem) {
  return 1;
}

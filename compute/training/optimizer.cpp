#include "compute/training/optimizer.h"

#include <cmath>

#include "compute/training/vector_clones.h"

namespace warpscope::training {
namespace {

// What one update needs besides the arrays; the factors are worked out in double once an update.
struct Factors {
  float rate;
  float momentum;
  float beta1, beta2;
  float correction2;  // sqrt(1 - beta2^t)
  float epsilon;
};

WARPSCOPE_VECTOR_CLONES
void sgd_range(const Factors& k, std::size_t count, float* __restrict p, const float* __restrict g) {
  for (std::size_t i = 0; i < count; ++i) p[i] -= k.rate * g[i];
}

WARPSCOPE_VECTOR_CLONES
void momentum_range(const Factors& k, std::size_t count, float* __restrict p, const float* __restrict g,
                    float* __restrict m) {
  for (std::size_t i = 0; i < count; ++i) {
    m[i] = k.momentum * m[i] + g[i];
    p[i] -= k.rate * m[i];
  }
}

WARPSCOPE_VECTOR_CLONES
void adam_range(const Factors& k, std::size_t count, float* __restrict p, const float* __restrict g,
                float* __restrict m, float* __restrict v) {
  for (std::size_t i = 0; i < count; ++i) {
    m[i] = k.beta1 * m[i] + (1.0F - k.beta1) * g[i];
    v[i] = k.beta2 * v[i] + (1.0F - k.beta2) * g[i] * g[i];
    p[i] -= k.rate * m[i] / (std::sqrt(v[i]) / k.correction2 + k.epsilon);
  }
}

Factors factors_of(const OptimizerSettings& s, float rate, std::int64_t update_number) {
  const double t = static_cast<double>(update_number);
  const bool adam = s.kind == OptimizerKind::kAdam;
  const double correction1 = adam ? 1 - std::pow(static_cast<double>(s.beta1), t) : 1;
  const double correction2 = adam ? 1 - std::pow(static_cast<double>(s.beta2), t) : 1;
  return {.rate = static_cast<float>(rate / correction1),
          .momentum = s.momentum,
          .beta1 = s.beta1,
          .beta2 = s.beta2,
          .correction2 = static_cast<float>(std::sqrt(correction2)),
          .epsilon = s.epsilon};
}

}  // namespace

void update_parameters(const OptimizerSettings& settings, float rate, std::int64_t update_number,
                       const UpdateArrays& a) {
  const Factors factors = factors_of(settings, rate, update_number);
  const std::size_t count = a.parameters.size();
  switch (settings.kind) {
    case OptimizerKind::kSgd:
      return sgd_range(factors, count, a.parameters.data(), a.gradients.data());
    case OptimizerKind::kMomentum:
      return momentum_range(factors, count, a.parameters.data(), a.gradients.data(), a.first.data());
    case OptimizerKind::kAdam:
      return adam_range(factors, count, a.parameters.data(), a.gradients.data(), a.first.data(), a.second.data());
  }
}

}  // namespace warpscope::training

// Steps for back ends that gather their batches, and the same by hand for the CPU's.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "compute/training/device_backend.h"
#include "compute/training/trainer.h"
#include "tests/training/helpers.h"

namespace warpscope::training {

// The first pictures of MNIST.
inline std::shared_ptr<const Dataset> digits(int count) {
  static const std::shared_ptr<const Dataset> all = read_split(mnist_folder()).value().train;
  Dataset some;
  some.shape = all->shape;
  const auto pixels = static_cast<std::ptrdiff_t>(all->shape.count());
  some.pixels.assign(all->pixels.begin(), all->pixels.begin() + count * pixels);
  some.labels.assign(all->labels.begin(), all->labels.begin() + count);
  return std::make_shared<const Dataset>(std::move(some));
}

// `samples` pictures from `first` on, every third.
inline PlannedStep step_of(const Dataset& pictures, int first, int samples, float rate) {
  PlannedStep step;
  step.rate = rate;
  for (int i = 0; i < samples; ++i) {
    const int at = (first + 3 * i) % pictures.count();
    step.batch.pictures.push_back(static_cast<std::uint32_t>(at));
    step.batch.labels.push_back(pictures.labels[static_cast<std::size_t>(at)]);
  }
  return step;
}

inline Batch batch_of(const Dataset& pictures, const PlannedStep& step) {
  Batch batch;
  const auto pixels = static_cast<std::size_t>(pictures.shape.count());
  const std::size_t samples = step.batch.pictures.size();
  batch.images.resize(samples * pixels);
  batch.labels = step.batch.labels;
  for (std::size_t i = 0; i < samples; ++i) {
    const auto picture = pictures.picture(static_cast<int>(step.batch.pictures[i]));
    const auto out = std::span(batch.images).subspan(i * pixels, pixels);
    if (step.batch.changes.empty()) {
      to_unit_floats(picture, out);
    } else {
      apply_change(picture, pictures.shape, step.batch.changes[i], out);
    }
  }
  return batch;
}

// The same network with the same weights on both.
struct Pair {
  std::unique_ptr<Backend> device, cpu;
};

inline std::unique_ptr<Backend> on_virtual_gpu(const NetworkSpec& network, int batch,
                                               const OptimizerSettings& optimizer,
                                               const DeviceBackendOptions& options = {}) {
  auto made = open_device_backend(BackendKind::kVirtual, network, batch, options);
  EXPECT_TRUE(made) << (made ? "" : made.error().text());
  if (!made) return nullptr;
  (*made)->set_optimizer(optimizer);
  EXPECT_TRUE((*made)->set_weights(initial_weights(network, 1)));
  return std::move(*made);
}

inline Pair make_pair(const NetworkSpec& network, int batch, const OptimizerSettings& optimizer,
                      const DeviceBackendOptions& options) {
  Pair pair{on_virtual_gpu(network, batch, optimizer, options), make_cpu_backend(network, batch).value()};
  pair.cpu->set_optimizer(optimizer);
  EXPECT_TRUE(pair.cpu->set_weights(initial_weights(network, 1)));
  return pair;
}

}  // namespace warpscope::training

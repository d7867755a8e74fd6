// Trainers for tests, and what is asked of them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compute/training/trainer.h"
#include "tests/training/helpers.h"

namespace warpscope::training {

inline TrainerSettings settings_of(std::string_view network, int epochs = 2) {
  TrainerSettings settings;
  settings.network = find_network(network).value();
  settings.optimizer.kind = settings.network.optimizer;
  settings.rate = settings.network.rate;
  settings.epochs = epochs;
  settings.threads = 1;
  return settings;
}

inline std::unique_ptr<Trainer> on_cpu(const TrainerSettings& settings, std::shared_ptr<const Dataset> data) {
  auto trainer = Trainer::create(settings, std::move(data));
  EXPECT_TRUE(trainer) << trainer.error().text();
  return std::move(*trainer);
}

inline std::vector<ReplaySample> a_sign() {
  ReplaySample sign{1, std::vector<std::uint8_t>(784, 0), 4};
  for (std::size_t i = 4; i < 24; ++i) sign.picture[i * 28 + i] = sign.picture[i * 28 + 27 - i] = 255;
  return {sign};
}

// The largest difference of two numbers in the same place.
inline double difference(const Weights& a, const Weights& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    for (const auto& [x, y] :
         {std::pair{&a.layers[i].weight, &b.layers[i].weight}, std::pair{&a.layers[i].bias, &b.layers[i].bias}}) {
      for (std::size_t k = 0; k < x->data.size(); ++k) {
        const double apart = std::abs(double{x->data[k]} - double{y->data[k]});
        if (!(apart <= largest)) largest = apart;  // what is not a number is never close
      }
    }
  }
  return largest;
}

// Bytes of this process in memory.
inline std::size_t resident_bytes() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace warpscope::training

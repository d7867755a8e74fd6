// session/learn_compare.h: the same network on several back ends, one after the other. Floor 5. On a thread of its own;
// owned by the trainer's thread, which rests meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "compute/session/learn_backends.h"

namespace warpscope::session {

struct ComparisonOrder {
  std::uint64_t id = 0;
  training::TrainerSettings settings;  // its rate is the one of now
  std::shared_ptr<const training::Dataset> train, validation;
  training::Weights weights;  // that all begin with
  training::OptimizerState optimizer;
  std::vector<WantedBackend> backends;  // in order
  double seconds = 3;                   // that the slowest may train
};

// The CPU, then the real GPU in what precisions it has, or else the virtual one.
std::vector<WantedBackend> backends_to_compare(const std::vector<BackendChoice>& choices);

class BackendComparer {
 public:
  using Deliver = std::function<void(std::uint64_t id, std::shared_ptr<const BackendComparison>)>;
  // `deliver` is called by the comparing thread, whenever there is more.
  explicit BackendComparer(Deliver deliver) : deliver_(std::move(deliver)) {}
  ~BackendComparer();
  BackendComparer(const BackendComparer&) = delete;
  BackendComparer& operator=(const BackendComparer&) = delete;

  // Ends the one before, whose present step, or making of a back end, is waited for.
  void begin(ComparisonOrder order);
  // It ends soon; nobody waits.
  void cancel() { stopping_ = true; }

 private:
  Deliver deliver_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace warpscope::session

// session/learn_backends.h: what this machine can train on, which of it is meant, and setting one up beside the
// training. Floor 5.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "compute/session/learn_view.h"

namespace warpscope::session {

// Looks, in the order of training::kBackendKinds. Starting a GPU's driver can take a second. `threads` 0: all cores.
std::vector<BackendChoice> find_backends(int threads);

struct WantedBackend {
  training::BackendKind kind = training::BackendKind::kCpu;
  training::Precision precision = training::Precision::kF32;
  bool operator==(const WantedBackend&) const = default;
};
struct ChosenBackend {
  WantedBackend wanted;
  std::string why;  // this one; a sentence
};
// What `backend` ("auto", "cpu", ...) means here. The error says why it cannot be had, or what is accepted.
base::Result<ChosenBackend> choose_backend(const std::vector<BackendChoice>& choices, const std::string& backend,
                                           training::Precision precision);
// As a run's record has it: "cpu", "cuda", "cuda f16".
std::string record_text(const WantedBackend& backend);
WantedBackend kind_of(const training::Backend& backend);

// What was asked for, and what came of it.
struct BackendOrder {
  std::uint64_t id = 0;
  WantedBackend wanted;
  training::NetworkSpec network;
  int batch = 0;
  int threads = 0;
  std::shared_ptr<const training::Dataset> pictures{};  // that it must have room for; null: it is handed batches
  bool only_fit = false;  // nothing is made: only the largest batch that fits, below this one, is looked for
};
struct BackendOutcome {
  BackendOrder order;
  std::unique_ptr<training::Backend> backend;  // null: `problem` says why, or only a fit was asked for
  std::string problem;
  int batch_that_fits = 0;  // smaller than the one asked for; 0: none does, or it is not memory that is short
};

base::Result<std::unique_ptr<training::Backend>> open_backend(const BackendOrder& order);

// Makes one back end at a time on a thread of its own. Owned by one thread.
class BackendSetup {
 public:
  // `deliver` is called by the thread that made it.
  explicit BackendSetup(std::function<void(BackendOutcome)> deliver) : deliver_(std::move(deliver)) {}
  ~BackendSetup();
  BackendSetup(const BackendSetup&) = delete;
  BackendSetup& operator=(const BackendSetup&) = delete;

  bool busy() const { return thread_.joinable(); }
  // Not while busy.
  void begin(BackendOrder order);
  // After its outcome was delivered.
  void finish();

 private:
  BackendOutcome work(BackendOrder order) const;
  int find_fit(BackendOrder order) const;

  std::function<void(BackendOutcome)> deliver_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace warpscope::session

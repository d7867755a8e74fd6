// tests/session/live_session.h: a LearnSession in a folder of its own, with ways to wait for what its view says.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "compute/session/learn_session.h"

namespace warpscope::session {

// How much longer things may take under a sanitizer: what it makes ten times slower is not what a person waits for.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int kSlowness = 10;
#else
inline constexpr int kSlowness = 1;
#endif

// A folder that is gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::filesystem::path real_mnist();
// The first 2,400 training and 500 test pictures of MNIST as plain IDX files, made once a process.
const std::filesystem::path& small_mnist();

// mlp128 on the small data set: an epoch takes a moment.
LearnOptions small_options(const std::filesystem::path& data_dir);

// A vertical stroke, bent by `variant` so that no two are the same.
drawings::Drawing stroke_drawing(int variant);

class LiveSession {
 public:
  explicit LiveSession(LearnOptions options);

  void send(LearnCommand command) { session_->send(std::move(command)); }
  const LearnView& view() { return *session_->view(); }
  // Waits for the view to satisfy `wanted`; false where it never did.
  bool wait(const std::function<bool(const LearnView&)>& wanted, double seconds = 60);
  bool wait_status(TrainingStatus status, double seconds = 60);
  bool wait_message(const std::string& part, double seconds = 20);
  // From Start to the end of the planned epochs and the test set.
  bool train_to_the_end(double seconds = 120);
  // Ends the session; how long that took.
  double close();

 private:
  struct Waker {
    std::mutex mutex;
    std::condition_variable woken;
    std::uint64_t count = 0;
  };
  std::shared_ptr<Waker> waker_ = std::make_shared<Waker>();
  std::unique_ptr<LearnSession> session_;
};

}  // namespace warpscope::session

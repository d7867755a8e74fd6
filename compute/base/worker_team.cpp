#include "compute/base/worker_team.h"

#include "compute/base/threads.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace warpscope::base {
namespace {

// Jobs are fractions of a millisecond: looking for a few microseconds before sleeping saves two context switches a job,
// and costs next to nothing when the core is wanted elsewhere.
constexpr int kLooks = 2000;

void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t unwanted) {
  for (int i = 0; i < kLooks; ++i) {
    if (value.load(std::memory_order_acquire) != unwanted) return;
#if defined(__x86_64__)
    _mm_pause();
#endif
  }
  value.wait(unwanted, std::memory_order_acquire);
}

}  // namespace

WorkerTeam::WorkerTeam(int size) {
  threads_.reserve(static_cast<std::size_t>(size - 1));
  for (int member = 1; member < size; ++member) threads_.emplace_back([this, member] { work(member); });
}

WorkerTeam::~WorkerTeam() {
  job_ = nullptr;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerTeam::run(const std::function<void(int)>& job) {
  if (threads_.empty()) return job(0);
  job_ = &job;
  busy_.store(static_cast<std::uint32_t>(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  job(0);
  for (std::uint32_t left = busy_.load(std::memory_order_acquire); left != 0;
       left = busy_.load(std::memory_order_acquire)) {
    wait_while(busy_, left);
  }
}

void WorkerTeam::work(int member) {
  name_this_thread("ws-team");
  for (std::uint32_t seen = 0;; ++seen) {
    wait_while(round_, seen);
    if (job_ == nullptr) return;
    (*job_)(member);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace warpscope::base

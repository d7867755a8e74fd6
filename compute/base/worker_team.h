// base/worker_team.h: a fixed team of threads that does one job together, again and again. Floor 0.
// Owned by one thread, which works along as member 0. Two meeting points a job and none inside, so that a team keeps
// its speed on a machine whose cores are also wanted by others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace warpscope::base {

class WorkerTeam {
 public:
  // size >= 1, the owner included: a team of one has no threads. New threads inherit the owner's politeness.
  explicit WorkerTeam(int size);
  ~WorkerTeam();
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }
  // Calls job(0) ... job(size - 1), each on its own thread, and returns when all have. A job must not throw.
  void run(const std::function<void(int)>& job);

 private:
  void work(int member);

  const std::function<void(int)>* job_ = nullptr;  // null: time to leave
  std::atomic<std::uint32_t> round_{0};            // goes up when there is a job
  std::atomic<std::uint32_t> busy_{0};             // threads that have not finished it
  std::vector<std::thread> threads_;
};

}  // namespace warpscope::base
